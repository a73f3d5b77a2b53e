/* tangent - forward mode: replaces a jvp instruction by the code that computes it. */
#ifndef DPC_DERIVE_TANGENT_H
#define DPC_DERIVE_TANGENT_H

#include "ir/ir.h"
#include "source/diag.h"

/* Needs: no vjp or jvp among the instructions visible before jvp. Each instruction between x and y is
 * joined by its tangent, in place where x_dot is known early enough, else in a copy of them before
 * jvp. What has no derivative is reported. */
void tangent_expand(Module *m, Diag *diag, Region *root, Instr *jvp);

#endif
