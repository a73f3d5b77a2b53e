#include "passes/dce.h"

#include "ir/need.h"

/* ---- what is needed -------------------------------------------------------------------------- */

static bool is_effect(const Instr *instr) {
  return instr->op == OP_CHECK || instr->op == OP_PRINT;
}

static void need_size(Need *need, const Size *size) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++) need_value(need, size->terms[i].atoms[k]);
}

/* What an effect prints or checks, and what decides whether it happens. */
static void need_effect(Need *need, const Instr *effect) {
  for (int i = 0; i < effect->n_operands; i++) need_value(need, effect->operands[i]);
  for (const Region *region = effect->parent; region->parent; region = region->parent->parent) {
    const Instr *holder = region->parent;
    for (int d = 0; d < holder->n_extents; d++) need_size(need, holder->extents[d]);
    if (holder->size) need_size(need, holder->size);
    if (holder->disk) need_size(need, holder->disk);
    if (holder->op == OP_LOOP || holder->op == OP_WHILE || holder->op == OP_IF)
      need_value(need, holder->operands[0]);
    if (holder->op == OP_WHILE) need_value(need, holder->regions[0]->yields[0]);
  }
}

static void need_effects(Need *need, const Region *region) {
  if (region_is_flat(region) && region->n_effects == 0) return;
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    if (is_effect(instr)) need_effect(need, instr);
    for (int k = 0; k < instr->n_regions; k++) need_effects(need, instr->regions[k]);
  }
}

/* ---- what is dropped ------------------------------------------------------------------------- */

typedef struct {
  Need need;
  int changes;
} Drop;

static bool holds_effects(const Instr *instr) {
  if (is_effect(instr)) return true;
  for (int k = 0; k < instr->n_regions; k++)
    for (const Instr *in = instr->regions[k]->first; in; in = in->next)
      if (holds_effects(in)) return true;
  return false;
}

static bool is_needed_carried(const Drop *d, const Instr *instr, const Region *body, int param,
                              int i) {
  if (is_needed(&d->need, instr->results[i]) || is_needed(&d->need, body->params[param]))
    return true;
  return instr->op == OP_WHILE && is_needed(&d->need, instr->regions[0]->params[i]);
}

/* loop, while, sweep */
static void drop_carried(Drop *d, Instr *instr) {
  Region *body = instr->regions[instr->n_regions - 1];
  const int first_operand = instr->op == OP_SWEEP ? 0 : 1;
  const int first_param = instr->op == OP_SWEEP ? instr->n_extents : 1;
  for (int i = instr->n_operands - first_operand; i-- > 0;) {
    if (is_needed_carried(d, instr, body, first_param + i, i)) continue;
    instr_remove_operand(instr, first_operand + i);
    region_remove_param(body, first_param + i);
    if (instr->op == OP_WHILE) region_remove_param(instr->regions[0], i);
    region_remove_yield(body, i);
    instr_remove_result(instr, i);
    d->changes++;
  }
}

/* A reduction that is kept only for its checks gathers nothing: it is a map without results. */
static void drop_sum(Drop *d, Instr *reduce) {
  if (is_needed(&d->need, reduce->results[0])) return;
  region_remove_yield(reduce->regions[0], 0);
  instr_remove_result(reduce, 0);
  reduce->op = OP_MAP;
  d->changes++;
}

/* map, if */
static void drop_results(Drop *d, Instr *instr) {
  for (int i = instr->n_results; i-- > 0;) {
    if (is_needed(&d->need, instr->results[i])) continue;
    for (int k = 0; k < instr->n_regions; k++)
      region_remove_yield(instr->regions[k], i);
    instr_remove_result(instr, i);
    d->changes++;
  }
}

static void drop_in_region(Drop *d, Region *region);

static bool any_result_needed(const Drop *d, const Instr *instr) {
  for (int i = 0; i < instr->n_results; i++)
    if (is_needed(&d->need, instr->results[i])) return true;
  return false;
}

static void visit(Drop *d, Instr *instr) {
  if (!any_result_needed(d, instr) && !holds_effects(instr)) {
    instr_unlink(instr);
    d->changes++;
    return;
  }
  if (instr->op == OP_LOOP || instr->op == OP_WHILE || instr->op == OP_SWEEP)
    drop_carried(d, instr);
  else if (instr->op == OP_MAP || instr->op == OP_IF) drop_results(d, instr);
  else if (instr->op == OP_REDUCE) drop_sum(d, instr);
  if (instr->op == OP_CUSTOM) return; /* its regions are a unit */
  for (int k = 0; k < instr->n_regions; k++) drop_in_region(d, instr->regions[k]);
}

static void drop_in_region(Drop *d, Region *region) {
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    visit(d, instr);
  }
}

int drop_unneeded(Module *m, Region *body) {
  Drop d = {.need = need_new(m, body)};
  need_yields(&d.need);
  need_effects(&d.need, body);
  drop_in_region(&d, body);
  return d.changes;
}
