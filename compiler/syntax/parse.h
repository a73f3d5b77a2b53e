/* parse - a file's text to its tree. */
#ifndef DPC_SYNTAX_PARSE_H
#define DPC_SYNTAX_PARSE_H

#include "base/arena.h"
#include "base/text.h"
#include "source/diag.h"
#include "source/source.h"
#include "syntax/ast.h"

/* Any bytes give a tree. What is wrong with them is reported, and the tree then lacks the wrong
 * parts: declarations are left out, statements and expressions are STMT_ERROR and EXPR_ERROR. The
 * tree is at most 1000 levels deep. Everything lives in the arena. */
File *parse_file(Arena *arena, Names *names, Sources *sources, Diag *diag, uint32_t file);

#endif
