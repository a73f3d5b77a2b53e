/* train - several starts of Adam, then L-BFGS, on the network's 87 parameters. */
#include "study.h"

#include "dp_optim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = UDE_THETA_SIZE, MEMORY = 40 };

typedef struct Problem {
  Models *models;
  const Data *data;
} Problem;

static int objective(void *user, int64_t n, const double *theta, double *loss, double *theta_bar) {
  const Problem *p = user;
  (void)n;
  return model_loss(p->models, theta, p->data->observed, loss, theta_bar);
}

/* Adam gets away from the start, where the network's output is arbitrary; L-BFGS then converges. */
static bool fit_from(const Problem *problem, const TrainOptions *options, uint64_t seed, void *work,
                     size_t work_bytes, Fit *fit) {
  double theta_bar[N];
  ude_Theta_init(fit->theta, seed);
  fit->loss = INFINITY;

  dp_adam_options adam = dp_adam_defaults();
  adam.rate = options->adam_rate;
  dp_adam state;
  if (dp_adam_init(&state, N, work, work_bytes)) return false;
  for (int step = 0; step < options->adam_steps; step++) {
    if (model_loss(problem->models, fit->theta, problem->data->observed, &fit->loss, theta_bar))
      return false;
    if (!isfinite(fit->loss)) return true; /* this start exploded; the others go on */
    dp_adam_step(&state, &adam, fit->theta, theta_bar);
  }

  dp_lbfgs_options lbfgs = dp_lbfgs_defaults();
  lbfgs.memory = MEMORY;
  lbfgs.max_iterations = options->lbfgs_steps;
  dp_lbfgs_report report;
  const int status =
      dp_lbfgs(objective, (void *)problem, N, fit->theta, &lbfgs, &report, work, work_bytes);
  if (status < 0) return false;
  fit->loss = report.value;
  return true;
}

bool train(Models *m, const Data *data, const TrainOptions *options, uint64_t seed,
           OnStart *on_start, void *user, Fit *best) {
  const Problem problem = {m, data};
  const size_t adam_bytes = dp_adam_work(N), lbfgs_bytes = dp_lbfgs_work(N, MEMORY);
  const size_t bytes = adam_bytes > lbfgs_bytes ? adam_bytes : lbfgs_bytes;
  void *work = malloc(bytes);
  if (!work) return false;

  bool ok = true;
  best->loss = INFINITY;
  for (int start = 0; start < options->starts && ok; start++) {
    Fit fit;
    ok = fit_from(&problem, options, seed * 1000 + (uint64_t)start, work, bytes, &fit);
    if (ok && fit.loss < best->loss) *best = fit;
    if (on_start) on_start(user);
  }
  free(work);
  return ok && isfinite(best->loss);
}
