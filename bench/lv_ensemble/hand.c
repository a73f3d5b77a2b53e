/* hand - the adjoint of the ensemble of hybrid Lotka-Volterra systems, by hand for speed.
 *
 * What makes it fast:
 *  - Members are lanes: two vectors of them step together, so that layers are
 *    products of a matrix with a vector of vectors, in tiles that stay in registers.
 *  - tanh is 2 s - 1 with a logistic s whose factors are in the weights, as in bench/lv_ude/hand.c;
 *    s is what the tape holds, and the tape of one group stays in the outer caches.
 *  - The weights' gradient is summed lane by lane; the second layer's, as a matrix product over the
 *    members and a block of steps. */
#include "hand.h"

#include "../lanes.h"
#include "../logistic.h"

#include <string.h>

enum { HIDDEN = 32, PARTS = 2, GROUP = PARTS * LANES, BLOCK = 6, NET_SIZE = 1185 };

/* Rows of a product, and rows and vectors of columns of a sum of outer products, in registers. */
enum { ROWS = LANES == 8 ? 8 : 4, HIGH = LANES == 8 ? 8 : 4, WIDE = 2 };

/* Positions in a network's stretch of theta. */
enum { AT_W0 = 0, AT_B0 = 64, AT_W1 = 96, AT_B1 = 1120, AT_W2 = 1152, AT_B2 = 1184 };

typedef lanes Members[PARTS]; /* one number of every member of a group */

/* A network's weights; products read them tile by tile. c is the logistic's scale. */
typedef struct {
  double in_x[HIDDEN], in_y[HIDDEN], in_bias[HIDDEN]; /* c W0, c b0 */
  double forward[HIDDEN / ROWS][HIDDEN][ROWS];        /* 2 c W1 */
  double bias[HIDDEN];                                /* c (b1 - W1 1) */
  double out[HIDDEN], out_bias;                       /* 2 W2, b2 - W2 1 */
  double backward[HIDDEN / ROWS][HIDDEN][ROWS];       /* 4 W1, transposed */
  double pull_x[HIDDEN], pull_y[HIDDEN], pull_out[HIDDEN]; /* W0, 4 W2 */
} Net;

/* Sums over steps and, lane by lane, over members of mu times: */
typedef struct {
  lanes in_x[HIDDEN], in_y[HIDDEN], in_bias[HIDDEN]; /* d1 x, d1 y, d1 */
  lanes product[HIDDEN][HIDDEN / LANES];             /* d2 (outer) s1, summed over lanes, too */
  lanes bias[HIDDEN], out[HIDDEN], out_bias;         /* d2, s2, 1 */
} NetSums;

typedef struct {
  Members s1[HIDDEN], s2[HIDDEN];
} Hidden;

/* One step of one group: the states before it, and both networks' hidden layers. */
typedef struct {
  Members x, y;
  Hidden net[2];
} Record;

typedef struct {
  Net net[2];
  NetSums sums[2];
  Members d2[2][BLOCK][HIDDEN];                     /* of a block of steps */
  lanes s1[2][BLOCK][GROUP][HIDDEN / LANES];        /* likewise, unit by unit for each member */
  lanes decay_bar;
} Room;

/* ---- weights in and gradient out ----------------------------------------------------------- */

static void net_load(Net *net, const double *theta) {
  const double c = LOGISTIC_SCALE;
  net->out_bias = theta[AT_B2];
  for (int i = 0; i < HIDDEN; i++) {
    const double *w = theta + AT_W1 + i * HIDDEN, w2 = theta[AT_W2 + i];
    double row_sum = 0;
    for (int j = 0; j < HIDDEN; j++) {
      row_sum += w[j];
      net->forward[i / ROWS][j][i % ROWS] = 2 * c * w[j];
      net->backward[j / ROWS][i][j % ROWS] = 4 * w[j];
    }
    net->pull_x[i] = theta[AT_W0 + 2 * i];
    net->pull_y[i] = theta[AT_W0 + 2 * i + 1];
    net->in_x[i] = c * net->pull_x[i];
    net->in_y[i] = c * net->pull_y[i];
    net->in_bias[i] = c * theta[AT_B0 + i];
    net->bias[i] = c * (theta[AT_B1 + i] - row_sum);
    net->out[i] = 2 * w2;
    net->pull_out[i] = 4 * w2;
    net->out_bias -= w2;
  }
}

