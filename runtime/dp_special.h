/* dp_special - powers, logarithms to other bases, the error function, digamma; a part of dp_math.h,
 * where errors and rules are listed. */
#ifndef DP_SPECIAL_H
#define DP_SPECIAL_H

#include "dp_math.h"

#ifdef DP_MATH_LIBM

DP_FROM_LIBM(exp2)
DP_FROM_LIBM(log2)
DP_FROM_LIBM(log10)
DP_FROM_LIBM(erf)
DP_FROM_LIBM(erfc)
DP_INLINE double dp_pow(double x, double y) { return pow(x, y); }
DP_INLINE float dp_powf(float x, float y) { return powf(x, y); }

#else

/* ---- powers ---------------------------------------------------------------------------------- */

/* a * b - p, exactly, where p is a * b rounded. */
DP_INLINE double dp_product_error(double a, double b, double p) {
#ifdef FP_FAST_FMA
  return fma(a, b, -p);
#else
  const double a_upper = dp_from_bits(dp_bits(a) & 0xfffffffff8000000u), a_lower = a - a_upper;
  const double b_upper = dp_from_bits(dp_bits(b) & 0xfffffffff8000000u), b_lower = b - b_upper;
  return ((a_upper * b_upper - p) + (a_upper * b_lower + a_lower * b_upper)) + a_lower * b_lower;
#endif
}

DP_INLINE float dp_product_errorf(float a, float b, float p) {
#ifdef FP_FAST_FMAF
  return fmaf(a, b, -p);
#else
  const float a_upper = dp_from_bitsf(dp_bitsf(a) & 0xfffff000u), a_lower = a - a_upper;
  const float b_upper = dp_from_bitsf(dp_bitsf(b) & 0xfffff000u), b_lower = b - b_upper;
  return ((a_upper * b_upper - p) + (a_upper * b_lower + a_lower * b_upper)) + a_lower * b_lower;
#endif
}

/* 2 atanh(s + s_low), where 2^k (1 + f) = x, s = f / (2 + f), as a sum of two numbers: it is
 * 2s + s^3 (2/3 + z p) with z = s^2, and of all that only p may be short. */
DP_INLINE double dp_log_sum(double f, double *low) {
  const double d = 2.0 + f, over = 1.0 / d, s = f * over, sd = s * d;
  const double rest = (f - sd) - dp_product_error(s, d, sd);
  const double s_low = (rest - s * (f - (d - 2.0))) * over;
  const double z = s * s, z_low = dp_product_error(s, s, z) + 2.0 * s * s_low;
  double p = 0.12915847301204034;
  p = p * z + 0.13285768293240124;
  p = p * z + 0.15385580802908122;
  p = p * z + 0.18181808159798835;
  p = p * z + 0.222222222716805;
  p = p * z + 0.28571428571337115;
  p = p * z + 0.4000000000000003;
  const double t = 0.6666666666666666 + z * p;
  const double t_low = ((0.6666666666666666 - t) + z * p) + 3.700743415417188e-17;
  const double cube = s * z, cube_low = dp_product_error(s, z, cube) + (s * z_low + s_low * z);
  const double tail = cube * t;
  const double tail_low = dp_product_error(cube, t, tail) + (cube * t_low + cube_low * t);
  const double head = 2.0 * s, y = head + tail;
  *low = ((head - y) + tail) + (2.0 * s_low + tail_low);
  return y;
}

DP_INLINE float dp_log_sumf(float f, float *low) {
  const float d = 2.0f + f, over = 1.0f / d, s = f * over, sd = s * d;
  const float rest = (f - sd) - dp_product_errorf(s, d, sd);
  const float s_low = (rest - s * (f - (d - 2.0f))) * over;
  const float z = s * s, z_low = dp_product_errorf(s, s, z) + 2.0f * s * s_low;
  float p = 0.230507642f;
  p = p * z + 0.285621673f;
  p = p * z + 0.400000155f;
  const float t = 0.666666687f + z * p;
  const float t_low = ((0.666666687f - t) + z * p) + -1.98682155e-08f;
  const float cube = s * z, cube_low = dp_product_errorf(s, z, cube) + (s * z_low + s_low * z);
  const float tail = cube * t;
  const float tail_low = dp_product_errorf(cube, t, tail) + (cube * t_low + cube_low * t);
  const float head = 2.0f * s, y = head + tail;
  *low = ((head - y) + tail) + (2.0f * s_low + tail_low);
  return y;
}

