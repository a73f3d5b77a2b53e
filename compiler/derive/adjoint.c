#include "derive/adjoint.h"

#include "derive/activity.h"
#include "derive/adjoint_rules.h"
#include "derive/visible.h"
#include "ir/op.h"
#include "passes/rules.h"

/* ---- adjoints as they are built up ----------------------------------------------------------- */

Name bar_name(Adjoint *a, const Value *value) {
  return value->name ? intern_format(a->m->names, "%s_bar", value->name) : NULL;
}

Value *bar_of(const Adjoint *a, const Value *value) {
  return value_map_find(&a->bar, value);
}

void set_bar(Adjoint *a, Value *value, Value *bar) {
  value_map_set(&a->bar, value, bar);
  if (bar && bar->def && !bar->name) bar->name = bar_name(a, value);
}

static void origin(Builder *b, int rank, Value **starts) {
  for (int d = 0; d < rank; d++) starts[d] = build_int(b, 0);
}

/* The elementwise sum of two arrays. */
static Value *build_sum(Builder *b, Value *x, Value *y) {
  const int rank = x->type->rank;
  if (rank == 0) return build_prim(b, OP_add, x, y);
  Region *body = region_new(b->m);
  Value *at[MAX_RANK];
  for (int d = 0; d < rank; d++) at[d] = region_param(b->m, body, type_scalar(b->m, KIND_INT), NULL);
  Builder in = builder_at_end(b->m, body);
  in.span = b->span;
  Value *sum = build_prim(&in, OP_add, build_index(&in, x, at), build_index(&in, y, at));
  region_add_yield(b->m, body, sum);
  return build_map(b, rank, x->type->dims, body)->results[0];
}

void add_bar(Adjoint *a, Builder *b, Value *value, Value *contribution) {
  if (!is_varied(&a->varied, value)) return;
  Value *bar = bar_of(a, value);
  if (!bar) {
    set_bar(a, value, contribution);
  } else if (value_map_has(&a->in_place, value)) {
    Value *starts[MAX_RANK];
    const int rank = value->type->rank;
    origin(b, rank, starts);
    set_bar(a, value, build_update(b, OP_ACCUM, bar, contribution, starts, (1u << rank) - 1));
  } else {
    set_bar(a, value, build_sum(b, bar, contribution));
  }
}

void add_bar_block(Adjoint *a, Builder *b, Value *array, Value *contribution, Value *const *starts,
                   unsigned ranges) {
  if (!is_varied(&a->varied, array)) return;
  Value *bar = bar_of(a, array);
  if (!bar) bar = build_zeros(b, array->type);
  set_bar(a, array, build_update(b, OP_ACCUM, bar, contribution, starts, ranges));
}

/* ---- scopes ---------------------------------------------------------------------------------- */

Scope scope_open(Adjoint *a, Builder *outer, ScopeKind kind, int n_regions,
                 Region *const *regions) {
  Scope scope = {0};
  ValueMap seen = value_map_new(a->m->scratch);
  for (int k = 0; k < n_regions; k++) {
    ValueList free = {0};
    region_free_values(a->m, regions[k], &free);
    for (size_t i = 0; i < free.len; i++) {
      Value *value = free.at[i];
      if (!is_varied(&a->varied, value) || value_map_has(&seen, value)) continue;
      value_map_set(&seen, value, value);
      Shared shared = {.value = value, .before = bar_of(a, value)};
      shared.init = shared.before ? shared.before : build_zeros(outer, value->type);
      shared.was_in_place = value_map_has(&a->in_place, value);
      if (value->type->rank > 0 || kind == SCOPE_SWEEP) value_map_set(&a->in_place, value, value);
      vec_push(a->m->scratch, &scope.list, shared);
    }
  }
  return scope;
}

void scope_enter(Adjoint *a, Scope *scope, ScopeKind kind, Region *region) {
  for (size_t i = 0; i < scope->list.len; i++) {
    Shared *shared = &scope->list.at[i];
    shared->inside = kind == SCOPE_BRANCH ? shared->init
                                          : region_param(a->m, region, shared->value->type,
                                                         bar_name(a, shared->value));
    value_map_set(&a->bar, shared->value, shared->inside);
  }
}

void scope_yield(Adjoint *a, const Scope *scope, Region *region) {
  for (size_t i = 0; i < scope->list.len; i++)
    region_add_yield(a->m, region, bar_of(a, scope->list.at[i].value));
}

static bool is_unchanged(const Shared *shared, int n_regions, Region *const *regions, int yield) {
  for (int k = 0; k < n_regions; k++)
    if (regions[k]->yields[yield] != shared->inside) return false;
  return true;
}

static void restore(Adjoint *a, const Shared *shared, Value *bar) {
  value_map_set(&a->bar, shared->value, NULL);
  if (bar) set_bar(a, shared->value, bar);
  if (!shared->was_in_place) value_map_set(&a->in_place, shared->value, NULL);
}

