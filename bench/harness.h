/* harness - what a fair measurement needs: interleaved repetitions, medians, memory, chance.
 *
 * Times are those that the process spent on the processor, user and system, so that a machine
 * shared with others disturbs them little; with several threads (OpenMP), they are real time. */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include <stddef.h>

/* One thing to be timed. run is called with user; the harness fills in the rest. */
typedef struct {
  void (*run)(void *user);
  void *user;
  double median_ms;
} BenchCase;

/* Times all cases in turn: a warm-up of each, then rounds in which each runs once, so that what
 * the machine does meanwhile touches all alike. At most rounds of them, fewer where they would take
 * more than seconds, but five at least (or rounds). Returns how many. */
int bench_time(BenchCase *cases, int count, int rounds, double seconds);

/* Zeroed memory on a cache line's boundary; ends the program where there is none. */
void *bench_memory(size_t bytes);

/* Memory that nothing has touched yet, so that only what is used of it counts. */
void *bench_untouched(size_t bytes);

/* Megabytes of the process that are in memory: now, and at most so far. */
double bench_resident_mb(void);
double bench_peak_mb(void);

/* Prints "workload.metric = value", and ends the program with a message unless value <= most. */
void bench_require(const char *workload, const char *metric, double value, double most);

/* Reals in [-1, 1), the same on every machine (splitmix64: Steele, Lea and Flood 2014). */
double bench_random(unsigned long long *state);

#endif
