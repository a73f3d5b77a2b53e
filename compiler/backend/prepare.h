/* prepare - leaves only what the backend writes: copy and stop become their operand, custom
 * functions their body. */
#ifndef DPC_BACKEND_PREPARE_H
#define DPC_BACKEND_PREPARE_H

#include "ir/ir.h"

void prepare_function(Module *m, Func *func);

#endif
