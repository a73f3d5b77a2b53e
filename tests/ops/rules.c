/* rules - every primitive's derivative, three ways: the text of its row as IR, the same text as C,
 * and finite differences; then its second derivative, by differentiating the first. And every
 * decision at a kink.
 *
 * RUN: %cc -std=c11 %s %dpc_includes -I%root/tests/derive \
 * RUN:   %root/tests/derive/interpret.c %libdpc -lm -o %t
 * RUN: %t
 */
#include "derive/derive.h"
#include "interpret.h"
#include "ir/op.h"
#include "passes/rules.h"
#include "source/diag.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int failures;

static double value_of(Op op, double a, double b) {
  return op_evaluate(op, (Constant){.real = a}, (Constant){.real = b}).real;
}

/* ---- the rows' texts as C -------------------------------------------------------------------- */

static double digamma(double x) { return value_of(OP_digamma, x, 0); }
static double trigamma(double x) { return value_of(OP_trigamma, x, 0); }
#define NODIFF NAN

#define UNARY(name, spelling, cost, value, da)                     \
  static double da_##name(double a, double b, double y) {          \
    return (void)a, (void)b, (void)y, (void)trigamma, (da);        \
  }
#define BINARY(name, spelling, cost, value, da, db)       \
  static double da_##name(double a, double b, double y) { \
    return (void)a, (void)b, (void)y, (da);               \
  }                                                       \
  static double db_##name(double a, double b, double y) { \
    return (void)a, (void)b, (void)y, (db);               \
  }
#define ARITH(name, spelling, value, da, db) BINARY(name, spelling, CHEAP, value, da, db)
#define INTOP(...)
#define STEP(...)
#define COMPARE(...)
#define LOGIC(...)
#define CAST(...)
#define DRAW(...)
#include "ops.def"
#undef UNARY
#undef BINARY
#undef ARITH

typedef double Partial(double a, double b, double y);

static Partial *const partials[OP_FIRST_STRUCTURAL][2] = {
#define UNARY(name, ...) [OP_##name] = {da_##name, NULL},
#define BINARY(name, ...) [OP_##name] = {da_##name, db_##name},
#define ARITH(name, ...) [OP_##name] = {da_##name, db_##name},
#include "ops.def"
};

/* ---- as IR ----------------------------------------------------------------------------------- */

typedef struct {
  Module *m;
  Region *body;
  Value *x[2], *x_dot[2];
  Value *y;
} Program;

static Program program_new(Arena *arena, Op op) {
  Program p = {.m = module_new(arena, names_new(arena))};
  Type *real = type_scalar(p.m, KIND_REAL);
  p.body = region_new(p.m);
  for (int i = 0; i < 2; i++) p.x[i] = region_param(p.m, p.body, real, NULL);
  for (int i = 0; i < 2; i++) p.x_dot[i] = region_param(p.m, p.body, real, NULL);
  Builder b = builder_at_end(p.m, p.body);
  p.y = build_prim(&b, op, p.x[0], op_info(op)->arity == 2 ? p.x[1] : NULL);
  return p;
}

static double run(Program *p, double a, double b, const double *x_dot) {
  Arena *arena = p->m->arena;
  Datum *args[4] = {datum_scalar(arena, a), datum_scalar(arena, b), datum_scalar(arena, x_dot[0]),
                    datum_scalar(arena, x_dot[1])};
  Datum *result;
  interpret(p->m, p->body, args, &result);
  return result->at[0];
}

static double rule_as_ir(Op op, int which, double a, double b) {
  Arena *arena = arena_new();
  Program p = program_new(arena, op);
  Builder builder = builder_at_end(p.m, p.body);
  Value *partial =
      rule_partial(&builder, op, which, p.x[0], op_info(op)->arity == 2 ? p.x[1] : NULL, p.y);
  double result = 0;
  if (partial) {
    region_add_yield(p.m, p.body, partial);
    result = run(&p, a, b, (double[2]){0});
  }
  arena_free(arena);
  return result;
}

static Value *tangent_of(Program *p, Builder *b, Value *y) {
  Value *operands[5] = {y, p->x[0], p->x[1], p->x_dot[0], p->x_dot[1]};
  Instr *jvp = build_instr(b, OP_JVP, 5, operands, 1, &y->type, 0, NULL);
  jvp->n_y = 1;
  return jvp->results[0];
}

/* The derivative of the given order in the direction x_dot. */
static double directional(Op op, int order, double a, double b, const double *x_dot) {
  Arena *arena = arena_new();
  Program p = program_new(arena, op);
  Builder builder = builder_at_end(p.m, p.body);
  Value *y = p.y;
  for (int k = 0; k < order; k++) y = tangent_of(&p, &builder, y);
  region_add_yield(p.m, p.body, y);
  Func *func = ARENA_NEW(arena, Func);
  func->name = "f";
  func->body = p.body;
  vec_push(arena, &p.m->funcs, func);
  Diag *diag = diag_new(arena, sources_new(arena));
  derive(p.m, diag);
  if (diag_errors(diag)) diag_print(diag, stdout), failures++;
  const double result = diag_errors(diag) ? 0 : run(&p, a, b, x_dot);
  arena_free(arena);
  return result;
}

