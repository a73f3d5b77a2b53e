/* ir_verify - the rules of ir.h, checked. */
#ifndef DPC_IR_IR_VERIFY_H
#define DPC_IR_IR_VERIFY_H

#include "ir/ir.h"

/* The first rule that the module breaks, as a sentence with the instruction's text; NULL if it
 * keeps them all. The text lives in the module's arena. */
const char *ir_verify(Module *m);

#endif
