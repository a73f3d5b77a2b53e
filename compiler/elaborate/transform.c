/* transform - calling the derivative of a function: inline it on copies of its arguments, then
 * differentiate by the copies. */
#include "elaborate/elab.h"

#include "ir/op.h"

#include <string.h>

static int own_extras(const Derivative *d) {
  return d->kind == DERIVE_VJP || d->kind == DERIVE_JVP || d->kind == DERIVE_HVP;
}

int derivative_extras(const Derivative *d) {
  const Datum *f = d->function;
  return own_extras(d) + (f->tag == DATUM_DERIVATIVE ? derivative_extras(f->derivative) : 0);
}

/* ---- the function on copies ------------------------------------------------------------------ */

typedef struct {
  const Derivative *d;
  int n;          /* arguments of the function */
  Datum **args;   /* with the copies in the places of x */
  Datum *x;       /* the copies: one, or a tuple */
  ExtraMaker *extra;
  Span span;
} Application;

static Datum *call_inner(Elab *e, const Application *a) {
  Datum *f = a->d->function;
  if (f->tag == DATUM_DERIVATIVE)
    return apply_derivative(e, f->derivative, a->n, a->args, a->extra, a->span);
  const Closure *closure = closure_of(e, f);
  if (!closure) return apply_list(e, f, a->n, a->args, a->span);
  Span *spans = ARENA_ARRAY(e->arena, Span, (size_t)a->n);
  for (int i = 0; i < a->n; i++) spans[i] = a->span;
  return inline_call(e, closure, a->args, spans, a->span);
}

static const char *x_name(Elab *e, const Derivative *d, int k) {
  Datum holder = {.tag = DATUM_DERIVATIVE, .derivative = (Derivative *)d};
  const Closure *closure = closure_of(e, &holder);
  return closure ? closure->function->params.at[d->x[k]].name : "the argument";
}

/* Copies of the arguments to differentiate by. */
static bool copy_x(Elab *e, Application *a) {
  const Derivative *d = a->d;
  Datum **args = ARENA_ARRAY(e->arena, Datum *, (size_t)a->n);
  Datum **copies = ARENA_ARRAY(e->arena, Datum *, (size_t)d->n_x);
  memcpy(args, a->args, sizeof *args * (size_t)a->n);
  for (int k = 0; k < d->n_x; k++) {
    Datum *arg = args[d->x[k]];
    ValueList reals = {0};
    if (is_poison(arg)) return false;
    if (is_number(arg) && datum_kind(arg) == KIND_INT) arg = to_real(e, arg);
    datum_real_leaves(e, arg, &reals);
    if (reals.len == 0) {
      REPORT(e, DIAG_NOT_REAL, a->span, x_name(e, d, k), describe(e, arg));
      return false;
    }
    copies[k] = args[d->x[k]] = datum_copied(e, arg, UINT32_MAX);
  }
  a->args = args;
  a->x = datum_tuple(e, d->n_x, copies);
  return true;
}

/* ---- directions ------------------------------------------------------------------------------ */

/* A given direction must look like what it belongs to. */
static Datum *fitted_direction(Elab *e, Datum *like, Datum *given, Span span) {
  if (is_poison(given)) return given;
  given = is_number(given) ? to_real(e, given) : given;
  ValueList wanted = {0}, leaves = {0};
  bool fits = same_structure(like, given);
  if (fits) {
    datum_real_leaves(e, like, &wanted);
    datum_real_leaves(e, given, &leaves);
    fits = wanted.len == leaves.len;
  }
  for (size_t i = 0; fits && i < wanted.len; i++) {
    fits = shapes_agree(e, wanted.at[i]->type, leaves.at[i]->type, span);
    if (fits) leaves.at[i] = retyped(e, leaves.at[i], wanted.at[i]->type);
  }
  if (!fits) return type_mismatch(e, span, describe(e, like), given);
  int next = 0;
  return datum_rebuild_reals(e, like, leaves.at, &next);
}

static Datum *made_tangents(Elab *e, const Application *a) {
  const Derivative *d = a->d;
  Datum **items = ARENA_ARRAY(e->arena, Datum *, (size_t)d->n_x);
  for (int k = 0; k < d->n_x; k++) {
    Datum *like = d->n_x == 1 ? a->x : a->x->items[k];
    items[k] = a->extra->make(a->extra, e, like, d->x[k], true);
  }
  return datum_tuple(e, d->n_x, items);
}

