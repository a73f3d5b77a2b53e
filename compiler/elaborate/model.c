/* model - models: their types (once per set of arguments), their parameters, what they compute; records. */
#include "elaborate/elab.h"

#include <string.h>

/* ---- arguments of a model declaration ------------------------------------------------------------- */

static bool is_known(const Datum *d) {
  if (d->tag == DATUM_TUPLE) {
    for (int i = 0; i < d->n; i++)
      if (!is_known(d->items[i])) return false;
    return true;
  }
  return d->tag != DATUM_VALUE && !is_array(d);
}

static int find_param(const ParameterList *params, Name name) {
  for (size_t i = 0; i < params->len; i++)
    if (params->at[i].name == name) return (int)i;
  return -1;
}

static bool place_argument(Elab *e, const Decl *decl, const CallArg *arg, int *next, Datum **bound,
                           DatumList *rest) {
  const ParameterList *params = &decl->params;
  const int n = (int)params->len;
  if (arg->name) {
    const int at = find_param(params, arg->name);
    if (at >= 0) return bound[at] = arg->datum, true;
    REPORT(e, DIAG_NO_PARAMETER, arg->span, decl->name, arg->name);
    return false;
  }
  while (*next < n && bound[*next] && !params->at[*next].variadic) ++*next;
  if (*next < n && params->at[*next].variadic) {
    vec_push(e->arena, rest, arg->datum);
    return true;
  }
  if (*next < n) return bound[(*next)++] = arg->datum, true;
  REPORT(e, DIAG_ARGUMENT_COUNT, arg->span, decl->name,
         arena_format(e->arena, "%d argument%s", n, n == 1 ? "" : "s"), *next + 1, "are");
  return false;
}

/* One datum per parameter: given, collected by the variadic one, or the default. */
static bool bind_model_arguments(Elab *e, const Decl *decl, Unit *unit, const CallArgs *args,
                                 Span span, Datum **bound) {
  int next = 0;
  DatumList rest = {0};
  for (int i = 0; i < args->n; i++)
    if (!place_argument(e, decl, &args->at[i], &next, bound, &rest)) return false;
  Scope s = {.unit = unit};
  for (size_t i = 0; i < decl->params.len; i++) {
    const Parameter *param = &decl->params.at[i];
    if (param->variadic) {
      bound[i] = datum_new(e, DATUM_TUPLE);
      bound[i]->n = (int)rest.len;
      bound[i]->items = rest.at;
    }
    if (!bound[i] && param->value) bound[i] = eval(e, &s, param->value);
    if (!bound[i]) {
      REPORT(e, DIAG_MISSING_ARGUMENT, span, param->name, decl->name);
      return false;
    }
    if (is_poison(bound[i])) return false;
    if (!is_known(bound[i])) {
      REPORT(e, DIAG_MODEL_SIZE, span, param->name, decl->name);
      report_help(e, "make it a const, or give it with dpc -D");
      return false;
    }
    bind(e, &s, param->name, bound[i], param->span);
  }
  return true;
}

/* ---- members ----------------------------------------------------------------------------------------- */

static ModelField *add_field(Elab *e, ModelType *type, const Member *member) {
  const ModelField field = {.member = member, .name = member->name};
  vec_push(e->arena, &type->fields, field);
  return &type->fields.at[type->fields.len - 1];
}

static Datum *take_type(Maker *maker, Elab *e, Type *type, Name path) {
  (void)maker;
  (void)path;
  Datum *d = datum_new(e, DATUM_VALUE);
  d->value = ARENA_NEW(e->arena, Value);
  d->value->type = type;
  return d;
}

static bool dims_are_const(const Type *type) {
  int64_t n;
  for (int d = 0; d < type->rank; d++)
    if (!size_is_const(type->dims[d], &n)) return false;
  return true;
}

/* name: real[..] ~ ..: a parameter; name: m(..)[k]: models. */
static bool add_declared(Elab *e, Scope *s, ModelType *type, const Member *member) {
  Maker maker = {.number = take_type};
  Kind kind;
  ModelField *field = add_field(e, type, member);
  const TypeExpr *declared = member->type;
  const bool is_number_type =
      declared->tag == TYPE_NAMED && !declared->module && kind_by_name(declared->name, &kind);
  if (!is_number_type) {
    Datum *like = make_declared(e, s, declared, &maker, NULL);
    if (like->tag == DATUM_MODEL || like->tag == DATUM_MODELS) {
      field->model = like->model;
      field->count = like->tag == DATUM_MODELS ? like->count : 0;
      return true;
    }
    if (!is_poison(like)) type_mismatch(e, declared->span, "a model, or real numbers", like);
    return false;
  }
  if (kind != KIND_REAL) {
    REPORT(e, DIAG_TYPE_MISMATCH, declared->span, "real", declared->name);
    return false;
  }
  Datum *like = make_declared(e, s, declared, &maker, NULL);
  if (is_poison(like)) return false;
  if (!dims_are_const(like->value->type)) {
    REPORT(e, DIAG_MODEL_SIZE, declared->span, "a size", type->decl->name);
    return false;
  }
  field->type = like->value->type;
  return read_initialiser(e, s, member, field->type, field);
}

