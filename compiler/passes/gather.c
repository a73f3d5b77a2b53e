#include "passes/gather.h"

#include "passes/loops.h"

/* A map, and the sums that alone read it. */
typedef struct {
  Instr *map;
  bool refused;
  Vec(Instr *) sums;
} Source;

typedef struct {
  Module *m;
  IdMap sources; /* Source by id of the maps' results */
  Vec(Source *) list;
  ValueMap replaced;
  int changes;
} Gather;

/* ---- which maps ------------------------------------------------------------------------------ */

static bool yields_reals(const Region *body) {
  for (int i = 0; i < body->n_yields; i++)
    if (body->yields[i]->type->rank > 0 || !type_is_real(body->yields[i]->type)) return false;
  return true;
}

static void collect(Gather *g, Region *region) {
  if (region_is_flat(region)) return;
  for (Instr *instr = region->first; instr; instr = instr->next) {
    for (int k = 0; k < instr->n_regions; k++) collect(g, instr->regions[k]);
    if (instr->op != OP_MAP || !yields_reals(instr->regions[0]) ||
        region_has_effects(instr->regions[0]))
      continue;
    Source *source = ARENA_NEW(g->m->scratch, Source);
    source->map = instr;
    for (int i = 0; i < instr->n_results; i++) id_map_set(&g->sources, instr->results[i]->id, source);
    vec_push(g->m->scratch, &g->list, source);
  }
}

static void refuse(const Gather *g, const Value *value) {
  Source *source = id_map_find(&g->sources, value->id);
  if (source) source->refused = true;
}

static bool is_sum_beside(const Instr *instr, const Instr *map) {
  if (!instr || instr->op != OP_REDUCE || instr->reduce != REDUCE_SUM) return false;
  if (instr->parent != map->parent || instr->n_extents != map->n_extents) return false;
  for (int d = 0; d < map->n_extents; d++)
    if (instr->extents[d] != map->extents[d]) return false;
  return type_is_real(instr->results[0]->type);
}

static void note_read(Gather *g, const Instr *read) {
  Source *source = id_map_find(&g->sources, read->operands[0]->id);
  if (!source || source->refused) return;
  Instr *sum = read->parent->parent;
  if (!is_sum_beside(sum, source->map) || !reads_own_point(read, sum)) {
    source->refused = true;
    return;
  }
  for (size_t i = 0; i < source->sums.len; i++)
    if (source->sums.at[i] == sum) return;
  vec_push(g->m->scratch, &source->sums, sum);
}

static void note_uses(Gather *g, const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    if (instr->op == OP_INDEX) note_read(g, instr);
    for (int i = instr->op == OP_INDEX; i < instr->n_operands; i++) refuse(g, instr->operands[i]);
    for (int k = 0; k < instr->n_regions; k++) note_uses(g, instr->regions[k]);
  }
  for (int i = 0; i < region->n_yields; i++) refuse(g, region->yields[i]);
}

/* Is everything that the sums need, but for the map, defined before the first of them? */
static bool can_stand_together(const Gather *g, const Source *source) {
  ValueMap late = value_map_new(g->m->scratch);
  const Instr *first = source->sums.at[0];
  for (const Instr *instr = first; instr; instr = instr->next)
    for (int i = 0; i < instr->n_results; i++)
      value_map_set(&late, instr->results[i], instr->results[i]);
  for (size_t s = 0; s < source->sums.len; s++) {
    ValueList needed = {0};
    region_free_values(g->m, source->sums.at[s]->regions[0], &needed);
    for (size_t i = 0; i < needed.len; i++)
      if (value_map_has(&late, needed.at[i]) || value_map_has(&g->replaced, needed.at[i]))
        return false;
  }
  return true;
}

/* ---- the change ------------------------------------------------------------------------------ */

/* The term of one sum at the sweep's point; elements of the map are already in `copied`. */
static Value *copy_term(Builder *b, const Instr *sum, const Instr *map, const ValueMap *elements,
                        Value *const *point) {
  ValueMap copied = value_map_new(b->m->scratch);
  const Region *body = sum->regions[0];
  for (int d = 0; d < sum->n_extents; d++) value_map_set(&copied, body->params[d], point[d]);
  for (const Instr *instr = body->first; instr; instr = instr->next) {
    if (instr->op == OP_INDEX && instr->operands[0]->def == map) {
      Value *yield = map->regions[0]->yields[instr->operands[0]->index];
      value_map_set(&copied, instr->results[0], value_map_get(elements, yield));
    } else {
      clone_instr(b, instr, &copied);
    }
  }
  return value_map_get(&copied, body->yields[0]);
}

static Region *sweep_body(Gather *g, const Source *source) {
  const Instr *map = source->map;
  /* Sums inside that were gathered before: their uses are copied below, so they must be right
   * now. */
  if (g->changes) region_replace(g->m, map->regions[0], &g->replaced);
  Region *body = region_new(g->m);
  Builder b = builder_at_end(g->m, body);
  b.span = map->span;
  ValueMap elements = value_map_new(g->m->scratch);
  for (int d = 0; d < map->n_extents; d++) {
    const Value *param = map->regions[0]->params[d];
    value_map_set(&elements, param, region_param(g->m, body, param->type, param->name));
  }
  for (size_t s = 0; s < source->sums.len; s++) {
    const Value *sum = source->sums.at[s]->results[0];
    region_param(g->m, body, sum->type, sum->name);
  }
  clone_region_into(&b, map->regions[0], &elements);
  for (size_t s = 0; s < source->sums.len; s++) {
    Value *term = copy_term(&b, source->sums.at[s], map, &elements, body->params);
    Value *sum = body->params[map->n_extents + (int)s];
    region_add_yield(g->m, body, build_update(&b, OP_ACCUM, sum, term, NULL, 0));
  }
  return body;
}

static void gather(Gather *g, const Source *source) {
  Builder b = builder_before(g->m, source->sums.at[0]);
  const int n = (int)source->sums.len;
  Value **zeros = ARENA_ARRAY(g->m->scratch, Value *, (size_t)n);
  for (int s = 0; s < n; s++) zeros[s] = build_real(&b, 0);
  Region *body = sweep_body(g, source);
  const Instr *sweep =
      build_sweep(&b, source->map->n_extents, source->map->extents, n, zeros, body);
  for (int s = 0; s < n; s++) {
    Value *sum = source->sums.at[s]->results[0];
    sweep->results[s]->name = sum->name;
    value_map_set(&g->replaced, sum, sweep->results[s]);
    instr_unlink(source->sums.at[s]);
  }
  instr_unlink(source->map);
  g->changes++;
}

int gather_sums(Module *m, Region *body) {
  Gather g = {.m = m, .replaced = value_map_new(m->scratch)};
  g.sources = id_map_new(m->scratch);
  collect(&g, body);
  if (g.list.len == 0) return 0;
  note_uses(&g, body);
  for (size_t i = 0; i < g.list.len; i++) {
    const Source *source = g.list.at[i];
    if (source->refused || source->sums.len < 2) continue;
    bool here = true; /* a sum of two maps may have gone with the other one */
    for (size_t s = 0; s < source->sums.len; s++) here = here && source->sums.at[s]->parent;
    if (here && can_stand_together(&g, source)) gather(&g, source);
  }
  if (g.changes) region_replace(m, body, &g.replaced);
  return g.changes;
}
