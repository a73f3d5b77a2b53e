#include "ir/ir.h"

#include "ir/intern.h"

#include <assert.h>
#include <string.h>

_Static_assert(sizeof(void *) != 8 || sizeof(Instr) % CACHE_LINE_BYTES == 0, "instructions are whole lines");

Module *module_new(Arena *arena, Names *names) {
  Module *m = ARENA_NEW(arena, Module);
  m->arena = arena;
  m->scratch = arena_child(arena);
  m->instrs = arena_child(arena);
  m->values = arena_child(arena);
  m->other_instrs = arena_child(arena);
  m->other_values = arena_child(arena);
  m->names = names;
  m->real_bytes = 8;
  m->types = intern_table_new(arena);
  m->sizes = intern_table_new(arena);
  return m;
}

/* ---- builders ------------------------------------------------------------------------------ */

Builder builder_at_end(Module *m, Region *region) { return (Builder){.m = m, .region = region}; }

Builder builder_before(Module *m, Instr *instr) {
  return (Builder){.m = m, .region = instr->parent, .before = instr, .span = instr->span};
}

Builder builder_after(Module *m, Instr *instr) {
  return (Builder){.m = m, .region = instr->parent, .before = instr->next, .span = instr->span};
}

static void count(Region *region, const Instr *instr, int change) {
  if (instr->n_regions > 0) region->n_holders += change;
  if (op_is_effect(instr->op)) region->n_effects += change;
}

static void insert(Region *region, Instr *instr, Instr *before) {
  instr->parent = region;
  count(region, instr, 1);
  instr->next = before;
  instr->prev = before ? before->prev : region->last;
  if (instr->prev) instr->prev->next = instr;
  else region->first = instr;
  if (before) before->prev = instr;
  else region->last = instr;
}

void instr_unlink(Instr *instr) {
  Region *region = instr->parent;
  count(region, instr, -1);
  if (instr->prev) instr->prev->next = instr->next;
  else region->first = instr->next;
  if (instr->next) instr->next->prev = instr->prev;
  else region->last = instr->prev;
  instr->prev = instr->next = NULL;
  instr->parent = NULL;
}

void instr_move_before(Instr *instr, Instr *place) {
  instr_unlink(instr);
  insert(place->parent, instr, place);
}

bool region_has_effects(const Region *region) {
  if (region->n_effects > 0 || region_is_flat(region)) return region->n_effects > 0;
  for (const Instr *instr = region->first; instr; instr = instr->next)
    for (int k = 0; k < instr->n_regions; k++)
      if (region_has_effects(instr->regions[k])) return true;
  return false;
}

/* ---- regions ------------------------------------------------------------------------------- */

static Value *value_new(Module *m, Type *type, Name name) {
  Value *value = ARENA_NEW(m->values, Value);
  value->type = type;
  value->name = name;
  value->id = m->next_id++;
  return value;
}

/* A list of n values has room for the next power of two, so that lists that grow are copied rarely. */
static Value **list_new(Module *m, int n) {
  size_t room = n > 0;
  while (room < (size_t)n) room *= 2;
  return ARENA_ARRAY(m->arena, Value *, room);
}

/* The list with one more value. */
static Value **appended(Module *m, Value **list, int n, Value *value) {
  const bool is_full = (n & (n - 1)) == 0;
  Value **longer = is_full ? list_new(m, n + 1) : list;
  if (is_full && n) memcpy(longer, list, sizeof *list * (size_t)n);
  longer[n] = value;
  return longer;
}

Region *region_new(Module *m) { return ARENA_NEW(m->arena, Region); }

Value *region_param(Module *m, Region *region, Type *type, Name name) {
  Value *param = value_new(m, type, name);
  param->region = region;
  param->index = region->n_params;
  region->params = appended(m, region->params, region->n_params++, param);
  return param;
}

void region_set_yields(Module *m, Region *region, int n, Value *const *yields) {
  region->n_yields = n;
  region->yields = list_new(m, n);
  if (n) memcpy(region->yields, yields, sizeof *yields * (size_t)n);
}

void region_add_yield(Module *m, Region *region, Value *value) {
  region->yields = appended(m, region->yields, region->n_yields++, value);
}

/* ---- instructions -------------------------------------------------------------------------- */

