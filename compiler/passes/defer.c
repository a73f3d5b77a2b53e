#include "passes/defer.h"

#include "passes/dce.h"
#include "passes/isolate.h"

enum { BLOCK_STEPS = 32, LEAST_STEPS = 8, MAX_DEFERRED = 64 };

/* One factor of an outer product: read where it is, or from a row that each step leaves behind. */
typedef struct {
  Access access;
  Value *scalar; /* where access.array is NULL */
  bool is_kept;
  int buffer;    /* is_kept: which of the loop's buffers */
} Factor;

typedef struct {
  int carried;   /* which value of the loop it is added to */
  Instr *product;
  Contraction form;
  Factor factor[2];
} Deferred;

typedef struct {
  Module *m;
  Instr *loop;
  Region *body;
  int n;
  Deferred list[MAX_DEFERRED];
  int n_buffers;
  Type *buffer_type[2 * MAX_DEFERRED];
  Value *buffer_source[2 * MAX_DEFERRED]; /* in the loop's body: what goes into a row */
} Defer;

/* ---- which products can wait ----------------------------------------------------------------- */

static bool is_inside(const Defer *f, const Value *value) {
  return region_is_within(value_region(value), f->body);
}

static int index_of(const Contraction *p, const Value *value) {
  for (int q = 0; q < p->n; q++)
    if (p->index[q] == value) return q;
  return -1;
}

/* Is the int known behind the loop, for each step: made of the product's indices, the counter (where
 * `with_counter`) and values from outside, linearly? */
static bool is_known_later(const Defer *f, const Contraction *p, const Value *value,
                           bool with_counter) {
  int64_t constant;
  if (index_of(p, value) >= 0 || !is_inside(f, value)) return true;
  if (value == f->body->params[0]) return with_counter;
  const Instr *def = value->def;
  if (!def) return false;
  switch ((int)def->op) {
    case OP_CONST: return true;
    case OP_mul:
      if (!value_is_const_int(def->operands[0], &constant) &&
          !value_is_const_int(def->operands[1], &constant))
        return false;
      break;
    case OP_add:
    case OP_sub:
    case OP_neg: break;
    default: return false;
  }
  for (int k = 0; k < def->n_operands; k++)
    if (!is_known_later(f, p, def->operands[k], with_counter)) return false;
  return true;
}

static bool places_are_known(const Defer *f, const Contraction *p, const Access *access,
                             bool with_counter) {
  for (int d = 0; d < access->array->type->rank; d++)
    if (!is_known_later(f, p, access->places[d], with_counter)) return false;
  return true;
}

static bool extents_are_outside(const Defer *f, const Type *type) {
  for (int d = 0; d < type->rank; d++)
    for (int i = 0; i < type->dims[d]->n_terms; i++)
      for (int k = 0; k < type->dims[d]->terms[i].n_atoms; k++)
        if (is_inside(f, type->dims[d]->terms[i].atoms[k])) return false;
  return true;
}

/* The array at the product's own indices, in order, as a whole: no more of it than the product reads. */
static bool is_whole(const Contraction *p, const Access *access) {
  int last = -1;
  for (int d = 0; d < access->array->type->rank; d++) {
    const int q = index_of(p, access->places[d]);
    if (q <= last || p->extent[q] != access->array->type->dims[d]) return false;
    last = q;
  }
  return true;
}

static int add_buffer(Defer *f, Value *source) {
  for (int i = 0; i < f->n_buffers; i++)
    if (f->buffer_source[i] == source) return i;
  Size *steps = size_const(f->m, BLOCK_STEPS);
  f->buffer_source[f->n_buffers] = source;
  f->buffer_type[f->n_buffers] = type_prefixed(f->m, 1, &steps, source->type);
  return f->n_buffers++;
}

