/* hand - the adjoint of the hybrid Lotka-Volterra model, written by hand for speed.
 *
 * What makes it fast:
 *  - tanh(z) = 2 s - 1 with the logistic s = 1/(1 + 2^(c z)), c = -2/log 2. Factors and offsets go
 *    into the weights once per call, so a layer's sums come out in the unit in which 2^z is
 *    evaluated, and s is what the tape holds.
 *  - The networks' Jacobians (one output, two inputs) depend on the tape alone, not on the
 *    cotangents. So blocks of steps are pulled back through the layers by small matrix products;
 *    only a recurrence over two numbers is left to run step by step.
 *  - The outer products of the weights' gradient are matrix products over a block, too, done
 *    while the block's tape is in the first-level cache. */
#include "hand.h"

#include "../lanes.h"
#include "../logistic.h"

#include <string.h>

enum { HIDDEN = 32, PARTS = HIDDEN / LANES, BLOCK = 24, NET_SIZE = 1185 };

/* Positions in a network's stretch of theta. */
enum { AT_W0 = 0, AT_B0 = 64, AT_W1 = 96, AT_B1 = 1120, AT_W2 = 1152, AT_B2 = 1184 };

/* A network's weights, scaled for the logistic; and its gradient in those terms. */
typedef struct {
  lanes in_x[PARTS], in_y[PARTS], in_bias[PARTS]; /* first layer: c W0, c b0 */
  lanes column[HIDDEN][PARTS];                    /* second layer: 2 c W1, column by column */
  lanes bias[PARTS];                              /* c (b1 - W1 1) */
  lanes out[PARTS];                               /* third layer: 2 W2 */
  double out_bias;                                /* b2 - W2 1 */
  lanes row[HIDDEN][PARTS];                       /* 4 W1, row by row */
  lanes pull_x[PARTS], pull_y[PARTS], pull_out[PARTS]; /* W0 and 4 W2 */
} Net;

typedef struct {
  lanes in_x[PARTS], in_y[PARTS], in_bias[PARTS]; /* sums of mu d1 x, mu d1 y, mu d1 */
  lanes row[HIDDEN][PARTS];                       /* of mu d2 (outer) s1 */
  lanes bias[PARTS], out[PARTS];                  /* of mu d2, mu s2 */
  double out_bias;                                /* of mu */
} NetSums;

typedef struct {
  lanes s1[PARTS], s2[PARTS];
} Hidden;

/* What one block of steps needs on its way back, per network. */
typedef struct {
  lanes d2[BLOCK][PARTS], d1[BLOCK][PARTS]; /* d out / d z of the two hidden layers, mu = 1 */
  double by_x[BLOCK], by_y[BLOCK];          /* d out / d inputs */
  double mu[BLOCK];                         /* the output's cotangent */
} Pull;

typedef struct {
  Net net[2];
  NetSums sums[2];
  Pull pull[2];
} Room;

/* ---- weights in and gradient out ----------------------------------------------------------- */

static void net_load(Net *net, const double *theta) {
  const double c = LOGISTIC_SCALE;
  double *column = (double *)net->column, *row = (double *)net->row, *bias = (double *)net->bias;
  double *in_x = (double *)net->in_x, *in_y = (double *)net->in_y;
  double *pull_x = (double *)net->pull_x, *pull_y = (double *)net->pull_y;
  double out_sum = 0;
  for (int i = 0; i < HIDDEN; i++) {
    const double *w = theta + AT_W1 + i * HIDDEN, w2 = theta[AT_W2 + i];
    double row_sum = 0;
    for (int j = 0; j < HIDDEN; j++) {
      row_sum += w[j];
      column[j * HIDDEN + i] = 2 * c * w[j];
      row[i * HIDDEN + j] = 4 * w[j];
    }
    pull_x[i] = theta[AT_W0 + 2 * i];
    pull_y[i] = theta[AT_W0 + 2 * i + 1];
    in_x[i] = c * pull_x[i];
    in_y[i] = c * pull_y[i];
    ((double *)net->in_bias)[i] = c * theta[AT_B0 + i];
    bias[i] = c * (theta[AT_B1 + i] - row_sum);
    ((double *)net->out)[i] = 2 * w2;
    ((double *)net->pull_out)[i] = 4 * w2;
    out_sum += w2;
  }
  net->out_bias = theta[AT_B2] - out_sum;
}

