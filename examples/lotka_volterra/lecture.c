/* lecture - runs the lecture's listings: the plain solver makes data, the hybrid one learns them.
 *
 * Training goes as on the slides first: the loop of lecture.dp takes plain gradient steps on the
 * first tenth of the window, where the untrained networks cannot yet make the populations explode.
 * Then the horizon grows to the whole window, with L-BFGS on the same loss and gradient. */
#include "lecture.h"

#include "dp_host.h"
#include "dp_optim.h"
#include "dp_runtime.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  N = LECTURE_THETA_SIZE,
  STEPS = 600, /* one cycle of prey and predators */
  HORIZONS = 10,
  MEMORY = 20,
  ROUNDS = 3, /* of the slide's loop, each with a smaller rate */
};

static const double x_start = 10, y_start = 10, dt = 0.02;

typedef struct Options {
  int seed, steps, iterations;
  const char *out;
} Options;

typedef struct Trajectory {
  double x[STEPS], y[STEPS];
} Trajectory;

typedef struct Problem {
  const Trajectory *observed;
  int64_t horizon; /* how many steps the loss sees */
  void *work;
  size_t work_bytes;
} Problem;

static const char usage[] =
    "usage: lecture [options]\n"
    "  --seed K        of the initial networks (1)\n"
    "  --steps N       gradient steps of the slide's loop (900)\n"
    "  --iterations N  of L-BFGS at each horizon (100)\n"
    "  --out DIR       folder for lecture.svg (.)\n";

static bool set_option(Options *o, const char *name, const char *text) {
  if (!strcmp(name, "--out")) return o->out = text, true;
  int *field = !strcmp(name, "--seed")         ? &o->seed
               : !strcmp(name, "--steps")      ? &o->steps
               : !strcmp(name, "--iterations") ? &o->iterations
                                               : NULL;
  char *end;
  const long n = strtol(text, &end, 10);
  if (!field || end == text || *end || n < 0 || n > 1000000) return false;
  *field = (int)n;
  return true;
}

static int objective(void *user, int64_t n, const double *theta, double *loss, double *theta_bar) {
  const Problem *p = user;
  (void)n;
  return lecture_loss_and_grad(p->horizon, theta, theta_bar, x_start, y_start, dt, p->observed->x,
                               p->observed->y, loss, p->work, p->work_bytes);
}

/* The slide's loop, in rounds of falling rate: far from the minimum its step is `rate` long. */
static int descend(const Problem *p, int steps, double *losses, double *theta) {
  double rate = 0.02;
  for (int round = 0; round < ROUNDS; round++, rate *= 0.3) {
    double trained[N];
    const int status =
        lecture_train(p->horizon, theta, x_start, y_start, dt, p->observed->x, p->observed->y, rate,
                      steps / ROUNDS, trained, losses, p->work, p->work_bytes);
    if (status) return status;
    memcpy(theta, trained, sizeof trained);
  }
  return DP_OK;
}

static int grow_horizon(Problem *p, const Options *o, dp_progress *bar, double *theta,
                        double *loss) {
  const size_t bytes = dp_lbfgs_work(N, MEMORY);
  void *work = malloc(bytes);
  if (!work) return DP_WORK_SHORT;
  dp_lbfgs_options options = dp_lbfgs_defaults();
  options.memory = MEMORY;
  int status = 0;
  for (int k = 1; k <= HORIZONS && status >= 0; k++) {
    p->horizon = STEPS * k / HORIZONS;
    options.max_iterations = k == HORIZONS ? 4 * o->iterations : o->iterations;
    dp_lbfgs_report report;
    status = dp_lbfgs(objective, p, N, theta, &options, &report, work, bytes);
    *loss = report.value;
    dp_progress_step(bar, 1);
  }
  free(work);
  return status < 0 ? status : DP_OK;
}

static double rms(double loss) { return sqrt(loss / (2 * STEPS)); }

