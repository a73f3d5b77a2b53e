/* token - what the scanner (lang/dp.l) makes of a file, and the layout makes of that.
 *
 * Kinds are those of the grammar (dp.tab.h, written by bison from lang/dp.y). The scanner keeps
 * every newline; layout.h says which of them end something. */
#ifndef DPC_SYNTAX_TOKEN_H
#define DPC_SYNTAX_TOKEN_H

#include "base/arena.h"
#include "base/text.h"
#include "base/vec.h"
#include "source/diag.h"
#include "source/source.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  int kind;
  Span span;
  Name name; /* as written; of a string its text, escapes resolved */
  double real;
  int64_t integer;
  const char *doc; /* the comment lines directly above, or NULL */
  bool begins_line;
  bool after_bad; /* something without meaning was left out before it */
} Token;

typedef Vec(Token) TokenList;

/* All tokens of a file, the last of kind TOK_END. What has no meaning is reported and left out, or
 * replaced by what was meant. */
TokenList scan_tokens(Arena *arena, Names *names, const Sources *sources, Diag *diag,
                      uint32_t file);

#endif
