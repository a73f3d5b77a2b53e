/* hand - the gradient of the convolutional corrector, written by hand for speed.
 *
 * What makes it fast:
 *  - Fields carry a border of two, filled once, so that no convolution asks where it is. Rows are
 *    vectors; the sums of three channels' row stay in registers over all taps.
 *  - The gradient with respect to a layer's input is again a convolution, with kernels turned
 *    round once per call.
 *  - That with respect to its kernels sums, per input channel and kernel row, two output channels
 *    times five taps over the whole field in registers.
 *  - All layers' values are kept; nothing is computed twice. */
#include "hand.h"

#include "../vectors.h"

#include <string.h>

enum { N = HAND_N, M = HAND_M, W = 5, BORDER = 2, CH = HAND_CHANNELS, BLOCKS = HAND_BLOCKS };
enum { ROW = M + 2 * BORDER, FIELD = (N + 2 * BORDER) * ROW, ORIGIN = BORDER * ROW + BORDER };
enum { VECTORS = M / FLOATS, TOGETHER = 12 / VECTORS, WINDOW = HAND_WINDOW };

/* ---- fields with borders: [channel][N + 4][M + 4] -------------------------------------------- */

static void fill_border(float *field, int channels) {
  for (int c = 0; c < channels; c++, field += FIELD) {
    for (int i = BORDER; i < N + BORDER; i++)
      for (int b = 0; b < BORDER; b++) {
        field[i * ROW + b] = field[i * ROW + b + M];
        field[i * ROW + b + M + BORDER] = field[i * ROW + b + BORDER];
      }
    memcpy(field, field + N * ROW, BORDER * ROW * sizeof *field);
    memcpy(field + (N + BORDER) * ROW, field + BORDER * ROW, BORDER * ROW * sizeof *field);
  }
}

/* ---- convolutions ---------------------------------------------------------------------------- */

typedef enum { PLAIN, RELU } Bend;

/* Row i of `rows` channels from o on: bias + the convolution + plus, bent. Biases and plus may be
 * NULL. */
VECTOR_INLINE void convolve_row(int rows, int n_in, const float *x, const float *kernel,
                                const float *bias, const float *plus, Bend bend, int o, int i,
                                float *y) {
  const int kernel_size = n_in * WINDOW;
  floats sum[TOGETHER][VECTORS];
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < VECTORS; v++) sum[r][v] = floats_all(bias ? bias[o + r] : 0);
  const float *w = kernel + o * kernel_size;
  for (int c = 0; c < n_in; c++)
    for (int k = 0; k < W; k++) {
      const float *at = x + c * FIELD + (i + k) * ROW;
      for (int l = 0; l < W; l++, w++, at++) {
        floats f[VECTORS];
        for (int v = 0; v < VECTORS; v++) f[v] = floats_at(at + v * FLOATS);
        for (int r = 0; r < rows; r++)
          for (int v = 0; v < VECTORS; v++) sum[r][v] += w[r * kernel_size] * f[v];
      }
    }
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < VECTORS; v++) {
      int at = (o + r) * FIELD + ORIGIN + i * ROW + v * FLOATS;
      floats s = plus ? sum[r][v] + floats_at(plus + at) : sum[r][v];
      floats_to(y + at, bend == RELU ? floats_max(s, floats_all(0)) : s);
    }
}

VECTOR_INLINE void convolve(int n_out, int n_in, const float *x, const float *kernel,
                            const float *bias, const float *plus, Bend bend, float *y) {
  for (int i = 0; i < N; i++) {
    int o = 0;
    for (; o + TOGETHER <= n_out; o += TOGETHER)
      convolve_row(TOGETHER, n_in, x, kernel, bias, plus, bend, o, i, y);
    for (; o < n_out; o += 2) convolve_row(2, n_in, x, kernel, bias, plus, bend, o, i, y);
  }
  fill_border(y, n_out);
}

