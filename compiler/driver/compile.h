/* compile - one compilation: from a file to the module of its exports, and from that to C. */
#ifndef DPC_DRIVER_COMPILE_H
#define DPC_DRIVER_COMPILE_H

#include "driver/settings.h"
#include "ir/ir.h"
#include "source/diag.h"
#include "syntax/ast.h"

/* Everything lives in the arena. */
typedef struct {
  Arena *arena;
  Names *names;
  Sources *sources;
  Diag *diag;
  uint32_t file;      /* the program; 0 until it is loaded */
  const char *prefix; /* of every C name */
} Compilation;

typedef struct {
  Text source, header;
  Text memory; /* where settings->explain_memory asks for it */
} Generated;

Compilation compilation_new(Arena *arena);

/* Each of these reports what is wrong; the result is NULL, or not to be used, where
 * diag_errors(c->diag) says so. compile_load reads settings->input and parses it. */
File *compile_load(Compilation *c, const Settings *settings);
/* all_derivatives: as if every export had `with tangent, adjoint`. */
Module *compile_elaborate(Compilation *c, const Settings *settings, File *file,
                          bool all_derivatives);
/* The module printed in settings->start_from. */
Module *compile_read_ir(Compilation *c, const Settings *settings);
/* After the pipeline. `stem` is the C file's name without folder and extension: its header is "stem.h". */
Generated compile_emit(Compilation *c, const Settings *settings, Module *m, const char *stem);

/* What diag holds is printed to stderr; the result is the status to exit with. */
int compile_finish(const Compilation *c);

/* Was the source of this path read from disk, rather than built into dpc? */
bool compile_is_on_disk(const char *path);

const char *compile_version(void);

/* "dir/heat-2d.dp" gives "heat-2d". */
const char *path_stem(Arena *arena, const char *path);

#endif
