#include "passes/fold.h"

#include "ir/op.h"
#include "passes/fold_arrays.h"
#include "passes/fold_rules.h"
#include "passes/ranges.h"

/* ---- looking through values ------------------------------------------------------------------ */

const Instr *look(const Fold *f, const Value *value) {
  return value_map_has(f->pinned, value) ? NULL : value->def;
}

bool look_int(const Fold *f, const Value *value, int64_t *result) {
  return look(f, value) && value_is_const_int(value, result);
}

static bool look_real(const Fold *f, const Value *value, double *result) {
  return look(f, value) && value_is_const_real(value, result);
}

static bool is_real(const Fold *f, const Value *value, double number) {
  double found;
  return look_real(f, value, &found) && found == number;
}

enum { MAX_TERMS = 32 };

static Size *size_of_arithmetic(Fold *f, const Instr *prim) {
  Size *a = fold_size(f, prim->operands[0]), *b = fold_size(f, prim->operands[1]);
  const int terms = prim->op == OP_mul ? a->n_terms * b->n_terms : a->n_terms + b->n_terms;
  if (terms > MAX_TERMS) return size_atom(f->m, prim->results[0]);
  if (prim->op == OP_mul) return size_mul(f->m, a, b);
  return prim->op == OP_add ? size_add(f->m, a, b) : size_sub(f->m, a, b);
}

Size *fold_size(Fold *f, Value *value) {
  const Instr *def = value->def;
  if (!def || (def->op != OP_add && def->op != OP_sub && def->op != OP_mul))
    return size_of_value(f->m, value);
  Size *size = id_map_find(&f->sizes, value->id);
  if (size) return size;
  size = size_of_arithmetic(f, def);
  id_map_set(&f->sizes, value->id, size);
  return size;
}

bool int_difference(Fold *f, Value *a, Value *b, int64_t *difference) {
  if (a == b) return *difference = 0, true;
  return size_difference(fold_size(f, a), fold_size(f, b), difference);
}

static const Instr *look_op(const Fold *f, const Value *value, Op op) {
  const Instr *def = look(f, value);
  return def && def->op == op ? def : NULL;
}

/* ---- primitives ------------------------------------------------------------------------------ */

static Value *build_of(Builder *b, Constant c) {
  if (c.kind == KIND_REAL) return build_real(b, c.real);
  return c.kind == KIND_INT ? build_int(b, c.integer) : build_bool(b, c.integer != 0);
}

static Value *fold_constants(Fold *f, Builder *b, const Instr *prim) {
  Constant c[2] = {0};
  if (!op_folds(prim->op)) return NULL;
  for (int i = 0; i < prim->n_operands; i++) {
    const Instr *def = look_op(f, prim->operands[i], OP_CONST);
    if (!def) return NULL;
    c[i] = def->constant;
  }
  return build_of(b, op_evaluate(prim->op, c[0], c[1]));
}

static Value *fold_real(Fold *f, Builder *b, const Instr *prim) {
  Value *x = prim->operands[0], *y = prim->n_operands > 1 ? prim->operands[1] : NULL;
  const Instr *negated;
  switch ((int)prim->op) {
    case OP_add:
      if (is_real(f, y, 0)) return x;
      if (is_real(f, x, 0)) return y;
      if ((negated = look_op(f, y, OP_neg))) return build_prim(b, OP_sub, x, negated->operands[0]);
      if ((negated = look_op(f, x, OP_neg))) return build_prim(b, OP_sub, y, negated->operands[0]);
      return NULL;
    case OP_sub:
      if (is_real(f, y, 0)) return x;
      if (is_real(f, x, 0)) return build_prim(b, OP_neg, y, NULL);
      if ((negated = look_op(f, y, OP_neg))) return build_prim(b, OP_add, x, negated->operands[0]);
      return NULL;
    case OP_mul:
      if (is_real(f, y, 1)) return x;
      if (is_real(f, x, 1)) return y;
      if (is_real(f, y, -1)) return build_prim(b, OP_neg, x, NULL);
      if (is_real(f, x, -1)) return build_prim(b, OP_neg, y, NULL);
      return NULL;
    case OP_div: return is_real(f, y, 1) ? x : NULL;
    case OP_neg:
      if ((negated = look_op(f, x, OP_neg))) return negated->operands[0];
      if ((negated = look_op(f, x, OP_sub)))
        return build_prim(b, OP_sub, negated->operands[1], negated->operands[0]);
      return NULL;
    case OP_pow:
      if (is_real(f, y, 1)) return x;
      if (is_real(f, y, 2)) return build_prim(b, OP_mul, x, x);
      if (is_real(f, y, 0.5)) return build_prim(b, OP_sqrt, x, NULL);
      if (is_real(f, y, -1)) return build_prim(b, OP_div, build_real(b, 1), x);
      return NULL;
    default: return NULL;
  }
}

