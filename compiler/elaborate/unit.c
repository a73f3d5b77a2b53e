/* unit - source files as modules: their declarations, worked out when they are first needed. */
#include "elaborate/elab.h"

#include "syntax/parse.h"

#include <stdio.h>
#include <string.h>

/* ---- declarations ---------------------------------------------------------------------------- */

static Name last_part(Elab *e, Name path) {
  const char *dot = strrchr(path, '.');
  return dot ? intern(e->names, dot + 1) : path;
}

Name decl_name(Elab *e, const Decl *decl) {
  switch (decl->tag) {
    case DECL_USE: return decl->alias ? decl->alias : last_part(e, decl->name);
    case DECL_FN:
    case DECL_EXTERN: return decl->function->name;
    default: return decl->name;
  }
}

static Span decl_name_span(const Decl *decl) {
  if (decl->tag == DECL_FN || decl->tag == DECL_EXTERN) return decl->function->name_span;
  return decl->name_span.file ? decl->name_span : decl->span;
}

Global *global_named(const Unit *unit, Name name) {
  const NameEntry *entry = name_map_find(&unit->places, name);
  return entry ? &unit->globals.at[entry->number - 1] : NULL;
}

static void add_global(Elab *e, Unit *unit, Decl *decl) {
  const Name name = decl_name(e, decl);
  const Span span = decl_name_span(decl);
  if (!name) return;
  const Global *old = global_named(unit, name);
  if (old) {
    REPORT(e, DIAG_DUPLICATE, span, name);
    report_label(e, old->span, "first defined here");
    return;
  }
  vec_push(e->arena, &unit->globals, ((Global){.decl = decl, .name = name, .span = span}));
  name_map_add(&unit->places, name)->number = (int)unit->globals.len;
}

Unit *unit_new(Elab *e, Name name, File *file, bool is_library) {
  Unit *unit = ARENA_NEW(e->arena, Unit);
  unit->name = name;
  unit->file = file;
  unit->is_library = is_library;
  unit->places = name_map_new(e->arena);
  vec_push(e->arena, &e->units, unit);
  for (size_t i = 0; file && i < file->decls.len; i++)
    if (file->decls.at[i]->tag != DECL_EXPORT) add_global(e, unit, file->decls.at[i]);
  return unit;
}

/* ---- their meaning --------------------------------------------------------------------------- */

static Datum *function_datum(Elab *e, Unit *unit, Function *function) {
  Datum *d = datum_new(e, DATUM_FUNCTION);
  d->closure = ARENA_NEW(e->arena, Closure);
  *d->closure = (Closure){.function = function, .unit = unit};
  return d;
}

/* A module by name, loaded once. NULL: not found (nothing reported). */
static Unit *unit_load(Elab *e, Name name, Span span);

static Datum *unit_datum(Elab *e, const Decl *decl) {
  Unit *used = unit_load(e, decl->name, decl_name_span(decl));
  if (!used) {
    REPORT(e, DIAG_NO_MODULE, decl_name_span(decl), decl->name);
    return poison(e);
  }
  Datum *d = datum_new(e, DATUM_UNIT);
  d->unit = used;
  return d;
}

static Datum *const_datum(Elab *e, Unit *unit, Decl *decl) {
  Scope scope = {.unit = unit};
  Datum *d = eval(e, &scope, decl->value);
  if (decl->type) d = match_declared(e, &scope, decl->type, d, decl->value->span, decl->name);
  return d;
}

static Datum *decl_datum(Elab *e, Unit *unit, Decl *decl) {
  Datum *d;
  switch (decl->tag) {
    case DECL_USE: return unit_datum(e, decl);
    case DECL_CONST: return const_datum(e, unit, decl);
    case DECL_FN:
    case DECL_EXTERN: return function_datum(e, unit, decl->function);
    case DECL_RECORD:
      d = datum_new(e, DATUM_RECORD_TYPE);
      d->record = record_type_of(e, decl, unit);
      return d;
    default:
      d = datum_new(e, DATUM_MODEL_DECL);
      d->decl = decl;
      d->unit = unit;
      return d;
  }
}

