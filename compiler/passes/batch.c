#include "passes/batch.h"

#include "passes/loops.h"

typedef struct {
  Module *m;
  Instr *space;      /* the map or reduction over the batch */
  Region *body;
  ValueMap expanded; /* values of the body: the array of all members' */
  ValueMap shared;   /* values of the body that are the same for all members: counters of loops */
} Batch;

/* ---- what is worth it ------------------------------------------------------------------------ */

enum { FEW = 4, UNKNOWN = 64, LEAST_WORK = 512 };

static int64_t points(const Instr *space) {
  int64_t n, product = 1;
  for (int d = 0; d < space->n_extents; d++)
    product *= !size_is_const(space->extents[d], &n) || n > UNKNOWN ? UNKNOWN : n;
  return product;
}

static bool is_of_batch(const Batch *x, const Value *value) {
  return region_is_within(value_region(value), x->body);
}

/* Is the value another for each member? Counters of the layer and its sum are not of the batch. */
static bool differs(const Batch *x, const Instr *layer, const Value *value) {
  if (!is_of_batch(x, value)) return false;
  const Instr *def = value->def;
  if (!def) {
    const Instr *holder = value->region->parent;
    if (holder->op == OP_LOOP && value->index == 0) return false;
    return !region_is_within(value->region, layer->regions[0]);
  }
  if (!region_is_within(def->parent, layer->regions[0])) return def->op != OP_CONST;
  for (int k = 0; k < def->n_operands; k++)
    if (differs(x, layer, def->operands[k])) return true;
  return false;
}

/* A sum of products of a matrix that all members share with what each has of its own. */
static bool is_shared_product(const Batch *x, const Instr *layer, const Instr *sum) {
  if (sum->op != OP_REDUCE || sum->reduce != REDUCE_SUM || points(sum) < FEW) return false;
  const Instr *mul = sum->regions[0]->yields[0]->def;
  if (!mul || mul->op != OP_mul || mul->parent != sum->regions[0]) return false;
  const bool first = differs(x, layer, mul->operands[0]), second = differs(x, layer, mul->operands[1]);
  return first != second && points(layer) * points(sum) * points(x->space) >= LEAST_WORK;
}

static bool has_shared_product(const Batch *x, const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    if (instr->op == OP_LOOP && has_shared_product(x, instr->regions[0])) return true;
    if (instr->op != OP_MAP || points(instr) < FEW) continue;
    for (const Instr *sum = instr->regions[0]->first; sum; sum = sum->next)
      if (is_shared_product(x, instr, sum)) return true;
  }
  return false;
}

/* ---- what is possible ------------------------------------------------------------------------ */

static bool is_batch_size(const Batch *x, const Size *size) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++)
      if (is_of_batch(x, size->terms[i].atoms[k])) return true;
  return false;
}

static bool fits_type(const Batch *x, const Type *type) {
  if (type->rank + x->space->n_extents > MAX_RANK) return false;
  for (int d = 0; d < type->rank; d++)
    if (is_batch_size(x, type->dims[d])) return false;
  return true;
}

static bool is_cheap_scalar(const Instr *instr) {
  if (op_is_prim(instr->op)) return !op_is_expensive(instr->op);
  return instr->op == OP_CONST || instr->op == OP_SIZE || instr->op == OP_INDEX;
}

/* The same int for all members: from outside, a loop's counter, or index arithmetic with those. */
static bool is_same_int(const Batch *x, const Value *value) {
  if (!is_of_batch(x, value)) return true;
  if (!value->def) return value->region->parent->op == OP_LOOP && value->index == 0;
  if (value->def->op == OP_CONST) return true;
  if (!op_is_prim(value->def->op)) return false;
  for (int k = 0; k < value->def->n_operands; k++)
    if (!is_same_int(x, value->def->operands[k])) return false;
  return true;
}

static bool is_possible(const Batch *x, const Region *region);

