/* dp_plot - line plots as SVG: axes with round ticks, a legend above each panel. */
#include "host_file.h"
#include "plot_scale.h"
#include "svg.h"

#include <math.h>
#include <string.h>

/* Okabe & Ito's palette, which stays distinct for colour-blind readers. */
static const char *const palette[] = {"#0072b2", "#d55e00", "#009e73",
                                      "#cc79a7", "#e69f00", "#56b4e9"};
enum { COLORS = sizeof palette / sizeof palette[0] };
static const char grey[] = "#b0b0b0";
static const double line_width = 1.8, grey_width = 3.2; /* grey is for references */

/* Pixels: the margins of a panel, the heights of its title and of a row of its legend. */
static const double left_margin = 62, right_margin = 18, top_margin = 12, bottom_margin = 46;
static const double title_height = 24, legend_row = 18;
static const double letter = 6.4; /* a letter's mean width */

/* A panel in the figure: the rectangle inside its axes, and what maps data into it. */
typedef struct Panel {
  const dp_axes *axes;
  Bytes *out;
  int index;
  double x, y, width, height; /* of the plot area */
  double legend_y;
  Scale across, up;
} Panel;

static double entry(const dp_series *s, const double *data, int64_t i) {
  return data[i * (s->stride ? s->stride : 1)];
}

static const char *color_of(const dp_axes *axes, int k) {
  int automatic = 0;
  const int color = axes->series[k].color;
  if (color < 0) return grey;
  if (color > 0) return palette[(color - 1) % COLORS];
  for (int j = 0; j < k; j++) automatic += axes->series[j].color == 0;
  return palette[automatic % COLORS];
}

/* ---- what a panel shows ---------------------------------------------------------------------- */

static bool is_chosen(double from, double to) {
  return from != to && isfinite(from) && isfinite(to);
}

static void add_to_range(Range *range, double value, bool is_log) {
  if (!isfinite(value) || (is_log && value <= 0)) return;
  if (value < range->low) range->low = value;
  if (value > range->high) range->high = value;
}

/* Of the data; heights count only where x is in sight. */
static void find_ranges(const dp_axes *a, Range *x, Range *y) {
  const Range nothing = {INFINITY, -INFINITY};
  const double low = fmin(a->x_min, a->x_max), high = fmax(a->x_min, a->x_max);
  const bool is_window = is_chosen(low, high);
  *x = *y = nothing;
  for (int k = 0; k < a->n_series; k++) {
    const dp_series *s = &a->series[k];
    for (int64_t i = 0; i < s->n; i++) {
      const double at = entry(s, s->x, i);
      add_to_range(x, at, false);
      if (is_window && !(at >= low && at <= high)) continue;
      add_to_range(y, entry(s, s->y, i), a->log_y);
      if (s->mark == DP_BAND) add_to_range(y, entry(s, s->y2, i), a->log_y);
    }
  }
  if (a->shade_from != a->shade_to) {
    add_to_range(x, a->shade_from, false);
    add_to_range(x, a->shade_to, false);
  }
}

/* A point of the figure, kept near it so that any viewer can read the number. */
static double near_page(double pixel) { return fmin(fmax(pixel, -1e5), 1e5) + 0.0; }
static double pixel_x(const Panel *p, double x) {
  return near_page(p->x + p->width * scale_at(&p->across, x));
}
static double pixel_y(const Panel *p, double y) {
  return near_page(p->y + p->height * (1 - scale_at(&p->up, y)));
}

/* ---- series ---------------------------------------------------------------------------------- */

static bool is_visible(const Panel *p, double x, double y) {
  return isfinite(x) && isfinite(y) && (!p->axes->log_y || y > 0);
}

static void draw_line(const Panel *p, const dp_series *s, const char *color) {
  const char *dashes = s->mark == DP_DASHES ? " stroke-dasharray=\"6 4\"" : "";
  bool is_down = false, is_empty = true;
  double last_x = 0, last_y = 0;
  for (int64_t i = 0; i < s->n; i++) {
    const double x = entry(s, s->x, i), y = entry(s, s->y, i);
    if (!is_visible(p, x, y)) {
      is_down = false;
      continue;
    }
    const double px = pixel_x(p, x), py = pixel_y(p, y);
    /* Points closer than the eye resolves are skipped, but for the last. */
    if (is_down && i + 1 < s->n && fabs(px - last_x) < 0.2 && fabs(py - last_y) < 0.2) continue;
    if (is_empty)
      bytes_print(p->out, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"%g\"%s d=\"", color,
                  s->width > 0 ? s->width : s->color < 0 ? grey_width : line_width, dashes);
    bytes_print(p->out, "%s%.2f %.2f", is_down ? "L" : "M", px, py);
    last_x = px, last_y = py;
    is_down = true, is_empty = false;
  }
  if (!is_empty) bytes_print(p->out, "\"/>\n");
}

