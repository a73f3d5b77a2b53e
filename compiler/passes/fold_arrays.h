/* fold_arrays - the rules of fold for array instructions. Each returns what takes the place of the
 * instruction's result, or NULL. */
#ifndef DPC_PASSES_FOLD_ARRAYS_H
#define DPC_PASSES_FOLD_ARRAYS_H

#include "passes/fold_rules.h"

Value *fold_index(Fold *f, Builder *b, Instr *index);
Value *fold_update(Fold *f, Instr *update);
Value *fold_accum(Fold *f, Instr *accum);
Value *fold_map(Fold *f, Instr *map);
Value *fold_reduce(Fold *f, Builder *b, Instr *reduce);

#endif
