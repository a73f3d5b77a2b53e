/* Values of links.dp against the same written out, point by point. */
#include "links.h"

#include <math.h>
#include <stdlib.h>

enum { N = 14, STEPS = 5 };

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

static void step(double *a, double *b, double w) {
  const double old_a = *a, old_b = *b, gate = sigmoid(w * old_b + 0.1);
  *a = gate * tanh(old_a * w + old_b) + 0.5 * sin(old_b);
  *b = tanh(sigmoid(*a * w) + cos(exp(-*a * *a) * old_a)) - (old_a > old_b ? tanh(old_b) : gate);
}

int main(void) {
  double a[N], b[N], w[N], a_out[N], b_out[N];
  for (int i = 0; i < N; i++) {
    a[i] = 0.1 * i - 0.6;
    b[i] = 0.5 - 0.07 * i;
    w[i] = 1.0 - 0.11 * i;
  }
  if (links_run(a, b, w, STEPS, a_out, b_out, NULL, 0)) return 1;
  for (int i = 0; i < N; i++) {
    for (int t = 0; t < STEPS; t++) step(&a[i], &b[i], w[i]);
    if (fabs(a[i] - a_out[i]) > 1e-13 || fabs(b[i] - b_out[i]) > 1e-13) return 2;
  }
  return 0;
}
