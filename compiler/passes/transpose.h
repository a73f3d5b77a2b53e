/* transpose - matrices that a loop walks across their rows are turned once, before it. */
#ifndef DPC_PASSES_TRANSPOSE_H
#define DPC_PASSES_TRANSPOSE_H

#include "ir/ir.h"
#include "source/diag.h"

/* Before:  loop {(t) .. map [n] {(i) .. index %A, %i, %one ..}}
 * After:   %B = map [m, n] {(j, i) index %A, %i, %j}   loop {(t) .. map [n] {(i) .. index %B, %one, %i ..}}
 *
 * Likewise for what a loop adds up in a matrix that it does not read: it is added up in the transposed
 * one, which is turned back behind the loop; what a sweep around the loop adds up begins there with zeros
 * and is added to the sweep's sum then. Only where more of the innermost loops run along the
 * columns than along the rows; a kernel for matrices asks for rows of its second factor. Comes last:
 * simplify would read the transposed matrix where it came from. Returns changes. */
int transpose_matrices(Module *m, Diag *diag);

/* The transposed matrix, at the builder's place. */
Value *build_turned(Builder *b, Value *matrix);

#endif
