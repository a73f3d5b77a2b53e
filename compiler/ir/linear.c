#include "ir/linear.h"

/* Coefficients beyond it are refused, so that nothing overflows. */
enum { MOST = 1000 };

static bool is_moderate(int64_t n) { return n > -MOST && n < MOST; }

static bool add_multiple(const Counters *counters, const Instr *mul, int64_t factor, int64_t *step) {
  int64_t constant;
  for (int k = 0; k < 2; k++)
    if (value_is_const_int(mul->operands[k], &constant) && is_moderate(constant) && is_moderate(factor))
      return add_linear_steps(counters, mul->operands[1 - k], factor * constant, step);
  return false;
}

bool add_linear_steps(const Counters *counters, const Value *value, int64_t factor, int64_t *step) {
  for (int q = 0; q < counters->n; q++)
    if (value == counters->counter[q]) {
      step[q] += factor;
      return true;
    }
  if (!region_is_within(value_region(value), counters->body)) return true;
  const Instr *def = value->def;
  if (!def) return false;
  switch ((int)def->op) {
    case OP_CONST: return true;
    case OP_SIZE: return size_is_outside(def->size, counters->body);
    case OP_add:
      return add_linear_steps(counters, def->operands[0], factor, step) &&
             add_linear_steps(counters, def->operands[1], factor, step);
    case OP_sub:
      return add_linear_steps(counters, def->operands[0], factor, step) &&
             add_linear_steps(counters, def->operands[1], -factor, step);
    case OP_neg: return add_linear_steps(counters, def->operands[0], -factor, step);
    case OP_mul: return add_multiple(counters, def, factor, step);
    default: return false;
  }
}
