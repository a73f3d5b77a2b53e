/* mirror - a loop carries an array instead of its negative. */
#ifndef DPC_PASSES_MIRROR_H
#define DPC_PASSES_MIRROR_H

#include "ir/ir.h"
#include "source/diag.h"

/* Before:  %a = loop %n, %x, .. {(%t, %a, %p)
 *            .. index %a, %i ..
 *            %next = map [m] {(%j) neg (index %p, %j)}
 *            yield %next, ..}
 * After:   %y = map [m] {(%j) neg (index %x, %j)}
 *          %b = loop %n, %y, .. {(%t, %b, %p)
 *            .. neg (index %b, %i) ..
 *            yield %p, ..}
 *          %a = map [m] {(%j) neg (index %b, %j)}
 *
 * Adjoints of steps that go on from two states, 2 u - before + .., are such loops: the array is handed on,
 * and nothing is written. Exact, since changing a sign is; of sums the sign of a 0 may differ, as where
 * simplify leaves out `+ 0`. Right where %next is, at each point of its own, the negative of an element of
 * one array that is there at the end of the step, and the step reads %a by its elements only, or begins a
 * sum with it to which each point adds once, at its own place (overwrite.h: that element is read then).
 * %next may be such a sum as well, from zeros. Returns the number of arrays that are carried so now. */
int carry_positive(Module *m, Diag *diag);

#endif
