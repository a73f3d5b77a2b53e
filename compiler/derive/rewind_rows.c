/* rewind_rows - tapes in the rows of the snapshots.
 *
 * Where only state is kept, a binomial schedule ends with snapshots one step apart: of t + 1 - at steps
 * it takes one each as soon as there is room for all of them. Those need not be snapshots, from which
 * one could go on: the kept values are enough, and they are the rows of the arrays of snapshots behind
 * that of the latest. So one run from the latest snapshot on finds the kept values of all steps up to the one
 * at hand, each of which is then read in its row: no state is copied, and no step is run more often.
 *
 * Without the latest snapshot, which is at hand then, there are held - 1; row max(held - 1, 0) is that of the
 * first step at hand, and the others follow. A run that ends at the step at hand without a snapshot, or
 * at the start, puts its state into the first free row: there is one more than snapshots. */
#include "derive/rewind_parts.h"

/* The state while the last steps run: what is kept is in rows, and so is an array that was a kept one a
 * step before; the others are carried. */
typedef struct {
  int *row;      /* by number in the state: the kept value in whose rows it is, or -1 */
  int *steps;    /* how many steps earlier: 0 or 1 */
  int n_carried; /* the others */
  int *carried;  /* numbers in the state */
  bool has_older; /* does any have steps == 1? */
} Places;

static const Value *behind_copies(const Value *value) {
  while (value->def && value->def->op == OP_COPY) value = value->def->operands[0];
  return value;
}

static int kept_number(const Value *value, Value *const *kept, int n) {
  for (int i = 0; i < n; i++)
    if (kept[i] == value) return i;
  return -1;
}

static Places find_places(const Past *p, Value *const *kept, int n) {
  Places places = {.row = ARENA_ARRAY(p->m->arena, int, (size_t)p->n_state),
                   .steps = ARENA_ARRAY(p->m->arena, int, (size_t)p->n_state),
                   .carried = ARENA_ARRAY(p->m->arena, int, (size_t)p->n_state)};
  for (int i = 0; i < p->n_state; i++) {
    places.row[i] = kept_number(param_of(p, p->state[i]), kept, n);
    if (places.row[i] >= 0) continue;
    places.row[i] = kept_number(behind_copies(p->body->yields[p->state[i]]), kept, n);
    places.steps[i] = places.row[i] >= 0;
    places.has_older |= places.row[i] >= 0;
    if (places.row[i] < 0) places.carried[places.n_carried++] = i;
  }
  return places;
}

/* ---- taping ------------------------------------------------------------------------------------ */

/* The state and the arrays with rows, as one step hands them on. */
typedef struct {
  Value **state, **rows; /* n_state of them, of which those in rows are not set; n_kept */
} Moment;

static Moment moment_new(const Past *p, int n_kept) {
  return (Moment){ARENA_ARRAY(p->m->arena, Value *, (size_t)p->n_state),
                  ARENA_ARRAY(p->m->arena, Value *, (size_t)n_kept)};
}

/* What a region hands on: the arrays with rows, then what is carried of the state. */
static void yield_moment(const Past *p, Region *region, const Places *places, const Moment *moment,
                         int n_kept) {
  for (int i = 0; i < n_kept; i++) region_add_yield(p->m, region, moment->rows[i]);
  for (int i = 0; i < places->n_carried; i++)
    region_add_yield(p->m, region, moment->state[places->carried[i]]);
}

static void take_results(const Places *places, const Instr *from, int n_kept, Moment *moment) {
  for (int i = 0; i < n_kept; i++) moment->rows[i] = from->results[i];
  for (int i = 0; i < places->n_carried; i++)
    moment->state[places->carried[i]] = from->results[n_kept + i];
}

/* Step t, whose state is given: the next one's, whose kept values go to row `next`. */
static Moment tape_step(Past *p, Builder *b, Value *t, const Moment *now, Value *next,
                        Value *const *kept, int n) {
  Moment then = moment_new(p, n);
  ValueMap map = enter_step(p, b, t, p->n_state, p->state, now->state);
  repeat_step(p, b, &map);
  for (int i = 0; i < p->n_state; i++)
    then.state[i] = value_map_get(&map, p->body->yields[p->state[i]]);
  for (int i = 0; i < n; i++)
    then.rows[i] = put(b, now->rows[i], then.state[state_number(p, kept[i])], next);
  return then;
}

/* The first of the steps, if there is one: the arrays from a step before it are not in rows. */
static void tape_first(Past *p, Builder *b, Value *at, Value *count, Value *base, const Places *places,
                       Value *const *kept, int n, Moment *moment) {
  Region *some = region_new(p->m), *none = region_new(p->m);
  Builder in = builder_at_end(p->m, some);
  in.span = b->span;
  const Moment then = tape_step(p, &in, at, moment, plus(&in, base, build_int(&in, 1)), kept, n);
  yield_moment(p, some, places, &then, n);
  yield_moment(p, none, places, moment, n);
  Value *any = build_prim(b, OP_gt, count, build_int(b, 0));
  take_results(places, build_if(b, any, some, none), n, moment);
}

