/* hoist - moves what does not change out of loops and index spaces. A part of simplify. */
#ifndef DPC_PASSES_HOIST_H
#define DPC_PASSES_HOIST_H

#include "ir/ir.h"

/* Pure instructions whose operands are all defined outside go before the loop, map, reduce or sweep
 * that holds them. Reads of arrays only where the index is known to be inside, because the loop may
 * run no iteration at all; nothing leaves a branch. Returns changes. */
int hoist_region(Module *m, Region *body);

#endif