static Datum *missing_direction(Elab *e, Span span) {
  REPORT(e, DIAG_ARGUMENT_COUNT, span, "this derivative",
         "the function's arguments, then the direction", 0, "of these are");
  return poison(e);
}

/* ---- the kinds ------------------------------------------------------------------------------- */

static Datum *rebuilt(Elab *e, const Datum *like, const ValueList *leaves) {
  int next = 0;
  return datum_rebuild_reals(e, like, leaves->at, &next);
}

static Datum *apply_grad(Elab *e, const Application *a) {
  Datum *y = call_inner(e, a);
  ValueList ys = {0}, y_bars = {0}, xs = {0}, x_bars = {0};
  if (is_poison(y)) return y;
  if (!is_scalar(y) || datum_kind(y) != KIND_REAL) {
    REPORT(e, DIAG_NOT_SCALAR, a->span, arena_format(e->arena, "the result of %s",
                                                     callable_name(a->d->function)),
           describe(e, y));
    report_help(e, "of several values there are jacobian, vjp and jvp");
    return poison(e);
  }
  vec_push(e->arena, &ys, materialise(e, y));
  vec_push(e->arena, &y_bars, build_real(here(e), 1));
  datum_real_leaves(e, a->x, &xs);
  emit_vjp(e, &ys, &y_bars, &xs, a->span, &x_bars);
  Datum *x_bar = rebuilt(e, a->x, &x_bars);
  if (a->d->kind == DERIVE_GRAD) return x_bar;
  Datum *both[2] = {datum_value(e, ys.at[0]), x_bar};
  return datum_tuple(e, 2, both);
}

static Datum *apply_vjp(Elab *e, const Application *a, Datum *given) {
  Datum *y = call_inner(e, a);
  ValueList ys = {0}, y_bars = {0}, xs = {0}, x_bars = {0};
  if (is_poison(y)) return y;
  Datum *y_bar = given      ? fitted_direction(e, y, given, a->span)
                 : a->extra ? a->extra->make(a->extra, e, y, -1, false)
                            : missing_direction(e, a->span);
  if (is_poison(y_bar)) return y_bar;
  datum_real_leaves(e, y, &ys);
  datum_real_leaves(e, y_bar, &y_bars);
  datum_real_leaves(e, a->x, &xs);
  emit_vjp(e, &ys, &y_bars, &xs, a->span, &x_bars);
  return rebuilt(e, a->x, &x_bars);
}

static Datum *push_forward(Elab *e, const Application *a, const Datum *y, const Datum *x_dot) {
  ValueList ys = {0}, xs = {0}, x_dots = {0}, y_dots = {0};
  datum_real_leaves(e, y, &ys);
  datum_real_leaves(e, a->x, &xs);
  datum_real_leaves(e, x_dot, &x_dots);
  emit_jvp(e, &ys, &xs, &x_dots, a->span, &y_dots);
  return rebuilt(e, y, &y_dots);
}

static Datum *direction_of_x(Elab *e, const Application *a, Datum *given) {
  if (given) return fitted_direction(e, a->x, given, a->span);
  return a->extra ? made_tangents(e, a) : missing_direction(e, a->span);
}

static Datum *apply_jvp(Elab *e, const Application *a, Datum *given) {
  Datum *x_dot = direction_of_x(e, a, given);
  Datum *y = is_poison(x_dot) ? x_dot : call_inner(e, a);
  return is_poison(y) ? y : push_forward(e, a, y, x_dot);
}

/* The tangent of the gradient. */
static Datum *apply_hvp(Elab *e, const Application *a, Datum *given) {
  Datum *v = direction_of_x(e, a, given);
  if (is_poison(v)) return v;
  Derivative gradient = *a->d;
  gradient.kind = DERIVE_GRAD;
  Datum *g = apply_derivative(e, &gradient, a->n, a->args, a->extra, a->span);
  return is_poison(g) ? g : push_forward(e, a, g, v);
}

/* ---- jacobian -------------------------------------------------------------------------------- */

