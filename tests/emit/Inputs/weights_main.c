#include "weights.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 12, LONGEST = 100 };

/* The same by hand, step by step. */
static double slope(int T, const double *W, const double *x0, double *W_bar) {
  static double x[LONGEST + 1][N];
  double total = 0, x_bar[N] = {0};
  memcpy(x[0], x0, sizeof x[0]);
  for (int t = 0; t < T; t++)
    for (int i = 0; i < N; i++) {
      double sum = 0;
      for (int k = 0; k < N; k++) sum += W[i * N + k] * x[t][k];
      x[t + 1][i] = tanh(sum);
      total += x[t + 1][i] * x[t + 1][i];
    }
  memset(W_bar, 0, N * N * sizeof *W_bar);
  for (int t = T; t-- > 0;) {
    double z_bar[N];
    for (int i = 0; i < N; i++)
      z_bar[i] = (x_bar[i] + 2 * x[t + 1][i]) * (1 - x[t + 1][i] * x[t + 1][i]);
    memset(x_bar, 0, sizeof x_bar);
    for (int i = 0; i < N; i++)
      for (int k = 0; k < N; k++) {
        W_bar[i * N + k] += z_bar[i] * x[t][k];
        x_bar[k] += z_bar[i] * W[i * N + k];
      }
  }
  return total;
}

int main(void) {
  const int lengths[] = {0, 1, 31, 32, 33, 64, LONGEST};
  double W[N * N], x0[N], got[N * N], want[N * N], value;
  for (int i = 0; i < N * N; i++) W[i] = 0.4 * sin(1 + 3.0 * i);
  for (int i = 0; i < N; i++) x0[i] = cos(2.0 * i);
  for (int k = 0; k < 7; k++) {
    const int T = lengths[k];
    const size_t bytes = weights_slope_work(T);
    void *work = malloc(bytes);
    memset(got, 0xff, sizeof got);
    assert(work && weights_slope(W, got, x0, T, &value, work, bytes) == DP_OK);
    free(work);
    const double total = slope(T, W, x0, want);
    assert(fabs(value - total) <= 1e-12 * fabs(total));
    for (int i = 0; i < N * N; i++) assert(fabs(got[i] - want[i]) <= 1e-12 * (1 + fabs(want[i])));
  }
  return 0;
}
