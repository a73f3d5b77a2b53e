/* dp_nn - dense networks as plain kernels: primal, tangent and adjoint, for programs without dpc.
 *
 * Arrays are row-major and the caller's. Adjoints add to their *_bar results; a NULL one is left
 * out. */
#ifndef DP_NN_H
#define DP_NN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- activations, entry by entry ------------------------------------------------------------- */

/* As in the library nn of the language; relu'(0) = 0. gelu is the exact one, with erf. */
typedef enum dp_activation {
  DP_IDENTITY, DP_TANH, DP_SIGMOID, DP_RELU, DP_SOFTPLUS, DP_SILU, DP_GELU
} dp_activation;

/* y = act(x); x and y may be the same array. */
void dp_act(dp_activation act, int64_t n, const double *x, double *y);
/* y_dot = act'(x) x_dot; x_dot and y_dot may be the same array. */
void dp_act_tan(dp_activation act, int64_t n, const double *x, const double *x_dot, double *y_dot);
/* x_bar += act'(x) y_bar. */
void dp_act_adj(dp_activation act, int64_t n, const double *x, double *x_bar, const double *y_bar);

/* ---- a dense layer: y = W x + b, W [n_out, n_in] --------------------------------------------- */

void dp_dense(int64_t n_out, int64_t n_in, const double *W, const double *b, const double *x,
              double *y);
/* y_dot = W_dot x + W x_dot + b_dot; W_dot, b_dot and x_dot may each be NULL (zero). */
void dp_dense_tan(int64_t n_out, int64_t n_in, const double *W, const double *W_dot,
                  const double *b_dot, const double *x, const double *x_dot, double *y_dot);
void dp_dense_adj(int64_t n_out, int64_t n_in, const double *W, double *W_bar, double *b_bar,
                  const double *x, double *x_bar, const double *y_bar);

/* ---- a multilayer perceptron ----------------------------------------------------------------- */

/* sizes [layers + 1]: of the input, the hidden layers, the output. `hidden` follows every layer
 * but the last, which `last` follows. theta holds W then b of each layer, from the input on. */
typedef struct dp_mlp {
  int64_t layers;
  const int64_t *sizes;
  dp_activation hidden, last;
} dp_mlp;

/* Entries of theta; -1 where sizes are negative or too large. */
int64_t dp_mlp_size(const dp_mlp *net);
/* Bytes, enough for each of the three; SIZE_MAX likewise. */
size_t dp_mlp_work(const dp_mlp *net);

/* Return DP_OK, DP_WORK_SHORT or DP_BAD_SIZE. */
int dp_mlp_apply(const dp_mlp *net, const double *theta, const double *x, double *y, void *work,
                 size_t work_bytes);
/* theta_dot and x_dot may be NULL (zero). */
int dp_mlp_tan(const dp_mlp *net, const double *theta, const double *theta_dot, const double *x,
               const double *x_dot, double *y, double *y_dot, void *work, size_t work_bytes);
int dp_mlp_adj(const dp_mlp *net, const double *theta, double *theta_bar, const double *x,
               double *x_bar, const double *y_bar, void *work, size_t work_bytes);

#ifdef __cplusplus
}
#endif
#endif