/* 1 at the indices, 0 elsewhere. */
static Value *unit_tangent(Elab *e, const Type *type, Value *const *at) {
  Frame frame, arms[2];
  Region *regions[2];
  Value *same = NULL;
  Region *body = open_frame(e, &frame, FRAME_SPACE);
  for (int d = 0; d < type->rank; d++) {
    Value *equal = build_prim(here(e), OP_eq, frame_index(e, "i"), at[d]);
    same = same ? build_prim(here(e), OP_and, same, equal) : equal;
  }
  for (int k = 0; k < 2; k++) {
    regions[k] = open_frame(e, &arms[k], FRAME_ARM);
    region_add_yield(e->m, regions[k], build_real(here(e), k == 0));
    close_frame(e);
  }
  region_add_yield(e->m, body, build_if(here(e), same, regions[0], regions[1])->results[0]);
  close_frame(e);
  return build_map(here(e), type->rank, type->dims, body)->results[0];
}

static Datum *jacobian_problem(Elab *e, const Application *a, const Datum *d, const char *what) {
  if (is_poison(d)) return poison(e);
  return unsupported(e, a->span, "a jacobian whose %s is %s; take it of one array by one array",
                     what, describe(e, d));
}

static bool is_real_number(const Datum *d) { return is_number(d) && datum_kind(d) == KIND_REAL; }

/* J with the indices of x first; turned so that those of y come first. */
static Datum *turned(Elab *e, Value *columns, int x_rank) {
  const Type *type = columns->type;
  const int y_rank = type->rank - x_rank;
  Value *indices[MAX_RANK];
  Size *extents[MAX_RANK];
  Frame frame;
  if (y_rank == 0) return datum_value(e, columns);
  Region *body = open_frame(e, &frame, FRAME_SPACE);
  for (int d = 0; d < type->rank; d++) {
    const int source = d < y_rank ? x_rank + d : d - y_rank;
    extents[d] = type->dims[source];
    indices[source] = frame_index(e, "i");
  }
  region_add_yield(e->m, body, build_index(here(e), columns, indices));
  close_frame(e);
  return datum_value(e, build_map(here(e), type->rank, extents, body)->results[0]);
}

/* One tangent per element of x, each through a copy of the function; what does not depend on the
 * direction is shared later. */
static Datum *apply_jacobian(Elab *e, Application *a) {
  if (a->d->n_x != 1 || !is_real_number(a->x)) return jacobian_problem(e, a, a->x, "argument");
  const Type *type = a->x->value->type;
  Value *at[MAX_RANK];
  Frame frame;
  Region *body = NULL;
  if (type->rank) body = open_frame(e, &frame, FRAME_SPACE);
  for (int d = 0; d < type->rank; d++) at[d] = frame_index(e, "j");
  Application inner = *a;
  Datum *y = copy_x(e, &inner) ? call_inner(e, &inner) : poison(e);
  if (!is_poison(y) && !is_real_number(y)) y = jacobian_problem(e, a, y, "result");
  if (!is_poison(y)) {
    Value *x_dot = type->rank ? unit_tangent(e, type, at) : build_real(here(e), 1);
    y = push_forward(e, &inner, y, datum_value(e, x_dot));
  }
  if (!type->rank) return y;
  if (!is_poison(y)) region_add_yield(e->m, body, materialise(e, y));
  close_frame(e);
  if (is_poison(y)) return y;
  if (type->rank + datum_rank(y) > MAX_RANK) {
    REPORT(e, DIAG_RANK_TOO_HIGH, a->span, MAX_RANK);
    return poison(e);
  }
  return turned(e, build_map(here(e), type->rank, type->dims, body)->results[0], type->rank);
}

/* ---- the dispatch ---------------------------------------------------------------------------- */

Datum *apply_derivative(Elab *e, const Derivative *d, int n, Datum **args, ExtraMaker *extra,
                        Span span) {
  const bool has_direction = own_extras(d) && !extra;
  Application a = {.d = d, .n = n - has_direction, .args = args, .extra = extra, .span = span};
  Datum *given = has_direction && n > 0 ? args[n - 1] : NULL;
  if (a.n < 1 || !copy_x(e, &a)) return poison(e);
  switch (d->kind) {
    case DERIVE_GRAD:
    case DERIVE_VALUE_AND_GRAD: return apply_grad(e, &a);
    case DERIVE_VJP: return apply_vjp(e, &a, given);
    case DERIVE_JVP: return apply_jvp(e, &a, given);
    case DERIVE_HVP: return apply_hvp(e, &a, given);
    case DERIVE_JACOBIAN: return apply_jacobian(e, &a);
  }
  return poison(e);
}
