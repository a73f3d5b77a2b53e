/* hand - the gradient of bench/lv_ude/lv_ude.dp, written by hand for speed: what dpc is held
 * against. The arguments are those of the functions that dpc generates from lv_ude.dp.
 *
 * theta holds 2371 reals: for prey and then for predator W0[32][2], b0[32], W1[32][32], b1[32],
 * W2[32], b2; decay last. The workspace is the caller's; nothing is allocated. Both functions
 * return 0, or 1 where work is missing or too short. */
#ifndef LV_UDE_HAND_H
#define LV_UDE_HAND_H

#include <stddef.h>
#include <stdint.h>

enum { HAND_THETA_SIZE = 2371 };

/* Bytes of workspace for T steps, enough for both functions. */
size_t hand_work(int64_t T);

/* The summed squared misfit of the trajectory; stores no tape. */
int hand_loss(int64_t T, const double *theta, double x0, double y0, double dt,
              const double *x_obs, const double *y_obs, double *loss, void *work,
              size_t work_bytes);

/* The same with its gradient; theta_bar is overwritten. */
int hand_loss_and_grad(int64_t T, const double *theta, double *theta_bar, double x0, double y0,
                       double dt, const double *x_obs, const double *y_obs, double *loss,
                       void *work, size_t work_bytes);

#endif