/* x + c, or x - c as x + (-c), with c a number. */
static bool look_offset(const Fold *f, const Value *value, Value **base, int64_t *offset) {
  const Instr *def = look(f, value);
  if (!def || (def->op != OP_add && def->op != OP_sub)) return false;
  if (!look_int(f, def->operands[1], offset)) return false;
  if (def->op == OP_sub) *offset = (int64_t)(0 - (uint64_t)*offset);
  *base = def->operands[0];
  return true;
}

/* (x + 2) - 1 is x + 1. */
static Value *fold_offsets(Fold *f, Builder *b, const Instr *prim) {
  Value *inner, *base;
  int64_t outer_offset, inner_offset;
  if (!look_offset(f, prim->results[0], &inner, &outer_offset)) return NULL;
  if (!look_offset(f, inner, &base, &inner_offset)) return NULL;
  const int64_t sum = (int64_t)((uint64_t)outer_offset + (uint64_t)inner_offset);
  return sum < 0 && sum > INT64_MIN ? build_prim(b, OP_sub, base, build_int(b, -sum))
                                    : build_prim(b, OP_add, base, build_int(b, sum));
}

/* Index arithmetic through its polynomial: (n - 1) - (n - 1 - s) is s. */
static Value *fold_int(Fold *f, Builder *b, const Instr *prim) {
  if (prim->op == OP_add || prim->op == OP_sub || prim->op == OP_mul) {
    const Size *size = fold_size(f, prim->results[0]);
    int64_t constant;
    if (size_is_const(size, &constant)) return build_int(b, constant);
    if (size->n_terms == 1 && size->terms[0].coef == 1 && size->terms[0].n_atoms == 1)
      return size->terms[0].atoms[0];
    return fold_offsets(f, b, prim);
  }
  Value *x = prim->operands[0], *y = prim->n_operands > 1 ? prim->operands[1] : NULL;
  int64_t divisor;
  switch ((int)prim->op) {
    case OP_min:
    case OP_max:
      if (int_at_most(f, x, y, 0)) return prim->op == OP_min ? x : y;
      if (int_at_most(f, y, x, 0)) return prim->op == OP_min ? y : x;
      return NULL;
    case OP_int_div:
      if (look_int(f, y, &divisor) && divisor == 1) return x;
      return int_is_never_negative(f, x) && int_at_most(f, x, y, 1) ? build_int(b, 0) : NULL;
    case OP_int_mod:
      if (look_int(f, y, &divisor) && divisor == 1) return build_int(b, 0);
      return int_is_never_negative(f, x) && int_at_most(f, x, y, 1) ? x : NULL;
    default: return NULL;
  }
}

/* 1: holds, 0: fails, -1: can't be told. */
static int compare_ints(Fold *f, Op op, Value *x, Value *y) {
  switch ((int)op) {
    case OP_lt: return int_at_most(f, x, y, 1) ? 1 : int_at_most(f, y, x, 0) ? 0 : -1;
    case OP_le: return int_at_most(f, x, y, 0) ? 1 : int_at_most(f, y, x, 1) ? 0 : -1;
    case OP_gt: return compare_ints(f, OP_lt, y, x);
    case OP_ge: return compare_ints(f, OP_le, y, x);
    default: break;
  }
  int64_t difference;
  int equal = -1;
  if (int_at_most(f, x, y, 1) || int_at_most(f, y, x, 1)) equal = 0;
  else if (int_difference(f, x, y, &difference)) equal = difference == 0;
  return equal < 0 ? -1 : equal == (op == OP_eq);
}

static Value *fold_comparison(Fold *f, Builder *b, const Instr *prim) {
  if (prim->operands[0]->type->kind != KIND_INT) return NULL;
  const int holds = compare_ints(f, prim->op, prim->operands[0], prim->operands[1]);
  return holds < 0 ? NULL : build_bool(b, holds);
}

static Value *fold_logic(Fold *f, Builder *b, const Instr *prim) {
  Value *x = prim->operands[0];
  int64_t known;
  if (prim->op == OP_not) {
    const Instr *negated = look_op(f, x, OP_not);
    return negated ? negated->operands[0] : NULL;
  }
  for (int i = 0; i < 2; i++)
    if (look_int(f, prim->operands[i], &known))
      return (known != 0) == (prim->op == OP_and) ? prim->operands[1 - i]
                                                  : build_bool(b, known != 0);
  return x == prim->operands[1] ? x : NULL;
}

