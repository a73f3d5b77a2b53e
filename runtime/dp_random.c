/* dp_random - streams, integers and permutations from Philox blocks. */
#include "dp_random.h"

void dp_rng_seed_stream(dp_rng *rng, uint64_t seed, uint64_t stream) {
  dp_rng_seed(rng, seed);
  rng->counter[2] = (uint32_t)stream; /* the lower half counts blocks, the upper one streams */
  rng->counter[3] = (uint32_t)(stream >> 32);
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
