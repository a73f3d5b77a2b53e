/* Control: loop, while, if, and calls of extern functions. */
#include "backend/code.h"

#include <string.h>

static void check_carried(Code *c, const Instr *loop) {
  if (!c->options->check_finite) return;
  const Region *body = last_region(loop);
  for (int k = 0; k < body->n_yields; k++) {
    const Value *param = body->params[first_carried(loop) + k];
    if (param->type->rank == 0 && param->type->kind == KIND_REAL)
      code_fail_if(c, arena_format(c->m->arena, "!isfinite(%s)", expr_value(c, param).text),
                   "DP_NONFINITE");
  }
}

/* ---- loop ------------------------------------------------------------------------------------ */

static void name_index(Code *c, const Value *index, const char *name) {
  Storage *s = storage_of(c->p, index);
  s->name = name;
  s->is_declared = true;
}

static void code_loop(Code *c, const Instr *loop) {
  const Value *index = loop->regions[0]->params[0];
  const char *count = expr_at(c, expr_value(c, loop->operands[0]), PREC_SUM);
  const char *t = c_names_take(c->names, index->name ? index->name : "t");
  code_open(c, "for (int64_t %s = 0; %s < %s; %s++)", t, t, count, t);
  name_index(c, index, t);
  code_region(c, loop->regions[0]);
  code_moves(c, &node(c->p, loop)->after[0]);
  check_carried(c, loop);
  code_close(c);
}

/* ---- while ----------------------------------------------------------------------------------- */

/* The condition is evaluated first, then the bound: a loop that ends in time never fails. */
static void code_while(Code *c, const Instr *loop) {
  const Region *condition = loop->regions[0], *body = loop->regions[1];
  const Value *index = body->params[0];
  Storage *count = storage_of(c->p, loop->results[loop->n_results - 1]);
  const char *bound = expr_at(c, expr_value(c, loop->operands[0]), PREC_SUM);
  const char *k = count && count->is_declared ? count->name
                                              : c_names_take(c->names, index->name ? index->name : "k");
  const char *type = count && count->is_declared ? "" : "int64_t ";
  code_open(c, "for (%s%s = 0;; %s++)", type, k, k);
  name_index(c, index, k);
  code_region(c, condition);
  const Expr holds = expr_value(c, condition->yields[0]);
  code_line(c, "if (!%s) break;", expr_at(c, holds, PREC_UNARY));
  code_fail_if(c, arena_format(c->m->arena, "%s >= %s", k, bound), "DP_MAX_STEPS");
  code_region(c, body);
  code_moves(c, &node(c->p, loop)->after[1]);
  check_carried(c, loop);
  code_close(c);
}

void code_repeat(Code *c, const Instr *instr) {
  code_quote(c, instr->span);
  code_moves(c, node(c->p, instr)->before);
  const size_t mark = c_names_mark(c->names);
  if (instr->op == OP_LOOP) code_loop(c, instr);
  else code_while(c, instr);
  c_names_release(c->names, mark);
}

/* ---- if -------------------------------------------------------------------------------------- */

static bool region_writes(Code *c, const Region *region, const Moves *moves) {
  if (moves->list.len) return true;
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    if (!node(c->p, instr)->is_needed || instr->op == OP_CONST || instr->op == OP_SIZE) continue;
    return true;
  }
  return false;
}

static void code_arm(Code *c, const Instr *branch, int r) {
  const size_t mark = c_names_mark(c->names);
  code_region(c, branch->regions[r]);
  code_moves(c, &node(c->p, branch)->after[r]);
  c_names_release(c->names, mark);
}

/* Where a branch around it was decided, nobody has declared what leaves this one. */
static void declare_results(Code *c, const Instr *branch) {
  for (int k = 0; k < branch->n_results; k++) {
    Storage *s = storage_of(c->p, branch->results[k]);
    if (!s || s->home != HOME_VARIABLE || s->is_declared) continue;
    if (!code_is_needed(c, branch->results[k])) continue;
    s->is_declared = true;
    code_line(c, "%s %s;", code_kind(c, s->type->kind), code_name_storage(c, s));
  }
}

