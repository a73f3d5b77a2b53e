/* image_file - what the files of pictures share: packed bytes, PNG, shades. */
#ifndef DP_IMAGE_FILE_H
#define DP_IMAGE_FILE_H

#include "host_file.h"

/* Whole numbers 0 .. most of a picture, rows from the top; 2 bytes each, so that 16 bits fit. */
typedef struct Shades {
  int64_t rows, columns;
  int most; /* 255 or 65535 in writing, 1 .. 65535 in reading */
  uint16_t *at; /* malloc'ed */
} Shades;

/* Rounds pixels to shades of `bits` bits, as dp_image_save says. False when out of memory. */
bool shades_of(Shades *shades, int64_t rows, int64_t columns, const double *pixels, double black,
               double white, int bits);

/* Adds a PNG file to `bytes`; most is 255 or 65535. */
void png_write(Bytes *bytes, const Shades *shades);
/* A grey PNG of any depth, not interlaced. `path` is for messages. free() shades->at. */
bool png_read(const Bytes *file, const char *path, Shades *shades, dp_host_error *error);

/* ---- the zlib format: RFC 1950, 1951 --------------------------------------------------------- */

uint32_t adler32_of(const char *data, size_t size);
/* Adds `size` bytes, compressed, to `out`. */
void zlib_pack(Bytes *out, const char *data, size_t size);
/* Adds what was compressed; false if it is damaged or gives more than `most` bytes. */
bool zlib_unpack(Bytes *out, const char *data, size_t size, size_t most);

#endif