/* kernel_bar and bias_bar (behind the kernels of all layers alike) += their gradients from y_bar. */
VECTOR_INLINE void sum_kernel(int n_out, int n_in, const float *x, const float *y_bar,
                              float *kernel_bar, float *bias_bar) {
  for (int c = 0; c < n_in; c++)
    for (int k = 0; k < W; k++)
      for (int o = 0; o < n_out; o += 2) {
        floats sum[2][W] = {{{0}}};
        const float *y = y_bar + o * FIELD + ORIGIN, *at = x + c * FIELD + k * ROW;
        for (int i = 0; i < N; i++, y += ROW, at += ROW)
          for (int v = 0; v < M; v += FLOATS) {
            floats y0 = floats_at(y + v), y1 = floats_at(y + FIELD + v);
            for (int l = 0; l < W; l++) {
              floats f = floats_at(at + v + l);
              sum[0][l] += y0 * f;
              sum[1][l] += y1 * f;
            }
          }
        float *bar = kernel_bar + ((o * n_in + c) * W + k) * W;
        for (int r = 0; r < 2; r++)
          for (int l = 0; l < W; l++) bar[r * n_in * WINDOW + l] += floats_sum(sum[r][l]);
      }
  for (int o = 0; o < n_out; o++) {
    floats sum = floats_all(0);
    for (int i = 0; i < N; i++)
      for (int v = 0; v < M; v += FLOATS)
        sum += floats_at(y_bar + o * FIELD + ORIGIN + i * ROW + v);
    bias_bar[o] += floats_sum(sum);
  }
}

/* [out][in][5][5] to [in][out][5][5], turned by half a turn. */
static void turn(int n_out, int n_in, const float *kernel, float *turned) {
  for (int o = 0; o < n_out; o++)
    for (int c = 0; c < n_in; c++)
      for (int w = 0; w < WINDOW; w++)
        turned[(c * n_out + o) * WINDOW + WINDOW - 1 - w] = kernel[(o * n_in + c) * WINDOW + w];
}

/* y = x where value > 0, else 0. */
static void unbend(const float *value, float *x) {
  for (int k = 0; k < CH * FIELD; k++) x[k] = value[k] > 0 ? x[k] : 0;
}

/* ---- the solver ------------------------------------------------------------------------------ */

static int right(int i, int n) { return i + 1 < n ? i + 1 : 0; }
static int left(int i, int n) { return i > 0 ? i - 1 : n - 1; }

/* to's interior = the field after a step; u is [2][N][M]. */
static void advance(const float *u, float nu, float h, float dt, float *to) {
  for (int c = 0; c < 2; c++)
    for (int i = 0; i < N; i++) {
      const float *w = u + c * N * M, *row = w + i * M;
      const float *above = w + left(i, N) * M, *below = w + right(i, N) * M;
      for (int j = 0; j < M; j++) {
        float here = row[j], a = u[i * M + j], b = u[N * M + i * M + j];
        float before = row[left(j, M)], after = row[right(j, M)];
        float by_i = a > 0 ? here - above[j] : below[j] - here;
        float by_j = b > 0 ? here - before : after - here;
        float lap = above[j] + below[j] + before + after - 4 * here;
        to[c * FIELD + ORIGIN + i * ROW + j] =
            here + dt * (nu * lap / (h * h) - (a * by_i + b * by_j) / h);
      }
    }
}

/* u_bar = what comes back to u from to_bar, of which the interior counts. */
static void pull_advance(const float *u, float nu, float h, float dt, const float *to_bar,
                         float *u_bar) {
  memset(u_bar, 0, 2 * N * M * sizeof *u_bar);
  for (int c = 0; c < 2; c++)
    for (int i = 0; i < N; i++) {
      const float *w = u + c * N * M;
      float *w_bar = u_bar + c * N * M;
      int above = left(i, N) * M, below = right(i, N) * M, row = i * M;
      for (int j = 0; j < M; j++) {
        int before = row + left(j, M), after = row + right(j, M), at = row + j;
        float bar = to_bar[c * FIELD + ORIGIN + i * ROW + j];
        float a = u[at], b = u[N * M + at], lap_bar = dt * nu / (h * h) * bar, carried = dt / h * bar;
        float by_i = a > 0 ? w[at] - w[above + j] : w[below + j] - w[at];
        float by_j = b > 0 ? w[at] - w[before] : w[after] - w[at];
        u_bar[at] -= carried * by_i;
        u_bar[N * M + at] -= carried * by_j;
        w_bar[at] += bar - 4 * lap_bar - carried * (a > 0 ? a : -a) - carried * (b > 0 ? b : -b);
        w_bar[above + j] += lap_bar + (a > 0 ? carried * a : 0);
        w_bar[below + j] += lap_bar - (a > 0 ? 0 : carried * a);
        w_bar[before] += lap_bar + (b > 0 ? carried * b : 0);
        w_bar[after] += lap_bar - (b > 0 ? 0 : carried * b);
      }
    }
}

