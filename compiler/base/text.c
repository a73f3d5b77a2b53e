#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct Names {
  Arena *arena;
  Name *slots; /* open addressing; NULL is empty */
  size_t used, capacity;
};

Names *names_new(Arena *arena) {
  Names *names = ARENA_NEW(arena, Names);
  names->arena = arena;
  names->capacity = 1024;
  names->slots = ARENA_ARRAY(arena, Name, names->capacity);
  return names;
}

/* FNV-1a (Fowler, Noll, Vo). */
static uint64_t hash_bytes(const char *bytes, size_t length) {
  uint64_t hash = 14695981039346656037u;
  for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211u;
  return hash;
}

static Name *find_slot(Name *slots, size_t capacity, const char *bytes, size_t length) {
  size_t i = (size_t)hash_bytes(bytes, length) & (capacity - 1);
  while (slots[i] && (strncmp(slots[i], bytes, length) != 0 || slots[i][length] != '\0'))
    i = (i + 1) & (capacity - 1);
  return &slots[i];
}

static void grow_table(Names *names) {
  const size_t capacity = 2 * names->capacity;
  Name *slots = ARENA_ARRAY(names->arena, Name, capacity);
  for (size_t i = 0; i < names->capacity; i++)
    if (names->slots[i])
      *find_slot(slots, capacity, names->slots[i], strlen(names->slots[i])) = names->slots[i];
  names->slots = slots;
  names->capacity = capacity;
}

Name intern_bytes(Names *names, const char *bytes, size_t length) {
  Name *slot = find_slot(names->slots, names->capacity, bytes, length);
  if (*slot) return *slot;
  char *copy = ARENA_ARRAY(names->arena, char, length + 1);
  memcpy(copy, bytes, length);
  *slot = copy;
  if (2 * ++names->used > names->capacity) grow_table(names);
  return copy;
}

Name intern(Names *names, const char *text) { return intern_bytes(names, text, strlen(text)); }

Name intern_format(Names *names, const char *format, ...) {
  Text text = {.arena = names->arena};
  va_list args;
  va_start(args, format);
  text_vformat(&text, format, args);
  va_end(args);
  return intern_bytes(names, text.text, text.len);
}

static void reserve(Text *text, size_t more) {
  if (text->len + more + 1 <= text->space) return;
  while (text->space < text->len + more + 1) text->space = text->space ? 2 * text->space : 64;
  char *bigger = ARENA_ARRAY(text->arena, char, text->space);
  if (text->len) memcpy(bigger, text->text, text->len);
  text->text = bigger;
}

void text_add_bytes(Text *text, const char *bytes, size_t length) {
  reserve(text, length);
  memcpy(text->text + text->len, bytes, length);
  text->len += length;
  text->text[text->len] = '\0';
}

void text_add(Text *text, const char *string) { text_add_bytes(text, string, strlen(string)); }

/* ---- formats ---------------------------------------------------------------------------------- */

/* Only %s, %d and %lld, which is nearly always? Those are written here: most of what a compiler
 * writes goes through formats, and the C library's are slow. */
static bool is_plain(const char *format) {
  for (const char *at = strchr(format, '%'); at; at = strchr(at + 1, '%'))
    if (at[1] != 's' && at[1] != 'd' && strncmp(at + 1, "lld", 3) != 0) return false;
  return true;
}

static void add_number(Text *text, long long number) {
  char digits[24];
  size_t at = sizeof digits;
  unsigned long long left = number < 0 ? 0 - (unsigned long long)number : (unsigned long long)number;
  do digits[--at] = (char)('0' + left % 10);
  while (left /= 10);
  if (number < 0) digits[--at] = '-';
  text_add_bytes(text, digits + at, sizeof digits - at);
}

static void add_plain(Text *text, const char *format, va_list args) {
  reserve(text, strlen(format));
  for (const char *end; *format; format = end) {
    end = strchr(format, '%');
    if (!end) end = format + strlen(format);
    text_add_bytes(text, format, (size_t)(end - format));
    if (!*end) return;
    if (end[1] == 's') text_add(text, va_arg(args, const char *));
    else if (end[1] == 'd') add_number(text, va_arg(args, int));
    else add_number(text, va_arg(args, long long));
    end += end[1] == 'l' ? 4 : 2;
  }
}

void text_vformat(Text *text, const char *format, va_list args) {
  if (is_plain(format)) {
    text_add(text, "");
    add_plain(text, format, args);
    return;
  }
  va_list again;
  va_copy(again, args);
  const int length = vsnprintf(NULL, 0, format, args);
  reserve(text, (size_t)length);
  vsnprintf(text->text + text->len, (size_t)length + 1, format, again);
  va_end(again);
  text->len += (size_t)length;
}

void text_format(Text *text, const char *format, ...) {
  va_list args;
  va_start(args, format);
  text_vformat(text, format, args);
  va_end(args);
}

char *arena_format(Arena *arena, const char *format, ...) {
  Text text = {.arena = arena};
  va_list args;
  va_start(args, format);
  text_vformat(&text, format, args);
  va_end(args);
  return text.text;
}
