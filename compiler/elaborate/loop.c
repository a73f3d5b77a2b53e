/* loop - for, while and if as statements: which variables go through them, and how. */
#include "elaborate/elab.h"

#include <string.h>

/* ---- carried variables ----------------------------------------------------------------------- */

/* A variable that exists before a loop and is assigned in it. Each of its numbers is one carried
 * value. */
typedef struct {
  Name name;
  Datum *init;
  int n_leaves;
} Carried;

typedef struct {
  Vec(Carried) vars;
  ValueList inits;
  NameList names; /* all that the body assigns */
} CarriedList;

static Datum *number_before(Elab *e, Scope *s, Name name) {
  Datum *d = find_name(e, s, name);
  const bool has_value = d && (is_number(d) || is_structure(d));
  return has_value ? d : NULL;
}

static void collect_carried(Elab *e, Scope *s, const StmtList *body, CarriedList *list) {
  list->names = assigned_names(e, body);
  for (size_t i = 0; i < list->names.len; i++) {
    const Name name = list->names.at[i];
    Datum *init = number_before(e, s, name);
    const size_t before = list->inits.len;
    if (!init) continue;
    if (!datum_leaves(e, init, &list->inits)) {
      list->inits.len = before;
      continue;
    }
    vec_push(e->arena, &list->vars, ((Carried){name, init, (int)(list->inits.len - before)}));
  }
}

/* In the open region: one parameter per carried value; the variables are bound to them. */
static void enter_carried(Elab *e, Scope *s, const CarriedList *list, Span span) {
  ValueList params = {0};
  size_t leaf = 0;
  int next = 0;
  for (size_t i = 0; i < list->vars.len; i++)
    for (int k = 0; k < list->vars.at[i].n_leaves; k++, leaf++) {
      const Value *init = list->inits.at[leaf];
      const Name name = init->name ? init->name : list->vars.at[i].name;
      vec_push(e->arena, &params, region_param(e->m, here(e)->region, init->type, name));
    }
  for (size_t i = 0; i < list->vars.len; i++) {
    const Binding *old = find_binding(s->env, list->vars.at[i].name);
    bind(e, s, list->vars.at[i].name, datum_rebuild(e, list->vars.at[i].init, params.at, &next),
         old ? old->span : span);
  }
}

/* ---- what a step leaves ---------------------------------------------------------------------- */

typedef enum { STEP_FITS, STEP_AGAIN, STEP_WRONG } StepResult;

static Span assigned_at(Scope *s, Name name, Span otherwise) {
  const Binding *binding = find_binding(s->env, name);
  return binding ? binding->span : otherwise;
}

static StepResult changed_type(Elab *e, Scope *s, const Carried *var, const Datum *after,
                               Span span) {
  if (is_poison(after)) return STEP_WRONG;
  REPORT(e, DIAG_CHANGED_TYPE, assigned_at(s, var->name, span), var->name,
         describe(e, var->init), describe(e, after));
  report_help(e, "give what changes another name inside the loop");
  return STEP_WRONG;
}

/* One leaf as the loop wants it. An int that a step turns into a real starts as a real:
 * STEP_AGAIN. */
static StepResult fit_leaf(Elab *e, Value **leaf, Value **init, Builder *outside, Span span) {
  Type *type = (*init)->type;
  if ((*leaf)->type->kind == KIND_INT && type->kind == KIND_REAL)
    *leaf = materialise(e, to_real(e, datum_value(e, *leaf)));
  if ((*leaf)->type->kind == KIND_REAL && type->kind == KIND_INT) {
    if (type->rank > 0) return STEP_WRONG;
    *init = build_prim(outside, OP_int_to_real, *init, NULL);
    return STEP_AGAIN;
  }
  if ((*leaf)->type->kind != type->kind || !shapes_agree(e, (*leaf)->type, type, span))
    return STEP_WRONG;
  *leaf = retyped(e, *leaf, type);
  return STEP_FITS;
}

