/* id_map - pointers by small numbers.
 *
 * Pages by number, found by hash: what a map takes depends on what it holds, not on how large the numbers
 * are, and neighbours lie side by side. Nothing ever walks a map. */
#ifndef DPC_BASE_ID_MAP_H
#define DPC_BASE_ID_MAP_H

#include "base/arena.h"

#include <stdint.h>

typedef struct {
  Arena *arena;
  struct IdPage *pages;
  uint32_t n_pages, capacity;
} IdMap;

IdMap id_map_new(Arena *arena);
void id_map_set(IdMap *map, uint32_t id, void *item);
/* NULL where nothing was set. */
void *id_map_find(const IdMap *map, uint32_t id);
IdMap id_map_copy(const IdMap *map);

#endif
