/* model - model types, their instances, and records. */
#include "elaborate/elab.h"

#include <string.h>

/* ---- making a model type --------------------------------------------------------------------- */

/* A maker that only notes the type. */
typedef struct {
  Maker maker;
  Type *type;
} TypeMaker;

static Datum *note_type(Maker *maker, Elab *e, Type *type, Name path) {
  (void)path;
  ((TypeMaker *)maker)->type = type;
  return datum_constant(e, (Constant){.kind = type->kind});
}

static void size_not_known(Elab *e, const ModelType *type, const char *what, Span span) {
  REPORT(e, DIAG_MODEL_SIZE, span, what, type->decl->name);
  report_help(e, "make it a const, or fix it with dpc -D NAME=value");
}

static bool is_fixed_shape(Elab *e, const ModelType *model, const Type *type, Span span) {
  int64_t size;
  for (int d = 0; d < type->rank; d++)
    if (!size_is_const(type->dims[d], &size) || size < 0) {
      const char *text = describe_size(e, type->dims[d]);
      size_not_known(e, model, arena_format(e->arena, "the size %s", text), span);
      return false;
    }
  return true;
}

static bool add_leaf(Elab *e, ModelType *type, Scope *s, const Member *member,
                     ModelField *field) {
  TypeMaker maker = {.maker = {.number = note_type}};
  if (is_poison(make_declared(e, s, member->type, &maker.maker, NULL)) || !maker.type) return false;
  if (maker.type->kind != KIND_REAL) {
    REPORT(e, DIAG_TYPE_MISMATCH, member->type->span, "real parameters in a model",
           describe_type(e, maker.type));
    return false;
  }
  field->type = maker.type;
  return is_fixed_shape(e, type, field->type, member->type->span) &&
         read_initialiser(e, s, member, field->type, field);
}

static bool add_declared_model(Elab *e, Scope *s, const Member *member, ModelField *field) {
  const TypeExpr *type = member->type;
  Datum *named = resolve_named_type(e, s, type);
  if (is_poison(named)) return false;
  if (named->tag != DATUM_MODEL_TYPE) {
    type_mismatch(e, type->span, "a model type with its arguments", named);
    return false;
  }
  field->model = named->model;
  if (type->dims.len == 0) return true;
  Datum *count = eval_int(e, s, type->dims.at[0], "a number of models");
  if (is_poison(count)) return false;
  if (type->dims.len == 1 && is_const_int(count, &field->count) && field->count > 0) return true;
  REPORT(e, DIAG_NOT_CONSTANT, type->span, "the number of models");
  return false;
}

static bool use_types(Elab *e, Datum *types, ModelField *field, Span span) {
  bool all_equal = true;
  for (int i = 0; i < types->n; i++) {
    if (is_poison(types->items[i])) return false;
    if (types->items[i]->tag != DATUM_MODEL_TYPE) {
      type_mismatch(e, span, "a model", types->items[i]);
      return false;
    }
    all_equal &= types->items[i]->model == types->items[0]->model;
  }
  if (types->n && all_equal) {
    field->model = types->items[0]->model;
    field->count = types->n;
  } else {
    field->tuple = types;
  }
  return true;
}

/* name = dense(..) for i in 0..n: one model type per i. */
static bool add_generated(Elab *e, Scope *s, const Member *member, ModelField *field) {
  Size *lo, *hi;
  int64_t step, first, count;
  const Generator *gen = &member->gens.at[0];
  if (member->gens.len != 1 || gen->range->tag != EXPR_RANGE || !gen->range->right) {
    unsupported(e, gen->span, "a list of models over more than one range");
    return false;
  }
  if (!eval_range(e, s, gen->range, NULL, &lo, &hi, &step)) return false;
  if (!size_is_const(lo, &first) || !size_is_const(range_count(e, lo, hi, step), &count)) {
    REPORT(e, DIAG_NOT_CONSTANT, gen->range->span, "the number of models");
    return false;
  }
  if (count < 0) count = 0;
  Datum *types = datum_new(e, DATUM_TUPLE);
  types->n = (int)count;
  types->items = ARENA_ARRAY(e->arena, Datum *, (size_t)count);
  for (int i = 0; i < types->n; i++) {
    Scope inner = *s;
    bind(e, &inner, gen->name, datum_int(e, first + i * step), gen->span);
    types->items[i] = eval(e, &inner, member->init);
  }
  return use_types(e, types, field, member->init->span);
}

