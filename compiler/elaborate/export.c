/* export - one IR function per exported function, and its tangent and adjoint where they are asked for. */
#include "elaborate/slots.h"

#include "ir/op.h"

#include <stddef.h>
#include <string.h>

/* The function being exported, and the slots as they come about. */
typedef struct {
  Maker maker; /* makes parameters of the body */
  ExtraMaker extra;
  Elab *e;
  Datum *callee;
  const Function *f;
  Scope scope;
  Span span;
  Name name;
  Mode mode;
  Datum **params;
  SlotList sizes;
  SlotList *own;   /* per parameter: itself */
  SlotList *after; /* per parameter: its derivatives */
  SlotList late_in, out;
  bool failed;
} Exporter;

/* ---- parameters ------------------------------------------------------------------------------ */

static Datum *make_param(Maker *maker, Elab *e, Type *type, Name path) {
  (void)maker;
  return datum_value(e, region_param(e->m, here(e)->region, type, path));
}

static Datum *make_size_param(Maker *maker, Elab *e, Name name, Span span) {
  Exporter *x = (Exporter *)maker;
  (void)span;
  Datum *d = make_param(maker, e, type_scalar(e->m, KIND_INT), name);
  slots_of(e, name, d, ROLE_SIZE, NULL, span, &x->sizes);
  return d;
}

static bool make_one(Exporter *x, size_t i) {
  Elab *e = x->e;
  const Parameter *param = &x->f->params.at[i];
  if (!param->type || param->variadic) {
    REPORT(e, DIAG_NO_TYPE, param->span, param->name);
    report_help(e, "write %s: real, or another type", param->name);
    return false;
  }
  const bool is_model = param->type->tag == TYPE_NAMED && !type_is_scalar_name(param->type) &&
                        param->type->dims.len == 0;
  Datum *named = is_model ? resolve_named_type(e, &x->scope, param->type) : NULL;
  const bool is_flat = named && named->tag == DATUM_MODEL_TYPE;
  x->params[i] = make_declared(e, &x->scope, param->type, &x->maker, is_flat ? NULL : param->name);
  if (is_poison(x->params[i])) return false;
  bind(e, &x->scope, param->name, x->params[i], param->span);
  const char *declared = is_number(x->params[i]) ? declared_text(e, param->type) : NULL;
  return slots_of(e, param->name, x->params[i], ROLE_IN, declared, param->span, &x->own[i]);
}

/* Ints first: shapes may name them. */
static bool make_params(Exporter *x) {
  bool fine = true;
  for (int pass = 0; pass < 2; pass++)
    for (size_t i = 0; i < x->f->params.len; i++)
      if (type_is_int_scalar(x->f->params.at[i].type) == (pass == 0)) fine &= make_one(x, i);
  return fine;
}

/* ---- directions ------------------------------------------------------------------------------ */

static Name suffixed(Elab *e, Name name, const char *suffix) {
  return intern_format(e->names, "%s_%s", name, suffix);
}

/* Parameters of the body like the reals of a datum. */
static Datum *params_like(Elab *e, const Datum *like, Name name) {
  ValueList leaves = {0}, params = {0};
  int next = 0;
  datum_real_leaves(e, like, &leaves);
  for (size_t i = 0; i < leaves.len; i++)
    vec_push(e->arena, &params, region_param(e->m, here(e)->region, leaves.at[i]->type, name));
  return datum_rebuild_reals(e, like, params.at, &next);
}

static bool is_real_number(const Datum *d) { return is_number(d) && datum_kind(d) == KIND_REAL; }

/* Only the real parts of a datum, as a datum whose slots are named alike. */
static bool real_slots(Exporter *x, Name base, const Datum *d, Role role, SlotList *slots) {
  Elab *e = x->e;
  if (is_number(d) && !is_real_number(d)) return true;
  if (d->tag != DATUM_RECORD && d->tag != DATUM_TUPLE)
    return slots_of(e, base, d, role, NULL, x->span, slots);
  for (int i = 0; i < d->n; i++) {
    const Name part = d->tag == DATUM_RECORD
                          ? suffixed(e, base, d->record->decl->members.at[i].name)
                          : intern_format(e->names, "%s_%d", base, i);
    if (!real_slots(x, part, d->items[i], role, slots)) return false;
  }
  return true;
}

