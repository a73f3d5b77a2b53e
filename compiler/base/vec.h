/* vec - typed growable arrays that live in an arena.
 *
 *   Vec(int) numbers = {0};
 *   vec_push(arena, &numbers, 7);
 *   for (size_t i = 0; i < numbers.len; i++) use(numbers.at[i]);
 */
#ifndef DPC_BASE_VEC_H
#define DPC_BASE_VEC_H

#include "base/arena.h"

#include <stddef.h>

#define Vec(Type)      \
  struct {             \
    Type *at;          \
    size_t len, space; \
  }

/* Room for one more element of the vector; returns the (possibly moved) storage. */
void *vec_grow(Arena *arena, void *at, size_t len, size_t *space, size_t size);

#define vec_push(arena, vec, item)                                                           \
  ((vec)->at = vec_grow((arena), (vec)->at, (vec)->len, &(vec)->space, sizeof *(vec)->at), \
   (vec)->at[(vec)->len++] = (item))

#endif
