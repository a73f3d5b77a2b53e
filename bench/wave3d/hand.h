/* hand - the gradient of bench/wave3d/wave3d.dp, written by hand for speed. The arguments are those
 * of the functions that dpc generates; c must nowhere be 0. Return 0, or 1 where work is missing or
 * too short. */
#ifndef WAVE3D_HAND_H
#define WAVE3D_HAND_H

#include <stddef.h>
#include <stdint.h>

size_t hand_loss_work(int64_t N);

/* The squared distance of the final displacement from the observed one. */
int hand_loss(int64_t N, const double *u0, const double *c, double dt, double h,
              const double *u_obs, int64_t T, double *loss, void *work, size_t work_bytes);

size_t hand_loss_and_grad_work(int64_t N, int64_t T, int64_t snapshots);

/* The same with its gradient; the bars are overwritten. Either all states are kept (0 snapshots), or
 * so many snapshots besides the start. */
int hand_loss_and_grad(int64_t N, const double *u0, double *u0_bar, const double *c,
                       double *c_bar, double dt, double h, const double *u_obs, int64_t T,
                       int64_t snapshots, double *loss, void *work, size_t work_bytes);

#endif
