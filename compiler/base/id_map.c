#include "base/id_map.h"

#include <string.h>

enum { PAGE = 16, LINE_PAGES = 4, FIRST_CAPACITY = 8 };

struct IdPage {
  uint32_t number; /* id / PAGE of its items */
  void **at;       /* NULL: this place of the table is empty */
};

IdMap id_map_new(Arena *arena) { return (IdMap){.arena = arena}; }

/* The page's place in the table, where it is or would be. Four neighbours stay neighbours, in one line of the
 * processor's cache; fours are mixed (Fibonacci hashing, by the high bits), so that few meet another's. */
static struct IdPage *place_of(const IdMap *map, uint32_t number) {
  const uint32_t mask = map->capacity - 1, mixed = number / LINE_PAGES * 2654435769u;
  const uint32_t line = (uint32_t)((uint64_t)mixed * (map->capacity / LINE_PAGES) >> 32);
  uint32_t i = line * LINE_PAGES + number % LINE_PAGES;
  while (map->pages[i].at && map->pages[i].number != number) i = (i + 1) & mask;
  return &map->pages[i];
}

static void grow(IdMap *map) {
  const IdMap old = *map;
  map->capacity = old.capacity ? 2 * old.capacity : FIRST_CAPACITY;
  map->pages = ARENA_ARRAY(map->arena, struct IdPage, map->capacity);
  for (uint32_t i = 0; i < old.capacity; i++)
    if (old.pages[i].at) *place_of(map, old.pages[i].number) = old.pages[i];
}

static void **new_page(IdMap *map, uint32_t number) {
  if (2 * ++map->n_pages > map->capacity) grow(map);
  struct IdPage *page = place_of(map, number);
  page->number = number;
  return page->at = ARENA_ARRAY(map->arena, void *, PAGE);
}

void id_map_set(IdMap *map, uint32_t id, void *item) {
  const uint32_t number = id / PAGE;
  void **page = map->capacity ? place_of(map, number)->at : NULL;
  if (!page) page = new_page(map, number);
  page[id % PAGE] = item;
}

void *id_map_find(const IdMap *map, uint32_t id) {
  if (!map->capacity) return NULL;
  void **page = place_of(map, id / PAGE)->at;
  return page ? page[id % PAGE] : NULL;
}

IdMap id_map_copy(const IdMap *map) {
  IdMap copy = *map;
  if (!map->capacity) return copy;
  copy.pages = ARENA_ARRAY(map->arena, struct IdPage, map->capacity);
  for (uint32_t i = 0; i < map->capacity; i++) {
    if (!map->pages[i].at) continue;
    copy.pages[i].number = map->pages[i].number;
    copy.pages[i].at = ARENA_ARRAY(map->arena, void *, PAGE);
    memcpy(copy.pages[i].at, map->pages[i].at, PAGE * sizeof(void *));
  }
  return copy;
}
