/* space - ranges, and the index spaces of comprehensions and reductions. */
#include "elaborate/elab.h"

#include "ir/op.h"

/* ---- ranges ---------------------------------------------------------------------------------- */

static bool eval_step(Elab *e, Scope *s, const Expr *x, int64_t *step) {
  *step = 1;
  if (!x->step) return true;
  Datum *d = eval_int(e, s, x->step, "a step");
  if (is_poison(d)) return false;
  if (!is_const_int(d, step)) {
    REPORT(e, DIAG_NOT_CONSTANT, x->step->span, "the step of a range");
    return false;
  }
  if (*step != 0) return true;
  REPORT(e, DIAG_BAD_STEP, x->step->span, "");
  return false;
}

static bool eval_end(Elab *e, Scope *s, const Expr *x, Size *otherwise, Size **end) {
  *end = otherwise;
  if (!x) return true;
  Datum *d = eval_int(e, s, x, "the end of a range");
  if (is_poison(d)) return false;
  *end = size_of_int(e, d);
  return true;
}

/* Missing ends are 0 and extent; with a negative step they are extent - 1 and -1. */
bool eval_range(Elab *e, Scope *s, const Expr *x, Size *extent, Size **lo, Size **hi,
                int64_t *step) {
  if (!eval_step(e, s, x, step)) return false;
  Size *first = size_int(e, 0), *last = extent;
  if (*step < 0 && extent) first = size_sub(e->m, extent, size_int(e, 1)), last = size_int(e, -1);
  return eval_end(e, s, x->left, first, lo) && eval_end(e, s, x->right, last, hi);
}

Datum *range_item(Elab *e, Size *lo, int64_t step, Value *k) {
  Datum *index = int_op(e, OP_mul, datum_value(e, k), datum_int(e, step));
  return int_op(e, OP_add, index, int_of_size(e, lo));
}

/* ---- generators ------------------------------------------------------------------------------ */

static bool add_range(Elab *e, Space *space, Size *lo, Size *hi, int64_t step) {
  space->lo[space->n] = lo;
  space->step[space->n] = step;
  space->over[space->n] = NULL;
  space->extents[space->n] = range_count(e, lo, hi, step);
  return true;
}

static bool add_array(Elab *e, Space *space, Datum *array) {
  space->over[space->n] = array;
  space->step[space->n] = 1;
  space->lo[space->n] = size_int(e, 0);
  space->extents[space->n] = array->tag == DATUM_MODELS ? size_int(e, array->count)
                                                        : array->value->type->dims[0];
  return true;
}

static bool add_generator(Elab *e, Scope *s, const Generator *gen, Space *space) {
  Size *lo, *hi;
  int64_t step;
  const Expr *x = gen->range;
  space->names[space->n] = gen->name;
  space->spans[space->n] = gen->span;
  if (x->tag == EXPR_RANGE && x->left && x->right)
    return eval_range(e, s, x, NULL, &lo, &hi, &step) && add_range(e, space, lo, hi, step);
  Datum *d = eval(e, s, x);
  if (d->tag == DATUM_RANGE) return add_range(e, space, d->lo, d->hi, d->step);
  if (is_array(d) || d->tag == DATUM_MODELS) return add_array(e, space, d);
  type_mismatch(e, x->span, "a range or an array", d);
  if (is_scalar(d)) report_help(e, "write 0..%s to count", "n");
  return false;
}

bool space_of(Elab *e, Scope *s, const GeneratorList *gens, Space *space) {
  *space = (Space){0};
  if (gens->len > MAX_RANK) {
    REPORT(e, DIAG_RANK_TOO_HIGH, gens->at[MAX_RANK].span, MAX_RANK);
    return false;
  }
  for (size_t i = 0; i < gens->len; i++) {
    if (!add_generator(e, s, &gens->at[i], space)) return false;
    space->n++;
  }
  return true;
}

size_t independent_generators(const GeneratorList *gens, size_t first) {
  size_t n = first;
  for (; n < gens->len; n++)
    for (size_t i = first; i < n; i++)
      if (mentions_name(gens->at[n].range, gens->at[i].name)) return n - first;
  return n - first;
}

