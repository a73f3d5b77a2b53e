#include "elaborate/elab.h"

#include "syntax/parse.h"

#include <string.h>

static void load_prelude(Elab *e) {
  size_t length = 0;
  const char *text = e->options->library ? e->options->library("prelude", &length) : NULL;
  if (!text) return;
  const uint32_t file = sources_add_text(e->sources, "std/prelude.dp", text, length);
  File *tree = parse_file(e->arena, e->names, e->sources, e->diag, file);
  e->prelude = unit_new(e, intern(e->names, "prelude"), tree, true);
}

/* Everything that has a meaning without a call: modules, constants, models, records. */
static void elaborate_global(Elab *e, const Decl *decl) {
  if (decl->tag == DECL_FN || decl->tag == DECL_EXTERN || decl->tag == DECL_EXPORT) return;
  const Global *global = global_named(e->main, decl_name(e, decl));
  if (!global || global->decl != decl) return;
  Datum *d = find_global(e, e->main, global->name);
  CallArgs none = {0};
  if (d->tag == DATUM_MODEL_DECL && d->decl->params.len == 0)
    model_type_of(e, d->decl, d->unit, &none, decl->name_span);
}

static void elaborate_unused_model(Elab *e, const Decl *decl) {
  Datum *d = find_global(e, e->main, decl->name);
  if (!d || d->tag != DATUM_MODEL_DECL || d->decl != decl || decl->params.len) return;
  CallArgs none = {0};
  Datum *type = model_type_of(e, d->decl, d->unit, &none, decl->name_span);
  if (type->tag == DATUM_MODEL_TYPE) elaborate_unused_methods(e, type->model);
}

static void elaborate_all(Elab *e, const File *file) {
  bool exports = false;
  for (size_t i = 0; i < file->decls.len; i++) elaborate_global(e, file->decls.at[i]);
  for (size_t i = 0; i < file->decls.len; i++) {
    if (file->decls.at[i]->tag != DECL_EXPORT) continue;
    exports = true;
    elaborate_export(e, file->decls.at[i]);
  }
  for (size_t i = 0; i < file->decls.len; i++) {
    if (file->decls.at[i]->tag == DECL_FN) elaborate_unused(e, file->decls.at[i]);
    if (file->decls.at[i]->tag == DECL_MODEL) elaborate_unused_model(e, file->decls.at[i]);
  }
  if (!exports && diag_errors(e->diag) == 0) {
    REPORT(e, DIAG_NO_EXPORT, ((Span){file->file, 0, 0}), "");
    report_help(e, "name the functions that C may call: export NAME");
  }
}

Module *elaborate(Arena *arena, Names *names, Sources *sources, Diag *diag, File *main,
                  const Options *options) {
  Elab e = {.arena = arena, .names = names, .sources = sources, .diag = diag, .options = options,
            .known_ints = id_map_new(arena), .elaborated = id_set_new(arena),
            .exported = name_map_new(arena)};
  Frame outermost; /* for what constants leave behind; it is thrown away */
  e.m = module_new(arena, names);
  e.m->prefix = intern(names, options->prefix);
  open_frame(&e, &outermost, FRAME_BODY);
  load_prelude(&e);
  e.main = unit_new(&e, intern(names, "main"), main, false);
  elaborate_all(&e, main);
  return e.m;
}
