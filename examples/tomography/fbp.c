/* fbp - filtered back-projection of the noisy measurements. */
#include "study.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int report(const Problem *p, const Options *o, double *hann) {
  if (model_smooth_start(p, hann)) return fprintf(stderr, "tomography: fbp failed\n"), 1;
  const double sharp = model_psnr(p, p->start), smooth = model_psnr(p, hann);
  printf("psnr_fbp = %.3f\n", smooth);
  printf("psnr_fbp_ram_lak = %.3f\n", sharp);
  printf("adjoint_gap = %.1e\n", model_adjoint_gap(p));
  char words[3][64];
  const dp_picture pictures[] = {
      image_picture(p, "phantom", p->truth, NAN, words[0]),
      {.title = "measurements", .rows = VIEWS, .columns = p->bins, .pixels = p->measured,
       .is_stretched = true},
      image_picture(p, "FBP, Ram-Lak", p->start, sharp, words[1]),
      image_picture(p, "FBP, Hann", hann, smooth, words[2]),
  };
  return !save_gallery(o, "fbp.svg", "Thirty views, 5 % of noise", pictures, 4);
}

int run_fbp(const Problem *p, const Options *o) {
  double *hann = malloc((size_t)(p->side * p->side) * sizeof *hann);
  if (!hann) return fprintf(stderr, "tomography: out of memory\n"), 1;
  const int failed = report(p, o, hann);
  free(hann);
  return failed;
}
