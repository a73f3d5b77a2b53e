/* overwrite - sums that begin with an array which their sweep reads are written over its copy.
 * A part of stencil. */
#ifndef DPC_PASSES_OVERWRITE_H
#define DPC_PASSES_OVERWRITE_H

#include "ir/ir.h"

/* Before:  sweep [n] %u .. {(i, a) %x = index %u, ..   accum a, %v, i}
 * After:   sweep [n] (zeros) .. {(i, a) %x = index %u, ..   %w = index %u, i   accum a, %w + %v, i}
 *
 * Where points read %u the sum cannot take its place: it would begin as a copy. Right where each point
 * adds once, to the element at its own place, and the points are all elements; the zeros are then
 * never filled in. Returns changes. */
int overwrite_sums(Module *m, Region *body);

/* The accum of accumulator k, if that is an array all of whose elements get theirs there alone: each once,
 * from the point at their own place. Else NULL. */
Instr *own_accum(const Instr *sweep, int k);
/* The change, for an accumulator that own_accum finds. */
void write_sum(Module *m, Instr *sweep, int k);

#endif
