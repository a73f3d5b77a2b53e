/* Index spaces: map, reduce and sweep as loop nests. */
#include "backend/code.h"

#include "ir/op.h"

/* ---- what may run as vectors ----------------------------------------------------------------------- */

static bool is_straight(Code *c, const Region *region, bool with_accums);

static bool is_straight_instr(Code *c, const Instr *instr, bool with_accums) {
  if (!node(c->p, instr)->is_needed || op_is_prim(instr->op)) return true;
  switch ((int)instr->op) {
    case OP_CONST:
    case OP_SIZE:
    case OP_INDEX: return true;
    case OP_ACCUM: return with_accums;
    case OP_IF:
      return is_straight(c, instr->regions[0], with_accums) &&
             is_straight(c, instr->regions[1], with_accums);
    default: return false;
  }
}

/* No loops, no returns, no arrays made: what a compiler can turn into vector code. */
static bool is_straight(Code *c, const Region *region, bool with_accums) {
  for (const Instr *instr = region->first; instr; instr = instr->next)
    if (!is_straight_instr(c, instr, with_accums)) return false;
  for (int k = 0; k < region->n_yields; k++)
    if (region->yields[k]->type->rank && !with_accums) return false;
  return true;
}

static bool is_long(const Size *extent) {
  int64_t n;
  return !size_is_const(extent, &n) || n > 3;
}

/* Iterations along the last index add to different elements, if every accumulation is a whole element
 * whose last index is that index itself. */
static bool adds_apart(Code *c, const Instr *sweep, const Region *region) {
  const Value *last = sweep->regions[0]->params[sweep->n_extents - 1];
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    if (!node(c->p, instr)->is_needed) continue;
    if (instr->op == OP_ACCUM) {
      const int rank = instr->operands[0]->type->rank;
      if (rank == 0 || instr->operands[1]->type->rank || instr->operands[1 + rank] != last)
        return false;
      if (!same_place(c->p, instr->operands[0], instr->results[0])) return false;
    }
    for (int r = 0; r < instr->n_regions; r++)
      if (!adds_apart(c, sweep, instr->regions[r])) return false;
  }
  return true;
}

static const char *sum_pragma(Code *c, const Instr *reduce) {
  static const char *const pragmas[] = {"DP_SIMD_SUM", "DP_SIMD_MIN", "DP_SIMD_MAX"};
  return arena_format(c->m->arena, "%s(%s)", pragmas[reduce->reduce],
                      storage_of(c->p, reduce->results[0])->name);
}

/* The pragma before the innermost loop, or NULL. */
static const char *simd_pragma(Code *c, const Instr *instr) {
  const Region *body = instr->regions[0];
  if (instr->n_extents == 0 || !is_long(instr->extents[instr->n_extents - 1])) return NULL;
  if (!is_straight(c, body, instr->op == OP_SWEEP)) return NULL;
  if (instr->op == OP_MAP) return "DP_SIMD";
  if (instr->op == OP_SWEEP) return adds_apart(c, instr, body) ? "DP_SIMD" : NULL;
  return instr->results[0]->type->kind == KIND_REAL ? sum_pragma(c, instr) : NULL;
}

/* ---- bodies -------------------------------------------------------------------------------------------- */

static void store_yields(Code *c, const Instr *map) {
  const Region *body = map->regions[0];
  for (int k = 0; k < map->n_results; k++) {
    const Value *result = map->results[k], *yield = body->yields[k];
    if (!storage_of(c->p, result)) continue;
    if (storage_of(c->p, yield) == storage_of(c->p, result)) continue;
    Expr index[MAX_RANK];
    for (int d = 0; d < map->n_extents; d++) index[d] = expr_value(c, body->params[d]);
    const size_t mark = c_names_mark(c->names);
    const int depth = c->depth;
    static const char *const hints[MAX_RANK] = {"k", "l", "p", "q", "r", "s", "i", "j"};
    for (int d = map->n_extents; d < result->type->rank; d++)
      index[d] = expr_text(code_open_for(c, hints[d - map->n_extents], result->type->dims[d]));
    const Expr value = yield->type->rank ? expr_element(c, yield, index + map->n_extents)
                                         : expr_value(c, yield);
    code_line(c, "%s = %s;", expr_element(c, result, index).text, value.text);
    while (c->depth > depth) code_close(c);
    c_names_release(c->names, mark);
  }
}

static void reduce_yield(Code *c, const Instr *reduce) {
  static const char *const names[] = {"", "dp_min", "dp_max"};
  const Value *result = reduce->results[0];
  const char *into = storage_of(c->p, result)->name;
  const Expr value = expr_value(c, reduce->regions[0]->yields[0]);
  if (reduce->reduce == REDUCE_SUM) {
    code_line(c, "%s += %s;", into, value.text);
    return;
  }
  const char *suffix = result->type->kind == KIND_INT      ? "_int"
                       : c->options->single_precision ? "f"
                                                      : "";
  code_line(c, "%s = %s%s(%s, %s);", into, names[reduce->reduce], suffix, into, value.text);
}

static void reduce_start(Code *c, const Instr *reduce) {
  static const char *const reals[] = {"0.0", "INFINITY", "-INFINITY"};
  static const char *const ints[] = {"0", "INT64_MAX", "INT64_MIN"};
  Storage *s = storage_of(c->p, reduce->results[0]);
  const bool is_int = s->type->kind == KIND_INT;
  const char *start = is_int ? ints[reduce->reduce] : reals[reduce->reduce];
  if (!is_int && reduce->reduce == REDUCE_SUM && c->options->single_precision) start = "0.0f";
  if (s->is_declared) {
    code_line(c, "%s = %s;", s->name, start);
    return;
  }
  s->is_declared = true;
  code_line(c, "%s %s = %s;", code_kind(c, s->type->kind), code_name_storage(c, s), start);
}

/* ---- loops ------------------------------------------------------------------------------------------------ */

static const char *index_hint(const Value *index, int d) {
  static const char *const hints[MAX_RANK] = {"i", "j", "k", "l", "p", "q", "r", "s"};
  return index->name ? index->name : hints[d];
}

static void open_loops(Code *c, const Instr *instr) {
  const char *pragma = simd_pragma(c, instr);
  for (int d = 0; d < instr->n_extents; d++) {
    Value *index = instr->regions[0]->params[d];
    if (pragma && d == instr->n_extents - 1) code_line(c, "%s", pragma);
    Storage *s = storage_of(c->p, index);
    s->name = code_open_for(c, index_hint(index, d), instr->extents[d]);
    s->is_declared = true;
  }
}

void code_space(Code *c, const Instr *instr) {
  const int depth = c->depth;
  if (depth <= 1 || instr->op != OP_REDUCE) code_quote(c, instr->span);
  if (instr->op == OP_REDUCE) reduce_start(c, instr);
  code_moves(c, &node(c->p, instr)->before);
  const size_t mark = c_names_mark(c->names);
  open_loops(c, instr);
  code_region(c, instr->regions[0]);
  if (instr->op == OP_MAP) store_yields(c, instr);
  if (instr->op == OP_REDUCE) reduce_yield(c, instr);
  code_moves(c, &node(c->p, instr)->after[0]);
  while (c->depth > depth) code_close(c);
  c_names_release(c->names, mark);
}
