/* dp_nn - activations, dense layers and perceptrons with their tangents and adjoints. */
#include "dp_nn.h"

#include "dp_math.h"
#include "dp_runtime.h"

#include <string.h>

/* ---- activations ----------------------------------------------------------------------------- */

static inline double softplus(double x) { return dp_max(x, 0) + dp_log1p(dp_exp(-fabs(x))); }

/* The normal distribution: its function and its density. */
static inline double normal_below(double x) { return 0.5 * (1 + erf(x * 0.7071067811865476)); }
static inline double normal_density(double x) { return 0.3989422804014327 * dp_exp(-0.5 * x * x); }

static inline double tanh_slope(double x) {
  const double y = dp_tanh(x);
  return 1 - y * y;
}

static inline double sigmoid_slope(double x) {
  const double y = dp_sigmoid(x);
  return y * (1 - y);
}

static inline double relu_slope(double x) { return x > 0 ? 1.0 : 0.0; }

static inline double silu_slope(double x) {
  const double y = dp_sigmoid(x);
  return y * (1 + x * (1 - y));
}

static inline double gelu_slope(double x) { return normal_below(x) + x * normal_density(x); }

/* One loop per activation, so that each is a vector loop: STATEMENT uses i. */
#define EACH(statement)                      \
  do {                                       \
    for (int64_t i = 0; i < n; i++) statement; \
    return;                                  \
  } while (0)

void dp_act(dp_activation act, int64_t n, const double *x, double *y) {
  switch (act) {
    case DP_IDENTITY: EACH(y[i] = x[i]);
    case DP_TANH: EACH(y[i] = dp_tanh(x[i]));
    case DP_SIGMOID: EACH(y[i] = dp_sigmoid(x[i]));
    case DP_RELU: EACH(y[i] = dp_max(x[i], 0));
    case DP_SOFTPLUS: EACH(y[i] = softplus(x[i]));
    case DP_SILU: EACH(y[i] = x[i] * dp_sigmoid(x[i]));
    case DP_GELU: EACH(y[i] = x[i] * normal_below(x[i]));
  }
}

void dp_act_tan(dp_activation act, int64_t n, const double *x, const double *x_dot, double *y_dot) {
  switch (act) {
    case DP_IDENTITY: EACH(y_dot[i] = x_dot[i]);
    case DP_TANH: EACH(y_dot[i] = tanh_slope(x[i]) * x_dot[i]);
    case DP_SIGMOID: EACH(y_dot[i] = sigmoid_slope(x[i]) * x_dot[i]);
    case DP_RELU: EACH(y_dot[i] = relu_slope(x[i]) * x_dot[i]);
    case DP_SOFTPLUS: EACH(y_dot[i] = dp_sigmoid(x[i]) * x_dot[i]);
    case DP_SILU: EACH(y_dot[i] = silu_slope(x[i]) * x_dot[i]);
    case DP_GELU: EACH(y_dot[i] = gelu_slope(x[i]) * x_dot[i]);
  }
}

void dp_act_adj(dp_activation act, int64_t n, const double *x, double *x_bar, const double *y_bar) {
  switch (act) {
    case DP_IDENTITY: EACH(x_bar[i] += y_bar[i]);
    case DP_TANH: EACH(x_bar[i] += tanh_slope(x[i]) * y_bar[i]);
    case DP_SIGMOID: EACH(x_bar[i] += sigmoid_slope(x[i]) * y_bar[i]);
    case DP_RELU: EACH(x_bar[i] += relu_slope(x[i]) * y_bar[i]);
    case DP_SOFTPLUS: EACH(x_bar[i] += dp_sigmoid(x[i]) * y_bar[i]);
    case DP_SILU: EACH(x_bar[i] += silu_slope(x[i]) * y_bar[i]);
    case DP_GELU: EACH(x_bar[i] += gelu_slope(x[i]) * y_bar[i]);
  }
}

/* ---- dense ----------------------------------------------------------------------------------- */

/* y (+)= A x, by rows. */
static void multiply(int64_t rows, int64_t columns, const double *restrict A,
                     const double *restrict x, double *restrict y) {
  for (int64_t i = 0; i < rows; i++) {
    const double *restrict row = A + i * columns;
    double sum = 0;
    DP_SIMD_SUM(sum)
    for (int64_t j = 0; j < columns; j++) sum += row[j] * x[j];
    y[i] += sum;
  }
}

void dp_dense(int64_t n_out, int64_t n_in, const double *W, const double *b, const double *x,
              double *y) {
  for (int64_t i = 0; i < n_out; i++) y[i] = b[i];
  multiply(n_out, n_in, W, x, y);
}

void dp_dense_tan(int64_t n_out, int64_t n_in, const double *W, const double *W_dot,
                  const double *b_dot, const double *x, const double *x_dot, double *y_dot) {
  for (int64_t i = 0; i < n_out; i++) y_dot[i] = b_dot ? b_dot[i] : 0;
  if (W_dot) multiply(n_out, n_in, W_dot, x, y_dot);
  if (x_dot) multiply(n_out, n_in, W, x_dot, y_dot);
}

void dp_dense_adj(int64_t n_out, int64_t n_in, const double *W, double *W_bar, double *b_bar,
                  const double *x, double *x_bar, const double *y_bar) {
  for (int64_t i = 0; i < n_out; i++) {
    const double weight = y_bar[i];
    if (b_bar) b_bar[i] += weight;
    if (W_bar)
      for (int64_t j = 0; j < n_in; j++) W_bar[i * n_in + j] += weight * x[j];
    if (x_bar)
      for (int64_t j = 0; j < n_in; j++) x_bar[j] += weight * W[i * n_in + j];
  }
}

/* ---- perceptron ------------------------------------------------------------------------------ */

