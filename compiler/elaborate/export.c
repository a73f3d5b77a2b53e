/* export - one C function per export and mode: its parameters, its body, its results.
 *
 * Slots are the C parameters in their order: sizes first, then parameters, each with its derivatives right after
 * it, then results. */
#include "elaborate/elab.h"

#include <stddef.h>
#include <string.h>

/* ---- the function under construction ----------------------------------------------------------------- */

typedef Vec(Slot) SlotList;

/* A parameter of the source function: what it is, and the slots that belong to it. */
typedef struct {
  Name name;
  const char *declared;
  Datum *datum;
  SlotList slots;
} Input;

typedef struct Exporter {
  Maker maker;      /* numbers become parameters of the body */
  ExtraMaker extra; /* y_bar, x_dot of exported derivatives */
  Elab *e;
  Func *func;
  Frame frame;
  const char *name; /* of the export */
  Span span;
  Datum *callee;
  const Closure *closure;
  Scope scope;
  Datum **bound;
  Span *spans;
  SlotList sizes, late, results;
  int n_inputs;
  Input *inputs;
} Exporter;

static Exporter *exporter_of(Maker *maker) { return (Exporter *)maker; }

static Exporter *exporter_of_extra(ExtraMaker *extra) {
  return (Exporter *)((char *)extra - offsetof(Exporter, extra));
}

static Datum *param_number(Maker *maker, Elab *e, Type *type, Name path) {
  Exporter *x = exporter_of(maker);
  return datum_value(e, region_param(e->m, x->func->body, type, path));
}

static Slot *add_slot(Elab *e, SlotList *slots, Name name, Role role, int n_leaves) {
  const Slot slot = {.name = ascii_name(e->names, name), .role = role, .n_leaves = n_leaves,
                     .leaves = ARENA_ARRAY(e->arena, Leaf, (size_t)n_leaves)};
  vec_push(e->arena, slots, slot);
  return &slots->at[slots->len - 1];
}

static Datum *param_size(Maker *maker, Elab *e, Name name, Span span) {
  (void)span;
  Exporter *x = exporter_of(maker);
  Value *value = region_param(e->m, x->func->body, type_scalar(e->m, KIND_INT), name);
  Slot *slot = add_slot(e, &x->sizes, name, ROLE_SIZE, 1);
  slot->declared = "int";
  slot->leaves[0] = (Leaf){.path = slot->name, .value = value, .result = -1};
  return datum_value(e, value);
}

/* ---- data as slots ------------------------------------------------------------------------------------- */

/* Every real leaf of the datum becomes a new parameter of the body. */
static Datum *fresh_params(Exporter *x, const Datum *like, const char *suffix) {
  Elab *e = x->e;
  ValueList leaves = {0};
  datum_real_leaves(e, like, &leaves);
  for (size_t i = 0; i < leaves.len; i++) {
    const Name hint = leaves.at[i]->name;
    const Name name = hint ? intern_format(e->names, "%s%s", hint, suffix) : NULL;
    leaves.at[i] = region_param(e->m, x->func->body, leaves.at[i]->type, name);
  }
  int next = 0;
  return datum_rebuild_reals(e, like, leaves.at, &next);
}

/* Adds a yield and gives its number. */
static int add_result(Exporter *x, const Datum *number) {
  Value *value = materialise(x->e, number);
  region_add_yield(x->e->m, x->func->body, value);
  return x->func->body->n_yields - 1;
}

static void number_slot(Exporter *x, SlotList *slots, Name name, Role role, const Datum *in,
                        const Datum *out) {
  Slot *slot = add_slot(x->e, slots, name, role, 1);
  slot->declared = describe(x->e, in ? in : out);
  slot->leaves[0] = (Leaf){.path = slot->name, .value = in ? in->value : NULL,
                           .result = out ? add_result(x, out) : -1};
}

