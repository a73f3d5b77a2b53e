/* vectors - a register's doubles or floats at once, by GCC's vector extensions (gcc and clang):
 * eight doubles with AVX-512, four with AVX2. Other machines get right results slowly. */
#ifndef BENCH_VECTORS_H
#define BENCH_VECTORS_H

#include <stdint.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

#pragma GCC diagnostic ignored "-Wpsabi" /* vectors go to inlined functions only */
#define VECTOR_INLINE static inline __attribute__((always_inline))

#ifdef __AVX512F__
enum { DOUBLES = 8, FLOATS = 16 };
#else
enum { DOUBLES = 4, FLOATS = 8 };
#endif
typedef double doubles __attribute__((vector_size(DOUBLES * sizeof(double))));
typedef float floats __attribute__((vector_size(FLOATS * sizeof(float))));
typedef int64_t doubles_bits __attribute__((vector_size(DOUBLES * sizeof(int64_t))));
typedef int32_t floats_bits __attribute__((vector_size(FLOATS * sizeof(int32_t))));
typedef doubles doubles_anywhere __attribute__((aligned(8), may_alias));
typedef floats floats_anywhere __attribute__((aligned(4), may_alias));

VECTOR_INLINE doubles doubles_all(double x) { return x - (doubles){0}; }
VECTOR_INLINE floats floats_all(float x) { return x - (floats){0}; }
VECTOR_INLINE doubles doubles_at(const double *x) { return *(const doubles_anywhere *)x; }
VECTOR_INLINE floats floats_at(const float *x) { return *(const floats_anywhere *)x; }
VECTOR_INLINE void doubles_to(double *x, doubles v) { *(doubles_anywhere *)x = v; }
VECTOR_INLINE void floats_to(float *x, floats v) { *(floats_anywhere *)x = v; }

VECTOR_INLINE double doubles_sum(doubles v) {
  double sum = 0;
  for (int k = 0; k < DOUBLES; k++) sum += v[k];
  return sum;
}

VECTOR_INLINE float floats_sum(floats v) {
#ifdef __AVX2__
  __m128 low = _mm256_castps256_ps128(*(__m256 *)&v), high = ((__m128 *)&v)[1];
#ifdef __AVX512F__
  low = _mm_add_ps(low, _mm_add_ps(((__m128 *)&v)[2], ((__m128 *)&v)[3]));
#endif
  low = _mm_add_ps(low, high);
  low = _mm_add_ps(low, _mm_movehl_ps(low, low));
  return _mm_cvtss_f32(_mm_add_ss(low, _mm_movehdup_ps(low)));
#else
  float sum = 0;
  for (int k = 0; k < FLOATS; k++) sum += v[k];
  return sum;
#endif
}

/* The larger and the smaller, lane by lane; b where a is NaN. */
VECTOR_INLINE doubles doubles_max(doubles a, doubles b) {
#ifdef __AVX512F__
  return (doubles)_mm512_max_pd((__m512d)a, (__m512d)b);
#elif defined(__AVX2__)
  return (doubles)_mm256_max_pd((__m256d)a, (__m256d)b);
#else
  doubles_bits is = a > b;
  return (doubles)(((doubles_bits)a & is) | ((doubles_bits)b & ~is));
#endif
}

VECTOR_INLINE doubles doubles_min(doubles a, doubles b) {
#ifdef __AVX512F__
  return (doubles)_mm512_min_pd((__m512d)a, (__m512d)b);
#elif defined(__AVX2__)
  return (doubles)_mm256_min_pd((__m256d)a, (__m256d)b);
#else
  doubles_bits is = a < b;
  return (doubles)(((doubles_bits)a & is) | ((doubles_bits)b & ~is));
#endif
}

VECTOR_INLINE floats floats_max(floats a, floats b) {
#ifdef __AVX512F__
  return (floats)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
  return (floats)_mm256_max_ps((__m256)a, (__m256)b);
#else
  floats_bits is = a > b;
  return (floats)(((floats_bits)a & is) | ((floats_bits)b & ~is));
#endif
}

