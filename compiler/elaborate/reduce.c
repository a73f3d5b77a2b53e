/* reduce - sums, extremes and their like, over whole arrays and over generators. */
#include "elaborate/elab.h"

#include "ir/op.h"

#include <math.h>

typedef enum {
  SUM, PROD, MEAN, MIN, MAX, ANY, ALL, ARGMIN, ARGMAX, NORM, DOT
} Reduction;

/* ---- one array ------------------------------------------------------------------------------- */

static Value *reduce_array(Elab *e, ReduceKind kind, Value *array) {
  Value *indices[MAX_RANK];
  const Type *type = array->type;
  if (type->rank == 0) return array;
  Frame frame;
  Region *body = open_frame(e, &frame, FRAME_SPACE);
  for (int d = 0; d < type->rank; d++) indices[d] = frame_index(e, "i");
  region_add_yield(e->m, body, element(e, array, indices));
  close_frame(e);
  return build_reduce(here(e), kind, type->rank, type->dims, body);
}

/* The first n dimensions reduced away, the others kept. */
static Value *reduce_leading(Elab *e, ReduceKind kind, Value *array, int n) {
  Value *indices[MAX_RANK];
  const Type *type = array->type;
  if (n == type->rank) return reduce_array(e, kind, array);
  Frame outer, inner;
  Region *map = open_frame(e, &outer, FRAME_SPACE);
  for (int d = n; d < type->rank; d++) indices[d] = frame_index(e, "i");
  Region *body = open_frame(e, &inner, FRAME_SPACE);
  for (int d = 0; d < n; d++) indices[d] = frame_index(e, "k");
  region_add_yield(e->m, body, build_index(here(e), array, indices));
  close_frame(e);
  region_add_yield(e->m, map, build_reduce(here(e), kind, n, type->dims, body));
  close_frame(e);
  return build_map(here(e), type->rank - n, type->dims + n, map)->results[0];
}

/* Loops within loops over all elements; acc goes through them. */
static Value *product_level(Elab *e, Value *array, int level, Value **indices, Value *acc) {
  const Type *type = array->type;
  if (level == type->rank)
    return build_prim(here(e), OP_mul, acc, build_index(here(e), array, indices));
  Value *count = build_size(here(e), type->dims[level]);
  Frame frame;
  Region *body = open_frame(e, &frame, FRAME_TIME);
  indices[level] = frame_index(e, "k");
  Value *inner = region_param(e->m, body, acc->type, intern(e->names, "product"));
  region_add_yield(e->m, body, product_level(e, array, level + 1, indices, inner));
  close_frame(e);
  return build_loop(here(e), count, 1, &acc, body)->results[0];
}

static Value *product_of(Elab *e, Value *array) {
  Value *indices[MAX_RANK];
  Value *one = array->type->kind == KIND_INT ? build_int(here(e), 1) : build_real(here(e), 1);
  return product_level(e, array, 0, indices, one);
}

/* The first place of the least (or greatest) element. */
static Value *arg_extreme(Elab *e, Value *array, bool is_min) {
  Value *count = build_size(here(e), array->type->dims[0]);
  Value *zero = build_int(here(e), 0);
  Frame frame, arms[2];
  Region *regions[2], *body = open_frame(e, &frame, FRAME_TIME);
  Value *k = frame_index(e, "k"), *best = frame_index(e, "best");
  Value *a = build_index(here(e), array, &k), *b = build_index(here(e), array, &best);
  Value *better = build_prim(here(e), is_min ? OP_lt : OP_gt, a, b);
  for (int i = 0; i < 2; i++) {
    regions[i] = open_frame(e, &arms[i], FRAME_ARM);
    region_add_yield(e->m, regions[i], i == 0 ? k : best);
    close_frame(e);
  }
  region_add_yield(e->m, body, build_if(here(e), better, regions[0], regions[1])->results[0]);
  close_frame(e);
  return build_loop(here(e), count, 1, &zero, body)->results[0];
}

/* ---- all elements of all parts --------------------------------------------------------------- */

static Datum *combine(Elab *e, Span span, Reduction r, Datum *a, Datum *b) {
  Datum *args[2] = {a, b};
  if (r == MIN || r == MAX) return apply_prim(e, span, r == MIN ? OP_min : OP_max, 2, args);
  return binary(e, span, OPERATOR_ADD, a, b);
}

