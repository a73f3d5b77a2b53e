/* Share: which values should live together, the dearest copies first. storage_join refuses what
 * is wrong. */
#include "backend/plan.h"

static bool join(Plan *p, Value *from, Value *to) {
  return storage_join(p, from, to, NULL, (MayMeet){0});
}

typedef void Visit(Plan *p, Instr *instr);

typedef Vec(Instr *) InstrList;

/* What has arrays or carries something, in program order: holders and updates. */
static void collect(Plan *p, Region *region, InstrList *list) {
  for (Instr *instr = region->first; instr; instr = instr->next) {
    if (instr->n_regions == 0 && instr->op != OP_UPDATE && instr->op != OP_ACCUM) continue;
    if (!node(p, instr)->is_needed || node(p, instr)->is_expression) continue;
    vec_push(p->m->scratch, list, instr);
    for (int r = 0; r < instr->n_regions; r++) collect(p, instr->regions[r], list);
  }
}

/* ---- what a repetition carries --------------------------------------------------------------- */

/* The parameters of both regions of a while and the result are one variable by meaning. */
static void tie_carried(Plan *p, Instr *instr) {
  if (!op_carries(instr->op)) return;
  Region *body = last_region(instr);
  for (int k = 0; k < body->n_yields; k++) {
    Value *param = body->params[first_carried(instr) + k];
    if (!storage_of(p, param)) continue;
    if (fact(p, param)->is_atom) fact(p, instr->results[k])->is_atom = true;
    Storage *target = storage_of(p, param);
    Value *twins[2] = {instr->results[k], instr->op == OP_WHILE ? instr->regions[0]->params[k] : NULL};
    for (int i = 0; i < 2; i++) {
      if (!twins[i]) continue;
      storage_tie(p, twins[i], target);
    }
  }
}

/* Is the array not needed any more, on this way, behind what the update writes, one element? C reads all of
 * that before it writes. */
static bool is_read_by_write(Plan *p, const Instr *update) {
  return update->op == OP_UPDATE && update->operands[1]->type->rank == 0 &&
         !live_meet(p, update->operands[0], update->results[0], position_of_write(p, update) + 1);
}

static void join_updated(Plan *p, Instr *instr) {
  if (instr->op != OP_UPDATE && instr->op != OP_ACCUM) return;
  Value *before = instr->operands[0], *after = instr->results[0];
  const MayMeet may = {is_read_by_write(p, instr), before, {after, NULL}};
  storage_join(p, before, after, NULL, may);
}

static bool is_inside(const Value *value, const Instr *instr) {
  for (int r = 0; r < instr->n_regions; r++)
    if (region_is_within(value_region(value), instr->regions[r])) return true;
  return false;
}

static void join_yields(Plan *p, Instr *instr) {
  if (!op_carries(instr->op) && instr->op != OP_IF) return;
  for (int r = 0; r < instr->n_regions; r++) {
    if (instr->op == OP_WHILE && r == 0) continue;
    Region *region = instr->regions[r];
    for (int k = 0; k < region->n_yields; k++) {
      Value *target = instr->op == OP_IF ? instr->results[k] : region->params[first_carried(instr) + k];
      if (instr->op == OP_IF || is_inside(region->yields[k], instr))
        join(p, region->yields[k], target);
    }
  }
}

static void join_inits(Plan *p, Instr *instr) {
  if (!op_carries(instr->op)) return;
  Region *body = last_region(instr);
  for (int k = 0; k < body->n_yields; k++)
    join(p, instr->operands[first_init(instr) + k], body->params[first_carried(instr) + k]);
}

/* Sums that a sweep goes on with grow where they are: a copy of them would be the first thing that it
 * does. What else a loop around it carries can change hands by its pointer. */
