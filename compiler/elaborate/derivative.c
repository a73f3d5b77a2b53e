/* derivative - grad, value_and_grad, vjp, jvp, hvp, jacobian and stop_gradient. */
#include "elaborate/elab.h"

#include <string.h>

/* ---- the two instructions ---------------------------------------------------------------------- */

static Type **types_of(Elab *e, const ValueList *values) {
  Type **types = ARENA_ARRAY(e->arena, Type *, values->len);
  for (size_t i = 0; i < values->len; i++) types[i] = values->at[i]->type;
  return types;
}

static Instr *build_derivative(Elab *e, Op op, const ValueList *a, const ValueList *b,
                               const ValueList *c, const ValueList *results_like, Span span) {
  ValueList operands = {0};
  for (size_t i = 0; i < a->len; i++) vec_push(e->arena, &operands, a->at[i]);
  for (size_t i = 0; i < b->len; i++) vec_push(e->arena, &operands, b->at[i]);
  for (size_t i = 0; i < c->len; i++) vec_push(e->arena, &operands, c->at[i]);
  Instr *instr = build_instr(here(e), op, (int)operands.len, operands.at, (int)results_like->len,
                             types_of(e, results_like), 0, NULL);
  instr->n_y = (int)a->len;
  instr->span = span;
  return instr;
}

static void take_results(Elab *e, const Instr *instr, ValueList *list) {
  for (int i = 0; i < instr->n_results; i++) vec_push(e->arena, list, instr->results[i]);
}

void emit_vjp(Elab *e, const ValueList *y, const ValueList *y_bar, const ValueList *x,
              Span span, ValueList *x_bar) {
  take_results(e, build_derivative(e, OP_VJP, y, y_bar, x, x, span), x_bar);
}

void emit_jvp(Elab *e, const ValueList *y, const ValueList *x, const ValueList *x_dot,
              Span span, ValueList *y_dot) {
  take_results(e, build_derivative(e, OP_JVP, y, x, x_dot, y, span), y_dot);
}

static ValueList real_leaves(Elab *e, const Datum *d) {
  ValueList list = {0};
  datum_real_leaves(e, d, &list);
  return list;
}

/* ---- f(args) for f a derivative ------------------------------------------------------------------ */

int derivative_extras(const Derivative *d) {
  const int inner =
      d->function->tag == DATUM_DERIVATIVE ? derivative_extras(d->function->derivative) : 0;
  switch (d->kind) {
    case DERIVE_VJP: return inner + 1;
    case DERIVE_JVP:
    case DERIVE_HVP: return inner + d->n_x;
    default: return inner;
  }
}

typedef struct {
  Elab *e;
  const Derivative *d;
  int n;         /* arguments of d->function */
  Datum **args;  /* with the differentiated ones copied */
  Datum **given; /* own extra arguments, or NULL */
  ExtraMaker *extra;
  Span span;
  ValueList x;
} Call;

static Datum *call_inner(Call *c) {
  if (c->d->function->tag == DATUM_DERIVATIVE)
    return apply_derivative(c->e, c->d->function->derivative, c->n, c->args, c->extra, c->span);
  return apply_list(c->e, c->d->function, c->n, c->args, c->span);
}

/* An int given where f takes a real is a real from here on. */
static Datum *differentiable(Call *c, int k) {
  Elab *e = c->e;
  Datum *x = c->args[c->d->x[k]];
  const Closure *closure = closure_of(e, c->d->function);
  const bool in_params = closure && c->d->x[k] < (int)closure->function->params.len;
  const TypeExpr *type = in_params ? closure->function->params.at[c->d->x[k]].type : NULL;
  if (is_number(x) && datum_kind(x) == KIND_INT && type && !type_is_int_scalar(type))
    x = to_real(e, x);
  if (real_leaves(e, x).len == 0) {
    const char *name = in_params ? closure->function->params.at[c->d->x[k]].name : "this";
    REPORT(e, DIAG_NOT_REAL, c->span, name, describe(e, x));
    return poison(e);
  }
  return datum_copied(e, x, UINT32_MAX);
}

static bool copy_differentiated(Call *c, Datum *const *args) {
  c->args = ARENA_ARRAY(c->e->arena, Datum *, (size_t)c->n + 1);
  for (int i = 0; i < c->n; i++) c->args[i] = args[i];
  for (int k = 0; k < c->d->n_x; k++) {
    Datum *x = differentiable(c, k);
    if (is_poison(x)) return false;
    c->args[c->d->x[k]] = x;
    datum_real_leaves(c->e, x, &c->x);
  }
  return true;
}

