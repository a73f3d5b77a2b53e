/* source - the files of one compilation: text, line map, places.
 *
 * A file is named by a number from 1; 0 means no file. Texts live in the arena and are followed by
 * a NUL byte that is not part of them. */
#ifndef DPC_SOURCE_SOURCE_H
#define DPC_SOURCE_SOURCE_H

#include "base/arena.h"
#include "source/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOURCE_MAX_BYTES (64u << 20)

typedef struct Sources Sources;
typedef struct Diag Diag;

/* Both count from 1; columns count code points. */
typedef struct {
  uint32_t line, column;
} Place;

Sources *sources_new(Arena *arena);

/* Adds a text that is already in memory (library files, tests); text is copied. At most
 * SOURCE_MAX_BYTES. Returns the file's number. */
uint32_t sources_add_text(Sources *sources, const char *path, const char *text, size_t length);

/* Reads a file. What goes wrong (missing, a directory, too large, NUL bytes, not UTF-8) is reported
 * at `user`, the place that asked for it, or inside the file; then the result is 0. */
uint32_t sources_load(Sources *sources, Diag *diag, const char *path, Span user);

/* True if the text is UTF-8 without NUL bytes; otherwise reports the first place that is not. */
bool source_is_text(const Sources *sources, Diag *diag, uint32_t file);

uint32_t sources_count(const Sources *sources);
const char *source_path(const Sources *sources, uint32_t file);
const char *source_text(const Sources *sources, uint32_t file, size_t *length);

/* The place of a byte; offsets past the end are those of the end. */
Place source_place(const Sources *sources, uint32_t file, uint32_t offset);

/* The line that holds a byte, without its newline: where it begins in the text, and its length. */
uint32_t source_line(const Sources *sources, uint32_t file, uint32_t offset, uint32_t *length);

/* Bytes of the UTF-8 sequence at text, or 0 where it is not one (text ends at end). */
unsigned utf8_length(const char *text, const char *end);

#endif
