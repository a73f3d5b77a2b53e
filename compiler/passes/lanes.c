#include "passes/lanes.h"

#include "passes/lane_code.h"
#include "passes/pieces.h"

/* ---- which spaces ---------------------------------------------------------------------------- */

static bool has_loop(const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next)
    if (instr->op == OP_LOOP) return true;
  return false;
}

static bool is_ensemble(const Instr *instr) {
  int64_t n;
  if (instr->op != OP_MAP && instr->op != OP_SWEEP) return false;
  if (instr->n_extents != 1 || !has_loop(instr->regions[0])) return false;
  for (int k = 0; k < instr->n_results; k++)
    if (instr->results[k]->type->rank + 1 >= MAX_RANK) return false;
  return !size_is_const(instr->extents[0], &n) || n >= LANES;
}

/* ---- what members add ------------------------------------------------------------------------ */

static Value *element_of(LaneCode *c, Builder *b, Lanes *lanes, Value *lane, Value *member) {
  if (lanes->kind == LANE_UNIFORM) return lanes->value;
  if (lanes->kind == LANE_MEMBER) return member;
  Value *array = lanes_array(c, lanes);
  return build_index(b, array, &lane);
}

/* The arrays must be there before the sweep is built. */
static void prepare_additions(LaneCode *c) {
  for (size_t i = 0; i < c->additions.len; i++) {
    const Addition *a = &c->additions.at[i];
    if (a->value->kind != LANE_UNIFORM && a->value->kind != LANE_MEMBER) lanes_array(c, a->value);
    for (int d = 0; d < a->n; d++)
      if (a->indices[d]->kind == LANE_SCALAR) lanes_array(c, a->indices[d]);
  }
  lanes_close(c);
}

static Region *arm_of_members(LaneCode *c, Region *sweep, Value *member) {
  Region *region = region_new(c->m);
  Builder b = builder_at_end(c->m, region);
  const int n = c->space->n_results;
  Value **totals = ARENA_ARRAY(c->m->arena, Value *, (size_t)n + 1);
  for (int k = 0; k < n; k++) totals[k] = sweep->params[1 + k];
  for (size_t i = 0; i < c->additions.len; i++) {
    const Addition *a = &c->additions.at[i];
    Value *indices[MAX_RANK];
    for (int d = 0; d < a->n; d++)
      indices[d] = element_of(c, &b, a->indices[d], sweep->params[0], member);
    Value *value = element_of(c, &b, a->value, sweep->params[0], member);
    totals[a->total] = build_update(&b, OP_ACCUM, totals[a->total], value, indices, 0);
  }
  region_set_yields(c->m, region, n, totals);
  return region;
}

/* The lanes that are members add to the totals. */
static void add_members(LaneCode *c, Region *region) {
  const Instr *space = c->space;
  const int n = space->n_results;
  prepare_additions(c);
  if (!c->fits) return;
  Region *sweep = region_new(c->m), *others = region_new(c->m);
  Value *lane = region_param(c->m, sweep, type_scalar(c->m, KIND_INT), NULL);
  for (int k = 0; k < n; k++)
    region_param(c->m, sweep, space->results[k]->type, space->results[k]->name);
  Builder b = builder_at_end(c->m, sweep);
  Value *first = build_prim(&b, OP_mul, c->block, build_int(&b, LANES));
  Value *member = build_prim(&b, OP_add, first, lane);
  Value *is_member = build_prim(&b, OP_lt, member, build_size(&b, space->extents[0]));
  Region *members = arm_of_members(c, sweep, member);
  region_set_yields(c->m, others, n, sweep->params + 1);
  const Instr *choice = build_if(&b, is_member, members, others);
  region_set_yields(c->m, sweep, n, choice->results);
  Size *const extents[] = {size_const(c->m, LANES)};
  const Instr *made = build_sweep(&c->out, 1, extents, n, region->params + 1, sweep);
  region_set_yields(c->m, region, n, made->results);
}

/* ---- what members yield ---------------------------------------------------------------------- */

/* The pieces of all lanes as one array, lanes last; they are scalars. */
static Value *assembled(LaneCode *c, const Lanes *lanes) {
  const Type *type = lanes->type;
  Value *array = build_zeros(&c->out, lanes_type(c->m, type));
  if (lanes->n_leading) c->fits = false;
  for (int k = 0; k < lanes_pieces(type, 0) && c->fits; k++) {
    int64_t at[MAX_RANK];
    Value *starts[MAX_RANK];
    lanes_piece_indices(type, 0, k, at);
    for (int d = 0; d < type->rank; d++) starts[d] = build_int(&c->out, at[d]);
    starts[type->rank] = build_int(&c->out, 0);
    Value *piece = lanes_array(c, lanes->pieces[k]);
    array = build_update(&c->out, OP_UPDATE, array, piece, starts, 1u << type->rank);
  }
  return array;
}

