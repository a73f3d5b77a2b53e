/* arith - the operators. */
#include "elaborate/elab.h"

#include "ir/op.h"

#include <math.h>

static const char *const operator_texts[] = {"+",  "-",  "*",  "/",  "//", "%",  "^",   "@",   "==",
                                             "!=", "<",  "<=", ">",  ">=", "and", "or", "not", "-"};

static Datum *bad_operands(Elab *e, Span span, Operator op, const Datum *a, const Datum *b) {
  if (is_poison(a) || is_poison(b)) return poison(e);
  const Datum *wrong = !is_number(a) && !is_structure(a) ? a : b;
  if (!is_number(wrong) && !is_structure(wrong)) {
    REPORT(e, DIAG_NOT_A_VALUE, span, "a number", describe(e, wrong));
    return poison(e);
  }
  REPORT(e, DIAG_BAD_OPERANDS, span, operator_texts[op], describe(e, a), describe(e, b));
  return poison(e);
}

/* ---- powers ---------------------------------------------------------------------------------- */

enum { LARGEST_PRODUCT_POWER = 8 };

/* x^n by squaring, n >= 1. */
static Datum *power_by_products(Elab *e, Datum *x, int64_t n) {
  if (n == 1) return x;
  Datum *half = power_by_products(e, x, n / 2);
  Datum *square = scalar_prim(e, OP_mul, half, half);
  return n % 2 ? scalar_prim(e, OP_mul, square, x) : square;
}

static Datum *constant_power(Elab *e, Datum *x, int64_t n) {
  if (n == 0) return datum_kind(x) == KIND_INT ? datum_int(e, 1) : datum_real(e, 1);
  if (n > 0) return power_by_products(e, x, n);
  return scalar_prim(e, OP_div, datum_real(e, 1), power_by_products(e, scalar_to_real(e, x), -n));
}

/* A power of ints that is not known: n products. */
static Datum *int_power(Elab *e, Span span, Datum *x, Datum *n) {
  emit_check(e, scalar_prim(e, OP_ge, n, datum_int(e, 0)), span,
             "an int raised to a negative int; write a real base");
  Value *count = materialise(e, n), *base = materialise(e, x), *one = build_int(here(e), 1);
  Frame frame;
  Region *body = open_frame(e, &frame, FRAME_TIME);
  frame_index(e, "k");
  Value *power = region_param(e->m, body, type_scalar(e->m, KIND_INT), intern(e->names, "power"));
  region_add_yield(e->m, body, build_prim(here(e), OP_mul, power, base));
  close_frame(e);
  return datum_value(e, build_loop(here(e), count, 1, &one, body)->results[0]);
}

static bool is_small_whole(const Datum *d, int64_t *n) {
  if (d->tag != DATUM_CONST) return false;
  if (d->constant.kind == KIND_REAL) {
    const double x = d->constant.real;
    if (!(fabs(x) <= LARGEST_PRODUCT_POWER) || x != floor(x)) return false;
    *n = (int64_t)x;
    return true;
  }
  *n = d->constant.integer;
  return d->constant.kind == KIND_INT &&
         (*n >= 0 ? *n : -*n) <= LARGEST_PRODUCT_POWER;
}

static Datum *power_scalar(Elab *e, Span span, Datum *x, Datum *y) {
  int64_t n;
  const bool ints = datum_kind(x) == KIND_INT && datum_kind(y) == KIND_INT;
  const bool both_known = x->tag == DATUM_CONST && y->tag == DATUM_CONST;
  if (is_small_whole(y, &n) && (!both_known || ints)) {
    if (datum_kind(y) == KIND_REAL) x = scalar_to_real(e, x);
    return constant_power(e, x, n);
  }
  if (ints && is_const_int(y, &n) && n > 0 && n < 64) return constant_power(e, x, n);
  if (ints) return int_power(e, span, x, y);
  x = scalar_to_real(e, x);
  y = scalar_to_real(e, y);
  if (y->tag == DATUM_CONST && y->constant.real == 0.5) return scalar_prim(e, OP_sqrt, x, NULL);
  return scalar_prim(e, OP_pow, x, y);
}

