#include "passes/trail.h"

#include "passes/fill.h"

enum { MAX_OLDER = 3 };

typedef struct {
  Module *m;
  Region *root;  /* the function's body */
  Instr *loop;
  int state, tape;   /* numbers among the carried values */
  int n_older;
  int older[MAX_OLDER]; /* carried values that are the state one step before, two steps before, .. */
  Instr *update;     /* of the tape, by the state */
  Value *count;      /* of steps, not negative */
  ValueMap *dropped; /* results of loops that are gone */
} Trail;

static Value *param_of(const Trail *t, int k) { return t->loop->regions[0]->params[1 + k]; }

/* Is the array used by nothing but reads of elements, `user`, and the yield of `carrier` with this
 * number? */
static bool only_read(const Region *region, const Value *array, const Instr *user,
                      const Region *carrier, int yield) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    for (int i = 0; i < instr->n_operands; i++)
      if (instr->operands[i] == array && instr != user && (instr->op != OP_INDEX || i > 0))
        return false;
    for (int k = 0; k < instr->n_regions; k++)
      if (!only_read(instr->regions[k], array, user, carrier, yield)) return false;
  }
  for (int i = 0; i < region->n_yields; i++)
    if (region->yields[i] == array && (region != carrier || i != yield)) return false;
  return true;
}

static int count_yields(const Region *region, const Value *value) {
  int count = 0;
  for (int i = 0; i < region->n_yields; i++) count += region->yields[i] == value;
  return count;
}

static int count_operands(const Region *region, const Value *value) {
  int count = 0;
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    for (int i = 0; i < instr->n_operands; i++) count += instr->operands[i] == value;
    for (int k = 0; k < instr->n_regions; k++)
      count += count_operands(instr->regions[k], value) + count_yields(instr->regions[k], value);
  }
  return count;
}

/* tape[t, ..] = the state, the whole of it. */
static bool is_stored(const Trail *t, const Instr *update) {
  const Region *body = t->loop->regions[0];
  if (!update || update->op != OP_UPDATE || update->parent != body) return false;
  const Type *type = update->results[0]->type;
  if (update->operands[0] != param_of(t, t->tape) || update->operands[1] != param_of(t, t->state))
    return false;
  for (int d = 1; d < type->rank; d++) {
    int64_t start;
    if (!value_is_const_int(update->operands[2 + d], &start) || start != 0) return false;
    if (type->dims[d] != update->operands[1]->type->dims[d - 1]) return false;
  }
  return update->ranges == (1u << type->rank) - 2 && update->operands[2] == body->params[0];
}

/* Counts that are the same on entry to the function: the workspace has a row more than they say. */
static bool is_known_on_entry(const Trail *t, const Size *count) {
  for (int i = 0; i < count->n_terms; i++)
    for (int k = 0; k < count->terms[i].n_atoms; k++) {
      const Value *atom = count->terms[i].atoms[k];
      if (atom->def || atom->region != t->root) return false;
    }
  return true;
}

/* The carried value that is the given one of the step before, or -1. */
static int successor(const Trail *t, int k) {
  const Region *body = t->loop->regions[0];
  for (int i = 0; i < body->n_yields; i++)
    if (i != k && body->yields[i] == param_of(t, k)) return i;
  return -1;
}

static bool find_older(Trail *t) {
  const Region *body = t->loop->regions[0];
  t->n_older = 0;
  for (int k = t->state; k >= 0;) {
    const int next = successor(t, k);
    const Instr *user = k == t->state ? t->update : NULL;
    if (next == t->state || !only_read(body, param_of(t, k), user, body, next)) return false;
    if (next >= 0 && t->n_older == MAX_OLDER) return false;
    if (next >= 0) t->older[t->n_older++] = next;
    k = next;
  }
  return true;
}