static Value *fold_prim(Fold *f, Builder *b, Instr *prim) {
  Value *value = fold_constants(f, b, prim);
  if (value) return value;
  const OpClass op_class = op_info(prim->op)->op_class;
  if (op_class == CLASS_COMPARE) return fold_comparison(f, b, prim);
  if (op_class == CLASS_LOGIC) return fold_logic(f, b, prim);
  if (prim->results[0]->type->kind == KIND_REAL) return fold_real(f, b, prim);
  return fold_int(f, b, prim);
}

/* ---- control --------------------------------------------------------------------------------- */

/* The region's instructions move to where the instruction stands; its results become the yields. */
static void inline_region(Fold *f, Instr *instr, Region *region) {
  while (region->first) instr_move_before(region->first, instr);
  for (int i = 0; i < instr->n_results; i++)
    value_map_set(&f->replaced, instr->results[i], value_map_get(&f->replaced, region->yields[i]));
  instr_unlink(instr);
}

static void bind(Fold *f, Value *param, Value *value) { value_map_set(&f->replaced, param, value); }

static bool extents_are_one(const Instr *instr) {
  for (int d = 0; d < instr->n_extents; d++) {
    int64_t n;
    if (!size_is_const(instr->extents[d], &n) || n != 1) return false;
  }
  return true;
}

static Instr *visit(Fold *f, Instr *instr);

/* Loops that run once, sweeps and sums over one element: the region takes the instruction's
 * place. */
static bool unroll_single(Fold *f, Builder *b, Instr *instr) {
  int64_t count;
  Region *body = instr->n_regions ? instr->regions[0] : NULL;
  if (instr->op == OP_LOOP && look_int(f, instr->operands[0], &count) && count == 1) {
    bind(f, body->params[0], build_int(b, 0));
    for (int i = 1; i < body->n_params; i++) bind(f, body->params[i], instr->operands[i]);
  } else if ((instr->op == OP_REDUCE || instr->op == OP_SWEEP) && extents_are_one(instr)) {
    for (int d = 0; d < instr->n_extents; d++) bind(f, body->params[d], build_int(b, 0));
    for (int i = 0; i < instr->n_operands; i++)
      bind(f, body->params[instr->n_extents + i], instr->operands[i]);
  } else {
    return false;
  }
  Instr *first = body->first;
  while (body->first) instr_move_before(body->first, instr);
  for (Instr *moved = first; moved && moved != instr;) moved = visit(f, moved);
  for (int i = 0; i < instr->n_results; i++)
    bind(f, instr->results[i], value_map_get(&f->replaced, body->yields[i]));
  instr_unlink(instr);
  return true;
}

/* A map over one point: the point is computed before it, and the map only fills. */
static void empty_unit_map(Fold *f, Builder *b, Instr *map) {
  Region *body = map->regions[0];
  if (!body->first || !extents_are_one(map)) return;
  for (int i = 0; i < body->n_yields; i++)
    if (body->yields[i]->type->rank > 0) return;
  for (int d = 0; d < map->n_extents; d++) bind(f, body->params[d], build_int(b, 0));
  Instr *first = body->first;
  while (body->first) instr_move_before(body->first, map);
  for (Instr *moved = first; moved && moved != map;) moved = visit(f, moved);
  f->changes++;
}

static bool fold_branch(Fold *f, Instr *branch) {
  int64_t known;
  if (look_int(f, branch->operands[0], &known)) {
    inline_region(f, branch, branch->regions[known ? 0 : 1]);
    return true;
  }
  bool all_same = true;
  for (int i = 0; i < branch->n_results; i++) {
    Value *value = branch->regions[0]->yields[i];
    const bool same = value == branch->regions[1]->yields[i] &&
                      !region_is_within(value_region(value), branch->regions[0]);
    if (same && !value_map_has(f->pinned, branch->results[i])) bind(f, branch->results[i], value);
    all_same = all_same && same;
  }
  return false;
}

