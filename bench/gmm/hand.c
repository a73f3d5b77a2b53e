/* hand - the gradient of the Gaussian mixture objective, written by hand for speed.
 *
 * What makes it fast:
 *  - Points stand side by side in a vector, so that nothing is summed across lanes but at the end;
 *    Q, row by row with its diagonal, comes from exponentials that are taken once per call.
 *  - A block of points goes through all components and back while what the way back needs is in the
 *    cache. The gradient with respect to Q is sums over points of two vectors' outer product, of
 *    which the lower triangle is done, in registers, two rows at a time.
 *  - That of the means is linear in sums over points, Q' (sum of w Q c), so Q' is applied once. */
#include "hand.h"

#include "../vectors.h"

#include <math.h>
#include <string.h>

enum { D = 10, K = 25, FACTORS = D * (D + 1) / 2, LOWER = D * (D + 1) / 2, GROUP = 8 };
enum { BLOCK = GROUP * DOUBLES };

/* Sums over points, lane by lane, for one component. */
typedef struct {
  doubles outer[LOWER]; /* w (Q c) c', row by row */
  doubles pulled[D];    /* w Q c */
  doubles weight;       /* w, the component's share of a point */
} Sums;

typedef struct {
  double q[K][LOWER]; /* Q's lower triangle, row by row, with the diagonal */
  double offset[K];   /* alpha + the logarithm of Q's determinant */
  doubles x[D][GROUP];
  doubles term[K][GROUP];
  doubles qc[K][GROUP][D];
  Sums sums[K];
} Room;

size_t hand_work(void) { return sizeof(Room) + 63; }

static int at_row(int j) { return j * (j + 1) / 2; }

/* Where Q[j, i] stands among the factors of its component. */
static int at_factor(int j, int i) { return i == j ? j : D + (2 * D - 1 - i) * i / 2 + j - i - 1; }

static void load_factors(Room *room, const double *alphas, const double *factors) {
  for (int k = 0; k < K; k++) {
    const double *f = factors + k * FACTORS;
    room->offset[k] = alphas[k];
    for (int j = 0; j < D; j++) {
      room->offset[k] += f[j];
      for (int i = 0; i < j; i++) room->q[k][at_row(j) + i] = f[at_factor(j, i)];
    }
    double padded[2 * 8] = {0};
    memcpy(padded, f, D * sizeof *f);
    for (int j = 0; j < D; j += DOUBLES) {
      doubles e = doubles_exp(doubles_at(padded + j));
      for (int l = 0; l < DOUBLES && j + l < D; l++) room->q[k][at_row(j + l) + j + l] = e[l];
    }
  }
}

/* Points from `first` on, side by side; those beyond n are at the origin. */
static void load_points(Room *room, int64_t n, const double *x, int64_t first) {
  double *at = (double *)room->x;
  for (int p = 0; p < BLOCK; p++)
    for (int i = 0; i < D; i++) at[i * BLOCK + p] = first + p < n ? x[(first + p) * D + i] : 0;
}

/* The terms of the logarithm's sum, for the block and component k; Q c is kept where asked. */
VECTOR_INLINE void component(Room *room, int k, const double *mean, int keep) {
  const double *q = room->q[k];
  for (int g = 0; g < GROUP; g++) {
    doubles c[D], squares = doubles_all(0);
    for (int i = 0; i < D; i++) c[i] = room->x[i][g] - mean[i];
    for (int j = 0; j < D; j++) {
      doubles sum = q[at_row(j)] * c[0];
      for (int i = 1; i <= j; i++) sum += q[at_row(j) + i] * c[i];
      squares += sum * sum;
      if (keep) room->qc[k][g][j] = sum;
    }
    room->term[k][g] = room->offset[k] - 0.5 * squares;
  }
}

/* log(sum over k of exp(term)), point by point, added up for the first `count` points. Where asked,
 * the terms become the components' shares. */
