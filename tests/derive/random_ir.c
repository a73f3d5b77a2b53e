/* random_ir - random IR functions whose derivatives must agree: tangent, adjoint, finite
 * differences, and both orders
 * of second derivatives; before and after the passes.
 *
 *   random_ir FIRST_SEED COUNT */
#include "derive/checkpoint.h"
#include "derive/derive.h"
#include "interpret.h"
#include "ir/ir_print.h"
#include "ir/ir_read.h"
#include "ir/ir_verify.h"
#include "passes/fuse.h"
#include "passes/reciprocal.h"
#include "passes/scale.h"
#include "passes/simplify.h"
#include "passes/stencil.h"
#include "passes/trail.h"
#include "source/diag.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_POOL = 64, N_X = 3 };

typedef struct {
  Module *m;
  uint64_t seed;
  int depth, budget, derivatives;
  int64_t points; /* what n will be */
  Value *n;       /* the size, an int */
  Size *dims[2];
  Type *types[3]; /* scalar, vector, matrix */
} Gen;

/* Values that may be used, by rank, and int scalars (indices inside 0..n). */
typedef struct {
  Value *of[3][MAX_POOL];
  int count[3];
  Value *index[8];
  int n_index;
} Pool;

/* The size that the program with this seed runs with. */
static int64_t points_of(uint64_t seed) { return 2 + (int64_t)(seed % 4); }

static uint32_t draw(Gen *g, uint32_t n) {
  g->seed ^= g->seed << 13;
  g->seed ^= g->seed >> 7;
  g->seed ^= g->seed << 17;
  return (uint32_t)((g->seed >> 33) % n);
}

static void add(Pool *p, Value *v) {
  const int r = v->type->rank;
  if (p->count[r] < MAX_POOL) p->of[r][p->count[r]++] = v;
  else p->of[r][0] = v;
}

static Value *pick(Gen *g, const Pool *p, int rank) {
  const uint32_t n = (uint32_t)p->count[rank];
  return p->of[rank][draw(g, 2) ? n - 1 - draw(g, n < 4 ? n : 4) : draw(g, n)];
}

static Value *any_index(Gen *g, Builder *b, const Pool *p) {
  if (p->n_index && draw(g, 4)) return p->index[draw(g, (uint32_t)p->n_index)];
  return build_int(b, draw(g, (uint32_t)g->points));
}

static Value *gen_scalar(Gen *g, Builder *b, const Pool *p) {
  static const Op unary[] = {OP_tanh, OP_sin, OP_cos, OP_sigmoid, OP_neg, OP_atan, OP_abs, OP_exp};
  static const Op binary[] = {OP_add, OP_sub, OP_mul, OP_mul, OP_min, OP_max, OP_atan2};
  Value *x = pick(g, p, 0), *y = pick(g, p, 0), *at[2];
  switch (draw(g, 6)) {
    case 0:
    case 1: {
      const Op op = unary[draw(g, 8)];
      if (op == OP_exp) x = build_prim(b, OP_tanh, x, NULL);
      return build_prim(b, op, x, NULL);
    }
    case 2: return build_prim(b, binary[draw(g, 7)], x, y);
    case 3:
      at[0] = any_index(g, b, p);
      return build_index(b, pick(g, p, 1), at);
    case 4:
      at[0] = any_index(g, b, p);
      at[1] = any_index(g, b, p);
      return build_index(b, pick(g, p, 2), at);
    default: {
      Value *square = build_prim(b, OP_mul, y, y);
      return build_prim(b, OP_div, x, build_prim(b, OP_add, square, build_real(b, 1.5)));
    }
  }
}

static void gen_block(Gen *g, Builder *b, Pool *p, int steps);

