/* A convolutional corrector in the loop of a solver: 64 x 32 x 2, five blocks, 8 unrolled steps. */
#include "../harness.h"
#include "../workload.h"
#include "conv_corrector.h"
#include "hand.h"

#include <math.h>

enum { N = HAND_N, M = HAND_M, STEPS = 8 };

enum { THETA, U0, FRAMES, NU, H, DT, INPUTS };

static const BenchInput inputs[INPUTS] = {[THETA] = {"theta", 1, 1, {HAND_THETA_SIZE}},
                                          [U0] = {"u0", 0, 3, {2, N, M}},
                                          [FRAMES] = {"frames", 0, 4, {STEPS, 2, N, M}},
                                          [NU] = {"nu", 0, 0, {0}},
                                          [H] = {"h", 0, 0, {0}},
                                          [DT] = {"dt", 0, 0, {0}}};

typedef int ValueCall(int64_t n, int64_t m, int64_t steps, const float *theta, const float *u0,
                      const float *frames, float nu, float h, float dt, float *loss, void *work,
                      size_t work_bytes);
typedef int GradientCall(int64_t n, int64_t m, int64_t steps, const float *theta, float *theta_bar,
                         const float *u0, const float *frames, float nu, float h, float dt,
                         float *loss, void *work, size_t work_bytes);

static int value(ValueCall *function, const BenchCall *c) {
  float *const *in = (float *const *)c->in;
  return function(N, M, STEPS, in[THETA], in[U0], in[FRAMES], *in[NU], *in[H], *in[DT], c->value,
                  c->work, c->work_bytes);
}

static int gradient(GradientCall *function, const BenchCall *c) {
  float *const *in = (float *const *)c->in;
  return function(N, M, STEPS, in[THETA], c->bar[THETA], in[U0], in[FRAMES], *in[NU], *in[H],
                  *in[DT], c->value, c->work, c->work_bytes);
}

static int dpc_value(const BenchCall *c) { return value(conv_corrector_loss, c); }
static int hand_value(const BenchCall *c) { return value(hand_loss, c); }
static int dpc_gradient(const BenchCall *c) { return gradient(conv_corrector_loss_and_grad, c); }
static int hand_gradient(const BenchCall *c) { return gradient(hand_loss_and_grad, c); }
static size_t dpc_value_work(void) { return conv_corrector_loss_work(N, M, STEPS); }
static size_t dpc_gradient_work(void) { return conv_corrector_loss_and_grad_work(N, M, STEPS); }
static size_t hand_gradient_work_of(void) { return hand_gradient_work(STEPS); }

/* Weights small enough that the correction is one, whirls, and frames of whirls that move. */
static void draw(void *const *data) {
  float *const *in = (float *const *)data;
  const double turn = 6.283185307179586;
  unsigned long long state = 4;
  *in[NU] = 0.01f, *in[H] = 1.0f / M, *in[DT] = 0.01f;
  for (int k = 0; k < HAND_THETA_SIZE; k++) in[THETA][k] = 0.05f * (float)bench_random(&state);
  for (int t = 0; t <= STEPS; t++)
    for (int c = 0; c < 2; c++)
      for (int i = 0; i < N; i++)
        for (int j = 0; j < M; j++) {
          double x = turn * i / N + 0.05 * t, y = turn * j / M;
          float *field = t == 0 ? in[U0] : in[FRAMES] + (t - 1) * 2 * N * M;
          field[(c * N + i) * M + j] = (float)(c ? sin(2 * x) * cos(y) : sin(x + 0.5) * sin(y));
        }
}

int main(int argc, char **argv) {
  const BenchWorkload workload = {
      .name = "conv_corrector", .real = BENCH_FLOAT, .inputs = inputs, .input_count = INPUTS,
      .draw = draw, .agreement = 1e-4, .step = 1e-3, .error = 1e-2, .pair_count = 1,
      .pairs = {{"conv_corrector", {dpc_value, dpc_gradient, dpc_value_work, dpc_gradient_work},
                 {hand_value, hand_gradient, hand_value_work, hand_gradient_work_of}}}};
  return bench_main(&workload, argc, argv);
}
