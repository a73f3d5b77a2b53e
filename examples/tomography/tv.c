/* tv - the lecture's gradient descent with total variation, and how far it is from the minimum. */
#include "study.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The weight of total variation beside 1/2 |A a - b|^2 with A and b divided by A's norm, and what
 * smooths it: what was best among some thirty pairs, on this phantom, for each number of steps. */
static const struct {
  int steps;
  double weight, epsilon;
} ladder[] = {
    {10, 1e-3, 0.1}, {30, 1e-3, 0.03}, {100, 1e-3, 0.03}, {300, 1e-3, 0.01}, {1000, 3e-4, 0.01}};

enum { RUNGS = sizeof ladder / sizeof ladder[0] };

static const double converged_weight = 3e-4, balance = 20;

typedef struct Tv {
  const Problem *p;
  double size;       /* A's norm */
  double *a, *b, *c; /* images */
} Tv;

/* What mean((b - A a)^2) is beside 1/2 |(A a - b)/size|^2. */
static double scale_of(const Problem *p, double size) {
  return 2 * size * size / (double)(VIEWS * p->bins);
}

/* By how much the gradient in the loop differs from that written by hand, relative to the largest. */
static int gradient_gap(const Tv *t, double lam, double epsilon, double *gap) {
  if (model_gradient(t->p, t->p->start, lam, epsilon, t->b)) return 1;
  if (model_gradient_by_hand(t->p, t->p->start, lam, epsilon, t->c)) return 1;
  double most = 0, size = 0;
  for (int64_t i = 0; i < t->p->side * t->p->side; i++) {
    most = fmax(most, fabs(t->b[i] - t->c[i]));
    size = fmax(size, fabs(t->c[i]));
  }
  *gap = most / size;
  return 0;
}

/* Steps of 1.9 over a bound of the second derivative: below 2, where descent begins to diverge. */
int tv_descend(const Problem *p, double size, int budget, const double *a_0, int steps, double *a) {
  int rung = 0;
  while (rung + 1 < RUNGS && ladder[rung].steps < budget) rung++;
  const double scale = scale_of(p, size), epsilon = ladder[rung].epsilon;
  const double lam = ladder[rung].weight * scale;
  return model_descend(p, a_0, lam, epsilon, 1.9 / (scale + 8 * lam / epsilon), steps, a);
}

int tv_converge(const Problem *p, double size, int steps, double *a) {
  return model_primal_dual(p, p->start, converged_weight, size, balance, steps, a);
}

static int climb(const Tv *t, int rung, double *decibels) {
  const int steps = ladder[rung].steps;
  if (tv_descend(t->p, t->size, steps, t->p->start, steps, t->a)) return 1;
  *decibels = model_psnr(t->p, t->a);
  printf("psnr_gd_%d = %.3f\n", ladder[rung].steps, *decibels);
  return 0;
}

static int report(Tv *t, const Options *o, int most, dp_progress *bar) {
  if (model_operator_norm(t->p, &t->size)) return 1;
  double gap, gd = NAN;
  if (gradient_gap(t, 1e-3 * scale_of(t->p, t->size), 0.01, &gap)) return 1;
  printf("operator_norm = %.4f\ngradient_gap = %.1e\n", t->size, gap);
  for (int rung = 0; rung < RUNGS && ladder[rung].steps <= most; rung++) {
    if (climb(t, rung, &gd)) return 1;
    dp_progress_step(bar, ladder[rung].steps);
  }
  if (tv_converge(t->p, t->size, most, t->b)) return 1;
  dp_progress_step(bar, most);
  const double best = model_psnr(t->p, t->b);
  printf("psnr_tv_converged = %.3f\n", best);
  char words[4][64];
  const dp_picture pictures[] = {
      image_picture(t->p, "phantom", t->p->truth, NAN, words[0]),
      image_picture(t->p, "FBP, the start", t->p->start, model_psnr(t->p, t->p->start), words[1]),
      image_picture(t->p, "gradient descent", t->a, gd, words[2]),
      image_picture(t->p, "converged", t->b, best, words[3]),
  };
  return !save_gallery(o, "tv.svg", "Total variation", pictures, 4);
}

int run_tv(const Problem *p, const Options *o) {
  const size_t image = (size_t)(p->side * p->side);
  double *images = calloc(3 * image, sizeof *images);
  if (!images) return fprintf(stderr, "tomography: out of memory\n"), 1;
  Tv t = {.p = p, .a = images, .b = images + image, .c = images + 2 * image};
  const int most = o->steps ? o->steps : 1000;
  int64_t total = most;
  for (int rung = 0; rung < RUNGS; rung++)
    if (ladder[rung].steps <= most) total += ladder[rung].steps;
  dp_progress bar;
  dp_progress_begin(&bar, "steps", total);
  const int failed = report(&t, o, most, &bar);
  dp_progress_end(&bar);
  free(images);
  if (failed) fprintf(stderr, "tomography: tv failed\n");
  return failed;
}