/* The real leaves of a given cotangent or tangent, which must be like those of `like`. */
static bool extra_leaves(Call *c, Datum *given, const Datum *like, ValueList *list) {
  Elab *e = c->e;
  const ValueList wanted = real_leaves(e, like);
  const size_t before = list->len;
  if (is_number(given)) given = to_real(e, given);
  datum_real_leaves(e, given, list);
  bool fits = list->len - before == wanted.len;
  for (size_t i = 0; fits && i < wanted.len; i++) {
    Value **value = &list->at[before + i];
    fits = shapes_agree(e, (*value)->type, wanted.at[i]->type, c->span);
    if (fits) *value = retyped(e, *value, wanted.at[i]->type);
  }
  if (!fits) type_mismatch(e, c->span, describe(e, like), given);
  return fits;
}

static bool tangents(Call *c, ValueList *list) {
  for (int k = 0; k < c->d->n_x; k++) {
    Datum *like = c->args[c->d->x[k]];
    Datum *given = c->given ? c->given[k] : c->extra->make(c->extra, c->e, like, c->d->x[k], true);
    if (is_poison(given) || !extra_leaves(c, given, like, list)) return false;
  }
  return true;
}

/* x_bar with the structure of the differentiated arguments. */
static Datum *gradients(Call *c, const ValueList *x_bar) {
  Datum **items = ARENA_ARRAY(c->e->arena, Datum *, (size_t)c->d->n_x);
  int next = 0;
  for (int k = 0; k < c->d->n_x; k++)
    items[k] = datum_rebuild_reals(c->e, c->args[c->d->x[k]], x_bar->at, &next);
  return datum_tuple(c->e, c->d->n_x, items);
}

static bool is_real_scalar(const Datum *y) {
  return is_scalar(y) && datum_kind(y) == KIND_REAL;
}

static Datum *not_scalar(Call *c, const Datum *y) {
  const char *name = callable_name(c->d->function);
  REPORT(c->e, DIAG_NOT_SCALAR, c->span, arena_format(c->e->arena, "%s(..)", name),
         describe(c->e, y));
  return poison(c->e);
}

/* The gradient of the scalar y, as leaves. */
static void gradient_leaves(Call *c, Datum *y, ValueList *x_bar) {
  ValueList ys = {0}, y_bars = {0};
  vec_push(c->e->arena, &ys, materialise(c->e, y));
  vec_push(c->e->arena, &y_bars, build_real(here(c->e), 1));
  emit_vjp(c->e, &ys, &y_bars, &c->x, c->span, x_bar);
}

static Datum *apply_grad(Call *c, Datum *y) {
  if (!is_real_scalar(y)) return not_scalar(c, y);
  ValueList x_bar = {0};
  gradient_leaves(c, y, &x_bar);
  Datum *items[2] = {y, gradients(c, &x_bar)};
  return c->d->kind == DERIVE_GRAD ? items[1] : datum_tuple(c->e, 2, items);
}

static Datum *apply_vjp(Call *c, Datum *y) {
  const ValueList ys = real_leaves(c->e, y);
  ValueList y_bars = {0}, x_bar = {0};
  Datum *given = c->given ? c->given[0] : c->extra->make(c->extra, c->e, y, -1, false);
  if (is_poison(given) || !extra_leaves(c, given, y, &y_bars)) return poison(c->e);
  emit_vjp(c->e, &ys, &y_bars, &c->x, c->span, &x_bar);
  return gradients(c, &x_bar);
}

static Datum *apply_jvp(Call *c, Datum *y) {
  const ValueList ys = real_leaves(c->e, y);
  ValueList x_dots = {0}, y_dots = {0};
  if (!tangents(c, &x_dots)) return poison(c->e);
  emit_jvp(c->e, &ys, &c->x, &x_dots, c->span, &y_dots);
  int next = 0;
  return datum_rebuild_reals(c->e, y, y_dots.at, &next);
}

static Datum *apply_hvp(Call *c, Datum *y) {
  if (!is_real_scalar(y)) return not_scalar(c, y);
  ValueList x_bar = {0}, v = {0}, products = {0};
  if (!tangents(c, &v)) return poison(c->e);
  gradient_leaves(c, y, &x_bar);
  emit_jvp(c->e, &x_bar, &c->x, &v, c->span, &products);
  return gradients(c, &products);
}

