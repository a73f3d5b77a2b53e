/* mentions - does a text speak of a name, or of a derivative? A function's variables keep identities of
 * their own where it asks for one.
 *
 * The name that is looked for goes through all of it; NULL: any that stands for a derivative. */
#include "elaborate/elab.h"

static bool in_expr(const Expr *x, Name name);
static bool in_function(const Function *f, Name name);
static bool in_stmts(const StmtList *stmts, Name name);

static bool is_derivative_name(const Expr *x) {
  for (const Builtin *b = derivative_builtins; b->name; b++) {
    const char *name = x->name;
    const char *wanted = b->name;
    while (*name && *name == *wanted) name++, wanted++;
    if (*name == *wanted) return true;
  }
  return false;
}

static bool in_list(const ExprList *list, Name name) {
  for (size_t i = 0; i < list->len; i++)
    if (in_expr(list->at[i], name)) return true;
  return false;
}

static bool in_generators(const GeneratorList *gens, Name name) {
  for (size_t i = 0; i < gens->len; i++)
    if (in_expr(gens->at[i].range, name)) return true;
  return false;
}

static bool in_expr(const Expr *x, Name name) {
  if (!x) return false;
  if (x->tag == EXPR_NAME) return name ? x->name == name : is_derivative_name(x);
  for (size_t i = 0; i < x->args.len; i++)
    if (in_expr(x->args.at[i].value, name)) return true;
  if (x->tag == EXPR_FN && in_function(x->function, name)) return true;
  return in_expr(x->left, name) || in_expr(x->right, name) || in_expr(x->step, name) ||
         in_expr(x->condition, name) || in_list(&x->items, name) || in_generators(&x->gens, name) ||
         in_stmts(&x->stmts, name);
}

static bool in_stmts(const StmtList *stmts, Name name) {
  for (size_t i = 0; i < stmts->len; i++) {
    const Stmt *stmt = stmts->at[i];
    if (stmt->tag == STMT_FN && in_function(stmt->function, name)) return true;
    if (in_list(&stmt->values, name) || in_list(&stmt->targets, name) || in_expr(stmt->condition, name) ||
        in_expr(stmt->bound, name) || in_generators(&stmt->gens, name) || in_stmts(&stmt->body, name) ||
        in_stmts(&stmt->other, name))
      return true;
  }
  return false;
}

static bool in_function(const Function *f, Name name) {
  return in_expr(f->value, name) || in_stmts(&f->body, name);
}

bool mentions_derivative(const Function *f) { return in_function(f, NULL); }
bool mentions_name(const Expr *x, Name name) { return in_expr(x, name); }
