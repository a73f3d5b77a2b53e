/* Order: which index of a space is the outermost loop, and which the innermost. */
#include "backend/plan.h"

/* How many accesses would be contiguous with each index innermost, less those that would not. */
static void score_accesses(Plan *p, const Region *region, const Instr *space, int *score) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    if (!node(p, instr)->is_needed) continue;
    const bool is_access = instr->op == OP_INDEX || instr->op == OP_ACCUM;
    const int rank = is_access ? instr->operands[0]->type->rank : 0;
    const int first = instr->op == OP_INDEX ? 1 : 2;
    for (int d = 0; d < rank; d++)
      for (int k = 0; k < space->n_extents; k++)
        if (instr->operands[first + d] == space->regions[0]->params[k])
          score[k] += d == rank - 1 ? 1 : -1;
    for (int r = 0; r < instr->n_regions; r++)
      score_accesses(p, instr->regions[r], space, score);
  }
}

/* Iterations of sweeps and reductions commute: the most contiguous index goes innermost. */
void plan_order(Plan *p, const Instr *space, int *order) {
  const int n = space->n_extents;
  for (int d = 0; d < n; d++) order[d] = d;
  if (space->op == OP_MAP || n < 2) return;
  int score[MAX_RANK] = {0}, best = n - 1;
  score_accesses(p, space->regions[0], space, score);
  for (int d = 0; d < n; d++)
    if (score[d] > score[best]) best = d;
  for (int d = best; d + 1 < n; d++) order[d] = d + 1;
  order[n - 1] = best;
}
