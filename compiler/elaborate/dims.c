/* dims - sizes as ints, ints as sizes, and when two sizes are the same. */
#include "elaborate/elab.h"

#include "ir/op.h"

Size *size_int(Elab *e, int64_t value) { return size_const(e->m, value); }

Size *size_of_int(Elab *e, const Datum *d) {
  int64_t value;
  if (is_const_int(d, &value)) return size_const(e->m, value);
  return size_of_value(e->m, d->value);
}

/* As far out as the size is known, so that what is computed from it is known there too. */
Datum *int_of_size(Elab *e, Size *size) {
  int64_t value;
  if (size_is_const(size, &value)) return datum_int(e, value);
  Frame *inner = e->frame;
  while (e->frame->outer && size_is_visible(size, e->frame->outer)) e->frame = e->frame->outer;
  Datum *d = datum_value(e, build_size(here(e), size));
  e->frame = inner;
  return d;
}

/* ---- equality -------------------------------------------------------------------------------- */

static bool is_open(const Elab *e, const Region *region) {
  for (const Frame *frame = e->frame; frame; frame = frame->outer)
    if (frame->b.region == region) return true;
  return false;
}

static bool is_known_equal(const Elab *e, const Size *a, const Size *b) {
  for (size_t i = 0; i < e->known_equal.len; i++) {
    const KnownEqual *known = &e->known_equal.at[i];
    if (((known->a == a && known->b == b) || (known->a == b && known->b == a)) &&
        is_open(e, known->region))
      return true;
  }
  return false;
}

/* The frame that a test of this size may stand in: out of spaces, as far as its atoms are
 * visible. */
bool size_is_visible(const Size *size, const Frame *frame) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++) {
      const Region *region = value_region(size->terms[i].atoms[k]);
      const Frame *at = frame;
      while (at && at->b.region != region) at = at->outer;
      if (!at) return false;
    }
  return true;
}

static void check_equal(Elab *e, Size *a, Size *b, Span span) {
  Frame *inner = e->frame;
  while (e->frame->kind == FRAME_SPACE && size_is_visible(a, e->frame->outer) &&
         size_is_visible(b, e->frame->outer))
    e->frame = e->frame->outer;
  Value *left = build_size(here(e), a), *right = build_size(here(e), b);
  Datum *equal = datum_value(e, build_prim(here(e), OP_eq, left, right));
  emit_check(e, equal, span,
             arena_format(e->arena, "sizes differ: %s and %s", describe_size(e, a),
                          describe_size(e, b)));
  vec_push(e->arena, &e->known_equal, ((KnownEqual){a, b, e->frame->b.region}));
  e->frame = inner;
}

bool sizes_agree(Elab *e, Size *a, Size *b, Span span) {
  int64_t difference;
  if (a == b) return true;
  if (size_is_const(size_sub(e->m, a, b), &difference)) return false;
  if (!is_known_equal(e, a, b)) check_equal(e, a, b, span);
  return true;
}

bool shapes_agree(Elab *e, const Type *a, const Type *b, Span span) {
  if (a->rank != b->rank) return false;
  for (int d = 0; d < a->rank; d++)
    if (!sizes_agree(e, a->dims[d], b->dims[d], span)) return false;
  return true;
}

Value *retyped(Elab *e, Value *value, Type *type) {
  if (value->type == type) return value;
  Value *indices[MAX_RANK];
  Frame frame;
  Region *body = open_frame(e, &frame, FRAME_SPACE);
  for (int d = 0; d < type->rank; d++) indices[d] = frame_index(e, "i");
  region_add_yield(e->m, body, build_index(here(e), value, indices));
  close_frame(e);
  Value *result = build_map(here(e), type->rank, type->dims, body)->results[0];
  result->name = value->name;
  return result;
}

/* ---- ranges ---------------------------------------------------------------------------------- */

Size *range_count(Elab *e, Size *lo, Size *hi, int64_t step) {
  Size *span = step > 0 ? size_sub(e->m, hi, lo) : size_sub(e->m, lo, hi);
  const int64_t stride = step > 0 ? step : -step;
  if (stride == 1) return span;
  Datum *rounded = int_of_size(e, size_add(e->m, span, size_const(e->m, stride - 1)));
  return size_of_int(e, int_op(e, OP_int_div, rounded, datum_int(e, stride)));
}