/* ---- jacobian ------------------------------------------------------------------------------------- */

/* An array like `type` with 1 at the given indices, else 0. */
static Value *basis(Elab *e, const Type *type, Value *const *at) {
  Frame frame;
  Region *body = open_frame(e, &frame, FRAME_SPACE);
  Value *here_too = build_bool(here(e), true);
  for (int d = 0; d < type->rank; d++)
    here_too = build_prim(here(e), OP_and, here_too,
                          build_prim(here(e), OP_eq, frame_index(e, "k"), at[d]));
  region_add_yield(e->m, body, build_prim(here(e), OP_bool_to_real, here_too, NULL));
  close_frame(e);
  return build_map(here(e), type->rank, type->dims, body)->results[0];
}

/* [y dims, x dims] from [x dims, y dims]. */
static Value *swapped(Elab *e, Value *array, int n_first, const Type *result) {
  Frame frame;
  Region *body = open_frame(e, &frame, FRAME_SPACE);
  Value *at[MAX_RANK];
  for (int d = 0; d < result->rank; d++) at[(d + n_first) % result->rank] = frame_index(e, "i");
  region_add_yield(e->m, body, build_index(here(e), array, at));
  close_frame(e);
  return build_map(here(e), result->rank, result->dims, body)->results[0];
}

/* One tangent per element of x. */
static Datum *jacobian_by_columns(Call *c, const Datum *y) {
  Elab *e = c->e;
  const ValueList ys = real_leaves(e, y);
  const Type *x_type = c->x.at[0]->type;
  Frame frame;
  Region *body = open_frame(e, &frame, FRAME_SPACE);
  Value *at[MAX_RANK];
  for (int d = 0; d < x_type->rank; d++) at[d] = frame_index(e, "j");
  ValueList x_dots = {0}, y_dots = {0};
  vec_push(e->arena, &x_dots, basis(e, x_type, at));
  emit_jvp(e, &ys, &c->x, &x_dots, c->span, &y_dots);
  region_add_yield(e->m, body, y_dots.at[0]);
  close_frame(e);
  Value *columns = build_map(here(e), x_type->rank, x_type->dims, body)->results[0];
  const Type *y_type = ys.at[0]->type;
  Type *type = type_prefixed(e->m, y_type->rank, y_type->dims, x_type);
  return datum_value(e, swapped(e, columns, x_type->rank, type));
}

static Datum *apply_jacobian(Call *c, Datum *y) {
  Elab *e = c->e;
  if (!is_number(y) || datum_kind(y) != KIND_REAL || c->x.len != 1 ||
      !is_number(c->args[c->d->x[0]])) {
    REPORT(e, DIAG_BAD_DERIVATIVE, c->span,
           "a jacobian is that of one real number or array by one real number or array");
    return poison(e);
  }
  if (datum_rank(y) + c->x.at[0]->type->rank > MAX_RANK) {
    REPORT(e, DIAG_RANK_TOO_HIGH, c->span, MAX_RANK);
    return poison(e);
  }
  if (is_scalar(y)) {
    ValueList x_bar = {0};
    gradient_leaves(c, y, &x_bar);
    return datum_value(e, x_bar.at[0]);
  }
  if (c->x.at[0]->type->rank > 0) return jacobian_by_columns(c, y);
  const ValueList ys = real_leaves(e, y);
  ValueList one = {0}, y_dots = {0};
  vec_push(e->arena, &one, build_real(here(e), 1));
  emit_jvp(e, &ys, &c->x, &one, c->span, &y_dots);
  return datum_value(e, y_dots.at[0]);
}

Datum *apply_derivative(Elab *e, const Derivative *d, int n, Datum **args, ExtraMaker *extra,
                        Span span) {
  const int own = derivative_extras(d) - (d->function->tag == DATUM_DERIVATIVE
                                              ? derivative_extras(d->function->derivative)
                                              : 0);
  Call c = {.e = e, .d = d, .n = extra ? n : n - own, .extra = extra, .span = span};
  c.given = extra ? NULL : args + c.n;
  if (!copy_differentiated(&c, args)) return poison(e);
  Datum *y = call_inner(&c);
  if (is_poison(y)) return y;
  switch (d->kind) {
    case DERIVE_VJP: return apply_vjp(&c, y);
    case DERIVE_JVP: return apply_jvp(&c, y);
    case DERIVE_HVP: return apply_hvp(&c, y);
    case DERIVE_JACOBIAN: return apply_jacobian(&c, y);
    default: return apply_grad(&c, y);
  }
}

