#include "passes/fold_arrays.h"

#include "ir/op.h"
#include "passes/turn.h"
#include "passes/writers.h"

/* Bodies of maps up to this many instructions are computed where they are read. */
enum { SMALL_BODY = 5, LONGEST_CHAIN = 200 };

/* ---- reading maps ---------------------------------------------------------------------------- */

/* Index arithmetic and reads: what a view of another array is made of. */
static bool is_view(const Instr *instr) {
  return instr->op == OP_INDEX ||
         (op_is_prim(instr->op) && instr->results[0]->type->kind != KIND_REAL &&
          instr->operands[0]->type->kind != KIND_REAL);
}

/* How much is computed per element: 0 for a view of another array, -1 for more than a little. */
static int cost_of_body(const Region *body) {
  int size = 0, cost = 0;
  for (const Instr *instr = body->first; instr; instr = instr->next) {
    if (instr->op == OP_CONST || instr->op == OP_SIZE) continue;
    if (++size > SMALL_BODY) return -1;
    if (is_view(instr)) continue;
    cost++;
    if (instr->op == OP_IF) {
      const int arms[2] = {cost_of_body(instr->regions[0]), cost_of_body(instr->regions[1])};
      if (arms[0] < 0 || arms[1] < 0) return -1;
      size += 2;
    } else if (!op_is_prim(instr->op) || op_is_expensive(instr->op)) {
      return -1;
    }
  }
  return cost;
}

enum { INDEX_DEPTH = 4 };

/* Does an int change with the counter, as far as a few steps of index arithmetic show? */
static bool depends_on(Fold *f, Value *value, const Value *counter, int depth) {
  const Size *size = fold_size(f, value);
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++) {
      const Value *atom = size->terms[i].atoms[k];
      if (atom == counter) return true;
      if (!atom->def || depth == 0) continue;
      for (int o = 0; o < atom->def->n_operands; o++)
        if (atom->def->operands[o]->type->kind == KIND_INT &&
            depends_on(f, atom->def->operands[o], counter, depth - 1))
          return true;
    }
  return false;
}

/* Do the indices change with this counter? */
static bool moves_with(Fold *f, const Instr *index, const Value *counter) {
  for (int d = 1; d < index->n_operands; d++)
    if (depends_on(f, index->operands[d], counter, INDEX_DEPTH)) return true;
  return false;
}

/* Is one element read again and again: by a loop between the map and the read, in which the indices
 * stand still? */
static bool reads_repeatedly(Fold *f, const Instr *index, const Instr *map) {
  for (const Region *region = index->parent; region && region != map->parent;) {
    const Instr *holder = region->parent;
    if (!holder) return false;
    if (holder->op == OP_WHILE) return true;
    const int counters = holder->op == OP_LOOP ? 1 : holder->n_extents;
    for (int d = 0; d < counters; d++)
      if (!moves_with(f, index, region->params[d])) return true;
    region = holder->parent;
  }
  return false;
}

/* Does the body ask a rule where its element is, as at a border? */
static bool has_rule(const Region *body) {
  for (const Instr *instr = body->first; instr; instr = instr->next)
    if (op_is_prim(instr->op) && instr->operands[0]->type->kind == KIND_INT &&
        instr->op != OP_add && instr->op != OP_sub && instr->op != OP_mul)
      return true;
  return false;
}

static bool is_counter(const Value *value) {
  const Instr *holder = value->def ? NULL : value->region->parent;
  return holder && (holder->op == OP_MAP || holder->op == OP_REDUCE || holder->op == OP_SWEEP);
}

/* Is a place the sum of two counters, i + k, so that many points read one element? */
static bool reads_at_sums(Fold *f, const Instr *index) {
  for (int d = 1; d < index->n_operands; d++) {
    const Size *size = fold_size(f, index->operands[d]);
    int counters = 0;
    for (int i = 0; i < size->n_terms; i++)
      counters += size->terms[i].n_atoms == 1 && is_counter(size->terms[i].atoms[0]);
    if (counters > 1) return true;
  }
  return false;
}

/* Views cost nothing, but for those that pad has made, and their like. */
static bool is_read_in_place(Fold *f, const Instr *index, const Instr *map) {
  const int cost = cost_of_body(map->regions[0]);
  if (cost < 0 || (has_rule(map->regions[0]) && reads_at_sums(f, index))) return false;
  return cost == 0 || !reads_repeatedly(f, index, map);
}

/* One element of a map, computed at the builder's place. */
static Value *element_of_map(Builder *b, const Instr *map, int result, Value *const *at) {
  ValueMap copied = value_map_new(b->m->scratch);
  Region *body = map->regions[0];
  for (int d = 0; d < map->n_extents; d++) value_map_set(&copied, body->params[d], at[d]);
  clone_region_into(b, body, &copied);
  Value *yield = value_map_get(&copied, body->yields[result]);
  return build_index(b, yield, at + map->n_extents);
}

/* ---- reading updates ------------------------------------------------------------------------- */

/* For update and accum. The element lies in the block (1), outside (-1), or that can't be told (0).
 * `inside` gets its indices in the block. */
