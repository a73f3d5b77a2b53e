#include "passes/pad.h"

#include "ir/linear.h"
#include "passes/loops.h"

enum { MAX_COUNTERS = 2 * MAX_RANK };

/* A dimension of the copy: the counter `inner`, or the sums stride*outer + inner. */
typedef struct {
  int outer, inner; /* outer: -1 where there is none */
  int64_t stride;
} Axis;

/* A value in a sum's body, and the spaces around it up to `top`. */
typedef struct {
  Module *m;
  Instr *top;
  int n;
  Value *counter[MAX_COUNTERS];
  Size *extent[MAX_COUNTERS];
  int n_axes;
  Axis axis[MAX_RANK];
  bool has_rule; /* it is not read at the sums themselves */
  Name name;     /* of the array that is read */
} Pad;

static bool is_outside(const Pad *p, const Value *value) {
  return !region_is_within(value_region(value), p->top->regions[0]);
}

/* ---- which counters a value depends on, and how ---------------------------------------------- */

/* Is the counter's number of values known, and at least the stride? */
static bool covers(const Pad *p, int q, int64_t stride) {
  int64_t n;
  return size_is_const(p->extent[q], &n) && n >= 2 && n >= stride;
}

/* The axis of a sum with these coefficients; false where it cannot be one. */
static bool axis_of(const Pad *p, const int64_t *coef, Axis *axis) {
  int found[2], count = 0;
  for (int q = 0; q < p->n; q++) {
    if (coef[q] == 0) continue;
    if (count == 2) return false;
    found[count++] = q;
  }
  *axis = (Axis){.outer = -1, .inner = count ? found[0] : -1, .stride = 1};
  if (count < 2) return true;
  for (int k = 0; k < 2; k++) {
    const int outer = found[k], inner = found[1 - k];
    if (coef[inner] != 1 || coef[outer] < 1 || !covers(p, inner, coef[outer])) continue;
    *axis = (Axis){outer, inner, coef[outer]};
    return true;
  }
  return false;
}

/* Each counter may belong to one axis only. */
static bool note_axis(Pad *p, const int64_t *coef) {
  Axis axis;
  if (!axis_of(p, coef, &axis)) return false;
  if (axis.inner < 0) return true;
  for (int k = 0; k < p->n_axes; k++) {
    const Axis *old = &p->axis[k];
    if (old->outer == axis.outer && old->inner == axis.inner && old->stride == axis.stride)
      return true;
    const int mine[2] = {axis.inner, axis.outer};
    for (int i = 0; i < 2; i++)
      if (mine[i] >= 0 && (mine[i] == old->inner || mine[i] == old->outer)) return false;
  }
  if (p->n_axes == MAX_RANK) return false;
  p->axis[p->n_axes++] = axis;
  return true;
}

static bool visit(Pad *p, const Value *value);

static bool visit_operands(Pad *p, const Instr *instr, int first) {
  for (int k = first; k < instr->n_operands; k++)
    if (!visit(p, instr->operands[k])) return false;
  return true;
}

static bool visit_read(Pad *p, const Instr *read) {
  if (!is_outside(p, read->operands[0])) return false;
  p->name = read->operands[0]->name;
  return visit_operands(p, read, 1);
}

static bool visit_branch(Pad *p, const Instr *branch) {
  p->has_rule = true;
  for (int r = 0; r < 2; r++) {
    const Region *arm = branch->regions[r];
    for (int k = 0; k < arm->n_yields; k++)
      if (!visit(p, arm->yields[k])) return false;
  }
  return visit(p, branch->operands[0]);
}

/* Is the value read from outside, at places that only depend on sums of counters? Notes the axes. */
static bool visit(Pad *p, const Value *value) {
  int64_t coef[MAX_COUNTERS] = {0};
  const Counters counters = {p->top->regions[0], p->n, p->counter};
  if (is_outside(p, value)) return true;
  if (value->type->kind == KIND_INT && add_linear_steps(&counters, value, 1, coef))
    return note_axis(p, coef);
  const Instr *def = value->def;
  if (!def) return false;
  if (def->op == OP_CONST) return true;
  if (def->op == OP_SIZE) return size_is_outside(def->size, p->top->regions[0]);
  if (def->op == OP_INDEX) return visit_read(p, def);
  if (def->op == OP_IF) return visit_branch(p, def);
  if (!op_is_prim(def->op) || value->type->kind == KIND_REAL) return false;
  p->has_rule = true;
  return visit_operands(p, def, 0);
}

