#include "syntax/ast_print.h"

#include "syntax/ast_print_expr.h"

#include <string.h>

/* ---- statements ---------------------------------------------------------------------------- */

static void print_stmt(Printer *printer, const Stmt *stmt);

static void print_doc(Printer *printer, const char *doc) {
  while (doc) {
    const char *end = strchr(doc, '\n');
    const int length = end ? (int)(end - doc) : (int)strlen(doc);
    fprintf(printer->stream, length ? "# %.*s" : "#", length, doc);
    print_line(printer);
    doc = end ? end + 1 : NULL;
  }
}

void print_block(Printer *printer, const StmtList *stmts, const Expr *value) {
  fputc('{', printer->stream);
  printer->indent++;
  for (size_t i = 0; i < stmts->len; i++) {
    print_line(printer);
    print_stmt(printer, stmts->at[i]);
  }
  if (value) {
    print_line(printer);
    print_expr(printer, value, value->tag == EXPR_FN ? PLACE_EXPR : PLACE_OR);
  }
  printer->indent--;
  if (stmts->len || value) print_line(printer);
  fputc('}', printer->stream);
}

static void print_checkpoint(Printer *printer, const CheckpointClause *clause) {
  if (!clause->given) return;
  fprintf(printer->stream, " checkpoint(%s", clause->schedule);
  if (clause->args.len) fputs(", ", printer->stream);
  print_args(printer, &clause->args);
  fputc(')', printer->stream);
}

static void print_for(Printer *printer, const Stmt *stmt) {
  fputs("for ", printer->stream);
  print_gens(printer, &stmt->gens);
  print_checkpoint(printer, &stmt->checkpoint);
  fputc(' ', printer->stream);
  print_block(printer, &stmt->body, NULL);
}

static void print_while(Printer *printer, const Stmt *stmt) {
  fputs("while ", printer->stream);
  print_expr(printer, stmt->condition, PLACE_EXPR);
  fputs(" max ", printer->stream);
  print_expr(printer, stmt->bound, PLACE_EXPR);
  print_checkpoint(printer, &stmt->checkpoint);
  fputc(' ', printer->stream);
  print_block(printer, &stmt->body, NULL);
}

static void print_if_stmt(Printer *printer, const Stmt *stmt) {
  fputs("if ", printer->stream);
  print_expr(printer, stmt->condition, PLACE_EXPR);
  fputc(' ', printer->stream);
  print_block(printer, &stmt->body, NULL);
  if (stmt->other.len == 0) return;
  fputs(" else ", printer->stream);
  if (stmt->other.len == 1 && stmt->other.at[0]->tag == STMT_IF)
    print_if_stmt(printer, stmt->other.at[0]);
  else
    print_block(printer, &stmt->other, NULL);
}

static void print_assign(Printer *printer, const Stmt *stmt) {
  print_exprs(printer, &stmt->targets, PLACE_POSTFIX);
  if (stmt->declared) {
    fputs(": ", printer->stream);
    print_type(printer, stmt->declared);
  }
  if (stmt->tag == STMT_UPDATE) fprintf(printer->stream, " %s= ", operator_text(stmt->op));
  else fputs(" = ", printer->stream);
  print_exprs(printer, &stmt->values, PLACE_EXPR);
}

static void print_assert(Printer *printer, const Stmt *stmt) {
  fputs("assert ", printer->stream);
  print_expr(printer, stmt->condition, PLACE_EXPR);
  if (!stmt->text) return;
  fputs(", ", printer->stream);
  print_string(printer, stmt->text);
}

static void print_stmt(Printer *printer, const Stmt *stmt) {
  switch (stmt->tag) {
  case STMT_ASSIGN: case STMT_UPDATE: print_assign(printer, stmt); break;
  case STMT_EXPR:
    print_expr(printer, stmt->values.at[0],
               stmt->values.at[0]->tag == EXPR_FN ? PLACE_EXPR : PLACE_OR);
    break;
  case STMT_RETURN:
    fputs(stmt->values.len ? "return " : "return", printer->stream);
    print_exprs(printer, &stmt->values, PLACE_EXPR);
    break;
  case STMT_FOR: print_for(printer, stmt); break;
  case STMT_WHILE: print_while(printer, stmt); break;
  case STMT_IF: print_if_stmt(printer, stmt); break;
  case STMT_ASSERT: print_assert(printer, stmt); break;
  case STMT_CONST:
    fprintf(printer->stream, "const %s = ", stmt->name);
    print_exprs(printer, &stmt->values, PLACE_EXPR);
    break;
  case STMT_FN:
    print_doc(printer, stmt->function->doc);
    print_function(printer, stmt->function);
    break;
  case STMT_ERROR: fputs("# error", printer->stream); break;
  }
}

/* ---- functions ----------------------------------------------------------------------------- */

