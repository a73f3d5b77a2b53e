/* pack - lays the IR side by side in memory, in the order in which it is walked.
 *
 * Passes drop instructions and put new ones between old ones: with time, what follows in a region lies
 * anywhere, among what is no longer there, and each walk over a long function waits for memory at each
 * step. Ids, types and regions stay as they are; pointers to instructions and values become invalid. */
#ifndef DPC_IR_PACK_H
#define DPC_IR_PACK_H

#include "ir/ir.h"

/* Where there were many changes for the size of the module. */
void module_pack(Module *m, int changes);

#endif
