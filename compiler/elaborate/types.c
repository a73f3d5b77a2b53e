/* types - declared types: what they make, and what they accept. */
#include "elaborate/elab.h"

#include <string.h>

bool kind_by_name(Name name, Kind *kind) {
  if (!strcmp(name, "real")) return *kind = KIND_REAL, true;
  if (!strcmp(name, "int")) return *kind = KIND_INT, true;
  if (!strcmp(name, "bool")) return *kind = KIND_BOOL, true;
  return false;
}

bool type_is_number(const TypeExpr *type) {
  Kind kind;
  return type->tag == TYPE_NAMED && !type->module && kind_by_name(type->name, &kind);
}

bool type_is_scalar_name(const TypeExpr *type) {
  return type && type_is_number(type) && type->dims.len == 0;
}

bool type_is_int_scalar(const TypeExpr *type) {
  return type_is_scalar_name(type) && !strcmp(type->name, "int");
}

/* ---- dimensions ------------------------------------------------------------------------------ */

static bool is_any(const Expr *dim) {
  if (dim->tag == EXPR_RANGE) return !dim->left && !dim->right;
  return dim->tag == EXPR_NAME && !strcmp(dim->name, "_");
}

/* A name in a shape is a size if it is an int here; else it is a size that is still to be bound. */
static Datum *known_size(Elab *e, Scope *s, Name name) {
  Datum *d = find_name(e, s, name);
  if (d && (is_poison(d) || (is_scalar(d) && datum_kind(d) == KIND_INT))) return d;
  return NULL;
}

/* Is the dimension a name that binds a size here? */
static bool is_unbound(Elab *e, Scope *s, const Expr *dim) {
  return dim->tag == EXPR_NAME && !known_size(e, s, dim->name);
}

/* The same, of a dimension that may be left open. */
static bool names_unbound(Elab *e, Scope *s, const Expr *dim) {
  return !is_any(dim) && is_unbound(e, s, dim);
}

static Size *eval_dim(Elab *e, Scope *s, const Expr *dim) {
  if (dim->tag == EXPR_NAME) {
    Datum *known = known_size(e, s, dim->name);
    return known && !is_poison(known) ? size_of_int(e, known) : NULL;
  }
  Datum *d = eval_int(e, s, dim, "a size");
  return is_poison(d) ? NULL : size_of_int(e, d);
}

static Datum *make_size(Elab *e, Scope *s, const Expr *dim, Maker *maker) {
  Datum *size = maker->size ? maker->size(maker, e, dim->name, dim->span) : NULL;
  if (!size) {
    REPORT(e, DIAG_UNBOUND_SIZE, dim->span, dim->name);
    report_help(e, "make it a parameter: %s: int", dim->name);
    size = poison(e);
  }
  bind(e, s, dim->name, size, dim->span);
  return size;
}

/* ---- named types ----------------------------------------------------------------------------- */

static const char *type_text(Elab *e, const TypeExpr *type) {
  if (type->module) return arena_format(e->arena, "%s.%s", type->module, type->name);
  return type->name ? type->name : "?";
}

static Datum *unknown_type(Elab *e, Scope *s, const TypeExpr *type) {
  REPORT(e, DIAG_UNKNOWN_TYPE, type->span, type_text(e, type));
  static const char *const others[] = {"float", "double", "integer", "boolean", "number"};
  static const char *const meant[] = {"real", "real", "int", "bool", "real"};
  for (int i = 0; i < 5; i++)
    if (!strcmp(type->name, others[i])) {
      report_help(e, "did you mean %s?", meant[i]);
      return poison(e);
    }
  NameList names = {0};
  for (size_t i = 0; i < s->unit->globals.len; i++)
    if (s->unit->globals.at[i].decl->tag == DECL_MODEL ||
        s->unit->globals.at[i].decl->tag == DECL_RECORD)
      vec_push(e->arena, &names, s->unit->globals.at[i].name);
  const Name near = nearest_name(type->name, names.at, names.len);
  if (near) report_help(e, "did you mean %s?", near);
  return poison(e);
}

static Datum *find_type_name(Elab *e, Scope *s, const TypeExpr *type) {
  if (!type->module) return find_name(e, s, type->name);
  Datum *unit = look_up(e, s, type->module, type->span);
  if (unit->tag == DATUM_UNIT) return unit_member(e, unit->unit, type->name, type->span);
  return is_poison(unit) ? unit : NULL;
}

