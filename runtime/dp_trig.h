/* dp_trig - tangent, hyperbolic functions and what inverts sine, tangent and these; a part of
 * dp_math.h, where errors and rules are listed. */
#ifndef DP_TRIG_H
#define DP_TRIG_H

#include "dp_math.h"

#ifdef DP_MATH_LIBM

DP_FROM_LIBM(tan)
DP_FROM_LIBM(asin)
DP_FROM_LIBM(acos)
DP_FROM_LIBM(atan)
DP_FROM_LIBM(sinh)
DP_FROM_LIBM(cosh)
DP_FROM_LIBM(asinh)
DP_FROM_LIBM(acosh)
DP_FROM_LIBM(atanh)
DP_INLINE double dp_atan2(double x, double y) { return atan2(x, y); }
DP_INLINE float dp_atan2f(float x, float y) { return atan2f(x, y); }

#else

/* ---- tangent --------------------------------------------------------------------------------- */

/* The quotient of sine and cosine, or in odd quarters of minus cosine and sine. */
DP_INLINE double dp_tan(double x) {
  double rounded;
  const double r = dp_reduce_pi(fabs(x), &rounded);
  const double s = dp_sin_reduced(r), c = dp_cos_reduced(r);
  const uint64_t odd = 0 - (dp_bits(rounded) & 1);
  const double top = dp_from_bits((dp_bits(-c) & odd) | (dp_bits(s) & ~odd));
  const double below = dp_from_bits((dp_bits(s) & odd) | (dp_bits(c) & ~odd));
  const uint64_t sign = dp_bits(x) & ((uint64_t)1 << 63);
  return dp_from_bits(dp_bits(top / below + dp_turn_known(x)) ^ sign);
}

DP_INLINE float dp_tanf(float x) {
  double rounded;
  const double r = dp_reduce_pi(fabs((double)x), &rounded);
  const double s = dp_quadrantf(r, 0), c = dp_quadrantf(r, 1);
  const uint64_t odd = 0 - (dp_bits(rounded) & 1);
  const double top = dp_from_bits((dp_bits(-c) & odd) | (dp_bits(s) & ~odd));
  const double below = dp_from_bits((dp_bits(s) & odd) | (dp_bits(c) & ~odd));
  const uint64_t sign = dp_bits((double)x) & ((uint64_t)1 << 63);
  return (float)dp_from_bits(dp_bits(top / below + dp_turn_known((double)x)) ^ sign);
}

/* ---- hyperbolic functions -------------------------------------------------------------------- */

/* With h = exp(|x|) / 2, which overflows no earlier than the result, h + 1 / (4 h). */
DP_INLINE double dp_cosh(double x) {
  double rounded;
  const double r = dp_reduce_ln2(dp_at_most(fabs(x), dp_near(1000.0, x)), &rounded);
  const double h = dp_times_power(1.0 + dp_expm1_reduced(r), (rounded - DP_ROUND) - 1.0);
  return h + 0.25 / h;
}

DP_INLINE float dp_coshf(float x) {
  float rounded;
  const float r = dp_reduce_ln2f(dp_at_mostf(fabsf(x), dp_nearf(120.0f, x)), &rounded);
  const float h = dp_times_powerf(1.0f + dp_expm1_reducedf(r), (rounded - DP_ROUNDF) - 1.0f);
  return h + 0.25f / h;
}

/* With u = (exp(|x|) - 1) / 2, u + u / (2 u + 1). */
DP_INLINE double dp_sinh(double x) {
  double rounded;
  const double r = dp_reduce_ln2(dp_at_most(fabs(x), dp_near(1000.0, x)), &rounded);
  const double k = rounded - DP_ROUND, p = dp_expm1_reduced(r);
  const double tiny = dp_power_of_two(DP_ROUND - dp_at_most(k, dp_near(100.0, x)));
  const double u = dp_times_power(p + (1.0 - tiny), k - 1.0);
  const double v = dp_at_most(u, dp_near(1e300, x));
  return copysign(u + v / (2.0 * v + 1.0), x);
}

DP_INLINE float dp_sinhf(float x) {
  float rounded;
  const float r = dp_reduce_ln2f(dp_at_mostf(fabsf(x), dp_nearf(120.0f, x)), &rounded);
  const float k = rounded - DP_ROUNDF, p = dp_expm1_reducedf(r);
  const float tiny = dp_power_of_twof(DP_ROUNDF - dp_at_mostf(k, dp_nearf(60.0f, x)));
  const float u = dp_times_powerf(p + (1.0f - tiny), k - 1.0f);
  const float v = dp_at_mostf(u, dp_nearf(1e37f, x));
  return copysignf(u + v / (2.0f * v + 1.0f), x);
}

