/* arena - memory by lifetime.
 *
 * Everything the compiler builds lives in an arena and is released with it; nothing is freed
 * alone. Out of memory prints one line and exits: the compiler is a process, not a library.
 * With -DDP_ARENA_MALLOC every object is its own malloc, so that memory checkers see overruns. */
#ifndef DPC_BASE_ARENA_H
#define DPC_BASE_ARENA_H

#include <stddef.h>

/* What a processor loads at once: objects that are whole lines, or lie side by side, are walked faster. */
enum { CACHE_LINE_BYTES = 64 };

typedef struct Arena Arena;

Arena *arena_new(void);
void arena_free(Arena *arena);

/* An arena that is freed with its parent. */
Arena *arena_child(Arena *parent);
/* Nothing that the arena holds is needed any more: its memory serves again. */
void arena_clear(Arena *arena);

/* Zeroed memory for count objects of size bytes, aligned for any type. */
void *arena_alloc(Arena *arena, size_t count, size_t size);

#define ARENA_NEW(arena, Type) ((Type *)arena_alloc((arena), 1, sizeof(Type)))
#define ARENA_ARRAY(arena, Type, count) ((Type *)arena_alloc((arena), (count), sizeof(Type)))

#endif
