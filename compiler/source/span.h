/* span - a byte range in a source file. Line and column are computed only when something is
 * printed. */
#ifndef DPC_SOURCE_SPAN_H
#define DPC_SOURCE_SPAN_H

#include <stdint.h>

/* file 0 means "no place": made by the compiler. */
typedef struct {
  uint32_t file, start, end;
} Span;

#endif
