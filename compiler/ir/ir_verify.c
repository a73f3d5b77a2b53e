#include "ir/ir_verify.h"

#include "ir/ir_print.h"
#include "ir/op.h"

typedef struct {
  Module *m;
  ValueMap visible;
  const char *problem;
} Verifier;

static void fail(Verifier *v, const Instr *instr, const char *what) {
  if (v->problem) return;
  Text text = {.arena = v->m->arena};
  text_format(&text, "%s in:\n", what);
  if (instr) ir_print_instr(&text, v->m, instr);
  v->problem = text.text;
}

#define REQUIRE(condition, what)      \
  do {                                \
    if (!(condition)) {               \
      fail(v, instr, (what));         \
      return;                         \
    }                                 \
  } while (0)

static void check_size(Verifier *v, const Instr *instr, const Size *size) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++)
      REQUIRE(value_map_has(&v->visible, size->terms[i].atoms[k]),
              "a size uses an int not defined before");
}

static void check_type(Verifier *v, const Instr *instr, const Type *type) {
  for (int d = 0; d < type->rank; d++) check_size(v, instr, type->dims[d]);
}

static void define(Verifier *v, const Instr *instr, Value *value) {
  check_type(v, instr, value->type);
  value_map_set(&v->visible, value, value);
}

static void check_region(Verifier *v, Instr *holder, Region *region);

/* ---- counts: what the other checks may rely on ----------------------------------------------- */

static int regions_of(Op op) {
  switch ((int)op) {
    case OP_MAP:
    case OP_REDUCE:
    case OP_SWEEP:
    case OP_LOOP: return 1;
    case OP_WHILE:
    case OP_IF:
    case OP_CUSTOM: return 2;
    default: return 0;
  }
}

static int least_operands(Op op) {
  switch ((int)op) {
    case OP_COPY:
    case OP_STOP:
    case OP_INDEX:
    case OP_LOOP:
    case OP_WHILE:
    case OP_IF:
    case OP_CHECK: return 1;
    case OP_UPDATE:
    case OP_ACCUM: return 2;
    default: return 0;
  }
}

/* -1: any number. */
static int results_of(Op op) {
  switch ((int)op) {
    case OP_MAP:
    case OP_SWEEP:
    case OP_LOOP:
    case OP_WHILE:
    case OP_IF:
    case OP_CUSTOM:
    case OP_CALL:
    case OP_VJP:
    case OP_JVP: return -1;
    case OP_CHECK:
    case OP_PRINT: return 0;
    default: return 1;
  }
}

static void check_counts(Verifier *v, const Instr *instr) {
  REQUIRE(instr->n_regions == regions_of(instr->op), "wrong number of regions");
  REQUIRE(instr->n_operands >= least_operands(instr->op), "too few operands");
  const int n_results = results_of(instr->op);
  REQUIRE(n_results < 0 || instr->n_results == n_results, "wrong number of results");
}

/* ---- one kind of instruction each ------------------------------------------------------------ */

static bool is_scalar(const Value *value, Kind kind) {
  return value->type->rank == 0 && value->type->kind == kind;
}

static void check_prim(Verifier *v, const Instr *instr) {
  const OpInfo *info = op_info(instr->op);
  REQUIRE(instr->n_operands == info->arity && instr->n_results == 1, "wrong number of operands");
  for (int i = 0; i < instr->n_operands; i++) {
    REQUIRE(instr->operands[i]->type->rank == 0, "a primitive of an array");
    REQUIRE(instr->operands[i]->type->kind == instr->operands[0]->type->kind, "mixed kinds");
  }
  const Kind kind = instr->operands[0]->type->kind;
  switch (info->op_class) {
    case CLASS_UNARY:
    case CLASS_BINARY:
    case CLASS_STEP: REQUIRE(kind == KIND_REAL, "operand is not real"); break;
    case CLASS_ARITH:
    case CLASS_COMPARE: REQUIRE(kind != KIND_BOOL, "operand is a bool"); break;
    case CLASS_DRAW:
    case CLASS_INTOP: REQUIRE(kind == KIND_INT, "operand is not an int"); break;
    case CLASS_LOGIC: REQUIRE(kind == KIND_BOOL, "operand is not a bool"); break;
    case CLASS_CAST: REQUIRE(kind == info->from, "operand of the wrong kind"); break;
  }
}

static void check_indices(Verifier *v, const Instr *instr, int first) {
  const Type *array = instr->operands[0]->type;
  REQUIRE(instr->n_operands == first + array->rank, "wrong number of indices");
  for (int d = first; d < instr->n_operands; d++)
    REQUIRE(instr->operands[d]->type->rank == 0 && instr->operands[d]->type->kind == KIND_INT,
            "an index is not an int");
}