/* A region of rank `rank` indices whose body is random and yields one scalar (or vector). */
static Region *gen_space(Gen *g, const Pool *outer, int rank, int yield_rank) {
  Region *body = region_new(g->m);
  Builder in = builder_at_end(g->m, body);
  Pool p = *outer;
  for (int d = 0; d < rank; d++) {
    Value *i = region_param(g->m, body, type_scalar(g->m, KIND_INT), NULL);
    if (p.n_index < 8) p.index[p.n_index++] = i;
    Value *next = build_prim(&in, OP_int_mod, build_prim(&in, OP_add, i, build_int(&in, 1)), g->n);
    if (p.n_index < 8) p.index[p.n_index++] = next;
  }
  gen_block(g, &in, &p, 1 + (int)draw(g, 3));
  Value *yield = pick(g, &p, yield_rank);
  region_add_yield(g->m, body, yield);
  return body;
}

static void gen_schedule(Gen *g, Instr *loop) {
  loop->schedule = (ScheduleKind)draw(g, 4);
  const bool is_counted = loop->schedule >= SCHEDULE_BINOMIAL;
  if (!is_counted && (loop->schedule == SCHEDULE_ALL || draw(g, 2))) return;
  loop->in_bytes = is_counted && draw(g, 3) == 0;
  loop->size = size_const(g->m, (int64_t)draw(g, 4) * (loop->in_bytes ? 48 : 1));
}

static void gen_loop(Gen *g, Builder *b, Pool *p, bool is_while) {
  Value *inits[3] = {pick(g, p, 0), pick(g, p, 1), build_int(b, 1)};
  const int n = 3;
  Region *body = region_new(g->m), *condition = region_new(g->m);
  Value *t = region_param(g->m, body, type_scalar(g->m, KIND_INT), NULL);
  Builder in = builder_at_end(g->m, body), in_condition = builder_at_end(g->m, condition);
  Pool inner = *p;
  Value *params[3], *yields[3];
  for (int i = 0; i < n; i++) {
    params[i] = region_param(g->m, body, inits[i]->type, NULL);
    if (i < 2) add(&inner, params[i]);
    Value *c = region_param(g->m, condition, inits[i]->type, NULL);
    if (i == 2)
      region_add_yield(g->m, condition,
                       build_prim(&in_condition, OP_lt, c, build_int(&in_condition, 3)));
  }
  if (inner.n_index < 8) inner.index[inner.n_index++] = build_prim(&in, OP_int_mod, t, g->n);
  gen_block(g, &in, &inner, 2 + (int)draw(g, 3));
  yields[0] = build_prim(&in, OP_tanh, pick(g, &inner, 0), NULL);
  Value *last = build_prim(&in, OP_sub, g->n, build_int(&in, 1));
  Value *at[1] = {draw(g, 2) ? build_prim(&in, OP_min, t, last)
                             : build_prim(&in, OP_int_mod, t, g->n)};
  yields[1] = draw(g, 2) ? build_update(&in, OP_UPDATE, params[1], pick(g, &inner, 0), at, 0)
                         : pick(g, &inner, 1);
  yields[2] = build_prim(&in, OP_add, params[2], build_int(&in, 1));
  region_set_yields(g->m, body, n, yields);
  Value *count = build_int(b, is_while ? 5 : draw(g, 6));
  Instr *loop = is_while ? build_while(b, count, n, inits, condition, body)
                         : build_loop(b, count, n, inits, body);
  gen_schedule(g, loop);
  add(p, loop->results[0]);
  add(p, loop->results[1]);
}

static void gen_if(Gen *g, Builder *b, Pool *p) {
  Value *condition = build_prim(b, OP_gt, pick(g, p, 0), build_real(b, 0.1));
  Region *arms[2];
  for (int k = 0; k < 2; k++) {
    arms[k] = region_new(g->m);
    Builder in = builder_at_end(g->m, arms[k]);
    Pool inner = *p;
    gen_block(g, &in, &inner, 1 + (int)draw(g, 3));
    region_add_yield(g->m, arms[k], pick(g, &inner, 0));
    region_add_yield(g->m, arms[k], pick(g, &inner, 1));
  }
  Instr *branch = build_if(b, condition, arms[0], arms[1]);
  add(p, branch->results[0]);
  add(p, branch->results[1]);
}

