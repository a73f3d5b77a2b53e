/* svg - the frame of every figure. */
#include "svg.h"

void svg_text(Bytes *out, const char *text) {
  for (; *text; text++) {
    switch (*text) {
      case '&': bytes_print(out, "&amp;"); break;
      case '<': bytes_print(out, "&lt;"); break;
      case '>': bytes_print(out, "&gt;"); break;
      case '"': bytes_print(out, "&quot;"); break;
      default: bytes_add(out, text, 1);
    }
  }
}

void svg_begin(Bytes *out, double width, double height, const char *title, double title_x) {
  bytes_print(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" "
              "xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"%g\" height=\"%g\" "
              "viewBox=\"0 0 %g %g\" font-size=\"12\" "
              "font-family=\"Helvetica, Arial, DejaVu Sans, sans-serif\" "
              "fill=\"#444\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
              width, height, width, height);
  if (!title) return;
  bytes_print(out, "<text x=\"%g\" y=\"25\" font-size=\"16\" font-weight=\"600\" fill=\"#222\">", title_x);
  svg_text(out, title);
  bytes_print(out, "</text>\n");
}

void svg_end(Bytes *out) { bytes_print(out, "</svg>\n"); }
