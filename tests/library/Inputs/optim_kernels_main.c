/* optim_kernels_main - generated steps and minimisers of the library optim, and those of
 * dp_optim. */
#include "compare.h"
#include "dp_optim.h"
#include "optim.h"

enum { N = 9, STEPS = 6 };
static double work[1 << 14], ours[1 << 14];
static const double rate = 0.07, decay = 0.8;

static double dot(const double *a, const double *b) {
  double sum = 0;
  for (int i = 0; i < N; i++) sum += a[i] * b[i];
  return sum;
}

/* ---- sgd ------------------------------------------------------------------------------------- */

static void check_sgd(void) {
  double x[N], g[N], x_dot[N], g_dot[N], y_bar[N], y[N], y_dot[N], want[N];
  compare_fill(N, 1, x);
  compare_fill(N, 2, g);
  compare_fill(N, 3, x_dot);
  compare_fill(N, 4, g_dot);
  compare_fill(N, 5, y_bar);
  memcpy(want, x, sizeof want);
  CHECK(optim_sgd(N, x, g, rate, y, work, sizeof work) == DP_OK);
  dp_sgd_step(N, rate, want, g);
  compare_arrays("sgd", "x", N, y, want);

  const double rate_dot = 0.4;
  CHECK(optim_sgd_tan(N, x, x_dot, g, g_dot, rate, rate_dot, y, y_dot, work, sizeof work) ==
        DP_OK);
  compare_arrays("sgd", "x of the tangent", N, y, want);
  for (int i = 0; i < N; i++) want[i] = x_dot[i] - rate * g_dot[i] - rate_dot * g[i];
  compare_arrays("sgd", "x_dot", N, y_dot, want);

  double x_bar[N] = {0}, g_bar[N] = {0}, rate_bar = 0;
  CHECK(optim_sgd_adj(N, x, x_bar, g, g_bar, rate, &rate_bar, y_bar, work, sizeof work) == DP_OK);
  compare_arrays("sgd", "x_bar", N, x_bar, y_bar);
  for (int i = 0; i < N; i++) want[i] = -rate * y_bar[i];
  compare_arrays("sgd", "g_bar", N, g_bar, want);
  CHECK_NEAR(rate_bar, -dot(g, y_bar), 1e-12);
}

/* ---- RMSProp, clipping, schedules ------------------------------------------------------------ */

static void check_rmsprop(void) {
  double x[N], s[N] = {0}, want_x[N], want_s[N] = {0}, g[N];
  compare_fill(N, 40, x);
  memcpy(want_x, x, sizeof x);
  for (uint64_t k = 0; k < STEPS; k++) {
    double x_new[N], s_new[N];
    compare_fill(N, 41 + k, g);
    CHECK(optim_rmsprop(N, x, s, g, rate, decay, x_new, s_new, work, sizeof work) == DP_OK);
    memcpy(x, x_new, sizeof x);
    memcpy(s, s_new, sizeof s);
    dp_rmsprop_step(N, rate, decay, 1e-8, want_s, want_x, g);
  }
  compare_arrays("rmsprop", "x", N, x, want_x);
  compare_arrays("rmsprop", "s", N, s, want_s);
}

static void check_clipping(void) {
  for (int k = 0; k < 2; k++) {
    double g[N], clipped[N];
    const double limit = k ? 1e3 : 0.3;
    compare_fill(N, 50, g);
    CHECK(optim_clip(N, g, limit, clipped, work, sizeof work) == DP_OK);
    dp_clip_norm(N, limit, g);
    compare_arrays("clip_norm", "g", N, clipped, g);
  }
}

static void check_schedules(void) {
  for (int64_t k = 0; k < 20; k++) {
    double rates[5];
    CHECK(optim_rates(k, rates, work, sizeof work) == DP_OK);
    const double want[] = {dp_rate_inverse_time(k, 0.1, 0.3), dp_rate_exponential(k, 0.1, 0.9),
                           dp_rate_stairs(k, 0.1, 4, 0.5), dp_rate_cosine(k, 0.1, 9, 0.01),
                           dp_rate_warm_up(k, 5)};
    compare_arrays("schedules", "rate", 5, rates, want);
  }
}

/* ---- momentum -------------------------------------------------------------------------------- */

static void check_momentum_values(void) {
  double x[N], v[N] = {0}, want_x[N], want_v[N] = {0}, g[N];
  compare_fill(N, 6, x);
  memcpy(want_x, x, sizeof x);
  for (uint64_t k = 0; k < STEPS; k++) {
    double x_new[N], v_new[N];
    compare_fill(N, 7 + k, g);
    CHECK(optim_momentum(N, x, v, g, rate, decay, x_new, v_new, work, sizeof work) == DP_OK);
    memcpy(x, x_new, sizeof x);
    memcpy(v, v_new, sizeof v);
    dp_momentum_step(N, rate, decay, want_v, want_x, g);
  }
  compare_arrays("momentum", "x", N, x, want_x);
  compare_arrays("momentum", "v", N, v, want_v);
}

