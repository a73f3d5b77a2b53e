#include "ir/pack.h"

#include "ir/intern.h"

#include <assert.h>

typedef struct {
  Arena *instrs, *values;
  Value **moved; /* by id */
  int n_instrs;
} Pack;

static Value *move_value(Pack *p, const Value *value) {
  Value *moved = ARENA_NEW(p->values, Value);
  *moved = *value;
  return p->moved[value->id] = moved;
}

/* Values that were moved before: definitions come before uses. */
static void replace_values(const Pack *p, int n, Value **list) {
  for (int i = 0; i < n; i++) {
    list[i] = p->moved[list[i]->id];
    assert(list[i]);
  }
}

static void pack_region(Pack *p, Region *region);

static Instr *move_instr(Pack *p, const Instr *instr) {
  Instr *moved = ARENA_NEW(p->instrs, Instr);
  p->n_instrs++;
  *moved = *instr;
  if (instr->operands == instr->own_operands) moved->operands = moved->own_operands;
  if (instr->results == &instr->own_result) moved->results = &moved->own_result;
  replace_values(p, moved->n_operands, moved->operands);
  for (int i = 0; i < moved->n_regions; i++) {
    moved->regions[i]->parent = moved;
    pack_region(p, moved->regions[i]);
  }
  for (int i = 0; i < moved->n_results; i++) {
    moved->results[i] = move_value(p, moved->results[i]);
    moved->results[i]->def = moved;
  }
  return moved;
}

static void pack_region(Pack *p, Region *region) {
  for (int i = 0; i < region->n_params; i++) region->params[i] = move_value(p, region->params[i]);
  const Instr *instr = region->first;
  region->first = region->last = NULL;
  for (; instr; instr = instr->next) {
    Instr *moved = move_instr(p, instr);
    moved->prev = region->last;
    moved->next = NULL;
    if (region->last) region->last->next = moved;
    else region->first = moved;
    region->last = moved;
  }
  replace_values(p, region->n_yields, region->yields);
}

static void pack_leaves(const Pack *p, const Slot *slot) {
  for (int i = 0; i < slot->n_leaves; i++)
    if (slot->leaves[i].value) replace_values(p, 1, &slot->leaves[i].value);
}

/* Sizes are interned, those as well that nothing has any more: the atoms of these are no longer defined. */
static void pack_size(Pack *p, Size *size) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++) {
      Value **atom = &size->terms[i].atoms[k];
      if (!p->moved[(*atom)->id]) move_value(p, *atom)->def = NULL;
      *atom = p->moved[(*atom)->id];
    }
}

static void swap(Arena **a, Arena **b) {
  Arena *old = *a;
  *a = *b;
  *b = old;
}

/* One walk that moves costs as much as a few that only look. */
enum { MANY = 16 };

void module_pack(Module *m, int changes) {
  if (changes <= m->n_packed / MANY) return;
  Pack p = {m->other_instrs, m->other_values, ARENA_ARRAY(m->scratch, Value *, m->next_id), 0};
  for (size_t i = 0; i < m->funcs.len; i++) {
    const Func *func = m->funcs.at[i];
    pack_region(&p, func->body);
    for (size_t k = 0; k < func->slots.len; k++) pack_leaves(&p, &func->slots.at[k]);
  }
  for (size_t i = 0; i < m->sizes->capacity; i++)
    if (m->sizes->slots[i]) pack_size(&p, m->sizes->slots[i]);
  m->n_packed = p.n_instrs;
  swap(&m->instrs, &m->other_instrs);
  swap(&m->values, &m->other_values);
  arena_clear(m->other_instrs);
  arena_clear(m->other_values);
  arena_clear(m->scratch);
}
