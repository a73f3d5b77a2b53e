/* minimisers.c - runs the minimisers of minimisers.dp and looks at where they end. */
#include "dp_runtime.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int far_from_ones(const char *name, int status, const double *x, int n)
{
  int failed = status != DP_OK;
  for (int i = 0; i < n; i++) failed |= !(fabs(x[i] - 1) < 1e-5);
  if (failed) fprintf(stderr, "%s: %s, x[0] = %g\n", name, dp_status_text(status), x[0]);
  return failed;
}

int main(void)
{
  const double start[4] = {-1.2, 1, -0.5, 2}, far[4] = {9, 0.001, 50, 1.5};
  double x[4], f;
  const size_t bytes = minimisers_valley_work(4) + minimisers_wall_work(4);
  void *work = malloc(bytes);
  int failed = far_from_ones("valley", minimisers_valley(4, start, x, &f, work, bytes), x, 4);
  failed |= far_from_ones("wall", minimisers_wall(4, far, x, &f, work, bytes), x, 4);
  free(work);
  return failed;
}