/* ---- comparing ------------------------------------------------------------------------------- */

static void expect(Op op, const char *what, double a, double b, double found, double wanted,
                   double tolerance) {
  if (found == wanted || (isnan(found) && isnan(wanted))) return;
  if (fabs(found - wanted) <= tolerance * (1 + fabs(wanted))) return;
  printf("%s(%g, %g): %s is %.17g, not %.17g\n", op_info(op)->name, a, b, what, found, wanted);
  failures++;
}

/* Central difference of fourth order along x_dot; NaN where the function is not defined around. */
static double difference(Op op, int order, double a, double b, const double *x_dot) {
  const double h = 1e-3;
  double sum = 0;
  static const double weight[] = {1, -8, 8, -1};
  static const int step[] = {-2, -1, 1, 2};
  for (int k = 0; k < 4; k++) {
    const double at = a + step[k] * h * x_dot[0], bt = b + step[k] * h * x_dot[1];
    sum += weight[k] * (order ? directional(op, order, at, bt, x_dot) : value_of(op, at, bt));
  }
  return sum / (12 * h);
}

static void check_at(Op op, double a, double b) {
  static const double directions[3][2] = {{1, 0}, {0, 1}, {0.6, -0.8}};
  const int arity = op_info(op)->arity;
  const double y = value_of(op, a, b);
  if (!isfinite(y)) return;
  if (op == OP_fmod && fabs(remainder(a, b)) < 0.07) return; /* a jump is near */
  for (int i = 0; i < arity; i++) {
    const double text = partials[op][i](a, b, y);
    expect(op, "the partial as IR", a, b, rule_as_ir(op, i, a, b), text, 0);
    const double slope = difference(op, 0, a, b, directions[i]);
    if (isfinite(slope)) expect(op, "the partial", a, b, text, slope, 1e-8);
  }
  if (op == OP_digamma) return; /* its derivative is the last there is */
  for (int k = arity == 1 ? 0 : 2; k < (arity == 1 ? 1 : 3); k++) {
    const double second = difference(op, 1, a, b, directions[k]);
    if (isfinite(second))
      expect(op, "the second derivative", a, b, directional(op, 2, a, b, directions[k]), second,
             1e-7);
  }
}

static void check_op(Op op) {
  static const double points[] = {-2.7, -1.3, -0.6, -0.25, 0.3, 0.8, 1.4, 2.4, 5.2};
  const int n = sizeof points / sizeof points[0];
  for (int i = 0; i < n; i++) {
    if (op_info(op)->arity == 1) check_at(op, points[i], 0);
    else
      for (int k = 0; k < n; k++) check_at(op, points[i], points[(k + 4) % n] + 0.0713);
  }
}

/* ---- decisions at kinks and edges, each written beside its row ------------------------------- */

typedef struct {
  Op op;
  double a, b;
  int which;
  double partial;
} Kink;

static const Kink kinks[] = {
    {OP_min, 1, 1, 0, 0.5},    {OP_min, 1, 1, 1, 0.5},     {OP_max, -2, -2, 0, 0.5},
    {OP_max, -2, -2, 1, 0.5},  {OP_abs, 0, 0, 0, 0},       {OP_abs, -3, 0, 0, -1},
    {OP_copysign, 0, -1, 0, 0}, {OP_fdim, 2, 2, 0, 0},     {OP_fdim, 2, 2, 1, 0},
    {OP_fmod, 7.5, 2, 0, 1},   {OP_fmod, 7.5, 2, 1, -3},   {OP_sqrt, 0, 0, 0, 0},
    {OP_cbrt, 0, 0, 0, 0},     {OP_hypot, 0, 0, 0, 0},     {OP_hypot, 0, 0, 1, 0},
    {OP_pow, 0, 0, 0, 0},      {OP_pow, 0, 1, 0, 1},       {OP_pow, 0, 2, 0, 0},
    {OP_pow, 0, 2, 1, 0},      {OP_pow, -2, 2, 0, -4},     {OP_pow, -2, 2, 1, 0},
    {OP_pow, 3, 0, 0, 0},      {OP_atan2, 0, 0, 0, 0},     {OP_atan2, 0, 0, 1, 0},
    {OP_asin, 1, 0, 0, INFINITY}, {OP_acos, 1, 0, 0, -INFINITY}, {OP_trigamma, 1, 0, 0, NAN},
    {OP_asin, -1, 0, 0, INFINITY}, {OP_asin, 2, 0, 0, NAN}, {OP_acos, -2, 0, 0, NAN},
    {OP_min, NAN, 1, 0, 0},    {OP_min, 1, NAN, 1, 0},     {OP_max, NAN, 1, 1, 0},
    {OP_div, 1, 0, 0, INFINITY}, {OP_div, 1, 0, 1, -INFINITY}, {OP_div, 0, 0, 1, NAN},
    {OP_copysign, 2, 0, 1, 0}, {OP_sqrt, -1, 0, 0, NAN},   {OP_pow, 0, 0.5, 0, INFINITY},
    {OP_pow, -2, 0.5, 0, NAN}, {OP_log, 0, 0, 0, INFINITY}, {OP_log2, 0, 0, 0, INFINITY},
    {OP_log10, 0, 0, 0, INFINITY}, {OP_log1p, -1, 0, 0, INFINITY}, {OP_atan2, 0, -1, 0, -1},
    {OP_acosh, 1, 0, 0, INFINITY}, {OP_atanh, 1, 0, 0, INFINITY}, {OP_atanh, -1, 0, 0, INFINITY},
    {OP_lgamma, -1, 0, 0, NAN}, {OP_gamma, 0, 0, 0, NAN},  {OP_digamma, -1, 0, 0, INFINITY},
};

