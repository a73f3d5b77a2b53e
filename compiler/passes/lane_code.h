/* lane_code - the code of a member written for all lanes of a block. */
#ifndef DPC_PASSES_LANE_CODE_H
#define DPC_PASSES_LANE_CODE_H

#include "passes/lane_values.h"

/* The instructions of a region of the member's body; clears fits where there is something that
 * does not run in lanes. */
void lane_region(LaneCode *c, const Region *region);
/* Of these instructions (lane_control.c). */
void lane_if(LaneCode *c, const Instr *branch);
void lane_loop(LaneCode *c, const Instr *loop);

#endif