void scope_drop_unchanged(Adjoint *a, Scope *scope, ScopeKind kind, int n_regions,
                          Region *const *regions, int params_before, int yields_before) {
  size_t kept = 0;
  for (size_t i = 0; i < scope->list.len; i++) {
    const Shared shared = scope->list.at[i];
    const int yield = yields_before + (int)kept;
    if (!is_unchanged(&shared, n_regions, regions, yield)) {
      scope->list.at[kept++] = shared;
      continue;
    }
    for (int k = 0; k < n_regions; k++) {
      region_remove_yield(regions[k], yield);
      if (kind != SCOPE_BRANCH) region_remove_param(regions[k], params_before + (int)kept);
    }
    restore(a, &shared, shared.before);
  }
  scope->list.len = kept;
}

void scope_close(Adjoint *a, Scope *scope, const Instr *instr, int first) {
  for (size_t i = 0; i < scope->list.len; i++) {
    Value *bar = instr->results[first + (int)i];
    bar->name = NULL;
    restore(a, &scope->list.at[i], bar);
  }
}

/* ---- clones ---------------------------------------------------------------------------------- */

Clone clone_primal(Adjoint *a, Builder *b, const Region *body, ValueMap *map) {
  Clone clone = {.before = b->region->last};
  clone_region_into(b, body, map);
  if (!body->first) return clone;
  clone.first = clone.before ? clone.before->next : b->region->first;
  clone.last = b->region->last;
  mark_varied(a->m, &a->varied, clone.first, clone.last);
  return clone;
}

void reverse_clone(Adjoint *a, Builder *b, Clone *clone) {
  if (!clone->first) return;
  reverse_range(a, b, clone->first, clone->last);
  clone->first = clone->before ? clone->before->next : b->region->first;
}

/* ---- straight-line rules --------------------------------------------------------------------- */

static void reverse_prim(Adjoint *a, Builder *b, Instr *prim) {
  Value *y = prim->results[0], *y_bar = bar_of(a, y);
  Value *second = prim->n_operands > 1 ? prim->operands[1] : NULL;
  if (!rule_exists(prim->op)) {
    diag_report(a->diag, DIAG_NO_DERIVATIVE, prim->span, op_name(prim->op));
    return;
  }
  for (int i = 0; i < prim->n_operands; i++) {
    if (!is_varied(&a->varied, prim->operands[i])) continue;
    double factor;
    if (rule_is_const(prim->op, i, &factor) && (factor == 1 || factor == -1)) {
      add_bar(a, b, prim->operands[i], factor == 1 ? y_bar : build_prim(b, OP_neg, y_bar, NULL));
      continue;
    }
    Value *partial = rule_partial(b, prim->op, i, prim->operands[0], second, y);
    if (partial) add_bar(a, b, prim->operands[i], build_prim(b, OP_mul, y_bar, partial));
  }
}

static void reverse_update(Adjoint *a, Builder *b, Instr *update) {
  Value *array = update->operands[0], *value = update->operands[1];
  Value *bar = bar_of(a, update->results[0]), *const *starts = update->operands + 2;
  const unsigned ranges = update->ranges;
  if (is_varied(&a->varied, value))
    add_bar(a, b, value, build_block(b, bar, starts, ranges, value->type));
  if (!is_varied(&a->varied, array)) return;
  if (update->op == OP_UPDATE)
    bar = build_update(b, OP_UPDATE, bar, build_zeros(b, value->type), starts, ranges);
  add_bar(a, b, array, bar);
}

/* bar of each real result, zeros where there is none. */
static int real_bars(Adjoint *a, Builder *b, const Instr *instr, Value **bars) {
  int n = 0;
  for (int i = 0; i < instr->n_results; i++) {
    Value *y = instr->results[i];
    if (!type_is_real(y->type)) continue;
    Value *bar = bar_of(a, y);
    bars[n++] = bar ? bar : build_zeros(b, y->type);
  }
  return n;
}

static void add_real_bars(Adjoint *a, Builder *b, const Instr *instr, Value *const *x_bars) {
  for (int i = 0, n = 0; i < instr->n_operands; i++)
    if (type_is_real(instr->operands[i]->type)) add_bar(a, b, instr->operands[i], x_bars[n++]);
}

static void reverse_custom(Adjoint *a, Builder *b, Instr *custom) {
  Region *rule = custom->regions[1];
  Value **bars = ARENA_ARRAY(a->m->scratch, Value *, (size_t)custom->n_results);
  const int n_bars = real_bars(a, b, custom, bars);
  ValueMap map = value_map_new(a->m->scratch);
  int k = 0;
  for (int i = 0; i < custom->n_operands; i++)
    value_map_set(&map, rule->params[k++], custom->operands[i]);
  for (int i = 0; i < custom->n_results; i++)
    value_map_set(&map, rule->params[k++], custom->results[i]);
  for (int i = 0; i < n_bars; i++) value_map_set(&map, rule->params[k++], bars[i]);
  clone_region_into(b, rule, &map);
  Value **x_bars = ARENA_ARRAY(a->m->scratch, Value *, (size_t)rule->n_yields);
  for (int i = 0; i < rule->n_yields; i++) x_bars[i] = value_map_get(&map, rule->yields[i]);
  add_real_bars(a, b, custom, x_bars);
}

