#include "syntax/scan.h"

#include "dp.tab.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *text;
  int kind;
} keywords[] = {
    {"use", TOK_USE},       {"as", TOK_AS},           {"const", TOK_CONST}, {"fn", TOK_FN},
    {"extern", TOK_EXTERN}, {"model", TOK_MODEL},     {"record", TOK_RECORD},
    {"export", TOK_EXPORT}, {"with", TOK_WITH},       {"for", TOK_FOR},     {"in", TOK_IN},
    {"by", TOK_BY},         {"if", TOK_IF},           {"else", TOK_ELSE},   {"while", TOK_WHILE},
    {"return", TOK_RETURN}, {"assert", TOK_ASSERT},   {"true", TOK_TRUE},   {"false", TOK_FALSE},
    {"and", TOK_AND},       {"or", TOK_OR},           {"not", TOK_NOT},
};

/* Signs that reach a program by copying from papers and web pages, and what was meant. */
static const struct {
  const char *sign, *ours;
} lookalikes[] = {
    {"−", "-"},  {"–", "-"},  {"×", "*"},  {"·", "*"},  {"⋅", "*"},    {"÷", "/"},   {"²", "^2"},
    {"³", "^3"}, {"≤", "<="}, {"≥", ">="}, {"≠", "!="}, {"“", "\""},   {"”", "\""},  {"‘", "\""},
    {"’", "\""}, {"→", "->"}, {"√", "sqrt(...)"},       {"∑", "sum(... for i in ...)"},
    {"…", "..."},
};

