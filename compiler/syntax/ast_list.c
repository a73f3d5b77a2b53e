/* Lists, and how deep a tree is. */
#include "syntax/ast_build.h"

#include "syntax/report.h"

#define DEFINE_ADD(function, List, Item)                    \
  List *function(Parser *parser, List *list, Item item) {   \
    if (!list) list = ARENA_NEW(parser->arena, List);       \
    vec_push(parser->arena, list, item);                    \
    return list;                                            \
  }

DEFINE_ADD(exprs_add, ExprList, Expr *)
DEFINE_ADD(stmts_add, StmtList, Stmt *)
DEFINE_ADD(types_add, TypeExprList, TypeExpr *)
DEFINE_ADD(arguments_add, ArgumentList, Argument)
DEFINE_ADD(generators_add, GeneratorList, Generator)

ExprList *exprs_add_first(Parser *parser, Expr *first, const ExprList *rest) {
  ExprList *list = exprs_add(parser, NULL, first);
  for (size_t i = 0; i < rest->len; i++) vec_push(parser->arena, list, rest->at[i]);
  return list;
}

static const Parameter *variadic_of(const ParameterList *list) {
  for (size_t i = 0; i < list->len; i++)
    if (list->at[i].variadic) return &list->at[i];
  return NULL;
}

/* Behind the values of a variadic parameter only names can tell which parameter is meant. */
ParameterList *parameters_add(Parser *parser, ParameterList *list, Parameter item) {
  if (!list) list = ARENA_NEW(parser->arena, ParameterList);
  const Parameter *variadic = variadic_of(list);
  if (variadic && !item.value) {
    diag_report(parser->diag, DIAG_VARIADIC_PLACE, item.span, item.name);
    diag_label(parser->diag, variadic->span, "any number of values");
  }
  vec_push(parser->arena, list, item);
  return list;
}

MemberList *members_add(Parser *parser, MemberList *list, Member *item) {
  if (!list) list = ARENA_NEW(parser->arena, MemberList);
  if (item) vec_push(parser->arena, list, *item);
  return list;
}

int deeper(int left, int right) { return left > right ? left : right; }

int depth_of(const Expr *expr) { return expr ? expr->depth : 0; }

int depth_of_type(const TypeExpr *type) { return type ? type->depth : 0; }

bool depth_fits(Parser *parser, Span span, int below) {
  if (below < DEEPEST) return true;
  report_too_deep(parser, span);
  return false;
}

int depth_of_exprs(const ExprList *list) {
  int depth = 0;
  for (size_t i = 0; list && i < list->len; i++) depth = deeper(depth, depth_of(list->at[i]));
  return depth;
}

int depth_of_types(const TypeExprList *list) {
  int depth = 0;
  for (size_t i = 0; list && i < list->len; i++) depth = deeper(depth, list->at[i]->depth);
  return depth;
}

int depth_of_stmts(const StmtList *list) {
  int depth = 0;
  for (size_t i = 0; list && i < list->len; i++) depth = deeper(depth, list->at[i]->depth);
  return depth;
}

int depth_of_params(const ParameterList *list) {
  int depth = 0;
  for (size_t i = 0; list && i < list->len; i++) {
    const Parameter *param = &list->at[i];
    depth = deeper(depth, deeper(depth_of(param->value), depth_of_type(param->type)));
  }
  return depth;
}

int depth_of_gens(const GeneratorList *list) {
  int depth = 0;
  for (size_t i = 0; list && i < list->len; i++) depth = deeper(depth, depth_of(list->at[i].range));
  return depth;
}

int depth_of_args(const ArgumentList *list) {
  int depth = 0;
  for (size_t i = 0; list && i < list->len; i++) depth = deeper(depth, depth_of(list->at[i].value));
  return depth;
}
