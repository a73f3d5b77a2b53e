/* lift - what each point of a space computes anew in every step of a loop. A part of simplify. */
#ifndef DPC_PASSES_LIFT_H
#define DPC_PASSES_LIFT_H

#include "ir/ir.h"

/* Before:  loop {(t) map [n] {(i) %e = exp (%k at i)  .. }}
 * After:   %e = map [n] {(i) exp (%k at i)}   loop {(t) map [n] {(i) %e at i  .. }}
 *
 * The loop may be another space, and the map a sum or a sweep. Only expensive functions of what the
 * loop does not change. The derivative gains as well: nothing of it is kept for each step. Pinned values
 * are not looked through. Returns changes. */
int lift_region(Module *m, Region *body, const ValueMap *pinned);

#endif
