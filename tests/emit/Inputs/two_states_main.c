/* Each adjoint is the transpose of its primal, which is linear in the states: <v_bar, f(e_k)> for every unit
 * vector e_k. The nonlinear one gives the same with snapshots as with a tape. */
#include "two_states.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 7, STEPS = 6 };

static int bad;
static double work[4096];

static void expect(const char *name, int n, int T, int k, double got, double want) {
  if (fabs(got - want) <= 1e-12 * (1 + fabs(want))) return;
  printf("%s for n = %d, T = %d: number %d is %.17g, should be %.17g\n", name, n, T, k, got, want);
  bad = 1;
}

static void draw(double *x, int n) {
  for (int i = 0; i < n; i++) x[i] = (rand() % 2001 - 1000) / 997.0;
}

static double dot(const double *x, const double *y, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) sum += x[i] * y[i];
  return sum;
}

typedef int Primal(int64_t n, const double *u0, const double *k, int64_t T, double *v, void *work,
                   size_t bytes);
typedef int Adjoint(int64_t n, const double *u0, double *u0_bar, const double *k, int64_t T,
                    const double *v_bar, void *work, size_t bytes);

static void check(const char *name, Primal *primal, Adjoint *adjoint, int n, int T) {
  double u[MOST], u_bar[MOST], v[MOST], v_bar[MOST], k[MOST];
  draw(u, n), draw(k, n), draw(v_bar, n), draw(u_bar, n);
  if (adjoint(n, u, u_bar, k, T, v_bar, work, sizeof work)) bad = 1;
  for (int at = 0; at < n; at++) {
    for (int i = 0; i < n; i++) u[i] = i == at;
    if (primal(n, u, k, T, v, work, sizeof work)) bad = 1;
    expect(name, n, T, at, u_bar[at], dot(v_bar, v, n));
  }
}

static void check_both(int n, int T) {
  double u[2][MOST], u_bar[2][MOST], v[2][MOST], v_bar[2][MOST], k[MOST];
  draw(k, n);
  for (int s = 0; s < 2; s++) draw(u[s], n), draw(v_bar[s], n);
  if (two_states_both_vjp(n, u[0], u_bar[0], u[1], u_bar[1], k, T, v_bar[0], v_bar[1], work,
                          sizeof work))
    bad = 1;
  for (int at = 0; at < 2 * n; at++) {
    for (int i = 0; i < 2 * n; i++) u[i / n][i % n] = i == at;
    if (two_states_both(n, u[0], u[1], k, T, v[0], v[1], work, sizeof work)) bad = 1;
    expect("both", n, T, at, u_bar[at / n][at % n], dot(v_bar[0], v[0], n) + dot(v_bar[1], v[1], n));
  }
}

static void check_schedules(int n, int T) {
  double u[MOST], c[MOST], u_bar[2][MOST], c_bar[2][MOST], dt_bar[2], loss[2];
  draw(u, n), draw(c, n);
  if (two_states_loss_grad(n, u, u_bar[0], c, c_bar[0], 0.1, &dt_bar[0], T, &loss[0], work, sizeof work))
    bad = 1;
  if (two_states_loss_few_grad(n, u, u_bar[1], c, c_bar[1], 0.1, &dt_bar[1], T, &loss[1], work,
                               sizeof work))
    bad = 1;
  expect("loss", n, T, 0, loss[1], loss[0]);
  expect("dt_bar", n, T, 0, dt_bar[1], dt_bar[0]);
  for (int i = 0; i < n; i++) expect("u0_bar", n, T, i, u_bar[1][i], u_bar[0][i]);
  for (int i = 0; i < n; i++) expect("c_bar", n, T, i, c_bar[1][i], c_bar[0][i]);
}

static void check_zeros(void) {
  const double p[2] = {1, 2};
  double angle[2];
  if (two_states_turned(2, p, 1, angle, work, sizeof work)) bad = 1;
  for (int i = 0; i < 2; i++) expect("angle", 2, 1, i, angle[i], acos(-1.0));
}

int main(void) {
  check_zeros();
  for (int n = 1; n <= MOST; n++)
    for (int T = 0; T <= STEPS; T++) {
      check("wave", two_states_wave, two_states_wave_vjp, n, T);
      check("skew", two_states_skew, two_states_skew_vjp, n, T);
      check_both(n, T);
      check_schedules(n, T);
    }
  return bad;
}
