/* compare - what the comparisons of the library with the runtime's kernels share. */
#ifndef DP_TESTS_COMPARE_H
#define DP_TESTS_COMPARE_H

#include "check.h"
#include "dp_runtime.h"

#include <string.h>

/* n normal numbers of deviation 0.7, the same at every run. */
static inline void compare_fill(int64_t n, uint64_t seed, double *x) {
  dp_rng rng;
  dp_rng_seed(&rng, seed);
  for (int64_t i = 0; i < n; i++) x[i] = 0.7 * dp_normal(&rng);
}

/* Each entry within 1e-12, relatively where it is above 1. */
static inline void compare_arrays(const char *name, const char *what, int64_t n, const double *got,
                                  const double *want) {
  for (int64_t i = 0; i < n; i++)
    if (!(fabs(got[i] - want[i]) <= 1e-12 * fmax(1, fabs(want[i])))) {
      check_failures++;
      fprintf(stderr, "%s: %s [%d] is %.17g generated, %.17g in the runtime\n", name, what, (int)i,
              got[i], want[i]);
    }
}

#endif
