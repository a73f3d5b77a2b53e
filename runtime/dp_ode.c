/* dp_ode - explicit Runge-Kutta methods in which each stage uses the one before it only.
 *
 *   w_s = u + dt c_s k_(s-1),   k_s = f(t + dt c_s, w_s),   u_next = u + dt sum_s b_s k_s
 *
 * covers Euler, midpoint, Heun and the classical method, and makes the adjoint a short
 * recurrence. */
#include "dp_ode.h"

#include "dp_runtime.h"

#include <string.h>

enum { MAX_STAGES = 4 };

typedef struct Tableau {
  int stages;
  double c[MAX_STAGES], b[MAX_STAGES];
} Tableau;

static const Tableau tableaux[] = {
    {1, {0}, {1}},
    {2, {0, 0.5}, {0, 1}},
    {2, {0, 1}, {0.5, 0.5}},
    {4, {0, 0.5, 0.5, 1}, {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6}},
};

/* y = x + a k. */
static void combine(int64_t n, const double *x, double a, const double *k, double *y) {
  for (int64_t i = 0; i < n; i++) y[i] = x[i] + a * k[i];
}

/* y += a k. */
static void add(int64_t n, double a, const double *k, double *y) {
  for (int64_t i = 0; i < n; i++) y[i] += a * k[i];
}

/* ---- workspace: 9 vectors -------------------------------------------------------------------- */

enum { VECTORS = 9 };

size_t dp_ode_work(dp_ode_method method, int64_t n) {
  (void)method;
  const size_t vector = dp_size_round(dp_size_mul(dp_size(n), sizeof(double)));
  return dp_size_add(dp_size_mul(VECTORS, vector), DP_ALIGN - 1);
}

static int carve(int64_t n, void *work, size_t work_bytes, double *v[VECTORS]) {
  const size_t needed = dp_ode_work(DP_EULER, n);
  if (needed == SIZE_MAX || (!work && n > 0)) return DP_BAD_SIZE;
  if (n > 0 && work_bytes < needed) return DP_WORK_SHORT;
  dp_space space = dp_space_of(work, work_bytes);
  for (int j = 0; j < VECTORS; j++) v[j] = (double *)dp_carve(&space, (size_t)n * sizeof(double));
  return DP_OK;
}

/* ---- one step -------------------------------------------------------------------------------- */

int dp_ode_step(dp_ode_method method, const dp_system *system, int64_t n, double t, double dt,
                double *u, void *work, size_t work_bytes) {
  const Tableau *m = &tableaux[method];
  double *v[VECTORS];
  int status = carve(n, work, work_bytes, v);
  if (status || n == 0) return status;
  double *k = v[0], *w = v[1], *next = v[2];
  memcpy(next, u, (size_t)n * sizeof(double));
  for (int s = 0; s < m->stages; s++) {
    const double *at = u;
    if (s > 0) combine(n, u, dt * m->c[s], k, w), at = w;
    status = system->f(system->user, n, t + dt * m->c[s], at, k);
    if (status) return status;
    add(n, dt * m->b[s], k, next);
  }
  memcpy(u, next, (size_t)n * sizeof(double));
  return DP_OK;
}

int dp_ode_step_tan(dp_ode_method method, const dp_system *system, int64_t n, double t, double dt,
                    double *u, double *u_dot, void *work, size_t work_bytes) {
  const Tableau *m = &tableaux[method];
  double *v[VECTORS];
  int status = carve(n, work, work_bytes, v);
  if (status || n == 0) return status;
  double *k = v[0], *w = v[1], *next = v[2], *k_dot = v[3], *w_dot = v[4], *next_dot = v[5];
  const size_t bytes = (size_t)n * sizeof(double);
  memcpy(next, u, bytes);
  memcpy(next_dot, u_dot, bytes);
  for (int s = 0; s < m->stages; s++) {
    const double *at = u, *at_dot = u_dot;
    if (s > 0) {
      combine(n, u, dt * m->c[s], k, w), at = w;
      combine(n, u_dot, dt * m->c[s], k_dot, w_dot), at_dot = w_dot;
    }
    status = system->f_tan(system->user, n, t + dt * m->c[s], at, at_dot, k, k_dot);
    if (status) return status;
    add(n, dt * m->b[s], k, next);
    add(n, dt * m->b[s], k_dot, next_dot);
  }
  memcpy(u, next, bytes);
  memcpy(u_dot, next_dot, bytes);
  return DP_OK;
}

