/* hand - the gradient of bench/gmm/gmm.dp, written by hand for speed: what dpc is held against.
 * The arguments are those of the functions that dpc generates from gmm.dp; d = 10 and K = 25.
 *
 * Both functions return 0, or 1 where work is missing or too short. bars are overwritten. */
#ifndef GMM_HAND_H
#define GMM_HAND_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of workspace, enough for both functions. */
size_t hand_work(void);

int hand_objective(int64_t n, const double *alphas, const double *means, const double *factors,
                   const double *x, double gamma, int64_t m, double *objective, void *work,
                   size_t work_bytes);

int hand_objective_and_grad(int64_t n, const double *alphas, double *alphas_bar,
                            const double *means, double *means_bar, const double *factors,
                            double *factors_bar, const double *x, double gamma, int64_t m,
                            double *objective, void *work, size_t work_bytes);

#endif
