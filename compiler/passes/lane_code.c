/* Lane code: every instruction of a member for all lanes of its block. */
#include "passes/lane_code.h"

/* The new code's values for the atoms of a size. */
static void map_atoms(LaneCode *c, const Size *size, ValueMap *map) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++) {
      Value *atom = size->terms[i].atoms[k];
      const Lanes *lanes = lanes_of(c, atom);
      if (lanes_are_uniform(lanes)) value_map_set(map, atom, lanes->value);
      else lanes_refuse(c);
    }
}

/* ---- scalars --------------------------------------------------------------------------------- */

/* What is the same for all members is computed once, unless only some get there. */
static void lane_prim(LaneCode *c, const Instr *instr) {
  Lanes *x = lanes_of(c, instr->operands[0]);
  Lanes *y = instr->n_operands > 1 ? lanes_of(c, instr->operands[1]) : NULL;
  if (lanes_are_uniform(x) && (!y || lanes_are_uniform(y)) && !c->n_arms) {
    Value *value = build_prim(&c->out, instr->op, x->value, y ? y->value : NULL);
    value->name = instr->results[0]->name;
    lanes_set(c, instr->results[0], lanes_new(c, LANE_UNIFORM, value));
    return;
  }
  Value *a = lanes_scalar(c, x), *b = y ? lanes_scalar(c, y) : NULL;
  Value *value = build_prim(&c->in, instr->op, a, b);
  value->name = instr->results[0]->name;
  lanes_set(c, instr->results[0], lanes_computed(c, value));
}

static void lane_constant(LaneCode *c, const Instr *instr) {
  Builder *b = c->n_arms ? &c->in : &c->out;
  ValueMap map = value_map_new(c->m->arena);
  if (instr->op == OP_SIZE) map_atoms(c, instr->size, &map);
  Value *value = clone_instr(b, instr, &map)->results[0];
  lanes_set(c, instr->results[0], lanes_new(c, LANE_UNIFORM, value));
}

/* ---- arrays ---------------------------------------------------------------------------------- */

/* The piece of an array that the indices lead to; -1: that is not known. */
static int known_piece(const Type *type, int n_leading, Value *const *indices) {
  int64_t at = 0, i, n;
  for (int d = n_leading; d < type->rank; d++) {
    if (!value_is_const_int(indices[d], &i) || !size_is_const(type->dims[d], &n)) return -1;
    if (i < 0 || i >= n) return -1;
    at = at * n + i;
  }
  return (int)at;
}

/* The indices as values of the new code that are the same for all members. */
static bool uniform_indices(LaneCode *c, const Instr *instr, int first, Value **indices) {
  for (int k = first; k < instr->n_operands; k++) {
    const Lanes *lanes = lanes_of(c, instr->operands[k]);
    if (!lanes_are_uniform(lanes)) return false;
    indices[k - first] = lanes->value;
  }
  return true;
}

static void lane_index(LaneCode *c, const Instr *instr) {
  Lanes *array = lanes_of(c, instr->operands[0]);
  Value *indices[MAX_RANK + 1];
  int rank = instr->n_operands - 1;
  const bool is_known = uniform_indices(c, instr, 1, indices);
  if (array->kind == LANE_PIECES) {
    const int at = is_known ? known_piece(array->type, array->n_leading, indices) : -1;
    rank = array->n_leading;
    array = at < 0 ? lanes_new(c, LANE_TOTAL, NULL) : array->pieces[at];
    if (at >= 0 && rank == 0) {
      lanes_set(c, instr->results[0], array);
      return;
    }
  }
  if (lanes_are_uniform(array) && is_known && !c->n_arms) {
    Value *value = build_index(&c->out, array->value, indices);
    lanes_set(c, instr->results[0], lanes_new(c, LANE_UNIFORM, value));
    return;
  }
  if (array->kind == LANE_ARRAY && !array->value) lanes_close(c);
  if ((array->kind != LANE_ARRAY && !lanes_are_uniform(array)) || !array->value) {
    lanes_refuse(c);
    return;
  }
  for (int d = 0; d < rank; d++) indices[d] = lanes_scalar(c, lanes_of(c, instr->operands[1 + d]));
  if (array->kind == LANE_ARRAY) indices[rank] = c->open->lane;
  Value *value = build_index(&c->in, array->value, indices);
  value->name = instr->results[0]->name;
  lanes_set(c, instr->results[0], lanes_computed(c, value));
}

/* One element of an array of lanes gets its value when the segment is closed. */
static Lanes *store_element(LaneCode *c, Lanes *array, Lanes *value, int n, Value *const *indices) {
  Lanes *after = lanes_new(c, LANE_ARRAY, NULL);
  after->type = array->type;
  Store store = {after, value, array, n, ARENA_ARRAY(c->m->arena, Value *, MAX_RANK)};
  for (int d = 0; d < n; d++) store.indices[d] = indices[d];
  vec_push(c->m->arena, &c->stores, store);
  return after;
}

