/* hand - the gradient of bench/long_ode/long_ode.dp, written by hand for speed. Nothing is
 * allocated; functions return 0, or 1 where work is missing or too short. */
#ifndef LONG_ODE_HAND_H
#define LONG_ODE_HAND_H

#include <stddef.h>
#include <stdint.h>

/* A state, or the parameters sigma, rho and beta, or cotangents of either. */
typedef struct {
  double x, y, z;
} Triple;

/* The mean over T steps of z. */
int hand_mean_height(Triple start, Triple parameters, double dt, int64_t T, double *mean);

/* Bytes of workspace for T steps with so many snapshots; 0 snapshots: every state is kept. */
size_t hand_gradient_work(int64_t T, int64_t snapshots);

/* The mean and its gradient, which is overwritten. */
int hand_gradient(Triple start, Triple *start_bar, Triple parameters, Triple *parameters_bar,
                  double dt, int64_t T, int64_t snapshots, double *mean, void *work,
                  size_t work_bytes);

#endif
