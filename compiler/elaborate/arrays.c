/* arrays - builtins that make, measure and rearrange arrays. */
#include "elaborate/elab.h"

#include "ir/op.h"

enum { FILL_ZEROS, FILL_ONES, FILL_VALUE };

/* ---- maps by a function of the indices ------------------------------------------------------- */

typedef Value *CellFunction(Elab *e, void *context, Value *const *indices);

static Datum *map_cells(Elab *e, int rank, Size *const *extents, CellFunction *f, void *context) {
  Value *indices[MAX_RANK];
  Frame frame;
  Region *body = open_frame(e, &frame, FRAME_SPACE);
  for (int d = 0; d < rank; d++) indices[d] = frame_index(e, "i");
  region_add_yield(e->m, body, f(e, context, indices));
  close_frame(e);
  return datum_value(e, build_map(here(e), rank, extents, body)->results[0]);
}

static bool sizes_of_args(Elab *e, Span span, int n, Datum **args, Size **sizes) {
  int64_t known;
  for (int i = 0; i < n; i++) {
    if (is_poison(args[i])) return false;
    if (!is_scalar(args[i]) || datum_kind(args[i]) != KIND_INT) {
      type_mismatch(e, span, "sizes (ints)", args[i]);
      return false;
    }
    if (is_const_int(args[i], &known) && known < 0) {
      REPORT(e, DIAG_BAD_STATEMENT, span, "the size of an array is negative");
      return false;
    }
    sizes[i] = size_of_int(e, args[i]);
  }
  return true;
}

/* ---- zeros, ones, full, eye, linspace -------------------------------------------------------- */

static Value *given_cell(Elab *e, void *context, Value *const *indices) {
  (void)indices;
  return materialise(e, context);
}

static Datum *fill_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  Size *sizes[MAX_RANK];
  const int skip = b->code == FILL_VALUE;
  Datum *value = skip ? args[0] : datum_real(e, b->code == FILL_ONES);
  if (!is_scalar(value)) return type_mismatch(e, span, "a scalar", value);
  if (n - skip == 1 && args[skip]->tag == DATUM_TUPLE) {
    n = skip + args[skip]->n;
    args = args[skip]->items - skip;
  }
  if (n - skip > MAX_RANK) {
    REPORT(e, DIAG_RANK_TOO_HIGH, span, MAX_RANK);
    return poison(e);
  }
  if (!sizes_of_args(e, span, n - skip, args + skip, sizes)) return poison(e);
  return n == skip ? value : map_cells(e, n - skip, sizes, given_cell, value);
}

static Datum *like_scalar(Elab *e, Span span, const void *how, int n, Datum **scalars) {
  (void)span, (void)how, (void)n;
  return datum_constant(e, (Constant){.kind = datum_kind(scalars[0])});
}

static Datum *zeros_like_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  (void)b;
  if (!is_number(args[0]) && !is_structure(args[0]))
    return type_mismatch(e, span, "an array", args[0]);
  return structurewise(e, span, n, args, like_scalar, NULL);
}

static Value *eye_cell(Elab *e, void *context, Value *const *indices) {
  (void)context;
  Value *same = build_prim(here(e), OP_eq, indices[0], indices[1]);
  return build_prim(here(e), OP_bool_to_real, same, NULL);
}

static Datum *eye_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  (void)b;
  Size *sizes[2];
  if (!sizes_of_args(e, span, n, args, sizes)) return poison(e);
  if (n == 1) sizes[1] = sizes[0];
  return map_cells(e, 2, sizes, eye_cell, NULL);
}

typedef struct {
  Value *first, *step;
} Ramp;

static Value *ramp_cell(Elab *e, void *context, Value *const *indices) {
  const Ramp *ramp = context;
  Value *k = build_prim(here(e), OP_int_to_real, indices[0], NULL);
  return build_prim(here(e), OP_add, ramp->first, build_prim(here(e), OP_mul, ramp->step, k));
}

static Datum *linspace_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  (void)b, (void)n;
  Size *size;
  for (int i = 0; i < 2; i++)
    if (!is_scalar(args[i])) return type_mismatch(e, span, "two scalars", args[i]);
  if (!sizes_of_args(e, span, 1, args + 2, &size)) return poison(e);
  Datum *intervals = int_op(e, OP_sub, int_of_size(e, size), datum_int(e, 1));
  Datum *length = binary(e, span, OPERATOR_SUB, to_real(e, args[1]), to_real(e, args[0]));
  Datum *step = binary(e, span, OPERATOR_DIV, length, intervals);
  if (is_poison(step)) return step;
  Ramp ramp = {materialise(e, to_real(e, args[0])), materialise(e, step)};
  return map_cells(e, 1, &size, ramp_cell, &ramp);
}

