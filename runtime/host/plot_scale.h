/* plot_scale - from data to the unit interval, and the ticks a reader expects. */
#ifndef DP_PLOT_SCALE_H
#define DP_PLOT_SCALE_H

#include <stdbool.h>
#include <stddef.h>

enum { MAX_TICKS = 24 };

typedef struct Range {
  double low, high; /* low > high: nothing */
} Range;

typedef struct Scale {
  double low, high; /* what 0 and 1 stand for; their logarithms where is_log */
  bool is_log, is_decades; /* decades: every tick is a power of ten */
  int n_ticks;
  double ticks[MAX_TICKS];
} Scale;

/* Covers the data, widened by the fraction `margin` at both sides, or from..to where these
 * differ. About `wanted` ticks at multiples of 1, 2 or 5 times a power of ten (Heckbert,
 * Graphics Gems, 1990). */
Scale scale_linear(Range data, double from, double to, double margin, double wanted);
/* Likewise for positive numbers, with ticks at powers of ten. */
Scale scale_log(Range data, double from, double to);

/* 0 at the low end, 1 at the high one. */
double scale_at(const Scale *scale, double value);

void tick_text(double value, char *text, size_t size);
/* |k| of the power 10^k. */
int abs_exponent(double power);

#endif
