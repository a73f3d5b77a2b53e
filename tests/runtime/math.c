/* math - errors of dp_math.h and its parts in ulp against long double libm, and their edges.
 *
 * RUN: %cc -std=c11 -O2 %s -I%runtime %libdp_runtime -lm -o %t && %t
 * RUN: %cc -std=c11 -O3 -march=native -fno-math-errno -fno-trapping-math -ffp-contract=fast %s \
 * RUN:   -I%runtime %libdp_runtime -lm -o %t && %t
 * RUN: %cc -std=c11 -O2 -DDP_MATH_LIBM %s -I%runtime %libdp_runtime -lm -o %t && %t */
#include "dp_math.h"
#include "dp_random.h"
#include "check.h"

#include <stdio.h>

/* The limits below are those of dp_math.h; libm's own errors are its own affair. */
#ifdef DP_MATH_LIBM
static const double excused = 4;
#else
static const double excused = 0;
#endif

enum { SAMPLES = 200000 };

typedef struct Range {
  double low, high;
  int is_logarithmic; /* samples are spread over the exponents */
} Range;

typedef struct Row {
  const char *name;
  double (*f)(double);
  float (*f_single)(float);
  long double (*truth)(long double);
  double limit, limit_single; /* ulp */
  Range ranges[5], single_ranges[5];
} Row;

static long double sigmoid(long double x) { return 1 / (1 + expl(-x)); }