static bool is_possible_instr(const Batch *x, const Instr *instr) {
  for (int k = 0; k < instr->n_results; k++)
    if (!fits_type(x, instr->results[k]->type)) return false;
  for (int d = 0; d < instr->n_extents; d++)
    if (is_batch_size(x, instr->extents[d])) return false;
  if (is_cheap_scalar(instr) || op_is_prim(instr->op)) return true;
  switch ((int)instr->op) {
    case OP_COPY:
    case OP_MAP:
    case OP_REDUCE:
    case OP_IF: return true;
    case OP_LOOP: return is_same_int(x, instr->operands[0]) && is_possible(x, instr->regions[0]);
    case OP_UPDATE:
      for (int k = 2; k < instr->n_operands; k++)
        if (!is_same_int(x, instr->operands[k])) return false;
      return true;
    default: return false;
  }
}

static bool is_possible(const Batch *x, const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next)
    if (!is_possible_instr(x, instr)) return false;
  return true;
}

static bool is_unsuitable(const Instr *instr) {
  return instr_has_effect(instr) || instr->op == OP_VJP || instr->op == OP_JVP ||
         instr->op == OP_WHILE || instr->op == OP_CUSTOM;
}

/* ---- one member's value inside the code of all ------------------------------------------------ */

/* Where code is built that has a member's indices. */
typedef struct {
  Batch *x;
  Region *region;
  Builder in;
  Value *member[MAX_RANK];
  ValueMap local;
  ValueList rows, of; /* rows made of expanded arrays, and of which */
} Member;

static Member member_begin(Batch *x, Span span) {
  Member b = {.x = x, .region = region_new(x->m), .local = value_map_new(x->m->scratch)};
  b.in = builder_at_end(x->m, b.region);
  b.in.span = span;
  for (int d = 0; d < x->space->n_extents; d++) {
    const Value *param = x->body->params[d];
    b.member[d] = region_param(x->m, b.region, param->type, param->name);
    value_map_set(&b.local, param, b.member[d]);
  }
  return b;
}

static Value *member_value(Member *b, Value *value) {
  Value *known = value_map_find(&b->local, value);
  if (known) return known;
  if (!is_of_batch(b->x, value)) return value;
  Value *same = value_map_find(&b->x->shared, value), *all = value_map_find(&b->x->expanded, value);
  if (same) return same;
  if (all && value->type->rank == 0) {
    known = build_index(&b->in, all, b->member);
  } else if (all) {
    known = build_row(&b->in, all, b->x->space->n_extents, b->member);
    vec_push(b->x->m->scratch, &b->rows, known);
    vec_push(b->x->m->scratch, &b->of, all);
  } else {
    for (int k = 0; k < value->def->n_operands; k++)
      value_map_set(&b->local, value->def->operands[k], member_value(b, value->def->operands[k]));
    known = clone_instr(&b->in, value->def, &b->local)->results[0];
  }
  value_map_set(&b->local, value, known);
  return known;
}

/* All that the instruction takes from the batch's body is made known. */
static void member_needs(Member *b, const Instr *instr) {
  for (int k = 0; k < instr->n_operands; k++) member_value(b, instr->operands[k]);
  ValueList free = {0};
  for (int r = 0; r < instr->n_regions; r++) region_free_values(b->x->m, instr->regions[r], &free);
  for (size_t i = 0; i < free.len; i++) member_value(b, free.at[i]);
}

static const Value *row_source(const Member *b, const Value *row) {
  for (size_t i = 0; i < b->rows.len; i++)
    if (b->rows.at[i] == row) return b->of.at[i];
  return NULL;
}

/* An element of a row is read from the array of all members. */
static void read_through(Member *b, Region *region, ValueMap *replaced) {
  const int n = b->x->space->n_extents;
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    for (int r = 0; r < instr->n_regions; r++) read_through(b, instr->regions[r], replaced);
    const Value *all = instr->op == OP_INDEX ? row_source(b, instr->operands[0]) : NULL;
    if (!all) continue;
    Value *index[MAX_RANK];
    for (int d = 0; d < n; d++) index[d] = b->member[d];
    for (int d = 1; d < instr->n_operands; d++) index[n + d - 1] = instr->operands[d];
    Builder at = builder_before(b->x->m, instr);
    Value *element = build_index(&at, (Value *)all, index);
    element->name = instr->results[0]->name;
    value_map_set(replaced, instr->results[0], element);
    instr_unlink(instr);
  }
}