static void net_unload(const NetSums *sums, double *bar) {
  const double *row = (const double *)sums->row, *bias = (const double *)sums->bias;
  for (int i = 0; i < HIDDEN; i++) {
    bar[AT_W0 + 2 * i] = ((const double *)sums->in_x)[i];
    bar[AT_W0 + 2 * i + 1] = ((const double *)sums->in_y)[i];
    bar[AT_B0 + i] = ((const double *)sums->in_bias)[i];
    for (int j = 0; j < HIDDEN; j++)
      bar[AT_W1 + i * HIDDEN + j] = 2 * row[i * HIDDEN + j] - bias[i];
    bar[AT_B1 + i] = bias[i];
    bar[AT_W2 + i] = 2 * ((const double *)sums->out)[i] - sums->out_bias;
  }
  bar[AT_B2] = sums->out_bias;
}

/* ---- forward ------------------------------------------------------------------------------- */

enum { CHAINS = 8 / PARTS }; /* independent sums per row: 8 in all hide an addition's latency */

/* The network's output; its hidden layers go to s1 and s2. */
LANES_INLINE double net_value(const Net *net, double x, double y, lanes s1[PARTS],
                               lanes s2[PARTS]) {
  for (int p = 0; p < PARTS; p++)
    s1[p] = logistic(net->in_bias[p] + net->in_x[p] * x + net->in_y[p] * y);
  const double *s = (const double *)s1;
  lanes sum[CHAINS][PARTS] = {{{0}}};
  for (int j = 0; j < HIDDEN; j += CHAINS)
    for (int c = 0; c < CHAINS; c++)
      for (int p = 0; p < PARTS; p++) sum[c][p] += net->column[j + c][p] * s[j + c];
  lanes out = lanes_all(0);
  for (int p = 0; p < PARTS; p++) {
    for (int c = 1; c < CHAINS; c++) sum[0][p] += sum[c][p];
    s2[p] = logistic(sum[0][p] + net->bias[p]);
    out += net->out[p] * s2[p];
  }
  return net->out_bias + lanes_sum(out);
}

/* One Euler step of (x, y); y sees the new x, as in the program. */
LANES_INLINE void step(const Net net[2], double decay, double dt, double *x, double *y,
                        Hidden *prey, Hidden *predator) {
  const double alpha = 1.3;
  *x += dt * (alpha * *x + net_value(&net[0], *x, *y, prey->s1, prey->s2));
  *y += dt * (net_value(&net[1], *x, *y, predator->s1, predator->s2) - decay * *y);
}

/* ---- backward, one block of steps at a time ------------------------------------------------- */

/* Sums that are in registers together: GROUP steps of TILE vectors, 24 of 32 registers or 12 of 16;
 * for the outer products ROWS rows of TILE vectors. */
enum { GROUP = 6, ROWS = 4, TILE = LANES / 2 };

/* d1 of GROUP steps, TILE vectors of it from part q on: the cotangents d2 through the second layer
 * and the first logistic. */
static inline void pull_second_layer(const Net *net, const Hidden *tape, Pull *pull, int t, int q) {
  lanes sum[GROUP][TILE] = {{{0}}};
  const double *d2 = (const double *)pull->d2[t];
  for (int i = 0; i < HIDDEN; i++)
    for (int g = 0; g < GROUP; g++)
      for (int p = 0; p < TILE; p++) sum[g][p] += net->row[i][q + p] * d2[g * HIDDEN + i];
  for (int g = 0; g < GROUP; g++)
    for (int p = 0; p < TILE; p++) {
      lanes s = tape[t + g].s1[q + p];
      pull->d1[t + g][q + p] = sum[g][p] * (s - s * s);
    }
}

/* The network's Jacobian at every step of the block. */
static void pull_net(const Net *net, const Hidden *tape, Pull *pull) {
  for (int t = 0; t < BLOCK; t++)
    for (int p = 0; p < PARTS; p++) {
      lanes s = tape[t].s2[p];
      pull->d2[t][p] = net->pull_out[p] * (s - s * s);
    }
  for (int q = 0; q < PARTS; q += TILE)
    for (int t = 0; t < BLOCK; t += GROUP) pull_second_layer(net, tape, pull, t, q);
  for (int t = 0; t < BLOCK; t += LANES) {
    lanes by_x[LANES], by_y[LANES];
    for (int k = 0; k < LANES; k++) {
      by_x[k] = by_y[k] = lanes_all(0);
      for (int p = 0; p < PARTS; p++) {
        by_x[k] += pull->d1[t + k][p] * net->pull_x[p];
        by_y[k] += pull->d1[t + k][p] * net->pull_y[p];
      }
    }
    *(lanes *)&pull->by_x[t] = lanes_sums(by_x);
    *(lanes *)&pull->by_y[t] = lanes_sums(by_y);
  }
}

