/* forward - loops that read only what they have not written yet. A part of simplify. */
#ifndef DPC_PASSES_FORWARD_H
#define DPC_PASSES_FORWARD_H

#include "ir/ir.h"

/* Before:  loop n, %init {(t, c) %x = index %c, f(t)   %d = update %c, .., f(t)   yield %d}
 * After:   the same with %x = index %init, f(t); c is not needed now, if the result is not.
 *
 * f differs from step to step, so no step reads what another has written. The adjoint of xs[t] = x
 * has this form: it reads xs_bar[t], then clears it. Returns changes. */
int forward_reads(Module *m, Region *body);

#endif
