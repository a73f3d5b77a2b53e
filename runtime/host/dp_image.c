/* dp_image - grey pictures as files: PGM here, PNG by png.c. */
#include "image_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- shades ---------------------------------------------------------------------------------- */

static void find_limits(int64_t n, const double *pixels, double *black, double *white) {
  if (*black != *white && isfinite(*black) && isfinite(*white)) return;
  *black = INFINITY, *white = -INFINITY;
  for (int64_t i = 0; i < n; i++) {
    if (!isfinite(pixels[i])) continue;
    *black = fmin(*black, pixels[i]), *white = fmax(*white, pixels[i]);
  }
}

/* NaN, and everything where black is white, becomes 0. */
static uint16_t shade_of(double pixel, double black, double white, int most) {
  const double part = (pixel - black) / (white - black);
  if (part >= 1) return (uint16_t)most;
  return part > 0 ? (uint16_t)(part * most + 0.5) : 0;
}

bool shades_of(Shades *shades, int64_t rows, int64_t columns, const double *pixels, double black,
               double white, int bits) {
  const int64_t n = rows * columns;
  find_limits(n, pixels, &black, &white);
  shades->rows = rows, shades->columns = columns;
  shades->most = (1 << bits) - 1;
  shades->at = (uint16_t *)malloc((size_t)n * sizeof *shades->at);
  for (int64_t i = 0; shades->at && i < n; i++)
    shades->at[i] = shade_of(pixels[i], black, white, shades->most);
  return shades->at != NULL;
}

/* ---- PGM (netpbm's) -------------------------------------------------------------------------- */

static void pgm_write(Bytes *bytes, const Shades *shades) {
  bytes_print(bytes, "P5\n%lld %lld\n%d\n", (long long)shades->columns, (long long)shades->rows,
              shades->most);
  for (int64_t i = 0; i < shades->rows * shades->columns; i++) {
    const char two[] = {(char)(shades->at[i] >> 8), (char)(shades->at[i] & 255)};
    if (shades->most > 255) bytes_add(bytes, two, 2);
    else bytes_add(bytes, two + 1, 1);
  }
}

typedef struct Text {
  const char *next, *end;
} Text;

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* The next number, after spaces and comments; -1: none, or one above `most`. */
static int64_t next_number(Text *text, int64_t most) {
  while (text->next < text->end && (is_space(*text->next) || *text->next == '#')) {
    const bool is_comment = *text->next == '#';
    while (is_comment && text->next < text->end && *text->next != '\n') text->next++;
    if (text->next < text->end) text->next++;
  }
  const char *first = text->next;
  int64_t value = 0;
  for (; text->next < text->end && *text->next >= '0' && *text->next <= '9'; text->next++) {
    value = 10 * value + (*text->next - '0');
    if (value > most) return -1;
  }
  return text->next > first ? value : -1;
}

static bool pgm_pixels(Text *text, bool is_plain, const char *path, Shades *shades,
                       dp_host_error *error) {
  const int64_t n = shades->rows * shades->columns, left = text->end - text->next;
  const int width = shades->most > 255 ? 2 : 1;
  if (is_plain ? left / 2 + 1 < n : left / width < n) return host_fail(error, "%s: cut short", path);
  shades->at = (uint16_t *)malloc((size_t)n * sizeof *shades->at);
  if (!shades->at) return host_fail(error, "%s: out of memory", path);
  const unsigned char *bytes = (const unsigned char *)text->next;
  for (int64_t i = 0; i < n; i++) {
    const int64_t shade = is_plain     ? next_number(text, shades->most)
                          : width == 1 ? bytes[i]
                                       : bytes[2 * i] << 8 | bytes[2 * i + 1];
    if (shade < 0 || shade > shades->most) {
      free(shades->at);
      return host_fail(error, "%s: pixel [%lld, %lld] is missing or above %d", path,
                       (long long)(i / shades->columns), (long long)(i % shades->columns), shades->most);
    }
    shades->at[i] = (uint16_t)shade;
  }
  return true;
}

static bool pgm_read(const Bytes *file, const char *path, Shades *shades, dp_host_error *error) {
  Text text = {file->data + 2, file->data + file->size};
  const bool is_plain = file->data[1] == '2';
  shades->columns = next_number(&text, INT32_MAX);
  shades->rows = next_number(&text, INT32_MAX);
  shades->most = (int)next_number(&text, 65535);
  if (shades->columns < 1 || shades->rows < 1 || shades->most < 1 || text.next == text.end)
    return host_fail(error, "%s: the header of the PGM file is damaged", path);
  text.next++; /* exactly one space before the pixels */
  return pgm_pixels(&text, is_plain, path, shades, error);
}

/* ---- files ----------------------------------------------------------------------------------- */

static bool has_ending(const char *path, const char *ending) {
  const size_t length = strlen(path), n = strlen(ending);
  return length > n && !strcmp(path + length - n, ending);
}

bool dp_image_save(const char *path, int64_t rows, int64_t columns, const double *pixels,
                   double black, double white, int bits, dp_host_error *error) {
  const bool is_png = has_ending(path, ".png");
  if (!is_png && !has_ending(path, ".pgm"))
    return host_fail(error, "%s: the name of a picture must end in .png or .pgm", path);
  if (rows < 1 || columns < 1 || rows > INT32_MAX || columns > INT32_MAX)
    return host_fail(error, "%s: %lld x %lld is no size of a picture", path, (long long)rows,
                     (long long)columns);
  if (bits != 8 && bits != 16) return host_fail(error, "%s: %d bits: 8 and 16 can be saved", path, bits);
  Shades shades;
  Bytes bytes = {0};
  if (!shades_of(&shades, rows, columns, pixels, black, white, bits))
    return host_fail(error, "%s: out of memory", path);
  if (is_png) png_write(&bytes, &shades);
  else pgm_write(&bytes, &shades);
  free(shades.at);
  const bool ok = file_replace(path, &bytes, error);
  bytes_free(&bytes);
  return ok;
}

bool dp_image_load(const char *path, int64_t *rows, int64_t *columns, double **pixels,
                   dp_host_error *error) {
  Bytes file;
  Shades shades = {0};
  if (!file_read(path, &file, error)) return false;
  const bool is_pgm = file.size > 2 && file.data[0] == 'P' && (file.data[1] == '2' || file.data[1] == '5');
  const bool is_png = file.size > 3 && !memcmp(file.data + 1, "PNG", 3);
  bool ok = is_pgm   ? pgm_read(&file, path, &shades, error)
            : is_png ? png_read(&file, path, &shades, error)
                     : host_fail(error, "%s: neither a PNG nor a PGM picture", path);
  bytes_free(&file);
  if (!ok) return false;
  const int64_t n = shades.rows * shades.columns;
  *pixels = (double *)malloc((size_t)n * sizeof(double));
  for (int64_t i = 0; *pixels && i < n; i++) (*pixels)[i] = (double)shades.at[i] / shades.most;
  free(shades.at);
  *rows = shades.rows, *columns = shades.columns;
  return *pixels || host_fail(error, "%s: out of memory", path);
}
