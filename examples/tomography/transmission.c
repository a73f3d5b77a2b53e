/* transmission - counted photons of a fan beam: filtered back-projection, total variation with the weight
 * that is best on random phantoms, and the learned descent. */
#include "network.h"
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
  double *sharp, *tv, *learned; /* images of the phantom shown */
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

/* ---- learned ---- */

/* What scan and problem have in common, for the records of a training. */
static Problem problem_of(const Scan *s) {
  return (Problem){.side = s->side, .bins = s->bins, .truth = s->truth, .measured = s->counts,
                   .start = s->start, .work = s->work, .work_bytes = s->work_bytes};
}

static int reconstruct(const Network *w, const Scan *s, double *a) {
  return network_reconstruct(w, s->start, s->counts, LEARNED_ITERATIONS, a);
}

static int train_and_report(Transmission *t, const Options *o, Network *w) {
  char run[4096], weights[4096];
  dp_host_error error;
  if (!picture_path(o, "transmission_run.npz", run) ||
      !picture_path(o, "transmission_weights.npz", weights))
    return 1;
  const Problem shown = problem_of(&t->shown);
  if (!network_run(w, &shown, o->save_every, run)) return 1;
  if (!network_save_weights(w, weights, &error)) return fprintf(stderr, "tomography: %s\n", error.text), 1;
  double random = 0;
  for (int k = TUNED; k < PROBLEMS; k++) {
    if (reconstruct(w, &t->scans[k], t->learned)) return 1;
    random += scan_psnr(&t->scans[k], t->learned) / TESTED;
  }
  if (reconstruct(w, &t->shown, t->learned)) return 1;
  printf("psnr_learned = %.3f\npsnr_learned_random = %.3f\n", scan_psnr(&t->shown, t->learned), random);
  printf("training_seconds = %.1f\n", w->seconds);
  return 0;
}

static int learn(Transmission *t, const Options *o) {
  const Scan *s = &t->shown;
  const RunPlan plan = {.kind = &network_photons, .views = s->views, .side = s->side, .bins = s->bins,
                        .batch = o->batch, .seed = o->seed, .steps = o->steps ? o->steps : 1500,
                        .size = s->bound, .photons = s->photons, .see_da = 1, .see_dR = 1};
  Network w;
  if (!network_new(&w, &plan)) return fprintf(stderr, "tomography: out of memory\n"), 1;
  const int failed = train_and_report(t, o, &w);
  network_free(&w);
  return failed;
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
      image_picture(t->p, "learned, 10 iterations", t->learned, scan_psnr(s, t->learned), words[3]),
  };
  return save_gallery(o, "transmission.svg", "Photons of a fan beam", pictures, 5);
}

static bool prepare(Transmission *t, const Options *o) {
  if (!scan_new(&t->shown, SHEPP_LOGAN, o->side, false, o->photons, o->seed)) return false;
  for (int k = 0; k < PROBLEMS; k++)
    if (!scan_new(&t->scans[k], RANDOM_ELLIPSES, o->side, false, o->photons, 1000 * (int64_t)o->seed + k))
      return false;
  const size_t image = (size_t)(o->side * o->side);
  t->sharp = calloc(image, sizeof *t->sharp);
  t->tv = calloc(image, sizeof *t->tv);
  t->learned = calloc(image, sizeof *t->learned);
  return t->sharp && t->tv && t->learned;
}

static int run(Transmission *t, const Options *o) {
  if (report_gradient(&t->shown, t->sharp, t->tv)) return 1;
  if (scan_sharp_start(&t->shown, t->sharp) || report_fbp(t, o)) return 1;
  dp_progress_begin(&t->bar, "minima", GRID * TUNED + TESTED);
  tune(t);
  const int failed = report_tv(t);
  dp_progress_end(&t->bar);
  return failed || learn(t, o) || !draw(t, o);
}

int run_transmission(const Problem *p, const Options *o) {
  Transmission t = {.p = p};
  const int failed = !prepare(&t, o) || run(&t, o);
  scan_free(&t.shown);
  for (int k = 0; k < PROBLEMS; k++) scan_free(&t.scans[k]);
  free(t.sharp);
  free(t.tv);
  free(t.learned);
  if (failed) fprintf(stderr, "tomography: transmission failed\n");
  return failed;
}