static void model_slot(Exporter *x, SlotList *slots, Name name, Role role, const Datum *in,
                       const Datum *out) {
  Elab *e = x->e;
  ModelInfo *info = model_info(e, (in ? in : out)->model);
  Slot *slot = add_slot(e, slots, name, role, (int)info->leaves.len);
  slot->model = info;
  slot->declared = info->name;
  ValueList ins = {0}, outs = {0};
  if (in) datum_leaves(e, in, &ins);
  if (out) datum_leaves(e, out, &outs);
  for (int i = 0; i < slot->n_leaves; i++) {
    const ModelLeaf *leaf = &info->leaves.at[i];
    slot->leaves[i] = (Leaf){.path = leaf->path, .offset = leaf->offset, .result = -1};
    if (in) slot->leaves[i].value = ins.at[i];
    if (out) slot->leaves[i].result = add_result(x, datum_value(e, outs.at[i]));
  }
}

static Name item_name(Exporter *x, Name name, const Datum *d, int i) {
  if (d->tag == DATUM_RECORD)
    return intern_format(x->e->names, "%s_%s", name, d->record->decl->members.at[i].name);
  return intern_format(x->e->names, "%s_%d", name, i);
}

/* in: what the body reads; out: what it yields; either may be NULL. False: something no C parameter can hold.
 * reals_only: ints and bools have no derivative, and no slot. */
static bool add_slots(Exporter *x, SlotList *slots, Name name, Role role, const Datum *in,
                      const Datum *out, bool reals_only) {
  const Datum *d = in ? in : out;
  if (is_number(d)) {
    if (!reals_only || datum_kind(d) == KIND_REAL) number_slot(x, slots, name, role, in, out);
    return true;
  }
  if (d->tag == DATUM_MODEL) {
    model_slot(x, slots, name, role, in, out);
    return true;
  }
  if (d->tag != DATUM_TUPLE && d->tag != DATUM_RECORD) return false;
  for (int i = 0; i < d->n; i++)
    if (!add_slots(x, slots, item_name(x, name, d, i), role, in ? in->items[i] : NULL,
                   out ? out->items[i] : NULL, reals_only))
      return false;
  return true;
}

static bool bad_export(Exporter *x, const char *what, const Datum *d) {
  if (!is_poison(d))
    REPORT(x->e, DIAG_BAD_EXPORT, x->span,
           arena_format(x->e->arena, "%s is %s, which C cannot %s", what, describe(x->e, d),
                        strcmp(what, "the result") ? "pass" : "receive"));
  return false;
}

/* ---- parameters ------------------------------------------------------------------------------------------ */

static const char *type_text(Elab *e, const TypeExpr *type) {
  size_t length;
  const char *text = source_text(e->sources, type->span.file, &length);
  if (!text) return "";
  return arena_format(e->arena, "%.*s", (int)(type->span.end - type->span.start),
                      text + type->span.start);
}

static void set_declared(Input *input) {
  for (size_t i = 0; i < input->slots.len; i++)
    if (input->slots.len == 1) input->slots.at[i].declared = input->declared;
}

/* Explicit ints come first, so that shapes can name them. */
static void make_int_params(Exporter *x) {
  const ParameterList *params = &x->closure->function->params;
  for (size_t i = 0; i < params->len; i++) {
    const Parameter *param = &params->at[i];
    if (!param->type || !type_is_int_scalar(param->type)) continue;
    x->bound[i] = make_declared(x->e, &x->scope, param->type, &x->maker, param->name);
    bind(x->e, &x->scope, param->name, x->bound[i], param->span);
  }
}

static bool make_param(Exporter *x, size_t i) {
  Elab *e = x->e;
  const Parameter *param = &x->closure->function->params.at[i];
  if (!param->type) {
    REPORT(e, DIAG_NO_TYPE, param->span, param->name);
    report_label(e, x->span, "exported here");
    return false;
  }
  if (!x->bound[i])
    x->bound[i] = make_declared(e, &x->scope, param->type, &x->maker, param->name);
  if (is_poison(x->bound[i])) return false;
  Input *input = &x->inputs[i];
  *input = (Input){.name = param->name, .datum = x->bound[i], .declared = type_text(e, param->type)};
  if (!add_slots(x, &input->slots, param->name, ROLE_IN, input->datum, NULL, false))
    return bad_export(x, arena_format(e->arena, "the parameter %s", param->name), input->datum);
  set_declared(input);
  return true;
}

