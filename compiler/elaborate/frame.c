/* frame - regions under construction, and the scalar instructions that go into them. */
#include "elaborate/elab.h"

#include "ir/op.h"

Builder *here(Elab *e) { return &e->frame->b; }

Region *open_frame(Elab *e, Frame *frame, FrameKind kind) {
  Region *region = region_new(e->m);
  const Span span = e->frame ? e->frame->b.span : (Span){0};
  *frame = (Frame){.b = builder_at_end(e->m, region), .kind = kind, .outer = e->frame};
  frame->b.span = span;
  e->frame = frame;
  return region;
}

void close_frame(Elab *e) { e->frame = e->frame->outer; }

Value *frame_index(Elab *e, const char *name) {
  return region_param(e->m, here(e)->region, type_scalar(e->m, KIND_INT), intern(e->names, name));
}

/* ---- placing ints as far out as they can be -------------------------------------------------- */

/* The innermost open frame whose region defines one of the operands. */
static Frame *frame_of_operands(Elab *e, const Datum *x, const Datum *y) {
  Frame *frame = e->frame;
  for (; frame->outer; frame = frame->outer) {
    const Region *region = frame->b.region;
    if (x->tag == DATUM_VALUE && value_region(x->value) == region) break;
    if (y && y->tag == DATUM_VALUE && value_region(y->value) == region) break;
  }
  return frame;
}

static bool is_open(const Elab *e, const Region *region) {
  for (const Frame *frame = e->frame; frame; frame = frame->outer)
    if (frame->b.region == region) return true;
  return false;
}

static bool same_operand(const Value *known, const Datum *d) {
  int64_t a, b;
  if (d->tag == DATUM_VALUE && known == d->value) return true;
  return value_is_const_int(known, &a) && is_const_int(d, &b) && a == b;
}

/* Equal operations have equal keys. */
static uint32_t key_of_int(Op op, const Datum *x) {
  int64_t number;
  const bool is_number = x->tag != DATUM_VALUE || value_is_const_int(x->value, &number);
  return is_number ? (uint32_t)op : OP_COUNT + x->value->id;
}

static Value *find_known_int(Elab *e, Op op, const Datum *x, const Datum *y) {
  const KnownInt *known = id_map_find(&e->known_ints, key_of_int(op, x));
  for (; known; known = known->older)
    if (known->op == op && same_operand(known->x, x) && (!y || same_operand(known->y, y)) &&
        is_open(e, value_region(known->result)))
      return known->result;
  return NULL;
}

static void remember_int(Elab *e, Op op, const Datum *x, KnownInt known) {
  const uint32_t key = key_of_int(op, x);
  known.older = id_map_find(&e->known_ints, key);
  KnownInt *kept = ARENA_NEW(e->arena, KnownInt);
  *kept = known;
  id_map_set(&e->known_ints, key, kept);
}

/* Additions and products are compared as polynomials anyway; other ints become atoms, which must
 * be one value to be equal. */
static bool is_remembered(Op op) { return op != OP_add && op != OP_sub && op != OP_mul; }

static Datum *build_int_prim(Elab *e, Op op, Datum *x, Datum *y) {
  if (is_remembered(op)) {
    Value *known = find_known_int(e, op, x, y);
    if (known) return datum_value(e, known);
  }
  Frame *inner = e->frame;
  Frame *place = frame_of_operands(e, x, y);
  const Span span = inner->b.span;
  e->frame = place;
  Value *a = materialise(e, x), *b = y ? materialise(e, y) : NULL;
  Value *result = build_prim(here(e), op, a, b);
  result->def->span = span;
  e->frame = inner;
  if (is_remembered(op)) remember_int(e, op, x, (KnownInt){op, a, b, result, NULL});
  return datum_value(e, result);
}

/* ---- primitives ------------------------------------------------------------------------------ */

static bool is_int_prim(Op op, const Datum *x) {
  const OpClass class = op_info(op)->op_class;
  return datum_kind(x) == KIND_INT && (class == CLASS_ARITH || class == CLASS_INTOP);
}

Datum *scalar_prim(Elab *e, Op op, Datum *x, Datum *y) {
  if (op_folds(op) && x->tag == DATUM_CONST && (!y || y->tag == DATUM_CONST))
    return datum_constant(e, op_evaluate(op, x->constant, y ? y->constant : x->constant));
  if (is_int_prim(op, x)) return build_int_prim(e, op, x, y);
  Value *a = materialise(e, x);
  return datum_value(e, build_prim(here(e), op, a, y ? materialise(e, y) : NULL));
}

Datum *int_op(Elab *e, Op op, Datum *x, Datum *y) {
  int64_t a, b;
  const bool a_known = is_const_int(x, &a), b_known = is_const_int(y, &b);
  if (b_known && b == 0 && (op == OP_add || op == OP_sub)) return x;
  if (a_known && a == 0 && op == OP_add) return y;
  if (b_known && b == 1 && op == OP_mul) return x;
  if (a_known && a == 1 && op == OP_mul) return y;
  return scalar_prim(e, op, x, y);
}

Datum *scalar_to_real(Elab *e, Datum *d) {
  switch (datum_kind(d)) {
    case KIND_INT: return scalar_prim(e, OP_int_to_real, d, NULL);
    case KIND_BOOL: return scalar_prim(e, OP_bool_to_real, d, NULL);
    default: return d;
  }
}

/* ---- checks ---------------------------------------------------------------------------------- */

/* A space runs its body for every index: its checks may stand before it, where their condition
 * is visible there. */
static Frame *frame_of_check(Elab *e, const Value *condition) {
  Frame *frame = e->frame;
  while (frame->kind == FRAME_SPACE && value_region(condition) != frame->b.region)
    frame = frame->outer;
  return frame;
}

void emit_check(Elab *e, Datum *condition, Span span, const char *text) {
  bool known;
  if (is_const_bool(condition, &known) && known) return;
  Value *value = materialise(e, condition);
  Frame *place = frame_of_check(e, value);
  Instr *check = build_instr(&place->b, OP_CHECK, 1, &value, 0, NULL, 0, NULL);
  check->span = span;
  check->text = text;
}
