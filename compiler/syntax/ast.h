/* ast - the tree that the parser builds: what the user wrote, and nothing else.
 *
 * One constructor per grammar action (ast.c). No types here: meaning begins in elaborate/. Every
 * node has a span. Lists are arena vectors. Tags say which fields they use. */
#ifndef DPC_SYNTAX_AST_H
#define DPC_SYNTAX_AST_H

#include "base/arena.h"
#include "base/text.h"
#include "base/vec.h"
#include "source/span.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct Expr Expr;
typedef struct Stmt Stmt;
typedef struct TypeExpr TypeExpr;
typedef struct Function Function;

typedef Vec(Expr *) ExprList;
typedef Vec(Stmt *) StmtList;

/* ---- types --------------------------------------------------------------------------------- */

typedef enum {
  TYPE_NAMED, /* name, args, dims: real, int, bool, real[N, M], Theta, nn.dense(2, 3), residual[6] */
  TYPE_TUPLE, /* items */
  TYPE_FN     /* items: parameter types; result */
} TypeExprTag;

typedef Vec(TypeExpr *) TypeExprList;

struct TypeExpr {
  TypeExprTag tag;
  int depth;
  Span span;
  Name module; /* nn in nn.dense; NULL */
  Name name;
  ExprList args; /* (2, 3) */
  ExprList dims; /* [N, M] */
  TypeExprList items;
  TypeExpr *result;
};

/* ---- expressions --------------------------------------------------------------------------- */

typedef enum {
  EXPR_REAL,   /* real */
  EXPR_INT,    /* integer */
  EXPR_BOOL,   /* integer: 0 or 1 */
  EXPR_STRING, /* name: the text without quotes, escapes resolved; only in assert and print */
  EXPR_NAME,   /* name */
  EXPR_UNARY,  /* op, left */
  EXPR_BINARY, /* op, left, right */
  EXPR_CALL,   /* left(args) ; with a generator: sum(args[0] for gens if condition) */
  EXPR_INDEX,  /* left[items]; an item may be EXPR_RANGE */
  EXPR_FIELD,  /* left.name */
  EXPR_RANGE,  /* left..right (by step), each may be NULL; `:` is a range with all NULL */
  EXPR_ARRAY,  /* [items] */
  EXPR_TUPLE,  /* (items), two or more */
  EXPR_MAP,    /* [left for gens if condition] */
  EXPR_IF,     /* if condition { left } else { right }; both are expressions, often EXPR_BLOCK */
  EXPR_BLOCK,  /* { stmts; left }: the value is left */
  EXPR_FN,     /* anonymous function: function */
  EXPR_ERROR   /* after a syntax error */
} ExprTag;

typedef enum {
  OPERATOR_ADD, OPERATOR_SUB, OPERATOR_MUL, OPERATOR_DIV, OPERATOR_INT_DIV, OPERATOR_MOD,
  OPERATOR_POW, OPERATOR_MATMUL, OPERATOR_EQ, OPERATOR_NE, OPERATOR_LT, OPERATOR_LE, OPERATOR_GT,
  OPERATOR_GE, OPERATOR_AND, OPERATOR_OR, OPERATOR_NOT, OPERATOR_NEG
} Operator;

/* i in lo..hi (by step). Where the range is not an EXPR_RANGE (for layer in layers) it is a
 * tuple, array or array of models to walk through. */
typedef struct {
  Span span;
  Name name;
  Expr *range;
} Generator;

typedef Vec(Generator) GeneratorList;

/* f(x, act = tanh): name is NULL for x. */
typedef struct {
  Span span;
  Name name;
  Expr *value;
} Argument;

typedef Vec(Argument) ArgumentList;

struct Expr {
  ExprTag tag;
  int depth; /* of the tree below; the parser bounds it */
  Span span;
  Operator op;
  double real;
  int64_t integer;
  Name name;
  Span name_span; /* of the field name in EXPR_FIELD, of the operator in EXPR_BINARY and EXPR_UNARY */
  Expr *left, *right, *step, *condition;
  ArgumentList args;
  ExprList items;
  GeneratorList gens;
  StmtList stmts;
  Function *function;
};

/* ---- statements ---------------------------------------------------------------------------- */