static bool make_params(Exporter *x) {
  const size_t n = x->closure->function->params.len;
  x->n_inputs = (int)n;
  x->inputs = ARENA_ARRAY(x->e->arena, Input, n);
  x->bound = ARENA_ARRAY(x->e->arena, Datum *, n);
  x->spans = ARENA_ARRAY(x->e->arena, Span, n);
  make_int_params(x);
  bool fine = true;
  for (size_t i = 0; i < n; i++) {
    x->spans[i] = x->closure->function->params.at[i].span;
    fine &= make_param(x, i);
  }
  return fine;
}

/* ---- names of results ------------------------------------------------------------------------------------ */

static const char *base_name(const Exporter *x) {
  return x->closure->function->name ? x->closure->function->name : x->name;
}

typedef Vec(Name) ResultNames;

static void result_names(Exporter *x, const Datum *callee, ResultNames *names);

static void gradient_names(Exporter *x, const Derivative *d, const char *suffix,
                           ResultNames *names) {
  for (int k = 0; k < d->n_x; k++)
    vec_push(x->e->arena, names,
             intern_format(x->e->names, "%s%s", x->inputs[d->x[k]].name, suffix));
}

static void derivative_names(Exporter *x, const Derivative *d, ResultNames *names) {
  switch (d->kind) {
    case DERIVE_VALUE_AND_GRAD: result_names(x, d->function, names);
    /* fall through */
    case DERIVE_GRAD:
    case DERIVE_VJP: gradient_names(x, d, "_bar", names); return;
    case DERIVE_HVP: gradient_names(x, d, "_hvp", names); return;
    case DERIVE_JACOBIAN: vec_push(x->e->arena, names, intern(x->e->names, x->name)); return;
    case DERIVE_JVP: {
      ResultNames inner = {0};
      result_names(x, d->function, &inner);
      for (size_t i = 0; i < inner.len; i++)
        vec_push(x->e->arena, names, intern_format(x->e->names, "%s_dot", inner.at[i]));
    }
  }
}

static void result_names(Exporter *x, const Datum *callee, ResultNames *names) {
  if (callee->tag == DATUM_DERIVATIVE) {
    derivative_names(x, callee->derivative, names);
    return;
  }
  const ParameterList *results = &x->closure->function->results;
  for (size_t i = 0; i < results->len; i++) vec_push(x->e->arena, names, results->at[i].name);
  if (results->len == 0) vec_push(x->e->arena, names, intern(x->e->names, base_name(x)));
}

/* The parts of the result and a name for each. */
static void split_result(Exporter *x, Datum *y, DatumList *parts, ResultNames *names) {
  result_names(x, x->callee, names);
  if (names->len > 1 && y->tag == DATUM_TUPLE && (size_t)y->n == names->len) {
    for (int i = 0; i < y->n; i++) vec_push(x->e->arena, parts, y->items[i]);
    return;
  }
  if (names->len > 1) names->len = 1;
  vec_push(x->e->arena, parts, y);
}

/* Where a result goes: after the parameter that it belongs to, or to the end. */
static SlotList *place_of_result(Exporter *x, size_t part, size_t n_parts) {
  if (x->callee->tag != DATUM_DERIVATIVE) return &x->results;
  const Derivative *d = x->callee->derivative;
  if (d->kind == DERIVE_JVP || d->kind == DERIVE_JACOBIAN) return &x->results;
  const size_t first = n_parts - (size_t)d->n_x;
  return part < first ? &x->results : &x->inputs[d->x[part - first]].slots;
}

static bool add_results(Exporter *x, Datum *y) {
  DatumList parts = {0};
  ResultNames names = {0};
  split_result(x, y, &parts, &names);
  for (size_t i = 0; i < parts.len; i++)
    if (!add_slots(x, place_of_result(x, i, parts.len), names.at[i], ROLE_OUT, NULL, parts.at[i],
                   false))
      return bad_export(x, "the result", parts.at[i]);
  return true;
}

/* ---- the three modes -------------------------------------------------------------------------------------- */