/* A carried value that no step changes is what it was at the start. */
static bool fold_unchanged(Fold *f, Instr *loop) {
  Region *body = loop->regions[loop->n_regions - 1];
  const int n = loop->n_operands - 1;
  bool changed = false;
  for (int i = 0; i < n; i++) {
    Value *param = body->params[1 + i];
    if (body->yields[i] != param || value_map_has(f->pinned, param) ||
        value_map_has(f->pinned, loop->results[i]) || value_map_has(&f->replaced, param))
      continue;
    bind(f, param, loop->operands[1 + i]);
    if (loop->op == OP_WHILE) bind(f, loop->regions[0]->params[i], loop->operands[1 + i]);
    bind(f, loop->results[i], loop->operands[1 + i]);
    changed = true;
  }
  return changed;
}

/* ---- the walk -------------------------------------------------------------------------------- */

static void rewrite(Fold *f, Instr *instr) {
  for (int i = 0; i < instr->n_operands; i++)
    instr->operands[i] = value_map_get(&f->replaced, instr->operands[i]);
  if (instr->size) instr->size = size_mapped(f->m, &f->replaced, instr->size);
  if (instr->disk) instr->disk = size_mapped(f->m, &f->replaced, instr->disk);
  for (int d = 0; d < instr->n_extents; d++)
    instr->extents[d] = size_mapped(f->m, &f->replaced, instr->extents[d]);
  for (int i = 0; i < instr->n_results; i++)
    instr->results[i]->type = type_mapped(f->m, &f->replaced, instr->results[i]->type);
}

static Value *fold_instr(Fold *f, Builder *b, Instr *instr) {
  if (op_is_prim(instr->op)) return fold_prim(f, b, instr);
  switch ((int)instr->op) {
    case OP_SIZE: {
      Value *value = build_size(b, instr->size);
      if (value->def && value->def->op == OP_SIZE) {
        instr_unlink(value->def);
        return NULL;
      }
      return value;
    }
    case OP_COPY:
    case OP_STOP: return f->keep_copies ? NULL : instr->operands[0];
    case OP_INDEX: return fold_index(f, b, instr);
    case OP_UPDATE: return fold_update(f, instr);
    case OP_ACCUM: return fold_accum(f, instr);
    case OP_MAP: return fold_map(f, instr);
    case OP_REDUCE: return fold_reduce(f, b, instr);
    case OP_LOOP: {
      int64_t count;
      if (!look_int(f, instr->operands[0], &count) || count > 0) return NULL;
      for (int i = 0; i < instr->n_results; i++) {
        if (value_map_has(f->pinned, instr->results[i])) return NULL;
      }
      for (int i = 0; i < instr->n_results; i++)
        bind(f, instr->results[i], instr->operands[1 + i]);
      return NULL;
    }
    default: return NULL;
  }
}

static void walk(Fold *f, Region *region);

static bool results_pinned(const Fold *f, const Instr *instr) {
  for (int i = 0; i < instr->n_results; i++)
    if (value_map_has(f->pinned, instr->results[i])) return true;
  return false;
}

/* Returns the instruction to look at next. */
static Instr *visit(Fold *f, Instr *instr) {
  Instr *next = instr->next;
  Builder b = builder_before(f->m, instr);
  rewrite(f, instr);
  const bool pinned = results_pinned(f, instr);
  if (!pinned && unroll_single(f, &b, instr)) {
    f->changes++;
    return next;
  }
  if (instr->op == OP_LOOP || instr->op == OP_WHILE) f->changes += fold_unchanged(f, instr);
  if (instr->op == OP_MAP) empty_unit_map(f, &b, instr);
  for (int i = 0; i < instr->n_regions; i++) walk(f, instr->regions[i]);
  if (pinned) return next;
  if (instr->op == OP_IF) {
    f->changes += fold_branch(f, instr);
    return next;
  }
  Value *value = fold_instr(f, &b, instr);
  if (value && value != instr->results[0]) {
    if (!value->name) value->name = instr->results[0]->name;
    bind(f, instr->results[0], value_map_get(&f->replaced, value));
    instr_unlink(instr);
    f->changes++;
  }
  return next;
}

static void walk(Fold *f, Region *region) {
  for (int i = 0; i < region->n_params; i++)
    region->params[i]->type = type_mapped(f->m, &f->replaced, region->params[i]->type);
  for (Instr *instr = region->first; instr;) instr = visit(f, instr);
  for (int i = 0; i < region->n_yields; i++)
    region->yields[i] = value_map_get(&f->replaced, region->yields[i]);
}

int fold_region(Module *m, Region *body, const ValueMap *pinned, bool keep_copies) {
  Fold f = {.m = m, .pinned = pinned, .keep_copies = keep_copies};
  f.replaced = value_map_new(m->scratch);
  f.sizes = f.links = id_map_new(m->scratch);
  walk(&f, body);
  return f.changes;
}