static bool fits(Trail *t) {
  const Instr *loop = t->loop;
  const Region *body = loop->regions[0];
  Value *fresh = body->yields[t->state];
  const Type *tape = loop->results[t->tape]->type;
  if (tape->rank < 2 || t->state == t->tape) return false;
  t->update = body->yields[t->tape]->def;
  Size *count = size_of_value(t->m, loop->operands[0]);
  if (!is_stored(t, t->update) || tape->dims[0] != count || !is_known_on_entry(t, count))
    return false;
  const Instr *init = loop->operands[1 + t->tape]->def;
  if (!init || !is_fill(init)) return false;
  if (!fresh->def || fresh->def->op != OP_MAP || fresh->def->parent != body) return false;
  if (count_yields(body, fresh) != 1 || count_yields(body, t->update->results[0]) != 1)
    return false;
  return find_older(t) && count_operands(body, param_of(t, t->tape)) == 1 &&
         count_operands(body, t->update->results[0]) == 0 &&
         only_read(t->root, loop->results[t->tape], NULL, NULL, 0);
}

/* ---- the change ------------------------------------------------------------------------------ */

static Value *sum_of(Builder *b, Value *row, int64_t more) {
  return more ? build_prim(b, OP_add, row, build_int(b, more)) : row;
}

/* Reads of `array` become reads of a row of the tape: row + more, or, where row is NULL, the one that
 * was read plus more. */
static void redirect(Trail *t, Region *region, const Value *array, Value *tape, Value *row,
                     int64_t more, ValueMap *replaced) {
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    for (int k = 0; k < instr->n_regions; k++)
      redirect(t, instr->regions[k], array, tape, row, more, replaced);
    if (instr->op != OP_INDEX || instr->operands[0] != array) continue;
    Builder b = builder_before(t->m, instr);
    const int skipped = row ? 1 : 2;
    Value *at[MAX_RANK] = {sum_of(&b, row ? row : instr->operands[1], more)};
    for (int d = 1; d + skipped - 1 < instr->n_operands; d++) at[d] = instr->operands[d + skipped - 1];
    Value *element = build_index(&b, tape, at);
    element->name = instr->results[0]->name;
    value_map_set(replaced, instr->results[0], element);
    instr_unlink(instr);
  }
}

/* The tape with more rows, whose first ones are the states at the start, the oldest one first. */
static Value *longer_tape(Trail *t, Type **type) {
  Instr *loop = t->loop;
  Builder b = builder_before(t->m, loop);
  b.span = loop->span;
  t->count = build_prim(&b, OP_max, loop->operands[0], build_int(&b, 0));
  const Type *old = loop->results[t->tape]->type;
  Size *dims[MAX_RANK];
  for (int d = 0; d < old->rank; d++) dims[d] = old->dims[d];
  dims[0] = size_add(t->m, size_atom(t->m, t->count), size_const(t->m, t->n_older + 1));
  *type = type_array(t->m, old->kind, old->rank, dims);
  Value *starts[MAX_RANK];
  for (int d = 0; d < old->rank; d++) starts[d] = build_int(&b, 0);
  Value *tape = build_zeros(&b, *type);
  tape->name = loop->operands[1 + t->tape]->name;
  for (int i = t->n_older; i >= 0; i--) {
    Value *init = loop->operands[1 + (i ? t->older[i - 1] : t->state)];
    starts[0] = build_int(&b, t->n_older - i);
    tape = build_update(&b, OP_UPDATE, tape, init, starts, t->update->ranges);
  }
  return tape;
}

static void store_fresh(Trail *t, Type *type) {
  Region *body = t->loop->regions[0];
  Builder b = builder_at_end(t->m, body);
  b.span = t->loop->span;
  Value *tape = param_of(t, t->tape), *starts[MAX_RANK];
  starts[0] = sum_of(&b, body->params[0], t->n_older + 1);
  for (int d = 1; d < type->rank; d++) starts[d] = build_int(&b, 0);
  Value *old = body->yields[t->tape];
  body->yields[t->tape] =
      build_update(&b, OP_UPDATE, tape, body->yields[t->state], starts, t->update->ranges);
  body->yields[t->tape]->name = old->name;
  body->yields[t->tape]->def->text = t->update->text;
  instr_unlink(t->update);
}

