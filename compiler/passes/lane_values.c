/* Lane values: scalars in segments, arrays of lanes, and the passage between them. */
#include "passes/lane_values.h"

Lanes *lanes_new(LaneCode *c, LaneKind kind, Value *value) {
  Lanes *lanes = ARENA_NEW(c->m->arena, Lanes);
  lanes->kind = kind;
  lanes->value = value;
  return lanes;
}

Lanes *lanes_of(LaneCode *c, Value *value) {
  Lanes *lanes = id_map_find(&c->env, value->id);
  if (lanes) return lanes;
  /* From inside the body everything is known. */
  if (region_is_within(value_region(value), c->space->regions[0])) lanes_refuse(c);
  return lanes_new(c, LANE_UNIFORM, value);
}

void lanes_set(LaneCode *c, const Value *value, Lanes *lanes) {
  id_map_set(&c->env, value->id, lanes);
}

Type *lanes_type(Module *m, const Type *type) {
  Size *dims[MAX_RANK];
  for (int d = 0; d < type->rank; d++) dims[d] = type->dims[d];
  dims[type->rank] = size_const(m, LANES);
  return type_array(m, type->kind, type->rank + 1, dims);
}

int lanes_pieces(const Type *type, int n_leading) {
  int64_t product = 1;
  for (int d = n_leading; d < type->rank; d++) {
    int64_t n;
    if (!size_is_const(type->dims[d], &n) || n < 1 || n > MAX_PIECES) return 0;
    product *= n;
    if (product > MAX_PIECES) return 0;
  }
  return n_leading < type->rank ? (int)product : 0;
}

void lanes_piece_indices(const Type *type, int n_leading, int k, int64_t *indices) {
  int64_t rest = k, extent;
  for (int d = type->rank - 1; d >= n_leading; d--) {
    size_is_const(type->dims[d], &extent);
    indices[d] = rest % extent;
    rest /= extent;
  }
}

/* ---- segments -------------------------------------------------------------------------------- */

void lanes_open(LaneCode *c) {
  if (c->open) return;
  Segment *s = ARENA_NEW(c->m->arena, Segment);
  s->region = region_new(c->m);
  s->lane = region_param(c->m, s->region, type_scalar(c->m, KIND_INT), NULL);
  s->loaded = id_map_new(c->m->arena);
  c->open = s;
  c->in = builder_at_end(c->m, s->region);
  c->in.span = c->space->span;
  vec_push(c->m->arena, &c->segments, s);
}

static void store_all(LaneCode *c) {
  for (size_t i = 0; i < c->stores.len; i++) {
    const Store *s = &c->stores.at[i];
    Value *starts[MAX_RANK];
    for (int d = 0; d < s->n; d++) starts[d] = s->indices[d];
    starts[s->n] = build_int(&c->out, 0);
    Value *value = lanes_array(c, s->value);
    s->array->value = build_update(&c->out, OP_UPDATE, s->before->value, value, starts, 1u << s->n);
  }
  c->stores.len = 0;
}

void lanes_close(LaneCode *c) {
  if (c->n_arms) lanes_refuse(c);
  if (c->open) {
    Size *const extents[] = {size_const(c->m, LANES)};
    c->open->map = build_map(&c->out, 1, extents, c->open->region);
    c->open = NULL;
  }
  if (!c->n_arms) store_all(c);
}

/* Where the segment begins: what is put there is known in all of it. */
static Builder at_begin(LaneCode *c) {
  Region *region = c->open->region;
  Builder b = region->first ? builder_before(c->m, region->first) : builder_at_end(c->m, region);
  b.span = c->space->span;
  return b;
}

/* min(block * LANES + lane, n - 1). */
static Value *member_index(LaneCode *c) {
  if (c->open->member) return c->open->member;
  Builder b = at_begin(c);
  Size *n = c->space->extents[0];
  Value *first = build_prim(&b, OP_mul, c->block, build_int(&b, LANES));
  Value *index = build_prim(&b, OP_add, first, c->open->lane);
  Value *last = build_size(&b, size_sub(c->m, n, size_const(c->m, 1)));
  return c->open->member = build_prim(&b, OP_min, index, last);
}

