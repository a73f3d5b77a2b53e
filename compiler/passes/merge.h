/* merge - neighbouring maps or sweeps over the same space become one. A part of fuse. */
#ifndef DPC_PASSES_MERGE_H
#define DPC_PASSES_MERGE_H

#include "ir/ir.h"

/* Two maps, or two sweeps, over equal extents that read a common array become one with the results of
 * both: what they read is loaded once. Neither may need the other, but for a map that reads the
 * results of the other at its own point, and a sweep that goes on with the other's sums. Returns
 * the number of instructions that went into another. */
int merge_spaces(Module *m, Region *body);

#endif
