#include "passes/rows.h"

#include "passes/fill.h"

enum { MOST_ROWS = 4 };

/* One carried array, and what becomes of it in the loop's body. */
typedef struct {
  Module *m;
  Instr *loop;
  int carried;
  int n;             /* rows */
  ValueMap versions; /* the array as it is at some time: its parameter, after each update, in sweeps */
  bool is_refused;
} Rows;

static Value *param_of(const Rows *x) { return x->loop->regions[0]->params[1 + x->carried]; }

static bool is_version(const Rows *x, const Value *value) { return value_map_has(&x->versions, value); }

/* ---- is it touched by rows alone? ------------------------------------------------------------ */

static bool is_row_number(const Rows *x, const Value *place, int64_t *row) {
  return value_is_const_int(place, row) && *row >= 0 && *row < x->n;
}

/* A whole row, or one element of it. */
static bool updates_row(const Rows *x, const Instr *update) {
  const Type *array = update->operands[0]->type, *value = update->operands[1]->type;
  int64_t row, start;
  if (!is_row_number(x, update->operands[2], &row) || update->ranges & 1) return false;
  if (update->ranges == 0) return value->rank == 0;
  if (update->ranges != (1u << array->rank) - 2) return false;
  for (int d = 1; d < array->rank; d++) {
    if (!value_is_const_int(update->operands[2 + d], &start) || start != 0) return false;
    if (value->dims[d - 1] != array->dims[d]) return false;
  }
  return true;
}

static void add_version(Rows *x, Value *value) { value_map_set(&x->versions, value, value); }

/* Updates stand in the loop's body, accums in that of a sweep which stands there. */
static bool writes_row(const Rows *x, const Instr *instr) {
  const Region *body = x->loop->regions[0];
  if (instr->op == OP_UPDATE) return instr->parent == body && updates_row(x, instr);
  return instr->op == OP_ACCUM && instr->parent->parent && instr->parent->parent->op == OP_SWEEP &&
         instr->parent->parent->parent == body && updates_row(x, instr);
}

static void check_use(Rows *x, Instr *instr, int operand) {
  int64_t row;
  const bool is_first = operand == 0;
  if (instr->op == OP_INDEX && is_first && is_row_number(x, instr->operands[1], &row)) return;
  if (is_first && writes_row(x, instr)) {
    add_version(x, instr->results[0]);
  } else if (instr->op == OP_SWEEP && instr->parent == x->loop->regions[0]) {
    add_version(x, instr->regions[0]->params[instr->n_extents + operand]);
    add_version(x, instr->results[operand]);
  } else {
    x->is_refused = true;
  }
}

/* Is yield k of the region what the array becomes, of the loop or of a sweep that adds to it? */
static bool yields_version(const Rows *x, const Region *region, int k) {
  if (region == x->loop->regions[0]) return k == x->carried;
  const Instr *holder = region->parent;
  return holder->op == OP_SWEEP && is_version(x, region->params[holder->n_extents + k]);
}

static void check_region(Rows *x, const Region *region) {
  for (Instr *instr = region->first; instr && !x->is_refused; instr = instr->next) {
    for (int k = 0; k < instr->n_operands; k++)
      if (is_version(x, instr->operands[k])) check_use(x, instr, k);
    for (int r = 0; r < instr->n_regions; r++) check_region(x, instr->regions[r]);
  }
  for (int k = 0; k < region->n_yields; k++)
    if (is_version(x, region->yields[k]) != yields_version(x, region, k)) x->is_refused = true;
}

/* Is it an accumulator of a sweep, or what became of one? Such an array stays whole: its sweep yields
 * what was added to it, and nothing that was put together. */
static bool is_accumulator(const Value *value) {
  for (;;) {
    const Instr *holder = value->def ? value->def : value->region->parent;
    if (!holder) return false;
    const bool is_loop = holder->op == OP_LOOP || holder->op == OP_WHILE;
    if (!value->def && holder->op == OP_SWEEP) return value->index >= holder->n_extents;
    if (holder->op == OP_ACCUM) value = holder->operands[0];
    else if (holder->op == OP_SWEEP) value = holder->operands[value->index];
    else if (is_loop) value = holder->operands[value->def ? 1 + value->index : value->index];
    else if (holder->op == OP_IF && value->def) value = holder->regions[0]->yields[value->index];
    else return false;
  }
}

