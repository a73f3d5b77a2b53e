/* ast_print - a tree as .dp text that parses back to the same tree. */
#ifndef DPC_SYNTAX_AST_PRINT_H
#define DPC_SYNTAX_AST_PRINT_H

#include "syntax/ast.h"

#include <stdio.h>

/* The tree must be free of errors: those print as a comment. */
void ast_print(FILE *stream, const File *file);

#endif
