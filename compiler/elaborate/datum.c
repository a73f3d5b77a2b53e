#include "elaborate/elab.h"

#include <string.h>

/* ---- making ---------------------------------------------------------------------------------- */

Datum *datum_new(Elab *e, DatumTag tag) {
  Datum *d = ARENA_NEW(e->arena, Datum);
  d->tag = tag;
  return d;
}

Datum *poison(Elab *e) { return datum_new(e, DATUM_POISON); }

Datum *datum_constant(Elab *e, Constant constant) {
  Datum *d = datum_new(e, DATUM_CONST);
  d->constant = constant;
  return d;
}

Datum *datum_real(Elab *e, double value) {
  return datum_constant(e, (Constant){.kind = KIND_REAL, .real = value});
}

Datum *datum_int(Elab *e, int64_t value) {
  return datum_constant(e, (Constant){.kind = KIND_INT, .integer = value});
}

Datum *datum_bool(Elab *e, bool value) {
  return datum_constant(e, (Constant){.kind = KIND_BOOL, .integer = value});
}

Datum *datum_value(Elab *e, Value *value) {
  Datum *d = datum_new(e, DATUM_VALUE);
  d->value = value;
  return d;
}

static Datum *with_items(Elab *e, DatumTag tag, int n, Datum *const *items) {
  Datum *d = datum_new(e, tag);
  d->n = n;
  d->items = ARENA_ARRAY(e->arena, Datum *, (size_t)n);
  if (n) memcpy(d->items, items, sizeof *items * (size_t)n);
  return d;
}

Datum *datum_tuple(Elab *e, int n, Datum *const *items) {
  if (n == 1) return items[0];
  return with_items(e, n ? DATUM_TUPLE : DATUM_NONE, n, items);
}

Datum *datum_with_items(Elab *e, const Datum *like, Datum *const *items) {
  Datum *d = with_items(e, like->tag, like->n, items);
  d->record = like->record;
  d->model = like->model;
  d->count = like->count;
  return d;
}

/* ---- looking --------------------------------------------------------------------------------- */

bool is_structure(const Datum *d) {
  return d->tag == DATUM_TUPLE || d->tag == DATUM_RECORD || d->tag == DATUM_MODEL ||
         d->tag == DATUM_MODELS;
}

bool is_number(const Datum *d) { return d->tag == DATUM_CONST || d->tag == DATUM_VALUE; }

bool is_array(const Datum *d) { return d->tag == DATUM_VALUE && d->value->type->rank > 0; }

bool is_scalar(const Datum *d) { return is_number(d) && !is_array(d); }

bool is_callable(const Datum *d) {
  return d->tag == DATUM_FUNCTION || d->tag == DATUM_BUILTIN || d->tag == DATUM_DERIVATIVE ||
         d->tag == DATUM_MODEL;
}

Kind datum_kind(const Datum *d) {
  return d->tag == DATUM_CONST ? d->constant.kind : d->value->type->kind;
}

int datum_rank(const Datum *d) { return d->tag == DATUM_CONST ? 0 : d->value->type->rank; }

bool is_const_int(const Datum *d, int64_t *value) {
  if (d->tag == DATUM_VALUE && d->value->type->kind == KIND_INT)
    return value_is_const_int(d->value, value);
  if (d->tag != DATUM_CONST || d->constant.kind != KIND_INT) return false;
  *value = d->constant.integer;
  return true;
}

bool is_const_bool(const Datum *d, bool *value) {
  if (d->tag != DATUM_CONST || d->constant.kind != KIND_BOOL) return false;
  *value = d->constant.integer != 0;
  return true;
}

/* ---- describing ------------------------------------------------------------------------------ */

static const char *describe_int(Elab *e, const Value *value);

static const char *in_brackets(Elab *e, const char *text) {
  return strchr(text, ' ') ? arena_format(e->arena, "(%s)", text) : text;
}

static const char *describe_int_prim(Elab *e, const Instr *def) {
  const char *a = in_brackets(e, describe_int(e, def->operands[0]));
  const char *b = def->n_operands > 1 ? in_brackets(e, describe_int(e, def->operands[1])) : "";
  switch ((int)def->op) {
    case OP_int_div: return arena_format(e->arena, "%s // %s", a, b);
    case OP_int_mod: return arena_format(e->arena, "%s %% %s", a, b);
    case OP_min: return arena_format(e->arena, "min(%s, %s)", a, b);
    case OP_max: return arena_format(e->arena, "max(%s, %s)", a, b);
    case OP_mul: return arena_format(e->arena, "%s*%s", a, b);
    case OP_add: return arena_format(e->arena, "%s + %s", a, b);
    case OP_sub: return arena_format(e->arena, "%s - %s", a, b);
    default: return "?";
  }
}

