/* The gradient of a million Runge-Kutta steps of the Lorenz system for its start and parameters. */
#include "../workload.h"
#include "hand.h"
#include "long_ode.h"

enum { STEPS = 1000000 };

enum { X0, Y0, Z0, SIGMA, RHO, BETA, DT, INPUTS };

static const BenchInput inputs[INPUTS] = {
    [X0] = {"x0", 1, 0, {0}},   [Y0] = {"y0", 1, 0, {0}},     [Z0] = {"z0", 1, 0, {0}},
    [RHO] = {"rho", 1, 0, {0}}, [BETA] = {"beta", 1, 0, {0}}, [SIGMA] = {"sigma", 1, 0, {0}},
    [DT] = {"dt", 0, 0, {0}}};

static double input(const BenchCall *c, int k) { return *(const double *)c->in[k]; }

static Triple triple(const BenchCall *c, int k) {
  return (Triple){input(c, k), input(c, k + 1), input(c, k + 2)};
}

static int dpc_value(const BenchCall *c) {
  return long_ode_mean_height(input(c, X0), input(c, Y0), input(c, Z0), input(c, SIGMA),
                              input(c, RHO), input(c, BETA), input(c, DT), STEPS, c->value,
                              c->work, c->work_bytes);
}

typedef int GradientCall(double x0, double *x0_bar, double y0, double *y0_bar, double z0,
                         double *z0_bar, double sigma, double *sigma_bar, double rho,
                         double *rho_bar, double beta, double *beta_bar, double dt, int64_t T,
                         double *mean_height, void *work, size_t work_bytes);

static int gradient(GradientCall *function, const BenchCall *c) {
  return function(input(c, X0), c->bar[X0], input(c, Y0), c->bar[Y0], input(c, Z0), c->bar[Z0],
                  input(c, SIGMA), c->bar[SIGMA], input(c, RHO), c->bar[RHO], input(c, BETA),
                  c->bar[BETA], input(c, DT), STEPS, c->value, c->work, c->work_bytes);
}

static int dpc_keeping_all(const BenchCall *c) { return gradient(long_ode_gradient, c); }
static int dpc_keeping_64(const BenchCall *c) { return gradient(long_ode_gradient_64, c); }

static int hand_value(const BenchCall *c) {
  return hand_mean_height(triple(c, X0), triple(c, SIGMA), input(c, DT), STEPS, c->value);
}

static int gradient_by_hand(const BenchCall *c, int64_t snapshots) {
  Triple start_bar, bar;
  int status = hand_gradient(triple(c, X0), &start_bar, triple(c, SIGMA), &bar, input(c, DT), STEPS,
                             snapshots, c->value, c->work, c->work_bytes);
  const double found[] = {start_bar.x, start_bar.y, start_bar.z, bar.x, bar.y, bar.z};
  for (int k = X0; k <= BETA; k++) *(double *)c->bar[k] = found[k];
  return status;
}

/* 64 snapshots besides the beginning. */
static int hand_keeping_all(const BenchCall *c) { return gradient_by_hand(c, 0); }
static int hand_keeping_64(const BenchCall *c) { return gradient_by_hand(c, 65); }
static size_t no_work(void) { return 0; }
static size_t dpc_value_work(void) { return long_ode_mean_height_work(); }
static size_t dpc_work(void) { return long_ode_gradient_work(STEPS); }
static size_t dpc_work_64(void) { return long_ode_gradient_64_work(STEPS); }
static size_t hand_work(void) { return hand_gradient_work(STEPS, 0); }
static size_t hand_work_64(void) { return hand_gradient_work(STEPS, 65); }

/* Five units of time: small perturbations grow about a hundredfold. */
static void draw(void *const *in) {
  static const double values[INPUTS] = {1, 1.5, 20, 10, 28, 8.0 / 3, 5e-6};
  for (int k = 0; k < INPUTS; k++) *(double *)in[k] = values[k];
}

int main(int argc, char **argv) {
  const BenchWorkload workload = {
      .name = "long_ode", .real = BENCH_DOUBLE, .inputs = inputs, .input_count = INPUTS,
      .draw = draw, .agreement = 1e-10, .step = 1e-5, .error = 1e-6, .pair_count = 2,
      .pairs = {{"long_ode", {dpc_value, dpc_keeping_all, dpc_value_work, dpc_work},
                 {hand_value, hand_keeping_all, no_work, hand_work}},
                {"long_ode_64_snapshots", {dpc_value, dpc_keeping_64, dpc_value_work, dpc_work_64},
                 {hand_value, hand_keeping_64, no_work, hand_work_64}}}};
  return bench_main(&workload, argc, argv);
}