static Datum *with_type_args(Elab *e, Scope *s, const TypeExpr *type, Datum *decl) {
  CallArgs args = {.n = (int)type->args.len};
  args.at = ARENA_ARRAY(e->arena, CallArg, (size_t)args.n);
  for (int i = 0; i < args.n; i++) {
    const Expr *arg = type->args.at[i];
    args.at[i] = (CallArg){NULL, eval(e, s, arg), arg->span};
    if (is_poison(args.at[i].datum)) return poison(e);
  }
  return model_type_of(e, decl->decl, decl->unit, &args, type->span);
}

static bool needs_args(const Decl *decl) {
  for (size_t i = 0; i < decl->params.len; i++)
    if (!decl->params.at[i].value) return true;
  return false;
}

Datum *resolve_named_type(Elab *e, Scope *s, const TypeExpr *type) {
  Datum *d = find_type_name(e, s, type);
  if (!d) return unknown_type(e, s, type);
  if (d->tag == DATUM_MODEL_DECL) {
    if (type->args.len == 0 && needs_args(d->decl)) return d;
    return with_type_args(e, s, type, d);
  }
  if (d->tag == DATUM_MODEL_TYPE || d->tag == DATUM_RECORD_TYPE || is_poison(d)) return d;
  return unknown_type(e, s, type);
}

/* ---- making ---------------------------------------------------------------------------------- */

static Name item_path(Elab *e, Name path, size_t i) {
  return path ? intern_format(e->names, "%s_%zu", path, i) : NULL;
}

static Datum *make_number(Elab *e, Scope *s, const TypeExpr *type, Kind kind, Maker *maker,
                          Name path) {
  Size *dims[MAX_RANK];
  if (type->dims.len > MAX_RANK) {
    REPORT(e, DIAG_RANK_TOO_HIGH, type->span, MAX_RANK);
    return poison(e);
  }
  for (size_t d = 0; d < type->dims.len; d++) {
    const Expr *dim = type->dims.at[d];
    if (is_any(dim)) {
      REPORT(e, DIAG_UNBOUND_SIZE, dim->span, "_");
      return poison(e);
    }
    if (is_unbound(e, s, dim) && is_poison(make_size(e, s, dim, maker))) return poison(e);
  }
  for (size_t d = 0; d < type->dims.len; d++)
    if (!(dims[d] = eval_dim(e, s, type->dims.at[d]))) return poison(e);
  return maker->number(maker, e, type_array(e->m, kind, (int)type->dims.len, dims), path);
}

static bool model_count(Elab *e, Scope *s, const TypeExpr *type, int64_t *count) {
  if (type->dims.len != 1) {
    unsupported(e, type->span, "arrays of models of more than one dimension");
    return false;
  }
  Datum *d = eval_int(e, s, type->dims.at[0], "a number of models");
  if (is_poison(d)) return false;
  if (is_const_int(d, count) && *count > 0) return true;
  REPORT(e, DIAG_NOT_CONSTANT, type->dims.at[0]->span, "the number of models");
  return false;
}

enum { DEEPEST_RECORD = 32 };

static Datum *make_record_fields(Elab *e, const RecordType *record, Maker *maker, Name path);

/* A record that holds itself has no end. */
static Datum *make_record_inside(Elab *e, const RecordType *record, Maker *maker, Name path) {
  if (e->record_depth >= DEEPEST_RECORD) {
    REPORT(e, DIAG_BAD_STATEMENT, record->decl->name_span,
           arena_format(e->arena, "the record %s holds itself", record->decl->name));
    return poison(e);
  }
  e->record_depth++;
  Datum *d = make_record_fields(e, record, maker, path);
  e->record_depth--;
  return d;
}

static Datum *make_record_fields(Elab *e, const RecordType *record, Maker *maker, Name path) {
  Scope scope = {.unit = record->unit};
  Datum *like = datum_new(e, DATUM_RECORD);
  like->record = (RecordType *)record;
  like->n = (int)record->decl->members.len;
  Datum **items = ARENA_ARRAY(e->arena, Datum *, (size_t)like->n);
  for (int i = 0; i < like->n; i++) make_sizes(e, &scope, record->decl->members.at[i].type, maker);
  for (int i = 0; i < like->n; i++) {
    const Member *field = &record->decl->members.at[i];
    const Name name = path ? intern_format(e->names, "%s_%s", path, field->name) : field->name;
    items[i] = make_declared(e, &scope, field->type, maker, name);
    if (is_poison(items[i])) return items[i];
  }
  return datum_with_items(e, like, items);
}