/* ---- the operators on scalars ---------------------------------------------------------------- */

static bool is_zero(const Datum *d) {
  int64_t value;
  return is_const_int(d, &value) && value == 0;
}

static Datum *int_quotient(Elab *e, Span span, Op op, Datum *a, Datum *b) {
  if (is_zero(b)) {
    REPORT(e, DIAG_BAD_STATEMENT, span, "division of an int by zero");
    return poison(e);
  }
  return int_op(e, op, a, b);
}

/* Floored, as for ints: a - b*floor(a/b). */
static Datum *real_quotient(Elab *e, Operator op, Datum *a, Datum *b) {
  Datum *floored = scalar_prim(e, OP_floor, scalar_prim(e, OP_div, a, b), NULL);
  if (op == OPERATOR_INT_DIV) return floored;
  return scalar_prim(e, OP_sub, a, scalar_prim(e, OP_mul, b, floored));
}

static Datum *int_arithmetic(Elab *e, Span span, Operator op, Datum *a, Datum *b) {
  switch (op) {
    case OPERATOR_ADD: return int_op(e, OP_add, a, b);
    case OPERATOR_SUB: return int_op(e, OP_sub, a, b);
    case OPERATOR_MUL: return int_op(e, OP_mul, a, b);
    case OPERATOR_INT_DIV: return int_quotient(e, span, OP_int_div, a, b);
    default: return int_quotient(e, span, OP_int_mod, a, b);
  }
}

static Datum *arithmetic_scalar(Elab *e, Span span, Operator op, Datum *a, Datum *b) {
  if (datum_kind(a) == KIND_BOOL || datum_kind(b) == KIND_BOOL)
    return bad_operands(e, span, op, a, b);
  if (op == OPERATOR_POW) return power_scalar(e, span, a, b);
  if (datum_kind(a) == KIND_INT && datum_kind(b) == KIND_INT && op != OPERATOR_DIV)
    return int_arithmetic(e, span, op, a, b);
  a = scalar_to_real(e, a);
  b = scalar_to_real(e, b);
  switch (op) {
    case OPERATOR_ADD: return scalar_prim(e, OP_add, a, b);
    case OPERATOR_SUB: return scalar_prim(e, OP_sub, a, b);
    case OPERATOR_MUL: return scalar_prim(e, OP_mul, a, b);
    case OPERATOR_DIV: return scalar_prim(e, OP_div, a, b);
    default: return real_quotient(e, op, a, b);
  }
}

static Op comparison_op(Operator op) {
  static const Op ops[] = {OP_eq, OP_ne, OP_lt, OP_le, OP_gt, OP_ge};
  return ops[op - OPERATOR_EQ];
}

static Datum *comparison_scalar(Elab *e, Span span, Operator op, Datum *a, Datum *b) {
  const bool bools = datum_kind(a) == KIND_BOOL && datum_kind(b) == KIND_BOOL;
  const bool one_bool = datum_kind(a) == KIND_BOOL || datum_kind(b) == KIND_BOOL;
  if (one_bool && (!bools || (op != OPERATOR_EQ && op != OPERATOR_NE)))
    return bad_operands(e, span, op, a, b);
  if (bools) {
    a = scalar_prim(e, OP_bool_to_int, a, NULL);
    b = scalar_prim(e, OP_bool_to_int, b, NULL);
  } else if (datum_kind(a) != KIND_INT || datum_kind(b) != KIND_INT) {
    a = scalar_to_real(e, a);
    b = scalar_to_real(e, b);
  }
  return scalar_prim(e, comparison_op(op), a, b);
}

static Datum *logic_scalar(Elab *e, Span span, Operator op, Datum *a, Datum *b) {
  if (datum_kind(a) != KIND_BOOL || datum_kind(b) != KIND_BOOL)
    return bad_operands(e, span, op, a, b);
  return scalar_prim(e, op == OPERATOR_AND ? OP_and : OP_or, a, b);
}