/* A member without a type: a model, a tuple of models, or a compile-time helper value. */
static bool add_untyped(Elab *e, ModelType *type, Scope *s, const Member *member,
                        ModelField *field) {
  if (member->gens.len) return add_generated(e, s, member, field);
  Datum *d = eval(e, s, member->init);
  if (is_poison(d)) return false;
  if (d->tag == DATUM_MODEL_TYPE) {
    field->model = d->model;
    return true;
  }
  if (d->tag == DATUM_TUPLE && d->n && d->items[0]->tag == DATUM_MODEL_TYPE)
    return use_types(e, d, field, member->init->span);
  if (d->tag == DATUM_VALUE || d->tag == DATUM_NONE) {
    type_mismatch(e, member->init->span, "a model or a constant", d);
    return false;
  }
  bind(e, s, member->name, d, member->span);
  type->env = s->env;
  return false;
}

static void add_member(Elab *e, ModelType *type, const Member *member) {
  Scope scope = {type->env, type->unit};
  ModelField field = {.member = member, .name = member->name};
  bool fine;
  if (member->tag == MEMBER_FN) return;
  if (!member->type) fine = add_untyped(e, type, &scope, member, &field);
  else if (type_is_number(member->type)) fine = add_leaf(e, type, &scope, member, &field);
  else fine = add_declared_model(e, &scope, member, &field);
  if (!fine) return;
  for (size_t i = 0; i < type->fields.len; i++)
    if (type->fields.at[i].name == field.name) {
      REPORT(e, DIAG_DUPLICATE, member->span, field.name);
      return;
    }
  vec_push(e->arena, &type->fields, field);
}

/* ---- one type per arguments ------------------------------------------------------------------ */

static bool is_known(const Datum *d) {
  if (d->tag == DATUM_VALUE) return false;
  for (int i = 0; i < d->n; i++)
    if (!is_known(d->items[i])) return false;
  return true;
}

static ModelType *known_type(const Elab *e, const Decl *decl, int n, Datum **args) {
  for (size_t i = 0; i < e->model_types.len; i++) {
    ModelType *type = e->model_types.at[i];
    bool equal = type->decl == decl;
    for (int k = 0; equal && k < n; k++) equal = datum_equal(type->args[k], args[k]);
    if (equal) return type;
  }
  return NULL;
}

static ModelType *new_model_type(Elab *e, Decl *decl, Unit *unit, int n, Datum **args) {
  ModelType *type = ARENA_NEW(e->arena, ModelType);
  type->decl = decl;
  type->unit = unit;
  type->n_args = n;
  type->args = args;
  Scope scope = {.unit = unit};
  for (int i = 0; i < n; i++)
    bind(e, &scope, decl->params.at[i].name, args[i], decl->params.at[i].span);
  type->env = scope.env;
  const int errors = diag_errors(e->diag);
  for (size_t i = 0; i < decl->members.len; i++) add_member(e, type, &decl->members.at[i]);
  type->is_broken = diag_errors(e->diag) != errors;
  vec_push(e->arena, &e->model_types, type);
  return type;
}

static bool check_model_args(Elab *e, const ModelType *like, Datum **args, const Span *spans) {
  Scope scope = {.unit = like->unit};
  for (size_t i = 0; i < like->decl->params.len; i++) {
    const Parameter *param = &like->decl->params.at[i];
    if (!is_known(args[i])) {
      size_not_known(e, like, arena_format(e->arena, "the parameter %s", param->name), spans[i]);
      return false;
    }
    if (param->type && !param->variadic)
      args[i] = match_declared(e, &scope, param->type, args[i], spans[i], param->name);
    if (is_poison(args[i])) return false;
  }
  return true;
}

enum { DEEPEST_MODEL = 64 };

Datum *model_type_of(Elab *e, Decl *decl, Unit *unit, CallArgs *args, Span span) {
  const size_t n = decl->params.len;
  Datum **bound = ARENA_ARRAY(e->arena, Datum *, n);
  Span *spans = ARENA_ARRAY(e->arena, Span, n);
  Function *as_function = ARENA_NEW(e->arena, Function);
  *as_function = (Function){.name = decl->name, .span = decl->span, .params = decl->params};
  const Closure closure = {as_function, NULL, unit};
  const ModelType like = {.decl = decl, .unit = unit};
  if (!bind_arguments(e, &closure, args, span, bound, spans)) return poison(e);
  if (!check_model_args(e, &like, bound, spans)) return poison(e);
  ModelType *type = known_type(e, decl, (int)n, bound);
  if (!type && e->depth >= DEEPEST_MODEL) {
    REPORT(e, DIAG_BAD_STATEMENT, decl->name_span,
           arena_format(e->arena, "the model %s holds itself", decl->name));
    return poison(e);
  }
  CallFrame call = {as_function, decl->name, args->n ? span : (Span){0}, e->calls};
  e->calls = &call;
  e->depth++;
  if (!type) type = new_model_type(e, decl, unit, (int)n, bound);
  e->depth--;
  e->calls = call.outer;
  if (type->is_broken) return poison(e);
  Datum *d = datum_new(e, DATUM_MODEL_TYPE);
  d->model = type;
  return d;
}

