/* stencil - sweeps that scatter at constant offsets become sweeps that gather.
 *
 * Before:  sweep [n] a {(i, a) .. accum a, x(i), i + 1   accum a, y(i), (i - 1) mod n}
 * After:   sweep [n] a {(p, a) accum a, (if p >= 1 {x(p - 1)} {0}) + y((p + 1) mod n), p}
 *
 * Each element of the array is then written by one point alone: points may run in any order, at
 * once, or as vectors, and an array that begins as zeros need not be filled. The proof is one of
 * places (places.h): for each accum the points that add to p are listed, by p alone:
 *
 *   counter + c             p - c, where that is a point of the space
 *   (counter + c) mod n     (p - c) mod n
 *   bounded counter + c     p - c where that is a point, and those of the |c| points beside the
 *                           boundary whose index turns out to be p
 *
 * What a point adds is computed again for each p that it adds to, so sweeps whose bodies call
 * transcendental functions stay as they are; and where that is x * a + x * b, with products that
 * several elements had shared, it is x * (a + b) now. */
#ifndef DPC_PASSES_STENCIL_H
#define DPC_PASSES_STENCIL_H

#include "ir/ir.h"
#include "source/diag.h"

/* Returns the number of sweeps that were changed. */
int gather_stencils(Module *m, Diag *diag);

#endif
