/* dp_random - random numbers beyond dp_uniform and dp_normal, which dp_runtime.h declares.
 *
 * Two ways to draw, from one generator: a dp_rng hands out its numbers one after the other; the
 * functions that take a key and a number i give draw number i of that key at any time, as the module
 * `random` of the language does (dp_philox.h has more of them). */
#ifndef DP_RANDOM_H
#define DP_RANDOM_H

#include "dp_philox.h"
#include "dp_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Seeds the stream number `stream` of `seed`: streams of one seed are independent of each other. */
void dp_rng_seed_stream(dp_rng *rng, uint64_t seed, uint64_t stream);

/* An integer in [0, n), every one equally likely (Lemire 2019); 0 where n <= 0. */
int64_t dp_below(dp_rng *rng, int64_t n);

/* Uniform in [low, high). */
double dp_uniform_in(dp_rng *rng, double low, double high);

/* A random order of 0 .. n-1 (Fisher and Yates). */
void dp_permutation(dp_rng *rng, int64_t n, int64_t *order);

/* Exponential with mean 1, by inversion: -log(1 - u). */
double dp_exponential(dp_rng *rng);
double dp_random_exponential(int64_t key, int64_t i);

/* The whole number k of a Poisson distribution of this mean, exact for means up to 1e15: by inversion
 * below 10 (one uniform number, and k does not fall as the mean grows), else by Hormann's transformed
 * rejection ("The transformed rejection method for generating Poisson random variables",
 * Insurance: Mathematics and Economics 12, 1993, algorithm PTRS). NaN where the mean is negative,
 * above 1e15 or NaN. With a key, it uses the draws of dp_random_key(key, i). */
double dp_poisson(dp_rng *rng, double mean);
double dp_random_poisson(int64_t key, int64_t i, double mean);

/* The logarithm of its probability of k = 0, 1, 2, .., for mean > 0, without the cancellation that
 * k log(mean) - mean - lgamma(k + 1) has for large k (Loader, "Fast and accurate computation of
 * binomial probabilities", 2000). */
double dp_poisson_log_probability(double k, double mean);

#ifdef __cplusplus
}
#endif
#endif
