/* layout - the tokens as the grammar wants them, one at a time.
 *
 * Newlines that end nothing are left out: inside ( ) and [ ], after a sign that needs a right side,
 * before 'else', '->', '}' and the like. Words that are keywords only in some places (max,
 * checkpoint, adjoint, tangent) are told apart here. */
#ifndef DPC_SYNTAX_LAYOUT_H
#define DPC_SYNTAX_LAYOUT_H

#include "syntax/token.h"

enum { DEEPEST = 1000 };

typedef struct {
  Arena *arena;
  Diag *diag;
  TokenList tokens;
  size_t next;       /* the next token to look at */
  Vec(size_t) open;  /* brackets that are open: their tokens */
  Token current, previous;
  size_t current_index;
  const Token *open_before;
  bool line_ended;   /* a newline lies before the next token */
  bool too_deep;     /* reported: nothing more is parsed */
} Layout;

void layout_begin(Layout *layout, Arena *arena, Diag *diag, TokenList tokens);

/* The next token; TOK_END for ever at the end. */
Token layout_next(Layout *layout);

/* The innermost bracket that is open before the current token, or NULL. */
const Token *layout_open_before(const Layout *layout);

/* After a syntax error at the current token. Where it begins a line inside ( or [, the bracket was
 * most likely forgotten: the tokens go on as if it had been closed at the end of the line before. A
 * block that begins on the rest of the line is passed over, with all that it holds, unless the
 * grammar can go on at its brace. */
void layout_recover(Layout *layout);

#endif
