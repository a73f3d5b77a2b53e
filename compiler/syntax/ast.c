/* Types and expressions. */
#include "syntax/ast_build.h"

/* ---- types --------------------------------------------------------------------------------- */

/* Too deep a type is reported; then it keeps nothing below it. */
static TypeExpr *type_new(Parser *parser, TypeExprTag tag, Span span, int below) {
  TypeExpr *type = ARENA_NEW(parser->arena, TypeExpr);
  type->tag = tag;
  type->span = span;
  type->depth = 1 + below;
  return type;
}

static TypeExpr *type_checked(Parser *parser, TypeExpr *type) {
  if (depth_fits(parser, type->span, type->depth - 1)) return type;
  TypeExpr *error = type_new(parser, TYPE_NAMED, type->span, 0);
  error->name = intern(parser->names, "real");
  return error;
}

TypeExpr *type_named(Parser *parser, Span span, const Token *module, const Token *name,
                     ExprList *args, ExprList *dims) {
  const int below = deeper(depth_of_exprs(args), depth_of_exprs(dims));
  TypeExpr *type = type_new(parser, TYPE_NAMED, span, below);
  type->module = module ? module->name : NULL;
  type->name = name->name;
  if (args) type->args = *args;
  if (dims) type->dims = *dims;
  return type_checked(parser, type);
}

TypeExpr *type_tuple(Parser *parser, Span span, TypeExprList *items) {
  if (items->len == 1) return items->at[0];
  TypeExpr *type = type_new(parser, TYPE_TUPLE, span, depth_of_types(items));
  type->items = *items;
  return type_checked(parser, type);
}

TypeExpr *type_fn(Parser *parser, Span span, TypeExprList *items, TypeExpr *result) {
  const int below = deeper(depth_of_types(items), depth_of_type(result));
  TypeExpr *type = type_new(parser, TYPE_FN, span, below);
  if (items) type->items = *items;
  type->result = result;
  return type_checked(parser, type);
}

/* ---- expressions --------------------------------------------------------------------------- */

/* Where the tree would be too deep this is an error node, whatever is then put into it. */
static Expr *expr_new(Parser *parser, ExprTag tag, Span span, int below) {
  Expr *expr = ARENA_NEW(parser->arena, Expr);
  const bool fits = depth_fits(parser, span, below);
  expr->tag = fits ? tag : EXPR_ERROR;
  expr->depth = fits ? 1 + below : 1;
  expr->span = span;
  return expr;
}

Expr *ast_real(Parser *parser, const Token *token) {
  Expr *expr = expr_new(parser, EXPR_REAL, token->span, 0);
  expr->real = token->real;
  return expr;
}

Expr *ast_int(Parser *parser, const Token *token) {
  Expr *expr = expr_new(parser, EXPR_INT, token->span, 0);
  expr->integer = token->integer;
  return expr;
}

Expr *ast_bool(Parser *parser, const Token *token, bool value) {
  Expr *expr = expr_new(parser, EXPR_BOOL, token->span, 0);
  expr->integer = value;
  return expr;
}

Expr *ast_string(Parser *parser, const Token *token) {
  Expr *expr = expr_new(parser, EXPR_STRING, token->span, 0);
  expr->name = token->name;
  return expr;
}

Expr *ast_name(Parser *parser, const Token *token) {
  Expr *expr = expr_new(parser, EXPR_NAME, token->span, 0);
  expr->name = token->name;
  return expr;
}

Expr *ast_unary(Parser *parser, Span span, Operator op, Span op_span, Expr *operand) {
  Expr *expr = expr_new(parser, EXPR_UNARY, span, depth_of(operand));
  expr->op = op;
  expr->name_span = op_span;
  expr->left = operand;
  return expr;
}

Expr *ast_binary(Parser *parser, Span span, Operator op, Span op_span, Expr *left, Expr *right) {
  Expr *expr = expr_new(parser, EXPR_BINARY, span, deeper(depth_of(left), depth_of(right)));
  expr->op = op;
  expr->name_span = op_span;
  expr->left = left;
  expr->right = right;
  return expr;
}

Expr *ast_call(Parser *parser, Span span, Expr *callee, ArgumentList *args) {
  Expr *expr = expr_new(parser, EXPR_CALL, span, deeper(depth_of(callee), depth_of_args(args)));
  expr->left = callee;
  if (args) expr->args = *args;
  return expr;
}

Expr *ast_call_over(Parser *parser, Span span, Expr *callee, Expr *value, GeneratorList *gens,
                    Expr *condition) {
  const int below = deeper(deeper(depth_of(callee), depth_of(value)),
                           deeper(depth_of_gens(gens), depth_of(condition)));
  Expr *expr = expr_new(parser, EXPR_CALL, span, below);
  expr->left = callee;
  vec_push(parser->arena, &expr->args, ((Argument){value->span, NULL, value}));
  expr->gens = *gens;
  expr->condition = condition;
  return expr;
}

