/* dp_random - numbers of further distributions from Philox blocks. */
#include "dp_random.h"

#include <stdbool.h>

void dp_rng_seed_stream(dp_rng *rng, uint64_t seed, uint64_t stream) {
  dp_rng_seed(rng, seed);
  rng->stream = stream;
}

/* a * b = high * 2^64 + low, by 32-bit halves. */
static uint64_t multiply(uint64_t a, uint64_t b, uint64_t *low) {
  const uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
  const uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
  const uint64_t cross = a0 * b1 + (uint32_t)middle;
  *low = a * b;
  return a1 * b1 + (middle >> 32) + (cross >> 32);
}

int64_t dp_below(dp_rng *rng, int64_t n) {
  if (n <= 0) return 0;
  const uint64_t range = (uint64_t)n, biased = (0 - range) % range;
  for (;;) {
    const uint64_t high = dp_rng_next(rng);
    const uint64_t word = high << 32 | dp_rng_next(rng);
    uint64_t low;
    const uint64_t result = multiply(word, range, &low);
    if (low >= biased) return (int64_t)result;
  }
}

double dp_uniform_in(dp_rng *rng, double low, double high) {
  return low + (high - low) * dp_uniform(rng);
}

void dp_permutation(dp_rng *rng, int64_t n, int64_t *order) {
  for (int64_t i = 0; i < n; i++) order[i] = i;
  for (int64_t i = n - 1; i > 0; i--) {
    const int64_t j = dp_below(rng, i + 1), swapped = order[i];
    order[i] = order[j];
    order[j] = swapped;
  }
}

/* ---- exponential and Poisson: as in lang/std/random.dp ---------------------------------------- */

double dp_exponential(dp_rng *rng) { return -dp_log1p(-dp_uniform(rng)); }

double dp_random_exponential(int64_t key, int64_t i) {
  return -dp_log1p(-dp_random_uniform(key, i));
}

double dp_poisson_log_probability(double k, double mean) {
  if (k < 16) return (k > 0 ? k * dp_log(mean) : 0) - mean - lgamma(k + 1);
  const double x = (k - mean) / mean, r = 1 / (k * k);
  const double stirling = (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r / 1680))) / k;
  return -mean * ((1 + x) * dp_log1p(x) - x) - stirling - 0.5 * dp_log(6.283185307179586 * k);
}

/* The least k whose probability together with that of all below exceeds u. What is beyond the digits
 * of the sum counts as its last term. */
static double poisson_by_inversion(double u, double mean) {
  double k = 0, term = dp_exp(-mean), sum = term;
  for (bool grows = true; u >= sum && grows;) {
    k++;
    term = term * mean / k;
    grows = sum + term > sum;
    sum += term;
  }
  return k;
}

static double poisson_by_rejection(dp_rng *rng, double mean) {
  const double b = 0.931 + 2.53 * sqrt(mean), a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), sure = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const double u = dp_uniform(rng) - 0.5, v = dp_uniform(rng), edge = 0.5 - fabs(u);
    const double k = floor((2 * a / edge + b) * u + mean + 0.43);
    if (edge >= 0.07 && v <= sure) return k;
    if (!(k >= 0) || (edge < 0.013 && v > edge)) continue;
    const double ratio = v * inverse_alpha / (a / (edge * edge) + b);
    if (dp_log(ratio) <= dp_poisson_log_probability(k, mean)) return k;
  }
}

double dp_poisson(dp_rng *rng, double mean) {
  if (!(mean >= 0 && mean <= 1e15)) return NAN;
  return mean < 10 ? poisson_by_inversion(dp_uniform(rng), mean) : poisson_by_rejection(rng, mean);
}

double dp_random_poisson(int64_t key, int64_t i, double mean) {
  dp_rng rng;
  dp_rng_seed(&rng, (uint64_t)dp_random_key(key, i));
  return dp_poisson(&rng, mean);
}
