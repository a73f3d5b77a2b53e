/* check_harness - compares derivatives with finite differences and with each other.
 *
 * `dpc check` writes this beside the program under test; main.c fills in the cases. All real inputs of a
 * function are one vector x of n numbers, all real outputs one vector y of m.
 *
 *   tangent   t = J d against central differences in direction d, with Richardson's extrapolation
 *   slope     |y(x + h d) - y(x) - h t| falls as h^2 (Taylor's theorem)
 *   adjoint   <w, J d> = <J^T w, d>, and it adds to what x_bar holds
 *   gradient  what an exported gradient returns is what the adjoint of its function gives */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where inputs are drawn from: the chosen range; around one, away from zero and negative numbers;
 * or a tenth of the range, where even high powers keep a solver from running away. */
enum { CHECK_RANGE, CHECK_POSITIVE, CHECK_SMALL, CHECK_PLACES };

typedef struct check_case {
  const char *name;
  int n, n_active, m; /* derivatives are by the first n_active numbers of x */
  void (*draw)(double *x, int place); /* fills x */
  int (*primal)(const double *x, double *y);
  int (*tangent)(const double *x, const double *d, double *y, double *t);
  int (*adjoint)(const double *x, double *x_bar, const double *w);
  /* x of this case becomes x_bar at gradient_of[k] .. of y; see check_part. */
  const struct check_case *gradient_of;
  const struct check_part *parts;
  int n_parts;
} check_case;

/* y[out .. out + count) of a gradient is the x_bar[in .. in + count) of the function's adjoint. */
typedef struct check_part {
  int in, out, count;
} check_part;

typedef struct check_figures {
  double tangent, slope, adjoint, gradient;
  int status;
  const char *trouble;
} check_figures;

#define CHECK_TANGENT_LIMIT 1e-6
#define CHECK_ADJOINT_LIMIT 1e-12
#define CHECK_SLOPE_LIMIT 1.8
#define CHECK_TAME 100 /* beyond, a solver may be running away, and its next step overflow */

static uint64_t check_state;

