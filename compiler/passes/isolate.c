#include "passes/isolate.h"

#include "passes/dce.h"

/* ---- copying what a value is computed from --------------------------------------------------- */

typedef struct {
  Module *m;
  const Region *body; /* what is defined in it, at any depth, is copied */
  ValueMap copied;
  Builder in;
} Slice;

static bool is_scalar_code(const Instr *instr) {
  return op_is_prim(instr->op) || instr->op == OP_CONST || instr->op == OP_SIZE || instr->op == OP_INDEX;
}

static bool is_plain(const Instr *instr);

static bool are_plain(const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next)
    if (!is_plain(instr)) return false;
  return true;
}

/* Scalar code, or a choice between such. */
static bool is_plain(const Instr *instr) {
  if (instr->op != OP_IF) return is_scalar_code(instr);
  return are_plain(instr->regions[0]) && are_plain(instr->regions[1]);
}

/* The value at the builder's place; NULL where more than plain code is needed. */
static Value *slice(Slice *s, Value *value) {
  Value *known = value_map_find(&s->copied, value);
  if (known) return known;
  if (!region_is_within(value_region(value), s->body)) return value;
  const Instr *def = value->def;
  if (!def || !is_plain(def)) return NULL;
  for (int k = 0; k < def->n_operands; k++)
    if (!slice(s, def->operands[k])) return NULL;
  ValueList free = {0};
  for (int r = 0; r < def->n_regions; r++) region_free_values(s->m, def->regions[r], &free);
  for (size_t i = 0; i < free.len; i++)
    if (!slice(s, free.at[i])) return NULL;
  for (int i = 0; def->size && i < def->size->n_terms; i++)
    for (int k = 0; k < def->size->terms[i].n_atoms; k++)
      if (!slice(s, def->size->terms[i].atoms[k])) return NULL;
  clone_instr(&s->in, def, &s->copied);
  return value_map_get(&s->copied, value);
}

/* ---- factors --------------------------------------------------------------------------------- */

/* Which of the indices does the value depend on? False: on something that is not plain code. */
static bool find_dependence(Module *m, const Contraction *p, const Value *value, unsigned *moves) {
  for (int q = 0; q < p->n; q++)
    if (value == p->index[q]) {
      *moves |= 1u << q;
      return true;
    }
  if (!region_is_within(value_region(value), p->body)) return true;
  const Instr *def = value->def;
  if (!def || !is_plain(def) || (def->op == OP_SIZE && def->size->n_terms > 0)) return false;
  for (int k = 0; k < def->n_operands; k++)
    if (!find_dependence(m, p, def->operands[k], moves)) return false;
  ValueList free = {0};
  for (int r = 0; r < def->n_regions; r++) region_free_values(m, def->regions[r], &free);
  for (size_t i = 0; i < free.len; i++)
    if (!find_dependence(m, p, free.at[i], moves)) return false;
  return true;
}

/* A factor that is computed in the body, from some of the indices only: as an array over those. */
static Value *factor_array(Module *m, const Contraction *p, Value *factor, unsigned moves) {
  Size *extents[MAX_RANK];
  Region *body = region_new(m);
  Slice s = {.m = m, .body = p->body, .copied = value_map_new(m->scratch), .in = builder_at_end(m, body)};
  int rank = 0;
  for (int q = 0; q < p->n; q++) {
    if (!(moves >> q & 1)) continue;
    if (rank == MAX_RANK) return NULL;
    extents[rank++] = p->extent[q];
    value_map_set(&s.copied, p->index[q], region_param(m, body, p->index[q]->type, p->index[q]->name));
  }
  Value *element = slice(&s, factor);
  if (!element || rank == 0) return NULL;
  region_add_yield(m, body, element);
  Builder before = builder_before(m, (Instr *)p->instr);
  before.span = p->instr->span;
  Value *array = build_map(&before, rank, extents, body)->results[0];
  array->name = factor->name;
  return array;
}

static bool is_read(const Contraction *p, const Value *factor) {
  return !region_is_within(value_region(factor), p->body) || (factor->def && factor->def->op == OP_INDEX);
}

/* The indices along which the factor is computed again and again. */
static bool is_repeated(const Contraction *p, unsigned moves) {
  for (int q = 0; q < p->n; q++) {
    int64_t n;
    if (moves >> q & 1) continue;
    if (!size_is_const(p->extent[q], &n) || n > 1) return true;
  }
  return false;
}