static Datum *reduce_leaves(Elab *e, Span span, Reduction r, const Datum *d) {
  static const ReduceKind kinds[] = {[SUM] = REDUCE_SUM, [MIN] = REDUCE_MIN, [MAX] = REDUCE_MAX};
  ValueList leaves = {0};
  Datum *total = NULL;
  datum_real_leaves(e, d, &leaves);
  if (is_number(d) && datum_kind(d) == KIND_INT) vec_push(e->arena, &leaves, materialise(e, d));
  for (size_t i = 0; i < leaves.len; i++) {
    Datum *one = datum_value(e, reduce_array(e, kinds[r], leaves.at[i]));
    total = total ? combine(e, span, r, total, one) : one;
  }
  return total ? total : datum_real(e, r == SUM ? 0 : r == MIN ? INFINITY : -INFINITY);
}

static Datum *product_scalar(Elab *e, Span span, const void *how, int n, Datum **scalars) {
  (void)span, (void)how, (void)n;
  if (datum_kind(scalars[0]) == KIND_INT && datum_kind(scalars[1]) == KIND_INT)
    return int_op(e, OP_mul, scalars[0], scalars[1]);
  return scalar_prim(e, OP_mul, scalar_to_real(e, scalars[0]), scalar_to_real(e, scalars[1]));
}

static Datum *sum_of_products(Elab *e, Span span, Datum *a, Datum *b) {
  Datum *args[2] = {a, b};
  const uint32_t temp_from = e->temp_from;
  if (e->m->next_id < temp_from) e->temp_from = e->m->next_id;
  Datum *products = structurewise(e, span, 2, args, product_scalar, NULL);
  Datum *sum = is_poison(products) ? products : reduce_leaves(e, span, SUM, products);
  e->temp_from = temp_from;
  return sum;
}

static Datum *cast_bool(Elab *e, Span span, const void *how, int n, Datum **scalars) {
  const bool negate = *(const bool *)how;
  (void)n, (void)span;
  Datum *x = negate ? scalar_prim(e, OP_not, scalars[0], NULL) : scalars[0];
  return scalar_prim(e, OP_bool_to_int, x, NULL);
}

/* any: some are true; all: none is false. */
static Datum *any_or_all(Elab *e, Span span, Reduction r, Datum *d) {
  if (!is_number(d) || datum_kind(d) != KIND_BOOL) return type_mismatch(e, span, "bools", d);
  const bool negate = r == ALL;
  Datum *ints = elementwise(e, span, 1, &d, cast_bool, &negate);
  Datum *count = datum_value(e, reduce_array(e, REDUCE_SUM, materialise(e, ints)));
  return scalar_prim(e, negate ? OP_eq : OP_gt, count, datum_int(e, 0));
}

static Datum *mean_of(Elab *e, Span span, Datum *d) {
  if (!is_array(d)) return is_number(d) ? to_real(e, d) : type_mismatch(e, span, "an array", d);
  Size *count = size_int(e, 1);
  for (int k = 0; k < d->value->type->rank; k++)
    count = size_mul(e->m, count, d->value->type->dims[k]);
  Datum *sum = reduce_leaves(e, span, SUM, d);
  return binary(e, span, OPERATOR_DIV, sum, int_of_size(e, count));
}

static Datum *of_array(Elab *e, Span span, Reduction r, Datum *d) {
  switch (r) {
    case PROD: return datum_value(e, product_of(e, d->value));
    default:
      if (d->value->type->rank != 1) return type_mismatch(e, span, "an array of one dimension", d);
      return datum_value(e, arg_extreme(e, d->value, r == ARGMIN));
  }
}

static Datum *reduce_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  const Reduction r = (Reduction)b->code;
  Datum *d = args[0];
  if (!is_number(d) && !is_structure(d)) return type_mismatch(e, span, "an array", d);
  switch (r) {
    case ANY:
    case ALL: return any_or_all(e, span, r, d);
    case MEAN: return mean_of(e, span, d);
    case DOT: return sum_of_products(e, span, args[0], args[1]);
    case NORM: {
      Datum *square = to_real(e, sum_of_products(e, span, d, d));
      return is_poison(square) ? square : scalar_prim(e, OP_sqrt, square, NULL);
    }
    case MIN:
    case MAX:
      if (n == 1) return reduce_leaves(e, span, r, d);
      for (int i = 1; i < n; i++) d = combine(e, span, r, d, args[i]);
      return d;
    case SUM: return reduce_leaves(e, span, r, d);
    default: return is_array(d) ? of_array(e, span, r, d) : type_mismatch(e, span, "an array", d);
  }
}

