#define _POSIX_C_SOURCE 200112L
#include "harness.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef _OPENMP
#define BENCH_CLOCK CLOCK_MONOTONIC
#else
#define BENCH_CLOCK CLOCK_PROCESS_CPUTIME_ID
#endif

static double now_ms(void) {
  struct timespec time;
  clock_gettime(BENCH_CLOCK, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static int compare(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

/* Warms up, and says how many rounds there is time for. */
static int rounds_for(const BenchCase *cases, int count, int rounds, double seconds) {
  enum { FEWEST = 5, WARM_UPS = 3 };
  double round_ms = 0;
  for (int c = 0; c < count; c++) {
    double spent = 0, last = 0;
    for (int k = 0; k < WARM_UPS && spent < 100; k++) {
      double begin = now_ms();
      cases[c].run(cases[c].user);
      last = now_ms() - begin;
      spent += last;
    }
    round_ms += last;
  }
  double fit = seconds * 1e3 / round_ms;
  int least = rounds < FEWEST ? rounds : FEWEST;
  return fit > rounds ? rounds : fit < least ? least : (int)fit;
}

int bench_time(BenchCase *cases, int count, int rounds, double seconds) {
  rounds = rounds_for(cases, count, rounds < 1 ? 1 : rounds, seconds);
  double *times = bench_memory((size_t)count * (size_t)rounds * sizeof *times);
  for (int r = 0; r < rounds; r++)
    for (int c = 0; c < count; c++) {
      double begin = now_ms();
      cases[c].run(cases[c].user);
      times[c * rounds + r] = now_ms() - begin;
    }
  for (int c = 0; c < count; c++) {
    double *mine = times + c * rounds;
    qsort(mine, (size_t)rounds, sizeof *mine, compare);
    cases[c].median_ms = mine[rounds / 2];
  }
  free(times);
  return rounds;
}

void *bench_untouched(size_t bytes) {
  void *memory = NULL;
  if (posix_memalign(&memory, 64, bytes ? bytes : 1) == 0) return memory;
  fprintf(stderr, "bench: out of memory (%zu bytes)\n", bytes);
  exit(1);
}

void *bench_memory(size_t bytes) { return memset(bench_untouched(bytes), 0, bytes); }

/* A line of Linux's /proc/self/status, in megabytes. Unlike getrusage's, its peak begins with
 * the program, not with the process that started it. */
static double status_mb(const char *field) {
  char line[256];
  double kilobytes = 0;
  FILE *status = fopen("/proc/self/status", "r");
  if (status == NULL) return 0;
  while (fgets(line, sizeof line, status) != NULL)
    if (strncmp(line, field, strlen(field)) == 0) kilobytes = strtod(line + strlen(field), NULL);
  fclose(status);
  return kilobytes / 1024;
}

double bench_resident_mb(void) { return status_mb("VmRSS:"); }

double bench_peak_mb(void) { return status_mb("VmHWM:"); }

void bench_require(const char *workload, const char *metric, double value, double most) {
  printf("%s.%s = %.3g\n", workload, metric, value);
  if (value <= most) return;
  fprintf(stderr, "bench: %s.%s is %g, should be at most %g\n", workload, metric, value, most);
  exit(1);
}

double bench_random(unsigned long long *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (double)((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1;
}
