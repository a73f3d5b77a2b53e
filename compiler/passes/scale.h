/* scale - factors that are the same at all points of an index space are multiplied once. */
#ifndef DPC_PASSES_SCALE_H
#define DPC_PASSES_SCALE_H

#include "ir/ir.h"
#include "source/diag.h"

/* Before:  map [n] {(i) %x = index ..   %y = mul %x, %dt   %z = div %y, %h ..}
 * After:   %c = div %dt, %h   map [n] {(i) %x = index ..   %z = mul %x, %c ..}
 *
 * Also through sums: dt * (a * x - b * y) is (dt * a) * x - (dt * b) * y, where the sum may be what a
 * map gives that nothing else reads. Of the other factors, an element of an array is first
 * multiplied by the common one, the last if there are several: it is what several products have in
 * common. And x * a + x * b is x * (a + b), where nobody else needs the products.
 *
 * The last bits may change, so what is compared or rounded next stays as it is; common factors whose
 * product leaves the range of doubles would not do, and the range of floats is too small for this, so
 * there nothing is done. What is chosen depends on who else needs a product. That is why the pass runs
 * before the pass checkpoint copies steps, never behind it: all copies of a step then give the
 * same bits, and so do all schedules. A vjp or jvp that is still to come sees through the products
 * of others, not through what it is taken of or by. Returns changes. */
int join_factors(Module *m, Diag *diag);

#endif
