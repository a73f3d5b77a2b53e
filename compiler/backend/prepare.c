#include "backend/prepare.h"

#include "backend/schedule.h"

static void replace_by(ValueMap *map, const Value *value, Value *by) {
  value_map_set(map, value, value_map_get(map, by));
}

/* The first region of a custom function says what it computes. Its instructions are moved ahead of
 * it; the first one is
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

/* i mod n for an index i of 0..n-1. */
static bool is_plain_index(Module *m, const Instr *instr) {
  if (instr->op != OP_int_mod) return false;
  const Value *index = instr->operands[0];
  const Instr *holder = index->def ? NULL : index->region->parent;
  return holder && index->index < holder->n_extents &&
         holder->extents[index->index] == size_of_value(m, instr->operands[1]);
}

static void prepare_region(Module *m, Region *region, ValueMap *map) {
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    if (instr->op == OP_CUSTOM) {
      next = inline_custom(instr, map);
    } else if (instr->op == OP_COPY || instr->op == OP_STOP || is_plain_index(m, instr)) {
      replace_by(map, instr->results[0], instr->operands[0]);
      instr_unlink(instr);
    } else {
      for (int r = 0; r < instr->n_regions; r++) prepare_region(m, instr->regions[r], map);
    }
  }
}

void prepare_function(Module *m, Func *func) {
  ValueMap map = value_map_new(m->arena);
  prepare_region(m, func->body, &map);
  region_replace(m, func->body, &map);
  schedule_nests(m, func->body);
  schedule_packs(m, func->body);
  schedule_sums(func);
  schedule_reads(m, func->body);
}
