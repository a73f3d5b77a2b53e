/* The Gaussian mixture objective of ADBench: a thousand points, 25 components, ten dimensions. */
#include "../harness.h"
#include "../workload.h"
#include "gmm.h"
#include "hand.h"

enum { POINTS = 1000, D = 10, K = 25, FACTORS = D * (D + 1) / 2, FREEDOM = 0 };

enum { ALPHAS, MEANS, Q, X, GAMMA, INPUTS };

static const BenchInput inputs[INPUTS] = {[ALPHAS] = {"alphas", 1, 1, {K}},
                                          [MEANS] = {"means", 1, 2, {K, D}},
                                          [Q] = {"factors", 1, 2, {K, FACTORS}},
                                          [X] = {"x", 0, 2, {POINTS, D}},
                                          [GAMMA] = {"gamma", 0, 0, {0}}};

typedef int ValueCall(int64_t n, const double *alphas, const double *means, const double *factors,
                      const double *x, double gamma, int64_t m, double *objective, void *work,
                      size_t work_bytes);
typedef int GradientCall(int64_t n, const double *alphas, double *alphas_bar, const double *means,
                         double *means_bar, const double *factors, double *factors_bar,
                         const double *x, double gamma, int64_t m, double *objective, void *work,
                         size_t work_bytes);

static int value(ValueCall *function, const BenchCall *c) {
  double *const *in = (double *const *)c->in;
  return function(POINTS, in[ALPHAS], in[MEANS], in[Q], in[X], *in[GAMMA], FREEDOM, c->value,
                  c->work, c->work_bytes);
}

static int gradient(GradientCall *function, const BenchCall *c) {
  double *const *in = (double *const *)c->in;
  return function(POINTS, in[ALPHAS], c->bar[ALPHAS], in[MEANS], c->bar[MEANS], in[Q], c->bar[Q],
                  in[X], *in[GAMMA], FREEDOM, c->value, c->work, c->work_bytes);
}

static int dpc_value(const BenchCall *c) { return value(gmm_objective, c); }
static int hand_value(const BenchCall *c) { return value(hand_objective, c); }
static int dpc_gradient(const BenchCall *c) { return gradient(gmm_objective_and_grad, c); }
static int hand_gradient(const BenchCall *c) { return gradient(hand_objective_and_grad, c); }
static size_t dpc_value_work(void) { return gmm_objective_work(POINTS); }
static size_t dpc_gradient_work(void) { return gmm_objective_and_grad_work(POINTS); }

/* Points around 25 means, and a mixture near the one that they come from. */
static void draw(void *const *data) {
  double *const *in = (double *const *)data;
  unsigned long long state = 6;
  *in[GAMMA] = 1;
  for (int k = 0; k < K; k++) in[ALPHAS][k] = bench_random(&state);
  for (int k = 0; k < K * D; k++) in[MEANS][k] = 2 * bench_random(&state);
  for (int k = 0; k < K * FACTORS; k++) in[Q][k] = 0.5 * bench_random(&state);
  for (int p = 0; p < POINTS; p++)
    for (int i = 0; i < D; i++)
      in[X][p * D + i] = in[MEANS][p % K * D + i] + 1.5 * bench_random(&state);
}

int main(int argc, char **argv) {
  const BenchWorkload workload = {
      .name = "gmm", .real = BENCH_DOUBLE, .inputs = inputs, .input_count = INPUTS,
      .draw = draw, .agreement = 1e-11, .step = 1e-4, .error = 1e-8, .pair_count = 1,
      .pairs = {{"gmm", {dpc_value, dpc_gradient, dpc_value_work, dpc_gradient_work},
                 {hand_value, hand_gradient, hand_work, hand_work}}}};
  return bench_main(&workload, argc, argv);
}
