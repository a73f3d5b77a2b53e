#include "derive/tangent.h"

#include "derive/activity.h"
#include "derive/effects.h"
#include "derive/visible.h"
#include "ir/op.h"
#include "passes/rules.h"

typedef struct {
  Module *m;
  Diag *diag;
  ValueMap varied;
  ValueMap dot; /* value -> its tangent; none: structurally zero */
} Tangent;

static void tangent_range(Tangent *t, Instr *first, Instr *last);

static void tangent_region(Tangent *t, Region *region) {
  if (region->first) tangent_range(t, region->first, region->last);
}

static Value *dot_of(const Tangent *t, const Value *value) {
  return value_map_find(&t->dot, value);
}

static Value *dot_or_zeros(Tangent *t, Builder *b, const Value *value) {
  Value *dot = dot_of(t, value);
  return dot ? dot : build_zeros(b, value->type);
}

static Name dot_name(Tangent *t, const Value *value) {
  return value->name ? intern_format(t->m->names, "%s_dot", value->name) : NULL;
}

static void set_dot(Tangent *t, Value *value, Value *dot) {
  if (!dot) return;
  value_map_set(&t->dot, value, dot);
  if (!dot->name) dot->name = dot_name(t, value);
}

/* ---- straight-line rules --------------------------------------------------------------------- */

static Value *tangent_term(Builder *b, const Instr *prim, int i, Value *dot) {
  double factor;
  if (rule_is_const(prim->op, i, &factor) && (factor == 1 || factor == -1))
    return factor == 1 ? dot : build_prim(b, OP_neg, dot, NULL);
  Value *second = prim->n_operands > 1 ? prim->operands[1] : NULL;
  Value *partial = rule_partial(b, prim->op, i, prim->operands[0], second, prim->results[0]);
  return partial ? build_prim(b, OP_mul, partial, dot) : NULL;
}

static void tangent_prim(Tangent *t, Builder *b, Instr *prim) {
  if (!rule_exists(prim->op)) {
    diag_report(t->diag, DIAG_NO_DERIVATIVE, prim->span, op_name(prim->op));
    return;
  }
  Value *sum = NULL;
  for (int i = 0; i < prim->n_operands; i++) {
    Value *dot = dot_of(t, prim->operands[i]);
    Value *term = dot ? tangent_term(b, prim, i, dot) : NULL;
    if (term) sum = sum ? build_prim(b, OP_add, sum, term) : term;
  }
  set_dot(t, prim->results[0], sum);
}

static void tangent_update(Tangent *t, Builder *b, Instr *update) {
  Value *array_dot = dot_of(t, update->operands[0]), *value_dot = dot_of(t, update->operands[1]);
  if (!value_dot && (update->op == OP_ACCUM || !array_dot)) {
    set_dot(t, update->results[0], array_dot);
    return;
  }
  array_dot = dot_or_zeros(t, b, update->operands[0]);
  value_dot = dot_or_zeros(t, b, update->operands[1]);
  set_dot(t, update->results[0],
          build_update(b, update->op, array_dot, value_dot, update->operands + 2, update->ranges));
}

static void tangent_custom(Tangent *t, Builder *b, Instr *custom) {
  ValueMap map = value_map_new(t->m->scratch);
  Region *primal = custom->regions[0];
  for (int i = 0; i < custom->n_operands; i++)
    value_map_set(&map, primal->params[i], custom->operands[i]);
  Instr *before = b->before ? b->before->prev : b->region->last;
  clone_region_into(b, primal, &map);
  Instr *first = before ? before->next : b->region->first;
  Instr *last = b->before ? b->before->prev : b->region->last;
  if (primal->first) {
    mark_varied(t->m, &t->varied, first, last);
    tangent_range(t, first, last);
  }
  for (int i = 0; i < custom->n_results; i++)
    set_dot(t, custom->results[i], dot_of(t, value_map_get(&map, primal->yields[i])));
}

static void tangent_call(Tangent *t, Builder *b, Instr *call) {
  Module *m = t->m;
  if (call->callee->mode != MODE_PRIMAL || !call->callee->tangent) {
    diag_report(t->diag, DIAG_NO_EXTERN_TANGENT, call->span, call->callee->symbol);
    return;
  }
  Extern *callee = ARENA_NEW(m->arena, Extern);
  *callee = (Extern){.symbol = call->callee->tangent, .mode = MODE_TANGENT,
                     .n_params = call->n_operands};
  vec_push(m->arena, &m->externs, callee);
  Value **operands = ARENA_ARRAY(m->scratch, Value *, 2 * (size_t)call->n_operands);
  Type **types = ARENA_ARRAY(m->scratch, Type *, (size_t)call->n_results);
  int n = 0, n_types = 0;
  for (int i = 0; i < call->n_operands; i++) operands[n++] = call->operands[i];
  for (int i = 0; i < call->n_operands; i++)
    if (type_is_real(call->operands[i]->type))
      operands[n++] = dot_or_zeros(t, b, call->operands[i]);
  for (int i = 0; i < call->n_results; i++)
    if (type_is_real(call->results[i]->type)) types[n_types++] = call->results[i]->type;
  Instr *tangent = build_instr(b, OP_CALL, n, operands, n_types, types, 0, NULL);
  tangent->callee = callee;
  for (int i = 0, k = 0; i < call->n_results; i++)
    if (type_is_real(call->results[i]->type)) set_dot(t, call->results[i], tangent->results[k++]);
}

