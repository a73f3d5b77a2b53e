#include "passes/settle.h"

#include "passes/fill.h"

/* In Instr.order of sweeps: becomes a map; could, but goes on with a neighbour's sums; cannot. */
enum { IS_SETTLED, IS_KEPT, IS_MIXED };

typedef struct {
  Module *m;
  Vec(Instr *) sweeps; /* in order */
  ValueMap replaced;
} Settle;

/* ---- which sweeps ---------------------------------------------------------------------------- */

static bool adds_at_own_point(const Instr *accum, const Instr *sweep) {
  const Region *body = sweep->regions[0];
  if (accum->op != OP_ACCUM || accum->parent != body || accum->ranges != 0) return false;
  if (accum->n_operands - 2 != sweep->n_extents) return false;
  for (int d = 0; d < sweep->n_extents; d++)
    if (accum->operands[2 + d] != body->params[d]) return false;
  return true;
}

/* Is accumulator k a scalar per point: are its elements the points, each added to at its own? */
static bool is_own(const Instr *sweep, int k) {
  const Region *body = sweep->regions[0];
  const Value *param = body->params[sweep->n_extents + k], *value = body->yields[k];
  if (param->type->rank != sweep->n_extents || value == param) return false;
  for (int d = 0; d < sweep->n_extents; d++)
    if (param->type->dims[d] != sweep->extents[d]) return false;
  for (; value != param; value = value->def->operands[0])
    if (!value->def || !adds_at_own_point(value->def, sweep)) return false;
  return true;
}

static bool all_own(const Instr *sweep) {
  for (int k = 0; k < sweep->n_results; k++)
    if (!is_own(sweep, k)) return false;
  return sweep->n_results > 0;
}

/* What a sweep around this one adds up may not be read here. A map's elements may. */
static bool begins_apart(const Instr *sweep) {
  for (int k = 0; k < sweep->n_operands; k++) {
    const Instr *init = sweep->operands[k]->def;
    if (!init || (init->op != OP_MAP && (init->op != OP_SWEEP || init->order != IS_SETTLED))) return false;
  }
  return true;
}

/* In program order, inner ones first. */
static void collect(Settle *s, Region *region, bool is_in_sweep) {
  if (region_is_flat(region)) return;
  for (Instr *instr = region->first; instr; instr = instr->next) {
    for (int k = 0; k < instr->n_regions; k++)
      collect(s, instr->regions[k], is_in_sweep || instr->op == OP_SWEEP);
    if (instr->op != OP_SWEEP) continue;
    const bool is_settled = all_own(instr) && (!is_in_sweep || begins_apart(instr));
    instr->order = is_settled ? IS_SETTLED : IS_MIXED;
    vec_push(s->m->scratch, &s->sweeps, instr);
  }
}

static bool same_extents(const Instr *a, const Instr *b) {
  if (a->n_extents != b->n_extents || a->parent != b->parent) return false;
  for (int d = 0; d < a->n_extents; d++)
    if (a->extents[d] != b->extents[d]) return false;
  return true;
}

/* Does the sweep stay one, and would another over the same space that shares its accumulator k lose by
 * becoming a map? */
static bool keeps_neighbour(const Instr *sweep, int k) {
  return sweep->order == IS_KEPT || (sweep->order == IS_MIXED && !is_own(sweep, k));
}

static void keep_neighbours(Instr *sweep, bool backwards) {
  for (int k = 0; k < sweep->n_operands; k++) {
    Instr *before = sweep->operands[k]->def;
    if (!before || before->op != OP_SWEEP || !same_extents(before, sweep)) continue;
    Instr *kept = backwards ? before : sweep;
    const bool keeps = backwards ? keeps_neighbour(sweep, k)
                                 : keeps_neighbour(before, sweep->operands[k]->index);
    if (kept->order == IS_SETTLED && keeps) kept->order = IS_KEPT;
  }
}

/* ---- the change ------------------------------------------------------------------------------ */

/* The element so far, with the term. */
static Value *add_term(Settle *s, Builder *b, const Instr *sweep, const Instr *accum) {
  Value *term = accum->operands[1], *before = accum->operands[0];
  if (before->def) return build_prim(b, OP_add, value_map_get(&s->replaced, before), term);
  Value *init = value_map_get(&s->replaced, sweep->operands[before->index - sweep->n_extents]);
  if (is_zeros(init)) return term;
  return build_prim(b, OP_add, build_index(b, init, b->region->params), term);
}

/* The body stays: scalars take the place of the accumulators. */
static void settle(Settle *s, Instr *sweep) {
  Module *m = s->m;
  Region *body = sweep->regions[0];
  for (Instr *instr = body->first, *next; instr; instr = next) {
    next = instr->next;
    if (instr->op != OP_ACCUM) continue;
    Builder b = builder_before(m, instr);
    value_map_set(&s->replaced, instr->results[0], add_term(s, &b, sweep, instr));
    instr_unlink(instr);
  }
  for (int k = 0; k < sweep->n_results; k++)
    body->yields[k] = value_map_get(&s->replaced, body->yields[k]);
  for (int k = sweep->n_results; k-- > 0;) region_remove_param(body, sweep->n_extents + k);
  Builder place = builder_before(m, sweep);
  const Instr *map = build_map(&place, sweep->n_extents, sweep->extents, body);
  for (int k = 0; k < sweep->n_results; k++) {
    map->results[k]->name = sweep->results[k]->name;
    value_map_set(&s->replaced, sweep->results[k], map->results[k]);
  }
  instr_unlink(sweep);
}

int settle_sums(Module *m, Region *body) {
  Settle s = {.m = m, .replaced = value_map_new(m->scratch)};
  collect(&s, body, false);
  for (size_t i = 0; i < s.sweeps.len; i++) keep_neighbours(s.sweeps.at[i], false);
  for (size_t i = s.sweeps.len; i-- > 0;) keep_neighbours(s.sweeps.at[i], true);
  int settled = 0;
  for (size_t i = 0; i < s.sweeps.len; i++) {
    if (s.sweeps.at[i]->order != IS_SETTLED) continue;
    settle(&s, s.sweeps.at[i]);
    settled++;
  }
  if (settled) region_replace(m, body, &s.replaced);
  return settled;
}
