/* dp.y - the grammar of .dp. Each action is one constructor of compiler/syntax/ast_build.h. */
%require "3.7"
%define api.pure full
%define api.prefix {dp_}
%define api.token.prefix {TOK_}
%define api.location.type {Span}
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%param {Parser *parser}

%code requires {
#include "syntax/ast_build.h"
}

%code {
#include "syntax/report.h"

static int dp_lex(DP_STYPE *value, Span *span, Parser *parser) {
  const Token token = layout_next(&parser->layout);
  value->token = &parser->layout.tokens.at[parser->layout.current_index];
  *span = token.span;
  return token.kind;
}

/* Only for a stack that is full. */
static void dp_error(const Span *span, Parser *parser, const char *message) {
  (void)message;
  report_too_deep(parser, *span);
}

#define YYMAXDEPTH 20000
#define YYLLOC_DEFAULT(current, rhs, count)                                         \
  ((current) = (count) ? (Span){YYRHSLOC(rhs, 1).file, YYRHSLOC(rhs, 1).start,      \
                                YYRHSLOC(rhs, count).end}                           \
                       : (Span){YYRHSLOC(rhs, 0).file, YYRHSLOC(rhs, 0).end, YYRHSLOC(rhs, 0).end})
}

%union {
  const Token *token;
  Expr *expr;
  ExprList *exprs;
  Stmt *stmt;
  StmtList *stmts;
  TypeExpr *type;
  TypeExprList *types;
  Argument argument;
  ArgumentList *arguments;
  Generator generator;
  GeneratorList *generators;
  Parameter parameter;
  ParameterList *parameters;
  Function *function;
  Member *member;
  MemberList *members;
  CheckpointClause checkpoint;
  Export modes;
  Operator operation;
}

%token END 0 "end of file" NEWLINE "end of line"
%token <token> NAME "a name" INTEGER "a number" REAL "a real number" STRING "a string"
%token <token> USE "'use'" CONST "'const'" FN "'fn'" EXTERN "'extern'" MODEL "'model'"
%token <token> RECORD "'record'" EXPORT "'export'" ADJOINT "'adjoint'" TANGENT "'tangent'"
%token <token> TRUE "'true'" FALSE "'false'"
%token AS "'as'" WITH "'with'" FOR "'for'" IN "'in'" BY "'by'" IF "'if'" ELSE "'else'"
%token WHILE "'while'" MAX "'max'" CHECKPOINT "'checkpoint'" RETURN "'return'" ASSERT "'assert'"
%token LPAREN "'('" RPAREN "')'" LBRACKET "'['" RBRACKET "']'" LBRACE "'{'" RBRACE "'}'"
%token COMMA "','" DOT "'.'" COLON "':'" TILDE "'~'" ARROW "'->'" DOTS "'..'" ELLIPSIS "'...'"
%token OR "'or'" AND "'and'" NOT "'not'" EQ "'=='" NE "'!='" LT "'<'" LE "'<='" GT "'>'" GE "'>='"
%token PLUS "'+'" MINUS "'-'" STAR "'*'" SLASH "'/'" INT_DIV "'//'" PERCENT "'%'" AT "'@'" HAT "'^'"
%token SET "'='" ADD_SET "'+='" SUB_SET "'-='" MUL_SET "'*='" DIV_SET "'/='"

%left OR
%left AND
%precedence NOT
%nonassoc EQ NE LT LE GT GE
%left PLUS MINUS
%left STAR SLASH INT_DIV PERCENT AT
%precedence NEGATION
%right HAT

%type <expr> expr operand postfix primary item opt_item if_value value_block index_item bound step
%type <expr> opt_condition iterable
%type <exprs> exprs operands items indices dims opt_args
%type <stmt> stmt if_stmt
%type <stmts> stmts stmt_lines body opt_else
%type <type> type named_type opt_type
%type <types> types
%type <argument> argument
%type <arguments> arguments
%type <generator> generator
%type <generators> generators
%type <parameter> parameter named_result
%type <parameters> params parameters named_results
%type <function> function anonymous method head result opt_result extern_rules
%type <member> member field
%type <members> members member_lines fields field_lines
%type <token> path
%type <checkpoint> opt_checkpoint
%type <modes> opt_modes modes mode
%type <operation> update

%%

file: %empty
  | decls                         { (void)yynerrs; } /* clang asks who reads it */
  ;

