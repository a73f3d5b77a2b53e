#include "derive/rewind.h"

#include "derive/effects.h"
#include "derive/rewind_parts.h"

/* ---- steps ----------------------------------------------------------------------------------- */

ValueMap enter_step(Past *p, Builder *b, Value *t, int n, const int *carried, Value *const *values) {
  ValueMap map = value_map_new(p->m->arena);
  value_map_set(&map, p->body->params[0], t);
  for (int i = 0; i < n; i++) value_map_set(&map, param_of(p, carried[i]), values[i]);
  for (int i = 0; i < p->loop->n_operands - 1; i++)
    if (!value_map_has(&map, param_of(p, i))) /* nothing that is needed reads it */
      value_map_set(&map, param_of(p, i), build_zeros(b, param_of(p, i)->type));
  return map;
}

void repeat_step(const Past *p, Builder *b, ValueMap *map) {
  Instr *before = b->before ? b->before->prev : b->region->last;
  clone_region_into(b, p->body, map);
  Instr *first = before ? before->next : b->region->first;
  Instr *last = b->before ? b->before->prev : b->region->last;
  if (p->body->first) strip_effects(first, last);
}

Steps steps_from(Past *p, Value *at) {
  Steps s = {.region = region_new(p->m)};
  s.in = builder_at_end(p->m, s.region);
  s.in.span = p->loop->span;
  Value *i = region_param(p->m, s.region, type_scalar(p->m, KIND_INT), NULL);
  s.t = plus(&s.in, at, i);
  s.t->name = p->body->params[0]->name;
  return s;
}

void enter_values(Past *p, Region *region, int n, const int *carried, Value **inside) {
  for (int i = 0; i < n; i++) {
    const Value *param = param_of(p, carried[i]);
    inside[i] = region_param(p->m, region, param->type, param->name);
  }
}

/* Runs `count` steps from step `at` on the n carried values. */
static Instr *build_run(Past *p, Builder *b, Value *at, Value *count, int n, const int *carried,
                        Value *const *values, bool with_effects) {
  Steps s = steps_from(p, at);
  Value **inside = ARENA_ARRAY(p->m->arena, Value *, (size_t)n);
  enter_values(p, s.region, n, carried, inside);
  ValueMap map = enter_step(p, &s.in, s.t, n, carried, inside);
  if (with_effects) clone_region_into(&s.in, p->body, &map);
  else repeat_step(p, &s.in, &map);
  for (int i = 0; i < n; i++)
    region_add_yield(p->m, s.region, value_map_get(&map, p->body->yields[carried[i]]));
  return build_loop(b, count, n, values, s.region);
}

/* Steps that can be taped from the latest snapshot on, whose own place is then free; NULL: none. */
static Value *capacity(const Past *p, Builder *b, Value *held) {
  if (p->kind == SCHEDULE_BINOMIAL && !p->in_rows) return NULL;
  Value *one = build_int(b, 1);
  if (p->kind == SCHEDULE_SQRT) return minus(b, p->stride, one);
  return minus(b, p->slots, not_negative(b, minus(b, held, one)));
}

/* How far to run, at most `most` steps, with `left` steps to reverse. */
static Value *distance(const Past *p, Builder *b, Value *left, Value *held, Value *most) {
  if (p->kind == SCHEDULE_SQRT) return least(b, p->stride, most);
  return least(b, build_prim(b, OP_binomial, left, minus(b, p->slots, held)), most);
}

/* ---- forward --------------------------------------------------------------------------------- */

/* mixed: what will be taped needs no more snapshots. */
static Value *forward_distance(const Past *p, Builder *b, Value *left, Value *held) {
  Value *length = distance(p, b, left, held, left);
  if (p->kind != SCHEDULE_MIXED) return length;
  Value *fits = build_prim(b, OP_le, left, plus(b, capacity(p, b, held), build_int(b, 1)));
  Region *all = region_new(p->m), *some = region_new(p->m);
  region_add_yield(p->m, all, left);
  region_add_yield(p->m, some, length);
  return build_if(b, fits, all, some)->results[0];
}

/* at, the loop's carried values, the store. */
typedef struct {
  int n, n_carried;
  Value **inits;
  int *every; /* 0, 1, .. */
} Segments;

static Segments segments_of(const Past *p, Builder *b) {
  Segments s = {.n_carried = p->loop->n_operands - 1};
  s.n = 1 + s.n_carried + n_store(p);
  s.inits = ARENA_ARRAY(p->m->arena, Value *, (size_t)s.n);
  s.every = ARENA_ARRAY(p->m->arena, int, (size_t)s.n_carried);
  s.inits[0] = build_int(b, 0);
  for (int i = 0; i < s.n_carried; i++) {
    s.inits[1 + i] = p->loop->operands[1 + i];
    s.every[i] = i;
  }
  begin_store(p, s.inits + 1 + s.n_carried);
  return s;
}

