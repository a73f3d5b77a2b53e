/* Interior: boundary rules cost nothing away from the boundary.
 *
 * Where the body of a loop nest wraps, clamps, mirrors or tests an index i + c, it is written twice: for
 * the points at the ends as it stands, and for those between with the index itself. While that
 * inner part is written, c->interior holds what is known there: low <= i < n - high. Along outer
 * dimensions only tests matter: what else depends on an outer index is computed once per row. */
#include "backend/code.h"

#include "ir/op.h"

enum { MAX_MARGIN = 4, MAX_BODY = 600 };

/* Is the fact true with these margins? While margins are being found, they grow as needed. */
static bool need(const Code *c, const Margin *margin, int64_t low, int64_t high) {
  if (low > MAX_MARGIN || high > MAX_MARGIN) return false;
  if (!c->interior.is_searching) return low <= margin->low && high <= margin->high;
  Margin *found = (Margin *)margin;
  if (low > found->low) found->low = low;
  if (high > found->high) found->high = high;
  return true;
}

static Size *size_of(Code *c, const Value *value) { return size_of_value(c->m, (Value *)value); }

/* size = n + *rest? */
static bool is_past_extent(Code *c, const Margin *margin, Size *size, int64_t *rest) {
  return size_is_const(size_sub(c->m, size, margin->extent), rest);
}

static bool is_const_size(Size *size, int64_t *value) { return size_is_const(size, value); }

/* ---- ints that are the index plus a constant ------------------------------------------------- */

static const Margin *offset_of_sum(Code *c, const Instr *def, int64_t *offset) {
  int64_t more;
  if (!value_is_const_int(def->operands[1], &more)) return NULL;
  const Margin *margin = code_known_offset(c, def->operands[0], offset);
  *offset += def->op == OP_add ? more : -more;
  return *offset <= 2 * MAX_MARGIN && *offset >= -2 * MAX_MARGIN ? margin : NULL;
}

/* n - 1 - max(n - 1 - f, f - (n - 1)) is f for f < n: the mirrored index. */
static const Margin *offset_of_mirror(Code *c, const Instr *def, int64_t *offset) {
  const Instr *max = def->operands[1]->def;
  if (!max || max->op != OP_max) return NULL;
  const Instr *fall = max->operands[0]->def, *rise = max->operands[1]->def;
  if (!fall || !rise || fall->op != OP_sub || rise->op != OP_sub) return NULL;
  if (fall->operands[1] != rise->operands[0]) return NULL;
  Size *last = size_of(c, def->operands[0]);
  int64_t rest;
  if (size_of(c, fall->operands[0]) != last || size_of(c, rise->operands[1]) != last) return NULL;
  const Margin *margin = code_known_offset(c, fall->operands[1], offset);
  if (!margin || !is_past_extent(c, margin, last, &rest) || rest != -1) return NULL;
  return need(c, margin, 0, *offset) ? margin : NULL;
}

/* (i + c) mod m for a size m = n + rest, and mod 2 (n - 1), which is larger wherever there is an
 * interior. */
static const Margin *offset_of_mod(Code *c, const Instr *def, int64_t *offset) {
  const Margin *margin = code_known_offset(c, def->operands[0], offset);
  if (!margin) return NULL;
  Size *modulus = size_of(c, def->operands[1]), *n = margin->extent;
  Size *twice = size_sub(c->m, size_add(c->m, n, n), size_const(c->m, 2));
  int64_t rest = 0;
  if (modulus != twice && !is_past_extent(c, margin, modulus, &rest)) return NULL;
  const int64_t high = modulus == twice && *offset < 1 ? 1 : *offset - rest;
  return need(c, margin, -*offset, high) ? margin : NULL;
}

/* max(i + c, 0) and min(i + c, n - 1). */
static const Margin *offset_of_bound(Code *c, const Instr *def, int64_t *offset) {
  for (int k = 0; k < 2; k++) {
    Size *bound = size_of(c, def->operands[1 - k]);
    int64_t value;
    const Margin *margin = code_known_offset(c, def->operands[k], offset);
    if (!margin) continue;
    if (def->op == OP_max) {
      if (is_const_size(bound, &value) && need(c, margin, value - *offset, 0)) return margin;
    } else if (is_past_extent(c, margin, bound, &value)) {
      if (need(c, margin, 0, *offset - 1 - value)) return margin;
    }
  }
  return NULL;
}

static const Margin *margin_of(const Code *c, const Value *value) {
  for (int k = 0; k < c->interior.n; k++)
    if (c->interior.margin[k].index == value) return &c->interior.margin[k];
  return NULL;
}

const Margin *code_known_offset(Code *c, const Value *value, int64_t *offset) {
  *offset = 0;
  const Instr *def = value->def;
  if (!def) return margin_of(c, value);
  if (value->type->kind != KIND_INT || value->type->rank || !op_is_prim(def->op) ||
      !region_is_within(def->parent, c->interior.body))
    return NULL;
  const Margin *margin = NULL;
  switch ((int)def->op) {
    case OP_sub:
      margin = offset_of_sum(c, def, offset);
      return margin ? margin : offset_of_mirror(c, def, offset);
    case OP_add: return offset_of_sum(c, def, offset);
    case OP_int_mod: return offset_of_mod(c, def, offset);
    case OP_min:
    case OP_max: return offset_of_bound(c, def, offset);
    default: return NULL;
  }
}

