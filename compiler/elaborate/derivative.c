/* derivative - grad and its relations, of statements and of functions. */
#include "elaborate/elab.h"

#include "ir/op.h"

#include <string.h>

/* ---- the instructions ------------------------------------------------------------------------ */

static void push_all(Elab *e, ValueList *to, const ValueList *from) {
  for (size_t i = 0; i < from->len; i++) vec_push(e->arena, to, from->at[i]);
}

static Instr *emit(Elab *e, Op op, const ValueList *operands, const ValueList *like, size_t n_y,
                   Span span) {
  Type **types = ARENA_ARRAY(e->arena, Type *, like->len);
  for (size_t i = 0; i < like->len; i++) types[i] = like->at[i]->type;
  Instr *instr = build_instr(here(e), op, (int)operands->len, operands->at, (int)like->len, types,
                             0, NULL);
  instr->n_y = (int)n_y;
  instr->span = span;
  for (size_t i = 0; i < like->len; i++) {
    const Name name = like->at[i]->name;
    if (name)
      instr->results[i]->name =
          intern_format(e->names, "%s_%s", name, op == OP_VJP ? "bar" : "dot");
  }
  return instr;
}

/* Nothing to differentiate, or nothing to differentiate by. */
static bool is_empty(Elab *e, const ValueList *a, const ValueList *b, const ValueList *like,
                     ValueList *results) {
  if (a->len && b->len) return false;
  for (size_t i = 0; i < like->len; i++)
    vec_push(e->arena, results, build_zeros(here(e), like->at[i]->type));
  return true;
}

void emit_vjp(Elab *e, const ValueList *y, const ValueList *y_bar, const ValueList *x,
              Span span, ValueList *x_bar) {
  ValueList operands = {0};
  if (is_empty(e, y, x, x, x_bar)) return;
  push_all(e, &operands, y);
  push_all(e, &operands, y_bar);
  push_all(e, &operands, x);
  const Instr *vjp = emit(e, OP_VJP, &operands, x, y->len, span);
  for (int i = 0; i < vjp->n_results; i++) vec_push(e->arena, x_bar, vjp->results[i]);
}

void emit_jvp(Elab *e, const ValueList *y, const ValueList *x, const ValueList *x_dot,
              Span span, ValueList *y_dot) {
  ValueList operands = {0};
  if (is_empty(e, y, x, y, y_dot)) return;
  push_all(e, &operands, y);
  push_all(e, &operands, x);
  push_all(e, &operands, x_dot);
  const Instr *jvp = emit(e, OP_JVP, &operands, y, y->len, span);
  for (int i = 0; i < jvp->n_results; i++) vec_push(e->arena, y_dot, jvp->results[i]);
}

/* ---- grad(y, x) of statements ---------------------------------------------------------------- */

static const char *text_of(Elab *e, const Expr *x) {
  size_t length;
  const char *text = source_text(e->sources, x->span.file, &length);
  if (!text || x->span.end > length) return "this";
  return arena_format(e->arena, "%.*s", (int)(x->span.end - x->span.start), text + x->span.start);
}

static bool is_variable(const Expr *x) {
  if (x->tag == EXPR_TUPLE) {
    for (size_t i = 0; i < x->items.len; i++)
      if (!is_variable(x->items.at[i])) return false;
    return true;
  }
  return x->tag == EXPR_NAME || (x->tag == EXPR_FIELD && is_variable(x->left));
}

static Name root_name(const Expr *x) {
  while (x->tag == EXPR_FIELD) x = x->left;
  return x->tag == EXPR_NAME ? x->name : NULL;
}

/* y depends on an older value of the same name: say where it was changed. */
static void explain_change(Elab *e, Scope *s, const Value *y, const Expr *x) {
  const Name name = root_name(x);
  const Binding *now = name ? find_binding(s->env, name) : NULL;
  if (!now) return;
  const Binding *old = now;
  while ((old = find_binding(old->outer, name))) {
    ValueList leaves = {0};
    datum_real_leaves(e, old->datum, &leaves);
    if (!depends_on(e, y, &leaves, NULL)) continue;
    report_label(e, now->span, "%s was changed here, after that", name);
    report_help(e, "take the gradient before %s changes, or keep the old value under another name",
                name);
    return;
  }
  report_help(e, "%s was not used to compute it", name);
}

static bool check_depends(Elab *e, Scope *s, const Expr *call, const Value *y, const Expr *x,
                          const ValueList *leaves, ValueList *loop_params) {
  const Expr *y_expr = call->args.at[0].value;
  if (depends_on(e, y, leaves, loop_params)) return true;
  REPORT(e, DIAG_NOT_DEPENDENT, call->span, text_of(e, y_expr), text_of(e, x));
  explain_change(e, s, y, x);
  return false;
}

static bool gather_x(Elab *e, Scope *s, const Expr *call, const Value *y, const Expr *x,
                     ValueList *leaves, ValueList *loop_params) {
  Datum *d = eval(e, s, x);
  ValueList own = {0};
  if (is_poison(d)) return false;
  datum_real_leaves(e, d, &own);
  if (own.len == 0) {
    REPORT(e, DIAG_NOT_REAL, x->span, text_of(e, x), describe(e, d));
    return false;
  }
  push_all(e, leaves, &own);
  return check_depends(e, s, call, y, x, &own, loop_params);
}

static bool gather_all(Elab *e, Scope *s, const Expr *call, const Value *y, const Expr *x,
                       ValueList *leaves, ValueList *loop_params) {
  if (x->tag != EXPR_TUPLE) return gather_x(e, s, call, y, x, leaves, loop_params);
  for (size_t i = 0; i < x->items.len; i++)
    if (!gather_all(e, s, call, y, x->items.at[i], leaves, loop_params)) return false;
  return true;
}