/* exp(x + low) for small low; where low is not, x is so large that the result is 0 or infinite. */
DP_INLINE double dp_exp_sum(double x, double low) {
  double rounded;
  const double most = dp_at_most(x, dp_near(1000.0, x));
  const double r = dp_reduce_ln2(dp_at_least(most, dp_near(-1000.0, x)), &rounded);
  const double small = dp_at_least(dp_at_most(low, dp_near(0.5, x)), dp_near(-0.5, x));
  return dp_times_power(1.0 + dp_expm1_reduced(r + small), rounded - DP_ROUND);
}

DP_INLINE float dp_exp_sumf(float x, float low) {
  float rounded;
  const float most = dp_at_mostf(x, dp_nearf(120.0f, x));
  const float r = dp_reduce_ln2f(dp_at_leastf(most, dp_nearf(-120.0f, x)), &rounded);
  const float small = dp_at_leastf(dp_at_mostf(low, dp_nearf(0.5f, x)), dp_nearf(-0.5f, x));
  return dp_times_powerf(1.0f + dp_expm1_reducedf(r + small), rounded - DP_ROUNDF);
}

/* exp(y log x) for x > 0 and finite. */
DP_INLINE double dp_pow_positive(double x, double y) {
  double k, low;
  const double upper = dp_log_sum(dp_log_split(x, &k), &low), whole = k * 0.6931471805592082;
  const double sum = whole + upper;
  const double rest = ((whole - sum) + upper) + (low + k * 7.371002565167799e-13);
  /* Larger ones change nothing. */
  const double most = dp_near(3.7e19, y);
  const double least = dp_near(-3.7e19, y);
  y = dp_at_least(dp_at_most(y, most), least);
  const double product = y * sum;
  return dp_exp_sum(product, dp_product_error(y, sum, product) + y * rest);
}

DP_INLINE float dp_pow_positivef(float x, float y) {
  float k, low;
  const float upper = dp_log_sumf(dp_log_splitf(x, &k), &low), whole = k * 0.693145752f;
  const float sum = whole + upper;
  const float rest = ((whole - sum) + upper) + (low + k * 1.42860682e-6f);
  /* Larger ones change nothing. */
  const float most = dp_nearf(1e12f, y);
  const float least = dp_nearf(-1e12f, y);
  y = dp_at_leastf(dp_at_mostf(y, most), least);
  const float product = y * sum;
  return dp_exp_sumf(product, dp_product_errorf(y, sum, product) + y * rest);
}

/* The whole number next to a >= 0. */
DP_INLINE double dp_nearest(double a) {
  const double rounded = (a + 4503599627370496.0) - 4503599627370496.0;
  return a < 4503599627370496.0 ? rounded : a;
}

DP_INLINE float dp_nearestf(float a) {
  const float rounded = (a + 8388608.0f) - 8388608.0f;
  return a < 8388608.0f ? rounded : a;
}

/* All rules of annex F of the C standard. A whole number is odd if its half is not whole. */
DP_INLINE double dp_pow(double x, double y) {
  const double a = fabs(x), b = fabs(y), half = 0.5 * b, infinite = (double)INFINITY;
  const int is_whole = dp_nearest(b) == b, is_odd = is_whole & (dp_nearest(half) != half);
  const int is_finite = a < infinite, is_edge = (a == 0.0) | (a == infinite);
  const double upward = a > 1.0 ? y : -y, edge = upward > 0.0 ? infinite : 0.0;
  const double size = is_edge ? edge : dp_pow_positive(a, y);
  const double known = ((y == 0.0) | (a == 1.0)) ? 1.0 : size;
  const int is_fault = ((x < 0.0) & is_finite & !is_whole) | ((x != x) & (y != 0.0)) |
                       ((y != y) & (x != 1.0));
  const double checked = known + (is_fault ? (double)NAN : 0.0);
  return is_odd ? copysign(checked, x) : checked;
}

DP_INLINE float dp_powf(float x, float y) {
  const float a = fabsf(x), b = fabsf(y), half = 0.5f * b, infinite = (float)INFINITY;
  const int is_whole = dp_nearestf(b) == b, is_odd = is_whole & (dp_nearestf(half) != half);
  const int is_finite = a < infinite, is_edge = (a == 0.0f) | (a == infinite);
  const float upward = a > 1.0f ? y : -y, edge = upward > 0.0f ? infinite : 0.0f;
  const float size = is_edge ? edge : dp_pow_positivef(a, y);
  const float known = ((y == 0.0f) | (a == 1.0f)) ? 1.0f : size;
  const int is_fault = ((x < 0.0f) & is_finite & !is_whole) | ((x != x) & (y != 0.0f)) |
                       ((y != y) & (x != 1.0f));
  const float checked = known + (is_fault ? (float)NAN : 0.0f);
  return is_odd ? copysignf(checked, x) : checked;
}

