/* scan - a fan-beam scan that counts photons, and the functions of transmission.dp on it.
 *
 * Images are [side, side], counts [views, bins], row-major and the caller's. */
#ifndef TOMOGRAPHY_SCAN_H
#define TOMOGRAPHY_SCAN_H

#include "study.h"

typedef struct Scan {
  int64_t side, views, bins;
  double arc;     /* that the views take up, in radians */
  double photons; /* sent along each ray */
  double bound;   /* of the second derivative of the discrepancy */
  double *truth;  /* the phantom */
  double *counts;
  double *start;  /* filtered back-projection by Hann's window */
  void *work;     /* enough for each function below */
  size_t work_bytes;
} Scan;

/* `views` over a whole turn; is_short: over half a turn and the angle of the fan, with as many fewer.
 * false: out of memory, or a function failed; nothing is left to free. */
bool scan_new(Scan *s, Phantom phantom, int64_t side, bool is_short, double photons, int64_t seed);
void scan_free(Scan *s);

/* Each returns a DP_ status. */
int scan_sharp_start(const Scan *s, double *a); /* by Ram-Lak's filter */
int scan_gradient(const Scan *s, const double *a, double *da);
int scan_gradient_by_hand(const Scan *s, const double *a, double *da);
/* The least discrepancy + lam (total variation), and what it is. */
int scan_converged_tv(const Scan *s, double lam, int64_t steps, double *a, double *objective);
double scan_psnr(const Scan *s, const double *a);

#endif
