/* dp_math - mathematics for inner loops: inline, branch-free, so that C compilers vectorise it.
 *
 * `for (..) y[i] = dp_tanh(x[i]);` becomes vector code without -ffast-math; of the rarer functions
 * some need -fno-math-errno -fno-trapping-math (tests/runtime/vector.c). Each function exists for
 * double and, with an f at its end, for float. Zeros keep their sign, infinities, NaN, subnormal
 * results and overflow are as in libm, for pow and atan2 as annex F of the C standard says. errno
 * and floating-point flags are not kept.
 *
 * Largest errors, in ulp, found by tests/runtime/math.c against long double libm:
 *
 *             exp      expm1    exp2     log      log1p    log2     log10    pow
 *     double  1.0      2.1      1.1      0.9      1.2      1.8      1.9      1.3
 *     float   1.1      1.7      1.1      1.0      1.3      1.8      2.1      1.2
 *
 *             sin      cos      tan      asin     acos     atan     atan2    sinh
 *     double  1.5      1.5      2.8      2.2      1.2      1.7      1.9      2.3
 *     float   0.6      0.6      0.6      2.3      1.1      2.1      2.0      2.1
 *
 *             cosh     tanh     asinh    acosh    atanh    sigmoid  erf      erfc
 *     double  1.4      3.0      1.9      2.8      2.1      2.5      1.2      3.6
 *     float   1.4      2.3      1.9      2.6      2.2      2.6      1.2      3.4
 *
 * sin, cos and tan: that holds for |x| <= 1e9. Beyond, the result is that of an argument within one
 * ulp of x, and for |x| > 2^50, where an ulp is a good part of a turn, it is NaN rather than a
 * number without meaning. For float they are computed in double, whose digits the reduction needs.
 *
 * -DDP_MATH_LIBM (dpc --math=libm) takes libm's functions instead; so do -ffast-math, which breaks
 * the arithmetic used here, and machines that compute in another precision than they store.
 * Polynomials are minimax (Remez), by tests/runtime/minimax.py; reductions after Cody & Waite,
 * "Software Manual for the Elementary Functions"; exact products and sums after Dekker and Knuth.
 * The rest of libm (cbrt, hypot, fmod, lgamma, tgamma, ..) is called as it is. */
#ifndef DP_MATH_H
#define DP_MATH_H

#include "dp_runtime.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || FLT_EVAL_METHOD != 0
#ifndef DP_MATH_LIBM
#define DP_MATH_LIBM
#endif
#endif

/* ---- numbers --------------------------------------------------------------------------------- */

/* The second operand wins ties and NaN. */
DP_INLINE double dp_min(double a, double b) { return a < b ? a : b; }
DP_INLINE double dp_max(double a, double b) { return a > b ? a : b; }
DP_INLINE float dp_minf(float a, float b) { return a < b ? a : b; }
DP_INLINE float dp_maxf(float a, float b) { return a > b ? a : b; }
DP_INLINE int64_t dp_min_int(int64_t a, int64_t b) { return a < b ? a : b; }
DP_INLINE int64_t dp_max_int(int64_t a, int64_t b) { return a > b ? a : b; }

/* The index after i that does not lie in first .. end - 1. */
DP_INLINE int64_t dp_next_outside(int64_t i, int64_t first, int64_t end) {
  return i + 1 == first && end > first ? end : i + 1;
}

/* -1, 0 or 1; 0 for NaN. */
DP_INLINE double dp_sign(double a) { return (double)((a > 0) - (a < 0)); }
DP_INLINE float dp_signf(float a) { return (float)((a > 0) - (a < 0)); }

/* Floored division, as in Python: the remainder has the sign of b. By 0 both are 0; INT64_MIN /
 * -1 wraps. */
DP_INLINE int64_t dp_int_div(int64_t a, int64_t b) {
  if (b == 0) return 0;
  if (b == -1) return (int64_t)(0 - (uint64_t)a);
  const int64_t quotient = a / b, rest = a % b;
  return quotient - (rest != 0 && (rest < 0) != (b < 0));
}