static const char *result_name(const Exporter *x) {
  if (x->f->results.len == 1) return x->f->results.at[0].name;
  return x->f->name ? x->f->name : x->name;
}

/* x_dot right after x, y_bar after all parameters. */
static Datum *make_extra(ExtraMaker *maker, Elab *e, const Datum *like, int place, bool tangent) {
  Exporter *x = (Exporter *)((char *)maker - offsetof(Exporter, extra));
  (void)tangent;
  const Name base = place < 0 ? suffixed(e, result_name(x), "bar")
                              : suffixed(e, x->f->params.at[place].name, "dot");
  Datum *d = params_like(e, like, base);
  if (!real_slots(x, base, d, ROLE_IN, place < 0 ? &x->late_in : &x->after[place]))
    x->failed = true;
  return d;
}

/* ---- results --------------------------------------------------------------------------------- */

/* What the callee gives, with its name and the parameter that it stands behind (-1: at the end). */
typedef struct {
  Name name;
  Datum *datum;
  int after;
} Output;
typedef Vec(Output) OutputList;

static void function_outputs(Exporter *x, Datum *y, OutputList *list) {
  Elab *e = x->e;
  const size_t n = x->f->results.len;
  for (size_t i = 0; i < n; i++)
    vec_push(e->arena, list, ((Output){x->f->results.at[i].name, n > 1 ? y->items[i] : y, -1}));
  if (n == 0)
    vec_push(e->arena, list, ((Output){x->f->name ? x->f->name : x->name, y, -1}));
}

static void x_outputs(Exporter *x, const Derivative *d, Datum *x_bar, const char *suffix,
                      OutputList *list) {
  for (int k = 0; k < d->n_x; k++) {
    const Name name = suffixed(x->e, x->f->params.at[d->x[k]].name, suffix);
    Datum *one = d->n_x == 1 ? x_bar : x_bar->items[k];
    vec_push(x->e->arena, list, ((Output){name, one, d->x[k]}));
  }
}

static void outputs_of(Exporter *x, const Datum *callee, Datum *y, OutputList *list) {
  Elab *e = x->e;
  if (callee->tag != DATUM_DERIVATIVE) {
    function_outputs(x, y, list);
    return;
  }
  const Derivative *d = callee->derivative;
  const size_t before = list->len;
  switch (d->kind) {
    case DERIVE_GRAD:
    case DERIVE_VJP: x_outputs(x, d, y, "bar", list); return;
    case DERIVE_HVP: x_outputs(x, d, y, "hvp", list); return;
    case DERIVE_JACOBIAN: vec_push(e->arena, list, ((Output){x->name, y, -1})); return;
    case DERIVE_VALUE_AND_GRAD:
      x_outputs(x, d, y->items[1], "bar", list);
      outputs_of(x, d->function, y->items[0], list);
      return;
    case DERIVE_JVP:
      outputs_of(x, d->function, y, list);
      for (size_t i = before; i < list->len; i++)
        list->at[i].name = suffixed(e, list->at[i].name, "dot");
      return;
  }
}

/* Two outputs of one name (a gradient of a gradient): the later get a number. */
static Name unique_output(Elab *e, const OutputList *list, size_t i) {
  int n = 1;
  for (size_t k = 0; k < i; k++) n += list->at[k].name == list->at[i].name;
  return n == 1 ? list->at[i].name : intern_format(e->names, "%s_%d", list->at[i].name, n);
}

static bool add_outputs(Exporter *x, Datum *y) {
  OutputList list = {0};
  outputs_of(x, x->callee, y, &list);
  for (size_t i = 0; i < list.len; i++) {
    const Output *out = &list.at[i];
    SlotList *slots = out->after < 0 ? &x->out : &x->after[out->after];
    const bool is_derivative = x->callee->tag == DATUM_DERIVATIVE;
    const Name name = unique_output(x->e, &list, i);
    const bool fine = is_derivative ? real_slots(x, name, out->datum, ROLE_OUT, slots)
                                    : slots_of(x->e, name, out->datum, ROLE_OUT, NULL, x->span, slots);
    if (!fine) return false;
  }
  return true;
}

/* ---- the three bodies ------------------------------------------------------------------------ */

