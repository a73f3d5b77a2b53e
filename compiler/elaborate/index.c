/* index - elements, slices and rows; arrays seen through boundary rules. */
#include "elaborate/elab.h"

#include "ir/op.h"

/* ---- what stands in the brackets ------------------------------------------------------------- */

static Datum *outside(Elab *e, Span span, int64_t index, int64_t extent) {
  REPORT(e, DIAG_INDEX_OUTSIDE, span, (long long)index, (long long)extent);
  return poison(e);
}

/* n and n + 1 are outside an array of n elements whatever n is. */
static bool is_certainly_outside(Elab *e, Size *index, Size *extent, bool is_end) {
  int64_t value, difference;
  if (size_is_const(index, &value) && value < 0) return true;
  if (!size_is_const(size_sub(e->m, index, extent), &difference)) return false;
  return difference > 0 || (difference == 0 && !is_end);
}

static bool check_inside(Elab *e, Size *index, Size *extent, bool is_end, Span span) {
  int64_t i, n;
  if (!is_certainly_outside(e, index, extent, is_end)) return true;
  if (size_is_const(index, &i) && size_is_const(extent, &n)) {
    outside(e, span, i, n);
  } else {
    REPORT(e, DIAG_BAD_STATEMENT, span,
           arena_format(e->arena, "index %s is outside 0..%s", describe_size(e, index),
                        describe_size(e, extent)));
  }
  if (size_is_const(index, &i) && i < 0 && !is_end)
    report_help(e, "indices count from 0; the last element is at len(..) - 1");
  return false;
}

/* --check-bounds: 0 <= index < extent (or <= for the end of a slice). */
static void check_at_run_time(Elab *e, Datum *index, Size *extent, bool is_end, Span span) {
  int64_t i, n;
  if (!e->options->check_bounds) return;
  if (is_const_int(index, &i) && size_is_const(extent, &n)) return;
  Datum *low = scalar_prim(e, OP_ge, index, datum_int(e, 0));
  Datum *high = scalar_prim(e, is_end ? OP_le : OP_lt, index, int_of_size(e, extent));
  const char *text = arena_format(e->arena, "index outside 0..%s", describe_size(e, extent));
  emit_check(e, scalar_prim(e, OP_and, low, high), span, text);
}

static bool eval_range_item(Elab *e, Scope *s, const Expr *x, Size *extent, bool is_view,
                            IndexItem *item) {
  Size *hi;
  item->tag = ITEM_RANGE;
  if (!eval_range(e, s, x, extent, &item->lo, &hi, &item->step)) return false;
  item->count = range_count(e, item->lo, hi, item->step);
  if (is_view || item->step < 0) return true;
  if (!check_inside(e, item->lo, extent, true, x->span)) return false;
  if (!check_inside(e, hi, extent, true, x->span)) return false;
  check_at_run_time(e, int_of_size(e, item->lo), extent, true, x->span);
  check_at_run_time(e, int_of_size(e, hi), extent, true, x->span);
  return true;
}

static bool eval_single_item(Elab *e, Scope *s, const Expr *x, Size *extent, bool is_view,
                             IndexItem *item) {
  item->tag = ITEM_SINGLE;
  item->single = eval(e, s, x);
  if (is_poison(item->single)) return false;
  if (is_array(item->single) && datum_kind(item->single) == KIND_INT &&
      datum_rank(item->single) == 1) {
    item->tag = ITEM_GATHER;
    item->count = item->single->value->type->dims[0];
    return true;
  }
  if (!is_scalar(item->single) || datum_kind(item->single) != KIND_INT) {
    type_mismatch(e, x->span, "an int as index", item->single);
    return false;
  }
  if (is_view) return true;
  if (!check_inside(e, size_of_int(e, item->single), extent, false, x->span)) return false;
  check_at_run_time(e, item->single, extent, false, x->span);
  return true;
}

static const Type *indexed_type(const Datum *base) {
  return base->tag == DATUM_VIEW ? base->base->value->type : base->value->type;
}