/* ---- len, size, shape ------------------------------------------------------------------------ */

static const Type *type_of_array(Elab *e, Span span, const Datum *d) {
  if (d->tag == DATUM_VIEW) d = d->base;
  if (is_array(d)) return d->value->type;
  type_mismatch(e, span, "an array", d);
  return NULL;
}

static Datum *len_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  (void)b, (void)n;
  if (args[0]->tag == DATUM_TUPLE) return datum_int(e, args[0]->n);
  if (args[0]->tag == DATUM_MODELS) return datum_int(e, args[0]->count);
  const Type *type = type_of_array(e, span, args[0]);
  return type ? int_of_size(e, type->dims[0]) : poison(e);
}

static Datum *size_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  (void)b;
  int64_t axis;
  const Type *type = type_of_array(e, span, args[0]);
  if (!type) return poison(e);
  if (n == 1) {
    Size *all = size_int(e, 1);
    for (int d = 0; d < type->rank; d++) all = size_mul(e->m, all, type->dims[d]);
    return int_of_size(e, all);
  }
  if (!is_const_int(args[1], &axis)) {
    REPORT(e, DIAG_NOT_CONSTANT, span, "the axis");
    return poison(e);
  }
  if (axis < 0 || axis >= type->rank) {
    REPORT(e, DIAG_INDEX_OUTSIDE, span, (long long)axis, (long long)type->rank);
    return poison(e);
  }
  return int_of_size(e, type->dims[axis]);
}

static Datum *shape_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  (void)b, (void)n;
  const Type *type = type_of_array(e, span, args[0]);
  if (!type) return poison(e);
  Datum *d = datum_new(e, DATUM_TUPLE);
  d->n = type->rank;
  d->items = ARENA_ARRAY(e->arena, Datum *, (size_t)d->n);
  for (int i = 0; i < d->n; i++) d->items[i] = int_of_size(e, type->dims[i]);
  return d;
}

/* ---- transpose, reshape, outer, concat, stack ------------------------------------------------ */

static Value *transposed_cell(Elab *e, void *context, Value *const *indices) {
  Value *array = context, *turned[MAX_RANK];
  const int rank = array->type->rank;
  for (int d = 0; d < rank; d++) turned[d] = indices[rank - 1 - d];
  return build_index(here(e), array, turned);
}

static Datum *transpose_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  (void)b, (void)n;
  Size *extents[MAX_RANK];
  if (!is_array(args[0])) return type_mismatch(e, span, "an array", args[0]);
  const Type *type = args[0]->value->type;
  for (int d = 0; d < type->rank; d++) extents[d] = type->dims[type->rank - 1 - d];
  return map_cells(e, type->rank, extents, transposed_cell, args[0]->value);
}

typedef struct {
  Value *array;
  int rank;
  Size **extents;
} Reshape;

/* The element at the same place in row-major order. */
static Value *reshaped_cell(Elab *e, void *context, Value *const *indices) {
  const Reshape *r = context;
  const Type *type = r->array->type;
  Value *from[MAX_RANK];
  Datum *flat = datum_int(e, 0);
  for (int d = 0; d < r->rank; d++) {
    flat = int_op(e, OP_mul, flat, int_of_size(e, r->extents[d]));
    flat = int_op(e, OP_add, flat, datum_value(e, indices[d]));
  }
  for (int d = type->rank - 1; d > 0; d--) {
    Datum *extent = int_of_size(e, type->dims[d]);
    from[d] = materialise(e, int_op(e, OP_int_mod, flat, extent));
    flat = int_op(e, OP_int_div, flat, extent);
  }
  from[0] = materialise(e, flat);
  return build_index(here(e), r->array, from);
}

static Datum *reshape_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  (void)b;
  Size *extents[MAX_RANK], *before = size_int(e, 1), *after = size_int(e, 1);
  if (!is_array(args[0])) return type_mismatch(e, span, "an array", args[0]);
  if (!sizes_of_args(e, span, n - 1, args + 1, extents)) return poison(e);
  const Type *type = args[0]->value->type;
  for (int d = 0; d < type->rank; d++) before = size_mul(e->m, before, type->dims[d]);
  for (int d = 0; d < n - 1; d++) after = size_mul(e->m, after, extents[d]);
  if (!sizes_agree(e, before, after, span)) {
    REPORT(e, DIAG_SIZE_MISMATCH, span, "the number of elements", describe_size(e, after),
           describe_size(e, before));
    return poison(e);
  }
  Reshape reshape = {args[0]->value, n - 1, extents};
  return map_cells(e, n - 1, extents, reshaped_cell, &reshape);
}