static Datum *call_with(Exporter *x, Datum **params) {
  Elab *e = x->e;
  const int n = (int)x->f->params.len;
  if (x->callee->tag == DATUM_DERIVATIVE)
    return apply_derivative(e, x->callee->derivative, n, params, &x->extra, x->span);
  Span *spans = ARENA_ARRAY(e->arena, Span, (size_t)n);
  for (int i = 0; i < n; i++) spans[i] = x->f->params.at[i].span;
  return inline_call(e, closure_of(e, x->callee), params, spans, (Span){0});
}

static bool gives_value(Exporter *x, const Datum *y) {
  if (is_poison(y)) return false;
  if (y->tag != DATUM_NONE) return true;
  REPORT(x->e, DIAG_BAD_EXPORT, x->span,
         arena_format(x->e->arena, "%s has no result", x->f->name ? x->f->name : "the function"));
  return false;
}

static bool build_primal(Exporter *x) {
  Datum *y = call_with(x, x->params);
  return gives_value(x, y) && !x->failed && add_outputs(x, y);
}

/* Copies of all parameters, to differentiate by. */
static Datum **copied_params(Exporter *x) {
  const size_t n = x->f->params.len;
  Datum **copies = ARENA_ARRAY(x->e->arena, Datum *, n);
  for (size_t i = 0; i < n; i++) copies[i] = datum_copied(x->e, x->params[i], UINT32_MAX);
  return copies;
}

static void gather_reals(Exporter *x, Datum **params, ValueList *leaves) {
  for (size_t i = 0; i < x->f->params.len; i++) datum_real_leaves(x->e, params[i], leaves);
}

static bool has_reals(Exporter *x, const Datum *d) {
  if (is_number(d)) return datum_kind(d) == KIND_REAL;
  for (int i = 0; i < d->n; i++)
    if (has_reals(x, d->items[i])) return true;
  return false;
}

static bool build_tangent(Exporter *x) {
  Elab *e = x->e;
  ValueList xs = {0}, x_dots = {0}, ys = {0}, y_dots = {0};
  Datum **copies = copied_params(x);
  for (size_t i = 0; i < x->f->params.len; i++) {
    if (!has_reals(x, copies[i])) continue;
    const Name name = suffixed(e, x->f->params.at[i].name, "dot");
    Datum *dot = params_like(e, copies[i], name);
    if (!real_slots(x, name, dot, ROLE_IN, &x->after[i])) return false;
    datum_real_leaves(e, dot, &x_dots);
  }
  gather_reals(x, copies, &xs);
  Datum *y = call_with(x, copies);
  OutputList list = {0};
  if (!gives_value(x, y)) return false;
  datum_real_leaves(e, y, &ys);
  emit_jvp(e, &ys, &xs, &x_dots, x->span, &y_dots);
  outputs_of(x, x->callee, y, &list);
  int next = 0;
  for (size_t i = 0; i < list.len; i++) {
    Datum *dot = datum_rebuild_reals(e, list.at[i].datum, y_dots.at, &next);
    if (!slots_of(e, list.at[i].name, list.at[i].datum, ROLE_OUT, NULL, x->span, &x->out)) return false;
    if (!real_slots(x, suffixed(e, list.at[i].name, "dot"), dot, ROLE_OUT, &x->out)) return false;
  }
  return true;
}

static bool add_bars(Exporter *x, const OutputList *list, ValueList *y_bars) {
  Elab *e = x->e;
  for (size_t i = 0; i < list->len; i++) {
    if (!has_reals(x, list->at[i].datum)) continue;
    const Name name = suffixed(e, list->at[i].name, "bar");
    Datum *bar = params_like(e, list->at[i].datum, name);
    if (!real_slots(x, name, bar, ROLE_IN, &x->late_in)) return false;
    datum_real_leaves(e, bar, y_bars);
  }
  return true;
}

/* The reals of a parameter as a datum without its ints, so that slots pair up. */
static Datum *reals_only(Elab *e, Datum *d) {
  if (d->tag != DATUM_RECORD && d->tag != DATUM_TUPLE) return d;
  bool all = true;
  for (int i = 0; i < d->n; i++) all &= !is_number(d->items[i]) || is_real_number(d->items[i]);
  if (all) return d;
  return unsupported(e, (Span){0}, "the adjoint of a function of a record with ints; pass them apart");
}

