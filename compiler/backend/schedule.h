/* schedule - order and shape of loops and reads, before storages are planned: what C compilers
 * cannot see. */
#ifndef DPC_BACKEND_SCHEDULE_H
#define DPC_BACKEND_SCHEDULE_H

#include "ir/ir.h"

/* Reads of an array move ahead of its update, so that the update can happen in place. */
void schedule_reads(Module *m, Region *region);
/* Nests in which the outer index is the contiguous one become a sweep over both, whose order the
 * writer chooses. */
void schedule_nests(Module *m, Region *region);
/* The counter of the space that will be the innermost loop. */
const Value *schedule_innermost(const Instr *space);
/* What vector loops of a nest read with strides, again and again, is copied once in the order in which it
 * is read. Comes after schedule_nests. */
void schedule_packs(Module *m, Region *region);
/* Sums that start at zero and are added to a parameter which the function adds to start at the
 * parameter. */
void schedule_sums(Func *func);

#endif
