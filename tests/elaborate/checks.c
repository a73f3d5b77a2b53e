/* checks.c - provokes every status that checks.dp can give. */
#include "dp_runtime.h"

#include <stdio.h>

static int failures;

static void expect(const char *what, int status, int wanted)
{
  if (status == wanted) return;
  fprintf(stderr, "%s: \"%s\", not \"%s\"\n", what, dp_status_text(status), dp_status_text(wanted));
  failures++;
}

int main(void)
{
  const double u[4] = {1, 2, 3, 4};
  double y, work[64];
  const size_t bytes = sizeof work;
  int64_t steps;
  expect("equal sizes", checks_product(4, 4, u, u, &y, work, bytes), DP_OK);
  expect("unequal sizes", checks_product(4, 3, u, u, &y, work, bytes), DP_BAD_SIZE);
  expect("inside", checks_element(4, u, 3, &y, work, bytes), DP_OK);
  expect("behind", checks_element(4, u, 4, &y, work, bytes), DP_DOMAIN);
  expect("before", checks_element(4, u, -1, &y, work, bytes), DP_DOMAIN);
  expect("slice", checks_slice(4, u, 1, 4, &y, work, bytes), DP_OK);
  expect("long slice", checks_slice(4, u, 1, 5, &y, work, bytes), DP_DOMAIN);
  expect("positive", checks_positive(4, &y, work, bytes), DP_OK);
  expect("negative", checks_positive(-4, &y, work, bytes), DP_ASSERT);
  expect("enough steps", checks_halving(1000, 10, &steps, work, bytes), DP_OK);
  expect("too few steps", checks_halving(1000, 9, &steps, work, bytes), DP_MAX_STEPS);
  expect("guard", checks_guarded(4, 3, u, u, &y, work, bytes), DP_OK);
  expect("walk", checks_walk(4, u, 4, &y, work, bytes), DP_OK);
  expect("long walk", checks_walk(4, u, 5, &y, work, bytes), DP_DOMAIN);
  return failures != 0;
}