static bool build_adjoint(Exporter *x) {
  Elab *e = x->e;
  ValueList xs = {0}, ys = {0}, y_bars = {0}, x_bars = {0};
  OutputList list = {0};
  Datum **copies = copied_params(x);
  gather_reals(x, copies, &xs);
  Datum *y = call_with(x, copies);
  if (!gives_value(x, y)) return false;
  outputs_of(x, x->callee, y, &list);
  datum_real_leaves(e, y, &ys);
  if (!add_bars(x, &list, &y_bars)) return false;
  emit_vjp(e, &ys, &y_bars, &xs, x->span, &x_bars);
  int next = 0;
  for (size_t i = 0; i < x->f->params.len; i++) {
    if (!has_reals(x, copies[i])) continue;
    const Name name = suffixed(e, x->f->params.at[i].name, "bar");
    Datum *in = reals_only(e, params_like(e, copies[i], name));
    if (is_poison(in)) return false;
    Datum *change = datum_rebuild_reals(e, copies[i], x_bars.at, &next);
    Datum *out = binary(e, x->span, OPERATOR_ADD, in, change);
    if (is_poison(out) || !slots_inout(e, name, in, out, x->span, &x->after[i])) return false;
  }
  return true;
}

/* ---- functions ------------------------------------------------------------------------------- */

static const char *signature_text(Elab *e, const Function *f) {
  size_t length;
  const char *source = source_text(e->sources, f->span.file, &length);
  Text text = {.arena = e->arena};
  int depth = 0;
  bool blank = false;
  text_add(&text, "");
  for (size_t i = f->span.start; source && i < f->span.end && i < length; i++) {
    const char c = source[i];
    if (c == '(' || c == '[') depth++;
    if (c == ')' || c == ']') depth--;
    if (depth == 0 && (c == '{' || c == '=')) break;
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      blank = true;
      continue;
    }
    if (blank && text.len) text_add(&text, " ");
    blank = false;
    text_add_bytes(&text, &c, 1);
  }
  return text.text;
}

static void check_slot_names(Elab *e, const Func *func, Span span) {
  for (size_t i = 0; i < func->slots.len; i++)
    for (size_t k = 0; k < i; k++)
      if (func->slots.at[i].name == func->slots.at[k].name)
        REPORT(e, DIAG_BAD_EXPORT, span,
               arena_format(e->arena, "two parameters of the C function are called %s",
                            func->slots.at[i].name));
}

static void finish_func(Exporter *x, Func *func) {
  Elab *e = x->e;
  SlotList all = {0};
  append_slots(e, &all, &x->sizes);
  for (size_t i = 0; i < x->f->params.len; i++) {
    append_slots(e, &all, &x->own[i]);
    append_slots(e, &all, &x->after[i]);
  }
  append_slots(e, &all, &x->late_in);
  append_slots(e, &all, &x->out);
  for (size_t i = 0; i < all.len; i++) vec_push(e->arena, &func->slots, all.at[i]);
  check_slot_names(e, func, x->span);
  vec_push(e->arena, &e->m->funcs, func);
}

static Name mode_name(Elab *e, Name name, Mode mode) {
  const Name ascii = ascii_name(e->names, name);
  return mode == MODE_PRIMAL ? ascii : suffixed(e, ascii, mode == MODE_ADJOINT ? "adj" : "tan");
}

static bool is_taken(Elab *e, Name name, Span span) {
  for (size_t i = 0; i < e->m->funcs.len; i++)
    if (e->m->funcs.at[i]->name == name) {
      REPORT(e, DIAG_DUPLICATE, span, arena_format(e->arena, "the exported function %s", name));
      return true;
    }
  return false;
}

static bool build_body(Exporter *x) {
  if (!make_params(x)) return false;
  switch (x->mode) {
    case MODE_PRIMAL: return build_primal(x);
    case MODE_TANGENT: return build_tangent(x);
    case MODE_ADJOINT: return build_adjoint(x);
  }
  return false;
}

