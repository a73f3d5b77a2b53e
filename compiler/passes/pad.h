/* pad - what a sum reads through a rule at the border, at i + k, it reads from a copy with a border. */
#ifndef DPC_PASSES_PAD_H
#define DPC_PASSES_PAD_H

#include "ir/ir.h"
#include "source/diag.h"

/* Before:  map [%n] {(%i)  reduce sum [7] {(%k)  %a at %k * %u at (%i + %k - 3) mod %n } }
 * After:   %p = map [%n + 6] {(%q)  %u at (%q - 3) mod %n}
 *          map [%n] {(%i)  reduce sum [7] {(%k)  %a at %k * %p at %i + %k } }
 *
 * What is read depends on the two counters by s*i + k alone, so it is an array over those sums; it
 * is copied once instead of being looked up for each of them. The sum is then linear in its counters
 * everywhere, at the border as well, and so is its derivative: a product of matrices for a convolution.
 * Any rule will do: periodic, clamp, zero, reflect, strides and dilations of whatever dimensions.
 * All sums s*i + k must be met, so that nothing is read that the program does not read: k runs
 * over a constant number of values, s of them at least. Where a space may be empty, the copy reads
 * nothing. Returns the number of copies. */
int pad_reads(Module *m, Diag *diag);

#endif
