/* call - arguments to parameters, and the body in the place of the call. */
#include "elaborate/elab.h"

#include <string.h>

enum { DEEPEST_CALL = 200, MOST_NESTED = 16 };

/* ---- arguments ------------------------------------------------------------------------------- */

static bool eval_args(Elab *e, Scope *s, const Expr *call, CallArgs *args) {
  bool fine = true;
  args->n = (int)call->args.len;
  args->at = ARENA_ARRAY(e->arena, CallArg, (size_t)args->n);
  for (int i = 0; i < args->n; i++) {
    const Argument *arg = &call->args.at[i];
    Datum *d = eval_value(e, s, arg->value);
    fine &= !is_poison(d);
    args->at[i] = (CallArg){arg->name, d, arg->value->span};
  }
  return fine;
}

static const char *function_name(const Function *f) { return f->name ? f->name : "this function"; }

const Closure *closure_of(Elab *e, Datum *callee) {
  if (callee->tag == DATUM_FUNCTION) return callee->closure;
  if (callee->tag == DATUM_DERIVATIVE) return closure_of(e, callee->derivative->function);
  if (callee->tag != DATUM_MODEL) return NULL;
  Datum *method = model_method(e, callee, NULL);
  return method ? method->closure : NULL;
}

const char *callable_name(const Datum *callee) {
  if (callee->tag == DATUM_FUNCTION) return function_name(callee->closure->function);
  if (callee->tag == DATUM_DERIVATIVE) return callable_name(callee->derivative->function);
  if (callee->tag == DATUM_BUILTIN) return callee->builtin->name;
  return callee->tag == DATUM_MODEL ? callee->model->decl->name : "this";
}

static bool count_error(Elab *e, const Function *f, int given, Span span) {
  const int n = (int)f->params.len;
  const char *takes = arena_format(e->arena, "%d argument%s", n, n == 1 ? "" : "s");
  REPORT(e, DIAG_ARGUMENT_COUNT, span, function_name(f), takes, given, given == 1 ? "is" : "are");
  report_label(e, f->name_span.file ? f->name_span : f->span, "declared here");
  return false;
}

static int find_parameter(const Function *f, Name name) {
  for (size_t i = 0; i < f->params.len; i++)
    if (f->params.at[i].name == name) return (int)i;
  return -1;
}

static bool no_parameter(Elab *e, const Function *f, const CallArg *arg) {
  NameList names = {0};
  for (size_t i = 0; i < f->params.len; i++) vec_push(e->arena, &names, f->params.at[i].name);
  REPORT(e, DIAG_NO_PARAMETER, arg->span, function_name(f), arg->name);
  const Name near = nearest_name(arg->name, names.at, names.len);
  if (near) report_help(e, "did you mean %s?", near);
  return false;
}

static bool bind_named(Elab *e, const Function *f, const CallArg *arg, Datum **bound,
                       Span *spans) {
  const int i = find_parameter(f, arg->name);
  if (i < 0) return no_parameter(e, f, arg);
  if (bound[i]) {
    REPORT(e, DIAG_BAD_STATEMENT, arg->span,
           arena_format(e->arena, "the parameter %s is given twice", arg->name));
    return false;
  }
  bound[i] = arg->datum;
  spans[i] = arg->span;
  return true;
}

/* The rest of the arguments as one tuple; one or none is a tuple as well. */
static Datum *variadic_tuple(Elab *e, const CallArgs *args, int first, int end) {
  Datum *d = datum_new(e, DATUM_TUPLE);
  d->n = end - first;
  d->items = ARENA_ARRAY(e->arena, Datum *, (size_t)d->n);
  for (int i = 0; i < d->n; i++) d->items[i] = args->at[first + i].datum;
  return d;
}

static int count_positional(const CallArgs *args) {
  int n = 0;
  for (int i = 0; i < args->n; i++) n += args->at[i].name == NULL;
  return n;
}

