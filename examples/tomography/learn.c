/* learn - trains the learned descent, and shows what it does with ten iterations. */
#include "network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bool draw_training(const Options *o, const Network *w, double descent) {
  const double ends[] = {0, w->records[RECORDS - 1].seconds}, descents[] = {descent, descent};
  const dp_series series[] = {
      {.label = "learned, 10 iterations", .n = RECORDS, .x = &w->records[0].seconds,
       .y = &w->records[0].decibels, .stride = sizeof(Record) / sizeof(double)},
      {.label = "descent with total variation, 10 iterations", .mark = DP_DASHES, .n = 2, .x = ends,
       .y = descents, .color = -1},
  };
  const dp_axes axes = {.x_label = "seconds of training", .y_label = "PSNR in dB", .series = series,
                        .n_series = 2};
  return save_plot(o, "learn_training.svg", "What training brings", &axes, 1);
}

static int report(const Problem *p, const Options *o, const Network *w, double *images) {
  double *descent = images, *learned = images + p->side * p->side;
  if (tv_descend(p, w->plan.size, LEARNED_ITERATIONS, p->start, LEARNED_ITERATIONS, descent) ||
      network_reconstruct(w, p->start, p->measured, LEARNED_ITERATIONS, learned))
    return fprintf(stderr, "tomography: learn failed\n"), 1;
  const double at_start = model_psnr(p, p->start), gd = model_psnr(p, descent),
               best = model_psnr(p, learned);
  for (int k = RECORDS / 5 - 1; k < RECORDS; k += RECORDS / 5)
    printf("psnr_learned_after_%.0f = %.3f\nseconds_after_%.0f = %.1f\n", w->records[k].step,
           w->records[k].decibels, w->records[k].step, w->records[k].seconds);
  printf("psnr_fbp_ram_lak = %.3f\npsnr_gd_10 = %.3f\npsnr_learned = %.3f\n", at_start, gd, best);
  printf("gain_over_gd_10 = %.3f\ntraining_seconds = %.1f\n", best - gd, w->seconds);
  char words[4][64];
  const dp_picture pictures[] = {
      image_picture(p, "phantom", p->truth, NAN, words[0]),
      image_picture(p, "FBP, the start", p->start, at_start, words[1]),
      image_picture(p, "descent, 10 iterations", descent, gd, words[2]),
      image_picture(p, "learned, 10 iterations", learned, best, words[3]),
  };
  return !save_gallery(o, "learn.svg", "Learned gradient descent", pictures, 4) ||
         !draw_training(o, w, gd);
}

static int train_and_report(const Problem *p, const Options *o, Network *w, double *images) {
  char run[4096], weights[4096];
  dp_host_error error;
  if (!picture_path(o, "learn_run.npz", run) || !picture_path(o, "learn_weights.npz", weights)) return 1;
  if (!network_run(w, p, o->save_every, run)) return 1;
  if (!network_save_weights(w, weights, &error))
    return fprintf(stderr, "tomography: %s\n", error.text), 1;
  return report(p, o, w, images);
}

int run_learn(const Problem *p, const Options *o) {
  RunPlan plan = {.kind = &network_integrals, .views = VIEWS, .side = p->side, .bins = p->bins,
                  .batch = o->batch, .seed = o->seed,
                  .steps = o->steps ? o->steps : 1500, .see_da = 1, .see_dR = 1};
  if (model_operator_norm(p, &plan.size)) return fprintf(stderr, "tomography: learn failed\n"), 1;
  Network w;
  double *images = malloc(2 * (size_t)(p->side * p->side) * sizeof *images);
  if (!images || !network_new(&w, &plan)) {
    free(images);
    return fprintf(stderr, "tomography: out of memory\n"), 1;
  }
  const int failed = train_and_report(p, o, &w, images);
  network_free(&w);
  free(images);
  return failed;
}
