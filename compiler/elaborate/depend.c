/* depend - does one value depend on another by way of real numbers? */
#include "elaborate/elab.h"

/* A walk from y back to what it was made of. Only reals carry dependence: an int or a bool
 * computed from a real has no derivative. Deep programs make long chains, so the walk keeps a
 * list instead of recursing. */
typedef struct {
  Elab *e;
  ValueMap seen;
  ValueList todo;
  ValueList *loop_params;
} Walk;

static void visit(Walk *w, Value *value) {
  if (value->type->kind != KIND_REAL || value_map_has(&w->seen, value)) return;
  value_map_set(&w->seen, value, value);
  vec_push(w->e->arena, &w->todo, value);
}

/* Operand and yields of carried value k of a loop or while (first is its region with the step). */
static void visit_carried(Walk *w, const Instr *loop, int k) {
  const Region *body = loop->regions[loop->n_regions - 1];
  visit(w, loop->operands[1 + k]);
  visit(w, body->yields[k]);
}

static void visit_param(Walk *w, Value *param) {
  const Instr *holder = param->region->parent;
  if (!holder) {
    if (w->loop_params) vec_push(w->e->arena, w->loop_params, param);
    return;
  }
  if (holder->op == OP_LOOP) visit_carried(w, holder, param->index - 1);
  if (holder->op == OP_WHILE) {
    const bool in_body = param->region == holder->regions[1];
    visit_carried(w, holder, in_body ? param->index - 1 : param->index);
  }
}

static void visit_result(Walk *w, const Value *result) {
  const Instr *def = result->def;
  switch ((int)def->op) {
    case OP_STOP: return;
    case OP_LOOP:
    case OP_WHILE: visit_carried(w, def, result->index); return;
    case OP_MAP:
    case OP_REDUCE: visit(w, def->regions[0]->yields[result->index]); return;
    case OP_IF:
      visit(w, def->regions[0]->yields[result->index]);
      visit(w, def->regions[1]->yields[result->index]);
      return;
    default:
      for (int i = 0; i < def->n_operands; i++) visit(w, def->operands[i]);
      return;
  }
}

static bool contains(const ValueList *list, const Value *value) {
  for (size_t i = 0; i < list->len; i++)
    if (list->at[i] == value) return true;
  return false;
}

static bool walk(Walk *w, const ValueList *x) {
  bool found = false;
  for (size_t i = 0; i < w->todo.len; i++) {
    Value *value = w->todo.at[i];
    if (contains(x, value)) {
      found = true;
      continue;
    }
    if (value->def) visit_result(w, value);
    else visit_param(w, value);
  }
  return found;
}

bool depends_on(Elab *e, const Value *y, const ValueList *x, ValueList *loop_params) {
  Walk w = {.e = e, .seen = value_map_new(e->arena), .loop_params = loop_params};
  visit(&w, (Value *)y);
  return walk(&w, x);
}

/* ---- after the function is complete ---------------------------------------------------------- */

/* Does a value that the region carries from step to step bring x to y? */
static bool brings(Elab *e, const Region *region, Value *y, Value *x) {
  for (int i = 0; i < region->n_params; i++) {
    Value *param = region->params[i];
    const ValueList of_param = {.at = &param, .len = 1}, of_x = {.at = &x, .len = 1};
    if (depends_on(e, y, &of_param, NULL) && depends_on(e, param, &of_x, NULL)) return true;
  }
  return false;
}

/* Loops around the vjp but inside the scope of x: what they carry may hold x from earlier steps,
 * and that part of the derivative would be missing. */
static bool hides_a_way(Elab *e, const Instr *vjp) {
  for (int i = 2 * vjp->n_y; i < vjp->n_operands; i++) {
    const Region *region = vjp->parent;
    while (region->parent && !region_is_within(value_region(vjp->operands[i]), region)) {
      if (brings(e, region, vjp->operands[0], vjp->operands[i])) return true;
      region = region->parent->parent;
    }
  }
  return false;
}

void check_pending(Elab *e) {
  for (size_t i = 0; i < e->pending.len; i++) {
    const PendingCheck *check = &e->pending.at[i];
    if (!hides_a_way(e, check->instr)) continue;
    REPORT(e, DIAG_BAD_DERIVATIVE, check->span,
           arena_format(e->arena, "%s also depends on %s by way of earlier steps of this loop",
                        check->y, check->x));
    report_help(e, "take the derivative after the loop, or of a function that holds the loop");
  }
  e->pending.len = 0;
}
