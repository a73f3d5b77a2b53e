#include "backend/prepare.h"

static void replace_by(ValueMap *map, const Value *value, Value *by) {
  value_map_set(map, value, value_map_get(map, by));
}

/* The first region of a custom function says what it computes. Its instructions are moved ahead of it; the first one is
 * returned, to be looked at in turn. Once the region is empty, its yields stand for the results. */
static Instr *inline_custom(Instr *custom, ValueMap *map) {
  Region *primal = custom->regions[0];
  for (int k = 0; k < primal->n_params; k++)
    replace_by(map, primal->params[k], custom->operands[k]);
  Instr *first = primal->first;
  while (primal->first) instr_move_before(primal->first, custom);
  if (first) return first;
  Instr *next = custom->next;
  for (int k = 0; k < custom->n_results; k++) replace_by(map, custom->results[k], primal->yields[k]);
  instr_unlink(custom);
  return next;
}

static void prepare_region(Region *region, ValueMap *map) {
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    if (instr->op == OP_CUSTOM) {
      next = inline_custom(instr, map);
    } else if (instr->op == OP_COPY || instr->op == OP_STOP) {
      replace_by(map, instr->results[0], instr->operands[0]);
      instr_unlink(instr);
    } else {
      for (int r = 0; r < instr->n_regions; r++) prepare_region(instr->regions[r], map);
    }
  }
}

void prepare_function(Module *m, Func *func) {
  ValueMap map = value_map_new(m->arena);
  prepare_region(func->body, &map);
  region_replace(m, func->body, &map);
}
