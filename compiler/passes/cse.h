/* cse - computes once what is computed twice. A part of simplify. */
#ifndef DPC_PASSES_CSE_H
#define DPC_PASSES_CSE_H

#include "ir/ir.h"

/* An instruction equal to one that is visible where it stands is replaced by it; regions are
 * compared up to the names of what they define. Pinned results keep their identity. Returns
 * changes. */
int share_region(Module *m, Region *body, const ValueMap *pinned);

#endif
