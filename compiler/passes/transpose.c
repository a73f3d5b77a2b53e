#include "passes/transpose.h"

#include "ir/contraction.h"
#include "passes/fill.h"

enum { LEAST_STEPS = 4 };

/* Values that hold one matrix: an array that is read, or what is carried through the loop's
 * instructions while it is added to. */
typedef struct {
  Module *m;
  Instr *loop;
  ValueMap members;
  ValueList list;        /* the members */
  Vec(Instr *) accesses; /* reads of a member, or accums to one */
  bool is_refused;
  int across, along;     /* innermost loops that run down the columns, and along the rows */
} Matrix;

static bool is_matrix(const Value *value) {
  return value->type->rank == 2 && value->type->kind == KIND_REAL;
}

/* ---- how it is accessed ---------------------------------------------------------------------- */

static int first_place(const Instr *access) { return access->op == OP_INDEX ? 1 : 2; }

/* The innermost index of the space around the access: that of the innermost loop in C. */
static const Value *innermost_index(const Instr *access) {
  const Instr *holder = access->parent->parent;
  if (!holder || holder->n_extents == 0) return NULL;
  int64_t n;
  if (size_is_const(holder->extents[holder->n_extents - 1], &n) && n <= 3) return NULL;
  return holder->regions[0]->params[holder->n_extents - 1];
}

/* The contraction that the access belongs to, if a kernel will do it. */
static bool find_product(const Instr *access, Contraction *p) {
  for (const Instr *holder = access->parent->parent; holder; holder = holder->parent->parent) {
    if (contraction_find(holder, p)) return contraction_is_large(p);
    if (holder->op == OP_LOOP) return false;
  }
  return false;
}

/* A kernel for matrices wants the columns of the result to be those of a factor. */
static void score_product(Matrix *x, const Instr *access, const Contraction *p) {
  const int rank = p->c.array->type->rank;
  int columns = -1, rows = -1;
  if (access->op != OP_INDEX) return;
  for (int q = 0; q < p->n; q++)
    if (is_of_one(p, q) && p->c.step[rank - 1][q] == 1) columns = q;
  if (columns < 0) return;
  const Access *right = p->a.moves >> columns & 1 ? &p->a : &p->b;
  const Access *left = right == &p->a ? &p->b : &p->a;
  for (int q = 0; q < p->n; q++)
    if (is_of_one(p, q) && left->moves >> q & 1) rows = q;
  if (rows < 0 || right->places != access->operands + 1) return;
  if (right->step[1][columns]) x->along++;
  else x->across++;
}

static void score(Matrix *x, const Instr *access) {
  Contraction p;
  if (find_product(access, &p)) {
    score_product(x, access, &p);
    return;
  }
  const Value *index = innermost_index(access);
  Value *const *place = access->operands + first_place(access);
  if (!index) return;
  if (place[1] == index) x->along++;
  else if (place[0] == index) x->across++;
}

/* ---- where it goes --------------------------------------------------------------------------- */

static void follow_region(Matrix *x, Region *region);

static bool is_member(const Matrix *x, const Value *value) { return value_map_has(&x->members, value); }

static void add_member(Matrix *x, Value *value) {
  if (is_member(x, value)) return;
  value_map_set(&x->members, value, value);
  vec_push(x->m->scratch, &x->list, value);
}

static void follow_instr(Matrix *x, Instr *instr) {
  const int first = instr->op == OP_LOOP ? 1 : 0;
  for (int k = 0; k < instr->n_operands; k++) {
    if (!is_member(x, instr->operands[k])) continue;
    const bool is_scalar_accum =
        instr->op == OP_ACCUM && k == 0 && instr->operands[1]->type->rank == 0;
    if (is_scalar_accum || (instr->op == OP_INDEX && k == 0)) {
      vec_push(x->m->scratch, &x->accesses, instr);
      if (is_scalar_accum) add_member(x, instr->results[0]);
    } else if ((instr->op == OP_LOOP || instr->op == OP_SWEEP) && k >= first) {
      const int carried = k - first;
      const int before = instr->op == OP_LOOP ? 1 : instr->n_extents;
      add_member(x, instr->regions[0]->params[before + carried]);
      add_member(x, instr->results[carried]);
    } else {
      x->is_refused = true;
    }
  }
  for (int r = 0; r < instr->n_regions; r++) follow_region(x, instr->regions[r]);
}

