/* lambda - the weight of total variation, learned on random phantoms; then a weight and a step for each
 * iteration. */
#include "study.h"
#include "dp_optim.h"
#include "lambda.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TRAINED = 8, TESTED = 8, PROBLEMS = TRAINED + TESTED, GRID = 41, MOST_ITERATIONS = 200, MEMORY = 20 };

static const double epsilon = 0.03; /* what smooths total variation, for an image from 0 to 1 */
/* The grid, relative to the curvature of the misfit. */
static const double least_weight = 1e-5, most_weight = 1e-1;

typedef struct Lambda {
  const Problem *shown;
  Problem problems[PROBLEMS]; /* the first TRAINED are trained on */
  int iterations;
  double curvature; /* of the misfit */
  double fbp;       /* mean PSNR of FBP, of those that are not seen */
  double *image;
  void *work;
  size_t work_bytes;
  dp_progress bar;
} Lambda;

/* ---- one image ---- */

static int weight_loss(const Lambda *l, const Problem *p, double log_lam, double *loss) {
  return lambda_weight_loss(p->side, VIEWS, p->bins, log_lam, p->truth, p->start, p->measured, epsilon,
                            l->curvature, l->iterations, loss, l->work, l->work_bytes);
}

static int weight_gradient(const Lambda *l, const Problem *p, const double *log_lam, double *loss,
                           double *gradient) {
  return lambda_weight_gradient(p->side, VIEWS, p->bins, *log_lam, gradient, p->truth, p->start,
                                p->measured, epsilon, l->curvature, l->iterations, loss, l->work,
                                l->work_bytes);
}

static int schedule_gradient(const Lambda *l, const Problem *p, const double *log_theta, double *loss,
                             double *gradient) {
  return lambda_schedule_gradient(l->iterations, p->side, VIEWS, p->bins, log_theta, gradient, p->truth,
                                  p->start, p->measured, epsilon, loss, l->work, l->work_bytes);
}

static int image_of(const Lambda *l, const double *log_theta, bool is_schedule, const Problem *p) {
  if (!is_schedule)
    return lambda_with_weight(p->side, VIEWS, p->bins, *log_theta, p->start, p->measured, epsilon,
                              l->curvature, l->iterations, l->image, l->work, l->work_bytes);
  return lambda_with_schedule(l->iterations, p->side, VIEWS, p->bins, log_theta, p->start, p->measured,
                              epsilon, l->image, l->work, l->work_bytes);
}

/* ---- means over the images that are trained on ---- */

typedef int ImageGradient(const Lambda *l, const Problem *p, const double *x, double *loss,
                          double *gradient);

static int mean_gradient(Lambda *l, ImageGradient *of_image, int64_t n, const double *x, double *loss,
                         double *gradient) {
  double one, part[2 * MOST_ITERATIONS];
  *loss = 0;
  for (int64_t i = 0; i < n; i++) gradient[i] = 0;
  for (int k = 0; k < TRAINED; k++) {
    const int status = of_image(l, &l->problems[k], x, &one, part);
    if (status) return status;
    *loss += one / TRAINED;
    for (int64_t i = 0; i < n; i++) gradient[i] += part[i] / TRAINED;
    dp_progress_step(&l->bar, 1);
  }
  return DP_OK;
}

static int weight_objective(void *user, int64_t n, const double *x, double *loss, double *gradient) {
  return mean_gradient(user, weight_gradient, n, x, loss, gradient);
}

static int schedule_objective(void *user, int64_t n, const double *x, double *loss, double *gradient) {
  return mean_gradient(user, schedule_gradient, n, x, loss, gradient);
}

/* The mean PSNR over problems [first, last) at a weight, NaN where descent fails. */
static double mean_psnr(const Lambda *l, int first, int last, const double *log_theta,
                        bool is_schedule) {
  double sum = 0;
  for (int k = first; k < last; k++) {
    if (image_of(l, log_theta, is_schedule, &l->problems[k])) return NAN;
    sum += model_psnr(&l->problems[k], l->image);
  }
  return sum / (last - first);
}

/* ---- what is reported ---- */

/* dL/d log lambda on the first image, against a difference of fourth order. */
static int report_gradient(Lambda *l, double log_lam) {
  const double h = 1e-3;
  double loss, slope, at[4];
  const double places[4] = {-2 * h, -h, h, 2 * h};
  if (weight_gradient(l, &l->problems[0], &log_lam, &loss, &slope)) return 1;
  for (int i = 0; i < 4; i++)
    if (weight_loss(l, &l->problems[0], log_lam + places[i], &at[i])) return 1;
  const double difference = (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * h);
  printf("lambda_fd_gap = %.1e\n", fabs(slope - difference) / fabs(difference));
  return 0;
}