/* ---- generators ------------------------------------------------------------------------------ */

/* sum(value for gens if condition). */
typedef struct {
  Reduction r;
  const Expr *call;
  bool counts; /* each member is 1 instead of its value */
} Generated;

typedef struct {
  Scope *s;
  const Generated *g;
  Datum *value; /* of the first arm; tells the type of the neutral element */
} Guarded;

static Constant neutral(Reduction r, Kind kind) {
  Constant c = {.kind = kind};
  if (r == PROD) c.real = 1, c.integer = 1;
  if (r == ALL) c.integer = 1;
  if (r == MIN) c.real = INFINITY, c.integer = INT64_MAX;
  if (r == MAX) c.real = -INFINITY, c.integer = INT64_MIN;
  return c;
}

static Datum *neutral_scalar(Elab *e, Span span, const void *how, int n, Datum **scalars) {
  (void)span, (void)n;
  return datum_constant(e, neutral(*(const Reduction *)how, datum_kind(scalars[0])));
}

static Datum *member_value(Elab *e, Scope *s, const Generated *g) {
  return g->counts ? datum_int(e, 1) : eval(e, s, g->call->args.at[0].value);
}

static Datum *guarded_arm(Elab *e, void *context, int arm) {
  Guarded *guarded = context;
  const Generated *g = guarded->g;
  if (arm == 0) return guarded->value = member_value(e, guarded->s, g);
  /* The condition is known to fail: the value only tells the type. */
  if (!guarded->value) guarded->value = member_value(e, guarded->s, g);
  if (is_poison(guarded->value)) return guarded->value;
  return structurewise(e, g->call->span, 1, &guarded->value, neutral_scalar, &g->r);
}

static Datum *generated_value(Elab *e, Scope *s, const Generated *g) {
  if (!g->call->condition) return member_value(e, s, g);
  Guarded guarded = {s, g, NULL};
  Datum *condition = eval_condition(e, s, g->call->condition);
  return eval_if(e, g->call->span, condition, guarded_arm, &guarded);
}

/* An array of the generated values: what is no plain sum or extreme of scalars goes through it. */
static Datum *reduce_rows(Elab *e, Span span, Reduction r, int n, Datum *rows) {
  const ReduceKind kind = r == MIN ? REDUCE_MIN : r == MAX ? REDUCE_MAX : REDUCE_SUM;
  if (r == PROD || r == ANY || r == ALL || r == ARGMIN || r == ARGMAX || r == NORM) {
    const Builtin b = {.code = (int)r};
    return is_number(rows) ? reduce_value(e, &b, span, 1, &rows)
                           : type_mismatch(e, span, "numbers", rows);
  }
  ValueList leaves = {0};
  int next = 0;
  datum_leaves(e, rows, &leaves);
  for (size_t i = 0; i < leaves.len; i++) leaves.at[i] = reduce_leading(e, kind, leaves.at[i], n);
  return datum_rebuild(e, rows, leaves.at, &next);
}

static Datum *reduce_from(Elab *e, Scope *s, const Generated *g, size_t first);

static Datum *count_points(Elab *e, const Space *space) {
  Size *count = size_int(e, 1);
  for (int d = 0; d < space->n; d++) count = size_mul(e->m, count, space->extents[d]);
  return int_of_size(e, count);
}