static bool choose_factor(Defer *f, Deferred *d, int which) {
  Factor *factor = &d->factor[which];
  factor->access = which ? d->form.b : d->form.a;
  if (!factor->access.array) {
    factor->scalar = d->form.factors[which];
    factor->is_kept = is_inside(f, factor->scalar);
    if (factor->is_kept) factor->buffer = add_buffer(f, factor->scalar);
    return true;
  }
  Value *array = factor->access.array;
  if (!is_inside(f, array) && places_are_known(f, &d->form, &factor->access, true)) return true;
  if (array->type->rank >= MAX_RANK || array->type->kind != KIND_REAL) return false;
  if (!is_whole(&d->form, &factor->access) || !extents_are_outside(f, array->type)) return false;
  if (array->region == f->body && !array->def) return false;
  factor->is_kept = true;
  factor->buffer = add_buffer(f, array);
  return true;
}

/* The sum over steps must be worth it, and is a sum only if the factors change from step to step. */
static bool choose_deferred(Defer *f, int carried) {
  const Value *param = f->body->params[1 + carried];
  Value *yield = f->body->yields[carried];
  Instr *sweep = yield->def;
  if (param->type->rank == 0 || !sweep || sweep->op != OP_SWEEP || sweep->parent != f->body) return false;
  if (f->n == MAX_DEFERRED || sweep->operands[yield->index] != param) return false;
  if (uses_within(f->body, param) != 1 || uses_within(f->body, yield) != 1) return false;
  Deferred *d = &f->list[f->n];
  *d = (Deferred){.carried = carried};
  d->product = isolate_accumulator(f->m, sweep, yield->index, contraction_is_large_outer, &d->form);
  if (!d->product) return false;
  const int n_buffers = f->n_buffers;
  bool fits = places_are_known(f, &d->form, &d->form.c, false) && d->form.n < MAX_RANK;
  for (int q = 0; q < d->form.n; q++) {
    const Type extent = {.rank = 1, .dims = {d->form.extent[q]}};
    fits = fits && extents_are_outside(f, &extent);
  }
  if (fits && choose_factor(f, d, 0) && choose_factor(f, d, 1)) {
    f->n++;
    return true;
  }
  f->n_buffers = n_buffers;
  instr_unlink(d->product);
  return false;
}

static const Deferred *deferred_of(const Defer *f, int carried) {
  for (int i = 0; i < f->n; i++)
    if (f->list[i].carried == carried) return &f->list[i];
  return NULL;
}

/* ---- the loop over the steps of a block ------------------------------------------------------ */

/* What stands in the loop over blocks. */
typedef struct {
  Region *region;
  Builder in;
  Value *base, *steps; /* the block's first step, and how many it has */
  Value **carried;     /* values at the block's start */
  Value **buffers;
} Block;

static Block begin_block(Defer *f, Value *block_steps) {
  Module *m = f->m;
  const Instr *loop = f->loop;
  const size_t n_carried = (size_t)loop->n_results;
  Block block = {.region = region_new(m)};
  block.in = builder_at_end(m, block.region);
  block.in.span = loop->span;
  block.carried = ARENA_ARRAY(m->arena, Value *, n_carried);
  block.buffers = ARENA_ARRAY(m->arena, Value *, (size_t)f->n_buffers);
  Value *number = region_param(m, block.region, type_scalar(m, KIND_INT), NULL);
  for (int k = 0; k < loop->n_results; k++) {
    const Value *param = f->body->params[1 + k];
    block.carried[k] = region_param(m, block.region, param->type, param->name);
  }
  for (int i = 0; i < f->n_buffers; i++)
    block.buffers[i] = region_param(m, block.region, f->buffer_type[i], f->buffer_source[i]->name);
  block.base = build_prim(&block.in, OP_mul, number, block_steps);
  Value *left = build_prim(&block.in, OP_sub, loop->operands[0], block.base);
  block.steps = build_prim(&block.in, OP_min, left, block_steps);
  block.steps->name = intern(m->names, "steps");
  return block;
}

/* Row `step` of the buffer becomes the value. */
static Value *keep_row(Builder *in, Value *buffer, Value *value, Value *step) {
  Value *starts[MAX_RANK] = {step};
  for (int d = 1; d < buffer->type->rank; d++) starts[d] = build_int(in, 0);
  return build_update(in, OP_UPDATE, buffer, value, starts, ((1u << buffer->type->rank) - 1) & ~1u);
}

