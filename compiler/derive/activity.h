/* activity - which values vary with given ones. */
#ifndef DPC_DERIVE_ACTIVITY_H
#define DPC_DERIVE_ACTIVITY_H

#include "ir/ir.h"

/* Adds to `varied` every real value that depends differentiably on one already there: results of
 * the instructions first..last (of one region, in order) and what is inside their regions. */
void mark_varied(Module *m, ValueMap *varied, Instr *first, Instr *last);
void mark_varied_instr(Module *m, ValueMap *varied, Instr *instr);

static inline bool is_varied(const ValueMap *varied, const Value *value) {
  return value_map_has(varied, value);
}

#endif
