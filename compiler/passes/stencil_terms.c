#include "passes/stencil_terms.h"

enum { MAX_TERMS = 32, MAX_WORK = 1200 };

/* ---- chains ---------------------------------------------------------------------------------- */

static bool mark_chains(Terms *t, const Region *region);

static bool mark_branch(Terms *t, const Instr *branch) {
  if (!mark_chains(t, branch->regions[0]) || !mark_chains(t, branch->regions[1])) return false;
  for (int i = 0; i < branch->n_results; i++) {
    Value *yes = value_map_find(&t->chain, branch->regions[0]->yields[i]);
    if (yes != value_map_find(&t->chain, branch->regions[1]->yields[i])) return false;
    if (yes) value_map_set(&t->chain, branch->results[i], yes);
  }
  return true;
}

/* Follows the accumulators through accums and branches; false where anything else is done, with
 * them or beside them, but scalar arithmetic. */
static bool mark_chains(Terms *t, const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    if (instr->op == OP_ACCUM) {
      Value *param = value_map_find(&t->chain, instr->operands[0]);
      if (!param) return false;
      value_map_set(&t->chain, instr->results[0], param);
    } else if (instr->op == OP_IF) {
      if (!mark_branch(t, instr)) return false;
    } else if (!op_is_prim(instr->op) && instr->op != OP_CONST && instr->op != OP_SIZE &&
               instr->op != OP_INDEX) {
      return false;
    }
  }
  return true;
}

/* ---- roles ----------------------------------------------------------------------------------- */

typedef struct {
  Terms *t;
  int accumulator;
  bool is_unknown, is_moved, is_apart, is_first;
  int counter_of[MAX_RANK];
  Size *extents[MAX_RANK]; /* by counter */
} Look;

static void look_at_place(Look *look, const Type *array, int d, const IndexPlace *place) {
  if (place->kind == PLACE_UNKNOWN) look->is_unknown = true;
  if (look->is_first) look->counter_of[d] = place->counter;
  if (look->counter_of[d] != place->counter) look->is_unknown = true;
  if (look->is_unknown || place->counter < 0) return;
  if (place->kind == PLACE_BOUND || place->offset != 0) look->is_moved = true;
  Size **extent = &look->extents[place->counter];
  if (*extent && *extent != array->dims[d]) look->is_unknown = true;
  *extent = array->dims[d];
}

static void look_at_accum(Look *look, const Instr *accum) {
  const Instr *sweep = look->t->sweep;
  const Type *array = accum->operands[0]->type;
  unsigned seen = 0;
  if (accum->operands[1]->type->rank || accum->ranges) look->is_unknown = true;
  for (int d = 0; d < array->rank && !look->is_unknown; d++) {
    const IndexPlace place = place_of(look->t->m, sweep, accum->operands[2 + d], array->dims[d]);
    look_at_place(look, array, d, &place);
    if (place.counter < 0) continue;
    if (seen >> place.counter & 1) look->is_unknown = true;
    seen |= 1u << place.counter;
  }
  if (seen != (1u << sweep->n_extents) - 1) look->is_unknown = true;
  look->is_first = false;
}

static void look_in(Look *look, const Region *region) {
  const Value *param =
      look->t->sweep->regions[0]->params[look->t->sweep->n_extents + look->accumulator];
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    for (int k = 0; k < instr->n_regions; k++) look_in(look, instr->regions[k]);
    if (instr->op == OP_ACCUM && value_map_find(&look->t->chain, instr->operands[0]) == param)
      look_at_accum(look, instr);
  }
}

static bool covers(const Terms *t, Size *const *extents) {
  for (int d = 0; d < t->sweep->n_extents; d++)
    if (extents[d] != t->extents[d]) return false;
  return true;
}

/* The first gathered accumulator decides over which elements. */
static AccumulatorRole role_of(Terms *t, int accumulator, bool *any) {
  if (t->sweep->results[accumulator]->type->rank == 0) return ROLE_KEPT;
  Look look = {.t = t, .accumulator = accumulator, .is_first = true};
  look_in(&look, t->sweep->regions[0]);
  if (look.is_unknown || look.is_first) return ROLE_APART;
  if (!look.is_moved) return ROLE_KEPT;
  if (!*any)
    for (int d = 0; d < t->sweep->n_extents; d++) t->extents[d] = look.extents[d];
  *any = true;
  return covers(t, look.extents) ? ROLE_GATHERED : ROLE_APART;
}

/* ---- terms ----------------------------------------------------------------------------------- */

static bool same_index(const Value *a, const Value *b) {
  int64_t x, y;
  return a == b || (value_is_const_int(a, &x) && value_is_const_int(b, &y) && x == y);
}