/* The last of the states that were carried as number k is a row of the tape. */
static void drop_carried(Trail *t, int k, int64_t row) {
  Instr *loop = t->loop;
  Value *end = loop->results[k];
  Builder b = builder_after(t->m, loop);
  b.span = loop->span;
  Value *at = sum_of(&b, t->count, row);
  Value *last = build_row(&b, loop->results[t->tape], 1, &at);
  last->name = end->name;
  value_map_set(t->dropped, end, last);
  instr_remove_operand(loop, 1 + k);
  region_remove_param(loop->regions[0], 1 + k);
  region_remove_yield(loop->regions[0], k);
  instr_remove_result(loop, k);
  if (k < t->tape) t->tape--;
  if (k < t->state) t->state--;
  for (int i = 0; i < t->n_older; i++)
    if (k < t->older[i]) t->older[i]--;
}

static void change(Trail *t) {
  Region *body = t->loop->regions[0];
  Value *all = t->loop->results[t->tape];
  Type *type;
  t->loop->operands[1 + t->tape] = longer_tape(t, &type);
  Value *tape = param_of(t, t->tape);
  tape->type = all->type = type;
  store_fresh(t, type);
  ValueMap replaced = value_map_new(t->m->arena);
  const int n = t->n_older;
  if (n) redirect(t, t->root, all, all, NULL, n, &replaced);
  redirect(t, body, param_of(t, t->state), tape, body->params[0], n, &replaced);
  for (int i = 0; i < n; i++)
    redirect(t, body, param_of(t, t->older[i]), tape, body->params[0], n - 1 - i, &replaced);
  region_replace(t->m, t->root, &replaced);
  for (int i = n - 1; i >= 0; i--) drop_carried(t, t->older[i], n - 1 - i);
  drop_carried(t, t->state, n);
}

/* The number of the carried value that a step stores in the tape, as far as one look shows; -1: none. */
static int stored_state(const Trail *t, int tape) {
  const Region *body = t->loop->regions[0];
  const Instr *update = body->yields[tape]->def;
  if (!update || update->op != OP_UPDATE) return -1;
  const Value *state = update->operands[1];
  return state->def || state->region != body ? -1 : state->index - 1;
}

/* By the number of the state, then by that of the tape. */
static bool change_one(Trail *t) {
  const int n = t->loop->n_results;
  int *first = ARENA_ARRAY(t->m->scratch, int, (size_t)n), *next = ARENA_ARRAY(t->m->scratch, int, (size_t)n);
  for (int tape = n; tape-- > 0;) { /* counted from 1 */
    const int state = stored_state(t, tape);
    if (state < 0) continue;
    next[tape] = first[state];
    first[state] = tape + 1;
  }
  for (int state = 0; state < n; state++)
    for (int tape = first[state]; tape > 0; tape = next[tape - 1]) {
      t->state = state;
      t->tape = tape - 1;
      if (!fits(t)) continue;
      change(t);
      return true;
    }
  return false;
}

static int visit(Module *m, Region *root, Region *region, ValueMap *dropped) {
  if (region_is_flat(region)) return 0;
  int changes = 0;
  for (Instr *instr = region->first; instr; instr = instr->next) {
    for (int k = 0; k < instr->n_regions; k++)
      changes += visit(m, root, instr->regions[k], dropped);
    if (instr->op != OP_LOOP) continue;
    Trail t = {.m = m, .root = root, .loop = instr, .dropped = dropped};
    while (change_one(&t)) changes++;
  }
  return changes;
}

int keep_states_on_tapes(Module *m, Diag *diag) {
  (void)diag;
  int changes = 0;
  for (size_t i = 0; i < m->funcs.len; i++) {
    ValueMap dropped = value_map_new(m->arena);
    Region *body = m->funcs.at[i]->body;
    const int here = visit(m, body, body, &dropped);
    if (here) region_replace(m, body, &dropped);
    changes += here;
  }
  return changes;
}
