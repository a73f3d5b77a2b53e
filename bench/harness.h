/* harness - timing for the benchmarks: warm-up, interleaved repetitions, medians.
 *
 * Times are those that the process spent on the processor, user and system, so that a machine
 * shared with others disturbs them little. */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include <stddef.h>

/* One thing to be timed. run is called with user; the harness fills in the rest. */
typedef struct {
  void (*run)(void *user);
  void *user;
  double median_ms, least_ms;
} BenchCase;

/* Times all cases in turn: a warm-up of each, then rounds in which each runs once, so that what
 * the machine does meanwhile touches all alike. */
void bench_time(BenchCase *cases, int count, int rounds);

/* Zeroed memory on a cache line's boundary; ends the program where there is none. */
void *bench_memory(size_t bytes);

/* The largest |a - b| over the largest |b|. */
double bench_difference(const double *a, const double *b, int count);

/* Prints "name = value", and ends the program with a message unless value <= most. */
void bench_require(const char *name, double value, double most);

/* Reals in [-1, 1), the same on every machine (splitmix64: Steele, Lea and Flood 2014). */
double bench_random(unsigned long long *state);

#endif
