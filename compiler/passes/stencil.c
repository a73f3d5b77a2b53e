#include "passes/stencil.h"

#include "passes/dce.h"
#include "passes/fill.h"
#include "passes/loops.h"
#include "passes/overwrite.h"
#include "passes/shared_factor.h"
#include "passes/stencil_terms.h"

/* A gathering sweep while it is built. */
typedef struct {
  Module *m;
  Terms *terms;
  Instr *sweep;    /* the old one */
  Region *region;  /* of the new one */
  Builder in;
  Value *zero;
  Value **totals;  /* by bin: what element p gets; NULL: nothing yet */
  bool takes_kept; /* the kept accumulators come along: points and elements are the same */
} Gather;

/* What of a body is copied: all but what belongs to accumulators. Those of the term are sums of
 * scalars then; the kept ones stay as they are, where they are asked for. */
typedef struct {
  Gather *g;
  const Term *term; /* NULL: none */
  bool with_kept;
  ValueMap map;
} Copy;

/* ---- copies of the body ---------------------------------------------------------------------- */

static int accumulator_of(const Gather *g, const Value *chained) {
  const Value *param = value_map_find(&g->terms->chain, chained);
  return param ? param->index - g->sweep->n_extents : -1;
}

static bool is_in_term(const Copy *copy, const Instr *accum) {
  for (size_t i = 0; copy->term && i < copy->term->accums.len; i++)
    if (copy->term->accums.at[i] == accum) return true;
  return false;
}

/* What the accum adds. This point alone computes it, so one multiplication of x*a + x*b is for nothing. */
static Value *copy_added(Copy *copy, Builder *b, Value *added) {
  SharedFactor shared;
  if (!added->def || !find_shared_factor(added->def, copy->g->sweep->regions[0], &shared))
    return value_map_get(&copy->map, added);
  shared.factor = value_map_get(&copy->map, shared.factor);
  for (int k = 0; k < 2; k++) shared.rest[k] = value_map_get(&copy->map, shared.rest[k]);
  return build_shared_factor(b, &shared);
}

static void copy_accum(Copy *copy, Builder *b, const Instr *accum) {
  Value *before = value_map_get(&copy->map, accum->operands[0]);
  const int accumulator = accumulator_of(copy->g, accum->operands[0]);
  if (copy->with_kept && copy->g->terms->roles[accumulator] == ROLE_KEPT) {
    clone_instr(b, accum, &copy->map);
    return;
  }
  Value *after = before;
  if (is_in_term(copy, accum)) {
    Value *added = copy_added(copy, b, accum->operands[1]);
    after = before == copy->g->zero ? added : build_prim(b, OP_add, before, added);
  }
  value_map_set(&copy->map, accum->results[0], after);
}

static void copy_region(Copy *copy, Builder *b, const Region *region);

static void copy_branch(Copy *copy, Builder *b, const Instr *branch) {
  Module *m = b->m;
  Region *arms[2] = {region_new(m), region_new(m)};
  for (int r = 0; r < 2; r++) {
    Builder in = builder_at_end(m, arms[r]);
    in.span = branch->span;
    copy_region(copy, &in, branch->regions[r]);
  }
  for (int i = 0; i < branch->n_results; i++) {
    Value *yes = value_map_get(&copy->map, branch->regions[0]->yields[i]);
    Value *no = value_map_get(&copy->map, branch->regions[1]->yields[i]);
    if (accumulator_of(copy->g, branch->results[i]) >= 0 && yes == no) continue;
    region_add_yield(m, arms[0], yes);
    region_add_yield(m, arms[1], no);
  }
  const Instr *built =
      build_if(b, value_map_get(&copy->map, branch->operands[0]), arms[0], arms[1]);
  for (int i = 0, k = 0; i < branch->n_results; i++) {
    Value *yes = value_map_get(&copy->map, branch->regions[0]->yields[i]);
    Value *no = value_map_get(&copy->map, branch->regions[1]->yields[i]);
    const bool skipped = accumulator_of(copy->g, branch->results[i]) >= 0 && yes == no;
    value_map_set(&copy->map, branch->results[i], skipped ? yes : built->results[k++]);
  }
}