/* The int as the source might write it. */
static const char *describe_int(Elab *e, const Value *value) {
  int64_t known;
  if (value->name) return value->name;
  if (value_is_const_int(value, &known))
    return arena_format(e->arena, "%lld", (long long)known);
  if (!value->def) return "?";
  if (value->def->op == OP_SIZE)
    return describe_size(e, value->def->size);
  return op_is_prim(value->def->op) ? describe_int_prim(e, value->def) : "?";
}

static void add_term(Elab *e, Text *text, const SizeTerm *term, bool first) {
  const int64_t coef = term->coef;
  if (coef < 0) text_add(text, first ? "-" : " - ");
  else if (!first) text_add(text, " + ");
  const uint64_t size = coef < 0 ? 0 - (uint64_t)coef : (uint64_t)coef;
  if (size != 1 || term->n_atoms == 0) text_format(text, "%llu", (unsigned long long)size);
  for (int k = 0; k < term->n_atoms; k++) {
    if (k > 0 || size != 1) text_add(text, "*");
    const char *atom = describe_int(e, term->atoms[k]);
    text_add(text, size != 1 || term->n_atoms > 1 ? in_brackets(e, atom) : atom);
  }
}

const char *describe_size(Elab *e, const Size *size) {
  Text text = {.arena = e->arena};
  if (size->n_terms == 0) return "0";
  for (int i = 0; i < size->n_terms; i++) add_term(e, &text, &size->terms[i], i == 0);
  return text.text;
}

const char *describe_type(Elab *e, const Type *type) {
  static const char *const kinds[] = {"real", "int", "bool"};
  Text text = {.arena = e->arena};
  text_add(&text, kinds[type->kind]);
  for (int d = 0; d < type->rank; d++)
    text_format(&text, "%s%s", d ? ", " : "[", describe_size(e, type->dims[d]));
  if (type->rank) text_add(&text, "]");
  return text.text;
}

static const char *describe_tuple(Elab *e, const Datum *d) {
  Text text = {.arena = e->arena};
  text_add(&text, "(");
  for (int i = 0; i < d->n; i++)
    text_format(&text, "%s%s", i ? ", " : "", describe(e, d->items[i]));
  text_add(&text, ")");
  return text.text;
}

const char *describe(Elab *e, const Datum *d) {
  switch (d->tag) {
    case DATUM_POISON: return "an error";
    case DATUM_NONE: return "no value";
    case DATUM_UNSET: return "no value yet";
    case DATUM_CONST: return describe_type(e, type_scalar(e->m, d->constant.kind));
    case DATUM_VALUE: return describe_type(e, d->value->type);
    case DATUM_TUPLE: return describe_tuple(e, d);
    case DATUM_RECORD: return arena_format(e->arena, "the record %s", d->record->decl->name);
    case DATUM_MODEL: return arena_format(e->arena, "the model %s", d->model->decl->name);
    case DATUM_MODELS:
      return arena_format(e->arena, "%s[%lld]", d->model->decl->name, (long long)d->count);
    case DATUM_FUNCTION:
    case DATUM_BUILTIN:
    case DATUM_DERIVATIVE: return "a function";
    case DATUM_VIEW: return "an array with a boundary rule";
    case DATUM_RANGE: return "a range";
    case DATUM_RECORD_TYPE: return "a record type";
    case DATUM_MODEL_DECL:
    case DATUM_MODEL_TYPE: return "a model type";
    case DATUM_UNIT: return "a module";
    case DATUM_STRING: return "a text";
  }
  return "something";
}

/* ---- leaves ---------------------------------------------------------------------------------- */

Value *materialise(Elab *e, const Datum *d) {
  if (d->tag == DATUM_VALUE) return d->value;
  switch (d->constant.kind) {
    case KIND_REAL: return build_real(here(e), d->constant.real);
    case KIND_INT: return build_int(here(e), d->constant.integer);
    default: return build_bool(here(e), d->constant.integer != 0);
  }
}

bool datum_leaves(Elab *e, const Datum *d, ValueList *leaves) {
  if (is_number(d)) {
    vec_push(e->arena, leaves, materialise(e, d));
    return true;
  }
  bool numbers_only = is_structure(d);
  for (int i = 0; i < d->n; i++) numbers_only &= datum_leaves(e, d->items[i], leaves);
  return numbers_only;
}