/* The stage points w_s again; the last k is not needed. w_0 is u. */
static int replay(const Tableau *m, const dp_system *system, int64_t n, double t, double dt,
                  const double *u, double *k, double *w[MAX_STAGES]) {
  memcpy(w[0], u, (size_t)n * sizeof(double));
  for (int s = 1; s < m->stages; s++) {
    const int status = system->f(system->user, n, t + dt * m->c[s - 1], w[s - 1], k);
    if (status) return status;
    combine(n, u, dt * m->c[s], k, w[s]);
  }
  return DP_OK;
}

/* Backwards: k_bar_s = dt b_s next_bar + dt c_(s+1) w_bar_(s+1), and every w_bar reaches u. */
int dp_ode_step_adj(dp_ode_method method, const dp_system *system, int64_t n, double t, double dt,
                    const double *u, double *u_bar, void *work, size_t work_bytes) {
  const Tableau *m = &tableaux[method];
  double *v[VECTORS];
  int status = carve(n, work, work_bytes, v);
  if (status || n == 0) return status;
  double *k_bar = v[4], *w_bar = v[5], *next_bar = v[6];
  const size_t bytes = (size_t)n * sizeof(double);
  status = replay(m, system, n, t, dt, u, v[7], v);
  memcpy(next_bar, u_bar, bytes);
  memset(w_bar, 0, bytes);
  for (int s = m->stages - 1; s >= 0 && !status; s--) {
    const double later = s + 1 < m->stages ? dt * m->c[s + 1] : 0;
    for (int64_t i = 0; i < n; i++) k_bar[i] = dt * m->b[s] * next_bar[i] + later * w_bar[i];
    memset(w_bar, 0, bytes);
    status = system->f_adj(system->user, n, t + dt * m->c[s], v[s], w_bar, k_bar);
    add(n, 1, w_bar, u_bar);
  }
  return status;
}

/* ---- many steps ------------------------------------------------------------------------------ */

int dp_ode_solve(dp_ode_method method, const dp_system *system, int64_t n, double t, double dt,
                 int64_t steps, double *us, void *work, size_t work_bytes) {
  for (int64_t k = 0; k < steps; k++) {
    double *next = us + (k + 1) * n;
    memcpy(next, us + k * n, (size_t)n * sizeof(double));
    const int status =
        dp_ode_step(method, system, n, t + (double)k * dt, dt, next, work, work_bytes);
    if (status) return status;
  }
  return DP_OK;
}

int dp_ode_solve_tan(dp_ode_method method, const dp_system *system, int64_t n, double t, double dt,
                     int64_t steps, double *us, double *us_dot, void *work, size_t work_bytes) {
  for (int64_t k = 0; k < steps; k++) {
    double *next = us + (k + 1) * n, *next_dot = us_dot + (k + 1) * n;
    memcpy(next, us + k * n, (size_t)n * sizeof(double));
    memcpy(next_dot, us_dot + k * n, (size_t)n * sizeof(double));
    const int status = dp_ode_step_tan(method, system, n, t + (double)k * dt, dt, next, next_dot,
                                       work, work_bytes);
    if (status) return status;
  }
  return DP_OK;
}

/* Row k + 1's cotangent is carried back to row k, and row k's own added. */
int dp_ode_solve_adj(dp_ode_method method, const dp_system *system, int64_t n, double t, double dt,
                     int64_t steps, const double *us, double *us_bar, void *work,
                     size_t work_bytes) {
  double *v[VECTORS];
  int status = carve(n, work, work_bytes, v);
  if (status || n == 0) return status;
  double *carried = v[8]; /* the one that a step leaves alone */
  for (int64_t k = steps - 1; k >= 0; k--) {
    memcpy(carried, us_bar + (k + 1) * n, (size_t)n * sizeof(double));
    status = dp_ode_step_adj(method, system, n, t + (double)k * dt, dt, us + k * n, carried, work,
                             work_bytes);
    if (status) return status;
    add(n, 1, carried, us_bar + k * n);
  }
  return DP_OK;
}
