/* elaborate - from the tree to IR: checks the program and builds it, every call inlined. */
#ifndef DPC_ELABORATE_ELABORATE_H
#define DPC_ELABORATE_ELABORATE_H

#include "ir/ir.h"
#include "source/diag.h"
#include "source/source.h"
#include "syntax/ast.h"

/* -D NAME=value; value is the text of a number, true or false. */
typedef struct {
  const char *name, *value;
} Define;

typedef struct {
  const char *prefix; /* of every C name */
  const Define *defines;
  int n_defines;
  const char *const *search_path; /* folders in which `use` looks, after that of the file itself */
  int n_search_path;
  /* The text of a library module that is built into dpc, or NULL; `name` is as in `use nn`. The
   * prelude is the module "prelude". May be NULL. */
  const char *(*library)(const char *name, size_t *length);
  bool check_bounds;    /* a run-time test for every index that is not known */
  bool all_derivatives; /* as if every exported function had `with tangent, adjoint` (dpc check) */
} Options;

/* The module of everything that the file exports. Problems go to diag; the module is whole and
 * verifies where there are none. */
Module *elaborate(Arena *arena, Names *names, Sources *sources, Diag *diag, File *main,
                  const Options *options);

#endif
