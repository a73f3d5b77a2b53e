/* ast_build - one constructor per action of the grammar (lang/dp.y).
 *
 * Each gives a node in the parser's arena with the span that it is given, and reports what a
 * grammar cannot say: wrong targets, blocks without value, trees that are too deep. Lists are
 * made at their first element: *_add(parser, NULL, x). Optional parts are NULL. */
#ifndef DPC_SYNTAX_AST_BUILD_H
#define DPC_SYNTAX_AST_BUILD_H

#include "syntax/parser.h"

/* ---- lists (ast_list.c) -------------------------------------------------------------------- */

ExprList *exprs_add(Parser *parser, ExprList *list, Expr *item);
/* The items with one before them. */
ExprList *exprs_add_first(Parser *parser, Expr *first, const ExprList *rest);
StmtList *stmts_add(Parser *parser, StmtList *list, Stmt *item);
TypeExprList *types_add(Parser *parser, TypeExprList *list, TypeExpr *item);
ArgumentList *arguments_add(Parser *parser, ArgumentList *list, Argument item);
GeneratorList *generators_add(Parser *parser, GeneratorList *list, Generator item);
ParameterList *parameters_add(Parser *parser, ParameterList *list, Parameter item);
/* A NULL member (after an error) is left out. */
MemberList *members_add(Parser *parser, MemberList *list, Member *item);

/* ---- types --------------------------------------------------------------------------------- */

TypeExpr *type_named(Parser *parser, Span span, const Token *module, const Token *name,
                     ExprList *args, ExprList *dims);
/* One item is the item itself: brackets round a type. */
TypeExpr *type_tuple(Parser *parser, Span span, TypeExprList *items);
TypeExpr *type_fn(Parser *parser, Span span, TypeExprList *items, TypeExpr *result);

/* ---- expressions --------------------------------------------------------------------------- */

Expr *ast_real(Parser *parser, const Token *token);
Expr *ast_int(Parser *parser, const Token *token);
Expr *ast_bool(Parser *parser, const Token *token, bool value);
Expr *ast_string(Parser *parser, const Token *token);
Expr *ast_name(Parser *parser, const Token *token);
Expr *ast_unary(Parser *parser, Span span, Operator op, Span op_span, Expr *operand);
Expr *ast_binary(Parser *parser, Span span, Operator op, Span op_span, Expr *left, Expr *right);
Expr *ast_call(Parser *parser, Span span, Expr *callee, ArgumentList *args);
Expr *ast_call_over(Parser *parser, Span span, Expr *callee, Expr *value, GeneratorList *gens,
                    Expr *condition);
Expr *ast_index(Parser *parser, Span span, Expr *array, ExprList *items);
Expr *ast_field(Parser *parser, Span span, Expr *record, const Token *name);
Expr *ast_range(Parser *parser, Span span, Expr *low, Expr *high, Expr *step);
Expr *ast_array(Parser *parser, Span span, ExprList *items);
Expr *ast_tuple(Parser *parser, Span span, ExprList *items);
Expr *ast_map(Parser *parser, Span span, Expr *value, GeneratorList *gens, Expr *condition);
Expr *ast_if(Parser *parser, Span span, Expr *condition, Expr *yes, Expr *no);
/* Reports that the 'else' is missing. */
Expr *ast_if_alone(Parser *parser, Span span);
/* The statements of a block that is used as a value: its last line is the value. */
Expr *ast_block(Parser *parser, Span span, StmtList *stmts);
Expr *ast_fn(Parser *parser, Span span, Function *function);

/* ---- statements ---------------------------------------------------------------------------- */

Stmt *stmt_assign(Parser *parser, Span span, ExprList *targets, ExprList *values);
Stmt *stmt_declare(Parser *parser, Span span, Expr *target, TypeExpr *type, Expr *value);
Stmt *stmt_update(Parser *parser, Span span, ExprList *targets, Operator op, Span op_span,
                  Expr *value);
Stmt *stmt_expr(Parser *parser, Span span, ExprList *values);
Stmt *stmt_return(Parser *parser, Span span, ExprList *values);
Stmt *stmt_for(Parser *parser, Span span, GeneratorList *gens, CheckpointClause checkpoint,
               StmtList *body);
Stmt *stmt_while(Parser *parser, Span span, Expr *condition, Expr *bound,
                 CheckpointClause checkpoint, StmtList *body);
Stmt *stmt_if(Parser *parser, Span span, Expr *condition, StmtList *body, StmtList *other);
Stmt *stmt_assert(Parser *parser, Span span, Expr *condition, const Token *text);
Stmt *stmt_const(Parser *parser, Span span, const Token *name, Expr *value);
Stmt *stmt_fn(Parser *parser, Span span, Function *function);
Stmt *stmt_error(Parser *parser, Span span);
CheckpointClause checkpoint_clause(Span span, const Token *schedule, ArgumentList *args);

/* ---- functions and declarations (ast_decl.c) ----------------------------------------------- */

/* The part of a function before its body; word: its 'fn'; name may be NULL. */
Function *function_head(Parser *parser, const Token *word, const Token *name,
                        ParameterList *params, Function *result);
/* A function that holds only what stands after the arrow. */
Function *result_type(Parser *parser, TypeExpr *type);
Function *result_names(Parser *parser, ParameterList *names);
Function *function_value(Parser *parser, Span span, Function *head, Expr *value);
Function *function_block(Parser *parser, Span span, Function *head, StmtList *body);
Function *function_adjoint(Parser *parser, Span span, Function *function, Span word,
                           ParameterList *params, StmtList *body);
/* adjoint NAME, tangent NAME of an extern function. */
Function *function_rule(Parser *parser, Function *function, const Token *word, const Token *name,
                        bool adjoint);

Member *member_param(Parser *parser, Span span, const Token *name, TypeExpr *type, bool drawn,
                     Expr *init);
Member *member_model(Parser *parser, Span span, const Token *name, Expr *init, GeneratorList *gens);
Member *member_fn(Parser *parser, Span span, Function *function);

/* a.b.c as one name. */
const Token *path_join(Parser *parser, const Token *path, const Token *name);

/* Each of these adds to the file; word: the declaration's first token. */
void decl_use(Parser *parser, Span span, const Token *word, const Token *path, const Token *alias);
void decl_const(Parser *parser, Span span, const Token *word, const Token *name, TypeExpr *type,
                Expr *value);
void decl_fn(Parser *parser, Span span, Function *function);
void decl_extern(Parser *parser, Span span, const Token *word, Function *function);
void decl_model(Parser *parser, Span span, const Token *word, const Token *name,
                ParameterList *params, MemberList *members);
void decl_record(Parser *parser, Span span, const Token *word, const Token *name,
                 MemberList *members);
/* `export value`, or `export name = value` with name an expression that must be a name. */
void decl_export(Parser *parser, Span span, const Token *word, Expr *name, Expr *value,
                 Export modes);

/* ---- depth (ast_list.c) -------------------------------------------------------------------- */

/* A node one level above what is below it. Beyond DEEPEST that is reported (once), and the result
 * is false: the node must then be an error, which nobody looks below. */
bool depth_fits(Parser *parser, Span span, int below);
int deeper(int left, int right);
int depth_of(const Expr *expr); /* 0 for NULL, and so on */
int depth_of_type(const TypeExpr *type);
int depth_of_exprs(const ExprList *list);
int depth_of_types(const TypeExprList *list);
int depth_of_stmts(const StmtList *list);
int depth_of_params(const ParameterList *list);
int depth_of_gens(const GeneratorList *list);
int depth_of_args(const ArgumentList *list);

#endif