static bool bind_positional(Elab *e, const Function *f, CallArgs *args, Span span, Datum **bound,
                            Span *spans) {
  const int n_params = (int)f->params.len;
  int param = 0;
  for (int i = 0; i < args->n; i++) {
    if (args->at[i].name) continue;
    if (param < n_params && f->params.at[param].variadic) {
      int end = i;
      while (end < args->n && !args->at[end].name) end++;
      bound[param] = variadic_tuple(e, args, i, end);
      spans[param++] = args->at[i].span;
      i = end - 1;
      continue;
    }
    if (param >= n_params) return count_error(e, f, count_positional(args), span);
    bound[param] = args->at[i].datum;
    spans[param++] = args->at[i].span;
  }
  return true;
}

static bool bind_defaults(Elab *e, const Closure *closure, Span span, Datum **bound,
                          Span *spans) {
  const Function *f = closure->function;
  Scope scope = {closure->env, closure->unit};
  for (size_t i = 0; i < f->params.len; i++) {
    const Parameter *param = &f->params.at[i];
    if (!bound[i] && param->variadic) bound[i] = variadic_tuple(e, NULL, 0, 0);
    if (!bound[i] && param->value) {
      bound[i] = eval(e, &scope, param->value);
      spans[i] = param->value->span;
    }
    if (!bound[i]) {
      REPORT(e, DIAG_MISSING_ARGUMENT, span, param->name, function_name(f));
      report_label(e, param->span, "declared here");
      return false;
    }
    bind(e, &scope, param->name, bound[i], param->span);
  }
  return true;
}

bool bind_arguments(Elab *e, const Closure *closure, CallArgs *args, Span span, Datum **bound,
                    Span *spans) {
  const Function *f = closure->function;
  if (!bind_positional(e, f, args, span, bound, spans)) return false;
  for (int i = 0; i < args->n; i++)
    if (args->at[i].name && !bind_named(e, f, &args->at[i], bound, spans)) return false;
  return bind_defaults(e, closure, span, bound, spans);
}

/* ---- into and out of a body ------------------------------------------------------------------ */

static Datum *entering(Elab *e, Scope *s, const Function *f, size_t i, Datum *d, Span span) {
  const Parameter *param = &f->params.at[i];
  if (param->variadic) return d;
  if (param->type) d = match_declared(e, s, param->type, d, span, param->name);
  return mentions_derivative(f) ? datum_copied(e, d, UINT32_MAX) : d;
}

static bool enter_some(Elab *e, const Function *f, Datum **bound, Span *spans, Scope *s, bool ints) {
  bool fine = true;
  for (size_t i = 0; i < f->params.len; i++) {
    if (type_is_int_scalar(f->params.at[i].type) != ints) continue;
    Datum *d = entering(e, s, f, i, bound[i], spans[i]);
    fine &= !is_poison(d);
    bind(e, s, f->params.at[i].name, d, f->params.at[i].span);
  }
  return fine;
}

/* Ints first, which shapes may name; then the sizes that shapes bind, which others compute with. */
static bool enter_function(Elab *e, const Closure *closure, Datum **bound, Span *spans, Scope *s) {
  const Function *f = closure->function;
  bool fine = enter_some(e, f, bound, spans, s, true);
  for (size_t i = 0; i < f->params.len; i++)
    if (f->params.at[i].type && !f->params.at[i].variadic)
      bind_sizes(e, s, f->params.at[i].type, bound[i], spans[i]);
  fine &= enter_some(e, f, bound, spans, s, false);
  return fine;
}

static bool is_open_type(Elab *e, Scope *s, const TypeExpr *type) {
  if (!type || type->tag == TYPE_FN) return true;
  if (type->tag == TYPE_TUPLE || type_is_number(type)) return false;
  return resolve_named_type(e, s, type)->tag == DATUM_MODEL_DECL;
}

/* Named results begin as zeros, to be filled; but one that nothing assigns is forgotten, not
 * zero. */
static void declare_results(Elab *e, const Function *f, Scope *s) {
  if (f->results.len == 0) return;
  const NameMap assigned = assigned_anywhere(e, &f->body);
  for (size_t i = 0; i < f->results.len; i++) {
    const Parameter *result = &f->results.at[i];
    Datum *d;
    if (!is_open_type(e, s, result->type) && name_map_find(&assigned, result->name)) {
      d = zeros_declared(e, s, result->type);
      if (d->tag == DATUM_VALUE) d->value->name = result->name;
    } else {
      d = datum_new(e, DATUM_UNSET);
      d->text = "this result";
    }
    bind(e, s, result->name, d, result->span);
  }
}