/* ---- to base 2 and 10 ------------------------------------------------------------------------ */

DP_INLINE double dp_exp2(double x) {
  x = dp_at_least(dp_at_most(x, dp_near(1100.0, x)), dp_near(-1100.0, x));
  const double k = (x + DP_ROUND) - DP_ROUND;
  return dp_times_power(1.0 + dp_expm1_reduced((x - k) * 0.6931471805599453), k);
}

DP_INLINE float dp_exp2f(float x) {
  x = dp_at_leastf(dp_at_mostf(x, dp_nearf(160.0f, x)), dp_nearf(-160.0f, x));
  const float k = (x + DP_ROUNDF) - DP_ROUNDF;
  return dp_times_powerf(1.0f + dp_expm1_reducedf((x - k) * 0.693147182f), k);
}

/* Exact where x is a power of two. */
DP_INLINE double dp_log2(double x) {
  double k;
  const double f = dp_log_split(x, &k);
  return k + (dp_log_reduced(f, 0.0) * 1.4426950408889634) + dp_log_edges(x);
}

DP_INLINE float dp_log2f(float x) {
  float k;
  const float f = dp_log_splitf(x, &k);
  return k + (dp_log_reducedf(f, 0.0f) * 1.44269502f) + dp_log_edgesf(x);
}

/* The upper part of log10(2) times k is exact. */
DP_INLINE double dp_log10(double x) {
  double k;
  const double y = dp_log_reduced(dp_log_split(x, &k), 0.0) * 0.4342944819032518;
  return k * 0.30102999566361177 + (k * 3.694239077158931e-13 + y) + dp_log_edges(x);
}

DP_INLINE float dp_log10f(float x) {
  float k;
  const float y = dp_log_reducedf(dp_log_splitf(x, &k), 0.0f) * 0.434294492f;
  return k * 0.301025391f + (k * 4.60503907e-06f + y) + dp_log_edgesf(x);
}

/* ---- error function -------------------------------------------------------------------------- */

/* erfc(a) for a >= 0: exp(-a^2) / (1 + 2a) times a polynomial in (a - 4) / (a + 4), for float in
 * (a - 2) / (a + 2). */
DP_INLINE double dp_erfc_positive(double a) {
  a = dp_at_most(a, dp_near(27.3, a));
  const double t = (a - 4.0) / (a + 4.0), square = a * a;
  const double e = dp_exp_sum(-square, -dp_product_error(a, a, square));
  double p = -1.800401178424773e-09;
  p = p * t + -1.3650995707479004e-08;
  p = p * t + -7.842881694409212e-09;
  p = p * t + 1.1516212537312639e-07;
  p = p * t + 6.289150573058901e-08;
  p = p * t + -8.347668710452841e-07;
  p = p * t + 3.012693255028941e-07;
  p = p * t + 5.717497871937605e-06;
  p = p * t + -1.1224818955519013e-05;
  p = p * t + -2.4402953003803186e-05;
  p = p * t + 0.00015062228921724076;
  p = p * t + -0.00019925557995443773;
  p = p * t + -0.0007577733612130993;
  p = p * t + 0.005031969770714099;
  p = p * t + -0.016197734054749616;
  p = p * t + 0.03716751556068705;
  p = p * t + -0.0663303658120367;
  p = p * t + 0.09373283499691555;
  p = p * t + -0.10103906603632364;
  p = p * t + 0.06809705425473352;
  p = p * t + 0.01537965210262014;
  p = p * t + -0.13962111684056286;
  p = p * t + 1.2329951186255526;
  return e * (p / (1.0 + 2.0 * a));
}

DP_INLINE float dp_erfc_positivef(float a) {
  a = dp_at_mostf(a, dp_nearf(10.1f, a));
  const float t = (a - 2.0f) / (a + 2.0f), square = a * a;
  const float e = dp_exp_sumf(-square, -dp_product_errorf(a, a, square));
  float p = -0.000400580233f;
  p = p * t + -0.00122993323f;
  p = p * t + 0.00131352374f;
  p = p * t + 0.00863168668f;
  p = p * t + -0.00805987418f;
  p = p * t + -0.0542043f;
  p = p * t + 0.164055347f;
  p = p * t + -0.16603142f;
  p = p * t + -0.0927639827f;
  p = p * t + 1.27697837f;
  return e * (p / (1.0f + 2.0f * a));
}

