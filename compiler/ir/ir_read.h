/* ir_read - the text form of the IR back into a module; docs/IR.md describes it. */
#ifndef DPC_IR_IR_READ_H
#define DPC_IR_IR_READ_H

#include "ir/ir.h"
#include "source/diag.h"

/* Reads the text of a file that Sources holds. A text that ir_print wrote gives a module that
 * prints as the same text. What is wrong is reported at its place, and the result is NULL; a module
 * that is given back has passed ir_verify. */
Module *ir_read(Arena *arena, Names *names, Sources *sources, Diag *diag, uint32_t file);

#endif
