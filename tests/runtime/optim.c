/* optim - the minimisers on functions with known minima.
 *
 * RUN: %cc -std=c11 -O2 %s -I%runtime %libdp_runtime -lm -o %t && %t */
#include "dp_optim.h"
#include "dp_runtime.h"
#include "check.h"

#include <string.h>

enum { N = 20, MEMORY = 10 };

typedef struct Problem {
  int evaluations;
  int mode; /* 1: NaN for large x; 2: a status > 0 there; 3: one < 0 at the 5th call */
} Problem;

/* Rosenbrock's valley in N dimensions, chained pairs; its minimum is 0 at (1, .., 1). */
static int rosenbrock(void *user, int64_t n, const double *x, double *value, double *g) {
  Problem *p = user;
  if (++p->evaluations == 5 && p->mode == 3) return -7;
  *value = 0;
  for (int64_t i = 0; i < n; i++) g[i] = 0;
  for (int64_t i = 0; i + 1 < n; i++) {
    const double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
    *value += 100 * a * a + b * b;
    g[i] += -400 * a * x[i] - 2 * b;
    g[i + 1] += 200 * a;
    if (fabs(x[i]) > 2.5 && p->mode == 1) *value = NAN, g[i] = NAN;
    if (fabs(x[i]) > 2.5 && p->mode == 2) return DP_ASSERT;
  }
  return 0;
}

static void start(double *x) {
  for (int i = 0; i < N; i++) x[i] = i % 2 ? 1 : -1.2;
}

static void check_valley(int mode) {
  Problem p = {0, mode};
  double x[N], work[DP_LBFGS_DOUBLES(N, MEMORY)];
  start(x);
  dp_lbfgs_options options = dp_lbfgs_defaults();
  options.memory = MEMORY;
  dp_lbfgs_report report;
  const int status = dp_lbfgs(rosenbrock, &p, N, x, &options, &report, work, sizeof work);
  CHECK(status == 0 && report.value < 1e-14 && report.evaluations == p.evaluations);
  for (int i = 0; i < N; i++) CHECK_NEAR(x[i], 1, 1e-6);
  CHECK(report.evaluations < 400);
}

/* Steeper than any line search expects: exp overflows one step away. */
static int cliff(void *user, int64_t n, const double *x, double *value, double *g) {
  (void)user, (void)n;
  *value = exp(50 * x[0]) - 50 * x[0] + 0.5 * x[1] * x[1];
  g[0] = 50 * exp(50 * x[0]) - 50;
  g[1] = x[1];
  return 0;
}

static void check_cliff(void) {
  double x[2] = {-5, 3}, work[DP_LBFGS_DOUBLES(2, 5)];
  dp_lbfgs_options options = dp_lbfgs_defaults();
  options.memory = 5;
  options.first_step = 1e6;
  dp_lbfgs_report report;
  CHECK(dp_lbfgs(cliff, NULL, 2, x, &options, &report, work, sizeof work) == 0);
  CHECK_NEAR(x[0], 0, 1e-6);
  CHECK_NEAR(x[1], 0, 1e-6);
}

static int nowhere(void *user, int64_t n, const double *x, double *value, double *g) {
  (void)user, (void)n, (void)x;
  *value = NAN, g[0] = 0;
  return 0;
}

static void check_refusals(void) {
  Problem p = {0, 3};
  double x[N], work[DP_LBFGS_DOUBLES(N, 20)];
  start(x);
  dp_lbfgs_report report;
  CHECK(dp_lbfgs(rosenbrock, &p, N, x, NULL, &report, work, sizeof work) == -7);
  CHECK(report.reason == DP_LBFGS_STOPPED);
  CHECK(dp_lbfgs(nowhere, NULL, 1, x, NULL, &report, work, sizeof work) == DP_NONFINITE);
  CHECK(report.reason == DP_LBFGS_NOT_FINITE);
  CHECK(dp_lbfgs_work(N, 20) == sizeof work);
  CHECK(dp_lbfgs(rosenbrock, &p, N, x, NULL, NULL, work, sizeof work - 1) == DP_WORK_SHORT);
  CHECK(dp_lbfgs(rosenbrock, &p, -1, x, NULL, NULL, work, sizeof work) == DP_BAD_SIZE);
  CHECK(dp_lbfgs(rosenbrock, &p, N, x, NULL, NULL, NULL, 0) == DP_BAD_SIZE);
  CHECK(dp_lbfgs_work(INT64_MAX, 20) == SIZE_MAX && dp_adam_work(-1) == SIZE_MAX);
}

static void check_first_order(void) {
  Problem p = {0, 0};
  double x[N], g[N], value, velocity[N] = {0}, work[2 * N + 30];
  dp_adam adam;
  CHECK(dp_adam_work(N) <= sizeof work && dp_adam_init(&adam, N, work, sizeof work) == 0);
  CHECK(dp_adam_init(&adam, N, work, dp_adam_work(N) - 1) == DP_WORK_SHORT);
  start(x);
  dp_adam_options options = dp_adam_defaults();
  options.rate = 0.02;
  for (int k = 0; k < 20000; k++) {
    rosenbrock(&p, N, x, &value, g);
    dp_adam_step(&adam, &options, x, g);
  }
  CHECK(value < 1e-6);

  /* The first step of Adam has the length of the rate, whatever the gradient. */
  double one = 1, slope = 1e-3, state[40];
  CHECK(dp_adam_init(&adam, 1, state, sizeof state) == 0);
  dp_adam_step(&adam, &options, &one, &slope);
  CHECK_NEAR(one, 1 - 0.02, 1e-6);

  start(x);
  for (int k = 0; k < 20000; k++) {
    rosenbrock(&p, N, x, &value, g);
    dp_clip_norm(N, 1, g);
    dp_momentum_step(N, 2e-4, 0.9, velocity, x, g);
  }
  CHECK(value < 1e-2);
  double y[2] = {1, 2}, h[2] = {3, 4};
  dp_sgd_step(2, 0.1, y, h);
  CHECK_NEAR(y[0], 0.7, 1e-15);
  CHECK_NEAR(dp_clip_norm(2, 1, h), 5, 1e-15);
  CHECK_NEAR(h[1], 0.8, 1e-15);
}

int main(void) {
  for (int mode = 0; mode < 3; mode++) check_valley(mode);
  check_cliff();
  check_refusals();
  check_first_order();
  return check_result();
}
