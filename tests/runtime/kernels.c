/* kernels - tangents and adjoints of dp_nn and dp_ode against differences and each other.
 *
 * RUN: %cc -std=c11 -O2 %s -I%runtime %libdp_runtime -lm -o %t && %t */
#include "dp_gradcheck.h"
#include "dp_nn.h"
#include "dp_ode.h"
#include "check.h"

#include <string.h>

static void expect(const char *name, const dp_gradcheck_function *f, const double *x) {
  double work[DP_GRADCHECK_DOUBLES(100, 100)];
  dp_gradcheck_report r;
  const int status = dp_gradcheck(f, x, 7, &r, work);
  if (status || r.tangent_error > 1e-8 || !(r.taylor_order > 1.9) || r.adjoint_error > 1e-13)
    fprintf(stderr, "%s: status %d, tangent %.1e, order %.2f, adjoint %.1e\n", name, status,
            r.tangent_error, r.taylor_order, r.adjoint_error);
  CHECK(status == 0 && r.tangent_error <= 1e-8 && r.taylor_order > 1.9 && r.adjoint_error <= 1e-13);
}

static void fill(int n, uint64_t seed, double *x) {
  dp_rng rng;
  dp_rng_seed(&rng, seed);
  for (int i = 0; i < n; i++) x[i] = 0.5 * dp_normal(&rng);
}

/* ---- networks: x and theta together are the argument ----------------------------------------- */

enum { IN = 3, OUT = 2 };
static const int64_t sizes[] = {IN, 5, 4, OUT};
static double mlp_work[400];

static int mlp(void *user, const double *x, double *y) {
  return dp_mlp_apply(user, x + IN, x, y, mlp_work, sizeof mlp_work);
}

static int mlp_tan(void *user, const double *x, const double *x_dot, double *y_dot) {
  double y[OUT];
  return dp_mlp_tan(user, x + IN, x_dot + IN, x, x_dot, y, y_dot, mlp_work, sizeof mlp_work);
}

static int mlp_adj(void *user, const double *x, double *x_bar, const double *y_bar) {
  const dp_mlp *net = user;
  memset(x_bar, 0, (size_t)(IN + dp_mlp_size(net)) * sizeof(double));
  return dp_mlp_adj(net, x + IN, x_bar + IN, x, x_bar, y_bar, mlp_work, sizeof mlp_work);
}

static void check_networks(void) {
  static const char *const names[] = {"identity", "tanh", "sigmoid", "relu",
                                      "softplus", "silu", "gelu"};
  double x[100];
  for (int act = DP_IDENTITY; act <= DP_GELU; act++) {
    dp_mlp net = {3, sizes, (dp_activation)act, act == DP_RELU ? DP_IDENTITY : (dp_activation)act};
    const int64_t n = IN + dp_mlp_size(&net);
    CHECK(n == IN + 20 + 24 + 10 && dp_mlp_work(&net) <= sizeof mlp_work);
    fill((int)n, 3, x);
    dp_gradcheck_function f = {n, OUT, mlp, mlp_tan, mlp_adj, &net, 1e-3};
    if (act == DP_RELU) f.step = 1e-5; /* stays on this side of the kinks */
    expect(names[act], &f, x);
  }
  const int64_t bad[] = {2, -1, 3};
  const dp_mlp wrong = {2, bad, DP_TANH, DP_TANH};
  CHECK(dp_mlp_size(&wrong) == -1 && dp_mlp_work(&wrong) == SIZE_MAX);
  const dp_mlp net = {3, sizes, DP_TANH, DP_TANH};
  CHECK(dp_mlp_apply(&net, x, x, x, mlp_work, dp_mlp_work(&net) - 1) == DP_WORK_SHORT);
}

static void check_activation_values(void) {
  const double x[] = {-800, -2, 0, 0.5, 800};
  double y[5], slope[5], one[5] = {1, 1, 1, 1, 1};
  dp_act(DP_SOFTPLUS, 5, x, y);
  CHECK_NEAR(y[1], log1p(exp(-2)), 1e-15);
  CHECK(y[0] == 0 && y[4] == 800);
  dp_act(DP_GELU, 5, x, y);
  CHECK_NEAR(y[3], 0.25 * (1 + erf(0.5 / sqrt(2))), 1e-15);
  dp_act_tan(DP_RELU, 5, x, one, slope);
  CHECK(slope[1] == 0 && slope[2] == 0 && slope[3] == 1);
}

/* ---- integrators: a driven pendulum with its own parameter ----------------------------------- */

enum { STEPS = 12, ROWS = STEPS + 1 };

typedef struct Pendulum {
  dp_ode_method method;
  double damping, damping_dot, damping_bar;
} Pendulum;

static int swing(void *user, int64_t n, double t, const double *u, double *du) {
  const Pendulum *p = user;
  (void)n;
  du[0] = u[1];
  du[1] = -sin(u[0]) - p->damping * u[1] + cos(3 * t) * u[0];
  return 0;
}

static int swing_tan(void *user, int64_t n, double t, const double *u, const double *u_dot,
                     double *du, double *du_dot) {
  const Pendulum *p = user;
  du_dot[0] = u_dot[1];
  du_dot[1] = (cos(3 * t) - cos(u[0])) * u_dot[0] - p->damping * u_dot[1] - p->damping_dot * u[1];
  return swing(user, n, t, u, du);
}