static double now(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool hybrid(const Problem *p, const double *theta, Trajectory *t) {
  return !lecture_Hybrid_LV_Euler_solver(x_start, y_start, dt, theta, STEPS, t->x, t->y, p->work,
                                         p->work_bytes);
}

/* Everything that is measured or drawn. */
typedef struct Course {
  Trajectory observed, descended, trained;
  double theta[N];
  double first_loss, descended_loss, final_loss; /* the first two over the first horizon */
} Course;

static bool run(Problem *p, const Options *o, dp_progress *bar, double *losses, Course *c) {
  if (lecture_LV_Euler_solver(x_start, y_start, dt, STEPS, c->observed.x, c->observed.y, p->work,
                              p->work_bytes))
    return false;
  p->observed = &c->observed;
  p->horizon = STEPS / HORIZONS;
  lecture_Theta_init(c->theta, (uint64_t)o->seed);

  double theta_bar[N];
  if (objective(p, N, c->theta, &c->first_loss, theta_bar)) return false;
  if (descend(p, o->steps, losses, c->theta)) return false;
  if (objective(p, N, c->theta, &c->descended_loss, theta_bar)) return false;
  if (!hybrid(p, c->theta, &c->descended)) return false;
  return !grow_horizon(p, o, bar, c->theta, &c->final_loss) && hybrid(p, c->theta, &c->trained);
}

static void print_figures(const Options *o, const Course *c, double seconds) {
  printf("parameters = %d\n", N);
  printf("first_loss = %.3e\n", c->first_loss);
  printf("descended_loss = %.3e\n", c->descended_loss);
  printf("final_loss = %.3e\n", c->final_loss);
  printf("final_rms = %.4f\n", rms(c->final_loss));
  printf("seed = %d\n", o->seed);
  printf("seconds = %.1f\n", seconds);
}

static dp_series curve(dp_mark mark, const char *label, const double *t, const double *y,
                       int color) {
  return (dp_series){.label = label, .mark = mark, .n = STEPS, .x = t, .y = y, .color = color};
}

/* Left after the slide's loop, which saw the shaded part; right after the horizon has grown. */
static bool draw(const Options *o, const Course *c) {
  double t[STEPS];
  for (int i = 0; i < STEPS; i++) t[i] = dt * (i + 1);
  const Trajectory *models[] = {&c->descended, &c->trained};
  dp_series series[2][4];
  dp_axes panels[2];
  for (int k = 0; k < 2; k++) {
    series[k][0] = curve(DP_LINE, "solver", t, c->observed.x, -1);
    series[k][1] = curve(DP_LINE, NULL, t, c->observed.y, -1);
    series[k][2] = curve(DP_DASHES, "prey, hybrid", t, models[k]->x, 1);
    series[k][3] = curve(DP_DASHES, "predators, hybrid", t, models[k]->y, 2);
    panels[k] = (dp_axes){.title = k ? "Trained" : "After the slide's loop", .x_label = "time",
                          .y_label = "population", .series = series[k], .n_series = 4,
                          .x_max = dt * STEPS, .y_max = 14,
                          .shade_to = k ? dt * STEPS : dt * STEPS / HORIZONS,
                          .shade_label = "trained on"};
  }
  char path[4096];
  dp_host_error error = {"the name of the folder is too long"};
  const int length = snprintf(path, sizeof path, "%s/lecture.svg", o->out);
  if (length > 0 && (size_t)length < sizeof path &&
      dp_plot_save(path, "A hybrid Lotka-Volterra solver", panels, 2, 2, 0, 0, &error))
    return true;
  fprintf(stderr, "lecture: %s\n", error.text);
  return false;
}

static int study(Problem *p, const Options *o, double *losses) {
  static Course course; /* too large for some stacks */
  const double began = now();
  dp_progress bar;
  dp_progress_begin(&bar, "growing the horizon", HORIZONS);
  const bool ok = run(p, o, &bar, losses, &course);
  dp_progress_end(&bar);
  if (!ok) return fputs("lecture: the training failed\n", stderr), 1;
  print_figures(o, &course, now() - began);
  return draw(o, &course) ? 0 : 1;
}

static size_t most_work(const Options *o) {
  const size_t needs[] = {
      lecture_LV_Euler_solver_work(STEPS),
      lecture_Hybrid_LV_Euler_solver_work(STEPS),
      lecture_loss_and_grad_work(STEPS),
      lecture_train_work(STEPS, o->steps),
  };
  size_t most = 1; /* malloc(0) may return NULL, which here means out of memory */
  for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
    if (needs[i] > most) most = needs[i];
  return most;
}

/* 0: run, 1: help was asked for, 2: wrong use. */
static int read_options(int argc, char **argv, Options *o) {
  for (int i = 1; i < argc; i += 2) {
    if (!strcmp(argv[i], "--help")) return fputs(usage, stdout), 1;
    if (i + 1 == argc || !set_option(o, argv[i], argv[i + 1])) {
      fprintf(stderr, "lecture: cannot use '%s'\n%s", argv[i], usage);
      return 2;
    }
  }
  return 0;
}

int main(int argc, char **argv) {
  Options options = {.seed = 1, .steps = 900, .iterations = 100, .out = "."};
  const int reading = read_options(argc, argv, &options);
  if (reading) return reading == 1 ? 0 : 2;

  Problem p = {.work_bytes = most_work(&options)};
  p.work = malloc(p.work_bytes);
  double *losses = malloc(((size_t)options.steps + 1) * sizeof *losses);
  int status = 1;
  if (p.work && losses) status = study(&p, &options, losses);
  else fputs("lecture: out of memory\n", stderr);
  free(losses);
  free(p.work);
  return status;
}
