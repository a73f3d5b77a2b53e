/* custom - functions with an adjoint of their own, and functions written in C. */
#include "elaborate/elab.h"

/* ---- own adjoints ---------------------------------------------------------------------------- */

/* Rebinds the function's parameters, in s, to parameters of the open region for their reals. */
static void rebind_params(Elab *e, const Function *f, Scope *s, const Scope *outside) {
  for (size_t i = 0; i < f->params.len; i++) {
    const Parameter *param = &f->params.at[i];
    const Datum *d = find_binding(outside->env, param->name)->datum;
    ValueList leaves = {0}, inner = {0};
    int next = 0;
    datum_real_leaves(e, d, &leaves);
    for (size_t k = 0; k < leaves.len; k++)
      vec_push(e->arena, &inner,
               region_param(e->m, here(e)->region, leaves.at[k]->type, param->name));
    bind(e, s, param->name, datum_rebuild_reals(e, d, inner.at, &next), param->span);
  }
}

/* Parameters of the open region like the reals of d. */
static Datum *region_copy(Elab *e, const Datum *d, Name name) {
  ValueList leaves = {0}, params = {0};
  int next = 0;
  datum_real_leaves(e, d, &leaves);
  for (size_t k = 0; k < leaves.len; k++)
    vec_push(e->arena, &params, region_param(e->m, here(e)->region, leaves.at[k]->type, name));
  return datum_rebuild_reals(e, d, params.at, &next);
}

static Datum *result_item(Datum *y, size_t n, size_t k) { return n > 1 ? y->items[k] : y; }

static size_t result_count(const Function *f, const Datum *y) {
  if (f->results.len) return f->results.len;
  return y->tag == DATUM_TUPLE ? (size_t)y->n : 1;
}

static Datum *bad_adjoint(Elab *e, Span span, const char *text) {
  REPORT(e, DIAG_BAD_ADJOINT, span, text);
  return poison(e);
}

static bool bind_cotangents(Elab *e, const Function *f, Scope *s, Datum *y) {
  const size_t n = result_count(f, y);
  if (f->adjoint_params.len != n) {
    bad_adjoint(e, f->adjoint_span,
                arena_format(e->arena,
                             "the adjoint of %s takes one cotangent per result: %zu, not %zu",
                             f->name ? f->name : "this function", n, f->adjoint_params.len));
    return false;
  }
  for (size_t k = 0; k < f->results.len; k++) {
    const Parameter *result = &f->results.at[k];
    bind(e, s, result->name, region_copy(e, result_item(y, n, k), result->name), result->span);
  }
  if (!f->results.len) region_copy(e, y, NULL);
  for (size_t k = 0; k < n; k++) {
    const Parameter *bar = &f->adjoint_params.at[k];
    bind(e, s, bar->name, region_copy(e, result_item(y, n, k), bar->name), bar->span);
  }
  return true;
}

/* The cotangent of one parameter, with its shapes. */
static bool add_cotangent(Elab *e, const Function *f, size_t i, const Datum *primal, Datum *bar,
                          Region *region) {
  ValueList wanted = {0}, given = {0};
  bool fits = !is_poison(bar);
  if (fits && is_number(bar)) bar = to_real(e, bar);
  datum_real_leaves(e, primal, &wanted);
  if (fits) datum_real_leaves(e, bar, &given);
  fits = fits && wanted.len == given.len;
  for (size_t k = 0; fits && k < wanted.len; k++) {
    fits = shapes_agree(e, wanted.at[k]->type, given.at[k]->type, f->adjoint_span);
    if (fits) region_add_yield(e->m, region, retyped(e, given.at[k], wanted.at[k]->type));
  }
  if (!fits && !is_poison(bar))
    bad_adjoint(e, f->adjoint_span,
                arena_format(e->arena, "the cotangent of %s must be like it: %s, not %s",
                             f->params.at[i].name, describe(e, primal), describe(e, bar)));
  return fits;
}

static bool has_reals(Elab *e, const Datum *d) {
  if (is_number(d)) return datum_kind(d) == KIND_REAL;
  for (int i = 0; i < d->n; i++)
    if (has_reals(e, d->items[i])) return true;
  return false;
}

static bool add_cotangents(Elab *e, const Function *f, const Scope *outside, Datum *bars,
                           Region *region) {
  size_t n_real = 0, next = 0;
  for (size_t i = 0; i < f->params.len; i++)
    n_real += has_reals(e, find_binding(outside->env, f->params.at[i].name)->datum);
  const size_t given = n_real != 1 && bars->tag == DATUM_TUPLE ? (size_t)bars->n : 1;
  if (given != n_real) {
    bad_adjoint(e, f->adjoint_span,
                arena_format(e->arena, "the adjoint gives %zu cotangent%s for %zu real parameter%s",
                             given, given == 1 ? "" : "s", n_real, n_real == 1 ? "" : "s"));
    return false;
  }
  for (size_t i = 0; i < f->params.len; i++) {
    const Datum *primal = find_binding(outside->env, f->params.at[i].name)->datum;
    if (!has_reals(e, primal)) continue;
    Datum *bar = n_real == 1 ? bars : bars->items[next++];
    if (!add_cotangent(e, f, i, primal, bar, region)) return false;
  }
  return true;
}

/* Regions of a custom function may use ints from outside, but no reals: their derivative would
 * be lost. */
