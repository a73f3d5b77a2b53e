/* lecture - runs the lecture's listings: plain descent, hybrid descent and what its training loop makes of
 * it, and the same with a learned weight of total variation. */
#include "study.h"

#include "lecture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_STEPS = 10, TESTED = 8, THETA = LECTURE_DIRECTION_SIZE };

static const double epsilon = 0.03; /* as in lecture.dp */
static const double gamma2 = 0.1;   /* the training loop's step */

typedef struct Lecture {
  Problem problems[TESTED]; /* that training does not see */
  double *image, *begin;
  double lam, gamma;
  int64_t side, bins;
  void *work;
  size_t work_bytes;
} Lecture;

typedef int Reconstruct(const Lecture *l, const Problem *p, double lam, const double *theta);

static int plain(const Lecture *l, const Problem *p, double lam, const double *theta) {
  (void)theta;
  return lecture_X_ray_tomography(l->side, VIEWS, l->bins, l->begin, p->measured, lam, l->gamma, N_STEPS,
                                  l->image, l->work, l->work_bytes);
}

static int hybrid(const Lecture *l, const Problem *p, double lam, const double *theta) {
  return lecture_Hybrid_X_ray_tomography(l->side, VIEWS, l->bins, l->begin, p->measured, theta, lam,
                                         l->gamma, N_STEPS, l->image, l->work, l->work_bytes);
}

static int hybrid2(const Lecture *l, const Problem *p, double lam, const double *theta) {
  return lecture_Hybrid2(l->side, VIEWS, l->bins, l->begin, p->measured, lam, theta, l->gamma, N_STEPS,
                         l->image, l->work, l->work_bytes);
}

/* The mean PSNR of phantoms that were not trained on, under its name. */
static int report(const Lecture *l, const char *name, Reconstruct *reconstruct, double lam,
                  const double *theta) {
  double sum = 0;
  for (int k = 0; k < TESTED; k++) {
    if (model_smooth_start(&l->problems[k], l->begin)) return 1;
    if (reconstruct(l, &l->problems[k], lam, theta)) return 1;
    sum += model_psnr(&l->problems[k], l->image);
  }
  printf("%s = %.3f\n", name, sum / TESTED);
  return 0;
}

static int run(const Lecture *l, const Options *o) {
  double theta_0[THETA], theta[THETA], lam;
  const int steps = o->steps ? o->steps : 400;
  lecture_Direction_init(theta_0, (uint64_t)o->seed);
  if (report(l, "psnr_descent", plain, l->lam, NULL)) return 1;
  if (report(l, "psnr_hybrid_untrained", hybrid, l->lam, theta_0)) return 1;
  if (lecture_learn_NN(theta_0, o->seed, l->lam, l->gamma, N_STEPS, gamma2, steps, l->side, VIEWS,
                       l->bins, theta, l->work, l->work_bytes))
    return 1;
  if (report(l, "psnr_hybrid", hybrid, l->lam, theta)) return 1;
  if (lecture_learn_both(l->lam, theta_0, o->seed, l->gamma, N_STEPS, gamma2, steps, l->side, VIEWS,
                         l->bins, &lam, theta, l->work, l->work_bytes))
    return 1;
  printf("lambda_0 = %.3e\nlambda = %.3e\n", l->lam, lam);
  return report(l, "psnr_hybrid2", hybrid2, lam, theta);
}

static size_t most_work(const Lecture *l) {
  const size_t needs[] = {
      lecture_X_ray_tomography_work(l->side, VIEWS, l->bins),
      lecture_Hybrid_X_ray_tomography_work(l->side, VIEWS, l->bins),
      lecture_Hybrid2_work(l->side, VIEWS, l->bins),
      lecture_learn_NN_work(N_STEPS, l->side, VIEWS, l->bins),
      lecture_learn_both_work(N_STEPS, l->side, VIEWS, l->bins),
  };
  return largest_size(needs, sizeof needs / sizeof needs[0]);
}

static bool prepare(Lecture *l, const Problem *shown, const Options *o) {
  double size;
  if (model_operator_norm(shown, &size)) return false;
  const double curvature = 2 * size * size / (double)(VIEWS * shown->bins);
  const double lam = 1e-3 * curvature; /* of total variation that is not per pixel */
  l->lam = lam * (double)(l->side * l->side);
  l->gamma = 1.9 / (curvature + 8 * lam / epsilon);
  for (int k = 0; k < TESTED; k++)
    if (!problem_new(&l->problems[k], RANDOM_ELLIPSES, l->side, 1000 * (int64_t)o->seed + k)) return false;
  l->work_bytes = most_work(l);
  l->work = malloc(l->work_bytes);
  l->image = calloc((size_t)(l->side * l->side), sizeof *l->image);
  l->begin = calloc((size_t)(l->side * l->side), sizeof *l->begin);
  return l->work && l->image && l->begin;
}

int run_lecture(const Problem *p, const Options *o) {
  Lecture l = {.side = p->side, .bins = p->bins};
  const int failed = !prepare(&l, p, o) || run(&l, o);
  if (failed) fprintf(stderr, "tomography: lecture failed\n");
  for (int k = 0; k < TESTED; k++) problem_free(&l.problems[k]);
  free(l.begin);
  free(l.image);
  free(l.work);
  return failed;
}
