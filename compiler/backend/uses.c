/* Uses: who needs what. First what is needed at all, then, walked backwards, the uses by what
 * is needed. */
#include "backend/plan.h"

#include "ir/need.h"

bool is_carried_needed(const Plan *p, const Instr *instr, int k) {
  const Region *body = last_region(instr);
  if (value_is_needed(p, instr->results[k])) return true;
  if (instr->op == OP_WHILE && value_is_needed(p, instr->regions[0]->params[k])) return true;
  return value_is_needed(p, body->params[first_carried(instr) + k]);
}

/* ---- what is needed -------------------------------------------------------------------------- */

static bool is_effect(const Instr *instr) {
  return instr->op == OP_CHECK || instr->op == OP_PRINT || instr->op == OP_CALL;
}

static void need_size(Need *need, const Size *size) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++) need_value(need, size->terms[i].atoms[k]);
}

/* What decides whether an instruction with an effect runs. */
static void need_control(Need *need, const Instr *instr) {
  if (instr->op == OP_LOOP || instr->op == OP_WHILE || instr->op == OP_IF)
    need_value(need, instr->operands[0]);
  if (instr->op == OP_WHILE) need_value(need, instr->regions[0]->yields[0]);
  for (int d = 0; d < instr->n_extents; d++) need_size(need, instr->extents[d]);
}

static bool need_effects(Plan *p, Need *need, const Region *region) {
  bool any = false;
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    Node *n = node(p, instr);
    n->has_effect = is_effect(instr);
    if (n->has_effect)
      for (int k = 0; k < instr->n_operands; k++) need_value(need, instr->operands[k]);
    for (int r = 0; r < instr->n_regions; r++)
      if (need_effects(p, need, instr->regions[r])) n->has_effect = true;
    if (n->has_effect) need_control(need, instr);
    any = any || n->has_effect;
  }
  return any;
}

static void mark_needed(Plan *p) {
  Need need = need_new(p->m, p->func->body);
  need.marked = id_set_new(p->m->arena); /* as long as the plan */
  need_yields(&need);
  need_effects(p, &need, p->func->body);
  p->needed = need.marked;
}

/* ---- uses ------------------------------------------------------------------------------------ */

static void use(Plan *p, Value *value, Instr *user, Region *region) {
  Fact *f = fact(p, value);
  f->uses++;
  f->user = user;
  f->user_region = region;
}

static void use_size(Plan *p, const Size *size) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++) {
      Fact *f = fact(p, size->terms[i].atoms[k]);
      f->uses++;
      f->is_atom = true;
    }
}

static void use_type(Plan *p, const Type *type) {
  for (int d = 0; d < type->rank; d++) use_size(p, type->dims[d]);
}

static bool counts(const Plan *p, const Instr *instr, int r, int k) {
  if (instr->op == OP_MAP || instr->op == OP_IF) return value_is_needed(p, instr->results[k]);
  if (instr->op == OP_WHILE && r == 0) return true;
  return !op_carries(instr->op) || is_carried_needed(p, instr, k);
}

static void uses_in(Plan *p, Region *region);

static void uses_in_regions(Plan *p, Instr *instr) {
  for (int r = 0; r < instr->n_regions; r++) {
    Region *region = instr->regions[r];
    for (int k = 0; k < region->n_params; k++) use_type(p, region->params[k]->type);
    for (int k = 0; k < region->n_yields; k++)
      if (counts(p, instr, r, k)) use(p, region->yields[k], NULL, region);
    uses_in(p, region);
  }
}

static void uses_of(Plan *p, Instr *instr) {
  Node *n = node(p, instr);
  n->is_needed = n->has_effect;
  for (int k = 0; k < instr->n_results; k++)
    if (value_is_needed(p, instr->results[k])) n->is_needed = true;
  if (op_carries(instr->op))
    for (int k = 0; k < last_region(instr)->n_yields; k++)
      if (is_carried_needed(p, instr, k)) n->is_needed = true;
  if (!n->is_needed) return;
  for (int k = 0; k < instr->n_results; k++) use_type(p, instr->results[k]->type);
  for (int d = 0; d < instr->n_extents; d++) use_size(p, instr->extents[d]);
  if (instr->size) use_size(p, instr->size);
  for (int k = 0; k < instr->n_operands; k++) {
    const int carried = k - first_init(instr);
    if (op_carries(instr->op) && carried >= 0 && !is_carried_needed(p, instr, carried)) continue;
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
  mark_needed(p);
  for (int k = 0; k < body->n_yields; k++) use(p, body->yields[k], NULL, body);
  for (int k = 0; k < body->n_params; k++) use_type(p, body->params[k]->type);
  uses_in(p, body);
}