static void check_update(Verifier *v, const Instr *instr) {
  check_indices(v, instr, 2);
  if (v->problem) return;
  int bits = 0;
  for (int d = 0; d < instr->operands[0]->type->rank; d++) bits += instr->ranges >> d & 1;
  REQUIRE(bits == instr->operands[1]->type->rank, "block of the wrong rank");
  REQUIRE(instr->results[0]->type == instr->operands[0]->type, "result is not like the array");
  REQUIRE(instr->operands[0]->type->kind == instr->operands[1]->type->kind, "mixed kinds");
}

static void check_space(Verifier *v, const Instr *instr, int n_accumulators) {
  const Region *body = instr->regions[0];
  REQUIRE(instr->n_extents > 0, "no index");
  REQUIRE(instr->n_operands == n_accumulators, "wrong number of operands");
  REQUIRE(body->n_params == instr->n_extents + n_accumulators, "wrong number of parameters");
  for (int d = 0; d < instr->n_extents; d++)
    REQUIRE(body->params[d]->type->kind == KIND_INT && body->params[d]->type->rank == 0,
            "an index is not an int");
}

static void check_map(Verifier *v, const Instr *instr) {
  check_space(v, instr, 0);
  if (v->problem) return;
  const Region *body = instr->regions[0];
  REQUIRE(body->n_yields == instr->n_results, "yields and results differ in number");
  for (int i = 0; i < instr->n_results; i++) {
    REQUIRE(instr->n_extents + body->yields[i]->type->rank <= MAX_RANK, "too many dimensions");
    REQUIRE(instr->results[i]->type ==
                type_prefixed(v->m, instr->n_extents, instr->extents, body->yields[i]->type),
            "result of the wrong type");
  }
}

static void check_reduce(Verifier *v, const Instr *instr) {
  check_space(v, instr, 0);
  if (v->problem) return;
  REQUIRE(instr->regions[0]->n_yields == 1 && instr->n_results == 1 &&
              instr->regions[0]->yields[0]->type == instr->results[0]->type &&
              instr->results[0]->type->rank == 0,
          "a reduction is of one scalar");
}

/* loop, while, sweep: operands, parameters, yields and results agree. */
static void check_carried(Verifier *v, const Instr *instr, const Region *body, int first_operand,
                          int first_param) {
  const int n = instr->n_operands - first_operand;
  REQUIRE(body->n_params == first_param + n && body->n_yields == n && instr->n_results >= n,
          "carried values differ in number");
  if (first_operand)
    REQUIRE(is_scalar(instr->operands[0], KIND_INT) && is_scalar(body->params[0], KIND_INT),
            "the number of steps is not an int");
  for (int i = 0; i < n; i++) {
    const Type *type = instr->operands[first_operand + i]->type;
    REQUIRE(body->params[first_param + i]->type == type && body->yields[i]->type == type &&
                instr->results[i]->type == type,
            "a carried value changes its type");
  }
}

/* ---- sweeps: accumulators only pass through accum and inner forms ---------------------------- */

static void mark(ValueMap *accumulators, Value *value) {
  value_map_set(accumulators, value, value);
}

static void follow_accumulators(Verifier *v, const Region *region, ValueMap *marked);

/* An inner sweep, loop or while takes the accumulator on. */
static void enter_carried(Verifier *v, Instr *inner, int operand, ValueMap *marked) {
  const int first_operand = inner->op == OP_SWEEP ? 0 : 1;
  const int first_param = inner->op == OP_SWEEP ? inner->n_extents : 1;
  const int i = operand - first_operand;
  const Region *body = inner->regions[inner->n_regions - 1];
  const Instr *instr = inner;
  REQUIRE(i >= 0 && first_param + i < body->n_params, "an accumulator of a sweep is read");
  mark(marked, body->params[first_param + i]);
  mark(marked, inner->results[i]);
  follow_accumulators(v, body, marked);
}

static void follow_use(Verifier *v, Instr *instr, int operand, ValueMap *marked) {
  switch ((int)instr->op) {
    case OP_ACCUM:
      REQUIRE(operand == 0, "an accumulator of a sweep is read");
      mark(marked, instr->results[0]);
      return;
    case OP_SWEEP:
    case OP_LOOP:
    case OP_WHILE: enter_carried(v, instr, operand, marked); return;
    default: fail(v, instr, "an accumulator of a sweep is read");
  }
}

