/* words - the identifiers that a piece of generated code mentions. */
#ifndef DPC_BACKEND_WORDS_H
#define DPC_BACKEND_WORDS_H

#include "base/text.h"

#include <stdbool.h>

typedef struct Words Words;

/* Those in code: what comments and strings say does not count. */
Words *words_of(Arena *arena, Names *names, const Text *code);
bool words_have(const Words *words, Name name);

#endif
