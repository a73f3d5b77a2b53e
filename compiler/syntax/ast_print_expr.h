/* ast_print_expr - the parts of ast_print that know each other: expressions hold functions and
 * blocks, statements hold expressions. */
#ifndef DPC_SYNTAX_AST_PRINT_EXPR_H
#define DPC_SYNTAX_AST_PRINT_EXPR_H

#include "syntax/ast.h"

#include <stdio.h>

typedef struct {
  FILE *stream;
  int indent; /* levels of the line being written */
} Printer;

/* How tightly the place binds that an expression is printed in; a looser one gets brackets. */
typedef enum {
  PLACE_ITEM, /* between brackets: a block may stand here */
  PLACE_EXPR, /* if and fn may */
  PLACE_OR, PLACE_AND, PLACE_NOT, PLACE_COMPARE, PLACE_SUM, PLACE_PRODUCT, PLACE_NEGATION,
  PLACE_POWER, PLACE_POSTFIX
} PrintPlace;

void print_line(Printer *printer);                    /* a newline, and the blanks of the next line */
void print_expr(Printer *printer, const Expr *expr, PrintPlace place);
void print_exprs(Printer *printer, const ExprList *list, PrintPlace place);
void print_args(Printer *printer, const ArgumentList *list);
void print_gens(Printer *printer, const GeneratorList *list);
void print_type(Printer *printer, const TypeExpr *type);
void print_string(Printer *printer, const char *text);
const char *operator_text(Operator op);

/* ast_print.c */
void print_function(Printer *printer, const Function *function);
/* { statements; value }: value may be NULL. */
void print_block(Printer *printer, const StmtList *stmts, const Expr *value);

#endif