/* log(|x| + sqrt(x^2 + 1)); from 1e17 on log(2 |x|). */
DP_INLINE double dp_asinh(double x) {
  const double a = fabs(x), square = a * a;
  const double near_zero = a + square / (1.0 + sqrt(1.0 + square));
  const double doubled = a > 1e17 ? 0.6931471805599453 : 0.0;
  return copysign(dp_log1p(a > 1e17 ? a : near_zero) + doubled, x);
}

DP_INLINE float dp_asinhf(float x) {
  const float a = fabsf(x), square = a * a;
  const float near_zero = a + square / (1.0f + sqrtf(1.0f + square));
  const float doubled = a > 1e9f ? 0.693147182f : 0.0f;
  return copysignf(dp_log1pf(a > 1e9f ? a : near_zero) + doubled, x);
}

DP_INLINE double dp_acosh(double x) {
  const double t = x - 1.0, near_one = t + sqrt(t * (t + 2.0));
  const double doubled = x > 1e17 ? 0.6931471805599453 : 0.0;
  const double below = x < 1.0 ? (double)NAN : 0.0;
  return dp_log1p(x > 1e17 ? t : near_one) + doubled + below;
}

DP_INLINE float dp_acoshf(float x) {
  const float t = x - 1.0f, near_one = t + sqrtf(t * (t + 2.0f));
  const float doubled = x > 1e9f ? 0.693147182f : 0.0f;
  const float below = x < 1.0f ? (float)NAN : 0.0f;
  return dp_log1pf(x > 1e9f ? t : near_one) + doubled + below;
}

DP_INLINE double dp_atanh(double x) {
  const double a = fabs(x);
  return copysign(0.5 * dp_log1p(2.0 * a / (1.0 - a)), x);
}

DP_INLINE float dp_atanhf(float x) {
  const float a = fabsf(x);
  return copysignf(0.5f * dp_log1pf(2.0f * a / (1.0f - a)), x);
}

/* ---- inverse trigonometry -------------------------------------------------------------------- */

/* atan(t) - t over t, for |t| <= tan(pi/8); z = t^2. */
DP_INLINE double dp_atan_tail(double z) {
  double p = -0.017907543442050165;
  p = p * z + 0.038065106427305574;
  p = p * z + -0.050393354052995984;
  p = p * z + 0.05847898051770551;
  p = p * z + -0.0666310548895254;
  p = p * z + 0.07692060358689541;
  p = p * z + -0.0909089776649106;
  p = p * z + 0.11111110783775795;
  p = p * z + -0.14285714280202763;
  p = p * z + 0.19999999999953644;
  p = p * z + -0.333333333333332;
  return z * p;
}

DP_INLINE float dp_atan_tailf(float z) {
  float p = -0.0608121008f;
  p = p * z + 0.1059516f;
  p = p * z + -0.142437413f;
  p = p * z + 0.199984848f;
  p = p * z + -0.333333164f;
  return z * p;
}

/* atan(part / whole), 0 <= part <= whole: beyond tan(pi/8) it is pi/4 + atan((part - whole) /
 * (part + whole)). */
DP_INLINE double dp_atan_part(double part, double whole) {
  const int is_upper = part > 0.4142135623730951 * whole;
  const double t = (is_upper ? part - whole : part) / (is_upper ? part + whole : whole);
  const double r = t + t * dp_atan_tail(t * t);
  return is_upper ? 0.7853981633974483 + (r + 3.061616997868383e-17) : r;
}

DP_INLINE float dp_atan_partf(float part, float whole) {
  const int is_upper = part > 0.41421357f * whole;
  const float t = (is_upper ? part - whole : part) / (is_upper ? part + whole : whole);
  const float r = t + t * dp_atan_tailf(t * t);
  return is_upper ? 0.785398185f + (r + -2.18556941e-08f) : r;
}

DP_INLINE double dp_atan(double x) {
  const double a = fabs(x);
  const int is_steep = a > 1.0, is_infinite = a == (double)INFINITY;
  const double whole = is_steep ? a : 1.0, part = is_steep ? 1.0 : a;
  const double r = dp_atan_part(is_infinite ? 0.0 : part, is_infinite ? 1.0 : whole);
  return copysign(is_steep ? 1.5707963267948966 - (r - 6.123233995736766e-17) : r, x);
}

DP_INLINE float dp_atanf(float x) {
  const float a = fabsf(x);
  const int is_steep = a > 1.0f, is_infinite = a == (float)INFINITY;
  const float whole = is_steep ? a : 1.0f, part = is_steep ? 1.0f : a;
  const float r = dp_atan_partf(is_infinite ? 0.0f : part, is_infinite ? 1.0f : whole);
  return copysignf(is_steep ? 1.57079637f - (r - -4.37113883e-08f) : r, x);
}