static Datum *missing_result(Elab *e, const Function *f, const char *what, Span span) {
  REPORT(e, DIAG_RESULT_MISSING, span, function_name(f), what);
  return poison(e);
}

static Datum *named_result(Elab *e, const Function *f, Scope *s, size_t i) {
  const Parameter *result = &f->results.at[i];
  Datum *d = find_name(e, s, result->name);
  if (!d || d->tag == DATUM_UNSET)
    return missing_result(e, f, arena_format(e->arena, ": %s is not assigned", result->name),
                          result->span);
  return d;
}

static Datum *match_results(Elab *e, const Function *f, Scope *s, Datum *returned, Span span) {
  const size_t n = f->results.len;
  Datum **items = ARENA_ARRAY(e->arena, Datum *, n);
  const bool is_list = n > 1 && returned && returned->tag == DATUM_TUPLE;
  if (returned && n > 1 && (!is_list || returned->n != (int)n)) {
    const int given = returned->tag == DATUM_TUPLE ? returned->n : 1;
    REPORT(e, DIAG_RESULT_COUNT, span, given, given == 1 ? "" : "s", (int)n, "s");
    return poison(e);
  }
  for (size_t i = 0; i < n; i++) {
    const Parameter *result = &f->results.at[i];
    Datum *d = is_list ? returned->items[i] : returned ? returned : named_result(e, f, s, i);
    items[i] = result->type ? match_declared(e, s, result->type, d, result->span, result->name) : d;
    if (is_poison(items[i])) return items[i];
  }
  return datum_tuple(e, (int)n, items);
}

static Datum *leave_function(Elab *e, const Closure *closure, Scope *s, Datum *returned,
                             Span span) {
  const Function *f = closure->function;
  if (returned && is_poison(returned)) return returned;
  if (f->results.len) return match_results(e, f, s, returned, span);
  if (!f->result) return returned ? returned : datum_new(e, DATUM_NONE);
  if (!returned || returned->tag == DATUM_NONE)
    return missing_result(e, f, "", f->result->span);
  const Span at = f->value ? f->value->span : f->result->span;
  return match_declared(e, s, f->result, returned, at, "the result");
}

/* ---- inlining -------------------------------------------------------------------------------- */

static int count_active(const Elab *e, const Function *f) {
  int n = 0;
  for (const CallFrame *call = e->calls; call; call = call->outer) n += call->function == f;
  return n;
}

static bool refuses_recursion(Elab *e, const Function *f, Span span) {
  if (e->depth < DEEPEST_CALL && count_active(e, f) < MOST_NESTED) return false;
  CallFrame *calls = e->calls;
  e->calls = NULL;
  REPORT(e, DIAG_RECURSION, span, function_name(f));
  report_help(e, "calls are inlined; write a loop with for or while");
  e->calls = calls;
  e->aborted = true;
  return true;
}

Datum *run_written(Elab *e, const Closure *closure, Scope *s, Span span) {
  const Function *f = closure->function;
  if (f->value) return leave_function(e, closure, s, eval_value(e, s, f->value), span);
  declare_results(e, f, s);
  Datum *returned = run_body(e, s, &f->body);
  const bool ends_in_expr = f->body.len && f->body.at[f->body.len - 1]->tag == STMT_EXPR;
  if (f->results.len && ends_in_expr && returned && !is_poison(returned)) returned = NULL;
  return leave_function(e, closure, s, returned, span);
}

static Datum *run_function(Elab *e, const Closure *closure, Scope *s, Span span) {
  const Function *f = closure->function;
  if (f->has_adjoint) return call_custom(e, closure, s, span);
  if (!f->has_body && !f->value) return call_extern(e, closure, s, span);
  return run_written(e, closure, s, span);
}