static StepResult leave_carried(Elab *e, Scope *s, CarriedList *list, Region *region, Span span) {
  StepResult result = STEP_FITS;
  size_t next = 0;
  for (size_t i = 0; i < list->vars.len; i++) {
    const Carried *var = &list->vars.at[i];
    Datum *after = find_binding(s->env, var->name)->datum;
    ValueList leaves = {0};
    if (!same_structure(var->init, after)) return changed_type(e, s, var, after, span);
    datum_leaves(e, after, &leaves);
    for (size_t k = 0; k < leaves.len; k++, next++) {
      Builder *outside = &e->frame->outer->b;
      const StepResult one = fit_leaf(e, &leaves.at[k], &list->inits.at[next], outside, span);
      if (one == STEP_WRONG) return changed_type(e, s, var, after, span);
      if (one == STEP_AGAIN) result = STEP_AGAIN;
      region_add_yield(e->m, region, leaves.at[k]);
    }
  }
  return result;
}

/* ---- after a loop ---------------------------------------------------------------------------- */

static void bind_results(Elab *e, Scope *s, const CarriedList *list, Value *const *results,
                         Scope *inside, Span span) {
  int next = 0;
  for (size_t i = 0; i < list->vars.len; i++) {
    const Carried *var = &list->vars.at[i];
    bind(e, s, var->name, datum_rebuild(e, var->init, results, &next),
         assigned_at(inside, var->name, span));
  }
}

/* Names that belong to one step, or one branch, say so when they are used afterwards. */
static void unset_locals(Elab *e, Scope *s, const NameList *names, Scope *inside,
                         const char *why) {
  for (size_t i = 0; i < names->len; i++) {
    const Name name = names->at[i];
    const Binding *binding = find_binding(inside->env, name);
    const Binding *outer = find_binding(s->env, name);
    const bool exists = outer && outer->datum->tag != DATUM_UNSET;
    if (exists || !binding || find_global(e, s->unit, name)) continue;
    Datum *unset = datum_new(e, DATUM_UNSET);
    unset->text = why;
    bind(e, s, name, unset, binding->span);
  }
}

static void poison_all(Elab *e, Scope *s, const NameList *names, Span span) {
  for (size_t i = 0; i < names->len; i++) bind(e, s, names->at[i], poison(e), span);
}

static const char one_step[] = "this belongs to one step of the loop; give it a value before it";

/* ---- for ------------------------------------------------------------------------------------- */

static void run_level(Elab *e, Scope *s, const Stmt *stmt, size_t level,
                      const Schedule *schedule);

/* Over a tuple: the body once per item; types may change. */
static void run_unrolled(Elab *e, Scope *s, const Stmt *stmt, size_t level, const Datum *tuple,
                         const Schedule *schedule) {
  Scope inner = *s;
  const NameList names = assigned_names(e, &stmt->body);
  for (int i = 0; i < tuple->n; i++) {
    bind(e, &inner, stmt->gens.at[level].name, tuple->items[i], stmt->gens.at[level].span);
    run_level(e, &inner, stmt, level + 1, schedule);
  }
  Scope before = *s;
  for (size_t i = 0; i < names.len; i++) {
    const Binding *binding = find_binding(inner.env, names.at[i]);
    if (binding && find_name(e, &before, names.at[i]) &&
        find_name(e, &before, names.at[i])->tag != DATUM_UNSET)
      bind(e, s, names.at[i], binding->datum, binding->span);
  }
  unset_locals(e, s, &names, &inner, one_step);
}

typedef struct {
  Region *region;
  Scope inside;
  StepResult result;
} Step;

static Step run_step(Elab *e, Scope *s, const Stmt *stmt, size_t level, const Space *space,
                     CarriedList *list, const Schedule *schedule) {
  Step step = {.inside = *s};
  Frame frame;
  const size_t pending = e->pending.len;
  step.region = open_frame(e, &frame, FRAME_TIME);
  Space one = *space;
  space_enter(e, &step.inside, &one);
  enter_carried(e, &step.inside, list, stmt->span);
  run_level(e, &step.inside, stmt, level + 1, schedule);
  step.result = leave_carried(e, &step.inside, list, step.region, stmt->span);
  close_frame(e);
  if (step.result != STEP_FITS) e->pending.len = pending;
  return step;
}

