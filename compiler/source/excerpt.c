#include "source/excerpt.h"

#include "base/text.h"

#include <string.h>

/* Longer lines are cut to a window round the first mark, in columns. */
enum { WIDEST_LINE = 160, BEFORE_MARK = 60 };

/* A mark on one line, in columns from 0. */
typedef struct {
  uint32_t first, count;
  const char *text;
} Underline;

typedef struct {
  const char *text;     /* the line; replaced where it cannot be shown */
  uint32_t start, length; /* in bytes */
  uint32_t number;
  int width; /* of the numbers' column */
  Vec(Underline) underlines; /* by column */
} Line;

static bool begins_character(char byte) { return ((unsigned char)byte & 0xc0) != 0x80; }

static uint32_t columns(const char *text, uint32_t bytes) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < bytes; i++) count += begins_character(text[i]);
  return count;
}

static uint32_t bytes_of_columns(const char *text, uint32_t length, uint32_t count) {
  uint32_t i = 0;
  while (i < length && (count > 0 || !begins_character(text[i]))) {
    if (begins_character(text[i])) count--;
    i++;
    while (i < length && !begins_character(text[i])) i++;
  }
  return i;
}

/* A copy that can be printed: control characters and what is not UTF-8 become '?'. */
static const char *printable(Arena *arena, const char *text, uint32_t length) {
  char *copy = ARENA_ARRAY(arena, char, (size_t)length + 1);
  for (uint32_t i = 0; i < length;) {
    const unsigned count = utf8_length(text + i, text + length);
    const unsigned char byte = (unsigned char)text[i];
    if (count == 0 || (byte < 0x20 && byte != '\t') || byte == 0x7f) copy[i++] = '?';
    else for (unsigned end = i + count; i < end; i++) copy[i] = text[i];
  }
  return copy;
}

static void add_underline(Arena *arena, Line *line, Span span, const char *text) {
  const uint32_t end_of_line = line->start + line->length;
  const uint32_t from = span.start < end_of_line ? span.start : end_of_line;
  const uint32_t to = span.end < end_of_line ? span.end : end_of_line;
  const uint32_t first = columns(line->text, from - line->start);
  const uint32_t count = to > from ? columns(line->text + (from - line->start), to - from) : 0;
  const Underline underline = {first, count ? count : 1, text};
  vec_push(arena, &line->underlines, underline);
  size_t i = line->underlines.len - 1;
  for (; i > 0 && line->underlines.at[i - 1].first > first; i--)
    line->underlines.at[i] = line->underlines.at[i - 1];
  line->underlines.at[i] = underline;
}

/* Keeps a window of a very long line; columns of the marks move with it. */
static void cut_line(Arena *arena, Line *line) {
  if (columns(line->text, line->length) <= WIDEST_LINE || line->underlines.len == 0) return;
  const uint32_t first = line->underlines.at[0].first;
  const uint32_t skip = first > BEFORE_MARK ? first - BEFORE_MARK : 0;
  const uint32_t from = bytes_of_columns(line->text, line->length, skip);
  const uint32_t kept = bytes_of_columns(line->text + from, line->length - from, WIDEST_LINE);
  const char *before = skip ? "..." : "";
  line->text = arena_format(arena, "%s%.*s...", before, (int)kept, line->text + from);
  line->length = (uint32_t)strlen(line->text);
  const uint32_t shown = columns(line->text, line->length);
  for (size_t i = 0; i < line->underlines.len; i++) {
    Underline *mark = &line->underlines.at[i];
    mark->first = mark->first - skip + (uint32_t)strlen(before);
    if (mark->first >= shown) mark->first = shown - 1;
    if (mark->count > shown - mark->first) mark->count = shown - mark->first;
  }
}

/* Blanks up to a column; tabs are copied, so that any tab width lines up. */
static void pad_to(const Line *line, uint32_t *column, uint32_t target, FILE *stream) {
  uint32_t at = bytes_of_columns(line->text, line->length, *column);
  for (; *column < target; ++*column) {
    fputc(at < line->length && line->text[at] == '\t' ? '\t' : ' ', stream);
    at += bytes_of_columns(line->text + at, line->length - at, 1);
  }
}

static void print_gutter(const Line *line, FILE *stream) {
  fprintf(stream, "  %*s | ", line->width, "");
}

/* All carets, and the words of the last mark beside them. */
static void print_carets(const Line *line, FILE *stream) {
  uint32_t column = 0;
  print_gutter(line, stream);
  for (size_t i = 0; i < line->underlines.len; i++) {
    const Underline mark = line->underlines.at[i];
    pad_to(line, &column, mark.first, stream);
    for (; column < mark.first + mark.count; column++) fputc('^', stream);
  }
  const Underline last = line->underlines.at[line->underlines.len - 1];
  if (last.text) fprintf(stream, " %s", last.text);
  fputc('\n', stream);
}

/* The words of the other marks, each on its own line, from right to left. */
static void print_words(const Line *line, FILE *stream) {
  for (size_t i = line->underlines.len - 1; i-- > 0;) {
    uint32_t column = 0;
    if (!line->underlines.at[i].text) continue;
    print_gutter(line, stream);
    pad_to(line, &column, line->underlines.at[i].first, stream);
    fprintf(stream, "%s\n", line->underlines.at[i].text);
  }
}

static void print_line(Arena *arena, Line *line, FILE *stream) {
  cut_line(arena, line);
  fprintf(stream, "  %*u | %.*s\n", line->width, line->number, (int)line->length, line->text);
  print_carets(line, stream);
  if (line->underlines.len > 1) print_words(line, stream);
}

typedef Vec(Line) LineList;

static Line *line_of(LineList *lines, const Sources *sources, Arena *arena, Span span) {
  size_t length;
  uint32_t bytes;
  const uint32_t start = source_line(sources, span.file, span.start, &bytes);
  for (size_t i = 0; i < lines->len; i++)
    if (lines->at[i].start == start) return &lines->at[i];
  Line line = {.start = start, .length = bytes};
  line.text = printable(arena, source_text(sources, span.file, &length) + start, bytes);
  line.number = source_place(sources, span.file, start).line;
  vec_push(arena, lines, line);
  size_t i = lines->len - 1;
  for (; i > 0 && lines->at[i - 1].start > start; i--) lines->at[i] = lines->at[i - 1];
  lines->at[i] = line;
  return &lines->at[i];
}

void excerpt_print(const Sources *sources, Arena *arena, const MarkList *marks, FILE *stream) {
  LineList lines = {0};
  int width = 1;
  for (size_t i = 0; i < marks->len; i++)
    add_underline(arena, line_of(&lines, sources, arena, marks->at[i].span), marks->at[i].span,
                  marks->at[i].text);
  for (uint32_t n = lines.at[lines.len - 1].number; n >= 10; n /= 10) width++;
  for (size_t i = 0; i < lines.len; i++) {
    lines.at[i].width = width;
    if (i > 0 && lines.at[i].number > lines.at[i - 1].number + 1)
      fprintf(stream, "  %*s ...\n", width, "");
    print_line(arena, &lines.at[i], stream);
  }
}