static void yield_members(LaneCode *c, Region *region) {
  const Region *body = c->space->regions[0];
  lanes_close(c);
  for (int k = 0; k < body->n_yields && c->fits; k++) {
    Lanes *lanes = lanes_of(c, body->yields[k]);
    if (body->yields[k]->type->kind != KIND_REAL) c->fits = false;
    else if (lanes->kind == LANE_PIECES) region_add_yield(c->m, region, assembled(c, lanes));
    else if (lanes->kind == LANE_ARRAY) region_add_yield(c->m, region, lanes->value);
    else region_add_yield(c->m, region, lanes_array(c, lanes));
  }
}

/* [n, ..] out of [blocks, .., LANES]. */
static Value *by_member(Builder *b, const Value *old, Value *blocks) {
  Module *m = b->m;
  const int rank = old->type->rank;
  Region *region = region_new(m);
  for (int d = 0; d < rank; d++) region_param(m, region, type_scalar(m, KIND_INT), NULL);
  Builder in = builder_at_end(m, region);
  Value *indices[MAX_RANK], *n = build_int(&in, LANES);
  indices[0] = build_prim(&in, OP_int_div, region->params[0], n);
  for (int d = 1; d < rank; d++) indices[d] = region->params[d];
  indices[rank] = build_prim(&in, OP_int_mod, region->params[0], n);
  region_add_yield(m, region, build_index(&in, blocks, indices));
  Value *result = build_map(b, rank, old->type->dims, region)->results[0];
  result->name = old->name;
  return result;
}

/* ---- one space ------------------------------------------------------------------------------- */

static void drop_unused(LaneCode *c) {
  for (size_t i = 0; i < c->segments.len; i++) {
    Instr *map = c->segments.at[i]->map;
    if (map && map->n_results == 0) instr_unlink(map);
  }
}

static Region *block_region(LaneCode *c) {
  const Instr *space = c->space;
  Region *region = region_new(c->m), *body = space->regions[0];
  c->block = region_param(c->m, region, type_scalar(c->m, KIND_INT), NULL);
  c->out = builder_at_end(c->m, region);
  c->out.span = space->span;
  lanes_set(c, body->params[0], lanes_new(c, LANE_MEMBER, NULL));
  for (int k = 0; space->op == OP_SWEEP && k < space->n_results; k++) {
    Value *param = body->params[1 + k];
    region_param(c->m, region, param->type, param->name);
    Lanes *total = lanes_new(c, LANE_TOTAL, NULL);
    total->total = k;
    lanes_set(c, param, total);
  }
  return region;
}

/* Every accumulator comes out as it was passed on. */
static bool totals_come_out(LaneCode *c) {
  const Region *body = c->space->regions[0];
  for (int k = 0; k < body->n_yields; k++) {
    const Lanes *lanes = lanes_of(c, body->yields[k]);
    if (lanes->kind != LANE_TOTAL || lanes->total != k) return false;
  }
  return true;
}

static bool try_lanes(Module *m, Instr *space) {
  LaneCode c = {.m = m, .space = space, .env = id_map_new(m->arena), .fits = true};
  Region *region = block_region(&c);
  lane_region(&c, space->regions[0]);
  if (c.fits && space->op == OP_SWEEP && !totals_come_out(&c)) c.fits = false;
  if (c.fits && space->op == OP_MAP) yield_members(&c, region);
  else if (c.fits) add_members(&c, region);
  if (!c.fits) return false;
  drop_unused(&c);
  Builder b = builder_before(m, space);
  Size *const blocks[] = {number_of_pieces(&b, space->extents[0], LANES)};
  ValueMap map = value_map_new(m->arena);
  if (space->op == OP_MAP) {
    const Instr *made = build_map(&b, 1, blocks, region);
    for (int k = 0; k < space->n_results; k++)
      value_map_set(&map, space->results[k], by_member(&b, space->results[k], made->results[k]));
  } else {
    const Instr *made = build_sweep(&b, 1, blocks, space->n_results, space->operands, region);
    for (int k = 0; k < space->n_results; k++) {
      made->results[k]->name = space->results[k]->name;
      value_map_set(&map, space->results[k], made->results[k]);
    }
  }
  region_replace(m, space->parent, &map);
  instr_unlink(space);
  return true;
}

static int lanes_in(Module *m, Region *region) {
  if (region_is_flat(region)) return 0;
  int changes = 0;
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    if (is_ensemble(instr) && try_lanes(m, instr)) {
      changes++;
      continue;
    }
    for (int r = 0; r < instr->n_regions; r++) changes += lanes_in(m, instr->regions[r]);
  }
  return changes;
}

int run_members_in_lanes(Module *m, Diag *diag) {
  (void)diag;
  int changes = 0;
  for (size_t i = 0; i < m->funcs.len; i++) changes += lanes_in(m, m->funcs.at[i]->body);
  return changes;
}