static void net_unload(const NetSums *sums, double *bar) {
  double out_bias = lanes_sum(sums->out_bias);
  for (int i = 0; i < HIDDEN; i++) {
    double bias = lanes_sum(sums->bias[i]);
    bar[AT_W0 + 2 * i] = lanes_sum(sums->in_x[i]);
    bar[AT_W0 + 2 * i + 1] = lanes_sum(sums->in_y[i]);
    bar[AT_B0 + i] = lanes_sum(sums->in_bias[i]);
    for (int j = 0; j < HIDDEN; j++)
      bar[AT_W1 + i * HIDDEN + j] = 2 * ((const double *)sums->product[i])[j] - bias;
    bar[AT_B1 + i] = bias;
    bar[AT_W2 + i] = 2 * lanes_sum(sums->out[i]) - out_bias;
  }
  bar[AT_B2] = out_bias;
}

/* ---- forward ------------------------------------------------------------------------------- */

/* The tile's rows times the vector, plus begin. A function of its own, so that all registers are
 * the sums'. */
static __attribute__((noinline)) void multiply(Members result[ROWS], const double *begin,
                                               double tile[HIDDEN][ROWS], Members *vector) {
  Members sum[ROWS];
  for (int r = 0; r < ROWS; r++)
    for (int p = 0; p < PARTS; p++) sum[r][p] = lanes_all(begin[r]);
  for (int j = 0; j < HIDDEN; j++) {
    const Members held = {lanes_held(vector[j][0]), lanes_held(vector[j][1])};
    for (int r = 0; r < ROWS; r++)
      for (int p = 0; p < PARTS; p++) sum[r][p] += tile[j][r] * held[p];
  }
  for (int r = 0; r < ROWS; r++)
    for (int p = 0; p < PARTS; p++) result[r][p] = sum[r][p];
}

/* The network's outputs; its hidden layers go to h. */
static inline void net_value(Net *net, const Members x, const Members y, Hidden *h,
                             Members out) {
  for (int i = 0; i < HIDDEN; i++)
    for (int p = 0; p < PARTS; p++)
      h->s1[i][p] = logistic(net->in_bias[i] + net->in_x[i] * x[p] + net->in_y[i] * y[p]);
  for (int p = 0; p < PARTS; p++) out[p] = lanes_all(net->out_bias);
  for (int i = 0; i < HIDDEN; i += ROWS) {
    Members sum[ROWS];
    multiply(sum, net->bias + i, net->forward[i / ROWS], h->s1);
    for (int r = 0; r < ROWS; r++)
      for (int p = 0; p < PARTS; p++) {
        h->s2[i + r][p] = logistic(sum[r][p]);
        out[p] += net->out[i + r] * h->s2[i + r][p];
      }
  }
}

typedef struct {
  double decay, dt;
  int64_t T;
  const double *x_obs, *y_obs; /* of the group's first member */
} Problem;

/* What the members observed at step t. */
LANES_INLINE void observed(const double *obs, int64_t T, int64_t t, Members values) {
  double *value = (double *)values;
  for (int m = 0; m < GROUP; m++) value[m] = obs[m * T + t];
}

/* One Euler step from the record's states to x and y; y sees the new x, as in the program. */
static inline void step(Net net[2], const Problem *problem, Record *record, Members x,
                        Members y) {
  const double alpha = 1.3, dt = problem->dt;
  Members out;
  net_value(&net[0], record->x, record->y, &record->net[0], out);
  for (int p = 0; p < PARTS; p++)
    x[p] = record->x[p] + dt * (alpha * record->x[p] + out[p]);
  net_value(&net[1], x, record->y, &record->net[1], out);
  for (int p = 0; p < PARTS; p++)
    y[p] = record->y[p] + dt * (out[p] - problem->decay * record->y[p]);
}

/* All steps of a group from the states in the first record on. record_step is 1, or 0 where all
 * steps go into the same record. Returns the summed misfit. */