DP_INLINE int64_t dp_int_mod(int64_t a, int64_t b) {
  if (b == 0 || b == -1) return 0;
  const int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

/* Truncates; saturates at the ends; NaN gives 0. */
DP_INLINE int64_t dp_to_int(double a) {
  if (!(a == a)) return 0;
  if (a >= 9223372036854775808.0) return INT64_MAX;
  return a < -9223372036854775808.0 ? INT64_MIN : (int64_t)a;
}

DP_INLINE int64_t dp_to_intf(float a) { return dp_to_int((double)a); }

/* ---- bits ------------------------------------------------------------------------------------ */

DP_INLINE uint64_t dp_bits(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

DP_INLINE double dp_from_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

DP_INLINE uint32_t dp_bitsf(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

DP_INLINE float dp_from_bitsf(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* Loops vectorise only if the choices in them stay plain selects. gcc, unless told
 * -fno-trapping-math, loses that as soon as what follows a choice can be simplified for one of
 * its operands (a constant, x * 1, x - 0): it then computes in the branches. Hence no such
 * operands here: a bound is a constant, or its neighbour where x is negative, which no compiler
 * folds. */
DP_INLINE double dp_near(double bound, double x) {
  return dp_from_bits(dp_bits(bound) + (dp_bits(x) >> 63));
}

DP_INLINE float dp_nearf(float bound, float x) {
  return dp_from_bitsf(dp_bitsf(bound) + (dp_bitsf(x) >> 31));
}

/* NaN passes. */
DP_INLINE double dp_at_most(double x, double most) { return x > most ? most : x; }
DP_INLINE double dp_at_least(double x, double least) { return x < least ? least : x; }
DP_INLINE float dp_at_mostf(float x, float most) { return x > most ? most : x; }
DP_INLINE float dp_at_leastf(float x, float least) { return x < least ? least : x; }

#ifdef DP_MATH_LIBM

/* dp_name and dp_namef are name and namef of libm. */
#define DP_FROM_LIBM(name)                                       \
  DP_INLINE double dp_##name(double x) { return name(x); }       \
  DP_INLINE float dp_##name##f(float x) { return name##f(x); }
DP_FROM_LIBM(exp)
DP_FROM_LIBM(expm1)
DP_FROM_LIBM(log)
DP_FROM_LIBM(log1p)
DP_FROM_LIBM(sin)
DP_FROM_LIBM(cos)
DP_FROM_LIBM(tanh)

/* By exp(-|x|), which cannot overflow. */
DP_INLINE double dp_sigmoid(double x) {
  const double e = exp(-fabs(x));
  return (x < 0.0 ? e : 1.0) / (1.0 + e);
}

DP_INLINE float dp_sigmoidf(float x) {
  const float e = expf(-fabsf(x));
  return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

#else

/* 1.5 * 2^52: x + DP_ROUND is x rounded to an integer, which stands in its lowest bits. */
#define DP_ROUND 6755399441055744.0
#define DP_ROUNDF 12582912.0f /* 1.5 * 2^23 */

/* 2^k where rounded = k + DP_ROUND and 2^k is a normal number. */
DP_INLINE double dp_power_of_two(double rounded) {
  return dp_from_bits((dp_bits(rounded) << 52) + ((uint64_t)1023 << 52));
}

DP_INLINE float dp_power_of_twof(float rounded) {
  return dp_from_bitsf((dp_bitsf(rounded) << 23) + ((uint32_t)127 << 23));
}

/* ---- exponentials: x = k ln 2 + r, |r| <= ln 2 / 2 ------------------------------------------- */

/* r; *rounded is k + DP_ROUND. k times the upper part of ln 2 is exact. */
DP_INLINE double dp_reduce_ln2(double x, double *rounded) {
  *rounded = x * 1.4426950408889634 + DP_ROUND;
  const double k = *rounded - DP_ROUND;
  return (x - k * 0.6931471805592082) - k * 7.371002565167799e-13;
}

DP_INLINE float dp_reduce_ln2f(float x, float *rounded) {
  *rounded = x * 1.44269504f + DP_ROUNDF;
  const float k = *rounded - DP_ROUNDF;
  return (x - k * 0.693145752f) - k * 1.42860682e-6f;
}

/* exp(r) - 1. */
DP_INLINE double dp_expm1_reduced(double r) {
  double p = 2.5114572871891418e-08;
  p = p * r + 2.76264474148558e-07;
  p = p * r + 2.755722766809995e-06;
  p = p * r + 2.4801504155683308e-05;
  p = p * r + 0.00019841269903315422;
  p = p * r + 0.0013888888932607347;
  p = p * r + 0.008333333333314477;
  p = p * r + 0.041666666666572975;
  p = p * r + 0.16666666666666685;
  p = p * r + 0.5000000000000006;
  return r + r * r * p;
}

DP_INLINE float dp_expm1_reducedf(float r) {
  float p = 0.00139465462f;
  p = p * r + 0.00836664252f;
  p = p * r + 0.0416662805f;
  p = p * r + 0.16666542f;
  p = p * r + 0.5f;
  return r + r * r * p;
}

/* y 2^k for whole |k| < 2000: the power of two goes on in halves, so that neither overflows and the
 * last rounds once. */
DP_INLINE double dp_times_power(double y, double k) {
  const double half = k * 0.5 + DP_ROUND, other = (k - (half - DP_ROUND)) + DP_ROUND;
  return y * dp_power_of_two(half) * dp_power_of_two(other);
}

DP_INLINE float dp_times_powerf(float y, float k) {
  const float half = k * 0.5f + DP_ROUNDF, other = (k - (half - DP_ROUNDF)) + DP_ROUNDF;
  return y * dp_power_of_twof(half) * dp_power_of_twof(other);
}

DP_INLINE double dp_exp(double x) {
  x = dp_at_least(dp_at_most(x, dp_near(1000.0, x)), dp_near(-1000.0, x));
  double rounded;
  const double r = dp_reduce_ln2(x, &rounded);
  return dp_times_power(1.0 + dp_expm1_reduced(r), rounded - DP_ROUND);
}

DP_INLINE float dp_expf(float x) {
  x = dp_at_leastf(dp_at_mostf(x, dp_nearf(120.0f, x)), dp_nearf(-120.0f, x));
  float rounded;
  const float r = dp_reduce_ln2f(x, &rounded);
  return dp_times_powerf(1.0f + dp_expm1_reducedf(r), rounded - DP_ROUNDF);
}

/* exp(x) - 1 = 2^k ((exp(r) - 1) + (1 - 2^-k)). The sign is that of x, also at 0. */
DP_INLINE double dp_expm1(double x) {
  double rounded;
  const double upper = dp_at_most(x, dp_near(1000.0, x));
  const double r = dp_reduce_ln2(dp_at_least(upper, dp_near(-100.0, x)), &rounded);
  const double k = rounded - DP_ROUND;
  const double tiny = dp_power_of_two(DP_ROUND - dp_at_most(k, dp_near(100.0, x)));
  return copysign(dp_times_power(dp_expm1_reduced(r) + (1.0 - tiny), k), x);
}

DP_INLINE float dp_expm1f(float x) {
  float rounded;
  const float upper = dp_at_mostf(x, dp_nearf(120.0f, x));
  const float r = dp_reduce_ln2f(dp_at_leastf(upper, dp_nearf(-60.0f, x)), &rounded);
  const float k = rounded - DP_ROUNDF;
  const float tiny = dp_power_of_twof(DP_ROUNDF - dp_at_mostf(k, dp_nearf(60.0f, x)));
  return copysignf(dp_times_powerf(dp_expm1_reducedf(r) + (1.0f - tiny), k), x);
}

/* ---- tanh and sigmoid: exp(2a) = s (q + p) / (q - p), where a = k (ln 2)/2 + r, s = 2^k and
 * tanh r = p / q, |r| <= (ln 2)/4, p = r (1 + v), q = 1 + w: fewer operations, less in sequence,
 * than by exp -------------------------------------------------------------------------------- */

/* r; *rounded is k + round. `round` is DP_ROUND plus whole exponents that s is to be scaled by. */
DP_INLINE double dp_reduce_half_ln2(double a, double round, double *rounded) {
  *rounded = a * 2.8853900817779268 + round;
  const double k = *rounded - round;
  return (a - k * 0.3465735902796041) - k * 3.6855012825838994e-13;
}

DP_INLINE float dp_reduce_half_ln2f(float a, float round, float *rounded) {
  *rounded = a * 2.88539008f + round;
  const float k = *rounded - round;
  return (a - k * 0.346572876f) - k * 7.14303411e-7f;
}

/* v and w from z = r r. */
DP_INLINE double dp_tanh_numerator(double z) {
  return z * (0.11109905754887552 + z * 0.0010573980909974667);
}

DP_INLINE double dp_tanh_denominator(double z) {
  return z * (0.44443239088220077 + z * 0.015868195053890647);
}

/* tanh |x| = ((s - 1) q + (s + 1) p) / ((s + 1) q + (s - 1) p); 1 beyond 20. In no sum are both
 * terms products: compilers that fuse one of them with the addition would not always choose the
 * same. */
DP_INLINE double dp_tanh(double x) {
  const double a = dp_at_most(fabs(x), dp_near(20.0, x));
  double rounded;
  const double r = dp_reduce_half_ln2(a, DP_ROUND, &rounded), r2 = r + r;
  const double z = r * r, v = dp_tanh_numerator(z);
  const double p = r + r * v, p2 = r2 + r2 * v;
  const double both = p + dp_tanh_denominator(z); /* p + w */
  const double s = dp_power_of_two(rounded);
  const double less = s - 1.0, more = s + 1.0;
  return copysign((less + (less * both + p2)) / (more + (more * both - p2)), x);
}

/* With e = exp(2|x|) - 1, tanh |x| = e / (e + 2); 1 beyond 10. */
DP_INLINE float dp_tanhf(float x) {
  const float a = dp_at_mostf(fabsf(x), dp_nearf(10.0f, x));
  float rounded;
  const float r = dp_reduce_ln2f(2.0f * a, &rounded);
  const float scale = dp_power_of_twof(rounded);
  const float e = dp_expm1_reducedf(r) * scale + (scale - 1.0f);
  return copysignf(e / (e + 2.0f), x);
}

/* 1 / (1 + exp(-x)) = s (q + p) / (s (q + p) + (q - p)) with a = x / 2, whose sums have no terms of
 * different signs. Below the line and above stands 2^200, so that s is a normal number wherever the
 * result is not 0, and the division alone rounds to a subnormal one. 1 beyond 40. */
DP_INLINE double dp_sigmoid(double x) {
  const double a = 0.5 * dp_at_least(dp_at_most(x, dp_near(40.0, x)), dp_near(-750.0, x));
  double rounded;
  const double r = dp_reduce_half_ln2(a, DP_ROUND + 200.0, &rounded), z = r * r;
  const double p = r + r * dp_tanh_numerator(z), w = dp_tanh_denominator(z);
  const double above = dp_power_of_two(rounded) * (1.0 + (w + p));
  return above / (above + 1.6069380442589903e60 * (1.0 + (w - p)));
}

/* The same with 2^60; v and w need one term each. 1 beyond 20. */
DP_INLINE float dp_sigmoidf(float x) {
  const float a = 0.5f * dp_at_leastf(dp_at_mostf(x, dp_nearf(20.0f, x)), dp_nearf(-110.0f, x));
  float rounded;
  const float r = dp_reduce_half_ln2f(a, DP_ROUNDF + 60.0f, &rounded), z = r * r;
  const float p = r + r * (z * 0.0665808767f), w = z * 0.399913877f;
  const float above = dp_power_of_twof(rounded) * (1.0f + (w + p));
  return above / (above + 1.15292150e18f * (1.0f + (w - p)));
}

/* ---- logarithms: x = 2^k (1 + f), s = f / (2 + f), log(1 + f) = 2 atanh(s) ------------------- */

/* What to add for x = 0, infinity, negative numbers and NaN. */
DP_INLINE double dp_log_edges(double x) {
  const double upper = x < (double)INFINITY ? 0.0 : x;
  const double at_zero = x == 0.0 ? -(double)INFINITY : 0.0;
  const double below = x < 0.0 ? (double)NAN : 0.0;
  return upper + at_zero + below;
}

DP_INLINE float dp_log_edgesf(float x) {
  const float upper = x < (float)INFINITY ? 0.0f : x;
  const float at_zero = x == 0.0f ? -(float)INFINITY : 0.0f;
  const float below = x < 0.0f ? (float)NAN : 0.0f;
  return upper + at_zero + below;
}

/* f; *k is the exponent. */
DP_INLINE double dp_log_split(double x, double *k) {
  const uint64_t root_half = 0x3fe6a09e667f3bcdu, mantissa = 0x000fffffffffffffu;
  /* Subnormal numbers are scaled up by 2^54. */
  const double scale = x < 4.450147717014403e-308 ? 18014398509481984.0 : 0.5;
  const uint64_t bits = dp_bits(x * scale) + (0x3ff0000000000000u - root_half);
  /* k + 2047 under the mantissa of 2^52 becomes a number without a conversion of integers. */
  const uint64_t exponent = (bits - dp_bits(scale) + ((uint64_t)2047 << 52)) >> 52;
  *k = dp_from_bits(exponent | 0x4330000000000000u) - (4503599627370496.0 + 2047.0);
  return dp_from_bits((bits & mantissa) + root_half) - 1.0;
}

DP_INLINE float dp_log_splitf(float x, float *k) {
  const uint32_t root_half = 0x3f3504f3u, mantissa = 0x007fffffu;
  const float scale = x < 2.3509887e-38f ? 33554432.0f : 0.5f; /* 2^25 */
  const uint32_t bits = dp_bitsf(x * scale) + (0x3f800000u - root_half);
  const uint32_t exponent = (bits - dp_bitsf(scale) + ((uint32_t)255 << 23)) >> 23;
  *k = dp_from_bitsf(exponent | 0x4b000000u) - (8388608.0f + 255.0f);
  return dp_from_bitsf((bits & mantissa) + root_half) - 1.0f;
}

/* log(1 + f) + low. */
DP_INLINE double dp_log_reduced(double f, double low) {
  const double s = f / (2.0 + f), z = s * s;
  double p = 0.1461906002795322;
  p = p * z + 0.15331500744088689;
  p = p * z + 0.18182896118800676;
  p = p * z + 0.22222211032947983;
  p = p * z + 0.2857142862664427;
  p = p * z + 0.399999999998979;
  p = p * z + 0.666666666666667;
  return f - (s * (f - z * p) - low);
}

DP_INLINE float dp_log_reducedf(float f, float low) {
  const float s = f / (2.0f + f), z = s * s;
  float p = 0.233333915f;
  p = p * z + 0.285506994f;
  p = p * z + 0.400001228f;
  p = p * z + 0.666666687f;
  return f - (s * (f - z * p) - low);
}

DP_INLINE double dp_log(double x) {
  double k;
  const double f = dp_log_split(x, &k);
  const double y = k * 0.6931471805592082 + dp_log_reduced(f, k * 7.371002565167799e-13);
  return y + dp_log_edges(x);
}

DP_INLINE float dp_logf(float x) {
  float k;
  const float f = dp_log_splitf(x, &k);
  const float y = k * 0.693145752f + dp_log_reducedf(f, k * 1.42860682e-6f);
  return y + dp_log_edgesf(x);
}

/* log(u) for the rounded u = 1 + x, plus what rounding lost (Knuth's two-sum), over u. */
DP_INLINE double dp_log1p(double x) {
  const double a = dp_at_most(x, dp_near(1e300, x)), u = 1.0 + a, b = u - 1.0;
  const double lost = (a - b) + (1.0 - (u - b));
  return copysign(dp_log(1.0 + x) + lost / (u == 0.0 ? 3.0 : u), x);
}

DP_INLINE float dp_log1pf(float x) {
  const float a = dp_at_mostf(x, dp_nearf(1e30f, x)), u = 1.0f + a, b = u - 1.0f;
  const float lost = (a - b) + (1.0f - (u - b));
  return copysignf(dp_logf(1.0f + x) + lost / (u == 0.0f ? 3.0f : u), x);
}

/* ---- sine and cosine: |x| = n pi/2 + r, |r| <= pi/4 ------------------------------------------ */

/* r; *rounded is n + DP_ROUND. Products of n < 2^30 with the first three parts of pi/2 (23 bits
 * each) are exact; `lost` is what the third difference rounds off. */
DP_INLINE double dp_reduce_pi(double x, double *rounded) {
  *rounded = x * 0.6366197723675814 + DP_ROUND;
  const double n = *rounded - DP_ROUND;
  const double a = (x - n * 1.570796251296997) - n * 7.549789415861596e-08;
  const double b = a - n * 5.390302529957765e-15;
  const double lost = (a - b) - n * 5.390302529957765e-15;
  return b + (lost - n * 3.2820035428735005e-22);
}

DP_INLINE double dp_sin_reduced(double r) {
  const double z = r * r;
  double p = 1.5917868436267147e-10;
  p = p * z + -2.5051128241518427e-08;
  p = p * z + 2.755731608537035e-06;
  p = p * z + -0.00019841269836725728;
  p = p * z + 0.008333333333330927;
  p = p * z + -0.16666666666666666;
  return r + r * z * p;
}

DP_INLINE double dp_cos_reduced(double r) {
  const double z = r * r, half = 0.5 * z, w = 1.0 - half;
  double p = -1.1382468306441855e-11;
  p = p * z + 2.0876143999767874e-09;
  p = p * z + -2.755731726090343e-07;
  p = p * z + 2.4801587298744967e-05;
  p = p * z + -0.0013888888888887385;
  p = p * z + 0.041666666666666664;
  return w + (((1.0 - w) - half) + z * z * p);
}

/* sin(r + n pi/2): odd n take the cosine, n = 2, 3 (mod 4) change the sign. */
DP_INLINE double dp_quadrant(double r, uint64_t n) {
  const uint64_t odd = 0 - (n & 1);
  const uint64_t y = (dp_bits(dp_cos_reduced(r)) & odd) | (dp_bits(dp_sin_reduced(r)) & ~odd);
  return dp_from_bits(y ^ ((n & 2) << 62));
}

/* 0; NaN beyond 2^50. */
DP_INLINE double dp_turn_known(double x) {
  return fabs(x) <= 1125899906842624.0 ? 0.0 : (double)NAN;
}

DP_INLINE double dp_sin(double x) {
  double rounded;
  const double r = dp_reduce_pi(fabs(x), &rounded);
  const uint64_t sign = dp_bits(x) & ((uint64_t)1 << 63);
  const double y = dp_quadrant(r, dp_bits(rounded)) + dp_turn_known(x);
  return dp_from_bits(dp_bits(y) ^ sign);
}

DP_INLINE double dp_cos(double x) {
  double rounded;
  const double r = dp_reduce_pi(fabs(x), &rounded);
  return dp_quadrant(r, dp_bits(rounded) + 1) + dp_turn_known(x);
}

/* A float's sine in double: the reduction needs its digits, and the rest is then short. */
DP_INLINE double dp_quadrantf(double r, uint64_t n) {
  const double z = r * r;
  const double s3 = 0.0083333318677987 + z * (-0.00019840082828341717 + z * 2.724940440575038e-06);
  const double s = r + r * z * (-0.16666666663838905 + z * s3);
  const double c3 = 0.04166666465246399 + z * (-0.001388830136283156 + z * 2.4547547890769253e-05);
  const double c = 1.0 - 0.5 * z + z * z * c3;
  const uint64_t odd = 0 - (n & 1);
  const uint64_t y = (dp_bits(c) & odd) | (dp_bits(s) & ~odd);
  return dp_from_bits(y ^ ((n & 2) << 62));
}

DP_INLINE float dp_sinf(float x) {
  double rounded;
  const double r = dp_reduce_pi(fabs((double)x), &rounded);
  const uint64_t sign = dp_bits((double)x) & ((uint64_t)1 << 63);
  const double y = dp_quadrantf(r, dp_bits(rounded)) + dp_turn_known((double)x);
  return (float)dp_from_bits(dp_bits(y) ^ sign);
}

DP_INLINE float dp_cosf(float x) {
  double rounded;
  const double r = dp_reduce_pi(fabs((double)x), &rounded);
  return (float)(dp_quadrantf(r, dp_bits(rounded) + 1) + dp_turn_known((double)x));
}

#endif

#include "dp_special.h"
#include "dp_trig.h"

#endif
