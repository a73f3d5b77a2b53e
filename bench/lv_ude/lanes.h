/* lanes - eight doubles at once, by GCC's vector extensions (gcc and clang): AVX-512 registers
 * where the machine has them, pairs or quadruples of smaller ones where it has not. */
#ifndef LV_UDE_LANES_H
#define LV_UDE_LANES_H

#include <stdint.h>
#ifdef __AVX512F__
#include <immintrin.h>
#endif

#ifndef __clang__
#pragma GCC diagnostic ignored "-Wpsabi" /* lanes go to inlined functions only */
#endif

typedef double lanes __attribute__((vector_size(64)));
typedef int64_t lanes_int __attribute__((vector_size(64)));

static inline lanes lanes_all(double x) { return (lanes){x, x, x, x, x, x, x, x}; }

/* x, or where it is beyond it, the limit (> 0) with the sign of x. */
static inline lanes lanes_clip(lanes x, double limit) {
#ifdef __AVX512DQ__
  return (lanes)_mm512_range_pd((__m512d)x, (__m512d)lanes_all(limit), 2);
#else
  lanes_int above = x > lanes_all(limit), below = x < lanes_all(-limit);
  lanes_int most = (lanes_int)lanes_all(limit), least = (lanes_int)lanes_all(-limit);
  return (lanes)(((lanes_int)x & ~(above | below)) | (most & above) | (least & below));
#endif
}

/* Entry (index mod 16) of a table of 16, lane by lane. */
static inline lanes_int lanes_lookup(const lanes_int table[2], lanes_int index) {
#ifdef __AVX512F__
  return (lanes_int)_mm512_permutex2var_epi64((__m512i)table[0], (__m512i)index,
                                              (__m512i)table[1]);
#else
  lanes_int found;
  for (int k = 0; k < 8; k++) found[k] = table[(index[k] & 15) >> 3][index[k] & 7];
  return found;
#endif
}

/* The eight sums over the lanes of v[0] ... v[7], in one vector: a transposition and its sum. */
static inline lanes lanes_sums(const lanes v[8]) {
  lanes two[4], four[2];
  for (int k = 0; k < 4; k++) {
    lanes a = v[2 * k], b = v[2 * k + 1];
    two[k] = __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14) +
             __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int k = 0; k < 2; k++) {
    lanes a = two[2 * k], b = two[2 * k + 1];
    four[k] = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13) +
              __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
  }
  return __builtin_shufflevector(four[0], four[1], 0, 1, 2, 3, 8, 9, 10, 11) +
         __builtin_shufflevector(four[0], four[1], 4, 5, 6, 7, 12, 13, 14, 15);
}

static inline double lanes_sum(lanes v) {
  v += __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3);
  v += __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5);
  return v[0] + v[1];
}

#endif
