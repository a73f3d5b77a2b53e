/* clone - copies of instructions and regions, replacing, free values. */
#include "ir/ir.h"

#include <string.h>

/* ---- copies -------------------------------------------------------------------------------- */

static void copy_attributes(Module *m, Instr *copy, const Instr *instr, const ValueMap *map) {
  copy->span = instr->span;
  copy->constant = instr->constant;
  copy->reduce = instr->reduce;
  copy->ranges = instr->ranges;
  copy->n_y = instr->n_y;
  copy->text = instr->text;
  copy->callee = instr->callee;
  copy->schedule = instr->schedule;
  copy->in_bytes = instr->in_bytes;
  if (instr->size) copy->size = size_mapped(m, map, instr->size);
  if (instr->disk) copy->disk = size_mapped(m, map, instr->disk);
  copy->n_extents = instr->n_extents;
  if (instr->n_extents == 0) return;
  copy->extents = ARENA_ARRAY(m->arena, Size *, (size_t)instr->n_extents);
  for (int d = 0; d < instr->n_extents; d++)
    copy->extents[d] = size_mapped(m, map, instr->extents[d]);
}

Instr *clone_instr(Builder *b, const Instr *instr, ValueMap *map) {
  Module *m = b->m;
  Value **operands = ARENA_ARRAY(m->scratch, Value *, (size_t)instr->n_operands);
  for (int i = 0; i < instr->n_operands; i++) operands[i] = value_map_get(map, instr->operands[i]);
  Region **regions = ARENA_ARRAY(m->scratch, Region *, (size_t)instr->n_regions);
  for (int i = 0; i < instr->n_regions; i++) regions[i] = clone_region(m, instr->regions[i], map);
  Type **types = ARENA_ARRAY(m->scratch, Type *, (size_t)instr->n_results);
  for (int i = 0; i < instr->n_results; i++)
    types[i] = type_mapped(m, map, instr->results[i]->type);

  Instr *copy = build_instr(b, instr->op, instr->n_operands, operands, instr->n_results, types,
                            instr->n_regions, regions);
  copy_attributes(m, copy, instr, map);
  for (int i = 0; i < instr->n_results; i++) {
    copy->results[i]->name = instr->results[i]->name;
    value_map_set(map, instr->results[i], copy->results[i]);
  }
  return copy;
}

void clone_region_into(Builder *b, const Region *region, ValueMap *map) {
  for (const Instr *instr = region->first; instr; instr = instr->next) clone_instr(b, instr, map);
}

Region *clone_region(Module *m, const Region *region, ValueMap *map) {
  Region *copy = region_new(m);
  for (int i = 0; i < region->n_params; i++) {
    Value *param = region->params[i];
    value_map_set(map, param,
                  region_param(m, copy, type_mapped(m, map, param->type), param->name));
  }
  Builder b = builder_at_end(m, copy);
  clone_region_into(&b, region, map);
  for (int i = 0; i < region->n_yields; i++)
    region_add_yield(m, copy, value_map_get(map, region->yields[i]));
  return copy;
}

/* ---- replacing ----------------------------------------------------------------------------- */

static void replace_in_instr(Module *m, Instr *instr, const ValueMap *map) {
  for (int i = 0; i < instr->n_operands; i++)
    instr->operands[i] = value_map_get(map, instr->operands[i]);
  if (instr->size) instr->size = size_mapped(m, map, instr->size);
  if (instr->disk) instr->disk = size_mapped(m, map, instr->disk);
  for (int d = 0; d < instr->n_extents; d++)
    instr->extents[d] = size_mapped(m, map, instr->extents[d]);
  for (int i = 0; i < instr->n_results; i++)
    instr->results[i]->type = type_mapped(m, map, instr->results[i]->type);
  for (int i = 0; i < instr->n_regions; i++) region_replace(m, instr->regions[i], map);
}

void region_replace(Module *m, Region *region, const ValueMap *map) {
  for (int i = 0; i < region->n_params; i++)
    region->params[i]->type = type_mapped(m, map, region->params[i]->type);
  for (Instr *instr = region->first; instr; instr = instr->next) replace_in_instr(m, instr, map);
  for (int i = 0; i < region->n_yields; i++)
    region->yields[i] = value_map_get(map, region->yields[i]);
}

/* ---- free values --------------------------------------------------------------------------- */

typedef struct {
  Module *m;
  const Region *root;
  uint32_t mark;
  ValueList *list;
} FreeValues;

static void note_use(FreeValues *free, Value *value) {
  if (value->mark == free->mark) return;
  value->mark = free->mark;
  if (!region_is_within(value_region(value), free->root))
    vec_push(free->m->scratch, free->list, value);
}

static void note_size(FreeValues *free, const Size *size) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++) note_use(free, size->terms[i].atoms[k]);
}

static void note_type(FreeValues *free, const Type *type) {
  for (int d = 0; d < type->rank; d++) note_size(free, type->dims[d]);
}

static void note_region(FreeValues *free, const Region *region) {
  for (int i = 0; i < region->n_params; i++) note_type(free, region->params[i]->type);
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    for (int i = 0; i < instr->n_operands; i++) note_use(free, instr->operands[i]);
    if (instr->size) note_size(free, instr->size);
    if (instr->disk) note_size(free, instr->disk);
    for (int d = 0; d < instr->n_extents; d++) note_size(free, instr->extents[d]);
    for (int i = 0; i < instr->n_results; i++) note_type(free, instr->results[i]->type);
    for (int i = 0; i < instr->n_regions; i++) note_region(free, instr->regions[i]);
  }
  for (int i = 0; i < region->n_yields; i++) note_use(free, region->yields[i]);
}

void region_free_values(Module *m, const Region *region, ValueList *list) {
  FreeValues free = {m, region, ++m->last_mark, list};
  note_region(&free, region);
}
