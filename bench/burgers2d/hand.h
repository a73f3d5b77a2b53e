/* hand - the gradient of bench/burgers2d/burgers2d.dp, written by hand for speed. The arguments are
 * those of the functions that dpc generates; return 0, or 1 where work is missing or too short. */
#ifndef BURGERS2D_HAND_H
#define BURGERS2D_HAND_H

#include <stddef.h>
#include <stdint.h>

size_t hand_loss_work(int64_t N);

/* The squared distance of the final velocities from the observed ones. */
int hand_loss(int64_t N, const double *u0, const double *v0, double nu, double dt,
              const double *u_obs, const double *v_obs, int64_t T, double *loss, void *work,
              size_t work_bytes);

size_t hand_loss_and_grad_work(int64_t N, int64_t T);

/* The same with its gradient; the bars are overwritten. */
int hand_loss_and_grad(int64_t N, const double *u0, double *u0_bar, const double *v0,
                       double *v0_bar, double nu, double *nu_bar, double dt, const double *u_obs,
                       const double *v_obs, int64_t T, double *loss, void *work,
                       size_t work_bytes);

#endif
