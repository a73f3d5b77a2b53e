/* parser - what the grammar's actions share: where nodes live, the tokens, the file being built. */
#ifndef DPC_SYNTAX_PARSER_H
#define DPC_SYNTAX_PARSER_H

#include "syntax/ast.h"
#include "syntax/layout.h"

typedef struct {
  Arena *arena;
  Names *names;
  Diag *diag;
  Layout layout;
  File *file;
  bool too_deep; /* reported, or the file was given up: nothing more is said */
  bool outside;  /* reported: lines that belong to no declaration; ends with the next one */
} Parser;

#endif
