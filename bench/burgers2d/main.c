/* The gradient of the two-dimensional Burgers equation for its initial velocities and viscosity. */
#include "../harness.h"
#include "../workload.h"
#include "burgers2d.h"
#include "hand.h"

#include <math.h>

enum { N = 256, STEPS = 200 };

enum { U0, V0, NU, DT, U_OBS, V_OBS, INPUTS };

static const BenchInput inputs[INPUTS] = {
    [U0] = {"u0", 1, 2, {N, N}},       [V0] = {"v0", 1, 2, {N, N}},
    [NU] = {"nu", 1, 0, {0}},          [DT] = {"dt", 0, 0, {0}},
    [U_OBS] = {"u_obs", 0, 2, {N, N}}, [V_OBS] = {"v_obs", 0, 2, {N, N}}};

typedef int ValueCall(int64_t n, const double *u0, const double *v0, double nu, double dt,
                      const double *u_obs, const double *v_obs, int64_t T, double *loss, void *work,
                      size_t work_bytes);
typedef int GradientCall(int64_t n, const double *u0, double *u0_bar, const double *v0,
                         double *v0_bar, double nu, double *nu_bar, double dt,
                         const double *u_obs, const double *v_obs, int64_t T, double *loss,
                         void *work, size_t work_bytes);

static int value(ValueCall *function, const BenchCall *c) {
  double *const *in = (double *const *)c->in;
  return function(N, in[U0], in[V0], *in[NU], *in[DT], in[U_OBS], in[V_OBS], STEPS, c->value,
                  c->work, c->work_bytes);
}

static int gradient(GradientCall *function, const BenchCall *c) {
  double *const *in = (double *const *)c->in;
  return function(N, in[U0], c->bar[U0], in[V0], c->bar[V0], *in[NU], c->bar[NU], *in[DT],
                  in[U_OBS], in[V_OBS], STEPS, c->value, c->work, c->work_bytes);
}

static int dpc_value(const BenchCall *c) { return value(burgers2d_loss, c); }
static int hand_value(const BenchCall *c) { return value(hand_loss, c); }
static int dpc_gradient(const BenchCall *c) { return gradient(burgers2d_loss_and_grad, c); }
static int hand_gradient(const BenchCall *c) { return gradient(hand_loss_and_grad, c); }
static size_t dpc_value_work(void) { return burgers2d_loss_work(N); }
static size_t hand_value_work(void) { return hand_loss_work(N); }
static size_t dpc_gradient_work(void) { return burgers2d_loss_and_grad_work(N, STEPS); }
static size_t hand_gradient_work(void) { return hand_loss_and_grad_work(N, STEPS); }

/* A smooth field of a few waves, its entries in about [-1, 1]. */
static void draw_field(double *field, unsigned long long seed) {
  const double turn = 6.283185307179586 / N;
  double phase[3];
  for (int k = 0; k < 3; k++) phase[k] = 3 * bench_random(&seed);
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++)
      field[i * N + j] = 0.5 * sin(turn * i + phase[0]) * cos(turn * 2 * j + phase[1]) +
                         0.4 * sin(turn * (3 * i - 2 * j) + phase[2]);
}

static void draw(void *const *data) {
  double *const *in = (double *const *)data;
  *in[NU] = 2e-3, *in[DT] = 1e-3;
  draw_field(in[U0], 1);
  draw_field(in[V0], 2);
  draw_field(in[U_OBS], 3);
  draw_field(in[V_OBS], 4);
}

int main(int argc, char **argv) {
  static const double scale[INPUTS] = {1, 1, 1e-3, 0, 0, 0};
  const BenchWorkload workload = {
      .name = "burgers2d", .real = BENCH_DOUBLE, .inputs = inputs, .input_count = INPUTS,
      .draw = draw, .agreement = 1e-10, .step = 1e-3, .error = 1e-6, .scale = scale,
      .pair_count = 1,
      .pairs = {{"burgers2d", {dpc_value, dpc_gradient, dpc_value_work, dpc_gradient_work},
                 {hand_value, hand_gradient, hand_value_work, hand_gradient_work}}}};
  return bench_main(&workload, argc, argv);
}
