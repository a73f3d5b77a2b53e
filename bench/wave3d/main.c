/* The gradient of the wave equation in a cube for the initial displacement and the sound's speed. */
#include "../harness.h"
#include "../workload.h"
#include "hand.h"
#include "wave3d.h"

#include <math.h>

enum { N = 128, STEPS = 100 };

enum { U0, C, DT, H, U_OBS, INPUTS };

static const BenchInput inputs[INPUTS] = {[U0] = {"u0", 1, 3, {N, N, N}},
                                          [C] = {"c", 1, 3, {N, N, N}},
                                          [DT] = {"dt", 0, 0, {0}},
                                          [H] = {"h", 0, 0, {0}},
                                          [U_OBS] = {"u_obs", 0, 3, {N, N, N}}};

typedef int ValueCall(int64_t n, const double *u0, const double *c, double dt, double h,
                      const double *u_obs, int64_t T, double *loss, void *work,
                      size_t work_bytes);
typedef int GradientCall(int64_t n, const double *u0, double *u0_bar, const double *c,
                         double *c_bar, double dt, double h, const double *u_obs, int64_t T,
                         double *loss, void *work, size_t work_bytes);

static int value(ValueCall *function, const BenchCall *call) {
  double *const *in = (double *const *)call->in;
  return function(N, in[U0], in[C], *in[DT], *in[H], in[U_OBS], STEPS, call->value, call->work,
                  call->work_bytes);
}

static int gradient(GradientCall *function, const BenchCall *call) {
  double *const *in = (double *const *)call->in;
  return function(N, in[U0], call->bar[U0], in[C], call->bar[C], *in[DT], *in[H], in[U_OBS],
                  STEPS, call->value, call->work, call->work_bytes);
}

static int dpc_value(const BenchCall *c) { return value(wave3d_loss, c); }
static int hand_value(const BenchCall *c) { return value(hand_loss, c); }
static int dpc_gradient(const BenchCall *c) { return gradient(wave3d_loss_and_grad, c); }
static int hand_gradient(const BenchCall *c) { return gradient(hand_loss_and_grad, c); }
static size_t dpc_value_work(void) { return wave3d_loss_work(N); }
static size_t hand_value_work(void) { return hand_loss_work(N); }
static size_t dpc_gradient_work(void) { return wave3d_loss_and_grad_work(N, STEPS); }
static size_t hand_gradient_work(void) { return hand_loss_and_grad_work(N, STEPS); }

/* A bump of height 1 and the given width in units of the cube, at (x, y, z). */
static void bump(double *field, double x, double y, double z, double width) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++)
      for (int l = 0; l < N; l++) {
        double dx = (i + 1.0) / (N + 1) - x, dy = (j + 1.0) / (N + 1) - y;
        double dz = (l + 1.0) / (N + 1) - z;
        field[(i * N + j) * N + l] += exp(-(dx * dx + dy * dy + dz * dz) / (width * width));
      }
}

static void draw(void *const *data) {
  double *const *in = (double *const *)data;
  *in[H] = 1.0 / (N + 1), *in[DT] = 0.4 / (N + 1);
  bump(in[U0], 0.4, 0.5, 0.55, 0.1);
  bump(in[U0], 0.7, 0.3, 0.4, 0.07);
  bump(in[U_OBS], 0.5, 0.6, 0.45, 0.2);
  bump(in[C], 0.6, 0.6, 0.5, 0.3);
  for (int i = 0; i < N * N * N; i++) in[C][i] = 0.8 + 0.4 * in[C][i];
}

int main(int argc, char **argv) {
  const BenchWorkload workload = {
      .name = "wave3d", .real = BENCH_DOUBLE, .inputs = inputs, .input_count = INPUTS,
      .draw = draw, .agreement = 1e-10, .step = 1e-3, .error = 1e-6, .pair_count = 1,
      .pairs = {{"wave3d", {dpc_value, dpc_gradient, dpc_value_work, dpc_gradient_work},
                 {hand_value, hand_gradient, hand_value_work, hand_gradient_work}}}};
  return bench_main(&workload, argc, argv);
}
