#include "passes/merge.h"

#include "base/id_set.h"
#include "ir/contraction.h"
#include "passes/fill.h"
#include "passes/loops.h"

enum { MAX_CANDIDATES = 8, MAX_BODY = 320 };

typedef struct {
  Module *m;
  ValueMap replaced;
  IdSet used, used_again;    /* by operands and yields, before anything was merged */
  int changes;
} Merge;

/* ---- which spaces may be merged -------------------------------------------------------------- */

static int body_size(const Region *body) {
  int size = 0;
  for (const Instr *instr = body->first; instr; instr = instr->next) size++;
  return size;
}

static bool is_candidate(const Instr *instr) {
  if (instr->op != OP_MAP && instr->op != OP_SWEEP) return false;
  const Region *body = instr->regions[0];
  if (instr->n_results == 0 || is_fill(instr) || is_large_product(instr)) return false;
  if (instr->op == OP_MAP && !yields_scalars(body)) return false;
  return !holds_loops(body) && !region_has_effects(body);
}

static bool same_space(const Instr *a, const Instr *b) {
  if (a->op != b->op || a->n_extents != b->n_extents) return false;
  for (int d = 0; d < a->n_extents; d++)
    if (a->extents[d] != b->extents[d]) return false;
  return true;
}

static bool reads_common(const Region *a, const Region *b) {
  for (const Instr *instr = a->first; instr; instr = instr->next) {
    if (instr->op == OP_INDEX && reads_array(b, instr->operands[0])) return true;
    for (int k = 0; k < instr->n_regions; k++)
      if (reads_common(instr->regions[k], b)) return true;
  }
  return false;
}

/* At least one array in common. The first may not read what the second accumulates into: the sum could
 * not take the array's place. What the second reads, the first cannot take the place of anyway. */
static bool share_input(const Instr *a, const Instr *b) {
  for (int i = 0; i < b->n_operands; i++)
    if (reads_array(a->regions[0], b->operands[i]) && !reads_array(b->regions[0], b->operands[i]))
      return false;
  return reads_common(a->regions[0], b->regions[0]);
}

/* Does b use what a makes at its own point alone? Then that is a value of the merged body. */
static bool only_own_reads(const Merge *g, const Region *region, const Instr *b, const Instr *a) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    for (int i = 0; i < instr->n_operands; i++) {
      if (value_map_get(&g->replaced, instr->operands[i])->def != a) continue;
      if (instr->op != OP_INDEX || i > 0 || !reads_own_point(instr, b)) return false;
    }
    for (int k = 0; k < instr->n_regions; k++)
      if (!only_own_reads(g, instr->regions[k], b, a)) return false;
  }
  for (int i = 0; i < region->n_yields; i++)
    if (value_map_get(&g->replaced, region->yields[i])->def == a) return false;
  return true;
}

static bool uses_results(const Merge *g, const Instr *b, const Instr *a) {
  ValueList needed = {0};
  region_free_values(g->m, b->regions[0], &needed);
  for (size_t i = 0; i < needed.len; i++)
    if (value_map_get(&g->replaced, needed.at[i])->def == a) return true;
  return false;
}

/* Does accumulator i of the sweep b take up where the sweep a ended, with nobody between? */
static bool continues(const Merge *g, const Instr *a, const Instr *b, int i) {
  return b->op == OP_SWEEP && !id_set_has(&g->used_again, b->operands[i]->id) &&
         value_map_get(&g->replaced, b->operands[i])->def == a;
}

/* May b stand where a does: is everything that it needs, but the results of a, defined before a? */
static bool can_stand_at(const Merge *g, const Instr *b, const Instr *a) {
  ValueList needed = {0};
  region_free_values(g->m, b->regions[0], &needed);
  for (int i = 0; i < b->n_operands; i++) {
    const bool from_a = value_map_get(&g->replaced, b->operands[i])->def == a;
    if (from_a && !continues(g, a, b, i)) return false;
    vec_push(g->m->scratch, &needed, b->operands[i]);
  }
  for (size_t i = 0; i < needed.len; i++) {
    const Value *value = value_map_get(&g->replaced, needed.at[i]);
    if (value->def == a) continue;
    if (value->def && value->def->parent == a->parent && value->def->order >= a->order)
      return false;
  }
  return true;
}

/* ---- merging --------------------------------------------------------------------------------- */

