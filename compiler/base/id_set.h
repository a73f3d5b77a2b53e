/* id_set - a set of small numbers.
 *
 * Bits in pages by number, found by hash as in id_map: what a set takes depends on what it holds. Nothing
 * ever walks a set. */
#ifndef DPC_BASE_ID_SET_H
#define DPC_BASE_ID_SET_H

#include "base/id_map.h"

#include <stdbool.h>

typedef struct {
  IdMap pages;      /* by id / PAGE_BITS */
  uint32_t number;  /* of the page that was added to last, */
  uint64_t *page;   /*   and the page: neighbours come one after the other */
} IdSet;

IdSet id_set_new(Arena *arena);
/* Is it new? */
bool id_set_add(IdSet *set, uint32_t id);
bool id_set_has(const IdSet *set, uint32_t id);

#endif
