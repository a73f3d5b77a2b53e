/* Interior: boundary rules cost nothing away from the boundary.
 *
 * Where the body of an innermost loop over i = 0..n-1 wraps, clamps, mirrors or tests an index i +
 * c, the loop is written
 * three times: for the first and the last few i as it stands, and for those between with the
 * index itself. While that middle part is written, c->interior holds what is known there: low <= i
 * < n - high. */
#include "backend/code.h"

#include "ir/op.h"

enum { MAX_MARGIN = 4, MAX_BODY = 80 };

/* Is the fact true with these margins? While margins are being found, they grow as needed. */
static bool need(Code *c, int64_t low, int64_t high) {
  Interior *in = &c->interior;
  if (low > MAX_MARGIN || high > MAX_MARGIN) return false;
  if (in->is_searching) {
    if (low > in->low) in->low = low;
    if (high > in->high) in->high = high;
    return true;
  }
  return low <= in->low && high <= in->high;
}

static Size *size_of(Code *c, const Value *value) { return size_of_value(c->m, (Value *)value); }

/* size = n + *rest? */
static bool is_past_extent(Code *c, Size *size, int64_t *rest) {
  return size_is_const(size_sub(c->m, size, c->interior.extent), rest);
}

static bool is_const_size(Size *size, int64_t *value) { return size_is_const(size, value); }

/* ---- ints that are the index plus a constant ------------------------------------------------- */

static bool offset_of_sum(Code *c, const Instr *def, int64_t *offset) {
  int64_t more;
  if (!value_is_const_int(def->operands[1], &more)) return false;
  if (!code_known_offset(c, def->operands[0], offset)) return false;
  *offset += def->op == OP_add ? more : -more;
  return *offset <= 2 * MAX_MARGIN && *offset >= -2 * MAX_MARGIN;
}

/* n - 1 - max(n - 1 - f, f - (n - 1)) is f for f < n: the mirrored index. */
static bool offset_of_mirror(Code *c, const Instr *def, int64_t *offset) {
  const Instr *max = def->operands[1]->def;
  if (!max || max->op != OP_max) return false;
  const Instr *fall = max->operands[0]->def, *rise = max->operands[1]->def;
  if (!fall || !rise || fall->op != OP_sub || rise->op != OP_sub) return false;
  if (fall->operands[1] != rise->operands[0]) return false;
  Size *last = size_of(c, def->operands[0]);
  int64_t rest;
  if (size_of(c, fall->operands[0]) != last || size_of(c, rise->operands[1]) != last) return false;
  return is_past_extent(c, last, &rest) && rest == -1 &&
         code_known_offset(c, fall->operands[1], offset) && need(c, 0, *offset);
}

/* (i + c) mod n, and mod 2 (n - 1), which is larger wherever there is an interior. */
static bool offset_of_mod(Code *c, const Instr *def, int64_t *offset) {
  Size *modulus = size_of(c, def->operands[1]), *n = c->interior.extent;
  Size *twice = size_sub(c->m, size_add(c->m, n, n), size_const(c->m, 2));
  if (modulus != n && modulus != twice) return false;
  if (!code_known_offset(c, def->operands[0], offset)) return false;
  const int64_t high = modulus == twice && *offset < 1 ? 1 : *offset;
  return need(c, -*offset, high);
}

/* max(i + c, 0) and min(i + c, n - 1). */
static bool offset_of_bound(Code *c, const Instr *def, int64_t *offset) {
  for (int k = 0; k < 2; k++) {
    Size *bound = size_of(c, def->operands[1 - k]);
    int64_t value;
    if (def->op == OP_max ? !is_const_size(bound, &value) : !is_past_extent(c, bound, &value)) continue;
    if (!code_known_offset(c, def->operands[k], offset)) continue;
    return def->op == OP_max ? need(c, value - *offset, 0) : need(c, 0, *offset - 1 - value);
  }
  return false;
}

