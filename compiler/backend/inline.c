/* Inline: which scalars have no variable of their own.
 *
 * A scalar that is used once, in the region where it is made, moves to its use while the
 * expression stays small; one that reads an array only if nothing is written in between.
 * Constants, sizes and offsets of an index (i + 1) are written wherever they are used. */
#include "backend/plan.h"

#include "ir/op.h"

enum { MAX_WEIGHT = 12 };

static bool is_free(const Value *value) {
  return value->def && (value->def->op == OP_CONST || value->def->op == OP_SIZE);
}

/* i + 1 and the like: as readable as a name. */
static bool is_offset(const Plan *p, const Instr *instr) {
  if (instr->op != OP_add && instr->op != OP_sub) return false;
  int64_t c;
  return instr->results[0]->type->kind == KIND_INT &&
         value_is_const_int(instr->operands[1], &c) && fact(p, instr->operands[0])->is_stable &&
         fact(p, instr->operands[0])->weight <= 1;
}

/* Index arithmetic of a row, say (i + 1) mod n for points i, j, is done once for it. */
static bool is_of_row(const Plan *p, const Instr *instr) {
  if (!op_is_prim(instr->op) || instr->results[0]->type->kind == KIND_REAL) return false;
  for (int k = 0; k < instr->n_operands; k++) {
    const Value *operand = instr->operands[k];
    if (operand->type->kind == KIND_REAL) return false;
    if (value_region(operand) != instr->parent) continue;
    if (!fact(p, operand)->is_row && !is_free(operand)) return false;
  }
  return true;
}

static bool all_stable(const Plan *p, const Instr *instr) {
  for (int k = 0; k < instr->n_operands; k++)
    if (!fact(p, instr->operands[k])->is_stable) return false;
  return true;
}

static bool may_move(const Plan *p, const Value *value, const Instr *user, const Region *region) {
  const Fact *f = fact(p, value);
  if (!value->def || value->type->rank || f->uses != 1 || f->is_atom || f->is_inline) return false;
  if (f->user != user || f->user_region != region || value->def->parent != region) return false;
  const Op op = value->def->op;
  if (f->is_row) return false;
  if (!op_is_prim(op) && op != OP_INDEX && !(op == OP_IF && node((Plan *)p, value->def)->is_expression))
    return false;
  return !f->has_load || f->stamp == p->writes;
}

static void try_inline(Plan *p, Value *value, const Instr *user, const Region *region, int *weight,
                       bool *has_load) {
  Fact *f = fact(p, value);
  if (may_move(p, value, user, region) && *weight + f->weight <= MAX_WEIGHT) f->is_inline = true;
  if (f->is_inline) {
    *weight += f->weight;
    *has_load = *has_load || f->has_load;
  } else {
    *weight += 1;
  }
}

/* Loop counts are read at every step, initial values are assigned one after the other. */
static bool takes_expressions(const Instr *instr) {
  return !op_carries(instr->op) && instr->op != OP_CUSTOM;
}

static void decide_operands(Plan *p, Instr *instr) {
  int weight = op_is_prim(instr->op) ? 0 : 1;
  bool has_load = instr->op == OP_INDEX;
  if (takes_expressions(instr))
    for (int k = 0; k < instr->n_operands; k++)
      if (instr->operands[k]->type->rank == 0)
        try_inline(p, instr->operands[k], instr, instr->parent, &weight, &has_load);
  if (instr->n_results != 1) return;
  Fact *f = fact(p, instr->results[0]);
  f->weight = weight;
  f->has_load = has_load;
  f->stamp = p->writes;
  f->is_stable = op_is_prim(instr->op) && all_stable(p, instr);
  const Instr *holder = instr->parent->parent;
  f->is_row = holder && holder->n_extents > 1 && is_of_row(p, instr);
}

static bool writes_memory(Plan *p, const Instr *instr) {
  if (op_is_prim(instr->op)) return false;
  switch ((int)instr->op) {
    case OP_CONST:
    case OP_SIZE:
    case OP_INDEX:
    case OP_CHECK: return false;
    case OP_IF: return !node(p, instr)->is_expression;
    default: return true;
  }
}

static void decide_region(Plan *p, Region *region);

/* Can the branch be written as c ? x : y? Both arms hold nothing but one inlined expression. */
static void decide_if(Plan *p, Instr *instr) {
  Node *n = node(p, instr);
  n->is_expression = instr->n_results == 1 && instr->results[0]->type->rank == 0;
  int weight = fact(p, instr->results[0])->weight;
  for (int r = 0; r < 2; r++) {
    const Region *arm = instr->regions[r];
    for (const Instr *in = arm->first; in; in = in->next) {
      if (!node(p, in)->is_needed) continue;
      if (in->n_results != 1 || (!is_free(in->results[0]) && !fact(p, in->results[0])->is_inline))
        n->is_expression = false;
    }
    if (n->is_expression) weight += fact(p, arm->yields[0])->is_inline ? fact(p, arm->yields[0])->weight : 1;
  }
  if (!n->is_expression) return;
  Fact *f = fact(p, instr->results[0]);
  f->weight = weight;
  f->has_load = true;
  f->stamp = p->writes;
}

static bool yields_expressions(const Instr *holder, const Region *region) {
  if (!holder) return true;
  switch ((int)holder->op) {
    case OP_MAP:
    case OP_REDUCE: return true;
    case OP_WHILE: return region == holder->regions[0];
    case OP_IF: return holder->n_results == 1;
    default: return false;
  }
}

static void decide_yields(Plan *p, Region *region) {
  if (!yields_expressions(region->parent, region)) return;
  for (int k = 0; k < region->n_yields; k++) {
    int weight = 0;
    bool has_load = false;
    if (region->yields[k]->type->rank == 0)
      try_inline(p, region->yields[k], NULL, region, &weight, &has_load);
  }
}

static void decide(Plan *p, Instr *instr) {
  if (instr->op == OP_CONST || instr->op == OP_SIZE) {
    Fact *f = fact(p, instr->results[0]);
    f->is_inline = f->is_stable = true;
    f->weight = 1;
    return;
  }
  decide_operands(p, instr);
  for (int r = 0; r < instr->n_regions; r++) {
    if (instr->op != OP_IF) p->writes++;
    decide_region(p, instr->regions[r]);
  }
  if (instr->op == OP_IF && instr->n_results == 1) decide_if(p, instr);
  if (writes_memory(p, instr)) p->writes++;
  if (instr->n_results == 1 && is_offset(p, instr) && !fact(p, instr->results[0])->is_atom)
    fact(p, instr->results[0])->is_inline = true;
}

static void decide_region(Plan *p, Region *region) {
  for (int k = 0; k < region->n_params; k++) {
    Fact *f = fact(p, region->params[k]);
    f->weight = 1;
    f->is_stable = !region->parent || is_index(region->params[k]);
    f->is_row = region->parent && k + 1 < region->parent->n_extents;
  }
  for (Instr *instr = region->first; instr; instr = instr->next)
    if (node(p, instr)->is_needed) decide(p, instr);
  decide_yields(p, region);
}

void plan_inline(Plan *p) { decide_region(p, p->func->body); }
