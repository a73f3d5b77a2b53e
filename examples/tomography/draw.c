/* draw - pictures side by side. */
#include "study.h"

#include <math.h>
#include <stdio.h>

dp_picture image_picture(const Problem *p, const char *title, const double *a, double decibels,
                         char words[64]) {
  if (!isnan(decibels)) snprintf(words, 64, "%.2f dB", decibels);
  return (dp_picture){.title = title, .caption = isnan(decibels) ? NULL : words, .rows = p->side,
                      .columns = p->side, .pixels = a, .black = 0, .white = 1};
}

bool picture_path(const Options *o, const char *name, char path[4096]) {
  const int n = snprintf(path, 4096, "%s/%s", o->out, name);
  if (n > 0 && n < 4096) return true;
  return fprintf(stderr, "tomography: the name of the folder is too long\n"), false;
}

bool save_plot(const Options *o, const char *name, const char *title, const dp_axes *axes, int count) {
  char path[4096];
  dp_host_error error;
  if (!picture_path(o, name, path)) return false;
  if (dp_plot_save(path, title, axes, count, count, 0, 0, &error)) return true;
  return fprintf(stderr, "tomography: %s\n", error.text), false;
}

bool save_gallery(const Options *o, const char *name, const char *title, const dp_picture *pictures,
                  int count) {
  char path[4096];
  dp_host_error error;
  if (!picture_path(o, name, path)) return false;
  if (dp_gallery_save(path, title, pictures, count, 0, 0, &error)) return true;
  return fprintf(stderr, "tomography: %s\n", error.text), false;
}
