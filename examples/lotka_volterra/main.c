/* lotka_volterra - learn the missing terms of a predator-prey model from noisy data, then name them.
 *
 * Repeats the experiment of ude.dp over many noise seeds and prints how often it succeeds. */
#include "study.h"

#include "dp_host.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_SEEDS = 1000 };

static const double accepted_loss = 1.0e-3;

typedef struct Options {
  int seeds;
  uint64_t first_seed;
  double noise;
  TrainOptions train;
  const char *out; /* folder of the pictures, NULL: none */
} Options;

/* One row per seed. Errors are relative; one that does not exist (no such term) is infinite. */
typedef struct Run {
  double final_loss;
  bool recovered;
  double beta_direct, gamma_direct;
  double beta_error, gamma_error;
  double forecast_error;
  int terms; /* in the chosen model, both equations */
} Run;

static const char usage[] =
    "usage: lotka_volterra [options]\n"
    "  --seeds N    independent data sets (3)\n"
    "  --seed K     the first seed (1)\n"
    "  --noise S    deviation of the noise, relative to each state's mean (5e-3)\n"
    "  --starts N   initial networks per data set (4)\n"
    "  --adam N     steps of Adam per start (200)\n"
    "  --lbfgs N    iterations of L-BFGS per start (1500)\n"
    "  --out DIR    folder for window.svg and forecast.svg (.)\n";

static bool whole_number(const char *text, long least, long most, long *value) {
  char *end;
  errno = 0;
  *value = strtol(text, &end, 10);
  return end != text && !*end && !errno && *value >= least && *value <= most;
}

static bool set_option(Options *o, const char *name, const char *text) {
  long n;
  char *end;
  if (!strcmp(name, "--out")) return o->out = text, true;
  if (!strcmp(name, "--noise")) {
    o->noise = strtod(text, &end);
    return end != text && !*end && o->noise >= 0 && o->noise < 1;
  }
  if (!strcmp(name, "--seeds")) return whole_number(text, 1, MAX_SEEDS, &n) && (o->seeds = (int)n);
  if (!strcmp(name, "--seed")) {
    if (!whole_number(text, 0, 1000000000, &n)) return false;
    o->first_seed = (uint64_t)n;
    return true;
  }
  if (!whole_number(text, 0, 1000000, &n)) return false;
  if (!strcmp(name, "--starts") && n > 0) return o->train.starts = (int)n, true;
  if (!strcmp(name, "--adam")) return o->train.adam_steps = (int)n, true;
  if (!strcmp(name, "--lbfgs")) return o->train.lbfgs_steps = (int)n, true;
  return false;
}

/* 0: run, 1: help was asked for, 2: wrong use. */
static int read_options(int argc, char **argv, Options *o) {
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--help")) return fputs(usage, stdout), 1;
    if (i + 1 == argc || !set_option(o, argv[i], argv[i + 1])) {
      fprintf(stderr, "lotka_volterra: cannot use '%s%s%s'\n%s", argv[i],
              i + 1 < argc ? " " : "", i + 1 < argc ? argv[i + 1] : "", usage);
      return 2;
    }
    i++;
  }
  return 0;
}

static double relative_error(double value, double truth) {
  return value == 0 ? INFINITY : fabs(value / truth - 1);
}

/* Relative root mean square error of the refitted model up to t = 50. */
static bool forecast_error(Models *m, const Data *data, const Discovery *found, double *error) {
  double us[FORECAST_POINTS * STATES], wrong = 0, size = 0;
  if (model_sparse_forecast(m, found->c, found->start, us, FORECAST_POINTS)) return false;
  for (int k = 0; k < FORECAST_POINTS * STATES; k++) {
    wrong += (us[k] - data->clean[k]) * (us[k] - data->clean[k]);
    size += data->clean[k] * data->clean[k];
  }
  *error = isfinite(wrong) ? sqrt(wrong / size) : INFINITY;
  return true;
}

static void advance(void *bar) { dp_progress_step(bar, 1); }

static bool run_seed(Models *m, const Options *o, uint64_t seed, dp_progress *bar, Run *run,
                     Data *data, Fit *fit, Discovery *found) {
  if (!make_data(m, o->noise, seed, data)) return false;
  if (!train(m, data, &o->train, seed, advance, bar, fit)) return false;
  if (!discover(m, data, fit, found)) return false;
  if (!forecast_error(m, data, found, &run->forecast_error)) return false;

  run->final_loss = fit->loss;
  run->recovered = found->best[0] == TERM_XY && found->best[1] == TERM_XY;
  run->beta_direct = -found->direct[0];
  run->gamma_direct = found->direct[1];
  run->beta_error = relative_error(-found->c[TERM_XY], true_beta);
  run->gamma_error = relative_error(found->c[TERMS + TERM_XY], true_gamma);
  run->terms = 0;
  for (int k = 0; k < STATES * TERMS; k++) run->terms += found->c[k] != 0;
  return true;
}