static Datum *make_named(Elab *e, Scope *s, const TypeExpr *type, Maker *maker, Name path) {
  Datum *named = resolve_named_type(e, s, type);
  int64_t count;
  switch (named->tag) {
    case DATUM_MODEL_TYPE:
      if (type->dims.len == 0) return make_model(e, named->model, maker, path);
      return model_count(e, s, type, &count) ? make_models(e, named->model, count, maker, path)
                                             : poison(e);
    case DATUM_RECORD_TYPE:
      if (type->dims.len == 0) return make_record_inside(e, named->record, maker, path);
      return unsupported(e, type->span, "arrays of records; write a record of arrays instead");
    case DATUM_MODEL_DECL:
      REPORT(e, DIAG_MISSING_ARGUMENT, type->span, named->decl->params.at[0].name,
             named->decl->name);
      return poison(e);
    default: return poison(e);
  }
}

Datum *make_declared(Elab *e, Scope *s, const TypeExpr *type, Maker *maker, Name path) {
  Kind kind;
  if (type->tag == TYPE_FN) {
    REPORT(e, DIAG_BAD_EXPORT, type->span, "a function cannot be passed from C");
    return poison(e);
  }
  if (type->tag == TYPE_NAMED) {
    if (!type->module && kind_by_name(type->name, &kind))
      return make_number(e, s, type, kind, maker, path);
    return make_named(e, s, type, maker, path);
  }
  Datum **items = ARENA_ARRAY(e->arena, Datum *, type->items.len);
  for (size_t i = 0; i < type->items.len; i++) {
    items[i] = make_declared(e, s, type->items.at[i], maker, item_path(e, path, i));
    if (is_poison(items[i])) return items[i];
  }
  return datum_tuple(e, (int)type->items.len, items);
}

void make_sizes(Elab *e, Scope *s, const TypeExpr *type, Maker *maker) {
  if (type->tag == TYPE_TUPLE)
    for (size_t i = 0; i < type->items.len; i++) make_sizes(e, s, type->items.at[i], maker);
  if (!type_is_number(type)) return;
  for (size_t d = 0; d < type->dims.len; d++)
    if (names_unbound(e, s, type->dims.at[d])) make_size(e, s, type->dims.at[d], maker);
}

static Datum *make_zero(Maker *maker, Elab *e, Type *type, Name path) {
  (void)maker;
  Value *zeros = build_zeros(here(e), type);
  zeros->name = path;
  return datum_value(e, zeros);
}

Datum *zeros_declared(Elab *e, Scope *s, const TypeExpr *type) {
  Maker maker = {.number = make_zero};
  return make_declared(e, s, type, &maker, NULL);
}

/* ---- matching -------------------------------------------------------------------------------- */

const char *declared_text(Elab *e, const TypeExpr *type) {
  size_t length;
  const char *text = source_text(e->sources, type->span.file, &length);
  if (!text || type->span.end > length) return type->name ? type->name : "this type";
  return arena_format(e->arena, "%.*s", (int)(type->span.end - type->span.start),
                      text + type->span.start);
}

static Datum *size_mismatch(Elab *e, const Expr *dim, Size *found, Size *wanted, Span span,
                            const char *what, int d) {
  const char *axis = arena_format(e->arena, "dimension %d of %s", d, what);
  REPORT(e, DIAG_SIZE_MISMATCH, span, axis, describe_size(e, found), describe_size(e, wanted));
  report_label(e, dim->span, "declared here");
  return poison(e);
}

static void bind_dims(Elab *e, Scope *s, const TypeExpr *type, const Type *actual, Span span) {
  for (int d = 0; d < actual->rank; d++) {
    const Expr *dim = type->dims.at[d];
    if (names_unbound(e, s, dim)) bind(e, s, dim->name, int_of_size(e, actual->dims[d]), span);
  }
}

static void bind_count(Elab *e, Scope *s, const Expr *dim, int64_t count, Span span) {
  if (names_unbound(e, s, dim)) bind(e, s, dim->name, datum_int(e, count), span);
}

void bind_sizes(Elab *e, Scope *s, const TypeExpr *type, const Datum *datum, Span span) {
  if (type->tag == TYPE_TUPLE && datum->tag == DATUM_TUPLE && (size_t)datum->n == type->items.len)
    for (int i = 0; i < datum->n; i++) bind_sizes(e, s, type->items.at[i], datum->items[i], span);
  if (type->tag != TYPE_NAMED) return;
  if (datum->tag == DATUM_MODELS && type->dims.len == 1)
    bind_count(e, s, type->dims.at[0], datum->count, span);
  else if (type_is_number(type) && is_array(datum) && datum_rank(datum) == (int)type->dims.len)
    bind_dims(e, s, type, datum->value->type, span);
}

