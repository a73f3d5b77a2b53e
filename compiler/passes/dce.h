/* dce - drops what nothing needs: instructions, results of maps and branches, values that a loop
 * carries for itself alone. A part of simplify. */
#ifndef DPC_PASSES_DCE_H
#define DPC_PASSES_DCE_H

#include "ir/ir.h"

int drop_unneeded(Module *m, Region *body);

#endif
