/* report - the printed lines: one paragraph per run, then `name = value` for the whole study. */
#include "study.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const double accepted_loss = 1.0e-3;

static void print_equation(const char *left, const double *c) {
  printf("  %s", left);
  for (int j = 0; j < TERMS; j++)
    if (c[j] != 0) printf(" %c %.4f %s", c[j] < 0 ? '-' : '+', fabs(c[j]), term_names[j]);
  printf("\n");
}

void print_run(int seed, const Run *run, const Discovery *found) {
  printf("seed %d: loss %.2e, best single terms %s and %s, runners-up %.2f and %.2f times worse\n",
         seed, run->final_loss, term_names[found->best[0]], term_names[found->best[1]],
         found->gap[0], found->gap[1]);
  print_equation("x' =  1.3 x", found->c);
  print_equation("y' = -1.8 y", found->c + TERMS);
  fflush(stdout);
}

static double field_of(const Run *run, size_t offset) {
  double value;
  memcpy(&value, (const char *)run + offset, sizeof value);
  return value;
}

/* The k-th smallest of a field: how many runs lie below a value, and how many not above it. */
static double ranked(const Run *runs, int n, size_t offset, int k) {
  for (int i = 0; i < n; i++) {
    const double value = field_of(&runs[i], offset);
    int below = 0, not_above = 0;
    for (int j = 0; j < n; j++) {
      below += field_of(&runs[j], offset) < value;
      not_above += field_of(&runs[j], offset) <= value;
    }
    if (below <= k && k < not_above) return value;
  }
  return NAN;
}

static double median(const Run *runs, int n, size_t offset) {
  return 0.5 * (ranked(runs, n, offset, (n - 1) / 2) + ranked(runs, n, offset, n / 2));
}

/* Among the runs that recovered the structure; 0 where none did. */
static double worst(const Run *runs, int n, size_t offset) {
  double most = 0;
  for (int i = 0; i < n; i++)
    if (runs[i].recovered) most = fmax(most, field_of(&runs[i], offset));
  return most;
}

void print_summary(const Run *runs, int n) {
  int ok = 0, recovered = 0, exact = 0;
  for (int i = 0; i < n; i++) {
    ok += runs[i].final_loss <= accepted_loss;
    recovered += runs[i].recovered;
    exact += runs[i].terms == 2 && isfinite(runs[i].beta_error + runs[i].gamma_error);
  }
#define MEDIAN(field) median(runs, n, offsetof(Run, field))
#define WORST(field) worst(runs, n, offsetof(Run, field))
  printf("\nfinal_loss_median = %.3e\n", MEDIAN(final_loss));
  printf("loss_ok_rate = %.3f\n", (double)ok / n);
  printf("recovery_rate = %.3f\n", (double)recovered / n);
  printf("exact_model_rate = %.3f\n", (double)exact / n);
  printf("beta_direct_median = %.4f\n", MEDIAN(beta_direct));
  printf("gamma_direct_median = %.4f\n", MEDIAN(gamma_direct));
  printf("beta_error_median = %.5f\n", MEDIAN(beta_error));
  printf("gamma_error_median = %.5f\n", MEDIAN(gamma_error));
  printf("beta_error_worst = %.5f\n", WORST(beta_error));
  printf("gamma_error_worst = %.5f\n", WORST(gamma_error));
  printf("forecast_error_median = %.4g\n", MEDIAN(forecast_error));
#undef MEDIAN
#undef WORST
}
