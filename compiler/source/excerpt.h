/* excerpt - source lines with carets and labels under them, as diag prints them. */
#ifndef DPC_SOURCE_EXCERPT_H
#define DPC_SOURCE_EXCERPT_H

#include "base/arena.h"
#include "base/vec.h"
#include "source/source.h"

#include <stdio.h>

/* text may be NULL: carets only. */
typedef struct {
  Span span;
  const char *text;
} Mark;

typedef Vec(Mark) MarkList;

/* Prints each line that a mark begins on, in order, with the marks under it. All marks are in the
 * same file. */
void excerpt_print(const Sources *sources, Arena *arena, const MarkList *marks, FILE *stream);

#endif
