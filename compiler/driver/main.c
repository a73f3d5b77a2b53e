/* main - dpc: from a .dp file to C, or to what lies between. */
#define _POSIX_C_SOURCE 200809L

#include "driver/check.h"
#include "driver/compile.h"
#include "driver/output.h"
#include "driver/pipeline.h"
#include "driver/settings.h"
#include "ir/ir_print.h"
#include "syntax/ast_print.h"

#include <stdlib.h>
#include <string.h>

static bool is_emit(const Settings *settings, const char *what) {
  return strcmp(settings->emit, what) == 0;
}

static bool pass_is_known(const char *name) {
  if (!name || pipeline_has(name)) return true;
  fprintf(stderr, "dpc: no pass is called '%s'; dpc --help-passes lists them\n", name);
  return false;
}

static bool passes_are_known(const Settings *settings) {
  for (size_t i = 0; i < settings->print_after.len; i++)
    if (!pass_is_known(settings->print_after.at[i])) return false;
  return pass_is_known(settings->stop_after) && pass_is_known(settings->from_pass);
}

/* Text that is meant to be looked at goes to the terminal unless -o says otherwise. */
static void write_text(Compilation *c, const Settings *settings, const Text *text) {
  output_write(c->diag, c->arena, settings->output ? settings->output : "-", text);
}

static void write_tree(Compilation *c, const Settings *settings, const File *file) {
  Text text = {.arena = c->arena};
  size_t length = 0;
  char *bytes = NULL;
  FILE *stream = open_memstream(&bytes, &length);
  if (stream) {
    ast_print(stream, file);
    fclose(stream);
    text_add_bytes(&text, bytes, length);
  }
  free(bytes);
  write_text(c, settings, &text);
}

static void write_ir(Compilation *c, const Settings *settings, const Module *m) {
  Text text = {.arena = c->arena};
  ir_print(&text, m);
  write_text(c, settings, &text);
}

/* "heat.c" gives "heat.h". */
static const char *header_path(Compilation *c, const char *path) {
  const char *dot = strrchr(path, '.');
  const char *slash = strrchr(path, '/');
  const size_t length = dot && (!slash || dot > slash) ? (size_t)(dot - path) : strlen(path);
  return arena_format(c->arena, "%.*s.h", (int)length, path);
}

/* A blank in a path is escaped as make wants it. */
static void add_path(Text *text, const char *path) {
  for (; *path; path++) text_format(text, *path == ' ' ? "\\%c" : "%c", *path);
}

static void write_depfile(Compilation *c, const Settings *settings, const char *output) {
  Text text = {.arena = c->arena};
  add_path(&text, output);
  text_add(&text, ":");
  for (uint32_t file = 1; file <= sources_count(c->sources); file++) {
    if (!compile_is_on_disk(source_path(c->sources, file))) continue;
    text_add(&text, " \\\n  ");
    add_path(&text, source_path(c->sources, file));
  }
  text_add(&text, "\n");
  output_write(c->diag, c->arena, settings->depfile, &text);
}

static void write_c(Compilation *c, const Settings *settings, Module *m) {
  const char *input = settings->input ? settings->input : settings->start_from;
  const char *output = settings->output
                           ? settings->output
                           : arena_format(c->arena, "%s.c", path_stem(c->arena, input));
  const bool to_terminal = strcmp(output, "-") == 0;
  const char *stem = path_stem(c->arena, to_terminal ? input : output);
  Generated made = compile_emit(c, settings, m, stem);
  if (diag_errors(c->diag)) return;
  if (settings->explain_memory) {
    write_text(c, settings, &made.memory);
    return;
  }
  if (is_emit(settings, "header")) {
    write_text(c, settings, &made.header);
    return;
  }
  if (!output_write(c->diag, c->arena, output, &made.source)) return;
  if (!to_terminal && output_is_file(output))
    output_write(c->diag, c->arena, header_path(c, output), &made.header);
  if (settings->depfile) write_depfile(c, settings, output);
}

static void compile_program(Compilation *c, const Settings *settings) {
  Module *m = NULL;
  if (settings->start_from) {
    m = compile_read_ir(c, settings);
  } else {
    File *file = compile_load(c, settings);
    if (diag_errors(c->diag)) return;
    if (is_emit(settings, "ast")) {
      write_tree(c, settings, file);
      return;
    }
    m = compile_elaborate(c, settings, file, false);
  }
  if (diag_errors(c->diag)) return;
  pipeline_run(m, c->diag, settings);
  if (diag_errors(c->diag)) return;
  if (settings->stop_after || is_emit(settings, "ir"))
    write_ir(c, settings, m);
  else
    write_c(c, settings, m);
}

static int run(Arena *arena, const Settings *settings) {
  if (!passes_are_known(settings)) return 2;
  if (settings->command == COMMAND_CHECK) return check_program(arena, settings);
  Compilation c = compilation_new(arena);
  compile_program(&c, settings);
  return compile_finish(&c);
}

int main(int argc, char **argv) {
  Arena *arena = arena_new();
  Settings settings;
  int status = 0;
  if (!settings_read(&settings, arena, argc, argv))
    status = 2;
  else if (settings.help)
    settings_help(stdout);
  else if (settings.help_passes)
    pipeline_help(stdout);
  else if (settings.version)
    printf("dpc %s\n", compile_version());
  else
    status = run(arena, &settings);
  arena_free(arena);
  return status;
}
