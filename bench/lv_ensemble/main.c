/* The gradient of the hybrid Lotka-Volterra ensemble for its shared networks' weights. */
#include "../harness.h"
#include "../workload.h"
#include "hand.h"
#include "lv_ensemble.h"

enum { MEMBERS = 256, STEPS = 300, NET_SIZE = 1185 };

enum { THETA, X0, Y0, DT, X_OBS, Y_OBS, INPUTS };

static const BenchInput inputs[INPUTS] = {
    [THETA] = {"theta", 1, 1, {HAND_THETA_SIZE}}, [X0] = {"x0", 0, 1, {MEMBERS}},
    [Y0] = {"y0", 0, 1, {MEMBERS}},               [DT] = {"dt", 0, 0, {0}},
    [X_OBS] = {"x_obs", 0, 2, {MEMBERS, STEPS}},
    [Y_OBS] = {"y_obs", 0, 2, {MEMBERS, STEPS}}};

typedef int ValueCall(int64_t M, int64_t T, const double *theta, const double *x0,
                      const double *y0, double dt, const double *x_obs, const double *y_obs,
                      double *loss, void *work, size_t work_bytes);
typedef int GradientCall(int64_t M, int64_t T, const double *theta, double *theta_bar,
                         const double *x0, const double *y0, double dt, const double *x_obs,
                         const double *y_obs, double *loss, void *work, size_t work_bytes);

static int value(ValueCall *function, const BenchCall *c) {
  double *const *in = (double *const *)c->in;
  return function(MEMBERS, STEPS, in[THETA], in[X0], in[Y0], *in[DT], in[X_OBS], in[Y_OBS],
                  c->value, c->work, c->work_bytes);
}

static int gradient(GradientCall *function, const BenchCall *c) {
  double *const *in = (double *const *)c->in;
  return function(MEMBERS, STEPS, in[THETA], c->bar[THETA], in[X0], in[Y0], *in[DT],
                  in[X_OBS], in[Y_OBS], c->value, c->work, c->work_bytes);
}

static int dpc_value(const BenchCall *c) { return value(lv_ensemble_loss, c); }
static int hand_value(const BenchCall *c) { return value(hand_loss, c); }
static int dpc_gradient(const BenchCall *c) { return gradient(lv_ensemble_loss_and_grad, c); }
static int hand_gradient(const BenchCall *c) { return gradient(hand_loss_and_grad, c); }
static size_t dpc_value_work(void) { return lv_ensemble_loss_work(MEMBERS, STEPS); }
static size_t dpc_gradient_work(void) { return lv_ensemble_loss_and_grad_work(MEMBERS, STEPS); }
static size_t hand_both_work(void) { return hand_work(MEMBERS, STEPS); }

/* Glorot's weights, and one path through the prey network that holds the prey back: 1.3 x alone
 * grows to e^39, where nothing is to be seen of the networks. */
static void draw_net(double *theta, unsigned long long *state) {
  static const struct { int count; double scale; } PARTS[] = {
      {64, 0.42}, {32, 0.1}, {1024, 0.31}, {32, 0.1}, {32, 0.42}, {1, 0.1}};
  for (size_t p = 0; p < sizeof PARTS / sizeof *PARTS; p++)
    for (int i = 0; i < PARTS[p].count; i++) *theta++ = PARTS[p].scale * bench_random(state);
}

static void draw_theta(double *theta) {
  unsigned long long state = 1;
  draw_net(theta, &state);
  draw_net(theta + NET_SIZE, &state);
  theta[0] = 0.1, theta[1] = 0.02, theta[64] = 0;
  for (int j = 0; j < 32; j++) theta[96 + j] = j == 0;
  theta[1120] = 0, theta[1152] = -20;
  theta[2 * NET_SIZE] = 1.8;
}

/* Observations: the known system, x' = 1.3 x - 0.9 x y, y' = 0.8 x y - 1.8 y, by Euler. */
static void observe(double x, double y, double dt, double *x_obs, double *y_obs) {
  for (int t = 0; t < STEPS; t++) {
    double xy = x * y;
    x += dt * (1.3 * x - 0.9 * xy);
    y += dt * (0.8 * xy - 1.8 * y);
    x_obs[t] = x, y_obs[t] = y;
  }
}

static void draw(void *const *data) {
  double *const *in = (double *const *)data;
  unsigned long long state = 3;
  *in[DT] = 0.01;
  draw_theta(in[THETA]);
  for (int m = 0; m < MEMBERS; m++) {
    double x = in[X0][m] = 0.5 + 0.4 * bench_random(&state);
    double y = in[Y0][m] = 3 + 1.5 * bench_random(&state);
    observe(x, y, *in[DT], in[X_OBS] + m * STEPS, in[Y_OBS] + m * STEPS);
  }
}

int main(int argc, char **argv) {
  const BenchWorkload workload = {
      .name = "lv_ensemble", .real = BENCH_DOUBLE, .inputs = inputs, .input_count = INPUTS,
      .draw = draw, .agreement = 1e-10, .step = 1e-4, .error = 1e-6, .pair_count = 1,
      .pairs = {{"lv_ensemble", {dpc_value, dpc_gradient, dpc_value_work, dpc_gradient_work},
                 {hand_value, hand_gradient, hand_both_work, hand_both_work}}}};
  return bench_main(&workload, argc, argv);
}
