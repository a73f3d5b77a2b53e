/* rows - an array that a loop carries and touches row by row becomes one array per row. */
#ifndef DPC_PASSES_ROWS_H
#define DPC_PASSES_ROWS_H

#include "ir/ir.h"
#include "source/diag.h"

/* Before:  loop %a {(t, %h: real[2, n]) .. index %h, 0, i ..  %g = update %h, row, 1, 0   yield %g}
 * After:   loop %a0, %a1 {(t, %h0: real[n], %h1: real[n]) .. index %h0, i ..  yield %h0, row}
 *
 * Only where the first extent is small and every place in it is a constant. What the loop writes in a row is
 * then an array that can be carried on, and kept by reverse mode, without the other rows. What a sweep in the
 * loop adds to rows, as adjoints do, it then adds to arrays of its own extents (settle.h). Returns
 * changes. */
int split_rows(Module *m, Diag *diag);

#endif
