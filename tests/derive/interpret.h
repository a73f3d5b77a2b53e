/* interpret - runs IR directly, for tests of the passes: slow, small, and independent of the backend. */
#ifndef DPC_TESTS_INTERPRET_H
#define DPC_TESTS_INTERPRET_H

#include "ir/ir.h"

/* An array or scalar; ints and bools are held as doubles as well. */
typedef struct {
  int rank;
  int64_t dims[MAX_RANK];
  int64_t n;
  double *at;
} Datum;

Datum *datum_scalar(Arena *arena, double value);
Datum *datum_array(Arena *arena, int rank, const int64_t *dims);

/* Binds the region's parameters to args and gives its yields. A while that reaches its bound, an
 * index outside
 * its array or an unexpanded derivative aborts with a message. */
void interpret(Module *m, Region *region, Datum *const *args, Datum **yields);

#endif