/* The map over the batch and the extents given. */
static Instr *member_end(Member *b, Builder *out, int n_extents, Size *const *extents) {
  const Instr *space = b->x->space;
  ValueMap replaced = value_map_new(b->x->m->scratch);
  read_through(b, b->region, &replaced);
  region_replace(b->x->m, b->region, &replaced);
  for (size_t i = 0; i < b->rows.len; i++)
    if (uses_within(b->region, b->rows.at[i]) == 0) instr_unlink(b->rows.at[i]->def);
  Size *all[2 * MAX_RANK];
  for (int d = 0; d < space->n_extents; d++) all[d] = space->extents[d];
  for (int d = 0; d < n_extents; d++) all[space->n_extents + d] = extents[d];
  return build_map(out, space->n_extents + n_extents, all, b->region);
}

/* ---- all members' values ---------------------------------------------------------------------- */

static void expand(Batch *x, Value *value, Value *all) {
  all->name = value->name;
  value_map_set(&x->expanded, value, all);
}

/* The array of all members' values: made if it is not there. */
static Value *all_of(Batch *x, Builder *out, Value *value) {
  Value *known = is_of_batch(x, value) ? value_map_find(&x->expanded, value) : NULL;
  if (known) return known;
  Member b = member_begin(x, out->span);
  region_add_yield(x->m, b.region, member_value(&b, value));
  return member_end(&b, out, 0, NULL)->results[0];
}

/* One map, which takes the map's own indices as well. */
static void expand_map(Batch *x, Builder *out, const Instr *map) {
  Member b = member_begin(x, map->span);
  member_needs(&b, map);
  const Region *body = map->regions[0];
  for (int d = 0; d < map->n_extents; d++)
    value_map_set(&b.local, body->params[d],
                  region_param(x->m, b.region, body->params[d]->type, body->params[d]->name));
  clone_region_into(&b.in, body, &b.local);
  for (int k = 0; k < body->n_yields; k++)
    region_add_yield(x->m, b.region, value_map_get(&b.local, body->yields[k]));
  const Instr *all = member_end(&b, out, map->n_extents, map->extents);
  for (int k = 0; k < map->n_results; k++) expand(x, map->results[k], all->results[k]);
}

/* Anything else, for each member in a map. */
static void expand_other(Batch *x, Builder *out, const Instr *instr) {
  Member b = member_begin(x, instr->span);
  member_needs(&b, instr);
  const Instr *copy = clone_instr(&b.in, instr, &b.local);
  for (int k = 0; k < copy->n_results; k++) region_add_yield(x->m, b.region, copy->results[k]);
  const Instr *all = member_end(&b, out, 0, NULL);
  for (int k = 0; k < instr->n_results; k++) expand(x, instr->results[k], all->results[k]);
}

/* An int that is the same for all members, at the builder's place. */
static Value *same_int(Batch *x, Builder *out, Value *value) {
  if (!is_of_batch(x, value)) return value;
  Value *known = value_map_find(&x->shared, value);
  if (known) return known;
  ValueMap map = value_map_new(x->m->scratch);
  for (int k = 0; k < value->def->n_operands; k++)
    value_map_set(&map, value->def->operands[k], same_int(x, out, value->def->operands[k]));
  return clone_instr(out, value->def, &map)->results[0];
}

static void expand_update(Batch *x, Builder *out, const Instr *update) {
  const int n = x->space->n_extents, rank = update->operands[0]->type->rank;
  Value *array = all_of(x, out, update->operands[0]), *value = all_of(x, out, update->operands[1]);
  Value *starts[MAX_RANK];
  for (int d = 0; d < n; d++) starts[d] = build_int(out, 0);
  for (int d = 0; d < rank; d++) starts[n + d] = same_int(x, out, update->operands[2 + d]);
  const unsigned ranges = update->ranges << n | ((1u << n) - 1);
  expand(x, update->results[0], build_update(out, OP_UPDATE, array, value, starts, ranges));
}

static void expand_region(Batch *x, Builder *out, const Region *region);