/* In the body of a: elements of its own results, which the copy of b has brought, are the yields. */
static void read_yields(Merge *g, const Instr *a, Region *region, ValueMap *elements) {
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    for (int k = 0; k < instr->n_regions; k++) read_yields(g, a, instr->regions[k], elements);
    if (instr->op != OP_INDEX) continue;
    const Value *array = value_map_get(&g->replaced, instr->operands[0]);
    if (array->def != a) continue;
    value_map_set(elements, instr->results[0], a->regions[0]->yields[array->index]);
    instr_unlink(instr);
  }
}

/* The body of b moves to the end of the body of a. */
static void merge_into(Merge *g, Instr *a, Instr *b) {
  Module *m = g->m;
  Region *to = a->regions[0], *from = b->regions[0];
  ValueMap params = value_map_new(m->scratch);
  for (int d = 0; d < a->n_extents; d++) value_map_set(&params, from->params[d], to->params[d]);
  for (int i = 0; i < b->n_operands; i++) {
    const Value *param = from->params[b->n_extents + i];
    Value *init = value_map_get(&g->replaced, b->operands[i]);
    if (continues(g, a, b, i)) {
      value_map_set(&params, param, to->yields[init->index]);
      continue;
    }
    instr_add_operand(m, a, init);
    value_map_set(&params, param, region_param(m, to, param->type, param->name));
  }
  Builder end = builder_at_end(m, to);
  clone_region_into(&end, from, &params);
  ValueMap elements = value_map_new(m->scratch);
  read_yields(g, a, to, &elements);
  region_replace(m, to, &elements);
  for (int i = 0; i < b->n_results; i++) {
    const Value *old = b->results[i];
    Value *yield = value_map_get(&params, from->yields[i]);
    if (b->op == OP_SWEEP && continues(g, a, b, i)) {
      const int at = value_map_get(&g->replaced, b->operands[i])->index;
      to->yields[at] = yield;
      value_map_set(&g->replaced, old, a->results[at]);
      continue;
    }
    Value *result = instr_add_result(m, a, old->type, old->name);
    region_add_yield(m, to, value_map_get(&elements, yield));
    value_map_set(&g->replaced, old, result);
  }
  instr_unlink(b);
  g->changes++;
}

static bool try_merge(Merge *g, Instr *a, Instr *b) {
  if (!same_space(a, b) || body_size(a->regions[0]) + body_size(b->regions[0]) > MAX_BODY)
    return false;
  const bool dependent = uses_results(g, b, a);
  if (dependent && (a->op != OP_MAP || !only_own_reads(g, b->regions[0], b, a))) return false;
  if ((!dependent && !share_input(a, b)) || !can_stand_at(g, b, a)) return false;
  merge_into(g, a, b);
  return true;
}

static void merge_in_region(Merge *g, Region *region) {
  if (region_is_flat(region)) return;
  Instr *recent[MAX_CANDIDATES];
  int n = 0, position = 0;
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    instr->order = position++;
    for (int k = 0; k < instr->n_regions; k++) merge_in_region(g, instr->regions[k]);
    if (!is_candidate(instr)) continue;
    bool merged = false;
    for (int i = n; i-- > 0 && !merged;) merged = try_merge(g, recent[i], instr);
    if (merged) continue;
    if (n == MAX_CANDIDATES) {
      for (int i = 1; i < n; i++) recent[i - 1] = recent[i];
      n--;
    }
    recent[n++] = instr;
  }
}

static void count_use(Merge *g, const Value *value) {
  if (!id_set_add(&g->used, value->id)) id_set_add(&g->used_again, value->id);
}

static void count_uses(Merge *g, const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    for (int i = 0; i < instr->n_operands; i++) count_use(g, instr->operands[i]);
    for (int k = 0; k < instr->n_regions; k++) count_uses(g, instr->regions[k]);
  }
  for (int i = 0; i < region->n_yields; i++) count_use(g, region->yields[i]);
}

int merge_spaces(Module *m, Region *body) {
  if (region_is_flat(body)) return 0;
  Merge g = {.m = m};
  g.replaced = value_map_new(m->scratch);
  g.used = g.used_again = id_set_new(m->scratch);
  count_uses(&g, body);
  merge_in_region(&g, body);
  if (g.changes) region_replace(m, body, &g.replaced);
  return g.changes;
}
