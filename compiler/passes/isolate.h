/* isolate - products of matrices stand alone, so that each can become one call of a kernel. */
#ifndef DPC_PASSES_ISOLATE_H
#define DPC_PASSES_ISOLATE_H

#include "ir/contraction.h"
#include "source/diag.h"

/* Before:  %y = map [n] {(i) %s = reduce sum [m] {.. %A at i, k times %x at k}   yield f(%s)}
 *          %W_bar, %x_bar = sweep [n] .. {.. sweep [m] .. {.. accum ..  accum ..}}
 * After:   %s = map [n] {(i) %s = reduce sum [m] {..}   yield %s}   %y = map [n] {.. f(%s at i)}
 *          %x_bar = sweep [n, m] .. {.. accum}   %W_bar = sweep [n] ..
 *
 * What a product multiplies becomes an array first where it is computed for each of the product's
 * points anew: it is computed once per element then. Only for contractions that are large
 * (ir/contraction.h); fuse leaves those alone. Returns changes. */
int isolate_products(Module *m, Diag *diag);

/* Takes accumulator k of the sweep out as a contraction of its own behind it, of which `wanted` must
 * hold; the sweep's result is then not used. NULL: it is none, and nothing has changed but for
 * instructions that nothing needs. */
Instr *isolate_accumulator(Module *m, Instr *sweep, int k, bool (*wanted)(const Contraction *),
                           Contraction *found);

#endif
