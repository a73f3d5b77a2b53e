/* regress - small least-squares problems for the sparse regression.
 *
 * Sequential thresholding is the method of Brunton, Proctor & Kutz, "Discovering governing
 * equations from data by sparse identification of nonlinear dynamical systems" (2016). */
#include "study.h"

#include <math.h>
#include <string.h>

enum { MAX_ROWS = 128 };
static const double dependent = 1e-9; /* what is left of a column that earlier ones span */

static double dot(int64_t n, const double *a, const double *b) {
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

static void subtract(int64_t n, double factor, const double *from, double *to) {
  for (int64_t i = 0; i < n; i++) to[i] -= factor * from[i];
}

/* Modified Gram-Schmidt with the target as the last column: backward stable for least squares. */
double least_squares(int64_t rows, const double *table, const double *target, int n_terms,
                     const int *terms, double *c) {
  double q[TERMS][MAX_ROWS], r[TERMS][TERMS], rest[MAX_ROWS], projection[TERMS];
  for (int64_t k = 0; k < rows; k++) rest[k] = target[STATES * k];

  for (int j = 0; j < n_terms; j++) {
    for (int64_t k = 0; k < rows; k++) q[j][k] = table[k * TERMS + terms[j]];
    const double before = sqrt(dot(rows, q[j], q[j]));
    for (int i = 0; i < j; i++) {
      r[i][j] = dot(rows, q[i], q[j]);
      subtract(rows, r[i][j], q[i], q[j]);
    }
    const double after = sqrt(dot(rows, q[j], q[j]));
    const bool independent = after > dependent * before;
    r[j][j] = independent ? after : 0;
    for (int64_t k = 0; k < rows; k++) q[j][k] = independent ? q[j][k] / after : 0;
    projection[j] = dot(rows, q[j], rest);
    subtract(rows, projection[j], q[j], rest);
  }
  for (int j = n_terms - 1; j >= 0; j--) {
    c[j] = projection[j];
    for (int i = j + 1; i < n_terms; i++) c[j] -= r[j][i] * c[i];
    c[j] = r[j][j] > 0 ? c[j] / r[j][j] : 0;
  }
  return dot(rows, rest, rest);
}

int best_single_term(int64_t rows, const double *table, const double *target, double *coefficient,
                     double *gap) {
  double best = INFINITY, second = INFINITY;
  int winner = 0;
  for (int j = 0; j < TERMS; j++) {
    double c;
    const double residual = least_squares(rows, table, target, 1, &j, &c);
    if (residual < best) {
      second = best;
      best = residual;
      winner = j;
      *coefficient = c;
    } else if (residual < second) {
      second = residual;
    }
  }
  *gap = sqrt(second / best);
  return winner;
}

int threshold_terms(int64_t rows, const double *table, const double *target, double threshold,
                    int *terms) {
  double target_norm = 0;
  for (int64_t k = 0; k < rows; k++) target_norm += target[STATES * k] * target[STATES * k];
  target_norm = sqrt(target_norm);

  int n = TERMS;
  for (int j = 0; j < TERMS; j++) terms[j] = j;
  for (int before = n + 1; n > 0 && n < before;) {
    double c[TERMS];
    least_squares(rows, table, target, n, terms, c);
    before = n;
    n = 0;
    for (int j = 0; j < before; j++) {
      double square = 0; /* a term counts by its size along the trajectory, not by its unit */
      for (int64_t k = 0; k < rows; k++)
        square += table[k * TERMS + terms[j]] * table[k * TERMS + terms[j]];
      if (fabs(c[j]) * sqrt(square) >= threshold * target_norm) terms[n++] = terms[j];
    }
  }
  return n;
}
