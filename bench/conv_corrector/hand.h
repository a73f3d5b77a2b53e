/* hand - the gradient of bench/conv_corrector/conv_corrector.dp, written by hand for speed: what
 * dpc is held against. The arguments are those of the functions that dpc generates from it; n = 64
 * and m = 32.
 *
 * theta holds, kernels [out][in][5][5] before biases: entry, the blocks' first layers, their second
 * ones, exit; kernels of all five blocks before their biases. Both functions return 0, or 1 where work
 * is missing or too short, or a size is wrong. theta_bar is overwritten. */
#ifndef CONV_CORRECTOR_HAND_H
#define CONV_CORRECTOR_HAND_H

#include <stddef.h>
#include <stdint.h>

enum { HAND_N = 64, HAND_M = 32, HAND_CHANNELS = 32, HAND_BLOCKS = 5, HAND_WINDOW = 25 };
enum {
  HAND_ENTRY = 0,
  HAND_FIRST = HAND_ENTRY + 2 * HAND_CHANNELS * HAND_WINDOW + HAND_CHANNELS,
  HAND_BLOCK = HAND_CHANNELS * HAND_CHANNELS * HAND_WINDOW, /* one block's kernel */
  HAND_SECOND = HAND_FIRST + HAND_BLOCKS * (HAND_BLOCK + HAND_CHANNELS),
  HAND_EXIT = HAND_SECOND + HAND_BLOCKS * (HAND_BLOCK + HAND_CHANNELS),
  HAND_THETA_SIZE = HAND_EXIT + 2 * HAND_CHANNELS * HAND_WINDOW + 2
};

/* Bytes of workspace. */
size_t hand_value_work(void);
size_t hand_gradient_work(int64_t steps);

int hand_loss(int64_t n, int64_t m, int64_t steps, const float *theta, const float *u0,
              const float *frames, float nu, float h, float dt, float *loss, void *work,
              size_t work_bytes);

int hand_loss_and_grad(int64_t n, int64_t m, int64_t steps, const float *theta, float *theta_bar,
                       const float *u0, const float *frames, float nu, float h, float dt,
                       float *loss, void *work, size_t work_bytes);

#endif
