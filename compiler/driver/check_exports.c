#include "driver/check_plan.h"

#include <string.h>

static const Function *find_function(const File *file, Name name) {
  for (size_t i = 0; i < file->decls.len; i++)
    if (file->decls.at[i]->tag == DECL_FN && file->decls.at[i]->name == name)
      return file->decls.at[i]->function;
  return NULL;
}

static Expr *name_expr(Arena *arena, Span span, Name name) {
  Expr *expr = ARENA_NEW(arena, Expr);
  expr->tag = EXPR_NAME;
  expr->span = span;
  expr->name = name;
  return expr;
}

static void add_export(Arena *arena, File *file, Span span, Name name, Expr *value) {
  Decl *decl = ARENA_NEW(arena, Decl);
  decl->tag = DECL_EXPORT;
  decl->span = decl->name_span = span;
  decl->name = name;
  decl->export_ = (Export){.span = span, .name = name, .value = value};
  vec_push(arena, &file->decls, decl);
}

static bool may_hold_reals(const TypeExpr *type) {
  return strcmp(type->name, "int") != 0 && strcmp(type->name, "bool") != 0;
}

/* The parameters that a derivative can be taken by; empty where the types do not tell. */
static ExprList real_params(Arena *arena, const Function *function, Span span) {
  ExprList list = {0};
  for (size_t i = 0; i < function->params.len; i++) {
    const Parameter *param = &function->params.at[i];
    if (!param->type || param->type->tag != TYPE_NAMED) return (ExprList){0};
    if (may_hold_reals(param->type)) vec_push(arena, &list, name_expr(arena, span, param->name));
  }
  return list;
}

/* The name that an export has in C. */
static Name name_of_export(const Export *export_) {
  if (export_->name || !export_->value) return export_->name;
  return export_->value->tag == EXPR_NAME ? export_->value->name : NULL;
}

static bool is_taken(const File *file, Name name) {
  for (size_t i = 0; i < file->decls.len; i++) {
    const Decl *decl = file->decls.at[i];
    if (decl->tag == DECL_EXPORT && name_of_export(&decl->export_) == name) return true;
  }
  return false;
}

/* "f_vjp", or "f_vjp_all" where the program itself exports an f_vjp, which may be by some parameters only. */
static Name name_of_vjp(Names *names, const File *file, Name exported) {
  Name name = intern_format(names, "%s_vjp", exported);
  while (is_taken(file, name)) name = intern_format(names, "%s_all", name);
  return name;
}

/* vjp(f, (x, y)) */
static void add_vjp(Arena *arena, Names *names, File *file, const Function *function, Span span,
                    Name exported) {
  ExprList params = real_params(arena, function, span);
  if (params.len == 0) return;
  Expr *by = params.at[0];
  if (params.len > 1) {
    by = ARENA_NEW(arena, Expr);
    by->tag = EXPR_TUPLE;
    by->span = span;
    by->items = params;
  }
  Expr *call = ARENA_NEW(arena, Expr);
  call->tag = EXPR_CALL;
  call->span = span;
  call->left = name_expr(arena, span, intern(names, "vjp"));
  const Argument f = {.span = span, .value = name_expr(arena, span, function->name)};
  const Argument x = {.span = span, .value = by};
  vec_push(arena, &call->args, f);
  vec_push(arena, &call->args, x);
  add_export(arena, file, span, name_of_vjp(names, file, exported), call);
}

static bool is_one_of(const char *name, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(name, names[i]) == 0) return true;
  return false;
}

/* The f of a derivative such as grad(f, x), or NULL; *is_gradient: its reals out are f's gradient. */
static Name differentiated(const Expr *value, bool *is_gradient) {
  static const char *const gradients[] = {"grad", "value_and_grad"};
  static const char *const others[] = {"vjp", "jvp", "hvp"};
  *is_gradient = false;
  if (value->tag != EXPR_CALL || value->left->tag != EXPR_NAME || value->args.len == 0) return NULL;
  const char *callee = value->left->name;
  *is_gradient = is_one_of(callee, gradients, 2);
  if (!*is_gradient && !is_one_of(callee, others, 3)) return NULL;
  const Expr *f = value->args.at[0].value;
  return f->tag == EXPR_NAME ? f->name : NULL;
}

static bool is_exported(const File *file, Name function) {
  for (size_t i = 0; i < file->decls.len; i++) {
    const Decl *decl = file->decls.at[i];
    if (decl->tag != DECL_EXPORT) continue;
    if (decl->export_.value->tag == EXPR_NAME && decl->export_.value->name == function &&
        (!decl->export_.name || decl->export_.name == function))
      return true;
  }
  return false;
}

void check_add_exports(Arena *arena, Names *names, File *file, bool second_order,
                       RelationList *relations) {
  const size_t written = file->decls.len;
  for (size_t i = 0; i < written; i++) {
    const Decl *decl = file->decls.at[i];
    if (decl->tag != DECL_EXPORT || !decl->export_.value) continue;
    const Expr *value = decl->export_.value;
    bool is_gradient = false;
    const Name f = value->tag == EXPR_NAME ? value->name : differentiated(value, &is_gradient);
    const Function *function = f ? find_function(file, f) : NULL;
    if (!function) continue;
    const bool is_itself = value->tag == EXPR_NAME, is_missing = !is_itself && !is_exported(file, f);
    const Name exported = is_itself && decl->export_.name ? decl->export_.name : f;
    if (is_missing) add_export(arena, file, decl->span, f, name_expr(arena, decl->span, f));
    if (second_order && (is_itself || (is_missing && !is_gradient)))
      add_vjp(arena, names, file, function, decl->span, exported);
    if (!is_gradient) continue;
    const Relation relation = {decl->export_.name ? decl->export_.name : f, f};
    vec_push(arena, relations, relation);
  }
}