/* SplitMix64 (Steele, Lea and Flood 2014). */
static double check_uniform(double lo, double hi) {
  uint64_t z = (check_state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return lo + (hi - lo) * ((double)((z ^ (z >> 31)) >> 11) * 0x1p-53);
}

static double *check_vector(int n) {
  double *v = calloc((size_t)n + 1, sizeof *v);
  if (!v) {
    fputs("dpc check: out of memory\n", stderr);
    exit(3);
  }
  return v;
}

/* n random numbers, the rest zeros. */
static double *check_direction(int n, int length) {
  double *d = check_vector(length);
  for (int i = 0; i < n; i++) d[i] = check_uniform(-1, 1);
  return d;
}

/* The larger of two; NaN is the largest of all. */
static double check_worse(double a, double b) { return isnan(a) || a >= b ? a : b; }

static double check_largest(int n, const double *v) {
  double largest = 0;
  for (int i = 0; i < n; i++) largest = check_worse(largest, fabs(v[i]));
  return largest;
}

static int check_finite(int n, const double *v) {
  for (int i = 0; i < n; i++)
    if (!isfinite(v[i])) return 0;
  return 1;
}

static void check_shift(int n, const double *x, double h, const double *d, double *out) {
  for (int i = 0; i < n; i++) out[i] = x[i] + h * d[i];
}

/* (y(x + h d) - y(x - h d)) / 2h; false where y does not exist there. */
static int check_central(const check_case *c, const double *x, const double *d, double h,
                         double *slope) {
  double *at = check_vector(c->n), *minus = check_vector(c->m);
  check_shift(c->n, x, h, d, at);
  int good = c->primal(at, slope) == 0;
  check_shift(c->n, x, -h, d, at);
  good = good && c->primal(at, minus) == 0;
  for (int j = 0; j < c->m; j++) slope[j] = (slope[j] - minus[j]) / (2 * h);
  good = good && check_finite(c->m, slope);
  free(at);
  free(minus);
  return good;
}

/* The difference of t from the extrapolated slope, each output by its own size, where it is less than at
 * the steps before. floor: what differences of this step cannot tell from zero. */
static void check_distances(int m, const double *t, const double *wide, const double *narrow,
                            double floor, double *least) {
  double largest = 0;
  for (int j = 0; j < m; j++) largest = fmax(largest, fabs(4 * narrow[j] - wide[j]) / 3);
  for (int j = 0; j < m; j++) {
    const double slope = (4 * narrow[j] - wide[j]) / 3;
    const double size = fabs(slope) + 0.01 * largest + floor + DBL_MIN;
    least[j] = fmin(least[j], fabs(t[j] - slope) / size);
  }
}

/* Round-off spoils small steps, curvature large ones, and a kink those that reach it: for each output the
 * best step counts. A NaN in t is as far away as can be. */
static double check_tangent(const check_case *c, const double *x, const double *y, const double *d,
                            const double *t) {
  double *wide = check_vector(c->m), *narrow = check_vector(c->m), *least = check_vector(c->m);
  const double noise = 1e-15 / CHECK_TANGENT_LIMIT * check_largest(c->m, y);
  for (int j = 0; j < c->m; j++) least[j] = INFINITY;
  for (double h = 0.02; h > 1e-7; h /= 4) {
    if (!check_central(c, x, d, h, wide) || !check_central(c, x, d, h / 2, narrow)) continue;
    check_distances(c->m, t, wide, narrow, noise / h, least);
  }
  const double worst = check_largest(c->m, least);
  free(wide);
  free(narrow);
  free(least);
  return worst;
}

/* |y(x + h d) - y - h t|, or -1 where y does not exist there. */
static double check_remainder(const check_case *c, const double *x, const double *y,
                              const double *d, const double *t, double h) {
  double *at = check_vector(c->n), *rest = check_vector(c->m);
  check_shift(c->n, x, h, d, at);
  const int good = c->primal(at, rest) == 0;
  for (int j = 0; j < c->m; j++) rest[j] -= y[j] + h * t[j];
  const double size = good ? check_largest(c->m, rest) : -1;
  free(at);
  free(rest);
  return size;
}

/* The best order seen while h falls; 2 where the function is linear up to round-off. */
static double check_slope(const check_case *c, const double *x, const double *y, const double *d,
                          const double *t) {
  const double noise = 1e-13 * (check_largest(c->m, y) + check_largest(c->m, t));
  double best = -INFINITY, before = -1;
  int curved = 0;
  for (double h = 0.1; h > 1e-6; h /= 4) {
    const double rest = check_remainder(c, x, y, d, t, h);
    if (rest > noise) {
      if (before > noise) {
        curved = 1;
        best = fmax(best, log(before / rest) / log(4.0));
      }
    } else if (before > noise) {
      best = fmax(best, 2); /* fell below round-off in one step */
      curved = 1;
    }
    before = rest;
  }
  return curved ? best : 2;
}

static double check_dot(int n, const double *a, const double *b, double *scale) {
  double sum = 0, size = 0;
  for (int i = 0; i < n; i++) {
    sum += a[i] * b[i];
    size += fabs(a[i] * b[i]);
  }
  *scale = size;
  return sum;
}

/* The adjoint of w, after a test that it adds. */
static int check_run_adjoint(const check_case *c, const double *x, const double *w, double *x_bar,
                             double *worst) {
  int status = c->adjoint(x, x_bar, w);
  if (status) return status;
  double *again = check_vector(c->n);
  for (int i = 0; i < c->n_active; i++) again[i] = 1 + i % 3;
  status = c->adjoint(x, again, w);
  const double largest = check_largest(c->n, x_bar) + 3;
  for (int i = 0; i < c->n_active; i++) {
    const double off = fabs(again[i] - (1 + i % 3) - x_bar[i]) / largest;
    *worst = check_worse(*worst, off);
  }
  free(again);
  return status;
}

static int check_adjoint(const check_case *c, const double *x, const double *d, const double *t,
                         check_figures *figures) {
  double *w = check_direction(c->m, c->m), *x_bar = check_vector(c->n);
  double left_size, right_size;
  const int status = check_run_adjoint(c, x, w, x_bar, &figures->adjoint);
  const double left = check_dot(c->m, w, t, &left_size);
  const double right = check_dot(c->n, x_bar, d, &right_size);
  const double off = fabs(left - right) / (left_size + right_size + DBL_MIN);
  figures->adjoint = check_worse(figures->adjoint, off);
  free(w);
  free(x_bar);
  return status;
}

/* The function that c is the gradient of has one output. */
static int check_gradient(const check_case *c, const double *x, const double *y,
                          check_figures *figures) {
  const check_case *f = c->gradient_of;
  const double w = 1;
  double *x_bar = check_vector(f->n);
  const int status = f->adjoint(x, x_bar, &w);
  const double size = check_largest(f->n, x_bar) + DBL_MIN;
  for (int p = 0; p < c->n_parts; p++)
    for (int k = 0; k < c->parts[p].count; k++) {
      const double off = fabs(y[c->parts[p].out + k] - x_bar[c->parts[p].in + k]) / size;
      figures->gradient = check_worse(figures->gradient, off);
    }
  free(x_bar);
  return status;
}

/* again: the value that the tangent gives beside t. */
static void check_forward(const check_case *c, const double *x, const double *y, const double *d,
                          const double *t, const double *again, check_figures *figures) {
  figures->tangent = check_worse(figures->tangent, check_tangent(c, x, y, d, t));
  figures->slope = fmin(figures->slope, check_slope(c, x, y, d, t));
  for (int j = 0; j < c->m; j++)
    if (!(fabs(again[j] - y[j]) <= 1e-9 * (1 + fabs(y[j]))))
      figures->trouble = "the tangent's value differs from the primal's";
}

static void check_at(const check_case *c, const double *x, const double *y,
                     check_figures *figures) {
  double *d = check_direction(c->n_active, c->n), *t = check_vector(c->m), *again = check_vector(c->m);
  if (c->tangent) {
    figures->status = c->tangent(x, d, again, t);
    if (!figures->status) check_forward(c, x, y, d, t, again, figures);
  }
  if (c->adjoint && !figures->status) figures->status = check_adjoint(c, x, d, t, figures);
  if (c->gradient_of && !figures->status) figures->status = check_gradient(c, x, y, figures);
  free(d);
  free(t);
  free(again);
}

/* A point where the function has a value: four attempts at each place for one of moderate size, as
 * many again for any. */
static int check_point(const check_case *c, double *x, double *y, int *status) {
  for (int attempt = 0; attempt < 2 * 4 * CHECK_PLACES; attempt++) {
    const double limit = attempt < 4 * CHECK_PLACES ? CHECK_TAME : DBL_MAX;
    c->draw(x, attempt / 4 % CHECK_PLACES);
    *status = c->primal(x, y);
    if (*status == 0 && check_largest(c->m, y) <= limit) return 1;
  }
  return 0;
}

static int check_passes(const check_figures *f) {
  return !f->status && !f->trouble && f->tangent <= CHECK_TANGENT_LIMIT &&
         f->slope >= CHECK_SLOPE_LIMIT && f->adjoint <= CHECK_ADJOINT_LIMIT &&
         f->gradient <= CHECK_ADJOINT_LIMIT;
}

static int check_run(const check_case *c, int points) {
  check_figures figures = {0, 2, 0, 0, 0, NULL};
  double *x = check_vector(c->n), *y = check_vector(c->m);
  for (int p = 0; p < points && !figures.status && !figures.trouble; p++) {
    if (check_point(c, x, y, &figures.status))
      check_at(c, x, y, &figures);
    else if (!figures.status)
      figures.trouble = "its value is NaN or infinite at every point tried";
  }
  free(x);
  free(y);
  const int good = check_passes(&figures);
  printf("%-28s %6d %6d   ", c->name, c->n_active, c->m);
  if (figures.status || figures.trouble)
    printf("%s", figures.trouble ? figures.trouble : check_status_text(figures.status));
  else
    printf("%8.1e %6.2f %8.1e %8.1e", figures.tangent, figures.slope, figures.adjoint,
           figures.gradient);
  printf("   %s\n", good ? "ok" : "WRONG");
  if (figures.status || figures.trouble)
    printf("%-28s choose its inputs with --set NAME=VALUE or --range LO,HI\n", "");
  return good;
}

static int check_all(const check_case *cases, int n_cases, int points) {
  int failed = 0;
  printf("%-28s %6s %6s   %8s %6s %8s %8s\n", "function", "inputs", "outputs", "tangent", "slope",
         "adjoint", "gradient");
  for (int i = 0; i < n_cases; i++) failed += !check_run(&cases[i], points);
  printf("%d of %d agree\n", n_cases - failed, n_cases);
  return failed ? 1 : 0;
}
