/* Reads before updates: b = update a ..; x = index a .. keeps a alive beside b, so b would be a
 * copy. */
#include "backend/schedule.h"

#include <string.h>

typedef struct {
  Module *m;
  const Region *region;
  int64_t *position; /* by value id: where its definition stands in the region; 0: outside */
  Instr **update;    /* by value id: the first update of the array in the region */
  int64_t *at;       /* by value id: that update's position */
} Reads;

enum { SPACING = 1 << 20, DEPTH = 4 };

static bool is_movable(const Instr *instr) {
  return op_is_prim(instr->op) || instr->op == OP_CONST || instr->op == OP_SIZE ||
         instr->op == OP_INDEX;
}

/* Can the value be known at the position, if scalar instructions move there? */
static bool can_move(const Reads *r, const Value *value, int64_t at, int depth) {
  if (!value->def || value->def->parent != r->region || r->position[value->id] < at) return true;
  if (depth == 0 || !is_movable(value->def)) return false;
  for (int k = 0; k < value->def->n_operands; k++)
    if (!can_move(r, value->def->operands[k], at, depth - 1)) return false;
  const Size *size = value->def->size;
  for (int i = 0; size && i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++)
      if (!can_move(r, size->terms[i].atoms[k], at, depth - 1)) return false;
  return true;
}

static void move(Reads *r, Value *value, Instr *place, int64_t at) {
  if (!value->def || value->def->parent != r->region || r->position[value->id] < at) return;
  for (int k = 0; k < value->def->n_operands; k++) move(r, value->def->operands[k], place, at);
  const Size *size = value->def->size;
  for (int i = 0; size && i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++) move(r, size->terms[i].atoms[k], place, at);
  instr_move_before(value->def, place);
  r->position[value->id] = at - 1;
}

static void note_update(Reads *r, Instr *instr, int64_t at) {
  const Value *array = instr->operands[0];
  if (array->type->rank == 0 || r->update[array->id]) return;
  r->update[array->id] = instr;
  r->at[array->id] = at;
}

static void reads_in(Reads *r, Region *region) {
  const Region *outer = r->region;
  r->region = region;
  int64_t at = SPACING;
  Vec(const Value *) noted = {0};
  for (Instr *instr = region->first, *next; instr; instr = next, at += SPACING) {
    next = instr->next;
    for (int k = 0; k < instr->n_results; k++) r->position[instr->results[k]->id] = at;
    if (instr->op == OP_UPDATE || instr->op == OP_ACCUM) {
      note_update(r, instr, at);
      vec_push(r->m->arena, &noted, instr->operands[0]);
    }
    if (instr->op != OP_INDEX) continue;
    const Value *array = instr->operands[0];
    Instr *update = r->update[array->id];
    if (update && can_move(r, instr->results[0], r->at[array->id], DEPTH))
      move(r, instr->results[0], update, r->at[array->id]);
  }
  for (size_t i = 0; i < noted.len; i++) r->update[noted.at[i]->id] = NULL;
  for (Instr *instr = region->first; instr; instr = instr->next)
    for (int k = 0; k < instr->n_regions; k++) reads_in(r, instr->regions[k]);
  r->region = outer;
}

void schedule_reads(Module *m, Region *region) {
  const size_t n = m->next_id;
  Arena *scratch = arena_new();
  Reads r = {.m = m,
             .position = ARENA_ARRAY(scratch, int64_t, n),
             .update = ARENA_ARRAY(scratch, Instr *, n),
             .at = ARENA_ARRAY(scratch, int64_t, n)};
  reads_in(&r, region);
  arena_free(scratch);
}
