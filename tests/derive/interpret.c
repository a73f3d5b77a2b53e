#include "interpret.h"

#include "ir/ir_print.h"
#include "ir/op.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  Module *m;
  Datum **of; /* by value id */
} Run;

Datum *datum_array(Arena *arena, int rank, const int64_t *dims) {
  Datum *d = ARENA_NEW(arena, Datum);
  d->rank = rank;
  d->n = 1;
  for (int k = 0; k < rank; k++) {
    d->dims[k] = dims[k] > 0 ? dims[k] : 0;
    d->n *= d->dims[k];
  }
  d->at = ARENA_ARRAY(arena, double, (size_t)d->n + 1);
  return d;
}

Datum *datum_scalar(Arena *arena, double value) {
  Datum *d = datum_array(arena, 0, NULL);
  d->at[0] = value;
  return d;
}

static void stop(Run *run, const Instr *instr, const char *why) {
  Text text = {.arena = run->m->arena};
  ir_print_instr(&text, run->m, instr);
  fprintf(stderr, "interpret: %s in\n%s", why, text.text);
  abort();
}

static Datum *get(const Run *run, const Value *v) { return run->of[v->id]; }
static void set(Run *run, const Value *v, Datum *d) { run->of[v->id] = d; }
static int64_t get_int(const Run *run, const Value *v) { return (int64_t)get(run, v)->at[0]; }

static int64_t evaluate_size(const Run *run, const Size *size) {
  int64_t sum = 0;
  for (int i = 0; i < size->n_terms; i++) {
    int64_t term = size->terms[i].coef;
    for (int k = 0; k < size->terms[i].n_atoms; k++) term *= get_int(run, size->terms[i].atoms[k]);
    sum += term;
  }
  return sum;
}

static Datum *new_of_type(Run *run, const Type *type) {
  int64_t dims[MAX_RANK];
  for (int d = 0; d < type->rank; d++) dims[d] = evaluate_size(run, type->dims[d]);
  return datum_array(run->m->arena, type->rank, dims);
}

static Datum *copy_of(Run *run, const Datum *d) {
  Datum *copy = datum_array(run->m->arena, d->rank, d->dims);
  memcpy(copy->at, d->at, sizeof(double) * (size_t)d->n);
  return copy;
}

static int64_t offset_of(Run *run, const Instr *instr, const Datum *d, const int64_t *at) {
  int64_t offset = 0;
  for (int k = 0; k < d->rank; k++) {
    if (at[k] < 0 || at[k] >= d->dims[k]) stop(run, instr, "index outside");
    offset = offset * d->dims[k] + at[k];
  }
  return offset;
}

static bool step_index(int n, const int64_t *dims, int64_t *at) {
  for (int d = n; d-- > 0;) {
    if (++at[d] < dims[d]) return true;
    at[d] = 0;
  }
  return false;
}

static void run_region(Run *run, Region *region);

static void run_prim(Run *run, const Instr *instr) {
  Constant c[2] = {0};
  for (int i = 0; i < instr->n_operands; i++) {
    const Datum *d = get(run, instr->operands[i]);
    c[i].kind = instr->operands[i]->type->kind;
    c[i].real = d->at[0];
    c[i].integer = c[i].kind == KIND_REAL ? 0 : (int64_t)d->at[0];
  }
  const Constant y = op_evaluate(instr->op, c[0], c[1]);
  set(run, instr->results[0],
      datum_scalar(run->m->arena, y.kind == KIND_REAL ? y.real : (double)y.integer));
}

static void run_update(Run *run, const Instr *instr) {
  Datum *array = copy_of(run, get(run, instr->operands[0]));
  const Datum *block = get(run, instr->operands[1]);
  int64_t in[MAX_RANK] = {0};
  if (block->n > 0) do {
      int64_t at[MAX_RANK];
      for (int d = 0, k = 0; d < array->rank; d++) {
        at[d] = get_int(run, instr->operands[2 + d]);
        if (instr->ranges >> d & 1) at[d] += in[k++];
      }
      double *place = &array->at[offset_of(run, instr, array, at)];
      const double v = block->at[offset_of(run, instr, block, in)];
      *place = instr->op == OP_ACCUM ? *place + v : v;
    } while (step_index(block->rank, block->dims, in));
  set(run, instr->results[0], array);
}

