/* math - errors of dp_math.h in ulp against long double libm, and its edges.
 *
 * RUN: %cc -std=c11 -O2 %s -I%runtime %libdp_runtime -lm -o %t && %t
 * RUN: %cc -std=c11 -O3 -march=native -fno-math-errno -fno-trapping-math -ffp-contract=fast %s \
 * RUN:   -I%runtime %libdp_runtime -lm -o %t && %t
 * RUN: %cc -std=c11 -O2 -DDP_MATH_LIBM %s -I%runtime %libdp_runtime -lm -o %t && %t */
#include "dp_math.h"
#include "dp_random.h"
#include "check.h"

#include <stdio.h>

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
    {"tanh", dp_tanh, dp_tanhf, tanhl, 2.5, 2.5,
     {{-1, 1, 0}, {-20, 20, 0}, {1e-300, 1, 1}}, {{-1, 1, 0}, {-10, 10, 0}, {1e-30, 1, 1}}},
    {"sigmoid", dp_sigmoid, dp_sigmoidf, sigmoid, 2.5, 2.5,
     {{-1, 1, 0}, {-700, 40, 0}, {-745, -700, 0}}, {{-1, 1, 0}, {-87, 20, 0}, {-103, -87, 0}}},
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

static void measure(const Row *row) {
  for (int is_single = 0; is_single < 2; is_single++) {
    double most = 0;
    const Range *ranges = is_single ? row->single_ranges : row->ranges;
    for (int i = 0; i < 5 && ranges[i].low != ranges[i].high; i++)
      most = fmax(most, worst(row, ranges[i], is_single));
    printf("%-8s %s %.2f ulp\n", row->name, is_single ? "float " : "double", most);
    CHECK(most <= (is_single ? row->limit_single : row->limit));
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
      CHECK(same((double)rows[r].f_single((float)x), y));
    }
  }
  CHECK(dp_exp(710) == (double)INFINITY && dp_exp(-746) == 0 && dp_exp(1e300) == (double)INFINITY);
  CHECK(dp_expf(89) == INFINITY && dp_expf(-104) == 0);
  CHECK(dp_expm1(710) == (double)INFINITY && dp_expm1(-1e300) == -1);
  CHECK(isnan(dp_log(-1)) && isnan(dp_logf(-1)) && isnan(dp_log1p(-1.5)));
  CHECK(dp_log1p(-1) == -(double)INFINITY && dp_log1pf(-1) == -INFINITY);
  CHECK(dp_tanh(1e300) == 1 && dp_tanh(-1e300) == -1 && dp_tanhf(-100) == -1);
  CHECK(dp_exp(0) == 1 && dp_log(1) == 0 && dp_cos(0) == 1);
  CHECK(dp_sigmoid(-1000) == 0 && dp_sigmoid(1000) == 1);
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
  check_edges();
  check_large_arguments();
  check_numbers();
  check_digamma();
  return check_result();
}
