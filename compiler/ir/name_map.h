/* name_map - a table from names to pointers or numbers; a set of names, too. */
#ifndef DPC_IR_NAME_MAP_H
#define DPC_IR_NAME_MAP_H

#include "base/text.h"

typedef struct {
  Name name;
  void *pointer;
  int number;
} NameEntry;

typedef struct {
  Arena *arena;
  NameEntry *slots; /* open addressing; name NULL is empty */
  size_t used, capacity;
} NameMap;

NameMap name_map_new(Arena *arena);
/* The entry of a name, or NULL. Pointers to entries last until the next name_map_add. */
NameEntry *name_map_find(const NameMap *map, Name name);
/* The entry of a name, made with zeros if there is none. */
NameEntry *name_map_add(NameMap *map, Name name);

#endif