bool code_known_offset(Code *c, const Value *value, int64_t *offset) {
  *offset = 0;
  if (value == c->interior.index) return true;
  const Instr *def = value->def;
  if (!def || value->type->kind != KIND_INT || value->type->rank || !op_is_prim(def->op) ||
      !region_is_within(def->parent, c->interior.body))
    return false;
  switch ((int)def->op) {
    case OP_sub: return offset_of_sum(c, def, offset) || offset_of_mirror(c, def, offset);
    case OP_add: return offset_of_sum(c, def, offset);
    case OP_int_mod: return offset_of_mod(c, def, offset);
    case OP_min:
    case OP_max: return offset_of_bound(c, def, offset);
    default: return false;
  }
}

/* ---- tests that are decided ------------------------------------------------------------------ */

static bool set(bool *result, bool value) {
  *result = value;
  return true;
}

/* i + offset against a small bound, or one a little before or behind n. Below: the whole interior
 * lies below it. */
static bool compare(Code *c, Op op, int64_t offset, Size *bound, bool *result) {
  int64_t value;
  bool below;
  if (is_const_size(bound, &value)) {
    const bool touches = op == OP_lt || op == OP_ge;
    if (!need(c, value - offset + !touches, 0)) return false;
    below = false;
  } else if (is_past_extent(c, bound, &value)) {
    const bool touches = op == OP_le || op == OP_gt;
    if (!need(c, 0, offset - value - touches)) return false;
    below = true;
  } else {
    return false;
  }
  switch ((int)op) {
    case OP_lt:
    case OP_le: return set(result, below);
    case OP_gt:
    case OP_ge: return set(result, !below);
    case OP_eq: return set(result, false);
    default: return set(result, true);
  }
}

static bool known_comparison(Code *c, const Instr *def, bool *result) {
  if (def->operands[0]->type->kind != KIND_INT) return false;
  int64_t offset;
  return code_known_offset(c, def->operands[0], &offset) &&
         compare(c, def->op, offset, size_of(c, def->operands[1]), result);
}

static bool known_logic(Code *c, const Instr *def, bool *result) {
  bool a, b = false;
  const bool knows_a = code_known_bool(c, def->operands[0], &a);
  if (def->op == OP_not) return knows_a && set(result, !a);
  const bool knows_b = code_known_bool(c, def->operands[1], &b);
  const bool decides = def->op == OP_or; /* the value that decides alone */
  if ((knows_a && a == decides) || (knows_b && b == decides)) return set(result, decides);
  return knows_a && knows_b && set(result, !decides);
}

bool code_known_bool(Code *c, const Value *value, bool *result) {
  const Instr *def = value->def;
  if (!def || !op_is_prim(def->op) || !region_is_within(def->parent, c->interior.body)) return false;
  switch (op_info(def->op)->op_class) {
    case CLASS_COMPARE: return known_comparison(c, def, result);
    case CLASS_LOGIC: return known_logic(c, def, result);
    default: return false;
  }
}

/* ---- finding --------------------------------------------------------------------------------- */

static int search(Code *c, const Region *region) {
  int size = 0;
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    if (!node(c->p, instr)->is_needed) continue;
    size++;
    int64_t offset;
    bool known;
    const Value *result = instr->n_results ? instr->results[0] : NULL;
    if (result && op_is_prim(instr->op) && result->type->kind == KIND_INT)
      code_known_offset(c, result, &offset);
    if (result && op_is_prim(instr->op) && result->type->kind == KIND_BOOL)
      code_known_bool(c, result, &known);
    for (int r = 0; r < instr->n_regions; r++) size += search(c, instr->regions[r]);
  }
  return size;
}

bool code_find_interior(Code *c, const Instr *space, int d) {
  const Interior none = {0};
  const Region *body = space->regions[0];
  int64_t n;
  c->interior = none;
  if (!code_is_straight(c, body, true)) return false;
  c->interior = (Interior){body->params[d], body, space->extents[d], 0, 0, true};
  const int size = search(c, body);
  Interior found = c->interior;
  found.is_searching = false;
  const bool is_short = size_is_const(space->extents[d], &n) && n <= 2 * (found.low + found.high) + 1;
  c->interior = none;
  if (found.low + found.high == 0 || size > MAX_BODY || is_short) return false;
  c->interior = found;
  return true;
}
