/* Storages: one per value at first; joined where that is right. This file alone decides what
 * "right" is. */
#include "backend/plan.h"

#include <string.h>

/* ---- views ----------------------------------------------------------------------------------- */

static const View *whole_view(Plan *p, int rank) {
  if (p->whole[rank]) return p->whole[rank];
  View *view = p->whole[rank] = ARENA_NEW(p->m->arena, View);
  view->rank = rank;
  for (int d = 0; d < rank; d++) view->dim[d].is_range = true;
  return view;
}

bool view_is_whole(const View *view) {
  for (int d = 0; d < view->rank; d++)
    if (!view->dim[d].is_range || view->dim[d].n) return false;
  return true;
}

static bool same_view(const View *a, const View *b) {
  if (a->rank != b->rank) return false;
  for (int d = 0; d < a->rank; d++) {
    if (a->dim[d].is_range != b->dim[d].is_range || a->dim[d].n != b->dim[d].n) return false;
    for (int k = 0; k < a->dim[d].n; k++)
      if (a->dim[d].start[k] != b->dim[d].start[k]) return false;
  }
  return true;
}

static bool add_starts(ViewDim *to, const ViewDim *from) {
  if (to->n + from->n > VIEW_TERMS) return false;
  for (int k = 0; k < from->n; k++) to->start[to->n++] = from->start[k];
  return true;
}

/* inner is seen through outer: the storage of inner becomes the block `outer` of another one. */
static bool compose_view(const View *outer, const View *inner, View *result) {
  *result = *outer;
  int k = 0;
  for (int d = 0; d < outer->rank; d++) {
    if (!outer->dim[d].is_range) continue;
    result->dim[d].is_range = inner->dim[k].is_range;
    if (!add_starts(&result->dim[d], &inner->dim[k++])) return false;
  }
  return true;
}

bool same_place(const Plan *p, const Value *a, const Value *b) {
  const Fact *fa = fact(p, a), *fb = fact(p, b);
  if (!fa->storage || fa->storage != fb->storage) return false;
  return a->type->rank == 0 || same_view(fa->view, fb->view);
}

/* ---- storages -------------------------------------------------------------------------------- */

Storage *storage_new(Plan *p, Type *type) {
  Storage *s = ARENA_NEW(p->m->arena, Storage);
  s->type = type;
  s->home = type->rank ? HOME_WORK : HOME_VARIABLE;
  s->slot = -1;
  vec_push(p->m->arena, &p->storages, s);
  return s;
}

int storage_elements(const Storage *storage, int64_t *n) {
  *n = 1;
  for (int d = 0; d < storage->type->rank; d++) {
    int64_t extent;
    if (!size_is_const(storage->type->dims[d], &extent)) return 0;
    if (extent > 0 && *n > INT64_MAX / 16 / extent) return 0;
    *n *= extent > 0 ? extent : 0;
  }
  return 1;
}

static Storage *store(Plan *p, Value *value) {
  Fact *f = fact(p, value);
  Storage *s = storage_new(p, value->type);
  f->storage = s;
  if (value->type->rank) f->view = whole_view(p, value->type->rank);
  vec_push(p->m->arena, &s->members, value);
  const Occupied range = {value, f->def, f->last};
  vec_push(p->m->arena, &s->ranges, range);
  s->first = f->def;
  s->last = f->last;
  s->keeps_variable = f->is_atom || (f->is_stable && value->type->kind == KIND_INT);
  s->needs_whole = f->needs_whole;
  return s;
}

static bool is_carried_param_needed(Plan *p, const Region *region, int k) {
  const Instr *holder = region->parent;
  const bool is_condition = holder->op == OP_WHILE && region == holder->regions[0];
  return is_carried_needed(p, holder, is_condition ? k : k - first_carried(holder));
}

static void store_params(Plan *p, Region *region) {
  for (int k = 0; k < region->n_params; k++) {
    Value *param = region->params[k];
    if (region->parent && !is_index(param) && !is_carried_param_needed(p, region, k)) continue;
    Storage *s = store(p, param);
    s->is_const = is_index(param);
    if (region->parent) continue;
    s->home = HOME_PARAM;
    s->first = 0;
    const Slot *slot = slot_of_param(p->func, param, NULL);
    s->is_const = !slot || slot->role != ROLE_INOUT || param->type->rank == 0;
  }
}

static bool is_stored(Plan *p, const Value *value) {
  const Fact *f = fact(p, value);
  if (f->is_inline || f->uses == 0) return false;
  return !splat_of(value) || f->needs_whole;
}

/* Results that exist without being used: what a loop carries for its own steps, what a call
 * writes. */
static bool is_written_anyway(Plan *p, const Instr *instr, int k) {
  if (instr->op == OP_CALL) return true;
  return op_carries(instr->op) && k < last_region(instr)->n_yields &&
         is_carried_needed(p, instr, k);
}

static void store_region(Plan *p, Region *region) {
  store_params(p, region);
  for (Instr *instr = region->first; instr; instr = instr->next) {
    if (!node(p, instr)->is_needed) continue;
    for (int k = 0; k < instr->n_results; k++)
      if (is_stored(p, instr->results[k]) || is_written_anyway(p, instr, k))
        store(p, instr->results[k]);
    if (node(p, instr)->is_expression) continue;
    for (int r = 0; r < instr->n_regions; r++) store_region(p, instr->regions[r]);
  }
}

void plan_storages(Plan *p) { store_region(p, p->func->body); }

/* ---- joining --------------------------------------------------------------------------------- */

/* The first position from `at` on that is in no hole of f. */
static int past_holes(const Fact *f, int at) {
  for (size_t i = 0; i < f->holes.len; i++)
    if (f->holes.at[i].first <= at && at <= f->holes.at[i].last) at = f->holes.at[i].last + 1;
  return at;
}

