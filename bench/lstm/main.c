/* The LSTM objective of ADBench: two layers, 14 features, 1024 characters. */
#include "../harness.h"
#include "../workload.h"
#include "hand.h"
#include "lstm.h"

enum { CHARACTERS = 1024, N = 14 };

enum { THETA, HIDDEN0, CELL0, TEXT, INPUTS };

static const BenchInput inputs[INPUTS] = {[THETA] = {"theta", 1, 1, {HAND_THETA_SIZE}},
                                          [HIDDEN0] = {"hidden0", 0, 2, {2, N}},
                                          [CELL0] = {"cell0", 0, 2, {2, N}},
                                          [TEXT] = {"text", 0, 2, {CHARACTERS, N}}};

typedef int ValueCall(int64_t T, const double *theta, const double *hidden0, const double *cell0,
                      const double *text, double *loss, void *work, size_t work_bytes);
typedef int GradientCall(int64_t T, const double *theta, double *theta_bar, const double *hidden0,
                         const double *cell0, const double *text, double *loss, void *work,
                         size_t work_bytes);

static int value(ValueCall *function, const BenchCall *c) {
  double *const *in = (double *const *)c->in;
  return function(CHARACTERS, in[THETA], in[HIDDEN0], in[CELL0], in[TEXT], c->value, c->work,
                  c->work_bytes);
}

static int gradient(GradientCall *function, const BenchCall *c) {
  double *const *in = (double *const *)c->in;
  return function(CHARACTERS, in[THETA], c->bar[THETA], in[HIDDEN0], in[CELL0], in[TEXT], c->value,
                  c->work, c->work_bytes);
}

static int dpc_value(const BenchCall *c) { return value(lstm_loss, c); }
static int hand_value(const BenchCall *c) { return value(hand_loss, c); }
static int dpc_gradient(const BenchCall *c) { return gradient(lstm_loss_and_grad, c); }
static int hand_gradient(const BenchCall *c) { return gradient(hand_loss_and_grad, c); }
static size_t dpc_value_work(void) { return lstm_loss_work(CHARACTERS); }
static size_t dpc_gradient_work(void) { return lstm_loss_and_grad_work(CHARACTERS); }
static size_t hand_both_work(void) { return hand_work(CHARACTERS); }

/* Weights and states from [-1, 1), and characters of random bits, as in ADBench. */
static void draw(void *const *data) {
  double *const *in = (double *const *)data;
  unsigned long long state = 5;
  for (int k = 0; k < HAND_THETA_SIZE; k++) in[THETA][k] = bench_random(&state);
  for (int k = 0; k < 2 * N; k++) in[HIDDEN0][k] = bench_random(&state);
  for (int k = 0; k < 2 * N; k++) in[CELL0][k] = bench_random(&state);
  for (int k = 0; k < CHARACTERS * N; k++) in[TEXT][k] = bench_random(&state) > 0;
}

int main(int argc, char **argv) {
  const BenchWorkload workload = {
      .name = "lstm", .real = BENCH_DOUBLE, .inputs = inputs, .input_count = INPUTS,
      .draw = draw, .agreement = 1e-11, .step = 1e-3, .error = 1e-8, .pair_count = 1,
      .pairs = {{"lstm", {dpc_value, dpc_gradient, dpc_value_work, dpc_gradient_work},
                 {hand_value, hand_gradient, hand_both_work, hand_both_work}}}};
  return bench_main(&workload, argc, argv);
}
