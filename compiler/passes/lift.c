#include "passes/lift.h"

#include "passes/loops.h"

/* One map in the body of a loop. */
typedef struct {
  Module *m;
  const ValueMap *pinned;
  Instr *loop, *map;
  ValueMap steady; /* values of the map's body that are the same in every step */
  ValueMap dear;   /* those of them that take an expensive function */
  ValueMap wanted; /* dear ones that something else uses */
  ValueList lifted;
} Lift;

static bool is_in_loop(const Lift *l, const Value *value) {
  const Region *region = value_region(value);
  for (int k = 0; k < l->loop->n_regions; k++)
    if (region_is_within(region, l->loop->regions[k])) return true;
  return false;
}

static bool is_counter(const Lift *l, const Value *value) {
  return !value->def && value->region == l->map->regions[0];
}

static bool is_steady(const Lift *l, const Value *value) {
  return value_map_has(&l->steady, value) || is_counter(l, value) || !is_in_loop(l, value);
}

/* The loop may run no step: only reads that are inside whatever the data are. */
static bool is_safe_read(const Lift *l, const Instr *index) {
  const Type *array = index->operands[0]->type;
  for (int d = 0; d < array->rank; d++) {
    const Value *at = index->operands[1 + d];
    if (!is_counter(l, at) || l->map->extents[at->index] != array->dims[d]) return false;
  }
  return true;
}

static void classify(Lift *l, const Instr *instr) {
  const bool is_prim = op_is_prim(instr->op);
  if (!is_prim && instr->op != OP_CONST && instr->op != OP_INDEX) return;
  if (instr->op == OP_INDEX && !is_safe_read(l, instr)) return;
  if (value_map_has(l->pinned, instr->results[0])) return;
  bool dear = is_prim && op_is_expensive(instr->op);
  for (int i = 0; i < instr->n_operands; i++) {
    if (!is_steady(l, instr->operands[i])) return;
    dear = dear || value_map_has(&l->dear, instr->operands[i]);
  }
  Value *result = instr->results[0];
  value_map_set(&l->steady, result, result);
  if (dear) value_map_set(&l->dear, result, result);
}

static void want(Lift *l, Value *value) {
  if (!value_map_has(&l->dear, value) || value_map_has(&l->wanted, value)) return;
  value_map_set(&l->wanted, value, value);
  vec_push(l->m->scratch, &l->lifted, value);
}

static void want_operands(Lift *l, const Instr *instr) {
  if (instr->n_results && value_map_has(&l->steady, instr->results[0])) return;
  for (int i = 0; i < instr->n_operands; i++) want(l, instr->operands[i]);
  ValueList free = {0};
  for (int k = 0; k < instr->n_regions; k++) region_free_values(l->m, instr->regions[k], &free);
  for (size_t i = 0; i < free.len; i++) want(l, free.at[i]);
}

/* The steady part of the body, as a map before the loop. */
static const Instr *build_lifted(Lift *l) {
  const Region *from = l->map->regions[0];
  Region *body = region_new(l->m);
  Builder in = builder_at_end(l->m, body), b = builder_before(l->m, l->loop);
  ValueMap copied = value_map_new(l->m->scratch);
  for (int d = 0; d < l->map->n_extents; d++) {
    const Value *param = from->params[d];
    value_map_set(&copied, param, region_param(l->m, body, param->type, param->name));
  }
  for (const Instr *instr = from->first; instr; instr = instr->next)
    if (instr->n_results && value_map_has(&l->steady, instr->results[0]))
      clone_instr(&in, instr, &copied);
  for (size_t i = 0; i < l->lifted.len; i++)
    region_add_yield(l->m, body, value_map_get(&copied, l->lifted.at[i]));
  b.span = l->map->span;
  return build_map(&b, l->map->n_extents, l->map->extents, body);
}

static bool extents_are_steady(const Lift *l) {
  for (int d = 0; d < l->map->n_extents; d++) {
    const Size *size = l->map->extents[d];
    for (int i = 0; i < size->n_terms; i++)
      for (int k = 0; k < size->terms[i].n_atoms; k++)
        if (is_in_loop(l, size->terms[i].atoms[k])) return false;
  }
  return true;
}

static int lift_from(Module *m, const ValueMap *pinned, Instr *loop, Instr *map) {
  Lift l = {.m = m, .pinned = pinned, .loop = loop, .map = map};
  if (!extents_are_steady(&l)) return 0;
  l.steady = l.dear = l.wanted = value_map_new(m->scratch);
  Region *body = map->regions[0];
  for (const Instr *instr = body->first; instr; instr = instr->next) classify(&l, instr);
  for (const Instr *instr = body->first; instr; instr = instr->next) want_operands(&l, instr);
  for (int i = 0; i < body->n_yields; i++) want(&l, body->yields[i]);
  if (l.lifted.len == 0) return 0;
  const Instr *lifted = build_lifted(&l);
  ValueMap replaced = value_map_new(m->scratch);
  for (size_t i = 0; i < l.lifted.len; i++) {
    Builder b = builder_before(m, l.lifted.at[i]->def);
    Value *element = build_index(&b, lifted->results[i], body->params);
    element->name = l.lifted.at[i]->name;
    value_map_set(&replaced, l.lifted.at[i], element);
  }
  region_replace(m, body, &replaced);
  return 1;
}

int lift_region(Module *m, Region *region, const ValueMap *pinned) {
  int changes = 0;
  const Instr *holder = region->parent;
  const bool in_loop = holder && (holder->op == OP_LOOP || holder->op == OP_WHILE);
  for (Instr *instr = region->first; instr; instr = instr->next) {
    for (int k = 0; k < instr->n_regions; k++) changes += lift_region(m, instr->regions[k], pinned);
    if (in_loop && instr->op == OP_MAP) changes += lift_from(m, pinned, region->parent, instr);
  }
  return changes;
}
