/* dp_optim - minimisers for programs with a gradient: SGD, momentum, RMSProp, Adam, L-BFGS; schedules.
 *
 * The caller owns every array; workspaces are asked for by the _work queries (bytes; SIZE_MAX
 * when n is negative or too large) and must stay alive as long as the state that was made from
 * them. */
#ifndef DP_OPTIM_H
#define DP_OPTIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- first-order steps ----------------------------------------------------------------------- */

/* x -= rate * g. */
void dp_sgd_step(int64_t n, double rate, double *x, const double *g);

/* Polyak's heavy ball: velocity = decay * velocity + g; x -= rate * velocity. velocity [n]
 * begins as 0. */
void dp_momentum_step(int64_t n, double rate, double decay, double *velocity, double *x,
                      const double *g);

/* Adam (Kingma & Ba 2015); with weight_decay > 0 AdamW (Loshchilov & Hutter 2019). */
typedef struct dp_adam_options {
  double rate, beta1, beta2, epsilon, weight_decay;
} dp_adam_options;

typedef struct dp_adam {
  int64_t n, step;
  double *mean, *square; /* running moments of the gradient, in the caller's workspace */
} dp_adam;

/* 1e-3, 0.9, 0.999, 1e-8, 0. */
dp_adam_options dp_adam_defaults(void);
size_t dp_adam_work(int64_t n);
/* Zeroes the moments. DP_OK, DP_BAD_SIZE or DP_WORK_SHORT. */
int dp_adam_init(dp_adam *adam, int64_t n, void *work, size_t work_bytes);
/* One step down g, of [n], on x. */
void dp_adam_step(dp_adam *adam, const dp_adam_options *options, double *x, const double *g);

/* RMSProp (Tieleman & Hinton 2012): square = decay * square + (1 - decay) g^2, which begins as 0 and is
 * the caller's, of [n]; x -= rate * g / (sqrt(square) + epsilon). */
void dp_rmsprop_step(int64_t n, double rate, double decay, double epsilon, double *square, double *x,
                     const double *g);

/* Scales g so that its Euclidean norm is at most `limit`; returns the norm before. */
double dp_clip_norm(int64_t n, double limit, double *g);

/* ---- schedules: the rate of step k = 0, 1, 2, .. --------------------------------------------- */

/* rate / (1 + decay k); rate decay^k; rate factor^(k / every), in whole stairs of every > 0 steps. */
double dp_rate_inverse_time(int64_t k, double rate, double decay);
double dp_rate_exponential(int64_t k, double rate, double decay);
double dp_rate_stairs(int64_t k, double rate, int64_t every, double factor);
/* Half a period of a cosine from `rate` to `last` in steps > 0, then `last` (Loshchilov & Hutter 2017). */
double dp_rate_cosine(int64_t k, double rate, int64_t steps, double last);
/* A factor for any of these: 1/steps, 2/steps, .. 1, then 1. */
double dp_rate_warm_up(int64_t k, int64_t steps);

/* ---- L-BFGS ---------------------------------------------------------------------------------- */

/* The function to minimise: *value and gradient [n] at x [n]. Returns 0; > 0 where it cannot be
 * evaluated at this x, which counts as an infinite value; < 0 stops the minimiser, which returns
 * that number. Generated functions return just these. */
typedef int dp_objective(void *user, int64_t n, const double *x, double *value, double *gradient);

typedef struct dp_lbfgs_options {
  int64_t memory;            /* pairs kept (20) */
  int64_t max_iterations;    /* (1000) */
  int64_t max_evaluations;   /* of the objective; 0: no limit (0) */
  double gradient_tolerance; /* ends when max|g_i| <= this (1e-8) */
  double value_tolerance;    /* ends when an iteration gains less, relatively (1e-14) */
  double first_step;         /* length of the very first trial step at most (1) */
} dp_lbfgs_options;

typedef enum dp_lbfgs_reason {
  DP_LBFGS_GRADIENT,    /* gradient_tolerance met */
  DP_LBFGS_VALUE,       /* value_tolerance met */
  DP_LBFGS_ITERATIONS,  /* max_iterations or max_evaluations */
  DP_LBFGS_STUCK,       /* no better point even along the steepest descent */
  DP_LBFGS_NOT_FINITE,  /* no finite value or gradient at the start */
  DP_LBFGS_STOPPED      /* the objective returned a negative status, or sizes were wrong */
} dp_lbfgs_reason;

typedef struct dp_lbfgs_report {
  double value, gradient_norm; /* at the x returned; the norm is the largest entry */
  int64_t iterations, evaluations;
  dp_lbfgs_reason reason;
} dp_lbfgs_report;

dp_lbfgs_options dp_lbfgs_defaults(void);
/* A short text for reports. */
const char *dp_lbfgs_reason_text(dp_lbfgs_reason reason);

/* Doubles that the workspace holds, as a constant expression for arrays; bytes by query. */
#define DP_LBFGS_DOUBLES(n, memory) (2 * (memory) * ((n) + 1) + 4 * (n) + 8)
size_t dp_lbfgs_work(int64_t n, int64_t memory);

/* Minimises by limited-memory BFGS (Nocedal & Wright 2006, algorithms 7.4, 7.5) with a line
 * search for the strong Wolfe conditions (3.5, 3.6) that shrinks past points where value or
 * gradient is not finite. x is the start and becomes the best point met. options NULL: the
 * defaults. report may be NULL. Returns DP_OK; > 0 (DP_NONFINITE) where the start itself is not
 * finite; < 0 as the objective did, or DP_BAD_SIZE, DP_WORK_SHORT. */
int dp_lbfgs(dp_objective *objective, void *user, int64_t n, double *x,
             const dp_lbfgs_options *options, dp_lbfgs_report *report, void *work,
             size_t work_bytes);

#ifdef __cplusplus
}
#endif
#endif
