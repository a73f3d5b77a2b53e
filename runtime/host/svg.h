/* svg - what figures as SVG have in common: the page, its title, texts. */
#ifndef DP_SVG_H
#define DP_SVG_H

#include "host_file.h"

enum { SVG_TITLE = 36 }; /* the height that the title takes */

/* A white page, with a title at x where it is not NULL. */
void svg_begin(Bytes *out, double width, double height, const char *title, double title_x);
void svg_end(Bytes *out);
/* Text inside an element, with the signs of XML escaped. */
void svg_text(Bytes *out, const char *text);

#endif