static const Row rows[] = {
    {"exp", dp_exp, dp_expf, expl, 1.1, 1.1,
     {{-1, 1, 0}, {-708, 709, 0}, {-745, -708, 0}, {1e-300, 1, 1}},
     {{-1, 1, 0}, {-87, 88, 0}, {-103, -87, 0}, {1e-30, 1, 1}}},
    {"expm1", dp_expm1, dp_expm1f, expm1l, 2.2, 2.0,
     {{-1, 1, 0}, {-40, 709, 0}, {1e-300, 1, 1}}, {{-1, 1, 0}, {-20, 88, 0}, {1e-30, 1, 1}}},
    {"log", dp_log, dp_logf, logl, 1.0, 1.0,
     {{0.5, 2, 0}, {0.99, 1.01, 0}, {1e-320, 1e308, 1}},
     {{0.5, 2, 0}, {0.99, 1.01, 0}, {1e-44, 1e38, 1}}},
    {"log1p", dp_log1p, dp_log1pf, log1pl, 1.5, 1.5,
     {{-0.999, 2, 0}, {1e-300, 1e300, 1}, {-1e-3, 1e-3, 0}},
     {{-0.999, 2, 0}, {1e-30, 1e30, 1}, {-1e-3, 1e-3, 0}}},
    {"sin", dp_sin, dp_sinf, sinl, 1.6, 1.0,
     {{-4, 4, 0}, {-1e3, 1e3, 0}, {-1e9, 1e9, 0}, {1e-300, 1e9, 1}},
     {{-4, 4, 0}, {-1e3, 1e3, 0}, {-1e9, 1e9, 0}, {1e-30, 1e9, 1}}},
    {"cos", dp_cos, dp_cosf, cosl, 1.6, 1.0,
     {{-4, 4, 0}, {-1e3, 1e3, 0}, {-1e9, 1e9, 0}}, {{-4, 4, 0}, {-1e3, 1e3, 0}, {-1e9, 1e9, 0}}},
    {"tanh", dp_tanh, dp_tanhf, tanhl, 3.0, 2.5,
     {{-1, 1, 0}, {-20, 20, 0}, {1e-300, 1, 1}}, {{-1, 1, 0}, {-10, 10, 0}, {1e-30, 1, 1}}},
    {"sigmoid", dp_sigmoid, dp_sigmoidf, sigmoid, 2.5, 2.6,
     {{-1, 1, 0}, {-700, 40, 0}, {-745, -700, 0}}, {{-1, 1, 0}, {-87, 20, 0}, {-103, -87, 0}}},
    {"tan", dp_tan, dp_tanf, tanl, 2.9, 0.7,
     {{-4, 4, 0}, {-1e3, 1e3, 0}, {-1e9, 1e9, 0}, {1e-300, 1e9, 1}},
     {{-4, 4, 0}, {-1e3, 1e3, 0}, {-1e9, 1e9, 0}, {1e-30, 1e9, 1}}},
    {"sinh", dp_sinh, dp_sinhf, sinhl, 2.4, 2.2,
     {{-1, 1, 0}, {-710.4, 710.4, 0}, {1e-300, 1, 1}}, {{-1, 1, 0}, {-89.4, 89.4, 0}, {1e-30, 1, 1}}},
    {"cosh", dp_cosh, dp_coshf, coshl, 1.5, 1.5,
     {{-1, 1, 0}, {-710.4, 710.4, 0}, {1e-300, 1, 1}}, {{-1, 1, 0}, {-89.4, 89.4, 0}, {1e-30, 1, 1}}},
    {"asinh", dp_asinh, dp_asinhf, asinhl, 2.0, 2.0,
     {{-2, 2, 0}, {1e-300, 1e300, 1}, {-1e9, 1e9, 0}}, {{-2, 2, 0}, {1e-30, 1e30, 1}, {-1e5, 1e5, 0}}},
    {"acosh", dp_acosh, dp_acoshf, acoshl, 2.9, 2.7,
     {{1, 2, 0}, {1, 1.001, 0}, {1, 1e300, 1}}, {{1, 2, 0}, {1, 1.001, 0}, {1, 1e30, 1}}},
    {"atanh", dp_atanh, dp_atanhf, atanhl, 2.2, 2.3,
     {{-1, 1, 0}, {1e-300, 1, 1}, {0.999, 1, 0}}, {{-0.9999, 0.9999, 0}, {1e-30, 0.9999, 1}}},
    {"atan", dp_atan, dp_atanf, atanl, 1.8, 2.2,
     {{-1, 1, 0}, {-10, 10, 0}, {1e-300, 1e300, 1}}, {{-1, 1, 0}, {-10, 10, 0}, {1e-30, 1e30, 1}}},
    {"asin", dp_asin, dp_asinf, asinl, 2.3, 2.4,
     {{-1, 1, 0}, {1e-300, 1, 1}, {0.999, 1, 0}}, {{-1, 1, 0}, {1e-30, 1, 1}, {0.999, 1, 0}}},
    {"acos", dp_acos, dp_acosf, acosl, 1.3, 1.2,
     {{-1, 1, 0}, {1e-300, 1, 1}, {0.999, 1, 0}}, {{-1, 1, 0}, {1e-30, 1, 1}, {0.999, 1, 0}}},
    {"exp2", dp_exp2, dp_exp2f, exp2l, 1.2, 1.2,
     {{-1, 1, 0}, {-1022, 1024, 0}, {-1075, -1022, 0}}, {{-1, 1, 0}, {-126, 128, 0}, {-150, -126, 0}}},
    {"log2", dp_log2, dp_log2f, log2l, 1.9, 1.9,
     {{0.5, 2, 0}, {0.99, 1.01, 0}, {1e-320, 1e308, 1}},
     {{0.5, 2, 0}, {0.99, 1.01, 0}, {1e-44, 1e38, 1}}},
    {"log10", dp_log10, dp_log10f, log10l, 2.0, 2.2,
     {{0.5, 2, 0}, {0.99, 1.01, 0}, {1e-320, 1e308, 1}},
     {{0.5, 2, 0}, {0.99, 1.01, 0}, {1e-44, 1e38, 1}}},
    {"erf", dp_erf, dp_erff, erfl, 1.3, 1.3,
     {{-1, 1, 0}, {-6, 6, 0}, {1e-300, 1, 1}}, {{-1, 1, 0}, {-4, 4, 0}, {1e-30, 1, 1}}},
    {"erfc", dp_erfc, dp_erfcf, erfcl, 3.7, 3.5,
     {{-1, 1, 0}, {-6, 6, 0}, {0, 26.5, 0}, {26, 28, 0}}, {{-1, 1, 0}, {-4, 4, 0}, {0, 9, 0}, {9, 11, 0}}},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

/* The distance of two doubles that follow each other at |y|. */
static double unit(double y, double least, int digits) {
  int exponent;
  frexp(y, &exponent);
  return fmax(ldexp(1, exponent - digits), least);
}

static double draw(dp_rng *rng, Range range) {
  if (!range.is_logarithmic) return dp_uniform_in(rng, range.low, range.high);
  return exp(dp_uniform_in(rng, log(range.low), log(range.high)));
}

static double worst(const Row *row, Range range, int is_single) {
  dp_rng rng;
  dp_rng_seed(&rng, 1);
  double most = 0;
  for (int i = 0; i < SAMPLES; i++) {
    const double x = is_single ? (double)(float)draw(&rng, range) : draw(&rng, range);
    const long double y = row->truth(x);
    const double got = is_single ? (double)row->f_single((float)x) : row->f(x);
    const double one = is_single ? unit((double)y, 0x1p-149, 24) : unit((double)y, 0x1p-1074, 53);
    if (y == 0) CHECK(got == 0);
    const double error = (double)fabsl(got - y) / one;
    if (!(error <= most)) most = error;
  }
  return most;
}

/* ---- functions of two numbers ---------------------------------------------------------------- */

typedef struct Row2 {
  const char *name;
  double (*f)(double, double);
  float (*f_single)(float, float);
  long double (*truth)(long double, long double);
  double limit, limit_single;
  Range ranges[3][2], single_ranges[3][2];
} Row2;

static const Row2 rows2[] = {
    {"pow", dp_pow, dp_powf, powl, 1.4, 1.3,
     {{{1e-300, 1e300, 1}, {-1, 1, 0}}, {{0.5, 2, 0}, {-1000, 1000, 0}}, {{0, 100, 0}, {-160, 150, 0}}},
     {{{1e-30, 1e30, 1}, {-1, 1, 0}}, {{0.5, 2, 0}, {-130, 120, 0}}, {{0, 100, 0}, {-20, 19, 0}}}},
    {"atan2", dp_atan2, dp_atan2f, atan2l, 2.0, 2.1,
     {{{-1, 1, 0}, {-1, 1, 0}}, {{1e-300, 1e300, 1}, {1e-300, 1e300, 1}}, {{-1, 1, 0}, {-9, 9, 0}}},
     {{{-1, 1, 0}, {-1, 1, 0}}, {{1e-18, 1e18, 1}, {1e-18, 1e18, 1}}, {{-1, 1, 0}, {-9, 9, 0}}}},
};
enum { ROWS2 = sizeof rows2 / sizeof rows2[0] };

static double worst2(const Row2 *row, const Range *ranges, int is_single) {
  dp_rng rng;
  dp_rng_seed(&rng, 1);
  double most = 0;
  for (int i = 0; i < SAMPLES; i++) {
    double x = draw(&rng, ranges[0]), z = draw(&rng, ranges[1]);
    if (is_single) x = (double)(float)x, z = (double)(float)z;
    const long double y = row->truth(x, z);
    const double got = is_single ? (double)row->f_single((float)x, (float)z) : row->f(x, z);
    const double largest = is_single ? (double)FLT_MAX : DBL_MAX;
    if (fabsl(y) > largest) continue;
    const double one = is_single ? unit((double)y, 0x1p-149, 24) : unit((double)y, 0x1p-1074, 53);
    const double error = (double)fabsl(got - y) / one;
    if (!(error <= most)) most = error;
  }
  return most;
}

static void measure2(const Row2 *row) {
  for (int is_single = 0; is_single < 2; is_single++) {
    double most = 0;
    for (int i = 0; i < 3; i++)
      most = fmax(most, worst2(row, is_single ? row->single_ranges[i] : row->ranges[i], is_single));
    printf("%-8s %s %.2f ulp\n", row->name, is_single ? "float " : "double", most);
    CHECK(most <= fmax(excused, is_single ? row->limit_single : row->limit));
  }
}

/* ---- functions of one number ----------------------------------------------------------------- */

static void measure(const Row *row) {
  for (int is_single = 0; is_single < 2; is_single++) {
    double most = 0;
    const Range *ranges = is_single ? row->single_ranges : row->ranges;
    for (int i = 0; i < 5 && ranges[i].low != ranges[i].high; i++)
      most = fmax(most, worst(row, ranges[i], is_single));
    printf("%-8s %s %.2f ulp\n", row->name, is_single ? "float " : "double", most);
    CHECK(most <= fmax(excused, is_single ? row->limit_single : row->limit));
  }
}

/* The same result, NaN and the sign of zero included. */
static int same(double a, double b) {
  return a != a ? b != b : a == b && !signbit(a) == !signbit(b);
}

static void check_edges(void) {
  const double edges[] = {0.0, -0.0, (double)INFINITY, -(double)INFINITY, (double)NAN};
  for (int r = 0; r < ROWS; r++) {
    for (int i = 0; i < 5; i++) {
      const double x = edges[i], y = (double)rows[r].truth(x);
      if (!same(rows[r].f(x), y)) printf("%s(%g): %g, not %g\n", rows[r].name, x, rows[r].f(x), y);
      CHECK(same(rows[r].f(x), y));
      CHECK(same((double)rows[r].f_single((float)x), (double)(float)y));
    }
  }
  CHECK(dp_exp(710) == (double)INFINITY && dp_exp(-746) == 0 && dp_exp(1e300) == (double)INFINITY);
  CHECK(dp_expf(89) == INFINITY && dp_expf(-104) == 0);
  CHECK(dp_expm1(710) == (double)INFINITY && dp_expm1(-1e300) == -1);
  CHECK(isnan(dp_log(-1)) && isnan(dp_logf(-1)) && isnan(dp_log1p(-1.5)));
  CHECK(dp_log1p(-1) == -(double)INFINITY && dp_log1pf(-1) == -INFINITY);
  CHECK(dp_tanh(1e300) == 1 && dp_tanh(-1e300) == -1 && dp_tanhf(-100) == -1);
  CHECK(dp_exp(0) == 1 && dp_log(1) == 0 && dp_cos(0) == 1);
  CHECK(dp_sigmoid(-1000) == 0 && dp_sigmoid(1000) == 1 && dp_sigmoid(0) == 0.5);
  CHECK(dp_sigmoidf(-1e30f) == 0 && dp_sigmoidf(1e30f) == 1 && dp_sigmoidf(-0.0f) == 0.5f);
  CHECK(dp_sinh(711) == (double)INFINITY && dp_cosh(-711) == (double)INFINITY);
  CHECK(isinf(dp_sinhf(90)) && isinf(dp_coshf(-90)) && dp_sinh(710.4) < (double)INFINITY);
  CHECK(isnan(dp_acosh(0.5)) && isnan(dp_acosh(-3)) && isnan(dp_atanh(1.5)) && isnan(dp_asin(2)));
  CHECK(isnan(dp_acos(-1.5)) && isnan(dp_acosf(2)) && isnan(dp_log2(-1)) && isnan(dp_log10(-1)));
  CHECK(dp_exp2(1024) == (double)INFINITY && dp_exp2(-1074) == 0x1p-1074 && dp_exp2(10) == 1024);
  CHECK(dp_log2(0x1p-1074) == -1074 && dp_log2f(8) == 3 && dp_log2(1) == 0);
  CHECK(dp_erfc(30) == 0 && dp_erfc(-30) == 2 && dp_erf(30) == 1 && dp_erff(-7) == -1);
}

static void check_edge2(const Row2 *row, double x, double z) {
  const double y = (double)row->truth(x, z), got = row->f(x, z);
  if (!same(got, y)) CHECK(fabs(got - y) <= fmax(excused, row->limit) * unit(y, 0x1p-1074, 53));
  const float x_single = (float)x, z_single = (float)z;
  const double y_single = (double)(float)row->truth(x_single, z_single);
  const double got_single = (double)row->f_single(x_single, z_single);
  if (!same(got_single, y_single))
    CHECK(fabs(got_single - y_single) <=
          fmax(excused, row->limit_single) * unit(y_single, 0x1p-149, 24));
}

/* Every pair of numbers at which a rule of C's annex F or of arithmetic takes over. */
static void check_edges2(void) {
  const double edges[] = {0, 0.1, 0.5, 1, 1.5, 2, 3, 1e-30, 1e30, (double)INFINITY, (double)NAN,
                          5e-324, 1e308, 8388607.5, 16777215, 4503599627370495.5,
                          9007199254740991.0, 9007199254740992.0};
  const int n = (int)(sizeof edges / sizeof edges[0]);
  for (int r = 0; r < ROWS2; r++)
    for (int i = 0; i < 4 * n * n; i++) {
      const double x = i & 1 ? -edges[i / 4 % n] : edges[i / 4 % n];
      const double z = i & 2 ? -edges[i / 4 / n] : edges[i / 4 / n];
      check_edge2(&rows2[r], x, z);
    }
}

static void check_large_arguments(void) {
  for (double x = 1e9; x < 1e15; x *= 1.7) {
    const double ulp = unit(x, 0, 53);
    CHECK(fabs(dp_sin(x) - sin(x)) <= ulp + 1e-15 && fabs(dp_cos(x) - cos(x)) <= ulp + 1e-15);
  }
#ifndef DP_MATH_LIBM
  CHECK(isnan(dp_sin(2e15)) && isnan(dp_cos(-2e15)) && isnan(dp_sinf(2e15f)));
#endif
}

static void check_numbers(void) {
  CHECK(dp_int_div(7, 2) == 3 && dp_int_div(-7, 2) == -4 && dp_int_div(7, -2) == -4);
  CHECK(dp_int_div(-8, 2) == -4 && dp_int_div(7, 0) == 0 && dp_int_div(INT64_MIN, -1) == INT64_MIN);
  CHECK(dp_int_mod(7, 3) == 1 && dp_int_mod(-7, 3) == 2 && dp_int_mod(7, -3) == -2);
  CHECK(dp_int_mod(-6, 3) == 0 && dp_int_mod(5, 0) == 0 && dp_int_mod(INT64_MIN, -1) == 0);
  CHECK(dp_to_int(2.9) == 2 && dp_to_int(-2.9) == -2 && dp_to_int((double)NAN) == 0);
  CHECK(dp_to_int(1e300) == INT64_MAX && dp_to_int(-1e300) == INT64_MIN);
  CHECK(dp_sign(-3) == -1 && dp_sign(0) == 0 && dp_sign(2) == 1);
  CHECK(dp_min(1, 2) == 1 && dp_max(1, 2) == 2);
  CHECK(dp_min_int(-1, 4) == -1 && dp_max_int(-1, 4) == 4);
}

static void check_digamma(void) {
  const double gamma = 0.57721566490153286061, pi = 3.14159265358979323846;
  CHECK_NEAR(dp_digamma(1), -gamma, 4e-15);
  CHECK_NEAR(dp_digamma(0.5), -gamma - 2 * log(2), 4e-15);
  CHECK_NEAR(dp_digamma(-0.5), -gamma - 2 * log(2) + 2, 4e-15);
  CHECK_NEAR(dp_digamma(100), 4.6001618527380874, 1e-15);
  CHECK_NEAR(dp_trigamma(1), pi * pi / 6, 1e-15);
  CHECK_NEAR(dp_trigamma(0.5), pi * pi / 2, 1e-15);
  CHECK_NEAR(dp_trigamma(-0.5), pi * pi / 2 + 4, 1e-15);
  CHECK(isnan(dp_digamma(-3)) && isinf(dp_trigamma(0)));
}

int main(void) {
  for (int r = 0; r < ROWS; r++) measure(&rows[r]);
  for (int r = 0; r < ROWS2; r++) measure2(&rows2[r]);
  check_edges();
  check_edges2();
  check_large_arguments();
  check_numbers();
  check_digamma();
  return check_result();
}
