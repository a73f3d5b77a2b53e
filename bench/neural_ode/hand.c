/* hand - the gradient of the neural ODE, written by hand for speed.
 *
 * What makes it fast:
 *  - A layer is applied to the whole batch: each of the nine products (a layer's value, and the
 *    gradients with respect to its input and its weights) is a product of matrices, done in
 *    tiles of six rows by two vectors whose sums stay in registers.
 *  - Weights are transposed once per call, so that all three kinds of product read rows.
 *  - Bias and tanh go over a tile's rows while they are in the first-level cache. */
#include "hand.h"

#include "../vectors.h"

#include <string.h>

enum { WIDTH = HAND_WIDTH, HIDDEN = HAND_HIDDEN, TILE = 2 * FLOATS };

/* Positions in theta. */
enum {
  AT_W0 = 0,
  AT_B0 = AT_W0 + HIDDEN * WIDTH,
  AT_W1 = AT_B0 + HIDDEN,
  AT_B1 = AT_W1 + HIDDEN * HIDDEN,
  AT_W2 = AT_B1 + HIDDEN,
  AT_B2 = AT_W2 + WIDTH * HIDDEN
};

/* ---- products -------------------------------------------------------------------------------- */

/* c[r][j] = or += sum over k of a[r*row + k*column] * b[k][j], for `rows` rows and TILE columns. */
VECTOR_INLINE void tile(int rows, int inner, const float *a, int row, int column, const float *b,
                        int b_row, float *c, int c_row, int add) {
  floats sum[6][2];
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < 2; v++)
      sum[r][v] = add ? floats_at(c + r * c_row + v * FLOATS) : floats_all(0);
  for (int k = 0; k < inner; k++) {
    floats b0 = floats_at(b + k * b_row), b1 = floats_at(b + k * b_row + FLOATS);
    for (int r = 0; r < rows; r++) {
      float x = a[r * row + k * column];
      sum[r][0] += x * b0;
      sum[r][1] += x * b1;
    }
  }
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < 2; v++) floats_to(c + r * c_row + v * FLOATS, sum[r][v]);
}

/* The same for all rows, a multiple of four, and all columns, a multiple of TILE. */
VECTOR_INLINE void product(int rows, int columns, int inner, const float *a, int row, int column,
                           const float *b, float *c, int add) {
  int six = rows % 6 == 2 ? rows - 8 : rows - rows % 6;
  for (int j = 0; j < columns; j += TILE) {
    int r = 0;
    for (; r < six; r += 6)
      tile(6, inner, a + r * row, row, column, b + j, columns, c + r * columns + j, columns, add);
    for (; r < rows; r += 4)
      tile(4, inner, a + r * row, row, column, b + j, columns, c + r * columns + j, columns, add);
  }
}

/* y = x W', W' being [in][out]; for a batch. */
VECTOR_INLINE void apply(int B, int n_in, int n_out, const float *x, const float *transposed,
                         float *y) {
  product(B, n_out, n_in, x, n_in, 1, transposed, y, 0);
}

/* x_bar = y_bar W */
VECTOR_INLINE void pull(int B, int n_in, int n_out, const float *y_bar, const float *w,
                        float *x_bar) {
  product(B, n_in, n_out, y_bar, n_out, 1, w, x_bar, 0);
}

/* W_bar += y_bar' x, b_bar += sums of y_bar */
VECTOR_INLINE void sum_weights(int B, int n_in, int n_out, const float *y_bar, const float *x,
                               float *w_bar, float *b_bar) {
  product(n_out, n_in, B, y_bar, 1, n_out, x, w_bar, 1);
  for (int j = 0; j < n_out; j += FLOATS) {
    floats sum = floats_at(b_bar + j);
    for (int k = 0; k < B; k++) sum += floats_at(y_bar + k * n_out + j);
    floats_to(b_bar + j, sum);
  }
}

/* ---- the network ----------------------------------------------------------------------------- */

/* tanh(x) = 1 - 2/(1 + exp(2 x)), to 1e-7 absolutely. */
VECTOR_INLINE floats tanh_of(floats x) { return 1.0f - 2.0f / (1.0f + floats_exp(x + x)); }

static void bend(int B, const float *bias, float *y) {
  for (int k = 0; k < B; k++)
    for (int j = 0; j < HIDDEN; j += FLOATS)
      floats_to(y + k * HIDDEN + j, tanh_of(floats_at(y + k * HIDDEN + j) + floats_at(bias + j)));
}

