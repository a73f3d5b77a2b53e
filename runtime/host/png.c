/* png - grey PNG pictures (ISO 15948), as bytes. */
#include "image_file.h"

#include <stdlib.h>
#include <string.h>

static const char signature[] = "\x89PNG\r\n\x1a\n";
enum { SIGNATURE = 8, FILTERS = 5 };

static void add_big_endian(Bytes *to, uint32_t value) {
  for (int k = 3; k >= 0; k--) {
    const char byte = (char)(value >> 8 * k & 255);
    bytes_add(to, &byte, 1);
  }
}

static uint32_t big_endian(const char *at) {
  uint32_t value = 0;
  for (int k = 0; k < 4; k++) value = value << 8 | (unsigned char)at[k];
  return value;
}

/* ---- filters: rows as differences from what stands to the left and above --------------------- */

static int paeth(int left, int above, int corner) {
  const int guess = left + above - corner;
  const int a = abs(guess - left), b = abs(guess - above), c = abs(guess - corner);
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

/* What filter `kind` subtracts from byte i of the row; `width` bytes are a pixel. */
static int prediction(int kind, const unsigned char *row, const unsigned char *before, size_t i,
                      size_t width) {
  const int left = i < width ? 0 : row[i - width], above = before ? before[i] : 0;
  const int corner = before && i >= width ? before[i - width] : 0;
  switch (kind) {
    case 1: return left;
    case 2: return above;
    case 3: return (left + above) / 2;
    case 4: return paeth(left, above, corner);
    default: return 0;
  }
}

/* ---- writing --------------------------------------------------------------------------------- */

static void add_chunk(Bytes *file, const char *name, const Bytes *content) {
  Bytes checked = {0};
  bytes_add(&checked, name, 4);
  bytes_add(&checked, content->data, content->size);
  add_big_endian(file, (uint32_t)content->size);
  bytes_add(file, checked.data, checked.size);
  add_big_endian(file, crc32_of(checked.data, checked.size));
  if (checked.failed || content->failed) file->failed = true;
  bytes_free(&checked);
}

static int best_filter(const unsigned char *row, const unsigned char *before, size_t size,
                       size_t width) {
  size_t least = SIZE_MAX;
  int best = 0;
  for (int kind = 0; kind < FILTERS; kind++) {
    size_t sum = 0; /* of the differences, as numbers with a sign */
    for (size_t i = 0; i < size; i++)
      sum += (size_t)abs((signed char)(row[i] - prediction(kind, row, before, i, width)));
    if (sum < least) least = sum, best = kind;
  }
  return best;
}

static void add_row(Bytes *rows, const unsigned char *row, const unsigned char *before, size_t size,
                    size_t width) {
  const int kind = best_filter(row, before, size, width);
  const char name = (char)kind;
  bytes_add(rows, &name, 1);
  for (size_t i = 0; i < size; i++) {
    const char byte = (char)(row[i] - prediction(kind, row, before, i, width));
    bytes_add(rows, &byte, 1);
  }
}

static bool add_rows(Bytes *rows, const Shades *shades) {
  const size_t width = shades->most > 255 ? 2 : 1, size = (size_t)shades->columns * width;
  unsigned char *row = (unsigned char *)malloc(2 * size), *other = row ? row + size : NULL;
  for (int64_t i = 0; row && i < shades->rows; i++) {
    unsigned char *now = i % 2 ? other : row, *before = i == 0 ? NULL : i % 2 ? row : other;
    for (int64_t j = 0; j < shades->columns; j++) {
      const int shade = shades->at[i * shades->columns + j];
      if (width == 2) now[2 * j] = (unsigned char)(shade >> 8), now[2 * j + 1] = (unsigned char)(shade & 255);
      else now[j] = (unsigned char)shade;
    }
    add_row(rows, now, before, size, width);
  }
  free(row);
  return row != NULL;
}

void png_write(Bytes *bytes, const Shades *shades) {
  Bytes header = {0}, rows = {0}, packed = {0}, nothing = {0};
  add_big_endian(&header, (uint32_t)shades->columns);
  add_big_endian(&header, (uint32_t)shades->rows);
  bytes_add(&header, shades->most > 255 ? "\x10" : "\x08", 1);
  bytes_add(&header, "\0\0\0\0", 4); /* grey, deflate, the usual filters, not interlaced */
  if (!add_rows(&rows, shades) || rows.failed) bytes->failed = true;
  else zlib_pack(&packed, rows.data, rows.size);
  bytes_add(bytes, signature, SIGNATURE);
  add_chunk(bytes, "IHDR", &header);
  add_chunk(bytes, "IDAT", &packed);
  add_chunk(bytes, "IEND", &nothing);
  bytes_free(&header), bytes_free(&rows), bytes_free(&packed);
}

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct Png {
  int64_t rows, columns;
  int depth; /* bits of a pixel */
  bool has_header, has_end;
  Bytes packed;
} Png;

static bool read_header(Png *png, const char *at, size_t size, const char *path,
                        dp_host_error *error) {
  if (size != 13 || png->has_header) return host_fail(error, "%s: the PNG file is damaged", path);
  png->columns = big_endian(at), png->rows = big_endian(at + 4), png->depth = at[8];
  png->has_header = true;
  const bool has_depth = png->depth == 1 || png->depth == 2 || png->depth == 4 || png->depth == 8 ||
                         png->depth == 16;
  if (at[9] != 0)
    return host_fail(error, "%s: not grey: \"convert %s -alpha off -colorspace Gray -define png:color-type=0 "
                     "grey.png\" makes it so", path, path);
  if (at[12] != 0)
    return host_fail(error, "%s: interlaced: \"convert %s -interlace none plain.png\" undoes that",
                     path, path);
  if (png->rows < 1 || png->columns < 1 || png->rows > INT32_MAX || png->columns > INT32_MAX || !has_depth)
    return host_fail(error, "%s: the PNG file is damaged", path);
  return true;
}

/* Collects the chunks; those that a reader may skip are skipped. */
static bool read_chunks(Png *png, const Bytes *file, const char *path, dp_host_error *error) {
  for (size_t at = SIGNATURE; !png->has_end;) {
    if (file->size - at < 12) return host_fail(error, "%s: the PNG file is cut short", path);
    const size_t size = big_endian(file->data + at);
    if (size > file->size - at - 12) return host_fail(error, "%s: the PNG file is cut short", path);
    const char *name = file->data + at + 4, *content = name + 4;
    const bool is_known = !memcmp(name, "IHDR", 4) || !memcmp(name, "IDAT", 4) || !memcmp(name, "IEND", 4);
    if (crc32_of(name, size + 4) != big_endian(content + size) ||
        png->has_header == !memcmp(name, "IHDR", 4) ||
        (!is_known && !(name[0] & 32) && memcmp(name, "PLTE", 4)))
      return host_fail(error, "%s: the PNG file is damaged", path);
    if (name[1] == 'H' && is_known && !read_header(png, content, size, path, error)) return false;
    if (!memcmp(name, "IDAT", 4)) bytes_add(&png->packed, content, size);
    png->has_end = !memcmp(name, "IEND", 4);
    at += size + 12;
  }
  return true;
}

static void unfilter(unsigned char *rows, int64_t n, size_t size, size_t width) {
  for (int64_t k = 0; k < n; k++) {
    unsigned char *row = rows + (size_t)k * (size + 1) + 1, *before = k ? row - size - 1 : NULL;
    const int kind = row[-1];
    for (size_t i = 0; i < size; i++)
      row[i] = (unsigned char)(row[i] + prediction(kind, row, before, i, width));
  }
}

static int shade_at(const unsigned char *row, int64_t j, int depth) {
  if (depth == 16) return row[2 * j] << 8 | row[2 * j + 1];
  const int per_byte = 8 / depth, place = per_byte - 1 - (int)(j % per_byte);
  return row[j / per_byte] >> place * depth & ((1 << depth) - 1);
}

static bool read_rows(const Png *png, const char *path, Shades *shades, dp_host_error *error) {
  const size_t size = ((size_t)png->columns * (size_t)png->depth + 7) / 8;
  const size_t whole = dp_size_mul((size_t)png->rows, size + 1);
  Bytes rows = {0};
  bool ok = whole < SIZE_MAX / 32 && zlib_unpack(&rows, png->packed.data, png->packed.size, whole) &&
            rows.size == whole;
  for (int64_t i = 0; ok && i < png->rows; i++)
    ok = (unsigned char)rows.data[(size_t)i * (size + 1)] < FILTERS;
  if (!ok) {
    const bool is_short_of_memory = rows.failed;
    bytes_free(&rows);
    return host_fail(error, is_short_of_memory ? "%s: out of memory" : "%s: the PNG file is damaged", path);
  }
  unsigned char *bytes = (unsigned char *)rows.data;
  unfilter(bytes, png->rows, size, png->depth == 16 ? 2 : 1);
  shades->rows = png->rows, shades->columns = png->columns;
  shades->most = (1 << png->depth) - 1;
  shades->at = (uint16_t *)malloc((size_t)(png->rows * png->columns) * sizeof *shades->at);
  for (int64_t i = 0; shades->at && i < png->rows; i++)
    for (int64_t j = 0; j < png->columns; j++)
      shades->at[i * png->columns + j] =
          (uint16_t)shade_at(bytes + (size_t)i * (size + 1) + 1, j, png->depth);
  bytes_free(&rows);
  return shades->at || host_fail(error, "%s: out of memory", path);
}

bool png_read(const Bytes *file, const char *path, Shades *shades, dp_host_error *error) {
  Png png = {0};
  if (file->size < SIGNATURE || memcmp(file->data, signature, SIGNATURE))
    return host_fail(error, "%s: not a PNG file", path);
  bool ok = read_chunks(&png, file, path, error);
  if (ok && png.packed.failed) ok = host_fail(error, "%s: out of memory", path);
  ok = ok && read_rows(&png, path, shades, error);
  bytes_free(&png.packed);
  return ok;
}
