#include "passes/shared_factor.h"

static const Instr *product_of(const Value *value, bool *is_negative) {
  const Instr *def = value->def;
  *is_negative = def && def->op == OP_neg;
  if (*is_negative) def = def->operands[0]->def;
  return def && def->op == OP_mul ? def : NULL;
}

static bool varies(const Value *value, const Region *region) {
  return !(value->def && value->def->op == OP_CONST) && region_is_within(value_region(value), region);
}

bool find_shared_factor(const Instr *sum, const Region *region, SharedFactor *found) {
  if ((sum->op != OP_add && sum->op != OP_sub) || !type_is_real(sum->results[0]->type)) return false;
  for (int i = 0; i < 2; i++) {
    found->product[i] = product_of(sum->operands[i], &found->is_negative[i]);
    if (!found->product[i]) return false;
  }
  if (sum->op == OP_sub) found->is_negative[1] = !found->is_negative[1];
  for (int i = 0; i < 2; i++)
    for (int k = 0; k < 2; k++) {
      found->factor = found->product[0]->operands[i];
      if (found->factor != found->product[1]->operands[k] || !varies(found->factor, region)) continue;
      found->rest[0] = found->product[0]->operands[1 - i];
      found->rest[1] = found->product[1]->operands[1 - k];
      return true;
    }
  return false;
}

Value *build_shared_factor(Builder *b, const SharedFactor *shared) {
  Value *const *rest = shared->rest;
  const bool *minus = shared->is_negative;
  Value *sum;
  if (minus[0] == minus[1]) sum = build_prim(b, OP_add, rest[0], rest[1]);
  else sum = build_prim(b, OP_sub, rest[minus[0]], rest[!minus[0]]);
  Value *product = build_prim(b, OP_mul, shared->factor, sum);
  return minus[0] && minus[1] ? build_prim(b, OP_neg, product, NULL) : product;
}
