/* Functions, models, records and the other declarations. */
#include "syntax/ast_build.h"

/* ---- functions ----------------------------------------------------------------------------- */

Function *result_type(Parser *parser, TypeExpr *type) {
  Function *function = ARENA_NEW(parser->arena, Function);
  function->result = type;
  function->depth = type->depth;
  return function;
}

Function *result_names(Parser *parser, ParameterList *names) {
  Function *function = ARENA_NEW(parser->arena, Function);
  function->results = *names;
  function->depth = depth_of_params(names);
  return function;
}

Function *function_head(Parser *parser, const Token *word, const Token *name,
                        ParameterList *params, Function *result) {
  Function *function = result ? result : ARENA_NEW(parser->arena, Function);
  if (params) {
    function->params = *params;
    function->depth = deeper(function->depth, depth_of_params(params));
  }
  if (word) {
    function->doc = word->doc;
    function->span = function->name_span = word->span;
  }
  if (name) {
    function->name = name->name;
    function->name_span = name->span;
    function->span.end = name->span.end;
  }
  return function;
}

Function *function_value(Parser *parser, Span span, Function *head, Expr *value) {
  (void)parser;
  head->span = span;
  head->has_body = true;
  head->value = value;
  head->depth = deeper(head->depth, depth_of(value));
  return head;
}

Function *function_block(Parser *parser, Span span, Function *head, StmtList *body) {
  (void)parser;
  head->span = span;
  head->has_body = true;
  if (body) head->body = *body;
  head->depth = deeper(head->depth, depth_of_stmts(body));
  return head;
}

Function *function_adjoint(Parser *parser, Span span, Function *function, Span word,
                           ParameterList *params, StmtList *body) {
  if (function->has_adjoint) {
    diag_report(parser->diag, DIAG_TWICE, word, "adjoint");
    diag_label(parser->diag, function->adjoint_span, "first here");
  }
  function->span = span;
  function->has_adjoint = true;
  function->adjoint_span = word;
  if (params) function->adjoint_params = *params;
  if (body) function->adjoint_body = *body;
  function->depth = deeper(function->depth, deeper(depth_of_params(params), depth_of_stmts(body)));
  return function;
}

Function *function_rule(Parser *parser, Function *function, const Token *word, const Token *name,
                        bool adjoint) {
  Name *rule = adjoint ? &function->extern_adjoint : &function->extern_tangent;
  if (*rule) diag_report(parser->diag, DIAG_TWICE, word->span, word->name);
  *rule = name->name;
  return function;
}

/* ---- members ------------------------------------------------------------------------------- */

static Member *member_new(Parser *parser, MemberTag tag, Span span, Name name) {
  Member *member = ARENA_NEW(parser->arena, Member);
  member->tag = tag;
  member->span = span;
  member->name = name;
  return member;
}

Member *member_param(Parser *parser, Span span, const Token *name, TypeExpr *type, bool drawn,
                     Expr *init) {
  Member *member = member_new(parser, MEMBER_PARAM, span, name->name);
  member->type = type;
  member->drawn = drawn;
  member->init = init;
  return member;
}

Member *member_model(Parser *parser, Span span, const Token *name, Expr *init,
                     GeneratorList *gens) {
  Member *member = member_new(parser, MEMBER_MODEL, span, name->name);
  member->init = init;
  if (gens) member->gens = *gens;
  return member;
}

Member *member_fn(Parser *parser, Span span, Function *function) {
  Member *member = member_new(parser, MEMBER_FN, span, function->name);
  member->function = function;
  return member;
}

/* ---- declarations -------------------------------------------------------------------------- */

const Token *path_join(Parser *parser, const Token *path, const Token *name) {
  Token *joined = ARENA_NEW(parser->arena, Token);
  *joined = *path;
  joined->name = intern_format(parser->names, "%s.%s", path->name, name->name);
  joined->span.end = name->span.end;
  return joined;
}

static Decl *add_decl(Parser *parser, DeclTag tag, Span span, const char *doc, const Token *name) {
  Decl *decl = ARENA_NEW(parser->arena, Decl);
  decl->tag = tag;
  decl->span = span;
  decl->doc = doc;
  decl->name = name ? name->name : NULL;
  decl->name_span = name ? name->span : span;
  vec_push(parser->arena, &parser->file->decls, decl);
  parser->outside = false;
  return decl;
}

void decl_use(Parser *parser, Span span, const Token *word, const Token *path,
              const Token *alias) {
  Decl *decl = add_decl(parser, DECL_USE, span, word->doc, path);
  decl->alias = alias ? alias->name : NULL;
}

void decl_const(Parser *parser, Span span, const Token *word, const Token *name, TypeExpr *type,
                Expr *value) {
  Decl *decl = add_decl(parser, DECL_CONST, span, word->doc, name);
  decl->type = type;
  decl->value = value;
}

static void add_function(Parser *parser, DeclTag tag, Span span, Function *function) {
  Decl *decl = add_decl(parser, tag, span, function->doc, NULL);
  decl->name = function->name;
  decl->name_span = function->name_span;
  decl->function = function;
}

void decl_fn(Parser *parser, Span span, Function *function) {
  add_function(parser, DECL_FN, span, function);
}

void decl_extern(Parser *parser, Span span, const Token *word, Function *function) {
  function->doc = word->doc;
  function->span = span;
  add_function(parser, DECL_EXTERN, span, function);
  if (function->result || function->results.len) return;
  diag_report(parser->diag, DIAG_NO_RESULT, function->name_span);
  diag_help(parser->diag, "write -> and its type after the parameters");
}

void decl_model(Parser *parser, Span span, const Token *word, const Token *name,
                ParameterList *params, MemberList *members) {
  Decl *decl = add_decl(parser, DECL_MODEL, span, word->doc, name);
  if (params) decl->params = *params;
  if (members) decl->members = *members;
}

void decl_record(Parser *parser, Span span, const Token *word, const Token *name,
                 MemberList *members) {
  Decl *decl = add_decl(parser, DECL_RECORD, span, word->doc, name);
  if (members) decl->members = *members;
}

static void report_export(Parser *parser, Span span) {
  diag_report(parser->diag, DIAG_EXPORT_NAME, span);
  diag_help(parser->diag, "write export NAME = and the expression");
}

void decl_export(Parser *parser, Span span, const Token *word, Expr *name, Expr *value,
                 Export modes) {
  const Expr *named = name ? name : value;
  if (named->tag != EXPR_NAME) {
    if (named->tag != EXPR_ERROR) report_export(parser, named->span);
    return;
  }
  Decl *decl = add_decl(parser, DECL_EXPORT, span, word->doc, NULL);
  decl->name = named->name;
  decl->name_span = named->span;
  decl->export_ = modes;
  decl->export_.span = span;
  decl->export_.value = value;
  decl->export_.name = name ? name->name : NULL;
}