static void copy_region(Copy *copy, Builder *b, const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    b->span = instr->span;
    if (instr->op == OP_ACCUM) copy_accum(copy, b, instr);
    else if (instr->op == OP_IF) copy_branch(copy, b, instr);
    else clone_instr(b, instr, &copy->map);
  }
}

static Copy copy_begin(Gather *g, const Term *term, bool with_kept, Value *const *point) {
  Copy copy = {g, term, with_kept, value_map_new(g->m->arena)};
  const Region *body = g->sweep->regions[0];
  const int n = g->sweep->n_extents;
  for (int c = 0; c < n; c++) value_map_set(&copy.map, body->params[c], point[c]);
  for (int k = 0; k < g->sweep->n_operands; k++)
    value_map_set(&copy.map, body->params[n + k], g->zero);
  return copy;
}

/* ---- the points that add to p ---------------------------------------------------------------- */

static Value *both(Builder *b, Value *x, Value *y) { return x ? build_prim(b, OP_and, x, y) : y; }

static Value *shifted(Builder *b, Value *p, int64_t offset) {
  if (offset == 0) return p;
  return offset > 0 ? build_prim(b, OP_sub, p, build_int(b, offset))
                    : build_prim(b, OP_add, p, build_int(b, -offset));
}

/* p - offset, which is a point if it lies in 0 .. extent - 1. */
static Value *shift_source(Gather *g, Builder *b, int c, const Source *source, Value **condition) {
  Value *at = shifted(b, g->region->params[c], source->offset);
  Size *points = g->sweep->extents[c];
  int64_t rest; /* of the elements behind the last one that has a point */
  if (source->offset > 0)
    *condition = both(b, *condition, build_prim(b, OP_ge, at, build_int(b, 0)));
  const bool ends = size_is_const(size_sub(g->m, g->terms->extents[c], points), &rest) &&
                    rest <= source->offset;
  if (!ends) *condition = both(b, *condition, build_prim(b, OP_lt, at, build_size(b, points)));
  return at;
}

/* The index arithmetic again, for the point in the map. */
static Value *copy_index(Gather *g, Builder *b, Value *index, ValueMap *map) {
  if (value_map_has(map, index)) return value_map_get(map, index);
  if (!index->def || !region_is_within(index->def->parent, g->sweep->regions[0])) return index;
  for (int k = 0; k < index->def->n_operands; k++) copy_index(g, b, index->def->operands[k], map);
  clone_instr(b, index->def, map);
  return value_map_get(map, index);
}

/* A point at the edge, if there is one and its index is p. That p is near the edge follows, and is
 * said because it is easier to see that it fails elsewhere. */
static Value *edge_source(Gather *g, Builder *b, int c, const Source *source, Value **condition) {
  Value *p = g->region->params[c];
  Size *n = g->sweep->extents[c], *edge = size_const(g->m, source->edge);
  const bool is_low = source->kind == SOURCE_LOW;
  Size *place = is_low ? edge : size_sub(g->m, size_sub(g->m, n, edge), size_const(g->m, 1));
  Value *at = build_size(b, place);
  Size *farthest = size_const(g->m, is_low ? -source->offset : source->offset + 1);
  Value *limit = build_size(b, is_low ? farthest : size_sub(g->m, n, farthest));
  *condition = both(b, *condition, build_prim(b, is_low ? OP_le : OP_ge, p, limit));
  if (source->edge > 0) {
    Value *exists = build_prim(b, OP_lt, build_int(b, source->edge), build_size(b, n));
    *condition = both(b, *condition, exists);
  }
  ValueMap map = value_map_new(g->m->arena);
  value_map_set(&map, g->sweep->regions[0]->params[c], at);
  Value *element = copy_index(g, b, source->index, &map);
  *condition = both(b, *condition, build_prim(b, OP_eq, p, element));
  return at;
}

