/* adjoint_space - reverse mode of index spaces: map, reduce, sweep.
 *
 * A map's reverse is a sweep over the same space: each iteration computes the primal body again (or reads
 * what keep.c chose to store as further results of the map) and adds to the adjoints of what
 * the body reads. Where each iteration owns the element that it adds to, the sweep is a map again. */
#include "derive/activity.h"
#include "derive/adjoint_rules.h"
#include "derive/effects.h"
#include "derive/keep.h"

/* A reverse region over an index space while it is built. */
typedef struct {
  Instr *primal;
  Region *body;    /* of the primal */
  Region *region;  /* the reverse one: indices, then adjoints of what the body reads */
  ValueMap cloned; /* primal body -> its copy in region */
  Clone clone;
  Builder in;
  Scope scope;
  int augmented; /* the count when the reversal of this body began */
} Space;

static Space space_begin(Adjoint *a, Builder *b, Instr *primal) {
  Module *m = a->m;
  Space s = {.primal = primal, .body = primal->regions[0], .region = region_new(m)};
  s.cloned = value_map_new(m->scratch);
  s.in = builder_at_end(m, s.region);
  s.in.span = primal->span;
  for (int d = 0; d < primal->n_extents; d++) {
    Value *index = s.body->params[d];
    value_map_set(&s.cloned, index, region_param(m, s.region, index->type, index->name));
  }
  s.scope = scope_open(a, b, SCOPE_SWEEP, 1, &s.body);
  scope_enter(a, &s.scope, SCOPE_SWEEP, s.region);
  return s;
}

static void space_clone(Adjoint *a, Space *s) {
  s->clone = clone_primal(a, &s->in, s->body, &s->cloned);
  s->augmented = a->augmented;
}

/* ---- sweeps in which each iteration owns its elements ---------------------------------------- */

/* Is the accumulator's whole story: one block added, at exactly the iteration's own index? */
static bool owns_its_element(const Space *s, const Shared *shared, const Value *yield) {
  const Instr *accum = yield->def;
  if (shared->before || !accum || accum->op != OP_ACCUM || accum->parent != s->region) return false;
  if (accum->operands[0] != shared->inside) return false;
  const Type *array = shared->value->type, *block = accum->operands[1]->type;
  const int n = s->primal->n_extents;
  if (array->rank < n) return false;
  for (int d = 0; d < array->rank; d++) {
    const Value *start = accum->operands[2 + d];
    const bool is_range = accum->ranges >> d & 1;
    if (is_range != (d >= n)) return false;
    int64_t zero;
    if (!is_range) {
      if (start != s->region->params[d] || array->dims[d] != s->primal->extents[d]) return false;
    } else if (!value_is_const_int(start, &zero) || zero != 0 ||
               array->dims[d] != block->dims[d - n]) {
      return false;
    }
  }
  return true;
}

static bool is_a_map(const Space *s) {
  for (size_t i = 0; i < s->scope.list.len; i++)
    if (!owns_its_element(s, &s->scope.list.at[i], s->region->yields[i])) return false;
  return true;
}

static Instr *build_as_map(Builder *b, Space *s) {
  for (int i = 0; i < s->region->n_yields; i++) {
    Instr *accum = s->region->yields[i]->def;
    s->region->yields[i] = accum->operands[1];
    instr_unlink(accum);
  }
  s->region->n_params = s->primal->n_extents;
  return build_map(b, s->primal->n_extents, s->primal->extents, s->region);
}

static Instr *build_as_sweep(Builder *b, Space *s) {
  const int n = (int)s->scope.list.len;
  Value **inits = ARENA_ARRAY(b->m->scratch, Value *, (size_t)n);
  for (int i = 0; i < n; i++) inits[i] = s->scope.list.at[i].init;
  return build_sweep(b, s->primal->n_extents, s->primal->extents, n, inits, s->region);
}

/* The reverse instruction; NULL: there is nothing to add to. */
static Instr *space_end(Adjoint *a, Builder *b, Space *s) {
  scope_drop_unchanged(a, &s->scope, SCOPE_SWEEP, 1, &s->region, s->primal->n_extents, 0);
  if (s->scope.list.len == 0) return NULL;
  strip_effects(s->clone.first, s->clone.last);
  b->span = s->primal->span;
  Instr *reverse = is_a_map(s) ? build_as_map(b, s) : build_as_sweep(b, s);
  scope_close(a, &s->scope, reverse, 0);
  return reverse;
}