Datum *inline_call(Elab *e, const Closure *closure, Datum **bound, Span *spans, Span span) {
  const Function *f = closure->function;
  if (e->aborted || refuses_recursion(e, f, span)) return poison(e);
  CallFrame call = {f, function_name(f), span, e->calls};
  if (closure->unit == e->main) id_set_add(&e->elaborated, f->span.start);
  Scope scope = {closure->env, closure->unit};
  Datum *d = poison(e);
  if (enter_function(e, closure, bound, spans, &scope)) {
    e->calls = &call;
    e->depth++;
    d = run_function(e, closure, &scope, span);
    e->depth--;
    e->calls = call.outer;
  }
  return d;
}

/* ---- functions of scalars on arrays ---------------------------------------------------------- */

typedef struct {
  Datum *callee;
  const Closure *closure;
  Datum **bound;
  Span *spans;
  int n_params;
  const int *places; /* of the arguments that vary */
} Elemental;

static Datum *elemental_call(Elab *e, Span span, const void *how, int n, Datum **scalars) {
  const Elemental *call = how;
  Datum **bound = ARENA_ARRAY(e->arena, Datum *, (size_t)call->n_params);
  memcpy(bound, call->bound, sizeof *bound * (size_t)call->n_params);
  for (int i = 0; i < n; i++) bound[call->places[i]] = scalars[i];
  if (call->callee->tag == DATUM_DERIVATIVE)
    return apply_derivative(e, call->callee->derivative, call->n_params, bound, NULL, span);
  return inline_call(e, call->closure, bound, call->spans, span);
}

/* Every parameter is declared, and none as an array. */
static bool is_elemental(const Function *f) {
  for (size_t i = 0; i < f->params.len; i++) {
    const TypeExpr *type = f->params.at[i].type;
    if (!type || type->tag == TYPE_TUPLE || type->dims.len > 0) return false;
  }
  return f->result == NULL || type_is_scalar_name(f->result);
}

static bool has_parts(const Datum *d) { return is_array(d) || is_structure(d); }

/* Which arguments are arrays (or structures) in the place of scalars. */
static int array_places(const Function *f, Datum **bound, int *places) {
  int n = 0;
  for (size_t i = 0; i < f->params.len; i++)
    if (type_is_scalar_name(f->params.at[i].type) && has_parts(bound[i])) places[n++] = (int)i;
  return n;
}

static Datum *call_closure(Elab *e, Datum *callee, const Closure *closure, Datum **bound,
                           Span *spans, int n, Span span) {
  const Function *f = closure->function;
  int *places = ARENA_ARRAY(e->arena, int, f->params.len);
  const int n_places = is_elemental(f) ? array_places(f, bound, places) : 0;
  if (n_places) {
    Elemental call = {callee, closure, bound, spans, n, places};
    Datum **varying = ARENA_ARRAY(e->arena, Datum *, (size_t)n_places);
    for (int i = 0; i < n_places; i++) varying[i] = bound[places[i]];
    return structurewise(e, span, n_places, varying, elemental_call, &call);
  }
  if (callee->tag == DATUM_DERIVATIVE)
    return apply_derivative(e, callee->derivative, n, bound, NULL, span);
  return inline_call(e, closure, bound, spans, span);
}

static Datum *apply_closure(Elab *e, Datum *callee, const Closure *closure, CallArgs *args,
                            Span span) {
  const size_t n = closure->function->params.len;
  Datum **bound = ARENA_ARRAY(e->arena, Datum *, n);
  Span *spans = ARENA_ARRAY(e->arena, Span, n);
  if (!bind_arguments(e, closure, args, span, bound, spans)) return poison(e);
  return call_closure(e, callee, closure, bound, spans, (int)n, span);
}

/* ---- derivatives of functions ---------------------------------------------------------------- */

/* The last arguments are those that the derivative adds (y_bar, x_dot); the others are the
 * function's. */
