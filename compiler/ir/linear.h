/* linear - ints that are sums of multiples of counters: where an access lies at a point of a space. */
#ifndef DPC_IR_LINEAR_H
#define DPC_IR_LINEAR_H

#include "ir/ir.h"

/* The counters, and the region inside which they vary; what is defined outside it is the same at all
 * points. */
typedef struct {
  const Region *body;
  int n;
  Value *const *counter;
} Counters;

/* Adds factor times the value's coefficient of each counter to step[0..n]; false where it is more than
 * a sum of multiples of counters and of what is the same at all points. */
bool add_linear_steps(const Counters *counters, const Value *value, int64_t factor, int64_t *step);

#endif
