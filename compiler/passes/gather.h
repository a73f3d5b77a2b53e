/* gather - several sums of what one map makes become one sweep. A part of fuse. */
#ifndef DPC_PASSES_GATHER_H
#define DPC_PASSES_GATHER_H

#include "ir/ir.h"

/* Before:  %p, %q = map [n] {..}   %s = sum of %p   %r = sum of %q
 * After:   %s, %r = sweep [n] 0, 0 {.. accum %s, accum %r}
 *
 * A sum and its tangents come out of derive in the first form; in the second nothing is stored.
 * Returns the number of maps that are gone. */
int gather_sums(Module *m, Region *body);

#endif