static bool is_product(const Defer *f, const Instr *instr) {
  for (int i = 0; i < f->n; i++)
    if (f->list[i].product == instr) return true;
  return false;
}

/* The old body without its products; what it carries but for their sums, then the buffers. */
static Instr *build_steps(Defer *f, Block *block) {
  Module *m = f->m;
  Region *region = region_new(m);
  Builder in = builder_at_end(m, region);
  in.span = f->loop->span;
  ValueMap map = value_map_new(m->scratch);
  const size_t room = (size_t)(f->loop->n_results + f->n_buffers);
  Value **inits = ARENA_ARRAY(m->arena, Value *, room);
  Value **rows = ARENA_ARRAY(m->arena, Value *, room);
  int n = 0;
  Value *step = region_param(m, region, type_scalar(m, KIND_INT), NULL);
  for (int k = 0; k < f->loop->n_results; k++) {
    Value *param = f->body->params[1 + k];
    value_map_set(&map, param, block->carried[k]);
    if (deferred_of(f, k)) continue;
    value_map_set(&map, param, region_param(m, region, param->type, param->name));
    inits[n++] = block->carried[k];
  }
  for (int i = 0; i < f->n_buffers; i++) {
    rows[i] = region_param(m, region, f->buffer_type[i], f->buffer_source[i]->name);
    inits[n++] = block->buffers[i];
  }
  Value *counter = build_prim(&in, OP_add, block->base, step);
  counter->name = f->body->params[0]->name;
  value_map_set(&map, f->body->params[0], counter);
  for (const Instr *instr = f->body->first; instr; instr = instr->next)
    if (!is_product(f, instr)) clone_instr(&in, instr, &map);
  for (int k = 0; k < f->loop->n_results; k++)
    if (!deferred_of(f, k)) region_add_yield(m, region, value_map_get(&map, f->body->yields[k]));
  for (int i = 0; i < f->n_buffers; i++)
    region_add_yield(m, region, keep_row(&in, rows[i], value_map_get(&map, f->buffer_source[i]), step));
  return build_loop(&block->in, block->steps, n, inits, region);
}

/* ---- the product over a block ---------------------------------------------------------------- */

typedef struct {
  const Defer *f;
  Builder in;
  ValueMap copied;
} Later;

/* An int of the old body, as is_known_later has found it. */
static Value *build_place(Later *l, Value *value) {
  Value *known = value_map_find(&l->copied, value);
  if (known) return known;
  if (!is_inside(l->f, value)) return value;
  for (int k = 0; k < value->def->n_operands; k++) {
    Value *operand = build_place(l, value->def->operands[k]);
    value_map_set(&l->copied, value->def->operands[k], operand);
  }
  return clone_instr(&l->in, value->def, &l->copied)->results[0];
}

static Value *build_factor(Later *l, const Factor *factor, Value *step, const Instr *steps) {
  Value *at[MAX_RANK];
  const int rank = factor->access.array ? factor->access.array->type->rank : 0;
  if (!factor->is_kept && rank == 0) return factor->scalar;
  for (int k = 0; k < rank; k++) at[factor->is_kept + k] = build_place(l, factor->access.places[k]);
  if (!factor->is_kept) return build_index(&l->in, factor->access.array, at);
  at[0] = step;
  const int first = l->f->loop->n_results - l->f->n;
  return build_index(&l->in, steps->results[first + factor->buffer], at);
}

