/* Uses: who needs what. Walked backwards, so that what only dead instructions use is dead as well. */
#include "backend/plan.h"

static void use(Plan *p, Value *value, Instr *user, Region *region) {
  Fact *f = fact(p, value);
  f->uses++;
  f->user = user;
  f->user_region = region;
}

static void use_size(Plan *p, const Size *size, bool is_array_size) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++) {
      Fact *f = fact(p, size->terms[i].atoms[k]);
      f->uses++;
      f->is_atom = true;
      (void)is_array_size;
    }
}

static void use_type(Plan *p, const Type *type) {
  for (int d = 0; d < type->rank; d++) use_size(p, type->dims[d], true);
}

static bool region_has_effect(Plan *p, const Region *region);

static bool has_effect(Plan *p, const Instr *instr) {
  Node *n = node(p, instr);
  n->has_effect = instr->op == OP_CHECK || instr->op == OP_PRINT || instr->op == OP_CALL;
  for (int r = 0; r < instr->n_regions; r++)
    if (region_has_effect(p, instr->regions[r])) n->has_effect = true;
  return n->has_effect;
}

static bool region_has_effect(Plan *p, const Region *region) {
  bool any = false;
  for (const Instr *instr = region->first; instr; instr = instr->next)
    if (has_effect(p, instr)) any = true;
  return any;
}

static void uses_in(Plan *p, Region *region);

static void uses_in_regions(Plan *p, Instr *instr) {
  const bool by_result = instr->op == OP_MAP || instr->op == OP_IF;
  for (int r = 0; r < instr->n_regions; r++) {
    Region *region = instr->regions[r];
    for (int k = 0; k < region->n_params; k++) use_type(p, region->params[k]->type);
    for (int k = 0; k < region->n_yields; k++)
      if (!by_result || fact(p, instr->results[k])->uses) use(p, region->yields[k], NULL, region);
    uses_in(p, region);
  }
}

static void uses_of(Plan *p, Instr *instr) {
  Node *n = node(p, instr);
  n->is_needed = n->has_effect;
  for (int k = 0; k < instr->n_results; k++)
    if (fact(p, instr->results[k])->uses) n->is_needed = true;
  if (!n->is_needed) return;
  for (int k = 0; k < instr->n_results; k++) use_type(p, instr->results[k]->type);
  for (int d = 0; d < instr->n_extents; d++) use_size(p, instr->extents[d], false);
  if (instr->size) use_size(p, instr->size, false);
  for (int k = 0; k < instr->n_operands; k++) {
    use(p, instr->operands[k], instr, instr->parent);
    if (instr->op == OP_CALL) fact(p, instr->operands[k])->needs_whole = true;
  }
  if (instr->op == OP_CALL)
    for (int k = 0; k < instr->n_results; k++) fact(p, instr->results[k])->needs_whole = true;
  uses_in_regions(p, instr);
}

static void uses_in(Plan *p, Region *region) {
  for (Instr *instr = region->last; instr; instr = instr->prev) uses_of(p, instr);
}

void plan_uses(Plan *p) {
  Region *body = p->func->body;
  region_has_effect(p, body);
  for (int k = 0; k < body->n_yields; k++) use(p, body->yields[k], NULL, body);
  for (int k = 0; k < body->n_params; k++) use_type(p, body->params[k]->type);
  uses_in(p, body);
}
