#include "passes/mirror.h"

#include "passes/dce.h"
#include "passes/fill.h"
#include "passes/loops.h"
#include "passes/overwrite.h"

typedef struct {
  Module *m;
  Region *root; /* the function's body */
  Instr *loop;
  ValueMap replaced;
} Mirror;

/* ---- which arrays ---------------------------------------------------------------------------- */

/* What a point gives to its own element of result number `result`, if that is all that the element gets. */
static const Value *own_element(const Instr *space, int result) {
  const Region *body = space->regions[0];
  if (space->op == OP_MAP) return body->yields[result];
  if (space->op != OP_SWEEP || !is_zeros(space->operands[result])) return NULL;
  const Instr *accum = own_accum(space, result);
  return accum ? accum->operands[1] : NULL;
}

/* The array whose negative the step makes of what is carried as number k; or NULL. */
static Value *positive_of(const Instr *loop, int k) {
  const Region *body = loop->regions[0];
  const Value *next = body->yields[k];
  const Instr *space = next->def;
  if (!type_is_real(next->type) || next->type->rank == 0 || !space || space->parent != body) return NULL;
  if (space->op != OP_MAP && space->op != OP_SWEEP) return NULL;
  const Value *element = own_element(space, next->index);
  if (!element || !element->def || element->def->op != OP_neg) return NULL;
  const Instr *read = element->def->operands[0]->def;
  if (!read || read->op != OP_INDEX || !reads_own_point(read, space)) return NULL;
  Value *positive = read->operands[0];
  if (positive == body->params[1 + k] || positive->type != next->type) return NULL;
  return region_is_within(body, value_region(positive)) ? positive : NULL;
}

/* Is the array used by nothing but reads of elements, and, where that is allowed, sums that begin with it? */
static bool only_elements(const Region *region, const Value *array, bool with_sums) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    for (int i = 0; i < instr->n_operands; i++) {
      if (instr->operands[i] != array || (instr->op == OP_INDEX && i == 0)) continue;
      if (!with_sums || instr->op != OP_SWEEP || !own_accum(instr, i)) return false;
    }
    for (int r = 0; r < instr->n_regions; r++)
      if (!only_elements(instr->regions[r], array, with_sums)) return false;
  }
  for (int i = 0; i < region->n_yields; i++)
    if (region->yields[i] == array) return false;
  return true;
}

/* ---- the change ------------------------------------------------------------------------------ */

static void write_sums(Mirror *r, Region *region, const Value *array) {
  for (Instr *instr = region->first; instr; instr = instr->next) {
    for (int i = 0; instr->op == OP_SWEEP && i < instr->n_operands; i++)
      if (instr->operands[i] == array) write_sum(r->m, instr, i);
    for (int k = 0; k < instr->n_regions; k++) write_sums(r, instr->regions[k], array);
  }
}

/* Reads of elements read the negative of the new array. */
static void change_signs(Mirror *r, Region *region, const Value *array) {
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    for (int k = 0; k < instr->n_regions; k++) change_signs(r, instr->regions[k], array);
    if (instr->op != OP_INDEX || instr->operands[0] != array) continue;
    Builder b = builder_before(r->m, instr);
    b.span = instr->span;
    Value *element = build_index(&b, instr->operands[0], instr->operands + 1);
    element->name = instr->results[0]->name;
    value_map_set(&r->replaced, instr->results[0], build_prim(&b, OP_neg, element, NULL));
    instr_unlink(instr);
  }
}

static Value *build_negative(Builder *b, Value *array) {
  Region *region = region_new(b->m);
  Builder in = builder_at_end(b->m, region);
  in.span = b->span;
  Value *at[MAX_RANK];
  for (int d = 0; d < array->type->rank; d++)
    at[d] = region_param(b->m, region, type_scalar(b->m, KIND_INT), NULL);
  region_add_yield(b->m, region, build_prim(&in, OP_neg, build_index(&in, array, at), NULL));
  return build_map(b, array->type->rank, array->type->dims, region)->results[0];
}

/* Whoever wants the whole result of the loop gets a copy with the other sign. */
static void negate_result(Mirror *r, Value *result) {
  if (only_elements(r->root, result, false)) {
    change_signs(r, r->root, result);
    return;
  }
  Builder b = builder_after(r->m, r->loop);
  b.span = r->loop->span;
  Value *negative = build_negative(&b, result);
  negative->name = result->name;
  value_map_set(&r->replaced, result, negative);
  region_replace(r->m, r->root, &r->replaced);
  negative->def->regions[0]->first->operands[0] = result;
  r->replaced = value_map_new(r->m->scratch);
}

static void carry(Mirror *r, int k, Value *positive) {
  Instr *loop = r->loop;
  Region *body = loop->regions[0];
  const Value *param = body->params[1 + k];
  Builder b = builder_before(r->m, loop);
  b.span = loop->span;
  loop->operands[1 + k] = build_negative(&b, loop->operands[1 + k]); /* zeros, too: atan2 sees signs */
  write_sums(r, body, param);
  change_signs(r, body, param);
  body->yields[k] = positive;
  negate_result(r, loop->results[k]);
}

static int visit(Mirror *r, Region *region) {
  if (region_is_flat(region)) return 0;
  int changes = 0;
  for (Instr *instr = region->first; instr; instr = instr->next) {
    if (instr->op == OP_CUSTOM) continue; /* its regions are a unit */
    for (int k = 0; k < instr->n_regions; k++) changes += visit(r, instr->regions[k]);
    for (int k = 0; instr->op == OP_LOOP && k < instr->n_results; k++) {
      const Region *body = instr->regions[0];
      Value *positive = positive_of(instr, k);
      if (!positive || uses_within(body, body->yields[k]) != 1) continue;
      if (!only_elements(body, body->params[1 + k], true)) continue;
      r->loop = instr;
      carry(r, k, positive);
      changes++;
    }
  }
  return changes;
}

int carry_positive(Module *m, Diag *diag) {
  (void)diag;
  int changes = 0;
  for (size_t i = 0; i < m->funcs.len; i++) {
    Region *body = m->funcs.at[i]->body;
    Mirror r = {.m = m, .root = body, .replaced = value_map_new(m->scratch)};
    const int here = visit(&r, body);
    if (here) region_replace(m, body, &r.replaced);
    if (here) drop_unneeded(m, body);
    changes += here;
    arena_clear(m->scratch);
  }
  return changes;
}
