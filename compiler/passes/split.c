#include "passes/split.h"

#include "passes/loops.h"

enum { LEAST_POINTS = 4 };

static bool is_tiny(const Instr *map) {
  int64_t points = 1;
  for (int d = 0; d < map->n_extents; d++) {
    int64_t n;
    if (!size_is_const(map->extents[d], &n)) return false;
    if (n >= LEAST_POINTS) return false;
    points *= n;
  }
  return points < LEAST_POINTS;
}

static bool is_transcendental_outside_sums(const Instr *instr) {
  if (instr_is_transcendental(instr)) return true;
  if (instr->op != OP_IF) return false;
  return any_instr(instr->regions[0], instr_is_transcendental) ||
         any_instr(instr->regions[1], instr_is_transcendental);
}

/* A reduction, or a sweep that only sums scalars. */
static bool is_sum(const Instr *instr) {
  if (instr->op == OP_REDUCE) return true;
  if (instr->op != OP_SWEEP) return false;
  for (int i = 0; i < instr->n_results; i++)
    if (instr->results[i]->type->rank > 0) return false;
  return true;
}

/* Does the instruction use a value that is marked, here or inside? */
static bool uses_marked(Module *m, const Instr *instr, const ValueMap *marked) {
  for (int i = 0; i < instr->n_operands; i++)
    if (value_map_has(marked, instr->operands[i])) return true;
  ValueList free = {0};
  for (int k = 0; k < instr->n_regions; k++) region_free_values(m, instr->regions[k], &free);
  for (size_t i = 0; i < free.len; i++)
    if (value_map_has(marked, free.at[i])) return true;
  return false;
}

/* Sums, then transcendental functions of them, and no other loop. */
static bool is_mixed(Module *m, const Instr *map) {
  const Region *body = map->regions[0];
  ValueMap after = value_map_new(m->scratch); /* what depends on a transcendental function */
  bool sums = false, transcendental = false;
  for (const Instr *instr = body->first; instr; instr = instr->next) {
    const bool itself = is_transcendental_outside_sums(instr);
    const bool depends = itself || uses_marked(m, instr, &after);
    if (is_sum(instr)) {
      if (depends) return false;
      sums = true;
      continue;
    }
    if (instr_is_loop(instr)) return false;
    for (int k = 0; k < instr->n_regions; k++)
      if (holds_loops(instr->regions[k])) return false;
    transcendental |= itself;
    for (int i = 0; depends && i < instr->n_results; i++)
      value_map_set(&after, instr->results[i], instr->results[i]);
  }
  return sums && transcendental;
}

static void split(Module *m, Instr *map) {
  Region *body = map->regions[0];
  ValueMap copied = value_map_new(m->scratch), replaced = value_map_new(m->arena);
  Region *sums = clone_region(m, body, &copied);
  region_set_yields(m, sums, 0, NULL);
  for (const Instr *instr = body->first; instr; instr = instr->next)
    for (int i = 0; is_sum(instr) && i < instr->n_results; i++)
      region_add_yield(m, sums, value_map_get(&copied, instr->results[i]));
  Builder b = builder_before(m, map);
  const Instr *first = build_map(&b, map->n_extents, map->extents, sums);
  int n = 0;
  for (Instr *instr = body->first, *next; instr; instr = next) {
    next = instr->next;
    if (!is_sum(instr)) continue;
    Builder in = builder_before(m, instr);
    for (int i = 0; i < instr->n_results; i++) {
      Value *sum = build_index(&in, first->results[n++], body->params);
      sum->name = instr->results[i]->name;
      value_map_set(&replaced, instr->results[i], sum);
    }
    instr_unlink(instr);
  }
  region_replace(m, body, &replaced);
}

int split_maps(Module *m, Region *region) {
  if (region_is_flat(region)) return 0;
  int changes = 0;
  for (Instr *instr = region->first; instr; instr = instr->next) {
    for (int k = 0; k < instr->n_regions; k++) changes += split_maps(m, instr->regions[k]);
    if (instr->op != OP_MAP || is_tiny(instr) || !yields_scalars(instr->regions[0])) continue;
    if (region_has_effects(instr->regions[0]) || !is_mixed(m, instr)) continue;
    split(m, instr);
    changes++;
  }
  return changes;
}