/* The quotient of the smaller by the larger one of |y| and |x|; large ones are scaled. */
DP_INLINE double dp_atan2(double y, double x) {
  const double a = fabs(x), b = fabs(y);
  const int is_steep = b > a;
  const double larger = is_steep ? b : a, smaller = is_steep ? a : b;
  const double scale = larger > 1e300 ? 0.125 : 1.0;
  const int is_infinite = larger == (double)INFINITY;
  const double ends = smaller == (double)INFINITY ? 1.0 : 0.0;
  const double part = is_infinite ? ends : smaller * scale;
  const double whole = (is_infinite | (larger == 0.0)) ? 1.0 : larger * scale;
  const double r = dp_atan_part(part, whole);
  const double steep = is_steep ? 1.5707963267948966 - (r - 6.123233995736766e-17) : r;
  const int is_behind = copysign(1.0, x) < 0.0;
  const double turned = is_behind ? 3.141592653589793 - (steep - 1.2246467991473532e-16) : steep;
  const double fault = ((x != x) | (y != y)) ? (double)NAN : 0.0;
  return copysign(turned + fault, y);
}

DP_INLINE float dp_atan2f(float y, float x) {
  const float a = fabsf(x), b = fabsf(y);
  const int is_steep = b > a;
  const float larger = is_steep ? b : a, smaller = is_steep ? a : b;
  const float scale = larger > 1e37f ? 0.125f : 1.0f;
  const int is_infinite = larger == (float)INFINITY;
  const float ends = smaller == (float)INFINITY ? 1.0f : 0.0f;
  const float part = is_infinite ? ends : smaller * scale;
  const float whole = (is_infinite | (larger == 0.0f)) ? 1.0f : larger * scale;
  const float r = dp_atan_partf(part, whole);
  const float steep = is_steep ? 1.57079637f - (r - -4.37113883e-08f) : r;
  const int is_behind = copysignf(1.0f, x) < 0.0f;
  const float turned = is_behind ? 3.14159274f - (steep - -8.74227766e-08f) : steep;
  const float fault = ((x != x) | (y != y)) ? (float)NAN : 0.0f;
  return copysignf(turned + fault, y);
}

/* asin(s) - s, for 0 <= s <= 1/2; z = s^2. */
DP_INLINE double dp_asin_tail(double s, double z) {
  double p = 0.03201441945804106;
  p = p * z + -0.016373772711825295;
  p = p * z + 0.019623904799923857;
  p = p * z + 0.006492882421002465;
  p = p * z + 0.012177362724145924;
  p = p * z + 0.01388398794441613;
  p = p * z + 0.017359831709301037;
  p = p * z + 0.022371749588900106;
  p = p * z + 0.030381959491635527;
  p = p * z + 0.04464285681968714;
  p = p * z + 0.07500000000347527;
  p = p * z + 0.16666666666665364;
  return s * z * p;
}

DP_INLINE float dp_asin_tailf(float s, float z) {
  float p = 0.042247884f;
  p = p * z + 0.0241314061f;
  p = p * z + 0.0454801507f;
  p = p * z + 0.0749521926f;
  p = p * z + 0.166667551f;
  return s * z * p;
}

/* Beyond 1/2: pi/2 - 2 asin(sqrt((1 - |x|) / 2)). */
DP_INLINE double dp_asin(double x) {
  const double a = fabs(x);
  const int is_upper = a > 0.5;
  const double z = is_upper ? 0.5 * (1.0 - a) : a * a, root = sqrt(z);
  const double s = is_upper ? root : a, r = s + dp_asin_tail(s, z);
  return copysign(is_upper ? 1.5707963267948966 - (2.0 * r - 6.123233995736766e-17) : r, x);
}

DP_INLINE float dp_asinf(float x) {
  const float a = fabsf(x);
  const int is_upper = a > 0.5f;
  const float z = is_upper ? 0.5f * (1.0f - a) : a * a, root = sqrtf(z);
  const float s = is_upper ? root : a, r = s + dp_asin_tailf(s, z);
  return copysignf(is_upper ? 1.57079637f - (2.0f * r - -4.37113883e-08f) : r, x);
}

DP_INLINE double dp_acos(double x) {
  const double a = fabs(x);
  const int is_upper = a > 0.5;
  const double z = is_upper ? 0.5 * (1.0 - a) : a * a, root = sqrt(z);
  const double s = is_upper ? root : x, r = s + dp_asin_tail(s, z);
  const double twice = 2.0 * r;
  const double far = x < 0.0 ? 3.141592653589793 - (twice - 1.2246467991473532e-16) : twice;
  return is_upper ? far : 1.5707963267948966 - (r - 6.123233995736766e-17);
}

DP_INLINE float dp_acosf(float x) {
  const float a = fabsf(x);
  const int is_upper = a > 0.5f;
  const float z = is_upper ? 0.5f * (1.0f - a) : a * a, root = sqrtf(z);
  const float s = is_upper ? root : x, r = s + dp_asin_tailf(s, z);
  const float twice = 2.0f * r;
  const float far = x < 0.0f ? 3.14159274f - (twice - -8.74227766e-08f) : twice;
  return is_upper ? far : 1.57079637f - (r - -4.37113883e-08f);
}


#endif

#endif
