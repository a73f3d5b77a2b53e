/* Uses the library for programs in C: a disc's integrals against its chords, <A a, y> = <a, At y>, filtered
 * back-projection, and total variation whose gradient's product with u is its value (it is homogeneous). */
#include "dpc_ct.h"
#include "dpc_tv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 64, VIEWS = 30, BINS = 95, HANN = 3 };

static char work[1 << 22];
static double disc[N * N], image[N * N], back[N * N], sums[VIEWS * BINS], y[VIEWS * BINS], angles[VIEWS];

static double dot(int n, const double *a, const double *b) {
  double sum = 0;
  for (int i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

static int stop(const char *what, int status) {
  printf("%s: %s\n", what, dp_status_text(status));
  return 1;
}

/* The largest difference to the chords of a disc of radius N/4, of rays well inside, over the diameter. */
static double chord_gap(void) {
  double most = 0;
  for (int v = 0; v < VIEWS; v++)
    for (int k = 0; k < BINS; k++) {
      const double s = k - 0.5 * (BINS - 1), r = 0.25 * N;
      if (fabs(s) > 0.8 * r) continue;
      most = fmax(most, fabs(sums[v * BINS + k] - 2 * sqrt(r * r - s * s)) / (2 * r));
    }
  return most;
}

int main(void) {
  const double table[6] = {1, 0.5, 0.5, 0, 0, 0};
  int status;
  for (int v = 0; v < VIEWS; v++) angles[v] = 3.14159265358979 * v / VIEWS;
  for (int i = 0; i < VIEWS * BINS; i++) y[i] = sin(i);
  if ((status = dpc_ct_raster_ellipses(1, table, N, N, disc, work, sizeof work))) return stop("disc", status);
  status = dpc_ct_project(N, N, VIEWS, disc, angles, BINS, 1, 1, sums, work, sizeof work);
  if (status) return stop("project", status);
  printf("chord gap below 5 %%: %d\n", chord_gap() < 0.05);
  status = dpc_ct_backproject(VIEWS, BINS, y, angles, N, N, 1, 1, back, work, sizeof work);
  if (status) return stop("backproject", status);
  const double forth = dot(VIEWS * BINS, sums, y), across = dot(N * N, disc, back);
  printf("adjoint gap below 1e-12: %d\n", fabs(forth - across) < 1e-12 * fabs(forth));
  status = dpc_ct_fbp(VIEWS, BINS, sums, angles, N, N, 1, 1, HANN, 1, image, work, sizeof work);
  if (status) return stop("fbp", status);
  double decibels, value;
  if ((status = dpc_ct_psnr(N, N, image, disc, &decibels, work, sizeof work))) return stop("psnr", status);
  printf("psnr above 18: %d\n", decibels > 18);
  status = dpc_tv_isotropic_2d_and_grad(N, N, image, back, &value, work, sizeof work);
  if (status) return stop("total variation", status);
  printf("variation gap below 1e-12: %d\n", fabs(value - dot(N * N, image, back)) < 1e-12 * value);
  status = dpc_ct_fbp(VIEWS, BINS, sums, angles, N, N, 1, 1, 5, 1, image, work, sizeof work);
  return stop("no such window", status) - 1;
}