/* ---- a contraction by its parts -------------------------------------------------------------- */

/* Where the element of an array in the new body is: the array's own indices among those of p. */
static Value *build_factor(Module *m, Slice *s, const Contraction *p, Value *factor) {
  unsigned moves = 0;
  if (is_read(p, factor)) return slice(s, factor);
  if (!find_dependence(m, p, factor, &moves) || !is_repeated(p, moves)) return NULL;
  Value *array = factor_array(m, p, factor, moves), *at[MAX_RANK];
  if (!array) return NULL;
  int rank = 0;
  for (int q = 0; q < p->n; q++)
    if (moves >> q & 1) at[rank++] = value_map_get(&s->copied, p->index[q]);
  return build_index(&s->in, array, at);
}

static Value *build_term(Module *m, Slice *s, const Contraction *p, const Value *term) {
  const Instr *mul = term->def;
  if (!mul || mul->op != OP_mul || !region_is_within(mul->parent, p->body)) return NULL;
  Value *a = build_factor(m, s, p, mul->operands[0]), *b = build_factor(m, s, p, mul->operands[1]);
  return a && b ? build_prim(&s->in, OP_mul, a, b) : NULL;
}

static Slice begin_body(Module *m, const Contraction *p, Region *region, int first, int count) {
  Slice s = {.m = m, .body = p->body, .copied = value_map_new(m->scratch)};
  s.in = builder_at_end(m, region);
  s.in.span = p->instr->span;
  for (int q = first; q < first + count; q++)
    value_map_set(&s.copied, p->index[q], region_param(m, region, p->index[q]->type, p->index[q]->name));
  return s;
}

static void add_indices(Contraction *p, const Instr *space) {
  for (int d = 0; d < space->n_extents; d++) {
    p->index[p->n] = space->regions[0]->params[d];
    p->extent[p->n++] = space->extents[d];
  }
}

static bool extents_are_outside(const Contraction *p) {
  for (int q = 0; q < p->n; q++)
    for (int i = 0; i < p->extent[q]->n_terms; i++)
      for (int k = 0; k < p->extent[q]->terms[i].n_atoms; k++)
        if (region_is_within(value_region(p->extent[q]->terms[i].atoms[k]), p->body)) return false;
  return true;
}

/* ---- sums in maps ---------------------------------------------------------------------------- */

/* The map of this sum alone, before the map; NULL if that is no large contraction. */
static Instr *map_of_sum(Module *m, Instr *map, const Instr *sum) {
  Contraction p = {.instr = map, .body = map->regions[0]}, found;
  if (map->n_extents + sum->n_extents > MAX_INDICES) return NULL;
  add_indices(&p, map);
  add_indices(&p, sum);
  if (!extents_are_outside(&p)) return NULL;
  Region *body = region_new(m), *terms = region_new(m);
  Slice outer = begin_body(m, &p, body, 0, map->n_extents);
  Slice s = begin_body(m, &p, terms, map->n_extents, sum->n_extents);
  for (int q = 0; q < map->n_extents; q++)
    value_map_set(&s.copied, p.index[q], value_map_get(&outer.copied, p.index[q]));
  Value *term = build_term(m, &s, &p, sum->regions[0]->yields[0]);
  if (!term) return NULL;
  region_add_yield(m, terms, term);
  Value *result = build_reduce(&outer.in, REDUCE_SUM, sum->n_extents, sum->extents, terms);
  region_add_yield(m, body, result);
  Builder before = builder_before(m, map);
  Instr *alone = build_map(&before, map->n_extents, map->extents, body);
  if (contraction_find(alone, &found) && contraction_is_large(&found)) return alone;
  instr_unlink(alone);
  return NULL;
}

static bool is_real_sum(const Instr *instr) {
  return instr->op == OP_REDUCE && instr->reduce == REDUCE_SUM &&
         instr->results[0]->type->kind == KIND_REAL;
}

