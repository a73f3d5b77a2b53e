/* ranges - what the counters of loops and index spaces say about ints. A part of fold. */
#ifndef DPC_PASSES_RANGES_H
#define DPC_PASSES_RANGES_H

#include "passes/fold_rules.h"

/* Is a + distance <= b whatever the data are? A counter lies in 0 .. extent - 1 inside its body. False
 * where that can't be told. */
bool int_at_most(Fold *f, Value *a, Value *b, int64_t distance);
bool int_is_never_negative(Fold *f, Value *a);

#endif
