/* Statements. */
#include "syntax/ast_build.h"

#include <string.h>

/* Where the tree would be too deep this is an error node, whatever is then put into it. */
static Stmt *stmt_new(Parser *parser, StmtTag tag, Span span, int below) {
  Stmt *stmt = ARENA_NEW(parser->arena, Stmt);
  const bool fits = depth_fits(parser, span, below);
  stmt->tag = fits ? tag : STMT_ERROR;
  stmt->depth = fits ? 1 + below : 1;
  stmt->span = span;
  return stmt;
}

/* What a thing is called that cannot be assigned to. */
static const char *target_words(const Expr *expr) {
  switch (expr->tag) {
  case EXPR_REAL: case EXPR_INT: return "a number";
  case EXPR_BOOL: return "true or false";
  case EXPR_CALL: return "the result of a call";
  case EXPR_ARRAY: return "an array of values";
  case EXPR_TUPLE: return "a tuple";
  case EXPR_UNARY: case EXPR_BINARY: return "the result of an operation";
  default: return "an expression";
  }
}

static void report_target(Parser *parser, const Expr *expr) {
  diag_report(parser->diag, DIAG_BAD_TARGET, expr->span, target_words(expr));
  if (expr->tag == EXPR_TUPLE)
    diag_help(parser->diag, "write the names without brackets: x, y = ...");
  if (expr->tag == EXPR_CALL)
    diag_help(parser->diag, "elements are written xs[t]; functions fn f(x) = ...");
  if (expr->tag == EXPR_BINARY && expr->op >= OPERATOR_EQ && expr->op <= OPERATOR_GE)
    diag_help(parser->diag, "== compares, = gives a value to a name");
}

/* A name, or elements and fields of one. */
static bool is_target(const Expr *expr) {
  while (expr->tag == EXPR_INDEX || expr->tag == EXPR_FIELD) expr = expr->left;
  return expr->tag == EXPR_NAME;
}

static bool check_targets(Parser *parser, const ExprList *targets) {
  bool good = true;
  for (size_t i = 0; i < targets->len; i++) {
    if (is_target(targets->at[i])) continue;
    if (targets->at[i]->tag != EXPR_ERROR) report_target(parser, targets->at[i]);
    good = false;
  }
  return good;
}

Stmt *stmt_error(Parser *parser, Span span) { return stmt_new(parser, STMT_ERROR, span, 0); }

Stmt *stmt_assign(Parser *parser, Span span, ExprList *targets, ExprList *values) {
  if (!check_targets(parser, targets)) return stmt_error(parser, span);
  const int below = deeper(depth_of_exprs(targets), depth_of_exprs(values));
  Stmt *stmt = stmt_new(parser, STMT_ASSIGN, span, below);
  stmt->targets = *targets;
  stmt->values = *values;
  return stmt;
}

Stmt *stmt_declare(Parser *parser, Span span, Expr *target, TypeExpr *type, Expr *value) {
  if (target->tag != EXPR_NAME) {
    if (target->tag != EXPR_ERROR) diag_report(parser->diag, DIAG_DECLARED_TARGET, target->span);
    return stmt_error(parser, span);
  }
  if (!value) {
    diag_report(parser->diag, DIAG_DECLARED_VALUE, span, target->name);
    diag_help(parser->diag, "write = and its first value after the type");
    return stmt_error(parser, span);
  }
  const int below = deeper(depth_of_type(type), depth_of(value));
  Stmt *stmt = stmt_new(parser, STMT_ASSIGN, span, below);
  stmt->targets = *exprs_add(parser, NULL, target);
  stmt->values = *exprs_add(parser, NULL, value);
  stmt->declared = type;
  return stmt;
}

static const char *update_sign(Operator op) {
  return op == OPERATOR_ADD ? "+=" : op == OPERATOR_SUB ? "-=" : op == OPERATOR_MUL ? "*=" : "/=";
}