typedef struct Grid {
  double weight[GRID], trained[GRID], tested[GRID]; /* mean PSNR of either half */
  double best_trained, best_tested;
} Grid;

static void search_grid(Lambda *l, Grid *g) {
  g->best_trained = g->best_tested = -INFINITY;
  for (int i = 0; i < GRID; i++) {
    g->weight[i] = least_weight * pow(most_weight / least_weight, i / (GRID - 1.0));
    const double log_lam = log(g->weight[i] * l->curvature);
    g->trained[i] = mean_psnr(l, 0, TRAINED, &log_lam, false);
    g->tested[i] = mean_psnr(l, TRAINED, PROBLEMS, &log_lam, false);
    g->best_trained = fmax(g->best_trained, g->trained[i]);
    g->best_tested = fmax(g->best_tested, g->tested[i]);
    dp_progress_step(&l->bar, PROBLEMS);
  }
}

/* By L-BFGS from x; the same images each time, so that the loss is a function. */
static int learn(Lambda *l, dp_objective *objective, int64_t n, double *x, int evaluations) {
  dp_lbfgs_options options = dp_lbfgs_defaults();
  options.memory = MEMORY;
  options.max_evaluations = evaluations;
  options.gradient_tolerance = 1e-5;
  options.first_step = 0.5;
  const size_t bytes = dp_lbfgs_work(n, MEMORY);
  void *work = malloc(bytes);
  if (!work) return 1;
  const int status = dp_lbfgs(objective, l, n, x, &options, NULL, work, bytes);
  free(work);
  return status;
}

static int report_weight(Lambda *l, const Grid *g, double log_lam) {
  const double trained = mean_psnr(l, 0, TRAINED, &log_lam, false);
  const double tested = mean_psnr(l, TRAINED, PROBLEMS, &log_lam, false);
  printf("lambda = %.3e\n", exp(log_lam) / l->curvature);
  printf("lambda_gap_db = %.4f\n", g->best_trained - trained);
  printf("lambda_test_gap_db = %.4f\n", g->best_tested - tested);
  printf("psnr_fbp_random = %.3f\n", l->fbp);
  printf("psnr_lambda_random = %.3f\n", tested);
  return isnan(trained) || isnan(tested);
}

/* PSNR against the weight, and what each iteration has learned. */
static bool draw_curves(const Lambda *l, const Options *o, const Grid *g, double log_lam,
                        const double *log_theta) {
  double log_weight[GRID], k[MOST_ITERATIONS], weight[MOST_ITERATIONS], step[MOST_ITERATIONS];
  for (int i = 0; i < GRID; i++) log_weight[i] = log10(g->weight[i]);
  double gamma;
  if (lambda_longest_step(exp(log_lam), epsilon, l->curvature, &gamma, NULL, 0)) return false;
  for (int i = 0; i < l->iterations; i++) {
    k[i] = i + 1;
    weight[i] = exp(log_theta[2 * i] - log_lam);
    step[i] = exp(log_theta[2 * i + 1]) / gamma;
  }
  const double learned[2] = {log10(exp(log_lam) / l->curvature), g->best_trained};
  const dp_series grid[] = {
      {.label = "trained on", .n = GRID, .x = log_weight, .y = g->trained},
      {.label = "not seen", .mark = DP_DASHES, .n = GRID, .x = log_weight, .y = g->tested},
      {.label = "learned", .mark = DP_MARKERS, .n = 1, .x = &learned[0], .y = &learned[1], .width = 8}};
  const dp_series each[] = {{.label = "weight", .n = l->iterations, .x = k, .y = weight},
                            {.label = "step", .n = l->iterations, .x = k, .y = step}};
  const dp_axes axes[] = {
      {.title = "One weight", .x_label = "log10 of the weight", .y_label = "PSNR in dB", .series = grid,
       .n_series = 3},
      {.title = "One for each iteration, over the best constant", .x_label = "iteration",
       .series = each, .n_series = 2, .log_y = true}};
  return save_plot(o, "lambda_curves.svg", "The weight of total variation, learned", axes, 2);
}

