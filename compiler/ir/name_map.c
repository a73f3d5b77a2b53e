#include "ir/name_map.h"

#include <stdint.h>

enum { FIRST_CAPACITY = 16 };

NameMap name_map_new(Arena *arena) { return (NameMap){.arena = arena}; }

/* Names are interned: the address tells them apart. Nothing ever walks the table, so that addresses
 * never decide an order. */
static NameEntry *slot_of(const NameMap *map, Name name) {
  const size_t mask = map->capacity - 1;
  const uint64_t address = (uint64_t)(uintptr_t)name;
  size_t i = (size_t)((address * 0x9E3779B97F4A7C15u) >> 20) & mask;
  while (map->slots[i].name && map->slots[i].name != name) i = (i + 1) & mask;
  return &map->slots[i];
}

NameEntry *name_map_find(const NameMap *map, Name name) {
  if (!map->capacity) return NULL;
  NameEntry *entry = slot_of(map, name);
  return entry->name ? entry : NULL;
}

static void grow(NameMap *map) {
  const NameMap old = *map;
  map->capacity = old.capacity ? 2 * old.capacity : FIRST_CAPACITY;
  map->slots = ARENA_ARRAY(map->arena, NameEntry, map->capacity);
  for (size_t i = 0; i < old.capacity; i++)
    if (old.slots[i].name) *slot_of(map, old.slots[i].name) = old.slots[i];
}

NameEntry *name_map_add(NameMap *map, Name name) {
  NameEntry *entry = name_map_find(map, name);
  if (entry) return entry;
  if (2 * ++map->used > map->capacity) grow(map);
  entry = slot_of(map, name);
  entry->name = name;
  return entry;
}