/* ---- the spaces around it --------------------------------------------------------------------- */

static bool add_counters(Pad *p, const Instr *space) {
  if (p->n + space->n_extents > MAX_COUNTERS) return false;
  for (int d = 0; d < space->n_extents; d++) {
    p->counter[p->n] = space->regions[0]->params[d];
    p->extent[p->n++] = space->extents[d];
  }
  return true;
}

/* Known before the spaces begin, and not known to be nothing. */
static bool extents_are_plain(const Pad *p) {
  for (int q = 0; q < p->n; q++) {
    int64_t n;
    if (!size_is_outside(p->extent[q], p->top->regions[0])) return false;
    if (size_is_const(p->extent[q], &n) && n < 1) return false;
  }
  return true;
}

static bool has_sum_of_counters(const Pad *p) {
  for (int k = 0; k < p->n_axes; k++)
    if (p->axis[k].outer >= 0) return true;
  return false;
}

static bool is_derivative(const Instr *instr) { return instr->op == OP_VJP || instr->op == OP_JVP; }

/* The spaces from the reduce outwards until the value is one that gains by a copy. */
static bool find(Pad *p, Module *m, Instr *reduce, const Value *value) {
  Instr *top = reduce;
  *p = (Pad){.m = m};
  while (top && (top->op == OP_MAP || top->op == OP_REDUCE) && add_counters(p, top)) {
    p->top = top;
    p->n_axes = 0;
    p->has_rule = false;
    if (!extents_are_plain(p) || any_instr(top->regions[0], is_derivative)) return false;
    if (visit(p, value) && p->has_rule && has_sum_of_counters(p)) return true;
    top = top->parent->parent;
  }
  return false;
}

/* ---- the copy ---------------------------------------------------------------------------------- */

/* The value's code at the builder's place, counters through the map. */
static Value *copy_code(const Pad *p, Builder *b, Value *value, ValueMap *map) {
  Value *known = value_map_find(map, value);
  if (known || is_outside(p, value)) return known ? known : value;
  const Instr *def = value->def;
  for (int k = 0; k < def->n_operands; k++) copy_code(p, b, def->operands[k], map);
  for (int r = 0; r < def->n_regions; r++) {
    ValueList free = {0};
    region_free_values(p->m, def->regions[r], &free);
    for (size_t i = 0; i < free.len; i++) copy_code(p, b, free.at[i], map);
  }
  clone_instr(b, def, map);
  return value_map_get(map, value);
}

/* A counter that is a dimension of the copy. */
static bool is_axis(const Pad *p, int q) {
  for (int k = 0; k < p->n_axes; k++)
    if (p->axis[k].outer < 0 && p->axis[k].inner == q) return true;
  return false;
}

/* Does the sum read where the copy has elements? NULL: certainly. */
static Value *any_points(const Pad *p, Builder *b) {
  Value *all = NULL;
  for (int q = 0; q < p->n; q++) {
    int64_t n;
    if (size_is_const(p->extent[q], &n) || is_axis(p, q)) continue;
    Value *some = build_prim(b, OP_gt, build_size(b, p->extent[q]), build_int(b, 0));
    all = all ? build_prim(b, OP_and, all, some) : some;
  }
  return all;
}

static Size *axis_extent(const Pad *p, const Axis *axis) {
  Module *m = p->m;
  if (axis->outer < 0) return p->extent[axis->inner];
  Size *steps = size_sub(m, p->extent[axis->outer], size_const(m, 1));
  return size_add(m, size_mul(m, size_const(m, axis->stride), steps), p->extent[axis->inner]);
}

