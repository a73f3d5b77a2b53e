/* visible - the instructions that a derivative instruction differentiates. */
#ifndef DPC_DERIVE_VISIBLE_H
#define DPC_DERIVE_VISIBLE_H

#include "ir/ir.h"

typedef Vec(Instr *) InstrList;

/* Instructions before place, in its region and the enclosing ones, in program order, that
 * depend on the values marked in `varied` (which is extended by them). */
void visible_varied(Module *m, Instr *place, ValueMap *varied, InstrList *list);

#endif
