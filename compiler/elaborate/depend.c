/* depend - does y depend on x? What grad(y, x) on statements may be asked. */
#include "elaborate/elab.h"

typedef struct {
  Elab *e;
  const ValueList *x;
  ValueMap seen;
  ValueList work;
  ValueList *loop_params;   /* parameters of enclosing regions that were reached */
  const Region *place;      /* NULL: the open frames enclose; else the regions around this one */
  bool through_loops;       /* follow parameters of enclosing loops as well */
  bool found;
} Walk;

static void push(Walk *w, Value *value) {
  if (!type_is_real(value->type) || value_map_has(&w->seen, value)) return;
  value_map_set(&w->seen, value, value);
  vec_push(w->e->arena, &w->work, value);
}

static bool encloses(const Walk *w, const Region *region) {
  if (w->place) return region_is_within(w->place, region);
  for (const Frame *frame = w->e->frame; frame; frame = frame->outer)
    if (frame->b.region == region) return true;
  return false;
}

static void push_carried(Walk *w, const Instr *loop, int i) {
  const int first_operand = loop->op == OP_SWEEP ? 0 : 1;
  push(w, loop->operands[first_operand + i]);
  push(w, loop->regions[loop->n_regions - 1]->yields[i]);
}

static void follow_param(Walk *w, Value *param) {
  if (encloses(w, param->region) && !w->through_loops) {
    if (w->loop_params) vec_push(w->e->arena, w->loop_params, param);
    return;
  }
  const Instr *holder = param->region->parent;
  if (!holder || (holder->op != OP_LOOP && holder->op != OP_WHILE && holder->op != OP_SWEEP)) return;
  const bool is_condition = holder->op == OP_WHILE && param->region == holder->regions[0];
  const int first = holder->op == OP_SWEEP ? holder->n_extents : is_condition ? 0 : 1;
  if (param->index >= first) push_carried(w, holder, param->index - first);
}

static void follow_result(Walk *w, const Value *value) {
  const Instr *def = value->def;
  switch ((int)def->op) {
    case OP_STOP: return;
    case OP_MAP:
    case OP_REDUCE: push(w, def->regions[0]->yields[value->index]); return;
    case OP_IF:
      push(w, def->regions[0]->yields[value->index]);
      push(w, def->regions[1]->yields[value->index]);
      return;
    case OP_LOOP:
    case OP_WHILE:
    case OP_SWEEP: push_carried(w, def, value->index); return;
    default:
      for (int i = 0; i < def->n_operands; i++) push(w, def->operands[i]);
  }
}

static bool is_x(const Walk *w, const Value *value) {
  for (size_t i = 0; i < w->x->len; i++)
    if (w->x->at[i] == value) return true;
  return false;
}

static bool run_walk(Walk *w) {
  while (w->work.len > 0) {
    Value *value = w->work.at[--w->work.len];
    if (is_x(w, value)) w->found = true;
    else if (value->def) follow_result(w, value);
    else follow_param(w, value);
  }
  return w->found;
}

bool depends_on(Elab *e, const Value *y, const ValueList *x, ValueList *loop_params) {
  Walk w = {.e = e, .x = x, .seen = value_map_new(e->arena), .loop_params = loop_params};
  push(&w, (Value *)y);
  return run_walk(&w);
}

/* ---- gradients inside loops of what earlier steps made ----------------------------------------- */

/* Those x that were there before the loop whose parameter this is. */
static ValueList older_than_loop(Elab *e, const Instr *vjp, const Value *param) {
  ValueList older = {0};
  for (int i = 2 * vjp->n_y; i < vjp->n_operands; i++)
    if (!region_is_within(value_region(vjp->operands[i]), param->region))
      vec_push(e->arena, &older, vjp->operands[i]);
  return older;
}

static bool is_reached_through(Elab *e, const Instr *vjp, Value *param) {
  const ValueList older = older_than_loop(e, vjp, param);
  if (older.len == 0) return false;
  Walk w = {.e = e, .x = &older, .seen = value_map_new(e->arena), .place = vjp->parent,
            .through_loops = true};
  push(&w, param);
  return run_walk(&w);
}

static void check_one(Elab *e, const PendingCheck *pending) {
  const Instr *vjp = pending->instr;
  ValueList x = {0}, params = {0};
  for (int i = 2 * vjp->n_y; i < vjp->n_operands; i++) vec_push(e->arena, &x, vjp->operands[i]);
  Walk w = {.e = e, .x = &x, .seen = value_map_new(e->arena), .place = vjp->parent,
            .loop_params = &params};
  for (int i = 0; i < vjp->n_y; i++) push(&w, vjp->operands[i]);
  run_walk(&w);
  for (size_t i = 0; i < params.len; i++) {
    if (!is_reached_through(e, vjp, params.at[i])) continue;
    REPORT(e, DIAG_BAD_DERIVATIVE, pending->span,
           arena_format(e->arena, "%s depends on %s also through earlier steps of this loop",
                        pending->y, pending->x));
    report_help(e, "take the gradient after the loop, or put the loop into a function f and use "
                   "grad(f, %s)", pending->x);
    return;
  }
}

void check_pending(Elab *e) {
  for (size_t i = 0; i < e->pending.len; i++) check_one(e, &e->pending.at[i]);
  e->pending.len = 0;
}
