#include "ir/contraction.h"

#include "ir/linear.h"

#include <string.h>

/* ---- places ---------------------------------------------------------------------------------- */

static bool is_outside(const Contraction *p, const Value *value) {
  return !region_is_within(value_region(value), p->body);
}

static bool set_access(const Contraction *p, Access *access, Value *array, Value *const *places) {
  *access = (Access){.array = array, .places = places};
  if (!is_outside(p, array) && array != p->c.array) return false;
  const Counters counters = {p->body, p->n, p->index};
  for (int d = 0; d < array->type->rank; d++) {
    if (!add_linear_steps(&counters, places[d], 1, access->step[d])) return false;
    for (int q = 0; q < p->n; q++)
      if (access->step[d][q]) access->moves |= 1u << q;
  }
  return true;
}

static bool set_factor(const Contraction *p, Access *access, Value *value) {
  *access = (Access){0};
  if (is_outside(p, value)) return true;
  const Instr *read = value->def;
  if (!read || read->op != OP_INDEX) return false;
  return set_access(p, access, read->operands[0], read->operands + 1);
}

static bool set_factors(Contraction *p, const Value *term) {
  const Instr *mul = term->def;
  if (!mul || mul->op != OP_mul || is_outside(p, term) || term->type->kind != KIND_REAL) return false;
  p->factors[0] = mul->operands[0];
  p->factors[1] = mul->operands[1];
  return set_factor(p, &p->a, mul->operands[0]) && set_factor(p, &p->b, mul->operands[1]);
}

/* ---- forms ----------------------------------------------------------------------------------- */

static bool add_indices(Contraction *p, const Instr *space) {
  if (p->n + space->n_extents > MAX_INDICES) return false;
  for (int d = 0; d < space->n_extents; d++) {
    if (!size_is_outside(space->extents[d], p->body)) return false;
    p->index[p->n] = space->regions[0]->params[d];
    p->extent[p->n++] = space->extents[d];
  }
  return true;
}

/* Nothing beside the one instruction of the kind, the product and what it reads. */
static bool is_plain(const Region *region, Op op) {
  int count = 0;
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    const bool is_int = op_is_prim(instr->op) && instr->results[0]->type->kind == KIND_INT;
    if (instr->op == op && op != OP_mul) count++;
    else if (instr->op != OP_CONST && instr->op != OP_SIZE && instr->op != OP_INDEX &&
             instr->op != OP_mul && !is_int)
      return false;
  }
  return op == OP_mul || count == 1;
}

static bool find_map(Contraction *p, const Instr *map) {
  const Region *body = map->regions[0];
  if (map->n_results != 1 || body->yields[0]->type->rank > 0 || !is_plain(body, OP_REDUCE)) return false;
  const Instr *sum = body->yields[0]->def;
  if (!sum || sum->op != OP_REDUCE || sum->reduce != REDUCE_SUM || sum->parent != body) return false;
  if (!add_indices(p, map) || !add_indices(p, sum) || !is_plain(sum->regions[0], OP_mul)) return false;
  p->c = (Access){.array = map->results[0], .places = body->params};
  return set_access(p, &p->c, map->results[0], body->params) && set_factors(p, sum->regions[0]->yields[0]);
}

static bool find_sweep(Contraction *p, const Instr *sweep) {
  const Instr *inner = sweep;
  for (;;) {
    const Region *body = inner->regions[0];
    if (inner->n_results != 1 || !add_indices(p, inner)) return false;
    const Value *acc = body->params[inner->n_extents];
    const Instr *next = body->yields[0]->def;
    if (!next || next->parent != body || next->operands[0] != acc) return false;
    if (!is_plain(body, next->op)) return false;
    if (next->op == OP_ACCUM) {
      if (next->operands[1]->type->rank > 0 || acc->type->rank == 0) return false;
      p->c.array = next->operands[0];
      return set_access(p, &p->c, next->operands[0], next->operands + 2) &&
             set_factors(p, next->operands[1]) && p->a.array != acc && p->b.array != acc;
    }
    if (next->op != OP_SWEEP) return false;
    inner = next;
  }
}

bool contraction_find(const Instr *instr, Contraction *p) {
  if (instr->op != OP_MAP && instr->op != OP_SWEEP) return false;
  memset(p, 0, sizeof *p);
  p->instr = instr;
  p->body = instr->regions[0];
  const bool found = instr->op == OP_MAP ? find_map(p, instr) : find_sweep(p, instr);
  if (found && instr->op == OP_SWEEP) p->c.array = instr->results[0];
  return found;
}

/* ---- size ------------------------------------------------------------------------------------ */

enum { UNKNOWN = 64, FEW = 4, LEAST_PRODUCT = 128, LEAST_OUTER = 128, LEAST_OF_SHORT_SUMS = 1 << 14 };

static int64_t estimate(const Size *extent) {
  int64_t n;
  if (!size_is_const(extent, &n)) return UNKNOWN;
  return n < 0 ? 0 : n;
}

static int64_t product(int64_t a, int64_t b) { return a > 0 && b > INT64_MAX / a ? INT64_MAX : a * b; }

bool contraction_is_large(const Contraction *p) {
  int64_t points = 1, terms = 1, alike = 1;
  if (!p->a.array || !p->b.array) return false;
  for (int q = 0; q < p->n; q++) {
    const int64_t n = estimate(p->extent[q]);
    points = product(points, n);
    if (is_summed(p, q)) terms = product(terms, n);
    else if (is_of_one(p, q)) alike = product(alike, n);
  }
  const bool is_long = terms >= FEW || (terms >= 2 && points >= LEAST_OF_SHORT_SUMS);
  return is_long && alike >= FEW && points >= LEAST_PRODUCT;
}

bool contraction_is_large_outer(const Contraction *p) {
  int64_t by_a = 1, by_b = 1;
  for (int q = 0; q < p->n; q++) {
    if (!is_of_one(p, q)) return false;
    int64_t *side = p->a.moves >> q & 1 ? &by_a : &by_b;
    *side = product(*side, estimate(p->extent[q]));
  }
  return by_a >= FEW && by_b >= FEW && product(by_a, by_b) >= LEAST_OUTER;
}

bool is_large_product(const Instr *instr) {
  Contraction p;
  return contraction_find(instr, &p) && contraction_is_large(&p);
}
