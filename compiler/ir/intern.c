#include "ir/intern.h"

InternTable *intern_table_new(Arena *arena) {
  InternTable *table = ARENA_NEW(arena, InternTable);
  table->arena = arena;
  table->capacity = 256;
  table->slots = ARENA_ARRAY(arena, void *, table->capacity);
  table->hashes = ARENA_ARRAY(arena, uint64_t, table->capacity);
  return table;
}

void *intern_find(const InternTable *table, uint64_t hash, const void *key, InternEqual *equal) {
  const size_t mask = table->capacity - 1;
  for (size_t i = (size_t)hash & mask; table->slots[i]; i = (i + 1) & mask)
    if (table->hashes[i] == hash && equal(table->slots[i], key)) return table->slots[i];
  return NULL;
}

static void place(InternTable *table, uint64_t hash, void *entry) {
  const size_t mask = table->capacity - 1;
  size_t i = (size_t)hash & mask;
  while (table->slots[i]) i = (i + 1) & mask;
  table->slots[i] = entry;
  table->hashes[i] = hash;
}

static void grow(InternTable *table) {
  const InternTable old = *table;
  table->capacity *= 2;
  table->slots = ARENA_ARRAY(table->arena, void *, table->capacity);
  table->hashes = ARENA_ARRAY(table->arena, uint64_t, table->capacity);
  for (size_t i = 0; i < old.capacity; i++)
    if (old.slots[i]) place(table, old.hashes[i], old.slots[i]);
}

void intern_add(InternTable *table, uint64_t hash, void *entry) {
  if (2 * ++table->used > table->capacity) grow(table);
  place(table, hash, entry);
}