static bool find_rows(Rows *x) {
  const Type *type = param_of(x)->type;
  int64_t n;
  if (is_accumulator(x->loop->operands[1 + x->carried])) return false;
  if (type->rank < 2 || !size_is_const(type->dims[0], &n) || n < 2 || n > MOST_ROWS) return false;
  x->n = (int)n;
  x->versions = value_map_new(x->m->scratch);
  value_map_set(&x->versions, param_of(x), param_of(x));
  check_region(x, x->loop->regions[0]);
  return !x->is_refused && is_version(x, x->loop->regions[0]->yields[x->carried]);
}

/* ---- rows for versions ------------------------------------------------------------------------ */

/* rows[r] maps a version to its row r. */
static void read_rows(const Rows *x, ValueMap *const *rows, Region *region, ValueMap *replaced);

static void split_read(const Rows *x, ValueMap *const *rows, Instr *read, ValueMap *replaced) {
  int64_t row = 0;
  value_is_const_int(read->operands[1], &row);
  Builder b = builder_before(x->m, read);
  Value *element = build_index(&b, value_map_get(rows[row], read->operands[0]), read->operands + 2);
  element->name = read->results[0]->name;
  value_map_set(replaced, read->results[0], element);
  instr_unlink(read);
}

static void split_update(const Rows *x, ValueMap *const *rows, Instr *update, ValueMap *replaced) {
  int64_t row = 0;
  value_is_const_int(update->operands[2], &row);
  Value *before = update->operands[0], *value = value_map_get(replaced, update->operands[1]);
  for (int r = 0; r < x->n; r++)
    value_map_set(rows[r], update->results[0], value_map_get(rows[r], before));
  if (update->ranges == 0 || update->op == OP_ACCUM) {
    Builder b = builder_before(x->m, update);
    value = build_update(&b, update->op, value_map_get(rows[row], before), value, update->operands + 3,
                         update->ranges >> 1);
  }
  value_map_set(rows[row], update->results[0], value);
  instr_unlink(update);
}

/* A bit for each row that the sweep adds to as accumulator k. */
static unsigned rows_added_to(const Instr *sweep, int k) {
  unsigned added = 0;
  for (const Value *value = sweep->regions[0]->yields[k]; value->def; value = value->def->operands[0]) {
    int64_t row = 0;
    value_is_const_int(value->def->operands[2], &row);
    added |= 1u << row;
  }
  return added;
}

/* Rows that it adds to become accumulators of their own; the others pass by. */
static void split_accumulator(const Rows *x, ValueMap *const *rows, Instr *sweep, int k, ValueMap *replaced) {
  Region *body = sweep->regions[0];
  Value *init = sweep->operands[k], *inside = body->params[sweep->n_extents + k], *param;
  Value *yield = body->yields[k], *result = sweep->results[k];
  const unsigned added = rows_added_to(sweep, k);
  for (int r = 0; r < x->n; r++) {
    Value *row = value_map_get(rows[r], init);
    value_map_set(rows[r], inside, row);
    if (added >> r & 1) row = instr_add_carried(x->m, sweep, row, result->name, &param);
    if (added >> r & 1) value_map_set(rows[r], inside, param);
    value_map_set(rows[r], result, row);
  }
  read_rows(x, rows, body, replaced);
  for (int r = 0; r < x->n; r++)
    if (added >> r & 1) region_add_yield(x->m, body, value_map_get(rows[r], yield));
  instr_remove_operand(sweep, k);
  instr_remove_result(sweep, k);
  region_remove_param(body, sweep->n_extents + k);
  region_remove_yield(body, k);
}

static void split_sweep(const Rows *x, ValueMap *const *rows, Instr *sweep, ValueMap *replaced) {
  for (int k = sweep->n_operands; k-- > 0;)
    if (is_version(x, sweep->operands[k])) split_accumulator(x, rows, sweep, k, replaced);
}