/* All of one type: an array of models; else a tuple of types. */
static void set_several(Elab *e, ModelField *field, const DatumList *types) {
  bool same = types->len > 0;
  for (size_t i = 1; i < types->len; i++) same = same && types->at[i]->model == types->at[0]->model;
  if (same) {
    field->model = types->at[0]->model;
    field->count = (int64_t)types->len;
    return;
  }
  field->tuple = datum_new(e, DATUM_TUPLE);
  field->tuple->n = (int)types->len;
  field->tuple->items = types->at;
}

static bool eval_model_type(Elab *e, Scope *s, const Expr *x, DatumList *types) {
  Datum *d = eval(e, s, x);
  if (d->tag == DATUM_MODEL_TYPE && d->count == 0) {
    vec_push(e->arena, types, d);
    return true;
  }
  if (!is_poison(d)) type_mismatch(e, x->span, "a model such as dense(2, 3)", d);
  return false;
}

/* name = dense(..) for k in lo..hi */
static bool add_generated(Elab *e, Scope *s, ModelType *type, const Member *member) {
  ModelField *field = add_field(e, type, member);
  DatumList types = {0};
  if (member->gens.len != 1) {
    unsupported(e, member->span, "models over more than one index; use one index");
    return false;
  }
  const Generator *gen = &member->gens.at[0];
  Size *lo, *hi;
  int64_t step, n, first;
  if (!eval_range(e, s, gen->range, NULL, &lo, &hi, &step)) return false;
  if (!size_is_const(lo, &first) || !size_is_const(hi, &n)) {
    REPORT(e, DIAG_MODEL_SIZE, gen->span, "the range", type->decl->name);
    return false;
  }
  for (int64_t k = first; step > 0 ? k < n : k > n; k += step) {
    Scope inner = *s;
    bind(e, &inner, gen->name, datum_int(e, k), gen->span);
    if (!eval_model_type(e, &inner, member->init, &types)) return false;
  }
  set_several(e, field, &types);
  return true;
}

static bool add_member(Elab *e, Scope *s, ModelType *type, const Member *member) {
  if (member->tag == MEMBER_FN) return true;
  if (member->tag == MEMBER_PARAM) return add_declared(e, s, type, member);
  if (member->gens.len > 0) return add_generated(e, s, type, member);
  DatumList types = {0};
  ModelField *field = add_field(e, type, member);
  if (!eval_model_type(e, s, member->init, &types)) return false;
  field->model = types.at[0]->model;
  return true;
}

static ModelType *known_type(Elab *e, const Decl *decl, Datum *const *args) {
  for (size_t i = 0; i < e->model_types.len; i++) {
    ModelType *type = e->model_types.at[i];
    bool same = type->decl == decl;
    for (int k = 0; same && k < type->n_args; k++) same = datum_equal(type->args[k], args[k]);
    if (same) return type;
  }
  return NULL;
}

static Datum *model_type_datum(Elab *e, ModelType *type) {
  Datum *d = datum_new(e, DATUM_MODEL_TYPE);
  d->model = type;
  return d;
}

Datum *model_type_of(Elab *e, Decl *decl, Unit *unit, CallArgs *args, Span span) {
  Datum **bound = ARENA_ARRAY(e->arena, Datum *, decl->params.len);
  if (!bind_model_arguments(e, decl, unit, args, span, bound)) return poison(e);
  ModelType *type = known_type(e, decl, bound);
  if (type) return model_type_datum(e, type);
  type = ARENA_NEW(e->arena, ModelType);
  *type = (ModelType){.decl = decl, .unit = unit, .n_args = (int)decl->params.len, .args = bound};
  Scope s = {.unit = unit};
  for (size_t i = 0; i < decl->params.len; i++)
    bind(e, &s, decl->params.at[i].name, bound[i], decl->params.at[i].span);
  for (CallFrame *call = e->calls; call; call = call->outer)
    if (call->name == decl->name && !call->function) {
      REPORT(e, DIAG_RECURSION, span, decl->name);
      return poison(e);
    }
  CallFrame frame = {.name = decl->name, .span = span, .outer = e->calls};
  e->calls = &frame;
  bool fine = true;
  for (size_t i = 0; fine && i < decl->members.len; i++)
    fine = add_member(e, &s, type, &decl->members.at[i]);
  e->calls = frame.outer;
  if (!fine) return poison(e);
  type->env = s.env;
  vec_push(e->arena, &e->model_types, type);
  return model_type_datum(e, type);
}