void space_enter(Elab *e, Scope *s, const Space *space) {
  Value *indices[MAX_RANK];
  for (int d = 0; d < space->n; d++) indices[d] = frame_index(e, space->names[d]);
  for (int d = 0; d < space->n; d++) {
    Datum *item = space->over[d] ? row_of(e, space->over[d], indices[d])
                                 : range_item(e, space->lo[d], space->step[d], indices[d]);
    bind(e, s, space->names[d], item, space->spans[d]);
  }
}

/* ---- comprehensions -------------------------------------------------------------------------- */

static void report_ragged(Elab *e, Span span) {
  REPORT(e, DIAG_BAD_STATEMENT, span,
         "the rows of an array have one length; here it changes with the index");
}

static bool sizes_leave(Elab *e, const ValueList *leaves, Span span) {
  for (size_t i = 0; i < leaves->len; i++)
    for (int d = 0; d < leaves->at[i]->type->rank; d++)
      if (!size_is_visible(leaves->at[i]->type->dims[d], e->frame->outer)) {
        report_ragged(e, span);
        return false;
      }
  return true;
}

static bool ranks_fit(Elab *e, const ValueList *leaves, int n, Span span) {
  for (size_t i = 0; i < leaves->len; i++)
    if (leaves->at[i]->type->rank + n > MAX_RANK) {
      REPORT(e, DIAG_RANK_TOO_HIGH, span, MAX_RANK);
      return false;
    }
  return true;
}

/* A tuple or model list walked at compile time: [f(layer) for layer in layers]. */
static Datum *unrolled(Elab *e, Scope *s, const Generator *gen, const Datum *tuple,
                       const Expr *body, Span span) {
  Datum **items = ARENA_ARRAY(e->arena, Datum *, (size_t)tuple->n);
  for (int i = 0; i < tuple->n; i++) {
    Scope inner = *s;
    bind(e, &inner, gen->name, tuple->items[i], gen->span);
    items[i] = eval(e, &inner, body);
    if (is_poison(items[i])) return items[i];
  }
  if (tuple->n && !is_number(items[0])) return datum_tuple(e, tuple->n, items);
  return stacked(e, span, tuple->n, items);
}

static Datum *tuple_of_generator(Elab *e, Scope *s, const GeneratorList *gens) {
  if (gens->len != 1 || gens->at[0].range->tag == EXPR_RANGE) return NULL;
  const Expr *x = gens->at[0].range;
  if (x->tag != EXPR_NAME && x->tag != EXPR_FIELD && x->tag != EXPR_TUPLE) return NULL;
  Datum *d = eval(e, s, x);
  return d->tag == DATUM_TUPLE ? d : NULL;
}

Datum *comprehension(Elab *e, Scope *s, const GeneratorList *gens, const Expr *body, Span span) {
  Space space;
  const Datum *tuple = tuple_of_generator(e, s, gens);
  if (tuple) return unrolled(e, s, &gens->at[0], tuple, body, span);
  const size_t independent = independent_generators(gens, 0);
  if (independent < gens->len) {
    report_ragged(e, gens->at[independent].range->span);
    return poison(e);
  }
  if (!space_of(e, s, gens, &space)) return poison(e);
  Scope inner = *s;
  Frame frame;
  Region *region = open_frame(e, &frame, FRAME_SPACE);
  space_enter(e, &inner, &space);
  Datum *d = eval(e, &inner, body);
  ValueList leaves = {0};
  const bool fits = is_number(d) || d->tag == DATUM_TUPLE;
  if (!is_poison(d) && !(fits && datum_leaves(e, d, &leaves)))
    d = type_mismatch(e, body->span, "a number or an array", d);
  if (!is_poison(d) && (!sizes_leave(e, &leaves, body->span) ||
                        !ranks_fit(e, &leaves, space.n, span)))
    d = poison(e);
  region_set_yields(e->m, region, (int)leaves.len, leaves.at);
  close_frame(e);
  if (is_poison(d)) return d;
  int next = 0;
  Instr *map = build_map(here(e), space.n, space.extents, region);
  return datum_rebuild(e, d, map->results, &next);
}