static void join_sums(Plan *p, Instr *instr) {
  if (instr->op == OP_SWEEP) join_inits(p, instr);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

/* Is the int known wherever the storage's first member is computed? Then the place can be written early. It
 * must mean the same from there on, so a variable must be its own. */
static bool known_before(Plan *p, const Value *start, const Storage *s, const Region *region) {
  const Fact *f = fact(p, start);
  if (start->def && f->is_inline) {
    if (!op_is_prim(start->def->op) && !f->is_stable) return false;
    for (int k = 0; k < start->def->n_operands; k++)
      if (!known_before(p, start->def->operands[k], s, region)) return false;
    return true;
  }
  const bool is_own = f->is_stable || (f->storage && f->storage->members.len == 1);
  return is_own && f->def < s->first && region_is_within(region, value_region(start));
}

/* No other value comes into the variables that the int is read from. */
static void keep_variables(Plan *p, const Value *start) {
  const Fact *f = fact(p, start);
  if (f->storage) f->storage->keeps_variable = true;
  else if (start->def)
    for (int k = 0; k < start->def->n_operands; k++) keep_variables(p, start->def->operands[k]);
}

static bool is_zero(const Value *value) {
  int64_t c;
  return value_is_const_int(value, &c) && c == 0;
}

static void set_start(ViewDim *dim, Value *start) {
  if (!is_zero(start)) dim->start[dim->n++] = start;
  else if (!dim->is_range) dim->start[dim->n++] = start;
}

/* The block of an update, where all its starts are known early enough for `value`. */
static bool block_view(Plan *p, const Instr *update, View *view) {
  const Value *array = update->operands[0], *value = update->operands[1];
  const Storage *s = storage_of(p, value);
  *view = (View){.rank = array->type->rank};
  for (int d = 0; d < array->type->rank; d++) {
    Value *start = update->operands[2 + d];
    if (!known_before(p, start, s, update->parent)) return false;
    view->dim[d].is_range = update->ranges >> d & 1;
    set_start(&view->dim[d], start);
  }
  return true;
}

static bool members_are_within(const Storage *s, const Region *region) {
  for (size_t i = 0; i < s->members.len; i++)
    if (!region_is_within(value_region(s->members.at[i]), region)) return false;
  return true;
}

static bool is_read_between(const Fact *f, int first, int last) {
  for (size_t i = 0; i < f->reads.len; i++)
    if (f->reads.at[i] >= first && f->reads.at[i] < last) return true;
  return false;
}

/* Is the element outside the block whatever the data are: at another place along a dimension in
 * which the block has but one? */
static bool lies_beside(Plan *p, const Instr *read, const Instr *update) {
  for (int d = 0; d < update->n_operands - 2; d++) {
    if (update->ranges >> d & 1) continue;
    Size *at = size_of_value(p->m, read->operands[1 + d]);
    int64_t distance;
    Size *beside = size_sub(p->m, at, size_of_value(p->m, update->operands[2 + d]));
    if (size_is_const(beside, &distance) && distance != 0) return true;
  }
  return false;
}

/* Is the array only read in the region, and only beside the block of the update? */
static bool reads_beside(Plan *p, const Region *region, const Value *array, const Instr *update);

static bool uses_beside(Plan *p, const Instr *instr, const Value *array, const Instr *update) {
  for (int r = 0; r < instr->n_regions; r++)
    if (!reads_beside(p, instr->regions[r], array, update)) return false;
  for (int k = 0; k < instr->n_operands; k++) {
    if (instr->operands[k] != array) continue;
    if (instr->op != OP_INDEX || k > 0 || !lies_beside(p, instr, update)) return false;
  }
  return true;
}

static bool reads_beside(Plan *p, const Region *region, const Value *array, const Instr *update) {
  for (const Instr *instr = region->first; instr; instr = instr->next)
    if (!uses_beside(p, instr, array, update)) return false;
  for (int k = 0; k < region->n_yields; k++)
    if (region->yields[k] == array) return false;
  return true;
}

/* The same of what stands before the update and runs at the position `first` or later. */
static bool reads_beside_since(Plan *p, int first, const Value *array, const Instr *update) {
  for (const Instr *instr = update->prev; instr; instr = instr->prev) {
    const Node *n = node(p, instr);
    if (n->is_needed && n->end < first) return true;
    if (n->is_needed && !uses_beside(p, instr, array, update)) return false;
  }
  return true;
}

/* us[k, :] = u: compute u in its place. Right if the array, which is written early now, is not
 * read from the first write of u to the update, but for elements beside, and u is dead after it. */
static void join_block(Plan *p, Instr *instr) {
  if (instr->op != OP_UPDATE) return;
  Value *array = instr->operands[0], *value = instr->operands[1], *result = instr->results[0];
  if (value->type->rank == 0 || !storage_of(p, value) || !storage_of(p, array)) return;
  if (!same_place(p, array, result)) return;
  const Storage *s = storage_of(p, value);
  const int start = node(p, instr)->start;
  if (s->last > start + 2 || !members_are_within(s, instr->parent)) return;
  if (fact(p, array)->def >= s->first) return;
  if (is_read_between(fact(p, array), s->first, start) &&
      !reads_beside_since(p, s->first, array, instr))
    return;
  View view;
  if (!block_view(p, instr, &view)) return;
  if (!storage_join(p, value, result, &view, (MayMeet){2, NULL, {array, result}})) return;
  for (int d = 0; d < result->type->rank; d++) keep_variables(p, instr->operands[2 + d]);
}

/* A map whose elements are arrays: compute each in its row. Nobody reads the result inside the
 * map. */
static void join_rows(Plan *p, Instr *instr) {
  if (instr->op != OP_MAP) return;
  Region *body = instr->regions[0];
  for (int k = 0; k < body->n_yields; k++) {
    Value *row = body->yields[k], *result = instr->results[k];
    if (row->type->rank == 0 || !storage_of(p, row) || !storage_of(p, result)) continue;
    if (!members_are_within(storage_of(p, row), body)) continue;
    View view = {.rank = result->type->rank};
    for (int d = 0; d < view.rank; d++) {
      view.dim[d].is_range = d >= instr->n_extents;
      if (d < instr->n_extents) view.dim[d].start[view.dim[d].n++] = body->params[d];
    }
    storage_join(p, row, result, &view, (MayMeet){1, NULL, {result, NULL}});
  }
}

/* ---- maps that read only their own element --------------------------------------------------- */

/* Is every use of the array inside the map a read of the iteration's own element, before it is
 * written? */
static bool reads_own_element(Plan *p, const Instr *map, const Region *region, const Value *array) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    if (!node(p, instr)->is_needed) continue;
    for (int r = 0; r < instr->n_regions; r++)
      if (!reads_own_element(p, map, instr->regions[r], array)) return false;
    for (int k = 0; k < instr->n_operands; k++) {
      if (instr->operands[k] != array) continue;
      if (instr->op != OP_INDEX) return false;
      for (int d = 0; d < map->n_extents; d++)
        if (instr->operands[1 + d] != map->regions[0]->params[d]) return false;
    }
  }
  for (int k = 0; k < region->n_yields; k++)
    if (region->yields[k] == array) return false;
  return true;
}

