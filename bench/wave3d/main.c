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

static int dpc(GradientCall *function, const BenchCall *call) {
  double *const *in = (double *const *)call->in;
  return function(N, in[U0], call->bar[U0], in[C], call->bar[C], *in[DT], *in[H], in[U_OBS],
                  STEPS, call->value, call->work, call->work_bytes);
}

static int hand(const BenchCall *call, int64_t snapshots) {
  double *const *in = (double *const *)call->in;
  return hand_loss_and_grad(N, in[U0], call->bar[U0], in[C], call->bar[C], *in[DT], *in[H],
                            in[U_OBS], STEPS, snapshots, call->value, call->work,
                            call->work_bytes);
}

static int dpc_value(const BenchCall *c) { return value(wave3d_loss, c); }
static int hand_value(const BenchCall *c) { return value(hand_loss, c); }
static int dpc_all(const BenchCall *c) { return dpc(wave3d_loss_and_grad, c); }
static int dpc_10(const BenchCall *c) { return dpc(wave3d_loss_and_grad_10, c); }
static int hand_all(const BenchCall *c) { return hand(c, 0); }
static int hand_10(const BenchCall *c) { return hand(c, 10); }
static size_t dpc_value_work(void) { return wave3d_loss_work(N); }
static size_t hand_value_work(void) { return hand_loss_work(N); }
static size_t dpc_all_work(void) { return wave3d_loss_and_grad_work(N, STEPS); }
static size_t dpc_10_work(void) { return wave3d_loss_and_grad_10_work(N, STEPS); }
static size_t hand_all_work(void) { return hand_loss_and_grad_work(N, STEPS, 0); }
static size_t hand_10_work(void) { return hand_loss_and_grad_work(N, STEPS, 10); }

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
      .draw = draw, .agreement = 1e-10, .step = 1e-3, .error = 1e-6, .pair_count = 2,
      .pairs = {{"wave3d", {dpc_value, dpc_all, dpc_value_work, dpc_all_work},
                 {hand_value, hand_all, hand_value_work, hand_all_work}},
                {"wave3d_10_snapshots", {dpc_value, dpc_10, dpc_value_work, dpc_10_work},
                 {hand_value, hand_10, hand_value_work, hand_10_work}}}};
  return bench_main(&workload, argc, argv);
}
