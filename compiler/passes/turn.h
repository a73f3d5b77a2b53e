/* turn - a matrix that a long loop multiplies with a vector step by step is turned once, before it. */
#ifndef DPC_PASSES_TURN_H
#define DPC_PASSES_TURN_H

#include "ir/ir.h"
#include "source/diag.h"

/* Before:  loop {(t) .. %y = map [n] {(i) reduce sum [m] {(k) %W at i, k times %x at k}} ..}
 * After:   %V = map [m, n] {(k, i) %W at i, k}
 *          loop {(t) .. %y = map [n] {(i) reduce sum [m] {(k) %V at k, i times %x at k}} ..}
 *
 * Columns of the matrix are then added up side by side, without a sum over the lanes of a vector at the
 * end of each row. The value is the same sum of the same terms; the kernel adds them in another order, which
 * is why this comes before checkpoint: all copies of a step read the matrix that their step does. Only
 * matrices of a constant and moderate size, which none of the loops changes, and where no index space
 * stands between the loop and the product: such spaces are batches, or become lanes. Returns the number
 * of products that read a turned matrix. */
int turn_matrices(Module *m, Diag *diag);

/* Is the element of a turned matrix read as such a product reads it, so that nobody may read it where it
 * came from? */
bool reads_turned(const Instr *index);

#endif
