/* fuse - a map that is read once per iteration of one other index space is computed there. */
#ifndef DPC_PASSES_FUSE_H
#define DPC_PASSES_FUSE_H

#include "ir/ir.h"
#include "source/diag.h"

/* Before:  %a = map [n] {(i) yield f(i)}   %b = map [n] {(i) %x = index %a, i   yield g(%x)}
 * After:   %b = map [n] {(i) %x = f(i)     yield g(%x)}
 *
 * No work is done twice: each element of %a is read by exactly one iteration. A map of dot products
 * stays apart from a reader that calls transcendental functions: alone, each of the two loops
 * vectorises; where they are one map, they are taken apart (split.h). So does a map that calls them from
 * a sweep that scatters. Sums that are whole at their own point are maps (settle.h); several sums of one
 * map's results become one sweep (gather.h). What is left side by side and reads the same arrays
 * becomes one loop (merge.h). Returns changes. */
int fuse(Module *m, Diag *diag);

#endif
