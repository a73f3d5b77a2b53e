#include "passes/trail.h"

#include "passes/fill.h"

typedef struct {
  Module *m;
  Region *root;  /* the function's body */
  Instr *loop;
  int state, tape;   /* numbers among the carried values */
  Instr *update;     /* of the tape, by the state */
  Value *count;      /* of steps, not negative */
  ValueMap *dropped; /* results of loops that are gone */
} Trail;

static Value *param_of(const Trail *t, int k) { return t->loop->regions[0]->params[1 + k]; }

/* Is the array used by nothing but reads of elements and `user`? */
static bool only_read(const Region *region, const Value *array, const Instr *user) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    for (int i = 0; i < instr->n_operands; i++)
      if (instr->operands[i] == array && instr != user && (instr->op != OP_INDEX || i > 0))
        return false;
    for (int k = 0; k < instr->n_regions; k++)
      if (!only_read(instr->regions[k], array, user)) return false;
  }
  for (int i = 0; i < region->n_yields; i++)
    if (region->yields[i] == array) return false;
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
  return only_read(body, param_of(t, t->state), t->update) &&
         count_operands(body, param_of(t, t->tape)) == 1 &&
         count_operands(body, t->update->results[0]) == 0 &&
         only_read(t->root, loop->results[t->tape], NULL);
}

/* ---- the change ------------------------------------------------------------------------------ */

static Value *element_of_row(Builder *b, Value *array, Value *row, const Instr *read) {
  Value *at[MAX_RANK] = {row};
  for (int d = 1; d < read->n_operands; d++) at[d] = read->operands[d];
  return build_index(b, array, at);
}

/* Reads of `array` become reads of a row of the tape. */
static void redirect(Trail *t, Region *region, const Value *array, Value *tape, Value *row,
                     ValueMap *replaced) {
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    for (int k = 0; k < instr->n_regions; k++)
      redirect(t, instr->regions[k], array, tape, row, replaced);
    if (instr->op != OP_INDEX || instr->operands[0] != array) continue;
    Builder b = builder_before(t->m, instr);
    Value *element = element_of_row(&b, tape, row, instr);
    element->name = instr->results[0]->name;
    value_map_set(replaced, instr->results[0], element);
    instr_unlink(instr);
  }
}

/* The tape with one more row, whose first one is the state at the start. */
static Value *longer_tape(Trail *t, Type **type) {
  Instr *loop = t->loop;
  Builder b = builder_before(t->m, loop);
  b.span = loop->span;
  t->count = build_prim(&b, OP_max, loop->operands[0], build_int(&b, 0));
  const Type *old = loop->results[t->tape]->type;
  Size *dims[MAX_RANK];
  for (int d = 0; d < old->rank; d++) dims[d] = old->dims[d];
  dims[0] = size_add(t->m, size_atom(t->m, t->count), size_const(t->m, 1));
  *type = type_array(t->m, old->kind, old->rank, dims);
  Value *starts[MAX_RANK];
  for (int d = 0; d < old->rank; d++) starts[d] = build_int(&b, 0);
  Value *zeros = build_zeros(&b, *type);
  zeros->name = loop->operands[1 + t->tape]->name;
  return build_update(&b, OP_UPDATE, zeros, loop->operands[1 + t->state], starts, t->update->ranges);
}

static void store_fresh(Trail *t, Type *type) {
  Region *body = t->loop->regions[0];
  Builder b = builder_at_end(t->m, body);
  b.span = t->loop->span;
  Value *tape = param_of(t, t->tape), *starts[MAX_RANK];
  starts[0] = build_prim(&b, OP_add, body->params[0], build_int(&b, 1));
  for (int d = 1; d < type->rank; d++) starts[d] = build_int(&b, 0);
  Value *old = body->yields[t->tape];
  body->yields[t->tape] =
      build_update(&b, OP_UPDATE, tape, body->yields[t->state], starts, t->update->ranges);
  body->yields[t->tape]->name = old->name;
  body->yields[t->tape]->def->text = t->update->text;
  instr_unlink(t->update);
}

static void drop_state(Trail *t) {
  Instr *loop = t->loop;
  Value *end = loop->results[t->state], *all = loop->results[t->tape];
  Builder b = builder_after(t->m, loop);
  b.span = loop->span;
  Value *row = build_row(&b, all, 1, &t->count);
  row->name = end->name;
  value_map_set(t->dropped, end, row);
  instr_remove_operand(loop, 1 + t->state);
  region_remove_param(loop->regions[0], 1 + t->state);
  region_remove_yield(loop->regions[0], t->state);
  instr_remove_result(loop, t->state);
}

static void change(Trail *t) {
  Region *body = t->loop->regions[0];
  Type *type;
  t->loop->operands[1 + t->tape] = longer_tape(t, &type);
  param_of(t, t->tape)->type = t->loop->results[t->tape]->type = type;
  store_fresh(t, type);
  ValueMap replaced = value_map_new(t->m->arena);
  redirect(t, body, param_of(t, t->state), param_of(t, t->tape), body->params[0], &replaced);
  region_replace(t->m, body, &replaced);
  drop_state(t);
}

static bool change_one(Trail *t) {
  const int n = t->loop->n_results;
  for (t->state = 0; t->state < n; t->state++)
    for (t->tape = 0; t->tape < n; t->tape++)
      if (fits(t)) {
        change(t);
        return true;
      }
  return false;
}

static int visit(Module *m, Region *root, Region *region, ValueMap *dropped) {
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
