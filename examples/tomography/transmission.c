/* transmission - counted photons of a fan beam: filtered back-projection, and total variation with the
 * weight that is best on random phantoms. */
#include "scan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TUNED = 4, TESTED = 8, PROBLEMS = TUNED + TESTED, GRID = 9, TV_STEPS = 300 };

/* Of total variation beside the discrepancy over its bound. */
static const double least_weight = 1e-5, most_weight = 1e-3;

typedef struct Transmission {
  const Problem *p; /* for the size of pictures */
  Scan shown;       /* the phantom of Shepp and Logan */
  Scan scans[PROBLEMS]; /* random phantoms: the first TUNED choose the weight, the others judge */
  double weight;
  double *sharp, *tv; /* images of the phantom shown */
  dp_progress bar;
} Transmission;

/* The gradient in closed form against what `grad` finds, on the image, relative to the largest. */
static int report_gradient(const Scan *s, double *da, double *by_hand) {
  if (scan_gradient(s, s->start, da) || scan_gradient_by_hand(s, s->start, by_hand)) return 1;
  double most = 0, size = 0;
  for (int64_t i = 0; i < s->side * s->side; i++) {
    most = fmax(most, fabs(da[i] - by_hand[i]));
    size = fmax(size, fabs(by_hand[i]));
  }
  printf("transmission_gradient_gap = %.1e\n", most / size);
  return 0;
}

static int report_fbp(const Transmission *t, const Options *o) {
  Scan half;
  if (!scan_new(&half, SHEPP_LOGAN, o->side, true, o->photons, o->seed)) return 1;
  double mean = 0;
  for (int k = TUNED; k < PROBLEMS; k++) mean += scan_psnr(&t->scans[k], t->scans[k].start) / TESTED;
  printf("psnr_fbp = %.3f\n", scan_psnr(&t->shown, t->shown.start));
  printf("psnr_fbp_ram_lak = %.3f\n", scan_psnr(&t->shown, t->sharp));
  printf("psnr_fbp_half_scan = %.3f\n", scan_psnr(&half, half.start));
  printf("psnr_fbp_random = %.3f\n", mean);
  scan_free(&half);
  return 0;
}

/* The mean PSNR of total variation over scans [first, last), NaN where it fails; the last image stays. */
static double mean_tv(Transmission *t, int first, int last, double weight) {
  double sum = 0, objective;
  for (int k = first; k < last; k++) {
    if (scan_converged_tv(&t->scans[k], weight, TV_STEPS, t->tv, &objective)) return NAN;
    sum += scan_psnr(&t->scans[k], t->tv);
    dp_progress_step(&t->bar, 1);
  }
  return sum / (last - first);
}

/* The best of a grid on the phantoms for tuning. */
static void tune(Transmission *t) {
  double best = -INFINITY;
  for (int i = 0; i < GRID; i++) {
    const double weight = least_weight * pow(most_weight / least_weight, i / (GRID - 1.0));
    const double decibels = mean_tv(t, 0, TUNED, weight);
    if (!(decibels > best)) continue;
    best = decibels;
    t->weight = weight;
  }
}

/* By how much three times the steps lower the objective further shows that it has converged. */
static int report_tv(Transmission *t) {
  double objective, less;
  const double random = mean_tv(t, TUNED, PROBLEMS, t->weight);
  if (isnan(random) || scan_converged_tv(&t->shown, t->weight, 3 * TV_STEPS, t->tv, &less) ||
      scan_converged_tv(&t->shown, t->weight, TV_STEPS, t->tv, &objective))
    return 1;
  printf("tv_weight = %.2e\ntv_objective_excess = %.1e\n", t->weight, objective / less - 1);
  printf("psnr_tv = %.3f\npsnr_tv_random = %.3f\n", scan_psnr(&t->shown, t->tv), random);
  return 0;
}

static bool draw(const Transmission *t, const Options *o) {
  const Scan *s = &t->shown;
  char words[4][64];
  const dp_picture pictures[] = {
      image_picture(t->p, "phantom", s->truth, NAN, words[0]),
      {.title = "photons counted", .rows = s->views, .columns = s->bins, .pixels = s->counts,
       .is_stretched = true},
      image_picture(t->p, "FBP, Hann", s->start, scan_psnr(s, s->start), words[1]),
      image_picture(t->p, "total variation", t->tv, scan_psnr(s, t->tv), words[2]),
  };
  return save_gallery(o, "transmission.svg", "Photons of a fan beam", pictures, 4);
}

static bool prepare(Transmission *t, const Options *o) {
  if (!scan_new(&t->shown, SHEPP_LOGAN, o->side, false, o->photons, o->seed)) return false;
  for (int k = 0; k < PROBLEMS; k++)
    if (!scan_new(&t->scans[k], RANDOM_ELLIPSES, o->side, false, o->photons, 1000 * (int64_t)o->seed + k))
      return false;
  const size_t image = (size_t)(o->side * o->side);
  t->sharp = calloc(image, sizeof *t->sharp);
  t->tv = calloc(image, sizeof *t->tv);
  return t->sharp && t->tv;
}

static int run(Transmission *t, const Options *o) {
  if (report_gradient(&t->shown, t->sharp, t->tv)) return 1;
  if (scan_sharp_start(&t->shown, t->sharp) || report_fbp(t, o)) return 1;
  tune(t);
  return report_tv(t) || !draw(t, o);
}

int run_transmission(const Problem *p, const Options *o) {
  Transmission t = {.p = p};
  dp_progress_begin(&t.bar, "minima", GRID * TUNED + TESTED);
  const int failed = !prepare(&t, o) || run(&t, o);
  dp_progress_end(&t.bar);
  scan_free(&t.shown);
  for (int k = 0; k < PROBLEMS; k++) scan_free(&t.scans[k]);
  free(t.sharp);
  free(t.tv);
  if (failed) fprintf(stderr, "tomography: transmission failed\n");
  return failed;
}
