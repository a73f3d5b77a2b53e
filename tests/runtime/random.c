/* random - draws have the distributions that they are named for: moments, and chi-square tests over
 * bins of known probability, with fixed keys.
 *
 * RUN: %cc -std=c11 -O2 %s -I%runtime %libdp_runtime -lm -o %t && %t */
#include "dp_random.h"
#include "check.h"

#include <stdbool.h>

enum { COUNT = 100000, BINS = 50 };
static double sample[COUNT];

/* ---- the tests ------------------------------------------------------------------------------- */

/* Counts in bins against their probabilities. The statistic is about normal, with mean and half the
 * variance BINS - 1: 4 deviations either way, which also catches what is too even. */
static void check_bins(const char *what, int bins, const int64_t *counts, const double *chances) {
  double statistic = 0;
  for (int k = 0; k < bins; k++) {
    const double wanted = chances[k] * COUNT, off = (double)counts[k] - wanted;
    statistic += off * off / wanted;
  }
  const double freedom = bins - 1, far = (statistic - freedom) / sqrt(2 * freedom);
  if (fabs(far) < 4) return;
  fprintf(stderr, "%s: chi-square %.1f with %d degrees of freedom\n", what, statistic, bins - 1);
  check_failures++;
}

/* sample holds values of the distribution function, which are uniform in [0, 1]. */
static void check_uniform(const char *what) {
  int64_t counts[BINS] = {0};
  double chances[BINS];
  for (int k = 0; k < BINS; k++) chances[k] = 1.0 / BINS;
  for (int i = 0; i < COUNT; i++) {
    CHECK(sample[i] >= 0 && sample[i] <= 1);
    counts[sample[i] < 1 ? (int)(sample[i] * BINS) : BINS - 1]++;
  }
  check_bins(what, BINS, counts, chances);
}

/* Neighbours fall into 7 x 7 squares alike. */
static void check_pairs(const char *what) {
  int64_t counts[49] = {0};
  double chances[49];
  for (int k = 0; k < 49; k++) chances[k] = 1.0 / 49;
  for (int i = 0; i < COUNT; i++) {
    const double u = sample[i], v = sample[(i + 1) % COUNT];
    counts[(int)(7 * u) * 7 + (int)(7 * v)]++;
  }
  check_bins(what, 49, counts, chances);
}

static void check_moments(const char *what, double mean, double variance, double skewness) {
  double first = 0, second = 0, third = 0;
  for (int i = 0; i < COUNT; i++) first += sample[i] / COUNT;
  for (int i = 0; i < COUNT; i++) {
    const double x = (sample[i] - mean) / sqrt(variance);
    second += x * x / COUNT, third += x * x * x / COUNT;
  }
  const double root = sqrt(COUNT), kurtosis = 3 + 6 * skewness * skewness; /* at most, of those here */
  const bool fits = fabs(first - mean) < 4 * sqrt(variance) / root &&
                    fabs(second - 1) < 4 * sqrt(kurtosis) / root &&
                    fabs(third - skewness) < 4 * sqrt(15 + 100 * skewness * skewness) / root;
  if (fits) return;
  fprintf(stderr, "%s: mean %g, variance %g, skewness %g\n", what, first, second * variance, third);
  check_failures++;
}

/* ---- continuous ------------------------------------------------------------------------------ */

static void check_continuous(int64_t key) {
  for (int i = 0; i < COUNT; i++) sample[i] = dp_random_uniform(key, i - 500);
  check_uniform("uniform");
  check_pairs("uniform, neighbours");
  check_moments("uniform", 0.5, 1.0 / 12, 0);
  for (int i = 0; i < COUNT; i++) sample[i] = (double)dp_random_bits(key, i) * 0x1p-63;
  check_uniform("bits");
  for (int i = 0; i < COUNT; i++) sample[i] = dp_random_uniform(dp_random_key(key, i), 0);
  check_uniform("keys");
  check_pairs("keys, neighbours");
  for (int i = 0; i < COUNT; i++) sample[i] = dp_random_normal(key, i);
  check_moments("normal", 0, 1, 0);
  for (int i = 0; i < COUNT; i++) sample[i] = 0.5 * erfc(-sample[i] * 0.7071067811865476);
  check_uniform("normal");
  check_pairs("normal, neighbours");
  for (int i = 0; i < COUNT; i++) sample[i] = dp_random_exponential(key, i);
  check_moments("exponential", 1, 1, 2);
  for (int i = 0; i < COUNT; i++) sample[i] = -expm1(-sample[i]);
  check_uniform("exponential");
}

