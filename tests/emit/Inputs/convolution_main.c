/* Convolutions against sums written out, and their adjoints by <y_bar, A u> = <A' y_bar, u>. */
#include "convolution.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PERIOD, ZEROS, EDGE, MIRROR, RULES };

typedef int Value(int64_t O, int64_t C, int64_t n, int64_t m, const double *W, const double *u,
                  double *y, void *work, size_t work_bytes);
typedef int Adjoint(int64_t O, int64_t C, int64_t n, int64_t m, const double *W, double *W_bar,
                    const double *u, double *u_bar, const double *y_bar, void *work,
                    size_t work_bytes);
typedef size_t Work(int64_t O, int64_t C, int64_t n, int64_t m);

static Value *const values[RULES] = {convolution_by_period, convolution_by_zeros,
                                     convolution_by_edge, convolution_by_mirror};
static Work *const value_works[RULES] = {convolution_by_period_work, convolution_by_zeros_work,
                                         convolution_by_edge_work, convolution_by_mirror_work};
static Adjoint *const adjoints[RULES] = {convolution_by_period_adj, convolution_by_zeros_adj,
                                         convolution_by_edge_adj, convolution_by_mirror_adj};
static Work *const adjoint_works[RULES] = {
    convolution_by_period_adj_work, convolution_by_zeros_adj_work, convolution_by_edge_adj_work,
    convolution_by_mirror_adj_work};

static int failures;

static void expect(const char *what, int rule, int64_t n, int64_t m, double a, double b) {
  if (fabs(a - b) <= 1e-12 * (1 + fabs(b))) return;
  printf("%s, rule %d, %d x %d: %g, should be %g\n", what, rule, (int)n, (int)m, a, b);
  failures++;
}

/* Where place p of n is read; -1: nowhere. */
static int64_t place(int rule, int64_t p, int64_t n) {
  if (rule == PERIOD) return ((p % n) + n) % n;
  if (rule == ZEROS) return p >= 0 && p < n ? p : -1;
  if (rule == EDGE) return p < 0 ? 0 : p >= n ? n - 1 : p;
  if (n == 1) return 0;
  p = ((p % (2 * n - 2)) + 2 * n - 2) % (2 * n - 2);
  return p < n ? p : 2 * n - 2 - p;
}

static double *numbers(int64_t count, int seed) {
  double *x = malloc((size_t)count * sizeof *x); /* of 0: no byte may be read */
  for (int64_t k = 0; k < count; k++) x[k] = sin(1.0 + 1.7 * (double)k + seed);
  return x;
}

static double dot(const double *a, const double *b, int64_t count) {
  double sum = 0;
  for (int64_t k = 0; k < count; k++) sum += a[k] * b[k];
  return sum;
}

static void try_size(int rule, int64_t O, int64_t C, int64_t n, int64_t m) {
  const int64_t size_W = O * C * 15, size_u = C * n * m, size_y = O * n * m;
  double *W = numbers(size_W, 1), *u = numbers(size_u, 2), *y = numbers(size_y, 3);
  double *y_bar = numbers(size_y, 4), *W_bar = calloc((size_t)size_W + 1, sizeof *W_bar);
  double *u_bar = calloc((size_t)size_u + 1, sizeof *u_bar);
  size_t bytes = value_works[rule](O, C, n, m), adjoint_bytes = adjoint_works[rule](O, C, n, m);
  if (bytes < adjoint_bytes) bytes = adjoint_bytes;
  void *work = malloc(bytes);
  int status = values[rule](O, C, n, m, W, u, y, work, bytes);
  status |= adjoints[rule](O, C, n, m, W, W_bar, u, u_bar, y_bar, work, bytes);
  expect("status", rule, n, m, status, 0);
  for (int64_t at = 0; at < size_y; at++) {
    int64_t o = at / (n * m), i = at / m % n, j = at % m;
    double sum = 0;
    for (int64_t c = 0; c < C; c++)
      for (int64_t k = 0; k < 15; k++) {
        int64_t p = place(rule, i + k / 3 - 2, n), q = place(rule, j + k % 3 - 1, m);
        if (p >= 0 && q >= 0) sum += W[(o * C + c) * 15 + k] * u[(c * n + p) * m + q];
      }
    expect("value", rule, n, m, y[at], sum);
  }
  double product = dot(y_bar, y, size_y);
  expect("input", rule, n, m, dot(u_bar, u, size_u), product);
  expect("kernel", rule, n, m, dot(W_bar, W, size_W), product);
  free(W), free(u), free(y), free(y_bar), free(W_bar), free(u_bar), free(work);
}

static void try_strides(int64_t l, int64_t places) {
  double *w = numbers(12, 5), *v = numbers(l, 6), *y = numbers(places, 7);
  size_t bytes = convolution_with_strides_work(l, places);
  void *work = malloc(bytes + 1);
  expect("status", PERIOD, l, places,
         convolution_with_strides(l, w, v, places, y, work, bytes), 0);
  for (int64_t i = 0; i < places && l > 0; i++) {
    double sum = 0;
    for (int k = 0; k < 12; k++) sum += w[k] * v[place(PERIOD, 3 * i + k - 6, l)];
    expect("strides", PERIOD, l, places, y[i], sum);
  }
  free(w), free(v), free(y), free(work);
}

int main(void) {
  for (int rule = 0; rule < RULES; rule++) {
    try_size(rule, 6, 5, 11, 10);
    try_size(rule, 9, 3, 8, 17);
    try_size(rule, 1, 1, 6, 1);
    try_size(rule, 2, 3, 1, 1);
    try_size(rule, 2, 3, 2, 2);
    try_size(rule, 0, 3, 4, 4);
    try_size(rule, 3, 0, 4, 4);
    try_size(rule, 2, 2, 0, 5);
    try_size(rule, 2, 2, 5, 0);
  }
  try_strides(31, 10);
  try_strides(5, 7);
  try_strides(4, 0);
  return failures != 0;
}
