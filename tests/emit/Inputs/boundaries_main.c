#include "boundaries.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

typedef int Rule(int i, int n); /* an index inside, or -1: zero */

static int wrap(int i, int n) { return ((i % n) + n) % n; }
static int hold(int i, int n) { return i < 0 ? 0 : i >= n ? n - 1 : i; }
static int empty(int i, int n) { return i < 0 || i >= n ? -1 : i; }

static int mirror(int i, int n) {
  while (i < 0 || i >= n) i = i < 0 ? -i : 2 * (n - 1) - i;
  return i;
}

static double at(const double *u, int n, Rule *rule, int i) {
  const int k = rule(i, n);
  return k < 0 ? 0 : u[k];
}

typedef int Solver(int64_t, const double *, double *, void *, size_t);

static void check(Solver *solver, Rule *rule, int left, int right, int least) {
  for (int n = least; n < 12; n++) {
    double *u = malloc((size_t)n * sizeof *u), *v = malloc((size_t)n * sizeof *v);
    for (int i = 0; i < n; i++) u[i] = sin(i + 1.0);
    assert(solver(n, u, v, NULL, 0) == DP_OK);
    for (int i = 0; i < n; i++)
      assert(fabs(v[i] - (at(u, n, rule, i - left) + 10 * at(u, n, rule, i + right))) < 1e-14);
    free(u);
    free(v);
  }
}

static void check_ends(void) {
  for (int n = 1; n < 12; n++) {
    double *u = malloc((size_t)n * sizeof *u), *v = malloc((size_t)n * sizeof *v);
    for (int i = 0; i < n; i++) u[i] = sin(i + 1.0);
    assert(boundaries_ends(n, u, v, NULL, 0) == DP_OK);
    for (int i = 0; i < n; i++) {
      const double want = i == 0 ? 100 : i == n - 1 ? 200 : u[i - 1] + 10 * u[i + 1];
      assert(fabs(v[i] - want) < 1e-14);
    }
    free(u);
    free(v);
  }
}

static double at2(const double *u, int n, int m, Rule *rows, Rule *columns, int i, int j) {
  const int k = rows(i, n), l = columns(j, m);
  return k < 0 || l < 0 ? 0 : u[k * m + l];
}

static void check_plane(int n, int m) {
  double *u = malloc((size_t)(n * m) * sizeof *u), *v = malloc((size_t)(n * m) * sizeof *v);
  for (int i = 0; i < n * m; i++) u[i] = sin(i + 1.0);
  assert(boundaries_plane(n, m, u, v, NULL, 0) == DP_OK);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < m; j++) {
      const double want =
          at2(u, n, m, wrap, empty, i - 1, j + 1) + 10 * at2(u, n, m, hold, wrap, i + 1, j - 1);
      assert(fabs(v[i * m + j] - want) < 1e-14);
    }
  free(u);
  free(v);
}

static void check_rim(int n, int m) {
  double *u = malloc((size_t)(n * m) * sizeof *u), *v = malloc((size_t)(n * m) * sizeof *v);
  for (int i = 0; i < n * m; i++) u[i] = sin(i + 1.0);
  assert(boundaries_rim(n, m, u, v, NULL, 0) == DP_OK);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < m; j++) {
      const double want =
          at2(u, n, m, empty, empty, i - 1, j + 1) + 10 * at2(u, n, m, empty, empty, i + 1, j - 2);
      assert(fabs(v[i * m + j] - want) < 1e-14);
    }
  free(u);
  free(v);
}

int main(void) {
  check(boundaries_wrap, wrap, 2, 1, 1);
  check(boundaries_hold, hold, 1, 2, 1);
  check(boundaries_empty, empty, 3, 1, 1);
  check(boundaries_mirror, mirror, 1, 2, 2);
  check_ends();
  for (int n = 1; n < 6; n++)
    for (int m = 1; m < 6; m++) check_plane(n, m);
  for (int n = 0; n < 6; n++)
    for (int m = 0; m < 40; m++) check_rim(n, m);
  return 0;
}
