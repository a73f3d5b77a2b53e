/* fold - local algebra: constants, index arithmetic, reads of maps and updates, trivial loops and
 * branches. A part of simplify. */
#ifndef DPC_PASSES_FOLD_H
#define DPC_PASSES_FOLD_H

#include "ir/ir.h"

/* `pinned` holds the values that a vjp or jvp differentiates with respect to: they keep their
 * identity and nothing looks through them. keep_copies: the module still has derivative
 * instructions. Returns changes. */
int fold_region(Module *m, Region *body, const ValueMap *pinned, bool keep_copies);

#endif
