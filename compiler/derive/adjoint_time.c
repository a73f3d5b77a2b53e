/* adjoint_time - reverse mode of loops: loop and while.
 *
 * The reverse loop runs the steps backwards. Each begins with the primal step again (the clone), at the state
 * from which that step began, of which keep.c decides what the forward loop stores on tapes:
 * carried arrays with one more dimension for the step. The adjoints of carried values are carried
 * backwards; those of what the body reads from outside are added up in place. */
#include "derive/activity.h"
#include "derive/adjoint_rules.h"
#include "derive/effects.h"
#include "derive/keep.h"
#include "ir/need.h"

typedef struct {
  Instr *loop;
  bool is_while;
  Region *body;
  int n_carried;   /* before tapes are added */
  Value *count;    /* steps that were made */
  bool *useful;    /* carried values whose adjoint matters */
  int n_useful;
  Region *region;  /* reverse: s, adjoints of useful carried values, scope, placeholders */
  ReverseSteps steps; /* those of region */
  Value *step;     /* the primal step in region: count - 1 - s */
  Value **state;   /* placeholders, one per carried value */
  ValueMap cloned;
  Clone clone;
  Builder in;
  Scope scope;
  const char *again; /* what of the primal step the reverse one computes again */
} Time;

/* The steps of a while are at most its bound; said again here, that sizes in terms of them keep a
 * bound when the
 * count itself comes from a tape. */
static Time time_of(Builder *b, Instr *loop) {
  Time t = {.loop = loop, .is_while = loop->op == OP_WHILE};
  t.body = loop->regions[loop->n_regions - 1];
  t.n_carried = loop->n_operands - 1;
  t.count = t.is_while ? build_prim(b, OP_min, loop->results[t.n_carried], loop->operands[0])
                       : loop->operands[0];
  return t;
}

typedef struct {
  Adjoint *a;
  Time *t;
  Vec(int) fresh; /* found useful; what they need has not been looked at */
} UsefulSearch;

static void add_useful(UsefulSearch *search, int i) {
  Time *t = search->t;
  if (t->useful[i]) return;
  t->useful[i] = true;
  t->n_useful++;
  vec_push(search->a->m->scratch, &search->fresh, i);
}

static bool note_needed(void *user, Value *value) {
  UsefulSearch *search = user;
  const bool is_carried = value->region == search->t->body && value->index > 0;
  if (is_carried && is_varied(&search->a->varied, value)) add_useful(search, value->index - 1);
  return true;
}

/* Carried values that reach, in this step or a later one, a result that has an adjoint. */
static void find_useful(Adjoint *a, Time *t) {
  t->useful = ARENA_ARRAY(a->m->scratch, bool, (size_t)t->n_carried);
  UsefulSearch search = {.a = a, .t = t};
  Need need = need_new(a->m, t->body);
  need.follow = note_needed;
  need.user = &search;
  for (int i = 0; i < t->n_carried; i++)
    if (bar_of(a, t->loop->results[i]) && is_varied(&a->varied, t->loop->results[i]))
      add_useful(&search, i);
  while (search.fresh.len > 0)
    need_value(&need, t->body->yields[search.fresh.at[--search.fresh.len]]);
}

/* The parameters of the reverse region and the primal step's copy in it. */
static void begin_reverse(Adjoint *a, Time *t, Value **carried_bars) {
  Module *m = a->m;
  t->region = region_new(m);
  t->cloned = value_map_new(m->scratch);
  t->in = builder_at_end(m, t->region);
  t->in.span = t->loop->span;
  Value *s = region_param(m, t->region, type_scalar(m, KIND_INT), NULL);
  t->steps = (ReverseSteps){t->region, size_of_value(m, t->count), a->around};
  for (int i = 0; i < t->n_carried; i++) {
    Value *param = t->body->params[1 + i];
    if (t->useful[i])
      carried_bars[i] = region_param(m, t->region, param->type, bar_name(a, param));
  }
  scope_enter(a, &t->scope, SCOPE_LOOP, t->region);
  t->state = ARENA_ARRAY(m->scratch, Value *, (size_t)t->n_carried);
  for (int i = 0; i < t->n_carried; i++) {
    Value *param = t->body->params[1 + i];
    t->state[i] = region_param(m, t->region, param->type, param->name);
    if (is_varied(&a->varied, param)) value_map_set(&a->varied, t->state[i], t->state[i]);
    value_map_set(&t->cloned, param, t->state[i]);
  }
  Value *last = build_prim(&t->in, OP_sub, t->count, build_int(&t->in, 1));
  t->step = build_prim(&t->in, OP_sub, last, s);
  t->step->name = t->body->params[0]->name;
  value_map_set(&t->cloned, t->body->params[0], t->step);
  t->clone = clone_primal(a, &t->in, t->body, &t->cloned);
}