static double forward(Net net[2], const Problem *problem, Record *record, int record_step) {
  Members x, y, x_obs, y_obs, sum;
  memset(sum, 0, sizeof sum);
  for (int64_t t = 0; t < problem->T; t++) {
    step(net, problem, record, x, y);
    observed(problem->x_obs, problem->T, t, x_obs);
    observed(problem->y_obs, problem->T, t, y_obs);
    record += record_step;
    for (int p = 0; p < PARTS; p++) {
      record->x[p] = x[p];
      record->y[p] = y[p];
      lanes dx = x[p] - x_obs[p], dy = y[p] - y_obs[p];
      sum[p] += dx * dx + dy * dy;
    }
  }
  double total = 0;
  for (int p = 0; p < PARTS; p++) total += lanes_sum(sum[p]);
  return total;
}

/* ---- backward ------------------------------------------------------------------------------ */

/* The inputs' cotangents for the output's cotangent mu, added to x_bar and y_bar; the layers' sums
 * grow, except for the product, for which d2 is left. */
static inline void net_pull(Net *net, const Hidden *h, const Members x, const Members y,
                            const Members mu, NetSums *sums, Members d2[HIDDEN], Members x_bar,
                            Members y_bar) {
  for (int i = 0; i < HIDDEN; i++)
    for (int p = 0; p < PARTS; p++) {
      lanes s = h->s2[i][p], d = net->pull_out[i] * mu[p] * (s - s * s);
      d2[i][p] = d;
      sums->bias[i] += d;
      sums->out[i] += mu[p] * s;
    }
  for (int p = 0; p < PARTS; p++) sums->out_bias += mu[p];
  for (int j = 0; j < HIDDEN; j += ROWS) {
    static const double zeros[ROWS];
    Members sum[ROWS];
    multiply(sum, zeros, net->backward[j / ROWS], d2);
    for (int r = 0; r < ROWS; r++)
      for (int p = 0; p < PARTS; p++) {
        lanes s = h->s1[j + r][p], d1 = sum[r][p] * (s - s * s);
        sums->in_x[j + r] += d1 * x[p];
        sums->in_y[j + r] += d1 * y[p];
        sums->in_bias[j + r] += d1;
        x_bar[p] += d1 * net->pull_x[j + r];
        y_bar[p] += d1 * net->pull_y[j + r];
      }
  }
}

/* s1 with members in rows instead of lanes. */
static void turn(Members *s1, lanes turned[GROUP][HIDDEN / LANES]) {
  for (int p = 0; p < PARTS; p++)
    for (int j = 0; j < HIDDEN; j += LANES) {
      lanes square[LANES];
      for (int k = 0; k < LANES; k++) square[k] = s1[j + k][p];
      lanes_transpose(square);
      for (int k = 0; k < LANES; k++) turned[p * LANES + k][j / LANES] = square[k];
    }
}

/* Adds the outer products of d2 and s1 over count steps and all members, tile by tile. */
static void sum_products(NetSums *sums, Members d2[BLOCK][HIDDEN],
                         lanes s1[BLOCK][GROUP][HIDDEN / LANES], int count) {
  for (int i = 0; i < HIDDEN; i += HIGH)
    for (int j = 0; j < HIDDEN / LANES; j += WIDE) {
      lanes sum[HIGH][WIDE];
      for (int a = 0; a < HIGH; a++)
        for (int b = 0; b < WIDE; b++) sum[a][b] = sums->product[i + a][j + b];
      for (int t = 0; t < count; t++)
        for (int m = 0; m < GROUP; m++) {
          const lanes held[WIDE] = {lanes_held(s1[t][m][j]), lanes_held(s1[t][m][j + 1])};
          for (int a = 0; a < HIGH; a++)
            for (int b = 0; b < WIDE; b++)
              sum[a][b] += ((const double *)d2[t][i + a])[m] * held[b];
        }
      for (int a = 0; a < HIGH; a++)
        for (int b = 0; b < WIDE; b++) sums->product[i + a][j + b] = sum[a][b];
    }
}

