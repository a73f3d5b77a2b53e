/* Values of shared-product.dp against the same written out. */
#include "product.h"

#include <math.h>

enum { N = 4 };

int main(void) {
  const double x[N] = {0.1, -0.4, 0.5, 0.9}, c = 1.7, d = 0.6;
  double shared, jumps, sums[2] = {0, 0};
  double work[256];
  if (product_shared(N, x, c, d, &shared, work, sizeof work)) return 1;
  if (product_jumps(N, x, c, d, &jumps, work, sizeof work)) return 1;
  for (int i = 0; i < N; i++) {
    const double p = c * (2 * x[i] + 3 * sin(x[i]));
    sums[0] += d * p + sin(p);
    sums[1] += d * p + (p > 1 ? p : p * p);
  }
  return fabs(shared - sums[0]) > 1e-12 || fabs(jumps - sums[1]) > 1e-12 ? 2 : 0;
}