Instr *build_instr(Builder *b, Op op, int n_operands, Value *const *operands, int n_results,
                   Type *const *result_types, int n_regions, Region *const *regions) {
  Instr *instr = ARENA_NEW(b->m->instrs, Instr);
  instr->op = op;
  instr->span = b->span;
  instr->n_operands = n_operands;
  instr->operands = n_operands > 2 ? list_new(b->m, n_operands) : instr->own_operands;
  if (n_operands) memcpy(instr->operands, operands, sizeof *operands * (size_t)n_operands);
  instr->n_results = n_results;
  instr->results = n_results > 1 ? list_new(b->m, n_results) : &instr->own_result;
  for (int i = 0; i < n_results; i++) {
    instr->results[i] = value_new(b->m, result_types[i], NULL);
    instr->results[i]->def = instr;
    instr->results[i]->index = i;
  }
  instr->n_regions = n_regions;
  instr->regions = ARENA_ARRAY(b->m->arena, Region *, (size_t)n_regions);
  for (int i = 0; i < n_regions; i++) {
    instr->regions[i] = regions[i];
    regions[i]->parent = instr;
  }
  insert(b->region, instr, b->before);
  return instr;
}

Value *instr_add_result(Module *m, Instr *instr, Type *type, Name name) {
  Value *result = value_new(m, type, name);
  result->def = instr;
  result->index = instr->n_results;
  instr->results = appended(m, instr->results, instr->n_results++, result);
  return result;
}

void instr_add_operand(Module *m, Instr *instr, Value *value) {
  instr->operands = appended(m, instr->operands, instr->n_operands++, value);
}

/* The count of a while stays its last result. */
static void put_before_count(Instr *loop) {
  const int n = loop->n_results;
  Value *added = loop->results[n - 1], *count = loop->results[n - 2];
  loop->results[n - 2] = added;
  loop->results[n - 1] = count;
  added->index = n - 2;
  count->index = n - 1;
}

Value *instr_add_carried(Module *m, Instr *instr, Value *init, Name name, Value **param) {
  Region *body = instr->regions[instr->n_regions - 1];
  instr_add_operand(m, instr, init);
  *param = region_param(m, body, init->type, name);
  if (instr->op == OP_WHILE) region_param(m, instr->regions[0], init->type, name);
  Value *result = instr_add_result(m, instr, init->type, name);
  if (instr->op == OP_WHILE) put_before_count(instr);
  return result;
}

static void remove_at(Value **list, int *n, int at) {
  for (int i = at; i + 1 < *n; i++) list[i] = list[i + 1];
  --*n;
}

void instr_remove_operand(Instr *instr, int at) {
  remove_at(instr->operands, &instr->n_operands, at);
}

void instr_remove_result(Instr *instr, int at) {
  remove_at(instr->results, &instr->n_results, at);
  for (int i = at; i < instr->n_results; i++) instr->results[i]->index = i;
}

void region_remove_param(Region *region, int at) {
  remove_at(region->params, &region->n_params, at);
  for (int i = at; i < region->n_params; i++) region->params[i]->index = i;
}

void region_remove_yield(Region *region, int at) {
  remove_at(region->yields, &region->n_yields, at);
}

Region *region_over_indices(Module *m, const Instr *space, Value **indices) {
  Region *region = region_new(m);
  for (int d = 0; d < space->n_extents; d++)
    indices[d] =
        region_param(m, region, type_scalar(m, KIND_INT), space->regions[0]->params[d]->name);
  return region;
}

static Value *build_one(Builder *b, Op op, int n_operands, Value *const *operands, Type *type) {
  return build_instr(b, op, n_operands, operands, 1, &type, 0, NULL)->results[0];
}

static Value *build_constant(Builder *b, Constant constant) {
  Value *value = build_one(b, OP_CONST, 0, NULL, type_scalar(b->m, constant.kind));
  value->def->constant = constant;
  return value;
}

Value *build_real(Builder *b, double value) {
  return build_constant(b, (Constant){.kind = KIND_REAL, .real = value});
}

Value *build_int(Builder *b, int64_t value) {
  return build_constant(b, (Constant){.kind = KIND_INT, .integer = value});
}

Value *build_bool(Builder *b, bool value) {
  return build_constant(b, (Constant){.kind = KIND_BOOL, .integer = value});
}

Value *build_size(Builder *b, Size *size) {
  int64_t constant;
  if (size_is_const(size, &constant)) return build_int(b, constant);
  if (size->n_terms == 1 && size->terms[0].n_atoms == 1 && size->terms[0].coef == 1)
    return size->terms[0].atoms[0];
  Value *value = build_one(b, OP_SIZE, 0, NULL, type_scalar(b->m, KIND_INT));
  value->def->size = size;
  return value;
}

