/* report - syntax errors in the user's words. */
#ifndef DPC_SYNTAX_REPORT_H
#define DPC_SYNTAX_REPORT_H

#include "syntax/parser.h"

enum { EXPECTED_SPACE = 100 }; /* more than the grammar has tokens */

/* What the grammar would have accepted, as bison names it. */
typedef struct {
  const char *names[EXPECTED_SPACE];
  int count;
  bool value;     /* an expression may begin here */
  bool operation; /* an expression may end here: an operator may follow */
} Expected;

/* The token at which the layout stands is wrong. Reports it and readies the layout for what
 * follows. */
void report_syntax_error(Parser *parser, const Expected *expected);

/* More levels than the parser keeps. */
void report_too_deep(Parser *parser, Span span);

#endif
