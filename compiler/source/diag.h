/* diag - collects what is wrong, and prints it as documentation: place, excerpt, carets, help.
 *
 * Three kinds, told by the first letter of the code: error[E…] the program is wrong, sorry[S…] it
 * is right but beyond what dpc does, bug[B…] dpc is wrong. */
#ifndef DPC_SOURCE_DIAG_H
#define DPC_SOURCE_DIAG_H

#include "base/arena.h"
#include "source/source.h"
#include "source/span.h"

#include <stdarg.h>
#include <stdio.h>

typedef enum {
#define ROW(code, name, ...) DIAG_##name,
#include "errors.def"
#undef ROW
  DIAG_COUNT
} DiagCode;

Diag *diag_new(Arena *arena, Sources *sources);

/* A new error. The arguments are those of the row's template in lang/errors.def, as for printf. A
 * span with file 0 has no place. */
void diag_report(Diag *diag, DiagCode code, Span span, ...);

/* These add to the last error. A label is a second place with a few words; one at the error's own
 * span writes the words under its carets. A note is a line of its own; with file 0 it has no
 * place. */
void diag_label(Diag *diag, Span span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diag_note(Diag *diag, Span span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diag_help(Diag *diag, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Errors so far; sorry and bug count. */
int diag_errors(const Diag *diag);
/* Errors so far of one kind: 'E', 'S' or 'B'. */
int diag_errors_of(const Diag *diag, char kind);

/* Everything collected: sorted by place, duplicates dropped, 20 at most. */
void diag_print(Diag *diag, FILE *stream);

/* The row of a code: "E0312", its template, its explanation. */
const char *diag_code_text(DiagCode code);
const char *diag_template(DiagCode code);
const char *diag_explanation(DiagCode code);

#endif
