/* derive - the pass that replaces every vjp and jvp by the code that computes it. */
#ifndef DPC_DERIVE_DERIVE_H
#define DPC_DERIVE_DERIVE_H

#include "ir/ir.h"
#include "source/diag.h"

/* In program order, inner regions first: when an instruction's turn comes, what it differentiates is free of
 * derivative instructions, so derivatives of derivatives need no rule of their own. Returns how many
 * were replaced. */
int derive(Module *m, Diag *diag);

#endif