static bool captures_no_reals(Elab *e, const Function *f, const Region *region) {
  ValueList free_values = {0};
  region_free_values(e->m, region, &free_values);
  for (size_t i = 0; i < free_values.len; i++) {
    if (free_values.at[i]->type->kind != KIND_REAL) continue;
    const Name name = free_values.at[i]->name;
    bad_adjoint(e, f->adjoint_span,
                arena_format(e->arena,
                             "a function with its own adjoint sees only its parameters; pass %s as "
                             "one", name ? name : "what it uses from outside"));
    return false;
  }
  return true;
}

static Region *adjoint_region(Elab *e, const Function *f, const Scope *outside, Datum *y) {
  Scope s = *outside;
  Frame frame;
  Region *region = open_frame(e, &frame, FRAME_BODY);
  rebind_params(e, f, &s, outside);
  Datum *bars = bind_cotangents(e, f, &s, y) ? run_body(e, &s, &f->adjoint_body) : poison(e);
  if (!bars) bars = bad_adjoint(e, f->adjoint_span, "the adjoint returns no cotangents");
  const bool fine = !is_poison(bars) && add_cotangents(e, f, outside, bars, region);
  close_frame(e);
  return fine && captures_no_reals(e, f, region) ? region : NULL;
}

static bool only_reals(Elab *e, const Datum *y) {
  ValueList all = {0}, reals = {0};
  if (!datum_leaves(e, y, &all)) return false;
  datum_real_leaves(e, y, &reals);
  return all.len == reals.len;
}

Datum *call_custom(Elab *e, const Closure *closure, Scope *s, Span span) {
  const Function *f = closure->function;
  ValueList operands = {0}, yields = {0};
  for (size_t i = 0; i < f->params.len; i++)
    datum_real_leaves(e, find_binding(s->env, f->params.at[i].name)->datum, &operands);
  Scope inner = *s;
  Frame frame;
  Region *primal = open_frame(e, &frame, FRAME_BODY);
  rebind_params(e, f, &inner, s);
  Datum *y = run_written(e, closure, &inner, span);
  if (!is_poison(y) && !only_reals(e, y))
    y = bad_adjoint(e, f->adjoint_span, "the results of a function with its own adjoint are real");
  if (!is_poison(y)) datum_leaves(e, y, &yields);
  region_set_yields(e->m, primal, (int)yields.len, yields.at);
  close_frame(e);
  if (is_poison(y) || !captures_no_reals(e, f, primal)) return poison(e);
  Region *adjoint = adjoint_region(e, f, s, y);
  if (!adjoint) return poison(e);
  Type **types = ARENA_ARRAY(e->arena, Type *, yields.len);
  for (size_t i = 0; i < yields.len; i++) types[i] = yields.at[i]->type;
  Region *regions[2] = {primal, adjoint};
  Instr *custom = build_instr(here(e), OP_CUSTOM, (int)operands.len, operands.at, (int)yields.len,
                              types, 2, regions);
  int next = 0;
  return datum_rebuild(e, y, custom->results, &next);
}

/* ---- functions in C -------------------------------------------------------------------------- */

typedef struct {
  Maker maker;
  Vec(Type *) types;
} TypeList;

static Datum *note_result(Maker *maker, Elab *e, Type *type, Name path) {
  (void)path;
  TypeList *list = (TypeList *)maker;
  vec_push(e->arena, &list->types, type);
  return datum_constant(e, (Constant){.kind = type->kind});
}

static Extern *extern_of(Elab *e, const Function *f) {
  for (size_t i = 0; i < e->m->externs.len; i++)
    if (e->m->externs.at[i]->symbol == f->name) return e->m->externs.at[i];
  Extern *callee = ARENA_NEW(e->arena, Extern);
  *callee = (Extern){.symbol = f->name, .adjoint = f->extern_adjoint,
                     .tangent = f->extern_tangent, .mode = MODE_PRIMAL,
                     .n_params = (int)f->params.len};
  vec_push(e->arena, &e->m->externs, callee);
  return callee;
}

static Datum *extern_results(Elab *e, const Function *f, Scope *s, Maker *maker) {
  if (f->result) return make_declared(e, s, f->result, maker, NULL);
  Datum **items = ARENA_ARRAY(e->arena, Datum *, f->results.len);
  for (size_t i = 0; i < f->results.len; i++) {
    items[i] = make_declared(e, s, f->results.at[i].type, maker, f->results.at[i].name);
    if (is_poison(items[i])) return items[i];
  }
  return datum_tuple(e, (int)f->results.len, items);
}

Datum *call_extern(Elab *e, const Closure *closure, Scope *s, Span span) {
  const Function *f = closure->function;
  ValueList operands = {0};
  TypeList results = {.maker = {.number = note_result}};
  for (size_t i = 0; i < f->params.len; i++) {
    Datum *d = find_binding(s->env, f->params.at[i].name)->datum;
    if (!is_number(d)) return type_mismatch(e, span, "numbers and arrays for a C function", d);
    vec_push(e->arena, &operands, materialise(e, d));
  }
  Datum *like = extern_results(e, f, s, &results.maker);
  if (is_poison(like)) return like;
  Instr *call = build_instr(here(e), OP_CALL, (int)operands.len, operands.at,
                            (int)results.types.len, results.types.at, 0, NULL);
  call->callee = extern_of(e, f);
  call->span = span;
  int next = 0;
  return datum_rebuild(e, like, call->results, &next);
}