/* The phantom of Shepp and Logan by both, and the picture of that. */
static int report_shown(Lambda *l, const Options *o, const double *log_lam, const double *log_theta,
                        double *other) {
  const Problem *p = l->shown;
  if (image_of(l, log_lam, false, p)) return 1;
  const double with_weight = model_psnr(p, l->image);
  for (int64_t i = 0; i < p->side * p->side; i++) other[i] = l->image[i];
  if (image_of(l, log_theta, true, p)) return 1;
  const double with_schedule = model_psnr(p, l->image);
  printf("psnr_lambda = %.3f\npsnr_lambda_step = %.3f\n", with_weight, with_schedule);
  char words[4][64];
  const dp_picture pictures[] = {
      image_picture(p, "phantom", p->truth, NAN, words[0]),
      image_picture(p, "FBP, the start", p->start, model_psnr(p, p->start), words[1]),
      image_picture(p, "one weight", other, with_weight, words[2]),
      image_picture(p, "weight and step each", l->image, with_schedule, words[3]),
  };
  return !save_gallery(o, "lambda.svg", "Weights of total variation, learned", pictures, 4);
}

/* ---- the subcommand ---- */

enum { WEIGHT_EVALUATIONS = 25, SCHEDULE_EVALUATIONS = 60 };

static int run(Lambda *l, const Options *o, Grid *g, double *other) {
  double log_lam = log(most_weight * l->curvature), gamma; /* far too much to begin with */
  double log_theta[2 * MOST_ITERATIONS];
  if (report_gradient(l, log(1e-3 * l->curvature))) return 1;
  if (learn(l, weight_objective, 1, &log_lam, WEIGHT_EVALUATIONS)) return 1;
  search_grid(l, g);
  if (report_weight(l, g, log_lam)) return 1;
  if (lambda_longest_step(exp(log_lam), epsilon, l->curvature, &gamma, NULL, 0)) return 1;
  for (int i = 0; i < l->iterations; i++) {
    log_theta[2 * i] = log_lam;
    log_theta[2 * i + 1] = log(gamma);
  }
  if (learn(l, schedule_objective, 2 * l->iterations, log_theta, SCHEDULE_EVALUATIONS)) return 1;
  printf("psnr_lambda_step_random = %.3f\n", mean_psnr(l, TRAINED, PROBLEMS, log_theta, true));
  if (report_shown(l, o, &log_lam, log_theta, other)) return 1;
  return !draw_curves(l, o, g, log_lam, log_theta);
}

static size_t most_work(const Lambda *l) {
  const int64_t n = l->shown->side, bins = l->shown->bins, steps = l->iterations;
  const size_t needs[] = {
      lambda_with_weight_work(n, VIEWS, bins),
      lambda_with_schedule_work(steps, n, VIEWS, bins),
      lambda_weight_loss_work(n, VIEWS, bins),
      lambda_weight_gradient_work(n, VIEWS, bins, steps),
      lambda_schedule_gradient_work(steps, n, VIEWS, bins),
  };
  return largest_size(needs, sizeof needs / sizeof needs[0]);
}

/* Random phantoms, and memory for everything else. */
static bool prepare(Lambda *l, const Options *o) {
  double size;
  if (model_operator_norm(l->shown, &size)) return false;
  l->curvature = 2 * size * size / (double)(VIEWS * l->shown->bins);
  for (int k = 0; k < PROBLEMS; k++) {
    if (!problem_new(&l->problems[k], RANDOM_ELLIPSES, l->shown->side, 1000 * (int64_t)o->seed + k))
      return false;
    if (k >= TRAINED) l->fbp += model_psnr(&l->problems[k], l->problems[k].start) / TESTED;
  }
  l->work_bytes = most_work(l);
  l->work = malloc(l->work_bytes);
  l->image = calloc((size_t)(l->shown->side * l->shown->side), sizeof *l->image);
  return l->work && l->image;
}

int run_lambda(const Problem *p, const Options *o) {
  Lambda l = {.shown = p, .iterations = o->steps ? o->steps : 50};
  if (l.iterations > MOST_ITERATIONS)
    return fprintf(stderr, "tomography: lambda learns at most %d iterations\n", MOST_ITERATIONS), 1;
  Grid grid;
  double *other = calloc((size_t)(p->side * p->side), sizeof *other);
  dp_progress_begin(&l.bar, "images", TRAINED * (WEIGHT_EVALUATIONS + SCHEDULE_EVALUATIONS) +
                                          GRID * PROBLEMS);
  const int failed = !other || !prepare(&l, o) || run(&l, o, &grid, other);
  dp_progress_end(&l.bar);
  for (int k = 0; k < PROBLEMS; k++) problem_free(&l.problems[k]);
  free(l.work);
  free(l.image);
  free(other);
  if (failed) fprintf(stderr, "tomography: lambda failed\n");
  return failed;
}
