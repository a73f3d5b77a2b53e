/* Lane control: branches and loops of a member for all lanes of its block. */
#include "passes/lane_code.h"

static bool is_number(const Lanes *lanes) {
  return lanes->kind == LANE_UNIFORM || lanes->kind == LANE_SCALAR || lanes->kind == LANE_MEMBER;
}

/* Are both the same kind of thing? A number per lane and one for all are. */
static bool is_alike(const Lanes *a, const Lanes *b) {
  if (is_number(a)) return is_number(b);
  return a->kind == b->kind && (a->kind != LANE_TOTAL || a->total == b->total) &&
         (a->kind != LANE_PIECES || a->n_leading == b->n_leading);
}

/* ---- branches -------------------------------------------------------------------------------- */

/* The scalars that a value is made of, as yields of an arm. */
static void yield_scalars(LaneCode *c, Region *region, Lanes *lanes, const Type *type) {
  if (lanes->kind == LANE_PIECES && !lanes->n_leading) {
    for (int k = 0; k < lanes_pieces(type, 0); k++)
      region_add_yield(c->m, region, lanes_scalar(c, lanes->pieces[k]));
  } else if (lanes->kind == LANE_TOTAL) {
    if (lanes->sum) yield_scalars(c, region, lanes->sum, type);
  } else if (type->rank == 0) {
    region_add_yield(c->m, region, lanes_scalar(c, lanes));
  } else {
    lanes_refuse(c);
  }
}

static Region *lane_arm(LaneCode *c, const Region *arm, Lanes **yields) {
  Region *region = region_new(c->m);
  const Builder outer = c->in;
  c->in = builder_at_end(c->m, region);
  c->in.span = outer.span;
  c->n_arms++;
  lane_region(c, arm);
  for (int k = 0; k < arm->n_yields && c->fits; k++) {
    yields[k] = lanes_of(c, arm->yields[k]);
    yield_scalars(c, region, yields[k], arm->yields[k]->type);
  }
  c->n_arms--;
  c->in = outer;
  return region;
}

/* The same value, of the results of the branch. */
static Lanes *with_scalars(LaneCode *c, const Lanes *shape, const Type *type, Value *const **next) {
  Lanes *lanes = lanes_new(c, shape->kind, NULL);
  *lanes = *shape;
  if (shape->kind == LANE_PIECES) {
    lanes = lanes_copy(c, shape);
    for (int k = 0; k < lanes_pieces(type, 0); k++)
      lanes->pieces[k] = lanes_computed(c, *(*next)++);
  } else if (shape->kind == LANE_TOTAL) {
    if (shape->sum) lanes->sum = with_scalars(c, shape->sum, type, next);
  } else {
    lanes = lanes_computed(c, *(*next)++);
  }
  return lanes;
}

/* Do the arms yield the same kind of thing? */
static bool arms_match(Lanes *const *yes, Lanes *const *no, int n) {
  for (int k = 0; k < n; k++) {
    if (!is_alike(yes[k], no[k])) return false;
    if (yes[k]->kind == LANE_TOTAL && !yes[k]->sum != !no[k]->sum) return false;
  }
  return true;
}

void lane_if(LaneCode *c, const Instr *branch) {
  const int n = branch->n_results;
  Lanes **yes = ARENA_ARRAY(c->m->arena, Lanes *, (size_t)n + 1);
  Lanes **no = ARENA_ARRAY(c->m->arena, Lanes *, (size_t)n + 1);
  Value *condition = lanes_scalar(c, lanes_of(c, branch->operands[0]));
  Region *first = lane_arm(c, branch->regions[0], yes);
  Region *second = c->fits ? lane_arm(c, branch->regions[1], no) : NULL;
  if (!c->fits || !arms_match(yes, no, n) || first->n_yields == 0) {
    lanes_refuse(c);
    return;
  }
  Value *const *next = build_if(&c->in, condition, first, second)->results;
  for (int k = 0; k < n; k++)
    lanes_set(c, branch->results[k], with_scalars(c, yes[k], branch->results[k]->type, &next));
}

/* ---- loops ----------------------------------------------------------------------------------- */

typedef Vec(Lanes *) LanesList;