static Datum *match_dims(Elab *e, Scope *s, const TypeExpr *type, Datum *datum, Span span,
                         const char *what) {
  const Type *actual = datum->value->type;
  Size *dims[MAX_RANK];
  for (int d = 0; d < actual->rank; d++) {
    const Expr *dim = type->dims.at[d];
    dims[d] = actual->dims[d];
    if (is_any(dim)) continue;
    Size *wanted = eval_dim(e, s, dim);
    if (!wanted) return poison(e);
    if (!sizes_agree(e, actual->dims[d], wanted, span))
      return size_mismatch(e, dim, actual->dims[d], wanted, span, what, d);
    dims[d] = wanted;
  }
  Type *wanted = type_array(e->m, actual->kind, actual->rank, dims);
  return datum_value(e, retyped(e, datum->value, wanted));
}

static Datum *match_number(Elab *e, Scope *s, const TypeExpr *type, Kind kind, Datum *datum,
                           Span span, const char *what) {
  const bool rank_fits = is_number(datum) && datum_rank(datum) == (int)type->dims.len;
  const bool kind_fits = rank_fits && (datum_kind(datum) == kind ||
                                       (kind == KIND_REAL && datum_kind(datum) == KIND_INT));
  if (!kind_fits) return type_mismatch(e, span, declared_text(e, type), datum);
  if (kind == KIND_REAL) datum = to_real(e, datum);
  return is_array(datum) ? match_dims(e, s, type, datum, span, what) : datum;
}

static Datum *match_record(Elab *e, const RecordType *record, Datum *datum, const TypeExpr *type,
                           Span span) {
  if (datum->tag == DATUM_RECORD && datum->record == record) return datum;
  return type_mismatch(e, span, declared_text(e, type), datum);
}

static Datum *match_model(Elab *e, Scope *s, const TypeExpr *type, const Datum *named,
                          Datum *datum, Span span) {
  int64_t count = 0;
  const bool decl_only = named->tag == DATUM_MODEL_DECL;
  const Decl *decl = decl_only ? named->decl : named->model->decl;
  const DatumTag tag = type->dims.len ? DATUM_MODELS : DATUM_MODEL;
  bool fits = datum->tag == tag && datum->model->decl == decl &&
              (decl_only || datum->model == named->model);
  if (fits && tag == DATUM_MODELS && is_any(type->dims.at[0])) return datum;
  if (fits && tag == DATUM_MODELS)
    fits = model_count(e, s, type, &count) && count == datum->count;
  return fits ? datum : type_mismatch(e, span, declared_text(e, type), datum);
}

static Datum *match_type(Elab *e, Scope *s, const TypeExpr *type, Datum *datum, Span span,
                         const char *what);

static Datum *match_tuple(Elab *e, Scope *s, const TypeExpr *type, Datum *datum, Span span,
                          const char *what) {
  if (datum->tag != DATUM_TUPLE || datum->n != (int)type->items.len)
    return type_mismatch(e, span, declared_text(e, type), datum);
  Datum **items = ARENA_ARRAY(e->arena, Datum *, (size_t)datum->n);
  for (int i = 0; i < datum->n; i++) {
    items[i] = match_type(e, s, type->items.at[i], datum->items[i], span, what);
    if (is_poison(items[i])) return items[i];
  }
  return datum_tuple(e, datum->n, items);
}

/* Its size names are bound. */
static Datum *match_type(Elab *e, Scope *s, const TypeExpr *type, Datum *datum, Span span,
                         const char *what) {
  Kind kind;
  if (is_poison(datum)) return datum;
  if (type->tag == TYPE_FN)
    return is_callable(datum) ? datum : type_mismatch(e, span, "a function", datum);
  if (type->tag == TYPE_TUPLE) return match_tuple(e, s, type, datum, span, what);
  if (!type->module && kind_by_name(type->name, &kind))
    return match_number(e, s, type, kind, datum, span, what);
  Datum *named = resolve_named_type(e, s, type);
  if (is_poison(named)) return named;
  if (named->tag == DATUM_RECORD_TYPE) return match_record(e, named->record, datum, type, span);
  return match_model(e, s, type, named, datum, span);
}

Datum *match_declared(Elab *e, Scope *s, const TypeExpr *type, Datum *datum, Span span,
                      const char *what) {
  bind_sizes(e, s, type, datum, span);
  return match_type(e, s, type, datum, span, what);
}