/* The outer products of the second layer: mu d2 (in d2) with s1, over the block. */
static inline void sum_tile(NetSums *sums, const Hidden *tape, const Pull *pull, int i, int q) {
  const double *d2 = (const double *)pull->d2 + i;
  lanes sum[ROWS][TILE];
  for (int r = 0; r < ROWS; r++)
    for (int p = 0; p < TILE; p++) sum[r][p] = sums->row[i + r][q + p];
  for (int t = 0; t < BLOCK; t++)
    for (int r = 0; r < ROWS; r++)
      for (int p = 0; p < TILE; p++) sum[r][p] += tape[t].s1[q + p] * d2[t * HIDDEN + r];
  for (int r = 0; r < ROWS; r++)
    for (int p = 0; p < TILE; p++) sums->row[i + r][q + p] = sum[r][p];
}

/* Adds the block's share of the gradient. x and y are the network's inputs. */
static void sum_net(NetSums *sums, const Hidden *tape, Pull *pull, const double *x,
                    const double *y) {
  lanes in_x[PARTS] = {{0}}, in_y[PARTS] = {{0}}, in_bias[PARTS] = {{0}};
  lanes bias[PARTS] = {{0}}, out[PARTS] = {{0}};
  for (int t = 0; t < BLOCK; t++) {
    double mu = pull->mu[t];
    for (int p = 0; p < PARTS; p++) {
      lanes d1 = pull->d1[t][p] * mu, d2 = pull->d2[t][p] * mu;
      pull->d2[t][p] = d2;
      in_x[p] += d1 * x[t];
      in_y[p] += d1 * y[t];
      in_bias[p] += d1;
      bias[p] += d2;
      out[p] += tape[t].s2[p] * mu;
    }
    sums->out_bias += mu;
  }
  for (int p = 0; p < PARTS; p++) {
    sums->in_x[p] += in_x[p];
    sums->in_y[p] += in_y[p];
    sums->in_bias[p] += in_bias[p];
    sums->bias[p] += bias[p];
    sums->out[p] += out[p];
  }
  for (int q = 0; q < PARTS; q += TILE)
    for (int i = 0; i < HIDDEN; i += ROWS) sum_tile(sums, tape, pull, i, q);
}

/* ---- the two functions ----------------------------------------------------------------------- */

typedef struct {
  Room *room;
  Hidden *tape[2];
  double *x, *y; /* the states before each step, and after the last */
} Plan;

static int64_t blocks(int64_t T) { return (T + BLOCK - 1) / BLOCK; }

size_t hand_work(int64_t T) {
  const size_t per_step = 2 * sizeof(Hidden) + 2 * sizeof(double);
  if (T < 0 || (uint64_t)T > SIZE_MAX / (2 * per_step)) return SIZE_MAX;
  return 64 + sizeof(Room) + (size_t)(blocks(T) + 1) * BLOCK * per_step;
}

static int plan_make(Plan *plan, int64_t T, void *work, size_t work_bytes) {
  if (work == NULL || work_bytes < hand_work(T)) return 1;
  char *at = (char *)(((uintptr_t)work + 63) & ~(uintptr_t)63);
  size_t steps = (size_t)blocks(T) * BLOCK;
  plan->room = (Room *)at, at += sizeof(Room);
  plan->tape[0] = (Hidden *)at, at += steps * sizeof(Hidden);
  plan->tape[1] = (Hidden *)at, at += steps * sizeof(Hidden);
  plan->x = (double *)at, at += (steps + 8) * sizeof(double);
  plan->y = (double *)at;
  return 0;
}

static double square(double x) { return x * x; }

