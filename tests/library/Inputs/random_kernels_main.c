/* random_kernels_main - generated draws, and those of dp_random. */
#include "compare.h"
#include "draw.h"
#include "dp_random.h"
#include "single.h"

enum { N = 50000 };
static const int64_t key = 123456789012345;
static double x[N];
static float f[N];

static void check_continuous(void) {
  CHECK(draw_uniform(key, N, x, NULL, 0) == DP_OK);
  for (int64_t i = 0; i < N; i++) CHECK(x[i] == dp_random_uniform(key, i));
  CHECK(draw_normal(key, N, x, NULL, 0) == DP_OK);
  for (int64_t i = 0; i < N; i++) CHECK_NEAR(x[i], dp_random_normal(key, i), 1e-15);
  CHECK(draw_exponential(key, N, x, NULL, 0) == DP_OK);
  for (int64_t i = 0; i < N; i++) CHECK_NEAR(x[i], dp_random_exponential(key, i), 1e-15);
  CHECK(single_uniform(key, N, f, NULL, 0) == DP_OK);
  for (int64_t i = 0; i < N; i++) CHECK(f[i] < 1 && f[i] == dp_random_uniformf(key, i));
  CHECK(single_normal(key, N, f, NULL, 0) == DP_OK);
  for (int64_t i = 0; i < N; i++)
    CHECK_NEAR((double)f[i], (double)dp_random_normalf(key, i), 1e-6);
}

static void check_ints(void) {
  static int64_t k[N];
  CHECK(draw_below(key, N, k, NULL, 0) == DP_OK);
  for (int64_t i = 0; i < N; i++) CHECK(k[i] == dp_random_bits(dp_random_key(key, i), -i) % 1000);
}

/* In float few decisions are other ones; the mean is right. */
static void check_poisson(double mean) {
  int other = 0;
  double sum = 0;
  CHECK(draw_poisson(key, N, mean, x, NULL, 0) == DP_OK);
  for (int64_t i = 0; i < N; i++) CHECK(x[i] == dp_random_poisson(key, i, mean));
  CHECK(single_poisson(key, N, (float)mean, f, NULL, 0) == DP_OK);
  for (int64_t i = 0; i < N; i++) {
    other += fabs((double)f[i] - x[i]) > 1 + 1e-6 * mean;
    sum += (double)f[i];
  }
  CHECK(other < N / 100);
  CHECK(fabs(sum / N - mean) < 4 * sqrt(mean / N));
}

int main(void) {
  check_continuous();
  check_ints();
  static const double means[] = {0.5, 9, 20, 1e3, 1e6};
  for (int k = 0; k < 5; k++) check_poisson(means[k]);
  CHECK(draw_poisson(key, N, -1, x, NULL, 0) == DP_ASSERT);
  return check_result();
}
