/* rules - the partial derivatives of ops.def as IR. */
#ifndef DPC_PASSES_RULES_H
#define DPC_PASSES_RULES_H

#include "ir/ir.h"

/* dy/d(operand `which`) at the builder's place; a, b the operands (b NULL for arity 1), y the
 * result. NULL: zero everywhere. */
Value *rule_partial(Builder *b, Op op, int which, Value *operand_a, Value *operand_b, Value *y);

/* Is the partial one number everywhere? */
bool rule_is_const(Op op, int which, double *value);

/* False for the few primitives that cannot be differentiated. */
bool rule_exists(Op op);

#endif
