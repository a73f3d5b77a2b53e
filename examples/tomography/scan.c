/* scan - see scan.h; calls the C that dpc wrote for transmission.dp. */
#include "scan.h"

#include "transmission.h"

#include <math.h>
#include <stdlib.h>

static const double pi = 3.14159265358979323846;
/* The fan's angle, from the source at 1000 mm to either end of 720 mm, with a little to spare. */
static const double fan = 0.7;
static const double balance = 20; /* of the primal-dual method's steps */

static size_t most_work(const Scan *s) {
  const int64_t n = s->side, views = s->views, bins = s->bins;
  const size_t needs[] = {
      transmission_problem_work(n, views, bins),
      transmission_random_problem_work(n, views, bins),
      transmission_curvature_work(n, views, bins),
      transmission_start_work(views, bins, n),
      transmission_smooth_start_work(views, bins, n),
      transmission_inner_gradient_work(n, views, bins),
      transmission_gradient_by_hand_work(n, views, bins),
      transmission_converged_tv_work(n, views, bins),
      transmission_objective_work(n, views, bins),
      transmission_psnr_work(n),
  };
  return largest_size(needs, sizeof needs / sizeof needs[0]);
}

static bool scan_alloc(Scan *s) {
  const size_t image = (size_t)(s->side * s->side) * sizeof(double);
  s->truth = malloc(image);
  s->start = malloc(image);
  s->counts = malloc((size_t)(s->views * s->bins) * sizeof(double));
  s->work_bytes = most_work(s);
  s->work = malloc(s->work_bytes);
  return s->truth && s->start && s->counts && s->work;
}

bool scan_new(Scan *s, Phantom phantom, int64_t side, bool is_short, double photons, int64_t seed) {
  const double arc = is_short ? pi + fan : 2 * pi;
  *s = (Scan){.side = side, .bins = 2 * side, .arc = arc, .photons = photons};
  s->views = (int64_t)ceil((double)side * arc / (2 * pi));
  if (!scan_alloc(s)) return scan_free(s), false;
  const int failed =
      (phantom == SHEPP_LOGAN ? transmission_problem : transmission_random_problem)(
          seed, side, s->views, s->bins, arc, photons, s->truth, s->counts, s->work, s->work_bytes) ||
      transmission_smooth_start(s->views, s->bins, s->counts, side, arc, photons, s->start, s->work,
                                s->work_bytes) ||
      transmission_curvature(side, s->views, s->bins, arc, photons, 30, &s->bound, s->work,
                             s->work_bytes);
  if (failed) scan_free(s);
  return !failed;
}

void scan_free(Scan *s) {
  free(s->truth);
  free(s->counts);
  free(s->start);
  free(s->work);
  *s = (Scan){0};
}

int scan_sharp_start(const Scan *s, double *a) {
  return transmission_start(s->views, s->bins, s->counts, s->side, s->arc, s->photons, a, s->work,
                            s->work_bytes);
}

int scan_gradient(const Scan *s, const double *a, double *da) {
  return transmission_inner_gradient(s->side, s->views, s->bins, a, s->counts, s->arc, s->photons,
                                     s->bound, da, s->work, s->work_bytes);
}

int scan_gradient_by_hand(const Scan *s, const double *a, double *da) {
  return transmission_gradient_by_hand(s->side, s->views, s->bins, a, s->counts, s->arc, s->photons,
                                       s->bound, da, s->work, s->work_bytes);
}

int scan_converged_tv(const Scan *s, double lam, int64_t steps, double *a, double *objective) {
  const int status = transmission_converged_tv(s->side, s->views, s->bins, s->start, s->counts, s->arc,
                                               s->photons, s->bound, lam, balance, steps, a, s->work,
                                               s->work_bytes);
  if (status) return status;
  return transmission_objective(s->side, s->views, s->bins, a, s->counts, s->arc, s->photons, s->bound,
                                lam, objective, s->work, s->work_bytes);
}

double scan_psnr(const Scan *s, const double *a) {
  double decibels;
  return transmission_psnr(s->side, a, s->truth, &decibels, s->work, s->work_bytes) ? NAN : decibels;
}