decls: decl
  | decls line_end decl ;

/* What follows a whole line is news again, also after an error. */
line_end: NEWLINE                 { yyerrok; } ;

decl: USE path                    { decl_use(parser, @$, $1, $2, NULL); }
  | USE path AS NAME              { decl_use(parser, @$, $1, $2, $4); }
  | CONST NAME opt_type SET expr  { decl_const(parser, @$, $1, $2, $3, $5); }
  | function                      { decl_fn(parser, @$, $1); }
  | EXTERN extern_rules           { decl_extern(parser, @$, $1, $2); }
  | MODEL NAME LBRACE members RBRACE { decl_model(parser, @$, $1, $2, NULL, $4); }
  | MODEL NAME params LBRACE members RBRACE { decl_model(parser, @$, $1, $2, $3, $5); }
  | MODEL error
  | MODEL error LBRACE members RBRACE
  | RECORD NAME LBRACE fields RBRACE { decl_record(parser, @$, $1, $2, $4); }
  | RECORD error
  | RECORD error LBRACE fields RBRACE
  | EXPORT expr opt_modes         { decl_export(parser, @$, $1, NULL, $2, $3); }
  | EXPORT expr SET expr opt_modes { decl_export(parser, @$, $1, $2, $4, $5); }
  | error
  | error body opt_else
  ;

path: NAME
  | path DOT NAME                 { $$ = path_join(parser, $1, $3); }
  ;

opt_modes: %empty                 { $$ = (Export){0}; }
  | WITH modes                    { $$ = $2; }
  ;

modes: mode
  | modes COMMA mode              { $$ = (Export){.tangent = $1.tangent || $3.tangent,
                                                  .adjoint = $1.adjoint || $3.adjoint}; }
  ;

mode: ADJOINT                     { $$ = (Export){.adjoint = true}; }
  | TANGENT                       { $$ = (Export){.tangent = true}; }
  ;

/* ---- functions ----------------------------------------------------------------------------- */

function: FN NAME head SET expr
      { $$ = function_value(parser, @$, function_head(parser, $1, $2, NULL, $3), $5); }
  | FN NAME head body
      { $$ = function_block(parser, @$, function_head(parser, $1, $2, NULL, $3), $4); }
  | function ADJOINT params body  { $$ = function_adjoint(parser, @$, $1, @2, $3, $4); }
  ;

anonymous: FN head SET expr
      { $$ = function_value(parser, @$, function_head(parser, $1, NULL, NULL, $2), $4); }
  | FN head body
      { $$ = function_block(parser, @$, function_head(parser, $1, NULL, NULL, $2), $3); }
  ;

method: FN NAME head SET expr
      { $$ = function_value(parser, @$, function_head(parser, $1, $2, NULL, $3), $5); }
  | FN NAME head body
      { $$ = function_block(parser, @$, function_head(parser, $1, $2, NULL, $3), $4); }
  | anonymous
  ;

extern_rules: FN NAME head        { $$ = function_head(parser, $1, $2, NULL, $3); }
  | extern_rules ADJOINT NAME     { $$ = function_rule(parser, $1, $2, $3, true); }
  | extern_rules TANGENT NAME     { $$ = function_rule(parser, $1, $2, $3, false); }
  ;

head: params opt_result           { $$ = function_head(parser, NULL, NULL, $1, $2); } ;

opt_result: %empty                { $$ = NULL; }
  | ARROW result                  { $$ = $2; }
  ;

result: type                      { $$ = result_type(parser, $1); }
  | LPAREN named_results opt_comma RPAREN { $$ = result_names(parser, $2); }
  | named_result                  { $$ = result_names(parser, parameters_add(parser, NULL, $1)); }
  ;

named_results: named_result       { $$ = parameters_add(parser, NULL, $1); }
  | named_results COMMA named_result { $$ = parameters_add(parser, $1, $3); }
  ;

named_result: NAME COLON type     { $$ = (Parameter){.span = @$, .name = $1->name, .type = $3}; } ;

params: LPAREN RPAREN             { $$ = NULL; }
  | LPAREN parameters opt_comma RPAREN { $$ = $2; }
  ;

parameters: parameter             { $$ = parameters_add(parser, NULL, $1); }
  | parameters COMMA parameter    { $$ = parameters_add(parser, $1, $3); }
  ;

