#include "passes/places.h"

typedef struct {
  Module *m;
  const Instr *space;
  int counter;
  int64_t offset;
} Offset;

static bool is_counter_of(const Instr *space, const Value *value) {
  return !value->def && value->region == space->regions[0] && value->index < space->n_extents;
}

/* counter + constant, found from its polynomial. */
static bool is_offset(Offset *o, Value *value) {
  const Size *size = size_of_value(o->m, value);
  o->counter = -1;
  o->offset = 0;
  for (int i = 0; i < size->n_terms; i++) {
    const SizeTerm *term = &size->terms[i];
    if (term->n_atoms == 0) {
      o->offset = term->coef;
    } else {
      if (term->n_atoms > 1 || term->coef != 1 || o->counter >= 0) return false;
      if (!is_counter_of(o->space, term->atoms[0])) return false;
      o->counter = term->atoms[0]->index;
    }
  }
  return o->counter >= 0 && o->offset >= -MAX_OFFSET && o->offset <= MAX_OFFSET;
}

static bool is_size_of(Module *m, Value *value, const Size *size) {
  return size_of_value(m, value) == size;
}

/* (counter + offset) mod modulus. */
static bool is_wrapped(Offset *o, const Value *value, const Size *modulus) {
  const Instr *mod = value->def;
  return mod && mod->op == OP_int_mod && is_size_of(o->m, mod->operands[1], modulus) &&
         is_offset(o, mod->operands[0]);
}

/* max(.., 0) and min(.., dim - 1), in any order, around counter + offset. */
static bool is_clamped(Offset *o, Value *value, Size *dim) {
  Size *last = size_sub(o->m, dim, size_const(o->m, 1)), *zero = size_const(o->m, 0);
  for (int depth = 0; depth < 2; depth++) {
    const Instr *def = value->def;
    if (!def || (def->op != OP_min && def->op != OP_max)) return false;
    const Size *bound = def->op == OP_min ? last : zero;
    if (is_size_of(o->m, def->operands[1], bound)) value = def->operands[0];
    else if (is_size_of(o->m, def->operands[0], bound)) value = def->operands[1];
    else return false;
    if (is_offset(o, value)) return true;
  }
  return false;
}

/* last - max(last - f, f - last) with f = (counter + offset) mod 2 last: between 0 and last it is
 * f, and beyond that it turns back. */
static bool is_mirrored(Offset *o, const Value *value, Size *dim) {
  Size *last = size_sub(o->m, dim, size_const(o->m, 1));
  const Instr *def = value->def;
  if (!def || def->op != OP_sub || !is_size_of(o->m, def->operands[0], last)) return false;
  const Instr *max = def->operands[1]->def;
  if (!max || max->op != OP_max) return false;
  const Instr *fall = max->operands[0]->def, *rise = max->operands[1]->def;
  if (!fall || !rise || fall->op != OP_sub || rise->op != OP_sub) return false;
  if (!is_size_of(o->m, fall->operands[0], last) || !is_size_of(o->m, rise->operands[1], last))
    return false;
  return fall->operands[1] == rise->operands[0] &&
         is_wrapped(o, fall->operands[1], size_add(o->m, last, last));
}

static bool is_fixed(const Instr *space, const Value *index) {
  if (index->def && index->def->op == OP_CONST) return true;
  return !region_is_within(value_region(index), space->regions[0]);
}

IndexPlace place_of(Module *m, const Instr *space, Value *index, Size *dim) {
  Offset o = {.m = m, .space = space, .counter = -1};
  IndexPlace place = {PLACE_UNKNOWN, -1, 0, index};
  if (is_fixed(space, index)) {
    place.kind = PLACE_FIXED;
    return place;
  }
  if (is_offset(&o, index)) place.kind = PLACE_SHIFT;
  else if (is_wrapped(&o, index, dim)) place.kind = PLACE_WRAP;
  else if (is_clamped(&o, index, dim) || is_mirrored(&o, index, dim)) place.kind = PLACE_BOUND;
  if (place.kind == PLACE_UNKNOWN) return place;
  if (place.kind != PLACE_SHIFT && space->extents[o.counter] != dim)
    return (IndexPlace){PLACE_UNKNOWN, -1, 0, index};
  place.counter = o.counter;
  place.offset = o.offset;
  return place;
}
