/* Reads before updates: b = update a ..; x = index a .. keeps a alive beside b, so b would be a
 * copy. */
#include "backend/schedule.h"

/* About a value of the region. */
typedef struct {
  int64_t position; /* where its definition stands */
  Instr *update;    /* the first update of the array */
  int64_t at;       /* that update's position */
} Standing;

typedef struct {
  Module *m;
  const Region *region;
  IdMap standing; /* by value id */
} Reads;

enum { SPACING = 1 << 20, DEPTH = 4 };

static bool is_movable(const Instr *instr) {
  return op_is_prim(instr->op) || instr->op == OP_CONST || instr->op == OP_SIZE ||
         instr->op == OP_INDEX;
}

static Standing *standing(Reads *r, const Value *value) {
  Standing *s = id_map_find(&r->standing, value->id);
  if (s) return s;
  s = ARENA_NEW(r->m->scratch, Standing);
  id_map_set(&r->standing, value->id, s);
  return s;
}

/* Can the value be known at the position, if scalar instructions move there? */
static bool can_move(Reads *r, const Value *value, int64_t at, int depth) {
  if (!value->def || value->def->parent != r->region || standing(r, value)->position < at) return true;
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
  if (!value->def || value->def->parent != r->region || standing(r, value)->position < at) return;
  for (int k = 0; k < value->def->n_operands; k++) move(r, value->def->operands[k], place, at);
  const Size *size = value->def->size;
  for (int i = 0; size && i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++) move(r, size->terms[i].atoms[k], place, at);
  instr_move_before(value->def, place);
  standing(r, value)->position = at - 1;
}

static void note_update(Reads *r, Instr *instr, int64_t at) {
  const Value *array = instr->operands[0];
  Standing *s = standing(r, array);
  if (array->type->rank == 0 || s->update) return;
  s->update = instr;
  s->at = at;
}

static void reads_in(Reads *r, Region *region) {
  const Region *outer = r->region;
  r->region = region;
  int64_t at = SPACING;
  Vec(const Value *) noted = {0};
  for (Instr *instr = region->first, *next; instr; instr = next, at += SPACING) {
    next = instr->next;
    for (int k = 0; k < instr->n_results; k++) standing(r, instr->results[k])->position = at;
    if (instr->op == OP_UPDATE || instr->op == OP_ACCUM) {
      note_update(r, instr, at);
      vec_push(r->m->scratch, &noted, instr->operands[0]);
    }
    if (instr->op != OP_INDEX) continue;
    const Standing *array = standing(r, instr->operands[0]);
    if (array->update && can_move(r, instr->results[0], array->at, DEPTH))
      move(r, instr->results[0], array->update, array->at);
  }
  for (size_t i = 0; i < noted.len; i++) standing(r, noted.at[i])->update = NULL;
  for (Instr *instr = region->first; instr; instr = instr->next)
    for (int k = 0; k < instr->n_regions; k++) reads_in(r, instr->regions[k]);
  r->region = outer;
}

void schedule_reads(Module *m, Region *region) {
  Reads r = {.m = m, .standing = id_map_new(m->scratch)};
  reads_in(&r, region);
  arena_clear(m->scratch);
}