static Datum *binary_scalar(Elab *e, Span span, const void *how, int n, Datum **scalars) {
  const Operator op = *(const Operator *)how;
  (void)n;
  if (op == OPERATOR_AND || op == OPERATOR_OR)
    return logic_scalar(e, span, op, scalars[0], scalars[1]);
  if (op >= OPERATOR_EQ && op <= OPERATOR_GE)
    return comparison_scalar(e, span, op, scalars[0], scalars[1]);
  return arithmetic_scalar(e, span, op, scalars[0], scalars[1]);
}

/* ---- matrix products ------------------------------------------------------------------------- */

static Value *product_term(Elab *e, Span span, const Datum *a, Value *const *at_a, const Datum *b,
                           Value *const *at_b) {
  Datum *factors[2] = {datum_value(e, build_index(here(e), a->value, at_a)),
                       datum_value(e, build_index(here(e), b->value, at_b))};
  const Operator op = OPERATOR_MUL;
  return materialise(e, binary_scalar(e, span, &op, 2, factors));
}

/* The sum over the dimension that both share, at the place given by the open map. */
static Value *inner_product(Elab *e, Span span, const Datum *a, Value *row, const Datum *b,
                            Value *column) {
  Size *extent = a->value->type->dims[datum_rank(a) - 1];
  Frame frame;
  Region *body = open_frame(e, &frame, FRAME_SPACE);
  Value *k = frame_index(e, "k");
  Value *at_a[2] = {row ? row : k, k}, *at_b[2] = {k, column};
  region_add_yield(e->m, body, product_term(e, span, a, at_a, b, at_b));
  close_frame(e);
  return build_reduce(here(e), REDUCE_SUM, 1, &extent, body);
}

static Datum *matmul(Elab *e, Span span, Datum *a, Datum *b) {
  if (!is_array(a) || !is_array(b) || datum_rank(a) > 2 || datum_rank(b) > 2)
    return bad_operands(e, span, OPERATOR_MATMUL, a, b);
  const Type *left = a->value->type, *right = b->value->type;
  if (left->kind == KIND_BOOL || right->kind == KIND_BOOL || left->rank + right->rank == 2) {
    Datum *none = bad_operands(e, span, OPERATOR_MATMUL, a, b);
    if (left->rank == 1) report_help(e, "the inner product of two vectors is dot(a, b)");
    return none;
  }
  if (!sizes_agree(e, left->dims[left->rank - 1], right->dims[0], span)) {
    REPORT(e, DIAG_SHAPE_MISMATCH, span, describe_type(e, left), describe_type(e, right));
    return poison(e);
  }
  Size *extents[2];
  int n = 0;
  Frame frame;
  Region *body = open_frame(e, &frame, FRAME_SPACE);
  Value *row = NULL, *column = NULL;
  if (left->rank == 2) row = frame_index(e, "i"), extents[n++] = left->dims[0];
  if (right->rank == 2) column = frame_index(e, "j"), extents[n++] = right->dims[1];
  region_add_yield(e->m, body, inner_product(e, span, a, row, b, column));
  close_frame(e);
  return datum_value(e, build_map(here(e), n, extents, body)->results[0]);
}

/* ---- the operators --------------------------------------------------------------------------- */

Datum *binary(Elab *e, Span span, Operator op, Datum *a, Datum *b) {
  if (is_poison(a) || is_poison(b)) return poison(e);
  if (op == OPERATOR_MATMUL) return matmul(e, span, a, b);
  const bool fits = (is_number(a) || is_structure(a)) && (is_number(b) || is_structure(b));
  if (!fits) return bad_operands(e, span, op, a, b);
  Datum *args[2] = {a, b};
  return structurewise(e, span, 2, args, binary_scalar, &op);
}