Value *lanes_scalar(LaneCode *c, Lanes *lanes) {
  lanes_open(c);
  if (lanes->kind == LANE_UNIFORM) return lanes->value;
  if (lanes->kind == LANE_MEMBER) return member_index(c);
  if (lanes->kind != LANE_SCALAR) {
    lanes_refuse(c);
    return build_real(&c->in, 0);
  }
  if (lanes->segment == c->open) return lanes->value;
  Value *array = lanes_array(c, lanes);
  lanes_open(c);
  Value *loaded = id_map_find(&c->open->loaded, array->id);
  if (loaded) return loaded;
  Builder b = at_begin(c);
  loaded = build_index(&b, array, &c->open->lane);
  loaded->name = array->name;
  id_map_set(&c->open->loaded, array->id, loaded);
  return loaded;
}

Lanes *lanes_computed(LaneCode *c, Value *value) {
  Lanes *lanes = lanes_new(c, LANE_SCALAR, value);
  lanes->segment = c->open;
  return lanes;
}

static Value *array_of_uniform(LaneCode *c, Value *value) {
  Region *region = region_new(c->m);
  region_param(c->m, region, type_scalar(c->m, KIND_INT), NULL);
  region_add_yield(c->m, region, value);
  Size *const extents[] = {size_const(c->m, LANES)};
  return build_map(&c->out, 1, extents, region)->results[0];
}

Value *lanes_array(LaneCode *c, Lanes *lanes) {
  if (lanes->kind == LANE_UNIFORM && lanes->value->type->rank == 0)
    return array_of_uniform(c, lanes->value);
  if (lanes->kind == LANE_MEMBER) {
    lanes_open(c);
    lanes = lanes_computed(c, member_index(c));
  }
  if (lanes->kind != LANE_SCALAR) {
    lanes_refuse(c);
    return array_of_uniform(c, build_real(&c->out, 0));
  }
  if (lanes->array) return lanes->array;
  if (lanes->segment == c->open) lanes_close(c);
  Segment *s = lanes->segment;
  if (!s->map) {
    lanes_refuse(c);
    return array_of_uniform(c, build_real(&c->out, 0));
  }
  region_add_yield(c->m, s->region, lanes->value);
  Type *type = lanes_type(c->m, lanes->value->type);
  return lanes->array = instr_add_result(c->m, s->map, type, lanes->value->name);
}

/* ---- small arrays ---------------------------------------------------------------------------- */

Lanes *lanes_in_pieces(LaneCode *c, Lanes *lanes, Type *type) {
  const int n = lanes_pieces(type, 0);
  if (lanes->kind == LANE_PIECES) return lanes;
  if (lanes->kind != LANE_UNIFORM || n == 0 || c->n_arms) return NULL;
  Lanes *pieces = lanes_new(c, LANE_PIECES, NULL);
  pieces->type = type;
  pieces->pieces = ARENA_ARRAY(c->m->arena, Lanes *, (size_t)n);
  for (int k = 0; k < n; k++) {
    int64_t at[MAX_RANK];
    Value *indices[MAX_RANK];
    lanes_piece_indices(type, 0, k, at);
    for (int d = 0; d < type->rank; d++) indices[d] = build_int(&c->out, at[d]);
    pieces->pieces[k] = lanes_new(c, LANE_UNIFORM, build_index(&c->out, lanes->value, indices));
  }
  return pieces;
}

Lanes *lanes_copy(LaneCode *c, const Lanes *pieces) {
  const int n = lanes_pieces(pieces->type, pieces->n_leading);
  Lanes *copy = lanes_new(c, LANE_PIECES, NULL);
  copy->type = pieces->type;
  copy->n_leading = pieces->n_leading;
  copy->pieces = ARENA_ARRAY(c->m->arena, Lanes *, (size_t)n);
  for (int k = 0; k < n; k++) copy->pieces[k] = pieces->pieces[k];
  return copy;
}

Lanes *lanes_sum(LaneCode *c, Lanes *a, Lanes *b) {
  Value *x = lanes_scalar(c, a), *y = lanes_scalar(c, b);
  return lanes_computed(c, build_prim(&c->in, OP_add, x, y));
}
