/* dp_gradcheck - are a tangent and an adjoint those of the primal? Header only, for tests.
 *
 * A function y = f(x) from n to m reals is given by callbacks that return 0, or a status that ends
 * the check: primal; tangent, or NULL; adjoint, or NULL. Three figures come out:
 *
 *   tangent_error   tangent against central differences with Richardson's extrapolation, relative;
 *                   about 1e-9 is right for smooth functions of moderate size
 *   taylor_order    how fast f(x + h v) - f(x) - h J v vanishes with h: 2 is right, 1 means a wrong
 *                   derivative. Infinite when f is linear along v
 *   adjoint_error   |<y_bar, J v> - <J^T y_bar, v>| relative to its terms: about 1e-14 is right;
 *                   without a tangent, J v is the difference's
 *
 *   double work[DP_GRADCHECK_DOUBLES(n, m)];
 *   dp_gradcheck_report r;
 *   int status = dp_gradcheck(&function, x, 1, &r, work);
 *   assert(status == 0 && dp_gradcheck_ok(&r)); */
#ifndef DP_GRADCHECK_H
#define DP_GRADCHECK_H

#include "dp_random.h"

#include <math.h>

typedef struct dp_gradcheck_function {
  int64_t n, m;
  int (*primal)(void *user, const double *x, double *y);
  int (*tangent)(void *user, const double *x, const double *x_dot, double *y_dot);
  /* Writes x_bar (adjoints that add: zero it first). */
  int (*adjoint)(void *user, const double *x, double *x_bar, const double *y_bar);
  void *user;
  double step; /* of the differences, relative to |x| or 1; 0: 1e-3 */
} dp_gradcheck_function;

typedef struct dp_gradcheck_report {
  double tangent_error, taylor_order, adjoint_error;
} dp_gradcheck_report;

#define DP_GRADCHECK_DOUBLES(n, m) (3 * (n) + 6 * (m))

static inline double dp_gradcheck_dot(int64_t n, const double *a, const double *b, double *size) {
  double sum = 0, terms = 0;
  for (int64_t i = 0; i < n; i++) {
    sum += a[i] * b[i];
    terms += fabs(a[i] * b[i]);
  }
  if (size) *size = terms;
  return sum;
}

/* y = f(x + h v), by way of the vector `moved`. */
static inline int dp_gradcheck_at(const dp_gradcheck_function *f, const double *x, double h,
                                  const double *v, double *moved, double *y) {
  for (int64_t i = 0; i < f->n; i++) moved[i] = x[i] + h * v[i];
  return f->primal(f->user, moved, y);
}

/* slope = (f(x + h v) - f(x - h v)) / 2h. */
static inline int dp_gradcheck_slope(const dp_gradcheck_function *f, const double *x, double h,
                                     const double *v, double *moved, double *y, double *slope) {
  int status = dp_gradcheck_at(f, x, h, v, moved, slope);
  if (!status) status = dp_gradcheck_at(f, x, -h, v, moved, y);
  for (int64_t i = 0; i < f->m; i++) slope[i] = (slope[i] - y[i]) / (2 * h);
  return status;
}

/* The difference of order 4 in `slope`; half is a vector of [m] as well. */
static inline int dp_gradcheck_difference(const dp_gradcheck_function *f, const double *x, double h,
                                          const double *v, double *moved, double *y, double *half,
                                          double *slope) {
  int status = dp_gradcheck_slope(f, x, h, v, moved, y, slope);
  if (!status) status = dp_gradcheck_slope(f, x, h / 2, v, moved, y, half);
  for (int64_t i = 0; i < f->m; i++) slope[i] = (4 * half[i] - slope[i]) / 3;
  return status;
}

/* The largest order over halvings of h whose remainders stand above rounding. */
static inline int dp_gradcheck_taylor(const dp_gradcheck_function *f, const double *x, double h,
                                      const double *v, const double *y_dot, double *moved,
                                      double *y0, double *y, double *order) {
  int status = f->primal(f->user, x, y0);
  double before = 0, best = 0, size = 0;
  int usable = 0;
  for (int64_t i = 0; i < f->m; i++) size += y0[i] * y0[i];
  for (int k = 0; k < 8 && !status; k++, h /= 2) {
    double rest = 0, moved_size = 0;
    status = dp_gradcheck_at(f, x, h, v, moved, y);
    for (int64_t i = 0; i < f->m; i++) {
      const double r = y[i] - y0[i] - h * y_dot[i];
      rest += r * r;
      moved_size += (y[i] - y0[i]) * (y[i] - y0[i]);
    }
    rest = sqrt(rest);
    if (!(rest > 1e-12 * sqrt(size + moved_size))) break;
    if (k > 0 && log2(before / rest) > best) best = log2(before / rest);
    usable = k > 0 || usable;
    before = rest;
  }
  *order = usable ? best : (double)INFINITY;
  return status;
}

static inline double dp_gradcheck_distance(int64_t m, const double *a, const double *b) {
  double gap = 0, size = 0;
  for (int64_t i = 0; i < m; i++) {
    gap += (a[i] - b[i]) * (a[i] - b[i]);
    size += b[i] * b[i];
  }
  return gap == 0 ? 0 : sqrt(gap) / fmax(sqrt(size), 1e-30);
}

/* x [n]: where; seed: of the directions; work: DP_GRADCHECK_DOUBLES(n, m) doubles. Returns 0 or a
 * callback's status. Figures that were not measured are 0, and taylor_order 2. */
static inline int dp_gradcheck(const dp_gradcheck_function *f, const double *x, uint64_t seed,
                               dp_gradcheck_report *report, double *work) {
  const int64_t n = f->n, m = f->m;
  double *v = work, *moved = v + n, *x_bar = moved + n;
  double *y = x_bar + n, *half = y + m, *slope = half + m, *y_dot = slope + m, *y_bar = y_dot + m;
  double size = 0, *y0 = y_bar + m;
  dp_rng rng;
  dp_rng_seed(&rng, seed);
  for (int64_t i = 0; i < n; i++) v[i] = dp_normal(&rng);
  for (int64_t i = 0; i < m; i++) y_bar[i] = dp_normal(&rng);
  for (int64_t i = 0; i < n; i++) size = fmax(size, fabs(x[i]));
  const double h = (f->step > 0 ? f->step : 1e-3) * fmax(size, 1) / fmax(1, sqrt((double)n));
  const dp_gradcheck_report nothing = {0, 2, 0};
  *report = nothing;

  int status = dp_gradcheck_difference(f, x, h, v, moved, y, half, slope);
  const double *direction = slope;
  if (!status && f->tangent) {
    status = f->tangent(f->user, x, v, y_dot);
    if (!status)
      status = dp_gradcheck_taylor(f, x, 16 * h, v, y_dot, moved, y0, y, &report->taylor_order);
    report->tangent_error = dp_gradcheck_distance(m, y_dot, slope);
    direction = y_dot;
  }
  if (!status && f->adjoint) {
    double left_size, right_size;
    status = f->adjoint(f->user, x, x_bar, y_bar);
    const double left = dp_gradcheck_dot(m, y_bar, direction, &left_size);
    const double right = dp_gradcheck_dot(n, x_bar, v, &right_size);
    const double scale = fmax(fmax(left_size, right_size), 1e-30);
    report->adjoint_error = left == right ? 0 : fabs(left - right) / scale;
  }
  return status;
}

/* The usual bounds; NaN fails. */
static inline int dp_gradcheck_ok(const dp_gradcheck_report *r) {
  return r->tangent_error <= 1e-6 && r->taylor_order > 1.8 && r->adjoint_error <= 1e-6;
}

#endif
