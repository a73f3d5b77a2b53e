/* Values of turned.dp against loops written out; each schedule's bits against the others'. */
#include "turned.h"

#include <math.h>
#include <string.h>

enum { N = 16, STEPS = 21 };

static double written_out(const double *u0, double (*W)[N]) {
  double u[N], next[N], sum = 0;
  memcpy(u, u0, sizeof u);
  for (int t = 0; t < STEPS; t++) {
    for (int i = 0; i < N; i++) {
      next[i] = 0;
      for (int k = 0; k < N; k++) next[i] += W[i][k] * u[k];
    }
    for (int i = 0; i < N; i++) u[i] = tanh(next[i]);
  }
  for (int i = 0; i < N; i++) sum += u[i] * u[i];
  return sum;
}

int main(void) {
  static double work[1 << 15], W[N][N], u[N], value[4], W_bar[3][N * N], u_bar[3][N];
  for (int i = 0; i < N; i++) {
    u[i] = 0.05 * i - 0.3;
    for (int k = 0; k < N; k++) W[i][k] = 0.3 * sin(3 * i + 7 * k + 1.0 * i * k);
  }
  if (turned_all(u, W[0], STEPS, &value[3], work, sizeof work)) return 1;
  if (turned_all_g(u, u_bar[0], W[0], W_bar[0], STEPS, &value[0], work, sizeof work)) return 1;
  if (turned_few_g(u, u_bar[1], W[0], W_bar[1], STEPS, &value[1], work, sizeof work)) return 1;
  if (turned_root_g(u, u_bar[2], W[0], W_bar[2], STEPS, &value[2], work, sizeof work)) return 1;
  if (fabs(value[3] - written_out(u, W)) > 1e-12 * value[3]) return 2;
  for (int k = 0; k < 3; k++)
    if (value[k] != value[3] || memcmp(u_bar[k], u_bar[0], sizeof u_bar[0])) return 3;
  for (int i = 0; i < 2 * N * N; i++)
    if (fabs(W_bar[1 + i / (N * N)][i % (N * N)] - W_bar[0][i % (N * N)]) > 1e-12) return 4;
  return 0;
}
