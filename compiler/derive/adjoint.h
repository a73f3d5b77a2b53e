/* adjoint - reverse mode: replaces a vjp instruction by the code that computes it. */
#ifndef DPC_DERIVE_ADJOINT_H
#define DPC_DERIVE_ADJOINT_H

#include "derive/once.h"
#include "ir/ir.h"
#include "source/diag.h"

/* Needs: no vjp or jvp among the instructions visible before vjp. Loops and maps that are reversed get
 * more results in place (what the reverse run reads back); root is the body of the function. What has
 * no derivative is reported. Maps whose reverse runs their body again are added to twice. */
void adjoint_expand(Module *m, Diag *diag, Region *root, Instr *vjp, TwiceList *twice);

#endif