VECTOR_INLINE double log_sums(Room *room, int count, int keep) {
  double total = 0;
  for (int g = 0; g < GROUP; g++) {
    doubles top = room->term[0][g], sum = doubles_all(0);
    for (int k = 1; k < K; k++) top = doubles_max(top, room->term[k][g]);
    for (int k = 0; k < K; k++) {
      doubles e = doubles_exp(room->term[k][g] - top);
      sum += e;
      if (keep) room->term[k][g] = e;
    }
    doubles share;
    for (int l = 0; l < DOUBLES; l++) {
      int counts = g * DOUBLES + l < count;
      share[l] = counts ? 1 / sum[l] : 0;
      total += counts ? top[l] + log(sum[l]) : 0;
    }
    for (int k = 0; keep && k < K; k++) room->term[k][g] *= share;
  }
  return total;
}

/* ---- backward ------------------------------------------------------------------------------- */

/* Rows j and j + 1 of the outer products, columns i .. i + width - 1. What is beyond the diagonal of
 * row j goes nowhere. */
VECTOR_INLINE void sum_rows(const Room *room, Sums *sums, const double *mean, int k, int j, int i,
                            int width) {
  doubles sum[2][5];
  for (int r = 0; r < 2; r++)
    for (int l = 0; l < width; l++)
      sum[r][l] = i + l <= j + r ? sums->outer[at_row(j + r) + i + l] : doubles_all(0);
  for (int g = 0; g < GROUP; g++) {
    doubles a = room->qc[k][g][j], b = room->qc[k][g][j + 1];
    for (int l = 0; l < width; l++) {
      doubles c = room->x[i + l][g] - mean[i + l];
      sum[0][l] += a * c;
      sum[1][l] += b * c;
    }
  }
  for (int r = 0; r < 2; r++)
    for (int l = 0; l < width; l++)
      if (i + l <= j + r) sums->outer[at_row(j + r) + i + l] = sum[r][l];
}

static void pull_component(Room *room, int k, const double *mean) {
  Sums *sums = &room->sums[k];
  for (int g = 0; g < GROUP; g++) {
    doubles w = room->term[k][g];
    sums->weight += w;
    for (int j = 0; j < D; j++) {
      doubles pulled = w * room->qc[k][g][j];
      sums->pulled[j] += pulled;
      room->qc[k][g][j] = pulled;
    }
  }
  sum_rows(room, sums, mean, k, 0, 0, 2);
  sum_rows(room, sums, mean, k, 2, 0, 4);
  sum_rows(room, sums, mean, k, 4, 0, 3);
  sum_rows(room, sums, mean, k, 4, 3, 3);
  sum_rows(room, sums, mean, k, 6, 0, 4);
  sum_rows(room, sums, mean, k, 6, 4, 4);
  sum_rows(room, sums, mean, k, 8, 0, 5);
  sum_rows(room, sums, mean, k, 8, 5, 5);
}

/* The gradient from the sums, for component k; n shares of log(sum of exp(alphas)) go off. */
static void finish(const Room *room, int k, double *alpha_bar, double *mean_bar, double *f_bar) {
  const Sums *sums = &room->sums[k];
  const double *q = room->q[k], weight = doubles_sum(sums->weight);
  double pulled[D];
  *alpha_bar = weight;
  for (int j = 0; j < D; j++) pulled[j] = doubles_sum(sums->pulled[j]);
  for (int i = 0; i < D; i++) {
    mean_bar[i] = 0;
    for (int j = i; j < D; j++) {
      double by_q = -doubles_sum(sums->outer[at_row(j) + i]);
      mean_bar[i] += q[at_row(j) + i] * pulled[j];
      f_bar[at_factor(j, i)] = i == j ? weight + by_q * q[at_row(j) + j] : by_q;
    }
  }
}

/* ---- what depends on the parameters alone ---------------------------------------------------- */