/* erf(a) for |a| <= 1. */
DP_INLINE double dp_erf_small(double a) {
  const double z = a * a;
  double p = -7.801212724343664e-10;
  p = p * z + 1.3722987551709718e-08;
  p = p * z + -1.6209178121161903e-07;
  p = p * z + 1.6447517905844336e-06;
  p = p * z + -1.4924744676123467e-05;
  p = p * z + 0.00012055295320816539;
  p = p * z + -0.0008548325989694213;
  p = p * z + 0.005223977607423092;
  p = p * z + -0.026866170643276125;
  p = p * z + 0.11283791670945252;
  p = p * z + -0.3761263890318355;
  p = p * z + 0.12837916709551256;
  return a + a * p;
}

DP_INLINE float dp_erf_smallf(float a) {
  const float z = a * a;
  float p = 7.88911711e-05f;
  p = p * z + -0.000802084047f;
  p = p * z + 0.00518953521f;
  p = p * z + -0.0268544443f;
  p = p * z + 0.112836003f;
  p = p * z + -0.37612626f;
  p = p * z + 0.128379166f;
  return a + a * p;
}

DP_INLINE double dp_erf(double x) {
  const double a = fabs(x), far = 1.0 - dp_erfc_positive(a);
  const double close = dp_erf_small(dp_at_most(a, dp_near(1.0, x)));
  return copysign(a < 0.9 ? close : far, x);
}

DP_INLINE float dp_erff(float x) {
  const float a = fabsf(x), far = 1.0f - dp_erfc_positivef(a);
  const float close = dp_erf_smallf(dp_at_mostf(a, dp_nearf(1.0f, x)));
  return copysignf(a < 0.9f ? close : far, x);
}

DP_INLINE double dp_erfc(double x) {
  const double a = fabs(x), y = dp_erfc_positive(a);
  const double far = x < 0.0 ? 2.0 - y : y;
  const double close = 1.0 - dp_erf_small(copysign(dp_at_most(a, dp_near(1.0, x)), x));
  return a < 0.5 ? close : far;
}

DP_INLINE float dp_erfcf(float x) {
  const float a = fabsf(x), y = dp_erfc_positivef(a);
  const float far = x < 0.0f ? 2.0f - y : y;
  const float close = 1.0f - dp_erf_smallf(copysignf(dp_at_mostf(a, dp_nearf(1.0f, x)), x));
  return a < 0.5f ? close : far;
}

#endif

/* ---- digamma and trigamma: rare, so with loops ----------------------------------------------- */

/* Reflection below 0, recurrence up to 10, then the asymptotic series (Abramowitz & Stegun
 * 6.3.18). */
DP_INLINE double dp_digamma(double x) {
  const double pi = 3.14159265358979323846;
  double y = 0;
  if (x <= 0) {
    if (x == floor(x)) return (double)NAN;
    y = -pi / tan(pi * (x - floor(x)));
    x = 1 - x;
  }
  for (; x < 10; x += 1) y -= 1 / x;
  const double r = 1 / (x * x);
  const double tail =
      1. / 12 - r * (1. / 120 - r * (1. / 252 - r * (1. / 240 - r * (1. / 132 - r * 691 / 32760))));
  return y + log(x) - 0.5 / x - r * tail;
}

/* Likewise (6.4.12). */
DP_INLINE double dp_trigamma(double x) {
  const double pi = 3.14159265358979323846;
  double y = 0, sign = 1;
  if (x <= 0) {
    if (x == floor(x)) return (double)INFINITY;
    const double s = sin(pi * (x - floor(x)));
    y = pi * pi / (s * s);
    sign = -1;
    x = 1 - x;
  }
  for (; x < 10; x += 1) y += sign / (x * x);
  const double r = 1 / (x * x);
  const double tail =
      1. / 6 - r * (1. / 30 - r * (1. / 42 - r * (1. / 30 - r * (5. / 66 - r * 691 / 2730))));
  return y + sign * (1 / x + 0.5 * r + r / x * tail);
}

DP_INLINE float dp_digammaf(float x) { return (float)dp_digamma((double)x); }
DP_INLINE float dp_trigammaf(float x) { return (float)dp_trigamma((double)x); }

#endif