/* The array, or its piece, with the value at the indices; NULL where they are not known well
 * enough. */
static Lanes *with_element(LaneCode *c, Lanes *array, Lanes *value, const Type *type,
                           Value *const *indices) {
  if (array->kind == LANE_ARRAY) return store_element(c, array, value, type->rank, indices);
  const int at = known_piece(type, array->n_leading, indices);
  if (at < 0) return NULL;
  Lanes *after = lanes_copy(c, array);
  const int n = array->n_leading;
  after->pieces[at] = n ? store_element(c, array->pieces[at], value, n, indices) : value;
  return after;
}

/* A small block goes element by element to where it belongs. */
static Lanes *with_block(LaneCode *c, const Instr *update, Lanes *array, const Lanes *block,
                         Value *const *starts) {
  const Type *type = update->operands[0]->type;
  const int n = lanes_pieces(block->type, 0);
  if (block->n_leading) return NULL;
  for (int k = 0; k < n && array; k++) {
    int64_t within[MAX_RANK], start;
    Value *indices[MAX_RANK];
    lanes_piece_indices(block->type, 0, k, within);
    for (int d = 0, at = 0; d < type->rank; d++) {
      indices[d] = starts[d];
      if (!(update->ranges >> d & 1)) continue;
      const bool is_known = value_is_const_int(starts[d], &start);
      indices[d] = build_int(&c->out, is_known ? start + within[at] : within[at]);
      if (!is_known) indices[d] = build_prim(&c->out, OP_add, starts[d], indices[d]);
      at++;
    }
    array = with_element(c, array, block->pieces[k], type, indices);
  }
  return array;
}

static void lane_update(LaneCode *c, const Instr *instr) {
  Lanes *array = lanes_of(c, instr->operands[0]), *value = lanes_of(c, instr->operands[1]);
  Type *type = instr->operands[0]->type;
  Value *starts[MAX_RANK];
  if (!uniform_indices(c, instr, 2, starts) || c->n_arms) {
    lanes_refuse(c);
    return;
  }
  if (array->kind == LANE_UNIFORM) array = lanes_in_pieces(c, array, type);
  if (array && array->kind != LANE_ARRAY && array->kind != LANE_PIECES) array = NULL;
  if (array && instr->ranges) {
    const Lanes *block = lanes_in_pieces(c, value, instr->operands[1]->type);
    array = block ? with_block(c, instr, array, block, starts) : NULL;
  } else if (array) {
    array = with_element(c, array, value, type, starts);
  }
  if (array) lanes_set(c, instr->results[0], array);
  else lanes_refuse(c);
}

/* The sum with the value added to it, or to the element of the accum; NULL: that is not known. */
static Lanes *with_added(LaneCode *c, const Instr *accum, Lanes *sum, Lanes *value) {
  Value *indices[MAX_RANK];
  if (sum->kind != LANE_PIECES) return lanes_sum(c, sum, value);
  if (sum->n_leading || accum->ranges || !uniform_indices(c, accum, 2, indices)) return NULL;
  const int at = known_piece(sum->type, 0, indices);
  if (at < 0) return NULL;
  Lanes *after = lanes_copy(c, sum);
  after->pieces[at] = lanes_sum(c, sum->pieces[at], value);
  return after;
}

/* In a loop the lanes add to sums of their own; outside, members are added in the end. */
static void add_to_total(LaneCode *c, const Instr *instr, Lanes *total) {
  Lanes *value = lanes_of(c, instr->operands[1]), *after = lanes_new(c, LANE_TOTAL, NULL);
  *after = *total;
  if (instr->ranges || (c->n_loops ? !total->sum : c->n_arms > 0)) lanes_refuse(c);
  else if (c->n_loops) after->sum = with_added(c, instr, total->sum, value);
  if (c->n_loops && !after->sum) lanes_refuse(c);
  if (!c->n_loops) {
    Addition addition = {total->total, value, instr->n_operands - 2,
                         ARENA_ARRAY(c->m->arena, Lanes *, MAX_RANK)};
    for (int d = 0; d < addition.n; d++) addition.indices[d] = lanes_of(c, instr->operands[2 + d]);
    vec_push(c->m->arena, &c->additions, addition);
  }
  lanes_set(c, instr->results[0], after);
}

static void lane_accum(LaneCode *c, const Instr *instr) {
  Lanes *array = lanes_of(c, instr->operands[0]);
  Type *type = instr->operands[0]->type;
  if (array->kind == LANE_TOTAL) {
    add_to_total(c, instr, array);
    return;
  }
  if (type->rank == 0) {
    lanes_set(c, instr->results[0], lanes_sum(c, array, lanes_of(c, instr->operands[1])));
    return;
  }
  Lanes *pieces = lanes_in_pieces(c, array, type);
  Lanes *after = pieces ? with_added(c, instr, pieces, lanes_of(c, instr->operands[1])) : NULL;
  if (after) lanes_set(c, instr->results[0], after);
  else lanes_refuse(c);
}

/* ---- maps: small ones point by point, constant ones as arrays of lanes ----------------------- */