static int swing_adj(void *user, int64_t n, double t, const double *u, double *u_bar,
                     const double *du_bar) {
  Pendulum *p = user;
  (void)n;
  u_bar[0] += (cos(3 * t) - cos(u[0])) * du_bar[1];
  u_bar[1] += du_bar[0] - p->damping * du_bar[1];
  p->damping_bar -= u[1] * du_bar[1];
  return 0;
}

static double ode_work[100];
static const double step_size = 0.1;

/* x is the start and the damping; y all rows. */
static int solve(void *user, const double *x, double *y) {
  Pendulum *p = user;
  const dp_system system = {swing, swing_tan, swing_adj, p};
  p->damping = x[2];
  y[0] = x[0], y[1] = x[1];
  return dp_ode_solve(p->method, &system, 2, 0.3, step_size, STEPS, y, ode_work, sizeof ode_work);
}

static int solve_tan(void *user, const double *x, const double *x_dot, double *y_dot) {
  double y[2 * ROWS];
  Pendulum *p = user;
  const dp_system system = {swing, swing_tan, swing_adj, p};
  p->damping = x[2], p->damping_dot = x_dot[2];
  y[0] = x[0], y[1] = x[1], y_dot[0] = x_dot[0], y_dot[1] = x_dot[1];
  return dp_ode_solve_tan(p->method, &system, 2, 0.3, step_size, STEPS, y, y_dot, ode_work,
                          sizeof ode_work);
}

static int solve_adj(void *user, const double *x, double *x_bar, const double *y_bar) {
  double y[2 * ROWS], bar[2 * ROWS];
  Pendulum *p = user;
  const dp_system system = {swing, swing_tan, swing_adj, p};
  memcpy(bar, y_bar, sizeof bar);
  p->damping_bar = 0;
  int status = solve(p, x, y);
  if (!status)
    status = dp_ode_solve_adj(p->method, &system, 2, 0.3, step_size, STEPS, y, bar, ode_work,
                              sizeof ode_work);
  x_bar[0] = bar[0], x_bar[1] = bar[1], x_bar[2] = p->damping_bar;
  return status;
}

static void check_integrators(void) {
  static const char *const names[] = {"euler", "midpoint", "heun", "rk4"};
  const double x[] = {0.4, -0.7, 0.3};
  for (int method = DP_EULER; method <= DP_RK4; method++) {
    Pendulum p = {(dp_ode_method)method, 0, 0, 0};
    const dp_gradcheck_function f = {3, 2 * ROWS, solve, solve_tan, solve_adj, &p, 1e-3};
    expect(names[method], &f, x);
  }
  CHECK(dp_ode_work(DP_RK4, 2) <= sizeof ode_work && dp_ode_work(DP_RK4, -1) == SIZE_MAX);
}

static int grow(void *user, int64_t n, double t, const double *u, double *du) {
  (void)user, (void)n;
  du[0] = u[0] * cos(t);
  return 0;
}

/* Halving the step divides the error by 2^order. */
static void check_orders(void) {
  static const double orders[] = {1, 2, 2, 4};
  const dp_system system = {grow, NULL, NULL, NULL};
  for (int method = DP_EULER; method <= DP_RK4; method++) {
    double error[2];
    for (int fine = 0; fine < 2; fine++) {
      const int steps = fine ? 80 : 40;
      double us[81] = {1};
      CHECK(!dp_ode_solve((dp_ode_method)method, &system, 1, 0, 2.0 / steps, steps, us, ode_work,
                          sizeof ode_work));
      error[fine] = fabs(us[steps] - exp(sin(2)));
    }
    CHECK(fabs(log2(error[0] / error[1]) - orders[method]) < 0.2);
  }
  double u = 1;
  CHECK(dp_ode_step(DP_RK4, &system, 1, 0, 1, &u, ode_work, 8) == DP_WORK_SHORT && u == 1);
}

/* A wrong derivative must be seen. */
static int cube(void *user, const double *x, double *y) {
  return (void)user, y[0] = x[0] * x[0] * x[0], 0;
}
static int cube_tan(void *user, const double *x, const double *x_dot, double *y_dot) {
  return (void)user, y_dot[0] = 2.9 * x[0] * x[0] * x_dot[0], 0;
}
static int cube_adj(void *user, const double *x, double *x_bar, const double *y_bar) {
  return (void)user, x_bar[0] = 3 * x[0] * x[0] * y_bar[0], 0;
}

static void check_checker(void) {
  const dp_gradcheck_function f = {1, 1, cube, cube_tan, cube_adj, NULL, 0};
  const double x[] = {1.3};
  double work[DP_GRADCHECK_DOUBLES(1, 1)];
  dp_gradcheck_report r;
  CHECK(!dp_gradcheck(&f, x, 1, &r, work) && !dp_gradcheck_ok(&r));
  CHECK(r.tangent_error > 0.01 && r.taylor_order < 1.5 && r.adjoint_error > 0.01);
  const dp_gradcheck_function right = {1, 1, cube, NULL, cube_adj, NULL, 0};
  CHECK(!dp_gradcheck(&right, x, 1, &r, work) && dp_gradcheck_ok(&r));
}

int main(void) {
  check_networks();
  check_activation_values();
  check_integrators();
  check_orders();
  check_checker();
  return check_result();
}