static Value *build_product(const Defer *f, Block *block, const Deferred *d, Instr *steps) {
  Module *m = f->m;
  const Contraction *p = &d->form;
  Region *region = region_new(m);
  Later l = {.f = f, .in = builder_at_end(m, region), .copied = value_map_new(m->scratch)};
  l.in.span = d->product->span;
  Size *extents[MAX_RANK] = {size_of_value(m, block->steps)};
  Value *step = region_param(m, region, type_scalar(m, KIND_INT), NULL), *places[MAX_RANK];
  for (int q = 0; q < p->n; q++) {
    extents[1 + q] = p->extent[q];
    value_map_set(&l.copied, p->index[q], region_param(m, region, p->index[q]->type, p->index[q]->name));
  }
  Value *init = block->carried[d->carried];
  Value *acc = region_param(m, region, init->type, init->name);
  Value *counter = build_prim(&l.in, OP_add, block->base, step);
  value_map_set(&l.copied, f->body->params[0], counter);
  Value *a = build_factor(&l, &d->factor[0], step, steps);
  Value *b = build_factor(&l, &d->factor[1], step, steps);
  for (int k = 0; k < init->type->rank; k++) places[k] = build_place(&l, p->c.places[k]);
  Value *term = build_prim(&l.in, OP_mul, a, b);
  region_add_yield(m, region, build_update(&l.in, OP_ACCUM, acc, term, places, 0));
  return build_sweep(&block->in, 1 + p->n, extents, 1, &init, region)->results[0];
}

/* ---- the loop over blocks -------------------------------------------------------------------- */

static Instr *build_blocks(Defer *f) {
  Module *m = f->m;
  const int n_carried = f->loop->n_results;
  Builder b = builder_before(m, f->loop);
  Value *block_steps = build_int(&b, BLOCK_STEPS);
  Value *padded = build_prim(&b, OP_add, f->loop->operands[0], build_int(&b, BLOCK_STEPS - 1));
  Value *blocks = build_prim(&b, OP_int_div, padded, block_steps);
  Value **inits = ARENA_ARRAY(m->arena, Value *, (size_t)(n_carried + f->n_buffers));
  for (int k = 0; k < n_carried; k++) inits[k] = f->loop->operands[1 + k];
  for (int i = 0; i < f->n_buffers; i++) inits[n_carried + i] = build_zeros(&b, f->buffer_type[i]);
  Block block = begin_block(f, block_steps);
  Instr *steps = build_steps(f, &block);
  for (int k = 0, next = 0; k < n_carried; k++) {
    const Deferred *d = deferred_of(f, k);
    region_add_yield(m, block.region, d ? build_product(f, &block, d, steps) : steps->results[next++]);
  }
  for (int i = 0; i < f->n_buffers; i++)
    region_add_yield(m, block.region, steps->results[n_carried - f->n + i]);
  return build_loop(&b, blocks, n_carried + f->n_buffers, inits, block.region);
}

static bool is_long(const Instr *loop) {
  int64_t n;
  return !value_is_const_int(loop->operands[0], &n) || n >= LEAST_STEPS;
}

static bool defer_in_loop(Defer *f, Instr *loop, ValueMap *replaced) {
  f->loop = loop;
  f->body = loop->regions[0];
  f->n = f->n_buffers = 0;
  for (int k = 0; k < loop->n_results; k++) choose_deferred(f, k);
  if (f->n == 0) return false;
  Instr *blocks = build_blocks(f);
  for (int k = 0; k < loop->n_results; k++) {
    blocks->results[k]->name = loop->results[k]->name;
    value_map_set(replaced, loop->results[k], blocks->results[k]);
  }
  instr_unlink(loop);
  return true;
}

static int defer_in(Defer *f, Region *region) {
  if (region_is_flat(region)) return 0;
  int changes = 0, here = 0;
  ValueMap replaced = value_map_new(f->m->scratch);
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    for (int r = 0; r < instr->n_regions; r++) changes += defer_in(f, instr->regions[r]);
    if (instr->op == OP_LOOP && is_long(instr)) here += defer_in_loop(f, instr, &replaced);
  }
  if (here) region_replace(f->m, region, &replaced);
  return changes + here;
}

int defer_products(Module *m, Diag *diag) {
  (void)diag;
  int total = 0;
  Defer *f = ARENA_NEW(m->arena, Defer); /* large: one for all loops */
  f->m = m;
  for (size_t i = 0; i < m->funcs.len; i++) {
    const int changes = defer_in(f, m->funcs.at[i]->body);
    if (changes) drop_unneeded(m, m->funcs.at[i]->body); /* the sums that were taken out */
    total += changes;
    arena_clear(m->scratch);
  }
  return total;
}