static void print_equation(const char *left, const double *c) {
  printf("  %s", left);
  for (int j = 0; j < TERMS; j++)
    if (c[j] != 0) printf(" %c %.4f %s", c[j] < 0 ? '-' : '+', fabs(c[j]), term_names[j]);
  printf("\n");
}

static void print_run(uint64_t seed, const Run *run, const Discovery *found) {
  printf("seed %llu: loss %.2e, best single terms %s and %s, runners-up %.2f and %.2f times worse\n",
         (unsigned long long)seed, run->final_loss, term_names[found->best[0]],
         term_names[found->best[1]], found->gap[0], found->gap[1]);
  print_equation("x' =  1.3 x", found->c);
  print_equation("y' = -1.8 y", found->c + TERMS);
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Of a field of all runs, `field` being its offset. */
static double median(const Run *runs, int n, size_t field) {
  double values[MAX_SEEDS];
  for (int i = 0; i < n; i++) memcpy(&values[i], (const char *)&runs[i] + field, sizeof values[i]);
  qsort(values, (size_t)n, sizeof values[0], ascending);
  return 0.5 * (values[(n - 1) / 2] + values[n / 2]);
}

static void print_summary(const Options *o, const Run *runs, double seconds) {
  int ok = 0, recovered = 0, sparse = 0;
  for (int i = 0; i < o->seeds; i++) {
    ok += runs[i].final_loss <= accepted_loss;
    recovered += runs[i].recovered;
    sparse += runs[i].terms == 2 && isfinite(runs[i].beta_error + runs[i].gamma_error);
  }
#define MEDIAN(field) median(runs, o->seeds, offsetof(Run, field))
  printf("\nfinal_loss_median = %.3e\n", MEDIAN(final_loss));
  printf("loss_ok_rate = %.3f\n", (double)ok / o->seeds);
  printf("recovery_rate = %.3f\n", (double)recovered / o->seeds);
  printf("exact_model_rate = %.3f\n", (double)sparse / o->seeds);
  printf("beta_direct_median = %.4f\n", MEDIAN(beta_direct));
  printf("gamma_direct_median = %.4f\n", MEDIAN(gamma_direct));
  printf("beta_error_median = %.5f\n", MEDIAN(beta_error));
  printf("gamma_error_median = %.5f\n", MEDIAN(gamma_error));
  printf("forecast_error_median = %.4f\n", MEDIAN(forecast_error));
#undef MEDIAN
  printf("noise = %g\n", o->noise);
  printf("seeds = %d\n", o->seeds);
  printf("seconds = %.1f\n", seconds);
}

static double now(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int study(Models *m, const Options *o) {
  static Run runs[MAX_SEEDS];
  static Data data;
  Fit fit;
  Discovery found;
  const double began = now();
  dp_progress bar;
  dp_progress_begin(&bar, "training", (int64_t)o->seeds * o->train.starts);

  for (int i = 0; i < o->seeds; i++) {
    const uint64_t seed = o->first_seed + (uint64_t)i;
    if (!run_seed(m, o, seed, &bar, &runs[i], &data, &fit, &found)) {
      fprintf(stderr, "lotka_volterra: seed %llu failed\n", (unsigned long long)seed);
      return 1;
    }
    dp_progress_clear(&bar);
    print_run(seed, &runs[i], &found);
    if (i == 0 && !draw_pictures(m, o->out, &data, &fit, &found)) return 1;
  }
  dp_progress_end(&bar);
  print_summary(o, runs, now() - began);
  return 0;
}

int main(int argc, char **argv) {
  Options options = {.seeds = 3, .first_seed = 1, .noise = 5e-3, .out = ".",
                     .train = {.starts = 4, .adam_steps = 200, .adam_rate = 0.1,
                               .lbfgs_steps = 1500}};
  const int reading = read_options(argc, argv, &options);
  if (reading) return reading == 1 ? 0 : 2;
  Models *m = models_new();
  if (!m) return fputs("lotka_volterra: out of memory\n", stderr), 1;
  const int status = study(m, &options);
  models_free(m);
  return status;
}
