/* unroll - sums, sweeps and loops over a handful of points are written out. A part of simplify. */
#ifndef DPC_PASSES_UNROLL_H
#define DPC_PASSES_UNROLL_H

#include "ir/ir.h"

/* Before:  %s = reduce sum [2] {(j) %w = index %W, i, j ...}
 * After:   the body twice, with j = 0 and j = 1, and an addition; in the same order.
 *
 * So [x, y] never becomes an array, and a 3 by 3 stencil is one expression that vectorises along
 * the rows. Of a loop up to four steps, if it has no checkpoint schedule: what differs from step to
 * step, such as the layer that it applies, is then known. Pinned results keep their identity. Returns
 * changes. */
int unroll_region(Module *m, Region *body, const ValueMap *pinned);

#endif
