#define _POSIX_C_SOURCE 200809L

#include "driver/check.h"

#include "driver/check_plan.h"
#include "driver/check_write.h"
#include "driver/compile.h"
#include "driver/embedded.h"
#include "driver/output.h"
#include "driver/pipeline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char stem[] = "program";

/* What is put into the folder: written here, and copied from dpc itself. */
static const char *const written[] = {"program.c", "program.h", "main.c", "check"};
static const char *const copied[][2] = {
  {"compiler/driver/harness", "check_harness.h"}, {"compiler/driver/harness", "check_store.h"},
  {"runtime", "dp_runtime.h"}, {"runtime", "dp_runtime.c"}, {"runtime", "dp_checkpoint.h"},
  {"runtime", "dp_math.h"}, {"runtime", "dp_special.h"}, {"runtime", "dp_trig.h"}, {"runtime", "dp_philox.h"},
  {"runtime", "dp_linalg.h"}, {"runtime", "dp_linalg_kernels.h"}, {"runtime", "dp_window_kernels.h"},
  {"runtime", "dp_print.c"}};

enum { N_WRITTEN = sizeof written / sizeof *written, N_COPIED = sizeof copied / sizeof *copied };

typedef struct {
  Compilation c;
  Module *m;
  RelationList relations;
} Checked;

/* The program with tangents and adjoints of every export, through all passes. */
static Checked derive_all(Arena *arena, const Settings *settings, bool second_order) {
  Checked checked = {.c = compilation_new(arena)};
  Compilation *c = &checked.c;
  File *file = compile_load(c, settings);
  if (diag_errors(c->diag)) return checked;
  c->prefix = "dpc_checked"; /* meets no name of the harness */
  check_add_exports(arena, c->names, file, second_order, &checked.relations);
  checked.m = compile_elaborate(c, settings, file, true);
  if (!diag_errors(c->diag)) pipeline_run(checked.m, c->diag, settings);
  return checked;
}

static const char *make_folder(Arena *arena, const Settings *settings) {
  if (settings->keep) {
    if (mkdir(settings->keep, 0777) == 0 || errno == EEXIST) return settings->keep;
    fprintf(stderr, "dpc check: cannot create '%s': %s\n", settings->keep, strerror(errno));
    return NULL;
  }
  const char *root = getenv("TMPDIR");
  char *folder = arena_format(arena, "%s/dpc-check-XXXXXX", root && *root ? root : "/tmp");
  if (mkdtemp(folder)) return folder;
  fprintf(stderr, "dpc check: cannot create a folder like '%s': %s\n", folder, strerror(errno));
  return NULL;
}

static void remove_folder(Arena *arena, const Settings *settings, const char *folder) {
  if (settings->keep) return;
  for (int i = 0; i < N_WRITTEN; i++) unlink(arena_format(arena, "%s/%s", folder, written[i]));
  for (int i = 0; i < N_COPIED; i++) unlink(arena_format(arena, "%s/%s", folder, copied[i][1]));
  rmdir(folder);
}

static bool write_embedded(Compilation *c, const char *folder, const char *from, const char *name) {
  const EmbeddedFile *file = embedded_find(arena_format(c->arena, "%s/%s", from, name));
  if (!file) {
    diag_report(c->diag, DIAG_INTERNAL, (Span){0},
                arena_format(c->arena, "'%s/%s' is not built into dpc", from, name));
    return false;
  }
  Text text = {.arena = c->arena};
  text_add_bytes(&text, file->text, file->length);
  return output_write(c->diag, c->arena, arena_format(c->arena, "%s/%s", folder, name), &text);
}

static bool write_copies(Compilation *c, const char *folder) {
  for (int i = 0; i < N_COPIED; i++)
    if (!write_embedded(c, folder, copied[i][0], copied[i][1])) return false;
  return true;
}