static Datum *statement_grad(Elab *e, Scope *s, const Expr *call, Datum *y) {
  const Expr *x = call->args.at[1].value;
  if (!is_scalar(y) || datum_kind(y) != KIND_REAL) {
    if (!is_poison(y))
      REPORT(e, DIAG_NOT_SCALAR, call->args.at[0].value->span, text_of(e, call->args.at[0].value),
             describe(e, y));
    return poison(e);
  }
  if (!is_variable(x)) {
    REPORT(e, DIAG_BAD_DERIVATIVE, x->span,
           "a gradient is taken by a variable, a field of one, or a tuple of them");
    return poison(e);
  }
  ValueList ys = {0}, y_bars = {0}, xs = {0}, x_bars = {0}, loop_params = {0};
  vec_push(e->arena, &ys, materialise(e, y));
  vec_push(e->arena, &y_bars, build_real(here(e), 1));
  if (!gather_all(e, s, call, ys.at[0], x, &xs, &loop_params)) return poison(e);
  emit_vjp(e, &ys, &y_bars, &xs, call->span, &x_bars);
  if (loop_params.len) {
    const PendingCheck check = {x_bars.at[0]->def, call->span, text_of(e, call->args.at[0].value),
                                text_of(e, x)};
    vec_push(e->arena, &e->pending, check);
  }
  int next = 0;
  return datum_rebuild_reals(e, eval(e, s, x), x_bars.at, &next);
}

/* ---- derivatives of functions: which parameters ---------------------------------------------- */

static int parameter_of(const Function *f, Name name) {
  for (size_t i = 0; i < f->params.len; i++)
    if (f->params.at[i].name == name) return (int)i;
  return -1;
}

static bool add_x(Elab *e, const Closure *closure, const Expr *x, Derivative *d) {
  const Function *f = closure->function;
  int place = x->tag == EXPR_NAME ? parameter_of(f, x->name) : -1;
  if (x->tag == EXPR_INT && x->integer >= 0 && x->integer < (int64_t)f->params.len)
    place = (int)x->integer; /* a function given as a value: its parameters have no names here */
  if (place < 0) {
    REPORT(e, DIAG_BAD_DERIVATIVE, x->span,
           arena_format(e->arena, "the parameter of %s by which to differentiate goes here",
                        f->name ? f->name : "the function"));
    NameList names = {0};
    for (size_t i = 0; i < f->params.len; i++) vec_push(e->arena, &names, f->params.at[i].name);
    const Name near = x->tag == EXPR_NAME ? nearest_name(x->name, names.at, names.len) : NULL;
    if (near) report_help(e, "did you mean %s?", near);
    return false;
  }
  const TypeExpr *type = f->params.at[place].type;
  if (type_is_scalar_name(type) && strcmp(type->name, "real")) {
    REPORT(e, DIAG_NOT_REAL, x->span, f->params.at[place].name, type->name);
    return false;
  }
  if (d->n_x == 16) {
    unsupported(e, x->span, "derivatives by more than 16 parameters; use a record");
    return false;
  }
  d->x[d->n_x++] = place;
  return true;
}

static bool choose_x(Elab *e, const Expr *call, const Closure *closure, Derivative *d) {
  const Expr *x = call->args.len > 1 ? call->args.at[1].value : NULL;
  const size_t n_params = closure ? closure->function->params.len : 1;
  if (!x && n_params == 1) {
    d->n_x = 1;
    return true;
  }
  if (!closure || !x) {
    REPORT(e, DIAG_BAD_DERIVATIVE, call->span,
           "say by which parameter: grad(f, x), or grad(f, (x, y))");
    return false;
  }
  if (x->tag != EXPR_TUPLE) return add_x(e, closure, x, d);
  for (size_t i = 0; i < x->items.len; i++)
    if (!add_x(e, closure, x->items.at[i], d)) return false;
  return true;
}

static Datum *derivative_form(Elab *e, Scope *s, const Builtin *b, const Expr *call) {
  if (call->args.len < 1 || call->args.len > 2 || call->gens.len) {
    REPORT(e, DIAG_ARGUMENT_COUNT, call->span, b->name, "2 arguments", (int)call->args.len,
           call->args.len == 1 ? "is" : "are");
    return poison(e);
  }
  Datum *f = eval(e, s, call->args.at[0].value);
  if (is_poison(f)) return f;
  if (!is_callable(f)) {
    if (b->code == DERIVE_GRAD && call->args.len == 2) return statement_grad(e, s, call, f);
    REPORT(e, DIAG_BAD_DERIVATIVE, call->args.at[0].value->span,
           arena_format(e->arena, "%s is taken of a function", b->name));
    if (b->code != DERIVE_GRAD) report_help(e, "of statements there is grad(y, x)");
    return poison(e);
  }
  Datum *d = datum_new(e, DATUM_DERIVATIVE);
  d->derivative = ARENA_NEW(e->arena, Derivative);
  d->derivative->kind = (DerivativeKind)b->code;
  d->derivative->function = f;
  return choose_x(e, call, closure_of(e, f), d->derivative) ? d : poison(e);
}

#define DERIVATIVE(name, kind) {name, NULL, derivative_form, 2, 2, kind, OP_COUNT}

const Builtin derivative_builtins[] = {DERIVATIVE("grad", DERIVE_GRAD),
                                       DERIVATIVE("value_and_grad", DERIVE_VALUE_AND_GRAD),
                                       DERIVATIVE("vjp", DERIVE_VJP),
                                       DERIVATIVE("jvp", DERIVE_JVP),
                                       DERIVATIVE("hvp", DERIVE_HVP),
                                       DERIVATIVE("jacobian", DERIVE_JACOBIAN),
                                       {0}};
