/* effects - asserts and prints happen once, in the run that the user wrote. */
#ifndef DPC_DERIVE_EFFECTS_H
#define DPC_DERIVE_EFFECTS_H

#include "ir/ir.h"

/* Takes them out of the instructions first..last of a region (none where first is NULL) and of all that is
 * in them: for copies that run again what has run before. */
void strip_effects(Instr *first, Instr *last);

#endif
