/* ode_kernels_main - generated steps and solutions of the library ode, and the kernels of dp_ode
 * with the same right-hand side: the generated one. */
#include "compare.h"
#include "dp_ode.h"
#include "ode.h"

enum { N = 2, STEPS = 12 };
static double work[4096], ours[4096];

/* ---- the right-hand side as callbacks -------------------------------------------------------- */

typedef struct Pendulum {
  double damping, damping_dot, damping_bar;
} Pendulum;

static int swing(void *user, int64_t n, double t, const double *u, double *du) {
  const Pendulum *p = user;
  (void)n;
  return ode_swing(t, u, p->damping, du, NULL, 0);
}

static int swing_tan(void *user, int64_t n, double t, const double *u, const double *u_dot,
                     double *du, double *du_dot) {
  const Pendulum *p = user;
  (void)n;
  return ode_swing_tan(t, 0, u, u_dot, p->damping, p->damping_dot, du, du_dot, NULL, 0);
}

static int swing_adj(void *user, int64_t n, double t, const double *u, double *u_bar,
                     const double *du_bar) {
  Pendulum *p = user;
  double t_bar = 0;
  (void)n;
  return ode_swing_adj(t, &t_bar, u, u_bar, p->damping, &p->damping_bar, du_bar, NULL, 0);
}

/* ---- what is compared ------------------------------------------------------------------------ */

typedef int step(double t, const double *u, double dt, double damping, double *v, void *work,
                 size_t bytes);
typedef int step_tan(double t, double t_dot, const double *u, const double *u_dot, double dt,
                     double dt_dot, double damping, double damping_dot, double *v, double *v_dot,
                     void *work, size_t bytes);
typedef int step_adj(double t, double *t_bar, const double *u, double *u_bar, double dt,
                     double *dt_bar, double damping, double *damping_bar, const double *v_bar,
                     void *work, size_t bytes);
typedef int solve(const double *u0, double t0, double t1, double damping, int64_t steps, double *v,
                  void *work, size_t bytes);
typedef int solve_tan(const double *u0, const double *u0_dot, double t0, double t0_dot, double t1,
                      double t1_dot, double damping, double damping_dot, int64_t steps, double *v,
                      double *v_dot, void *work, size_t bytes);
typedef int solve_adj(const double *u0, double *u0_bar, double t0, double *t0_bar, double t1,
                      double *t1_bar, double damping, double *damping_bar, int64_t steps,
                      const double *v_bar, void *work, size_t bytes);

static const struct {
  const char *name;
  dp_ode_method method;
  step *step;
  step_tan *step_tan;
  step_adj *step_adj;
  solve *solve;
  solve_tan *solve_tan;
  solve_adj *solve_adj;
} methods[] = {
    {"euler", DP_EULER, ode_euler, ode_euler_tan, ode_euler_adj, ode_solve_euler,
     ode_solve_euler_tan, ode_solve_euler_adj},
    {"midpoint", DP_MIDPOINT, ode_midpoint, ode_midpoint_tan, ode_midpoint_adj,
     ode_solve_midpoint, ode_solve_midpoint_tan, ode_solve_midpoint_adj},
    {"heun", DP_HEUN, ode_heun, ode_heun_tan, ode_heun_adj, ode_solve_heun, ode_solve_heun_tan,
     ode_solve_heun_adj},
    {"rk4", DP_RK4, ode_rk4, ode_rk4_tan, ode_rk4_adj, ode_solve_rk4, ode_solve_rk4_tan,
     ode_solve_rk4_adj},
};

static const double damping = 0.3, damping_dot = -0.8;

