/* code - what the files that write a function's C share: the state, lines, expressions. */
#ifndef DPC_BACKEND_CODE_H
#define DPC_BACKEND_CODE_H

#include "backend/c_names.h"
#include "backend/emit.h"
#include "backend/plan.h"

enum { CODE_WIDTH = 100 };

/* What a sweep adds to one element is summed in a variable of its own first. */
typedef struct {
  const Instr *accum;
  Name sum;
} LocalSum;

/* Along one index: low <= index < extent - high. */
typedef struct {
  const Value *index;
  Size *extent;
  int64_t low, high;
  bool decides; /* a test */
} Margin;

/* The part of an index space in which all that holds. */
typedef struct {
  int n; /* 0: no such part is being written */
  Margin margin[MAX_RANK];
  const Region *body;
  bool is_searching; /* for the margins */
  int size;          /* of the body */
  ValueMap needed;   /* values of the body that this part needs: much is only for the ends */
} Interior;

/* The block of a parallel loop that is being written. */
typedef struct {
  Name number;
  Name status, end; /* where it may fail: the variable, and the label where failing leads to */
} Block;

typedef struct {
  Module *m;
  Plan *p;
  const EmitOptions *options;
  Diag *diag;
  Text *out;
  Text *memory;          /* the answer to --explain-memory; NULL: not asked */
  CNames *names;
  int depth;
  Region *region;        /* whose block is being written */
  Vec(size_t) opened;    /* where the braces of code_open stand in out */
  Vec(LocalSum) sums;    /* of the sweep that is being written */
  Interior interior;
  Block block;
  int labels;            /* of ends of blocks in this function, throughout which labels are known */
  Span quoted;           /* the last source line that a comment quoted */
  uint32_t quoted_line;
  bool uses_linalg;      /* a kernel of dp_linalg.h is called */
} Code;

/* ---- lines (code.c) -------------------------------------------------------------------------- */