static void follow_accumulators(Verifier *v, const Region *region, ValueMap *marked) {
  for (Instr *instr = region->first; instr && !v->problem; instr = instr->next) {
    for (int i = 0; i < instr->n_operands && !v->problem; i++)
      if (value_map_has(marked, instr->operands[i])) follow_use(v, instr, i, marked);
    if (instr->op != OP_IF) continue;
    for (int k = 0; k < 2; k++) follow_accumulators(v, instr->regions[k], marked);
    for (int i = 0; i < instr->n_results; i++)
      for (int k = 0; k < 2; k++)
        if (value_map_has(marked, instr->regions[k]->yields[i])) mark(marked, instr->results[i]);
  }
}

static void check_sweep(Verifier *v, Instr *instr) {
  check_space(v, instr, instr->n_operands);
  if (!v->problem) check_carried(v, instr, instr->regions[0], 0, instr->n_extents);
  if (v->problem) return;
  const Region *body = instr->regions[0];
  ValueMap marked = value_map_new(v->m->arena);
  for (int i = instr->n_extents; i < body->n_params; i++) {
    REQUIRE(type_is_real(body->params[i]->type), "an accumulator is not real");
    mark(&marked, body->params[i]);
  }
  follow_accumulators(v, body, &marked);
  for (int i = 0; i < body->n_yields && !v->problem; i++)
    REQUIRE(value_map_has(&marked, body->yields[i]), "a sweep yields what is no accumulator");
}

static void check_while(Verifier *v, const Instr *instr) {
  const Region *condition = instr->regions[0];
  check_carried(v, instr, instr->regions[1], 1, 1);
  if (v->problem) return;
  REQUIRE(instr->n_results == instr->n_operands, "no count");
  REQUIRE(condition->n_params == instr->n_operands - 1 && condition->n_yields == 1 &&
              is_scalar(condition->yields[0], KIND_BOOL),
          "a condition is a bool of the carried values");
  for (int i = 0; i < condition->n_params; i++)
    REQUIRE(condition->params[i]->type == instr->operands[1 + i]->type,
            "a carried value changes its type");
  REQUIRE(is_scalar(instr->results[instr->n_results - 1], KIND_INT), "the count is not an int");
}

static void check_if(Verifier *v, const Instr *instr) {
  REQUIRE(instr->n_operands == 1 && is_scalar(instr->operands[0], KIND_BOOL), "no condition");
  for (int k = 0; k < 2; k++) {
    REQUIRE(instr->regions[k]->n_params == 0, "an arm has parameters");
    REQUIRE(instr->regions[k]->n_yields == instr->n_results, "arms and results differ in number");
    for (int i = 0; i < instr->n_results; i++)
      REQUIRE(instr->regions[k]->yields[i]->type == instr->results[i]->type,
              "an arm yields the wrong type");
  }
}

/* The adjoint region has a parameter per operand, result and cotangent, and yields one value per
 * real operand. */
static void check_custom(Verifier *v, const Instr *instr) {
  const Region *primal = instr->regions[0], *adjoint = instr->regions[1];
  int n_real = 0, n_real_results = 0;
  for (int i = 0; i < instr->n_operands; i++) n_real += type_is_real(instr->operands[i]->type);
  for (int i = 0; i < instr->n_results; i++)
    n_real_results += type_is_real(instr->results[i]->type);
  REQUIRE(primal->n_params == instr->n_operands, "wrong number of parameters");
  REQUIRE(primal->n_yields == instr->n_results, "yields and results differ in number");
  REQUIRE(adjoint->n_params == instr->n_operands + instr->n_results + n_real_results,
          "wrong number of parameters of the adjoint");
  REQUIRE(adjoint->n_yields == n_real, "the adjoint yields one value per real operand");
  for (int i = 0; i < instr->n_operands; i++)
    REQUIRE(primal->params[i]->type->kind == instr->operands[i]->type->kind &&
                primal->params[i]->type->rank == instr->operands[i]->type->rank,
            "a parameter is not like its operand");
}

/* y.., y_bar.., x.. */
static void check_vjp(Verifier *v, const Instr *instr) {
  const int n = instr->n_y;
  REQUIRE(n > 0 && instr->n_operands == 2 * n + instr->n_results, "operands are y.., y_bar.., x..");
  for (int i = 0; i < n; i++)
    REQUIRE(instr->operands[i]->type == instr->operands[n + i]->type, "y_bar is not like y");
  for (int i = 0; i < instr->n_results; i++)
    REQUIRE(instr->results[i]->type == instr->operands[2 * n + i]->type, "x_bar is not like x");
}