static Value *wrap_source(Gather *g, Builder *b, int c, const Source *source) {
  return build_prim(b, OP_int_mod, shifted(b, g->region->params[c], source->offset),
                    build_size(b, g->sweep->extents[c]));
}

static Value *point_of(Gather *g, Builder *b, int c, const Source *source, Value **condition) {
  switch (source->kind) {
    case SOURCE_SHIFT: return shift_source(g, b, c, source, condition);
    case SOURCE_WRAP: return wrap_source(g, b, c, source);
    default: return edge_source(g, b, c, source, condition);
  }
}

/* ---- sums ------------------------------------------------------------------------------------ */

static void add_to_total(Gather *g, int bin, Value *value) {
  Value *total = g->totals[bin];
  g->totals[bin] = total ? build_prim(&g->in, OP_add, total, value) : value;
}

/* The bins of the term, each once. */
static int bins_of(const Term *term, int *bins) {
  int n = 0;
  for (size_t i = 0; i < term->bins.len; i++) {
    bool seen = false;
    for (int k = 0; k < n; k++) seen = seen || bins[k] == term->bins.at[i];
    if (!seen) bins[n++] = term->bins.at[i];
  }
  return n;
}

static Value *sum_of_bin(Gather *g, const Copy *copy, int bin) {
  const Region *body = g->sweep->regions[0];
  return value_map_get(&copy->map, body->yields[g->terms->bins.at[bin].accumulator]);
}

static void add_guarded(Gather *g, const Term *term, Value *const *point, Value *condition) {
  Region *yes = region_new(g->m), *no = region_new(g->m);
  Builder in_yes = builder_at_end(g->m, yes), in_no = builder_at_end(g->m, no);
  in_yes.span = in_no.span = g->sweep->span;
  int *bins = ARENA_ARRAY(g->m->arena, int, term->bins.len);
  const int n = bins_of(term, bins);
  Copy copy = copy_begin(g, term, false, point);
  copy_region(&copy, &in_yes, g->sweep->regions[0]);
  for (int i = 0; i < n; i++) {
    region_add_yield(g->m, yes, sum_of_bin(g, &copy, bins[i]));
    region_add_yield(g->m, no, build_real(&in_no, 0));
  }
  const Instr *branch = build_if(&g->in, condition, yes, no);
  for (int i = 0; i < n; i++) add_to_total(g, bins[i], branch->results[i]);
}

static void add_term(Gather *g, const Term *term) {
  Value *point[MAX_RANK], *condition = NULL;
  for (int c = 0; c < g->sweep->n_extents; c++)
    point[c] = point_of(g, &g->in, c, &term->source[c], &condition);
  if (condition) {
    add_guarded(g, term, point, condition);
    return;
  }
  int *bins = ARENA_ARRAY(g->m->arena, int, term->bins.len);
  const int n = bins_of(term, bins);
  Copy copy = copy_begin(g, term, false, point);
  copy_region(&copy, &g->in, g->sweep->regions[0]);
  for (int i = 0; i < n; i++) add_to_total(g, bins[i], sum_of_bin(g, &copy, bins[i]));
}

/* ---- the new sweep --------------------------------------------------------------------------- */

static bool is_taken(const Gather *g, int accumulator) {
  const AccumulatorRole role = g->terms->roles[accumulator];
  return role == ROLE_GATHERED || (role == ROLE_KEPT && g->takes_kept);
}

/* The value of the new region for an accumulator of the old one. */
static Value *add_gathered(Gather *g, int accumulator, Value *param) {
  Value *sum = param;
  for (size_t i = 0; i < g->terms->bins.len; i++) {
    const Bin *bin = &g->terms->bins.at[i];
    if (bin->accumulator != accumulator || !g->totals[i]) continue;
    Value *at[MAX_RANK];
    for (int d = 0; d < param->type->rank; d++) {
      int64_t number; /* may stand inside the old sweep */
      at[d] = bin->fixed[d] ? bin->fixed[d] : g->region->params[bin->counter_of[d]];
      if (value_is_const_int(at[d], &number)) at[d] = build_int(&g->in, number);
    }
    sum = build_update(&g->in, OP_ACCUM, sum, g->totals[i], at, 0);
  }
  return sum;
}

