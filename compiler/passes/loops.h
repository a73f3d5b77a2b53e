/* loops - questions about the bodies of index spaces, which the parts of fuse share. */
#ifndef DPC_PASSES_LOOPS_H
#define DPC_PASSES_LOOPS_H

#include "ir/op.h"

typedef bool InstrTest(const Instr *instr);

/* Does the test hold for any instruction in the region, at any depth? */
bool any_instr(const Region *region, InstrTest *test);

/* A loop inside a body keeps the loop around it from being vectorised. */
bool instr_is_loop(const Instr *instr);
bool holds_loops(const Region *region);
bool instr_is_transcendental(const Instr *instr);
bool instr_has_effect(const Instr *instr);
/* Does the result change little where an operand does? Not where it is compared or rounded. */
bool instr_is_smooth(const Instr *instr);

/* Does the region read elements of the array? */
bool reads_array(const Region *region, const Value *array);
bool yields_scalars(const Region *body);
/* Is every index of the read the space's own counter, in order, as many as the space has? */
bool reads_own_point(const Instr *index, const Instr *space);

#endif
