#include "matrices.h"

#include <assert.h>
#include <math.h>

enum { N = 5, K = 3, M = 4 };

static char room[1 << 14];

static void fill(double *x, int n, double seed) {
  for (int i = 0; i < n; i++) x[i] = sin(seed + 3.0 * i);
}

int main(void) {
  double A[N * M], x[M], y[N], B[N * K], D[K * M], C[N * M], got[N * M];
  fill(A, N * M, 1);
  fill(x, M, 2);
  fill(y, N, 3);
  fill(B, N * K, 4);
  fill(D, K * M, 5);
  assert(matrices_right(N, M, A, x, got, room, sizeof room) == DP_OK);
  for (int i = 0; i < N; i++) {
    double sum = 0;
    for (int j = 0; j < M; j++) sum += A[i * M + j] * x[j];
    assert(fabs(got[i] - sum) < 1e-14);
  }
  assert(matrices_left(N, M, y, A, got, room, sizeof room) == DP_OK);
  for (int j = 0; j < M; j++) {
    double sum = 0;
    for (int i = 0; i < N; i++) sum += y[i] * A[i * M + j];
    assert(fabs(got[j] - sum) < 1e-14);
  }
  assert(matrices_product(N, K, M, B, D, C, room, sizeof room) == DP_OK);
  for (int i = 0; i < N; i++)
    for (int j = 0; j < M; j++) {
      double sum = 0;
      for (int k = 0; k < K; k++) sum += B[i * K + k] * D[k * M + j];
      assert(fabs(C[i * M + j] - sum) < 1e-14);
    }
  double A_bar[N * M] = {0}, x_bar[M] = {0}, y_bar[N] = {0};
  assert(matrices_form_adj(N, M, A, A_bar, x, x_bar, y, y_bar, 2, room, sizeof room) == DP_OK);
  for (int i = 0; i < N; i++) {
    double sum = 0;
    for (int j = 0; j < M; j++) {
      assert(fabs(A_bar[i * M + j] - 2 * y[i] * x[j]) < 1e-14);
      sum += A[i * M + j] * x[j];
    }
    assert(fabs(y_bar[i] - 2 * sum) < 1e-14);
  }
  for (int j = 0; j < M; j++) {
    double sum = 0;
    for (int i = 0; i < N; i++) sum += A[i * M + j] * y[i];
    assert(fabs(x_bar[j] - 2 * sum) < 1e-14);
  }
  /* Three layers of 7 x 7: one block of four rows, and three rows more. */
  static double Ws[3 * 49], us[4 * 7];
  double u[7];
  fill(Ws, 3 * 49, 6);
  fill(u, 7, 7);
  assert(matrices_layer(3, 7, Ws, u, us, room, sizeof room) == DP_OK);
  for (int l = 0; l < 3; l++)
    for (int i = 0; i < 7; i++) {
      double sum = 0;
      for (int k = 0; k < 7; k++) sum += Ws[(l * 7 + i) * 7 + k] * us[l * 7 + k];
      assert(fabs(us[(l + 1) * 7 + i] - sum) < 1e-12);
    }
  return 0;
}