/* The kind of a primitive's result, given that of its first operand. */
static Kind prim_result_kind(Op op, Kind operand) {
  switch ((int)op) {
#define UNARY(name, ...) case OP_##name: return KIND_REAL;
#define BINARY(name, ...) case OP_##name: return KIND_REAL;
#define ARITH(name, ...) case OP_##name: return operand;
#define INTOP(name, ...) case OP_##name: return KIND_INT;
#define STEP(name, ...) case OP_##name: return KIND_REAL;
#define COMPARE(name, ...) case OP_##name: return KIND_BOOL;
#define LOGIC(name, ...) case OP_##name: return KIND_BOOL;
#define CAST(name, spelling, from, to, value) case OP_##name: return to;
#define DRAW(name, spelling, to, value) case OP_##name: return to;
#include "ops.def"
#undef UNARY
#undef BINARY
#undef ARITH
#undef INTOP
#undef STEP
#undef COMPARE
#undef LOGIC
#undef CAST
#undef DRAW
    default: assert(!"a primitive"); return operand;
  }
}

Value *build_prim(Builder *b, Op op, Value *x, Value *y) {
  Value *operands[2] = {x, y};
  Type *type = type_scalar(b->m, prim_result_kind(op, x->type->kind));
  return build_one(b, op, y ? 2 : 1, operands, type);
}

Value *build_copy(Builder *b, Op copy_or_stop, Value *value) {
  Value *copy = build_one(b, copy_or_stop, 1, &value, value->type);
  copy->name = value->name;
  return copy;
}

Value *build_index(Builder *b, Value *array, Value *const *indices) {
  const int rank = array->type->rank;
  if (rank == 0) return array;
  Value *operands[1 + MAX_RANK] = {array};
  for (int d = 0; d < rank; d++) operands[1 + d] = indices[d];
  return build_one(b, OP_INDEX, 1 + rank, operands, type_scalar(b->m, array->type->kind));
}

Value *build_update(Builder *b, Op update_or_accum, Value *array, Value *value,
                    Value *const *starts, unsigned ranges) {
  const int rank = array->type->rank;
  Value *operands[2 + MAX_RANK] = {array, value};
  for (int d = 0; d < rank; d++) operands[2 + d] = starts[d];
  Value *result = build_one(b, update_or_accum, 2 + rank, operands, array->type);
  result->def->ranges = ranges;
  result->name = array->name;
  return result;
}

/* ---- forms with regions -------------------------------------------------------------------- */

static void set_extents(Module *m, Instr *instr, int n, Size *const *extents) {
  instr->n_extents = n;
  instr->extents = ARENA_ARRAY(m->arena, Size *, (size_t)n);
  for (int d = 0; d < n; d++) instr->extents[d] = extents[d];
}

static void name_results(Instr *instr, const Region *body) {
  for (int i = 0; i < instr->n_results; i++) instr->results[i]->name = body->yields[i]->name;
}

Instr *build_map(Builder *b, int n_extents, Size *const *extents, Region *body) {
  Module *m = b->m;
  Type **types = ARENA_ARRAY(m->arena, Type *, (size_t)body->n_yields);
  for (int i = 0; i < body->n_yields; i++)
    types[i] = type_prefixed(m, n_extents, extents, body->yields[i]->type);
  Instr *map = build_instr(b, OP_MAP, 0, NULL, body->n_yields, types, 1, &body);
  set_extents(m, map, n_extents, extents);
  name_results(map, body);
  return map;
}

Value *build_reduce(Builder *b, ReduceKind kind, int n_extents, Size *const *extents,
                    Region *body) {
  Instr *reduce = build_instr(b, OP_REDUCE, 0, NULL, 1, &body->yields[0]->type, 1, &body);
  set_extents(b->m, reduce, n_extents, extents);
  reduce->reduce = kind;
  return reduce->results[0];
}

static Type **types_of(Module *m, int n, Value *const *values) {
  Type **types = ARENA_ARRAY(m->arena, Type *, (size_t)n);
  for (int i = 0; i < n; i++) types[i] = values[i]->type;
  return types;
}

Instr *build_sweep(Builder *b, int n_extents, Size *const *extents, int n_acc, Value *const *inits,
                   Region *body) {
  Instr *sweep =
      build_instr(b, OP_SWEEP, n_acc, inits, n_acc, types_of(b->m, n_acc, inits), 1, &body);
  set_extents(b->m, sweep, n_extents, extents);
  for (int i = 0; i < n_acc; i++) sweep->results[i]->name = inits[i]->name;
  return sweep;
}

/* first, then the carried values. */
static Value **with_first(Module *m, Value *first, int n, Value *const *values) {
  Value **operands = ARENA_ARRAY(m->arena, Value *, (size_t)n + 1);
  operands[0] = first;
  for (int i = 0; i < n; i++) operands[1 + i] = values[i];
  return operands;
}

Instr *build_loop(Builder *b, Value *count, int n_carried, Value *const *inits, Region *body) {
  Instr *loop = build_instr(b, OP_LOOP, 1 + n_carried, with_first(b->m, count, n_carried, inits),
                            n_carried, types_of(b->m, n_carried, inits), 1, &body);
  for (int i = 0; i < n_carried; i++) loop->results[i]->name = body->params[1 + i]->name;
  return loop;
}

