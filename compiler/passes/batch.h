/* batch - what is computed for each member of a batch alone is computed layer by layer for all. */
#ifndef DPC_PASSES_BATCH_H
#define DPC_PASSES_BATCH_H

#include "ir/ir.h"
#include "source/diag.h"

/* Before:  map [%B] {(b) %h = map [n] {(i) tanh of the sum over k of %W at i, k times %x at b, k}
 *                        %y = map [m] {(i) the sum over k of %V at i, k times %h at k}   yield %y}
 * After:   %h = map [%B, n] {(b, i) ..}   %y = map [%B, m] {(b, i) .. %h at b, k ..}
 *
 * So the layers of a network that is applied to each member become products of matrices, forwards and,
 * as this comes before derive, backwards. A loop in the map becomes a loop of maps. A sum over a batch
 * is taken apart likewise. Intermediate results are kept for the whole batch, so this is done only to
 * maps in which a matrix that all members share is multiplied with something of each, and which have
 * nothing else in them but scalar code, index spaces and loops. Returns changes. */
int batch_maps(Module *m, Diag *diag);

/* Is the map or reduction one of those? */
bool is_batch(Module *m, Instr *space);

#endif