/* x = copy of something; a few steps; grad of a scalar with respect to x. */
static void gen_derivative(Gen *g, Builder *b, Pool *p) {
  g->derivatives++;
  const int rank = (int)draw(g, 2);
  Value *x = build_copy(b, OP_COPY, pick(g, p, rank));
  add(p, x);
  gen_block(g, b, p, 2 + (int)draw(g, 3));
  Value *y = build_prim(b, OP_sin, pick(g, p, 0), NULL);
  Type *types[1];
  if (draw(g, 2)) {
    Value *operands[3] = {y, build_real(b, 1), x};
    types[0] = x->type;
    Instr *vjp = build_instr(b, OP_VJP, 3, operands, 1, types, 0, NULL);
    vjp->n_y = 1;
    add(p, vjp->results[0]);
  } else {
    Value *operands[3] = {y, x, pick(g, p, rank)};
    types[0] = y->type;
    Instr *jvp = build_instr(b, OP_JVP, 3, operands, 1, types, 0, NULL);
    jvp->n_y = 1;
    add(p, jvp->results[0]);
  }
}

/* tanh(A v + w), as one map. */
static void gen_layer(Gen *g, Builder *b, Pool *p) {
  Value *matrix = pick(g, p, 2), *v = pick(g, p, 1), *w = pick(g, p, 1), *at[2];
  Region *row = region_new(g->m), *term = region_new(g->m);
  at[0] = region_param(g->m, row, type_scalar(g->m, KIND_INT), NULL);
  at[1] = region_param(g->m, term, type_scalar(g->m, KIND_INT), NULL);
  Builder in_row = builder_at_end(g->m, row), in = builder_at_end(g->m, term);
  Value *a = build_index(&in, matrix, at), *x = build_index(&in, v, at + 1);
  region_add_yield(g->m, term, build_prim(&in, OP_mul, a, x));
  Value *sum = build_reduce(&in_row, REDUCE_SUM, 1, g->dims, term);
  sum = build_prim(&in_row, OP_add, sum, build_index(&in_row, w, at));
  region_add_yield(g->m, row, build_prim(&in_row, OP_tanh, sum, NULL));
  add(p, build_map(b, 1, g->dims, row)->results[0]);
}

/* Two elementwise maps that read the same vector. */
static void gen_siblings(Gen *g, Builder *b, Pool *p) {
  Value *v = pick(g, p, 1), *made[2];
  for (int k = 0; k < 2; k++) {
    Region *body = region_new(g->m);
    Value *i = region_param(g->m, body, type_scalar(g->m, KIND_INT), NULL);
    Builder in = builder_at_end(g->m, body);
    Value *x = build_index(&in, v, &i), *y = build_index(&in, pick(g, p, 1), &i);
    Value *product = build_prim(&in, OP_mul, build_prim(&in, OP_sin, x, NULL), y);
    region_add_yield(g->m, body, build_prim(&in, OP_add, product, pick(g, p, 0)));
    made[k] = build_map(b, 1, g->dims, body)->results[0];
  }
  add(p, made[0]);
  add(p, made[1]);
}

/* A sum over two points. */
static void gen_short_sum(Gen *g, Builder *b, Pool *p) {
  Size *two[1] = {size_const(g->m, 2)};
  add(p, build_reduce(b, REDUCE_SUM, 1, two, gen_space(g, p, 1, 0)));
}

/* counter + offset, brought back inside by a boundary rule; or *inside says whether it is inside. */
static Value *gen_place(Gen *g, Builder *b, Value *i, Value **inside) {
  Value *last = build_prim(b, OP_sub, g->n, build_int(b, 1)), *zero = build_int(b, 0);
  Value *at = build_prim(b, OP_sub, i, build_int(b, (int64_t)draw(g, 5) - 2));
  switch (draw(g, 5)) {
    case 0: return i;
    case 1: return build_prim(b, OP_int_mod, at, g->n);
    case 2: return build_prim(b, OP_min, build_prim(b, OP_max, at, zero), last);
    case 3: {
      Value *fold = build_prim(b, OP_int_mod, at, build_prim(b, OP_mul, last, build_int(b, 2)));
      Value *fall = build_prim(b, OP_sub, last, fold), *rise = build_prim(b, OP_sub, fold, last);
      return build_prim(b, OP_sub, last, build_prim(b, OP_max, fall, rise));
    }
    default: {
      Value *in = build_prim(b, OP_ge, at, zero);
      in = build_prim(b, OP_and, in, build_prim(b, OP_lt, at, g->n));
      *inside = *inside ? build_prim(b, OP_and, *inside, in) : in;
      return at;
    }
  }
}

