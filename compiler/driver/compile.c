#define _POSIX_C_SOURCE 200809L

#include "driver/compile.h"

#include "backend/emit.h"
#include "driver/embedded.h"
#include "driver/sha256.h"
#include "elaborate/elaborate.h"
#include "ir/ir_read.h"
#include "syntax/parse.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

enum { HASH_DIGITS = 16 };

const char *compile_version(void) { return DPC_VERSION; }

bool compile_is_on_disk(const char *path) { return access(path, F_OK) == 0; }

const char *path_stem(Arena *arena, const char *path) {
  const char *slash = strrchr(path, '/');
  const char *name = slash ? slash + 1 : path;
  const char *dot = strrchr(name, '.');
  const size_t length = dot && dot > name ? (size_t)(dot - name) : strlen(name);
  return arena_format(arena, "%.*s", (int)length, name);
}

/* A file's stem as the beginning of C names. */
static const char *as_identifier(Arena *arena, const char *stem) {
  Text text = {.arena = arena};
  if (isdigit((unsigned char)stem[0])) text_add(&text, "dp_");
  for (const char *at = stem; *at; at++) {
    const bool fits = isalnum((unsigned char)*at) && (unsigned char)*at < 0x80;
    text_add_bytes(&text, fits ? at : "_", 1);
  }
  return text.text;
}

Compilation compilation_new(Arena *arena) {
  Compilation c = {.arena = arena};
  c.names = names_new(arena);
  c.sources = sources_new(arena);
  c.diag = diag_new(arena, c.sources);
  return c;
}

File *compile_load(Compilation *c, const Settings *settings) {
  c->file = sources_load(c->sources, c->diag, settings->input, (Span){0});
  if (!c->file) return NULL;
  c->prefix = settings->prefix ? settings->prefix
                               : as_identifier(c->arena, path_stem(c->arena, settings->input));
  return parse_file(c->arena, c->names, c->sources, c->diag, c->file);
}

static const char *library(const char *name, size_t *length) {
  char path[256];
  snprintf(path, sizeof path, "lang/std/%s.dp", name);
  const EmbeddedFile *file = embedded_find(path);
  if (!file) return NULL;
  *length = file->length;
  return file->text;
}

/* The texts NAME=VALUE of -D. */
static Define *split_defines(Arena *arena, const Settings *settings) {
  Define *defines = ARENA_ARRAY(arena, Define, settings->defines.len + 1);
  for (size_t i = 0; i < settings->defines.len; i++) {
    const char *text = settings->defines.at[i];
    const char *equals = strchr(text, '=');
    defines[i].name = arena_format(arena, "%.*s", (int)(equals - text), text);
    defines[i].value = equals + 1;
  }
  return defines;
}

Module *compile_elaborate(Compilation *c, const Settings *settings, File *file,
                          bool all_derivatives) {
  const Options options = {
    .prefix = c->prefix,
    .defines = split_defines(c->arena, settings),
    .n_defines = (int)settings->defines.len,
    .search_path = settings->include.at,
    .n_search_path = (int)settings->include.len,
    .library = library,
    .check_bounds = settings->check_bounds,
    .all_derivatives = all_derivatives,
  };
  return elaborate(c->arena, c->names, c->sources, c->diag, file, &options);
}

Module *compile_read_ir(Compilation *c, const Settings *settings) {
  c->file = sources_load(c->sources, c->diag, settings->start_from, (Span){0});
  if (!c->file) return NULL;
  Module *m = ir_read(c->arena, c->names, c->sources, c->diag, c->file);
  if (m && settings->prefix) m->prefix = intern(c->names, settings->prefix);
  return m;
}

static const char *file_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* What --standalone pastes, in order. */
static const char *const runtime_paths[] = {
    "dp_runtime.h", "dp_checkpoint.h", "dp_math.h",           "dp_special.h",        "dp_trig.h",
    "dp_philox.h",  "dp_linalg.h",     "dp_linalg_kernels.h", "dp_window_kernels.h", "dp_runtime.c",
    "dp_print.c"};

enum { N_RUNTIME = sizeof runtime_paths / sizeof runtime_paths[0] };

static EmitFile *runtime_files(Compilation *c) {
  EmitFile *files = ARENA_ARRAY(c->arena, EmitFile, N_RUNTIME);
  for (int i = 0; i < N_RUNTIME; i++) {
    const char *path = arena_format(c->arena, "runtime/%s", runtime_paths[i]);
    const EmbeddedFile *file = embedded_find(path);
    files[i] = (EmitFile){.name = runtime_paths[i], .text = file ? file->text : ""};
  }
  return files;
}

Generated compile_emit(Compilation *c, const Settings *settings, Module *m, const char *stem) {
  size_t length;
  const char *text = source_text(c->sources, c->file, &length);
  char hash[65];
  sha256_hex(text, length, hash);
  hash[HASH_DIGITS] = '\0';
  Generated made = {.source = {.arena = c->arena}, .header = {.arena = c->arena},
                    .memory = {.arena = c->arena}};
  const EmitOptions options = {
    .single_precision = strcmp(settings->precision, "float") == 0,
    .standalone = settings->standalone,
    .parallel = settings->parallel,
    .math_of_libm = strcmp(settings->math, "libm") == 0,
    .check_finite = settings->check_finite,
    .source_name = file_name(source_path(c->sources, c->file)),
    .source_hash = hash,
    .version = DPC_VERSION,
    .stem = stem,
    .sources = c->sources,
    .n_runtime = settings->standalone ? N_RUNTIME : 0,
    .runtime = settings->standalone ? runtime_files(c) : NULL,
    .memory = settings->explain_memory ? &made.memory : NULL,
  };
  emit_c(&made.source, &made.header, m, &options, c->diag);
  return made;
}

int compile_finish(const Compilation *c) {
  diag_print(c->diag, stderr);
  if (diag_errors_of(c->diag, 'B')) return 4;
  if (diag_errors_of(c->diag, 'E')) return 1;
  return diag_errors_of(c->diag, 'S') ? 3 : 0;
}
