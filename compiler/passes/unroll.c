#include "passes/unroll.h"

/* At most so many copies, and so many instructions in all of them together. */
enum { MAX_COPIES = 9, MAX_INSTRS = 200 };

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

static bool is_small(const Unroll *u, const Instr *instr) {
  const bool is_sum = instr->op == OP_REDUCE && instr->reduce == REDUCE_SUM;
  if (!is_sum && instr->op != OP_SWEEP) return false;
  for (int i = 0; i < instr->n_results; i++)
    if (value_map_has(u->pinned, instr->results[i])) return false;
  const int64_t points = count_points(instr);
  return points > 0 && points * body_size(instr->regions[0]) <= MAX_INSTRS;
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

static void write_out(Unroll *u, Instr *space) {
  Builder b = builder_before(u->m, space);
  int64_t at[MAX_RANK] = {0};
  Value **values = ARENA_ARRAY(u->m->scratch, Value *, (size_t)space->n_results);
  for (int i = 0; i < space->n_operands; i++) values[i] = space->operands[i];
  Value *sum = NULL;
  do {
    copy_body(u, &b, space, at, values);
    if (space->op == OP_REDUCE) sum = sum ? build_prim(&b, OP_add, sum, values[0]) : values[0];
  } while (step(space, at));
  if (space->op == OP_REDUCE) values[0] = sum;
  for (int i = 0; i < space->n_results; i++) {
    Value *value = value_map_get(&u->replaced, values[i]); /* values of earlier ones are final */
    if (!value->name) value->name = space->results[i]->name;
    value_map_set(&u->replaced, space->results[i], value);
  }
  instr_unlink(space);
  u->changes++;
}

/* Inner ones first; what holds one waits for the next round, when its body is settled. */
static bool unroll_inside(Unroll *u, Region *region) {
  bool any = false;
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    bool inside = false;
    for (int k = 0; k < instr->n_regions; k++) inside |= unroll_inside(u, instr->regions[k]);
    if (!inside && is_small(u, instr)) {
      write_out(u, instr);
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