bool eval_items(Elab *e, Scope *s, const Datum *base, const Expr *x, IndexItem *items, int *n) {
  const Type *type = indexed_type(base);
  *n = (int)x->items.len;
  if (*n > type->rank) {
    REPORT(e, DIAG_WRONG_INDEX_COUNT, x->span, describe_type(e, type), type->rank,
           type->rank == 1 ? "" : "s", *n, *n == 1 ? "index is" : "indices are");
    return false;
  }
  for (int d = 0; d < *n; d++) {
    const Expr *item = x->items.at[d];
    const bool is_view = base->tag == DATUM_VIEW;
    items[d] = (IndexItem){.span = item->span};
    const bool fits = item->tag == EXPR_RANGE
                          ? eval_range_item(e, s, item, type->dims[d], is_view, &items[d])
                          : eval_single_item(e, s, item, type->dims[d], is_view, &items[d]);
    if (!fits) return false;
  }
  return true;
}

/* ---- boundary rules -------------------------------------------------------------------------- */

static Datum *last_index(Elab *e, Size *extent) {
  return int_of_size(e, size_sub(e->m, extent, size_int(e, 1)));
}

/* ... 2 1 | 0 1 2 .. n-1 | n-2 n-3 ...: mirrored about the edge elements, which are not
 * repeated. */
static Datum *reflected(Elab *e, Datum *index, Size *extent) {
  Datum *last = last_index(e, extent);
  Datum *folded = int_op(e, OP_int_mod, index, int_op(e, OP_mul, last, datum_int(e, 2)));
  Datum *from_last = int_op(e, OP_sub, last, folded);
  Datum *distance = int_op(e, OP_max, from_last, int_op(e, OP_sub, folded, last));
  return int_op(e, OP_sub, last, distance);
}

static Datum *ruled_index(Elab *e, BoundaryRule rule, Datum *index, Size *extent) {
  switch (rule) {
    case RULE_PERIODIC: return int_op(e, OP_int_mod, index, int_of_size(e, extent));
    case RULE_REFLECT: return reflected(e, index, extent);
    case RULE_CLAMP: {
      Datum *low = int_op(e, OP_max, index, datum_int(e, 0));
      return int_op(e, OP_min, low, last_index(e, extent));
    }
    case RULE_ZERO: break;
  }
  return index;
}

/* Is the index inside, on every axis with the rule `zero`? NULL: there is no such axis. */
static Datum *inside_zero_axes(Elab *e, const Datum *view, Value *const *indices) {
  const Type *type = view->base->value->type;
  Datum *inside = NULL;
  for (int d = 0; d < type->rank; d++) {
    if (view->rules[d] != RULE_ZERO) continue;
    Datum *index = datum_value(e, indices[d]);
    Datum *low = scalar_prim(e, OP_ge, index, datum_int(e, 0));
    Datum *high = scalar_prim(e, OP_lt, index, int_of_size(e, type->dims[d]));
    Datum *both = scalar_prim(e, OP_and, low, high);
    inside = inside ? scalar_prim(e, OP_and, inside, both) : both;
  }
  return inside;
}

typedef struct {
  const Datum *view;
  Value **indices;
} Peek;

static Datum *peek_arm(Elab *e, void *context, int arm) {
  const Peek *peek = context;
  Value *array = peek->view->base->value;
  if (arm == 0) return datum_value(e, element(e, array, peek->indices));
  return datum_constant(e, (Constant){.kind = array->type->kind});
}

static Datum *view_element(Elab *e, const Datum *view, Value *const *indices) {
  const Type *type = view->base->value->type;
  Value *ruled[MAX_RANK];
  for (int d = 0; d < type->rank; d++) {
    Datum *index = datum_value(e, indices[d]);
    ruled[d] = materialise(e, ruled_index(e, view->rules[d], index, type->dims[d]));
  }
  Peek peek = {view, ruled};
  Datum *inside = inside_zero_axes(e, view, indices);
  return inside ? eval_if(e, here(e)->span, inside, peek_arm, &peek) : peek_arm(e, &peek, 0);
}

/* ---- reading --------------------------------------------------------------------------------- */

static Datum *read_element(Elab *e, const Datum *base, Value *const *indices) {
  if (base->tag == DATUM_VIEW) return view_element(e, base, indices);
  return datum_value(e, element(e, base->value, indices));
}

static Value *item_index(Elab *e, const IndexItem *item, Value *k) {
  if (item->tag == ITEM_SINGLE) return materialise(e, item->single);
  if (item->tag == ITEM_GATHER) return build_index(here(e), item->single->value, &k);
  return materialise(e, range_item(e, item->lo, item->step, k));
}

