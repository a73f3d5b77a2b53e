#include "syntax/ast_print_expr.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void print_line(Printer *printer) {
  fprintf(printer->stream, "\n%*s", 2 * printer->indent, "");
}

const char *operator_text(Operator op) {
  static const char *const text[] = {
      [OPERATOR_ADD] = "+",  [OPERATOR_SUB] = "-",     [OPERATOR_MUL] = "*",
      [OPERATOR_DIV] = "/",  [OPERATOR_INT_DIV] = "//", [OPERATOR_MOD] = "%",
      [OPERATOR_POW] = "^",  [OPERATOR_MATMUL] = "@",  [OPERATOR_EQ] = "==",
      [OPERATOR_NE] = "!=",  [OPERATOR_LT] = "<",      [OPERATOR_LE] = "<=",
      [OPERATOR_GT] = ">",   [OPERATOR_GE] = ">=",     [OPERATOR_AND] = "and",
      [OPERATOR_OR] = "or",  [OPERATOR_NOT] = "not",   [OPERATOR_NEG] = "-",
  };
  return text[op];
}

void print_string(Printer *printer, const char *text) {
  fputc('"', printer->stream);
  for (; *text; text++) {
    if (*text == '\n') fputs("\\n", printer->stream);
    else if (*text == '\t') fputs("\\t", printer->stream);
    else if (*text == '"' || *text == '\\') fprintf(printer->stream, "\\%c", *text);
    else fputc(*text, printer->stream);
  }
  fputc('"', printer->stream);
}

/* The shortest decimal that reads back as the same double; without exponent where that is no longer
 * than a double's digits; and so that it reads as a real. */
static void print_real(Printer *printer, double value) {
  char text[40], plain[40];
  for (int digits = 1; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, value);
    if (strtod(text, NULL) == value) break;
  }
  snprintf(plain, sizeof plain, "%.15g", value);
  if (!strchr(plain, 'e') && strtod(plain, NULL) == value) strcpy(text, plain);
  fputs(text, printer->stream);
  if (!strpbrk(text, ".e")) fputs(".0", printer->stream);
}

/* ---- types --------------------------------------------------------------------------------- */

static void print_types(Printer *printer, const TypeExprList *list) {
  fputc('(', printer->stream);
  for (size_t i = 0; i < list->len; i++) {
    if (i > 0) fputs(", ", printer->stream);
    print_type(printer, list->at[i]);
  }
  fputc(')', printer->stream);
}

static void print_named_type(Printer *printer, const TypeExpr *type) {
  if (type->module) fprintf(printer->stream, "%s.", type->module);
  fputs(type->name, printer->stream);
  if (type->args.len) {
    fputc('(', printer->stream);
    print_exprs(printer, &type->args, PLACE_EXPR);
    fputc(')', printer->stream);
  }
  if (type->dims.len) {
    fputc('[', printer->stream);
    print_exprs(printer, &type->dims, PLACE_ITEM);
    fputc(']', printer->stream);
  }
}

void print_type(Printer *printer, const TypeExpr *type) {
  switch (type->tag) {
  case TYPE_NAMED:
    print_named_type(printer, type);
    break;
  case TYPE_TUPLE:
    print_types(printer, &type->items);
    break;
  case TYPE_FN:
    fputs("fn", printer->stream);
    print_types(printer, &type->items);
    fputs(" -> ", printer->stream);
    print_type(printer, type->result);
    break;
  }
}

/* ---- expressions --------------------------------------------------------------------------- */

void print_exprs(Printer *printer, const ExprList *list, PrintPlace place) {
  for (size_t i = 0; i < list->len; i++) {
    if (i > 0) fputs(", ", printer->stream);
    print_expr(printer, list->at[i], place);
  }
}

void print_args(Printer *printer, const ArgumentList *list) {
  for (size_t i = 0; i < list->len; i++) {
    if (i > 0) fputs(", ", printer->stream);
    if (list->at[i].name) fprintf(printer->stream, "%s = ", list->at[i].name);
    print_expr(printer, list->at[i].value, PLACE_ITEM);
  }
}

static void print_range(Printer *printer, const Expr *range, PrintPlace place) {
  if (!range->left && !range->right && !range->step) {
    fputc(':', printer->stream);
    return;
  }
  if (range->left) print_expr(printer, range->left, place);
  fputs("..", printer->stream);
  if (range->right) print_expr(printer, range->right, place);
  if (!range->step) return;
  fputs(" by ", printer->stream);
  print_expr(printer, range->step, PLACE_EXPR);
}

void print_gens(Printer *printer, const GeneratorList *list) {
  for (size_t i = 0; i < list->len; i++) {
    const Generator *gen = &list->at[i];
    fprintf(printer->stream, "%s%s in ", i > 0 ? ", " : "", gen->name);
    if (gen->range->tag == EXPR_RANGE) print_range(printer, gen->range, PLACE_EXPR);
    else print_expr(printer, gen->range, PLACE_EXPR);
  }
}

/* value for gens if condition */
static void print_over(Printer *printer, const Expr *value, const Expr *expr) {
  print_expr(printer, value, PLACE_ITEM);
  fputs(" for ", printer->stream);
  print_gens(printer, &expr->gens);
  if (!expr->condition) return;
  fputs(" if ", printer->stream);
  print_expr(printer, expr->condition, PLACE_EXPR);
}