int64_t dp_mlp_size(const dp_mlp *net) {
  size_t size = 0;
  for (int64_t k = 0; k < net->layers; k++) {
    const size_t in = dp_size(net->sizes[k]), out = dp_size(net->sizes[k + 1]);
    size = dp_size_add(size, dp_size_mul(out, dp_size_add(in, 1)));
  }
  return size > (size_t)INT64_MAX / sizeof(double) ? -1 : (int64_t)size;
}

/* Entries of all layers' inputs and sums together, and of the widest layer. */
static size_t total_width(const dp_mlp *net, size_t *widest) {
  size_t total = 0;
  *widest = 0;
  for (int64_t k = 0; k <= net->layers; k++) {
    const size_t width = dp_size(net->sizes[k]);
    total = dp_size_add(total, width);
    if (width > *widest) *widest = width;
  }
  return total;
}

/* Sums before and values after each activation, and two vectors that walk through the layers. */
size_t dp_mlp_work(const dp_mlp *net) {
  size_t widest;
  const size_t total = total_width(net, &widest);
  const size_t doubles = dp_size_add(dp_size_mul(2, total), dp_size_mul(2, widest));
  const size_t bytes = dp_size_mul(doubles, sizeof(double));
  if (net->layers < 1 || dp_mlp_size(net) < 0) return SIZE_MAX;
  return dp_size_add(dp_size_round(bytes), DP_ALIGN - 1);
}

typedef struct Trace {
  double *sums, *values;  /* of all layers, one after the other; values begin with the input */
  double *first, *second; /* [widest] */
} Trace;

static int place(const dp_mlp *net, void *work, size_t work_bytes, Trace *trace) {
  const size_t needed = dp_mlp_work(net);
  if (needed == SIZE_MAX || !work) return DP_BAD_SIZE;
  if (work_bytes < needed) return DP_WORK_SHORT;
  size_t widest;
  const size_t total = total_width(net, &widest);
  trace->sums = (double *)dp_align(work);
  trace->values = trace->sums + total;
  trace->first = trace->values + total;
  trace->second = trace->first + widest;
  return DP_OK;
}

static dp_activation activation_of(const dp_mlp *net, int64_t layer) {
  return layer + 1 < net->layers ? net->hidden : net->last;
}

/* Runs all layers; returns the output. Sums stand where the values of the same layer do: their
 * first part is unused. */
static const double *run(const dp_mlp *net, const double *theta, const double *x, Trace *trace) {
  double *value = trace->values, *sum = trace->sums;
  memcpy(value, x, (size_t)net->sizes[0] * sizeof(double));
  for (int64_t k = 0; k < net->layers; k++) {
    const int64_t in = net->sizes[k], out = net->sizes[k + 1];
    sum += in;
    dp_dense(out, in, theta, theta + out * in, value, sum);
    value += in;
    dp_act(activation_of(net, k), out, sum, value);
    theta += out * (in + 1);
  }
  return value;
}

int dp_mlp_apply(const dp_mlp *net, const double *theta, const double *x, double *y, void *work,
                 size_t work_bytes) {
  Trace trace;
  const int status = place(net, work, work_bytes, &trace);
  if (status) return status;
  const double *last = run(net, theta, x, &trace);
  memcpy(y, last, (size_t)net->sizes[net->layers] * sizeof(double));
  return DP_OK;
}

int dp_mlp_tan(const dp_mlp *net, const double *theta, const double *theta_dot, const double *x,
               const double *x_dot, double *y, double *y_dot, void *work, size_t work_bytes) {
  Trace trace;
  const int status = place(net, work, work_bytes, &trace);
  if (status) return status;
  const double *last = run(net, theta, x, &trace), *sum = trace.sums, *value = trace.values;
  const double *from = x_dot;
  double *to = trace.first, *other = trace.second;
  for (int64_t k = 0; k < net->layers; k++) {
    const int64_t in = net->sizes[k], out = net->sizes[k + 1];
    sum += in;
    dp_dense_tan(out, in, theta, theta_dot, theta_dot ? theta_dot + out * in : NULL, value, from,
                 to);
    dp_act_tan(activation_of(net, k), out, sum, to, to);
    value += in;
    theta += out * (in + 1);
    if (theta_dot) theta_dot += out * (in + 1);
    from = to;
    to = other;
    other = (double *)from;
  }
  const size_t bytes = (size_t)net->sizes[net->layers] * sizeof(double);
  memcpy(y, last, bytes);
  memcpy(y_dot, from, bytes);
  return DP_OK;
}

int dp_mlp_adj(const dp_mlp *net, const double *theta, double *theta_bar, const double *x,
               double *x_bar, const double *y_bar, void *work, size_t work_bytes) {
  Trace trace;
  const int status = place(net, work, work_bytes, &trace);
  if (status) return status;
  const double *value = run(net, theta, x, &trace), *upper = y_bar;
  const double *sum = trace.sums + (value - trace.values);
  int64_t at = dp_mlp_size(net);
  for (int64_t k = net->layers - 1; k >= 0; k--) {
    const int64_t in = net->sizes[k], out = net->sizes[k + 1];
    double *sum_bar = trace.first, *lower = k == 0 ? x_bar : trace.second;
    memset(sum_bar, 0, (size_t)out * sizeof(double));
    dp_act_adj(activation_of(net, k), out, sum, sum_bar, upper);
    if (k > 0) memset(lower, 0, (size_t)in * sizeof(double));
    at -= out * (in + 1);
    value -= in;
    sum -= in;
    double *W_bar = theta_bar ? theta_bar + at : NULL, *b_bar = W_bar ? W_bar + out * in : NULL;
    dp_dense_adj(out, in, theta + at, W_bar, b_bar, value, lower, sum_bar);
    upper = lower;
  }
  return DP_OK;
}