static void check_momentum_derivatives(void) {
  double x[N], v[N], g[N], x_dot[N], v_dot[N], g_dot[N], x1_bar[N], v1_bar[N];
  double x1[N], v1[N], x1_dot[N], v1_dot[N], want_x[N], want_v[N];
  const double rate_dot = 0.4, decay_dot = -0.3;
  double *all[] = {x, v, g, x_dot, v_dot, g_dot, x1_bar, v1_bar};
  for (uint64_t k = 0; k < 8; k++) compare_fill(N, 20 + k, all[k]);

  CHECK(optim_momentum_tan(N, x, x_dot, v, v_dot, g, g_dot, rate, rate_dot, decay, decay_dot, x1,
                           x1_dot, v1, v1_dot, work, sizeof work) == DP_OK);
  for (int i = 0; i < N; i++) {
    want_v[i] = decay_dot * v[i] + decay * v_dot[i] + g_dot[i];
    want_x[i] = x_dot[i] - rate_dot * v1[i] - rate * want_v[i];
  }
  compare_arrays("momentum", "x_dot", N, x1_dot, want_x);
  compare_arrays("momentum", "v_dot", N, v1_dot, want_v);

  double x_bar[N] = {0}, v_bar[N] = {0}, g_bar[N] = {0}, rate_bar = 0, decay_bar = 0, want_g[N];
  CHECK(optim_momentum_adj(N, x, x_bar, v, v_bar, g, g_bar, rate, &rate_bar, decay, &decay_bar,
                           x1_bar, v1_bar, work, sizeof work) == DP_OK);
  for (int i = 0; i < N; i++) {
    want_g[i] = v1_bar[i] - rate * x1_bar[i];
    want_v[i] = decay * want_g[i];
  }
  compare_arrays("momentum", "x_bar", N, x_bar, x1_bar);
  compare_arrays("momentum", "g_bar", N, g_bar, want_g);
  compare_arrays("momentum", "v_bar", N, v_bar, want_v);
  CHECK_NEAR(rate_bar, -dot(v1, x1_bar), 1e-12);
  CHECK_NEAR(decay_bar, dot(v, want_g), 1e-12);
}

/* ---- Adam ------------------------------------------------------------------------------------ */

static void check_adam_values(void) {
  double x[N], m[N] = {0}, s[N] = {0}, want[N], g[N];
  dp_adam adam;
  dp_adam_options options = dp_adam_defaults();
  options.rate = rate;
  compare_fill(N, 30, x);
  memcpy(want, x, sizeof x);
  CHECK(dp_adam_init(&adam, N, ours, sizeof ours) == DP_OK);
  for (int64_t k = 0; k < STEPS; k++) {
    double x_new[N], m_new[N], s_new[N];
    compare_fill(N, 31 + (uint64_t)k, g);
    g[0] = 0; /* an entry that never moves: 0 / (0 + eps) */
    CHECK(optim_adam(N, x, m, s, g, k + 1, rate, x_new, m_new, s_new, work, sizeof work) == DP_OK);
    memcpy(x, x_new, sizeof x);
    memcpy(m, m_new, sizeof m);
    memcpy(s, s_new, sizeof s);
    dp_adam_step(&adam, &options, want, g);
  }
  compare_arrays("adam", "x", N, x, want);
  compare_arrays("adam", "m", N, m, adam.mean);
  compare_arrays("adam", "s", N, s, adam.square);
}

/* dx_new/dm_new, dx_new/ds_new and dx_new/drate of an entry. */
typedef struct AdamSlopes {
  double by_mean, by_square, by_rate;
} AdamSlopes;

static AdamSlopes adam_slopes(double m_new, double s_new, int step) {
  const double eps = 1e-8, mean_part = 1 - pow(0.9, step), square_part = 1 - pow(0.999, step);
  const double root = sqrt(s_new / square_part), under = root + eps;
  return (AdamSlopes){
      .by_mean = -rate / mean_part / under,
      .by_square = rate * m_new / mean_part / (under * under) * 0.5 / root / square_part,
      .by_rate = -m_new / mean_part / under,
  };
}