static Value *gen_neighbour(Gen *g, Builder *b, Value *array, Value *const *point) {
  Value *at[2], *inside = NULL;
  for (int d = 0; d < array->type->rank; d++) at[d] = gen_place(g, b, point[d], &inside);
  if (!inside) return build_index(b, array, at);
  Region *yes = region_new(g->m), *no = region_new(g->m);
  Builder in_yes = builder_at_end(g->m, yes), in_no = builder_at_end(g->m, no);
  region_add_yield(g->m, yes, build_index(&in_yes, array, at));
  region_add_yield(g->m, no, build_real(&in_no, 0));
  return build_if(b, inside, yes, no)->results[0];
}

/* An element from neighbours in two arrays, under boundary rules. */
static void gen_stencil(Gen *g, Builder *b, Pool *p) {
  const int rank = 1 + (int)draw(g, 2);
  Value *u = pick(g, p, rank), *v = pick(g, p, rank), *point[2];
  Region *body = region_new(g->m);
  for (int d = 0; d < rank; d++)
    point[d] = region_param(g->m, body, type_scalar(g->m, KIND_INT), NULL);
  Builder in = builder_at_end(g->m, body);
  Value *sum = build_prim(&in, OP_mul, gen_neighbour(g, &in, u, point), pick(g, p, 0));
  for (uint32_t i = draw(g, 4); i-- > 0;) {
    Value *other = gen_neighbour(g, &in, draw(g, 2) ? u : v, point);
    sum = build_prim(&in, draw(g, 2) ? OP_add : OP_mul, sum, other);
  }
  if (draw(g, 3) == 0) sum = build_prim(&in, OP_tanh, sum, NULL);
  region_add_yield(g->m, body, sum);
  add(p, build_map(b, rank, g->dims, body)->results[0]);
}

static void gen_step(Gen *g, Builder *b, Pool *p) {
  Value *at[2];
  switch (draw(g, 18)) {
    case 0:
    case 1: add(p, build_map(b, 1, g->dims, gen_space(g, p, 1, 0))->results[0]); return;
    case 2: add(p, build_map(b, 2, g->dims, gen_space(g, p, 2, 0))->results[0]); return;
    case 3: add(p, build_map(b, 1, g->dims, gen_space(g, p, 1, 1))->results[0]); return;
    case 4:
      add(p, build_reduce(b, draw(g, 3) ? REDUCE_SUM : draw(g, 2) ? REDUCE_MAX : REDUCE_MIN, 1,
                          g->dims, gen_space(g, p, 1, 0)));
      return;
    case 5: gen_loop(g, b, p, false); return;
    case 6: gen_loop(g, b, p, true); return;
    case 7: gen_if(g, b, p); return;
    case 8:
      at[0] = any_index(g, b, p);
      add(p, build_update(b, OP_UPDATE, pick(g, p, 1), pick(g, p, 0), at, 0));
      return;
    case 9:
      at[0] = any_index(g, b, p);
      at[1] = build_int(b, 0);
      add(p, build_update(b, OP_UPDATE, pick(g, p, 2), pick(g, p, 1), at, 2));
      return;
    case 10:
      if (g->derivatives < 2) gen_derivative(g, b, p);
      return;
    case 11: gen_layer(g, b, p); return;
    case 12: gen_siblings(g, b, p); return;
    case 13: gen_short_sum(g, b, p); return;
    case 14:
    case 15:
    case 16: gen_stencil(g, b, p); return;
    default: add(p, gen_scalar(g, b, p));
  }
}