static void enter_segment(Past *p, const Segments *s, Region *region, Value **inside) {
  inside[0] = region_param(p->m, region, type_scalar(p->m, KIND_INT), intern(p->m->names, "at"));
  enter_values(p, region, s->n_carried, s->every, inside + 1);
  enter_store(p, region, inside + 1 + s->n_carried);
}

static Region *segment_condition(Past *p, const Segments *s) {
  Region *region = region_new(p->m);
  Value **inside = ARENA_ARRAY(p->m->arena, Value *, (size_t)s->n);
  enter_segment(p, s, region, inside);
  Builder in = builder_at_end(p->m, region);
  region_add_yield(p->m, region, build_prim(&in, OP_lt, inside[0], p->loop->operands[0]));
  return region;
}

static Region *segment_body(Past *p, const Segments *s) {
  Module *m = p->m;
  Region *region = region_new(m);
  region_param(m, region, type_scalar(m, KIND_INT), NULL);
  Value **inside = ARENA_ARRAY(m->arena, Value *, (size_t)s->n);
  enter_segment(p, s, region, inside);
  Builder in = builder_at_end(m, region);
  in.span = p->loop->span;
  Value *at = inside[0], *end = p->loop->operands[0], **store = inside + 1 + s->n_carried;
  Value *length = named(m, forward_distance(p, &in, minus(&in, end, at), store[HELD]), "length");
  const Instr *run = build_run(p, &in, at, length, s->n_carried, s->every, inside + 1, true);
  Value *next = plus(&in, at, length);
  Value **state = ARENA_ARRAY(m->arena, Value *, (size_t)p->n_state);
  for (int i = 0; i < p->n_state; i++) state[i] = run->results[p->state[i]];
  Value **after = ARENA_ARRAY(m->arena, Value *, (size_t)n_store(p));
  take_snapshot(p, &in, next, end, state, store, after);
  region_add_yield(m, region, next);
  for (int i = 0; i < s->n_carried; i++) region_add_yield(m, region, run->results[i]);
  for (int i = 0; i < n_store(p); i++) region_add_yield(m, region, after[i]);
  return region;
}

void past_forward(Past *p, ValueMap *replaced) {
  if (p->loop->op == OP_WHILE || p->n_state == 0) return;
  Builder b = builder_before(p->m, p->loop);
  const Segments s = segments_of(p, &b);
  Value *most = plus(&b, p->slots, build_int(&b, 1));
  const Instr *all =
      build_while(&b, most, s.n, s.inits, segment_condition(p, &s), segment_body(p, &s));
  for (int i = 0; i < s.n_carried; i++) {
    all->results[1 + i]->name = p->loop->results[i]->name;
    value_map_set(replaced, p->loop->results[i], all->results[1 + i]);
  }
  Value *const *store = all->results + 1 + s.n_carried;
  p->held = store[HELD];
  p->times = store[TIMES];
  if (p->on_disk) p->turn = store[TURN];
  for (int i = 0; i < p->n_state; i++) p->snapshots[i] = store[first_snapshot(p) + i];
  instr_unlink(p->loop);
}

/* ---- backwards: to the state before a step ----------------------------------------------------- */

static void enter_journey(Past *p, Region *region, Value **inside) {
  inside[0] = region_param(p->m, region, type_scalar(p->m, KIND_INT), intern(p->m->names, "at"));
  enter_values(p, region, p->n_state, p->state, inside + 1);
  enter_store(p, region, inside + 1 + p->n_state);
}

static Region *journey_condition(Past *p, Value *t) {
  Region *region = region_new(p->m);
  Value **inside = ARENA_ARRAY(p->m->arena, Value *, (size_t)n_journey(p));
  enter_journey(p, region, inside);
  Builder in = builder_at_end(p->m, region);
  Value *taped = capacity(p, &in, inside[1 + p->n_state]);
  Value *reach = taped ? plus(&in, inside[0], taped) : inside[0];
  region_add_yield(p->m, region, build_prim(&in, OP_lt, reach, t));
  return region;
}