/* y_bar becomes the gradient before the tanh whose value is y. */
static void unbend(int B, const float *y, float *y_bar) {
  for (int k = 0; k < B * HIDDEN; k += FLOATS) {
    floats v = floats_at(y + k);
    floats_to(y_bar + k, floats_at(y_bar + k) * (1.0f - v * v));
  }
}

/* The network's weights, transposed: [in][out]. */
typedef struct {
  float w0[WIDTH * HIDDEN], w1[HIDDEN * HIDDEN], w2[HIDDEN * WIDTH];
} Transposed;

static void transpose(int n_in, int n_out, const float *w, float *to) {
  for (int i = 0; i < n_in; i++)
    for (int o = 0; o < n_out; o++) to[i * n_out + o] = w[o * n_in + i];
}

/* y without the last bias; the hidden layers stay in h1 and h2. */
static void rate(int B, const float *theta, const Transposed *t, const float *x, float *h1,
                 float *h2, float *y) {
  apply(B, WIDTH, HIDDEN, x, t->w0, h1);
  bend(B, theta + AT_B0, h1);
  apply(B, HIDDEN, HIDDEN, h1, t->w1, h2);
  bend(B, theta + AT_B1, h2);
  apply(B, HIDDEN, WIDTH, h2, t->w2, y);
}

/* x_bar from y_bar, and the gradient's share; d1 and d2 are room. */
static void pull_rate(int B, const float *theta, const float *x, const float *h1, const float *h2,
                      const float *y_bar, float *d1, float *d2, float *x_bar, float *bar) {
  pull(B, HIDDEN, WIDTH, y_bar, theta + AT_W2, d2);
  sum_weights(B, HIDDEN, WIDTH, y_bar, h2, bar + AT_W2, bar + AT_B2);
  unbend(B, h2, d2);
  pull(B, HIDDEN, HIDDEN, d2, theta + AT_W1, d1);
  sum_weights(B, HIDDEN, HIDDEN, d2, h1, bar + AT_W1, bar + AT_B1);
  unbend(B, h1, d1);
  pull(B, WIDTH, HIDDEN, d1, theta + AT_W0, x_bar);
  sum_weights(B, WIDTH, HIDDEN, d1, x, bar + AT_W0, bar + AT_B0);
}

/* ---- steps ------------------------------------------------------------------------------------ */

/* A stage of a step: where the network was asked, and its hidden layers. */
typedef struct {
  float *x, *h1, *h2;
} Stage;

/* The stages' places and shares, in units of the step. */
static const float PLACE[4] = {0, 0.5f, 0.5f, 1}, SHARE[4] = {1, 2, 2, 1};

/* u after a step; k is room. u, then where each stage stands, is in the stages' x. */
static void step(int B, const float *theta, const Transposed *t, float dt, const Stage stage[4],
                 float *k, float *u) {
  const float *u0 = stage[0].x;
  for (int s = 0; s < 4; s++) {
    rate(B, theta, t, stage[s].x, stage[s].h1, stage[s].h2, k);
    float share = dt / 6 * SHARE[s], place = s < 3 ? dt * PLACE[s + 1] : 0;
    for (int b = 0; b < B; b++)
      for (int j = 0; j < WIDTH; j += FLOATS) {
        int at = b * WIDTH + j;
        floats slope = floats_at(k + at) + floats_at(theta + AT_B2 + j), start = floats_at(u0 + at);
        floats_to(u + at, (s == 0 ? start : floats_at(u + at)) + share * slope);
        if (s < 3) floats_to(stage[s + 1].x + at, start + place * slope);
      }
  }
}

/* u_bar before a step from u_bar after it. */
static void pull_step(int B, const float *theta, float dt, const Stage stage[4], float *room,
                      float *u_bar, float *bar) {
  float *d1 = room, *d2 = d1 + B * HIDDEN, *k_bar = d2 + B * HIDDEN, *x_bar = k_bar + B * WIDTH;
  float *sum = x_bar + B * WIDTH; /* of the stages' x_bar */
  for (int s = 3; s >= 0; s--) {
    float share = dt / 6 * SHARE[s], place = s < 3 ? dt * PLACE[s + 1] : 0;
    for (int at = 0; at < B * WIDTH; at += FLOATS) {
      floats v = share * floats_at(u_bar + at);
      floats_to(k_bar + at, s == 3 ? v : v + place * floats_at(x_bar + at));
    }
    pull_rate(B, theta, stage[s].x, stage[s].h1, stage[s].h2, k_bar, d1, d2, x_bar, bar);
    for (int at = 0; at < B * WIDTH; at += FLOATS)
      floats_to(sum + at, (s == 3 ? floats_at(u_bar + at) : floats_at(sum + at)) +
                              floats_at(x_bar + at));
  }
  memcpy(u_bar, sum, (size_t)(B * WIDTH) * sizeof *sum);
}