static void points_of_map(LaneCode *c, const Instr *map) {
  const int n = lanes_pieces(map->results[0]->type, 0);
  const Region *body = map->regions[0];
  Lanes **pieces[MAX_PIECES];
  if (map->n_results > MAX_PIECES) lanes_refuse(c);
  for (int r = 0; r < map->n_results && c->fits; r++) {
    if (map->results[r]->type->rank != map->n_extents) lanes_refuse(c);
    pieces[r] = ARENA_ARRAY(c->m->arena, Lanes *, (size_t)n);
  }
  for (int k = 0; k < n && c->fits; k++) {
    int64_t at[MAX_RANK];
    lanes_piece_indices(map->results[0]->type, 0, k, at);
    for (int d = 0; d < map->n_extents; d++)
      lanes_set(c, body->params[d], lanes_new(c, LANE_UNIFORM, build_int(&c->out, at[d])));
    lane_region(c, body);
    for (int r = 0; r < map->n_results; r++) pieces[r][k] = lanes_of(c, body->yields[r]);
  }
  for (int r = 0; r < map->n_results && c->fits; r++) {
    Lanes *lanes = lanes_new(c, LANE_PIECES, NULL);
    lanes->type = map->results[r]->type;
    lanes->pieces = pieces[r];
    lanes_set(c, map->results[r], lanes);
  }
}

/* An array of lanes that is the same constant everywhere. */
static Lanes *filled(LaneCode *c, Type *type, const Instr *constant, Name name) {
  Type *lanes = lanes_type(c->m, type);
  Region *region = region_new(c->m);
  for (int d = 0; d < lanes->rank; d++)
    region_param(c->m, region, type_scalar(c->m, KIND_INT), NULL);
  Builder in = builder_at_end(c->m, region);
  ValueMap none = value_map_new(c->m->arena);
  region_add_yield(c->m, region, clone_instr(&in, constant, &none)->results[0]);
  Value *array = build_map(&c->out, lanes->rank, lanes->dims, region)->results[0];
  array->name = name;
  return lanes_new(c, LANE_ARRAY, array);
}

/* Large in its first dimension, small in the others: an array for each element of the others. */
static Lanes *filled_pieces(LaneCode *c, Type *type, const Instr *constant, Name name) {
  const int n = lanes_pieces(type, 1);
  Lanes *lanes = lanes_new(c, LANE_PIECES, NULL);
  lanes->type = type;
  lanes->n_leading = 1;
  lanes->pieces = ARENA_ARRAY(c->m->arena, Lanes *, (size_t)n);
  Type *piece = type_array(c->m, type->kind, 1, type->dims);
  for (int k = 0; k < n; k++) lanes->pieces[k] = filled(c, piece, constant, name);
  return lanes;
}

static void filled_arrays(LaneCode *c, const Instr *map) {
  const Region *body = map->regions[0];
  for (int r = 0; r < map->n_results; r++) {
    Type *type = map->results[r]->type;
    const Value *yield = body->yields[r];
    if (!yield->def || yield->def->op != OP_CONST || type->rank == MAX_RANK) {
      lanes_refuse(c);
      return;
    }
    ValueMap sizes = value_map_new(c->m->arena);
    for (int d = 0; d < type->rank; d++) map_atoms(c, type->dims[d], &sizes);
    type = type_mapped(c->m, &sizes, type);
    const bool in_pieces = lanes_pieces(type, 1) > 0;
    Name name = map->results[r]->name;
    lanes_set(c, map->results[r], in_pieces ? filled_pieces(c, type, yield->def, name)
                                            : filled(c, type, yield->def, name));
  }
}

static void lane_map(LaneCode *c, const Instr *map) {
  if (c->n_arms || map->n_results == 0) lanes_refuse(c);
  else if (lanes_pieces(map->results[0]->type, 0)) points_of_map(c, map);
  else filled_arrays(c, map);
}

/* ---- all ------------------------------------------------------------------------------------- */

static void lane_instr(LaneCode *c, const Instr *instr) {
  c->out.span = c->in.span = instr->span;
  if (op_is_prim(instr->op)) {
    lane_prim(c, instr);
    return;
  }
  switch ((int)instr->op) {
    case OP_CONST:
    case OP_SIZE: lane_constant(c, instr); return;
    case OP_COPY:
    case OP_STOP: lanes_set(c, instr->results[0], lanes_of(c, instr->operands[0])); return;
    case OP_INDEX: lane_index(c, instr); return;
    case OP_UPDATE: lane_update(c, instr); return;
    case OP_ACCUM: lane_accum(c, instr); return;
    case OP_MAP: lane_map(c, instr); return;
    case OP_IF: lane_if(c, instr); return;
    case OP_LOOP: lane_loop(c, instr); return;
    default: lanes_refuse(c);
  }
}

void lane_region(LaneCode *c, const Region *region) {
  for (const Instr *instr = region->first; instr && c->fits; instr = instr->next)
    lane_instr(c, instr);
}
