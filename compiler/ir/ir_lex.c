#include "ir/ir_lex.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_word_byte(char c) {
  return isalnum((unsigned char)c) || c == '_' || c == '.' || (c & 0x80) != 0;
}

static void skip_blanks(Lexer *lex) {
  while (*lex->at == ' ' || *lex->at == '\t' || *lex->at == '\r') lex->at++;
}

/* What stands here, for messages. */
static const char *found(const Lexer *lex) {
  if (*lex->at == '\0') return "the end of the file";
  if (*lex->at == '\n') return "the end of the line";
  size_t n = 1;
  if (is_word_byte(*lex->at) || *lex->at == '%')
    while (n < 40 && is_word_byte(lex->at[n])) n++;
  return arena_format(lex->arena, "'%.*s'", (int)n, lex->at);
}

void lex_expected(Lexer *lex, const char *what) {
  if (lex->failed) return;
  lex->failed = true;
  skip_blanks(lex);
  const uint32_t start = (uint32_t)(lex->at - lex->text);
  diag_report(lex->diag, DIAG_SYNTAX, (Span){lex->file, start, start + 1}, what, found(lex));
}

void lex_skip_lines(Lexer *lex) {
  for (;;) {
    skip_blanks(lex);
    if (*lex->at == '#')
      while (*lex->at && *lex->at != '\n') lex->at++;
    if (*lex->at != '\n') return;
    lex->at++;
  }
}

bool lex_at_line_end(Lexer *lex) {
  skip_blanks(lex);
  return *lex->at == '\0' || *lex->at == '\n' || *lex->at == '#';
}

bool lex_sees(Lexer *lex, const char *sign) {
  skip_blanks(lex);
  return !lex->failed && strncmp(lex->at, sign, strlen(sign)) == 0;
}

bool lex_take(Lexer *lex, const char *sign) {
  if (!lex_sees(lex, sign)) return false;
  lex->at += strlen(sign);
  return true;
}

void lex_expect(Lexer *lex, const char *sign) {
  if (!lex_take(lex, sign)) lex_expected(lex, arena_format(lex->arena, "'%s'", sign));
}

bool lex_sees_word(Lexer *lex, const char *word) {
  return lex_sees(lex, word) && !is_word_byte(lex->at[strlen(word)]);
}

bool lex_take_word(Lexer *lex, const char *word) {
  return lex_sees_word(lex, word) && lex_take(lex, word);
}

void lex_expect_word(Lexer *lex, const char *word) {
  if (!lex_take_word(lex, word)) lex_expected(lex, arena_format(lex->arena, "'%s'", word));
}

static const char *quoted(Lexer *lex) {
  Text text = {.arena = lex->arena};
  text_add(&text, "");
  for (lex->at++; *lex->at && *lex->at != '"' && *lex->at != '\n'; lex->at++) {
    const bool escape = *lex->at == '\\' && lex->at[1] && lex->at[1] != '\n';
    if (escape) lex->at++;
    text_add_bytes(&text, escape && *lex->at == 'n' ? "\n" : lex->at, 1);
  }
  lex_expect(lex, "\"");
  return text.text;
}

const char *lex_string(Lexer *lex) {
  if (lex_sees(lex, "\"")) return quoted(lex);
  lex_expected(lex, "a string");
  return "";
}

Name lex_name(Lexer *lex, const char *what) {
  if (lex_sees(lex, "\"")) return intern(lex->names, quoted(lex));
  const char *start = lex->at;
  if (!lex->failed)
    while (is_word_byte(*lex->at)) lex->at++;
  if (lex->at == start) lex_expected(lex, what);
  return intern_bytes(lex->names, start, (size_t)(lex->at - start));
}

int64_t lex_int(Lexer *lex) {
  skip_blanks(lex);
  char *end = NULL;
  errno = 0;
  const bool is_number =
      !lex->failed && (isdigit((unsigned char)*lex->at) ||
                       (*lex->at == '-' && isdigit((unsigned char)lex->at[1])));
  const long long number = is_number ? strtoll(lex->at, &end, 10) : 0;
  if (!is_number || errno) lex_expected(lex, "an integer of 64 bits");
  else lex->at = end;
  return lex->failed ? 0 : number;
}

double lex_real(Lexer *lex) {
  skip_blanks(lex);
  char *end = NULL;
  const double number = lex->failed ? 0 : strtod(lex->at, &end);
  if (!end || end == lex->at) lex_expected(lex, "a number");
  else lex->at = end;
  return number;
}

int lex_choice(Lexer *lex, int n, const char *const *words, const char *what) {
  for (int i = 0; i < n; i++)
    if (lex_take_word(lex, words[i])) return i;
  lex_expected(lex, what);
  return -1;
}
