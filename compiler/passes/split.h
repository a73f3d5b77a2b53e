/* split - sums apart from transcendental functions. A part of fuse. */
#ifndef DPC_PASSES_SPLIT_H
#define DPC_PASSES_SPLIT_H

#include "ir/ir.h"

/* Before:  %h = map [n] {(i) %s = reduce sum [m] {..}  %y = tanh %s  yield %y}
 * After:   %s = map [n] {(i) .. yield the sum}   %h = map [n] {(i) %y = tanh (%s at i)  yield %y}
 *
 * The second loop vectorises, which an inner loop would prevent. Returns the number of maps
 * split. */
int split_maps(Module *m, Region *region);

#endif
