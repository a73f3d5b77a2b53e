/* Index spaces: map, reduce and sweep as loop nests. */
#include "backend/code.h"

#include "ir/op.h"

#include <string.h>

/* ---- what may run as vectors ----------------------------------------------------------------- */

static bool is_long(const Size *extent) {
  int64_t n;
  return !size_is_const(extent, &n) || n > 3;
}

static const char *reduce_pragma(Code *c, const Instr *reduce) {
  static const char *const pragmas[] = {"DP_SIMD_SUM", "DP_SIMD_MIN", "DP_SIMD_MAX"};
  const Value *result = reduce->results[0];
  if (result->type->kind != KIND_REAL) return NULL;
  return arena_format(c->m->arena, "%s(%s)", pragmas[reduce->reduce],
                      storage_of(c->p, result)->name);
}

/* The pragma before the innermost loop of a map or reduce, or NULL. */
static const char *simd_pragma(Code *c, const Instr *instr) {
  if (!code_is_straight(c, instr->regions[0], false)) return NULL;
  return instr->op == OP_MAP ? "DP_SIMD" : reduce_pragma(c, instr);
}

/* ---- bodies ---------------------------------------------------------------------------------- */

/* target = target + x, said as target += x. */
static bool adds_to(Code *c, const Value *yield, const char *target) {
  const Instr *sum = yield->def;
  return sum && sum->op == OP_add && fact(c->p, yield)->is_inline &&
         strcmp(expr_value(c, sum->operands[0]).text, target) == 0;
}

static void store_element(Code *c, const char *target, const Value *yield) {
  if (adds_to(c, yield, target))
    code_line(c, "%s += %s;", target, expr_value(c, yield->def->operands[1]).text);
  else
    code_line(c, "%s = %s;", target, expr_value(c, yield).text);
}

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
      index[d] = code_open_for(c, hints[d - map->n_extents], result->type->dims[d]);
    const char *target = expr_element(c, result, index).text;
    if (yield->type->rank == 0) store_element(c, target, yield);
    else code_line(c, "%s = %s;", target, expr_element(c, yield, index + map->n_extents).text);
    while (c->depth > depth) code_close(c);
    c_names_release(c->names, mark);
  }
}

void code_combine(Code *c, const Instr *space, const char *into, const char *value) {
  static const char *const names[] = {"", "dp_min", "dp_max"};
  if (space->op != OP_REDUCE || space->reduce == REDUCE_SUM) {
    code_line(c, "%s += %s;", into, value);
    return;
  }
  const char *suffix = space->results[0]->type->kind == KIND_INT ? "_int"
                       : c->options->single_precision            ? "f"
                                                                 : "";
  code_line(c, "%s = %s%s(%s, %s);", into, names[space->reduce], suffix, into, value);
}

