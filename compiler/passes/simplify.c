#include "passes/simplify.h"

#include "passes/cse.h"
#include "passes/dce.h"
#include "passes/fold.h"
#include "passes/forward.h"
#include "passes/hoist.h"
#include "passes/lift.h"
#include "passes/unroll.h"

enum { MAX_ROUNDS = 12 };

/* Marks what the vjps and jvps in the region differentiate with respect to; says whether there are
 * any. */
static bool pin_derivatives(const Region *region, ValueMap *pinned) {
  bool any = false;
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    for (int k = 0; k < instr->n_regions; k++) any |= pin_derivatives(instr->regions[k], pinned);
    if (instr->op != OP_VJP && instr->op != OP_JVP) continue;
    any = true;
    const int first = instr->op == OP_VJP ? 2 * instr->n_y : instr->n_y;
    const int n = instr->op == OP_VJP ? instr->n_results : (instr->n_operands - first) / 2;
    for (int i = first; i < first + n; i++)
      value_map_set(pinned, instr->operands[i], instr->operands[i]);
  }
  return any;
}

static int simplify_func(Module *m, Func *func) {
  int total = 0;
  for (int round = 0; round < MAX_ROUNDS; round++) {
    ValueMap pinned = value_map_new(m->scratch);
    const bool keep_copies = pin_derivatives(func->body, &pinned);
    int changes = unroll_region(m, func->body, &pinned);
    changes += fold_region(m, func->body, &pinned, keep_copies);
    changes += drop_unneeded(m, func->body);
    if (!keep_copies) changes += forward_reads(m, func->body);
    changes += share_region(m, func->body, &pinned);
    changes += hoist_region(m, func->body);
    changes += lift_region(m, func->body, &pinned);
    arena_clear(m->scratch);
    total += changes;
    if (changes == 0) break;
  }
  return total;
}

int simplify(Module *m, Diag *diag) {
  (void)diag;
  int changes = 0;
  for (size_t i = 0; i < m->funcs.len; i++) changes += simplify_func(m, m->funcs.at[i]);
  return changes;
}