/* y.., x.., x_dot.. */
static void check_jvp(Verifier *v, const Instr *instr) {
  const int n = instr->n_y, n_x = (instr->n_operands - n) / 2;
  REQUIRE(n > 0 && n == instr->n_results && n_x >= 0 && n + 2 * n_x == instr->n_operands,
          "operands are y.., x.., x_dot..");
  for (int i = 0; i < n; i++)
    REQUIRE(instr->results[i]->type == instr->operands[i]->type, "y_dot is not like y");
  for (int i = 0; i < n_x; i++)
    REQUIRE(instr->operands[n + i]->type == instr->operands[n + n_x + i]->type,
            "x_dot is not like x");
}

static void check_form(Verifier *v, Instr *instr) {
  if (op_is_prim(instr->op)) {
    check_prim(v, instr);
    return;
  }
  switch ((int)instr->op) {
    case OP_INDEX:
      check_indices(v, instr, 1);
      REQUIRE(v->problem || is_scalar(instr->results[0], instr->operands[0]->type->kind),
              "an element of another kind");
      return;
    case OP_UPDATE:
    case OP_ACCUM: check_update(v, instr); return;
    case OP_MAP: check_map(v, instr); return;
    case OP_REDUCE: check_reduce(v, instr); return;
    case OP_SWEEP: check_sweep(v, instr); return;
    case OP_LOOP:
      REQUIRE(instr->n_results == instr->n_operands - 1,
              "results and carried values differ in number");
      check_carried(v, instr, instr->regions[0], 1, 1);
      return;
    case OP_CONST:
      REQUIRE(is_scalar(instr->results[0], instr->constant.kind), "a constant of another type");
      return;
    case OP_SIZE: REQUIRE(instr->size && is_scalar(instr->results[0], KIND_INT), "no size"); return;
    case OP_COPY:
    case OP_STOP:
      REQUIRE(instr->operands[0]->type == instr->results[0]->type, "a copy changes its type");
      return;
    case OP_CUSTOM: check_custom(v, instr); return;
    case OP_CALL: REQUIRE(instr->callee, "no function to call"); return;
    case OP_CHECK: REQUIRE(is_scalar(instr->operands[0], KIND_BOOL), "no condition"); return;
    case OP_VJP: check_vjp(v, instr); return;
    case OP_JVP: check_jvp(v, instr); return;
    case OP_WHILE: check_while(v, instr); return;
    case OP_IF: check_if(v, instr); return;
    default: return;
  }
}

/* ---- the walk -------------------------------------------------------------------------------- */

static void check_instr(Verifier *v, Instr *instr) {
  check_counts(v, instr);
  if (v->problem) return;
  for (int i = 0; i < instr->n_operands; i++)
    REQUIRE(value_map_has(&v->visible, instr->operands[i]), "an operand is not defined before");
  if (instr->size) check_size(v, instr, instr->size);
  if (instr->disk) check_size(v, instr, instr->disk);
  for (int d = 0; d < instr->n_extents; d++) check_size(v, instr, instr->extents[d]);
  for (int k = 0; k < instr->n_regions; k++) {
    REQUIRE(instr->regions[k]->parent == instr, "a region has lost its instruction");
    check_region(v, instr, instr->regions[k]);
  }
  if (!v->problem) check_form(v, instr);
  for (int i = 0; i < instr->n_results; i++) {
    REQUIRE(instr->results[i]->def == instr && instr->results[i]->index == i,
            "a result is misplaced");
    define(v, instr, instr->results[i]);
  }
}

static void hide(Verifier *v, const Region *region) {
  for (int i = 0; i < region->n_params; i++) value_map_set(&v->visible, region->params[i], NULL);
  for (const Instr *instr = region->first; instr; instr = instr->next)
    for (int i = 0; i < instr->n_results; i++) value_map_set(&v->visible, instr->results[i], NULL);
}

static void check_region(Verifier *v, Instr *instr, Region *region) {
  for (int i = 0; i < region->n_params; i++) {
    REQUIRE(region->params[i]->region == region && region->params[i]->index == i,
            "a parameter is misplaced");
    define(v, instr, region->params[i]);
  }
  for (Instr *inner = region->first; inner && !v->problem; inner = inner->next) {
    if (inner->parent != region) fail(v, inner, "an instruction is in the wrong region");
    check_instr(v, inner);
  }
  for (int i = 0; i < region->n_yields && !v->problem; i++)
    REQUIRE(value_map_has(&v->visible, region->yields[i]), "a yield is not defined");
  hide(v, region);
}

const char *ir_verify(Module *m) {
  Verifier v = {.m = m, .visible = value_map_new(m->arena)};
  for (size_t i = 0; i < m->funcs.len && !v.problem; i++)
    check_region(&v, NULL, m->funcs.at[i]->body);
  return v.problem;
}
