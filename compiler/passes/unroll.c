#include "passes/unroll.h"

/* At most so many copies, and so many instructions in all of them together; in triangles; and of steps
 * of loops, whose bodies may hold maps and more loops. */
enum { MAX_COPIES = 9, MAX_INSTRS = 200, MAX_ROWS = 10, MAX_FACTOR = 64, MAX_TRIANGLE = 600 };
enum { MAX_STEPS = 4, MAX_STEP_INSTRS = 400 };

typedef struct {
  Module *m;
  const ValueMap *pinned;
  ValueMap replaced;
  int changes;
} Unroll;

/* Instructions, with those in branches; more than any limit where there is something else
 * inside. */
static int body_size(const Region *body) {
  int size = 0;
  for (const Instr *instr = body->first; instr; instr = instr->next) {
    const bool is_branch = instr->op == OP_IF;
    if (!is_branch && instr->n_regions > 0) return MAX_INSTRS + 1;
    if (instr->op == OP_VJP || instr->op == OP_JVP || instr->op == OP_COPY) return MAX_INSTRS + 1;
    size++;
    for (int k = 0; k < instr->n_regions; k++) size += body_size(instr->regions[k]);
    if (size > MAX_INSTRS) break;
  }
  return size;
}

/* How many points the space has; 0 if that is not known or more than a handful. */
static int64_t count_points(const Instr *space) {
  int64_t points = 1;
  for (int d = 0; d < space->n_extents; d++) {
    int64_t n;
    if (!size_is_const(space->extents[d], &n) || n < 1 || n > MAX_COPIES) return 0;
    points *= n;
    if (points > MAX_COPIES) return 0;
  }
  return points;
}

static bool can_write_out(const Unroll *u, const Instr *instr) {
  const bool is_sum = instr->op == OP_REDUCE && instr->reduce == REDUCE_SUM;
  if (!is_sum && instr->op != OP_SWEEP) return false;
  for (int i = 0; i < instr->n_results; i++)
    if (value_map_has(u->pinned, instr->results[i])) return false;
  return true;
}

/* No points at all: what is left where a triangle is written out. */
static bool is_empty(const Instr *space) {
  for (int d = 0; d < space->n_extents; d++) {
    int64_t n;
    if (size_is_const(space->extents[d], &n) && n < 1) return true;
  }
  return false;
}

static bool is_small(const Unroll *u, const Instr *instr) {
  const int64_t points = count_points(instr);
  if (!can_write_out(u, instr)) return false;
  return is_empty(instr) || (points > 0 && points * body_size(instr->regions[0]) <= MAX_INSTRS);
}

/* ---- triangles: sums over i < j inside a sum over a few j ------------------------------------- */

/* The size where the counter is `at`; false if it depends on more than that. */
static bool size_at(const Size *size, const Value *counter, int64_t at, int64_t *result) {
  *result = 0;
  for (int i = 0; i < size->n_terms; i++) {
    int64_t term = size->terms[i].coef;
    for (int k = 0; k < size->terms[i].n_atoms; k++) {
      if (size->terms[i].atoms[k] != counter) return false;
      if (term > MAX_FACTOR || term < -MAX_FACTOR) return false;
      term *= at;
    }
    *result += term;
  }
  return true;
}

/* The instructions of the inner sum in row `at`; more than any limit where that is not known. */
static int64_t row_size(const Instr *inner, const Value *counter, int64_t at) {
  int64_t n;
  const bool is_sum = inner->op == OP_REDUCE && inner->reduce == REDUCE_SUM;
  if ((!is_sum && inner->op != OP_SWEEP) || inner->n_extents != 1) return MAX_TRIANGLE + 1;
  if (!size_at(inner->extents[0], counter, at, &n) || n > MAX_COPIES) return MAX_TRIANGLE + 1;
  const int body = body_size(inner->regions[0]);
  return n < 1 ? 0 : body > MAX_INSTRS ? MAX_TRIANGLE + 1 : n * body;
}

static bool has_constant_extents(const Instr *space) {
  int64_t n;
  for (int d = 0; d < space->n_extents; d++)
    if (!size_is_const(space->extents[d], &n)) return false;
  return true;
}

/* A sum over a few j that holds sums of a length that depends on j: loops so short, of a length that
 * changes, are nothing for vectors. Once it is written out, they have known lengths. */
static bool is_triangle(const Unroll *u, const Instr *instr) {
  int64_t rows, total = 0;
  bool any = false;
  if (!can_write_out(u, instr) || instr->n_extents != 1) return false;
  if (!size_is_const(instr->extents[0], &rows) || rows < 2 || rows > MAX_ROWS) return false;
  const Region *body = instr->regions[0];
  for (const Instr *inner = body->first; inner; inner = inner->next) {
    if (inner->op == OP_VJP || inner->op == OP_JVP || inner->op == OP_COPY) return false;
    const bool is_loop = inner->n_regions > 0 && inner->op != OP_IF;
    if (is_loop && has_constant_extents(inner)) return false;
    any |= is_loop;
    for (int64_t j = 0; j < rows && total <= MAX_TRIANGLE; j++)
      total += is_loop ? row_size(inner, body->params[0], j) : 1;
  }
  return any && total <= MAX_TRIANGLE;
}

/* A copy of the body at one point; its yields go to values, which for a sweep held the
 * accumulators. */