typedef enum {
  STMT_ASSIGN,  /* targets = values (as many, or one value that is a tuple); declared where `x: real = 1` */
  STMT_UPDATE,  /* targets[0] op= values[0]; op is ADD, SUB, MUL, DIV */
  STMT_EXPR,    /* values[0]: a call for its effect (print) or the value of a block's last line */
  STMT_RETURN,  /* values (0, 1 or more: a tuple) */
  STMT_FOR,     /* gens, body, checkpoint */
  STMT_WHILE,   /* condition, bound (after `max`), body */
  STMT_IF,      /* condition, body, other (else if nests here) */
  STMT_ASSERT,  /* condition, text */
  STMT_CONST,   /* name = values[0] inside a function: known at compile time */
  STMT_FN,      /* function: a named local function (a closure) */
  STMT_ERROR
} StmtTag;

/* for … checkpoint(binomial, snapshots = S, bytes = B) */
typedef struct {
  bool given;
  Span span;
  Name schedule;
  ArgumentList args;
} CheckpointClause;

struct Stmt {
  StmtTag tag;
  int depth;
  Span span;
  Operator op;
  Name name;
  TypeExpr *declared;
  ExprList targets, values;
  Expr *condition, *bound;
  const char *text;
  GeneratorList gens;
  CheckpointClause checkpoint;
  StmtList body, other;
  Function *function;
};

/* ---- declarations -------------------------------------------------------------------------- */

typedef struct {
  Span span;
  Name name;
  TypeExpr *type; /* NULL: any */
  Expr *value;    /* default, or NULL */
  bool variadic;  /* sizes: int... */
} Parameter;

typedef Vec(Parameter) ParameterList;

struct Function {
  Span span, name_span;
  int depth;
  Name name; /* NULL: anonymous, or a model's call */
  const char *doc; /* comment lines directly above, or NULL */
  ParameterList params;
  TypeExpr *result;      /* -> type; NULL with named results or none */
  ParameterList results; /* -> (xs: real[T], ys: real[T]) */
  bool has_body;         /* false for extern */
  StmtList body;         /* block */
  Expr *value;           /* = expression; NULL for a block */
  /* adjoint (y_bar) { ... } */
  bool has_adjoint;
  Span adjoint_span;
  ParameterList adjoint_params;
  StmtList adjoint_body;
  /* extern fn f(..) -> .. adjoint f_b tangent f_d */
  Name extern_adjoint, extern_tangent;
};

typedef enum {
  MEMBER_PARAM, /* name: type ~ init, or name: type = init, or name: type */
  MEMBER_MODEL, /* name = nn.mlp(..): init is the call; name = dense(..) for i in 0..n with gens */
  MEMBER_FN     /* function; without name: what theta(x) computes */
} MemberTag;

typedef struct {
  MemberTag tag;
  Span span;
  Name name;
  TypeExpr *type;
  bool drawn; /* ~ rather than = */
  Expr *init; /* may be NULL */
  GeneratorList gens;
  Function *function;
} Member;

typedef Vec(Member) MemberList;

typedef struct {
  Span span;
  Expr *value; /* what is exported: a name or an expression such as value_and_grad(loss, theta) */
  Name name;   /* export name = value; NULL: the value must be a name */
  bool tangent, adjoint; /* with tangent, adjoint */
} Export;

typedef enum {
  DECL_USE,    /* name (dotted path allowed: module), alias */
  DECL_CONST,  /* name, type (or NULL), value */
  DECL_FN,     /* function */
  DECL_EXTERN, /* function without body */
  DECL_MODEL,  /* name, params, members */
  DECL_RECORD, /* name, members (MEMBER_PARAM; init is the default) */
  DECL_EXPORT  /* export_ */
} DeclTag;

typedef struct {
  DeclTag tag;
  Span span, name_span;
  Name name;
  Name alias; /* use ode as o; NULL: the last part of the name */
  const char *doc;
  TypeExpr *type;
  Expr *value;
  Function *function;
  ParameterList params;
  MemberList members;
  Export export_;
} Decl;

typedef Vec(Decl *) DeclList;

/* One source file. */
typedef struct {
  uint32_t file;
  DeclList decls;
} File;

#endif
