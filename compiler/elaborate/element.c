/* element - one scalar of an array, and functions of scalars over whole shapes. */
#include "elaborate/elab.h"

#include "ir/op.h"

/* ---- reading through maps that were just made ------------------------------------------------ */

/* a*b + c on arrays makes one map per operator; where a map was made by the statement at hand, its
 * reader repeats its body instead, and the map itself is left without a use. */
enum { LONGEST_BODY = 24 };

typedef struct {
  const Value *from;
  Value *to;
} Renamed;

static bool is_repeatable(const Region *body) {
  int length = 0;
  for (const Instr *instr = body->first; instr; instr = instr->next) {
    const bool simple = op_is_prim(instr->op) || instr->op == OP_CONST || instr->op == OP_INDEX;
    if (!simple || (op_is_prim(instr->op) && op_is_expensive(instr->op))) return false;
    if (++length > LONGEST_BODY) return false;
  }
  return body->n_yields == 1 && body->yields[0]->type->rank == 0;
}

static Value *renamed(const Renamed *table, int n, Value *value) {
  for (int i = 0; i < n; i++)
    if (table[i].from == value) return table[i].to;
  return value;
}

static Value *repeat_body(Elab *e, const Region *body, Value *const *indices) {
  Renamed table[MAX_RANK + LONGEST_BODY];
  int n = 0;
  for (int d = 0; d < body->n_params; d++) table[n++] = (Renamed){body->params[d], indices[d]};
  for (const Instr *instr = body->first; instr; instr = instr->next) {
    Value *operands[1 + MAX_RANK];
    for (int i = 0; i < instr->n_operands; i++)
      operands[i] = renamed(table, n, instr->operands[i]);
    Type *type = instr->results[0]->type;
    Instr *copy = build_instr(here(e), instr->op, instr->n_operands, operands, 1, &type, 0, NULL);
    copy->constant = instr->constant;
    copy->span = instr->span;
    table[n++] = (Renamed){instr->results[0], copy->results[0]};
  }
  return renamed(table, n, body->yields[0]);
}

Value *element(Elab *e, Value *array, Value *const *indices) {
  const Instr *def = array->def;
  const bool is_temporary = def && def->op == OP_MAP && array->id >= e->temp_from;
  if (is_temporary && def->n_extents == array->type->rank && def->n_results == 1 &&
      is_repeatable(def->regions[0]))
    return repeat_body(e, def->regions[0], indices);
  return build_index(here(e), array, indices);
}

Datum *element_datum(Elab *e, const Datum *number, Value *const *indices) {
  if (!is_array(number)) return (Datum *)number;
  return datum_value(e, element(e, number->value, indices));
}

/* ---- elementwise ----------------------------------------------------------------------------- */

/* The shape that all arrays among the arguments share; NULL: only scalars. False after an error. */
static bool common_shape(Elab *e, Span span, int n, Datum **args, const Type **shape) {
  *shape = NULL;
  for (int i = 0; i < n; i++) {
    if (is_poison(args[i])) return false;
    if (!is_number(args[i])) {
      type_mismatch(e, span, "a number or an array", args[i]);
      return false;
    }
    if (!is_array(args[i])) continue;
    const Type *type = args[i]->value->type;
    if (*shape && !shapes_agree(e, *shape, type, span)) {
      REPORT(e, DIAG_SHAPE_MISMATCH, span, describe_type(e, *shape), describe_type(e, type));
      return false;
    }
    if (!*shape) *shape = type;
  }
  return true;
}

static const char *const index_names[MAX_RANK] = {"i", "j", "k", "l", "m", "n", "p", "q"};

/* The map over `extents` of what the open region's datum holds. */
static Datum *close_map(Elab *e, Region *body, int n, Size *const *extents, const Datum *datum) {
  ValueList leaves = {0};
  datum_leaves(e, datum, &leaves);
  region_set_yields(e->m, body, (int)leaves.len, leaves.at);
  close_frame(e);
  Instr *map = build_map(here(e), n, extents, body);
  int next = 0;
  return datum_rebuild(e, datum, map->results, &next);
}

Datum *elementwise(Elab *e, Span span, int n, Datum **args, ScalarFunction *f, const void *how) {
  const Type *shape;
  if (!common_shape(e, span, n, args, &shape)) return poison(e);
  if (!shape) return f(e, span, how, n, args);
  Value *indices[MAX_RANK];
  Datum **scalars = ARENA_ARRAY(e->arena, Datum *, (size_t)n);
  Frame frame;
  Region *body = open_frame(e, &frame, FRAME_SPACE);
  for (int d = 0; d < shape->rank; d++) indices[d] = frame_index(e, index_names[d]);
  for (int i = 0; i < n; i++) scalars[i] = element_datum(e, args[i], indices);
  Datum *result = f(e, span, how, n, scalars);
  if (is_number(result) || is_structure(result))
    return close_map(e, body, shape->rank, shape->dims, result);
  close_frame(e);
  return type_mismatch(e, span, "a number", result);
}

