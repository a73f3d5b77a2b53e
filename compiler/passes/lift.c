#include "passes/lift.h"

#include "passes/loops.h"

/* One index space in the body of something that repeats it. */
typedef struct {
  Module *m;
  const ValueMap *pinned;
  Instr *loop, *space;
  ValueMap steady; /* values of the space's body that are the same in every step */
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
  return !value->def && value->region == l->space->regions[0] && value->index < l->space->n_extents;
}

static bool is_steady(const Lift *l, const Value *value) {
  return value_map_has(&l->steady, value) || is_counter(l, value) || !is_in_loop(l, value);
}

/* 0 <= index < dim whatever the data are, at every point of the space? */
static bool is_inside(const Lift *l, const Value *index, const Size *dim) {
  int64_t k, n, size;
  if (value_is_const_int(index, &k)) return k >= 0 && size_is_const(dim, &size) && k < size;
  if (!is_counter(l, index)) return false;
  const Size *extent = l->space->extents[index->index];
  return extent == dim || (size_is_const(extent, &n) && size_is_const(dim, &size) && n <= size);
}

/* The loop may run no step: only reads that are inside in any case. */
static bool is_safe_read(const Lift *l, const Instr *index) {
  const Type *array = index->operands[0]->type;
  for (int d = 0; d < array->rank; d++)
    if (!is_inside(l, index->operands[1 + d], array->dims[d])) return false;
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
  const Region *from = l->space->regions[0];
  Region *body = region_new(l->m);
  Builder in = builder_at_end(l->m, body), b = builder_before(l->m, l->loop);
  ValueMap copied = value_map_new(l->m->scratch);
  for (int d = 0; d < l->space->n_extents; d++) {
    const Value *param = from->params[d];
    value_map_set(&copied, param, region_param(l->m, body, param->type, param->name));
  }
  for (const Instr *instr = from->first; instr; instr = instr->next)
    if (instr->n_results && value_map_has(&l->steady, instr->results[0]))
      clone_instr(&in, instr, &copied);
  for (size_t i = 0; i < l->lifted.len; i++)
    region_add_yield(l->m, body, value_map_get(&copied, l->lifted.at[i]));
  b.span = l->space->span;
  return build_map(&b, l->space->n_extents, l->space->extents, body);
}

static bool extents_are_steady(const Lift *l) {
  for (int d = 0; d < l->space->n_extents; d++) {
    const Size *size = l->space->extents[d];
    for (int i = 0; i < size->n_terms; i++)
      for (int k = 0; k < size->terms[i].n_atoms; k++)
        if (is_in_loop(l, size->terms[i].atoms[k])) return false;
  }
  return true;
}

static int lift_from(Module *m, const ValueMap *pinned, Instr *loop, Instr *space) {
  Lift l = {.m = m, .pinned = pinned, .loop = loop, .space = space};
  if (!extents_are_steady(&l)) return 0;
  l.steady = l.dear = l.wanted = value_map_new(m->scratch);
  Region *body = space->regions[0];
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

/* Does it run its body more than once, as far as is known? */
static bool repeats(const Instr *holder) {
  if (holder->op == OP_LOOP || holder->op == OP_WHILE) return true;
  if (holder->op != OP_MAP && holder->op != OP_REDUCE && holder->op != OP_SWEEP) return false;
  for (int d = 0; d < holder->n_extents; d++) {
    int64_t n;
    if (!size_is_const(holder->extents[d], &n) || n > 1) return true;
  }
  return false;
}

int lift_region(Module *m, Region *region, const ValueMap *pinned) {
  if (region_is_flat(region)) return 0;
  int changes = 0;
  const bool is_repeated = region->parent && repeats(region->parent);
  for (Instr *instr = region->first; instr; instr = instr->next) {
    for (int k = 0; k < instr->n_regions; k++) changes += lift_region(m, instr->regions[k], pinned);
    const bool is_space = instr->op == OP_MAP || instr->op == OP_REDUCE || instr->op == OP_SWEEP;
    if (is_repeated && is_space) changes += lift_from(m, pinned, region->parent, instr);
  }
  return changes;
}