/* ---- the network ----------------------------------------------------------------------------- */

/* A step's values: the field before and after the solver, and the layers, x[0] behind entry. */
typedef struct {
  float before[2 * N * M], after[2 * FIELD];
  float x[BLOCKS + 1][CH * FIELD], inner[BLOCKS][CH * FIELD];
} Layers;

static const float *kernel_of(const float *theta, int layer, int block) {
  return theta + layer + block * HAND_BLOCK;
}

static int bias_at(int layer, int block) { return layer + BLOCKS * HAND_BLOCK + block * CH; }

enum { EXIT_BIAS = HAND_EXIT + 2 * CH * WINDOW, ENTRY_BIAS = HAND_ENTRY + 2 * CH * WINDOW };

/* `to` (with a border) = the corrected field, from before. x[b + 1] may be x[b]'s neighbour or, where
 * only the value is asked, any other field: kept says how far apart layers are. */
static void step(const float *theta, float nu, float h, float dt, Layers *at, int kept, float *to) {
  advance(at->before, nu, h, dt, at->after);
  fill_border(at->after, 2);
  convolve(CH, 2, at->after, theta + HAND_ENTRY, theta + ENTRY_BIAS, NULL, RELU, at->x[0]);
  for (int b = 0; b < BLOCKS; b++) {
    float *x = at->x[kept ? b : b % 2], *inner = at->inner[kept ? b : 0];
    convolve(CH, CH, x, kernel_of(theta, HAND_FIRST, b), theta + bias_at(HAND_FIRST, b), NULL, RELU,
             inner);
    convolve(CH, CH, inner, kernel_of(theta, HAND_SECOND, b), theta + bias_at(HAND_SECOND, b), x,
             RELU, at->x[kept ? b + 1 : (b + 1) % 2]);
  }
  convolve(2, CH, at->x[kept ? BLOCKS : BLOCKS % 2], theta + HAND_EXIT, theta + EXIT_BIAS, at->after,
           PLAIN, to);
}

/* Room for the way back; kernels turned round. */
typedef struct {
  float entry[2 * CH * WINDOW], first[BLOCKS][HAND_BLOCK], second[BLOCKS][HAND_BLOCK];
  float exit[2 * CH * WINDOW];
  float u_bar[2 * FIELD], after_bar[2 * FIELD], x_bar[2][CH * FIELD], inner_bar[CH * FIELD];
  float before_bar[2 * N * M];
} Back;

static void turn_all(const float *theta, Back *back) {
  turn(CH, 2, theta + HAND_ENTRY, back->entry);
  turn(2, CH, theta + HAND_EXIT, back->exit);
  for (int b = 0; b < BLOCKS; b++) {
    turn(CH, CH, kernel_of(theta, HAND_FIRST, b), back->first[b]);
    turn(CH, CH, kernel_of(theta, HAND_SECOND, b), back->second[b]);
  }
}

/* after_bar from u_bar (with a border), the corrected field's; kernels' gradients are added to bar.
 * In the first step nobody asks for after_bar. */
static void pull_network(Back *back, const Layers *at, int is_first, float *bar) {
  float *x_bar = back->x_bar[0], *next = back->x_bar[1];
  sum_kernel(2, CH, at->x[BLOCKS], back->u_bar, bar + HAND_EXIT, bar + EXIT_BIAS);
  convolve(CH, 2, back->u_bar, back->exit, NULL, NULL, PLAIN, x_bar);
  for (int b = BLOCKS - 1; b >= 0; b--) {
    unbend(at->x[b + 1], x_bar);
    sum_kernel(CH, CH, at->inner[b], x_bar, bar + HAND_SECOND + b * HAND_BLOCK,
               bar + bias_at(HAND_SECOND, b));
    convolve(CH, CH, x_bar, back->second[b], NULL, NULL, PLAIN, back->inner_bar);
    unbend(at->inner[b], back->inner_bar);
    sum_kernel(CH, CH, at->x[b], back->inner_bar, bar + HAND_FIRST + b * HAND_BLOCK,
               bar + bias_at(HAND_FIRST, b));
    convolve(CH, CH, back->inner_bar, back->first[b], NULL, x_bar, PLAIN, next);
    float *spare = x_bar;
    x_bar = next, next = spare;
  }
  unbend(at->x[0], x_bar);
  sum_kernel(CH, 2, at->after, x_bar, bar + HAND_ENTRY, bar + ENTRY_BIAS);
  if (!is_first)
    convolve(2, CH, x_bar, back->entry, NULL, back->u_bar, PLAIN, back->after_bar);
}