static bool write_files(Compilation *c, const Settings *settings, Module *m, const CaseList *cases,
                        const char *folder) {
  Generated made = compile_emit(c, settings, m, stem);
  if (diag_errors(c->diag)) return false;
  Text main_text = {.arena = c->arena};
  check_write(&main_text, m, cases, settings, stem);
  return output_write(c->diag, c->arena, arena_format(c->arena, "%s/program.c", folder), &made.source) &&
         output_write(c->diag, c->arena, arena_format(c->arena, "%s/program.h", folder), &made.header) &&
         output_write(c->diag, c->arena, arena_format(c->arena, "%s/main.c", folder), &main_text) &&
         write_copies(c, folder);
}

/* In single quotes, for the shell. */
static const char *quoted(Arena *arena, const char *text) {
  Text out = {.arena = arena};
  text_add(&out, "'");
  for (; *text; text++) {
    if (*text == '\'')
      text_add(&out, "'\\''");
    else
      text_add_bytes(&out, text, 1);
  }
  text_add(&out, "'");
  return out.text;
}

static const char *c_compiler(const Settings *settings) {
  if (settings->cc) return settings->cc;
  const char *cc = getenv("CC");
  return cc && *cc ? cc : "cc";
}

enum { CRASHED = -1 };

/* The status of a shell command. A shell tells by a status above 128 that a signal has ended what it ran. */
static int run_command(const char *command) {
  fflush(stdout);
  const int status = system(command);
  return status != -1 && WIFEXITED(status) && WEXITSTATUS(status) < 128 ? WEXITSTATUS(status) : CRASHED;
}

static int compile_and_run(Arena *arena, const Settings *settings, const char *folder) {
  const char *place = quoted(arena, folder);
  /* Derivatives are under test, not the C compiler: the quickest way to a program will do, unless --cc
   * says otherwise. */
  const char *cc = c_compiler(settings);
  const char *level = strstr(cc, " -O") ? "" : "-O0";
  const char *build = arena_format(
    arena, "cd %s && %s %s -w -o check program.c main.c dp_runtime.c dp_print.c -lm", place,
    cc, level);
  if (run_command(build) != 0) {
    fprintf(stderr, "dpc check: the generated program does not compile: %s\n", build);
    return 4;
  }
  return run_command(arena_format(arena, "%s/check", place));
}

static int check_module(Compilation *c, const Settings *settings, Checked *checked) {
  const Func *unknown = NULL;
  CaseList cases = check_cases(checked->m, settings, &checked->relations, &unknown);
  if (unknown) {
    diag_report(c->diag, DIAG_CHECK_SHAPE, unknown->span, unknown->name);
    return compile_finish(c);
  }
  if (cases.len == 0) {
    printf("no export has reals going in and coming out: nothing to compare\n");
    return 0;
  }
  const char *folder = make_folder(c->arena, settings);
  if (!folder) return 1;
  const bool written = write_files(c, settings, checked->m, &cases, folder);
  const int status = written ? compile_and_run(c->arena, settings, folder) : compile_finish(c);
  remove_folder(c->arena, settings, folder);
  return status;
}

static int check_once(Arena *arena, const Settings *settings) {
  Checked checked = derive_all(arena, settings, true);
  if (diag_errors(checked.c.diag)) {
    checked = derive_all(arena, settings, false);
    if (diag_errors(checked.c.diag)) return compile_finish(&checked.c);
    printf("second derivatives are left out: the program does not allow them everywhere\n");
  }
  return check_module(&checked.c, settings, &checked);
}

int check_program(Arena *arena, const Settings *settings) {
  int status = check_once(arena, settings);
  if (status == CRASHED && !settings->check_bounds) {
    fprintf(stderr, "dpc check: the generated program crashed: once more, with --check-bounds\n");
    Settings bounded = *settings;
    bounded.check_bounds = true;
    status = check_once(arena, &bounded);
  }
  if (status != CRASHED) return status;
  fprintf(stderr, "dpc check: the generated program crashed; --keep DIR leaves it for a look\n");
  return 1;
}