static void print_params(Printer *printer, const ParameterList *list) {
  fputc('(', printer->stream);
  for (size_t i = 0; i < list->len; i++) {
    const Parameter *param = &list->at[i];
    fprintf(printer->stream, "%s%s", i > 0 ? ", " : "", param->name);
    if (param->type) {
      fputs(": ", printer->stream);
      print_type(printer, param->type);
    }
    if (param->variadic) fputs("...", printer->stream);
    if (!param->value) continue;
    fputs(" = ", printer->stream);
    print_expr(printer, param->value, PLACE_EXPR);
  }
  fputc(')', printer->stream);
}

static void print_signature(Printer *printer, const Function *function) {
  print_params(printer, &function->params);
  if (!function->result && function->results.len == 0) return;
  fputs(" -> ", printer->stream);
  if (function->result) print_type(printer, function->result);
  else print_params(printer, &function->results);
}

static void print_rules(Printer *printer, const Function *function) {
  if (function->extern_adjoint) fprintf(printer->stream, " adjoint %s", function->extern_adjoint);
  if (function->extern_tangent) fprintf(printer->stream, " tangent %s", function->extern_tangent);
  if (!function->has_adjoint) return;
  print_line(printer);
  fputs("adjoint ", printer->stream);
  print_params(printer, &function->adjoint_params);
  fputc(' ', printer->stream);
  print_block(printer, &function->adjoint_body, NULL);
}

void print_function(Printer *printer, const Function *function) {
  fprintf(printer->stream, function->name ? "fn %s" : "fn", function->name);
  print_signature(printer, function);
  if (function->value) {
    fputs(" = ", printer->stream);
    print_expr(printer, function->value, PLACE_EXPR);
  } else if (function->has_body) {
    fputc(' ', printer->stream);
    print_block(printer, &function->body, NULL);
  }
  print_rules(printer, function);
}

/* ---- declarations -------------------------------------------------------------------------- */

static void print_member(Printer *printer, const Member *member) {
  if (member->tag == MEMBER_FN) {
    print_doc(printer, member->function->doc);
    print_function(printer, member->function);
    return;
  }
  fputs(member->name, printer->stream);
  if (member->type) {
    fputs(": ", printer->stream);
    print_type(printer, member->type);
  }
  if (!member->init) return;
  fputs(member->drawn ? " ~ " : " = ", printer->stream);
  print_expr(printer, member->init, PLACE_EXPR);
  if (member->gens.len == 0) return;
  fputs(" for ", printer->stream);
  print_gens(printer, &member->gens);
}

static void print_members(Printer *printer, const MemberList *members) {
  fputs(" {", printer->stream);
  printer->indent++;
  for (size_t i = 0; i < members->len; i++) {
    print_line(printer);
    print_member(printer, &members->at[i]);
  }
  printer->indent--;
  print_line(printer);
  fputc('}', printer->stream);
}

static void print_const(Printer *printer, const Decl *decl) {
  fprintf(printer->stream, "const %s", decl->name);
  if (decl->type) {
    fputs(": ", printer->stream);
    print_type(printer, decl->type);
  }
  fputs(" = ", printer->stream);
  print_expr(printer, decl->value, PLACE_EXPR);
}

static void print_export(Printer *printer, const Export *export_) {
  fputs("export ", printer->stream);
  if (export_->name) fprintf(printer->stream, "%s = ", export_->name);
  print_expr(printer, export_->value, PLACE_EXPR);
  if (export_->adjoint || export_->tangent) fputs(" with ", printer->stream);
  if (export_->adjoint) fputs(export_->tangent ? "adjoint, " : "adjoint", printer->stream);
  if (export_->tangent) fputs("tangent", printer->stream);
}

static void print_decl(Printer *printer, const Decl *decl) {
  print_doc(printer, decl->doc);
  switch (decl->tag) {
  case DECL_USE:
    fprintf(printer->stream, "use %s", decl->name);
    if (decl->alias) fprintf(printer->stream, " as %s", decl->alias);
    break;
  case DECL_CONST: print_const(printer, decl); break;
  case DECL_EXTERN: fputs("extern ", printer->stream); /* fall through */
  case DECL_FN: print_function(printer, decl->function); break;
  case DECL_MODEL:
    fprintf(printer->stream, "model %s", decl->name);
    if (decl->params.len) print_params(printer, &decl->params);
    print_members(printer, &decl->members);
    break;
  case DECL_RECORD:
    fprintf(printer->stream, "record %s", decl->name);
    print_members(printer, &decl->members);
    break;
  case DECL_EXPORT: print_export(printer, &decl->export_); break;
  }
}

/* Declarations of several lines stand apart; uses, constants and exports may follow each other. */
static bool is_short(const Decl *decl) {
  return (decl->tag == DECL_USE || decl->tag == DECL_CONST || decl->tag == DECL_EXPORT) &&
         !decl->doc;
}

void ast_print(FILE *stream, const File *file) {
  Printer printer = {.stream = stream};
  for (size_t i = 0; i < file->decls.len; i++) {
    const Decl *decl = file->decls.at[i];
    if (i > 0 && !(is_short(decl) && is_short(file->decls.at[i - 1]) &&
                   decl->tag == file->decls.at[i - 1]->tag))
      fputc('\n', stream);
    print_decl(&printer, decl);
    fputc('\n', stream);
  }
}
