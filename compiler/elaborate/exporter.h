/* exporter - the body and the parameters of one exported function. */
#ifndef DPC_ELABORATE_EXPORTER_H
#define DPC_ELABORATE_EXPORTER_H

#include "elaborate/elab.h"

typedef struct {
  const Expr *value; /* what is exported; it is known to come down to a closure */
  Datum *callee;     /* instead of value: for functions that are only checked */
  Name name;         /* without prefix */
  Mode mode;
  const char *doc;
  Span span;
  bool is_optional; /* a derivative that nobody asked for: left out where it cannot be had */
  bool keeps; /* false: build it for its errors and throw it away */
} Exported;

/* Adds the function to the module, unless there are errors. */
void export_function(Elab *e, const Exported *what);

#endif
