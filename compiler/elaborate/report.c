#include "elaborate/elab.h"

#include <string.h>

/* ---- reports, each once ---------------------------------------------------------------------- */

bool report_begins(Elab *e, DiagCode code, Span span) {
  e->muted = true;
  for (size_t i = 0; i < e->reported.len; i++) {
    const Reported *old = &e->reported.at[i];
    if (old->code == code && old->span.file == span.file && old->span.start == span.start &&
        old->span.end == span.end)
      return false;
  }
  vec_push(e->arena, &e->reported, ((Reported){code, span}));
  e->muted = false;
  return true;
}

/* The calls that led here, innermost first; long chains are cut. */
void report_calls(Elab *e) {
  int shown = 0;
  for (const CallFrame *call = e->calls; call && shown < 4; call = call->outer, shown++)
    if (call->span.file) diag_note(e->diag, call->span, "in this call of %s", call->name);
}

void report_label(Elab *e, Span span, const char *format, ...) {
  if (e->muted || !span.file) return;
  va_list args;
  va_start(args, format);
  Text text = {.arena = e->arena};
  text_vformat(&text, format, args);
  va_end(args);
  diag_label(e->diag, span, "%s", text.text);
}

void report_help(Elab *e, const char *format, ...) {
  if (e->muted) return;
  va_list args;
  va_start(args, format);
  Text text = {.arena = e->arena};
  text_vformat(&text, format, args);
  va_end(args);
  diag_help(e->diag, "%s", text.text);
}

Datum *type_mismatch(Elab *e, Span span, const char *expected, const Datum *found) {
  if (!is_poison(found)) REPORT(e, DIAG_TYPE_MISMATCH, span, expected, describe(e, found));
  return poison(e);
}

Datum *unsupported(Elab *e, Span span, const char *format, ...) {
  va_list args;
  va_start(args, format);
  Text text = {.arena = e->arena};
  text_vformat(&text, format, args);
  va_end(args);
  REPORT(e, DIAG_UNSUPPORTED, span, text.text);
  return poison(e);
}

/* ---- did you mean ---------------------------------------------------------------------------- */

enum { LONGEST_NAME = 64 };

static int min3(int a, int b, int c) {
  const int least = a < b ? a : b;
  return least < c ? least : c;
}

/* Edits (insert, drop, change) between two short words; large if one is long (Wagner and Fischer
 * 1974). */
static int edit_distance(const char *a, const char *b) {
  const size_t n = strlen(a), m = strlen(b);
  int row[LONGEST_NAME + 1];
  if (n > LONGEST_NAME || m > LONGEST_NAME) return LONGEST_NAME;
  for (size_t j = 0; j <= m; j++) row[j] = (int)j;
  for (size_t i = 1; i <= n; i++) {
    int diagonal = row[0];
    row[0] = (int)i;
    for (size_t j = 1; j <= m; j++) {
      const int above = row[j];
      row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
      diagonal = above;
    }
  }
  return row[m];
}

Name nearest_name(Name wanted, const Name *candidates, size_t n) {
  const size_t length = strlen(wanted);
  int best = length < 3 ? 1 : length < 6 ? 2 : 3;
  Name nearest = NULL;
  for (size_t i = 0; i < n; i++) {
    const int distance = edit_distance(wanted, candidates[i]);
    if (distance > best || (distance == best && nearest)) continue;
    if ((size_t)distance >= length) continue;
    best = distance;
    nearest = candidates[i];
  }
  return nearest;
}
