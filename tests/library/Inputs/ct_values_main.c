/* ct_values_main - the asserts of ct-values.dp hold. */
#include "compare.h"
#include "library.h"

#include <stdlib.h>

static void expect(const char *name, int status) {
  if (status == DP_OK) return;
  fprintf(stderr, "%s: %s\n", name, dp_status_text(status));
  check_failures++;
}

static void check(void) {
  const size_t bytes = library_check_work();
  void *work = malloc(bytes);
  double y;
  expect("check", library_check(0, &y, work, bytes));
  free(work);
}

enum { N = 23, M = 31, VIEWS = 17, BINS = 45 };

static void check_adjoint(double spacing, double pixel) {
  static double a[N * M], y[VIEWS * BINS];
  compare_fill(N * M, 1, a);
  compare_fill(VIEWS * BINS, 2, y);
  for (int i = 0; i < N * M; i++) a[i] += 1;
  for (int i = 0; i < VIEWS * BINS; i++) y[i] += 1;
  const size_t bytes = library_check_adjoint_work(N, M, VIEWS, BINS);
  void *work = malloc(bytes);
  double zero;
  expect("adjoint",
         library_check_adjoint(N, M, VIEWS, BINS, a, y, spacing, pixel, &zero, work,
                                           bytes));
  free(work);
}

int main(void) {
  check();
  check_adjoint(1, 1);
  check_adjoint(0.3, 1);
  check_adjoint(3, 1.25);
  return check_failures != 0;
}