parameter: NAME opt_type          { $$ = (Parameter){.span = @$, .name = $1->name, .type = $2}; }
  | NAME opt_type SET expr
      { $$ = (Parameter){.span = @$, .name = $1->name, .type = $2, .value = $4}; }
  | NAME COLON type ELLIPSIS
      { $$ = (Parameter){.span = @$, .name = $1->name, .type = $3, .variadic = true}; }
  ;

/* ---- types --------------------------------------------------------------------------------- */

opt_type: %empty                  { $$ = NULL; }
  | COLON type                    { $$ = $2; }
  ;

type: named_type
  | LPAREN types opt_comma RPAREN { $$ = type_tuple(parser, @$, $2); }
  | FN LPAREN RPAREN ARROW type   { $$ = type_fn(parser, @$, NULL, $5); }
  | FN LPAREN types opt_comma RPAREN ARROW type { $$ = type_fn(parser, @$, $3, $7); }
  ;

types: type                       { $$ = types_add(parser, NULL, $1); }
  | types COMMA type              { $$ = types_add(parser, $1, $3); }
  ;

named_type: NAME opt_args dims    { $$ = type_named(parser, @$, NULL, $1, $2, $3); }
  | NAME DOT NAME opt_args dims   { $$ = type_named(parser, @$, $1, $3, $4, $5); }
  ;

opt_args: %empty                  { $$ = NULL; }
  | LPAREN RPAREN                 { $$ = NULL; }
  | LPAREN exprs opt_comma RPAREN { $$ = $2; }
  ;

dims: %empty                      { $$ = NULL; }
  | LBRACKET indices opt_comma RBRACKET { $$ = $2; }
  ;

/* ---- models and records -------------------------------------------------------------------- */

members: %empty                   { $$ = NULL; }
  | member_lines ;

member_lines: member              { $$ = members_add(parser, NULL, $1); }
  | member_lines line_end member   { $$ = members_add(parser, $1, $3); }
  ;

member: NAME COLON type           { $$ = member_param(parser, @$, $1, $3, false, NULL); }
  | NAME COLON type TILDE expr    { $$ = member_param(parser, @$, $1, $3, true, $5); }
  | NAME COLON type SET expr      { $$ = member_param(parser, @$, $1, $3, false, $5); }
  | NAME SET expr                 { $$ = member_model(parser, @$, $1, $3, NULL); }
  | NAME SET expr FOR generators  { $$ = member_model(parser, @$, $1, $3, $5); }
  | method                        { $$ = member_fn(parser, @$, $1); }
  | error                         { $$ = NULL; }
  | error body opt_else           { $$ = NULL; }
  ;

fields: %empty                    { $$ = NULL; }
  | field_lines opt_comma ;

field_lines: field                { $$ = members_add(parser, NULL, $1); }
  | field_lines line_end field     { $$ = members_add(parser, $1, $3); }
  | field_lines COMMA field       { $$ = members_add(parser, $1, $3); }
  ;

field: NAME COLON type            { $$ = member_param(parser, @$, $1, $3, false, NULL); }
  | NAME COLON type SET expr      { $$ = member_param(parser, @$, $1, $3, false, $5); }
  | error                         { $$ = NULL; }
  ;

/* ---- statements ---------------------------------------------------------------------------- */

body: LBRACE stmts RBRACE         { $$ = $2; } ;

stmts: %empty                     { $$ = NULL; }
  | stmt_lines ;

stmt_lines: stmt                  { $$ = stmts_add(parser, NULL, $1); }
  | stmt_lines line_end stmt       { $$ = stmts_add(parser, $1, $3); }
  ;

stmt: operands                    { $$ = stmt_expr(parser, @$, $1); }
  | anonymous
      { $$ = stmt_expr(parser, @$, exprs_add(parser, NULL, ast_fn(parser, @$, $1))); }
  | operands SET exprs            { $$ = stmt_assign(parser, @$, $1, $3); }
  | operand COLON type SET expr   { $$ = stmt_declare(parser, @$, $1, $3, $5); }
  | operand COLON type            { $$ = stmt_declare(parser, @$, $1, $3, NULL); }
  | operands update expr          { $$ = stmt_update(parser, @$, $1, $2, @2, $3); }
  | RETURN                        { $$ = stmt_return(parser, @$, NULL); }
  | RETURN exprs                  { $$ = stmt_return(parser, @$, $2); }
  | FOR generators opt_checkpoint body { $$ = stmt_for(parser, @$, $2, $3, $4); }
  | WHILE expr MAX expr opt_checkpoint body
                                  { $$ = stmt_while(parser, @$, $2, $4, $5, $6); }
  | if_stmt
  | ASSERT expr                   { $$ = stmt_assert(parser, @$, $2, NULL); }
  | ASSERT expr COMMA STRING      { $$ = stmt_assert(parser, @$, $2, $4); }
  | CONST NAME SET expr           { $$ = stmt_const(parser, @$, $2, $4); }
  | function                      { $$ = stmt_fn(parser, @$, $1); }
  | error                         { $$ = stmt_error(parser, @$); }
  | error body opt_else           { $$ = stmt_error(parser, @$); }
  ;