static void complete_items(Elab *e, const Type *type, const IndexItem *items, int n,
                           IndexItem *all) {
  for (int d = 0; d < type->rank; d++)
    all[d] = d < n ? items[d]
                   : (IndexItem){.tag = ITEM_RANGE, .lo = size_int(e, 0),
                                 .count = type->dims[d], .step = 1};
}

static Datum *read_items(Elab *e, Datum *base, const IndexItem *items, int n, Span span) {
  const Type *type = indexed_type(base);
  IndexItem all[MAX_RANK];
  Value *indices[MAX_RANK];
  Size *extents[MAX_RANK];
  int rank = 0;
  complete_items(e, type, items, n, all);
  for (int d = 0; d < type->rank; d++)
    if (all[d].tag != ITEM_SINGLE) extents[rank++] = all[d].count;
  Frame frame;
  Region *body = NULL;
  if (rank) body = open_frame(e, &frame, FRAME_SPACE);
  for (int d = 0; d < type->rank; d++)
    indices[d] = item_index(e, &all[d], all[d].tag == ITEM_SINGLE ? NULL : frame_index(e, "i"));
  Datum *read = read_element(e, base, indices);
  if (!rank || is_poison(read)) {
    if (rank) close_frame(e);
    return read;
  }
  region_add_yield(e->m, body, materialise(e, read));
  close_frame(e);
  here(e)->span = span;
  return datum_value(e, build_map(here(e), rank, extents, body)->results[0]);
}

static Datum *model_row(Elab *e, Datum *models, Value *index) {
  ValueList leaves = {0};
  datum_leaves(e, models, &leaves);
  for (size_t i = 0; i < leaves.len; i++)
    leaves.at[i] = build_row(here(e), leaves.at[i], 1, &index);
  Datum like = *models;
  int next = 0;
  like.tag = DATUM_MODEL;
  like.count = 0;
  return datum_rebuild(e, &like, leaves.at, &next);
}

Datum *row_of(Elab *e, Datum *base, Value *index) {
  if (base->tag == DATUM_MODELS) return model_row(e, base, index);
  return datum_value(e, build_row(here(e), base->value, 1, &index));
}

/* ---- base[..] -------------------------------------------------------------------------------- */

static Datum *index_tuple(Elab *e, Scope *s, Datum *base, const Expr *x) {
  int64_t i;
  if (x->items.len != 1 || x->items.at[0]->tag == EXPR_RANGE) {
    REPORT(e, DIAG_WRONG_INDEX_COUNT, x->span, describe(e, base), 1, "", (int)x->items.len,
           "indices are");
    return poison(e);
  }
  Datum *index = eval_int(e, s, x->items.at[0], "an index");
  if (is_poison(index)) return index;
  if (!is_const_int(index, &i)) {
    REPORT(e, DIAG_NOT_CONSTANT, x->items.at[0]->span, "the index of a tuple");
    report_help(e, "its items may have different types; walk through it with for x in ...");
    return poison(e);
  }
  if (i < 0 || i >= base->n) return outside(e, x->items.at[0]->span, i, base->n);
  return base->items[i];
}

static Datum *index_models(Elab *e, Scope *s, Datum *base, const Expr *x) {
  if (x->items.len != 1 || x->items.at[0]->tag == EXPR_RANGE)
    return unsupported(e, x->span, "slices of an array of models; index one at a time");
  Datum *index = eval_int(e, s, x->items.at[0], "an index");
  if (is_poison(index)) return index;
  Size *count = size_int(e, base->count);
  const Span span = x->items.at[0]->span;
  if (!check_inside(e, size_of_int(e, index), count, false, span)) return poison(e);
  check_at_run_time(e, index, count, false, span);
  return model_row(e, base, materialise(e, index));
}

Datum *index_datum(Elab *e, Scope *s, Datum *base, const Expr *x) {
  IndexItem items[MAX_RANK];
  int n;
  if (is_poison(base)) return base;
  if (base->tag == DATUM_TUPLE) return index_tuple(e, s, base, x);
  if (base->tag == DATUM_MODELS) return index_models(e, s, base, x);
  if (!is_array(base) && base->tag != DATUM_VIEW) {
    REPORT(e, DIAG_NOT_INDEXABLE, x->left->span, describe(e, base));
    return poison(e);
  }
  if (!eval_items(e, s, base, x, items, &n)) return poison(e);
  return read_items(e, base, items, n, x->span);
}
