#include "passes/hoist.h"

#include "passes/fill.h"

static bool is_repeated(const Instr *holder) {
  switch ((int)holder->op) {
    case OP_MAP:
    case OP_REDUCE:
    case OP_SWEEP:
    case OP_LOOP:
    case OP_WHILE: return true;
    default: return false;
  }
}

/* Is 0 <= index < dim whatever the data are? */
static bool is_inside(const Value *index, const Size *dim) {
  int64_t k, n;
  if (value_is_const_int(index, &k)) return size_is_const(dim, &n) && k >= 0 && k < n;
  if (index->def || !index->region->parent) return false;
  const Instr *space = index->region->parent;
  return index->index < space->n_extents && space->extents[index->index] == dim;
}

static bool is_safe(const Instr *instr);

static bool are_safe(const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next)
    if (!is_safe(instr)) return false;
  return true;
}

static bool is_safe(const Instr *instr) {
  switch ((int)instr->op) {
    case OP_CHECK:
    case OP_PRINT:
    case OP_CALL:
    case OP_WHILE:
    case OP_LOOP:
    case OP_ACCUM:
    case OP_UPDATE:
    case OP_COPY:
    case OP_VJP:
    case OP_JVP: return false;
    case OP_INDEX:
      for (int d = 1; d < instr->n_operands; d++)
        if (!is_inside(instr->operands[d], instr->operands[0]->type->dims[d - 1])) return false;
      return true;
    default:
      for (int k = 0; k < instr->n_regions; k++)
        if (!are_safe(instr->regions[k])) return false;
      return true;
  }
}

static bool sizes_are_outside(int n, Size *const *sizes, const Region *region) {
  for (int d = 0; d < n; d++)
    for (int i = 0; i < sizes[d]->n_terms; i++)
      for (int k = 0; k < sizes[d]->terms[i].n_atoms; k++)
        if (region_is_within(value_region(sizes[d]->terms[i].atoms[k]), region)) return false;
  return true;
}

static bool is_invariant(Module *m, const Instr *instr, const Region *region) {
  for (int i = 0; i < instr->n_operands; i++)
    if (region_is_within(value_region(instr->operands[i]), region)) return false;
  if (instr->size && !sizes_are_outside(1, &instr->size, region)) return false;
  if (instr->disk && !sizes_are_outside(1, &instr->disk, region)) return false;
  if (!sizes_are_outside(instr->n_extents, instr->extents, region)) return false;
  for (int k = 0; k < instr->n_regions; k++) {
    ValueList free = {0};
    region_free_values(m, instr->regions[k], &free);
    for (size_t i = 0; i < free.len; i++)
      if (region_is_within(value_region(free.at[i]), region)) return false;
  }
  return true;
}

int hoist_region(Module *m, Region *region) {
  const bool repeats = region->parent && is_repeated(region->parent);
  if (!repeats && region_is_flat(region)) return 0;
  int changes = 0;
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    for (int k = 0; k < instr->n_regions; k++) changes += hoist_region(m, instr->regions[k]);
    if (!repeats) continue;
    if (is_fill(instr) || !is_safe(instr) || !is_invariant(m, instr, region)) continue;
    instr_move_before(instr, region->parent);
    changes++;
  }
  return changes;
}
