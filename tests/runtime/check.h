/* check - assertions that go on after a failure, for the runtime's tests. */
#ifndef DP_TESTS_CHECK_H
#define DP_TESTS_CHECK_H

#include <math.h>
#include <stdio.h>

static int check_failures;

static inline void check_that(int ok, const char *text, const char *file, int line) {
  if (ok) return;
  check_failures++;
  fprintf(stderr, "%s:%d: failed: %s\n", file, line, text);
}

#define CHECK(condition) check_that(!!(condition), #condition, __FILE__, __LINE__)

static inline void check_near(double got, double want, double tolerance, const char *text,
                              const char *file, int line) {
  if (fabs(got - want) <= tolerance * fmax(1, fabs(want))) return;
  check_failures++;
  fprintf(stderr, "%s:%d: failed: %s is %.17g, not %.17g\n", file, line, text, got, want);
}

/* Relative to |want| where that is above 1. */
#define CHECK_NEAR(got, want, tolerance) \
  check_near(got, want, tolerance, #got, __FILE__, __LINE__)

/* What main returns. */
static inline int check_result(void) {
  if (check_failures) fprintf(stderr, "%d checks failed\n", check_failures);
  return check_failures != 0;
}

#endif