/* y_bar and x_dot of an exported vjp, jvp or hvp. */
static Datum *make_extra(ExtraMaker *extra, Elab *e, const Datum *like, int k, bool tangent) {
  Exporter *x = exporter_of_extra(extra);
  Datum *d = fresh_params(x, like, tangent ? "_dot" : "_bar");
  if (tangent) {
    const Name name = intern_format(e->names, "%s_dot", x->inputs[k].name);
    add_slots(x, &x->inputs[k].slots, name, ROLE_IN, d, NULL, true);
    return d;
  }
  ResultNames names = {0};
  const Derivative *derivative = x->callee->derivative;
  result_names(x, derivative->function, &names);
  if (names.len > 1 && d->tag == DATUM_TUPLE) {
    for (size_t i = 0; i < names.len; i++)
      add_slots(x, &x->late, intern_format(e->names, "%s_bar", names.at[i]), ROLE_IN, d->items[i],
                NULL, true);
  } else {
    add_slots(x, &x->late, intern_format(e->names, "%s_bar", names.at[0]), ROLE_IN, d, NULL, true);
  }
  return d;
}

static Datum *call_exported(Exporter *x, Datum **bound) {
  if (x->callee->tag == DATUM_DERIVATIVE)
    return apply_derivative(x->e, x->callee->derivative, x->n_inputs, bound, &x->extra, x->span);
  return inline_call(x->e, x->closure, bound, x->spans, x->span);
}

static bool build_primal(Exporter *x) {
  Datum *y = call_exported(x, x->bound);
  return !is_poison(y) && add_results(x, y);
}

/* The parameters with copied reals, whose leaves are what is differentiated. */
static Datum **copied_inputs(Exporter *x, ValueList *leaves) {
  Datum **copies = ARENA_ARRAY(x->e->arena, Datum *, (size_t)x->n_inputs);
  for (int i = 0; i < x->n_inputs; i++) {
    copies[i] = datum_copied(x->e, x->bound[i], UINT32_MAX);
    datum_real_leaves(x->e, copies[i], leaves);
  }
  return copies;
}

/* Real results get a cotangent each; NULL for the others. */
static bool cotangents(Exporter *x, Datum *y, ValueList *y_bars) {
  DatumList parts = {0};
  ResultNames names = {0};
  split_result(x, y, &parts, &names);
  for (size_t i = 0; i < parts.len; i++) {
    Datum *bar = fresh_params(x, parts.at[i], "_bar");
    const Name name = intern_format(x->e->names, "%s_bar", names.at[i]);
    if (!add_slots(x, &x->late, name, ROLE_IN, bar, NULL, true))
      return bad_export(x, "the result", parts.at[i]);
    datum_real_leaves(x->e, bar, y_bars);
  }
  return true;
}

/* x_bar += the gradient, for each parameter with reals. */
static void add_adjoints(Exporter *x, const ValueList *x_bar) {
  Elab *e = x->e;
  int next = 0;
  for (int i = 0; i < x->n_inputs; i++) {
    ValueList mine = {0};
    datum_real_leaves(e, x->bound[i], &mine);
    if (mine.len == 0) continue;
    Datum *gradient = datum_rebuild_reals(e, x->bound[i], x_bar->at, &next);
    Datum *before = fresh_params(x, x->bound[i], "_bar");
    Datum *after = binary(e, x->span, OPERATOR_ADD, before, gradient);
    add_slots(x, &x->inputs[i].slots, intern_format(e->names, "%s_bar", x->inputs[i].name),
              ROLE_INOUT, before, after, true);
  }
}

static bool build_adjoint(Exporter *x) {
  ValueList leaves = {0}, y_bars = {0}, ys = {0}, x_bar = {0};
  Datum *y = call_exported(x, copied_inputs(x, &leaves));
  if (is_poison(y) || !cotangents(x, y, &y_bars)) return false;
  datum_real_leaves(x->e, y, &ys);
  if (leaves.len == 0 || ys.len == 0) {
    REPORT(x->e, DIAG_BAD_EXPORT, x->span,
           arena_format(x->e->arena, "%s has no adjoint: it has no real %s", x->name,
                        ys.len ? "parameter" : "result"));
    return false;
  }
  emit_vjp(x->e, &ys, &y_bars, &leaves, x->span, &x_bar);
  add_adjoints(x, &x_bar);
  return true;
}