static void draw_markers(const Panel *p, const dp_series *s, const char *color) {
  const double radius = s->width > 0 ? s->width / 2 : 2.8;
  bytes_print(p->out, "<g fill=\"%s\" stroke=\"#fff\" stroke-width=\"0.6\">\n", color);
  for (int64_t i = 0; i < s->n; i++) {
    const double x = entry(s, s->x, i), y = entry(s, s->y, i);
    if (is_visible(p, x, y))
      bytes_print(p->out, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%g\"/>\n", pixel_x(p, x),
                  pixel_y(p, y), radius);
  }
  bytes_print(p->out, "</g>\n");
}

static void draw_band(const Panel *p, const dp_series *s, const char *color) {
  bytes_print(p->out, "<path fill=\"%s\" fill-opacity=\"0.2\" d=\"", color);
  char command = 'M';
  for (int64_t i = 0; i < 2 * s->n; i++) {
    const int64_t k = i < s->n ? i : 2 * s->n - 1 - i;
    const double x = entry(s, s->x, k), y = entry(s, i < s->n ? s->y : s->y2, k);
    if (!is_visible(p, x, y)) continue;
    bytes_print(p->out, "%c%.2f %.2f", command, pixel_x(p, x), pixel_y(p, y));
    command = 'L';
  }
  bytes_print(p->out, command == 'L' ? "Z\"/>\n" : "\"/>\n");
}

static void draw_series(const Panel *p) {
  bytes_print(p->out, "<clipPath id=\"area%d\"><rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" "
              "height=\"%.2f\"/></clipPath>\n<g clip-path=\"url(#area%d)\" "
              "stroke-linejoin=\"round\" stroke-linecap=\"round\">\n",
              p->index, p->x, p->y, p->width, p->height, p->index);
  for (int k = 0; k < p->axes->n_series; k++) {
    const dp_series *s = &p->axes->series[k];
    const char *color = color_of(p->axes, k);
    switch (s->mark) {
      case DP_LINE:
      case DP_DASHES: draw_line(p, s, color); break;
      case DP_MARKERS: draw_markers(p, s, color); break;
      case DP_BAND: draw_band(p, s, color); break;
    }
  }
  bytes_print(p->out, "</g>\n");
}

/* ---- axes ------------------------------------------------------------------------------------ */

static void draw_shade(const Panel *p) {
  const dp_axes *a = p->axes;
  if (a->shade_from == a->shade_to) return;
  const double from = fmax(p->x, pixel_x(p, fmin(a->shade_from, a->shade_to)));
  const double to = fmin(p->x + p->width, pixel_x(p, fmax(a->shade_from, a->shade_to)));
  if (!(from < to)) return;
  bytes_print(p->out, "<path fill=\"#eef2f6\" d=\"M%.2f %.2fv%.2fH%.2fv%.2fz\"/>\n", from, p->y,
              p->height, to, -p->height);
  if (!a->shade_label) return;
  bytes_print(p->out, "<text x=\"%.2f\" y=\"%.2f\" font-size=\"11\" fill=\"#7a8794\">", from + 5,
              p->y + 14);
  svg_text(p->out, a->shade_label);
  bytes_print(p->out, "</text>\n");
}

/* The tick's number, with a true minus sign and powers of ten as such. */
static void add_number(Bytes *out, const Scale *scale, double value) {
  char text[40];
  if (scale->is_log && scale->is_decades) {
    bytes_print(out, "10<tspan dy=\"-5\" font-size=\"9\">%s%d</tspan>", value < 1 ? "\u2212" : "",
                abs_exponent(value));
    return;
  }
  tick_text(value, text, sizeof text);
  if (text[0] == '-') bytes_print(out, "\u2212%s", text + 1);
  else bytes_print(out, "%s", text);
}

static void draw_ticks_across(const Panel *p) {
  for (int k = 0; k < p->across.n_ticks; k++) {
    const double x = pixel_x(p, p->across.ticks[k]), bottom = p->y + p->height;
    bytes_print(p->out, "<path stroke=\"#e4e4e4\" d=\"M%.2f %.2fV%.2f\"/>", x, bottom, p->y);
    bytes_print(p->out, "<text x=\"%.2f\" y=\"%.2f\" text-anchor=\"middle\">", x, bottom + 17);
    add_number(p->out, &p->across, p->across.ticks[k]);
    bytes_print(p->out, "</text>\n");
  }
}

static void draw_ticks_up(const Panel *p) {
  for (int k = 0; k < p->up.n_ticks; k++) {
    const double y = pixel_y(p, p->up.ticks[k]);
    bytes_print(p->out, "<path stroke=\"#e4e4e4\" d=\"M%.2f %.2fh%.2f\"/>", p->x, y, p->width);
    bytes_print(p->out, "<text x=\"%.2f\" y=\"%.2f\" text-anchor=\"end\">", p->x - 7, y + 4);
    add_number(p->out, &p->up, p->up.ticks[k]);
    bytes_print(p->out, "</text>\n");
  }
}

static void draw_frame(const Panel *p) {
  bytes_print(p->out, "<path fill=\"none\" stroke=\"#888\" d=\"M%.2f %.2fv%.2fh%.2f\"/>\n", p->x,
              p->y, p->height, p->width);
}