Stmt *stmt_update(Parser *parser, Span span, ExprList *targets, Operator op, Span op_span,
                  Expr *value) {
  if (targets->len > 1) {
    diag_report(parser->diag, DIAG_UPDATE_LIST, op_span, update_sign(op));
    diag_help(parser->diag, "write one statement for each variable");
    return stmt_error(parser, span);
  }
  if (!check_targets(parser, targets)) return stmt_error(parser, span);
  Stmt *stmt = stmt_new(parser, STMT_UPDATE, span,
                        deeper(depth_of_exprs(targets), depth_of(value)));
  stmt->op = op;
  stmt->targets = *targets;
  stmt->values = *exprs_add(parser, NULL, value);
  return stmt;
}

Stmt *stmt_expr(Parser *parser, Span span, ExprList *values) {
  if (values->len > 1) {
    diag_report(parser->diag, DIAG_UNUSED_LIST, span);
    diag_help(parser->diag, "write return before them, names and = before them, or ( ) round them");
    return stmt_error(parser, span);
  }
  Stmt *stmt = stmt_new(parser, STMT_EXPR, span, depth_of_exprs(values));
  stmt->values = *values;
  return stmt;
}

Stmt *stmt_return(Parser *parser, Span span, ExprList *values) {
  Stmt *stmt = stmt_new(parser, STMT_RETURN, span, depth_of_exprs(values));
  if (values) stmt->values = *values;
  return stmt;
}

Stmt *stmt_for(Parser *parser, Span span, GeneratorList *gens, CheckpointClause checkpoint,
               StmtList *body) {
  const int head = deeper(depth_of_gens(gens), depth_of_args(&checkpoint.args));
  Stmt *stmt = stmt_new(parser, STMT_FOR, span, deeper(head, depth_of_stmts(body)));
  stmt->gens = *gens;
  stmt->checkpoint = checkpoint;
  if (body) stmt->body = *body;
  return stmt;
}

Stmt *stmt_while(Parser *parser, Span span, Expr *condition, Expr *bound,
                 CheckpointClause checkpoint, StmtList *body) {
  const int head = deeper(deeper(depth_of(condition), depth_of(bound)),
                          depth_of_args(&checkpoint.args));
  Stmt *stmt = stmt_new(parser, STMT_WHILE, span, deeper(head, depth_of_stmts(body)));
  stmt->condition = condition;
  stmt->bound = bound;
  stmt->checkpoint = checkpoint;
  if (body) stmt->body = *body;
  return stmt;
}

Stmt *stmt_if(Parser *parser, Span span, Expr *condition, StmtList *body, StmtList *other) {
  const int arms = deeper(depth_of_stmts(body), depth_of_stmts(other));
  Stmt *stmt = stmt_new(parser, STMT_IF, span, deeper(depth_of(condition), arms));
  stmt->condition = condition;
  if (body) stmt->body = *body;
  if (other) stmt->other = *other;
  return stmt;
}

Stmt *stmt_assert(Parser *parser, Span span, Expr *condition, const Token *text) {
  Stmt *stmt = stmt_new(parser, STMT_ASSERT, span, depth_of(condition));
  stmt->condition = condition;
  stmt->text = text ? text->name : NULL;
  return stmt;
}

Stmt *stmt_const(Parser *parser, Span span, const Token *name, Expr *value) {
  Stmt *stmt = stmt_new(parser, STMT_CONST, span, depth_of(value));
  stmt->name = name->name;
  stmt->values = *exprs_add(parser, NULL, value);
  return stmt;
}

Stmt *stmt_fn(Parser *parser, Span span, Function *function) {
  Stmt *stmt = stmt_new(parser, STMT_FN, span, function->depth);
  stmt->name = function->name;
  stmt->function = function;
  return stmt;
}

CheckpointClause checkpoint_clause(Span span, const Token *schedule, ArgumentList *args) {
  CheckpointClause clause = {.given = true, .span = span, .schedule = schedule->name};
  if (args) clause.args = *args;
  return clause;
}