static Value *element(const Pad *p, Builder *b, Value *value, Value *const *place) {
  ValueMap map = value_map_new(p->m->arena);
  for (int k = 0; k < p->n_axes; k++) {
    if (p->axis[k].outer >= 0)
      value_map_set(&map, p->counter[p->axis[k].outer], build_int(b, 0));
    value_map_set(&map, p->counter[p->axis[k].inner], place[k]);
  }
  return copy_code(p, b, value, &map);
}

static Value *map_of_elements(const Pad *p, Builder *b, Value *value) {
  Module *m = p->m;
  Region *body = region_new(m);
  Value *place[MAX_RANK];
  Size *extents[MAX_RANK];
  for (int k = 0; k < p->n_axes; k++) {
    const Value *counter = p->counter[p->axis[k].inner];
    extents[k] = axis_extent(p, &p->axis[k]);
    place[k] = region_param(m, body, counter->type, counter->name);
  }
  Builder in = builder_at_end(m, body);
  in.span = b->span;
  region_add_yield(m, body, element(p, &in, value, place));
  return build_map(b, p->n_axes, extents, body)->results[0];
}

static Value *build_copy_of(const Pad *p, Value *value) {
  Module *m = p->m;
  Builder b = builder_before(m, p->top);
  b.span = value->def->span;
  Value *condition = any_points(p, &b), *copy;
  if (condition) {
    Region *arms[2] = {region_new(m), region_new(m)};
    Builder some = builder_at_end(m, arms[0]), none = builder_at_end(m, arms[1]);
    some.span = none.span = b.span;
    copy = map_of_elements(p, &some, value);
    region_add_yield(m, arms[0], copy);
    region_add_yield(m, arms[1], build_zeros(&none, copy->type));
    copy = build_if(&b, condition, arms[0], arms[1])->results[0];
  } else {
    copy = map_of_elements(p, &b, value);
  }
  copy->name = p->name;
  return copy;
}

/* The copy's element for a point of the sum. */
static Value *build_read(const Pad *p, Builder *b, Value *copy) {
  Value *at[MAX_RANK];
  for (int k = 0; k < p->n_axes; k++) {
    const Axis *axis = &p->axis[k];
    at[k] = p->counter[axis->inner];
    if (axis->outer < 0) continue;
    Value *outer = p->counter[axis->outer];
    if (axis->stride != 1) outer = build_prim(b, OP_mul, build_int(b, axis->stride), outer);
    at[k] = build_prim(b, OP_add, outer, at[k]);
  }
  return build_index(b, copy, at);
}

static int pad_sum(Module *m, Instr *reduce, ValueMap *replaced) {
  int copies = 0;
  for (Instr *instr = reduce->regions[0]->first, *next; instr; instr = next) {
    next = instr->next;
    if ((instr->op != OP_INDEX && instr->op != OP_IF) || instr->n_results != 1) continue;
    Value *value = instr->results[0];
    Pad p;
    if (!type_is_real(value->type) || value->type->rank > 0 || !find(&p, m, reduce, value)) continue;
    Builder b = builder_before(m, instr);
    b.span = instr->span;
    Value *read = build_read(&p, &b, build_copy_of(&p, value));
    read->name = value->name;
    value_map_set(replaced, value, read);
    copies++;
  }
  return copies;
}

static int pad_region(Module *m, Region *region, ValueMap *replaced) {
  if (region_is_flat(region)) return 0;
  int copies = 0;
  for (Instr *instr = region->first; instr; instr = instr->next) {
    for (int k = 0; k < instr->n_regions; k++)
      copies += pad_region(m, instr->regions[k], replaced);
    if (instr->op == OP_REDUCE) copies += pad_sum(m, instr, replaced);
  }
  return copies;
}

int pad_reads(Module *m, Diag *diag) {
  (void)diag;
  int copies = 0;
  for (size_t i = 0; i < m->funcs.len; i++) {
    ValueMap replaced = value_map_new(m->arena);
    const int here = pad_region(m, m->funcs.at[i]->body, &replaced);
    if (here) region_replace(m, m->funcs.at[i]->body, &replaced);
    copies += here;
  }
  return copies;
}
