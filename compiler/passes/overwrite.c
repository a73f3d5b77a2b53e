#include "passes/overwrite.h"

#include "base/id_set.h"
#include "ir/contraction.h"
#include "passes/fill.h"
#include "passes/loops.h"

typedef struct {
  Module *m;
  const Region *root;
  bool has_uses;             /* used and used_again are filled in */
  IdSet used, used_again;    /* by operands and yields */
  int changes;
} Overwrite;

static void note_use(Overwrite *o, const Value *value) {
  if (!id_set_add(&o->used, value->id)) id_set_add(&o->used_again, value->id);
}

static void note_uses(Overwrite *o, const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    for (int k = 0; k < instr->n_operands; k++) note_use(o, instr->operands[k]);
    for (int r = 0; r < instr->n_regions; r++) note_uses(o, instr->regions[r]);
  }
  for (int k = 0; k < region->n_yields; k++) note_use(o, region->yields[k]);
}

/* The accum that alone gives accumulator k its elements, as far as the sweep's form says; the uses of the
 * parameter and of the yield are still to be counted. */
static Instr *candidate(const Instr *sweep, int k) {
  const Region *body = sweep->regions[0];
  const Value *param = body->params[sweep->n_extents + k];
  Instr *accum = body->yields[k]->def;
  if (!accum || accum->op != OP_ACCUM || accum->parent != body || accum->operands[0] != param) return NULL;
  if (param->type->rank == 0 || param->type->rank != sweep->n_extents || accum->ranges != 0) return NULL;
  for (int d = 0; d < sweep->n_extents; d++)
    if (accum->operands[2 + d] != body->params[d] || param->type->dims[d] != sweep->extents[d]) return NULL;
  return accum;
}

Instr *own_accum(const Instr *sweep, int k) {
  const Region *body = sweep->regions[0];
  Instr *accum = candidate(sweep, k);
  if (!accum || uses_within(body, body->params[sweep->n_extents + k]) != 1) return NULL;
  return uses_within(body, body->yields[k]) == 1 ? accum : NULL;
}

void write_sum(Module *m, Instr *sweep, int k) {
  Instr *accum = candidate(sweep, k);
  Value *begin = sweep->operands[k];
  Builder in = builder_before(m, accum), before = builder_before(m, sweep);
  in.span = accum->span;
  before.span = sweep->span;
  Value *element = build_index(&in, begin, sweep->regions[0]->params);
  accum->operands[1] = build_prim(&in, OP_add, element, accum->operands[1]);
  sweep->operands[k] = build_zeros(&before, begin->type);
}

/* Uses are counted when somebody asks first, which is before the first change. */
static bool is_used_again(Overwrite *o, const Instr *sweep, int k) {
  if (!o->has_uses) note_uses(o, o->root);
  o->has_uses = true;
  const Region *body = sweep->regions[0];
  return id_set_has(&o->used_again, body->params[sweep->n_extents + k]->id) ||
         id_set_has(&o->used_again, body->yields[k]->id);
}

static void overwrite(Overwrite *o, Instr *sweep, int k) {
  const Value *begin = sweep->operands[k];
  if (!candidate(sweep, k) || is_used_again(o, sweep, k)) return;
  if (!reads_array(sweep->regions[0], begin) || (begin->def && is_fill(begin->def))) return;
  write_sum(o->m, sweep, k);
  o->changes++;
}

static void visit(Overwrite *o, Region *region) {
  if (region_is_flat(region)) return;
  for (Instr *instr = region->first; instr; instr = instr->next) {
    for (int r = 0; r < instr->n_regions; r++) visit(o, instr->regions[r]);
    if (instr->op != OP_SWEEP || instr->n_extents == 0 || is_large_product(instr)) continue;
    for (int k = 0; k < instr->n_operands; k++) overwrite(o, instr, k);
  }
}

int overwrite_sums(Module *m, Region *body) {
  Overwrite o = {.m = m, .root = body};
  o.used = o.used_again = id_set_new(m->scratch);
  visit(&o, body);
  return o.changes;
}
