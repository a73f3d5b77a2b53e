/* plot_scale - limits and ticks of an axis. */
#include "plot_scale.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The nearest of 1, 2, 5, 10 times a power of ten. */
static double round_step(double step) {
  const double power = pow(10, floor(log10(step))), part = step / power;
  return power * (part < 1.5 ? 1 : part < 3 ? 2 : part < 7 ? 5 : 10);
}

/* Limits that differ and are finite. */
static Range usable(Range data, double from, double to) {
  if (from != to && isfinite(from) && isfinite(to)) {
    const Range asked = {fmin(from, to), fmax(from, to)};
    return asked;
  }
  if (!(data.low <= data.high)) {
    const Range unit = {0, 1};
    return unit;
  }
  return data;
}

Scale scale_linear(Range data, double from, double to, double margin, double wanted) {
  Scale s = {0};
  const bool is_asked = from != to && isfinite(from) && isfinite(to);
  const Range range = usable(data, from, to);
  const double size = fmax(fabs(range.low), fabs(range.high));
  double width = range.high - range.low;
  if (!(width > 1e-12 * size) || !isfinite(width)) width = size > 0 ? 0.2 * size : 1;
  const double middle = range.low / 2 + range.high / 2, pad = is_asked ? 0 : margin * width;
  s.low = middle - width / 2 - pad;
  s.high = middle + width / 2 + pad;
  const double step = round_step((s.high - s.low) / fmin(fmax(wanted, 2), 8));
  const double first = ceil(s.low / step - 1e-9);
  for (double k = first; k * step <= s.high + 1e-9 * step && s.n_ticks < MAX_TICKS; k += 1)
    s.ticks[s.n_ticks++] = k * step + 0.0;
  return s;
}

static void add_decades(Scale *s, double every) {
  const double first = ceil(s->low / every - 1e-9);
  s->is_decades = true;
  for (double k = first; k * every <= s->high + 1e-9 && s->n_ticks < MAX_TICKS; k += 1)
    s->ticks[s->n_ticks++] = pow(10, k * every);
}

/* Less than a decade or so: 1, 2, 5 in it. */
static void add_parts(Scale *s) {
  static const double parts[] = {1, 2, 5};
  for (double k = floor(s->low); k <= s->high; k += 1)
    for (int j = 0; j < 3; j++) {
      const double tick = parts[j] * pow(10, k), at = log10(tick);
      if (at >= s->low - 1e-9 && at <= s->high + 1e-9 && s->n_ticks < MAX_TICKS)
        s->ticks[s->n_ticks++] = tick;
    }
}

Scale scale_log(Range data, double from, double to) {
  Scale s = {0};
  s.is_log = true;
  const Range nothing = {1, 10};
  const bool is_asked = from > 0 && to > 0;
  Range range = is_asked ? usable(data, from, to) : data;
  if (!(range.low <= range.high)) range = nothing;
  const double low = log10(range.low), high = log10(range.high);
  const double pad = is_asked && from != to ? 0 : fmax(0.04 * (high - low), 0.02);
  s.low = low - pad;
  s.high = high + pad;
  const double decades = s.high - s.low;
  if (decades < 1.5) add_parts(&s);
  else add_decades(&s, decades <= 7 ? 1 : ceil(decades / 7));
  return s;
}

double scale_at(const Scale *s, double value) {
  return ((s->is_log ? log10(value) : value) - s->low) / (s->high - s->low);
}

void tick_text(double value, char *text, size_t size) { snprintf(text, size, "%.10g", value); }

int abs_exponent(double power) { return abs((int)lround(log10(power))); }
