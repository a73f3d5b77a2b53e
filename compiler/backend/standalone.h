/* standalone - the runtime inside the generated .c, so that it depends on nothing. */
#ifndef DPC_BACKEND_STANDALONE_H
#define DPC_BACKEND_STANDALONE_H

#include "backend/emit.h"

/* The headers that the .c includes, or their text. */
void standalone_headers(Text *out, const EmitOptions *options);
/* The runtime's functions, after everything else. They are weak, so that programs with several
 * such files link. */
void standalone_functions(Text *out, const EmitOptions *options, Arena *arena);

#endif
