/* dp_philox - random numbers as functions of a key and a counter.
 *
 * Philox 4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011): a block of 128 random bits is a function of a key and a counter, so any draw can be
 * made at any time, in any order, by any thread, and made again. Blocks hold two draws of 64 bits.
 * Draw number i of a key, of either sign, is also the i-th of the stream that dp_rng_seed begins
 * with that key. Draws of one key are independent of each other and of those of other keys; the
 * functions below share them: a normal number i is made of the draws 2 i and 2 i + 1.
 *
 * Functions ending in f are for float programs: the same draws, with the digits of a float. */
#ifndef DP_PHILOX_H
#define DP_PHILOX_H

#include "dp_math.h"

typedef struct dp_block {
  uint32_t word[4];
} dp_block;

DP_INLINE dp_block dp_philox_round(dp_block x, uint32_t key0, uint32_t key1) {
  const uint64_t a = (uint64_t)0xD2511F53u * x.word[0], b = (uint64_t)0xCD9E8D57u * x.word[2];
  const dp_block y = {{(uint32_t)(b >> 32) ^ x.word[1] ^ key0, (uint32_t)b,
                       (uint32_t)(a >> 32) ^ x.word[3] ^ key1, (uint32_t)a}};
  return y;
}

/* Block number `number` of a key's stream number `stream`. */
DP_INLINE dp_block dp_philox(uint64_t key, uint64_t stream, uint64_t number) {
  dp_block x = {{(uint32_t)number, (uint32_t)(number >> 32), (uint32_t)stream,
                 (uint32_t)(stream >> 32)}};
  uint32_t key0 = (uint32_t)key, key1 = (uint32_t)(key >> 32);
  for (int round = 0; round < 10; round++) {
    x = dp_philox_round(x, key0, key1);
    key0 += 0x9E3779B9u, key1 += 0xBB67AE85u;
  }
  return x;
}

/* A multiple of 2^-53 in [0, 1), from two words. The ints stay below 2^31, from where vector units
 * convert. */
DP_INLINE double dp_unit_of(uint32_t first, uint32_t second) {
  const double high = (double)(int32_t)(first >> 5), low = (double)(int32_t)(second >> 6);
  return (high * 67108864.0 + low) * (1.0 / 9007199254740992.0);
}

/* The same, cut to a multiple of 2^-24. */
DP_INLINE float dp_unit_off(uint32_t first) {
  return (float)(int32_t)(first >> 8) * (1.0f / 16777216.0f);
}

/* ---- draws: `key` and `i` are any ints ------------------------------------------------------- */

enum { DP_STREAM_OF_KEYS = -1 }; /* apart from the draws, which are stream 0 */

/* A new key from a key and a number, e.g. one per member, step or purpose. */
DP_INLINE int64_t dp_random_key(int64_t key, int64_t i) {
  const dp_block x = dp_philox((uint64_t)key, (uint64_t)DP_STREAM_OF_KEYS, (uint64_t)i);
  return (int64_t)((uint64_t)x.word[0] << 32 | x.word[1]);
}

/* 63 random bits: an int from 0 to INT64_MAX. */
DP_INLINE int64_t dp_random_bits(int64_t key, int64_t i) {
  const dp_block x = dp_philox((uint64_t)key, 0, (uint64_t)i >> 1);
  const uint32_t first = i & 1 ? x.word[2] : x.word[0], second = i & 1 ? x.word[3] : x.word[1];
  return (int64_t)(((uint64_t)first << 32 | second) >> 1);
}

/* Uniform in [0, 1). */
DP_INLINE double dp_random_uniform(int64_t key, int64_t i) {
  const dp_block x = dp_philox((uint64_t)key, 0, (uint64_t)i >> 1);
  return dp_unit_of(i & 1 ? x.word[2] : x.word[0], i & 1 ? x.word[3] : x.word[1]);
}

DP_INLINE float dp_random_uniformf(int64_t key, int64_t i) {
  const dp_block x = dp_philox((uint64_t)key, 0, (uint64_t)i >> 1);
  return dp_unit_off(i & 1 ? x.word[2] : x.word[0]);
}

/* Two numbers uniform in [0, 1) make one of mean 0 and deviation 1 (Box and Muller 1958). */
DP_INLINE double dp_normal_of(double u, double v) {
  return sqrt(-2 * dp_log(1 - u)) * dp_cos(6.283185307179586 * v);
}

/* Normal, with mean 0 and deviation 1; at most 8.6 deviations out. */
DP_INLINE double dp_random_normal(int64_t key, int64_t i) {
  const dp_block x = dp_philox((uint64_t)key, 0, (uint64_t)i);
  return dp_normal_of(dp_unit_of(x.word[0], x.word[1]), dp_unit_of(x.word[2], x.word[3]));
}

/* At most 5.8 deviations out. */
DP_INLINE float dp_random_normalf(int64_t key, int64_t i) {
  const dp_block x = dp_philox((uint64_t)key, 0, (uint64_t)i);
  const float u = dp_unit_off(x.word[0]), v = dp_unit_off(x.word[2]);
  return sqrtf(-2 * dp_logf(1 - u)) * dp_cosf(6.2831853f * v);
}

#endif