/* The arrays of lanes that a carried value is made of: scalars one by one. */
static void add_leaves(LaneCode *c, Lanes *lanes, Type *type, LanesList *leaves) {
  if (lanes->kind == LANE_TOTAL) {
    if (lanes->sum) add_leaves(c, lanes->sum, type, leaves);
  } else if (lanes->kind == LANE_PIECES) {
    const int n = lanes_pieces(type, lanes->n_leading);
    for (int k = 0; k < n; k++) vec_push(c->m->arena, leaves, lanes->pieces[k]);
  } else {
    vec_push(c->m->arena, leaves, lanes);
  }
}

/* The same value, of arrays taken from the list. */
static Lanes *with_leaves(LaneCode *c, const Lanes *shape, Type *type, Value *const **next) {
  Lanes *lanes = lanes_new(c, shape->kind, NULL);
  *lanes = *shape;
  if (shape->kind == LANE_PIECES) {
    const int n = lanes_pieces(type, shape->n_leading);
    lanes->pieces = ARENA_ARRAY(c->m->arena, Lanes *, (size_t)n);
    for (int k = 0; k < n; k++) {
      const bool is_array = shape->n_leading > 0;
      lanes->pieces[k] = lanes_new(c, is_array ? LANE_ARRAY : LANE_SCALAR, NULL);
      *(is_array ? &lanes->pieces[k]->value : &lanes->pieces[k]->array) = *(*next)++;
    }
  } else if (shape->kind == LANE_ARRAY) {
    lanes->value = *(*next)++;
  } else if (shape->kind == LANE_TOTAL) {
    if (shape->sum) lanes->sum = with_leaves(c, shape->sum, type, next);
  } else {
    lanes->kind = LANE_SCALAR;
    lanes->segment = NULL;
    lanes->value = NULL;
    lanes->array = *(*next)++;
  }
  return lanes;
}

/* What lanes add to first: a number, or the elements of a small array. */
static Lanes *zero_sum(LaneCode *c, Type *type) {
  Lanes *zero = lanes_new(c, LANE_UNIFORM, build_real(&c->out, 0));
  const int n = lanes_pieces(type, 0);
  if (type->rank == 0) return zero;
  if (n == 0) return NULL;
  Lanes *sum = lanes_new(c, LANE_PIECES, NULL);
  sum->type = type;
  sum->pieces = ARENA_ARRAY(c->m->arena, Lanes *, (size_t)n);
  for (int k = 0; k < n; k++) sum->pieces[k] = zero;
  return sum;
}

/* As it goes into the loop: small arrays in pieces, totals with sums from zero. */
static Lanes *carried(LaneCode *c, const Value *init) {
  Lanes *lanes = lanes_of(c, (Value *)init);
  if (init->type->rank && lanes_are_uniform(lanes)) lanes = lanes_in_pieces(c, lanes, init->type);
  if (!lanes || init->type->kind != KIND_REAL) {
    lanes_refuse(c);
    return lanes_new(c, LANE_UNIFORM, build_real(&c->out, 0));
  }
  if (lanes->kind != LANE_TOTAL) return lanes;
  Lanes *total = lanes_new(c, LANE_TOTAL, NULL);
  *total = *lanes;
  total->sum = zero_sum(c, init->type);
  return total;
}

static Value **arrays_of(LaneCode *c, const LanesList *leaves) {
  Value **arrays = ARENA_ARRAY(c->m->arena, Value *, leaves->len + 1);
  /* Asking for one may close the segment or store what waits, before others are looked at. */
  for (size_t i = 0; i < leaves->len; i++)
    if (leaves->at[i]->kind != LANE_ARRAY) lanes_array(c, leaves->at[i]);
  lanes_close(c);
  for (size_t i = 0; i < leaves->len; i++) {
    const bool is_array = leaves->at[i]->kind == LANE_ARRAY;
    arrays[i] = is_array ? leaves->at[i]->value : lanes_array(c, leaves->at[i]);
    if (!arrays[i]) lanes_refuse(c);
  }
  return arrays;
}

/* The sums of an inner loop go to those of the outer one, .. */
static Lanes *sums_together(LaneCode *c, Lanes *a, Lanes *b) {
  if (!a || !b || a->kind != b->kind) return NULL;
  if (a->kind != LANE_PIECES) return lanes_sum(c, a, b);
  Lanes *sum = lanes_copy(c, a);
  for (int k = 0; k < lanes_pieces(a->type, 0); k++)
    sum->pieces[k] = lanes_sum(c, a->pieces[k], b->pieces[k]);
  return sum;
}

