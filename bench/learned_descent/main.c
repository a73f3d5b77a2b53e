/* Learned gradient descent in tomography: ten steps, whose gradients are found by `grad`, and the
 * gradient for the network's 13 318 weights; 64 x 64, 30 views of 93 bins, a batch of 2. */
#include "../harness.h"
#include "../workload.h"
#include "hand.h"
#include "learned_descent.h"

#include <math.h>
#include <stdlib.h>

enum { N = HAND_N, BATCH = 2, VIEWS = 30, BINS = 93 };

enum { THETA, START, MEASURED, TRUTH, SIZE, INPUTS };

static const BenchInput inputs[INPUTS] = {[THETA] = {"theta", 1, 1, {HAND_THETA_SIZE}},
                                          [START] = {"start", 0, 3, {BATCH, N, N}},
                                          [MEASURED] = {"b", 0, 3, {BATCH, VIEWS, BINS}},
                                          [TRUTH] = {"truth", 0, 3, {BATCH, N, N}},
                                          [SIZE] = {"size", 0, 0, {0}}};

typedef int ValueCall(int64_t batch, int64_t n, int64_t views, int64_t bins, const float *theta,
                      const float *start, const float *b, const float *truth, float size,
                      float *loss, void *work, size_t work_bytes);
typedef int GradientCall(int64_t batch, int64_t n, int64_t views, int64_t bins, const float *theta,
                         float *theta_bar, const float *start, const float *b, const float *truth,
                         float size, float *loss, void *work, size_t work_bytes);

static int value(ValueCall *function, const BenchCall *c) {
  float *const *in = (float *const *)c->in;
  return function(BATCH, N, VIEWS, BINS, in[THETA], in[START], in[MEASURED], in[TRUTH], *in[SIZE],
                  c->value, c->work, c->work_bytes);
}

static int gradient(GradientCall *function, const BenchCall *c) {
  float *const *in = (float *const *)c->in;
  return function(BATCH, N, VIEWS, BINS, in[THETA], c->bar[THETA], in[START], in[MEASURED],
                  in[TRUTH], *in[SIZE], c->value, c->work, c->work_bytes);
}

static int dpc_value(const BenchCall *c) { return value(learned_descent_loss, c); }
static int by_hand_value(const BenchCall *c) { return value(hand_loss, c); }
static int dpc_gradient(const BenchCall *c) { return gradient(learned_descent_loss_and_grad, c); }
static int by_hand_gradient(const BenchCall *c) { return gradient(hand_loss_and_grad, c); }
static size_t dpc_value_work(void) { return learned_descent_loss_work(BATCH, N, VIEWS, BINS); }
static size_t by_hand_value_work(void) { return hand_value_work(VIEWS, BINS); }
static size_t by_hand_gradient_work(void) { return hand_gradient_work(VIEWS, BINS); }
static size_t dpc_gradient_work(void) {
  return learned_descent_loss_and_grad_work(BATCH, N, VIEWS, BINS);
}

/* A disc with holes in it, its integrals with noise, and a blurred, noisy beginning. */
static void draw_image(int s, float *truth, float *start, unsigned long long *state) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      const double x = (j - 31.5) / 32, y = (31.5 - i) / 32, turn = 1 + s;
      const double disc = hypot(x, 1.2 * y), hole = hypot(x - 0.2 * turn, y + 0.3);
      const double bright = hypot(x + 0.3, y - 0.1 * turn);
      truth[i * N + j] = (float)((disc < 0.85) - 0.7 * (hole < 0.2) + 0.2 * (bright < 0.15));
      start[i * N + j] = (float)(1 / (1 + exp(12 * (disc - 0.85))) + 0.2 * bench_random(state));
    }
}

static void draw_kernels(float *kernel, int count, int channels, unsigned long long *state) {
  const double size = sqrt(6.0 / (HAND_WINDOW * channels));
  for (int k = 0; k < count; k++) kernel[k] = (float)(size * bench_random(state));
}

static void draw(void *const *data) {
  float *const *in = (float *const *)data;
  unsigned long long state = 7;
  float *theta = in[THETA];
  const size_t room = hand_value_work(VIEWS, BINS);
  void *work = bench_memory(room);
  *in[SIZE] = 43;
  draw_kernels(theta + HAND_FIRST, HAND_SECOND - HAND_FIRST, HAND_SEEN + HAND_WIDTH, &state);
  draw_kernels(theta + HAND_SECOND, HAND_LAST - HAND_SECOND, 2 * HAND_WIDTH, &state);
  draw_kernels(theta + HAND_LAST, HAND_THETA_SIZE - HAND_LAST, HAND_WIDTH + HAND_GIVEN, &state);
  for (int s = 0; s < BATCH; s++) {
    float *truth = in[TRUTH] + s * N * N, *b = in[MEASURED] + s * VIEWS * BINS;
    draw_image(s, truth, in[START] + s * N * N, &state);
    if (hand_project(N, VIEWS, BINS, truth, b, work, room) != 0) abort();
    for (int k = 0; k < VIEWS * BINS; k++) b[k] += (float)(2 * bench_random(&state));
  }
  free(work);
}

int main(int argc, char **argv) {
  const BenchWorkload workload = {
      .name = "learned_descent", .real = BENCH_FLOAT, .inputs = inputs, .input_count = INPUTS,
      .draw = draw, .agreement = 1e-3, .step = 1e-3, .error = 1e-2, .pair_count = 1,
      .pairs = {{"learned_descent",
                 {dpc_value, dpc_gradient, dpc_value_work, dpc_gradient_work},
                 {by_hand_value, by_hand_gradient, by_hand_value_work, by_hand_gradient_work}}}};
  return bench_main(&workload, argc, argv);
}
