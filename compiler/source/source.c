#include "source/source.h"

#include "base/text.h"
#include "base/vec.h"
#include "source/diag.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  const char *path, *text;
  uint32_t length;
  Vec(uint32_t) lines; /* where each line begins */
} Source;

struct Sources {
  Arena *arena;
  Vec(Source *) files;
};

Sources *sources_new(Arena *arena) {
  Sources *sources = ARENA_NEW(arena, Sources);
  sources->arena = arena;
  return sources;
}

uint32_t sources_add_text(Sources *sources, const char *path, const char *text, size_t length) {
  Arena *arena = sources->arena;
  if (length > SOURCE_MAX_BYTES) length = SOURCE_MAX_BYTES;
  Source *source = ARENA_NEW(arena, Source);
  char *copy = ARENA_ARRAY(arena, char, length + 1);
  if (length) memcpy(copy, text, length);
  source->path = arena_format(arena, "%s", path);
  source->text = copy;
  source->length = (uint32_t)length;
  vec_push(arena, &source->lines, 0);
  for (uint32_t i = 0; i < source->length; i++)
    if (copy[i] == '\n') vec_push(arena, &source->lines, i + 1);
  vec_push(arena, &sources->files, source);
  return (uint32_t)sources->files.len;
}

/* Everything that the stream still holds, one byte past the limit at most. False on a read
 * error. */
static bool read_all(Text *text, FILE *stream) {
  char block[1 << 14];
  size_t count;
  while (text->len <= SOURCE_MAX_BYTES && (count = fread(block, 1, sizeof block, stream)) > 0)
    text_add_bytes(text, block, count);
  return !ferror(stream);
}

uint32_t sources_load(Sources *sources, Diag *diag, const char *path, Span user) {
  FILE *stream = fopen(path, "rb");
  Text text = {.arena = sources->arena};
  errno = stream ? 0 : errno;
  if (!stream || !read_all(&text, stream)) {
    diag_report(diag, DIAG_FILE_UNREADABLE, user, path, errno ? strerror(errno) : "read error");
    if (stream) fclose(stream);
    return 0;
  }
  fclose(stream);
  if (text.len > SOURCE_MAX_BYTES) {
    diag_report(diag, DIAG_FILE_TOO_LARGE, user, path, SOURCE_MAX_BYTES >> 20);
    return 0;
  }
  const uint32_t file = sources_add_text(sources, path, text.len ? text.text : "", text.len);
  return source_is_text(sources, diag, file) ? file : 0;
}

static const Source *get(const Sources *sources, uint32_t file) {
  return sources->files.at[file - 1];
}

unsigned utf8_length(const char *text, const char *end) {
  const unsigned char *byte = (const unsigned char *)text;
  if (text >= end) return 0;
  if (byte[0] < 0x80) return 1;
  const unsigned count = byte[0] < 0xc2 ? 0 : byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3
                         : byte[0] < 0xf5 ? 4 : 0;
  if (count == 0 || (size_t)(end - text) < count) return 0;
  for (unsigned i = 1; i < count; i++)
    if ((byte[i] & 0xc0) != 0x80) return 0;
  /* Overlong forms, surrogates and what lies beyond U+10FFFF. */
  if ((byte[0] == 0xe0 && byte[1] < 0xa0) || (byte[0] == 0xed && byte[1] > 0x9f) ||
      (byte[0] == 0xf0 && byte[1] < 0x90) || (byte[0] == 0xf4 && byte[1] > 0x8f))
    return 0;
  return count;
}

bool source_is_text(const Sources *sources, Diag *diag, uint32_t file) {
  const Source *source = get(sources, file);
  const char *end = source->text + source->length;
  for (const char *at = source->text; at < end;) {
    const unsigned count = utf8_length(at, end);
    if (count == 0 || *at == '\0') {
      const uint32_t offset = (uint32_t)(at - source->text);
      diag_report(diag, DIAG_NOT_TEXT, (Span){file, offset, offset + 1}, (unsigned char)*at);
      return false;
    }
    at += count;
  }
  return true;
}

uint32_t sources_count(const Sources *sources) { return (uint32_t)sources->files.len; }

const char *source_path(const Sources *sources, uint32_t file) { return get(sources, file)->path; }

const char *source_text(const Sources *sources, uint32_t file, size_t *length) {
  *length = get(sources, file)->length;
  return get(sources, file)->text;
}

/* Index of the last line that begins at or before the offset. */
static size_t find_line(const Source *source, uint32_t offset) {
  size_t low = 0, high = source->lines.len;
  while (high - low > 1) {
    const size_t middle = low + (high - low) / 2;
    if (source->lines.at[middle] <= offset) low = middle;
    else high = middle;
  }
  return low;
}

Place source_place(const Sources *sources, uint32_t file, uint32_t offset) {
  const Source *source = get(sources, file);
  if (offset > source->length) offset = source->length;
  const size_t line = find_line(source, offset);
  Place place = {.line = (uint32_t)line + 1, .column = 1};
  for (uint32_t i = source->lines.at[line]; i < offset; i++)
    if (((unsigned char)source->text[i] & 0xc0) != 0x80) place.column++;
  return place;
}

uint32_t source_line(const Sources *sources, uint32_t file, uint32_t offset, uint32_t *length) {
  const Source *source = get(sources, file);
  if (offset > source->length) offset = source->length;
  const size_t line = find_line(source, offset);
  const uint32_t start = source->lines.at[line];
  uint32_t end = line + 1 < source->lines.len ? source->lines.at[line + 1] - 1 : source->length;
  if (end > start && source->text[end - 1] == '\r') end--;
  *length = end - start;
  return start;
}