/* ---- tests that are decided ------------------------------------------------------------------ */

static bool set(bool *result, bool value) {
  *result = value;
  return true;
}

/* i + offset against a small bound, or one a little before or behind n. Below: the whole interior
 * lies below it. */
static bool compare(Code *c, Op op, const Margin *margin, int64_t offset, Size *bound,
                    bool *result) {
  int64_t value;
  bool below;
  if (is_const_size(bound, &value)) {
    const bool touches = op == OP_lt || op == OP_ge;
    if (!need(c, margin, value - offset + !touches, 0)) return false;
    below = false;
  } else if (is_past_extent(c, margin, bound, &value)) {
    const bool touches = op == OP_le || op == OP_gt;
    if (!need(c, margin, 0, offset - value - touches)) return false;
    below = true;
  } else {
    return false;
  }
  if (c->interior.is_searching) ((Margin *)margin)->decides = true;
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
  const Margin *margin = code_known_offset(c, def->operands[0], &offset);
  return margin && compare(c, def->op, margin, offset, size_of(c, def->operands[1]), result);
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
      (void)code_known_offset(c, result, &offset);
    if (result && op_is_prim(instr->op) && result->type->kind == KIND_BOOL)
      code_known_bool(c, result, &known);
    for (int r = 0; r < instr->n_regions; r++) size += search(c, instr->regions[r]);
  }
  return size;
}

/* ---- what the inner part needs --------------------------------------------------------------- */

static void mark(Code *c, Value *value);

/* The yields of the arms that can be taken, and what decides between them. */
static void mark_branch(Code *c, const Instr *branch, int result) {
  bool known;
  const bool is_known = code_known_bool(c, branch->operands[0], &known);
  if (!is_known) mark(c, branch->operands[0]);
  for (int r = 0; r < 2; r++)
    if (!is_known || known == (r == 0)) mark(c, branch->regions[r]->yields[result]);
}

static void mark(Code *c, Value *value) {
  int64_t offset;
  bool known;
  const Instr *def = value->def;
  if (!def || !region_is_within(def->parent, c->interior.body)) return;
  if (value_map_has(&c->interior.needed, value)) return;
  if (value->type->kind == KIND_BOOL && code_known_bool(c, value, &known)) return;
  if (value->type->kind == KIND_INT && code_known_offset(c, value, &offset)) return;
  value_map_set(&c->interior.needed, value, value);
  if (def->op == OP_IF) {
    mark_branch(c, def, value->index);
    return;
  }
  for (int k = 0; k < def->n_operands; k++) mark(c, def->operands[k]);
  for (int i = 0; def->size && i < def->size->n_terms; i++)
    for (int k = 0; k < def->size->terms[i].n_atoms; k++) mark(c, def->size->terms[i].atoms[k]);
}

bool code_is_needed(const Code *c, const Value *value) {
  if (!c->interior.n || !value->def) return true;
  if (!region_is_within(value->def->parent, c->interior.body)) return true;
  return value_map_has(&c->interior.needed, value);
}

/* The margin of the innermost dimension, last, and those of others with tests. */
static void keep_margins(Interior *in, const Interior *found, int d) {
  for (int k = 0; k < found->n; k++)
    if (k != d && found->margin[k].decides) in->margin[in->n++] = found->margin[k];
  in->margin[in->n++] = found->margin[d];
}

static bool is_empty(const Interior *in) {
  for (int k = 0; k < in->n; k++)
    if (in->margin[k].low + in->margin[k].high > 0) return false;
  return true;
}

static bool any_short(const Interior *in) {
  for (int k = 0; k < in->n; k++) {
    const Margin *margin = &in->margin[k];
    int64_t n;
    if (size_is_const(margin->extent, &n) && n <= 2 * (margin->low + margin->high) + 1) return true;
  }
  return false;
}

static void mark_needed(Code *c, const Region *body) {
  c->interior.needed = value_map_new(c->m->arena);
  for (int k = 0; k < body->n_yields; k++) mark(c, body->yields[k]);
}

Interior code_edge_rows(Code *c, const Instr *space) {
  const Interior whole = c->interior;
  c->interior = (Interior){.n = 1, .margin = {whole.margin[whole.n - 1]}, .body = whole.body};
  mark_needed(c, space->regions[0]);
  const Interior edge = c->interior;
  c->interior = whole;
  return edge;
}

bool code_find_interior(Code *c, const Instr *space, int d) {
  const Interior none = {0};
  const Region *body = space->regions[0];
  c->interior = none;
  if (!code_is_straight(c, body, true)) return false;
  c->interior = (Interior){.n = space->n_extents, .body = body, .is_searching = true};
  for (int k = 0; k < space->n_extents; k++)
    c->interior.margin[k] = (Margin){body->params[k], space->extents[k], 0, 0, false};
  const int size = search(c, body);
  const Interior found = c->interior;
  c->interior = none;
  Interior in = {.body = body};
  keep_margins(&in, &found, d);
  if (is_empty(&in) || size > MAX_BODY || any_short(&in)) return false;
  c->interior = in;
  c->interior.size = size;
  mark_needed(c, body);
  return true;
}