void datum_real_leaves(Elab *e, const Datum *d, ValueList *leaves) {
  if (is_number(d) && datum_kind(d) == KIND_REAL) vec_push(e->arena, leaves, materialise(e, d));
  for (int i = 0; i < d->n; i++) datum_real_leaves(e, d->items[i], leaves);
}

static Datum *rebuild(Elab *e, const Datum *d, Value *const *leaves, int *next, bool reals_only) {
  if (is_number(d)) {
    if (reals_only && datum_kind(d) != KIND_REAL) return (Datum *)d;
    return datum_value(e, leaves[(*next)++]);
  }
  if (!is_structure(d)) return (Datum *)d;
  Datum **items = ARENA_ARRAY(e->arena, Datum *, (size_t)d->n);
  for (int i = 0; i < d->n; i++) items[i] = rebuild(e, d->items[i], leaves, next, reals_only);
  return datum_with_items(e, d, items);
}

Datum *datum_rebuild(Elab *e, const Datum *d, Value *const *leaves, int *next) {
  return rebuild(e, d, leaves, next, false);
}

Datum *datum_rebuild_reals(Elab *e, const Datum *d, Value *const *leaves, int *next) {
  return rebuild(e, d, leaves, next, true);
}

Datum *datum_copied(Elab *e, Datum *d, uint32_t before) {
  if (d->tag == DATUM_CONST && d->constant.kind == KIND_REAL)
    return datum_value(e, materialise(e, d));
  if (d->tag == DATUM_VALUE && d->value->type->kind == KIND_REAL && d->value->id < before)
    return datum_value(e, build_copy(here(e), OP_COPY, d->value));
  if (!is_structure(d)) return d;
  Datum **items = ARENA_ARRAY(e->arena, Datum *, (size_t)d->n);
  bool changed = false;
  for (int i = 0; i < d->n; i++) {
    items[i] = datum_copied(e, d->items[i], before);
    changed |= items[i] != d->items[i];
  }
  return changed ? datum_with_items(e, d, items) : d;
}

/* ---- comparing ------------------------------------------------------------------------------- */

bool same_structure(const Datum *a, const Datum *b) {
  if (is_number(a) || is_number(b)) return is_number(a) && is_number(b);
  if (!is_structure(a) || !is_structure(b)) return datum_equal(a, b);
  if (a->tag != b->tag || a->n != b->n || a->record != b->record || a->model != b->model ||
      a->count != b->count)
    return false;
  for (int i = 0; i < a->n; i++)
    if (!same_structure(a->items[i], b->items[i])) return false;
  return true;
}

static bool constants_equal(Constant a, Constant b) {
  return a.kind == b.kind && a.integer == b.integer && memcmp(&a.real, &b.real, sizeof a.real) == 0;
}

static bool derivatives_equal(const Derivative *a, const Derivative *b) {
  return a->kind == b->kind && a->n_x == b->n_x &&
         memcmp(a->x, b->x, sizeof a->x[0] * (size_t)a->n_x) == 0 &&
         datum_equal(a->function, b->function);
}

bool datum_equal(const Datum *a, const Datum *b) {
  if (a == b) return true;
  if (a->tag != b->tag || a->n != b->n || a->count != b->count) return false;
  for (int i = 0; i < a->n; i++)
    if (!datum_equal(a->items[i], b->items[i])) return false;
  switch (a->tag) {
    case DATUM_CONST: return constants_equal(a->constant, b->constant);
    case DATUM_VALUE: return a->value == b->value;
    case DATUM_FUNCTION:
      return a->closure->function == b->closure->function && a->closure->env == b->closure->env;
    case DATUM_BUILTIN: return strcmp(a->builtin->name, b->builtin->name) == 0;
    case DATUM_DERIVATIVE: return derivatives_equal(a->derivative, b->derivative);
    case DATUM_VIEW:
      return datum_equal(a->base, b->base) && memcmp(a->rules, b->rules, sizeof a->rules) == 0;
    case DATUM_RANGE: return a->lo == b->lo && a->hi == b->hi && a->step == b->step;
    case DATUM_UNIT: return a->unit == b->unit;
    case DATUM_MODEL_DECL: return a->decl == b->decl;
    case DATUM_STRING: return strcmp(a->text, b->text) == 0;
    default: return a->record == b->record && a->model == b->model;
  }
}
