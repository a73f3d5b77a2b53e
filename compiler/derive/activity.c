#include "derive/activity.h"

#include "ir/op.h"

static void mark(ValueMap *varied, Value *value) {
  if (type_is_real(value->type)) value_map_set(varied, value, value);
}

static bool any_operand_varied(const ValueMap *varied, const Instr *instr) {
  for (int i = 0; i < instr->n_operands; i++)
    if (is_varied(varied, instr->operands[i])) return true;
  return false;
}

static void mark_all_results(ValueMap *varied, const Instr *instr) {
  for (int i = 0; i < instr->n_results; i++) mark(varied, instr->results[i]);
}

static void mark_region(Module *m, ValueMap *varied, const Region *region) {
  if (region->first) mark_varied(m, varied, region->first, region->last);
}

/* Carried values vary if their start does or if a step makes them: repeated until nothing is new. */
static void mark_carried(Module *m, ValueMap *varied, const Instr *instr, Region *body,
                         int first_operand, int first_param) {
  const int n = instr->n_operands - first_operand;
  for (int i = 0; i < n; i++)
    if (is_varied(varied, instr->operands[first_operand + i]))
      mark(varied, body->params[first_param + i]);
  for (bool changed = true; changed;) {
    changed = false;
    mark_region(m, varied, body);
    for (int i = 0; i < n; i++) {
      Value *param = body->params[first_param + i];
      if (!is_varied(varied, body->yields[i]) || is_varied(varied, param)) continue;
      mark(varied, param);
      changed = true;
    }
  }
  for (int i = 0; i < n; i++)
    if (is_varied(varied, body->params[first_param + i])) mark(varied, instr->results[i]);
}

static void mark_yielded(Module *m, ValueMap *varied, const Instr *instr) {
  for (int k = 0; k < instr->n_regions; k++) {
    mark_region(m, varied, instr->regions[k]);
    for (int i = 0; i < instr->n_results; i++)
      if (is_varied(varied, instr->regions[k]->yields[i])) mark(varied, instr->results[i]);
  }
}

void mark_varied_instr(Module *m, ValueMap *varied, Instr *instr) {
  switch ((int)instr->op) {
    case OP_CONST:
    case OP_SIZE:
    case OP_STOP:
    case OP_CHECK:
    case OP_PRINT: return;
    case OP_MAP:
    case OP_REDUCE:
    case OP_IF: mark_yielded(m, varied, instr); return;
    case OP_SWEEP:
      mark_carried(m, varied, instr, instr->regions[0], 0, instr->n_extents);
      return;
    case OP_LOOP: mark_carried(m, varied, instr, instr->regions[0], 1, 1); return;
    case OP_WHILE: mark_carried(m, varied, instr, instr->regions[1], 1, 1); return;
    default:
      if (op_is_prim(instr->op) && op_is_step(instr->op)) return;
      if (any_operand_varied(varied, instr)) mark_all_results(varied, instr);
  }
}

void mark_varied(Module *m, ValueMap *varied, Instr *first, Instr *last) {
  for (Instr *instr = first; instr; instr = instr->next) {
    mark_varied_instr(m, varied, instr);
    if (instr == last) return;
  }
}