/* ---- instances ------------------------------------------------------------------------------- */

static Name join_path(Elab *e, Name path, Name part) {
  return path ? intern_format(e->names, "%s.%s", path, part) : part;
}

static Datum *make_tuple_of_models(Elab *e, const Datum *types, Maker *maker, Name path) {
  Datum *d = datum_new(e, DATUM_TUPLE);
  d->n = types->n;
  d->items = ARENA_ARRAY(e->arena, Datum *, (size_t)d->n);
  for (int i = 0; i < d->n; i++) {
    const Name part = intern_format(e->names, "%d", i);
    d->items[i] = make_model(e, types->items[i]->model, maker, join_path(e, path, part));
  }
  return d;
}

static Datum *make_field(Elab *e, const ModelField *field, Maker *maker, Name path) {
  const Name name = join_path(e, path, field->name);
  if (field->type) return maker->number(maker, e, field->type, name);
  if (field->tuple) return make_tuple_of_models(e, field->tuple, maker, name);
  if (field->count) return make_models(e, field->model, field->count, maker, name);
  return make_model(e, field->model, maker, name);
}

Datum *make_model(Elab *e, ModelType *type, Maker *maker, Name path) {
  Datum *d = datum_new(e, DATUM_MODEL);
  d->model = type;
  d->n = (int)type->fields.len;
  d->items = ARENA_ARRAY(e->arena, Datum *, (size_t)d->n);
  for (int i = 0; i < d->n; i++) d->items[i] = make_field(e, &type->fields.at[i], maker, path);
  return d;
}

typedef struct {
  Maker maker;
  Maker *inner;
  Size *count;
} StackMaker;

static Datum *make_stacked(Maker *maker, Elab *e, Type *type, Name path) {
  StackMaker *stack = (StackMaker *)maker;
  return stack->inner->number(stack->inner, e, type_prefixed(e->m, 1, &stack->count, type), path);
}

Datum *make_models(Elab *e, ModelType *type, int64_t count, Maker *maker, Name path) {
  StackMaker stack = {{.number = make_stacked}, maker, size_int(e, count)};
  Datum *d = make_model(e, type, &stack.maker, path);
  d->tag = DATUM_MODELS;
  d->count = count;
  return d;
}

/* ---- members --------------------------------------------------------------------------------- */

static Datum *method_closure(Elab *e, const Datum *model, Function *function, const Binding *env) {
  Datum *d = datum_new(e, DATUM_FUNCTION);
  d->closure = ARENA_NEW(e->arena, Closure);
  *d->closure = (Closure){function, env, model->model->unit};
  return d;
}

/* A method sees the model's parameters, its fields, and the methods above it. */
Datum *model_method(Elab *e, Datum *model, Name name) {
  const ModelType *type = model->model;
  const MemberList *members = &type->decl->members;
  Scope scope = {type->env, type->unit};
  for (size_t i = 0; i < type->fields.len; i++)
    bind(e, &scope, type->fields.at[i].name, model->items[i], type->fields.at[i].member->span);
  for (size_t i = 0; i < members->len; i++) {
    if (members->at[i].tag != MEMBER_FN) continue;
    Function *function = members->at[i].function;
    Datum *method = method_closure(e, model, function, scope.env);
    if (function->name == name) return method;
    if (function->name) bind(e, &scope, function->name, method, function->span);
  }
  return NULL;
}

Datum *model_member(Elab *e, Datum *model, Name name, Span span) {
  const ModelType *type = model->model;
  for (size_t i = 0; i < type->fields.len; i++)
    if (type->fields.at[i].name == name) return model->items[i];
  Datum *method = model_method(e, model, name);
  if (method) return method;
  const Binding *binding = find_binding(type->env, name);
  if (binding) return binding->datum;
  for (size_t i = 0; i < type->decl->members.len; i++)
    if (type->decl->members.at[i].name == name) return poison(e); /* its error was reported */
  NameList names = {0};
  for (size_t i = 0; i < type->decl->members.len; i++)
    if (type->decl->members.at[i].name)
      vec_push(e->arena, &names, type->decl->members.at[i].name);
  REPORT(e, DIAG_NO_MEMBER, span, describe(e, model), name);
  const Name near = nearest_name(name, names.at, names.len);
  if (near) report_help(e, "did you mean %s?", near);
  return poison(e);
}

/* ---- the flat layout ------------------------------------------------------------------------- */

/* Fewer than what has an address: sums and products of sizes stay numbers. */
static const int64_t MAX_PARAMETERS = INT64_C(1) << 56;