static Datum *call_derivative(Elab *e, Datum *callee, CallArgs *args, Span span) {
  const Closure *closure = closure_of(e, callee);
  const int extras = derivative_extras(callee->derivative);
  CallArgs own = {args->n - extras, args->at};
  if (own.n < 0 || (extras && args->n && args->at[args->n - 1].name)) {
    REPORT(e, DIAG_ARGUMENT_COUNT, span, "this derivative",
           "the function's arguments, then the direction", args->n, args->n == 1 ? "is" : "are");
    return poison(e);
  }
  const int n_params = closure ? (int)closure->function->params.len : own.n;
  const int n = n_params + extras;
  Datum **bound = ARENA_ARRAY(e->arena, Datum *, (size_t)n);
  Span *spans = ARENA_ARRAY(e->arena, Span, (size_t)n);
  if (closure && !bind_arguments(e, closure, &own, span, bound, spans)) return poison(e);
  for (int i = 0; !closure && i < own.n; i++) bound[i] = args->at[i].datum;
  for (int i = 0; i < extras; i++) bound[n_params + i] = args->at[own.n + i].datum;
  if (closure && !extras) return call_closure(e, callee, closure, bound, spans, n, span);
  return apply_derivative(e, callee->derivative, n, bound, NULL, span);
}

/* ---- calls ----------------------------------------------------------------------------------- */

static Datum *apply_builtin(Elab *e, const Builtin *b, CallArgs *args, Span span) {
  Datum **list = ARENA_ARRAY(e->arena, Datum *, (size_t)args->n);
  for (int i = 0; i < args->n; i++) {
    list[i] = args->at[i].datum;
    if (!args->at[i].name) continue;
    REPORT(e, DIAG_NO_PARAMETER, args->at[i].span, b->name, args->at[i].name);
    return poison(e);
  }
  if (args->n >= b->min_args && args->n <= b->max_args) return b->value(e, b, span, args->n, list);
  const char *takes =
      b->min_args == b->max_args
          ? arena_format(e->arena, "%d argument%s", b->min_args, b->min_args == 1 ? "" : "s")
          : arena_format(e->arena, "%d to %d arguments", b->min_args, b->max_args);
  REPORT(e, DIAG_ARGUMENT_COUNT, span, b->name, takes, args->n, args->n == 1 ? "is" : "are");
  return poison(e);
}

static Datum *not_callable(Elab *e, const Datum *callee, Span span) {
  if (!is_poison(callee)) REPORT(e, DIAG_NOT_CALLABLE, span, describe(e, callee));
  return poison(e);
}

static Datum *apply(Elab *e, Datum *callee, CallArgs *args, Span span) {
  const Closure *closure;
  for (int i = 0; i < args->n; i++)
    if (is_poison(args->at[i].datum)) return poison(e);
  switch (callee->tag) {
    case DATUM_FUNCTION: return apply_closure(e, callee, callee->closure, args, span);
    case DATUM_DERIVATIVE: return call_derivative(e, callee, args, span);
    case DATUM_MODEL_DECL: return model_type_of(e, callee->decl, callee->unit, args, span);
    case DATUM_RECORD_TYPE: return make_record(e, callee->record, args, span);
    case DATUM_MODEL:
      closure = closure_of(e, callee);
      if (closure) return apply_closure(e, callee, closure, args, span);
      break;
    case DATUM_BUILTIN:
      if (callee->builtin->value) return apply_builtin(e, callee->builtin, args, span);
      break;
    default: break;
  }
  return not_callable(e, callee, span);
}

Datum *apply_list(Elab *e, Datum *callee, int n, Datum *const *args, Span span) {
  CallArgs list = {.n = n, .at = ARENA_ARRAY(e->arena, CallArg, (size_t)n)};
  for (int i = 0; i < n; i++) list.at[i] = (CallArg){NULL, args[i], span};
  return apply(e, callee, &list, span);
}

Datum *eval_call(Elab *e, Scope *s, const Expr *x) {
  Datum *callee = eval(e, s, x->left);
  CallArgs args;
  if (is_poison(callee)) {
    eval_args(e, s, x, &args);
    return callee;
  }
  const Builtin *b = callee->tag == DATUM_BUILTIN ? callee->builtin : NULL;
  if (b && b->form && (x->gens.len || !b->value)) return b->form(e, s, b, x);
  if (x->gens.len) {
    REPORT(e, DIAG_BAD_STATEMENT, x->span,
           "only reductions (sum, max, ..) take `for`; write brackets round it: [.. for ..]");
    return poison(e);
  }
  if (!eval_args(e, s, x, &args)) return poison(e);
  return apply(e, callee, &args, x->span);
}
