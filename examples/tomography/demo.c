/* demo - what trained weights do beside descent with total variation, iteration by iteration. */
#include "network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_POINTS = 64 };

typedef struct Demo {
  const Problem *p;
  Network network;
  double *descent, *converged, *learned; /* images */
  double at_start;
} Demo;

/* PSNR after numbers of iterations. */
typedef struct Curve {
  double iterations[MOST_POINTS], decibels[MOST_POINTS];
  int n;
} Curve;

static void add_point(Curve *c, const Problem *p, int iterations, const double *a) {
  c->iterations[c->n] = log10(iterations);
  c->decibels[c->n++] = model_psnr(p, a);
}

/* 1, 2, .. 10, then ten to a decade, at last `most`. */
static int next_count(int k, int most) {
  const int next = k < 10 ? k + 1 : (int)ceil(1.2589254117941673 * k);
  return next < most ? next : most;
}

static int follow_descent(Demo *d, int most, Curve *c) {
  const size_t image = (size_t)(d->p->side * d->p->side) * sizeof(double);
  memcpy(d->descent, d->p->start, image);
  for (int k = 0; k < most;) {
    const int next = next_count(k, most);
    memcpy(d->learned, d->descent, image); /* room, until the network writes there */
    if (tv_descend(d->p, d->network.plan.size, most, d->learned, next - k, d->descent)) return 1;
    add_point(c, d->p, k = next, d->descent);
  }
  return 0;
}

/* 1, 2, 5, 10, .., at last `most`: few, as each begins anew. */
static int next_rung(int k, int most) {
  int decade = 1;
  while (10 * decade <= k) decade *= 10;
  const int next = k == 0 ? 1 : k < 2 * decade ? 2 * decade : k < 5 * decade ? 5 * decade : 10 * decade;
  return next < most ? next : most;
}

static int follow_primal_dual(Demo *d, int most, Curve *c, dp_progress *bar) {
  for (int k = 0; k < most;) {
    k = next_rung(k, most);
    if (tv_converge(d->p, d->network.plan.size, k, d->converged)) return 1;
    add_point(c, d->p, k, d->converged);
    dp_progress_step(bar, k);
  }
  return 0;
}

static int follow_network(Demo *d, Curve *c) {
  for (int k = 1; k <= LEARNED_ITERATIONS; k++) {
    if (network_reconstruct(&d->network, d->p->start, d->p->measured, k, d->learned)) return 1;
    add_point(c, d->p, k, d->learned);
  }
  return 0;
}

static double last(const Curve *c) { return c->decibels[c->n - 1]; }

static bool draw(const Demo *d, const Options *o, const Curve *descent, const Curve *primal_dual,
                 const Curve *learned) {
  const dp_series series[] = {
      {.label = "learned", .n = learned->n, .x = learned->iterations, .y = learned->decibels},
      {.label = "gradient descent", .n = descent->n, .x = descent->iterations, .y = descent->decibels},
      {.label = "primal-dual", .n = primal_dual->n, .x = primal_dual->iterations,
       .y = primal_dual->decibels},
  };
  const dp_axes axes = {.x_label = "log10 of iterations", .y_label = "PSNR in dB", .series = series,
                        .n_series = 3};
  char words[4][64];
  const dp_picture pictures[] = {
      image_picture(d->p, "phantom", d->p->truth, NAN, words[0]),
      {.title = "measurements", .rows = VIEWS, .columns = d->p->bins, .pixels = d->p->measured,
       .is_stretched = true},
      image_picture(d->p, "FBP, the start", d->p->start, d->at_start, words[1]),
      image_picture(d->p, "total variation", d->converged, last(primal_dual), words[2]),
      image_picture(d->p, "learned, 10 iterations", d->learned, last(learned), words[3]),
  };
  return save_gallery(o, "demo.svg", "Thirty views, 5 % of noise", pictures, 5) &&
         save_plot(o, "demo_iterations.svg", "Quality against iterations", &axes, 1);
}

static int report(Demo *d, const Options *o) {
  static Curve descent, primal_dual, learned;
  const int most = o->steps ? o->steps : 1000;
  int total = 0;
  for (int k = 0; k < most;) total += k = next_rung(k, most);
  dp_progress bar;
  dp_progress_begin(&bar, "iterations", total);
  const int failed = follow_descent(d, most, &descent) || follow_network(d, &learned) ||
                     follow_primal_dual(d, most, &primal_dual, &bar);
  dp_progress_end(&bar);
  if (failed) return fprintf(stderr, "tomography: demo failed\n"), 1;
  d->at_start = model_psnr(d->p, d->p->start);
  printf("psnr_fbp_ram_lak = %.3f\n", d->at_start);
  printf("psnr_gd = %.3f\n", last(&descent));
  printf("psnr_tv_converged = %.3f\n", last(&primal_dual));
  printf("psnr_learned = %.3f\n", last(&learned));
  return !draw(d, o, &descent, &primal_dual, &learned);
}

int run_demo(const Problem *p, const Options *o) {
  const size_t image = (size_t)(p->side * p->side);
  RunPlan plan = {.kind = &network_integrals, .views = VIEWS, .side = p->side, .bins = p->bins,
                  .batch = 1, .steps = 1, .see_da = 1, .see_dR = 1};
  dp_host_error error;
  double *images = malloc(3 * image * sizeof *images);
  Demo d = {.p = p, .descent = images, .converged = images + image, .learned = images + 2 * image};
  int failed = 1;
  if (!images || model_operator_norm(p, &plan.size) || !network_new(&d.network, &plan))
    fprintf(stderr, "tomography: out of memory\n");
  else if (!network_load_weights(&d.network, o->weights, &error))
    fprintf(stderr, "tomography: %s\n", error.text);
  else
    failed = report(&d, o);
  network_free(&d.network);
  free(images);
  return failed;
}