static void gen_block(Gen *g, Builder *b, Pool *p, int steps) {
  if (g->depth > 3) steps = 1;
  g->depth++;
  for (int i = 0; i < steps; i++) {
    add(p, gen_scalar(g, b, p));
    if (g->depth <= 3 && g->budget-- > 0) gen_step(g, b, p);
  }
  g->depth--;
}

/* ---- one function: y, then derivatives of it with respect to x -------------------------------- */

typedef struct {
  Func *func;
  Value *x[N_X];     /* scalar, vector, matrix */
  Value *x_dot[N_X], *x_dot2[N_X];
} Program;

static Program gen_program(Module *m, uint64_t seed) {
  Gen g = {.m = m, .seed = seed * 2654435761u + 88172645463325252u, .budget = 10, .points = points_of(seed)};
  for (int i = 0; i < 8; i++) draw(&g, 2);
  Program p = {.func = ARENA_NEW(m->arena, Func)};
  p.func->name = intern(m->names, "f");
  Region *body = p.func->body = region_new(m);
  vec_push(m->arena, &m->funcs, p.func);
  Builder b = builder_at_end(m, body);
  g.n = region_param(m, body, type_scalar(m, KIND_INT), intern(m->names, "n"));
  g.dims[0] = g.dims[1] = size_atom(m, g.n);
  Pool pool = {0};
  for (int r = 0; r < N_X; r++) {
    g.types[r] = type_array(m, KIND_REAL, r, g.dims);
    p.x[r] = region_param(m, body, g.types[r], intern(m->names, "x"));
  }
  for (int r = 0; r < N_X; r++) p.x_dot[r] = region_param(m, body, g.types[r], NULL);
  for (int r = 0; r < N_X; r++) p.x_dot2[r] = region_param(m, body, g.types[r], NULL);
  for (int r = 0; r < N_X; r++) add(&pool, p.x[r]);
  gen_block(&g, &b, &pool, 5);
  if (draw(&g, 3) == 0) gen_layer(&g, &b, &pool);
  if (draw(&g, 3) == 0) gen_siblings(&g, &b, &pool);
  Value *sum = build_real(&b, 0);
  for (int i = 0; i < 3; i++) sum = build_prim(&b, OP_add, sum, pick(&g, &pool, 0));
  Region *dot = region_new(m);
  Value *i = region_param(m, dot, type_scalar(m, KIND_INT), NULL);
  Builder in = builder_at_end(m, dot);
  Value *last = build_index(&in, pool.of[1][pool.count[1] - 1], &i);
  region_add_yield(m, dot, build_prim(&in, OP_mul, last, build_index(&in, pick(&g, &pool, 1), &i)));
  sum = build_prim(&b, OP_add, sum, build_reduce(&b, REDUCE_SUM, 1, g.dims, dot));

  /* y; y_dot by jvp; grad by vjp; (y_dot)' by jvp of jvp; grad of y_dot; grad's tangent. */
  Type *scalar = g.types[0];
  Value *jvp_operands[7] = {sum, p.x[0], p.x[1], p.x[2], p.x_dot[0], p.x_dot[1], p.x_dot[2]};
  Instr *jvp = build_instr(&b, OP_JVP, 7, jvp_operands, 1, &scalar, 0, NULL);
  jvp->n_y = 1;
  Value *vjp_operands[5] = {sum, build_real(&b, 1), p.x[0], p.x[1], p.x[2]};
  Instr *vjp = build_instr(&b, OP_VJP, 5, vjp_operands, 3, g.types, 0, NULL);
  vjp->n_y = 1;
  Value *second_operands[7] = {jvp->results[0], p.x[0], p.x[1], p.x[2],
                               p.x_dot2[0], p.x_dot2[1], p.x_dot2[2]};
  Instr *second = build_instr(&b, OP_JVP, 7, second_operands, 1, &scalar, 0, NULL);
  second->n_y = 1;
  Value *reverse_operands[5] = {jvp->results[0], build_real(&b, 1), p.x[0], p.x[1], p.x[2]};
  Instr *reverse = build_instr(&b, OP_VJP, 5, reverse_operands, 3, g.types, 0, NULL);
  reverse->n_y = 1;
  Value *forward_operands[9] = {vjp->results[0], vjp->results[1], vjp->results[2], p.x[0], p.x[1],
                                p.x[2], p.x_dot2[0], p.x_dot2[1], p.x_dot2[2]};
  Instr *forward = build_instr(&b, OP_JVP, 9, forward_operands, 3, g.types, 0, NULL);
  forward->n_y = 3;
  Value *over_operands[9] = {vjp->results[0], vjp->results[1], vjp->results[2], p.x_dot[0],
                             p.x_dot[1], p.x_dot[2], p.x[0], p.x[1], p.x[2]};
  Instr *over = build_instr(&b, OP_VJP, 9, over_operands, 3, g.types, 0, NULL);
  over->n_y = 3;

  region_add_yield(m, body, sum);
  region_add_yield(m, body, jvp->results[0]);
  region_add_yield(m, body, second->results[0]);
  for (int r = 0; r < N_X; r++) region_add_yield(m, body, vjp->results[r]);
  for (int r = 0; r < N_X; r++) region_add_yield(m, body, reverse->results[r]);
  for (int r = 0; r < N_X; r++) region_add_yield(m, body, forward->results[r]);
  for (int r = 0; r < N_X; r++) region_add_yield(m, body, over->results[r]);
  return p;
}