static void draw_labels(const Panel *p, double top) {
  const dp_axes *a = p->axes;
  const double middle = p->x + p->width / 2, centre = p->y + p->height / 2;
  if (a->title) {
    bytes_print(p->out, "<text x=\"%.2f\" y=\"%.2f\" font-weight=\"600\" fill=\"#222\">", p->x,
                top + 14);
    svg_text(p->out, a->title);
    bytes_print(p->out, "</text>\n");
  }
  if (a->x_label) {
    bytes_print(p->out, "<text x=\"%.2f\" y=\"%.2f\" text-anchor=\"middle\">", middle,
                p->y + p->height + 36);
    svg_text(p->out, a->x_label);
    bytes_print(p->out, "</text>\n");
  }
  if (a->y_label) {
    const double left = p->x - left_margin + 16;
    bytes_print(p->out, "<text text-anchor=\"middle\" "
                "transform=\"translate(%.2f %.2f) rotate(-90)\">", left, centre);
    svg_text(p->out, a->y_label);
    bytes_print(p->out, "</text>\n");
  }
}

/* ---- legend ---------------------------------------------------------------------------------- */

static double item_width(const char *label) {
  double letters = 0;
  for (; *label; label++) letters += (*label & 0xc0) != 0x80; /* UTF-8: bytes that begin a letter */
  return 26 + letter * letters + 16;
}

static void draw_sample(const Panel *p, const dp_series *s, const char *color, double x, double y) {
  switch (s->mark) {
    case DP_MARKERS:
      bytes_print(p->out, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"3\" fill=\"%s\"/>", x + 10, y,
                  color);
      break;
    case DP_BAND:
      bytes_print(p->out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"20\" height=\"10\" fill=\"%s\" "
                  "fill-opacity=\"0.2\"/>", x, y - 5, color);
      break;
    default:
      bytes_print(p->out, "<path stroke=\"%s\" stroke-width=\"2\"%s d=\"M%.2f %.2fH%.2f\"/>", color,
                  s->mark == DP_DASHES ? " stroke-dasharray=\"6 4\"" : "", x, y, x + 20);
  }
}

/* Lays the legend out in rows; draws it unless p is NULL. Returns the number of rows. */
static int lay_legend(const dp_axes *axes, double width, const Panel *p) {
  int rows = 0;
  double x = width + 1; /* the first item opens a row */
  for (int k = 0; k < axes->n_series; k++) {
    const dp_series *s = &axes->series[k];
    if (!s->label) continue;
    const double item = item_width(s->label);
    if (rows == 0 || x + item - 16 > width) rows++, x = 0;
    if (p) {
      const double left = p->x + x, y = p->legend_y + legend_row * (double)(rows - 1);
      draw_sample(p, s, color_of(axes, k), left, y);
      bytes_print(p->out, "<text x=\"%.2f\" y=\"%.2f\">", left + 26, y + 4);
      svg_text(p->out, s->label);
      bytes_print(p->out, "</text>\n");
    }
    x += item;
  }
  return rows;
}

/* ---- figure ---------------------------------------------------------------------------------- */

static void draw_panel(Bytes *out, const dp_axes *axes, int index, double left, double top,
                       double width, double height) {
  Panel p = {.axes = axes, .out = out, .index = index, .x = left + left_margin};
  Range x, y;
  p.width = fmax(width - left_margin - right_margin, 10);
  const int rows = lay_legend(axes, p.width, NULL);
  p.legend_y = top + top_margin + (axes->title ? title_height : 0);
  p.y = p.legend_y + legend_row * (double)rows - (rows ? 2 : 0);
  p.height = fmax(top + height - bottom_margin - p.y, 10);
  find_ranges(axes, &x, &y);
  p.across = scale_linear(x, axes->x_min, axes->x_max, 0, p.width / 80);
  p.up = axes->log_y ? scale_log(y, axes->y_min, axes->y_max)
                     : scale_linear(y, axes->y_min, axes->y_max, 0.05, p.height / 45);
  draw_shade(&p);
  draw_ticks_across(&p);
  draw_ticks_up(&p);
  draw_series(&p);
  draw_frame(&p);
  draw_labels(&p, top);
  lay_legend(axes, p.width, &p);
}

bool dp_plot_save(const char *path, const char *title, const dp_axes *axes, int count, int columns,
                  double width, double height, dp_host_error *error) {
  if (count < 1) return host_fail(error, "%s: a figure needs at least one panel", path);
  if (columns < 1) columns = 1;
  if (!(width > 0)) width = 480;
  if (!(height > 0)) height = 320;
  const int rows = (count + columns - 1) / columns;
  const double top = title ? SVG_TITLE : 0;
  Bytes out = {0};
  svg_begin(&out, width * columns, top + height * rows, title, left_margin);
  for (int k = 0; k < count; k++) {
    const int row = k / columns, column = k % columns;
    draw_panel(&out, &axes[k], k, width * column, top + height * row, width, height);
  }
  svg_end(&out);
  const bool ok = file_replace(path, &out, error);
  bytes_free(&out);
  return ok;
}