static void run_counted(Elab *e, Scope *s, const Stmt *stmt, size_t level, const Space *space,
                        const Schedule *schedule) {
  CarriedList list = {0};
  collect_carried(e, s, &stmt->body, &list);
  Step step = run_step(e, s, stmt, level, space, &list, schedule);
  for (int tries = 0; step.result == STEP_AGAIN && tries < 8; tries++)
    step = run_step(e, s, stmt, level, space, &list, schedule);
  if (step.result != STEP_FITS) {
    poison_all(e, s, &list.names, stmt->span);
    return;
  }
  here(e)->span = stmt->span;
  Value *count = build_size(here(e), space->extents[0]);
  Instr *loop = build_loop(here(e), count, (int)list.inits.len, list.inits.at, step.region);
  set_schedule(loop, schedule);
  bind_results(e, s, &list, loop->results, &step.inside, stmt->span);
  unset_locals(e, s, &list.names, &step.inside, one_step);
}

/* What is walked through at compile time. An array of one model is, too: a list whose models
 * happen to be one, as the layers of a perceptron may, goes through types like any other. */
static Datum *sequence_of(Elab *e, Scope *s, const Expr *x) {
  if (x->tag == EXPR_RANGE) return NULL;
  Datum *d = eval(e, s, x);
  if (d->tag == DATUM_MODELS && d->count == 1) {
    Datum *list = datum_new(e, DATUM_TUPLE);
    list->n = 1;
    list->items = ARENA_ARRAY(e->arena, Datum *, 1);
    list->items[0] = row_of(e, d, build_int(here(e), 0));
    return list;
  }
  return d->tag == DATUM_TUPLE || is_poison(d) ? d : NULL;
}

static void run_level(Elab *e, Scope *s, const Stmt *stmt, size_t level,
                      const Schedule *schedule) {
  if (level == stmt->gens.len) {
    run_statements(e, s, &stmt->body, stmt->body.len);
    return;
  }
  const Datum *sequence = sequence_of(e, s, stmt->gens.at[level].range);
  if (sequence && !is_poison(sequence)) {
    run_unrolled(e, s, stmt, level, sequence, schedule);
    return;
  }
  Space space;
  Generator gen = stmt->gens.at[level];
  const GeneratorList one = {.at = &gen, .len = 1};
  if (!sequence && space_of(e, s, &one, &space)) {
    run_counted(e, s, stmt, level, &space, schedule);
    return;
  }
  const NameList names = assigned_names(e, &stmt->body);
  poison_all(e, s, &names, stmt->span);
}

void run_for(Elab *e, Scope *s, const Stmt *stmt) {
  const Schedule schedule = read_schedule(e, s, &stmt->checkpoint);
  run_level(e, s, stmt, 0, &schedule);
}

/* ---- while ----------------------------------------------------------------------------------- */

static Region *while_condition(Elab *e, Scope *s, const Stmt *stmt, const CarriedList *list) {
  Scope inner = *s;
  Frame frame;
  Region *region = open_frame(e, &frame, FRAME_TIME);
  enter_carried(e, &inner, list, stmt->span);
  e->temp_from = e->m->next_id;
  Datum *d = eval_condition(e, &inner, stmt->condition);
  if (!is_poison(d)) region_add_yield(e->m, region, materialise(e, d));
  close_frame(e);
  return is_poison(d) ? NULL : region;
}

static Step while_step(Elab *e, Scope *s, const Stmt *stmt, CarriedList *list) {
  Step step = {.inside = *s};
  Frame frame;
  const size_t pending = e->pending.len;
  step.region = open_frame(e, &frame, FRAME_TIME);
  frame_index(e, "k");
  enter_carried(e, &step.inside, list, stmt->span);
  run_statements(e, &step.inside, &stmt->body, stmt->body.len);
  step.result = leave_carried(e, &step.inside, list, step.region, stmt->span);
  close_frame(e);
  if (step.result != STEP_FITS) e->pending.len = pending;
  return step;
}

