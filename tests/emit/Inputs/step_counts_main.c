#include "step_counts.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

enum { STEPS = 1000, TRIES = 4 };

static int64_t calls;

int counted_step(double x, double a, double *y);
int counted_step_adj(double x, double *x_bar, double a, double *a_bar, double y_bar);

int counted_step(double x, double a, double *y) {
  calls++;
  *y = x + 0.1 * a * cos(x);
  return 0;
}

int counted_step_adj(double x, double *x_bar, double a, double *a_bar, double y_bar) {
  *x_bar += y_bar * (1 - 0.1 * a * sin(x));
  *a_bar += y_bar * 0.1 * cos(x);
  return 0;
}

static char work[1 << 20];
static int failures;

typedef int Gradient(double x0, double *x0_bar, double a, double *a_bar, int64_t T, int64_t S,
                     double *y, void *work, size_t work_bytes);

static double per_step(Gradient *gradient, int64_t S, const char *name, double most) {
  double y, x0_bar, a_bar;
  calls = 0;
  if (gradient(0.5, &x0_bar, 1.2, &a_bar, STEPS, S, &y, work, sizeof work)) failures++;
  const double each = (double)calls / (double)STEPS;
  if (each > most) {
    failures++;
    printf("%s, %d snapshots: %.3f steps, not %.2f\n", name, (int)S, each, most);
  }
  return each;
}

static int squares(double x0, double *x0_bar, double a, double *a_bar, int64_t T, int64_t S, double *y,
                   void *space, size_t bytes) {
  (void)S;
  return step_counts_squares(x0, x0_bar, a, a_bar, T, y, space, bytes);
}

int main(void) {
  const int64_t snapshots[TRIES] = {5, 10, 20, 40};
  const double binomial[TRIES] = {7.28, 4.64, 3.75, 3.09}, mixed[TRIES] = {6.85, 3.92, 2.82, 2.13};
  for (int i = 0; i < TRIES; i++) {
    per_step(step_counts_binomial, snapshots[i], "binomial", binomial[i]);
    per_step(step_counts_mixed, snapshots[i], "mixed", mixed[i]);
    per_step(step_counts_state, snapshots[i], "binomial, state only", binomial[i] - 1);
  }
  per_step(squares, 0, "sqrt", 2);
  /* The first run and, where nothing is kept but the start, one more for each step. */
  if (per_step(step_counts_state, 0, "no snapshot", 501) < 500) failures++;
  /* As many snapshots as steps: only the step before the last is run again. */
  per_step(step_counts_state, STEPS, "all snapshots", 1.001);
  if (failures == 0) printf("as few as can be\n");
  return failures != 0;
}