static void export_mode(Elab *e, Datum *callee, const Closure *closure, Name name, Mode mode,
                        const char *doc, Span span, bool keeps) {
  const Function *f = closure->function;
  const size_t n = f->params.len;
  Exporter x = {.maker = {make_param, make_size_param}, .extra = {make_extra}, .e = e,
                .callee = callee, .f = f, .scope = {closure->env, closure->unit}, .span = span,
                .name = name, .mode = mode};
  x.params = ARENA_ARRAY(e->arena, Datum *, n);
  x.own = ARENA_ARRAY(e->arena, SlotList, n);
  x.after = ARENA_ARRAY(e->arena, SlotList, n);
  Func *func = ARENA_NEW(e->arena, Func);
  *func = (Func){.name = mode_name(e, name, mode), .mode = mode, .span = span, .doc = doc};
  if (keeps && is_taken(e, func->name, span)) return;
  func->signature = signature_text(e, f);
  Frame frame;
  func->body = open_frame(e, &frame, FRAME_BODY);
  here(e)->span = span;
  e->temp_from = e->m->next_id;
  e->aborted = false;
  const int errors = diag_errors(e->diag);
  const bool fine = build_body(&x);
  close_frame(e);
  check_pending(e);
  if (fine && keeps && diag_errors(e->diag) == errors) finish_func(&x, func);
}

/* ---- export declarations --------------------------------------------------------------------- */

static Name export_name(const Export *export, const Closure *closure) {
  if (export->name) return export->name;
  return export->value->tag == EXPR_NAME ? export->value->name : closure->function->name;
}

static void bad_export(Elab *e, Span span, const Datum *d) {
  if (is_poison(d)) return;
  REPORT(e, DIAG_BAD_EXPORT, span,
         arena_format(e->arena, "only functions are exported; this is %s", describe(e, d)));
}

void elaborate_export(Elab *e, const Decl *decl) {
  const Export *export = &decl->export_;
  Scope scope = {.unit = e->main};
  e->temp_from = e->m->next_id;
  Datum *callee = eval(e, &scope, export->value);
  const Closure *closure = closure_of(e, callee);
  if (!closure || callee->tag == DATUM_MODEL) {
    bad_export(e, export->value->span, callee);
    return;
  }
  const Name name = export_name(export, closure);
  const char *doc = decl->doc ? decl->doc : closure->function->doc;
  const Span span = export->value->span;
  const bool is_plain = callee->tag == DATUM_FUNCTION;
  if (!is_plain && (export->tangent || export->adjoint)) {
    REPORT(e, DIAG_BAD_EXPORT, decl->span,
           "`with tangent` and `with adjoint` belong to plain functions; export jvp or vjp of this one");
    return;
  }
  const bool all = is_plain && e->options->all_derivatives;
  export_mode(e, callee, closure, name, MODE_PRIMAL, doc, span, true);
  if (export->tangent || all) export_mode(e, callee, closure, name, MODE_TANGENT, doc, span, true);
  if (export->adjoint || all) export_mode(e, callee, closure, name, MODE_ADJOINT, doc, span, true);
}

/* ---- functions that nothing exports ---------------------------------------------------------- */

static bool is_concrete(Elab *e, const TypeExpr *type) {
  Kind kind;
  if (!type || type->tag == TYPE_FN) return false;
  if (type->tag == TYPE_TUPLE) {
    for (size_t i = 0; i < type->items.len; i++)
      if (!is_concrete(e, type->items.at[i])) return false;
    return true;
  }
  for (size_t d = 0; d < type->dims.len; d++)
    if (type->dims.at[d]->tag == EXPR_RANGE || !strcmp(declared_text(e, type), "_")) return false;
  if (!type->module && kind_by_name(type->name, &kind)) return true;
  Scope scope = {.unit = e->main};
  return resolve_named_type(e, &scope, type)->tag != DATUM_MODEL_DECL;
}

void elaborate_unused(Elab *e, const Decl *decl) {
  const Function *f = decl->function;
  for (size_t i = 0; i < e->elaborated.len; i++)
    if (e->elaborated.at[i] == f) return;
  for (size_t i = 0; i < f->params.len; i++)
    if (f->params.at[i].variadic || !is_concrete(e, f->params.at[i].type)) return;
  Datum *callee = find_global(e, e->main, f->name);
  if (!callee || callee->tag != DATUM_FUNCTION || callee->closure->function != f) return;
  const size_t models = e->m->models.len;
  export_mode(e, callee, callee->closure, f->name, MODE_PRIMAL, NULL, f->name_span, false);
  for (size_t i = models; i < e->m->models.len; i++)
    for (size_t k = 0; k < e->model_types.len; k++)
      if (e->model_types.at[k]->info == e->m->models.at[i]) e->model_types.at[k]->info = NULL;
  e->m->models.len = models;
}
