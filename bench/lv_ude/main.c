/* The gradient of the hybrid Lotka-Volterra model by dpc and by hand: first checked, then timed. */
#include "../harness.h"
#include "hand.h"
#include "lv_ude.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 3000, NET_SIZE = 1185 };

typedef int ValueCall(int64_t T, const double *theta, double x0, double y0, double dt,
                      const double *x_obs, const double *y_obs, double *loss, void *work,
                      size_t work_bytes);
typedef int GradientCall(int64_t T, const double *theta, double *theta_bar, double x0, double y0,
                         double dt, const double *x_obs, const double *y_obs, double *loss,
                         void *work, size_t work_bytes);

/* One implementation, what it needs, and what it found. */
typedef struct {
  const char *name;
  ValueCall *value;
  GradientCall *gradient;
  const double *x_obs, *y_obs;
  double *theta, *theta_bar;
  double loss;
  void *work;
  size_t work_bytes;
} Solver;

static const double X0 = 0.44249296, Y0 = 4.6280594, DT = 0.01;

static void stop_on(int status, const Solver *solver) {
  if (status == 0) return;
  fprintf(stderr, "lv_ude: %s returned status %d\n", solver->name, status);
  exit(1);
}

static void run_value(void *user) {
  Solver *s = user;
  stop_on(s->value(STEPS, s->theta, X0, Y0, DT, s->x_obs, s->y_obs, &s->loss, s->work,
                   s->work_bytes), s);
}

static void run_gradient(void *user) {
  Solver *s = user;
  stop_on(s->gradient(STEPS, s->theta, s->theta_bar, X0, Y0, DT, s->x_obs, s->y_obs, &s->loss,
                      s->work, s->work_bytes), s);
}

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
static void observe(double *x_obs, double *y_obs) {
  double x = X0, y = Y0;
  for (int t = 0; t < STEPS; t++) {
    double xy = x * y;
    x += DT * (1.3 * x - 0.9 * xy);
    y += DT * (0.8 * xy - 1.8 * y);
    x_obs[t] = x, y_obs[t] = y;
  }
}

/* The relative error of the gradient along random directions, against central differences of
 * fourth order. */
static double difference_error(Solver *s, const double *gradient) {
  const double h = 1e-4, weight[4] = {1.0 / 12, -2.0 / 3, 2.0 / 3, -1.0 / 12};
  const double place[4] = {-2, -1, 1, 2};
  double *at = s->theta, worst = 0;
  double *moved = bench_memory(HAND_THETA_SIZE * sizeof *moved);
  double *along = bench_memory(HAND_THETA_SIZE * sizeof *along);
  unsigned long long state = 2;
  s->theta = moved;
  for (int direction = 0; direction < 8; direction++) {
    double slope = 0, expected = 0;
    for (int i = 0; i < HAND_THETA_SIZE; i++) {
      along[i] = bench_random(&state);
      expected += along[i] * gradient[i];
    }
    for (int k = 0; k < 4; k++) {
      for (int i = 0; i < HAND_THETA_SIZE; i++) moved[i] = at[i] + h * place[k] * along[i];
      run_value(s);
      slope += weight[k] / h * s->loss;
    }
    worst = fmax(worst, fabs(slope / expected - 1));
  }
  s->theta = at;
  free(moved);
  free(along);
  return worst;
}

static void check(Solver *dpc, Solver *hand) {
  run_gradient(hand);
  run_gradient(dpc);
  double hand_loss = hand->loss, dpc_loss = dpc->loss;
  bench_require("lv_ude.loss_difference", bench_difference(&dpc_loss, &hand_loss, 1), 1e-10);
  bench_require("lv_ude.gradient_difference",
                bench_difference(dpc->theta_bar, hand->theta_bar, HAND_THETA_SIZE), 1e-10);
  bench_require("lv_ude.hand_error", difference_error(hand, hand->theta_bar), 1e-6);
  bench_require("lv_ude.dpc_error", difference_error(dpc, dpc->theta_bar), 1e-6);
}

/* Room for its workspace and its gradient. */
static void solver_memory(Solver *s, size_t work_bytes) {
  if (work_bytes == SIZE_MAX) stop_on(-1, s);
  s->work = bench_memory(work_bytes);
  s->work_bytes = work_bytes;
  s->theta_bar = bench_memory(HAND_THETA_SIZE * sizeof *s->theta_bar);
}

static void solver_free(Solver *s) {
  free(s->work);
  free(s->theta_bar);
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 201;
  double *theta = bench_memory(HAND_THETA_SIZE * sizeof *theta);
  double *x_obs = bench_memory(STEPS * sizeof *x_obs), *y_obs = bench_memory(STEPS * sizeof *y_obs);
  draw_theta(theta);
  observe(x_obs, y_obs);
  Solver dpc = {"dpc", lv_ude_loss, lv_ude_loss_and_grad, x_obs, y_obs, theta, 0, 0, 0, 0};
  Solver hand = {"hand", hand_loss, hand_loss_and_grad, x_obs, y_obs, theta, 0, 0, 0, 0};
  solver_memory(&dpc, larger(lv_ude_loss_work(STEPS), lv_ude_loss_and_grad_work(STEPS)));
  solver_memory(&hand, hand_work(STEPS));
  check(&dpc, &hand);
  BenchCase cases[4] = {{run_gradient, &dpc, 0, 0}, {run_gradient, &hand, 0, 0},
                        {run_value, &dpc, 0, 0}, {run_value, &hand, 0, 0}};
  bench_time(cases, 4, rounds < 1 ? 1 : rounds);
  printf("lv_ude.dpc_ms = %.3f\n", cases[0].median_ms);
  printf("lv_ude.hand_ms = %.3f\n", cases[1].median_ms);
  printf("lv_ude.dpc_primal_ms = %.3f\n", cases[2].median_ms);
  printf("lv_ude.hand_primal_ms = %.3f\n", cases[3].median_ms);
  printf("lv_ude.ratio_hand = %.3f\n", cases[0].median_ms / cases[1].median_ms);
  printf("lv_ude.adjoint_primal = %.3f\n", cases[0].median_ms / cases[2].median_ms);
  printf("lv_ude.hand_adjoint_primal = %.3f\n", cases[1].median_ms / cases[3].median_ms);
  printf("lv_ude.dpc_work_bytes = %zu\n", dpc.work_bytes);
  solver_free(&dpc);
  solver_free(&hand);
  free(theta);
  free(x_obs);
  free(y_obs);
  return 0;
}
