/* dp_random - random numbers beyond dp_uniform and dp_normal, which dp_runtime.h declares. */
#ifndef DP_RANDOM_H
#define DP_RANDOM_H

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

#ifdef __cplusplus
}
#endif
#endif
