/* model - calls the C that dpc wrote for tomography.dp, with one workspace for all of its functions. */
#include "study.h"
#include "tomography.h"

#include <math.h>
#include <stdlib.h>

/* The bins that cover the diagonal of the image at the spacing that its pixels ask for, as ODL chooses
 * them. */
static int64_t bins_for(int64_t side) { return 2 * (int64_t)ceil((double)side * sqrt(0.5)) + 1; }

static size_t most_work(int64_t n, int64_t bins) {
  const size_t needs[] = {
      tomography_problem_work(n, VIEWS, bins),
      tomography_random_problem_work(n, VIEWS, bins),
      tomography_start_work(VIEWS, bins, n),
      tomography_smooth_start_work(VIEWS, bins, n),
      tomography_X_ray_tomography_work(n, VIEWS, bins),
      tomography_inner_gradient_work(n, VIEWS, bins),
      tomography_gradient_by_hand_work(n, VIEWS, bins),
      tomography_operator_norm_work(n, VIEWS),
      tomography_primal_dual_work(n, VIEWS, bins),
      tomography_both_products_work(n, VIEWS, bins),
  };
  return largest_size(needs, sizeof needs / sizeof needs[0]);
}

static bool problem_alloc(Problem *p, int64_t side) {
  const size_t image = (size_t)(side * side) * sizeof(double);
  *p = (Problem){.side = side, .bins = bins_for(side)};
  p->truth = malloc(image);
  p->start = malloc(image);
  p->measured = malloc((size_t)(VIEWS * p->bins) * sizeof(double));
  p->work_bytes = most_work(side, p->bins);
  p->work = malloc(p->work_bytes);
  return p->truth && p->start && p->measured && p->work;
}

bool problem_new(Problem *p, Phantom phantom, int64_t side, int64_t seed) {
  if (!problem_alloc(p, side)) return problem_free(p), false;
  const int failed = (phantom == SHEPP_LOGAN ? tomography_problem : tomography_random_problem)(
      seed, side, VIEWS, p->bins, p->truth, p->measured, p->work, p->work_bytes);
  if (failed ||
      tomography_start(VIEWS, p->bins, p->measured, side, p->start, p->work, p->work_bytes))
    return problem_free(p), false;
  return true;
}

void problem_free(Problem *p) {
  free(p->truth);
  free(p->start);
  free(p->measured);
  free(p->work);
  *p = (Problem){0};
}

int model_smooth_start(const Problem *p, double *a) {
  return tomography_smooth_start(VIEWS, p->bins, p->measured, p->side, a, p->work, p->work_bytes);
}

int model_descend(const Problem *p, const double *a_0, double lam, double epsilon, double gamma,
                  int64_t steps, double *a) {
  return tomography_X_ray_tomography(p->side, VIEWS, p->bins, a_0, p->measured, lam, epsilon, gamma,
                                     steps, a, p->work, p->work_bytes);
}

int model_gradient(const Problem *p, const double *a, double lam, double epsilon, double *da) {
  return tomography_inner_gradient(p->side, VIEWS, p->bins, a, p->measured, lam, epsilon, da,
                                   p->work, p->work_bytes);
}

int model_gradient_by_hand(const Problem *p, const double *a, double lam, double epsilon,
                           double *da) {
  return tomography_gradient_by_hand(p->side, VIEWS, p->bins, a, p->measured, lam, epsilon, da,
                                     p->work, p->work_bytes);
}

int model_operator_norm(const Problem *p, double *size) {
  return tomography_operator_norm(p->side, VIEWS, p->bins, 30, size, p->work, p->work_bytes);
}

int model_primal_dual(const Problem *p, const double *a_0, double lam, double size, double balance,
                      int64_t steps, double *a) {
  return tomography_primal_dual(p->side, VIEWS, p->bins, a_0, p->measured, lam, size, balance,
                                steps, a, p->work, p->work_bytes);
}

double model_psnr(const Problem *p, const double *a) {
  double decibels;
  return tomography_psnr(p->side, a, p->truth, &decibels, p->work, p->work_bytes) ? NAN : decibels;
}

double model_adjoint_gap(const Problem *p) {
  double forward, back;
  if (tomography_both_products(p->side, VIEWS, p->bins, p->truth, p->measured, &forward, &back,
                               p->work, p->work_bytes))
    return NAN;
  return fabs(forward - back) / fabs(forward);
}