/* One line, indented, broken at spaces where it is too wide. */
void code_line(Code *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same without indentation or breaks. */
void code_raw(Code *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void code_open(Code *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The "}" of code_open; a loop with one statement loses its braces. */
void code_close(Code *c);
/* A comment with the source line of the span, unless it is the one quoted last. */
void code_quote(Code *c, Span span);

const char *code_kind(const Code *c, Kind kind); /* "double" */

/* ---- expressions (c_expr.c) ------------------------------------------------------------------ */

/* From tight to loose. */
typedef enum {
  PREC_PRIMARY, PREC_UNARY, PREC_PRODUCT, PREC_SUM, PREC_RELATION, PREC_EQUALITY, PREC_AND,
  PREC_OR, PREC_CHOICE
} Precedence;

typedef struct {
  const char *text;
  Precedence prec;
  bool is_int; /* a literal int: value */
  int64_t value;
} Expr;

Expr expr_text(const char *text);
Expr expr_int(Code *c, int64_t value);
Expr expr_size(Code *c, const Size *size);
Expr expr_add(Code *c, Expr a, Expr b);
/* In parentheses where it binds looser than `prec`. */
const char *expr_at(Code *c, Expr e, Precedence prec);
Expr expr_constant(Code *c, const Constant *constant);
/* The scalar value: its variable, or its expression. */
Expr expr_value(Code *c, const Value *value);
/* The expression that defines a scalar primitive, index or if-expression. */
Expr expr_definition(Code *c, const Instr *instr);
/* Element of an array value; one index expression per dimension. */
Expr expr_element(Code *c, const Value *array, const Expr *indices);
/* Element of a storage that is not seen through a view. */
Expr expr_of_storage(Code *c, Name base, const Type *type, const Expr *indices);
/* Is the value known in c->interior? Then *e says what it is. */
bool expr_known(Code *c, const Value *value, Expr *e);
/* A pointer to the first element of a value whose elements lie contiguous. */
Expr expr_address(Code *c, const Value *array);

/* ---- variables and copies (c_store.c) -------------------------------------------------------- */

/* A name for a value's storage, from the hints of its members. */
Name code_name_storage(Code *c, Storage *s);
/* "x = e;" or, at its first writing, "const double x = e;". */
void code_assign(Code *c, const Value *value, Expr e);
/* Declares what must be declared before the instruction: variables written in its regions,
 * arrays. */
void code_declare(Code *c, const Instr *instr);
/* to = from for whole values of one type; from may be a constant fill. */
void code_copy(Code *c, const Value *to, const Value *from);
/* Copy into memory that has no value in the plan: an output. */
void code_copy_out(Code *c, Name base, const Value *from);
/* The block of an update gets (or, with "+=", is increased by) a value. */
void code_write_block(Code *c, const Instr *update, const char *operator);
/* The element that an update or accum of a scalar writes. */
Expr code_target(Code *c, const Instr *update);
/* The variable that collects what the accum adds, or NULL (c_sweep.c). */
Name code_local_sum(const Code *c, const Instr *accum);
/* Opens "for (int64_t i = 0; i < extent; i++) {" and gives the index; nothing and 0 where the
 * extent is 1. */
Expr code_open_for(Code *c, const char *hint, const Size *extent);
void code_moves(Code *c, const Moves *moves);

/* ---- statements ------------------------------------------------------------------------------ */

void code_region(Code *c, const Region *region);  /* its instructions, not its yields (c_code.c) */
void code_space(Code *c, const Instr *instr);     /* map, reduce, sweep (c_space.c) */
/* Writes the map or sweep as a call of a kernel for matrices, if it is a large contraction
 * (c_product.c). */
bool code_product(Code *c, const Instr *instr);
/* Before the innermost loop, over `index`, of a sweep: variables for sums, and the pragma or NULL
 * (c_sweep.c). */
const char *code_open_sums(Code *c, const Instr *sweep, const Value *index);
void code_close_sums(Code *c, size_t first);
/* c_interior.c: is the value an index of the interior plus a constant, and is the test decided? The
 * margin is that of the index, or NULL. */
const Margin *code_known_offset(Code *c, const Value *value, int64_t *offset);
bool code_known_bool(Code *c, const Value *value, bool *result);
/* Has the space an interior that is worth loops of its own? Then c->interior is it. Its last margin is
 * that along dimension d, which is innermost; the others are of outer dimensions with tests. */
bool code_find_interior(Code *c, const Instr *space, int d);
/* What is still known of c->interior in rows at the edges of the outer dimensions. */
Interior code_edge_rows(Code *c, const Instr *space);
/* Does the part that is being written need the value? */
bool code_is_needed(const Code *c, const Value *value);
/* Nothing but scalars and accums: no loops, no returns, no arrays made (c_sweep.c). */
bool code_is_straight(Code *c, const Region *region, bool with_accums);
/* "into += value;", or with the smaller or larger one, as the reduce or sweep says (c_space.c). */
void code_combine(Code *c, const Instr *space, const char *into, const char *value);
/* c_parallel.c: what a parallel loop needs before and after its blocks; the loops of a block stand
 * between. */
typedef struct {
  const Instr *space;
  Name *totals, *sums; /* by part: what accumulators are called outside; arrays of scalars */
  Name statuses;
  size_t mark;
} Blocks;
Blocks code_open_blocks(Code *c, const Instr *space);
void code_close_blocks(Code *c, const Blocks *blocks);
/* The work as a floating-point formula, which cannot overflow. */
const char *code_work(Code *c, const Size *work);
/* The line before a parallel loop; simd: what would stand there otherwise, or NULL. */
const char *code_parallel_pragma(Code *c, const Parallel *parallel, const char *simd);
/* Leaves the function, or the block, with the status. */
void code_fail_if(Code *c, const char *condition, const char *status);
void code_repeat(Code *c, const Instr *instr);    /* loop, while (c_control.c) */
void code_branch(Code *c, const Instr *instr);    /* if (c_control.c) */
void code_call(Code *c, const Instr *instr);      /* c_control.c */
/* The workspace query and the function itself (c_func.c). */
void code_function(Code *c, Func *func, Plan *plan);
/* Appends to c->memory what the function that was just written keeps, and why (c_memory.c). */
void code_explain_memory(Code *c);
void code_header(Code *c, Text *header, Plan *const *plans); /* one plan per function (c_header.c) */
void code_model_tables(Code *c);                  /* parameter table, init (c_model.c) */
void code_model_header(Code *c);
void code_externs(Code *c);                       /* prototypes (c_extern.c) */

/* ---- interface (c_signature.c) --------------------------------------------------------------- */

/* "heat_step", "heat_step_work" from the names of module and function. */
Name code_function_name(Code *c, const Func *func);
/* The parameters of the C function between parentheses; with restrict in the .c only. */
const char *code_parameters(Code *c, const Func *func, bool in_source);
/* Those after the program's own. */
const char *code_last_parameters(const Func *func);
/* One of them, as the header writes it. */
const char *code_parameter(Code *c, const Func *func, const Slot *slot);
/* The type of a slot that is no model. */
const Type *slot_type(const Func *func, const Slot *slot);
/* Those of the workspace query: values of int parameters; and their C text. */
void code_query_params(Code *c, const Plan *p, ValueList *list);
const char *code_query_parameters(Code *c, const Plan *p, const ValueList *list);
/* Workspace bytes, where they are the same for all sizes. */
bool code_constant_work(Code *c, const Plan *p, size_t *bytes);

#endif
