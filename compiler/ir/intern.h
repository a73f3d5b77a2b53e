/* intern - hash tables for the interned types and sizes of a module. Private to type.c, size.c
 * and pack.c. */
#ifndef DPC_IR_INTERN_H
#define DPC_IR_INTERN_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct InternTable {
  Arena *arena;
  void **slots; /* open addressing; NULL is empty */
  uint64_t *hashes;
  size_t used, capacity;
} InternTable;

typedef bool InternEqual(const void *a, const void *b);

InternTable *intern_table_new(Arena *arena);

/* The entry equal to key, or the place for a new one. The caller fills an empty place with
 * intern_add, before any other call. */
void *intern_find(const InternTable *table, uint64_t hash, const void *key, InternEqual *equal);
void intern_add(InternTable *table, uint64_t hash, void *entry);

/* FNV-1a over words (Fowler, Noll, Vo). */
static inline uint64_t intern_mix(uint64_t hash, uint64_t word) {
  return (hash ^ word) * 1099511628211u ^ (hash >> 29);
}

enum { INTERN_SEED = 1469598103 };

#endif
