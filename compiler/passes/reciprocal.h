/* reciprocal - what divides all points of an index space alike is inverted once. */
#ifndef DPC_PASSES_RECIPROCAL_H
#define DPC_PASSES_RECIPROCAL_H

#include "ir/ir.h"
#include "source/diag.h"

/* Before:  map [n] {(i) .. %y = div %x, %h ..}         %h from outside, %x not
 * After:   %r = div 1, %h   map [n] {(i) .. %y = mul %x, %r ..}
 *
 * A vector unit multiplies many times faster than it divides. The last bit may change, so only quotients
 * that are added, multiplied or handed on are meant: what is rounded, compared or truncated next
 * keeps its division. Returns the number of divisions that are gone. */
int invert_divisors(Module *m, Diag *diag);

#endif