/* ---- grad(f, x): which parameters ------------------------------------------------------------------ */

static int find_parameter(Elab *e, const Closure *closure, const Expr *x, const char *function) {
  const ParameterList *params = &closure->function->params;
  if (x->tag == EXPR_INT && x->integer >= 0 && x->integer < (int64_t)params->len)
    return (int)x->integer;
  if (x->tag != EXPR_NAME) {
    REPORT(e, DIAG_BAD_DERIVATIVE, x->span,
           arena_format(e->arena, "a parameter of %s is named here", function));
    return -1;
  }
  NameList names = {0};
  for (size_t i = 0; i < params->len; i++) {
    if (params->at[i].name == x->name) return (int)i;
    vec_push(e->arena, &names, params->at[i].name);
  }
  REPORT(e, DIAG_NO_PARAMETER, x->span, function, x->name);
  const Name near = nearest_name(x->name, names.at, names.len);
  if (near) report_help(e, "did you mean %s?", near);
  return -1;
}

static bool add_parameter(Elab *e, const Closure *closure, const Expr *x, Derivative *d) {
  const int at = find_parameter(e, closure, x, callable_name(d->function));
  if (at < 0) return false;
  if (d->n_x == (int)(sizeof d->x / sizeof d->x[0])) {
    unsupported(e, x->span, "derivatives by more than %d parameters", d->n_x);
    return false;
  }
  d->x[d->n_x++] = at;
  return true;
}

static Datum *derivative_of_function(Elab *e, const Builtin *b, Datum *function, const Expr *call) {
  const Closure *closure = closure_of(e, function);
  if (!closure) {
    REPORT(e, DIAG_BAD_DERIVATIVE, call->span,
           "this function of dpc's has no named parameters; wrap it: fn(x: real) = ..");
    return poison(e);
  }
  Datum *datum = datum_new(e, DATUM_DERIVATIVE);
  Derivative *d = datum->derivative = ARENA_NEW(e->arena, Derivative);
  d->kind = (DerivativeKind)b->code;
  d->function = function;
  if (call->args.len == 1) {
    if (closure->function->params.len == 1) return d->n_x = 1, datum;
    REPORT(e, DIAG_BAD_DERIVATIVE, call->span, "say which parameter: grad(f, x)");
    return poison(e);
  }
  const Expr *x = call->args.at[1].value;
  if (x->tag != EXPR_TUPLE) return add_parameter(e, closure, x, d) ? datum : poison(e);
  for (size_t i = 0; i < x->items.len; i++)
    if (!add_parameter(e, closure, x->items.at[i], d)) return poison(e);
  return datum;
}

/* ---- grad(y, x) of statements ------------------------------------------------------------------------ */

static const char *source_words(Elab *e, Span span) {
  size_t length;
  const char *text = source_text(e->sources, span.file, &length);
  return text ? arena_format(e->arena, "%.*s", (int)(span.end - span.start), text + span.start)
              : "this";
}

static Datum *report_independent(Elab *e, const Scope *s, const Expr *y, const Expr *x) {
  REPORT(e, DIAG_NOT_DEPENDENT, x->span, source_words(e, y->span), source_words(e, x->span));
  const Expr *root = x;
  while (root->tag == EXPR_FIELD || root->tag == EXPR_INDEX) root = root->left;
  const Binding *binding = root->tag == EXPR_NAME ? find_binding(s->env, root->name) : NULL;
  const Binding *older = binding ? find_binding(binding->outer, root->name) : NULL;
  if (binding && older) report_label(e, binding->span, "%s was changed here", root->name);
  else if (binding) report_label(e, binding->span, "%s is from here", root->name);
  return poison(e);
}

/* One variable that the gradient is taken by. */
static Datum *eval_variable(Elab *e, Scope *s, const Expr *y, const Value *y_value, const Expr *x,
                            ValueList *leaves, ValueList *loop_params) {
  Datum *d = eval(e, s, x);
  if (is_poison(d)) return d;
  if (d->tag == DATUM_CONST) return report_independent(e, s, y, x);
  const ValueList mine = real_leaves(e, d);
  if (mine.len == 0) {
    REPORT(e, DIAG_NOT_REAL, x->span, source_words(e, x->span), describe(e, d));
    return poison(e);
  }
  if (!depends_on(e, y_value, &mine, loop_params)) return report_independent(e, s, y, x);
  for (size_t i = 0; i < mine.len; i++) vec_push(e->arena, leaves, mine.at[i]);
  return d;
}