int hand_loss(int64_t T, const double *theta, double x0, double y0, double dt,
              const double *x_obs, const double *y_obs, double *loss, void *work,
              size_t work_bytes) {
  Plan plan;
  if (plan_make(&plan, T, work, work_bytes)) return 1;
  const Net *net = plan.room->net;
  Hidden hidden[2];
  double x = x0, y = y0, sum = 0;
  for (int n = 0; n < 2; n++) net_load(&plan.room->net[n], theta + n * NET_SIZE);
  for (int64_t t = 0; t < T; t++) {
    step(net, theta[2 * NET_SIZE], dt, &x, &y, &hidden[0], &hidden[1]);
    sum += square(x - x_obs[t]) + square(y - y_obs[t]);
  }
  *loss = sum;
  return 0;
}

/* The steps with their tape; the last block is filled up with steps that count for nothing. */
static double forward(const Plan *plan, int64_t T, double decay, double dt, const double *x_obs,
                      const double *y_obs) {
  double x = plan->x[0], y = plan->y[0], sum = 0;
  for (int64_t t = 0; t < T; t++) {
    step(plan->room->net, decay, dt, &x, &y, &plan->tape[0][t], &plan->tape[1][t]);
    plan->x[t + 1] = x;
    plan->y[t + 1] = y;
    sum += square(x - x_obs[t]) + square(y - y_obs[t]);
  }
  size_t rest = (size_t)(blocks(T) * BLOCK - T);
  for (int n = 0; n < 2; n++) memset(plan->tape[n] + T, 0, rest * sizeof(Hidden));
  memset(plan->x + T + 1, 0, rest * sizeof(double));
  memset(plan->y + T + 1, 0, rest * sizeof(double));
  return sum;
}

typedef struct {
  double x, y, decay; /* cotangents */
} Cotangent;

/* The states' cotangents through the steps from, ..., from + count - 1, last first. */
static void pull_states(const Plan *plan, int64_t from, int count, double decay, double dt,
                        const double *x_obs, const double *y_obs, Cotangent *bar) {
  const double alpha = 1.3;
  Pull *prey = &plan->room->pull[0], *predator = &plan->room->pull[1];
  const double *x = plan->x + from, *y = plan->y + from;
  for (int t = count - 1; t >= 0; t--) {
    double x_bar = bar->x + 2 * (x[t + 1] - x_obs[from + t]);
    double y_bar = bar->y + 2 * (y[t + 1] - y_obs[from + t]);
    double mu = dt * y_bar;
    predator->mu[t] = mu;
    bar->decay -= mu * y[t];
    x_bar += mu * predator->by_x[t];
    y_bar += mu * (predator->by_y[t] - decay);
    mu = dt * x_bar;
    prey->mu[t] = mu;
    bar->x = x_bar + mu * (alpha + prey->by_x[t]);
    bar->y = y_bar + mu * prey->by_y[t];
  }
  for (int t = count; t < BLOCK; t++) prey->mu[t] = predator->mu[t] = 0;
}

int hand_loss_and_grad(int64_t T, const double *theta, double *theta_bar, double x0, double y0,
                       double dt, const double *x_obs, const double *y_obs, double *loss,
                       void *work, size_t work_bytes) {
  Plan plan;
  if (plan_make(&plan, T, work, work_bytes)) return 1;
  Room *room = plan.room;
  const double decay = theta[2 * NET_SIZE];
  Cotangent bar = {0, 0, 0};
  for (int n = 0; n < 2; n++) net_load(&room->net[n], theta + n * NET_SIZE);
  memset(room->sums, 0, sizeof room->sums);
  plan.x[0] = x0;
  plan.y[0] = y0;
  *loss = forward(&plan, T, decay, dt, x_obs, y_obs);
  for (int64_t from = (blocks(T) - 1) * BLOCK; from >= 0; from -= BLOCK) {
    int count = T - from < BLOCK ? (int)(T - from) : BLOCK;
    const Hidden *tape[2] = {plan.tape[0] + from, plan.tape[1] + from};
    for (int n = 0; n < 2; n++) pull_net(&room->net[n], tape[n], &room->pull[n]);
    pull_states(&plan, from, count, decay, dt, x_obs, y_obs, &bar);
    for (int n = 0; n < 2; n++)
      sum_net(&room->sums[n], tape[n], &room->pull[n], plan.x + from + n, plan.y + from);
  }
  for (int n = 0; n < 2; n++) net_unload(&room->sums[n], theta_bar + n * NET_SIZE);
  theta_bar[2 * NET_SIZE] = bar.decay;
  return 0;
}
