/* lanes - a register's doubles at once, by GCC's vector extensions (gcc and clang): eight with
 * AVX-512, four with AVX2. Other machines get right results slowly. */
#ifndef BENCH_LANES_H
#define BENCH_LANES_H

#include <stdint.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

#pragma GCC diagnostic ignored "-Wpsabi" /* lanes go to inlined functions only */
#define LANES_INLINE static inline __attribute__((always_inline))

#ifdef __AVX512F__
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif
typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));
typedef int64_t lanes_int __attribute__((vector_size(LANES * sizeof(int64_t))));

/* x, which stays in a register: GCC would load it anew for each of its uses. */
LANES_INLINE lanes lanes_held(lanes x) {
#ifdef __AVX2__
  __asm__("" : "+v"(x));
#endif
  return x;
}

LANES_INLINE lanes lanes_all(double x) { return x - (lanes){0}; }

/* x, or where it is beyond it, the limit (> 0) with the sign of x; NaN stays (the instructions
 * return their second operand then). */
LANES_INLINE lanes lanes_clip(lanes x, double limit) {
  lanes most = lanes_all(limit), least = lanes_all(-limit);
#ifdef __AVX512F__
  return (lanes)_mm512_max_pd((__m512d)least, _mm512_min_pd((__m512d)most, (__m512d)x));
#elif defined(__AVX2__)
  return (lanes)_mm256_max_pd((__m256d)least, _mm256_min_pd((__m256d)most, (__m256d)x));
#else
  lanes_int above = x > most, below = x < least;
  return (lanes)(((lanes_int)x & ~(above | below)) | ((lanes_int)most & above) |
                 ((lanes_int)least & below));
#endif
}

/* Entry (index mod 16) of a table of 16, lane by lane. */
LANES_INLINE lanes_int lanes_lookup(const int64_t table[16], lanes_int index) {
#ifdef __AVX512F__
  return (lanes_int)_mm512_permutex2var_epi64(_mm512_load_si512(table), (__m512i)index,
                                              _mm512_load_si512(table + 8));
#elif defined(__AVX2__)
  return (lanes_int)_mm256_i64gather_epi64((const long long *)table, (__m256i)(index & 15), 8);
#else
  lanes_int found = {0};
  for (int k = 0; k < LANES; k++) found[k] = table[index[k] & 15];
  return found;
#endif
}

#define LANES_MIX __builtin_shufflevector

#ifdef __AVX512F__
/* The LANES sums over the lanes of v[0], v[1], ... in one vector: a transposition and its sum. */
LANES_INLINE lanes lanes_sums(const lanes v[8]) {
  lanes two[4], four[2];
  for (int k = 0; k < 4; k++) {
    lanes a = v[2 * k], b = v[2 * k + 1];
    two[k] = LANES_MIX(a, b, 0, 8, 2, 10, 4, 12, 6, 14) +
             LANES_MIX(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int k = 0; k < 2; k++) {
    lanes a = two[2 * k], b = two[2 * k + 1];
    four[k] = LANES_MIX(a, b, 0, 1, 8, 9, 4, 5, 12, 13) +
              LANES_MIX(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
  }
  return LANES_MIX(four[0], four[1], 0, 1, 2, 3, 8, 9, 10, 11) +
         LANES_MIX(four[0], four[1], 4, 5, 6, 7, 12, 13, 14, 15);
}

LANES_INLINE double lanes_sum(lanes v) {
  v += LANES_MIX(v, v, 4, 5, 6, 7, 0, 1, 2, 3);
  v += LANES_MIX(v, v, 2, 3, 0, 1, 6, 7, 4, 5);
  return v[0] + v[1];
}

LANES_INLINE void lanes_transpose(lanes v[8]) {
  lanes two[8], four[8];
  for (int k = 0; k < 8; k += 2) {
    two[k] = LANES_MIX(v[k], v[k + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    two[k + 1] = LANES_MIX(v[k], v[k + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int k = 0; k < 8; k += 4)
    for (int l = k; l < k + 2; l++) {
      four[l] = LANES_MIX(two[l], two[l + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      four[l + 2] = LANES_MIX(two[l], two[l + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  for (int k = 0; k < 4; k++) {
    v[k] = LANES_MIX(four[k], four[k + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    v[k + 4] = LANES_MIX(four[k], four[k + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}
#else
LANES_INLINE double lanes_sum(lanes v) { return (v[0] + v[2]) + (v[1] + v[3]); }

LANES_INLINE lanes lanes_sums(const lanes v[4]) {
  return (lanes){lanes_sum(v[0]), lanes_sum(v[1]), lanes_sum(v[2]), lanes_sum(v[3])};
}

/* Lane j of v[i] becomes lane i of v[j]. */
LANES_INLINE void lanes_transpose(lanes v[4]) {
  lanes a = LANES_MIX(v[0], v[1], 0, 4, 2, 6), b = LANES_MIX(v[0], v[1], 1, 5, 3, 7);
  lanes c = LANES_MIX(v[2], v[3], 0, 4, 2, 6), d = LANES_MIX(v[2], v[3], 1, 5, 3, 7);
  v[0] = LANES_MIX(a, c, 0, 1, 4, 5);
  v[1] = LANES_MIX(b, d, 0, 1, 4, 5);
  v[2] = LANES_MIX(a, c, 2, 3, 6, 7);
  v[3] = LANES_MIX(b, d, 2, 3, 6, 7);
}
#endif

#endif
