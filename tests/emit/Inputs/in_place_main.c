#include "in_place.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 7, ROOM = 1 << 16 };

static char room[ROOM];

static void check_wave(const double *u0) {
  double prev[N], u[N], next[N], got[N];
  for (int T = 0; T < 6; T++) {
    memcpy(prev, u0, sizeof prev);
    memcpy(u, u0, sizeof u);
    for (int t = 0; t < T; t++) {
      for (int i = 0; i < N; i++)
        next[i] = 2 * u[i] - prev[i] +
                  0.3 * ((i ? u[i - 1] : 0) - 2 * u[i] + (i < N - 1 ? u[i + 1] : 0));
      memcpy(prev, u, sizeof prev);
      memcpy(u, next, sizeof u);
    }
    assert(in_place_wave_work(N) <= ROOM);
    assert(in_place_wave(N, u0, 0.3, T, got, room, ROOM) == DP_OK);
    for (int i = 0; i < N; i++) assert(fabs(got[i] - u[i]) < 1e-13);
  }
}

static void check_circles(const double *a, const double *b) {
  double x[N], y[N], z[2];
  const double c[2] = {5, 6};
  for (int T = 0; T < 5; T++) {
    assert(in_place_swap(N, a, b, T, x, y, room, ROOM) == DP_OK);
    for (int i = 0; i < N; i++) assert(x[i] == (T % 2 ? b : a)[i] && y[i] == (T % 2 ? a : b)[i]);
    const double *of[3] = {a, b, c};
    assert(in_place_turn(a, b, c, T, x, y, z, room, ROOM) == DP_OK);
    for (int i = 0; i < 2; i++)
      assert(x[i] == of[T % 3][i] && y[i] == of[(T + 1) % 3][i] && z[i] == of[(T + 2) % 3][i]);
  }
}

static void check_choice(const double *a, const double *b) {
  double x[N], y[N], next[N], got_x[N], got_y[N];
  memcpy(x, a, sizeof x);
  memcpy(y, b, sizeof y);
  for (int t = 0; t < 3; t++)
    for (int i = 0; i < N; i++) {
      next[i] = y[i] + 1;
      y[i] = y[i] > 2 ? x[i] : y[i] + 0.5;
      x[i] = next[i];
    }
  assert(in_place_chosen(N, a, b, 3, got_x, got_y, room, ROOM) == DP_OK);
  for (int i = 0; i < N; i++) assert(got_x[i] == x[i] && got_y[i] == y[i]);
}

/* T x = b for T of the three diagonals. */
static void check_thomas(const double *b) {
  double below[N], diagonal[N], above[N], x[N];
  for (int i = 0; i < N; i++) {
    below[i] = 0.5 + 0.1 * i;
    diagonal[i] = 3 - 0.1 * i;
    above[i] = 1 - 0.1 * i;
  }
  assert(in_place_thomas(N, below, diagonal, above, b, x, room, ROOM) == DP_OK);
  for (int i = 0; i < N; i++) {
    const double left = i > 0 ? below[i] * x[i - 1] : 0, right = i + 1 < N ? above[i] * x[i + 1] : 0;
    assert(fabs(left + diagonal[i] * x[i] + right - b[i]) < 1e-13);
  }
}

static void check_seidel(const double *u0, const double *f) {
  double u[N], got[N];
  memcpy(u, u0, sizeof u);
  for (int s = 0; s < 4; s++)
    for (int i = 1; i < N - 1; i++) u[i] = 0.5 * (u[i - 1] + u[i + 1] - f[i]);
  assert(in_place_seidel(N, u0, f, 4, got, room, ROOM) == DP_OK);
  for (int i = 0; i < N; i++) assert(fabs(got[i] - u[i]) < 1e-14);
}

static void check_kept(const double *a) {
  double x[N], y[N];
  assert(in_place_kept(N, a, x, y, room, ROOM) == DP_OK);
  for (int i = 0; i < N; i++)
    assert(x[i] == 2 * a[i] && fabs(y[i] - (i ? x[i] : 3 * a[1] + x[2])) < 1e-15);
}

static void check_near(const double *x) {
  double force[N] = {0}, met[N / 2] = {0}, got_force[N], got_met[N / 2];
  for (int i = 0; i < N / 2; i++)
    for (int j = 0; j < N / 2; j++) {
      const double d[2] = {x[2 * i] - x[2 * j], x[2 * i + 1] - x[2 * j + 1]};
      const double r2 = d[0] * d[0] + d[1] * d[1];
      if (i == j || r2 >= 1) continue;
      for (int k = 0; k < 2; k++) force[2 * i + k] += r2 * d[k];
      met[j] += r2;
    }
  assert(in_place_near(N / 2, x, 1, got_force, got_met, room, ROOM) == DP_OK);
  for (int i = 0; i < N / 2 * 2; i++) assert(fabs(got_force[i] - force[i]) < 1e-14);
  for (int i = 0; i < N / 2; i++) assert(fabs(got_met[i] - met[i]) < 1e-14);
}

static void check_arms(const double *a, const double *b) {
  double x[N], y[N] = {0}, z[N] = {0}, old[N], got_x[N], got_y[N], got_z[N];
  memcpy(x, a, sizeof x);
  for (int i = 0; i + 1 < N; i++) {
    memcpy(old, x, sizeof x);
    if (b[i] > 2) x[i] += x[i + 1];
    else if (b[i] > 1) memcpy(y, x, sizeof x);
    else x[i + 1] = 0.5 * x[i];
    z[i] = old[i] + 10 * x[i] + 100 * old[i + 1];
  }
  assert(in_place_arms(N, a, b, got_x, got_y, got_z, room, ROOM) == DP_OK);
  for (int i = 0; i < N; i++)
    assert(got_x[i] == x[i] && got_y[i] == y[i] && fabs(got_z[i] - z[i]) < 1e-12);
}

int main(void) {
  double a[N], b[N], x[N], y[N], us[4 * N];
  for (int i = 0; i < N; i++) {
    a[i] = sin(7.0 * i + 1);
    b[i] = i;
  }
  assert(in_place_bubble(N, a, x, room, ROOM) == DP_OK);
  for (int i = 0; i + 1 < N; i++) assert(x[i] <= x[i + 1]);
  check_wave(a);
  assert(in_place_rows(N, a, 4, us, room, ROOM) == DP_OK);
  for (int t = 0; t < 4; t++)
    for (int i = 0; i < N; i++) assert(fabs(us[t * N + i] - sin(t * a[i])) < 1e-14);
  check_circles(a, b);
  check_choice(a, b);
  check_thomas(a);
  check_seidel(a, b);
  check_kept(a);
  check_near(a);
  for (int i = 0; i < N; i++) x[i] = (i * 7) % 4;
  check_arms(a, x);
  assert(in_place_both(N, a, 2, x, y, room, ROOM) == DP_OK);
  for (int i = 0; i < N; i++)
    assert(y[i] == (i == 2 ? 7 : a[i]) && x[i] == (i == 2 ? a[i] + 7 : a[i]));
  assert(in_place_reversed(N, b, 3, x, room, ROOM) == DP_OK);
  for (int i = 0; i < N; i++) assert(x[i] == N - 1 - i + 3);
  return 0;
}