/* ---- map -------------------------------------------------------------------------------------- */

/* The result of the map that holds the body's value; a new one if there is none yet. */
static Value *result_holding(Adjoint *a, Instr *map, Value *inner) {
  Region *body = map->regions[0];
  for (int i = 0; i < body->n_yields; i++)
    if (body->yields[i] == inner) return map->results[i];
  region_add_yield(a->m, body, inner);
  a->augmented++;
  Type *type = type_prefixed(a->m, map->n_extents, map->extents, inner->type);
  return instr_add_result(a->m, map, type, inner->name);
}

/* Are further results stored for the reverse run? */
static bool keep_of_map(Adjoint *a, Space *s) {
  Keep keep = {.m = a->m, .region = s->region, .first = s->clone.first,
               .last = s->clone.last,
               .tapes = &a->tapes, .n_outer = s->primal->n_extents};
  ValueList stored = {0};
  keep_choose(&keep, &stored);
  if (stored.len == 0) return false;
  ValueMap back = value_map_new(a->m->scratch);
  if (a->augmented > s->augmented)
    s->primal->regions[0] = primal_from_clone(a->m, s->body, &keep, &s->cloned, &back);
  else
    back = clone_inverse(a->m, s->body, &s->cloned);

  Builder reads_at = keep_reads(&keep);
  Value **reads = ARENA_ARRAY(a->m->scratch, Value *, stored.len);
  for (size_t i = 0; i < stored.len; i++) {
    Value *array = result_holding(a, s->primal, value_map_get(&back, stored.at[i]));
    reads[i] = build_row(&reads_at, array, s->primal->n_extents, s->region->params);
  }
  keep_replace(&keep, &stored, reads);
  return true;
}

static void note_twice(Adjoint *a, const Space *s, Instr *reverse) {
  Twice twice = {.map = s->primal, .reverse = reverse};
  for (int i = 0; i < s->body->n_yields; i++)
    vec_push(a->m->arena, &twice.values, value_map_get(&s->cloned, s->body->yields[i]));
  vec_push(a->m->arena, a->twice, twice);
}

void reverse_map(Adjoint *a, Builder *b, Instr *map) {
  Space s = space_begin(a, b, map);
  space_clone(a, &s);
  const int n_yields = s.body->n_yields;
  for (int i = 0; i < n_yields; i++) {
    Value *bar = bar_of(a, map->results[i]);
    if (!bar || !is_varied(&a->varied, map->results[i])) continue;
    Value *seed = build_row(&s.in, bar, map->n_extents, s.region->params);
    add_bar(a, &s.in, value_map_get(&s.cloned, s.body->yields[i]), seed);
  }
  reverse_clone(a, &s.in, &s.clone);
  scope_yield(a, &s.scope, s.region);
  const bool has_stored = keep_of_map(a, &s);
  Instr *reverse = space_end(a, b, &s);
  if (reverse && !has_stored && is_worth_once(map)) note_twice(a, &s, reverse);
}

/* ---- reduce ----------------------------------------------------------------------------------- */

/* Turns reduce{ body } into reduce{ read of map{ body } }, so that what the body computes is there once
 * more for the reverse run. Returns the map. */
static Instr *split_reduce(Adjoint *a, Instr *reduce) {
  Builder before = builder_before(a->m, reduce);
  Value *at[MAX_RANK];
  Region *reading = region_over_indices(a->m, reduce, at);
  Instr *map = build_map(&before, reduce->n_extents, reduce->extents, reduce->regions[0]);
  Builder in = builder_at_end(a->m, reading);
  in.span = reduce->span;
  region_add_yield(a->m, reading, build_index(&in, map->results[0], at));
  reduce->regions[0] = reading;
  reading->parent = reduce;
  mark_varied_instr(a->m, &a->varied, map);
  a->augmented++;
  return map;
}