static void read_rows(const Rows *x, ValueMap *const *rows, Region *region, ValueMap *replaced) {
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    if (instr->op == OP_SWEEP) split_sweep(x, rows, instr, replaced);
    for (int r = 0; r < instr->n_regions; r++) read_rows(x, rows, instr->regions[r], replaced);
    if (instr->n_operands == 0 || !is_version(x, instr->operands[0])) continue;
    if (instr->op == OP_INDEX) split_read(x, rows, instr, replaced);
    else split_update(x, rows, instr, replaced);
  }
}

/* ---- the loop ---------------------------------------------------------------------------------- */

/* The rows as one array again, for what reads it behind the loop. */
static Value *join_rows(const Rows *x, Builder *b, Value *const *row) {
  const Type *type = x->loop->results[x->carried]->type;
  Value *whole = build_zeros(b, (Type *)type), *starts[MAX_RANK];
  for (int r = 0; r < x->n; r++) {
    starts[0] = build_int(b, r);
    for (int d = 1; d < type->rank; d++) starts[d] = build_int(b, 0);
    whole = build_update(b, OP_UPDATE, whole, row[r], starts, (1u << type->rank) - 2);
  }
  return whole;
}

static Value *row_of(Builder *b, Value *array, int row) {
  const Type *type = array->type;
  if (is_zeros(array)) return build_zeros(b, type_array(b->m, type->kind, type->rank - 1, type->dims + 1));
  Value *number = build_int(b, row);
  return build_row(b, array, 1, &number);
}

static void split_carried(Rows *x, ValueMap *results) {
  Module *m = x->m;
  Instr *loop = x->loop;
  Region *body = loop->regions[0];
  Value *param = param_of(x), *yield = body->yields[x->carried];
  Value *row[MOST_ROWS];
  ValueMap maps[MOST_ROWS], *rows[MOST_ROWS], replaced = value_map_new(m->scratch);
  Builder before = builder_before(m, loop);
  before.span = loop->span;
  for (int r = 0; r < x->n; r++) {
    maps[r] = value_map_new(m->scratch);
    rows[r] = &maps[r];
    Value *inside, *init = row_of(&before, loop->operands[1 + x->carried], r);
    row[r] = instr_add_carried(m, loop, init, param->name, &inside);
    value_map_set(rows[r], param, inside);
  }
  read_rows(x, rows, body, &replaced);
  for (int r = 0; r < x->n; r++) region_add_yield(m, body, value_map_get(rows[r], yield));
  region_replace(m, body, &replaced);
  Builder after = builder_after(m, loop);
  after.span = loop->span;
  Value *whole = join_rows(x, &after, row);
  whole->name = loop->results[x->carried]->name;
  value_map_set(results, loop->results[x->carried], whole);
  instr_remove_operand(loop, 1 + x->carried);
  instr_remove_result(loop, x->carried);
  region_remove_param(body, 1 + x->carried);
  region_remove_yield(body, x->carried);
}

static int split_in(Module *m, Region *region, ValueMap *results) {
  if (region_is_flat(region)) return 0;
  int changes = 0;
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    for (int r = 0; r < instr->n_regions; r++) changes += split_in(m, instr->regions[r], results);
    for (int k = instr->op == OP_LOOP ? instr->n_results : 0; k-- > 0;) {
      Rows x = {.m = m, .loop = instr, .carried = k};
      if (!find_rows(&x)) continue;
      split_carried(&x, results);
      changes++;
    }
  }
  return changes;
}

int split_rows(Module *m, Diag *diag) {
  (void)diag;
  int total = 0;
  for (size_t i = 0; i < m->funcs.len; i++) {
    ValueMap results = value_map_new(m->scratch);
    const int changes = split_in(m, m->funcs.at[i]->body, &results);
    if (changes) region_replace(m, m->funcs.at[i]->body, &results);
    arena_clear(m->scratch);
    total += changes;
  }
  return total;
}
