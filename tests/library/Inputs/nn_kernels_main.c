/* nn_kernels_main - generated functions of the library nn, and the kernels of dp_nn. */
#include "compare.h"
#include "dp_nn.h"
#include "nn.h"

static double work[4096];

/* ---- activations, at 0 and far out too ------------------------------------------------------- */

typedef int activation(int64_t n, const double *x, double *y, void *work, size_t bytes);
typedef int activation_tan(int64_t n, const double *x, const double *x_dot, double *y,
                           double *y_dot, void *work, size_t bytes);
typedef int activation_adj(int64_t n, const double *x, double *x_bar, const double *y_bar,
                           void *work, size_t bytes);

static const struct {
  const char *name;
  dp_activation act;
  activation *f;
  activation_tan *tan;
  activation_adj *adj;
} activations[] = {
    {"linear", DP_IDENTITY, nn_linear, nn_linear_tan, nn_linear_adj},
    {"tanh", DP_TANH, nn_hyperbolic, nn_hyperbolic_tan, nn_hyperbolic_adj},
    {"sigmoid", DP_SIGMOID, nn_logistic, nn_logistic_tan, nn_logistic_adj},
    {"relu", DP_RELU, nn_relu, nn_relu_tan, nn_relu_adj},
    {"softplus", DP_SOFTPLUS, nn_softplus, nn_softplus_tan, nn_softplus_adj},
    {"silu", DP_SILU, nn_silu, nn_silu_tan, nn_silu_adj},
    {"gelu", DP_GELU, nn_gelu, nn_gelu_tan, nn_gelu_adj},
};

enum { POINTS = 41 };

static void check_activation(size_t k) {
  const char *name = activations[k].name;
  double x[POINTS], x_dot[POINTS], y_bar[POINTS];
  double y[POINTS], y_dot[POINTS], x_bar[POINTS], want[POINTS], want_bar[POINTS];
  compare_fill(POINTS, 1, x);
  compare_fill(POINTS, 2, x_dot);
  compare_fill(POINTS, 3, y_bar);
  const double special[] = {0, -0.0, 30, -30, 800, -800};
  memcpy(x, special, sizeof special);

  CHECK(activations[k].f(POINTS, x, y, work, sizeof work) == DP_OK);
  dp_act(activations[k].act, POINTS, x, want);
  compare_arrays(name, "y", POINTS, y, want);

  CHECK(activations[k].tan(POINTS, x, x_dot, y, y_dot, work, sizeof work) == DP_OK);
  compare_arrays(name, "y of the tangent", POINTS, y, want);
  dp_act_tan(activations[k].act, POINTS, x, x_dot, want);
  compare_arrays(name, "y_dot", POINTS, y_dot, want);

  compare_fill(POINTS, 4, x_bar);
  memcpy(want_bar, x_bar, sizeof x_bar);
  CHECK(activations[k].adj(POINTS, x, x_bar, y_bar, work, sizeof work) == DP_OK);
  dp_act_adj(activations[k].act, POINTS, x, want_bar, y_bar);
  compare_arrays(name, "x_bar", POINTS, x_bar, want_bar);
}

/* ---- a dense layer --------------------------------------------------------------------------- */

enum { N_IN = 7, N_OUT = 5, N_W = N_IN * N_OUT, N_DENSE = NN_DENSE_SIZE };

static void check_dense(void) {
  double theta[N_DENSE], theta_dot[N_DENSE], x[N_IN], x_dot[N_IN], y_bar[N_OUT];
  double y[N_OUT], y_dot[N_OUT], want[N_OUT], want_dot[N_OUT];
  CHECK(N_DENSE == N_W + N_OUT);
  compare_fill(N_DENSE, 5, theta);
  compare_fill(N_DENSE, 6, theta_dot);
  compare_fill(N_IN, 7, x);
  compare_fill(N_IN, 8, x_dot);
  compare_fill(N_OUT, 9, y_bar);

  CHECK(nn_dense(theta, x, y, work, sizeof work) == DP_OK);
  dp_dense(N_OUT, N_IN, theta, theta + N_W, x, want);
  compare_arrays("dense", "y", N_OUT, y, want);
  CHECK(nn_dense_tan(theta, theta_dot, x, x_dot, y, y_dot, work, sizeof work) == DP_OK);
  dp_dense_tan(N_OUT, N_IN, theta, theta_dot, theta_dot + N_W, x, x_dot, want_dot);
  compare_arrays("dense", "y of the tangent", N_OUT, y, want);
  compare_arrays("dense", "y_dot", N_OUT, y_dot, want_dot);

  double theta_bar[N_DENSE], want_theta[N_DENSE], x_bar[N_IN], want_x[N_IN];
  compare_fill(N_DENSE, 10, theta_bar);
  compare_fill(N_IN, 11, x_bar);
  memcpy(want_theta, theta_bar, sizeof theta_bar);
  memcpy(want_x, x_bar, sizeof x_bar);
  CHECK(nn_dense_adj(theta, theta_bar, x, x_bar, y_bar, work, sizeof work) == DP_OK);
  dp_dense_adj(N_OUT, N_IN, theta, want_theta, want_theta + N_W, x, want_x, y_bar);
  compare_arrays("dense", "theta_bar", N_DENSE, theta_bar, want_theta);
  compare_arrays("dense", "x_bar", N_IN, x_bar, want_x);
}

