/* discover - from the trained network to a formula: candidate terms, refit, choice.
 *
 * The network's output along its own trajectory is regressed on the library, which proposes sparse
 * right-hand sides: the best single term, and what sequential thresholding leaves. Coefficients
 * regressed on a network inherit its bias, so every proposal is fitted again, to the observations
 * themselves, and the Bayesian information criterion (Schwarz 1978) of that fit chooses. */
#include "study.h"

#include "dp_optim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 2 * POINTS - 1, MAX_PROPOSALS = 6, MAX_UNKNOWNS = STATES * (MAX_SPARSE + 1) };

const char *const term_names[TERMS] = {
    "1",     "x",     "y",       "x^2",     "x y",   "y^2",  "x^3",   "x^2 y",
    "x y^2", "y^3",   "x^4",     "x^3 y",   "x^2 y^2", "x y^3", "y^4", "x^5",
    "x^4 y", "x^3 y^2", "x^2 y^3", "x y^4", "y^5",   "sin x", "sin y"};

typedef struct Support {
  int n;
  int terms[TERMS];
} Support;

typedef struct Proposals {
  int n;
  Support supports[MAX_PROPOSALS];
} Proposals;

/* The unknowns of a refit: the coefficients of both supports, then the start. They are scaled so
 * that each is about 1 at first: L-BFGS begins with the identity. */
typedef struct Refit {
  Models *models;
  const Data *data;
  const Support *supports[STATES];
  double scale[MAX_UNKNOWNS];
  double c[STATES * TERMS], u0[STATES];
  void *work; /* of L-BFGS */
  size_t work_bytes;
} Refit;

static void add_proposal(Proposals *all, const Support *s) {
  if (s->n == 0 || s->n > MAX_SPARSE || all->n == MAX_PROPOSALS) return;
  for (int i = 0; i < all->n; i++) {
    const Support *old = &all->supports[i];
    if (old->n == s->n && !memcmp(old->terms, s->terms, (size_t)s->n * sizeof s->terms[0])) return;
  }
  all->supports[all->n++] = *s;
}

static void propose(const double *table, const double *target, int best, Proposals *all) {
  all->n = 0;
  add_proposal(all, &(Support){1, {best}});
  for (double exponent = -3; exponent <= 1; exponent += 0.125) {
    Support s;
    s.n = threshold_terms(ROWS, table, target, pow(10, exponent), s.terms);
    add_proposal(all, &s);
  }
}

static int unknowns(const Refit *r) { return r->supports[0]->n + r->supports[1]->n + STATES; }

static void unpack(Refit *r, const double *x) {
  int k = 0;
  memset(r->c, 0, sizeof r->c);
  for (int e = 0; e < STATES; e++)
    for (int j = 0; j < r->supports[e]->n; j++, k++)
      r->c[e * TERMS + r->supports[e]->terms[j]] = r->scale[k] * x[k];
  for (int e = 0; e < STATES; e++, k++) r->u0[e] = r->scale[k] * x[k];
}

static int refit_objective(void *user, int64_t n, const double *x, double *loss, double *x_bar) {
  Refit *r = user;
  double c_bar[STATES * TERMS], u0_bar[STATES];
  (void)n;
  unpack(r, x);
  const int status =
      model_refit_loss(r->models, r->c, r->u0, r->data->observed, loss, c_bar, u0_bar);
  if (status) return status;
  int k = 0;
  for (int e = 0; e < STATES; e++)
    for (int j = 0; j < r->supports[e]->n; j++, k++)
      x_bar[k] = r->scale[k] * c_bar[e * TERMS + r->supports[e]->terms[j]];
  for (int e = 0; e < STATES; e++, k++) x_bar[k] = r->scale[k] * u0_bar[e];
  return 0;
}

static double refit(Refit *r, const double *table, const double *missing) {
  double x[MAX_UNKNOWNS];
  int k = 0;
  for (int e = 0; e < STATES; e++) {
    const Support *s = r->supports[e];
    least_squares(ROWS, table, missing + e, s->n, s->terms, r->scale + k);
    k += s->n;
  }
  for (int e = 0; e < STATES; e++) r->scale[k++] = r->data->observed[e];
  for (int i = 0; i < k; i++) x[i] = 1;

  dp_lbfgs_options options = dp_lbfgs_defaults();
  options.memory = MAX_UNKNOWNS;
  options.max_iterations = 200;
  dp_lbfgs_report report;
  if (dp_lbfgs(refit_objective, r, k, x, &options, &report, r->work, r->work_bytes) < 0)
    return INFINITY;
  unpack(r, x);
  return isfinite(report.value) ? report.value : INFINITY;
}

/* Refits every pair of proposals and keeps the one with the least information criterion. */
static bool choose(const Refit *blank, const Proposals *proposals, const double *table,
                   const double *missing, Discovery *found) {
  const double samples = POINTS * STATES;
  double least = INFINITY;
  for (int i = 0; i < proposals[0].n; i++) {
    for (int j = 0; j < proposals[1].n; j++) {
      Refit r = *blank;
      r.supports[0] = &proposals[0].supports[i];
      r.supports[1] = &proposals[1].supports[j];
      const double loss = refit(&r, table, missing);
      const double bic = samples * log(loss / samples) + unknowns(&r) * log(samples);
      if (!(bic < least)) continue;
      least = bic;
      found->loss = loss;
      memcpy(found->c, r.c, sizeof r.c);
      memcpy(found->start, r.u0, sizeof r.u0);
    }
  }
  return least < INFINITY;
}

/* The network's terms at the observed times and half-way between them, beside the library's. */
static bool tabulate(Models *m, const Data *data, const Fit *fit, double *table, double *missing) {
  double us[ROWS * STATES];
  return !model_forecast(m, fit->theta, data->observed, TIME_STEP / 2, us, ROWS) &&
         !model_missing_terms(m, fit->theta, us, missing, ROWS) &&
         !model_library(m, us, table, ROWS);
}

bool discover(Models *m, const Data *data, const Fit *fit, Discovery *found) {
  double missing[ROWS * STATES], *table = malloc(sizeof(double) * ROWS * TERMS);
  Refit blank = {.models = m, .data = data,
                 .work_bytes = dp_lbfgs_work(MAX_UNKNOWNS, MAX_UNKNOWNS)};
  blank.work = malloc(blank.work_bytes);
  bool ok = table && blank.work && tabulate(m, data, fit, table, missing);
  if (ok) {
    Proposals proposals[STATES];
    for (int e = 0; e < STATES; e++) {
      found->best[e] =
          best_single_term(ROWS, table, missing + e, &found->direct[e], &found->gap[e]);
      propose(table, missing + e, found->best[e], &proposals[e]);
    }
    ok = choose(&blank, proposals, table, missing, found);
  }
  free(blank.work);
  free(table);
  return ok;
}