static void build_body(Gather *g, Value **inits) {
  const Region *body = g->sweep->regions[0];
  const int n = g->sweep->n_extents;
  for (int c = 0; c < n; c++)
    region_param(g->m, g->region, body->params[c]->type, body->params[c]->name);
  g->zero = build_real(&g->in, 0);
  Copy kept = copy_begin(g, NULL, true, g->region->params);
  int count = 0;
  for (int k = 0; k < g->sweep->n_operands; k++) {
    if (!is_taken(g, k)) continue;
    const Value *param = body->params[n + k];
    value_map_set(&kept.map, param, region_param(g->m, g->region, param->type, param->name));
    inits[count++] = g->sweep->operands[k];
  }
  if (g->takes_kept) copy_region(&kept, &g->in, body);
  for (size_t i = 0; i < g->terms->terms.len; i++) add_term(g, &g->terms->terms.at[i]);
  for (int k = 0; k < g->sweep->n_operands; k++) {
    if (!is_taken(g, k)) continue;
    Value *param = value_map_get(&kept.map, body->params[n + k]);
    const bool gathered = g->terms->roles[k] == ROLE_GATHERED;
    region_add_yield(g->m, g->region, gathered ? add_gathered(g, k, param)
                                               : value_map_get(&kept.map, body->yields[k]));
  }
}

static bool same_extents(const Terms *terms, const Instr *sweep) {
  for (int c = 0; c < sweep->n_extents; c++)
    if (terms->extents[c] != sweep->extents[c]) return false;
  return true;
}

static void gather(Module *m, Terms *terms, Instr *sweep, ValueMap *replaced) {
  Gather g = {.m = m, .terms = terms, .sweep = sweep, .region = region_new(m)};
  g.takes_kept = same_extents(terms, sweep);
  g.in = builder_at_end(m, g.region);
  g.totals = ARENA_ARRAY(m->arena, Value *, terms->bins.len);
  Value **inits = ARENA_ARRAY(m->arena, Value *, (size_t)sweep->n_operands);
  build_body(&g, inits);
  Builder b = builder_before(m, sweep);
  b.span = sweep->span;
  const Instr *built =
      build_sweep(&b, sweep->n_extents, terms->extents, g.region->n_yields, inits, g.region);
  for (int k = 0, i = 0; k < sweep->n_operands; k++)
    if (is_taken(&g, k)) {
      built->results[i]->name = sweep->results[k]->name;
      value_map_set(replaced, sweep->results[k], built->results[i++]);
    }
}

/* ---- the walk -------------------------------------------------------------------------------- */

static bool is_worthwhile(const Instr *sweep) {
  const Region *body = sweep->regions[0];
  return !any_instr(body, instr_is_transcendental) && !holds_loops(body) &&
         !region_has_effects(body);
}

static int gather_in(Module *m, Region *region, ValueMap *replaced) {
  if (region_is_flat(region)) return 0;
  int changes = 0;
  for (Instr *instr = region->first; instr; instr = instr->next) {
    for (int k = 0; k < instr->n_regions; k++) changes += gather_in(m, instr->regions[k], replaced);
    Terms terms;
    if (instr->op != OP_SWEEP || !is_worthwhile(instr) || !find_terms(m, instr, &terms)) continue;
    gather(m, &terms, instr, replaced);
    changes++;
  }
  return changes;
}

int gather_stencils(Module *m, Diag *diag) {
  (void)diag;
  int changes = 0;
  for (size_t i = 0; i < m->funcs.len; i++) {
    ValueMap replaced = value_map_new(m->arena);
    Region *body = m->funcs.at[i]->body;
    const int here = gather_in(m, body, &replaced);
    if (here) region_replace(m, body, &replaced);
    if (here) drop_unneeded(m, body); /* the old sweeps count as uses */
    changes += here + overwrite_sums(m, body);
    arena_clear(m->scratch);
  }
  return changes;
}
