/* stages - long chains of transcendental functions in a small map become one map per link. */
#ifndef DPC_PASSES_STAGES_H
#define DPC_PASSES_STAGES_H

#include "ir/ir.h"
#include "source/diag.h"

/* Before:  %z = map [14] {(i) .. %y = tanh %x  .. %z = tanh (sigmoid %y * %x)  yield %z}
 * After:   %y = map [14] {(i) .. yield tanh %x}   %s = map [14] {(i) yield sigmoid (%y at i)}
 *          %z = map [14] {(i) yield tanh (%s at i * ..)}
 *
 * Each function waits for the one before it, for some 70 cycles, and a processor looks ahead some 256
 * instructions: not as far as the next points, if each has several functions in a row. One link of all
 * points after the other, it has always independent ones at hand. Links stay together where all points
 * are within its sight anyway.
 *
 * Right because the points of a map are independent, and each value is computed once, of the same operands,
 * by the same operations: no bit changes. What a later link needs is read at the own point from what
 * an earlier one gave; reads, ints and conditions on them, which do not depend on a function, are
 * repeated. Only where the extents are small constants, so that what goes from link to link stays in the
 * nearest cache; and no more such arrays than functions. Returns the number of maps taken apart. */
int take_links_apart(Module *m, Diag *diag);

#endif