/* ---- the two functions ------------------------------------------------------------------------ */

/* The mean squared difference of u's interior from the frame; packed, too, if asked. u_bar, where
 * there is one, grows by the gradient. */
static float misfit(const float *u, const float *frame, float *packed, float *u_bar) {
  float sum = 0;
  for (int c = 0; c < 2; c++)
    for (int i = 0; i < N; i++)
      for (int j = 0; j < M; j++) {
        int at = c * FIELD + ORIGIN + i * ROW + j, to = (c * N + i) * M + j;
        float d = u[at] - frame[to];
        sum += d * d;
        if (packed) packed[to] = u[at];
        if (u_bar) u_bar[at] += 2.0f / (2 * N * M) * d;
      }
  return sum / (2 * N * M);
}

size_t hand_value_work(void) { return 64 + sizeof(Layers) + 2 * FIELD * sizeof(float); }

size_t hand_gradient_work(int64_t steps) {
  if (steps < 0 || steps > 1 << 20) return SIZE_MAX;
  return 64 + sizeof(Back) + (size_t)(steps + 1) * (sizeof(Layers) + 2 * FIELD * sizeof(float));
}

static void *aligned(void *work) { return (void *)(((uintptr_t)work + 63) & ~(uintptr_t)63); }

int hand_loss(int64_t n, int64_t m, int64_t steps, const float *theta, const float *u0,
              const float *frames, float nu, float h, float dt, float *loss, void *work,
              size_t work_bytes) {
  if (n != N || m != M || work == NULL || work_bytes < hand_value_work()) return 1;
  Layers *layers = aligned(work);
  float *u = (float *)(layers + 1);
  memcpy(layers->before, u0, sizeof layers->before);
  *loss = 0;
  for (int64_t t = 0; t < steps; t++) {
    step(theta, nu, h, dt, layers, 0, u);
    *loss += misfit(u, frames + t * 2 * N * M, layers->before, NULL);
  }
  return 0;
}

int hand_loss_and_grad(int64_t n, int64_t m, int64_t steps, const float *theta, float *theta_bar,
                       const float *u0, const float *frames, float nu, float h, float dt,
                       float *loss, void *work, size_t work_bytes) {
  if (n != N || m != M || work == NULL || work_bytes < hand_gradient_work(steps)) return 1;
  Back *back = aligned(work);
  Layers *layers = (Layers *)(back + 1);
  float *u = (float *)(layers + steps + 1);
  turn_all(theta, back);
  memset(theta_bar, 0, HAND_THETA_SIZE * sizeof *theta_bar);
  memcpy(layers->before, u0, sizeof layers->before);
  *loss = 0;
  for (int64_t t = 0; t < steps; t++) {
    step(theta, nu, h, dt, layers + t, 1, u + t * 2 * FIELD);
    *loss += misfit(u + t * 2 * FIELD, frames + t * 2 * N * M, layers[t + 1].before, NULL);
  }
  memset(back->u_bar, 0, sizeof back->u_bar);
  for (int64_t t = steps - 1; t >= 0; t--) {
    misfit(u + t * 2 * FIELD, frames + t * 2 * N * M, NULL, back->u_bar);
    fill_border(back->u_bar, 2);
    pull_network(back, layers + t, t == 0, theta_bar);
    if (t == 0) break;
    pull_advance(layers[t].before, nu, h, dt, back->after_bar, back->before_bar);
    for (int c = 0; c < 2; c++)
      for (int i = 0; i < N; i++)
        memcpy(back->u_bar + c * FIELD + ORIGIN + i * ROW, back->before_bar + (c * N + i) * M,
               M * sizeof *u);
  }
  return 0;
}