/* ---- instances ------------------------------------------------------------------------------------------- */

static Name member_path(Elab *e, Name path, Name name) {
  return path ? intern_format(e->names, "%s.%s", path, name) : name;
}

static Datum *make_tuple(Elab *e, const Datum *types, Maker *maker, Name path) {
  Datum *d = datum_new(e, DATUM_TUPLE);
  d->n = types->n;
  d->items = ARENA_ARRAY(e->arena, Datum *, (size_t)types->n);
  for (int i = 0; i < types->n; i++)
    d->items[i] = make_model(e, types->items[i]->model, maker, intern_format(e->names, "%s.%d", path, i));
  return d;
}

static Datum *make_field(Elab *e, const ModelField *field, Maker *maker, Name path) {
  if (field->tuple) return make_tuple(e, field->tuple, maker, path);
  if (!field->model) return maker->number(maker, e, field->type, path);
  return field->count ? make_models(e, field->model, field->count, maker, path)
                      : make_model(e, field->model, maker, path);
}

Datum *make_model(Elab *e, ModelType *type, Maker *maker, Name path) {
  Datum like = {.tag = DATUM_MODEL, .model = type, .n = (int)type->fields.len};
  Datum **items = ARENA_ARRAY(e->arena, Datum *, (size_t)like.n);
  for (int i = 0; i < like.n; i++)
    items[i] = make_field(e, &type->fields.at[i], maker, member_path(e, path, type->fields.at[i].name));
  return datum_with_items(e, &like, items);
}

/* Numbers with one more dimension in front. */
typedef struct {
  Maker maker;
  Maker *outer;
  Size *count;
} ManyMaker;

static Datum *make_many(Maker *maker, Elab *e, Type *type, Name path) {
  ManyMaker *many = (ManyMaker *)maker;
  return many->outer->number(many->outer, e, type_prefixed(e->m, 1, &many->count, type), path);
}

Datum *make_models(Elab *e, ModelType *type, int64_t count, Maker *maker, Name path) {
  ManyMaker many = {{.number = make_many, .size = maker->size}, maker, size_int(e, count)};
  Datum *d = make_model(e, type, &many.maker, path);
  d->tag = DATUM_MODELS;
  d->count = count;
  return d;
}

/* ---- what a model computes, and its members ------------------------------------------------------------------ */

static Datum *method_datum(Elab *e, const Datum *model, const Member *member) {
  const ModelType *type = model->model;
  Scope s = {.env = type->env, .unit = type->unit};
  for (int i = 0; i < model->n; i++)
    bind(e, &s, type->fields.at[i].name, model->items[i], type->fields.at[i].member->span);
  Datum *d = datum_new(e, DATUM_FUNCTION);
  d->closure = ARENA_NEW(e->arena, Closure);
  *d->closure = (Closure){.function = member->function, .env = s.env, .unit = type->unit};
  return d;
}

Datum *model_method(Elab *e, Datum *model, Name name) {
  const MemberList *members = &model->model->decl->members;
  for (size_t i = 0; i < members->len; i++) {
    const Member *member = &members->at[i];
    if (member->tag == MEMBER_FN && member->function->name == name)
      return method_datum(e, model, member);
  }
  return NULL;
}

Datum *model_member(Elab *e, Datum *model, Name name, Span span) {
  const ModelType *type = model->model;
  NameList names = {0};
  for (int i = 0; i < model->n; i++) {
    if (type->fields.at[i].name == name) return model->items[i];
    vec_push(e->arena, &names, type->fields.at[i].name);
  }
  Datum *method = model->tag == DATUM_MODEL ? model_method(e, model, name) : NULL;
  if (method) return method;
  REPORT(e, DIAG_NO_MEMBER, span, arena_format(e->arena, "the model %s", type->decl->name), name);
  const Name near = nearest_name(name, names.at, names.len);
  if (near) report_help(e, "did you mean %s?", near);
  return poison(e);
}

/* ---- the flat array that C sees ---------------------------------------------------------------------------------- */

typedef struct {
  Elab *e;
  ModelInfo *info;
  int64_t counts[MAX_RANK]; /* of the arrays of models around */
  int n_counts;
} Flat;

static void flatten(Flat *f, const ModelType *type, Name path);