update: ADD_SET                   { $$ = OPERATOR_ADD; }
  | SUB_SET                       { $$ = OPERATOR_SUB; }
  | MUL_SET                       { $$ = OPERATOR_MUL; }
  | DIV_SET                       { $$ = OPERATOR_DIV; }
  ;

if_stmt: IF expr body opt_else    { $$ = stmt_if(parser, @$, $2, $3, $4); } ;

opt_else: %empty                  { $$ = NULL; }
  | ELSE body                     { $$ = $2; }
  | ELSE if_stmt                  { $$ = stmts_add(parser, NULL, $2); }
  ;

opt_checkpoint: %empty            { $$ = (CheckpointClause){0}; }
  | CHECKPOINT LPAREN NAME RPAREN { $$ = checkpoint_clause(@$, $3, NULL); }
  | CHECKPOINT LPAREN NAME COMMA arguments opt_comma RPAREN
                                  { $$ = checkpoint_clause(@$, $3, $5); }
  ;

generators: generator             { $$ = generators_add(parser, NULL, $1); }
  | generators COMMA generator    { $$ = generators_add(parser, $1, $3); }
  ;

generator: NAME IN iterable       { $$ = (Generator){@$, $1->name, $3}; } ;

iterable: expr
  | expr DOTS expr step           { $$ = ast_range(parser, @$, $1, $3, $4); }
  ;

step: %empty                      { $$ = NULL; }
  | BY expr                       { $$ = $2; }
  ;

/* ---- expressions --------------------------------------------------------------------------- */

exprs: expr                       { $$ = exprs_add(parser, NULL, $1); }
  | exprs COMMA expr              { $$ = exprs_add(parser, $1, $3); }
  ;

operands: operand                 { $$ = exprs_add(parser, NULL, $1); }
  | operands COMMA operand        { $$ = exprs_add(parser, $1, $3); }
  ;

expr: operand
  | if_value
  | anonymous                     { $$ = ast_fn(parser, @$, $1); }
  ;

if_value: IF expr value_block ELSE value_block { $$ = ast_if(parser, @$, $2, $3, $5); }
  | IF expr value_block ELSE if_value { $$ = ast_if(parser, @$, $2, $3, $5); }
  | IF expr value_block           { $$ = ast_if_alone(parser, @1); }
  ;

value_block: LBRACE stmts RBRACE  { $$ = ast_block(parser, @$, $2); } ;

operand: postfix
  | operand OR operand      { $$ = ast_binary(parser, @$, OPERATOR_OR, @2, $1, $3); }
  | operand AND operand     { $$ = ast_binary(parser, @$, OPERATOR_AND, @2, $1, $3); }
  | NOT operand             { $$ = ast_unary(parser, @$, OPERATOR_NOT, @1, $2); }
  | operand EQ operand      { $$ = ast_binary(parser, @$, OPERATOR_EQ, @2, $1, $3); }
  | operand NE operand      { $$ = ast_binary(parser, @$, OPERATOR_NE, @2, $1, $3); }
  | operand LT operand      { $$ = ast_binary(parser, @$, OPERATOR_LT, @2, $1, $3); }
  | operand LE operand      { $$ = ast_binary(parser, @$, OPERATOR_LE, @2, $1, $3); }
  | operand GT operand      { $$ = ast_binary(parser, @$, OPERATOR_GT, @2, $1, $3); }
  | operand GE operand      { $$ = ast_binary(parser, @$, OPERATOR_GE, @2, $1, $3); }
  | operand PLUS operand    { $$ = ast_binary(parser, @$, OPERATOR_ADD, @2, $1, $3); }
  | operand MINUS operand   { $$ = ast_binary(parser, @$, OPERATOR_SUB, @2, $1, $3); }
  | operand STAR operand    { $$ = ast_binary(parser, @$, OPERATOR_MUL, @2, $1, $3); }
  | operand SLASH operand   { $$ = ast_binary(parser, @$, OPERATOR_DIV, @2, $1, $3); }
  | operand INT_DIV operand { $$ = ast_binary(parser, @$, OPERATOR_INT_DIV, @2, $1, $3); }
  | operand PERCENT operand { $$ = ast_binary(parser, @$, OPERATOR_MOD, @2, $1, $3); }
  | operand AT operand      { $$ = ast_binary(parser, @$, OPERATOR_MATMUL, @2, $1, $3); }
  | operand HAT operand     { $$ = ast_binary(parser, @$, OPERATOR_POW, @2, $1, $3); }
  | MINUS operand %prec NEGATION { $$ = ast_unary(parser, @$, OPERATOR_NEG, @1, $2); }
  ;