enum { Y, Y_DOT, SECOND, GRAD, REVERSE = GRAD + N_X, FORWARD = REVERSE + N_X, OVER = FORWARD + N_X,
       N_YIELDS = OVER + N_X };

/* ---- checks ----------------------------------------------------------------------------------- */

static void random_args(Module *m, uint64_t seed, Datum **args) {
  Gen g = {.seed = seed + 1234567};
  args[0] = datum_scalar(m->arena, points_of(seed));
  const int64_t dims[2] = {points_of(seed), points_of(seed)};
  for (int k = 0; k < 3 * N_X; k++) {
    args[1 + k] = datum_array(m->arena, k % N_X, dims);
    for (int64_t i = 0; i < args[1 + k]->n; i++)
      args[1 + k]->at[i] = (draw(&g, 20001) - 10000.0) / 9000.0;
  }
}

static double dot(Datum *const *a, Datum *const *b) {
  double sum = 0;
  for (int r = 0; r < N_X; r++)
    for (int64_t i = 0; i < a[r]->n; i++) sum += a[r]->at[i] * b[r]->at[i];
  return sum;
}

static int failures;

static void expect(uint64_t seed, const char *what, double a, double b, double tolerance) {
  const double scale = 1 + fabs(a) + fabs(b);
  if (fabs(a - b) <= tolerance * scale) return;
  printf("seed %llu: %s: %.17g against %.17g\n", (unsigned long long)seed, what, a, b);
  failures++;
}

static double at_shift(Module *m, Region *body, Datum **args, double h, int which) {
  Datum *shifted[1 + 3 * N_X], *yields[N_YIELDS];
  memcpy(shifted, args, sizeof shifted);
  for (int r = 0; r < N_X; r++) {
    const Datum *x = args[1 + r], *x_dot = args[1 + (which == Y_DOT ? 2 : 1) * N_X + r];
    shifted[1 + r] = datum_array(m->arena, x->rank, x->dims);
    for (int64_t i = 0; i < x->n; i++) shifted[1 + r]->at[i] = x->at[i] + h * x_dot->at[i];
  }
  interpret(m, body, shifted, yields);
  return yields[which]->at[0];
}

/* Fourth-order central difference. */
static double difference(Module *m, Region *body, Datum **args, int which) {
  const double h = 1e-4;
  return (8 * (at_shift(m, body, args, h, which) - at_shift(m, body, args, -h, which)) -
          (at_shift(m, body, args, 2 * h, which) - at_shift(m, body, args, -2 * h, which))) /
         (12 * h);
}

