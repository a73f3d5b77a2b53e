/* trail - a loop whose state is on a tape anyway keeps it there. */
#ifndef DPC_PASSES_TRAIL_H
#define DPC_PASSES_TRAIL_H

#include "ir/ir.h"
#include "source/diag.h"

/* Before:  %tape = zeros [n, m]
 *          %end, %all = loop %n, %u, %tape {(%t, %u, %tape)
 *            %new = map [m] {.. index %u, %i ..}
 *            %next = update %tape, %u, %t, 0
 *            yield %new, %next}
 * After:   %tape = update (zeros [n + 1, m]), %u, 0, 0
 *          %all = loop %n, %tape {(%t, %tape)
 *            %new = map [m] {.. index %tape, %t, %i ..}
 *            %next = update %tape, %new, %t + 1, 0
 *            yield %next}
 *          %end is the last row of %all
 *
 * The new state can then be computed in its row, and no step copies it. A carried array that is the
 * state of the step before, as methods with two steps have it, is the row before. Right where the
 * states and the tape are only read by elements. Returns the number of states that are gone. */
int keep_states_on_tapes(Module *m, Diag *diag);

#endif
