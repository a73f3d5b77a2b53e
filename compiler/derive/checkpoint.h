/* checkpoint - the pass that gives loops the checkpoint schedule that they ask for.
 *
 * derive lets every loop store on tapes, one entry per step, what its reverse loop reads back. Here a loop
 * with a schedule loses those tapes: its reverse loop finds the state before each step again, by
 * running forward from snapshots of it, and makes from that state what it would have read. Since this
 * comes after all derivatives are code, they need not know of it, and the values are the same to the
 * last bit.
 *
 *   binomial  snapshots where they cost the fewest steps (runtime/dp_checkpoint.h)
 *   mixed     the same, and what fits into the places of free snapshots is taped
 *   sqrt      snapshots at equal distances, and a tape for the steps between two of them
 *
 * A tape that is read in any other way than backwards, step by step, stays. */
#ifndef DPC_DERIVE_CHECKPOINT_H
#define DPC_DERIVE_CHECKPOINT_H

#include "ir/ir.h"
#include "source/diag.h"

/* Returns how many loops lost tapes. No schedule is left afterwards. */
int checkpoint(Module *m, Diag *diag);

#endif
