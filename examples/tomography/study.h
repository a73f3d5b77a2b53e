/* study - the parts of the program and what they hand to each other.
 *
 * A subcommand takes the problem (main.c makes it), calls the functions of tomography.dp through
 * model.c, prints figures as `name = value` on standard output, and draws. Images are [side, side],
 * measurements [VIEWS, bins], row-major and the caller's. */
#ifndef TOMOGRAPHY_STUDY_H
#define TOMOGRAPHY_STUDY_H

#include "dp_host.h"

#include <stdbool.h>
#include <stdint.h>

enum { VIEWS = 30, MOST_SIDE = 512 };

typedef struct Problem {
  int64_t side, bins;
  double *truth;    /* the phantom */
  double *measured; /* its line integrals, with noise */
  double *start;    /* their filtered back-projection by Ram-Lak's filter */
  void *work;       /* enough for each function of model.c */
  size_t work_bytes;
} Problem;

/* --- memory.c: a workspace that serves several functions --------------------------------------- */

/* The largest of their needs, in bytes; at least 1. */
size_t largest_size(const size_t *needs, size_t count);

/* --- model.c: the functions of tomography.dp ------------------------------------------------------- */

typedef enum Phantom { SHEPP_LOGAN, RANDOM_ELLIPSES } Phantom;

/* false: out of memory, or a function of tomography.dp failed; nothing is left to free. The seed is that
 * of the noise and of random ellipses. */
bool problem_new(Problem *p, Phantom phantom, int64_t side, int64_t seed);
void problem_free(Problem *p);

/* Each returns a DP_ status. */
int model_smooth_start(const Problem *p, double *a);
int model_descend(const Problem *p, const double *a_0, double lam, double epsilon, double gamma,
                  int64_t steps, double *a);
int model_gradient(const Problem *p, const double *a, double lam, double epsilon, double *da);
int model_gradient_by_hand(const Problem *p, const double *a, double lam, double epsilon,
                           double *da);
int model_operator_norm(const Problem *p, double *size);
int model_primal_dual(const Problem *p, const double *a_0, double lam, double size, double balance,
                      int64_t steps, double *a);
double model_psnr(const Problem *p, const double *a);
/* <A a, y> against <a, A' y>, relative, of the phantom and its measurements. */
double model_adjoint_gap(const Problem *p);

/* --- subcommands: 0, or 1 after a message ------------------------------------------------------ */

typedef struct Options {
  int side, seed;
  int photons;         /* of transmission: sent along each ray */
  int steps;           /* 0: as many as the subcommand finds right */
  int batch;           /* of training */
  int save_every;      /* seconds, of training */
  int runs;            /* of ablation: how many seeds */
  const char *weights; /* file of demo */
  const char *out;     /* folder of pictures and training runs */
} Options;

int run_fbp(const Problem *p, const Options *o);
int run_tv(const Problem *p, const Options *o);
int run_lambda(const Problem *p, const Options *o);
int run_transmission(const Problem *p, const Options *o);
int run_lecture(const Problem *p, const Options *o);
int run_learn(const Problem *p, const Options *o);
int run_ablation(const Problem *p, const Options *o);
int run_demo(const Problem *p, const Options *o);

/* --- tv.c: total variation with its tuned parameters; `size` is the projector's norm. DP_ statuses. */

/* The lecture's descent, tuned for `budget` steps, of which it makes `steps` from a_0. */
int tv_descend(const Problem *p, double size, int budget, const double *a_0, int steps, double *a);
/* The minimum, by the primal-dual method from FBP. */
int tv_converge(const Problem *p, double size, int steps, double *a);

/* --- draw.c ------------------------------------------------------------------------------------ */

/* A picture of an image from 0 to 1; with a PSNR under it unless decibels is NaN. The caption is kept
 * in `words`. */
dp_picture image_picture(const Problem *p, const char *title, const double *a, double decibels,
                         char words[64]);
/* The name of a file among the pictures. */
bool picture_path(const Options *o, const char *name, char path[4096]);
bool save_plot(const Options *o, const char *name, const char *title, const dp_axes *axes, int count);
bool save_gallery(const Options *o, const char *name, const char *title, const dp_picture *pictures,
                  int count);

#endif