static Region *journey_body(Past *p, Value *t) {
  Module *m = p->m;
  Region *region = region_new(m);
  region_param(m, region, type_scalar(m, KIND_INT), NULL);
  Value **inside = ARENA_ARRAY(m->arena, Value *, (size_t)n_journey(p));
  enter_journey(p, region, inside);
  Builder in = builder_at_end(m, region);
  in.span = p->loop->span;
  Value *at = inside[0], **store = inside + 1 + p->n_state;
  Value *rest = minus(&in, t, at), *left = plus(&in, rest, build_int(&in, 1));
  Value *length = named(m, distance(p, &in, left, store[HELD], rest), "length");
  const Instr *run = build_run(p, &in, at, length, p->n_state, p->state, inside + 1, false);
  Value *next = plus(&in, at, length);
  Value **after = ARENA_ARRAY(m->arena, Value *, (size_t)n_store(p));
  take_snapshot(p, &in, next, t, run->results, store, after);
  region_add_yield(m, region, next);
  for (int i = 0; i < p->n_state; i++) region_add_yield(m, region, run->results[i]);
  for (int i = 0; i < n_store(p); i++) region_add_yield(m, region, after[i]);
  return region;
}

void travel(Past *p, Builder *b, Value *t, Value *const *store, Value **journey) {
  journey[0] = build_index(b, store[TIMES], &store[HELD]);
  restore(p, b, store, journey + 1);
  for (int i = 0; i < n_store(p); i++) journey[1 + p->n_state + i] = store[i];
  /* The forward run has left a snapshot at each stride. */
  if (p->kind == SCHEDULE_SQRT && p->loop->op == OP_LOOP) return;
  const Instr *run = build_while(b, plus(b, p->slots, build_int(b, 1)), n_journey(p), journey,
                                 journey_condition(p, t), journey_body(p, t));
  for (int i = 0; i < n_journey(p); i++) journey[i] = run->results[i];
}

Value *release(Builder *b, Value *at, Value *const *store) {
  Value *is_here = build_prim(b, OP_eq, build_index(b, store[TIMES], &store[HELD]), at);
  return minus(b, store[HELD], build_prim(b, OP_bool_to_int, is_here, NULL));
}

/* The kept values of step t from the state before it. */
static void record(Past *p, Builder *b, Value *t, Value *const *state, Value *const *kept, int n,
                   Value **found) {
  ValueMap map = enter_step(p, b, t, p->n_state, p->state, state);
  repeat_step(p, b, &map);
  for (int i = 0; i < n; i++) found[i] = value_map_get(&map, kept[i]);
}

/* ---- tapes for the last steps ------------------------------------------------------------------ */

/* Steps at .. at + count - 1 onto the tapes; results: the state then, and the tapes. */
static Instr *build_taping(Past *p, Builder *b, Value *at, Value *count, Value *const *state,
                           Value *const *kept, Value *const *tapes, int n) {
  Module *m = p->m;
  Steps s = steps_from(p, at);
  const size_t room = (size_t)(p->n_state + n);
  Value **inside = ARENA_ARRAY(m->arena, Value *, room), **inits = ARENA_ARRAY(m->arena, Value *, room);
  enter_values(p, s.region, p->n_state, p->state, inside);
  for (int i = 0; i < n; i++)
    inside[p->n_state + i] = region_param(m, s.region, tapes[i]->type, tapes[i]->name);
  ValueMap map = enter_step(p, &s.in, s.t, p->n_state, p->state, inside);
  repeat_step(p, &s.in, &map);
  for (int i = 0; i < p->n_state; i++) {
    inits[i] = state[i];
    region_add_yield(m, s.region, value_map_get(&map, p->body->yields[p->state[i]]));
  }
  for (int i = 0; i < n; i++) {
    inits[p->n_state + i] = tapes[i];
    Value *value = value_map_get(&map, kept[i]);
    region_add_yield(m, s.region,
                     put(&s.in, inside[p->n_state + i], value, s.region->params[0]));
  }
  return build_loop(b, count, (int)room, inits, s.region);
}

/* Nothing is taped: to a snapshot, forward, and a tape from there up to step t. */
static Region *refill(Past *p, Span span, const Hand *hand, Value *t, Value *const *kept) {
  Module *m = p->m;
  Region *region = region_new(m);
  Builder in = builder_at_end(m, region);
  in.span = span;
  Value *const *tapes = hand->at + n_store(p) + 1;
  Value **journey = ARENA_ARRAY(m->arena, Value *, (size_t)n_journey(p));
  Value **found = ARENA_ARRAY(m->arena, Value *, (size_t)hand->n_kept);
  travel(p, &in, t, hand->at, journey);
  Value *const *store = journey + 1 + p->n_state;
  Value *count = minus(&in, t, journey[0]);
  const Instr *taping =
      build_taping(p, &in, journey[0], count, journey + 1, kept, tapes, hand->n_kept);
  record(p, &in, t, taping->results, kept, hand->n_kept, found);
  for (int i = 0; i < hand->n_kept; i++) region_add_yield(m, region, found[i]);
  region_add_yield(m, region, release(&in, journey[0], store));
  for (int i = 1; i < n_store(p); i++) region_add_yield(m, region, store[i]);
  region_add_yield(m, region, count);
  for (int i = 0; i < hand->n_kept; i++)
    region_add_yield(m, region, taping->results[p->n_state + i]);
  return region;
}

