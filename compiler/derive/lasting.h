/* lasting - elements of carried arrays that no later step writes: the loop's results still hold them.
 *
 *   r[i, j] = f(r[i-1, j], r[i, j-1])       tables, factorisations, substitutions, trajectories
 *
 * A reverse step reads such an element from the array with which the loop ends. Nothing is kept of it, and
 * the array with which the step began isn't needed.
 *
 * Proven from places alone: along one dimension, or along the sum or the difference of two, all that later
 * steps write lies behind the element, or all of it before, and so does what the same step writes after it.
 * Places are sums of multiples of counters and of what is the same in all steps. */
#ifndef DPC_DERIVE_LASTING_H
#define DPC_DERIVE_LASTING_H

#include "ir/ir.h"

/* The region of a reverse loop and how many steps it makes: its first parameter counts them, the last one
 * first. */
typedef struct ReverseSteps ReverseSteps;
struct ReverseSteps {
  Region *region;
  Size *count;
  const ReverseSteps *around; /* the reverse loop in which this one stands, or NULL */
};

/* A reverse loop's steps with the primal step's copy in its region. */
typedef struct {
  Module *m;
  const ReverseSteps *steps;
  int n_carried;
  Value *const *begin;   /* what is carried when the step begins, one per carried value */
  Value *const *end;     /* when it ends */
  Value *const *results; /* when the loop has ended */
} PrimalStep;

/* An update that the step itself makes, of an array whose result still holds what it writes. */
typedef struct {
  const Instr *update;
  int carried;
  Value *result;
} LastingWrite;

/* In the whole region, elements that last are read from the loop's results; is_read[i] says of each carried
 * value whether any are. Enters in `writes`, by the id of the value that is written, the updates whose whole
 * blocks last. */
void lasting_find(const PrimalStep *step, bool *is_read, IdMap *writes);

/* What the update wrote, read from the result. The builder stands in the region, before the step's copy. */
Value *lasting_read(Builder *b, const LastingWrite *write);

/* Does the array come into its region from outside, through writes alone, rather than begin in it? */
bool array_comes_from_outside(Module *m, const Value *array);

#endif
