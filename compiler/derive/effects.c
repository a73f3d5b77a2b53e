#include "derive/effects.h"

void strip_effects(Instr *first, Instr *last) {
  for (Instr *instr = first, *next; instr; instr = next) {
    next = instr == last ? NULL : instr->next;
    for (int i = 0; i < instr->n_regions; i++)
      strip_effects(instr->regions[i]->first, instr->regions[i]->last);
    if (instr->op == OP_CHECK || instr->op == OP_PRINT) instr_unlink(instr);
  }
}