/* .. those of the outermost loop to the total. */
static void add_sums(LaneCode *c, int total, const Lanes *sum) {
  const Type *type = sum->type;
  const int n = sum->kind == LANE_PIECES ? lanes_pieces(type, 0) : 1;
  for (int k = 0; k < n; k++) {
    Addition addition = {total, sum->kind == LANE_PIECES ? sum->pieces[k] : (Lanes *)sum, 0,
                         ARENA_ARRAY(c->m->arena, Lanes *, MAX_RANK)};
    int64_t at[MAX_RANK];
    if (sum->kind == LANE_PIECES) {
      lanes_piece_indices(type, 0, k, at);
      addition.n = type->rank;
    }
    for (int d = 0; d < addition.n; d++)
      addition.indices[d] = lanes_new(c, LANE_UNIFORM, build_int(&c->out, at[d]));
    vec_push(c->m->arena, &c->additions, addition);
  }
}

static void after_loop(LaneCode *c, const Value *init, const Value *result, Lanes *lanes) {
  if (lanes->kind == LANE_TOTAL) {
    const Lanes *before = lanes_of(c, (Value *)init);
    Lanes *total = lanes_new(c, LANE_TOTAL, NULL);
    *total = *before;
    if (lanes->sum && c->n_loops) total->sum = sums_together(c, before->sum, lanes->sum);
    else if (lanes->sum) add_sums(c, lanes->total, lanes->sum);
    lanes = total;
  }
  lanes_set(c, result, lanes);
}

static void lane_steps(LaneCode *c, const Instr *loop, Region *region, Lanes *const *before) {
  const Region *body = loop->regions[0];
  const Builder outer = c->out;
  c->out = builder_at_end(c->m, region);
  c->out.span = outer.span;
  c->n_loops++;
  lane_region(c, body);
  LanesList leaves = {0};
  for (int k = 0; k < body->n_yields && c->fits; k++) {
    Lanes *yield = lanes_of(c, body->yields[k]);
    if (before[k]->kind == LANE_PIECES) {
      yield = lanes_in_pieces(c, yield, body->yields[k]->type);
      if (!yield) yield = lanes_new(c, LANE_TOTAL, NULL);
    }
    if (!is_alike(before[k], yield)) lanes_refuse(c);
    else add_leaves(c, yield, body->yields[k]->type, &leaves);
  }
  Value **yields = c->fits ? arrays_of(c, &leaves) : NULL;
  if (c->fits) region_set_yields(c->m, region, (int)leaves.len, yields);
  c->n_loops--;
  c->out = outer;
}

void lane_loop(LaneCode *c, const Instr *loop) {
  const Region *body = loop->regions[0];
  const Lanes *count = lanes_of(c, loop->operands[0]);
  const int n = loop->n_results;
  Lanes **before = ARENA_ARRAY(c->m->arena, Lanes *, (size_t)n + 1);
  LanesList leaves = {0};
  if (!lanes_are_uniform(count) || c->n_arms) lanes_refuse(c);
  for (int k = 0; k < n && c->fits; k++) {
    before[k] = carried(c, loop->operands[1 + k]);
    add_leaves(c, before[k], body->params[1 + k]->type, &leaves);
  }
  if (!c->fits) return;
  Value **inits = arrays_of(c, &leaves);
  if (!c->fits) return;
  Region *region = region_new(c->m);
  Value *step = region_param(c->m, region, body->params[0]->type, body->params[0]->name);
  Value **params = ARENA_ARRAY(c->m->arena, Value *, leaves.len + 1);
  for (size_t i = 0; i < leaves.len; i++)
    params[i] = region_param(c->m, region, inits[i]->type, inits[i]->name);
  lanes_set(c, body->params[0], lanes_new(c, LANE_UNIFORM, step));
  Value *const *next = params;
  for (int k = 0; k < n; k++)
    lanes_set(c, body->params[1 + k],
              with_leaves(c, before[k], body->params[1 + k]->type, &next));
  lane_steps(c, loop, region, before);
  if (!c->fits) return;
  Instr *made = build_loop(&c->out, count->value, (int)leaves.len, inits, region);
  Value *const *results = made->results;
  for (int k = 0; k < n; k++)
    after_loop(c, loop->operands[1 + k], loop->results[k],
               with_leaves(c, before[k], body->params[1 + k]->type, &results));
}