/* ---- forms with regions ---------------------------------------------------------------------- */

static void tangent_map(Tangent *t, Instr *map) {
  Region *body = map->regions[0];
  tangent_region(t, body);
  const int n = map->n_results;
  for (int i = 0; i < n; i++) {
    Value *dot = dot_of(t, body->yields[i]);
    if (!dot) continue;
    region_add_yield(t->m, body, dot);
    Name name = dot_name(t, map->results[i]);
    set_dot(t, map->results[i], instr_add_result(t->m, map, map->results[i]->type, name));
  }
}

static Value *build_zero_or(Tangent *t, Builder *b, Value *condition, Value *otherwise) {
  Region *chosen = region_new(t->m), *other = region_new(t->m);
  Builder in = builder_at_end(t->m, other);
  region_add_yield(t->m, chosen, otherwise);
  region_add_yield(t->m, other, build_real(&in, 0));
  return build_if(b, condition, chosen, other)->results[0];
}

/* sum over { value[i] == result ? what[i] : 0 }; what is NULL for 1. */
static Value *sum_over_ties(Tangent *t, Builder *b, const Instr *reduce, Value *values,
                            Value *what) {
  Value *at[MAX_RANK];
  Region *body = region_over_indices(t->m, reduce, at);
  Builder in = builder_at_end(t->m, body);
  in.span = reduce->span;
  Value *equal = build_prim(&in, OP_eq, build_index(&in, values, at), reduce->results[0]);
  Value *term = what ? build_index(&in, what, at) : build_real(&in, 1);
  region_add_yield(t->m, body, build_zero_or(t, &in, equal, term));
  return build_reduce(b, REDUCE_SUM, reduce->n_extents, reduce->extents, body);
}

/* The body becomes a map of values and tangents, from which the reduction and its tangent read. */
static void tangent_reduce(Tangent *t, Builder *b, Instr *reduce) {
  Module *m = t->m;
  Region *body = reduce->regions[0];
  tangent_region(t, body);
  Value *dot = dot_of(t, body->yields[0]);
  if (!dot) return;
  region_add_yield(m, body, dot);
  Value *at[MAX_RANK];
  Region *reading = region_over_indices(t->m, reduce, at);
  Builder before = builder_before(m, reduce);
  Instr *map = build_map(&before, reduce->n_extents, reduce->extents, body);
  Builder in = builder_at_end(m, reading);
  region_add_yield(m, reading, build_index(&in, map->results[0], at));
  reduce->regions[0] = reading;
  reading->parent = reduce;
  if (reduce->reduce == REDUCE_SUM) {
    Region *summing = region_over_indices(t->m, reduce, at);
    in = builder_at_end(m, summing);
    region_add_yield(m, summing, build_index(&in, map->results[1], at));
    set_dot(t, reduce->results[0],
            build_reduce(b, REDUCE_SUM, reduce->n_extents, reduce->extents, summing));
    return;
  }
  Value *sum = sum_over_ties(t, b, reduce, map->results[0], map->results[1]);
  Value *ties = sum_over_ties(t, b, reduce, map->results[0], NULL);
  set_dot(t, reduce->results[0], build_prim(b, OP_div, sum, ties));
}

/* Loops, whiles and sweeps: each carried value that varies is joined by its tangent. */
static void tangent_carried(Tangent *t, Instr *instr) {
  Module *m = t->m;
  const int first_operand = instr->op == OP_SWEEP ? 0 : 1;
  const int first_param = instr->op == OP_SWEEP ? instr->n_extents : 1;
  Region *body = instr->regions[instr->n_regions - 1];
  const int n = instr->n_operands - first_operand;
  Builder before = builder_before(m, instr);
  for (int i = 0; i < n; i++) {
    Value *param = body->params[first_param + i], *result = instr->results[i], *param_dot;
    if (!is_varied(&t->varied, param)) continue;
    Value *init = dot_or_zeros(t, &before, instr->operands[first_operand + i]);
    set_dot(t, result, instr_add_carried(m, instr, init, dot_name(t, result), &param_dot));
    set_dot(t, param, param_dot);
  }
  tangent_region(t, body);
  Builder end = builder_at_end(m, body);
  end.span = instr->span;
  for (int i = 0; i < n; i++)
    if (is_varied(&t->varied, body->params[first_param + i]))
      region_add_yield(m, body, dot_or_zeros(t, &end, body->yields[i]));
}

