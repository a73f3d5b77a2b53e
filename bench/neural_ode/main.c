/* A neural ODE: a network 64-128-128-64, a hundred steps of Runge-Kutta, a batch of 64. */
#include "../harness.h"
#include "../workload.h"
#include "hand.h"
#include "neural_ode.h"

enum { BATCH = 64, STEPS = 100, WIDTH = HAND_WIDTH, HIDDEN = HAND_HIDDEN };

enum { THETA, U0, TARGET, DURATION, INPUTS };

static const BenchInput inputs[INPUTS] = {[THETA] = {"theta", 1, 1, {HAND_THETA_SIZE}},
                                          [U0] = {"u0", 1, 2, {BATCH, WIDTH}},
                                          [TARGET] = {"target", 0, 2, {BATCH, WIDTH}},
                                          [DURATION] = {"duration", 0, 0, {0}}};

typedef int ValueCall(int64_t B, const float *theta, const float *u0, const float *target,
                      float duration, int64_t steps, float *loss, void *work, size_t work_bytes);
typedef int GradientCall(int64_t B, const float *theta, float *theta_bar, const float *u0,
                         float *u0_bar, const float *target, float duration, int64_t steps,
                         float *loss, void *work, size_t work_bytes);

static int value(ValueCall *function, const BenchCall *c) {
  float *const *in = (float *const *)c->in;
  return function(BATCH, in[THETA], in[U0], in[TARGET], *in[DURATION], STEPS, c->value, c->work,
                  c->work_bytes);
}

static int gradient(GradientCall *function, const BenchCall *c) {
  float *const *in = (float *const *)c->in;
  return function(BATCH, in[THETA], c->bar[THETA], in[U0], c->bar[U0], in[TARGET], *in[DURATION],
                  STEPS, c->value, c->work, c->work_bytes);
}

static int dpc_value(const BenchCall *c) { return value(neural_ode_loss, c); }
static int hand_value(const BenchCall *c) { return value(hand_loss, c); }
static int dpc_gradient(const BenchCall *c) { return gradient(neural_ode_loss_and_grad, c); }
static int hand_gradient(const BenchCall *c) { return gradient(hand_loss_and_grad, c); }
static size_t dpc_value_work(void) { return neural_ode_loss_work(BATCH); }
static size_t dpc_gradient_work(void) { return neural_ode_loss_and_grad_work(BATCH, STEPS); }
static size_t hand_value_work_of(void) { return hand_value_work(BATCH); }
static size_t hand_gradient_work_of(void) { return hand_gradient_work(BATCH, STEPS); }

/* Glorot's weights, small biases, and targets away from where the states arrive. */
static void draw(void *const *data) {
  static const struct { int count; float scale; } PARTS[] = {
      {HIDDEN * WIDTH, 0.18f}, {HIDDEN, 0.1f}, {HIDDEN * HIDDEN, 0.15f},
      {HIDDEN, 0.1f},          {WIDTH * HIDDEN, 0.18f}, {WIDTH, 0.1f}};
  float *const *in = (float *const *)data, *theta = in[THETA];
  unsigned long long state = 3;
  *in[DURATION] = 1;
  for (size_t p = 0; p < sizeof PARTS / sizeof *PARTS; p++)
    for (int i = 0; i < PARTS[p].count; i++) *theta++ = PARTS[p].scale * (float)bench_random(&state);
  for (int k = 0; k < BATCH * WIDTH; k++) in[U0][k] = (float)bench_random(&state);
  for (int k = 0; k < BATCH * WIDTH; k++) in[TARGET][k] = 2 * (float)bench_random(&state);
}

int main(int argc, char **argv) {
  const BenchWorkload workload = {
      .name = "neural_ode", .real = BENCH_FLOAT, .inputs = inputs, .input_count = INPUTS,
      .draw = draw, .agreement = 1e-4, .step = 1e-2, .error = 1e-2, .pair_count = 1,
      .pairs = {{"neural_ode", {dpc_value, dpc_gradient, dpc_value_work, dpc_gradient_work},
                 {hand_value, hand_gradient, hand_value_work_of, hand_gradient_work_of}}}};
  return bench_main(&workload, argc, argv);
}
