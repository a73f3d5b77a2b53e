#include "ir/op.h"

#include "dp_checkpoint.h"
#include "dp_philox.h"

#include <math.h>
#include <string.h>

enum { CHEAP = false, DEAR = true };

static const OpInfo infos[] = {
#define UNARY(name, spelling, cost, value, da) \
  {#name, spelling, CLASS_UNARY, 1, cost, 0, 0, #value, {#da, NULL}},
#define BINARY(name, spelling, cost, value, da, db) \
  {#name, spelling, CLASS_BINARY, 2, cost, 0, 0, #value, {#da, #db}},
#define ARITH(name, spelling, value, da, db) \
  {#name, spelling, CLASS_ARITH, 2, CHEAP, 0, 0, #value, {#da, #db}},
#define INTOP(name, spelling, value) \
  {#name, spelling, CLASS_INTOP, 2, CHEAP, 0, 0, #value, {NULL, NULL}},
#define STEP(name, spelling, value) \
  {#name, spelling, CLASS_STEP, 1, CHEAP, 0, 0, #value, {NULL, NULL}},
#define COMPARE(name, spelling, value) \
  {#name, spelling, CLASS_COMPARE, 2, CHEAP, 0, 0, #value, {NULL, NULL}},
#define LOGIC(name, spelling, arity, value) \
  {#name, spelling, CLASS_LOGIC, arity, CHEAP, 0, 0, #value, {NULL, NULL}},
#define CAST(name, spelling, from, to, value) \
  {#name, spelling, CLASS_CAST, 1, CHEAP, from, to, #value, {NULL, NULL}},
#define DRAW(name, spelling, to, value) \
  {#name, spelling, CLASS_DRAW, 2, DEAR, KIND_INT, to, #value, {NULL, NULL}},
#include "ops.def"
#undef UNARY
#undef BINARY
#undef ARITH
#undef INTOP
#undef STEP
#undef COMPARE
#undef LOGIC
#undef CAST
#undef DRAW
};

static const char *const structural_names[] = {
    "const", "size", "copy", "stop", "index", "update", "accum", "map", "reduce", "sweep", "loop",
    "while", "if", "custom", "call", "check", "print", "vjp", "jvp"};

const OpInfo *op_info(Op op) { return &infos[op]; }

const char *op_name(Op op) {
  return op_is_prim(op) ? infos[op].name : structural_names[op - OP_FIRST_STRUCTURAL];
}

Op op_by_name(const char *name) {
  for (int op = 0; op < OP_FIRST_STRUCTURAL; op++)
    if (!strcmp(infos[op].name, name)) return (Op)op;
  return OP_COUNT;
}

Op instr_op_by_name(const char *name) {
  for (int op = OP_FIRST_STRUCTURAL; op < OP_COUNT; op++)
    if (!strcmp(op_name((Op)op), name)) return (Op)op;
  return op_by_name(name);
}

/* ---- constant evaluation: each row's value as a C function ----------------------------------- */

/* Ints wrap in the compiler; generated code is built so that they cannot get there. */
static int64_t wrap_neg(int64_t a) { return (int64_t)(0 - (uint64_t)a); }

/* Saturates; NaN gives 0. */
static int64_t to_int(double a) {
  if (!(a == a)) return 0;
  if (a >= 9223372036854775807.0) return INT64_MAX;
  return a <= -9223372036854775808.0 ? INT64_MIN : (int64_t)a;
}

static Constant real_constant(double value) { return (Constant){.kind = KIND_REAL, .real = value}; }
static Constant int_constant(int64_t value) {
  return (Constant){.kind = KIND_INT, .integer = value};
}
static Constant bool_constant(bool value) {
  return (Constant){.kind = KIND_BOOL, .integer = value};
}

#define UNARY(name, spelling, cost, value, da) \
  static double real_##name(double a, double b) { return (void)b, (value); }
#define BINARY(name, spelling, cost, value, da, db) \
  static double real_##name(double a, double b) { return (value); }
#define ARITH(name, spelling, value, da, db) \
  static double real_##name(double a, double b) { return (value); }
#define INTOP(name, spelling, value) \
  static int64_t int_##name(int64_t a, int64_t b) { return (value); }
#define STEP(name, spelling, value) \
  static double real_##name(double a, double b) { return (void)b, (value); }
#define COMPARE(name, spelling, value)                              \
  static bool real_##name(double a, double b) { return (value); }   \
  static bool int_##name(int64_t a, int64_t b) { return (value); }
#define LOGIC(name, spelling, arity, value) \
  static bool bool_##name(int64_t a, int64_t b) { return (void)b, (value); }
#define CAST(name, spelling, from, to, value)
#define DRAW(name, spelling, to, value)                                             \
  static Constant draw_##name(int64_t a, int64_t b) {                               \
    return to == KIND_REAL ? real_constant((double)(value)) : int_constant((int64_t)(value)); \
  }
#include "ops.def"
#undef UNARY
#undef BINARY
#undef ARITH
#undef INTOP
#undef STEP
#undef COMPARE
#undef LOGIC
#undef CAST
#undef DRAW

/* Wrapping arithmetic of ints, as unsigned numbers do it. */
static int64_t int_arith(Op op, int64_t a, int64_t b) {
  const uint64_t x = (uint64_t)a, y = (uint64_t)b;
  switch ((int)op) {
    case OP_add: return (int64_t)(x + y);
    case OP_sub: return (int64_t)(x - y);
    case OP_mul: return (int64_t)(x * y);
    case OP_min: return a < b ? a : b;
    default: return a > b ? a : b;
  }
}

static Constant evaluate_cast(Op op, Constant a) {
  switch ((int)op) {
    case OP_real_to_int: return int_constant(to_int(a.real));
    case OP_bool_to_int: return int_constant(a.integer);
    default: return real_constant((double)a.integer);
  }
}

Constant op_evaluate(Op op, Constant a, Constant b) {
  switch ((int)op) {
#define UNARY(name, ...) case OP_##name: return real_constant(real_##name(a.real, 0));
#define BINARY(name, ...) case OP_##name: return real_constant(real_##name(a.real, b.real));
#define ARITH(name, ...)                                                    \
  case OP_##name:                                                           \
    return a.kind == KIND_REAL ? real_constant(real_##name(a.real, b.real)) \
                               : int_constant(int_arith(op, a.integer, b.integer));
#define INTOP(name, ...) case OP_##name: return int_constant(int_##name(a.integer, b.integer));
#define STEP(name, ...) case OP_##name: return real_constant(real_##name(a.real, 0));
#define COMPARE(name, ...)                                                    \
  case OP_##name:                                                             \
    return bool_constant(a.kind == KIND_REAL ? real_##name(a.real, b.real)    \
                                             : int_##name(a.integer, b.integer));
#define LOGIC(name, ...) case OP_##name: return bool_constant(bool_##name(a.integer, b.integer));
#define CAST(name, ...)
#define DRAW(name, ...) case OP_##name: return draw_##name(a.integer, b.integer);
#include "ops.def"
#undef UNARY
#undef BINARY
#undef ARITH
#undef INTOP
#undef STEP
#undef COMPARE
#undef LOGIC
#undef CAST
#undef DRAW
    default: return evaluate_cast(op, a);
  }
}
