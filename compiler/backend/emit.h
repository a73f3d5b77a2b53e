/* emit - a module as C99: one .c and the .h that is its manual.
 *
 * The module holds no vjp or jvp (copy and stop are read as their operand). It may be changed:
 * custom functions are inlined. What cannot be written is reported (sorry S07xx) and nothing is
 * added for it. */
#ifndef DPC_BACKEND_EMIT_H
#define DPC_BACKEND_EMIT_H

#include "base/text.h"
#include "ir/ir.h"
#include "source/diag.h"
#include "source/source.h"

/* A runtime file that --standalone pastes, in the order of the list. */
typedef struct {
  const char *name; /* "dp_runtime.h" */
  const char *text;
} EmitFile;

typedef struct {
  bool single_precision; /* real is float */
  bool math_of_libm;     /* exp, sin, .. are libm's, not those of dp_math.h */
  bool parallel;         /* loops with enough work may run on several threads */
  bool standalone;       /* paste what is needed of the runtime */
  bool check_finite;     /* DP_NONFINITE where a result or a carried scalar is not finite */
  const char *source_name; /* "heat.dp" */
  const char *source_hash; /* hexadecimal; NULL: left out */
  const char *version;     /* "0.1.0" */
  const char *stem;        /* the header is stem.h; NULL: the module's prefix */
  const Sources *sources;  /* for quoting source lines; may be NULL */
  int n_runtime;           /* standalone only: headers first, then .c files */
  const EmitFile *runtime;
  Text *memory;            /* gets a plan of the memory of each function; NULL: not wanted */
} EmitOptions;

/* Do some of the function's snapshots go to the caller's dp_store, its last parameter but two? */
bool takes_store(const Func *func);

void emit_c(Text *c, Text *header, Module *m, const EmitOptions *options, Diag *diag);

#endif
