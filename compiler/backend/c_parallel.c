/* Parallel loops: the pragma, and blocks of iterations with what each keeps for itself. */
#include "backend/code.h"

#include <string.h>

/* ---- pragmas --------------------------------------------------------------------------------- */

const char *code_work(Code *c, const Size *work) {
  Text text = {.arena = c->m->arena};
  for (int i = 0; i < work->n_terms; i++) {
    const SizeTerm *term = &work->terms[i];
    const long long size = (long long)(term->coef < 0 ? -term->coef : term->coef);
    if (i || term->coef < 0) text_add(&text, term->coef < 0 ? (i ? " - " : "-") : " + ");
    text_format(&text, "%lld.0", size);
    for (int k = 0; k < term->n_atoms; k++)
      text_format(&text, " * (double)%s", expr_at(c, expr_value(c, term->atoms[k]), PREC_UNARY));
  }
  return text.text;
}

const char *code_parallel_pragma(Code *c, const Parallel *parallel, const char *simd) {
  const char *work = code_work(c, parallel->work);
  if (parallel->in_blocks) return arena_format(c->m->arena, "DP_PARALLEL_BLOCKS(%s)", work);
  if (parallel->n_loops > 1)
    return arena_format(c->m->arena, "DP_PARALLEL_LOOPS(%d, %s)", parallel->n_loops, work);
  return arena_format(c->m->arena, "%s(%s)", simd ? "DP_PARALLEL_SIMD" : "DP_PARALLEL", work);
}

/* ---- what may fail --------------------------------------------------------------------------- */

