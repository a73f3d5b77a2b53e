/* adjoint_branch - reverse mode of if: the adjoint is an if on the same condition, whose arms compute
 * again what the primal arm did, except for what keep.c stores as further results of the if. */
#include "derive/adjoint_rules.h"
#include "derive/activity.h"
#include "derive/effects.h"
#include "derive/keep.h"

/* The result of the if that holds arm k's value; in the other arm it is zero. */
static Value *result_holding(Adjoint *a, Instr *branch, int k, Value *inner) {
  for (int i = 0; i < branch->n_results; i++)
    if (branch->regions[k]->yields[i] == inner) return branch->results[i];
  Builder other = builder_at_end(a->m, branch->regions[1 - k]);
  other.span = branch->span;
  region_add_yield(a->m, branch->regions[k], inner);
  region_add_yield(a->m, branch->regions[1 - k], build_zeros(&other, inner->type));
  a->augmented++;
  return instr_add_result(a->m, branch, inner->type, inner->name);
}

static void keep_of_arm(Adjoint *a, Instr *branch, int k, Keep *keep, const ValueMap *cloned,
                        bool augmented) {
  ValueList stored = {0};
  keep_choose(keep, &stored);
  if (stored.len == 0) return;
  ValueMap back = value_map_new(a->m->scratch);
  if (augmented)
    branch->regions[k] = primal_from_clone(a->m, branch->regions[k], keep, cloned, &back);
  else
    back = clone_inverse(a->m, branch->regions[k], cloned);
  Value **reads = ARENA_ARRAY(a->m->scratch, Value *, stored.len);
  for (size_t i = 0; i < stored.len; i++)
    reads[i] = result_holding(a, branch, k, value_map_get(&back, stored.at[i]));
  keep_replace(keep, &stored, reads);
}

static Region *reverse_arm(Adjoint *a, Instr *branch, int k, Scope *scope, Value *const *bars,
                           int n_bars) {
  Region *arm = branch->regions[k], *region = region_new(a->m);
  Builder in = builder_at_end(a->m, region);
  in.span = branch->span;
  ValueMap cloned = value_map_new(a->m->scratch);
  scope_enter(a, scope, SCOPE_BRANCH, region);
  Clone clone = clone_primal(a, &in, arm, &cloned);
  const int augmented = a->augmented;
  for (int i = 0; i < n_bars; i++)
    if (bars[i]) add_bar(a, &in, value_map_get(&cloned, arm->yields[i]), bars[i]);
  reverse_clone(a, &in, &clone);
  scope_yield(a, scope, region);
  Keep keep = {.m = a->m, .region = region, .first = clone.first, .last = clone.last, .tapes = &a->tapes};
  keep_of_arm(a, branch, k, &keep, &cloned, a->augmented > augmented);
  strip_effects(clone.first, clone.last);
  return region;
}

void reverse_if(Adjoint *a, Builder *b, Instr *branch) {
  const int n = branch->n_results;
  Value **bars = ARENA_ARRAY(a->m->scratch, Value *, (size_t)n);
  for (int i = 0; i < n; i++) bars[i] = bar_of(a, branch->results[i]);
  Scope scope = scope_open(a, b, SCOPE_BRANCH, 2, branch->regions);
  Region *arms[2];
  for (int k = 0; k < 2; k++) arms[k] = reverse_arm(a, branch, k, &scope, bars, n);
  scope_drop_unchanged(a, &scope, SCOPE_BRANCH, 2, arms, 0, 0);
  if (scope.list.len == 0) return;
  b->span = branch->span;
  Instr *reverse = build_if(b, branch->operands[0], arms[0], arms[1]);
  scope_close(a, &scope, reverse, 0);
}