static bool build_tangent(Exporter *x) {
  Elab *e = x->e;
  ValueList leaves = {0}, ys = {0}, x_dots = {0}, y_dots = {0};
  Datum **copies = copied_inputs(x, &leaves);
  for (int i = 0; i < x->n_inputs; i++) {
    Datum *dot = fresh_params(x, x->bound[i], "_dot");
    add_slots(x, &x->inputs[i].slots, intern_format(e->names, "%s_dot", x->inputs[i].name),
              ROLE_IN, dot, NULL, true);
    datum_real_leaves(e, dot, &x_dots);
  }
  Datum *y = call_exported(x, copies);
  if (is_poison(y)) return false;
  datum_real_leaves(e, y, &ys);
  if (leaves.len == 0 || ys.len == 0) {
    REPORT(e, DIAG_BAD_EXPORT, x->span,
           arena_format(e->arena, "%s has no tangent: it has no real %s", x->name,
                        ys.len ? "parameter" : "result"));
    return false;
  }
  emit_jvp(e, &ys, &leaves, &x_dots, x->span, &y_dots);
  int next = 0;
  Datum *y_dot = datum_rebuild_reals(e, y, y_dots.at, &next);
  DatumList parts = {0}, dots = {0};
  ResultNames names = {0}, again = {0};
  split_result(x, y, &parts, &names);
  split_result(x, y_dot, &dots, &again);
  for (size_t i = 0; i < parts.len; i++) {
    if (!add_slots(x, &x->results, names.at[i], ROLE_OUT, NULL, parts.at[i], false))
      return bad_export(x, "the result", parts.at[i]);
    add_slots(x, &x->results, intern_format(e->names, "%s_dot", names.at[i]), ROLE_OUT, NULL,
              dots.at[i], true);
  }
  return true;
}

/* ---- one function ------------------------------------------------------------------------------------------- */

static void append_slots(Exporter *x, const SlotList *slots) {
  for (size_t i = 0; i < slots->len; i++) vec_push(x->e->arena, &x->func->slots, slots->at[i]);
}

static void gather_slots(Exporter *x) {
  append_slots(x, &x->sizes);
  for (int i = 0; i < x->n_inputs; i++) append_slots(x, &x->inputs[i].slots);
  append_slots(x, &x->late);
  append_slots(x, &x->results);
}

/* The head of the declaration in one line, without its body. */
static const char *head_text(Elab *e, Span span) {
  size_t length;
  const char *text = source_text(e->sources, span.file, &length);
  Text head = {.arena = e->arena};
  int depth = 0;
  for (uint32_t i = span.start; text && i < span.end; i++) {
    const char c = text[i];
    if (c == '(' || c == '[') depth++;
    if (c == ')' || c == ']') depth--;
    if (depth == 0 && (c == '{' || (c == '=' && head.len > 6 && strncmp(head.text, "export", 6)))) break;
    if (c == '#') {
      while (i < span.end && text[i] != '\n') i++;
      continue;
    }
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!blank) text_add_bytes(&head, &c, 1);
    else if (head.len > 0 && head.text[head.len - 1] != ' ') text_add(&head, " ");
  }
  while (head.len > 0 && head.text[head.len - 1] == ' ') head.text[--head.len] = '\0';
  return head.text ? head.text : "";
}

static void build_func(Elab *e, const Decl *decl, Datum *callee, const char *name, Mode mode) {
  static const char *const suffixes[] = {"", "_tan", "_adj"};
  Exporter x = {.maker = {.number = param_number, .size = param_size}, .extra = {make_extra},
                .e = e, .name = name, .span = decl->export_.span, .callee = callee};
  x.closure = closure_of(e, callee);
  x.scope = (Scope){.env = x.closure->env, .unit = x.closure->unit};
  x.func = ARENA_NEW(e->arena, Func);
  x.func->name = intern_format(e->names, "%s%s", ascii_name(e->names, intern(e->names, name)), suffixes[mode]);
  x.func->mode = mode;
  x.func->span = decl->span;
  x.func->signature =
      head_text(e, callee->tag == DATUM_DERIVATIVE ? decl->span : x.closure->function->span);
  x.func->doc = decl->doc ? decl->doc : x.closure->function->doc;
  x.func->body = open_frame(e, &x.frame, FRAME_BODY);
  here(e)->span = decl->span;
  const bool fine = make_params(&x) && (mode == MODE_PRIMAL    ? build_primal(&x)
                                        : mode == MODE_ADJOINT ? build_adjoint(&x)
                                                               : build_tangent(&x));
  close_frame(e);
  check_pending(e);
  gather_slots(&x);
  if (fine) vec_push(e->arena, &e->m->funcs, x.func);
}