/* Constant arrays are built anew in each function, so they are not kept. */
static bool is_kept(const Datum *d) {
  if (d->tag == DATUM_VALUE) return false;
  for (int i = 0; i < d->n; i++)
    if (!is_kept(d->items[i])) return false;
  return d->tag != DATUM_FUNCTION || !d->closure->env;
}

Datum *find_global(Elab *e, Unit *unit, Name name) {
  Global *global = global_named(unit, name);
  if (!global) return NULL;
  if (global->datum) return global->datum;
  if (global->in_progress) {
    REPORT(e, DIAG_BAD_STATEMENT, global->span, "this constant is defined by itself");
    return poison(e);
  }
  global->in_progress = true;
  CallFrame *calls = e->calls;
  e->calls = NULL;
  Datum *d = decl_datum(e, unit, global->decl);
  e->calls = calls;
  global = global_named(unit, name);
  global->in_progress = false;
  if (is_kept(d)) global->datum = d;
  return d;
}

Datum *unit_member(Elab *e, Unit *unit, Name name, Span span) {
  Datum *d = find_global(e, unit, name);
  if (d) return d;
  NameList names = {0};
  for (size_t i = 0; i < unit->globals.len; i++)
    vec_push(e->arena, &names, unit->globals.at[i].name);
  REPORT(e, DIAG_NO_MEMBER, span, arena_format(e->arena, "the module %s", unit->name), name);
  const Name near = nearest_name(name, names.at, names.len);
  if (near) report_help(e, "did you mean %s?", near);
  return poison(e);
}

/* ---- loading --------------------------------------------------------------------------------- */

/* "a.b" is a/b.dp. */
static char *module_path(Elab *e, const char *folder, Name name) {
  char *path = arena_format(e->arena, "%s%s%s.dp", folder, *folder ? "/" : "", name);
  const size_t start = *folder ? strlen(folder) + 1 : 0;
  for (char *c = path + start; c[3]; c++)
    if (*c == '.') *c = '/';
  return path;
}

static bool exists(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file) fclose(file);
  return file != NULL;
}

static char *folder_of(Elab *e, const char *path) {
  const char *slash = strrchr(path, '/');
  return arena_format(e->arena, "%.*s", slash ? (int)(slash - path) : 0, path);
}

/* A program called nn.dp that uses nn means the other one. */
static uint32_t load_from_path(Elab *e, Name name, Span span) {
  const char *main_path = source_path(e->sources, e->main->file->file);
  char *path = module_path(e, folder_of(e, main_path), name);
  if (strcmp(path, main_path) != 0 && exists(path))
    return sources_load(e->sources, e->diag, path, span);
  for (int i = 0; i < e->options->n_search_path; i++) {
    path = module_path(e, e->options->search_path[i], name);
    if (exists(path)) return sources_load(e->sources, e->diag, path, span);
  }
  return 0;
}

static uint32_t load_from_library(Elab *e, Name name) {
  size_t length = 0;
  const char *text = e->options->library ? e->options->library(name, &length) : NULL;
  if (!text) return 0;
  return sources_add_text(e->sources, arena_format(e->arena, "std/%s.dp", name), text, length);
}

static Unit *unit_load(Elab *e, Name name, Span span) {
  for (size_t i = 0; i < e->units.len; i++)
    if (e->units.at[i]->name == name) return e->units.at[i];
  bool is_library = false;
  uint32_t file = load_from_path(e, name, span);
  if (!file) {
    file = load_from_library(e, name);
    is_library = true;
  }
  if (!file) return NULL;
  File *tree = parse_file(e->arena, e->names, e->sources, e->diag, file);
  return unit_new(e, name, tree, is_library);
}
