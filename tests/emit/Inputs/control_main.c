#include "control.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

int main(void) {
  double x, y;
  int64_t n, q, r;
  assert(control_newton(2, &x, &n, NULL, 0) == DP_OK && fabs(x * x - 2) < 1e-12 && n == 5);
  assert(control_newton(-2, &x, &n, NULL, 0) == DP_MAX_STEPS);

  const double u[4] = {3, -1, 2, -5};
  double v[4];
  bool hit[4];
  assert(control_clip(4, u, 0, v, hit, &n, NULL, 0) == DP_OK && n == 2);
  assert(v[0] == 3 && v[1] == 0 && v[2] == 2 && v[3] == 0);
  assert(!hit[0] && hit[1] && !hit[2] && hit[3]);

  assert(control_root(9, &y, NULL, 0) == DP_OK && y == 3);
  assert(control_root(-1, &y, NULL, 0) == DP_ASSERT);
  const double three[3] = {1.5, -2, 0};
  assert(control_tell(4, 3, three, true, &y, NULL, 0) == DP_OK);

  for (int64_t a = -7; a <= 7; a++)
    for (int64_t b = -3; b <= 3; b++) {
      assert(control_divide(a, b, &q, &r, NULL, 0) == DP_OK);
      if (b == 0) assert(q == 0 && r == 0);
      else assert(q == (int64_t)floor((double)a / (double)b) && r == a - b * q);
    }
  assert(control_divide(INT64_MIN, -1, &q, &r, NULL, 0) == DP_OK);

  assert(control_extremes(4, u, &x, &y, &n, NULL, 0) == DP_OK && x == -5 && y == 3 && n == 3);
  assert(control_extremes(0, u, &x, &y, &n, NULL, 0) == DP_OK && x == INFINITY && y == -INFINITY);
  assert(control_careful(-1, &y, NULL, 0) == DP_OK && y == 0);
  fprintf(stderr, "all is well\n");
  return 0;
}