static PrintPlace place_of_operator(Operator op) {
  switch (op) {
  case OPERATOR_OR: return PLACE_OR;
  case OPERATOR_AND: return PLACE_AND;
  case OPERATOR_NOT: return PLACE_NOT;
  case OPERATOR_EQ: case OPERATOR_NE: case OPERATOR_LT: case OPERATOR_LE: case OPERATOR_GT:
  case OPERATOR_GE: return PLACE_COMPARE;
  case OPERATOR_ADD: case OPERATOR_SUB: return PLACE_SUM;
  case OPERATOR_MUL: case OPERATOR_DIV: case OPERATOR_INT_DIV: case OPERATOR_MOD:
  case OPERATOR_MATMUL: return PLACE_PRODUCT;
  case OPERATOR_NEG: return PLACE_NEGATION;
  case OPERATOR_POW: return PLACE_POWER;
  }
  return PLACE_POSTFIX;
}

/* The loosest place in which this expression needs no brackets. */
static PrintPlace place_of(const Expr *expr) {
  switch (expr->tag) {
  case EXPR_UNARY: case EXPR_BINARY: return place_of_operator(expr->op);
  case EXPR_IF: case EXPR_FN: return PLACE_EXPR;
  case EXPR_BLOCK: case EXPR_RANGE: return PLACE_ITEM;
  default: return PLACE_POSTFIX;
  }
}

static void print_unary(Printer *printer, const Expr *expr) {
  fputs(expr->op == OPERATOR_NOT ? "not " : "-", printer->stream);
  print_expr(printer, expr->left, place_of_operator(expr->op));
}

/* The exponent may begin with a sign: 2^-1. */
static void print_power(Printer *printer, const Expr *expr) {
  print_expr(printer, expr->left, PLACE_POSTFIX);
  fputc('^', printer->stream);
  print_expr(printer, expr->right, PLACE_NEGATION);
}

static void print_binary(Printer *printer, const Expr *expr) {
  const PrintPlace place = place_of_operator(expr->op);
  if (expr->op == OPERATOR_POW) {
    print_power(printer, expr);
    return;
  }
  print_expr(printer, expr->left, place == PLACE_COMPARE ? PLACE_SUM : place);
  fprintf(printer->stream, " %s ", operator_text(expr->op));
  print_expr(printer, expr->right, place + 1);
}

static void print_arm(Printer *printer, const Expr *expr) {
  if (expr->tag == EXPR_BLOCK) {
    print_block(printer, &expr->stmts, expr->left);
    return;
  }
  fputs("{ ", printer->stream);
  print_expr(printer, expr, expr->tag == EXPR_FN || expr->tag == EXPR_IF ? PLACE_EXPR : PLACE_OR);
  fputs(" }", printer->stream);
}

static void print_if(Printer *printer, const Expr *expr) {
  fputs("if ", printer->stream);
  print_expr(printer, expr->condition, PLACE_EXPR);
  fputc(' ', printer->stream);
  print_arm(printer, expr->left);
  fputs(" else ", printer->stream);
  if (expr->right->tag == EXPR_IF) print_if(printer, expr->right);
  else print_arm(printer, expr->right);
}

static void print_call(Printer *printer, const Expr *expr) {
  print_expr(printer, expr->left, PLACE_POSTFIX);
  fputc('(', printer->stream);
  if (expr->gens.len) print_over(printer, expr->args.at[0].value, expr);
  else print_args(printer, &expr->args);
  fputc(')', printer->stream);
}

static void print_listed(Printer *printer, char open, const ExprList *items, char close) {
  fputc(open, printer->stream);
  print_exprs(printer, items, PLACE_ITEM);
  fputc(close, printer->stream);
}

static void print_bare(Printer *printer, const Expr *expr) {
  FILE *stream = printer->stream;
  switch (expr->tag) {
  case EXPR_REAL: print_real(printer, expr->real); break;
  case EXPR_INT: fprintf(stream, "%" PRId64, expr->integer); break;
  case EXPR_BOOL: fputs(expr->integer ? "true" : "false", stream); break;
  case EXPR_STRING: print_string(printer, expr->name); break;
  case EXPR_NAME: fputs(expr->name, stream); break;
  case EXPR_UNARY: print_unary(printer, expr); break;
  case EXPR_BINARY: print_binary(printer, expr); break;
  case EXPR_CALL: print_call(printer, expr); break;
  case EXPR_INDEX:
    print_expr(printer, expr->left, PLACE_POSTFIX);
    print_listed(printer, '[', &expr->items, ']');
    break;
  case EXPR_FIELD:
    print_expr(printer, expr->left, PLACE_POSTFIX);
    fprintf(stream, ".%s", expr->name);
    break;
  case EXPR_RANGE: print_range(printer, expr, PLACE_ITEM); break;
  case EXPR_ARRAY: print_listed(printer, '[', &expr->items, ']'); break;
  case EXPR_TUPLE: print_listed(printer, '(', &expr->items, ')'); break;
  case EXPR_MAP:
    fputc('[', stream);
    print_over(printer, expr->left, expr);
    fputc(']', stream);
    break;
  case EXPR_IF: print_if(printer, expr); break;
  case EXPR_BLOCK: print_block(printer, &expr->stmts, expr->left); break;
  case EXPR_FN: print_function(printer, expr->function); break;
  case EXPR_ERROR: fputs("0 # error\n", stream); break;
  }
}

void print_expr(Printer *printer, const Expr *expr, PrintPlace place) {
  const bool brackets = place_of(expr) < place;
  if (brackets) fputc('(', printer->stream);
  print_bare(printer, expr);
  if (brackets) fputc(')', printer->stream);
}