static void yield_adjoints(Adjoint *a, Time *t) {
  for (int i = 0; i < t->n_carried; i++) {
    if (!t->useful[i]) continue;
    Value *bar = bar_of(a, t->state[i]);
    region_add_yield(a->m, t->region, bar ? bar : build_zeros(&t->in, t->state[i]->type));
  }
  scope_yield(a, &t->scope, t->region);
}

/* ---- tapes ------------------------------------------------------------------------------------ */

/* One more carried array, into which each step writes value at its own number. */
static Value *add_tape(Adjoint *a, Time *t, Value *value) {
  Module *m = a->m;
  Instr *loop = t->loop;
  Region *body = loop->regions[loop->n_regions - 1];
  Size *steps = size_of_value(m, loop->operands[0]);
  Type *type = type_prefixed(m, 1, &steps, value->type);
  const Name name = value->name ? intern_format(m->names, "%s_tape", value->name)
                                : intern(m->names, "tape");
  Builder before = builder_before(m, loop);
  Value *init = build_zeros(&before, type);
  init->name = name;
  Value *inside, *tape = instr_add_carried(m, loop, init, name, &inside);

  Builder end = builder_at_end(m, body);
  end.span = loop->span;
  Value *starts[MAX_RANK] = {body->params[0]};
  for (int d = 1; d < type->rank; d++) starts[d] = build_int(&end, 0);
  const unsigned ranges = ((1u << type->rank) - 1) & ~1u;
  Value *next = build_update(&end, OP_UPDATE, inside, value, starts, ranges);
  next->def->text = keep_reason(m, value);
  region_add_yield(m, body, next);
  value_map_set(&a->tapes, tape, tape);
  a->augmented++;
  return tape;
}

/* The clone's sizes that depend on its step are in terms of the reverse loop's counter s, as its step is; in
 * the forward loop that is count - 1 - step. */
static void count_forwards(Adjoint *a, Time *t, Region *primal) {
  Value *s = t->region->params[0];
  ValueList free = {0};
  bool used = false;
  region_free_values(a->m, primal, &free);
  for (size_t i = 0; i < free.len; i++) used |= free.at[i] == s;
  if (!used) return;
  Builder b = builder_at_end(a->m, primal);
  b.before = primal->first;
  b.span = t->loop->span;
  Value *last = build_prim(&b, OP_sub, t->count, build_int(&b, 1));
  ValueMap forwards = value_map_new(a->m->scratch);
  value_map_set(&forwards, s, build_prim(&b, OP_sub, last, primal->params[0]));
  region_replace(a->m, primal, &forwards);
}

/* The loop's result is read by reverse steps: for the loop around, it is as a tape. */
static void read_result(Adjoint *a, const Time *t, int carried) {
  value_map_set(&a->tapes, t->loop->results[carried], t->loop->results[carried]);
}

/* From here on the clone is the reverse step's alone: it reads from the loop's results what lasts in them.
 * Returns whether the step around goes on with one of these arrays. */
static bool read_what_lasts(Adjoint *a, Time *t, IdMap *lasting) {
  Value **ends = ARENA_ARRAY(a->m->scratch, Value *, (size_t)t->n_carried);
  bool *is_read = ARENA_ARRAY(a->m->scratch, bool, (size_t)t->n_carried);
  for (int i = 0; i < t->n_carried; i++) ends[i] = value_map_get(&t->cloned, t->body->yields[i]);
  const PrimalStep step = {.m = a->m, .steps = &t->steps, .n_carried = t->n_carried,
                           .begin = t->state, .end = ends, .results = t->loop->results};
  lasting_find(&step, is_read, lasting);
  bool goes_on = false;
  for (int i = 0; i < t->n_carried; i++) {
    if (!is_read[i]) continue;
    read_result(a, t, i);
    goes_on |= array_comes_from_outside(a->m, t->loop->operands[1 + i]);
  }
  return goes_on;
}

/* Each step's values on tapes, but what lasts. The forward loop becomes `primal` if that is given: what a
 * tape holds may be a further result of an inner loop. */