static void tangent_if(Tangent *t, Instr *branch) {
  Module *m = t->m;
  for (int k = 0; k < 2; k++) tangent_region(t, branch->regions[k]);
  const int n = branch->n_results;
  for (int i = 0; i < n; i++) {
    if (!dot_of(t, branch->regions[0]->yields[i]) && !dot_of(t, branch->regions[1]->yields[i]))
      continue;
    for (int k = 0; k < 2; k++) {
      Builder end = builder_at_end(m, branch->regions[k]);
      end.span = branch->span;
      region_add_yield(m, branch->regions[k],
                       dot_or_zeros(t, &end, branch->regions[k]->yields[i]));
    }
    Name name = dot_name(t, branch->results[i]);
    set_dot(t, branch->results[i], instr_add_result(m, branch, branch->results[i]->type, name));
  }
}

static void tangent_instr(Tangent *t, Builder *b, Instr *instr) {
  switch ((int)instr->op) {
    case OP_COPY: set_dot(t, instr->results[0], dot_of(t, instr->operands[0])); return;
    case OP_INDEX: {
      Value *dot = dot_of(t, instr->operands[0]);
      if (dot) set_dot(t, instr->results[0], build_index(b, dot, instr->operands + 1));
      return;
    }
    case OP_UPDATE:
    case OP_ACCUM: tangent_update(t, b, instr); return;
    case OP_MAP: tangent_map(t, instr); return;
    case OP_REDUCE: tangent_reduce(t, b, instr); return;
    case OP_SWEEP:
    case OP_LOOP:
    case OP_WHILE: tangent_carried(t, instr); return;
    case OP_IF: tangent_if(t, instr); return;
    case OP_CUSTOM: tangent_custom(t, b, instr); return;
    case OP_CALL: tangent_call(t, b, instr); return;
    default: tangent_prim(t, b, instr);
  }
}

static bool any_varied(const Tangent *t, const Instr *instr) {
  for (int i = 0; i < instr->n_results; i++)
    if (is_varied(&t->varied, instr->results[i])) return true;
  return false;
}

static void tangent_range(Tangent *t, Instr *first, Instr *last) {
  for (Instr *instr = first, *next; instr; instr = next) {
    next = instr == last ? NULL : instr->next;
    if (!any_varied(t, instr)) continue;
    Builder b = builder_after(t->m, instr);
    b.span = instr->span;
    tangent_instr(t, &b, instr);
  }
}

/* ---- the jvp instruction --------------------------------------------------------------------- */

/* Is value there before the instruction runs? */
static bool is_visible_before(const Value *value, const Instr *instr) {
  const Region *home = value_region(value);
  if (!region_is_within(instr->parent, home)) return false;
  if (!value->def) return true;
  while (instr->parent != home) instr = instr->parent->parent;
  for (const Instr *before = instr->prev; before; before = before->prev)
    if (before == value->def) return true;
  return false;
}

static bool can_join_in_place(const InstrList *active, int n, Value *const *x_dots) {
  if (active->len == 0) return true;
  for (int i = 0; i < n; i++)
    if (!is_visible_before(x_dots[i], active->at[0])) return false;
  return true;
}

/* Copies of the active instructions, before jvp; they take the place of the originals in the list. */
static void copy_active(Tangent *t, Instr *jvp, InstrList *active, ValueMap *copies) {
  Builder b = builder_before(t->m, jvp);
  for (size_t i = 0; i < active->len; i++) {
    Instr *copy = clone_instr(&b, active->at[i], copies);
    strip_effects(copy, copy);
    mark_varied_instr(t->m, &t->varied, copy);
    active->at[i] = copy;
  }
}

void tangent_expand(Module *m, Diag *diag, Region *root, Instr *jvp) {
  Tangent t = {.m = m, .diag = diag, .varied = value_map_new(m->scratch),
               .dot = value_map_new(m->scratch)};
  const int n_y = jvp->n_y, n_x = (jvp->n_operands - n_y) / 2;
  Value *const *x = jvp->operands + n_y, *const *x_dot = x + n_x;
  for (int i = 0; i < n_x; i++) value_map_set(&t.varied, x[i], x[i]);
  InstrList active = {0};
  visible_varied(m, jvp, &t.varied, &active);

  ValueMap copies = value_map_new(m->scratch);
  if (!can_join_in_place(&active, n_x, x_dot)) copy_active(&t, jvp, &active, &copies);
  for (int i = 0; i < n_x; i++) value_map_set(&t.dot, x[i], x_dot[i]);
  for (size_t i = 0; i < active.len; i++) tangent_range(&t, active.at[i], active.at[i]);

  Builder b = builder_before(m, jvp);
  ValueMap replaced = value_map_new(m->scratch);
  for (int i = 0; i < n_y; i++) {
    Value *y = value_map_get(&copies, jvp->operands[i]);
    value_map_set(&replaced, jvp->results[i], dot_or_zeros(&t, &b, y));
  }
  instr_unlink(jvp);
  region_replace(m, root, &replaced);
}
