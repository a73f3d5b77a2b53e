/* lanes - loops of small systems run side by side, as lanes of vectors.
 *
 * Before:  map [n] {(k) .. loop T, %x {(t, x) ..} .. yield %y}
 * After:   map [n/16] {(b) .. loop T, %xs {(t, xs: real[16]) map [16] {(lane) ..} ..} .. yield %ys}
 *
 * A map or sweep over members, each with loops over time of its own, becomes one over blocks of
 * LANES members: the loops stand outside, and inside them is a map over the lanes of straight code,
 * which the backend writes as a vector loop. Arrays of a few elements become scalars, larger
 * ones (tapes) get the lane as their last dimension. What members add to shared sums inside a loop
 * is summed lane by lane first. The last block is filled up with copies of the last member, whose
 * results are dropped.
 *
 * Only members whose steps are straight code with trip counts that do not depend on the member are
 * meant, without effects: then every lane computes what its member would have computed. Sums over
 * members are added up in another order. Returns the number of spaces that changed. */
#ifndef DPC_PASSES_LANES_H
#define DPC_PASSES_LANES_H

#include "ir/ir.h"
#include "source/diag.h"

int run_members_in_lanes(Module *m, Diag *diag);

#endif
