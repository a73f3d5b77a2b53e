/* scope - what a name means: the environment, then the file, then the prelude and the builtins. */
#include "elaborate/elab.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- environments ---------------------------------------------------------------------------- */

enum { BRANCH_BITS = 2, BRANCHES = 1 << BRANCH_BITS };

/* A persistent tree by the hash of the name, one binding per node; below it the branches by the next
 * bits of the hash. Never walked: addresses have no influence on anything. */
typedef struct BindingTree {
  const Binding *binding;
  const struct BindingTree *branch[BRANCHES];
} BindingTree;

static uint64_t hash_of(Name name) {
  return (uint64_t)(uintptr_t)name * 0x9E3779B97F4A7C15u >> 16;
}

/* A new path to the binding; the rest of the tree is shared. */
static const BindingTree *with_binding(Arena *arena, const BindingTree *tree,
                                       const Binding *binding) {
  BindingTree *top = ARENA_NEW(arena, BindingTree), *node = top;
  for (uint64_t hash = hash_of(binding->name); tree; hash >>= BRANCH_BITS) {
    *node = *tree;
    if (tree->binding->name == binding->name) break;
    const int k = (int)(hash % BRANCHES);
    tree = tree->branch[k];
    BindingTree *next = ARENA_NEW(arena, BindingTree);
    node->branch[k] = next;
    node = next;
  }
  node->binding = binding;
  return top;
}

void bind(Elab *e, Scope *s, Name name, Datum *datum, Span span) {
  Binding *binding = ARENA_NEW(e->arena, Binding);
  *binding = (Binding){name, datum, span, s->env, NULL};
  binding->tree = with_binding(e->arena, s->env ? s->env->tree : NULL, binding);
  s->env = binding;
}

const Binding *find_binding(const Binding *env, Name name) {
  uint64_t hash = hash_of(name);
  for (const BindingTree *node = env ? env->tree : NULL; node; hash >>= BRANCH_BITS) {
    if (node->binding->name == name) return node->binding;
    node = node->branch[hash % BRANCHES];
  }
  return NULL;
}

/* ---- -D NAME=value --------------------------------------------------------------------------- */

static Datum *define_datum(Elab *e, const char *text) {
  char *end;
  if (!strcmp(text, "true") || !strcmp(text, "false")) return datum_bool(e, text[0] == 't');
  const long long integer = strtoll(text, &end, 10);
  if (*text && !*end) return datum_int(e, integer);
  const double real = strtod(text, &end);
  return *text && !*end ? datum_real(e, real) : NULL;
}

static Datum *find_define(Elab *e, Name name) {
  for (int i = 0; i < e->options->n_defines; i++)
    if (!strcmp(e->options->defines[i].name, name))
      return define_datum(e, e->options->defines[i].value);
  return NULL;
}

/* ---- lookup ---------------------------------------------------------------------------------- */

static Datum *builtin_datum(Elab *e, Name name) {
  const Builtin *builtin = find_builtin(e, name);
  if (!builtin && !strcmp(name, "pi")) return datum_real(e, 3.141592653589793);
  if (!builtin && !strcmp(name, "inf")) return datum_real(e, INFINITY);
  if (!builtin) return NULL;
  Datum *d = datum_new(e, DATUM_BUILTIN);
  d->builtin = builtin;
  return d;
}

Datum *find_name(Elab *e, Scope *s, Name name) {
  const Binding *binding = find_binding(s->env, name);
  if (binding) return binding->datum;
  Datum *d = s->unit == e->main ? find_define(e, name) : NULL;
  if (!d) d = find_global(e, s->unit, name);
  if (!d && e->prelude && s->unit != e->prelude) d = find_global(e, e->prelude, name);
  return d ? d : builtin_datum(e, name);
}

static Name nearest_in_scope(Elab *e, const Scope *s, Name wanted) {
  NameList names = {0};
  for (const Binding *b = s->env; b; b = b->outer) vec_push(e->arena, &names, b->name);
  for (size_t i = 0; i < s->unit->globals.len; i++)
    vec_push(e->arena, &names, s->unit->globals.at[i].name);
  for (size_t i = 0; e->prelude && i < e->prelude->globals.len; i++)
    vec_push(e->arena, &names, e->prelude->globals.at[i].name);
  builtin_names(e, &names);
  return nearest_name(wanted, names.at, names.len);
}

/* Where the name was last set, although it has no value here. */
static Datum *report_unset(Elab *e, Scope *s, Name name, const Datum *d, Span span) {
  const Binding *binding = find_binding(s->env, name);
  REPORT(e, DIAG_NOT_SET, span, name);
  if (binding) report_label(e, binding->span, "%s", d->text);
  return poison(e);
}

static bool is_library_module(const Elab *e, Name name) {
  size_t length;
  return strcmp(name, "prelude") != 0 && e->options->library && e->options->library(name, &length);
}

/* What names of other languages are here. */
static const char *meaning_elsewhere(Name name) {
  static const char *const ranges[] = {"range", "enumerate", "arange"};
  static const char *const modules[] = {"math", "np", "numpy", "jnp", "jax", "torch", "tf"};
  for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
    if (!strcmp(name, ranges[i])) return "a range is written lo..hi: for i in 0..n, or 0..len(x)";
  for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
    if (!strcmp(name, modules[i])) return "functions of numbers and arrays need no module: sin(x), zeros(n)";
  return NULL;
}

/* The axis of the type that has the size of that name, or -1. */
static int axis_named(const TypeExpr *type, Name name) {
  for (size_t k = 0; type && k < type->dims.len; k++)
    if (type->dims.at[k]->tag == EXPR_NAME && type->dims.at[k]->name == name) return (int)k;
  return -1;
}

/* "size(b.x, 0)", where the name is that of a size in the record of the variable b; else NULL. */
static const char *size_of_record(Elab *e, const Scope *s, Name name) {
  for (const Binding *b = s->env; b; b = b->outer) {
    if (b->datum->tag != DATUM_RECORD) continue;
    const MemberList *fields = &b->datum->record->decl->members;
    for (size_t i = 0; i < fields->len; i++) {
      const int axis = axis_named(fields->at[i].type, name);
      if (axis >= 0) return arena_format(e->arena, "size(%s.%s, %d)", b->name, fields->at[i].name, axis);
    }
  }
  return NULL;
}

static Datum *report_unknown(Elab *e, Scope *s, Name name, Span span) {
  REPORT(e, DIAG_UNKNOWN_NAME, span, name);
  Name near;
  const char *size = size_of_record(e, s, name), *elsewhere = meaning_elsewhere(name);
  if (size) report_help(e, "sizes of a record's fields are no names outside it; write %s", size);
  else if (is_library_module(e, name)) report_help(e, "write `use %s` at the top of the file", name);
  else if (elsewhere) report_help(e, "%s", elsewhere);
  else if ((near = nearest_in_scope(e, s, name))) report_help(e, "did you mean %s?", near);
  return poison(e);
}

Datum *look_up(Elab *e, Scope *s, Name name, Span span) {
  Datum *d = find_name(e, s, name);
  if (!d) return report_unknown(e, s, name, span);
  return d->tag == DATUM_UNSET ? report_unset(e, s, name, d, span) : d;
}