static Value *outer_cell(Elab *e, void *context, Value *const *indices) {
  Datum **args = context;
  Datum *a = element_datum(e, args[0], indices), *b = element_datum(e, args[1], indices + 1);
  return materialise(e, binary(e, here(e)->span, OPERATOR_MUL, a, b));
}

static Datum *outer_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  (void)b, (void)n;
  Size *extents[2];
  for (int i = 0; i < 2; i++) {
    if (!is_array(args[i]) || datum_rank(args[i]) != 1 || datum_kind(args[i]) == KIND_BOOL)
      return type_mismatch(e, span, "an array of one dimension", args[i]);
    extents[i] = args[i]->value->type->dims[0];
  }
  return map_cells(e, 2, extents, outer_cell, args);
}

/* Scalars become arrays of one element; ints beside reals become reals. */
static bool concat_parts(Elab *e, Span span, int n, Datum **args) {
  bool any_real = false;
  for (int i = 0; i < n; i++) {
    if (is_scalar(args[i])) args[i] = stacked(e, span, 1, &args[i]);
    if (!is_array(args[i])) {
      type_mismatch(e, span, "arrays", args[i]);
      return false;
    }
    any_real |= datum_kind(args[i]) == KIND_REAL;
  }
  for (int i = 0; any_real && i < n; i++)
    if (datum_kind(args[i]) == KIND_INT) args[i] = to_real(e, args[i]);
  return true;
}

/* The type of all parts behind one another along the first axis. */
static Type *concat_type(Elab *e, Span span, int n, Datum **args) {
  const Type *first = args[0]->value->type;
  Size *dims[MAX_RANK] = {size_int(e, 0)};
  for (int d = 1; d < first->rank; d++) dims[d] = first->dims[d];
  for (int i = 0; i < n; i++) {
    const Type *type = args[i]->value->type;
    bool fits = type->rank == first->rank && type->kind == first->kind;
    for (int d = 1; fits && d < type->rank; d++)
      fits = sizes_agree(e, type->dims[d], first->dims[d], span);
    if (!fits) {
      REPORT(e, DIAG_SHAPE_MISMATCH, span, describe_type(e, first), describe_type(e, type));
      return NULL;
    }
    dims[0] = size_add(e->m, dims[0], type->dims[0]);
  }
  return type_array(e->m, first->kind, first->rank, dims);
}

static Datum *concat_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  (void)b;
  Type *type = concat_parts(e, span, n, args) ? concat_type(e, span, n, args) : NULL;
  if (!type) return poison(e);
  Size *start = size_int(e, 0);
  Value *all = build_zeros(here(e), type);
  for (int i = 0; i < n; i++) {
    Value *starts[MAX_RANK] = {materialise(e, int_of_size(e, start))};
    for (int d = 1; d < type->rank; d++) starts[d] = build_int(here(e), 0);
    const unsigned ranges = (1u << type->rank) - 1u;
    all = build_update(here(e), OP_UPDATE, all, args[i]->value, starts, ranges);
    start = size_add(e->m, start, args[i]->value->type->dims[0]);
  }
  return datum_value(e, all);
}

static Datum *stack_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  (void)b;
  return stacked(e, span, n, args);
}

const Builtin array_builtins[] = {{"zeros", fill_value, NULL, 1, MAX_RANK, FILL_ZEROS, OP_COUNT},
                                  {"ones", fill_value, NULL, 1, MAX_RANK, FILL_ONES, OP_COUNT},
                                  {"full", fill_value, NULL, 2, MAX_RANK + 1, FILL_VALUE, OP_COUNT},
                                  {"zeros_like", zeros_like_value, NULL, 1, 1, 0, OP_COUNT},
                                  {"eye", eye_value, NULL, 1, 2, 0, OP_COUNT},
                                  {"linspace", linspace_value, NULL, 3, 3, 0, OP_COUNT},
                                  {"len", len_value, NULL, 1, 1, 0, OP_COUNT},
                                  {"size", size_value, NULL, 1, 2, 0, OP_COUNT},
                                  {"shape", shape_value, NULL, 1, 1, 0, OP_COUNT},
                                  {"transpose", transpose_value, NULL, 1, 1, 0, OP_COUNT},
                                  {"reshape", reshape_value, NULL, 2, MAX_RANK + 1, 0, OP_COUNT},
                                  {"outer", outer_value, NULL, 2, 2, 0, OP_COUNT},
                                  {"concat", concat_value, NULL, 1, 64, 0, OP_COUNT},
                                  {"stack", stack_value, NULL, 1, 64, 0, OP_COUNT},
                                  {0}};