static int element_in_block(Fold *f, const Instr *update, Value *const *at, Value **inside) {
  int n = 0, answer = 1;
  for (int d = 0; d < update->n_operands - 2; d++) {
    int64_t difference;
    if (update->ranges >> d & 1) {
      if (!is_whole_dimension(f, update, d, n)) answer = answer == -1 ? -1 : 0;
      inside[n++] = at[d];
    } else if (!int_difference(f, at[d], update->operands[2 + d], &difference)) {
      answer = answer == -1 ? -1 : 0;
    } else if (difference != 0) {
      answer = -1;
    }
  }
  return answer;
}

static bool is_zero(const Fold *f, const Value *value) {
  const Instr *def = look(f, value);
  if (!def) return false;
  double number;
  if (def->op == OP_CONST) return value_is_const_real(value, &number) && number == 0;
  return def->op == OP_MAP && is_zero(f, def->regions[0]->yields[value->index]);
}

/* An element of what was accumulated onto zeros: the sum of what went there, oldest first. NULL
 * where that can't be told. */
static Value *accumulated(Fold *f, Builder *b, const Value *array, Value *const *at, int links) {
  const Instr *def = look(f, array);
  if (!def || links == LONGEST_CHAIN) return NULL;
  if (is_zero(f, array)) return build_real(b, 0);
  if (def->op != OP_ACCUM) return NULL;
  Value *inside[MAX_RANK];
  const int where = element_in_block(f, def, at, inside);
  if (where == 0) return NULL;
  Value *before = accumulated(f, b, def->operands[0], at, links + 1);
  if (!before || where == -1) return before;
  Value *added = build_index(b, def->operands[1], inside);
  double zero;
  if (value_is_const_real(before, &zero) && zero == 0) return added;
  return build_prim(b, OP_add, before, added);
}

Value *fold_index(Fold *f, Builder *b, Instr *index) {
  Value *const *at = index->operands + 1;
  for (int links = 0; links < LONGEST_CHAIN; links++) {
    const Instr *def = look(f, index->operands[0]);
    if (!def) return NULL;
    if (def->op == OP_MAP && !reads_turned(index) && is_read_in_place(f, index, def))
      return element_of_map(b, def, index->operands[0]->index, at);
    if (def->op != OP_UPDATE && def->op != OP_ACCUM) return NULL;
    Value *written = index->operands[0];
    find_writer(f, &written, at);
    if (written != index->operands[0]) {
      index->operands[0] = written;
      f->changes++;
      continue;
    }
    Value *inside[MAX_RANK];
    const int where = element_in_block(f, def, at, inside);
    if (where == 0) return NULL;
    if (where == 1)
      return def->op == OP_UPDATE ? build_index(b, def->operands[1], inside)
                                  : accumulated(f, b, index->operands[0], at, 0);
    index->operands[0] = def->operands[0]; /* written elsewhere: the array before is meant */
    f->changes++;
  }
  return NULL;
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool covers_everything(const Fold *f, const Instr *update) {
  const int rank = update->operands[0]->type->rank;
  if (rank == 0 || update->ranges != (1u << rank) - 1) return false;
  for (int d = 0; d < rank; d++)
    if (!is_whole_dimension(f, update, d, d)) return false;
  return true;
}

static bool same_block(Fold *f, const Instr *a, const Instr *b) {
  if (a->ranges != b->ranges || a->operands[1]->type != b->operands[1]->type) return false;
  for (int d = 2; d < a->n_operands; d++) {
    int64_t difference;
    if (!int_difference(f, a->operands[d], b->operands[d], &difference) || difference != 0)
      return false;
  }
  return true;
}

Value *fold_update(Fold *f, Instr *update) {
  if (covers_everything(f, update)) return update->operands[1];
  const Instr *before = look(f, update->operands[0]);
  if (before && before->op == OP_UPDATE && same_block(f, before, update)) {
    update->operands[0] = before->operands[0];
    f->changes++;
  }
  return NULL;
}

Value *fold_accum(Fold *f, Instr *accum) {
  if (is_zero(f, accum->operands[1])) return accum->operands[0];
  const bool whole = accum->n_operands == 2 || covers_everything(f, accum);
  return whole && is_zero(f, accum->operands[0]) ? accum->operands[1] : NULL;
}

/* ---- maps and reductions --------------------------------------------------------------------- */

/* The array that the map copies element by element, or NULL. */
static Value *copied_array(const Instr *map, int result) {
  const Region *body = map->regions[0];
  const Value *yield = body->yields[result];
  if (!yield->def || yield->def->op != OP_INDEX || yield->def->parent != body) return NULL;
  Value *array = yield->def->operands[0];
  if (array->type != map->results[result]->type || region_is_within(value_region(array), body))
    return NULL;
  for (int d = 0; d < map->n_extents; d++)
    if (yield->def->operands[1 + d] != body->params[d]) return NULL;
  return array;
}

Value *fold_map(Fold *f, Instr *map) {
  for (int i = 0; i < map->n_results; i++) {
    if (value_map_has(f->pinned, map->results[i]) || value_map_has(&f->replaced, map->results[i]))
      continue;
    Value *array = copied_array(map, i);
    if (array) value_map_set(&f->replaced, map->results[i], array);
  }
  return NULL;
}

Value *fold_reduce(Fold *f, Builder *b, Instr *reduce) {
  return reduce->reduce == REDUCE_SUM && is_zero(f, reduce->regions[0]->yields[0])
             ? build_real(b, 0)
             : NULL;
}