Instr *build_while(Builder *b, Value *bound, int n_carried, Value *const *inits, Region *condition,
                   Region *body) {
  Type **types = ARENA_ARRAY(b->m->arena, Type *, (size_t)n_carried + 1);
  for (int i = 0; i < n_carried; i++) types[i] = inits[i]->type;
  types[n_carried] = type_scalar(b->m, KIND_INT);
  Region *regions[2] = {condition, body};
  Instr *loop = build_instr(b, OP_WHILE, 1 + n_carried, with_first(b->m, bound, n_carried, inits),
                            n_carried + 1, types, 2, regions);
  for (int i = 0; i < n_carried; i++) loop->results[i]->name = body->params[1 + i]->name;
  loop->results[n_carried]->name = intern(b->m->names, "steps");
  return loop;
}

Instr *build_if(Builder *b, Value *condition, Region *then_region, Region *else_region) {
  Region *regions[2] = {then_region, else_region};
  Instr *branch = build_instr(b, OP_IF, 1, &condition, then_region->n_yields,
                              types_of(b->m, then_region->n_yields, then_region->yields), 2, regions);
  name_results(branch, then_region);
  return branch;
}

/* ---- shorthands ---------------------------------------------------------------------------- */

static Value *build_zero(Builder *b, Kind kind) {
  return build_constant(b, (Constant){.kind = kind});
}

Value *build_zeros(Builder *b, Type *type) {
  if (type->rank == 0) return build_zero(b, type->kind);
  Region *body = region_new(b->m);
  for (int d = 0; d < type->rank; d++) region_param(b->m, body, type_scalar(b->m, KIND_INT), NULL);
  Builder inner = builder_at_end(b->m, body);
  inner.span = b->span;
  region_add_yield(b->m, body, build_zero(&inner, type->kind));
  return build_map(b, type->rank, type->dims, body)->results[0];
}

Value *build_row(Builder *b, Value *array, int n, Value *const *leading) {
  const Type *type = array->type;
  Value *indices[MAX_RANK];
  for (int d = 0; d < n; d++) indices[d] = leading[d];
  if (n == type->rank) return build_index(b, array, indices);
  Region *body = region_new(b->m);
  for (int d = n; d < type->rank; d++)
    indices[d] = region_param(b->m, body, type_scalar(b->m, KIND_INT), NULL);
  Builder inner = builder_at_end(b->m, body);
  inner.span = b->span;
  region_add_yield(b->m, body, build_index(&inner, array, indices));
  return build_map(b, type->rank - n, type->dims + n, body)->results[0];
}

Value *build_block(Builder *b, Value *array, Value *const *starts, unsigned ranges,
                   const Type *block) {
  if (block->rank == 0) return build_index(b, array, starts);
  Region *body = region_new(b->m);
  Builder in = builder_at_end(b->m, body);
  in.span = b->span;
  Value *at[MAX_RANK];
  for (int d = 0; d < array->type->rank; d++) {
    at[d] = starts[d];
    if (!(ranges >> d & 1)) continue;
    Value *offset = region_param(b->m, body, type_scalar(b->m, KIND_INT), NULL);
    at[d] = build_prim(&in, OP_add, starts[d], offset);
  }
  region_add_yield(b->m, body, build_index(&in, array, at));
  return build_map(b, block->rank, block->dims, body)->results[0];
}

/* ---- looking ------------------------------------------------------------------------------- */

bool value_is_const_int(const Value *value, int64_t *result) {
  if (!value->def || value->def->op != OP_CONST || value->type->kind == KIND_REAL) return false;
  *result = value->def->constant.integer;
  return true;
}

bool value_is_const_real(const Value *value, double *result) {
  if (!value->def || value->def->op != OP_CONST || value->type->kind != KIND_REAL) return false;
  *result = value->def->constant.real;
  return true;
}

Region *value_region(const Value *value) { return value->def ? value->def->parent : value->region; }

bool region_is_within(const Region *inner, const Region *outer) {
  while (inner && inner != outer) inner = inner->parent ? inner->parent->parent : NULL;
  return inner == outer;
}

bool size_is_outside(const Size *size, const Region *region) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++)
      if (region_is_within(value_region(size->terms[i].atoms[k]), region)) return false;
  return true;
}

int uses_within(const Region *region, const Value *value) {
  int uses = 0;
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    for (int k = 0; k < instr->n_operands; k++) uses += instr->operands[k] == value;
    for (int r = 0; r < instr->n_regions; r++) uses += uses_within(instr->regions[r], value);
  }
  for (int k = 0; k < region->n_yields; k++) uses += region->yields[k] == value;
  return uses;
}