postfix: primary
  | postfix LPAREN RPAREN         { $$ = ast_call(parser, @$, $1, NULL); }
  | postfix LPAREN arguments opt_comma RPAREN { $$ = ast_call(parser, @$, $1, $3); }
  | postfix LPAREN item FOR generators opt_condition RPAREN
                                  { $$ = ast_call_over(parser, @$, $1, $3, $5, $6); }
  | postfix LBRACKET indices opt_comma RBRACKET { $$ = ast_index(parser, @$, $1, $3); }
  | postfix DOT NAME              { $$ = ast_field(parser, @$, $1, $3); }
  ;

arguments: argument               { $$ = arguments_add(parser, NULL, $1); }
  | arguments COMMA argument      { $$ = arguments_add(parser, $1, $3); }
  ;

argument: item                    { $$ = (Argument){@$, NULL, $1}; }
  | NAME SET item                 { $$ = (Argument){@$, $1->name, $3}; }
  | STRING                        { $$ = (Argument){@$, NULL, ast_string(parser, $1)}; }
  ;

opt_condition: %empty             { $$ = NULL; }
  | IF expr                       { $$ = $2; }
  ;

indices: index_item               { $$ = exprs_add(parser, NULL, $1); }
  | indices COMMA index_item      { $$ = exprs_add(parser, $1, $3); }
  ;

index_item: item
  | COLON                         { $$ = ast_range(parser, @$, NULL, NULL, NULL); }
  | bound DOTS opt_item step      { $$ = ast_range(parser, @$, $1, $3, $4); }
  ;

bound: %empty                     { $$ = NULL; }
  | item ;

opt_item: %empty                  { $$ = NULL; }
  | item ;

primary: NAME                     { $$ = ast_name(parser, $1); }
  | INTEGER                       { $$ = ast_int(parser, $1); }
  | REAL                          { $$ = ast_real(parser, $1); }
  | TRUE                          { $$ = ast_bool(parser, $1, true); }
  | FALSE                         { $$ = ast_bool(parser, $1, false); }
  | LPAREN item RPAREN            { $$ = $2; }
  | LPAREN item COMMA items opt_comma RPAREN
      { $$ = ast_tuple(parser, @$, exprs_add_first(parser, $2, $4)); }
  | LBRACKET items opt_comma RBRACKET { $$ = ast_array(parser, @$, $2); }
  | LBRACKET item FOR generators opt_condition RBRACKET
                                  { $$ = ast_map(parser, @$, $2, $4, $5); }
  ;

items: item                       { $$ = exprs_add(parser, NULL, $1); }
  | items COMMA item              { $$ = exprs_add(parser, $1, $3); }
  ;

/* What may stand between brackets: also a block. */
item: expr
  | value_block ;

opt_comma: %empty | COMMA ;

%%

static int yyreport_syntax_error(const yypcontext_t *context, Parser *parser) {
  Expected expected = {0};
  yysymbol_kind_t kinds[EXPECTED_SPACE];
  const int count = yypcontext_expected_tokens(context, kinds, EXPECTED_SPACE);
  for (int i = 0; i < count; i++) {
    expected.names[expected.count++] = yysymbol_name(kinds[i]);
    expected.value = expected.value || kinds[i] == YYSYMBOL_INTEGER;
    expected.operation = expected.operation || kinds[i] == YYSYMBOL_PLUS;
  }
  report_syntax_error(parser, &expected);
  return 0;
}
