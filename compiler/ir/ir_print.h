/* ir_print - IR as text, as docs/IR.md describes it. ir_read.c reads it back. */
#ifndef DPC_IR_IR_PRINT_H
#define DPC_IR_IR_PRINT_H

#include "ir/ir.h"

/* The whole module: models, externs, functions. Equal modules give equal bytes. */
void ir_print(Text *out, const Module *m);
/* One instruction with what is in it; for messages and debuggers. */
void ir_print_instr(Text *out, const Module *m, const Instr *instr);

#endif