static void flatten_leaf(Flat *f, const ModelField *field, Name path) {
  ModelLeaf leaf = {.path = path, .rank = f->n_counts + field->type->rank,
                    .offset = f->info->flat_size, .init = field->init, .a = field->a,
                    .b = field->b};
  int64_t elements = 1;
  for (int d = 0; d < leaf.rank; d++) {
    if (d < f->n_counts) leaf.dims[d] = f->counts[d];
    else size_is_const(field->type->dims[d - f->n_counts], &leaf.dims[d]);
    elements *= leaf.dims[d];
  }
  f->info->flat_size += elements;
  vec_push(f->e->arena, &f->info->leaves, leaf);
}

static void flatten_field(Flat *f, const ModelField *field, Name path) {
  if (field->tuple) {
    for (int i = 0; i < field->tuple->n; i++)
      flatten(f, field->tuple->items[i]->model, intern_format(f->e->names, "%s.%d", path, i));
  } else if (!field->model) {
    flatten_leaf(f, field, path);
  } else {
    if (field->count) f->counts[f->n_counts++] = field->count;
    flatten(f, field->model, path);
    if (field->count) f->n_counts--;
  }
}

static void flatten(Flat *f, const ModelType *type, Name path) {
  for (size_t i = 0; i < type->fields.len; i++)
    flatten_field(f, &type->fields.at[i], member_path(f->e, path, type->fields.at[i].name));
}

/* Two models of one declaration with other sizes get numbers. */
static Name unique_model_name(Elab *e, Name name) {
  int others = 0;
  for (size_t i = 0; i < e->model_types.len; i++) {
    const ModelType *type = e->model_types.at[i];
    others += type->info && type->decl->name == name;
  }
  return others ? intern_format(e->names, "%s_%d", name, others + 1) : name;
}

ModelInfo *model_info(Elab *e, ModelType *type) {
  if (type->info) return type->info;
  ModelInfo *info = ARENA_NEW(e->arena, ModelInfo);
  info->name = unique_model_name(e, ascii_name(e->names, type->decl->name));
  Flat f = {.e = e, .info = info};
  flatten(&f, type, NULL);
  type->info = info;
  vec_push(e->arena, &e->m->models, info);
  return info;
}

/* ---- records --------------------------------------------------------------------------------------------------------- */

RecordType *record_type_of(Elab *e, Decl *decl, Unit *unit) {
  for (size_t i = 0; i < e->record_types.len; i++)
    if (e->record_types.at[i]->decl == decl) return e->record_types.at[i];
  RecordType *type = ARENA_NEW(e->arena, RecordType);
  *type = (RecordType){decl, unit};
  vec_push(e->arena, &e->record_types, type);
  return type;
}

static int find_record_field(const Decl *decl, Name name) {
  for (size_t i = 0; i < decl->members.len; i++)
    if (decl->members.at[i].name == name) return (int)i;
  return -1;
}

static bool place_fields(Elab *e, const Decl *decl, const CallArgs *args, Datum **items,
                         Span *spans) {
  const int n = (int)decl->members.len;
  int next = 0;
  for (int i = 0; i < args->n; i++) {
    const CallArg *arg = &args->at[i];
    const int at = arg->name ? find_record_field(decl, arg->name) : next++;
    if (at < 0) {
      REPORT(e, DIAG_NO_MEMBER, arg->span, arena_format(e->arena, "the record %s", decl->name), arg->name);
      return false;
    }
    if (at >= n) {
      REPORT(e, DIAG_ARGUMENT_COUNT, arg->span, decl->name,
             arena_format(e->arena, "%d field%s", n, n == 1 ? "" : "s"), args->n, "are");
      return false;
    }
    items[at] = arg->datum;
    spans[at] = arg->span;
  }
  return true;
}

Datum *make_record(Elab *e, RecordType *type, CallArgs *args, Span span) {
  const Decl *decl = type->decl;
  Datum like = {.tag = DATUM_RECORD, .record = type, .n = (int)decl->members.len};
  Datum **items = ARENA_ARRAY(e->arena, Datum *, (size_t)like.n);
  Span *spans = ARENA_ARRAY(e->arena, Span, (size_t)like.n);
  if (!place_fields(e, decl, args, items, spans)) return poison(e);
  Scope s = {.unit = type->unit};
  for (int i = 0; i < like.n; i++) {
    const Member *field = &decl->members.at[i];
    if (!items[i] && field->init) {
      items[i] = eval(e, &s, field->init);
      spans[i] = field->init->span;
    }
    if (!items[i]) {
      REPORT(e, DIAG_MISSING_ARGUMENT, span, field->name, decl->name);
      return poison(e);
    }
    items[i] = match_declared(e, &s, field->type, items[i], spans[i], field->name);
    if (is_poison(items[i])) return items[i];
  }
  return datum_with_items(e, &like, items);
}
