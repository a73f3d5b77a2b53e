#include "base/vec.h"

#include <string.h>

void *vec_grow(Arena *arena, void *at, size_t len, size_t *space, size_t size) {
  if (len < *space) return at;
  *space = *space ? 2 * *space : 8;
  void *bigger = arena_alloc(arena, *space, size);
  if (len) memcpy(bigger, at, len * size);
  return bigger;
}
