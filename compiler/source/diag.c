#include "source/diag.h"

#include "base/text.h"
#include "base/vec.h"
#include "source/excerpt.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_PRINTED = 20 };

typedef struct {
  Span span; /* file 0: without place */
  const char *text;
  bool is_help;
} Remark;

typedef struct {
  DiagCode code;
  Span span;
  size_t order; /* as reported, so that sorting is stable */
  const char *text;
  MarkList labels;
  Vec(Remark) remarks;
} Report;

struct Diag {
  Arena *arena;
  Sources *sources;
  Vec(Report *) reports;
};

static const struct {
  const char *code, *template, *explanation;
} rows[] = {
#define ROW(code, name, template, explanation, bad, good) {#code, template, explanation},
#include "errors.def"
#undef ROW
};

const char *diag_code_text(DiagCode code) { return rows[code].code; }
const char *diag_template(DiagCode code) { return rows[code].template; }
const char *diag_explanation(DiagCode code) { return rows[code].explanation; }

Diag *diag_new(Arena *arena, Sources *sources) {
  Diag *diag = ARENA_NEW(arena, Diag);
  diag->arena = arena;
  diag->sources = sources;
  return diag;
}

static const char *format_text(Diag *diag, const char *format, va_list args) {
  Text text = {.arena = diag->arena};
  text_vformat(&text, format, args);
  return text.text;
}

void diag_report(Diag *diag, DiagCode code, Span span, ...) {
  Report *report = ARENA_NEW(diag->arena, Report);
  va_list args;
  va_start(args, span);
  report->code = code;
  report->span = span;
  report->order = diag->reports.len;
  report->text = format_text(diag, rows[code].template, args);
  va_end(args);
  vec_push(diag->arena, &diag->reports, report);
}

static Report *last_report(Diag *diag) {
  return diag->reports.len ? diag->reports.at[diag->reports.len - 1] : NULL;
}

void diag_label(Diag *diag, Span span, const char *format, ...) {
  Report *report = last_report(diag);
  va_list args;
  if (!report) return;
  va_start(args, format);
  vec_push(diag->arena, &report->labels, ((Mark){span, format_text(diag, format, args)}));
  va_end(args);
}

static void add_remark(Diag *diag, Span span, bool is_help, const char *format, va_list args) {
  Report *report = last_report(diag);
  if (!report) return;
  vec_push(diag->arena, &report->remarks,
           ((Remark){span, format_text(diag, format, args), is_help}));
}

void diag_note(Diag *diag, Span span, const char *format, ...) {
  va_list args;
  va_start(args, format);
  add_remark(diag, span, false, format, args);
  va_end(args);
}

void diag_help(Diag *diag, const char *format, ...) {
  va_list args;
  va_start(args, format);
  add_remark(diag, (Span){0}, true, format, args);
  va_end(args);
}

int diag_errors(const Diag *diag) { return (int)diag->reports.len; }

int diag_errors_of(const Diag *diag, char kind) {
  int count = 0;
  for (size_t i = 0; i < diag->reports.len; i++)
    count += rows[diag->reports.at[i]->code].code[0] == kind;
  return count;
}

/* ---- printing ------------------------------------------------------------------------------ */

static int compare_reports(const void *left, const void *right) {
  const Report *a = *(Report *const *)left, *b = *(Report *const *)right;
  if (a->span.file != b->span.file) return a->span.file < b->span.file ? -1 : 1;
  if (a->span.start != b->span.start) return a->span.start < b->span.start ? -1 : 1;
  return a->order < b->order ? -1 : a->order > b->order;
}

static bool same_report(const Report *a, const Report *b) {
  return a->code == b->code && a->span.file == b->span.file && a->span.start == b->span.start &&
         strcmp(a->text, b->text) == 0;
}

static void print_place(const Diag *diag, Span span, FILE *stream) {
  if (span.file == 0) return;
  const Place place = source_place(diag->sources, span.file, span.start);
  fprintf(stream, "%s:%u:%u: ", source_path(diag->sources, span.file), place.line, place.column);
}

static const char *kind_word(const char *code) {
  return code[0] == 'S' ? "sorry" : code[0] == 'B' ? "bug" : "error";
}

/* Marks in the error's own file; labels elsewhere become notes. */
static MarkList marks_of(const Diag *diag, const Report *report) {
  MarkList marks = {0};
  vec_push(diag->arena, &marks, ((Mark){report->span, NULL}));
  for (size_t i = 0; i < report->labels.len; i++) {
    const Mark label = report->labels.at[i];
    if (label.span.file != report->span.file) continue;
    const bool own = label.span.start == report->span.start && label.span.end == report->span.end;
    if (own && !marks.at[0].text) marks.at[0].text = label.text;
    else vec_push(diag->arena, &marks, label);
  }
  return marks;
}

static void print_note(const Diag *diag, Span span, const char *text, FILE *stream) {
  fputs("note: ", stream);
  print_place(diag, span, stream);
  fprintf(stream, "%s\n", text);
}

static void print_remarks(const Diag *diag, const Report *report, FILE *stream) {
  size_t last_help = report->remarks.len;
  for (size_t i = 0; i < report->remarks.len; i++)
    if (report->remarks.at[i].is_help) last_help = i;
  for (size_t i = 0; i < report->remarks.len; i++) {
    const Remark remark = report->remarks.at[i];
    if (!remark.is_help) print_note(diag, remark.span, remark.text, stream);
    else if (i != last_help) fprintf(stream, "help: %s\n", remark.text);
    else fprintf(stream, "help: %s   (docs/ERRORS.md#%s)\n", remark.text, rows[report->code].code);
  }
}

static void print_report(const Diag *diag, const Report *report, FILE *stream) {
  const char *code = rows[report->code].code;
  print_place(diag, report->span, stream);
  fprintf(stream, "%s[%s]: %s\n", kind_word(code), code, report->text);
  if (report->span.file) {
    const MarkList marks = marks_of(diag, report);
    excerpt_print(diag->sources, diag->arena, &marks, stream);
  }
  for (size_t i = 0; i < report->labels.len; i++)
    if (report->labels.at[i].span.file != report->span.file || report->span.file == 0)
      print_note(diag, report->labels.at[i].span, report->labels.at[i].text, stream);
  print_remarks(diag, report, stream);
}

/* The same error at the same place need not be a neighbour: another may lie between. */
static bool seen_before(Report *const *reports, size_t index) {
  for (size_t i = index; i-- > 0 && reports[i]->span.start == reports[index]->span.start &&
                         reports[i]->span.file == reports[index]->span.file;)
    if (same_report(reports[i], reports[index])) return true;
  return false;
}

void diag_print(Diag *diag, FILE *stream) {
  const size_t count = diag->reports.len;
  if (count == 0) return;
  Report **sorted = ARENA_ARRAY(diag->arena, Report *, count);
  memcpy(sorted, diag->reports.at, count * sizeof *sorted);
  qsort(sorted, count, sizeof *sorted, compare_reports);
  size_t printed = 0, more = 0;
  for (size_t i = 0; i < count; i++) {
    if (seen_before(sorted, i)) continue;
    if (printed == MOST_PRINTED) more++;
    else print_report(diag, sorted[i], stream), printed++;
  }
  if (more) fprintf(stream, "... and %zu more\n", more);
}
