/* ablation - what each gradient brings: the learned descent trained without both, with one, with two, each
 * with the same seeds, so that weights begin alike and phantoms and noise are the same. */
#include "network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
  const char *name;
  double see_da, see_dR;
} variants[] = {{"no_gradient", 0, 0}, {"discrepancy", 1, 0}, {"both", 1, 1}};

enum { VARIANTS = sizeof variants / sizeof variants[0] };

/* One run, from its file if it is there; its image to a. */
static bool train(const Problem *p, const Options *o, const RunPlan *plan, const char *name, double *a) {
  char file[64], path[4096];
  snprintf(file, sizeof file, "ablation_%s_%lld.npz", name, (long long)plan->seed);
  Network w;
  if (!picture_path(o, file, path)) return false;
  if (!network_new(&w, plan)) return fprintf(stderr, "tomography: out of memory\n"), false;
  bool ok = network_run(&w, p, o->save_every, path);
  if (ok && network_reconstruct(&w, p->start, p->measured, LEARNED_ITERATIONS, a)) {
    fprintf(stderr, "tomography: ablation failed\n");
    ok = false;
  }
  network_free(&w);
  return ok;
}

static int report(const Problem *p, const Options *o, double size, double *images) {
  const int64_t n = p->side * p->side;
  char words[VARIANTS + 1][64];
  dp_picture pictures[VARIANTS + 1] = {image_picture(p, "phantom", p->truth, NAN, words[VARIANTS])};
  double sums[VARIANTS] = {0};
  for (int run = 0; run < o->runs; run++)
    for (int v = 0; v < VARIANTS; v++) {
      const RunPlan plan = {.kind = &network_integrals, .views = VIEWS, .side = p->side, .bins = p->bins,
                            .batch = o->batch, .seed = o->seed + run,
                            .steps = o->steps ? o->steps : 1500, .size = size,
                            .see_da = variants[v].see_da, .see_dR = variants[v].see_dR};
      double *a = images + v * n;
      if (!train(p, o, &plan, variants[v].name, a)) return 1;
      const double decibels = model_psnr(p, a);
      sums[v] += decibels;
      printf("psnr_%s_seed_%lld = %.3f\n", variants[v].name, (long long)plan.seed, decibels);
      fflush(stdout);
      pictures[v + 1] = image_picture(p, variants[v].name, a, decibels, words[v]);
    }
  for (int v = 0; v < VARIANTS; v++) printf("psnr_%s = %.3f\n", variants[v].name, sums[v] / o->runs);
  return !save_gallery(o, "ablation.svg", "What the network sees", pictures, VARIANTS + 1);
}

int run_ablation(const Problem *p, const Options *o) {
  double size, *images = malloc(VARIANTS * (size_t)(p->side * p->side) * sizeof *images);
  int failed = 1;
  if (!images || model_operator_norm(p, &size))
    fprintf(stderr, "tomography: out of memory\n");
  else
    failed = report(p, o, size, images);
  free(images);
  return failed;
}