/* log(sum of exp(alphas)); where asked, its gradient times n goes off alphas_bar. */
static double log_weights(const double *alphas, int64_t n, double *alphas_bar) {
  double top = alphas[0], sum = 0, e[K];
  for (int k = 1; k < K; k++) top = alphas[k] > top ? alphas[k] : top;
  for (int k = 0; k < K; k++) sum += e[k] = exp(alphas[k] - top);
  for (int k = 0; alphas_bar && k < K; k++) alphas_bar[k] -= (double)n * e[k] / sum;
  return top + log(sum);
}

static double prior(const Room *room, const double *factors, double gamma, int64_t m,
                    double *factors_bar) {
  double g2 = gamma * gamma, total = 0;
  for (int k = 0; k < K; k++) {
    const double *f = factors + k * FACTORS;
    double squares = 0, logs = 0;
    for (int l = 0; l < FACTORS; l++) {
      double q = l < D ? room->q[k][at_row(l) + l] : f[l];
      squares += q * q;
      if (l < D) logs += f[l];
      if (!factors_bar) continue;
      factors_bar[k * FACTORS + l] += l < D ? g2 * q * q - (double)m : g2 * q;
    }
    total += 0.5 * g2 * squares - (double)m * logs;
  }
  int64_t freedom = D + m + 1;
  double log_gamma = 0.25 * D * (D - 1) * log(3.14159265358979323846);
  for (int j = 0; j < D; j++) log_gamma += lgamma(0.5 * (double)(freedom - j));
  return total - K * ((double)freedom * D * (log(gamma) - 0.5 * log(2)) - log_gamma);
}

/* ---- the two functions ----------------------------------------------------------------------- */

static Room *room_in(void *work, size_t work_bytes) {
  if (work == NULL || work_bytes < hand_work()) return NULL;
  return (Room *)(((uintptr_t)work + 63) & ~(uintptr_t)63);
}

static double constant(int64_t n) { return -0.5 * (double)n * D * log(2 * 3.14159265358979323846); }

int hand_objective(int64_t n, const double *alphas, const double *means, const double *factors,
                   const double *x, double gamma, int64_t m, double *objective, void *work,
                   size_t work_bytes) {
  Room *room = room_in(work, work_bytes);
  if (!room) return 1;
  load_factors(room, alphas, factors);
  double likelihood = 0;
  for (int64_t first = 0; first < n; first += BLOCK) {
    load_points(room, n, x, first);
    for (int k = 0; k < K; k++) component(room, k, means + k * D, 0);
    likelihood += log_sums(room, n - first < BLOCK ? (int)(n - first) : BLOCK, 0);
  }
  *objective = constant(n) + likelihood - (double)n * log_weights(alphas, n, NULL) +
               prior(room, factors, gamma, m, NULL);
  return 0;
}

int hand_objective_and_grad(int64_t n, const double *alphas, double *alphas_bar,
                            const double *means, double *means_bar, const double *factors,
                            double *factors_bar, const double *x, double gamma, int64_t m,
                            double *objective, void *work, size_t work_bytes) {
  Room *room = room_in(work, work_bytes);
  if (!room) return 1;
  load_factors(room, alphas, factors);
  memset(room->sums, 0, sizeof room->sums);
  double likelihood = 0;
  for (int64_t first = 0; first < n; first += BLOCK) {
    load_points(room, n, x, first);
    for (int k = 0; k < K; k++) component(room, k, means + k * D, 1);
    likelihood += log_sums(room, n - first < BLOCK ? (int)(n - first) : BLOCK, 1);
    for (int k = 0; k < K; k++) pull_component(room, k, means + k * D);
  }
  for (int k = 0; k < K; k++)
    finish(room, k, alphas_bar + k, means_bar + k * D, factors_bar + k * FACTORS);
  *objective = constant(n) + likelihood - (double)n * log_weights(alphas, n, alphas_bar) +
               prior(room, factors, gamma, m, factors_bar);
  return 0;
}