static void copy_body(Unroll *u, Builder *b, const Instr *space, const int64_t *at,
                      Value **values) {
  ValueMap copied = value_map_new(u->m->scratch);
  const Region *body = space->regions[0];
  for (int d = 0; d < space->n_extents; d++)
    value_map_set(&copied, body->params[d], build_int(b, at[d]));
  for (int i = 0; i < space->n_operands; i++)
    value_map_set(&copied, body->params[space->n_extents + i], values[i]);
  clone_region_into(b, body, &copied);
  for (int i = 0; i < body->n_yields; i++) values[i] = value_map_get(&copied, body->yields[i]);
}

static bool step(const Instr *space, int64_t *at) {
  for (int d = space->n_extents; d-- > 0;) {
    int64_t n = 0;
    size_is_const(space->extents[d], &n);
    if (++at[d] < n) return true;
    at[d] = 0;
  }
  return false;
}

/* All points in order; values end as the results. */
static void copy_points(Unroll *u, Builder *b, const Instr *space, Value **values) {
  int64_t at[MAX_RANK] = {0};
  Value *sum = NULL;
  do {
    copy_body(u, b, space, at, values);
    if (space->op == OP_REDUCE) sum = sum ? build_prim(b, OP_add, sum, values[0]) : values[0];
  } while (step(space, at));
  if (space->op == OP_REDUCE) values[0] = sum;
}

static void write_out(Unroll *u, Instr *space) {
  Builder b = builder_before(u->m, space);
  Value **values = ARENA_ARRAY(u->m->scratch, Value *, (size_t)space->n_results);
  for (int i = 0; i < space->n_operands; i++) values[i] = space->operands[i];
  if (!is_empty(space)) copy_points(u, &b, space, values);
  else if (space->op == OP_REDUCE)
    values[0] = type_is_real(space->results[0]->type) ? build_real(&b, 0) : build_int(&b, 0);
  for (int i = 0; i < space->n_results; i++) {
    Value *value = value_map_get(&u->replaced, values[i]); /* values of earlier ones are final */
    if (!value->name) value->name = space->results[i]->name;
    value_map_set(&u->replaced, space->results[i], value);
  }
  instr_unlink(space);
  u->changes++;
}

/* ---- loops of a few steps -------------------------------------------------------------------- */

static int whole_size(const Region *body) {
  int size = 0;
  for (const Instr *instr = body->first; instr; instr = instr->next) {
    if (instr->op == OP_VJP || instr->op == OP_JVP) return MAX_STEP_INSTRS + 1;
    size++;
    for (int k = 0; k < instr->n_regions; k++) size += whole_size(instr->regions[k]);
    if (size > MAX_STEP_INSTRS) break;
  }
  return size;
}

/* A schedule is the user's wish to have a loop. */
static bool is_short(const Unroll *u, const Instr *loop) {
  int64_t steps;
  if (loop->op != OP_LOOP || loop->schedule != SCHEDULE_ALL || loop->size) return false;
  if (!value_is_const_int(loop->operands[0], &steps) || steps < 1 || steps > MAX_STEPS) return false;
  for (int i = 0; i < loop->n_results; i++)
    if (value_map_has(u->pinned, loop->results[i])) return false;
  return steps * whole_size(loop->regions[0]) <= MAX_STEP_INSTRS;
}

/* The steps one after the other: each row that one of them writes is then an array of its own. */
static void write_out_steps(Unroll *u, Instr *loop) {
  Builder b = builder_before(u->m, loop);
  const Region *body = loop->regions[0];
  Value **values = ARENA_ARRAY(u->m->scratch, Value *, (size_t)loop->n_results);
  int64_t steps = 0;
  value_is_const_int(loop->operands[0], &steps);
  for (int i = 0; i < loop->n_results; i++) values[i] = loop->operands[1 + i];
  for (int64_t t = 0; t < steps; t++) {
    ValueMap copied = value_map_new(u->m->scratch);
    value_map_set(&copied, body->params[0], build_int(&b, t));
    for (int i = 0; i < loop->n_results; i++)
      value_map_set(&copied, body->params[1 + i], values[i]);
    clone_region_into(&b, body, &copied);
    for (int i = 0; i < loop->n_results; i++) values[i] = value_map_get(&copied, body->yields[i]);
  }
  for (int i = 0; i < loop->n_results; i++)
    value_map_set(&u->replaced, loop->results[i], value_map_get(&u->replaced, values[i]));
  instr_unlink(loop);
  u->changes++;
}

/* Inner ones first; what holds one waits for the next round, when its body is settled. */
static bool unroll_inside(Unroll *u, Region *region) {
  if (region_is_flat(region)) return false;
  bool any = false;
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    bool inside = false;
    for (int k = 0; k < instr->n_regions; k++) inside |= unroll_inside(u, instr->regions[k]);
    if (!inside && (is_small(u, instr) || is_triangle(u, instr))) {
      write_out(u, instr);
      inside = true;
    } else if (!inside && is_short(u, instr)) {
      write_out_steps(u, instr);
      inside = true;
    }
    any |= inside;
  }
  return any;
}

int unroll_region(Module *m, Region *body, const ValueMap *pinned) {
  Unroll u = {.m = m, .pinned = pinned, .replaced = value_map_new(m->scratch)};
  if (!unroll_inside(&u, body)) return 0;
  region_replace(m, body, &u.replaced);
  return u.changes;
}