static void check_adam_derivatives(void) {
  enum { STEP = 3 };
  double x[N], m[N], s[N], g[N], x_dot[N], m_dot[N], s_dot[N], g_dot[N];
  double x1_bar[N], m1_bar[N], s1_bar[N], x1[N], m1[N], s1[N], x1_dot[N], m1_dot[N], s1_dot[N];
  double *all[] = {x, m, s, g, x_dot, m_dot, s_dot, g_dot, x1_bar, m1_bar, s1_bar};
  const double rate_dot = 0.4;
  for (uint64_t k = 0; k < sizeof all / sizeof all[0]; k++) compare_fill(N, 40 + k, all[k]);
  for (int i = 0; i < N; i++) s[i] = 0.5 + fabs(s[i]);

  CHECK(optim_adam_tan(N, x, x_dot, m, m_dot, s, s_dot, g, g_dot, STEP, rate, rate_dot, x1, x1_dot,
                       m1, m1_dot, s1, s1_dot, work, sizeof work) == DP_OK);
  double want_x[N], want_m[N], want_s[N], want_g[N], want_rate = 0;
  for (int i = 0; i < N; i++) {
    const AdamSlopes a = adam_slopes(m1[i], s1[i], STEP);
    want_m[i] = 0.9 * m_dot[i] + (1 - 0.9) * g_dot[i];
    want_s[i] = 0.999 * s_dot[i] + (1 - 0.999) * 2 * g[i] * g_dot[i];
    want_x[i] = x_dot[i] + a.by_mean * want_m[i] + a.by_square * want_s[i] + a.by_rate * rate_dot;
  }
  compare_arrays("adam", "x_dot", N, x1_dot, want_x);
  compare_arrays("adam", "m_dot", N, m1_dot, want_m);
  compare_arrays("adam", "s_dot", N, s1_dot, want_s);

  double x_bar[N] = {0}, m_bar[N] = {0}, s_bar[N] = {0}, g_bar[N] = {0}, rate_bar = 0;
  CHECK(optim_adam_adj(N, x, x_bar, m, m_bar, s, s_bar, g, g_bar, STEP, rate, &rate_bar, x1_bar,
                       m1_bar, s1_bar, work, sizeof work) == DP_OK);
  for (int i = 0; i < N; i++) {
    const AdamSlopes a = adam_slopes(m1[i], s1[i], STEP);
    const double m_new_bar = m1_bar[i] + a.by_mean * x1_bar[i];
    const double s_new_bar = s1_bar[i] + a.by_square * x1_bar[i];
    want_m[i] = 0.9 * m_new_bar;
    want_s[i] = 0.999 * s_new_bar;
    want_g[i] = (1 - 0.9) * m_new_bar + (1 - 0.999) * 2 * g[i] * s_new_bar;
    want_rate += a.by_rate * x1_bar[i];
  }
  compare_arrays("adam", "x_bar", N, x_bar, x1_bar);
  compare_arrays("adam", "m_bar", N, m_bar, want_m);
  compare_arrays("adam", "s_bar", N, s_bar, want_s);
  compare_arrays("adam", "g_bar", N, g_bar, want_g);
  CHECK_NEAR(rate_bar, want_rate, 1e-12);
}

/* ---- L-BFGS ---------------------------------------------------------------------------------- */

static int valley(void *user, int64_t n, const double *x, double *value, double *gradient) {
  (void)user;
  return optim_valley_and_grad(n, x, gradient, value, work, sizeof work);
}

/* The two search along lines by different rules, so only where they arrive is the same. */
static void check_lbfgs(void) {
  double x[N], fx, want[N], gradient[N], value;
  dp_lbfgs_report report;
  for (int i = 0; i < N; i++) want[i] = i % 2 ? 1.0 : -1.2;
  CHECK(optim_minimise_work(N) <= sizeof work && dp_lbfgs_work(N, 20) <= sizeof ours);
  CHECK(optim_minimise(N, want, 200, x, &fx, work, sizeof work) == DP_OK);
  CHECK(dp_lbfgs(valley, NULL, N, want, NULL, &report, ours, sizeof ours) == DP_OK);
  CHECK_NEAR(fx, report.value, 1e-12);
  for (int i = 0; i < N; i++) CHECK_NEAR(x[i], want[i], 1e-7);
  CHECK(valley(NULL, N, x, &value, gradient) == 0);
  CHECK_NEAR(value, fx, 1e-14);
  for (int i = 0; i < N; i++) CHECK_NEAR(gradient[i], 0, 1e-6);
}

int main(void) {
  check_rmsprop();
  check_clipping();
  check_schedules();
  check_sgd();
  check_momentum_values();
  check_momentum_derivatives();
  check_adam_values();
  check_adam_derivatives();
  check_lbfgs();
  return check_result();
}
