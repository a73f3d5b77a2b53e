#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Block Block;
struct Block {
  Block *next;
  size_t used, capacity;
  size_t touched; /* what lies behind it is still zero, as the system gave it */
  /* The payload follows; max_align_t keeps it aligned for any type. */
  max_align_t payload[];
};

struct Arena {
  Block *blocks; /* the newest first */
  Block *spare;  /* empty ones, to be filled before there are new ones */
  Arena *child, *sibling;
};

/* What a block holds begins with a line of the processor's cache: objects of whole lines take no more. */
#ifdef DP_ARENA_MALLOC
enum { ROOM_BEFORE = 0 };
static size_t first_place(const Block *block) { return (void)block, 0; }
#else
enum { ROOM_BEFORE = CACHE_LINE_BYTES };
static size_t first_place(const Block *block) { return -(uintptr_t)block->payload % CACHE_LINE_BYTES; }
#endif

/* Blocks double from small to large: a scratch arena that holds little costs little to clear. */
enum { FIRST_BLOCK_BYTES = 1 << 11, BLOCK_BYTES = 1 << 18 };

static void out_of_memory(void) {
  fputs("dpc: out of memory\n", stderr);
  exit(3);
}

Arena *arena_new(void) {
  Arena *arena = calloc(1, sizeof *arena);
  if (!arena) out_of_memory();
  return arena;
}

static void free_blocks(Block *block) {
  for (Block *next; block; block = next) {
    next = block->next;
    free(block);
  }
}

void arena_free(Arena *arena) {
  for (Arena *child = arena->child, *next; child; child = next) {
    next = child->sibling;
    arena_free(child);
  }
  free_blocks(arena->blocks);
  free_blocks(arena->spare);
  free(arena);
}

Arena *arena_child(Arena *parent) {
  Arena *child = arena_new();
  child->sibling = parent->child;
  return parent->child = child;
}

/* Blocks serve again, in the order in which they were filled: new memory from the system costs more. */
void arena_clear(Arena *arena) {
#ifdef DP_ARENA_MALLOC
  free_blocks(arena->blocks);
#else
  for (Block *block = arena->blocks, *next; block; block = next) {
    next = block->next;
    block->used = first_place(block);
    block->next = arena->spare;
    arena->spare = block;
  }
#endif
  arena->blocks = NULL;
}

static Block *new_block(size_t bytes) {
  const size_t capacity = bytes + ROOM_BEFORE;
  Block *block = calloc(1, sizeof *block + capacity);
  if (!block) out_of_memory();
  block->capacity = capacity;
  block->used = first_place(block);
  return block;
}

#ifdef DP_ARENA_MALLOC
static Block *find_block(Arena *arena, size_t bytes) { return (void)arena, new_block(bytes); }
#else
static bool has_room(const Block *block, size_t bytes) { return block->capacity - block->used >= bytes; }

static size_t next_capacity(const Arena *arena) {
  if (!arena->blocks) return FIRST_BLOCK_BYTES;
  const size_t twice = 2 * arena->blocks->capacity;
  return twice < BLOCK_BYTES ? twice : BLOCK_BYTES;
}

/* A spare block with room, or a new one. */
static Block *find_block(Arena *arena, size_t bytes) {
  for (Block **at = &arena->spare; *at; at = &(*at)->next) {
    Block *block = *at;
    if (!has_room(block, bytes)) continue;
    *at = block->next;
    return block;
  }
  const size_t capacity = next_capacity(arena);
  return new_block(bytes > capacity ? bytes : capacity);
}
#endif

static Block *block_with_room(Arena *arena, size_t bytes) {
#ifndef DP_ARENA_MALLOC
  if (arena->blocks && has_room(arena->blocks, bytes)) return arena->blocks;
#endif
  Block *block = find_block(arena, bytes);
  block->next = arena->blocks;
  return arena->blocks = block;
}

void *arena_alloc(Arena *arena, size_t count, size_t size) {
  if (size && count > (SIZE_MAX / 2) / size) out_of_memory();
  const size_t align = sizeof(max_align_t);
  const size_t bytes = (count * size + align - 1) / align * align;
  Block *block = block_with_room(arena, bytes);
  void *memory = (char *)block->payload + block->used;
  if (block->used < block->touched) memset(memory, 0, bytes);
  block->used += bytes;
  if (block->used > block->touched) block->touched = block->used;
  return memory;
}