/* Ints and bools of a record do not take part: they stay as in the first. */
static bool is_left_alone(const Datum *structure, const Datum *item) {
  return structure->tag == DATUM_RECORD && is_number(item) && datum_kind(item) != KIND_REAL;
}

static Datum *structure_mismatch(Elab *e, Span span, const Datum *first, const Datum *other) {
  if (!is_poison(other)) {
    REPORT(e, DIAG_TYPE_MISMATCH, span, describe(e, first), describe(e, other));
    if (is_array(other)) report_help(e, "only scalars combine with every part of a structure");
  }
  return poison(e);
}

Datum *structurewise(Elab *e, Span span, int n, Datum **args, ScalarFunction *f, const void *how) {
  const Datum *first = NULL;
  for (int i = 0; i < n && !first; i++)
    if (is_structure(args[i])) first = args[i];
  if (!first) return elementwise(e, span, n, args, f, how);
  for (int i = 0; i < n; i++) {
    const bool fits = is_structure(args[i]) ? same_structure(first, args[i]) : is_scalar(args[i]);
    if (!fits) return structure_mismatch(e, span, first, args[i]);
  }
  Datum **items = ARENA_ARRAY(e->arena, Datum *, (size_t)first->n);
  Datum **parts = ARENA_ARRAY(e->arena, Datum *, (size_t)n);
  for (int k = 0; k < first->n; k++) {
    for (int i = 0; i < n; i++) parts[i] = is_structure(args[i]) ? args[i]->items[k] : args[i];
    items[k] = is_left_alone(first, first->items[k]) ? first->items[k]
                                                     : structurewise(e, span, n, parts, f, how);
  }
  return datum_with_items(e, first, items);
}

/* ---- conversions and primitives -------------------------------------------------------------- */

static Datum *cast_scalar(Elab *e, Span span, const void *how, int n, Datum **scalars) {
  (void)span, (void)how, (void)n;
  return scalar_to_real(e, scalars[0]);
}

Datum *to_real(Elab *e, Datum *d) {
  if (is_poison(d) || (is_number(d) && datum_kind(d) == KIND_REAL)) return d;
  return structurewise(e, (Span){0}, 1, &d, cast_scalar, NULL);
}

/* Real operands for a primitive that wants them; ints stay where it takes ints. */
static bool promote_operands(Elab *e, Op op, int n, Datum **scalars, Datum **operands) {
  const OpClass class = op_info(op)->op_class;
  bool all_int = true;
  for (int i = 0; i < n; i++) {
    if (datum_kind(scalars[i]) == KIND_BOOL) return class == CLASS_LOGIC;
    all_int &= datum_kind(scalars[i]) == KIND_INT;
  }
  const bool wants_ints = class == CLASS_INTOP || class == CLASS_DRAW;
  if (class == CLASS_LOGIC || (wants_ints && !all_int)) return false;
  const bool keeps_ints = class == CLASS_ARITH || class == CLASS_COMPARE || wants_ints;
  for (int i = 0; i < n; i++)
    operands[i] = all_int && keeps_ints ? scalars[i] : scalar_to_real(e, scalars[i]);
  return true;
}

static Datum *int_abs(Elab *e, Datum *x) {
  return scalar_prim(e, OP_max, x, scalar_prim(e, OP_sub, datum_int(e, 0), x));
}

static Datum *prim_scalar(Elab *e, Span span, const void *how, int n, Datum **scalars) {
  const Op op = *(const Op *)how;
  Datum *operands[2] = {scalars[0], n > 1 ? scalars[1] : NULL};
  if (op == OP_abs && datum_kind(scalars[0]) == KIND_INT) return int_abs(e, scalars[0]);
  if (!promote_operands(e, op, n, scalars, operands)) {
    REPORT(e, DIAG_BAD_OPERAND, span, op_name(op), describe(e, scalars[0]));
    return poison(e);
  }
  return scalar_prim(e, op, operands[0], operands[1]);
}

Datum *apply_prim(Elab *e, Span span, Op op, int n, Datum **args) {
  return structurewise(e, span, n, args, prim_scalar, &op);
}