/* ---- declarations --------------------------------------------------------------------------------------------- */

static bool has_name(const Elab *e, const char *name) {
  for (size_t i = 0; i < e->m->funcs.len; i++)
    if (!strcmp(e->m->funcs.at[i]->name, name)) return true;
  return false;
}

static const char *export_name(Elab *e, const Decl *decl, const Datum *callee) {
  if (decl->export_.name) return decl->export_.name;
  const Closure *closure = closure_of(e, (Datum *)callee);
  return closure->function->name ? closure->function->name : "f";
}

static bool is_differentiable_export(const Datum *callee) {
  return callee->tag != DATUM_DERIVATIVE || derivative_extras(callee->derivative) == 0;
}

/* For dpc check: derivatives of every function that has reals to differentiate. */
static bool has_real_params(const Closure *closure) {
  const ParameterList *params = &closure->function->params;
  for (size_t i = 0; i < params->len; i++)
    if (params->at[i].type && !(type_is_scalar_name(params->at[i].type) &&
                                strcmp(params->at[i].type->name, "real")))
      return true;
  return false;
}

void elaborate_export(Elab *e, const Decl *decl) {
  const Export *export_ = &decl->export_;
  Scope s = {.unit = e->main};
  Datum *callee = eval(e, &s, export_->value);
  if (is_poison(callee)) return;
  const Closure *closure = is_callable(callee) ? closure_of(e, callee) : NULL;
  if (!closure) {
    REPORT(e, DIAG_BAD_EXPORT, export_->value->span,
           arena_format(e->arena, "only functions can be exported, but this is %s", describe(e, callee)));
    return;
  }
  const char *name = export_name(e, decl, callee);
  if (has_name(e, ascii_name(e->names, intern(e->names, name)))) {
    REPORT(e, DIAG_DUPLICATE, export_->span, name);
    return;
  }
  const int errors = diag_errors(e->diag);
  build_func(e, decl, callee, name, MODE_PRIMAL);
  if (diag_errors(e->diag) > errors) return;
  const bool all = e->options->all_derivatives && is_differentiable_export(callee) &&
                   has_real_params(closure);
  if ((export_->adjoint || export_->tangent) && !is_differentiable_export(callee)) {
    REPORT(e, DIAG_BAD_EXPORT, export_->span,
           "`with` goes with functions; export the derivative of this one by name instead");
    return;
  }
  if (export_->tangent || all) build_func(e, decl, callee, name, MODE_TANGENT);
  if (export_->adjoint || all) build_func(e, decl, callee, name, MODE_ADJOINT);
}

/* ---- functions that nothing exports ------------------------------------------------------------------------------- */

/* Can the function be called with what its parameters declare? */
static bool stands_alone(const Function *f) {
  if (!f->has_body) return false;
  for (size_t i = 0; i < f->params.len; i++) {
    const TypeExpr *type = f->params.at[i].type;
    if (!type || type->tag == TYPE_FN || f->params.at[i].variadic) return false;
  }
  return true;
}

void elaborate_unused(Elab *e, const Decl *decl) {
  const Function *function = decl->function;
  if (!stands_alone(function)) return;
  Scope s = {.unit = e->main};
  Datum *callee = find_global(e, s.unit, function->name);
  if (!callee || callee->tag != DATUM_FUNCTION) return;
  Exporter x = {.maker = {.number = param_number, .size = param_size}, .e = e,
                .name = function->name, .span = decl->span, .callee = callee,
                .closure = callee->closure};
  x.scope = (Scope){.unit = x.closure->unit};
  x.func = ARENA_NEW(e->arena, Func);
  x.func->body = open_frame(e, &x.frame, FRAME_BODY);
  here(e)->span = decl->span;
  if (make_params(&x)) inline_call(e, x.closure, x.bound, x.spans, decl->span);
  close_frame(e);
  check_pending(e);
}
