/* Each adjoint is the transpose of its primal, which is linear: <v_bar, f(e_k)> for every unit
 * vector e_k. */
#include "stencil_adjoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 9 };

typedef int Line(int64_t n, const double *u, double *v, void *work, size_t bytes);
typedef int LineAdjoint(int64_t n, const double *u, double *u_bar, const double *v_bar,
                        void *work, size_t bytes);
typedef int Plane(int64_t n, int64_t m, const double *u, double *v, void *work, size_t bytes);
typedef int PlaneAdjoint(int64_t n, int64_t m, const double *u, double *u_bar, const double *v_bar,
                         void *work, size_t bytes);

static int bad;
static double work[4096];

static void expect(const char *name, int n, int m, int k, double got, double want) {
  if (fabs(got - want) <= 1e-12 * (1 + fabs(want))) return;
  printf("%s for %d x %d: u_bar[%d] is %.17g, should be %.17g\n", name, n, m, k, got, want);
  bad = 1;
}

static void draw(double *x, int n) {
  for (int i = 0; i < n; i++) x[i] = (rand() % 2001 - 1000) / 997.0;
}

static void check(const char *name, int n, int m, int rows, Line *line, LineAdjoint *line_adjoint,
                  Plane *plane, PlaneAdjoint *plane_adjoint) {
  double u[MOST * MOST], u_bar[MOST * MOST], v[MOST * MOST], v_bar[MOST * MOST];
  const int count = rows * n * m;
  draw(u, count);
  draw(v_bar, count);
  draw(u_bar, count);
  const int status = plane ? plane_adjoint(n, m, u, u_bar, v_bar, work, sizeof work)
                           : line_adjoint(n, u, u_bar, v_bar, work, sizeof work);
  if (status != DP_OK) bad = 1;
  for (int k = 0; k < count; k++) {
    double dot = 0;
    for (int i = 0; i < count; i++) u[i] = i == k;
    if (plane ? plane(n, m, u, v, work, sizeof work) : line(n, u, v, work, sizeof work)) bad = 1;
    for (int i = 0; i < count; i++) dot += v_bar[i] * v[i];
    expect(name, n, m, k, u_bar[k], dot);
  }
}

#define LINE(name, least, rows)                                                          \
  for (int n = least; n <= MOST; n++)                                                    \
  check(#name, n, 1, rows, stencil_adjoint_##name, stencil_adjoint_##name##_vjp, NULL, NULL)
#define PLANE(name, least)                                                               \
  for (int n = least; n <= MOST; n++)                                                    \
    for (int m = least; m <= MOST; m++)                                                  \
  check(#name, n, m, 1, NULL, NULL, stencil_adjoint_##name, stencil_adjoint_##name##_vjp)

int main(void) {
  LINE(wrap, 0, 1);
  LINE(hold, 0, 1);
  LINE(empty, 0, 1);
  LINE(mirror, 0, 1);
  LINE(inside, 4, 1);
  LINE(turned, 0, 1);
  LINE(upwind, 0, 1);
  LINE(pair, 0, 2);
  PLANE(plane, 0);
  PLANE(steps, 2);
  return bad;
}
