/* op - what ops.def says about a primitive, as functions of its Op. */
#ifndef DPC_IR_OP_H
#define DPC_IR_OP_H

#include "ir/ir.h"

typedef enum {
  CLASS_UNARY, CLASS_BINARY, CLASS_ARITH, CLASS_INTOP, CLASS_STEP, CLASS_COMPARE, CLASS_LOGIC,
  CLASS_CAST, CLASS_DRAW
} OpClass;

typedef struct {
  const char *name;     /* in .dp and in IR text */
  const char *spelling; /* in C */
  OpClass op_class;
  int arity;
  bool is_expensive;
  Kind from, to;        /* CLASS_CAST, CLASS_DRAW */
  const char *value;    /* text of the value, for the manual */
  const char *partials[2]; /* texts; NULL: none */
} OpInfo;

/* Of a primitive. */
const OpInfo *op_info(Op op);
/* Also of structural instructions ("map", "index", ..). */
const char *op_name(Op op);
/* A primitive by name, or OP_COUNT. */
Op op_by_name(const char *name);
/* Any instruction by name, or OP_COUNT. */
Op instr_op_by_name(const char *name);

static inline bool op_is_step(Op op) { return op_info(op)->op_class == CLASS_STEP; }
static inline bool op_is_expensive(Op op) { return op_info(op)->is_expensive; }

/* Whether constants may be folded. Draws are left to the program: where reals are floats it draws
 * fewer digits. */
static inline bool op_folds(Op op) { return op_info(op)->op_class != CLASS_DRAW; }

/* The value of a primitive on constants. */
Constant op_evaluate(Op op, Constant a, Constant b);

#endif