static void join_own_element(Plan *p, Instr *map, Value *array) {
  Value *result = map->results[0];
  if (array->type != result->type || array->type->rank != map->n_extents) return;
  if (fact(p, array)->last > node(p, map)->end || !storage_of(p, array)) return;
  if (!reads_own_element(p, map, map->regions[0], array)) return;
  storage_join(p, result, array, NULL, (MayMeet){1, result, {array, NULL}});
}

/* Is the value read before the map writes any element, or while it writes that of result k? */
static bool is_read_for(Plan *p, const Instr *map, const Value *value, int k) {
  const Fact *f = fact(p, value);
  if (!f->is_inline) return true;
  if (f->uses != 1) return false;
  if (f->user) return f->user->n_results == 1 && is_read_for(p, map, f->user->results[0], k);
  return f->user_region == map->regions[0] && map->regions[0]->yields[k] == value;
}

static bool reads(const Instr *instr, const Value *array) {
  if (instr->op == OP_INDEX && instr->operands[0] == array) return true;
  for (int r = 0; r < instr->n_regions; r++)
    for (const Instr *inner = instr->regions[r]->first; inner; inner = inner->next)
      if (reads(inner, array)) return true;
  return false;
}

/* The arms of a choice are read where its result is written. */
static bool reads_for_result(Plan *p, const Instr *map, const Value *array, int k) {
  for (const Instr *instr = map->regions[0]->first; instr; instr = instr->next) {
    if (!node(p, instr)->is_needed || !reads(instr, array)) continue;
    for (int i = 0; i < instr->n_results; i++)
      if (!is_read_for(p, map, instr->results[i], k)) return false;
  }
  return true;
}

/* What the loop around the map carries to its next step as the result, or NULL. */
static Value *carried_for(Plan *p, const Instr *map, const Value *result) {
  const Fact *f = fact(p, result);
  const Region *body = map->parent;
  if (f->uses != 1 || f->user || f->user_region != body || !body->parent) return NULL;
  if (body->parent->op != OP_LOOP) return NULL;
  for (int k = 0; k < body->n_yields; k++)
    if (body->yields[k] == result) return body->params[1 + k];
  return NULL;
}

/* xs, ys = [.. xs[i], ys[i] .. for i ..], carried by a loop: element by element in place, if no
 * element is read once its successor is written. */
