/* study - the parts of the experiment and what they hand to each other.
 *
 * One run: observe noisy data (data.c), train the network (train.c), read a sparse model off it and
 * refit that (discover.c, with the linear algebra of regress.c), extrapolate and compare (main.c),
 * tell (report.c) and show (draw.c). The mathematics is in ude.dp; model.c is the only file that
 * calls the C generated from it, but for the initial weights and their names.
 *
 * Trajectories are row-major [T, 2]: prey, predators. Everything is owned by the caller. */
#ifndef LOTKA_VOLTERRA_STUDY_H
#define LOTKA_VOLTERRA_STUDY_H

#include "ude.h"

#include <stdbool.h>
#include <stdint.h>

#define STATES 2
#define POINTS 31        /* observations in the window [0, 3] */
#define TIME_STEP 0.1
#define FORECAST_POINTS 501 /* the same step up to t = 50 */
#define TERMS 23         /* candidates in library() of ude.dp */
#define TERM_XY 4        /* the truth is this one in both equations */
#define MAX_SPARSE 3     /* a sparse right-hand side has at most so many terms */

static const double true_start[STATES] = {0.44249296, 4.6280594};
static const double true_beta = 0.9;
static const double true_gamma = 0.8;

/* --- model.c: the functions of ude.dp, with their workspace ---------------------------------- */

typedef struct Models Models;
Models *models_new(void); /* NULL: out of memory */
void models_free(Models *models);

/* Each returns a DP_ status and takes at most FORECAST_POINTS points. Gradients are overwritten. */
int model_truth(Models *m, double dt, double *us, int64_t points);
int model_forecast(Models *m, const double *theta, const double *u0, double dt, double *us,
                   int64_t points);
int model_missing_terms(Models *m, const double *theta, const double *us, double *terms,
                        int64_t points);
int model_library(Models *m, const double *us, double *terms, int64_t points);
int model_loss(Models *m, const double *theta, const double *observed, double *loss,
               double *theta_bar);
int model_sparse_forecast(Models *m, const double *c, const double *u0, double *us,
                          int64_t points);
int model_refit_loss(Models *m, const double *c, const double *u0, const double *observed,
                     double *loss, double *c_bar, double *u0_bar);

/* --- data.c ---------------------------------------------------------------------------------- */

typedef struct Data {
  double clean[FORECAST_POINTS * STATES]; /* the truth up to t = 50 */
  double observed[POINTS * STATES];       /* its first 31 points, with noise */
} Data;

/* Normal noise whose deviation is `noise` times the mean of each state in the window. */
bool make_data(Models *m, double noise, uint64_t seed, Data *data);

/* --- train.c --------------------------------------------------------------------------------- */

typedef struct TrainOptions {
  int starts;        /* independent initial networks; the one with the least loss is kept */
  int adam_steps;
  double adam_rate;
  int lbfgs_steps;
} TrainOptions;

typedef struct Fit {
  double theta[UDE_THETA_SIZE];
  double loss;
} Fit;

typedef void OnStart(void *user); /* called after each start, for a progress bar */

bool train(Models *m, const Data *data, const TrainOptions *options, uint64_t seed,
           OnStart *on_start, void *user, Fit *best);

/* --- regress.c: least squares on columns of a [rows, TERMS] table ---------------------------- */

/* Least squares for `target` (stride STATES) on the columns listed in `terms`; c is [n_terms].
 * Columns that depend on earlier ones get 0. Returns the sum of squared residuals. */
double least_squares(int64_t rows, const double *table, const double *target, int n_terms,
                     const int *terms, double *c);

/* The column that alone explains the target best; *gap: the runner-up's residual norm over its. */
int best_single_term(int64_t rows, const double *table, const double *target, double *coefficient,
                     double *gap);

/* Sequentially thresholded least squares: fit, drop what is below threshold times the size of the
 * target, repeat until nothing drops. Returns how many terms survive. */
int threshold_terms(int64_t rows, const double *table, const double *target, double threshold,
                    int *terms);

/* --- discover.c ------------------------------------------------------------------------------ */

typedef struct Discovery {
  int best[STATES];         /* best single term per equation */
  double direct[STATES];    /* its coefficient, regressed on the network: biased */
  double gap[STATES];       /* how much worse the runner-up is */
  double c[STATES * TERMS]; /* the sparse model chosen, refitted to the observations */
  double start[STATES];     /* its start, fitted as well */
  double loss;              /* its sum of squares */
} Discovery;

extern const char *const term_names[TERMS];

bool discover(Models *m, const Data *data, const Fit *fit, Discovery *found);

/* --- report.c -------------------------------------------------------------------------------- */

/* One row per seed. Errors are relative; one that does not exist (no such term) is infinite. */
typedef struct Run {
  double final_loss;
  bool recovered; /* xy is the best single term in both equations */
  double beta_direct, gamma_direct;
  double beta_error, gamma_error;
  double forecast_error;
  int terms; /* in the chosen model, both equations */
} Run;

void print_run(int seed, const Run *run, const Discovery *found);
void print_summary(const Run *runs, int n);

/* --- draw.c: files in a folder; a failure is told on stderr ---------------------------------- */

/* window.svg (data, truth, network, its terms) and forecast.svg (truth and models to t = 50). */
bool draw_pictures(Models *m, const char *folder, const Data *data, const Fit *fit,
                   const Discovery *found);

/* theta.npz: one array per weight, by its name. */
bool save_weights(const char *folder, const Fit *fit);

#endif
