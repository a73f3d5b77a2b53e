/* ir_lex - words, numbers and signs of the text form of the IR. Private to ir_read.c. */
#ifndef DPC_IR_IR_LEX_H
#define DPC_IR_IR_LEX_H

#include "base/text.h"
#include "source/diag.h"

typedef struct {
  Arena *arena;
  Names *names;
  Diag *diag;
  uint32_t file;
  const char *text, *at;
  bool failed; /* after the first error everything else is silent and reads nothing */
} Lexer;

/* Reports what was expected here; the first time only. */
void lex_expected(Lexer *lex, const char *what);

/* Blanks are skipped before everything; line ends only by lex_skip_lines. */
void lex_skip_lines(Lexer *lex);
bool lex_at_line_end(Lexer *lex);
/* Does the text go on with this sign? take: steps over it; expect: reports if not. */
bool lex_sees(Lexer *lex, const char *sign);
bool lex_take(Lexer *lex, const char *sign);
void lex_expect(Lexer *lex, const char *sign);
/* The same for a whole word. */
bool lex_sees_word(Lexer *lex, const char *word);
bool lex_take_word(Lexer *lex, const char *word);
void lex_expect_word(Lexer *lex, const char *word);

/* A word, or a string in quotes that stands for one. Never NULL. */
Name lex_name(Lexer *lex, const char *what);
const char *lex_string(Lexer *lex);
int64_t lex_int(Lexer *lex);
double lex_real(Lexer *lex);
/* The place of a word among others, or -1 with a report. */
int lex_choice(Lexer *lex, int n, const char *const *words, const char *what);

#endif