void run_while(Elab *e, Scope *s, const Stmt *stmt) {
  CarriedList list = {0};
  Datum *bound = stmt->bound ? eval_int(e, s, stmt->bound, "the bound of while") : poison(e);
  const Schedule schedule = read_schedule(e, s, &stmt->checkpoint);
  collect_carried(e, s, &stmt->body, &list);
  Step step = while_step(e, s, stmt, &list);
  for (int tries = 0; step.result == STEP_AGAIN && tries < 8; tries++)
    step = while_step(e, s, stmt, &list);
  Region *condition = step.result == STEP_FITS ? while_condition(e, s, stmt, &list) : NULL;
  if (!condition || is_poison(bound)) {
    poison_all(e, s, &list.names, stmt->span);
    return;
  }
  here(e)->span = stmt->span;
  Value *most = materialise(e, bound);
  Instr *loop = build_while(here(e), most, (int)list.inits.len, list.inits.at, condition,
                            step.region);
  set_schedule(loop, &schedule);
  bind_results(e, s, &list, loop->results, &step.inside, stmt->span);
  unset_locals(e, s, &list.names, &step.inside, one_step);
}

/* ---- if -------------------------------------------------------------------------------------- */

typedef struct {
  Scope *s;
  const Stmt *stmt;
  NameList merged;
  Scope after[2];
} StatementArms;

static Datum *statement_arm(Elab *e, void *context, int arm) {
  StatementArms *arms = context;
  Scope inner = *arms->s;
  const StmtList *body = arm == 0 ? &arms->stmt->body : &arms->stmt->other;
  run_statements(e, &inner, body, body->len);
  Datum **items = ARENA_ARRAY(e->arena, Datum *, arms->merged.len);
  for (size_t i = 0; i < arms->merged.len; i++) {
    items[i] = find_name(e, &inner, arms->merged.at[i]);
    if (!items[i] || is_poison(items[i])) items[i] = poison(e);
  }
  arms->after[arm] = inner;
  for (size_t i = 0; i < arms->merged.len; i++)
    if (is_poison(items[i])) return items[i];
  return datum_tuple(e, (int)arms->merged.len, items);
}

static void names_to_merge(Elab *e, Scope *s, const Stmt *stmt, const NameList *names,
                           NameList *merged) {
  const NameMap body = assigned_for_sure(e, &stmt->body), other = assigned_for_sure(e, &stmt->other);
  for (size_t i = 0; i < names->len; i++) {
    const Name name = names->at[i];
    const bool both = name_map_find(&body, name) && name_map_find(&other, name);
    if (number_before(e, s, name) || both) vec_push(e->arena, merged, name);
  }
}

void run_if(Elab *e, Scope *s, const Stmt *stmt) {
  Datum *condition = eval_condition(e, s, stmt->condition);
  bool known;
  if (is_const_bool(condition, &known)) {
    const StmtList *body = known ? &stmt->body : &stmt->other;
    run_statements(e, s, body, body->len);
    return;
  }
  const NameList names = assigned_in_arms(e, stmt);
  StatementArms arms = {.s = s, .stmt = stmt};
  names_to_merge(e, s, stmt, &names, &arms.merged);
  const int n = (int)arms.merged.len;
  Datum *d = eval_if_named(e, stmt->span, condition, statement_arm, &arms, n, arms.merged.at);
  if (is_poison(d)) {
    poison_all(e, s, &names, stmt->span);
    return;
  }
  for (int i = 0; i < n; i++)
    bind(e, s, arms.merged.at[i], n == 1 ? d : d->items[i],
         assigned_at(&arms.after[0], arms.merged.at[i], stmt->span));
  unset_locals(e, s, &names, &arms.after[0], "only one branch gives it a value");
  unset_locals(e, s, &names, &arms.after[1], "only one branch gives it a value");
}
