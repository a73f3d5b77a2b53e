/* defer - outer products that a loop adds up become matrix products over blocks of its steps. */
#ifndef DPC_PASSES_DEFER_H
#define DPC_PASSES_DEFER_H

#include "ir/ir.h"
#include "source/diag.h"

/* Before:  loop %n, %W, %x {(t) ..  %W.2 = %W with %d[i] * %y[k] added at all i, k   yield %W.2, ..}
 * After:   loop %blocks, %W, %x {(c)  loop %steps, %x, %D {(s) ..  %D.2 = %D with row s = %d  yield ..}
 *                                     %W.2 = %W with %D[s, i] * %Y[s, k] added at all s, i, k  yield ..}
 *
 * The gradient of a weight matrix over a time loop is such a sum. It may wait because nothing in the
 * loop reads it. What its rows and columns are made of is kept for the steps of one block; where it is
 * read from an array outside of the loop, as from a tape, it is read there. The terms of an element
 * are added in the order of the steps, as before, so the length of a block, or a loop that is cut in
 * pieces by a checkpoint schedule, does not show in the result. Returns changes. */
int defer_products(Module *m, Diag *diag);

#endif