/* ---- the two functions ------------------------------------------------------------------------ */

enum { PER_STAGE = WIDTH + 2 * HIDDEN, PER_ROOM = 2 * HIDDEN + 3 * WIDTH };

static size_t work_for(int64_t B, int64_t stages) {
  if (B < 0 || B > 1 << 20 || stages < 0 || stages > 1 << 26) return SIZE_MAX;
  size_t reals = (size_t)B * ((size_t)stages * PER_STAGE + PER_ROOM);
  return 64 + sizeof(Transposed) + reals * sizeof(float);
}

size_t hand_value_work(int64_t B) { return work_for(B, 4); }
size_t hand_gradient_work(int64_t B, int64_t steps) { return work_for(B, 4 * (steps + 1)); }

typedef struct {
  Transposed *transposed;
  float *room, *tape;
} Plan;

static int plan_make(Plan *plan, int64_t B, size_t need, const float *theta, void *work,
                     size_t work_bytes) {
  if (B % 4 != 0 || work == NULL || work_bytes < need) return 1;
  plan->transposed = (Transposed *)(((uintptr_t)work + 63) & ~(uintptr_t)63);
  plan->room = (float *)(plan->transposed + 1);
  plan->tape = plan->room + B * PER_ROOM;
  transpose(WIDTH, HIDDEN, theta + AT_W0, plan->transposed->w0);
  transpose(HIDDEN, HIDDEN, theta + AT_W1, plan->transposed->w1);
  transpose(HIDDEN, WIDTH, theta + AT_W2, plan->transposed->w2);
  return 0;
}

static void stages_at(float *tape, int B, Stage stage[4]) {
  for (int s = 0; s < 4; s++, tape += B * PER_STAGE)
    stage[s] = (Stage){tape, tape + B * WIDTH, tape + B * (WIDTH + HIDDEN)};
}

/* The mean squared misfit; u_bar, where there is one, is its gradient. */
static float misfit(int64_t count, const float *u, const float *target, float *u_bar) {
  floats sum = floats_all(0);
  float factor = 2 / (float)count;
  for (int64_t at = 0; at < count; at += FLOATS) {
    floats d = floats_at(u + at) - floats_at(target + at);
    sum += d * d;
    if (u_bar) floats_to(u_bar + at, factor * d);
  }
  return floats_sum(sum) / (float)count;
}

int hand_loss(int64_t B, const float *theta, const float *u0, const float *target, float duration,
              int64_t steps, float *loss, void *work, size_t work_bytes) {
  Plan plan;
  Stage stage[4];
  if (plan_make(&plan, B, hand_value_work(B), theta, work, work_bytes)) return 1;
  float *k = plan.room, *u = k + B * WIDTH;
  stages_at(plan.tape, (int)B, stage);
  memcpy(stage[0].x, u0, (size_t)(B * WIDTH) * sizeof *u0);
  for (int64_t t = 0; t < steps; t++) {
    step((int)B, theta, plan.transposed, duration / (float)steps, stage, k, u);
    float *next = u;
    u = stage[0].x, stage[0].x = next;
  }
  *loss = misfit(B * WIDTH, stage[0].x, target, NULL);
  return 0;
}

int hand_loss_and_grad(int64_t B, const float *theta, float *theta_bar, const float *u0,
                       float *u0_bar, const float *target, float duration, int64_t steps,
                       float *loss, void *work, size_t work_bytes) {
  Plan plan;
  Stage stage[4];
  if (plan_make(&plan, B, hand_gradient_work(B, steps), theta, work, work_bytes)) return 1;
  const int64_t per_step = 4 * B * PER_STAGE;
  const float dt = duration / (float)steps;
  memcpy(plan.tape, u0, (size_t)(B * WIDTH) * sizeof *u0);
  for (int64_t t = 0; t < steps; t++) {
    stages_at(plan.tape + t * per_step, (int)B, stage);
    step((int)B, theta, plan.transposed, dt, stage, plan.room, plan.tape + (t + 1) * per_step);
  }
  memset(theta_bar, 0, HAND_THETA_SIZE * sizeof *theta_bar);
  *loss = misfit(B * WIDTH, plan.tape + steps * per_step, target, u0_bar);
  for (int64_t t = steps - 1; t >= 0; t--) {
    stages_at(plan.tape + t * per_step, (int)B, stage);
    pull_step((int)B, theta, dt, stage, plan.room, u0_bar, theta_bar);
  }
  return 0;
}
