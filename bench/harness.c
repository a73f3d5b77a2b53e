#define _POSIX_C_SOURCE 200112L
#include "harness.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static int compare(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

void bench_time(BenchCase *cases, int count, int rounds) {
  double *times = bench_memory((size_t)count * (size_t)rounds * sizeof *times);
  for (int c = 0; c < count; c++)
    for (int k = 0; k < 3; k++) cases[c].run(cases[c].user);
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
    cases[c].least_ms = mine[0];
  }
  free(times);
}

void *bench_memory(size_t bytes) {
  void *memory = NULL;
  if (posix_memalign(&memory, 64, bytes ? bytes : 1) != 0) {
    fprintf(stderr, "bench: out of memory (%zu bytes)\n", bytes);
    exit(1);
  }
  return memset(memory, 0, bytes);
}

double bench_difference(const double *a, const double *b, int count) {
  double most = 0, scale = 0;
  for (int i = 0; i < count; i++) {
    most = fmax(most, fabs(a[i] - b[i]));
    scale = fmax(scale, fabs(b[i]));
    if (isnan(a[i]) || isnan(b[i])) return NAN;
  }
  return most / scale;
}

void bench_require(const char *name, double value, double most) {
  printf("%s = %.3g\n", name, value);
  if (value <= most) return;
  fprintf(stderr, "bench: %s is %g, should be at most %g\n", name, value, most);
  exit(1);
}

double bench_random(unsigned long long *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (double)((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1;
}