/* Values there. */
static const struct {
  Op op;
  double a, b, value;
} edges[] = {
    {OP_min, NAN, 1, 1},       {OP_min, 1, NAN, NAN},      {OP_max, NAN, 1, 1},
    {OP_div, 1, 0, INFINITY},  {OP_fmod, 1, 0, NAN},       {OP_sqrt, -1, 0, NAN},
    {OP_pow, NAN, 0, 1},       {OP_pow, 0, 0, 1},          {OP_pow, -2, 0.5, NAN},
    {OP_log, 0, 0, -INFINITY}, {OP_log, -1, 0, NAN},       {OP_log2, 0, 0, -INFINITY},
    {OP_log2, -1, 0, NAN},     {OP_log10, -1, 0, NAN},     {OP_log1p, -1, 0, -INFINITY},
    {OP_log1p, -2, 0, NAN},    {OP_asin, 2, 0, NAN},       {OP_acos, 2, 0, NAN},
    {OP_acosh, 0.5, 0, NAN},   {OP_acosh, -2, 0, NAN},     {OP_atanh, 1, 0, INFINITY},
    {OP_atanh, -1, 0, -INFINITY}, {OP_atanh, 2, 0, NAN},   {OP_lgamma, -1, 0, INFINITY},
    {OP_gamma, 0, 0, INFINITY}, {OP_gamma, -1, 0, NAN},    {OP_digamma, 0, 0, NAN},
    {OP_digamma, -1, 0, NAN},  {OP_trigamma, 0, 0, INFINITY}, {OP_trigamma, -1, 0, INFINITY},
    {OP_round, -2.5, 0, -3},   {OP_trunc, -2.5, 0, -2},    {OP_rint, 2.5, 0, 2},
    {OP_sign, 0, 0, 0},        {OP_sign, NAN, 0, 0},
};

static void check_kinks(void) {
  for (size_t i = 0; i < sizeof kinks / sizeof kinks[0]; i++) {
    const Kink *k = &kinks[i];
    if (k->op == OP_trigamma) {
      if (rule_exists(k->op)) printf("trigamma has a derivative\n"), failures++;
      continue;
    }
    expect(k->op, "the partial at a kink", k->a, k->b, rule_as_ir(k->op, k->which, k->a, k->b),
           k->partial, 0);
  }
  static const Op steps[] = {OP_floor, OP_ceil, OP_round, OP_trunc, OP_rint, OP_sign};
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
    expect(steps[i], "the slope", 0.5, 0, directional(steps[i], 1, 0.5, 0, (double[]){1, 0}),
           0, 0);
  for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
    expect(edges[i].op, "the value", edges[i].a, edges[i].b,
           value_of(edges[i].op, edges[i].a, edges[i].b), edges[i].value, 0);
  /* The second derivative of x^2 at 0 goes through pow(0, 0) = 1. */
  const double curvature = directional(OP_pow, 2, 0, 2, (double[]){1, 0});
  expect(OP_pow, "the second derivative", 0, 2, curvature, 2, 0);
}

static int64_t int_value(Op op, int64_t a, int64_t b) {
  return op_evaluate(op, (Constant){.kind = KIND_INT, .integer = a},
                     (Constant){.kind = KIND_INT, .integer = b}).integer;
}

static void check_ints(void) {
  for (int64_t a = -9; a <= 9; a++)
    for (int64_t b = -4; b <= 4; b++) {
      const int64_t q = int_value(OP_int_div, a, b), r = int_value(OP_int_mod, a, b);
      const bool right = b == 0 ? q == 0 && r == 0
                                : q == (int64_t)floor((double)a / (double)b) && r == a - q * b;
      if (!right) printf("%d // %d: %d %d\n", (int)a, (int)b, (int)q, (int)r), failures++;
    }
  if (int_value(OP_int_div, INT64_MIN, -1) != INT64_MIN || int_value(OP_int_mod, INT64_MIN, -1))
    printf("the least int // -1\n"), failures++;
}

int main(void) {
  for (int op = 0; op < OP_FIRST_STRUCTURAL; op++)
    if (partials[op][0] && rule_exists((Op)op)) check_op((Op)op);
  check_kinks();
  check_ints();
  printf("%d failures\n", failures);
  return failures ? 1 : 0;
}
