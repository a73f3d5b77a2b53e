/* Uses a generated solver and the runtime library from an installed dpc. */
#include "decay.h"
#include "dp_optim.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { T = 4 };

int main(void) {
  const double observed[T] = {0.9, 0.81, 0.729, 0.6561};
  double xs[T], x0_bar, k_bar, loss;
  const size_t bytes = decay_misfit_grad_work(T);
  void *work = malloc(bytes + 1);
  if (decay_decay(1.0, 1.0, 0.1, T, xs, work, bytes) != DP_OK) return 1;
  const int status =
    decay_misfit_grad(T, 1.0, &x0_bar, 1.0, &k_bar, 0.1, observed, &loss, work, bytes);
  free(work);
  printf("status %s, x(4) = %.4f, loss %.1e\n", dp_status_text(status), xs[T - 1], loss);
  return status != DP_OK || fabs(loss) > 1e-20;
}
