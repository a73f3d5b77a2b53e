/* standalone - the runtime inside the generated .c, so that it depends on nothing. */
#ifndef DPC_BACKEND_STANDALONE_H
#define DPC_BACKEND_STANDALONE_H

#include "backend/emit.h"

/* The text of the headers that the .c includes; dp_linalg.h only where it is used. */
void standalone_headers(Text *out, const EmitOptions *options, bool uses_linalg);
/* The runtime's functions, after everything else. They are weak, so that programs with several
 * such files link. */
void standalone_functions(Text *out, const EmitOptions *options, Arena *arena);

#endif