/* ---- Poisson --------------------------------------------------------------------------------- */

/* Bins that hold whole numbers and at least a fortieth each; the last goes on for ever. */
static void check_poisson_bins(double mean) {
  int64_t counts[BINS] = {0}, first[BINS + 1] = {0};
  double chances[BINS] = {0}, left = 1;
  int n = 0;
  const int64_t low = (int64_t)fmax(0, mean - 12 * sqrt(mean) - 12);
  for (int64_t k = low; left > 2.0 / 40; k++) {
    const double p = exp(dp_poisson_log_probability((double)k, mean));
    chances[n] += p, left -= p;
    if (chances[n] >= 1.0 / 40) first[++n] = k + 1;
  }
  chances[n] = 1;
  for (int k = 0; k < n; k++) chances[n] -= chances[k];
  for (int i = 0; i < COUNT; i++) {
    int bin = n;
    while (bin > 0 && sample[i] < (double)first[bin]) bin--;
    counts[bin]++;
  }
  if (n > 0) check_bins("Poisson", n + 1, counts, chances);
}

static void check_poisson(double mean, int64_t key) {
  for (int i = 0; i < COUNT; i++) {
    sample[i] = dp_random_poisson(key, i, mean);
    CHECK(sample[i] >= 0 && sample[i] == floor(sample[i]));
  }
  char what[40];
  snprintf(what, sizeof what, "Poisson of %g", mean);
  check_moments(what, mean, mean, 1 / sqrt(mean));
  check_poisson_bins(mean);
}

/* The probabilities add up to 1, and agree with the usual formula where that has its digits. */
static void check_probabilities(void) {
  static const double means[] = {0.3, 5, 17, 300};
  for (int m = 0; m < 4; m++) {
    double sum = 0;
    for (int k = 0; k < 1000; k++) {
      const double log_p = dp_poisson_log_probability(k, means[m]);
      const double plain = k * log(means[m]) - means[m] - lgamma(k + 1.0);
      sum += exp(log_p);
      CHECK_NEAR(log_p, plain, 1e-14 * (1 + means[m] + fabs(k * log(means[m]))));
    }
    CHECK_NEAR(sum, 1, 1e-13);
  }
  CHECK_NEAR(dp_poisson_log_probability(1e6, 1e6), -7.826693895520143, 1e-13);
}

static void check_edges(void) {
  dp_rng rng;
  dp_rng_seed(&rng, 1);
  for (int i = 0; i < 1000; i++) CHECK(dp_random_poisson(3, i, 0) == 0);
  CHECK(isnan(dp_poisson(&rng, -1)) && isnan(dp_poisson(&rng, NAN)));
  CHECK(isnan(dp_poisson(&rng, INFINITY)) && dp_poisson(&rng, 1e15) > 9e14);
  CHECK(dp_random_poisson(3, 0, 1e-300) == 0);
}

/* ---- one generator --------------------------------------------------------------------------- */

/* A stream gives, one after the other, what its seed as a key gives by number. */
static void check_streams(void) {
  dp_rng uniform, normal, exponential;
  dp_rng_seed(&uniform, 11), dp_rng_seed(&normal, 11), dp_rng_seed(&exponential, 11);
  for (int64_t i = 0; i < 1000; i++) {
    CHECK(dp_uniform(&uniform) == dp_random_uniform(11, i));
    CHECK(dp_normal(&normal) == dp_random_normal(11, i));
    CHECK(dp_exponential(&exponential) == dp_random_exponential(11, i));
  }
}

/* Floats are the same draws with fewer digits, and stay below 1. */
static void check_floats(void) {
  for (int64_t i = 0; i < 100000; i++) {
    const float u = dp_random_uniformf(5, i), z = dp_random_normalf(5, i);
    CHECK(u < 1 && (double)u == floor(dp_random_uniform(5, i) * 0x1p24) * 0x1p-24);
    CHECK(isfinite(z) && fabs((double)z - dp_random_normal(5, i)) < 0.01);
  }
}

int main(void) {
  check_continuous(1);
  check_continuous(-77777777777);
  static const double means[] = {0.1, 1, 5.5, 9.99, 10, 11.3, 40, 1000, 3e4, 1e6};
  for (int k = 0; k < 10; k++) check_poisson(means[k], 10 + k);
  check_probabilities();
  check_edges();
  check_streams();
  check_floats();
  return check_result();
}
