/* hand - the gradient of bench/learned_descent/learned_descent.dp, written by hand for speed: what dpc
 * is held against. The arguments are those of the functions that dpc generates from it; n = 64.
 *
 * theta holds, for the three layers one after the other, kernels [out][in][3][3] and biases. Functions
 * return 0, or 1 where work is missing or too short, or a size is wrong. theta_bar is overwritten. */
#ifndef LEARNED_DESCENT_HAND_H
#define LEARNED_DESCENT_HAND_H

#include <stddef.h>
#include <stdint.h>

enum { HAND_N = 64, HAND_ITERATIONS = 10, HAND_WINDOW = 9 };
enum { HAND_SEEN = 8, HAND_WIDTH = 32, HAND_GIVEN = 6 }; /* channels between the layers */
enum {
  HAND_FIRST = 0,
  HAND_SECOND = HAND_FIRST + HAND_WIDTH * (HAND_SEEN * HAND_WINDOW + 1),
  HAND_LAST = HAND_SECOND + HAND_WIDTH * (HAND_WIDTH * HAND_WINDOW + 1),
  HAND_THETA_SIZE = HAND_LAST + HAND_GIVEN * (HAND_WIDTH * HAND_WINDOW + 1)
};

/* Bytes of workspace. */
size_t hand_value_work(int64_t views, int64_t bins);
size_t hand_gradient_work(int64_t views, int64_t bins);

int hand_loss(int64_t batch, int64_t n, int64_t views, int64_t bins, const float *theta,
              const float *start, const float *b, const float *truth, float size, float *loss,
              void *work, size_t work_bytes);

int hand_loss_and_grad(int64_t batch, int64_t n, int64_t views, int64_t bins, const float *theta,
                       float *theta_bar, const float *start, const float *b, const float *truth,
                       float size, float *loss, void *work, size_t work_bytes);

/* The integrals [views][bins] of an image [n][n]; with a workspace of hand_value_work. */
int hand_project(int64_t n, int64_t views, int64_t bins, const float *image, float *integrals,
                 void *work, size_t work_bytes);

#endif
