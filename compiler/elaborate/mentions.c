/* mentions - does the text of a function ask for a derivative? Then its variables keep
 * identities of their own. */
#include "elaborate/elab.h"

static bool in_expr(const Expr *x);
static bool in_stmts(const StmtList *stmts);

static bool is_derivative_name(const Expr *x) {
  for (const Builtin *b = derivative_builtins; b->name; b++) {
    const char *name = x->name;
    const char *wanted = b->name;
    while (*name && *name == *wanted) name++, wanted++;
    if (*name == *wanted) return true;
  }
  return false;
}

static bool in_list(const ExprList *list) {
  for (size_t i = 0; i < list->len; i++)
    if (in_expr(list->at[i])) return true;
  return false;
}

static bool in_generators(const GeneratorList *gens) {
  for (size_t i = 0; i < gens->len; i++)
    if (in_expr(gens->at[i].range)) return true;
  return false;
}

static bool in_expr(const Expr *x) {
  if (!x) return false;
  if (x->tag == EXPR_NAME) return is_derivative_name(x);
  for (size_t i = 0; i < x->args.len; i++)
    if (in_expr(x->args.at[i].value)) return true;
  if (x->tag == EXPR_FN && mentions_derivative(x->function)) return true;
  return in_expr(x->left) || in_expr(x->right) || in_expr(x->step) || in_expr(x->condition) ||
         in_list(&x->items) || in_generators(&x->gens) || in_stmts(&x->stmts);
}

static bool in_stmts(const StmtList *stmts) {
  for (size_t i = 0; i < stmts->len; i++) {
    const Stmt *stmt = stmts->at[i];
    if (stmt->tag == STMT_FN && mentions_derivative(stmt->function)) return true;
    if (in_list(&stmt->values) || in_list(&stmt->targets) || in_expr(stmt->condition) ||
        in_expr(stmt->bound) || in_generators(&stmt->gens) || in_stmts(&stmt->body) ||
        in_stmts(&stmt->other))
      return true;
  }
  return false;
}

bool mentions_derivative(const Function *f) { return in_expr(f->value) || in_stmts(&f->body); }
