/* places - where an index expression points, as the counters of its index space move. */
#ifndef DPC_PASSES_PLACES_H
#define DPC_PASSES_PLACES_H

#include "ir/ir.h"

typedef enum {
  PLACE_UNKNOWN,
  PLACE_FIXED, /* the same at all points of the space */
  PLACE_SHIFT, /* counter + offset */
  PLACE_WRAP,  /* (counter + offset) mod the counter's extent, which is the dimension: a bijection */
  PLACE_BOUND  /* counter + offset wherever that lies inside the dimension, which is the counter's
                * extent; elsewhere another element, at most |offset| from the end that was left */
} PlaceKind;

typedef struct {
  PlaceKind kind;
  int counter; /* of the space; PLACE_FIXED: -1 */
  int64_t offset;
  Value *index;
} IndexPlace;

enum { MAX_OFFSET = 4 };

/* Of an index inside the space's body that picks an element of a dimension of size dim. Offsets
 * beyond MAX_OFFSET are PLACE_UNKNOWN. */
IndexPlace place_of(Module *m, const Instr *space, Value *index, Size *dim);

#endif
