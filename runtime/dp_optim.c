/* dp_optim - the steps of the first-order methods. L-BFGS is in dp_lbfgs.c. */
#include "dp_optim.h"

#include "dp_runtime.h"

#include <math.h>
#include <string.h>

void dp_sgd_step(int64_t n, double rate, double *x, const double *g) {
  for (int64_t i = 0; i < n; i++) x[i] -= rate * g[i];
}

void dp_momentum_step(int64_t n, double rate, double decay, double *velocity, double *x,
                      const double *g) {
  for (int64_t i = 0; i < n; i++) {
    velocity[i] = decay * velocity[i] + g[i];
    x[i] -= rate * velocity[i];
  }
}

void dp_rmsprop_step(int64_t n, double rate, double decay, double epsilon, double *square, double *x,
                     const double *g) {
  for (int64_t i = 0; i < n; i++) {
    square[i] = decay * square[i] + (1 - decay) * g[i] * g[i];
    x[i] -= rate * g[i] / (sqrt(square[i]) + epsilon);
  }
}

double dp_clip_norm(int64_t n, double limit, double *g) {
  double largest = 0, sum = 0;
  for (int64_t i = 0; i < n; i++) largest = fmax(largest, fabs(g[i]));
  if (largest == 0) return 0;
  for (int64_t i = 0; i < n; i++) sum += (g[i] / largest) * (g[i] / largest);
  const double norm = largest * sqrt(sum);
  if (norm > limit)
    for (int64_t i = 0; i < n; i++) g[i] *= limit / norm;
  return norm;
}

/* ---- schedules ------------------------------------------------------------------------------- */

double dp_rate_inverse_time(int64_t k, double rate, double decay) {
  return rate / (1 + decay * (double)k);
}

double dp_rate_exponential(int64_t k, double rate, double decay) {
  return rate * pow(decay, (double)k);
}

double dp_rate_stairs(int64_t k, double rate, int64_t every, double factor) {
  return rate * pow(factor, (double)(k / every));
}

double dp_rate_cosine(int64_t k, double rate, int64_t steps, double last) {
  const double part = k < steps ? (double)k / (double)steps : 1;
  return last + 0.5 * (rate - last) * (1 + cos(3.14159265358979323846 * part));
}

double dp_rate_warm_up(int64_t k, int64_t steps) {
  return k + 1 < steps ? (double)(k + 1) / (double)steps : 1;
}

/* ---- Adam ------------------------------------------------------------------------------------ */

dp_adam_options dp_adam_defaults(void) {
  const dp_adam_options options = {1e-3, 0.9, 0.999, 1e-8, 0};
  return options;
}

size_t dp_adam_work(int64_t n) {
  const size_t moment = dp_size_round(dp_size_mul(dp_size(n), sizeof(double)));
  return dp_size_add(dp_size_mul(2, moment), DP_ALIGN - 1);
}

int dp_adam_init(dp_adam *adam, int64_t n, void *work, size_t work_bytes) {
  const size_t needed = dp_adam_work(n);
  if (needed == SIZE_MAX || (!work && n > 0)) return DP_BAD_SIZE;
  if (n > 0 && work_bytes < needed) return DP_WORK_SHORT;
  const size_t moment = (size_t)n * sizeof(double);
  dp_space space = dp_space_of(work, work_bytes);
  adam->n = n;
  adam->step = 0;
  adam->mean = (double *)dp_carve(&space, moment);
  adam->square = (double *)dp_carve(&space, moment);
  if (n > 0) {
    memset(adam->mean, 0, moment);
    memset(adam->square, 0, moment);
  }
  return DP_OK;
}

void dp_adam_step(dp_adam *adam, const dp_adam_options *o, double *x, const double *g) {
  adam->step++;
  /* What the running means lack because they began at 0. */
  const double mean_part = 1 - pow(o->beta1, (double)adam->step);
  const double square_part = 1 - pow(o->beta2, (double)adam->step);
  const double rate = o->rate / mean_part, scale = 1 / square_part;
  const double keep = 1 - o->rate * o->weight_decay;
  double *restrict m = adam->mean, *restrict v = adam->square;
  for (int64_t i = 0; i < adam->n; i++) {
    m[i] = o->beta1 * m[i] + (1 - o->beta1) * g[i];
    v[i] = o->beta2 * v[i] + (1 - o->beta2) * g[i] * g[i];
    x[i] = keep * x[i] - rate * m[i] / (sqrt(v[i] * scale) + o->epsilon);
  }
}
