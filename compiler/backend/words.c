#include "backend/words.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

/* Open addressing by the address of the interned name; only looked up, never walked. */
struct Words {
  Name *slots;
  size_t used, capacity;
};

static Name *slot_of(Name *slots, size_t capacity, Name name) {
  size_t i = ((uintptr_t)name >> 3) * (uintptr_t)0x9E3779B97F4A7C15u & (capacity - 1);
  while (slots[i] && slots[i] != name) i = (i + 1) & (capacity - 1);
  return &slots[i];
}

static void grow(Arena *arena, Words *words) {
  const size_t capacity = words->capacity ? 2 * words->capacity : 256;
  Name *slots = ARENA_ARRAY(arena, Name, capacity);
  for (size_t i = 0; i < words->capacity; i++)
    if (words->slots[i]) *slot_of(slots, capacity, words->slots[i]) = words->slots[i];
  words->slots = slots;
  words->capacity = capacity;
}

static void add(Arena *arena, Words *words, Name name) {
  if (2 * (words->used + 1) > words->capacity) grow(arena, words);
  Name *slot = slot_of(words->slots, words->capacity, name);
  if (!*slot) words->used++;
  *slot = name;
}

static bool in_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

/* Behind the comment, string or word that begins here; else the next byte. */
static const char *past_piece(const char *at) {
  if (at[0] == '/' && at[1] == '*') {
    const char *end = strstr(at + 2, "*/");
    return end ? end + 2 : at + strlen(at);
  }
  if (*at == '"') {
    for (at++; *at && *at != '"'; at++)
      if (*at == '\\' && at[1]) at++;
    return *at ? at + 1 : at;
  }
  const char *end = at;
  while (in_word(*end)) end++;
  return end == at ? at + 1 : end;
}

Words *words_of(Arena *arena, Names *names, const Text *code) {
  Words *words = ARENA_NEW(arena, Words);
  grow(arena, words);
  const char *end;
  for (const char *at = code->text ? code->text : ""; *at; at = end) {
    end = past_piece(at);
    if (in_word(*at)) add(arena, words, intern_bytes(names, at, (size_t)(end - at)));
  }
  return words;
}

bool words_have(const Words *words, Name name) {
  return *slot_of(words->slots, words->capacity, name) == name;
}
