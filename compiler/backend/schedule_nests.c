/* Nests: y @ A asks for the columns of A, which lie apart in memory. As a sweep over both indices,
 * rows can be
 * taken one after the other. */
#include "backend/schedule.h"

#include "ir/contraction.h"
#include "ir/op.h"

/* How contiguous accesses with the index innermost would be. */
static int score(const Region *region, const Value *index) {
  int sum = 0;
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    const bool is_access = instr->op == OP_INDEX || instr->op == OP_ACCUM;
    const int first = instr->op == OP_INDEX ? 1 : 2, rank = instr->n_operands - first;
    for (int d = 0; is_access && d < rank; d++)
      if (instr->operands[first + d] == index) sum += d == rank - 1 ? 1 : -1;
    for (int r = 0; r < instr->n_regions; r++) sum += score(instr->regions[r], index);
  }
  return sum;
}

/* As plan_order chooses. */
const Value *schedule_innermost(const Instr *space) {
  const Region *body = space->regions[0];
  const Value *best = body->params[space->n_extents - 1];
  if (space->op == OP_MAP) return best;
  for (int d = 0, most = score(body, best); d + 1 < space->n_extents; d++) {
    const int sum = score(body, body->params[d]);
    if (sum > most) best = body->params[d];
    if (sum > most) most = sum;
  }
  return best;
}

static bool is_cheap(const Instr *instr) {
  if (op_is_prim(instr->op)) return !op_is_expensive(instr->op);
  return instr->op == OP_CONST || instr->op == OP_SIZE || instr->op == OP_INDEX;
}

/* The inner space, if all that stands beside it in the body is cheap enough to repeat, and its
 * extents do not depend on
 * the body. */
static Instr *only_space(const Instr *outer, Op op) {
  Instr *inner = NULL;
  const Region *body = outer->regions[0];
  for (Instr *instr = body->first; instr; instr = instr->next) {
    if (instr->op == op && !inner) inner = instr;
    else if (!is_cheap(instr) || inner) return NULL;
  }
  if (!inner || inner->n_extents == 0) return NULL;
  if (outer->n_extents + inner->n_extents > MAX_RANK) return NULL;
  for (int d = 0; d < inner->n_extents; d++)
    for (int i = 0; i < inner->extents[d]->n_terms; i++)
      for (int k = 0; k < inner->extents[d]->terms[i].n_atoms; k++)
        if (region_is_within(value_region(inner->extents[d]->terms[i].atoms[k]), body)) return NULL;
  return inner;
}

static bool is_better_outside_in(const Instr *outer, const Instr *inner) {
  const Value *i = outer->regions[0]->params[outer->n_extents - 1];
  const Value *k = inner->regions[0]->params[inner->n_extents - 1];
  return score(outer->regions[0], i) > score(outer->regions[0], k);
}

/* Indices of both, then accumulators like those given; the bodies' instructions one after the
 * other. */
static Region *joined_region(Module *m, Instr *outer, Instr *inner, int n_acc, Value *const *accs,
                             ValueMap *map) {
  Region *joined = region_new(m), *a = outer->regions[0], *b = inner->regions[0];
  for (int d = 0; d < outer->n_extents; d++)
    value_map_set(map, a->params[d], region_param(m, joined, a->params[d]->type, a->params[d]->name));
  for (int d = 0; d < inner->n_extents; d++)
    value_map_set(map, b->params[d], region_param(m, joined, b->params[d]->type, b->params[d]->name));
  for (int k = 0; k < n_acc; k++) region_param(m, joined, accs[k]->type, accs[k]->name);
  Builder in = builder_at_end(m, joined);
  for (Instr *instr = a->first; instr; instr = instr->next)
    if (instr != inner) clone_instr(&in, instr, map);
  for (int k = 0; inner->op == OP_SWEEP && k < n_acc; k++)
    value_map_set(map, b->params[inner->n_extents + k],
                  joined->params[outer->n_extents + inner->n_extents + k]);
  clone_region_into(&in, b, map);
  return joined;
}

static Size **joined_extents(Module *m, const Instr *outer, const Instr *inner) {
  Size **extents = ARENA_ARRAY(m->arena, Size *, (size_t)(outer->n_extents + inner->n_extents));
  for (int d = 0; d < outer->n_extents; d++) extents[d] = outer->extents[d];
  for (int d = 0; d < inner->n_extents; d++) extents[outer->n_extents + d] = inner->extents[d];
  return extents;
}

static void replace_results(Module *m, const Instr *old, const Instr *new) {
  ValueMap map = value_map_new(m->scratch);
  for (int k = 0; k < old->n_results; k++) {
    new->results[k]->name = old->results[k]->name;
    value_map_set(&map, old->results[k], new->results[k]);
  }
  region_replace(m, old->parent, &map);
}

/* [sum(v(i, k) for k ..) for i ..]: zeros, then v added for all i and k. */
static Instr *sweep_of_map(Module *m, Instr *map) {
  Instr *reduce = only_space(map, OP_REDUCE);
  if (!reduce || reduce->reduce != REDUCE_SUM || map->n_results != 1) return NULL;
  if (map->regions[0]->yields[0] != reduce->results[0]) return NULL;
  if (!type_is_real(map->results[0]->type) || !is_better_outside_in(map, reduce)) return NULL;
  Builder b = builder_before(m, map);
  Value *init = build_zeros(&b, map->results[0]->type);
  ValueMap values = value_map_new(m->scratch);
  Region *joined = joined_region(m, map, reduce, 1, &init, &values);
  const int n = map->n_extents + reduce->n_extents;
  Builder in = builder_at_end(m, joined);
  Value *term = value_map_get(&values, reduce->regions[0]->yields[0]);
  Value *sum = build_update(&in, OP_ACCUM, joined->params[n], term, joined->params, 0);
  region_add_yield(m, joined, sum);
  return build_sweep(&b, n, joined_extents(m, map, reduce), 1, &init, joined);
}

/* A sweep whose body ends in a sweep that takes all accumulators on. */
static Instr *sweep_of_sweep(Module *m, Instr *outer) {
  Instr *inner = only_space(outer, OP_SWEEP);
  const Region *body = outer->regions[0];
  if (!inner || inner->n_results != outer->n_results || !is_better_outside_in(outer, inner)) return NULL;
  for (int k = 0; k < outer->n_results; k++)
    if (body->yields[k] != inner->results[k] || inner->operands[k] != body->params[outer->n_extents + k])
      return NULL;
  ValueMap values = value_map_new(m->scratch);
  Region *joined = joined_region(m, outer, inner, outer->n_results, outer->operands, &values);
  for (int k = 0; k < outer->n_results; k++)
    region_add_yield(m, joined, value_map_get(&values, inner->regions[0]->yields[k]));
  Builder b = builder_before(m, outer);
  return build_sweep(&b, outer->n_extents + inner->n_extents, joined_extents(m, outer, inner),
                     outer->n_results, outer->operands, joined);
}

void schedule_nests(Module *m, Region *region) {
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    for (int r = 0; r < instr->n_regions; r++) schedule_nests(m, instr->regions[r]);
    if (is_large_product(instr)) continue; /* a kernel chooses its own order */
    Instr *joined = instr->op == OP_MAP     ? sweep_of_map(m, instr)
                    : instr->op == OP_SWEEP ? sweep_of_sweep(m, instr)
                                            : NULL;
    if (!joined) continue;
    replace_results(m, instr, joined);
    instr_unlink(instr);
  }
}
