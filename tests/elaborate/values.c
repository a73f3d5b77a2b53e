/* values.c - calls every function of values.dp with the arguments that it expects. */
#include "dp_runtime.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static int failures;

static void expect(const char *name, int status)
{
  if (status == DP_OK) return;
  fprintf(stderr, "%s: %s\n", name, dp_status_text(status));
  failures++;
}

int main(void)
{
  static const double u[12] = {0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23}, v[4] = {0, 1, 2, 3};
  const size_t bytes = 1 << 16;
  void *work = malloc(bytes);
  double y;
  int64_t i;
  bool b;
  expect("ints", values_ints(7, -3, &i, work, bytes));
  expect("reals", values_reals(1.5, &y, work, bytes));
  expect("booleans", values_booleans(true, false, 3.5, &b, work, bytes));
  expect("arrays", values_arrays(3, 4, u, v, &y, work, bytes));
  expect("updates", values_updates(3, 4, u, &y, work, bytes));
  expect("boundaries", values_boundaries(4, v, &y, work, bytes));
  expect("reductions", values_reductions(3, 4, u, v, &y, work, bytes));
  expect("loops", values_loops(7, &y, work, bytes));
  expect("branches", values_branches(1.5, &y, work, bytes));
  expect("records", values_records(1.5, &y, work, bytes));
  expect("functions", values_functions(1.5, &y, work, bytes));
  expect("derivatives", values_derivatives(1.5, &y, work, bytes));
  expect("names", values_names(4, 0.5, 2.0, v, &y, work, bytes));
  if (y < 6.999 || y > 7.001) failures++;
  free(work);
  return failures != 0;
}