/* map, reduce, sweep */
static void run_space(Run *run, const Instr *instr) {
  Region *body = instr->regions[0];
  int64_t dims[MAX_RANK], at[MAX_RANK] = {0}, total = 1, number = 0;
  for (int d = 0; d < instr->n_extents; d++) {
    dims[d] = evaluate_size(run, instr->extents[d]);
    total *= dims[d] > 0 ? dims[d] : 0;
  }
  Datum **out = ARENA_ARRAY(run->m->arena, Datum *, (size_t)instr->n_results);
  for (int i = 0; i < instr->n_results; i++)
    out[i] = instr->op == OP_SWEEP ? get(run, instr->operands[i])
                                   : new_of_type(run, instr->results[i]->type);
  if (instr->op == OP_REDUCE)
    out[0]->at[0] = instr->reduce == REDUCE_SUM ? 0 : instr->reduce == REDUCE_MIN ? 1e300 : -1e300;
  if (total > 0) do {
      for (int d = 0; d < instr->n_extents; d++)
        set(run, body->params[d], datum_scalar(run->m->arena, (double)at[d]));
      for (int i = 0; i < instr->n_operands; i++)
        set(run, body->params[instr->n_extents + i], out[i]);
      run_region(run, body);
      for (int i = 0; i < instr->n_results; i++) {
        Datum *y = get(run, body->yields[i]);
        if (instr->op == OP_SWEEP) out[i] = y;
        else if (instr->op == OP_MAP)
          memcpy(out[i]->at + number * y->n, y->at, sizeof(double) * (size_t)y->n);
        else if (instr->reduce == REDUCE_SUM) out[0]->at[0] += y->at[0];
        else if (instr->reduce == REDUCE_MIN ? y->at[0] < out[0]->at[0] : y->at[0] > out[0]->at[0])
          out[0]->at[0] = y->at[0];
      }
      number++;
    } while (step_index(instr->n_extents, dims, at));
  for (int i = 0; i < instr->n_results; i++) set(run, instr->results[i], out[i]);
}

static bool holds(Run *run, const Instr *loop, Datum *const *carried, int n) {
  if (loop->op == OP_LOOP) return true;
  for (int i = 0; i < n; i++) set(run, loop->regions[0]->params[i], carried[i]);
  run_region(run, loop->regions[0]);
  return get(run, loop->regions[0]->yields[0])->at[0] != 0;
}

static void run_loop(Run *run, const Instr *loop) {
  const int n = loop->n_operands - 1;
  Region *body = loop->regions[loop->n_regions - 1];
  const int64_t bound = get_int(run, loop->operands[0]);
  Datum **carried = ARENA_ARRAY(run->m->arena, Datum *, (size_t)n);
  for (int i = 0; i < n; i++) carried[i] = get(run, loop->operands[1 + i]);
  int64_t t = 0;
  for (; t < bound && holds(run, loop, carried, n); t++) {
    set(run, body->params[0], datum_scalar(run->m->arena, (double)t));
    for (int i = 0; i < n; i++) set(run, body->params[1 + i], carried[i]);
    run_region(run, body);
    for (int i = 0; i < n; i++) carried[i] = get(run, body->yields[i]);
  }
  for (int i = 0; i < n; i++) set(run, loop->results[i], carried[i]);
  if (loop->op == OP_WHILE) set(run, loop->results[n], datum_scalar(run->m->arena, (double)t));
}

static void run_custom(Run *run, const Instr *instr) {
  Region *primal = instr->regions[0];
  for (int i = 0; i < instr->n_operands; i++)
    set(run, primal->params[i], get(run, instr->operands[i]));
  run_region(run, primal);
  for (int i = 0; i < instr->n_results; i++)
    set(run, instr->results[i], get(run, primal->yields[i]));
}

static void run_instr(Run *run, const Instr *instr) {
  if (op_is_prim(instr->op)) {
    run_prim(run, instr);
    return;
  }
  switch ((int)instr->op) {
    case OP_CONST:
      set(run, instr->results[0],
          datum_scalar(run->m->arena, instr->constant.kind == KIND_REAL
                                          ? instr->constant.real
                                          : (double)instr->constant.integer));
      return;
    case OP_SIZE:
      set(run, instr->results[0],
          datum_scalar(run->m->arena, (double)evaluate_size(run, instr->size)));
      return;
    case OP_COPY:
    case OP_STOP: set(run, instr->results[0], get(run, instr->operands[0])); return;
    case OP_INDEX: {
      const Datum *array = get(run, instr->operands[0]);
      int64_t at[MAX_RANK];
      for (int d = 0; d < array->rank; d++) at[d] = get_int(run, instr->operands[1 + d]);
      set(run, instr->results[0],
          datum_scalar(run->m->arena, array->at[offset_of(run, instr, array, at)]));
      return;
    }
    case OP_UPDATE:
    case OP_ACCUM: run_update(run, instr); return;
    case OP_MAP:
    case OP_REDUCE:
    case OP_SWEEP: run_space(run, instr); return;
    case OP_LOOP:
    case OP_WHILE: run_loop(run, instr); return;
    case OP_CUSTOM: run_custom(run, instr); return;
    case OP_IF: {
      Region *arm = instr->regions[get(run, instr->operands[0])->at[0] != 0 ? 0 : 1];
      run_region(run, arm);
      for (int i = 0; i < instr->n_results; i++)
        set(run, instr->results[i], get(run, arm->yields[i]));
      return;
    }
    case OP_CHECK:
    case OP_PRINT: return;
    default: stop(run, instr, "cannot run this");
  }
}

static void run_region(Run *run, Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next) run_instr(run, instr);
}

void interpret(Module *m, Region *region, Datum *const *args, Datum **yields) {
  Run run = {m, ARENA_ARRAY(m->arena, Datum *, (size_t)m->next_id + 1)};
  for (int i = 0; i < region->n_params; i++) set(&run, region->params[i], args[i]);
  run_region(&run, region);
  for (int i = 0; i < region->n_yields; i++) yields[i] = get(&run, region->yields[i]);
}
