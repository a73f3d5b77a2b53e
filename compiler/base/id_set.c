#include "base/id_set.h"

enum { WORD_BITS = 64, PAGE_WORDS = 8, PAGE_BITS = PAGE_WORDS * WORD_BITS };

IdSet id_set_new(Arena *arena) { return (IdSet){.pages = id_map_new(arena)}; }

static uint64_t *find_page(const IdSet *set, uint32_t number) {
  return set->page && set->number == number ? set->page : id_map_find(&set->pages, number);
}

bool id_set_add(IdSet *set, uint32_t id) {
  const uint32_t number = id / PAGE_BITS;
  uint64_t *page = find_page(set, number);
  if (!page) {
    page = ARENA_ARRAY(set->pages.arena, uint64_t, PAGE_WORDS);
    id_map_set(&set->pages, number, page);
  }
  set->number = number;
  set->page = page;
  uint64_t *word = &page[id % PAGE_BITS / WORD_BITS];
  const uint64_t bit = (uint64_t)1 << id % WORD_BITS;
  const bool is_new = !(*word & bit);
  *word |= bit;
  return is_new;
}

bool id_set_has(const IdSet *set, uint32_t id) {
  const uint64_t *page = find_page(set, id / PAGE_BITS);
  return page && page[id % PAGE_BITS / WORD_BITS] >> id % WORD_BITS & 1;
}
