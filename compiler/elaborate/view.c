/* view - boundary rules as functions, and interpolation. */
#include "elaborate/elab.h"

#include "ir/op.h"

#include <string.h>

/* ---- boundary rules -------------------------------------------------------------------------- */

static Datum *clamp_numbers(Elab *e, Span span, Datum **args) {
  Datum *low[2] = {args[0], args[1]};
  Datum *high[2] = {apply_prim(e, span, OP_max, 2, low), args[2]};
  return apply_prim(e, span, OP_min, 2, high);
}

static Datum *view_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  if (b->code == RULE_CLAMP && n == 3) return clamp_numbers(e, span, args);
  if (n != 1) {
    REPORT(e, DIAG_ARGUMENT_COUNT, span, b->name, "1 argument", n, "are");
    return poison(e);
  }
  if (!is_array(args[0])) return type_mismatch(e, span, "an array", args[0]);
  Datum *d = datum_new(e, DATUM_VIEW);
  d->base = args[0];
  for (int k = 0; k < MAX_RANK; k++) d->rules[k] = (BoundaryRule)b->code;
  return d;
}

/* boundary(u, periodic, zero): one rule per axis. */
static Datum *boundary_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  (void)b;
  if (!is_array(args[0])) return type_mismatch(e, span, "an array", args[0]);
  if (n - 1 != datum_rank(args[0])) {
    REPORT(e, DIAG_ARGUMENT_COUNT, span, "boundary", "an array and one rule per axis", n, "are");
    return poison(e);
  }
  Datum *d = datum_new(e, DATUM_VIEW);
  d->base = args[0];
  for (int k = 1; k < n; k++) {
    if (args[k]->tag != DATUM_BUILTIN || args[k]->builtin->value != view_value)
      return type_mismatch(e, span, "a rule: periodic, clamp, zero or reflect", args[k]);
    d->rules[k - 1] = (BoundaryRule)args[k]->builtin->code;
  }
  return d;
}

/* ---- interpolation --------------------------------------------------------------------------- */

/* Where a coordinate falls on one axis: between the nodes lo and hi, weight to hi. */
typedef struct {
  Value *lo, *hi;
  Datum *weight;
} Between;

static Datum *prim2(Elab *e, Op op, Datum *a, Datum *b) { return scalar_prim(e, op, a, b); }

static Between locate(Elab *e, Datum *x, Size *extent) {
  Datum *last = int_of_size(e, size_sub(e->m, extent, size_int(e, 1)));
  Datum *zero = datum_int(e, 0), *one = datum_int(e, 1);
  x = prim2(e, OP_min, prim2(e, OP_max, x, datum_real(e, 0)), scalar_to_real(e, last));
  Datum *cell = scalar_prim(e, OP_real_to_int, x, NULL);
  Datum *lo = prim2(e, OP_max, prim2(e, OP_min, cell, prim2(e, OP_sub, last, one)), zero);
  Datum *hi = prim2(e, OP_min, prim2(e, OP_add, lo, one), last);
  Datum *weight = prim2(e, OP_sub, x, scalar_to_real(e, lo));
  return (Between){materialise(e, lo), materialise(e, hi), weight};
}

/* Linear along `axis`, of what is interpolated along the axes after it. */
static Datum *interpolate(Elab *e, Value *array, const Between *at, int axis, Value **indices) {
  if (axis == array->type->rank) return datum_value(e, build_index(here(e), array, indices));
  indices[axis] = at[axis].lo;
  Datum *low = interpolate(e, array, at, axis + 1, indices);
  indices[axis] = at[axis].hi;
  Datum *high = interpolate(e, array, at, axis + 1, indices);
  Datum *rise = prim2(e, OP_mul, at[axis].weight, prim2(e, OP_sub, high, low));
  return prim2(e, OP_add, low, rise);
}

static Datum *sample_scalar(Elab *e, Span span, const void *how, int n, Datum **scalars) {
  Value *array = ((const Datum *)how)->value;
  Between at[MAX_RANK];
  Value *indices[MAX_RANK];
  for (int d = 0; d < n; d++) {
    if (datum_kind(scalars[d]) == KIND_BOOL)
      return type_mismatch(e, span, "a coordinate", scalars[d]);
    at[d] = locate(e, scalar_to_real(e, scalars[d]), array->type->dims[d]);
  }
  return interpolate(e, array, at, 0, indices);
}

static Datum *sample_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  (void)b;
  if (!is_array(args[0]) || datum_kind(args[0]) != KIND_REAL)
    return type_mismatch(e, span, "a real array", args[0]);
  if (n - 1 != datum_rank(args[0])) {
    REPORT(e, DIAG_WRONG_INDEX_COUNT, span, describe(e, args[0]), datum_rank(args[0]),
           datum_rank(args[0]) == 1 ? "" : "s", n - 1, "coordinates are");
    return poison(e);
  }
  return elementwise(e, span, n - 1, args + 1, sample_scalar, args[0]);
}

const Builtin view_builtins[] = {{"periodic", view_value, NULL, 1, 1, RULE_PERIODIC, OP_COUNT},
                                 {"clamp", view_value, NULL, 1, 3, RULE_CLAMP, OP_COUNT},
                                 {"zero", view_value, NULL, 1, 1, RULE_ZERO, OP_COUNT},
                                 {"reflect", view_value, NULL, 1, 1, RULE_REFLECT, OP_COUNT},
                                 {"boundary", boundary_value, NULL, 2, MAX_RANK + 1, 0, OP_COUNT},
                                 {"sample", sample_value, NULL, 2, MAX_RANK + 1, 0, OP_COUNT},
                                 {0}};
