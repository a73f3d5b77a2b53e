/* Full: arrays that a loop or sweep writes from end to end, so that zeros before it are never
 * read. */
#include "backend/plan.h"

/* From dimension `first` on, does the block span the array? */
static bool spans_rest(const Instr *update, int first) {
  const Type *array = update->operands[0]->type, *block = update->operands[1]->type;
  if (block->rank != array->rank - first) return false;
  for (int d = 0; d < array->rank; d++) {
    int64_t start;
    if ((update->ranges >> d & 1) != (d >= first)) return false;
    if (d < first) continue;
    if (!value_is_const_int(update->operands[2 + d], &start) || start != 0) return false;
    if (block->dims[d - first] != array->dims[d]) return false;
  }
  return true;
}

/* The one update that the value goes through in a step, or NULL. */
static const Instr *only_update(Plan *p, const Region *body, const Value *param, const Value *yield,
                                Op op) {
  const Instr *update = yield->def;
  if (!update || update->op != op || update->parent != body || update->operands[0] != param)
    return NULL;
  if (fact(p, param)->uses != 1 || fact(p, yield)->uses != 1) return NULL;
  return same_place(p, param, yield) ? update : NULL;
}

/* The same where the array is read as well, but the update alone writes. */
static const Instr *only_writer(Plan *p, const Region *body, const Value *param,
                                const Value *yield) {
  const Instr *update = yield->def;
  if (!update || update->op != OP_UPDATE || update->parent != body || update->operands[0] != param)
    return NULL;
  return fact(p, yield)->uses == 1 && same_place(p, param, yield) ? update : NULL;
}

/* xs[t] = .. for t = 0..n-1 with xs of extent n, forwards or backwards. */
static bool loop_writes_all(Plan *p, const Instr *loop, int k) {
  Module *m = p->m;
  const Region *body = loop->regions[0];
  const Value *param = body->params[1 + k];
  const Instr *update = only_update(p, body, param, body->yields[k], OP_UPDATE);
  if (!update || !spans_rest(update, 1)) return false;
  Size *n = size_of_value(m, loop->operands[0]), *t = size_atom(m, body->params[0]);
  if (param->type->dims[0] != n) return false;
  Size *at = size_of_value(m, update->operands[2]);
  return at == t || at == size_sub(m, size_sub(m, n, size_const(m, 1)), t);
}

/* v[i, j] += .. in a sweep over exactly the elements (or rows) of v. */
static bool sweep_writes_all(Plan *p, const Instr *sweep, int k) {
  const Region *body = sweep->regions[0];
  const Value *param = body->params[sweep->n_extents + k];
  const Instr *accum = only_update(p, body, param, body->yields[k], OP_ACCUM);
  if (!accum || param->type->rank < sweep->n_extents || !spans_rest(accum, sweep->n_extents))
    return false;
  for (int d = 0; d < sweep->n_extents; d++)
    if (accum->operands[2 + d] != body->params[d] || param->type->dims[d] != sweep->extents[d])
      return false;
  node(p, accum)->is_first = true;
  return true;
}

/* size = max(count, 0)? */
static bool is_positive_part(const Size *size, const Value *count) {
  if (size->n_terms != 1 || size->terms[0].n_atoms != 1 || size->terms[0].coef != 1) return false;
  const Instr *max = size->terms[0].atoms[0]->def;
  int64_t zero;
  return max && max->op == OP_max && max->operands[0] == count &&
         value_is_const_int(max->operands[1], &zero) && zero == 0;
}

/* xs[t + rows] = .. for t = 0..n-1, with n + rows of them (or max(n, 0) + rows). */
static bool loop_writes_rest(Plan *p, const Instr *loop, int k, int rows) {
  Module *m = p->m;
  const Region *body = loop->regions[0];
  const Value *param = body->params[1 + k];
  const Instr *update = only_writer(p, body, param, body->yields[k]);
  if (!update || !spans_rest(update, 1)) return false;
  Size *first = size_const(m, rows), *steps = size_sub(m, param->type->dims[0], first);
  Size *next = size_add(m, size_atom(m, body->params[0]), first);
  if (size_of_value(m, update->operands[2]) != next) return false;
  return steps == size_of_value(m, loop->operands[0]) || is_positive_part(steps, loop->operands[0]);
}

/* xs[row] = .. */
static bool writes_row(const Instr *update, int row) {
  int64_t start;
  return update->op == OP_UPDATE && spans_rest(update, 1) &&
         value_is_const_int(update->operands[2], &start) && start == row;
}

bool is_written_later(Plan *p, const Instr *update) {
  const Value *array = update->operands[0];
  if (!splat_of(array) || storage_of(p, array)) return false;
  for (int row = 0; writes_row(update, row); row++) {
    const Value *result = update->results[0];
    const Instr *user = fact(p, result)->user;
    if (fact(p, result)->uses != 1 || !user) return false;
    if (user->op != OP_LOOP) {
      if (user->op != OP_UPDATE || user->operands[0] != result) return false;
      if (!same_place(p, result, user->results[0])) return false;
      update = user;
      continue;
    }
    for (int k = 0; k < user->n_results; k++)
      if (user->operands[1 + k] == result)
        return same_place(p, result, user->regions[0]->params[1 + k]) &&
               loop_writes_rest(p, user, k, row + 1);
    return false;
  }
  return false;
}

static bool is_zero(const Constant *c) { return c->kind == KIND_REAL && c->real == 0; }

bool writes_everything(Plan *p, const Instr *instr, int k) {
  const Value *init = instr->operands[first_init(instr) + k];
  const Constant *fill = init->type->rank ? splat_of(init) : NULL;
  if (!fill || storage_of(p, init)) return false;
  if (instr->op == OP_LOOP) return loop_writes_all(p, instr, k);
  return instr->op == OP_SWEEP && is_zero(fill) && sweep_writes_all(p, instr, k);
}