/* How many elements equal the minimum or maximum. */
static Value *count_ties(Adjoint *a, Builder *b, const Instr *reduce, Value *array) {
  Value *at[MAX_RANK];
  Region *body = region_over_indices(a->m, reduce, at);
  Builder in = builder_at_end(a->m, body);
  in.span = reduce->span;
  Value *equal = build_prim(&in, OP_eq, build_index(&in, array, at), reduce->results[0]);
  Region *one = region_new(a->m), *zero = region_new(a->m);
  Builder in_one = builder_at_end(a->m, one), in_zero = builder_at_end(a->m, zero);
  region_add_yield(a->m, one, build_real(&in_one, 1));
  region_add_yield(a->m, zero, build_real(&in_zero, 0));
  region_add_yield(a->m, body, build_if(&in, equal, one, zero)->results[0]);
  return build_reduce(b, REDUCE_SUM, reduce->n_extents, reduce->extents, body);
}

/* map { array == result ? share : 0 }: elements that tie share the adjoint equally. */
static Value *build_shares(Adjoint *a, Builder *b, const Instr *reduce, Value *array,
                           Value *share) {
  Value *at[MAX_RANK];
  Region *body = region_over_indices(a->m, reduce, at);
  Builder in = builder_at_end(a->m, body);
  in.span = reduce->span;
  Value *equal = build_prim(&in, OP_eq, build_index(&in, array, at), reduce->results[0]);
  Region *chosen = region_new(a->m), *other = region_new(a->m);
  Builder in_other = builder_at_end(a->m, other);
  region_add_yield(a->m, chosen, share);
  region_add_yield(a->m, other, build_real(&in_other, 0));
  region_add_yield(a->m, body, build_if(&in, equal, chosen, other)->results[0]);
  return build_map(b, reduce->n_extents, reduce->extents, body)->results[0];
}

static Value *build_constant_map(Adjoint *a, Builder *b, const Instr *reduce, Value *value) {
  Value *at[MAX_RANK];
  Region *body = region_over_indices(a->m, reduce, at);
  region_add_yield(a->m, body, value);
  return build_map(b, reduce->n_extents, reduce->extents, body)->results[0];
}

static void reverse_extremum(Adjoint *a, Builder *b, Instr *reduce, Value *bar) {
  Instr *map = split_reduce(a, reduce);
  Value *ties = count_ties(a, b, reduce, map->results[0]);
  Value *share = build_prim(b, OP_div, bar, ties);
  set_bar(a, map->results[0], build_shares(a, b, reduce, map->results[0], share));
  reverse_map(a, b, map);
}

static bool body_is_expensive(const Region *body) {
  for (const Instr *instr = body->first; instr; instr = instr->next)
    if (is_expensive(instr)) return true;
  return false;
}

void reverse_reduce(Adjoint *a, Builder *b, Instr *reduce) {
  Value *bar = bar_of(a, reduce->results[0]);
  if (reduce->reduce != REDUCE_SUM) {
    reverse_extremum(a, b, reduce, bar);
    return;
  }
  if (body_is_expensive(reduce->regions[0])) {
    Instr *map = split_reduce(a, reduce);
    set_bar(a, map->results[0], build_constant_map(a, b, reduce, bar));
    reverse_map(a, b, map);
    return;
  }
  Space s = space_begin(a, b, reduce);
  space_clone(a, &s);
  add_bar(a, &s.in, value_map_get(&s.cloned, s.body->yields[0]), bar);
  reverse_clone(a, &s.in, &s.clone);
  scope_yield(a, &s.scope, s.region);
  space_end(a, b, &s);
}

/* ---- sweep ------------------------------------------------------------------------------------ */

/* A sweep is linear in its accumulators: their adjoints pass through, and each iteration reads them. */
void reverse_sweep(Adjoint *a, Builder *b, Instr *sweep) {
  Space s = space_begin(a, b, sweep);
  const int n = sweep->n_operands;
  for (int i = 0; i < n; i++) {
    Value *accumulator = s.body->params[sweep->n_extents + i];
    value_map_set(&s.cloned, accumulator, build_zeros(&s.in, accumulator->type));
  }
  space_clone(a, &s);
  for (int i = 0; i < n; i++) {
    Value *bar = bar_of(a, sweep->results[i]);
    if (bar) add_bar(a, &s.in, value_map_get(&s.cloned, s.body->yields[i]), bar);
  }
  reverse_clone(a, &s.in, &s.clone);
  scope_yield(a, &s.scope, s.region);
  space_end(a, b, &s);
  for (int i = 0; i < n; i++) {
    Value *bar = bar_of(a, sweep->results[i]);
    if (bar) add_bar(a, b, sweep->operands[i], bar);
  }
}
