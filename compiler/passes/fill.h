/* fill - arrays of one value, which hoist and cse leave where they are. */
#ifndef DPC_PASSES_FILL_H
#define DPC_PASSES_FILL_H

#include "ir/ir.h"

/* Is it a map that only fills? Such an array is made where it is needed, because what begins with
 * it (a sum that accumulates, an array that is written) then owns it; one that is shared, or made
 * outside a loop, would have to be copied. */
static inline bool is_fill(const Instr *instr) {
  if (instr->op != OP_MAP) return false;
  for (const Instr *inner = instr->regions[0]->first; inner; inner = inner->next)
    if (inner->op != OP_CONST) return false;
  return true;
}

/* Is the array one of zeros? */
static inline bool is_zeros(const Value *array) {
  double fill;
  return array->def && is_fill(array->def) &&
         value_is_const_real(array->def->regions[0]->yields[array->index], &fill) && fill == 0;
}

#endif