static void reverse_call(Adjoint *a, Builder *b, Instr *call) {
  Module *m = a->m;
  if (call->callee->mode != MODE_PRIMAL || !call->callee->adjoint) {
    diag_report(a->diag, DIAG_NO_EXTERN_ADJOINT, call->span, call->callee->symbol);
    return;
  }
  Extern *callee = ARENA_NEW(m->arena, Extern);
  *callee = (Extern){.symbol = call->callee->adjoint, .mode = MODE_ADJOINT,
                     .n_params = call->n_operands};
  vec_push(m->arena, &m->externs, callee);
  const size_t room = (size_t)(call->n_operands + call->n_results);
  Value **operands = ARENA_ARRAY(m->scratch, Value *, room);
  Type **types = ARENA_ARRAY(m->scratch, Type *, room);
  int n = 0, n_types = 0;
  for (int i = 0; i < call->n_operands; i++) {
    operands[n++] = call->operands[i];
    if (type_is_real(call->operands[i]->type)) types[n_types++] = call->operands[i]->type;
  }
  n += real_bars(a, b, call, operands + n);
  Instr *adjoint = build_instr(b, OP_CALL, n, operands, n_types, types, 0, NULL);
  adjoint->callee = callee;
  add_real_bars(a, b, call, adjoint->results);
}

static void reverse_instr(Adjoint *a, Builder *b, Instr *instr) {
  switch ((int)instr->op) {
    case OP_COPY: add_bar(a, b, instr->operands[0], bar_of(a, instr->results[0])); return;
    case OP_INDEX:
      add_bar_block(a, b, instr->operands[0], bar_of(a, instr->results[0]), instr->operands + 1, 0);
      return;
    case OP_UPDATE:
    case OP_ACCUM: reverse_update(a, b, instr); return;
    case OP_MAP: reverse_map(a, b, instr); return;
    case OP_REDUCE: reverse_reduce(a, b, instr); return;
    case OP_SWEEP: reverse_sweep(a, b, instr); return;
    case OP_LOOP:
    case OP_WHILE: reverse_loop(a, b, instr); return;
    case OP_IF: reverse_if(a, b, instr); return;
    case OP_CUSTOM: reverse_custom(a, b, instr); return;
    case OP_CALL: reverse_call(a, b, instr); return;
    default: reverse_prim(a, b, instr);
  }
}

static bool has_bar(const Adjoint *a, const Instr *instr) {
  for (int i = 0; i < instr->n_results; i++)
    if (is_varied(&a->varied, instr->results[i]) && bar_of(a, instr->results[i])) return true;
  return false;
}

void reverse_range(Adjoint *a, Builder *b, Instr *first, Instr *last) {
  for (Instr *instr = last, *previous; instr; instr = previous) {
    previous = instr == first ? NULL : instr->prev;
    if (!has_bar(a, instr)) continue;
    b->span = instr->span;
    reverse_instr(a, b, instr);
  }
}

/* ---- the vjp instruction --------------------------------------------------------------------- */

void adjoint_expand(Module *m, Diag *diag, Region *root, Instr *vjp, TwiceList *twice) {
  Adjoint a = {.m = m,
               .diag = diag,
               .varied = value_map_new(m->scratch),
               .bar = value_map_new(m->scratch),
               .in_place = value_map_new(m->scratch),
               .tapes = value_map_new(m->scratch),
               .twice = twice};
  const int n_y = vjp->n_y, n_x = vjp->n_results;
  Value *const *x = vjp->operands + 2 * n_y;
  for (int i = 0; i < n_x; i++) value_map_set(&a.varied, x[i], x[i]);
  InstrList active = {0};
  visible_varied(m, vjp, &a.varied, &active);

  Builder b = builder_before(m, vjp);
  for (int i = 0; i < n_y; i++) add_bar(&a, &b, vjp->operands[i], vjp->operands[n_y + i]);
  for (size_t i = active.len; i-- > 0;) reverse_range(&a, &b, active.at[i], active.at[i]);

  ValueMap replaced = value_map_new(m->scratch);
  b.span = vjp->span;
  for (int i = 0; i < n_x; i++) {
    Value *bar = bar_of(&a, x[i]);
    value_map_set(&replaced, vjp->results[i], bar ? bar : build_zeros(&b, x[i]->type));
  }
  instr_unlink(vjp);
  region_replace(m, root, &replaced);
}
