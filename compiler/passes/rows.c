#include "passes/rows.h"

enum { MOST_ROWS = 4 };

/* One carried array, and what becomes of it in the loop's body. */
typedef struct {
  Module *m;
  Instr *loop;
  int carried;
  int n;             /* rows */
  ValueMap versions; /* the array as it is at some time: its parameter, and after each update */
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

static void check_use(Rows *x, const Instr *instr, int operand) {
  int64_t row;
  const bool is_first = operand == 0;
  if (instr->op == OP_INDEX && is_first && is_row_number(x, instr->operands[1], &row)) return;
  if (instr->op == OP_UPDATE && is_first && instr->parent == x->loop->regions[0] &&
      updates_row(x, instr)) {
    value_map_set(&x->versions, instr->results[0], instr->results[0]);
    return;
  }
  x->is_refused = true;
}

static void check_region(Rows *x, const Region *region) {
  for (const Instr *instr = region->first; instr && !x->is_refused; instr = instr->next) {
    for (int k = 0; k < instr->n_operands; k++)
      if (is_version(x, instr->operands[k])) check_use(x, instr, k);
    for (int r = 0; r < instr->n_regions; r++) check_region(x, instr->regions[r]);
  }
  for (int k = 0; k < region->n_yields; k++) {
    const bool is_own = region == x->loop->regions[0] && k == x->carried;
    if (is_version(x, region->yields[k]) != is_own) x->is_refused = true;
  }
}

static bool find_rows(Rows *x) {
  const Type *type = param_of(x)->type;
  int64_t n;
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
  if (update->ranges == 0) {
    Builder b = builder_before(x->m, update);
    value = build_update(&b, OP_UPDATE, value_map_get(rows[row], before), value, update->operands + 3, 0);
  }
  value_map_set(rows[row], update->results[0], value);
  instr_unlink(update);
}

static void read_rows(const Rows *x, ValueMap *const *rows, Region *region, ValueMap *replaced) {
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
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
    Value *number = build_int(&before, r), *inside;
    Value *init = build_row(&before, loop->operands[1 + x->carried], 1, &number);
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
