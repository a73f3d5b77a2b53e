#include "passes/loops.h"

bool any_instr(const Region *region, InstrTest *test) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    if (test(instr)) return true;
    for (int k = 0; k < instr->n_regions; k++)
      if (any_instr(instr->regions[k], test)) return true;
  }
  return false;
}

bool instr_is_loop(const Instr *instr) {
  return instr->op == OP_REDUCE || instr->op == OP_LOOP || instr->op == OP_WHILE ||
         instr->op == OP_SWEEP || instr->op == OP_MAP;
}

bool instr_is_transcendental(const Instr *instr) {
  return op_is_prim(instr->op) && op_is_expensive(instr->op);
}

bool instr_has_effect(const Instr *instr) { return op_is_effect(instr->op); }

bool holds_loops(const Region *region) {
  return !region_is_flat(region) && any_instr(region, instr_is_loop);
}

bool instr_is_smooth(const Instr *instr) {
  if (!op_is_prim(instr->op)) return true;
  switch ((int)instr->op) {
    case OP_add:
    case OP_sub:
    case OP_mul:
    case OP_div:
    case OP_neg: return true;
    default: return op_info(instr->op)->is_expensive;
  }
}

bool reads_array(const Region *region, const Value *array) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    if (instr->op == OP_INDEX && instr->operands[0] == array) return true;
    for (int k = 0; k < instr->n_regions; k++)
      if (reads_array(instr->regions[k], array)) return true;
  }
  return false;
}

bool yields_scalars(const Region *body) {
  for (int i = 0; i < body->n_yields; i++)
    if (body->yields[i]->type->rank > 0) return false;
  return true;
}

bool reads_own_point(const Instr *index, const Instr *space) {
  if (index->n_operands - 1 != space->n_extents) return false;
  for (int d = 0; d < space->n_extents; d++)
    if (index->operands[1 + d] != space->regions[0]->params[d]) return false;
  return true;
}
