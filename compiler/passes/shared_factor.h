/* shared_factor - sums of two products with a factor in common. */
#ifndef DPC_PASSES_SHARED_FACTOR_H
#define DPC_PASSES_SHARED_FACTOR_H

#include "ir/ir.h"

/* x * rest[0] + x * rest[1], each term perhaps with a minus before it. */
typedef struct {
  Value *factor, *rest[2];
  const Instr *product[2];
  bool is_negative[2];
} SharedFactor;

/* Has the sum (or difference) that form, with a factor that varies in the region? */
bool find_shared_factor(const Instr *sum, const Region *region, SharedFactor *found);
/* x * (rest[0] + rest[1]) */
Value *build_shared_factor(Builder *b, const SharedFactor *shared);

#endif
