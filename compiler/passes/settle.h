/* settle - sums that are whole at one point of their sweep are a map's elements. A part of fuse. */
#ifndef DPC_PASSES_SETTLE_H
#define DPC_PASSES_SETTLE_H

#include "ir/ir.h"

/* Before:  %b = sweep [n] %a {(i, %a) accum %a, x, i   accum .., y, i}
 * After:   %b = map [n] {(i) (%a at i) + x + y}
 *
 * Right where each accumulator has the sweep's extents as its dimensions and every accum to it stands
 * in the body itself and adds at the body's own point: then no point adds to the element of another, each
 * element gets all that it gets at one point, and the additions keep their order. Where %a is zeros it is
 * left out (the sign of a zero may differ). Only where this holds of all the accumulators: the others'
 * terms would be computed twice or stored. What a scattering sweep over the same space goes on with, or
 * hands on, stays a sweep as well, so that the two can become one (merge.h, stencil.h). Returns the number
 * of sweeps that are gone. */
int settle_sums(Module *m, Region *body);

#endif
