#include "passes/turn.h"

#include "ir/contraction.h"
#include "passes/transpose.h"

/* So many steps that no schedule makes of them short loops alone, which would be written out. */
enum { LEAST_STEPS = 100, MOST_ELEMENTS = 65536 };

typedef struct {
  Module *m;
  ValueMap turned; /* from matrices */
  int changes;
} Turn;

/* ---- products -------------------------------------------------------------------------------- */

/* The sum around the read, if it is the body of a map over one counter. */
static const Instr *sum_around(const Instr *index) {
  const Instr *sum = index->parent->parent;
  if (!sum || sum->op != OP_REDUCE || sum->n_extents != 1) return NULL;
  const Instr *map = sum->parent->parent;
  return map && map->op == OP_MAP && map->n_extents == 1 ? sum : NULL;
}

/* The read of the matrix in a large product of matrix and vector whose terms lie side by side, or NULL. */
static Instr *matrix_read(const Instr *map) {
  Contraction p;
  if (map->op != OP_MAP || map->n_extents != 1 || !contraction_find(map, &p) || p.n != 2 ||
      !contraction_is_large(&p))
    return NULL;
  for (const Instr *sum = map->regions[0]->first; sum; sum = sum->next) {
    for (Instr *index = sum->op == OP_REDUCE ? sum->regions[0]->first : NULL; index; index = index->next)
      if (index->op == OP_INDEX && index->n_operands == 3 && sum_around(index) == sum &&
          index->operands[1] == map->regions[0]->params[0] &&
          index->operands[2] == sum->regions[0]->params[0])
        return index;
  }
  return NULL;
}

static bool is_moderate(const Type *type) {
  int64_t rows, columns;
  return type_is_real(type) && type->rank == 2 && size_is_const(type->dims[0], &rows) &&
         size_is_const(type->dims[1], &columns) && rows > 0 && columns > 0 &&
         rows <= MOST_ELEMENTS / columns;
}

/* ---- loops ----------------------------------------------------------------------------------- */

static bool has_steps(const Instr *holder, int64_t least) {
  int64_t n;
  if (holder->op == OP_WHILE) return true;
  return holder->op == OP_LOOP && (!value_is_const_int(holder->operands[0], &n) || n >= least);
}

/* The instruction beside the matrix in which a loop of at least so many steps runs through the product;
 * NULL if none does. */
static Instr *place_to_turn(const Instr *map, const Value *matrix, int64_t steps) {
  Instr *place = NULL;
  bool in_loop = false;
  for (const Region *region = map->parent; region != value_region(matrix); region = place->parent) {
    place = region->parent;
    if (!place || place->n_extents > 0 || place->op == OP_CUSTOM) return NULL;
    in_loop |= has_steps(place, steps);
  }
  return in_loop ? place : NULL;
}

/* ---- turning --------------------------------------------------------------------------------- */

static void try_turn(Turn *t, const Instr *map) {
  Instr *read = matrix_read(map);
  if (!read || !is_moderate(read->operands[0]->type)) return;
  Value *matrix = read->operands[0];
  Instr *place = place_to_turn(map, matrix, LEAST_STEPS);
  if (!place) return;
  Value *turned = value_map_find(&t->turned, matrix);
  if (!turned) {
    Builder b = builder_before(t->m, place);
    b.span = map->span;
    turned = build_turned(&b, matrix);
    value_map_set(&t->turned, matrix, turned);
  }
  Value *row = read->operands[1];
  read->operands[0] = turned;
  read->operands[1] = read->operands[2];
  read->operands[2] = row;
  t->changes++;
}

static void turn_in(Turn *t, Region *region) {
  for (Instr *instr = region->first; instr; instr = instr->next) {
    try_turn(t, instr);
    for (int k = 0; k < instr->n_regions; k++) turn_in(t, instr->regions[k]);
  }
}

int turn_matrices(Module *m, Diag *diag) {
  (void)diag;
  int changes = 0;
  for (size_t i = 0; i < m->funcs.len; i++) {
    Turn t = {.m = m, .turned = value_map_new(m->scratch)};
    turn_in(&t, m->funcs.at[i]->body);
    changes += t.changes;
    arena_clear(m->scratch);
  }
  return changes;
}

/* ---- keeping --------------------------------------------------------------------------------- */

/* Does the map give nothing but a matrix turned? */
static bool is_turned(const Instr *map) {
  const Region *body = map->regions[0];
  const Instr *read = body->first;
  return map->n_extents == 2 && map->n_results == 1 && read && read == body->last && read->op == OP_INDEX &&
         read->n_operands == 3 && body->yields[0] == read->results[0] &&
         read->operands[1] == body->params[1] && read->operands[2] == body->params[0];
}

bool reads_turned(const Instr *index) {
  const Value *matrix = index->operands[0];
  if (!matrix->def || matrix->def->op != OP_MAP || !is_turned(matrix->def) || !is_moderate(matrix->type))
    return false;
  const Instr *sum = sum_around(index);
  if (!sum || index->operands[1] != sum->regions[0]->params[0]) return false;
  const Instr *map = sum->parent->parent;
  return index->operands[2] == map->regions[0]->params[0] && place_to_turn(map, matrix, 0) != NULL;
}