/* A yield of a member must be to a member, and the other way round. */
static void check_yields(Matrix *x, const Region *region) {
  const Instr *holder = region->parent;
  for (int k = 0; k < region->n_yields; k++) {
    const bool goes_on = k < holder->n_results && is_member(x, holder->results[k]) &&
                         (holder->op == OP_LOOP || holder->op == OP_SWEEP);
    if (is_member(x, region->yields[k]) != goes_on) x->is_refused = true;
  }
}

static void follow_region(Matrix *x, Region *region) {
  for (Instr *instr = region->first; instr; instr = instr->next) follow_instr(x, instr);
  check_yields(x, region);
}

static bool is_worth_it(Matrix *x) {
  if (x->is_refused) return false;
  for (size_t i = 0; i < x->accesses.len; i++) score(x, x->accesses.at[i]);
  return x->across > x->along;
}

/* ---- turning --------------------------------------------------------------------------------- */

static Type *turned_type(Module *m, const Type *type) {
  Size *const dims[2] = {type->dims[1], type->dims[0]};
  return type_array(m, type->kind, 2, dims);
}

Value *build_turned(Builder *b, Value *matrix) {
  Module *m = b->m;
  Type *type = turned_type(m, matrix->type);
  Region *body = region_new(m);
  Value *index[2];
  for (int d = 0; d < 2; d++) index[1 - d] = region_param(m, body, type_scalar(m, KIND_INT), NULL);
  Builder in = builder_at_end(m, body);
  in.span = b->span;
  Value *element;
  double constant;
  if (matrix->def && is_fill(matrix->def)) {
    Value *fill = matrix->def->regions[0]->yields[matrix->index];
    element = value_is_const_real(fill, &constant) ? build_real(&in, constant) : fill;
  } else {
    element = build_index(&in, matrix, index);
  }
  region_add_yield(m, body, element);
  Value *result = build_map(b, 2, type->dims, body)->results[0];
  result->name = matrix->name;
  return result;
}

static void turn_accesses(const Matrix *x) {
  for (size_t i = 0; i < x->accesses.len; i++) {
    Value **place = x->accesses.at[i]->operands + first_place(x->accesses.at[i]);
    Value *row = place[0];
    place[0] = place[1];
    place[1] = row;
  }
}

static void turn_members(const Matrix *x) {
  for (size_t i = 0; i < x->list.len; i++)
    x->list.at[i]->type = turned_type(x->m, x->list.at[i]->type);
}

/* ---- arrays that the loop reads -------------------------------------------------------------- */

/* Turned before, for an earlier loop, where it can be seen from here? */
static Value *known_turned(const ValueMap *turned, const Value *array, const Instr *loop) {
  Value *known = value_map_find(turned, array);
  return known && region_is_within(loop->parent, value_region(known)) ? known : NULL;
}

/* Once for all points of the index spaces around the loop, if the array is there before them. */
static Instr *place_to_turn(Instr *loop, const Value *array) {
  Instr *place = loop;
  for (Instr *holder = loop->parent->parent; holder; holder = holder->parent->parent) {
    const bool is_space = holder->op == OP_MAP || holder->op == OP_REDUCE || holder->op == OP_SWEEP;
    if (!is_space || !region_is_within(holder->parent, value_region(array))) break;
    place = holder;
  }
  return place;
}

static int turn_read(Module *m, Instr *loop, Value *array, ValueMap *turned) {
  Matrix x = {.m = m, .loop = loop, .members = value_map_new(m->scratch)};
  add_member(&x, array);
  follow_region(&x, loop->regions[0]);
  for (size_t i = 0; i < x.accesses.len; i++)
    if (x.accesses.at[i]->op != OP_INDEX) return 0;
  if (!is_worth_it(&x)) return 0;
  Builder b = builder_before(m, place_to_turn(loop, array));
  b.span = loop->span;
  Value *known = known_turned(turned, array, loop);
  if (!known) known = build_turned(&b, array);
  value_map_set(turned, array, known);
  turn_accesses(&x);
  for (size_t i = 0; i < x.accesses.len; i++) x.accesses.at[i]->operands[0] = known;
  return 1;
}