Expr *ast_index(Parser *parser, Span span, Expr *array, ExprList *items) {
  Expr *expr = expr_new(parser, EXPR_INDEX, span, deeper(depth_of(array), depth_of_exprs(items)));
  expr->left = array;
  expr->items = *items;
  return expr;
}

Expr *ast_field(Parser *parser, Span span, Expr *record, const Token *name) {
  Expr *expr = expr_new(parser, EXPR_FIELD, span, depth_of(record));
  expr->left = record;
  expr->name = name->name;
  expr->name_span = name->span;
  return expr;
}

Expr *ast_range(Parser *parser, Span span, Expr *low, Expr *high, Expr *step) {
  const int below = deeper(deeper(depth_of(low), depth_of(high)), depth_of(step));
  Expr *expr = expr_new(parser, EXPR_RANGE, span, below);
  expr->left = low;
  expr->right = high;
  expr->step = step;
  return expr;
}

Expr *ast_array(Parser *parser, Span span, ExprList *items) {
  Expr *expr = expr_new(parser, EXPR_ARRAY, span, depth_of_exprs(items));
  expr->items = *items;
  return expr;
}

Expr *ast_tuple(Parser *parser, Span span, ExprList *items) {
  Expr *expr = expr_new(parser, EXPR_TUPLE, span, depth_of_exprs(items));
  expr->items = *items;
  return expr;
}

Expr *ast_map(Parser *parser, Span span, Expr *value, GeneratorList *gens, Expr *condition) {
  const int below = deeper(depth_of(value), deeper(depth_of_gens(gens), depth_of(condition)));
  Expr *expr = expr_new(parser, EXPR_MAP, span, below);
  expr->left = value;
  expr->gens = *gens;
  expr->condition = condition;
  return expr;
}

Expr *ast_if(Parser *parser, Span span, Expr *condition, Expr *yes, Expr *no) {
  const int below = deeper(depth_of(condition), deeper(depth_of(yes), depth_of(no)));
  Expr *expr = expr_new(parser, EXPR_IF, span, below);
  expr->condition = condition;
  expr->left = yes;
  expr->right = no;
  return expr;
}

Expr *ast_if_alone(Parser *parser, Span span) {
  diag_report(parser->diag, DIAG_NO_ELSE, span);
  return expr_new(parser, EXPR_ERROR, span, 0);
}

Expr *ast_fn(Parser *parser, Span span, Function *function) {
  Expr *expr = expr_new(parser, EXPR_FN, span, function->depth);
  expr->function = function;
  return expr;
}

/* ---- blocks as values ---------------------------------------------------------------------- */

static Expr *no_value(Parser *parser, Span span) {
  diag_report(parser->diag, DIAG_NO_VALUE, span);
  diag_help(parser->diag, "end it with an expression on a line of its own");
  return expr_new(parser, EXPR_ERROR, span, 0);
}

static Span span_of_stmts(const StmtList *stmts) {
  const Span first = stmts->at[0]->span, last = stmts->at[stmts->len - 1]->span;
  return (Span){first.file, first.start, last.end};
}

/* `if` was read as a statement; as the last line of a value it is one itself. */
static Expr *value_of_if(Parser *parser, Stmt *stmt) {
  if (stmt->other.len == 0) return ast_if_alone(parser, stmt->span);
  if (stmt->body.len == 0) return no_value(parser, stmt->span);
  Expr *yes = ast_block(parser, span_of_stmts(&stmt->body), &stmt->body);
  Expr *no = ast_block(parser, span_of_stmts(&stmt->other), &stmt->other);
  return ast_if(parser, stmt->span, stmt->condition, yes, no);
}

static Expr *value_of_stmt(Parser *parser, Stmt *stmt) {
  switch (stmt->tag) {
  case STMT_EXPR: return stmt->values.at[0];
  case STMT_IF: return value_of_if(parser, stmt);
  case STMT_ERROR: return expr_new(parser, EXPR_ERROR, stmt->span, 0);
  default: return no_value(parser, stmt->span);
  }
}

Expr *ast_block(Parser *parser, Span span, StmtList *stmts) {
  if (!stmts || stmts->len == 0) return no_value(parser, span);
  Expr *value = value_of_stmt(parser, stmts->at[stmts->len - 1]);
  if (stmts->len == 1) return value;
  StmtList before = *stmts;
  before.len--;
  Expr *expr = expr_new(parser, EXPR_BLOCK, span, deeper(depth_of_stmts(&before), depth_of(value)));
  expr->stmts = before;
  expr->left = value;
  return expr;
}