void code_branch(Code *c, const Instr *branch) {
  const Node *n = node(c->p, branch);
  const bool yes = region_writes(c, branch->regions[0], &n->after[0]);
  const bool no = region_writes(c, branch->regions[1], &n->after[1]);
  const Expr condition = expr_value(c, branch->operands[0]);
  if (!yes && !no) return;
  const bool is_true = !strcmp(condition.text, "true");
  if (is_true || !strcmp(condition.text, "false")) {
    code_region(c, branch->regions[is_true ? 0 : 1]);
    code_moves(c, &n->after[is_true ? 0 : 1]);
    return;
  }
  code_declare(c, branch);
  declare_results(c, branch);
  if (yes) code_open(c, "if (%s)", condition.text);
  else code_open(c, "if (!%s)", expr_at(c, condition, PREC_UNARY));
  if (yes) code_arm(c, branch, 0);
  if (yes && no) {
    c->depth--;
    code_line(c, "} else {");
    c->depth++;
  }
  if (no) code_arm(c, branch, 1);
  code_close(c);
}

/* ---- calls ----------------------------------------------------------------------------------- */

static Name callee_symbol(const Extern *callee) {
  return callee->symbol; /* in the other modes it is the adjoint's or the tangent's */
}

typedef struct {
  Code *c;
  Text arguments;
  const char *separator;
} Arguments;

static void pass(Arguments *a, const char *text) {
  text_format(&a->arguments, "%s%s", a->arguments.len ? ", " : "", text);
}

static void pass_in(Arguments *a, const Value *value) {
  pass(a, value->type->rank ? expr_address(a->c, value).text : expr_value(a->c, value).text);
}

static void pass_out(Arguments *a, const Value *value) {
  if (value->type->rank) pass(a, expr_address(a->c, value).text);
  else pass(a, arena_format(a->c->m->arena, "&%s", storage_of(a->c->p, value)->name));
}

/* The function adds to what it is given, so the adjoints start at zero. */
static void zero_results(Code *c, const Instr *call) {
  for (int k = 0; k < call->n_results; k++) {
    const Value *result = call->results[k];
    const Constant zero = {.kind = KIND_REAL};
    const size_t mark = c_names_mark(c->names);
    const int depth = c->depth;
    Expr index[MAX_RANK];
    for (int d = 0; d < result->type->rank; d++)
      index[d] = code_open_for(c, d ? "j" : "i", result->type->dims[d]);
    const Expr target =
        result->type->rank ? expr_element(c, result, index) : expr_value(c, result);
    code_line(c, "%s = %s;", target.text, expr_constant(c, &zero).text);
    while (c->depth > depth) code_close(c);
    c_names_release(c->names, mark);
  }
}

/* Operands in the order of the C function; after each real one of the first n_params its
 * derivative. */
static void pass_operands(Arguments *a, const Instr *call) {
  const Extern *callee = call->callee;
  int result = 0, dot = callee->n_params;
  for (int k = 0; k < callee->n_params; k++) {
    const Value *x = call->operands[k];
    pass_in(a, x);
    if (!type_is_real(x->type)) continue;
    if (callee->mode == MODE_ADJOINT) pass_out(a, call->results[result++]);
    if (callee->mode == MODE_TANGENT) pass_in(a, call->operands[dot++]);
  }
  if (callee->mode == MODE_ADJOINT)
    for (int k = callee->n_params; k < call->n_operands; k++) pass_in(a, call->operands[k]);
  else
    for (int k = 0; k < call->n_results; k++) pass_out(a, call->results[k]);
}

void code_call(Code *c, const Instr *call) {
  code_quote(c, call->span);
  if (call->callee->mode == MODE_ADJOINT) zero_results(c, call);
  Arguments a = {.c = c, .arguments = {.arena = c->m->arena}};
  if (call->callee->takes_store) pass(&a, "store");
  pass_operands(&a, call);
  const size_t mark = c_names_mark(c->names);
  code_line(c, "{");
  c->depth++;
  Name status = c_names_take(c->names, "status");
  code_line(c, "const int %s = %s(%s);", status, callee_symbol(call->callee), a.arguments.text);
  code_line(c, "if (%s != DP_OK) return %s;", status, status);
  c->depth--;
  code_line(c, "}");
  c_names_release(c->names, mark);
}