/* ---- perceptrons ----------------------------------------------------------------------------- */

typedef int net(const double *theta, const double *x, double *y, void *work, size_t bytes);
typedef int net_tan(const double *theta, const double *theta_dot, const double *x,
                    const double *x_dot, double *y, double *y_dot, void *work, size_t bytes);
typedef int net_adj(const double *theta, double *theta_bar, const double *x, double *x_bar,
                    const double *y_bar, void *work, size_t bytes);

static const struct {
  const char *name;
  dp_activation hidden;
  net *f;
  net_tan *tan;
  net_adj *adj;
} nets[] = {
    {"tanh_net", DP_TANH, nn_tanh_net, nn_tanh_net_tan, nn_tanh_net_adj},
    {"sigmoid_net", DP_SIGMOID, nn_sigmoid_net, nn_sigmoid_net_tan, nn_sigmoid_net_adj},
    {"relu_net", DP_RELU, nn_relu_net, nn_relu_net_tan, nn_relu_net_adj},
    {"softplus_net", DP_SOFTPLUS, nn_softplus_net, nn_softplus_net_tan, nn_softplus_net_adj},
    {"silu_net", DP_SILU, nn_silu_net, nn_silu_net_tan, nn_silu_net_adj},
    {"gelu_net", DP_GELU, nn_gelu_net, nn_gelu_net_tan, nn_gelu_net_adj},
};

enum { IN = 3, OUT = 2, N_THETA = NN_TANHNET_SIZE };
static const int64_t sizes[] = {IN, 5, 4, OUT};

static void check_net(size_t k) {
  const char *name = nets[k].name;
  const dp_mlp mlp = {3, sizes, nets[k].hidden, DP_IDENTITY};
  static double ours[4096];
  double theta[N_THETA], theta_dot[N_THETA], x[IN], x_dot[IN], y_bar[OUT];
  double y[OUT], y_dot[OUT], want[OUT], want_dot[OUT];
  CHECK(dp_mlp_size(&mlp) == N_THETA);
  compare_fill(N_THETA, 12, theta);
  compare_fill(N_THETA, 13, theta_dot);
  compare_fill(IN, 14, x);
  compare_fill(IN, 15, x_dot);
  compare_fill(OUT, 16, y_bar);

  CHECK(nets[k].f(theta, x, y, work, sizeof work) == DP_OK);
  CHECK(dp_mlp_apply(&mlp, theta, x, want, ours, sizeof ours) == DP_OK);
  compare_arrays(name, "y", OUT, y, want);
  CHECK(nets[k].tan(theta, theta_dot, x, x_dot, y, y_dot, work, sizeof work) == DP_OK);
  CHECK(dp_mlp_tan(&mlp, theta, theta_dot, x, x_dot, want, want_dot, ours, sizeof ours) == DP_OK);
  compare_arrays(name, "y of the tangent", OUT, y, want);
  compare_arrays(name, "y_dot", OUT, y_dot, want_dot);

  double theta_bar[N_THETA], want_theta[N_THETA], x_bar[IN], want_x[IN];
  compare_fill(N_THETA, 17, theta_bar);
  compare_fill(IN, 18, x_bar);
  memcpy(want_theta, theta_bar, sizeof theta_bar);
  memcpy(want_x, x_bar, sizeof x_bar);
  CHECK(nets[k].adj(theta, theta_bar, x, x_bar, y_bar, work, sizeof work) == DP_OK);
  CHECK(dp_mlp_adj(&mlp, theta, want_theta, x, want_x, y_bar, ours, sizeof ours) == DP_OK);
  compare_arrays(name, "theta_bar", N_THETA, theta_bar, want_theta);
  compare_arrays(name, "x_bar", IN, x_bar, want_x);
}

int main(void) {
  for (size_t k = 0; k < sizeof activations / sizeof activations[0]; k++) check_activation(k);
  check_dense();
  for (size_t k = 0; k < sizeof nets / sizeof nets[0]; k++) check_net(k);
  return check_result();
}
