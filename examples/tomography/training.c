/* training - the outer loop: gradient descent on the learned descent, which survives being killed. */
#include "network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bool save(const Network *w, const char *path, bool is_last) {
  dp_host_error error;
  if (network_save_run(w, path, &error)) return true;
  fprintf(stderr, "tomography: %s%s\n", error.text,
          is_last ? "" : "; training goes on, and tries again");
  return false;
}

/* A file that is there is a run to go on with. */
static bool resume(Network *w, const char *path) {
  dp_host_error error;
  FILE *file = fopen(path, "rb");
  if (!file) return true;
  fclose(file);
  if (!network_load_run(w, path, &error)) return fprintf(stderr, "tomography: %s\n", error.text), false;
  fprintf(stderr, "tomography: %s: goes on at step %lld of %lld\n", path, (long long)w->step,
          (long long)w->plan.steps);
  return true;
}

/* Records are even in steps; where there are more records than steps, one step fills several. */
static int record(Network *w, const Problem *p, double *image) {
  const int64_t from = (w->step - 1) * RECORDS / w->plan.steps, to = w->step * RECORDS / w->plan.steps;
  if (from == to) return DP_OK;
  const int status = network_reconstruct(w, p->start, p->measured, LEARNED_ITERATIONS, image);
  if (status) return status;
  const Record now = {(double)w->step, w->seconds, w->loss, model_psnr(p, image)};
  for (int64_t k = from; k < to; k++) w->records[k] = now;
  return DP_OK;
}

static bool steps(Network *w, const Problem *p, int save_every, const char *path, double *image,
                  dp_progress *bar) {
  double saved = w->seconds;
  while (w->step < w->plan.steps) {
    int status = network_train(w);
    if (!status) status = record(w, p, image);
    if (status)
      return fprintf(stderr, "tomography: training: %s\n", dp_status_text(status)), false;
    if (!isfinite(w->loss))
      return fprintf(stderr, "tomography: the training diverged at step %lld\n", (long long)w->step), false;
    dp_progress_step(bar, 1);
    if (w->seconds - saved < save_every) continue;
    dp_progress_clear(bar);
    save(w, path, false);
    saved = w->seconds;
  }
  return true;
}

bool network_run(Network *w, const Problem *p, int save_every, const char *path) {
  if (!resume(w, path)) return false;
  double *image = malloc((size_t)(p->side * p->side) * sizeof *image);
  if (!image) return fprintf(stderr, "tomography: out of memory\n"), false;
  dp_progress bar;
  dp_progress_begin(&bar, "training", w->plan.steps);
  dp_progress_step(&bar, w->step);
  const bool ok = steps(w, p, save_every, path, image, &bar);
  dp_progress_end(&bar);
  free(image);
  return ok && save(w, path, true);
}