/* The step is on the tape. */
static Region *read_back(Past *p, Span span, const Hand *hand) {
  Module *m = p->m;
  Region *region = region_new(m);
  Builder in = builder_at_end(m, region);
  in.span = span;
  Value *const *tapes = hand->at + n_store(p) + 1;
  Value *last = minus(&in, hand->at[n_store(p)], build_int(&in, 1));
  for (int i = 0; i < hand->n_kept; i++)
    region_add_yield(m, region, build_row(&in, tapes[i], 1, &last));
  for (int i = 0; i < hand->n; i++)
    region_add_yield(m, region, i == n_store(p) ? last : hand->at[i]);
  return region;
}

/* ---- the reverse loop -------------------------------------------------------------------------- */

/* The store, the number of steps that are taped, and the tapes where they have arrays of their own, as
 * carried values of the reverse loop. */
static Hand carry(Past *p, Instr *reverse, Value *const *kept, int n) {
  Module *m = p->m;
  Builder before = builder_before(m, reverse);
  const int more = p->n_taped ? 1 + n : p->in_rows ? 1 : 0;
  Hand hand = {.n = n_store(p) + more, .n_kept = n};
  Value **inits = ARENA_ARRAY(m->arena, Value *, (size_t)hand.n);
  hand.at = ARENA_ARRAY(m->arena, Value *, (size_t)hand.n);
  begin_store(p, inits);
  if (more) inits[n_store(p)] = named(m, build_int(&before, 0), "taped");
  if (p->n_taped) {
    for (int i = 0; i < n; i++) {
      Value *tape = build_zeros(&before, type_prefixed(m, 1, &p->n_taped, kept[i]->type));
      tape->name = with_suffix(m, kept[i], "tape");
      inits[n_store(p) + 1 + i] = tape;
    }
  }
  for (int i = 0; i < hand.n; i++) {
    const Name name = i < n_store(p) ? store_name(p, i) : inits[i]->name;
    instr_add_carried(m, reverse, inits[i], name, &hand.at[i]);
  }
  return hand;
}

static void rewind_step(Past *p, Builder *b, Region *region, const Hand *hand, Value *t,
                        Value *const *kept, Value **found) {
  Module *m = p->m;
  if (p->in_rows) {
    find_in_rows(p, b, region, hand, t, kept, found);
    return;
  }
  if (p->n_taped) {
    Value *none = build_prim(b, OP_eq, hand->at[n_store(p)], build_int(b, 0));
    const Instr *branch =
        build_if(b, none, refill(p, b->span, hand, t, kept), read_back(p, b->span, hand));
    for (int i = 0; i < hand->n_kept; i++) found[i] = branch->results[i];
    for (int i = 0; i < hand->n; i++)
      region_add_yield(m, region, branch->results[hand->n_kept + i]);
    return;
  }
  Value **journey = ARENA_ARRAY(m->arena, Value *, (size_t)n_journey(p));
  travel(p, b, t, hand->at, journey);
  Value *const *store = journey + 1 + p->n_state;
  record(p, b, t, journey + 1, kept, hand->n_kept, found);
  region_add_yield(m, region, release(b, t, store));
  for (int i = 1; i < n_store(p); i++) region_add_yield(m, region, store[i]);
}

void past_rewind(Past *p, Instr *reverse, Value *const *kept, int n, Value **found) {
  Region *region = reverse->regions[0];
  Builder b = builder_at_end(p->m, region);
  b.before = region->first;
  b.span = p->loop->span;
  Value *last = minus(&b, reverse->operands[0], build_int(&b, 1));
  Value *t = minus(&b, last, region->params[0]);
  t->name = p->body->params[0]->name;
  if (p->n_state == 0) {
    record(p, &b, t, NULL, kept, n, found);
  } else {
    const Hand hand = carry(p, reverse, kept, n);
    rewind_step(p, &b, region, &hand, t, kept, found);
  }
  for (int i = 0; i < n; i++)
    if (!found[i]->name) found[i]->name = kept[i]->name;
}