static Datum *grad_of_statements(Elab *e, Scope *s, Datum *y, const Expr *call) {
  const Expr *y_expr = call->args.at[0].value, *x_expr = call->args.at[1].value;
  if (!is_real_scalar(y)) {
    REPORT(e, DIAG_NOT_SCALAR, y_expr->span, source_words(e, y_expr->span), describe(e, y));
    return poison(e);
  }
  if (y->tag == DATUM_CONST) return report_independent(e, s, y_expr, x_expr);
  const bool several = x_expr->tag == EXPR_TUPLE;
  const int n = several ? (int)x_expr->items.len : 1;
  Datum **items = ARENA_ARRAY(e->arena, Datum *, (size_t)n);
  ValueList x = {0}, loop_params = {0}, ys = {0}, y_bars = {0}, x_bar = {0};
  for (int i = 0; i < n; i++) {
    const Expr *one = several ? x_expr->items.at[i] : x_expr;
    items[i] = eval_variable(e, s, y_expr, y->value, one, &x, &loop_params);
    if (is_poison(items[i])) return items[i];
  }
  vec_push(e->arena, &ys, y->value);
  vec_push(e->arena, &y_bars, build_real(here(e), 1));
  emit_vjp(e, &ys, &y_bars, &x, call->span, &x_bar);
  if (loop_params.len > 0)
    vec_push(e->arena, &e->pending,
             ((PendingCheck){x_bar.at[0]->def, call->span, source_words(e, y_expr->span),
                             source_words(e, x_expr->span)}));
  int next = 0;
  for (int i = 0; i < n; i++) items[i] = datum_rebuild_reals(e, items[i], x_bar.at, &next);
  return datum_tuple(e, n, items);
}

static Datum *eval_derivative(Elab *e, Scope *s, const Builtin *b, const Expr *call) {
  const size_t n = call->args.len;
  for (size_t i = 0; i < n; i++)
    if (call->args.at[i].name) {
      REPORT(e, DIAG_NO_PARAMETER, call->args.at[i].span, b->name, call->args.at[i].name);
      return poison(e);
    }
  if (n < 1 || n > 2 || call->gens.len > 0) {
    REPORT(e, DIAG_BAD_DERIVATIVE, call->span,
           arena_format(e->arena, "%s takes a function, and the parameters to differentiate by",
                        b->name));
    return poison(e);
  }
  Datum *subject = eval(e, s, call->args.at[0].value);
  if (is_poison(subject)) return subject;
  if (is_callable(subject)) return derivative_of_function(e, b, subject, call);
  if (b->code == DERIVE_GRAD && n == 2 && is_number(subject))
    return grad_of_statements(e, s, subject, call);
  REPORT(e, DIAG_BAD_DERIVATIVE, call->args.at[0].span,
         arena_format(e->arena, "%s takes a function, but this is %s", b->name,
                      describe(e, subject)));
  return poison(e);
}

/* ---- stop_gradient -------------------------------------------------------------------------------------- */

static Datum *stopped(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  (void)b;
  (void)span;
  (void)n;
  ValueList leaves = real_leaves(e, args[0]);
  if (args[0]->tag == DATUM_CONST) return args[0];
  for (size_t i = 0; i < leaves.len; i++)
    leaves.at[i] = build_copy(here(e), OP_STOP, leaves.at[i]);
  int next = 0;
  return datum_rebuild_reals(e, args[0], leaves.at, &next);
}

const Builtin derivative_builtins[] = {
    {.name = "grad", .form = eval_derivative, .code = DERIVE_GRAD},
    {.name = "value_and_grad", .form = eval_derivative, .code = DERIVE_VALUE_AND_GRAD},
    {.name = "vjp", .form = eval_derivative, .code = DERIVE_VJP},
    {.name = "jvp", .form = eval_derivative, .code = DERIVE_JVP},
    {.name = "hvp", .form = eval_derivative, .code = DERIVE_HVP},
    {.name = "jacobian", .form = eval_derivative, .code = DERIVE_JACOBIAN},
    {.name = "stop_gradient", .value = stopped, .min_args = 1, .max_args = 1},
    {.name = NULL}};
