/* hand - the gradient of bench/lv_ensemble/lv_ensemble.dp, written by hand for speed. The arguments
 * are those of the functions that dpc generates; theta is laid out as in bench/lv_ude/hand.h.
 * Return 0, or 1 where work is missing or too short or M is no multiple of 16. */
#ifndef LV_ENSEMBLE_HAND_H
#define LV_ENSEMBLE_HAND_H

#include <stddef.h>
#include <stdint.h>

enum { HAND_THETA_SIZE = 2371 };

/* Bytes of workspace, enough for both functions. */
size_t hand_work(int64_t M, int64_t T);

/* The mean over the members of their summed squared misfits. */
int hand_loss(int64_t M, int64_t T, const double *theta, const double *x0, const double *y0,
              double dt, const double *x_obs, const double *y_obs, double *loss, void *work,
              size_t work_bytes);

/* The same with its gradient; theta_bar is overwritten. */
int hand_loss_and_grad(int64_t M, int64_t T, const double *theta, double *theta_bar,
                       const double *x0, const double *y0, double dt, const double *x_obs,
                       const double *y_obs, double *loss, void *work, size_t work_bytes);

#endif
