/* hand - the gradient of bench/lstm/lstm.dp, written by hand for speed: what dpc is held against.
 * The arguments are those of the functions that dpc generates from lstm.dp.
 *
 * theta holds, each for layer 0 and then 1, the 14 weights of forget, ingate, outgate and change and
 * their biases; then in_weight, out_weight and out_bias. Both functions return 0, or 1 where work is
 * missing or too short, or T < 1. theta_bar is overwritten. */
#ifndef LSTM_HAND_H
#define LSTM_HAND_H

#include <stddef.h>
#include <stdint.h>

enum { HAND_THETA_SIZE = 2 * 8 * 14 + 3 * 14 };

/* Bytes of workspace for T characters; enough for both functions. */
size_t hand_work(int64_t T);

int hand_loss(int64_t T, const double *theta, const double *hidden0, const double *cell0,
              const double *text, double *loss, void *work, size_t work_bytes);

int hand_loss_and_grad(int64_t T, const double *theta, double *theta_bar, const double *hidden0,
                       const double *cell0, const double *text, double *loss, void *work,
                       size_t work_bytes);

#endif