/* A loop of maps. */
static void expand_loop(Batch *x, Builder *out, const Instr *loop) {
  Module *m = x->m;
  const Region *body = loop->regions[0];
  Region *region = region_new(m);
  Value **inits = ARENA_ARRAY(m->arena, Value *, (size_t)loop->n_results);
  Value *count = same_int(x, out, loop->operands[0]);
  Value *counter = region_param(m, region, body->params[0]->type, body->params[0]->name);
  value_map_set(&x->shared, body->params[0], counter);
  for (int k = 0; k < loop->n_results; k++) {
    inits[k] = all_of(x, out, loop->operands[1 + k]);
    expand(x, body->params[1 + k], region_param(m, region, inits[k]->type, NULL));
  }
  Builder in = builder_at_end(m, region);
  expand_region(x, &in, body);
  in.span = loop->span;
  for (int k = 0; k < loop->n_results; k++)
    region_add_yield(m, region, all_of(x, &in, body->yields[k]));
  out->span = loop->span;
  const Instr *all = build_loop(out, count, loop->n_results, inits, region);
  for (int k = 0; k < loop->n_results; k++) expand(x, loop->results[k], all->results[k]);
}

static void expand_region(Batch *x, Builder *out, const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    out->span = instr->span;
    if (is_cheap_scalar(instr)) continue; /* repeated where it is used */
    if (instr->op == OP_COPY)
      expand(x, instr->results[0], build_copy(out, OP_COPY, all_of(x, out, instr->operands[0])));
    else if (instr->op == OP_MAP) expand_map(x, out, instr);
    else if (instr->op == OP_LOOP) expand_loop(x, out, instr);
    else if (instr->op == OP_UPDATE) expand_update(x, out, instr);
    else expand_other(x, out, instr);
  }
}

/* ---- everywhere ------------------------------------------------------------------------------ */

static bool yields_fit(const Batch *x) {
  for (int k = 0; k < x->body->n_yields; k++)
    if (!fits_type(x, x->body->yields[k]->type)) return false;
  return true;
}

bool is_batch(Module *m, Instr *space) {
  const Batch x = {.m = m, .space = space, .body = space->regions[0]};
  if (space->n_extents == 0 || points(space) < FEW) return false;
  if (!has_shared_product(&x, x.body) || !is_possible(&x, x.body) || !yields_fit(&x)) return false;
  return !any_instr(x.body, is_unsuitable);
}

static bool batch_space(Module *m, Instr *space, ValueMap *replaced) {
  if (!is_batch(m, space)) return false;
  Batch x = {.m = m, .space = space, .body = space->regions[0]};
  x.expanded = value_map_new(m->scratch);
  x.shared = value_map_new(m->scratch);
  Builder out = builder_before(m, space);
  expand_region(&x, &out, x.body);
  out.span = space->span;
  if (space->op == OP_MAP) {
    for (int k = 0; k < space->n_results; k++) {
      Value *all = all_of(&x, &out, x.body->yields[k]);
      all->name = space->results[k]->name;
      value_map_set(replaced, space->results[k], all);
    }
  } else {
    Member b = member_begin(&x, space->span);
    region_add_yield(m, b.region, member_value(&b, x.body->yields[0]));
    Value *sum = build_reduce(&out, space->reduce, space->n_extents, space->extents, b.region);
    sum->name = space->results[0]->name;
    value_map_set(replaced, space->results[0], sum);
  }
  instr_unlink(space);
  return true;
}

static int batch_in(Module *m, Region *region, ValueMap *replaced) {
  if (region_is_flat(region)) return 0;
  int changes = 0;
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    int inside = 0;
    for (int r = 0; r < instr->n_regions; r++) inside += batch_in(m, instr->regions[r], replaced);
    changes += inside;
    /* What holds a batch, a block of it for one, stays around it. */
    if (inside == 0 && (instr->op == OP_MAP || instr->op == OP_REDUCE))
      changes += batch_space(m, instr, replaced);
  }
  return changes;
}

int batch_maps(Module *m, Diag *diag) {
  (void)diag;
  int total = 0;
  for (size_t i = 0; i < m->funcs.len; i++) {
    ValueMap replaced = value_map_new(m->scratch);
    const int changes = batch_in(m, m->funcs.at[i]->body, &replaced);
    if (changes) region_replace(m, m->funcs.at[i]->body, &replaced);
    total += changes;
    arena_clear(m->scratch);
  }
  return total;
}
