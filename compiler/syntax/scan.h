/* scan - what the rules of lang/dp.l do with what they matched. */
#ifndef DPC_SYNTAX_SCAN_H
#define DPC_SYNTAX_SCAN_H

#include "syntax/token.h"

/* The state of one scan. */
typedef struct {
  Arena *arena;
  Names *names;
  Diag *diag;
  uint32_t file, offset; /* offset: the byte after the last match */
  TokenList tokens;
  Text doc;         /* comment lines since the last line that was not one */
  bool line_begun;  /* a token stands on this line */
  bool line_remark; /* a comment stands on this line */
  bool bad;         /* what was left out stands before the next token */
} Scan;

/* Each of these takes the text just matched. */
void scan_sign(Scan *scan, int kind, const char *text, size_t length);
void scan_newline(Scan *scan);
/* The end stands after the last token, not after what follows it. */
void scan_end(Scan *scan);
void scan_comment(Scan *scan, const char *text, size_t length);
void scan_integer(Scan *scan, const char *text, size_t length);
void scan_real(Scan *scan, const char *text, size_t length);
void scan_bad_number(Scan *scan, const char *text, size_t length);
void scan_string(Scan *scan, const char *text, size_t length, bool closed);
/* Keyword or name. Takes fewer bytes where a sign that is no letter follows; returns how many. */
size_t scan_word(Scan *scan, const char *text, size_t length);
/* A sign without meaning: reports it, with what to write instead where that is known. */
void scan_bad(Scan *scan, const char *text, size_t length);
/* A sign of another language, for which dp has a word: reports it and goes on as if it were
 * that. */
void scan_foreign(Scan *scan, int kind, const char *text, size_t length, const char *ours);

#endif