static Datum *negate_scalar(Elab *e, Span span, const void *how, int n, Datum **scalars) {
  (void)how, (void)n;
  Datum *x = scalars[0];
  if (datum_kind(x) == KIND_REAL) return scalar_prim(e, OP_neg, x, NULL);
  if (datum_kind(x) == KIND_INT) return int_op(e, OP_sub, datum_int(e, 0), x);
  REPORT(e, DIAG_BAD_OPERAND, span, "-", describe(e, x));
  return poison(e);
}

Datum *negated(Elab *e, Span span, Datum *a) {
  return structurewise(e, span, 1, &a, negate_scalar, NULL);
}

static Datum *not_scalar(Elab *e, Span span, const void *how, int n, Datum **scalars) {
  (void)how, (void)n;
  if (datum_kind(scalars[0]) == KIND_BOOL) return scalar_prim(e, OP_not, scalars[0], NULL);
  REPORT(e, DIAG_BAD_OPERAND, span, "not", describe(e, scalars[0]));
  return poison(e);
}

Datum *logical_not(Elab *e, Span span, Datum *a) {
  return elementwise(e, span, 1, &a, not_scalar, NULL);
}

/* ---- array literals -------------------------------------------------------------------------- */

static Datum *first_number(Elab *e, Span span, int n, Datum **items, Kind *kind) {
  *kind = datum_kind(items[0]);
  for (int i = 1; i < n; i++) {
    if (datum_kind(items[i]) == KIND_REAL && *kind == KIND_INT) *kind = KIND_REAL;
    const bool fits = datum_kind(items[i]) == *kind ||
                      (*kind == KIND_REAL && datum_kind(items[i]) == KIND_INT);
    if (fits && datum_rank(items[i]) == datum_rank(items[0])) continue;
    REPORT(e, DIAG_ARRAY_ELEMENTS, span, describe(e, items[0]), describe(e, items[i]));
    return NULL;
  }
  return items[0];
}

static bool items_are_numbers(Elab *e, Span span, int n, Datum **items) {
  for (int i = 0; i < n; i++) {
    if (is_poison(items[i])) return false;
    if (is_number(items[i])) continue;
    type_mismatch(e, span, "numbers or arrays in an array", items[i]);
    return false;
  }
  return true;
}

static Value *put_item(Elab *e, Value *array, int place, Value *item) {
  Value *starts[MAX_RANK] = {build_int(here(e), place)};
  for (int d = 1; d < array->type->rank; d++) starts[d] = build_int(here(e), 0);
  const unsigned ranges = (1u << array->type->rank) - 2u;
  return build_update(here(e), OP_UPDATE, array, item, starts, ranges);
}

Datum *stacked(Elab *e, Span span, int n, Datum **items) {
  Kind kind;
  if (n == 0) {
    REPORT(e, DIAG_EMPTY_ARRAY, span, "");
    return poison(e);
  }
  if (!items_are_numbers(e, span, n, items) || !first_number(e, span, n, items, &kind))
    return poison(e);
  Type *scalar = type_scalar(e->m, kind), *inner = scalar;
  if (is_array(items[0])) {
    const Type *first = items[0]->value->type;
    inner = type_array(e->m, kind, first->rank, first->dims);
  }
  if (inner->rank == MAX_RANK) {
    REPORT(e, DIAG_RANK_TOO_HIGH, span, MAX_RANK);
    return poison(e);
  }
  Size *extent = size_int(e, n);
  Value *array = build_zeros(here(e), type_prefixed(e->m, 1, &extent, inner));
  for (int i = 0; i < n; i++) {
    Datum *item = kind == KIND_REAL ? to_real(e, items[i]) : items[i];
    Value *value = materialise(e, item);
    if (!shapes_agree(e, inner, value->type, span)) {
      REPORT(e, DIAG_ARRAY_ELEMENTS, span, describe(e, items[0]), describe(e, items[i]));
      return poison(e);
    }
    array = put_item(e, array, i, value);
  }
  return datum_value(e, array);
}