/* What is printed reads back, and prints the same. */
static bool reads_back(Module *m) {
  Text text = {.arena = m->arena}, again = {.arena = m->arena};
  ir_print(&text, m);
  Sources *sources = sources_new(m->arena);
  Diag *diag = diag_new(m->arena, sources);
  const uint32_t file = sources_add_text(sources, "printed.dpir", text.text, text.len);
  Module *read = ir_read(m->arena, m->names, sources, diag, file);
  if (read) ir_print(&again, read);
  else diag_print(diag, stdout);
  return read && strcmp(text.text, again.text) == 0;
}

static bool verified(Module *m, uint64_t seed, const char *after) {
  const char *problem = ir_verify(m);
  if (!problem && !reads_back(m)) problem = "the text does not read back";
  if (!problem) return true;
  printf("seed %llu: after %s: %s\n", (unsigned long long)seed, after, problem);
  failures++;
  return false;
}

static void run_seed(uint64_t seed, bool simplified, double *y_out) {
  Arena *arena = arena_new();
  Module *m = module_new(arena, names_new(arena));
  Diag *diag = diag_new(arena, sources_new(arena));
  Program p = gen_program(m, seed);
  if (getenv("DP_SHOW")) {
    Text text = {.arena = arena};
    ir_print(&text, m);
    puts(text.text);
  }
  if (!verified(m, seed, "generation")) return;
  if (simplified) simplify(m, diag);
  if (!verified(m, seed, "simplify")) return;
  if (simplified) join_factors(m, diag);
  if (!verified(m, seed, "scale")) return;
  derive(m, diag);
  if (diag_errors(diag)) diag_print(diag, stdout), failures++;
  if (!verified(m, seed, "derive")) return;
  if (simplified) join_factors(m, diag);
  if (!verified(m, seed, "scale#2")) return;
  checkpoint(m, diag);
  if (!verified(m, seed, "checkpoint")) return;
  if (simplified) simplify(m, diag);
  if (!verified(m, seed, "simplify#2")) return;
  if (simplified) fuse(m, diag);
  if (!verified(m, seed, "fuse")) return;
  if (simplified) gather_stencils(m, diag);
  if (!verified(m, seed, "stencil")) return;
  if (simplified) keep_states_on_tapes(m, diag);
  if (!verified(m, seed, "trail")) return;
  if (simplified) invert_divisors(m, diag);
  if (!verified(m, seed, "reciprocal")) return;
  if (simplified) simplify(m, diag);
  if (!verified(m, seed, "simplify#3")) return;
  if (getenv("DP_SHOW")) {
    Text text = {.arena = arena};
    ir_print(&text, m);
    puts(text.text);
  }

  Datum *args[1 + 3 * N_X], *yields[N_YIELDS];
  random_args(m, seed, args);
  Region *body = p.func->body;
  interpret(m, body, args, yields);
  Datum *const *x_dot = args + 1 + N_X, *const *x_dot2 = args + 1 + 2 * N_X;
  expect(seed, "tangent and differences", yields[Y_DOT]->at[0], difference(m, body, args, Y), 1e-6);
  expect(seed, "adjoint and tangent", yields[Y_DOT]->at[0], dot(yields + GRAD, x_dot), 1e-11);
  expect(seed, "second order and differences", yields[SECOND]->at[0],
         difference(m, body, args, Y_DOT), 1e-5);
  expect(seed, "reverse over forward", yields[SECOND]->at[0], dot(yields + REVERSE, x_dot2), 1e-10);
  expect(seed, "forward over reverse", yields[SECOND]->at[0], dot(yields + FORWARD, x_dot), 1e-10);
  expect(seed, "reverse over reverse", yields[SECOND]->at[0], dot(yields + OVER, x_dot2), 1e-10);
  if (simplified) expect(seed, "simplified", yields[Y]->at[0], *y_out, 1e-12);
  *y_out = yields[Y]->at[0];
  arena_free(arena);
}

int main(int argc, char **argv) {
  const uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
  const uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 100;
  for (uint64_t seed = first; seed < first + count; seed++) {
    double y = 0;
    run_seed(seed, false, &y);
    run_seed(seed, true, &y);
  }
  printf("%d failures in %llu programs\n", failures, (unsigned long long)count);
  return failures ? 1 : 0;
}
