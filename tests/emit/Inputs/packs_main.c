#include "packs.h"

#include <assert.h>
#include <math.h>

enum { N = 7, CENTRES = 12 };

static char room[1 << 14];

static void fill(double *x, int n, double seed) {
  for (int i = 0; i < n; i++) x[i] = sin(seed + 3.7 * i);
}

static void check_nearest(void) {
  double x[N * 3], centres[CENTRES * 3], got, sum = 0;
  fill(x, N * 3, 1);
  fill(centres, CENTRES * 3, 2);
  for (int i = 0; i < N; i++) {
    double least = INFINITY;
    for (int k = 0; k < CENTRES; k++) {
      const double *p = x + 3 * i, *c = centres + 3 * k;
      least = fmin(least, pow(p[0] - c[0], 2) + pow(p[1] - c[1], 2) + fabs(p[2] - c[2]));
    }
    sum += least;
  }
  assert(packs_nearest(N, x, centres, &got, room, sizeof room) == DP_OK);
  assert(fabs(got - sum) < 1e-13);
  assert(packs_nearest(0, x, centres, &got, room, sizeof room) == DP_OK && got == 0);
}

static double middle(double a[2][8][2], const double *x) {
  double first = 0, second = 0;
  for (int i = 0; i < N; i++) {
    double most = -INFINITY, least = INFINITY;
    for (int k = 0; k < 8; k++) {
      most = fmax(most, x[i] * a[0][k][1] + a[1][k][0] * a[0][k][0]);
      least = fmin(least, x[i] * sin(a[0][k][1]) - a[1][k][1] * a[1][k][0]);
    }
    first += most;
    second += least;
  }
  return first * second;
}

static double slope(double a[2][8][2], const double *x, double *at) {
  const double old = *at, h = 1e-5;
  *at = old + h;
  const double right = middle(a, x);
  *at = old - h;
  const double left = middle(a, x);
  *at = old;
  return (right - left) / (2 * h);
}

static void check_middle(void) {
  double a[2][8][2], x[N], got, a_bar[32], x_bar[N];
  fill(&a[0][0][0], 32, 3);
  fill(x, N, 4);
  assert(packs_middle(N, &a[0][0][0], x, &got, room, sizeof room) == DP_OK);
  assert(fabs(got - middle(a, x)) < 1e-13);
  assert(packs_middle_grad(N, &a[0][0][0], a_bar, x, x_bar, room, sizeof room) == DP_OK);
  for (int l = 0; l < 32; l++) assert(fabs(a_bar[l] - slope(a, x, &a[0][0][0] + l)) < 1e-7);
  for (int i = 0; i < N; i++) assert(fabs(x_bar[i] - slope(a, x, x + i)) < 1e-7);
}

static void check_rest(void) {
  double a[8 * 90], x[N], got, sum = 0;
  fill(a, 8 * 90, 5);
  fill(x, N, 6);
  for (int i = 0; i < N; i++) {
    double most = -INFINITY;
    for (int k = 0; k < 8; k++) most = fmax(most, x[i] - a[k * 90 + 7]);
    sum += most;
  }
  assert(packs_column(N, a, x, &got, room, sizeof room) == DP_OK && fabs(got - sum) < 1e-13);
  sum = 0;
  for (int l = 0; l < 2; l++) {
    double most = -INFINITY;
    for (int i = 0; i < N; i++) most = fmax(most, x[l] * a[2 * i] - a[2 * i + 1]);
    sum += most;
  }
  assert(packs_twice(N, a, x, &got, room, sizeof room) == DP_OK && fabs(got - sum) < 1e-13);
}

int main(void) {
  check_nearest();
  check_middle();
  check_rest();
}
