/* lotka_volterra - learn what a predator-prey model lacks from noisy data, then name it.
 *
 * Repeats the experiment of ude.dp over many noise seeds and prints how often it succeeds. */
#include "study.h"

#include "dp_host.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_SEEDS = 1000 };

typedef struct Options {
  int seeds, first_seed;
  double noise;
  TrainOptions train;
  const char *out; /* folder of the pictures and the weights */
} Options;

static const char usage[] =
    "usage: lotka_volterra [options]\n"
    "  --seeds N    independent data sets (3)\n"
    "  --seed K     the first seed (1)\n"
    "  --noise S    deviation of the noise, relative to each state's mean (5e-3)\n"
    "  --starts N   initial networks per data set (4)\n"
    "  --adam N     steps of Adam per start (200)\n"
    "  --lbfgs N    iterations of L-BFGS per start (3000)\n"
    "  --out DIR    folder for window.svg, forecast.svg and theta.npz (.)\n";

static const struct {
  const char *name;
  long least, most;
  size_t field;
} counts[] = {
    {"--seeds", 1, MAX_SEEDS, offsetof(Options, seeds)},
    {"--seed", 0, 1000000000, offsetof(Options, first_seed)},
    {"--starts", 1, 1000, offsetof(Options, train.starts)},
    {"--adam", 0, 1000000, offsetof(Options, train.adam_steps)},
    {"--lbfgs", 0, 1000000, offsetof(Options, train.lbfgs_steps)},
};

static bool whole_number(const char *text, long least, long most, int *value) {
  char *end;
  errno = 0;
  const long n = strtol(text, &end, 10);
  if (end == text || *end || errno || n < least || n > most) return false;
  *value = (int)n;
  return true;
}

static bool noise_level(const char *text, double *value) {
  char *end;
  *value = strtod(text, &end);
  return end != text && !*end && *value >= 0 && *value < 1;
}

static bool set_option(Options *o, const char *name, const char *text) {
  if (!strcmp(name, "--out")) return o->out = text, true;
  if (!strcmp(name, "--noise")) return noise_level(text, &o->noise);
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
    if (!strcmp(name, counts[i].name))
      return whole_number(text, counts[i].least, counts[i].most,
                          (int *)((char *)o + counts[i].field));
  return false;
}

/* 0: run, 1: help was asked for, 2: wrong use. */
static int read_options(int argc, char **argv, Options *o) {
  for (int i = 1; i < argc; i += 2) {
    if (!strcmp(argv[i], "--help")) return fputs(usage, stdout), 1;
    const char *value = i + 1 < argc ? argv[i + 1] : NULL;
    if (!value || !set_option(o, argv[i], value)) {
      fprintf(stderr, "lotka_volterra: cannot use '%s%s%s'\n%s", argv[i], value ? " " : "",
              value ? value : "", usage);
      return 2;
    }
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

static double now(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The first seed's run is the one that is drawn and saved. */
static int study(Models *m, const Options *o, Run *runs) {
  static Data data; /* too large for some stacks */
  Fit fit;
  Discovery found;
  const double began = now();
  dp_progress bar;
  dp_progress_begin(&bar, "training", (int64_t)o->seeds * o->train.starts);

  for (int i = 0; i < o->seeds; i++) {
    const int seed = o->first_seed + i;
    const bool ok = run_seed(m, o, (uint64_t)seed, &bar, &runs[i], &data, &fit, &found);
    dp_progress_clear(&bar);
    if (!ok) return fprintf(stderr, "lotka_volterra: seed %d failed\n", seed), 1;
    print_run(seed, &runs[i], &found);
    if (i == 0 && !(draw_pictures(m, o->out, &data, &fit, &found) && save_weights(o->out, &fit)))
      return 1;
  }
  dp_progress_end(&bar);
  print_summary(runs, o->seeds);
  printf("noise = %g\n", o->noise);
  printf("seeds = %d\n", o->seeds);
  printf("seconds = %.1f\n", now() - began);
  return 0;
}

int main(int argc, char **argv) {
  Options options = {
      .seeds = 3, .first_seed = 1, .noise = 5e-3, .out = ".",
      .train = {.starts = 4, .adam_steps = 200, .adam_rate = 0.1, .lbfgs_steps = 3000}};
  const int reading = read_options(argc, argv, &options);
  if (reading) return reading == 1 ? 0 : 2;

  Models *m = models_new();
  Run *runs = malloc((size_t)options.seeds * sizeof *runs);
  int status = 1;
  if (m && runs) status = study(m, &options, runs);
  else fputs("lotka_volterra: out of memory\n", stderr);
  free(runs);
  models_free(m);
  return status;
}
