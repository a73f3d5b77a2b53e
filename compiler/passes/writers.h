/* writers - which update or accum of a chain wrote an element last, without walking the chain.
 *
 * A run is a chain of writes of blocks of one kind: along some dimensions single places, which differ from
 * each other by constants only, along the others the whole. In a run the last writer of a block is looked
 * up by those constants; a write of another kind, or a second one to the same array, begins a new run. */
#ifndef DPC_PASSES_WRITERS_H
#define DPC_PASSES_WRITERS_H

#include "passes/fold_rules.h"

/* Follows *array, the result of an update or accum, back through its run, to the last writer of the
 * element `at` or, where nobody in the run writes it, to the array before the run. Nothing changes
 * where that can't be told without looking at single writes. */
void find_writer(Fold *f, Value **array, Value *const *at);
/* Is the dimension d of the array covered by dimension block_dim of the block that is written? */
bool is_whole_dimension(const Fold *f, const Instr *update, int d, int block_dim);

#endif