static bool ranges_meet(const Fact *a, const Fact *b, int from) {
  const int end = a->last < b->last ? a->last : b->last;
  int at = a->def > b->def ? a->def : b->def;
  if (at < from) at = from;
  while (at <= end) {
    const int next = past_holes(b, past_holes(a, at));
    if (next == at) return true;
    at = next;
  }
  return false;
}

bool live_meet(Plan *p, const Value *a, const Value *b, int from) {
  return ranges_meet(fact(p, a), fact(p, b), from);
}

static bool is_exempt(const MayMeet *may, const Value *from, const Value *to) {
  for (int k = 0; k < may->n; k++)
    if (may->to[k] == to && (!may->from || may->from == from)) return true;
  return false;
}

/* Does the member's range meet one of the storage's? Only those are looked at that begin before it ends and
 * stand no further ahead than one that ends after it begins. */
static bool range_meets(Plan *p, Value *member, const Storage *s, const MayMeet *may, bool is_from) {
  const Fact *f = fact(p, member);
  size_t low = 0, high = s->ranges.len;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (s->ranges.at[middle].def <= f->last) low = middle + 1;
    else high = middle;
  }
  for (size_t i = low; i > 0 && s->ranges.at[i - 1].latest >= f->def; i--) {
    const Value *other = s->ranges.at[i - 1].value;
    const Value *from = is_from ? member : other, *to = is_from ? other : member;
    if (!is_exempt(may, from, to) && ranges_meet(fact(p, from), fact(p, to), 0)) return true;
  }
  return false;
}

static bool storages_meet(Plan *p, const Storage *from, const Storage *to, const MayMeet *may) {
  if (from->last < to->first || to->last < from->first) return false;
  const bool is_from = from->members.len <= to->members.len;
  const Storage *few = is_from ? from : to, *many = is_from ? to : from;
  for (size_t i = 0; i < few->members.len; i++)
    if (range_meets(p, few->members.at[i], many, may, is_from)) return true;
  return false;
}

/* The ranges of `from` go into those of `to`, from the back to where all are behind. */
static void merge_ranges(Plan *p, const Storage *from, Storage *to) {
  size_t i = to->ranges.len, k = from->ranges.len;
  const Occupied none = {0};
  for (size_t n = 0; n < k; n++) vec_push(p->m->arena, &to->ranges, none);
  Occupied *at = to->ranges.at;
  while (k > 0) {
    const bool is_later = i == 0 || at[i - 1].def <= from->ranges.at[k - 1].def;
    at[i + k - 1] = is_later ? from->ranges.at[k - 1] : at[i - 1];
    if (is_later) k--;
    else i--;
  }
  for (; i < to->ranges.len; i++) {
    const int own = fact(p, at[i].value)->last;
    at[i].latest = i > 0 && at[i - 1].latest > own ? at[i - 1].latest : own;
  }
}

static bool composed_views(Plan *p, const Storage *from, const View *view, View *results) {
  for (size_t i = 0; i < from->members.len; i++)
    if (!compose_view(view, fact(p, from->members.at[i])->view, &results[i])) return false;
  return true;
}

static void move_members(Plan *p, Storage *from, Storage *to, const View *views) {
  for (size_t i = 0; i < from->members.len; i++) {
    Fact *f = fact(p, from->members.at[i]);
    f->storage = to;
    if (views) f->view = &views[i];
    vec_push(p->m->arena, &to->members, from->members.at[i]);
  }
  merge_ranges(p, from, to);
  to->keeps_variable = to->keeps_variable || from->keeps_variable;
  to->needs_whole = to->needs_whole || from->needs_whole;
  if (from->first < to->first) to->first = from->first;
  if (from->last > to->last) to->last = from->last;
  from->merged = to;
  from->members.len = 0;
}

void storage_tie(Plan *p, const Value *value, Storage *to) {
  move_members(p, storage_of(p, value), to, NULL);
}

/* `from` becomes the block `view` of `to`'s value. */
static bool join_array(Plan *p, const Value *from, const Value *to, const View *view) {
  Storage *source = storage_of(p, from), *target = storage_of(p, to);
  View outer = *fact(p, to)->view;
  if (view && !compose_view(fact(p, to)->view, view, &outer)) return false;
  if (view_is_whole(&outer)) {
    move_members(p, source, target, NULL);
    return true;
  }
  View *views = ARENA_ARRAY(p->m->arena, View, source->members.len);
  if (!composed_views(p, source, &outer, views)) return false;
  move_members(p, source, target, views);
  return true;
}

bool storage_join(Plan *p, Value *from, Value *to, const View *view, MayMeet may) {
  Storage *source = storage_of(p, from), *target = storage_of(p, to);
  if (!source || !target) return false;
  if (source == target) return !view && same_place(p, from, to);
  if (source->is_const || target->is_const) return false;
  if (!view && from->type != to->type) return false;
  if (storages_meet(p, source, target, &may)) return false;
  if (from->type->rank == 0) {
    if (source->keeps_variable || target->keeps_variable) return false;
    const bool is_larger = source->members.len > target->members.len;
    move_members(p, is_larger ? target : source, is_larger ? source : target, NULL);
    return true;
  }
  const bool from_whole = view_is_whole(fact(p, from)->view) && source->home != HOME_PARAM;
  const bool to_whole = view_is_whole(fact(p, to)->view) && target->home != HOME_PARAM;
  /* The smaller one moves: long chains of updates would take quadratic time otherwise. */
  if (!view && from_whole && to_whole && source->members.len > target->members.len)
    return join_array(p, to, from, NULL);
  if (from_whole && (!view || !source->needs_whole))
    return join_array(p, from, to, view);
  return !view && to_whole && join_array(p, to, from, NULL);
}
