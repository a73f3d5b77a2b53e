/* hand - the gradient of bench/neural_ode/neural_ode.dp, written by hand for speed: what dpc is
 * held against. The arguments are those of the functions that dpc generates from neural_ode.dp;
 * B must be a multiple of four.
 *
 * theta holds W0[128][64], b0[128], W1[128][128], b1[128], W2[64][128], b2[64]. Both functions
 * return 0, or 1 where work is missing or too short, or B is wrong. bars are overwritten. */
#ifndef NEURAL_ODE_HAND_H
#define NEURAL_ODE_HAND_H

#include <stddef.h>
#include <stdint.h>

enum { HAND_WIDTH = 64, HAND_HIDDEN = 128 };
enum { HAND_THETA_SIZE = 2 * HAND_WIDTH * HAND_HIDDEN + HAND_HIDDEN * HAND_HIDDEN +
                         2 * HAND_HIDDEN + HAND_WIDTH };

/* Bytes of workspace. */
size_t hand_value_work(int64_t B);
size_t hand_gradient_work(int64_t B, int64_t steps);

int hand_loss(int64_t B, const float *theta, const float *u0, const float *target, float duration,
              int64_t steps, float *loss, void *work, size_t work_bytes);

int hand_loss_and_grad(int64_t B, const float *theta, float *theta_bar, const float *u0,
                       float *u0_bar, const float *target, float duration, int64_t steps,
                       float *loss, void *work, size_t work_bytes);

#endif