static int turn_reads(Module *m, Instr *loop, ValueMap *turned) {
  int changes = 0;
  ValueList free = {0};
  region_free_values(m, loop->regions[0], &free);
  for (size_t i = 0; i < free.len; i++)
    if (is_matrix(free.at[i])) changes += turn_read(m, loop, free.at[i], turned);
  return changes;
}

/* ---- sums that the loop carries -------------------------------------------------------------- */

/* Does the value come from an accumulator of a sweep around, which may only be added to? */
static bool is_of_sweep(const Value *value) {
  for (;;) {
    const Instr *holder = value->def ? value->def : value->region->parent;
    if (!holder) return false;
    switch ((int)holder->op) {
      case OP_ACCUM: value = holder->operands[0]; break;
      case OP_SWEEP:
        if (!value->def) return value->index >= holder->n_extents;
        value = holder->operands[value->index];
        break;
      case OP_LOOP:
        if (!value->def && value->index == 0) return false;
        value = holder->operands[value->def ? value->index + 1 : value->index];
        break;
      case OP_WHILE:
      case OP_IF: return true;
      default: return false;
    }
  }
}

/* What the loop begins with, transposed; zeros instead of an accumulator. */
static Value *build_start(Builder *b, Value *start) {
  return is_of_sweep(start) ? build_zeros(b, turned_type(b->m, start->type)) : build_turned(b, start);
}

/* The matrix that the loop's sum was; an accumulator gets the sum behind the loop. */
static Value *build_end(Builder *b, Value *start, Value *result) {
  Value *back = build_turned(b, result);
  if (!is_of_sweep(start)) return back;
  Value *const origin[] = {build_int(b, 0), build_int(b, 0)};
  Value *sum = build_update(b, OP_ACCUM, start, back, origin, 3);
  sum->name = start->name;
  return sum;
}

static int turn_sum(Module *m, Instr *loop, int k, ValueMap *replaced) {
  Matrix x = {.m = m, .loop = loop, .members = value_map_new(m->scratch)};
  Value *result = loop->results[k];
  add_member(&x, loop->regions[0]->params[1 + k]);
  add_member(&x, result);
  follow_region(&x, loop->regions[0]);
  for (size_t i = 0; i < x.accesses.len; i++)
    if (x.accesses.at[i]->op != OP_ACCUM) return 0;
  if (!is_worth_it(&x)) return 0;
  Builder before = builder_before(m, loop), after = builder_after(m, loop);
  before.span = after.span = loop->span;
  Value *start = loop->operands[1 + k];
  loop->operands[1 + k] = build_start(&before, start);
  turn_accesses(&x);
  turn_members(&x);
  value_map_set(replaced, result, build_end(&after, start, result));
  return 1;
}

/* ---- everywhere ------------------------------------------------------------------------------ */

static bool is_long(const Instr *loop) {
  int64_t n;
  return !value_is_const_int(loop->operands[0], &n) || n >= LEAST_STEPS;
}

/* What behind the loop used its results uses the matrices that were turned back. */
static int turn_sums(Module *m, Instr *loop) {
  int changes = 0;
  ValueMap replaced = value_map_new(m->scratch);
  for (int k = 0; k < loop->n_results; k++)
    if (is_matrix(loop->results[k])) changes += turn_sum(m, loop, k, &replaced);
  if (!changes) return 0;
  region_replace(m, loop->parent, &replaced);
  for (int k = 0; k < loop->n_results; k++) {
    const Value *back = value_map_find(&replaced, loop->results[k]);
    if (back && back->def->op == OP_ACCUM) back = back->def->operands[1];
    if (back) back->def->regions[0]->first->operands[0] = loop->results[k];
  }
  return changes;
}

/* The outermost loop first: there the matrix is turned once. */
static int turn_in(Module *m, Region *region, ValueMap *turned) {
  int changes = 0;
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    if (instr->op == OP_LOOP && is_long(instr)) {
      changes += turn_reads(m, instr, turned);
      changes += turn_sums(m, instr);
    }
    for (int r = 0; r < instr->n_regions; r++) changes += turn_in(m, instr->regions[r], turned);
  }
  return changes;
}

int transpose_matrices(Module *m, Diag *diag) {
  (void)diag;
  int changes = 0;
  for (size_t i = 0; i < m->funcs.len; i++) {
    ValueMap turned = value_map_new(m->scratch);
    changes += turn_in(m, m->funcs.at[i]->body, &turned);
    arena_clear(m->scratch);
  }
  return changes;
}