static int bin_of(Terms *t, const Instr *accum, const IndexPlace *places) {
  const int rank = accum->operands[0]->type->rank;
  const Value *param = value_map_find(&t->chain, accum->operands[0]);
  Bin bin = {.accumulator = param->index - t->sweep->n_extents};
  for (int d = 0; d < rank; d++) {
    bin.counter_of[d] = places[d].counter;
    bin.fixed[d] = places[d].counter < 0 ? places[d].index : NULL;
  }
  for (size_t i = 0; i < t->bins.len; i++) {
    const Bin *old = &t->bins.at[i];
    bool same = old->accumulator == bin.accumulator;
    for (int d = 0; d < rank && same; d++)
      same = bin.fixed[d] == old->fixed[d] ||
             (bin.fixed[d] && old->fixed[d] && same_index(bin.fixed[d], old->fixed[d]));
    if (same) return (int)i;
  }
  vec_push(t->m->arena, &t->bins, bin);
  return (int)t->bins.len - 1;
}

static bool same_source(const Source *a, const Source *b) {
  return a->kind == b->kind && a->offset == b->offset && a->edge == b->edge && a->index == b->index;
}

static bool fits(const Terms *t, const Term *term, const Source *source, int bin) {
  for (int c = 0; c < t->sweep->n_extents; c++)
    if (!same_source(&term->source[c], &source[c])) return false;
  for (size_t i = 0; i < term->bins.len; i++) {
    const int other = term->bins.at[i];
    if (other != bin && t->bins.at[other].accumulator == t->bins.at[bin].accumulator) return false;
  }
  return true;
}

static void add_term(Terms *t, const Source *source, const Instr *accum, int bin) {
  Term *found = NULL;
  for (size_t i = 0; i < t->terms.len && !found; i++)
    if (fits(t, &t->terms.at[i], source, bin)) found = &t->terms.at[i];
  if (!found) {
    const Term term = {0};
    vec_push(t->m->arena, &t->terms, term);
    found = &t->terms.at[t->terms.len - 1];
    for (int c = 0; c < t->sweep->n_extents; c++) found->source[c] = source[c];
  }
  vec_push(t->m->arena, &found->accums, accum);
  vec_push(t->m->arena, &found->bins, bin);
}

/* All points that may add to p: every combination of those along each counter. */
static void add_sources(Terms *t, const IndexPlace *const *places, int counter, Source *source,
                        const Instr *accum, int bin) {
  if (counter == t->sweep->n_extents) {
    add_term(t, source, accum, bin);
    return;
  }
  const IndexPlace *place = places[counter];
  const bool wraps = place->kind == PLACE_WRAP && place->offset != 0;
  source[counter] = (Source){wraps ? SOURCE_WRAP : SOURCE_SHIFT, place->offset, 0, NULL};
  add_sources(t, places, counter + 1, source, accum, bin);
  if (place->kind != PLACE_BOUND) return;
  const SourceKind kind = place->offset < 0 ? SOURCE_LOW : SOURCE_HIGH;
  const int64_t n = place->offset < 0 ? -place->offset : place->offset;
  for (int64_t edge = 0; edge < n; edge++) {
    source[counter] = (Source){kind, place->offset, edge, place->index};
    add_sources(t, places, counter + 1, source, accum, bin);
  }
}

static void add_accum(Terms *t, const Instr *accum) {
  const Type *array = accum->operands[0]->type;
  IndexPlace places[MAX_RANK];
  const IndexPlace *by_counter[MAX_RANK];
  Source source[MAX_RANK];
  for (int d = 0; d < array->rank; d++) {
    places[d] = place_of(t->m, t->sweep, accum->operands[2 + d], array->dims[d]);
    if (places[d].counter >= 0) by_counter[places[d].counter] = &places[d];
  }
  add_sources(t, by_counter, 0, source, accum, bin_of(t, accum, places));
}

static int add_terms(Terms *t, const Region *region) {
  int size = 0;
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    size++;
    for (int k = 0; k < instr->n_regions; k++) size += add_terms(t, instr->regions[k]);
    if (instr->op != OP_ACCUM || t->terms.len > MAX_TERMS) continue;
    const Value *param = value_map_find(&t->chain, instr->operands[0]);
    if (t->roles[param->index - t->sweep->n_extents] == ROLE_GATHERED) add_accum(t, instr);
  }
  return size;
}

bool find_terms(Module *m, const Instr *sweep, Terms *terms) {
  *terms = (Terms){.m = m, .sweep = sweep, .chain = value_map_new(m->arena)};
  const Region *body = sweep->regions[0];
  if (sweep->n_extents == 0) return false;
  for (int i = 0; i < sweep->n_operands; i++) {
    Value *param = body->params[sweep->n_extents + i];
    value_map_set(&terms->chain, param, param);
  }
  if (!mark_chains(terms, body)) return false;
  for (int i = 0; i < sweep->n_operands; i++)
    if (value_map_find(&terms->chain, body->yields[i]) != body->params[sweep->n_extents + i])
      return false;
  terms->roles = ARENA_ARRAY(m->arena, AccumulatorRole, (size_t)sweep->n_operands);
  bool any = false;
  for (int i = 0; i < sweep->n_operands; i++) terms->roles[i] = role_of(terms, i, &any);
  if (!any) return false;
  const int size = add_terms(terms, body);
  return terms->terms.len <= MAX_TERMS && size * (int)terms->terms.len <= MAX_WORK;
}