void code_fail_if(Code *c, const char *condition, const char *status) {
  if (!c->block.status) {
    code_line(c, "if (%s) return %s;", condition, status);
    return;
  }
  code_open(c, "if (%s)", condition);
  code_line(c, "%s = %s;", c->block.status, status);
  code_line(c, "goto %s;", c->block.end);
  code_close(c);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static const char *name_for(Code *c, const Storage *total, const char *ending) {
  const char *name = total->members.at[0]->name;
  return c_names_take(c->names, arena_format(c->m->arena, "%s_%s", name ? name : "sum", ending));
}

static const char *start_of(Code *c, const Instr *space, Kind kind) {
  static const char *const reals[] = {"0.0", "INFINITY", "-INFINITY"};
  static const char *const ints[] = {"0", "INT64_MAX", "INT64_MIN"};
  const ReduceKind reduce = space->op == OP_REDUCE ? space->reduce : REDUCE_SUM;
  if (kind == KIND_INT) return ints[reduce];
  return reduce == REDUCE_SUM && c->options->single_precision ? "0.0f" : reals[reduce];
}

/* Loops over the elements of the array; index[0] is left to the caller. */
static void open_elements(Code *c, const Type *type, Expr *index) {
  static const char *const hints[MAX_RANK] = {"i", "j", "k", "l", "p", "q", "r", "s"};
  for (int d = 0; d < type->rank; d++) index[d + 1] = code_open_for(c, hints[d], type->dims[d]);
}

static void close_elements(Code *c, int depth, size_t mark) {
  while (c->depth > depth) code_close(c);
  c_names_release(c->names, mark);
}

/* " * n" per dimension behind that of the blocks. */
static const char *stride(Code *c, const Type *type) {
  Text text = {.arena = c->m->arena};
  for (int d = 1; d < type->rank; d++)
    text_format(&text, " * %s", expr_at(c, expr_size(c, type->dims[d]), PREC_UNARY));
  return text.text ? text.text : "";
}

static void declare_private(Code *c, const Storage *s) {
  const WorkSlot *slot = &c->p->slots.at[s->slot];
  const char *restricted = s->is_shared || s->rotates ? "" : "restrict ";
  code_line(c, "%s *%s%s = %s + %s%s;", code_kind(c, s->type->kind), restricted, s->name,
            slot->base, c->block.number, stride(c, slot->type));
}

/* The accumulator is called as its part while the block is written. */
static void open_part(Code *c, const Instr *space, const Part *part, Name *total) {
  Storage *s = part->total;
  const char *start = start_of(c, space, s->type->kind);
  *total = s->name;
  s->name = name_for(c, s, "part");
  if (s->type->rank == 0) {
    code_line(c, "%s %s = %s;", code_kind(c, s->type->kind), s->name, start);
    return;
  }
  code_line(c, "%s *restrict %s = %s + %s%s;", code_kind(c, s->type->kind), s->name,
            part->parts->name, c->block.number, stride(c, part->parts->type));
  const size_t mark = c_names_mark(c->names);
  const int depth = c->depth;
  Expr index[MAX_RANK + 1];
  open_elements(c, s->type, index);
  code_line(c, "%s = %s;", expr_of_storage(c, s->name, s->type, index + 1).text, start);
  close_elements(c, depth, mark);
}

static Name end_label(Code *c) {
  const char *text = "end_of_block";
  if (++c->labels > 1) text = arena_format(c->m->arena, "%s%d", text, c->labels);
  return intern(c->m->names, text);
}

Blocks code_open_blocks(Code *c, const Instr *space) {
  const Parallel *parallel = node(c->p, space)->parallel;
  const size_t n = parallel->parts.len;
  Blocks b = {.space = space, .totals = ARENA_ARRAY(c->m->arena, Name, n + 1),
              .sums = ARENA_ARRAY(c->m->arena, Name, n + 1)};
  for (size_t i = 0; i < n; i++) {
    const Storage *s = parallel->parts.at[i].total;
    if (s->type->rank) continue;
    b.sums[i] = name_for(c, s, "parts");
    code_line(c, "%s %s[%d];", code_kind(c, s->type->kind), b.sums[i], PARALLEL_BLOCKS);
  }
  if (parallel->fails) {
    b.statuses = c_names_take(c->names, "statuses");
    code_line(c, "int %s[%d];", b.statuses, PARALLEL_BLOCKS);
  }
  b.mark = c_names_mark(c->names);
  c->block.number = c_names_take(c->names, "block");
  code_line(c, "%s", code_parallel_pragma(c, parallel, NULL));
  code_open(c, "for (int64_t %s = 0; %s < %d; %s++)", c->block.number, c->block.number,
            PARALLEL_BLOCKS, c->block.number);
  for (size_t i = 0; i < parallel->privates.len; i++) declare_private(c, parallel->privates.at[i]);
  for (size_t i = 0; i < n; i++) open_part(c, space, &parallel->parts.at[i], &b.totals[i]);
  if (parallel->fails) {
    c->block.status = c_names_take(c->names, "status");
    c->block.end = end_label(c);
    code_line(c, "int %s = DP_OK;", c->block.status);
  }
  return b;
}

static void join_array(Code *c, const Part *part, Name total, const char *block) {
  const size_t mark = c_names_mark(c->names);
  const int depth = c->depth;
  Expr index[MAX_RANK + 1];
  index[0] = expr_text(block);
  open_elements(c, part->total->type, index);
  code_line(c, "%s += %s;", expr_of_storage(c, total, part->total->type, index + 1).text,
            expr_of_storage(c, part->parts->name, part->parts->type, index).text);
  close_elements(c, depth, mark);
}

/* Sums and statuses of the blocks, in their order. */
static void join_blocks(Code *c, const Blocks *b, const Parallel *parallel) {
  if (!b->statuses && !parallel->parts.len) return;
  const size_t mark = c_names_mark(c->names);
  const char *block = c_names_take(c->names, "block");
  code_open(c, "for (int64_t %s = 0; %s < %d; %s++)", block, block, PARALLEL_BLOCKS, block);
  if (b->statuses)
    code_line(c, "if (%s[%s] != DP_OK) return %s[%s];", b->statuses, block, b->statuses, block);
  for (size_t i = 0; i < parallel->parts.len; i++) {
    const Part *part = &parallel->parts.at[i];
    if (part->parts) {
      join_array(c, part, b->totals[i], block);
      continue;
    }
    const char *sum = arena_format(c->m->arena, "%s[%s]", b->sums[i], block);
    code_combine(c, b->space, b->totals[i], sum);
  }
  code_close(c);
  c_names_release(c->names, mark);
}

void code_close_blocks(Code *c, const Blocks *b) {
  const Parallel *parallel = node(c->p, b->space)->parallel;
  static const Block none = {0};
  if (parallel->fails) {
    c->depth--;
    code_line(c, "%s:", c->block.end);
    c->depth++;
    code_line(c, "%s[%s] = %s;", b->statuses, c->block.number, c->block.status);
  }
  for (size_t i = 0; i < parallel->parts.len; i++) {
    Storage *s = parallel->parts.at[i].total;
    if (b->sums[i]) code_line(c, "%s[%s] = %s;", b->sums[i], c->block.number, s->name);
    s->name = b->totals[i];
  }
  code_close(c);
  c_names_release(c->names, b->mark);
  c->block = none;
  join_blocks(c, b, parallel);
}
