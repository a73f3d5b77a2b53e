/* simplify - fold, share, hoist and drop, until nothing changes. */
#ifndef DPC_PASSES_SIMPLIFY_H
#define DPC_PASSES_SIMPLIFY_H

#include "ir/ir.h"
#include "source/diag.h"

/* Keeps the meaning of every function, and of the derivative instructions still in it: what they
 * differentiate with respect to is never looked through. Returns changes. */
int simplify(Module *m, Diag *diag);

#endif