/* Blanks beyond ASCII, and invisible signs. */
static const char *const blanks[] = {
    "\xc2\x85", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005",
    "\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u200b", "\u200c", "\u200d", "\u200e",
    "\u200f", "\u2028", "\u2029", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u202f",
    "\u205f", "\u2060", "\u3000", "\ufeff",
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static Span span_of(const Scan *scan, size_t length) {
  return (Span){scan->file, scan->offset - (uint32_t)length, scan->offset};
}

static Token *push(Scan *scan, int kind, const char *text, size_t length) {
  Token token = {.kind = kind, .span = span_of(scan, length)};
  token.name = intern_bytes(scan->names, text, length);
  token.begins_line = !scan->line_begun;
  token.after_bad = scan->bad;
  scan->bad = false;
  if (token.begins_line && scan->doc.len)
    token.doc = arena_format(scan->arena, "%s", scan->doc.text);
  scan->line_begun = true;
  vec_push(scan->arena, &scan->tokens, token);
  return &scan->tokens.at[scan->tokens.len - 1];
}

void scan_sign(Scan *scan, int kind, const char *text, size_t length) {
  push(scan, kind, text, length);
}

void scan_newline(Scan *scan) {
  if (scan->line_begun || !scan->line_remark) scan->doc.len = 0;
  push(scan, TOK_NEWLINE, "\n", 1);
  scan->line_begun = scan->line_remark = false;
}

void scan_comment(Scan *scan, const char *text, size_t length) {
  if (scan->line_begun) return;
  if (length && text[length - 1] == '\r') length--;
  const size_t skip = length > 1 && text[1] == ' ' ? 2 : 1;
  if (scan->doc.len) text_add(&scan->doc, "\n");
  text_add_bytes(&scan->doc, text + skip, length - skip);
  scan->line_remark = true;
}

void scan_end(Scan *scan) {
  Span last = {scan->file, 0, 0};
  for (size_t i = 0; i < scan->tokens.len; i++)
    if (scan->tokens.at[i].kind != TOK_NEWLINE) last.end = scan->tokens.at[i].span.end;
  last.start = last.end;
  push(scan, TOK_END, "", 0)->span = last;
}

/* ---- numbers ------------------------------------------------------------------------------- */

static char *without_underscores(Arena *arena, const char *text, size_t length) {
  char *copy = ARENA_ARRAY(arena, char, length + 1);
  size_t count = 0;
  for (size_t i = 0; i < length; i++)
    if (text[i] != '_') copy[count++] = text[i];
  return copy;
}

/* Numbers may be as long as files: messages show their beginning. */
static const char *shown(Scan *scan, const char *text, size_t length) {
  enum { LONGEST = 40 };
  if (length <= LONGEST) return intern_bytes(scan->names, text, length);
  return intern_format(scan->names, "%.*s...", LONGEST, text);
}

void scan_integer(Scan *scan, const char *text, size_t length) {
  int64_t value = 0;
  Token *token = push(scan, TOK_INTEGER, text, length);
  for (size_t i = 0; i < length; i++) {
    if (text[i] == '_') continue;
    const int digit = text[i] - '0';
    if (value > (INT64_MAX - digit) / 10) {
      diag_report(scan->diag, DIAG_NUMBER_RANGE, token->span, shown(scan, text, length));
      return;
    }
    value = 10 * value + digit;
  }
  token->integer = value;
}

static bool has_digit_before_exponent(const char *text) {
  return text[strcspn(text, "123456789eE")] != '\0' &&
         strchr("eE", text[strcspn(text, "123456789eE")]) == NULL;
}

void scan_real(Scan *scan, const char *text, size_t length) {
  const char *digits = without_underscores(scan->arena, text, length);
  Token *token = push(scan, TOK_REAL, text, length);
  token->real = strtod(digits, NULL);
  if (isinf(token->real) || (token->real == 0 && has_digit_before_exponent(digits))) {
    diag_report(scan->diag, DIAG_NUMBER_RANGE, token->span, shown(scan, text, length));
    token->real = 1;
  }
}

void scan_bad_number(Scan *scan, const char *text, size_t length) {
  const Token *token = push(scan, TOK_INTEGER, text, length);
  size_t digits = 0;
  diag_report(scan->diag, DIAG_BAD_NUMBER, token->span, shown(scan, text, length));
  while (digits < length && strchr("0123456789._", text[digits])) digits++;
  const char *rest = text + digits;
  if (length <= 40 && digits < length && text[digits - 1] != '_' && text[digits - 1] != '.')
    diag_help(scan->diag, "write %.*s*%.*s for a product", (int)digits, text,
              (int)(length - digits), rest);
}

/* ---- strings ------------------------------------------------------------------------------- */

static char escaped(char letter) {
  return letter == 'n' ? '\n' : letter == 't' ? '\t' : letter == '"' || letter == '\\' ? letter : 0;
}

static void report_escape(Scan *scan, Span string, size_t at, const char *text, size_t length) {
  unsigned count = utf8_length(text + at + 1, text + length);
  if (count == 0) count = 1;
  const Span span = {string.file, string.start + (uint32_t)at,
                     string.start + (uint32_t)at + 1 + count};
  diag_report(scan->diag, DIAG_BAD_ESCAPE, span,
              intern_bytes(scan->names, text + at, 1 + (size_t)count));
  diag_help(scan->diag, "a backslash itself is written \\\\");
}

void scan_string(Scan *scan, const char *text, size_t length, bool closed) {
  Token *token = push(scan, TOK_STRING, "", 0);
  Text value = {.arena = scan->arena};
  const size_t end = closed ? length - 1 : length;
  token->span = span_of(scan, length);
  if (!closed) diag_report(scan->diag, DIAG_STRING_OPEN, token->span);
  token->after_bad = token->after_bad || !closed;
  for (size_t i = 1; i < end; i++) {
    if (text[i] != '\\' || i + 1 >= end) {
      text_add_bytes(&value, text + i, 1);
    } else if (escaped(text[i + 1])) {
      const char sign = escaped(text[++i]);
      text_add_bytes(&value, &sign, 1);
    } else {
      report_escape(scan, token->span, i, text, length);
    }
  }
  token->name = intern_bytes(scan->names, value.len ? value.text : "", value.len);
}

/* ---- words and signs ----------------------------------------------------------------------- */

static bool begins_with(const char *text, size_t length, const char *prefix) {
  const size_t count = strlen(prefix);
  return count <= length && memcmp(text, prefix, count) == 0;
}

/* The length of the sign at text if it is no letter of a name, else 0. */
static size_t no_letter(const char *text, size_t length) {
  if ((unsigned char)text[0] < 0x80) return 0;
  for (size_t i = 0; i < COUNT(blanks); i++)
    if (begins_with(text, length, blanks[i])) return strlen(blanks[i]);
  for (size_t i = 0; i < COUNT(lookalikes); i++)
    if (begins_with(text, length, lookalikes[i].sign)) return strlen(lookalikes[i].sign);
  return 0;
}

static int keyword_of(const char *text, size_t length) {
  for (size_t i = 0; i < COUNT(keywords); i++)
    if (strlen(keywords[i].text) == length && memcmp(keywords[i].text, text, length) == 0)
      return keywords[i].kind;
  return TOK_NAME;
}

size_t scan_word(Scan *scan, const char *text, size_t length) {
  size_t end = 0;
  while (end < length && !no_letter(text + end, length - end)) end++;
  const size_t taken = end ? end : no_letter(text, length);
  const uint32_t after = scan->offset;
  scan->offset = after - (uint32_t)(length - taken);
  if (end) push(scan, keyword_of(text, taken), text, taken);
  else scan_bad(scan, text, taken);
  scan->offset = after;
  return taken;
}

static bool is_blank(const char *text, size_t length) {
  for (size_t i = 0; i < COUNT(blanks); i++)
    if (begins_with(text, length, blanks[i])) return true;
  return false;
}

/* U+0085 and the like cannot be shown: their number is. */
static const char *sign_text(Scan *scan, const char *text, size_t length) {
  const unsigned char *byte = (const unsigned char *)text;
  unsigned code = byte[0];
  if (length == 2) code = (byte[0] & 31u) << 6 | (byte[1] & 63u);
  if (length == 3) code = (byte[0] & 15u) << 12 | (byte[1] & 63u) << 6 | (byte[2] & 63u);
  const bool hidden = code < 0x20 || code == 0x7f || is_blank(text, length);
  return hidden ? intern_format(scan->names, "U+%04X", code)
                : intern_bytes(scan->names, text, length);
}

void scan_bad(Scan *scan, const char *text, size_t length) {
  diag_report(scan->diag, DIAG_BAD_CHARACTER, span_of(scan, length),
              sign_text(scan, text, length));
  scan->bad = true;
  if (is_blank(text, length)) diag_help(scan->diag, "write an ordinary blank");
  if (text[0] == '\'') diag_help(scan->diag, "strings stand between double quotes");
  for (size_t i = 0; i < COUNT(lookalikes); i++)
    if (begins_with(text, length, lookalikes[i].sign))
      diag_help(scan->diag, "write %s", lookalikes[i].ours);
}

void scan_foreign(Scan *scan, int kind, const char *text, size_t length, const char *ours) {
  const Token *token = push(scan, kind, text, length);
  diag_report(scan->diag, DIAG_BAD_CHARACTER, token->span,
              intern_bytes(scan->names, text, length));
  diag_help(scan->diag, "write %s", ours);
}