/* Generators from the next on depend on those of the space: they are reduced at each of its points. */
static Datum *reduce_space(Elab *e, Scope *s, const Generated *g, const Space *space, size_t next) {
  const Expr *call = g->call;
  const Reduction r = g->r;
  if (g->counts && !call->condition && next == call->gens.len) return count_points(e, space);
  Scope inner = *s;
  Frame frame;
  Region *body = open_frame(e, &frame, FRAME_SPACE);
  space_enter(e, &inner, space);
  Datum *d = next < call->gens.len ? reduce_from(e, &inner, g, next) : generated_value(e, &inner, g);
  ValueList leaves = {0};
  if (!is_poison(d) && !datum_leaves(e, d, &leaves)) d = type_mismatch(e, call->span, "numbers", d);
  region_set_yields(e->m, body, (int)leaves.len, leaves.at);
  close_frame(e);
  if (is_poison(d)) return d;
  const bool direct = r == SUM || r == MIN || r == MAX;
  if (direct && is_scalar(d) && datum_kind(d) != KIND_BOOL) {
    const ReduceKind kind = r == MIN ? REDUCE_MIN : r == MAX ? REDUCE_MAX : REDUCE_SUM;
    return datum_value(e, build_reduce(here(e), kind, space->n, space->extents, body));
  }
  if (direct && is_scalar(d)) return type_mismatch(e, call->span, "numbers", d);
  int n = 0;
  Instr *map = build_map(here(e), space->n, space->extents, body);
  return reduce_rows(e, call->span, r, space->n, datum_rebuild(e, d, map->results, &n));
}

static Datum *reduce_from(Elab *e, Scope *s, const Generated *g, size_t first) {
  const GeneratorList *gens = &g->call->gens;
  const GeneratorList part = {.at = gens->at + first, .len = independent_generators(gens, first)};
  Space space;
  if (!space_of(e, s, &part, &space)) return poison(e);
  return reduce_space(e, s, g, &space, first + part.len);
}

/* How many members there are. */
static Datum *count_generated(Elab *e, Scope *s, const Expr *call) {
  const Generated count = {SUM, call, true};
  return reduce_from(e, s, &count, 0);
}

/* Over a tuple: the items one after the other. */
static Datum *reduce_tuple(Elab *e, Scope *s, Reduction r, const Expr *call, const Datum *tuple) {
  const Generated g = {r, call, false};
  Datum *total = NULL;
  for (int i = 0; i < tuple->n; i++) {
    Scope inner = *s;
    bind(e, &inner, call->gens.at[0].name, tuple->items[i], call->gens.at[0].span);
    Datum *one = generated_value(e, &inner, &g);
    if (is_poison(one)) return one;
    total = total ? combine(e, call->span, r, total, one) : one;
  }
  return total ? total : datum_constant(e, neutral(r, KIND_REAL));
}

static const Datum *tuple_of(Elab *e, Scope *s, const Expr *call) {
  const Expr *x = call->gens.at[0].range;
  if (call->gens.len != 1 || (x->tag != EXPR_NAME && x->tag != EXPR_FIELD)) return NULL;
  const Datum *d = eval(e, s, x);
  return d->tag == DATUM_TUPLE ? d : NULL;
}

static Datum *reduce_generator(Elab *e, Scope *s, const Builtin *b, const Expr *call) {
  const Reduction r = (Reduction)b->code;
  if (call->args.len != 1 || r == DOT) {
    REPORT(e, DIAG_BAD_STATEMENT, call->span, "one expression goes before `for`");
    return poison(e);
  }
  const Datum *tuple = tuple_of(e, s, call);
  if (tuple && (r == SUM || r == MIN || r == MAX)) return reduce_tuple(e, s, r, call, tuple);
  if ((r == ARGMIN || r == ARGMAX) && independent_generators(&call->gens, 0) < call->gens.len) {
    REPORT(e, DIAG_BAD_STATEMENT, call->span,
           "a position is one in a whole array; here a range changes with another one's index");
    return poison(e);
  }
  const Generated g = {r == MEAN ? SUM : r, call, false};
  Datum *d = reduce_from(e, s, &g, 0);
  if (r != MEAN || is_poison(d)) return d;
  return binary(e, call->span, OPERATOR_DIV, d, count_generated(e, s, call));
}

#define REDUCTION(name, code, min, max) \
  {name, reduce_value, reduce_generator, min, max, code, OP_COUNT}

const Builtin reduce_builtins[] = {
    REDUCTION("sum", SUM, 1, 1),       REDUCTION("prod", PROD, 1, 1),
    REDUCTION("mean", MEAN, 1, 1),     REDUCTION("min", MIN, 1, 16),
    REDUCTION("max", MAX, 1, 16),      REDUCTION("any", ANY, 1, 1),
    REDUCTION("all", ALL, 1, 1),       REDUCTION("argmin", ARGMIN, 1, 1),
    REDUCTION("argmax", ARGMAX, 1, 1), REDUCTION("norm", NORM, 1, 1),
    REDUCTION("dot", DOT, 2, 2),       {0}};
