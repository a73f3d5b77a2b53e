/* dp_gallery - grey pictures side by side in one figure, each with words above and below it. */
#include "image_file.h"
#include "svg.h"

#include <stdlib.h>
#include <string.h>

/* Pixels: between pictures and at the edge, for the words above, for each line below. */
static const double gap = 14, above = 22, line = 16;

static void add_base64(Bytes *out, const Bytes *data) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < data->size; i += 3) {
    const size_t n = data->size - i < 3 ? data->size - i : 3;
    uint32_t value = 0;
    for (size_t k = 0; k < 3; k++) value = value << 8 | (k < n ? (unsigned char)data->data[i + k] : 0u);
    char four[4] = {'=', '=', '=', '='};
    for (size_t k = 0; k <= n; k++) four[k] = digits[value >> (18 - 6 * k) & 63];
    bytes_add(out, four, 4);
  }
  if (data->failed) out->failed = true;
}

static int lines_of(const char *text) {
  int n = text != NULL;
  for (; text && *text; text++) n += *text == '\n';
  return n;
}

/* One line after the other, centred at x. */
static void add_lines(Bytes *out, const char *text, double x, double y) {
  while (text) {
    const char *end = strchr(text, '\n');
    const size_t length = end ? (size_t)(end - text) : strlen(text);
    char *copy = (char *)malloc(length + 1);
    if (!copy) {
      out->failed = true;
      return;
    }
    memcpy(copy, text, length);
    copy[length] = 0;
    bytes_print(out, "<text x=\"%g\" y=\"%g\" text-anchor=\"middle\">", x, y);
    svg_text(out, copy);
    bytes_print(out, "</text>\n");
    free(copy);
    y += line;
    text = end ? end + 1 : NULL;
  }
}

static bool add_picture(Bytes *out, const dp_picture *p, double x, double y, double side) {
  Shades shades;
  Bytes png = {0};
  if (!shades_of(&shades, p->rows, p->columns, p->pixels, p->black, p->white, 8)) return false;
  png_write(&png, &shades);
  free(shades.at);
  if (p->title) {
    bytes_print(out, "<text x=\"%g\" y=\"%g\" text-anchor=\"middle\" font-weight=\"600\" fill=\"#222\">",
                x + side / 2, y - 7);
    svg_text(out, p->title);
    bytes_print(out, "</text>\n");
  }
  bytes_print(out, "<image x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" preserveAspectRatio=\"%s\" "
              "style=\"image-rendering:pixelated\" xlink:href=\"data:image/png;base64,",
              x, y, side, side, p->is_stretched ? "none" : "xMidYMid");
  add_base64(out, &png);
  bytes_print(out, "\"/>\n");
  bytes_free(&png);
  add_lines(out, p->caption, x + side / 2, y + side + line);
  return true;
}

bool dp_gallery_save(const char *path, const char *title, const dp_picture *pictures, int count,
                     int columns, double side, dp_host_error *error) {
  if (count < 1) return host_fail(error, "%s: a gallery needs at least one picture", path);
  if (columns < 1) columns = count;
  if (!(side > 0)) side = 192;
  int lines = 0;
  for (int k = 0; k < count; k++) {
    const dp_picture *p = &pictures[k];
    if (p->rows < 1 || p->columns < 1 || p->rows > INT32_MAX || p->columns > INT32_MAX)
      return host_fail(error, "%s: picture %d is %lld x %lld", path, k, (long long)p->rows,
                       (long long)p->columns);
    if (lines_of(p->caption) > lines) lines = lines_of(p->caption);
  }
  const double height = above + side + line * lines + gap, top = title ? SVG_TITLE : 6;
  Bytes out = {0};
  const int rows = (count + columns - 1) / columns;
  svg_begin(&out, gap + columns * (side + gap), top + height * rows, title, gap);
  bool ok = true;
  for (int k = 0; ok && k < count; k++) {
    const double x = gap + k % columns * (side + gap), y = top + above + k / columns * height;
    ok = add_picture(&out, &pictures[k], x, y, side);
  }
  svg_end(&out);
  ok = ok ? file_replace(path, &out, error) : host_fail(error, "%s: out of memory", path);
  bytes_free(&out);
  return ok;
}