static int isolate_sums(Module *m, Instr *map) {
  int changes = 0;
  if (is_large_product(map)) return 0;
  ValueMap replaced = value_map_new(m->scratch);
  for (Instr *instr = map->regions[0]->first; instr; instr = instr->next) {
    if (!is_real_sum(instr)) continue;
    Instr *alone = map_of_sum(m, map, instr);
    if (!alone) continue;
    Builder in = builder_before(m, instr);
    Value *sum = build_index(&in, alone->results[0], map->regions[0]->params);
    alone->results[0]->name = sum->name = instr->results[0]->name;
    value_map_set(&replaced, instr->results[0], sum);
    changes++;
  }
  if (changes) region_replace(m, map->regions[0], &replaced);
  return changes;
}

/* ---- accumulators of sweeps ------------------------------------------------------------------ */

/* The one accum that adds to accumulator k, through sweeps in sweeps, whose indices go to p. */
static const Instr *only_accum(Contraction *p, const Instr *sweep, int k) {
  for (;;) {
    if (p->n + sweep->n_extents > MAX_INDICES) return NULL;
    add_indices(p, sweep);
    const Region *body = sweep->regions[0];
    const Value *acc = body->params[sweep->n_extents + k];
    const Instr *next = body->yields[k]->def;
    if (!next || next->parent != body) return NULL;
    if (next->op == OP_ACCUM)
      return next->operands[0] == acc && next->operands[1]->type->rank == 0 ? next : NULL;
    if (next->op != OP_SWEEP) return NULL;
    const int inner = body->yields[k]->index;
    if (next->operands[inner] != acc) return NULL;
    sweep = next;
    k = inner;
  }
}

static bool slice_places(Slice *s, const Instr *accum, Value **places) {
  for (int d = 0; d < accum->operands[0]->type->rank; d++)
    if (!(places[d] = slice(s, accum->operands[2 + d]))) return false;
  return true;
}

Instr *isolate_accumulator(Module *m, Instr *sweep, int k, bool (*wanted)(const Contraction *),
                           Contraction *found) {
  Contraction p = {.instr = sweep, .body = sweep->regions[0]};
  const Instr *accum = only_accum(&p, sweep, k);
  if (!accum || accum->operands[0]->type->rank == 0 || !extents_are_outside(&p)) return NULL;
  Region *body = region_new(m);
  Slice s = begin_body(m, &p, body, 0, p.n);
  Value *init = sweep->operands[k], *places[MAX_RANK];
  Value *acc = region_param(m, body, init->type, init->name);
  Value *term = build_term(m, &s, &p, accum->operands[1]);
  if (!term || !slice_places(&s, accum, places)) return NULL;
  region_add_yield(m, body, build_update(&s.in, OP_ACCUM, acc, term, places, 0));
  Builder after = builder_after(m, sweep);
  after.span = sweep->span;
  Instr *alone = build_sweep(&after, p.n, p.extent, 1, &init, body);
  if (contraction_find(alone, found) && wanted(found)) {
    alone->results[0]->name = sweep->results[k]->name;
    return alone;
  }
  instr_unlink(alone);
  return NULL;
}

static int isolate_accumulators(Module *m, Instr *sweep, ValueMap *replaced) {
  int changes = 0;
  Contraction found;
  if (is_large_product(sweep)) return 0;
  for (int k = 0; k < sweep->n_results; k++) {
    Instr *alone = isolate_accumulator(m, sweep, k, contraction_is_large, &found);
    if (!alone) continue;
    value_map_set(replaced, sweep->results[k], alone->results[0]);
    changes++;
  }
  return changes;
}

/* ---- everywhere ------------------------------------------------------------------------------ */

static int isolate_in(Module *m, Region *region, ValueMap *replaced) {
  if (region_is_flat(region)) return 0;
  int changes = 0;
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    if (instr->op == OP_MAP) changes += isolate_sums(m, instr);
    if (instr->op == OP_SWEEP) changes += isolate_accumulators(m, instr, replaced);
    for (int r = 0; r < instr->n_regions; r++) changes += isolate_in(m, instr->regions[r], replaced);
  }
  return changes;
}

int isolate_products(Module *m, Diag *diag) {
  (void)diag;
  int total = 0;
  for (size_t i = 0; i < m->funcs.len; i++) {
    Region *body = m->funcs.at[i]->body;
    ValueMap replaced = value_map_new(m->scratch);
    const int changes = isolate_in(m, body, &replaced);
    if (changes) region_replace(m, body, &replaced);
    if (changes) drop_unneeded(m, body);
    total += changes;
    arena_clear(m->scratch);
  }
  return total;
}
