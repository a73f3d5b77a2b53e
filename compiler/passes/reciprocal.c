#include "passes/reciprocal.h"

#include "passes/loops.h"

typedef struct {
  Module *m;
  ValueMap touchy; /* used by something that jumps where its operand changes a little */
  ValueMap replaced;
  int changes;
} Invert;

static void note_uses(Invert *v, const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    for (int k = 0; k < instr->n_operands; k++)
      if (!instr_is_smooth(instr)) value_map_set(&v->touchy, instr->operands[k], instr->operands[k]);
    for (int r = 0; r < instr->n_regions; r++) note_uses(v, instr->regions[r]);
  }
}

/* The outermost index space around the instruction into which the divisor comes from outside, with
 * nothing but branches between, while the dividend changes there; or NULL. */
static Instr *space_around(const Instr *div) {
  const Region *divisor = value_region(div->operands[1]);
  const Region *dividend = value_region(div->operands[0]);
  Instr *found = NULL;
  for (const Region *region = div->parent; region != divisor && region->parent;
       region = region->parent->parent) {
    Instr *holder = region->parent;
    const bool is_space = holder->op == OP_MAP || holder->op == OP_REDUCE || holder->op == OP_SWEEP;
    if (!is_space && holder->op != OP_IF) break;
    if (is_space && region_is_within(dividend, region)) found = holder;
  }
  return found;
}

static void invert(Invert *v, Instr *div) {
  Instr *space = space_around(div);
  if (!space || !type_is_real(div->results[0]->type) || value_map_has(&v->touchy, div->results[0])) return;
  Builder outside = builder_before(v->m, space), b = builder_before(v->m, div);
  outside.span = b.span = div->span;
  Value *reciprocal = build_prim(&outside, OP_div, build_real(&outside, 1), div->operands[1]);
  Value *product = build_prim(&b, OP_mul, div->operands[0], reciprocal);
  product->name = div->results[0]->name;
  value_map_set(&v->replaced, div->results[0], product);
  instr_unlink(div);
  v->changes++;
}

static void visit(Invert *v, Region *region) {
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    for (int i = 0; v->changes && i < instr->n_operands; i++)
      instr->operands[i] = value_map_get(&v->replaced, instr->operands[i]);
    if (instr->op == OP_CUSTOM) continue; /* its regions are a unit */
    for (int r = 0; r < instr->n_regions; r++) visit(v, instr->regions[r]);
    if (instr->op == OP_div) invert(v, instr);
  }
}

int invert_divisors(Module *m, Diag *diag) {
  (void)diag;
  Invert v = {.m = m};
  v.touchy = v.replaced = value_map_new(m->arena);
  for (size_t i = 0; i < m->funcs.len; i++) {
    Region *body = m->funcs.at[i]->body;
    if (region_is_flat(body)) continue;
    note_uses(&v, body);
    visit(&v, body);
    if (v.changes) region_replace(m, body, &v.replaced);
  }
  return v.changes;
}