static void add_model_leaf(Elab *e, ModelInfo *info, const ModelField *field, const Type *type,
                           Name path) {
  ModelLeaf leaf = {.path = path, .rank = type->rank, .offset = info->flat_size,
                    .init = field->init, .a = field->a, .b = field->b};
  int64_t size = 1;
  for (int d = 0; d < type->rank; d++) {
    size_is_const(type->dims[d], &leaf.dims[d]);
    if (__builtin_mul_overflow(size, leaf.dims[d], &size)) size = MAX_PARAMETERS;
    if (size > MAX_PARAMETERS) size = MAX_PARAMETERS;
  }
  info->flat_size += info->flat_size < MAX_PARAMETERS ? size : 0;
  vec_push(e->arena, &info->leaves, leaf);
}

/* In the order in which make_model makes them; `outer` holds the dimensions of arrays of models. */
static void lay_out(Elab *e, const ModelType *model, ModelInfo *info, Name path, int n_outer,
                    Size *const *outer) {
  for (size_t i = 0; i < model->fields.len; i++) {
    const ModelField *field = &model->fields.at[i];
    const Name name = join_path(e, path, field->name);
    Size *dims[MAX_RANK + 1];
    for (int d = 0; d < n_outer; d++) dims[d] = outer[d];
    if (field->type) {
      add_model_leaf(e, info, field, type_prefixed(e->m, n_outer, outer, field->type), name);
    } else if (field->tuple) {
      for (int k = 0; k < field->tuple->n; k++)
        lay_out(e, field->tuple->items[k]->model, info,
                join_path(e, name, intern_format(e->names, "%d", k)), n_outer, outer);
    } else {
      if (field->count) dims[n_outer] = size_int(e, field->count);
      lay_out(e, field->model, info, name, n_outer + (field->count > 0), dims);
    }
  }
}

static Name unique_model_name(Elab *e, Name name) {
  int n = 1;
  Name unique = name;
  for (size_t i = 0; i < e->m->models.len; i++)
    if (e->m->models.at[i]->name == unique) {
      unique = intern_format(e->names, "%s_%d", name, ++n);
      i = (size_t)-1;
    }
  return unique;
}

ModelInfo *model_info(Elab *e, ModelType *type) {
  if (type->info) return type->info;
  type->info = ARENA_NEW(e->arena, ModelInfo);
  type->info->name = unique_model_name(e, ascii_name(e->names, type->decl->name));
  lay_out(e, type, type->info, NULL, 0, NULL);
  if (type->info->flat_size >= MAX_PARAMETERS)
    REPORT(e, DIAG_UNSUPPORTED, type->decl->name_span, "no memory holds so many parameters");
  vec_push(e->arena, &e->m->models, type->info);
  return type->info;
}

/* ---- records --------------------------------------------------------------------------------- */

RecordType *record_type_of(Elab *e, Decl *decl, Unit *unit) {
  for (size_t i = 0; i < e->record_types.len; i++)
    if (e->record_types.at[i]->decl == decl) return e->record_types.at[i];
  RecordType *record = ARENA_NEW(e->arena, RecordType);
  *record = (RecordType){decl, unit};
  vec_push(e->arena, &e->record_types, record);
  return record;
}

/* The record's fields as the parameters of a function. */
static Function *record_function(Elab *e, const Decl *decl) {
  Function *f = ARENA_NEW(e->arena, Function);
  *f = (Function){.name = decl->name, .span = decl->span};
  for (size_t i = 0; i < decl->members.len; i++) {
    const Member *field = &decl->members.at[i];
    const Parameter param = {field->span, field->name, field->type, field->init, false};
    vec_push(e->arena, &f->params, param);
  }
  return f;
}

Datum *make_record(Elab *e, RecordType *type, CallArgs *args, Span span) {
  const size_t n = type->decl->members.len;
  Datum **bound = ARENA_ARRAY(e->arena, Datum *, n);
  Span *spans = ARENA_ARRAY(e->arena, Span, n);
  const Closure closure = {record_function(e, type->decl), NULL, type->unit};
  if (!bind_arguments(e, &closure, args, span, bound, spans)) return poison(e);
  Scope scope = {.unit = type->unit};
  for (size_t i = 0; i < n; i++)
    bind_sizes(e, &scope, type->decl->members.at[i].type, bound[i], spans[i]);
  for (size_t i = 0; i < n; i++) {
    const Member *field = &type->decl->members.at[i];
    bound[i] = match_declared(e, &scope, field->type, bound[i], spans[i], field->name);
    if (is_poison(bound[i])) return bound[i];
  }
  Datum *like = datum_new(e, DATUM_RECORD);
  like->record = type;
  like->n = (int)n;
  return datum_with_items(e, like, bound);
}