static void join_carried(Plan *p, Instr *map) {
  for (int k = 0; k < map->n_results; k++) {
    Value *result = map->results[k], *param = carried_for(p, map, result);
    if (!param || !storage_of(p, result) || map->regions[0]->yields[k]->type->rank) continue;
    if (param->type != result->type || param->type->rank != map->n_extents) continue;
    if (fact(p, param)->last > node(p, map)->end || !storage_of(p, param)) continue;
    if (!reads_own_element(p, map, map->regions[0], param)) continue;
    if (!reads_for_result(p, map, param, k)) continue;
    storage_join(p, result, param, NULL, (MayMeet){1, result, {param, NULL}});
  }
}

/* The one result of the map for which the value is read, where it is part of that alone; else -1. */
static int result_for(Plan *p, const Instr *map, const Value *value) {
  const Fact *f = fact(p, value);
  while (f->is_inline && f->uses == 1 && f->user && f->user->n_results == 1) {
    value = f->user->results[0];
    f = fact(p, value);
  }
  if (f->uses != 1 || f->user || f->user_region != map->regions[0]) return -1;
  for (int k = 0; k < map->n_results; k++)
    if (map->regions[0]->yields[k] == value) return k;
  return -1;
}

/* x, y = [.. x[i] + .. , y[i] + .. for i ..] where the arrays are not read any more: sums that go on. */
static void join_continued(Plan *p, Instr *map) {
  for (const Instr *instr = map->regions[0]->first; instr; instr = instr->next) {
    if (!node(p, instr)->is_needed || instr->op != OP_INDEX) continue;
    Value *array = instr->operands[0];
    const int k = result_for(p, map, instr->results[0]);
    if (k < 0 || array->type->rank != map->n_extents || array->type != map->results[k]->type) continue;
    if (fact(p, array)->last > node(p, map)->end || !storage_of(p, array)) continue;
    if (!storage_of(p, map->results[k]) || !reads_for_result(p, map, array, k)) continue;
    if (!reads_own_element(p, map, map->regions[0], array)) continue;
    storage_join(p, map->results[k], array, NULL, (MayMeet){1, map->results[k], {array, NULL}});
  }
}

/* ---- sums that are written once per point ---------------------------------------------------- */

/* Does anything behind the accum read the array? */
static bool is_read_behind(Plan *p, const Instr *accum, const Value *array) {
  for (const Instr *instr = accum->next; instr; instr = instr->next)
    if (node(p, instr)->is_needed && reads(instr, array)) return true;
  return false;
}

/* The sum k of the sweep is `=` at each point's own place: it may take that of an array which the points
 * read there before, and nobody afterwards. */
static void join_written(Plan *p, Instr *sweep, int k, Value *array) {
  Value *result = sweep->results[k];
  if (array->type != result->type || array->type->rank != sweep->n_extents || !storage_of(p, array)) return;
  if (fact(p, array)->last > node(p, sweep)->end) return;
  if (storage_of(p, result)->first < node(p, sweep)->start) return;
  if (!reads_own_element(p, sweep, sweep->regions[0], array)) return;
  if (is_read_behind(p, sweep->regions[0]->yields[k]->def, array)) return;
  storage_join(p, result, array, NULL, (MayMeet){1, NULL, {array, NULL}});
}

static void join_written_sums(Plan *p, Instr *sweep) {
  ValueList free = {0};
  for (int k = 0; k < sweep->n_results; k++) {
    if (!storage_of(p, sweep->results[k]) || !writes_everything(p, sweep, k)) continue;
    if (free.len == 0) region_free_values(p->m, sweep->regions[0], &free);
    for (size_t i = 0; i < free.len; i++)
      if (free.at[i]->type->rank) join_written(p, sweep, k, free.at[i]);
  }
}

/* u = [f(u[i]) for i ..] in place. With several results a later one might read what an earlier
 * one wrote. */
static void join_in_place(Plan *p, Instr *map) {
  if (map->op == OP_SWEEP) join_written_sums(p, map);
  if (map->op == OP_MAP && map->n_results > 1) {
    join_carried(p, map);
    join_continued(p, map);
  }
  if (map->op != OP_MAP || map->n_results != 1 || !storage_of(p, map->results[0])) return;
  if (map->regions[0]->yields[0]->type->rank) return;
  ValueList free = {0};
  region_free_values(p->m, map->regions[0], &free);
  for (size_t i = 0; i < free.len; i++)
    if (free.at[i]->type->rank) join_own_element(p, map, free.at[i]);
}

void plan_share(Plan *p) {
  static Visit *const steps[] = {tie_carried, join_updated, join_sums, join_yields,
                                 join_inits,  join_block,   join_rows, join_in_place};
  InstrList list = {0};
  collect(p, p->func->body, &list);
  for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
    for (size_t i = 0; i < list.len; i++) steps[s](p, list.at[i]);
}
