/* dp_host - for programs around a solver: files of weights and arrays, progress, plots, pictures.
 *
 * This part of the runtime allocates and does I/O; generated code never calls it. Functions that
 * can fail return true or false, and then say why in *error (which may be NULL): a sentence with
 * the file's name. Files are written beside their place and renamed into it, so that a failure
 * leaves the old file as it was. */
#ifndef DP_HOST_H
#define DP_HOST_H

#include "dp_runtime.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dp_host_error {
  char text[512];
} dp_host_error;

/* ---- weights: .npz, one array per parameter, by its name ------------------------------------- */

/* numpy.load(path)["prey.layers.0.W"] reads it. */
bool dp_model_save(const char *path, const dp_param *params, int64_t count, const double *theta,
                   dp_host_error *error);

/* Every parameter must be there with its shape, and nothing else; else theta is left as it was. */
bool dp_model_load(const char *path, const dp_param *params, int64_t count, double *theta,
                   dp_host_error *error);

/* ---- arrays: .npy ---------------------------------------------------------------------------- */

/* Row-major doubles or floats, as numpy.save writes them. */
bool dp_npy_save(const char *path, int rank, const int64_t *shape, const double *data,
                 dp_host_error *error);
bool dp_npy_savef(const char *path, int rank, const int64_t *shape, const float *data,
                  dp_host_error *error);

/* Doubles, floats or ints, row-major, little-endian, as doubles. *data is allocated: free() it. */
bool dp_npy_load(const char *path, int *rank, int64_t shape[DP_MAX_RANK], double **data,
                 dp_host_error *error);

/* ---- snapshots on disk: for checkpoint(binomial, snapshots = S, disk = D) ----------------------- */

/* Fills in `store`, whose snapshots are then in a new file at path; a file that is there already is
 * left alone, and NULL returned. One generated function at a time may use it, any number one after
 * the other. A full or failing disk makes that function return DP_STORE; nothing else is touched,
 * and once there is room the function can be called again. */
typedef struct dp_store_file dp_store_file;
dp_store_file *dp_store_file_open(const char *path, dp_store *store, dp_host_error *error);
/* Why a snapshot could not be saved or loaded, with the file's name; "" if all went well. */
const char *dp_store_file_error(const dp_store_file *file);
/* The size of the file. */
int64_t dp_store_file_bytes(const dp_store_file *file);
/* The file is removed. NULL is nothing to close. */
void dp_store_file_close(dp_store_file *file);

/* ---- progress on standard error -------------------------------------------------------------- */

/* A bar that redraws itself on a terminal, and is a line now and then elsewhere. */
typedef struct dp_progress {
  const char *label;
  int64_t total, done;
  double begun, drawn; /* seconds */
  bool is_terminal, is_shown;
} dp_progress;

/* label is kept, not copied. */
void dp_progress_begin(dp_progress *bar, const char *label, int64_t total);
void dp_progress_step(dp_progress *bar, int64_t n);
/* Wipes the bar, so that a line can be printed; the next step draws it again. */
void dp_progress_clear(dp_progress *bar);
/* Leaves a last line that says how long it took. */
void dp_progress_end(dp_progress *bar);

/* ---- plots: .svg ----------------------------------------------------------------------------- */

typedef enum dp_mark {
  DP_LINE,    /* through (x, y) */
  DP_DASHES,  /* likewise, dashed */
  DP_MARKERS, /* a disc at each (x, y) */
  DP_BAND     /* the area between y and y2 */
} dp_mark;

/* One set of points. Points that are not finite interrupt a line. */
typedef struct dp_series {
  const char *label; /* in the legend; NULL: not there */
  dp_mark mark;
  int64_t n;
  const double *x, *y, *y2; /* [n]; entry i stands at i * stride */
  int64_t stride;    /* 0: 1, so that columns of a row-major table can be drawn */
  int color;         /* 1, 2, .. of the palette; 0: the next one; -1: grey */
  double width;      /* of the line, or the markers' diameter; 0: the default */
} dp_series;

/* A panel with axes. Limits that are equal (as both 0) are chosen from the data. */
typedef struct dp_axes {
  const char *title, *x_label, *y_label; /* NULL: none */
  const dp_series *series;
  int n_series;
  double x_min, x_max, y_min, y_max;
  bool log_y; /* values <= 0 are left out */
  double shade_from, shade_to; /* a range of x behind everything; equal: none */
  const char *shade_label;
} dp_axes;

/* A figure of `count` panels in rows of `columns`, each width x height (0: 480 x 320). The same
 * input gives the same bytes. */
bool dp_plot_save(const char *path, const char *title, const dp_axes *axes, int count, int columns,
                  double width, double height, dp_host_error *error);

/* ---- grey pictures: .png and .pgm ------------------------------------------------------------- */

/* pixels [rows, columns], row-major, the top row first. Values from `black` to `white` (either may be
 * the larger) become shades in proportion, those beyond are cut, NaN is black. Equal limits (as both
 * 0): the least and the largest finite pixel. bits: 8 or 16. The end of the name says the format. */
bool dp_image_save(const char *path, int64_t rows, int64_t columns, const double *pixels,
                   double black, double white, int bits, dp_host_error *error);

/* Grey PNG (1 to 16 bits) and PGM (plain or raw); which, the file itself says. *pixels is allocated,
 * free() it; values from 0, black, to 1. */
bool dp_image_load(const char *path, int64_t *rows, int64_t *columns, double **pixels,
                   dp_host_error *error);

/* One picture of a gallery, its words (NULL: none) and limits as above. The caption, which stands
 * below, may have several lines, divided by \n. */
typedef struct dp_picture {
  const char *title, *caption;
  int64_t rows, columns;
  const double *pixels;
  double black, white;
  bool is_stretched; /* to a square; else it keeps its proportions */
} dp_picture;

/* Pictures side by side as one .svg, in rows of `columns` (0: one row), each in a square of `side`
 * pixels (0: 192). The same input gives the same bytes. */
bool dp_gallery_save(const char *path, const char *title, const dp_picture *pictures, int count,
                     int columns, double side, dp_host_error *error);

#ifdef __cplusplus
}
#endif
#endif
