/* The step against plain C; the tangent against differences; the adjoint against the tangent. For
 * rings of 1 to 9 cells. */
#include "fisher.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { MOST = 9 };

static void plain_step(int n, const double *u, double k, double r, double *v) {
  for (int i = 0; i < n; i++) {
    const double left = u[(i + n - 1) % n], right = u[(i + 1) % n];
    v[i] = u[i] + k * (left - 2 * u[i] + right) + r * u[i] * (1 - u[i]);
  }
}

static double dot(int n, const double *a, const double *b) {
  double sum = 0;
  for (int i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

static void check_ring(int n) {
  const double k = 0.2, r = 0.7, k_dot = 0.3, r_dot = -0.4, h = 1e-6;
  double u[MOST], u_dot[MOST], v[MOST], v_dot[MOST], w[MOST], up[MOST], down[MOST], u_bar[MOST] = {0};
  double v_bar[MOST], k_bar = 0, r_bar = 0;
  for (int i = 0; i < n; i++) {
    u[i] = sin(3.0 * i + 1);
    u_dot[i] = cos(2.0 * i);
    v_bar[i] = cos(5.0 * i + 2);
  }
  const size_t bytes = fisher_step_adj_work(n) + fisher_step_tan_work(n) + fisher_step_work(n);
  void *work = malloc(bytes + 1);
  assert(work && fisher_step(n, u, k, r, v, work, bytes) == DP_OK);
  plain_step(n, u, k, r, w);
  for (int i = 0; i < n; i++) assert(fabs(v[i] - w[i]) < 1e-14);

  assert(fisher_step_tan(n, u, u_dot, k, k_dot, r, r_dot, v, v_dot, work, bytes) == DP_OK);
  double shifted[MOST];
  for (int i = 0; i < n; i++) shifted[i] = u[i] + h * u_dot[i];
  plain_step(n, shifted, k + h * k_dot, r + h * r_dot, up);
  for (int i = 0; i < n; i++) shifted[i] = u[i] - h * u_dot[i];
  plain_step(n, shifted, k - h * k_dot, r - h * r_dot, down);
  for (int i = 0; i < n; i++) assert(fabs(v_dot[i] - (up[i] - down[i]) / (2 * h)) < 1e-8);

  assert(fisher_step_adj(n, u, u_bar, k, &k_bar, r, &r_bar, v_bar, work, bytes) == DP_OK);
  const double there = dot(n, v_bar, v_dot);
  const double back = dot(n, u_bar, u_dot) + k_bar * k_dot + r_bar * r_dot;
  assert(fabs(there - back) < 1e-13 * (1 + fabs(there)));
  /* Adjoints add: a second call doubles them. */
  const double once = u_bar[0];
  assert(fisher_step_adj(n, u, u_bar, k, &k_bar, r, &r_bar, v_bar, work, bytes) == DP_OK);
  assert(fabs(u_bar[0] - 2 * once) < 1e-13);
  free(work);
}

int main(void) {
  for (int n = 0; n <= MOST; n++) check_ring(n);
  return 0;
}
