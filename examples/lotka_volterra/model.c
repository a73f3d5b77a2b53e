/* model - calls the C that dpc wrote for ude.dp, with one workspace for all of its functions. */
#include "study.h"

#include "dp_runtime.h"

#include <stdlib.h>

enum { TRUTH_SUBSTEPS = 100 };

struct Models {
  void *work;
  size_t work_bytes;
};

static size_t most_work(void) {
  const size_t needs[] = {
      ude_truth_work(FORECAST_POINTS),
      ude_forecast_work(FORECAST_POINTS),
      ude_missing_terms_work(FORECAST_POINTS),
      ude_library_terms_work(FORECAST_POINTS),
      ude_sparse_forecast_work(FORECAST_POINTS),
      ude_loss_and_grad_work(POINTS),
      ude_refit_loss_and_grad_work(POINTS),
  };
  size_t most = 1; /* malloc(0) may return NULL, which here means out of memory */
  for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
    if (needs[i] > most) most = needs[i];
  return most;
}

Models *models_new(void) {
  Models *m = malloc(sizeof *m);
  if (!m) return NULL;
  m->work_bytes = most_work();
  m->work = malloc(m->work_bytes);
  if (!m->work) {
    free(m);
    return NULL;
  }
  return m;
}

void models_free(Models *m) {
  if (m) free(m->work);
  free(m);
}

int model_truth(Models *m, double dt, double *us, int64_t points) {
  return ude_truth(true_start, dt, TRUTH_SUBSTEPS, points, us, m->work, m->work_bytes);
}

int model_forecast(Models *m, const double *theta, const double *u0, double dt, double *us,
                   int64_t points) {
  return ude_forecast(theta, u0, dt, points, us, m->work, m->work_bytes);
}

int model_missing_terms(Models *m, const double *theta, const double *us, double *terms,
                        int64_t points) {
  return ude_missing_terms(points, theta, us, terms, m->work, m->work_bytes);
}

int model_library(Models *m, const double *us, double *terms, int64_t points) {
  return ude_library_terms(points, us, terms, m->work, m->work_bytes);
}

int model_loss(Models *m, const double *theta, const double *observed, double *loss,
               double *theta_bar) {
  return ude_loss_and_grad(POINTS, theta, theta_bar, observed, TIME_STEP, loss, m->work,
                           m->work_bytes);
}

int model_sparse_forecast(Models *m, const double *c, const double *u0, double *us,
                          int64_t points) {
  return ude_sparse_forecast(c, u0, TIME_STEP, points, us, m->work, m->work_bytes);
}

int model_refit_loss(Models *m, const double *c, const double *u0, const double *observed,
                     double *loss, double *c_bar, double *u0_bar) {
  return ude_refit_loss_and_grad(POINTS, c, c_bar, u0, u0_bar, observed, TIME_STEP, loss, m->work,
                                 m->work_bytes);
}
