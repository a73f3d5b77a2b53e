/* blocks - a sum over the members of an ensemble, or over points, is taken block by block. */
#ifndef DPC_PASSES_BLOCKS_H
#define DPC_PASSES_BLOCKS_H

#include "ir/ir.h"
#include "source/diag.h"

/* Before:  reduce sum [%M] {(m) ..}
 * After:   reduce sum [blocks] {(b) reduce sum [min(8, %M - 8 b)] {(j) .. m = 8 b + j ..}}
 *
 * The passes after it, batch and derive, then see an ensemble of at most 8 members: these take all
 * their steps, forwards and back, before the next block begins. The tape is one block's, which fits
 * in a cache, instead of growing with the number of members.
 *
 * When it is right: always. The blocks' members are each of 0..M-1 once, in order; that they are
 * added in another order is all that changes, and that order depends on M alone, not on threads.
 *
 * When it is done: to sums that batch takes apart (batch.h), over many members or a number that is not
 * known, with loops in them, so that there are tapes; where the matrices that the members share stay near
 * in the cache from block to block, as each block reads them again; and where the sum goes into
 * what is differentiated linearly. For otherwise its adjoint would need the sum over all
 * members before the first of them goes back, and each would have to go forwards twice.
 *
 * A sum over points that make arrays of their own but have no loops is taken in blocks of 128, where
 * a vjp is taken in the function, nothing stands around the sum, and batch does not take it apart: the arrays
 * kept for the way back are then one block's. Returns the number of sums that changed. */
int take_members_in_blocks(Module *m, Diag *diag);

#endif
