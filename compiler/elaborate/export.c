/* export - what the file exports, and a look at what it does not. */
#include "elaborate/exporter.h"

#include <string.h>

/* ---- export declarations --------------------------------------------------------------------- */

static Name export_name(const Export *export, const Closure *closure) {
  if (export->name) return export->name;
  return export->value->tag == EXPR_NAME ? export->value->name : closure->function->name;
}

static void bad_export(Elab *e, Span span, const Datum *d) {
  if (is_poison(d)) return;
  REPORT(e, DIAG_BAD_EXPORT, span,
         d->tag == DATUM_BUILTIN
             ? "a builtin has no types of its own; export a function that calls it"
             : arena_format(e->arena, "only functions are exported; this is %s", describe(e, d)));
}

/* The names of its tangent and adjoint do not meet those that it has already. */
static bool gives_bars(const Datum *callee) {
  if (callee->tag != DATUM_DERIVATIVE) return false;
  const DerivativeKind kind = callee->derivative->kind;
  return kind == DERIVE_GRAD || kind == DERIVE_VALUE_AND_GRAD || kind == DERIVE_VJP;
}

static void export_modes(Elab *e, const Export *export, Exported *what, bool all) {
  export_function(e, what);
  what->mode = MODE_TANGENT;
  what->is_optional = !export->tangent;
  if (export->tangent || all) export_function(e, what);
  what->mode = MODE_ADJOINT;
  what->is_optional = !export->adjoint;
  if (export->adjoint || all) export_function(e, what);
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
  const bool is_plain = callee->tag == DATUM_FUNCTION;
  if (!is_plain && (export->tangent || export->adjoint)) {
    REPORT(e, DIAG_BAD_EXPORT, decl->span,
           "`with tangent` and `with adjoint` belong to plain functions; export jvp or vjp of "
           "this one");
    return;
  }
  Exported what = {.value = export->value, .name = export_name(export, closure),
                   .mode = MODE_PRIMAL, .span = export->value->span, .keeps = true};
  what.doc = decl->doc ? decl->doc : closure->function->doc;
  if (!what.name) {
    REPORT(e, DIAG_BAD_EXPORT, decl->span, "this function has no name; write export NAME = ...");
    return;
  }
  export_modes(e, export, &what, (is_plain || gives_bars(callee)) && e->options->all_derivatives);
}

/* ---- functions that nothing exports ---------------------------------------------------------- */

static bool is_concrete(Elab *e, const TypeExpr *type) {
  if (!type || type->tag == TYPE_FN) return false;
  if (type->tag == TYPE_TUPLE) {
    for (size_t i = 0; i < type->items.len; i++)
      if (!is_concrete(e, type->items.at[i])) return false;
    return true;
  }
  for (size_t d = 0; d < type->dims.len; d++) {
    const Expr *dim = type->dims.at[d];
    if (dim->tag == EXPR_RANGE || (dim->tag == EXPR_NAME && !strcmp(dim->name, "_"))) return false;
  }
  if (type_is_number(type)) return true;
  if (type->args.len) return true;
  Scope scope = {.unit = e->main};
  return resolve_named_type(e, &scope, type)->tag != DATUM_MODEL_DECL;
}

static bool is_checked_alone(Elab *e, const Function *f) {
  if (id_set_has(&e->elaborated, f->span.start)) return false;
  for (size_t i = 0; i < f->params.len; i++)
    if (f->params.at[i].variadic || !is_concrete(e, f->params.at[i].type)) return false;
  return true;
}

/* Models are listed where an exported function has one; a function that is only checked leaves none. */
static void check_alone(Elab *e, Datum *callee, Name name, Span span) {
  const size_t models = e->m->models.len;
  const Exported what = {.callee = callee, .name = name, .mode = MODE_PRIMAL, .span = span};
  export_function(e, &what);
  for (size_t i = models; i < e->m->models.len; i++)
    for (size_t k = 0; k < e->model_types.len; k++)
      if (e->model_types.at[k]->info == e->m->models.at[i]) e->model_types.at[k]->info = NULL;
  e->m->models.len = models;
}

void elaborate_unused(Elab *e, const Decl *decl) {
  const Function *f = decl->function;
  if (!is_checked_alone(e, f)) return;
  Datum *callee = find_global(e, e->main, f->name);
  if (callee && callee->tag == DATUM_FUNCTION && callee->closure->function == f)
    check_alone(e, callee, f->name, f->name_span);
}

static Datum *make_parameter(Maker *maker, Elab *e, Type *type, Name path) {
  (void)maker;
  return datum_value(e, region_param(e->m, here(e)->region, type, path));
}

void elaborate_unused_methods(Elab *e, const ModelType *type) {
  Maker maker = {.number = make_parameter};
  Frame frame;
  open_frame(e, &frame, FRAME_BODY);
  Datum *model = make_model(e, (ModelType *)type, &maker, NULL);
  for (size_t i = 0; i < type->decl->members.len; i++) {
    const Member *member = &type->decl->members.at[i];
    if (member->tag != MEMBER_FN || !is_checked_alone(e, member->function)) continue;
    Datum *method = model_method(e, model, member->function->name);
    const Name name = member->name ? member->name : type->decl->name;
    if (method) check_alone(e, method, name, member->function->span);
  }
  close_frame(e);
}
