/* text - interned names and a string builder.
 *
 * A Name is an interned string: equal names are the same pointer. */
#ifndef DPC_BASE_TEXT_H
#define DPC_BASE_TEXT_H

#include "base/arena.h"
#include "base/vec.h"

#include <stdarg.h>
#include <stddef.h>

typedef const char *Name;

typedef struct Names Names;

Names *names_new(Arena *arena);
Name intern(Names *names, const char *text);
Name intern_bytes(Names *names, const char *bytes, size_t length);
Name intern_format(Names *names, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A growing string; text is always NUL-terminated once something was added. */
typedef struct {
  Arena *arena;
  char *text;
  size_t len, space;
} Text;

void text_add(Text *text, const char *string);
void text_add_bytes(Text *text, const char *bytes, size_t length);
void text_format(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vformat(Text *text, const char *format, va_list args);
/* A string formatted into the arena. */
char *arena_format(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
