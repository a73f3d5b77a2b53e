#include "passes/forward.h"

#include "base/id_set.h"

typedef struct {
  Module *m;
  const Region *root;
  bool has_uses; /* used is filled in when it is first asked */
  IdSet used;    /* everything that is an operand, a yield or part of a size */
  ValueMap replaced;
  int changes;
} Forward;

static void note_size(Forward *f, const Size *size) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++)
      id_set_add(&f->used, size->terms[i].atoms[k]->id);
}

static void note_uses(Forward *f, const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    for (int i = 0; i < instr->n_operands; i++) id_set_add(&f->used, instr->operands[i]->id);
    if (instr->size) note_size(f, instr->size);
    if (instr->disk) note_size(f, instr->disk);
    for (int d = 0; d < instr->n_extents; d++) note_size(f, instr->extents[d]);
    for (int k = 0; k < instr->n_regions; k++) note_uses(f, instr->regions[k]);
  }
  for (int i = 0; i < region->n_yields; i++) id_set_add(&f->used, region->yields[i]->id);
}

/* One step of a loop and what it does with one array that it carries. */
typedef struct {
  Module *m;
  const Region *body;
  const Value *array;
  const Instr *update;
  int dimension; /* in which the update moves from step to step */
} Step;

/* c * t + what no step changes, with c not 0? */
static bool moves_with_step(const Step *s, Value *index) {
  const Size *size = size_of_value(s->m, index);
  bool moves = false;
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++) {
      const Value *atom = size->terms[i].atoms[k];
      if (!region_is_within(value_region(atom), s->body)) continue;
      if (atom != s->body->params[0] || size->terms[i].n_atoms > 1) return false;
      moves = true;
    }
  return moves;
}

static bool is_at_update(const Step *s, const Instr *read) {
  Value *a = read->operands[1 + s->dimension], *b = s->update->operands[2 + s->dimension];
  int64_t difference;
  const Size *size = size_sub(s->m, size_of_value(s->m, a), size_of_value(s->m, b));
  return size_is_const(size, &difference) && difference == 0;
}

/* Is the array only read where the update writes, and the updated array only carried on? */
static bool only_reads_ahead(const Step *s, const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    for (int i = 0; i < instr->n_operands; i++) {
      if (instr->operands[i] == s->update->results[0]) return false;
      if (instr->operands[i] != s->array || instr == s->update) continue;
      if (instr->op != OP_INDEX || i > 0 || !is_at_update(s, instr)) return false;
    }
    for (int k = 0; k < instr->n_regions; k++)
      if (!only_reads_ahead(s, instr->regions[k])) return false;
  }
  int uses = 0;
  for (int i = 0; i < region->n_yields; i++) {
    if (region->yields[i] == s->array) return false;
    uses += region->yields[i] == s->update->results[0];
  }
  return uses == (region == s->body);
}

static bool find_moving_dimension(Step *s) {
  const int rank = s->array->type->rank;
  for (s->dimension = 0; s->dimension < rank; s->dimension++) {
    const bool is_range = s->update->ranges >> s->dimension & 1;
    if (!is_range && moves_with_step(s, s->update->operands[2 + s->dimension])) return true;
  }
  return false;
}

static bool is_used(Forward *f, const Value *value) {
  if (!f->has_uses) note_uses(f, f->root);
  f->has_uses = true;
  return id_set_has(&f->used, value->id);
}

static void forward_carried(Forward *f, Instr *loop, int i) {
  const Region *body = loop->regions[0];
  Step step = {.m = f->m, .body = body, .array = body->params[1 + i]};
  step.update = body->yields[i]->def;
  if (!step.update || step.update->op != OP_UPDATE || step.update->parent != body) return;
  if (step.update->operands[0] != step.array || step.update->operands[1] == step.array) return;
  if (!find_moving_dimension(&step) || !only_reads_ahead(&step, body)) return;
  value_map_set(&f->replaced, step.array,
                value_map_get(&f->replaced, loop->operands[1 + i]));
  f->changes++;
}

static void visit(Forward *f, Region *region) {
  if (region_is_flat(region)) return;
  for (Instr *instr = region->first; instr; instr = instr->next) {
    if (instr->op == OP_LOOP)
      for (int i = 0; i < instr->n_results; i++)
        if (!is_used(f, instr->results[i])) forward_carried(f, instr, i);
    for (int k = 0; k < instr->n_regions; k++) visit(f, instr->regions[k]);
  }
}

int forward_reads(Module *m, Region *body) {
  Forward f = {.m = m, .root = body, .used = id_set_new(m->scratch), .replaced = value_map_new(m->arena)};
  visit(&f, body);
  if (f.changes) region_replace(m, body, &f.replaced);
  return f.changes;
}
