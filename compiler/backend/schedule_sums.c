/* Sums: an adjoint collects what it adds to x_bar in zeros of its own, and adds them at the end.
 * Where only a sweep
 * fills them, it can add to x_bar itself. */
#include "backend/schedule.h"

static bool is_zeros(const Value *value) {
  const Instr *def = value->def;
  if (!def || def->op != OP_MAP) return false;
  double zero;
  return value_is_const_real(def->regions[0]->yields[value->index], &zero) && zero == 0;
}

/* Is the value of the map's body the map's own element of `array`? */
static bool is_own_element(const Instr *map, const Value *value, const Value *array) {
  const Instr *def = value->def;
  if (!def || def->op != OP_INDEX || def->operands[0] != array || array->type != map->results[0]->type)
    return false;
  for (int d = 0; d < map->n_extents; d++)
    if (def->operands[1 + d] != map->regions[0]->params[d]) return false;
  return array->type->rank == map->n_extents;
}

/* The sweep of a chain of sweeps that sums from zeros on, or NULL; each takes up where the last
 * one ended, and nobody else
 * sees what is between. */
static Instr *first_of_chain(const Func *func, const Value *sum) {
  for (;;) {
    Instr *sweep = sum->def;
    if (!sweep || sweep->op != OP_SWEEP || sweep->parent != func->body) return NULL;
    if (uses_within(func->body, sum) != 1) return NULL;
    const Value *init = sweep->operands[sum->index];
    if (is_zeros(init)) return sweep;
    sum = init;
  }
}

/* Which accumulator of the first sweep the sum comes from. */
static int index_in_chain(const Value *sum, const Instr *first) {
  while (sum->def != first) sum = sum->def->operands[sum->index];
  return sum->index;
}

/* In `x[i] + s[i]`, the value s. */
static Value *sum_in(const Instr *map, const Value *param) {
  if (!map || map->op != OP_MAP || map->n_results != 1) return NULL;
  const Instr *add = map->regions[0]->yields[0]->def;
  if (!add || add->op != OP_add) return NULL;
  for (int k = 0; k < 2; k++) {
    const Instr *read = add->operands[k]->def;
    if (!read || read->op != OP_INDEX || !is_own_element(map, add->operands[1 - k], param)) continue;
    if (is_own_element(map, add->operands[k], read->operands[0])) return read->operands[0];
  }
  return NULL;
}

static void start_at_param(Func *func, Value *param, int result) {
  Value *yield = func->body->yields[result];
  if (param->type->rank == 0 || uses_within(func->body, param) != 1) return;
  Value *sum = sum_in(yield->def, param);
  Instr *first = sum ? first_of_chain(func, sum) : NULL;
  if (!first) return;
  first->operands[index_in_chain(sum, first)] = param;
  Instr *map = yield->def;
  func->body->yields[result] = sum;
  if (uses_within(func->body, yield) == 0) instr_unlink(map);
}

void schedule_sums(Func *func) {
  for (size_t i = 0; i < func->slots.len; i++) {
    const Slot *slot = &func->slots.at[i];
    if (slot->role != ROLE_INOUT) continue;
    for (int k = 0; k < slot->n_leaves; k++)
      if (slot->leaves[k].value && slot->leaves[k].result >= 0)
        start_at_param(func, slot->leaves[k].value, slot->leaves[k].result);
  }
}