static void reduce_yield(Code *c, const Instr *reduce) {
  code_combine(c, reduce, storage_of(c->p, reduce->results[0])->name,
               expr_value(c, reduce->regions[0]->yields[0]).text);
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

/* ---- loops ----------------------------------------------------------------------------------- */

static const char *index_hint(const Value *index, int d) {
  static const char *const hints[MAX_RANK] = {"i", "j", "k", "l", "p", "q", "r", "s"};
  return index->name ? index->name : hints[d];
}

/* The iterations of one block. */
static Name open_part_of_loop(Code *c, const char *hint, const Size *extent) {
  const char *n = expr_at(c, expr_size(c, extent), PREC_UNARY), *block = c->block.number;
  Name i = c_names_take(c->names, hint);
  code_open(c, "for (int64_t %s = %s * %s / %d; %s < (%s + 1) * %s / %d; %s++)", i, block, n,
            PARALLEL_BLOCKS, i, block, n, PARALLEL_BLOCKS, i);
  return i;
}

/* Is this loop of the nest shared out? */
static bool is_shared_out(Code *c, const Instr *instr, int loop) {
  const Parallel *parallel = node(c->p, instr)->parallel;
  return parallel && parallel->loop == loop;
}

/* The loop over index d, which is number `loop` of the nest. */
static void open_loop(Code *c, const Instr *instr, int d, int loop) {
  Value *index = instr->regions[0]->params[d];
  Storage *s = storage_of(c->p, index);
  const bool is_part = is_shared_out(c, instr, loop) && node(c->p, instr)->parallel->in_blocks;
  const char *hint = index_hint(index, d);
  s->name = is_part ? open_part_of_loop(c, hint, instr->extents[d])
                    : code_open_for(c, hint, instr->extents[d]).text;
  s->is_declared = true;
}

static void code_body(Code *c, const Instr *instr) {
  code_region(c, instr->regions[0]);
  if (instr->op == OP_MAP) store_yields(c, instr);
  if (instr->op == OP_REDUCE) reduce_yield(c, instr);
  code_moves(c, &node(c->p, instr)->after[0]);
}

static const char *innermost_pragma(Code *c, const Instr *instr, int d) {
  const Parallel *parallel = node(c->p, instr)->parallel;
  const char *simd = NULL;
  if (is_long(instr->extents[d]) && instr->op == OP_SWEEP)
    simd = code_open_sums(c, instr, instr->regions[0]->params[d]);
  else if (is_long(instr->extents[d]))
    simd = simd_pragma(c, instr);
  const bool is_free = is_shared_out(c, instr, instr->n_extents - 1) && !parallel->in_blocks;
  return is_free ? code_parallel_pragma(c, parallel, simd) : simd;
}

/* ---- first steps, interior, last steps ------------------------------------------------------- */

/* The body is written again, so its variables are as if never declared. */
static void forget_variables(Code *c, const Region *body) {
  for (const Instr *instr = body->first; instr; instr = instr->next) {
    const Node *n = node(c->p, instr);
    for (size_t i = 0; i < n->declares.len; i++) {
      Storage *s = n->declares.at[i];
      if (s->home != HOME_VARIABLE || s->is_const) continue;
      s->is_declared = false;
      s->name = NULL;
    }
    for (int r = 0; r < instr->n_regions; r++) forget_variables(c, instr->regions[r]);
  }
}

/* for (index = begin; condition; step): body, where %s is the index. */
static void code_part(Code *c, const Instr *instr, int d, const char *begin, const char *condition,
                      const char *step) {
  const size_t mark = c_names_mark(c->names);
  const int depth = c->depth;
  Value *index = instr->regions[0]->params[d];
  Storage *s = storage_of(c->p, index);
  Arena *arena = c->m->arena;
  s->name = c_names_take(c->names, index_hint(index, d));
  s->is_declared = true;
  condition = arena_format(arena, condition, s->name, s->name);
  step = arena_format(arena, step, s->name, s->name);
  code_open(c, "for (int64_t %s = %s; %s; %s)", s->name, begin, condition, step);
  code_body(c, instr);
  while (c->depth > depth) code_close(c);
  c_names_release(c->names, mark);
  forget_variables(c, instr->regions[0]);
}

/* Is the row inside, along the outer dimensions? NULL: all rows are. */
static const char *row_condition(Code *c, const Interior *in) {
  Text text = {.arena = c->m->arena};
  for (int k = 0; k + 1 < in->n; k++) {
    const Margin *margin = &in->margin[k];
    const char *i = expr_value(c, margin->index).text;
    const Expr end = expr_add(c, expr_size(c, margin->extent), expr_int(c, -margin->high));
    const long long low = (long long)margin->low;
    if (low) text_format(&text, "%s%s >= %lld", text.len ? " && " : "", i, low);
    if (!margin->high) continue;
    text_format(&text, "%s%s < %s", text.len ? " && " : "", i, expr_at(c, end, PREC_SUM));
  }
  return text.len ? text.text : NULL;
}

/* The points at the ends, as the body stands: before low, and from `stop` on. */
static void code_ends(Code *c, const Instr *instr, int d, const Margin *margin, const char *stop,
                      bool is_row) {
  Arena *arena = c->m->arena;
  const long long low = (long long)margin->low;
  const char *n = expr_at(c, expr_size(c, margin->extent), PREC_SUM);
  const char *below = arena_format(arena, "%%s < %s", n), *next = "%s++";
  int64_t known;
  const bool is_known = size_is_const(margin->extent, &known);
  const char *first = is_known || is_row ? stop : arena_format(arena, "dp_max_int(0, %s)", stop);
  const char *begin = low ? "0" : first;
  if (low && (margin->high || is_row))
    next = arena_format(arena, "%%s = dp_next_outside(%%s, %lld, %s)", low, stop);
  else if (low)
    below = is_known ? arena_format(arena, "%%s < %lld", low)
                     : arena_format(arena, "%%s < %lld && %s", low, below);
  code_part(c, instr, d, begin, below, next);
}

/* The points between the ends, as far as `stop`, with what `interior` knows. */
static void code_between(Code *c, const Instr *instr, int d, const Interior *interior, const char *stop,
                         const char *pragma) {
  const Interior none = {0};
  c->interior = *interior;
  if (pragma) code_line(c, "%s", pragma);
  code_part(c, instr, d, arena_format(c->m->arena, "%lld", (long long)interior->margin[interior->n - 1].low),
            arena_format(c->m->arena, "%%s < %s", stop), "%s++");
  c->interior = none;
}

/* Rows inside and rows at the edges, where the tests of a row are the same at all its points. */
static void code_both_rows(Code *c, const Instr *instr, int d, const char *row, const char *stop,
                           const char *pragma) {
  const Interior inside = c->interior, edge = code_edge_rows(c, instr);
  code_open(c, "if (%s)", row);
  code_between(c, instr, d, &inside, stop, pragma);
  c->depth--;
  code_line(c, "} else {");
  c->depth++;
  code_between(c, instr, d, &edge, stop, pragma);
  code_close(c);
}

/* The ends come last, when what they read is in the cache. */
static void code_parts(Code *c, const Instr *instr, int d, const char *pragma) {
  enum { MAX_EDGE = 200 };
  const Interior interior = c->interior, none = {0};
  const Margin *margin = &interior.margin[interior.n - 1];
  const long long low = (long long)margin->low;
  const Expr end = expr_add(c, expr_size(c, margin->extent), expr_int(c, -margin->high));
  const char *stop = expr_at(c, end, PREC_SUM);
  c->interior = none;
  const char *row = row_condition(c, &interior);
  c->interior = interior;
  if (row && pragma && interior.size <= MAX_EDGE) {
    code_both_rows(c, instr, d, row, stop, pragma);
    row = NULL;
  } else {
    if (row) {
      Name name = c_names_take(c->names, "end");
      code_line(c, "const int64_t %s = %s ? %s : %lld;", name, row, stop, low);
      stop = name;
    }
    code_between(c, instr, d, &interior, stop, pragma);
  }
  c->interior = none;
  if (row || margin->low || margin->high) code_ends(c, instr, d, margin, stop, row != NULL);
}

/* Is the value known before the loop over the index begins? */
static bool is_known_before(Code *c, const Value *value, const Region *body, const Value *index) {
  if (!region_is_within(value_region(value), body)) return true;
  if (!value->def) return value->region == body && value != index && is_index(value);
  const Fact *f = fact(c->p, value);
  if (!f->is_inline) return f->storage && f->storage->is_declared && f->storage->is_const;
  for (int k = 0; k < value->def->n_operands; k++)
    if (!is_known_before(c, value->def->operands[k], body, index)) return false;
  return true;
}

/* What the body computes of outer indices alone is computed once for all points of a row. */
static void code_row(Code *c, const Instr *instr, int d) {
  const Region *body = instr->regions[0];
  for (const Instr *in = body->first; in; in = in->next) {
    if (!node(c->p, in)->is_needed || in->n_results != 1) continue;
    const Fact *f = fact(c->p, in->results[0]);
    if (!f->is_row || f->is_inline || !f->storage || f->storage->members.len != 1) continue;
    bool known = true;
    for (int k = 0; k < in->n_operands && known; k++)
      known = is_known_before(c, in->operands[k], body, body->params[d]);
    if (!known) continue;
    code_assign(c, in->results[0], expr_definition(c, in));
    f->storage->is_const = true;
  }
}

/* The innermost loop, with what must stand before and after it. */
static void code_innermost(Code *c, const Instr *instr, int d) {
  const size_t first_sum = c->sums.len;
  const int depth = c->depth;
  code_row(c, instr, d);
  const char *pragma = innermost_pragma(c, instr, d);
  const size_t mark = c_names_mark(c->names); /* behind the sums, which stand outside of the loop */
  const int loop = instr->n_extents - 1;
  const bool is_part = is_shared_out(c, instr, loop) && node(c->p, instr)->parallel->in_blocks;
  if (!is_part && code_find_interior(c, instr, d)) {
    code_parts(c, instr, d, pragma);
  } else {
    if (pragma) code_line(c, "%s", pragma);
    open_loop(c, instr, d, loop);
    code_body(c, instr);
    while (c->depth > depth) code_close(c);
    c_names_release(c->names, mark);
  }
  code_close_sums(c, first_sum);
}

static void code_loops(Code *c, const Instr *instr) {
  const Parallel *parallel = node(c->p, instr)->parallel;
  const int depth = c->depth;
  int order[MAX_RANK];
  plan_order(c->p, instr, order);
  const size_t mark = c_names_mark(c->names);
  for (int k = 0; k + 1 < instr->n_extents; k++) {
    if (is_shared_out(c, instr, k) && !parallel->in_blocks)
      code_line(c, "%s", code_parallel_pragma(c, parallel, NULL));
    open_loop(c, instr, order[k], k);
  }
  if (instr->n_extents) code_innermost(c, instr, order[instr->n_extents - 1]);
  else code_body(c, instr);
  while (c->depth > depth) code_close(c);
  if (instr->n_extents > 1) c_names_release(c->names, mark);
}

void code_space(Code *c, const Instr *instr) {
  const Parallel *parallel = node(c->p, instr)->parallel;
  if (c->depth <= 1 || instr->op != OP_REDUCE) code_quote(c, instr->span);
  if (instr->op == OP_REDUCE) reduce_start(c, instr);
  if (code_product(c, instr)) return;
  code_moves(c, node(c->p, instr)->before);
  if (!parallel || !parallel->in_blocks) {
    code_loops(c, instr);
    return;
  }
  const Blocks blocks = code_open_blocks(c, instr);
  code_loops(c, instr);
  code_close_blocks(c, &blocks);
}
