/* The sum of points.dp over all points and over one at a time, and its slopes; writes them to a file. */
#include "points.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { D = 3, K = 12, MOST = 400 };

typedef struct {
  double centres[K * D], factors[K * D];
} Point;

static double x[MOST * D];
static FILE *out;

static int is_close(double a, double b) { return fabs(a - b) <= 1e-11 * (1 + fabs(a)); }

static void write(const double *values, int n) {
  const size_t written = fwrite(values, sizeof *values, (size_t)n, out);
  assert(written == (size_t)n);
}

static void fill(double *values, int n, double seed) {
  for (int i = 0; i < n; i++) values[i] = sin(seed + 3.7 * i);
}

/* Memory of just the size that is asked for, which sanitizers watch. */
static double gradient(const double *from, int n, const Point *p, Point *bar) {
  double value;
  const size_t bytes = points_mixture_grad_work(n);
  void *work = malloc(bytes + 1);
  const int status = points_mixture_grad(n, from, p->centres, bar->centres, p->factors, bar->factors, &value,
                                         work, bytes);
  assert(status == DP_OK);
  free(work);
  return value;
}

static double value_alone(int n, const Point *p) {
  double value;
  const size_t bytes = points_mixture_work(n);
  void *work = malloc(bytes + 1);
  const int status = points_mixture(n, x, p->centres, p->factors, &value, work, bytes);
  assert(status == DP_OK);
  free(work);
  return value;
}

/* One point after the other. */
static double added(int n, const Point *p, Point *bar) {
  double value = 0;
  for (int k = 0; k < K * D; k++) bar->centres[k] = bar->factors[k] = 0;
  for (int i = 0; i < n; i++) {
    Point own;
    value += gradient(x + i * D, 1, p, &own);
    for (int k = 0; k < K * D; k++) {
      bar->centres[k] += own.centres[k];
      bar->factors[k] += own.factors[k];
    }
  }
  return value;
}

static double slope(int n, Point *p, double *at) {
  const double old = *at, h = 1e-5;
  *at = old + h;
  const double right = value_alone(n, p);
  *at = old - h;
  const double left = value_alone(n, p);
  *at = old;
  return (right - left) / (2 * h);
}

static void compare(int n, Point *p) {
  static double moved[MOST * D];
  Point bar, bar2;
  const double value = gradient(x, n, p, &bar), value2 = added(n, p, &bar2);
  assert(is_close(value, value2) && is_close(value, value_alone(n, p)));
  for (int k = 0; k < K * D; k++) {
    assert(is_close(bar.centres[k], bar2.centres[k]) && is_close(bar.factors[k], bar2.factors[k]));
    assert(fabs(bar.centres[k] - slope(n, p, p->centres + k)) <= 1e-6 * (1 + fabs(bar.centres[k])));
    assert(fabs(bar.factors[k] - slope(n, p, p->factors + k)) <= 1e-6 * (1 + fabs(bar.factors[k])));
  }
  const size_t bytes = points_moved_grad_work(n);
  void *work = malloc(bytes + 1);
  const int status = points_moved_grad(n, x, moved, p->centres, p->factors, work, bytes);
  assert(status == DP_OK);
  free(work);
  if (n > 0) assert(fabs(moved[n * D - 1] - slope(n, p, x + n * D - 1)) <= 1e-6);
  if (n > 0) assert(fabs(moved[0] - slope(n, p, x)) <= 1e-6);
  write(&value, 1);
  write(bar.centres, K * D);
  write(bar.factors, K * D);
  write(moved, n * D);
}

int main(int argc, char **argv) {
  static const int counts[] = {0, 1, 127, 128, 129, 255, 256, 257, MOST};
  Point p;
  assert(argc == 2);
  out = fopen(argv[1], "wb");
  assert(out);
  fill(x, MOST * D, 1);
  fill(p.centres, K * D, 2);
  fill(p.factors, K * D, 3);
  for (int i = 0; i < 9; i++) compare(counts[i], &p);
  return fclose(out) ? 1 : 0;
}