static void read_stored(Adjoint *a, Time *t, Keep *keep, const ValueList *stored, const ValueMap *back,
                        Region *primal) {
  Builder b = keep_reads(keep);
  Value **reads = ARENA_ARRAY(a->m->scratch, Value *, stored->len);
  for (size_t i = 0; i < stored->len; i++) {
    const LastingWrite *write = id_map_find(keep->lasting, stored->at[i]->id);
    if (write) {
      read_result(a, t, write->carried);
      reads[i] = lasting_read(&b, write);
      continue;
    }
    if (primal) {
      count_forwards(a, t, primal);
      t->loop->regions[t->loop->n_regions - 1] = primal;
      primal = NULL;
    }
    Value *tape = add_tape(a, t, value_map_get(back, stored->at[i]));
    reads[i] = build_row(&b, tape, 1, &t->step);
  }
  keep_replace(keep, stored, reads);
}

static void keep_of_loop(Adjoint *a, Time *t, bool augmented) {
  IdMap lasting = id_map_new(a->m->scratch);
  Keep keep = {.m = a->m, .region = t->region, .first = t->clone.first, .last = t->clone.last,
               .n_state = t->n_carried, .state = t->state, .tapes = &a->tapes, .n_outer = 1,
               .lasting = &lasting};
  ValueMap back = value_map_new(a->m->scratch);
  Region *primal = NULL;
  if (augmented) primal = primal_from_clone(a->m, t->body, &keep, &t->cloned, &back);
  else back = clone_inverse(a->m, t->body, &t->cloned);
  keep.runs_again = read_what_lasts(a, t, &lasting) && a->around && !is_short_loop(t->loop);
  ValueList stored = {0};
  keep_choose(&keep, &stored);
  t->again = keep.again;
  read_stored(a, t, &keep, &stored, &back, primal);
}

/* Placeholders that are left stand in code that nothing needs. */
static void drop_placeholders(Adjoint *a, Time *t) {
  Builder b = builder_at_end(a->m, t->region);
  b.before = t->region->first;
  b.span = t->loop->span;
  ValueMap replaced = value_map_new(a->m->scratch);
  for (int i = 0; i < t->n_carried; i++)
    value_map_set(&replaced, t->state[i], build_zeros(&b, t->state[i]->type));
  region_replace(a->m, t->region, &replaced);
  t->region->n_params -= t->n_carried;
}

/* ---- the reverse loop ------------------------------------------------------------------------- */

static Instr *build_reverse(Adjoint *a, Builder *b, Time *t) {
  const size_t n = (size_t)t->n_useful + t->scope.list.len;
  Value **inits = ARENA_ARRAY(a->m->scratch, Value *, n);
  int k = 0;
  for (int i = 0; i < t->n_carried; i++) {
    if (!t->useful[i]) continue;
    Value *bar = bar_of(a, t->loop->results[i]);
    inits[k++] = bar ? bar : build_zeros(b, t->loop->results[i]->type);
  }
  for (size_t i = 0; i < t->scope.list.len; i++) inits[k++] = t->scope.list.at[i].init;
  return build_loop(b, t->count, k, inits, t->region);
}

void reverse_loop(Adjoint *a, Builder *b, Instr *loop) {
  Time t = time_of(b, loop);
  find_useful(a, &t);
  t.scope = scope_open(a, b, SCOPE_LOOP, 1, &t.body);
  Value **carried_bars = ARENA_ARRAY(a->m->scratch, Value *, (size_t)t.n_carried);
  begin_reverse(a, &t, carried_bars);
  const int augmented = a->augmented;
  for (int i = 0; i < t.n_carried; i++)
    if (t.useful[i])
      add_bar(a, &t.in, value_map_get(&t.cloned, t.body->yields[i]), carried_bars[i]);
  a->around = &t.steps;
  reverse_clone(a, &t.in, &t.clone);
  a->around = t.steps.around;
  yield_adjoints(a, &t);
  keep_of_loop(a, &t, a->augmented > augmented);
  strip_effects(t.clone.first, t.clone.last);
  drop_placeholders(a, &t);
  scope_drop_unchanged(a, &t.scope, SCOPE_LOOP, 1, &t.region, 1 + t.n_useful, t.n_useful);

  b->span = loop->span;
  Instr *reverse = build_reverse(a, b, &t);
  reverse->text = t.again;
  scope_close(a, &t.scope, reverse, t.n_useful);
  for (int i = 0, k = 0; i < t.n_carried; i++)
    if (t.useful[i]) add_bar(a, b, loop->operands[1 + i], reverse->results[k++]);
}
