/* c_names - readable C identifiers, unique where they are visible. */
#ifndef DPC_BACKEND_C_NAMES_H
#define DPC_BACKEND_C_NAMES_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct CNames CNames;

/* ASCII letters, digits and underscores: θ gives theta, "prey.layers.0.W" gives prey_layers_0_W. A
 * name that C or C++
 * reserves gets an underscore at its end. */
Name c_identifier(Names *names, const char *text);
/* The same in capitals, for macros. */
Name c_macro(Names *names, const char *text);

CNames *c_names_new(Arena *arena, Names *names);
/* A name like the hint that is not in use; it stays in use until the mark before it is released. */
Name c_names_take(CNames *n, const char *hint);
size_t c_names_mark(const CNames *n);
void c_names_release(CNames *n, size_t mark);

#endif