/* All steps of a group back. */
static void backward(Room *room, const Problem *problem, Record *record) {
  const double alpha = 1.3, dt = problem->dt;
  Members x_bar, y_bar, x_obs, y_obs, mu;
  memset(x_bar, 0, sizeof x_bar);
  memset(y_bar, 0, sizeof y_bar);
  for (int64_t t = problem->T - 1; t >= 0; t--) {
    Record *now = record + t, *next = now + 1;
    const int slot = (int)(t % BLOCK);
    observed(problem->x_obs, problem->T, t, x_obs);
    observed(problem->y_obs, problem->T, t, y_obs);
    for (int p = 0; p < PARTS; p++) {
      x_bar[p] += 2 * (next->x[p] - x_obs[p]);
      y_bar[p] += 2 * (next->y[p] - y_obs[p]);
      mu[p] = dt * y_bar[p];
      room->decay_bar -= mu[p] * now->y[p];
      y_bar[p] -= problem->decay * mu[p];
    }
    net_pull(&room->net[1], &now->net[1], next->x, now->y, mu, &room->sums[1], room->d2[1][slot],
             x_bar, y_bar);
    for (int p = 0; p < PARTS; p++) {
      mu[p] = dt * x_bar[p];
      x_bar[p] += alpha * mu[p];
    }
    net_pull(&room->net[0], &now->net[0], now->x, now->y, mu, &room->sums[0], room->d2[0][slot],
             x_bar, y_bar);
    for (int n = 0; n < 2; n++) turn(now->net[n].s1, room->s1[n][slot]);
    if (slot > 0) continue;
    int count = problem->T - t < BLOCK ? (int)(problem->T - t) : BLOCK;
    for (int n = 0; n < 2; n++) sum_products(&room->sums[n], room->d2[n], room->s1[n], count);
  }
}

/* ---- the two functions ----------------------------------------------------------------------- */

size_t hand_work(int64_t M, int64_t T) {
  if (M < 0 || T < 0 || (uint64_t)T > SIZE_MAX / (2 * sizeof(Record))) return SIZE_MAX;
  return 64 + sizeof(Room) + (size_t)(T + 1) * sizeof(Record);
}

static Room *room_at(void *work) { return (Room *)(((uintptr_t)work + 63) & ~(uintptr_t)63); }

/* The problem of the group that begins with member m, its first states in the record. */
static Problem group_begin(int64_t m, int64_t T, const double *theta, const double *x0,
                           const double *y0, double dt, const double *x_obs, const double *y_obs,
                           Record *record) {
  memcpy(record->x, x0 + m, sizeof record->x);
  memcpy(record->y, y0 + m, sizeof record->y);
  return (Problem){theta[2 * NET_SIZE], dt, T, x_obs + m * T, y_obs + m * T};
}

int hand_loss(int64_t M, int64_t T, const double *theta, const double *x0, const double *y0,
              double dt, const double *x_obs, const double *y_obs, double *loss, void *work,
              size_t work_bytes) {
  if (work == NULL || M % GROUP || work_bytes < hand_work(M, T)) return 1;
  Room *room = room_at(work);
  Record *record = (Record *)(room + 1);
  double sum = 0;
  for (int n = 0; n < 2; n++) net_load(&room->net[n], theta + n * NET_SIZE);
  for (int64_t m = 0; m < M; m += GROUP) {
    Problem problem = group_begin(m, T, theta, x0, y0, dt, x_obs, y_obs, record);
    sum += forward(room->net, &problem, record, 0);
  }
  *loss = sum / (double)M;
  return 0;
}

int hand_loss_and_grad(int64_t M, int64_t T, const double *theta, double *theta_bar,
                       const double *x0, const double *y0, double dt, const double *x_obs,
                       const double *y_obs, double *loss, void *work, size_t work_bytes) {
  if (work == NULL || M % GROUP || work_bytes < hand_work(M, T)) return 1;
  Room *room = room_at(work);
  Record *record = (Record *)(room + 1);
  double sum = 0;
  for (int n = 0; n < 2; n++) net_load(&room->net[n], theta + n * NET_SIZE);
  memset(room->sums, 0, sizeof room->sums);
  room->decay_bar = lanes_all(0);
  for (int64_t m = 0; m < M; m += GROUP) {
    Problem problem = group_begin(m, T, theta, x0, y0, dt, x_obs, y_obs, record);
    sum += forward(room->net, &problem, record, 1);
    backward(room, &problem, record);
  }
  for (int n = 0; n < 2; n++) net_unload(&room->sums[n], theta_bar + n * NET_SIZE);
  theta_bar[2 * NET_SIZE] = lanes_sum(room->decay_bar);
  for (int i = 0; i < HAND_THETA_SIZE; i++) theta_bar[i] /= (double)M;
  *loss = sum / (double)M;
  return 0;
}
