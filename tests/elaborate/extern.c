/* extern.c - the C functions that extern.dp names, and a check of what comes out. */
#include "dp_runtime.h"

#include <math.h>
#include <stdio.h>

/* rho v^2 */
int drag(double v, double rho, double *y);
int drag_adj(double v, double *v_bar, double rho, double *rho_bar, double y_bar);
int drag_tan(double v, double v_dot, double rho, double rho_dot, double *y_dot);
/* v = k u, e = k^2; sizes are not passed: 3 */
int smooth(const double *u, double k, double *v, double *e);
int smooth_adj(const double *u, double *u_bar, double k, double *k_bar, const double *v_bar,
               double e_bar);
int smooth_tan(const double *u, const double *u_dot, double k, double k_dot, double *v_dot,
               double *e_dot);

int drag(double v, double rho, double *y)
{
  *y = rho * v * v;
  return 0;
}

int drag_adj(double v, double *v_bar, double rho, double *rho_bar, double y_bar)
{
  *v_bar += 2 * rho * v * y_bar;
  *rho_bar += v * v * y_bar;
  return 0;
}

int drag_tan(double v, double v_dot, double rho, double rho_dot, double *y_dot)
{
  *y_dot = 2 * rho * v * v_dot + v * v * rho_dot;
  return 0;
}

int smooth(const double *u, double k, double *v, double *e)
{
  for (int i = 0; i < 3; i++) v[i] = k * u[i];
  *e = k * k;
  return 0;
}

int smooth_adj(const double *u, double *u_bar, double k, double *k_bar, const double *v_bar,
               double e_bar)
{
  for (int i = 0; i < 3; i++) {
    u_bar[i] += k * v_bar[i];
    *k_bar += u[i] * v_bar[i];
  }
  *k_bar += 2 * k * e_bar;
  return 0;
}

int smooth_tan(const double *u, const double *u_dot, double k, double k_dot, double *v_dot,
               double *e_dot)
{
  for (int i = 0; i < 3; i++) v_dot[i] = k * u_dot[i] + k_dot * u[i];
  *e_dot = 2 * k * k_dot;
  return 0;
}

static int failures;

static void expect(const char *what, double found, double wanted)
{
  if (fabs(found - wanted) <= 1e-12 * (1 + fabs(wanted))) return;
  fprintf(stderr, "%s is %.17g, not %.17g\n", what, found, wanted);
  failures++;
}

int main(void)
{
  const double u[3] = {1, 2, 3};
  double y, y_dot, v_bar = 0, rho_bar = 0, dt_bar = 0, u_bar[3], k_bar, work[64];
  joined_step(3, 0.5, 0.1, &y, work, sizeof work);
  expect("step", y, 3 - 0.45);
  joined_step_tan(3, 1, 0.5, 2, 0.1, 0, &y, &y_dot, work, sizeof work);
  expect("step_dot", y_dot, 1 - 0.1 * (3 + 18));
  joined_step_adj(3, &v_bar, 0.5, &rho_bar, 0.1, &dt_bar, 1, work, sizeof work);
  expect("v_bar", v_bar, 1 - 0.1 * 3);
  expect("rho_bar", rho_bar, -0.9);
  expect("dt_bar", dt_bar, -4.5);
  joined_smoothed(u, 2, &y, work, sizeof work); /* k^4 u.u */
  expect("smoothed", y, 16 * 14);
  joined_smoothed_grad(u, u_bar, 2, &k_bar, work, sizeof work);
  expect("u_bar", u_bar[2], 16 * 2 * 3);
  expect("k_bar", k_bar, 4 * 8 * 14);
  return failures != 0;
}