/* Steps at .. at + count - 1; `base` is the row of the first one. */
static void tape_rest(Past *p, Builder *b, Value *at, Value *count, Value *base, const Places *places,
                      Value *const *kept, int n, Moment *moment) {
  Module *m = p->m;
  Steps s = steps_from(p, at);
  const int room = n + places->n_carried;
  Value **inits = ARENA_ARRAY(m->arena, Value *, (size_t)room);
  Moment now = moment_new(p, n);
  for (int i = 0; i < n; i++) {
    inits[i] = moment->rows[i];
    now.rows[i] = region_param(m, s.region, inits[i]->type, inits[i]->name);
  }
  for (int i = 0; i < places->n_carried; i++) {
    const int k = places->carried[i];
    inits[n + i] = moment->state[k];
    enter_values(p, s.region, 1, &p->state[k], &now.state[k]);
  }
  Value *row = plus(&s.in, base, s.region->params[0]);
  for (int i = 0; i < p->n_state; i++) {
    if (places->row[i] < 0) continue;
    Value *from = places->steps[i] ? minus(&s.in, row, build_int(&s.in, 1)) : row;
    now.state[i] = build_row(&s.in, now.rows[places->row[i]], 1, &from);
    now.state[i]->name = param_of(p, p->state[i])->name;
  }
  const Moment then =
      tape_step(p, &s.in, s.t, &now, plus(&s.in, row, build_int(&s.in, 1)), kept, n);
  yield_moment(p, s.region, places, &then, n);
  take_results(places, build_loop(b, count, room, inits, s.region), n, moment);
}

/* Where the state is not that of the latest snapshot, it is not in its row yet. */
static void put_first(Past *p, Builder *b, Value *held, Value *base, Value *const *kept, int n,
                      Moment *moment) {
  Module *m = p->m;
  Region *start = region_new(m), *snapshot = region_new(m);
  Builder in = builder_at_end(m, start);
  in.span = b->span;
  for (int i = 0; i < n; i++) {
    Value *value = moment->state[state_number(p, kept[i])];
    region_add_yield(m, start, put(&in, moment->rows[i], value, base));
    region_add_yield(m, snapshot, moment->rows[i]);
  }
  const Instr *branch =
      build_if(b, build_prim(b, OP_eq, held, base), start, snapshot);
  for (int i = 0; i < n; i++) moment->rows[i] = branch->results[i];
}

/* Steps at .. at + count - 1, the first of which is in row `base`. */
static void tape(Past *p, Builder *b, Value *at, Value *count, Value *base, Value *const *kept, int n,
                 Moment *moment) {
  const Places places = find_places(p, kept, n);
  Value *one = build_int(b, 1);
  if (places.has_older) {
    tape_first(p, b, at, count, base, &places, kept, n, moment);
    at = plus(b, at, one), base = plus(b, base, one), count = not_negative(b, minus(b, count, one));
  }
  tape_rest(p, b, at, count, base, &places, kept, n, moment);
}

/* ---- one reverse step -------------------------------------------------------------------------- */

/* No step is taped: to a snapshot, forward, and from there up to step t. */
static Region *refill(Past *p, Span span, const Hand *hand, Value *t, Value *const *kept) {
  Module *m = p->m;
  Region *region = region_new(m);
  Builder in = builder_at_end(m, region);
  in.span = span;
  Value **journey = ARENA_ARRAY(m->arena, Value *, (size_t)n_journey(p));
  travel(p, &in, t, hand->at, journey);
  Value **store = journey + 1 + p->n_state, *at = journey[0], *held = store[HELD];
  Value *count = minus(&in, t, at);
  Moment moment = moment_new(p, hand->n_kept);
  for (int i = 0; i < p->n_state; i++) moment.state[i] = journey[1 + i];
  for (int i = 0; i < hand->n_kept; i++)
    moment.rows[i] = store[first_snapshot(p) + state_number(p, kept[i])];
  store[HELD] = release(&in, at, store);
  Value *base = named(m, not_negative(&in, store[HELD]), "base");
  put_first(p, &in, held, base, kept, hand->n_kept, &moment);
  tape(p, &in, at, count, base, kept, hand->n_kept, &moment);
  for (int i = 0; i < hand->n_kept; i++)
    store[first_snapshot(p) + state_number(p, kept[i])] = moment.rows[i];
  for (int i = 0; i < n_store(p); i++) region_add_yield(m, region, store[i]);
  region_add_yield(m, region, plus(&in, count, build_int(&in, 1)));
  return region;
}

void find_in_rows(Past *p, Builder *b, Region *region, const Hand *hand, Value *t, Value *const *kept,
                  Value **found) {
  Module *m = p->m;
  Region *as_before = region_new(m);
  region_set_yields(m, as_before, hand->n, hand->at);
  Value *none = build_prim(b, OP_eq, hand->at[n_store(p)], build_int(b, 0));
  const Instr *branch = build_if(b, none, refill(p, b->span, hand, t, kept), as_before);
  Value *last = minus(b, branch->results[n_store(p)], build_int(b, 1));
  Value *row = named(m, plus(b, not_negative(b, branch->results[HELD]), last), "row");
  for (int i = 0; i < hand->n_kept; i++) {
    const int k = first_snapshot(p) + state_number(p, kept[i]);
    found[i] = build_row(b, branch->results[k], 1, &row);
  }
  for (int i = 0; i < n_store(p); i++) region_add_yield(m, region, branch->results[i]);
  region_add_yield(m, region, last);
}