static void check_step(size_t k, const double *u, const double *u_dot, const double *v_bar) {
  const char *name = methods[k].name;
  const double t = 0.4, dt = 0.15;
  Pendulum p = {damping, damping_dot, 0.25};
  const dp_system system = {swing, swing_tan, swing_adj, &p};
  double v[N], v_dot[N], want[N], want_dot[N];

  memcpy(want, u, sizeof want);
  CHECK(methods[k].step(t, u, dt, damping, v, work, sizeof work) == DP_OK);
  CHECK(dp_ode_step(methods[k].method, &system, N, t, dt, want, ours, sizeof ours) == DP_OK);
  compare_arrays(name, "step", N, v, want);

  memcpy(want, u, sizeof want);
  memcpy(want_dot, u_dot, sizeof want_dot);
  CHECK(methods[k].step_tan(t, 0, u, u_dot, dt, 0, damping, damping_dot, v, v_dot, work,
                            sizeof work) == DP_OK);
  CHECK(dp_ode_step_tan(methods[k].method, &system, N, t, dt, want, want_dot, ours,
                        sizeof ours) == DP_OK);
  compare_arrays(name, "step of the tangent", N, v, want);
  compare_arrays(name, "step_dot", N, v_dot, want_dot);

  double u_bar[N] = {0}, want_bar[N], t_bar = 0, dt_bar = 0, damping_bar = 0.25;
  memcpy(want_bar, v_bar, sizeof want_bar);
  CHECK(methods[k].step_adj(t, &t_bar, u, u_bar, dt, &dt_bar, damping, &damping_bar, v_bar, work,
                            sizeof work) == DP_OK);
  CHECK(dp_ode_step_adj(methods[k].method, &system, N, t, dt, u, want_bar, ours, sizeof ours) ==
        DP_OK);
  compare_arrays(name, "u_bar of a step", N, u_bar, want_bar);
  compare_arrays(name, "damping_bar of a step", 1, &damping_bar, &p.damping_bar);
}

static void check_solution(size_t k, const double *u, const double *u_dot, const double *v_bar) {
  const char *name = methods[k].name;
  const double t0 = 0.4, t1 = 1.9, dt = (t1 - t0) / STEPS;
  Pendulum p = {damping, damping_dot, 0.25};
  const dp_system system = {swing, swing_tan, swing_adj, &p};
  double v[N], v_dot[N], us[(STEPS + 1) * N], us_dot[(STEPS + 1) * N];

  memcpy(us, u, N * sizeof(double));
  memcpy(us_dot, u_dot, N * sizeof(double));
  CHECK(methods[k].solve(u, t0, t1, damping, STEPS, v, work, sizeof work) == DP_OK);
  CHECK(dp_ode_solve(methods[k].method, &system, N, t0, dt, STEPS, us, ours, sizeof ours) ==
        DP_OK);
  compare_arrays(name, "solution", N, v, us + STEPS * N);

  CHECK(methods[k].solve_tan(u, u_dot, t0, 0, t1, 0, damping, damping_dot, STEPS, v, v_dot, work,
                             sizeof work) == DP_OK);
  CHECK(dp_ode_solve_tan(methods[k].method, &system, N, t0, dt, STEPS, us, us_dot, ours,
                         sizeof ours) == DP_OK);
  compare_arrays(name, "solution of the tangent", N, v, us + STEPS * N);
  compare_arrays(name, "solution_dot", N, v_dot, us_dot + STEPS * N);

  double u_bar[N] = {0}, us_bar[(STEPS + 1) * N] = {0};
  double t0_bar = 0, t1_bar = 0, damping_bar = 0.25;
  memcpy(us_bar + STEPS * N, v_bar, N * sizeof(double));
  CHECK(methods[k].solve_adj(u, u_bar, t0, &t0_bar, t1, &t1_bar, damping, &damping_bar, STEPS,
                             v_bar, work, sizeof work) == DP_OK);
  CHECK(dp_ode_solve_adj(methods[k].method, &system, N, t0, dt, STEPS, us, us_bar, ours,
                         sizeof ours) == DP_OK);
  compare_arrays(name, "u0_bar", N, u_bar, us_bar);
  compare_arrays(name, "damping_bar", 1, &damping_bar, &p.damping_bar);
}

int main(void) {
  double u[N], u_dot[N], v_bar[N];
  compare_fill(N, 1, u);
  compare_fill(N, 2, u_dot);
  compare_fill(N, 3, v_bar);
  for (size_t k = 0; k < sizeof methods / sizeof methods[0]; k++) {
    check_step(k, u, u_dot, v_bar);
    check_solution(k, u, u_dot, v_bar);
  }
  return check_result();
}