VECTOR_INLINE floats floats_min(floats a, floats b) {
#ifdef __AVX512F__
  return (floats)_mm512_min_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
  return (floats)_mm256_min_ps((__m256)a, (__m256)b);
#else
  floats_bits is = a < b;
  return (floats)(((floats_bits)a & is) | ((floats_bits)b & ~is));
#endif
}

/* exp(x) to 1 ulp for x from -708 to 709; beyond, what it is there. x = k log 2 + r (Cody and
 * Waite), and a polynomial for r. */
VECTOR_INLINE doubles doubles_exp(doubles x) {
  const double shift = 0x1.8p52; /* its last place is 1 */
  x = doubles_max(doubles_min(x, doubles_all(709)), doubles_all(-708));
  doubles shifted = x * 0x1.71547652b82fep+0 + shift, k = shifted - shift;
  doubles r = (x - k * 0.6931471805592082) - k * 7.371002565167799e-13, r2 = r * r;
  doubles p = 2.755722766809995e-06 + 2.76264474148558e-07 * r + 2.5114572871891418e-08 * r2;
  p = 0.00019841269903315422 + 2.4801504155683308e-05 * r + p * r2;
  p = 0.008333333333314477 + 0.0013888888932607347 * r + p * r2;
  p = 0.16666666666666685 + 0.041666666666572975 * r + p * r2;
  p = 1.0 + (r + r2 * (0.5000000000000006 + p * r));
  return (doubles)((doubles_bits)p + ((doubles_bits)shifted << 52));
}

/* 2^x to 2 ulp for x from -1020 to 1020; beyond, what it is there. */
VECTOR_INLINE doubles doubles_exp2(doubles x) {
  const double shift = 0x1.8p52;
  x = doubles_max(doubles_min(x, doubles_all(1020)), doubles_all(-1020));
  doubles shifted = x + shift, r = x - (shifted - shift), r2 = r * r;
  doubles p = 1.0178052193770417e-07 + 7.072609034440276e-09 * r + 4.4566226988129474e-10 * r2;
  p = 1.5252733851756622e-05 + 1.3215442485980124e-06 * r + p * r2;
  p = 0.0013333558146398272 + 0.00015403530441867748 * r + p * r2;
  p = 0.05550410866482164 + 0.00961812910760685 * r + p * r2;
  p = 1.0 + (0.6931471805599453 * r + r2 * (0.24022650695910097 + p * r));
  return (doubles)((doubles_bits)p + ((doubles_bits)shifted << 52));
}

/* log(x) to 1 ulp for normal x > 0: x = 2^k (1 + f), s = f / (2 + f), log(1 + f) = 2 atanh(s). */
VECTOR_INLINE doubles doubles_log(doubles x) {
  const int64_t root_half = 0x3fe6a09e667f3bcd, one = 0x3ff0000000000000;
  doubles_bits bits = (doubles_bits)x + (one - root_half);
  /* k + 1023 under the mantissa of 2^52 is a number without a conversion. */
  doubles k = (doubles)((bits >> 52) | 0x4330000000000000) - (0x1p52 + 1023);
  doubles f = (doubles)((bits & 0x000fffffffffffff) + root_half) - 1.0;
  doubles s = f / (2.0 + f), z = s * s, z2 = z * z;
  doubles p = 0.18182896118800676 + 0.15331500744088689 * z + 0.1461906002795322 * z2;
  p = 0.2857142862664427 + 0.22222211032947983 * z + p * z2;
  p = 0.666666666666667 + 0.399999999998979 * z + p * z2;
  return k * 0.6931471805592082 + (f - (s * (f - z * p) - k * 7.371002565167799e-13));
}

VECTOR_INLINE floats floats_exp(floats x) {
  const float shift = 0x1.8p23f;
  x = floats_max(floats_min(x, floats_all(88)), floats_all(-87));
  floats shifted = x * 1.44269504f + shift, k = shifted - shift;
  floats r = (x - k * 0.693145752f) - k * 1.42860682e-6f, r2 = r * r;
  floats p = 0.0416662805f + 0.00836664252f * r + 0.00139465462f * r2;
  p = 0.5f + 0.16666542f * r + p * r2;
  p = 1.0f + (r + p * r2);
  return (floats)((floats_bits)p + ((floats_bits)shifted << 23));
}

#endif
