/* exporter - the body and the parameters of one exported function. */
#include "elaborate/exporter.h"

#include "elaborate/slots.h"

#include "ir/op.h"

#include <stddef.h>
#include <string.h>

/* A further argument of an exported vjp, jvp or hvp (y_bar, x_dot), in a mode that
 * differentiates by it too. */
typedef struct {
  Name base;
  const char *suffix;
  Datum *copy;
  Datum *direction; /* its tangent, or its adjoint as it comes in */
  SlotList *slots;
  size_t first; /* of the direction's slots */
} Extra;

/* The function being exported, and the slots as they come about. */
typedef struct {
  Maker maker; /* makes parameters of the body */
  ExtraMaker extra;
  Elab *e;
  Datum *callee;
  const Function *f;
  Scope scope;
  Span span;
  Name name;
  Mode mode;
  Datum **params;
  SlotList sizes;
  SlotList *own;   /* per parameter: itself */
  SlotList *after; /* per parameter: its derivatives */
  SlotList late_in, out;
  Vec(Extra) extras;
  bool failed;
  bool is_optional; /* leave it out rather than say what cannot be done */
} Exporter;

/* ---- parameters ------------------------------------------------------------------------------ */

static Datum *make_param(Maker *maker, Elab *e, Type *type, Name path) {
  (void)maker;
  return datum_value(e, region_param(e->m, here(e)->region, type, path));
}

static Datum *make_size_param(Maker *maker, Elab *e, Name name, Span span) {
  Exporter *x = (Exporter *)maker;
  (void)span;
  Datum *d = make_param(maker, e, type_scalar(e->m, KIND_INT), name);
  slots_of(e, name, d, ROLE_SIZE, NULL, span, &x->sizes);
  return d;
}

static bool make_one(Exporter *x, size_t i) {
  Elab *e = x->e;
  const Parameter *param = &x->f->params.at[i];
  if (!param->type || param->variadic) {
    REPORT(e, DIAG_NO_TYPE, param->span, param->name);
    report_help(e, "write %s: real, or another type", param->name);
    return false;
  }
  const bool is_model = param->type->tag == TYPE_NAMED && !type_is_scalar_name(param->type) &&
                        param->type->dims.len == 0;
  Datum *named = is_model ? resolve_named_type(e, &x->scope, param->type) : NULL;
  const bool is_flat = named && named->tag == DATUM_MODEL_TYPE;
  x->params[i] = make_declared(e, &x->scope, param->type, &x->maker, is_flat ? NULL : param->name);
  if (is_poison(x->params[i])) return false;
  bind(e, &x->scope, param->name, x->params[i], param->span);
  const char *declared = is_number(x->params[i]) ? declared_text(e, param->type) : NULL;
  return slots_of(e, param->name, x->params[i], ROLE_IN, declared, param->span, &x->own[i]);
}

static bool make_some(Exporter *x, bool ints) {
  bool fine = true;
  for (size_t i = 0; i < x->f->params.len; i++)
    if (type_is_int_scalar(x->f->params.at[i].type) == ints) fine &= make_one(x, i);
  return fine;
}

/* Ints first, which shapes may name; then the sizes that shapes bind, which others compute with. */
static bool make_params(Exporter *x) {
  bool fine = make_some(x, true);
  for (size_t i = 0; i < x->f->params.len; i++)
    if (x->f->params.at[i].type && !x->f->params.at[i].variadic)
      make_sizes(x->e, &x->scope, x->f->params.at[i].type, &x->maker);
  fine &= make_some(x, false);
  return fine;
}

/* ---- directions ------------------------------------------------------------------------------ */

static Name suffixed(Elab *e, Name name, const char *suffix) {
  return intern_format(e->names, "%s_%s", name, suffix);
}

/* The shape of a parameter follows from other parameters; it cannot wait for what the body computes. */
static bool is_known_at_entry(const Exporter *x, const Type *type) {
  for (int d = 0; d < type->rank; d++)
    for (int i = 0; i < type->dims[d]->n_terms; i++)
      for (int k = 0; k < type->dims[d]->terms[i].n_atoms; k++) {
        const Value *atom = type->dims[d]->terms[i].atoms[k];
        if (atom->def || atom->region != here(x->e)->region) return false;
      }
  return true;
}

/* Parameters of the body like the reals of a datum. */
static Datum *params_like(Exporter *x, const Datum *like, Name name) {
  Elab *e = x->e;
  ValueList leaves = {0}, params = {0};
  int next = 0;
  datum_real_leaves(e, like, &leaves);
  for (size_t i = 0; i < leaves.len; i++) {
    if (is_known_at_entry(x, leaves.at[i]->type)) continue;
    if (x->is_optional) return poison(e);
    return unsupported(e, x->span, "the parameter %s: %s has a size that the function computes; "
                                   "give that size a name among the parameters",
                       name, describe_type(e, leaves.at[i]->type));
  }
  for (size_t i = 0; i < leaves.len; i++)
    vec_push(e->arena, &params, region_param(e->m, here(e)->region, leaves.at[i]->type, name));
  return datum_rebuild_reals(e, like, params.at, &next);
}

static bool is_real_number(const Datum *d) { return is_number(d) && datum_kind(d) == KIND_REAL; }

/* The real parts of a datum as slots named base_field_suffix. */
static bool real_slots(Exporter *x, Name base, const char *suffix, const Datum *d, Role role,
                       SlotList *slots) {
  Elab *e = x->e;
  if (is_number(d) && !is_real_number(d)) return true;
  if (d->tag != DATUM_RECORD && d->tag != DATUM_TUPLE)
    return slots_of(e, suffixed(e, base, suffix), d, role, NULL, x->span, slots);
  for (int i = 0; i < d->n; i++)
    if (!real_slots(x, slot_item_name(e, base, d, i), suffix, d->items[i], role, slots))
      return false;
  return true;
}

static bool is_real_slot(const Slot *slot, const Region *body) {
  if (slot->model) return true;
  const Leaf *leaf = &slot->leaves[0];
  const Value *value = leaf->value ? leaf->value : body->yields[leaf->result];
  return value->type->kind == KIND_REAL;
}

/* Each slot, then its derivatives: `derivatives` holds one or more rounds of one slot per real
 * slot. */
static void interleave(Exporter *x, const Region *body, const SlotList *own,
                       const SlotList *derivatives, SlotList *all) {
  size_t n_real = 0, real = 0;
  for (size_t i = 0; i < own->len; i++) n_real += is_real_slot(&own->at[i], body);
  for (size_t i = 0; i < own->len; i++) {
    vec_push(x->e->arena, all, own->at[i]);
    if (!is_real_slot(&own->at[i], body)) continue;
    for (size_t k = real; k < derivatives->len; k += n_real)
      vec_push(x->e->arena, all, derivatives->at[k]);
    real++;
  }
}

static const char *result_name(const Exporter *x) {
  if (x->f->results.len == 1) return x->f->results.at[0].name;
  return x->f->name ? x->f->name : x->name;
}

/* A copy to differentiate by, with its own tangent or adjoint as a parameter. */
static Datum *differentiated_extra(Exporter *x, Name base, const char *suffix, Datum *d,
                                   SlotList *slots) {
  Elab *e = x->e;
  const bool is_tangent = x->mode == MODE_TANGENT;
  const char *own = arena_format(e->arena, "%s_%s", suffix, is_tangent ? "dot" : "bar");
  Extra extra = {.base = base, .suffix = own, .slots = slots, .first = slots->len};
  extra.copy = datum_copied(e, d, UINT32_MAX);
  extra.direction = params_like(x, d, suffixed(e, base, own));
  if (!real_slots(x, base, own, extra.direction, is_tangent ? ROLE_IN : ROLE_INOUT, slots))
    x->failed = true;
  vec_push(e->arena, &x->extras, extra);
  return extra.copy;
}

/* x_dot right after x, y_bar after all parameters. */
static Datum *make_extra(ExtraMaker *maker, Elab *e, const Datum *like, int place, bool tangent) {
  Exporter *x = (Exporter *)((char *)maker - offsetof(Exporter, extra));
  (void)tangent;
  const Name base = place < 0 ? result_name(x) : x->f->params.at[place].name;
  const char *suffix = place < 0 ? "bar" : "dot";
  SlotList *slots = place < 0 ? &x->late_in : &x->after[place];
  Datum *d = params_like(x, like, suffixed(e, base, suffix));
  if (!real_slots(x, base, suffix, d, ROLE_IN, slots)) x->failed = true;
  return x->mode == MODE_PRIMAL ? d : differentiated_extra(x, base, suffix, d, slots);
}

/* ---- results --------------------------------------------------------------------------------- */

/* What the callee gives, with its name, a suffix if it is a derivative ("bar"), and the
 * parameter that it stands behind (-1: at the end). */
typedef struct {
  Name name;
  const char *suffix;
  Datum *datum;
  int after;
} Output;
typedef Vec(Output) OutputList;

static void function_outputs(Exporter *x, Datum *y, OutputList *list) {
  Elab *e = x->e;
  const size_t n = x->f->results.len;
  for (size_t i = 0; i < n; i++) {
    Datum *one = n > 1 ? y->items[i] : y;
    vec_push(e->arena, list, ((Output){x->f->results.at[i].name, NULL, one, -1}));
  }
  if (n == 0)
    vec_push(e->arena, list, ((Output){x->f->name ? x->f->name : x->name, NULL, y, -1}));
}

static void x_outputs(Exporter *x, const Derivative *d, Datum *x_bar, const char *suffix,
                      OutputList *list) {
  for (int k = 0; k < d->n_x; k++) {
    const Name name = x->f->params.at[d->x[k]].name;
    Datum *one = d->n_x == 1 ? x_bar : x_bar->items[k];
    vec_push(x->e->arena, list, ((Output){name, suffix, one, d->x[k]}));
  }
}

static void outputs_of(Exporter *x, const Datum *callee, Datum *y, OutputList *list) {
  Elab *e = x->e;
  if (callee->tag != DATUM_DERIVATIVE) {
    function_outputs(x, y, list);
    return;
  }
  const Derivative *d = callee->derivative;
  const size_t before = list->len;
  switch (d->kind) {
    case DERIVE_GRAD:
    case DERIVE_VJP: x_outputs(x, d, y, "bar", list); return;
    case DERIVE_HVP: x_outputs(x, d, y, "hvp", list); return;
    case DERIVE_JACOBIAN: vec_push(e->arena, list, ((Output){x->name, NULL, y, -1})); return;
    case DERIVE_VALUE_AND_GRAD:
      x_outputs(x, d, y->items[1], "bar", list);
      outputs_of(x, d->function, y->items[0], list);
      return;
    case DERIVE_JVP:
      outputs_of(x, d->function, y, list);
      for (size_t i = before; i < list->len; i++) {
        const char *old = list->at[i].suffix;
        list->at[i].suffix = old ? arena_format(e->arena, "%s_dot", old) : "dot";
      }
      return;
  }
}

/* Two outputs of one name (a gradient of a gradient): the later get a number. */
static const char *unique_suffix(Elab *e, const OutputList *list, size_t i) {
  const Output *out = &list->at[i];
  int n = 1;
  for (size_t k = 0; k < i; k++)
    n += list->at[k].name == out->name && list->at[k].suffix && out->suffix &&
         !strcmp(list->at[k].suffix, out->suffix);
  return n == 1 ? out->suffix : arena_format(e->arena, "%s_%d", out->suffix, n);
}

static bool output_slots(Exporter *x, const Output *out, const char *suffix, SlotList *slots) {
  if (suffix) return real_slots(x, out->name, suffix, out->datum, ROLE_OUT, slots);
  return slots_of(x->e, out->name, out->datum, ROLE_OUT, NULL, x->span, slots);
}

/* The suffix of an output's own derivative: "dot", "bar_dot". */
static const char *with_suffix(Elab *e, const Output *out, const char *suffix) {
  return out->suffix ? arena_format(e->arena, "%s_%s", out->suffix, suffix) : suffix;
}

static bool add_outputs(Exporter *x, Datum *y) {
  OutputList list = {0};
  outputs_of(x, x->callee, y, &list);
  for (size_t i = 0; i < list.len; i++) {
    const Output *out = &list.at[i];
    SlotList *slots = out->after < 0 ? &x->out : &x->after[out->after];
    if (!output_slots(x, out, unique_suffix(x->e, &list, i), slots)) return false;
  }
  return true;
}

/* ---- the three bodies ------------------------------------------------------------------------ */

static Datum *call_with(Exporter *x, Datum **params) {
  Elab *e = x->e;
  const int n = (int)x->f->params.len;
  if (x->callee->tag == DATUM_DERIVATIVE)
    return apply_derivative(e, x->callee->derivative, n, params, &x->extra, x->span);
  Span *spans = ARENA_ARRAY(e->arena, Span, (size_t)n);
  for (int i = 0; i < n; i++) spans[i] = x->f->params.at[i].span;
  return inline_call(e, closure_of(e, x->callee), params, spans, (Span){0});
}

static bool gives_value(Exporter *x, const Datum *y) {
  if (is_poison(y)) return false;
  if (y->tag != DATUM_NONE) return true;
  REPORT(x->e, DIAG_BAD_EXPORT, x->span,
         arena_format(x->e->arena, "%s has no result", x->f->name ? x->f->name : "the function"));
  return false;
}

static bool build_primal(Exporter *x) {
  Datum *y = call_with(x, x->params);
  return gives_value(x, y) && !x->failed && add_outputs(x, y);
}

/* Copies of all parameters, to differentiate by. */
static Datum **copied_params(Exporter *x) {
  const size_t n = x->f->params.len;
  Datum **copies = ARENA_ARRAY(x->e->arena, Datum *, n);
  for (size_t i = 0; i < n; i++) copies[i] = datum_copied(x->e, x->params[i], UINT32_MAX);
  return copies;
}

static void gather_reals(Exporter *x, Datum **params, ValueList *leaves) {
  for (size_t i = 0; i < x->f->params.len; i++) datum_real_leaves(x->e, params[i], leaves);
}

static bool has_reals(Exporter *x, const Datum *d) {
  if (is_number(d)) return datum_kind(d) == KIND_REAL;
  for (int i = 0; i < d->n; i++)
    if (has_reals(x, d->items[i])) return true;
  return false;
}

/* The reals of all results, in the order of the list. */
static void gather_outputs(Exporter *x, const OutputList *list, ValueList *leaves) {
  for (size_t i = 0; i < list->len; i++) datum_real_leaves(x->e, list->at[i].datum, leaves);
}

/* A result and its tangent, slot by slot. */
static bool add_with_tangent(Exporter *x, const Output *out, const Datum *dot) {
  SlotList own = {0}, dots = {0};
  if (!output_slots(x, out, out->suffix, &own)) return false;
  if (!real_slots(x, out->name, with_suffix(x->e, out, "dot"), dot, ROLE_OUT, &dots)) return false;
  interleave(x, here(x->e)->region, &own, &dots, &x->out);
  return true;
}

static bool build_tangent(Exporter *x) {
  Elab *e = x->e;
  ValueList xs = {0}, x_dots = {0}, ys = {0}, y_dots = {0};
  Datum **copies = copied_params(x);
  for (size_t i = 0; i < x->f->params.len; i++) {
    if (!has_reals(x, copies[i])) continue;
    const Name name = x->f->params.at[i].name;
    Datum *dot = params_like(x, copies[i], suffixed(e, name, "dot"));
    if (!real_slots(x, name, "dot", dot, ROLE_IN, &x->after[i])) return false;
    datum_real_leaves(e, dot, &x_dots);
  }
  gather_reals(x, copies, &xs);
  Datum *y = call_with(x, copies);
  OutputList list = {0};
  if (!gives_value(x, y) || x->failed) return false;
  for (size_t i = 0; i < x->extras.len; i++) {
    datum_real_leaves(e, x->extras.at[i].copy, &xs);
    datum_real_leaves(e, x->extras.at[i].direction, &x_dots);
  }
  outputs_of(x, x->callee, y, &list);
  gather_outputs(x, &list, &ys);
  emit_jvp(e, &ys, &xs, &x_dots, x->span, &y_dots);
  int next = 0;
  for (size_t i = 0; i < list.len; i++) {
    Datum *dot = datum_rebuild_reals(e, list.at[i].datum, y_dots.at, &next);
    if (!add_with_tangent(x, &list.at[i], dot)) return false;
  }
  return true;
}

static bool add_bars(Exporter *x, const OutputList *list, ValueList *y_bars) {
  Elab *e = x->e;
  for (size_t i = 0; i < list->len; i++) {
    if (!has_reals(x, list->at[i].datum)) continue;
    const Output *out = &list->at[i];
    const char *suffix = with_suffix(e, out, "bar");
    Datum *bar = params_like(x, out->datum, suffixed(e, out->name, suffix));
    if (!real_slots(x, out->name, suffix, bar, ROLE_IN, &x->late_in)) return false;
    datum_real_leaves(e, bar, y_bars);
  }
  return true;
}

/* x_bar as it comes in, and with the change added as it goes out. */
static bool add_inout(Exporter *x, size_t i, const Datum *in, const Datum *out) {
  Elab *e = x->e;
  SlotList ins = {0}, outs = {0};
  const Name name = x->f->params.at[i].name;
  if (!real_slots(x, name, "bar", in, ROLE_INOUT, &ins)) return false;
  if (!real_slots(x, name, "bar", out, ROLE_OUT, &outs)) return false;
  for (size_t s = 0; s < ins.len; s++)
    for (int k = 0; k < ins.at[s].n_leaves; k++)
      ins.at[s].leaves[k].result = outs.at[s].leaves[k].result;
  append_slots(e, &x->after[i], &ins);
  return true;
}

/* The same for a further argument, whose slots are there already. */
static bool add_extra_inout(Exporter *x, const Extra *extra, const Datum *change) {
  Elab *e = x->e;
  SlotList outs = {0};
  Datum *out = binary(e, x->span, OPERATOR_ADD, extra->direction, (Datum *)change);
  if (is_poison(out)) return false;
  if (!real_slots(x, extra->base, extra->suffix, out, ROLE_OUT, &outs)) return false;
  for (size_t s = 0; s < outs.len; s++)
    for (int k = 0; k < outs.at[s].n_leaves; k++)
      extra->slots->at[extra->first + s].leaves[k].result = outs.at[s].leaves[k].result;
  return true;
}

static bool build_adjoint(Exporter *x) {
  Elab *e = x->e;
  ValueList xs = {0}, ys = {0}, y_bars = {0}, x_bars = {0};
  OutputList list = {0};
  Datum **copies = copied_params(x);
  gather_reals(x, copies, &xs);
  Datum *y = call_with(x, copies);
  if (!gives_value(x, y) || x->failed) return false;
  for (size_t i = 0; i < x->extras.len; i++) datum_real_leaves(e, x->extras.at[i].copy, &xs);
  outputs_of(x, x->callee, y, &list);
  gather_outputs(x, &list, &ys);
  if (!add_bars(x, &list, &y_bars)) return false;
  emit_vjp(e, &ys, &y_bars, &xs, x->span, &x_bars);
  int next = 0;
  for (size_t i = 0; i < x->f->params.len; i++) {
    if (!has_reals(x, copies[i])) continue;
    const Name name = suffixed(e, x->f->params.at[i].name, "bar");
    Datum *in = params_like(x, copies[i], name);
    Datum *change = datum_rebuild_reals(e, copies[i], x_bars.at, &next);
    Datum *out = binary(e, x->span, OPERATOR_ADD, in, change);
    if (is_poison(out) || !add_inout(x, i, in, out)) return false;
  }
  for (size_t i = 0; i < x->extras.len; i++) {
    Datum *change = datum_rebuild_reals(e, x->extras.at[i].copy, x_bars.at, &next);
    if (!add_extra_inout(x, &x->extras.at[i], change)) return false;
  }
  return true;
}

/* ---- functions ------------------------------------------------------------------------------- */

static void check_slot_names(Elab *e, const Func *func, Span span) {
  NameMap seen = name_map_new(e->arena);
  for (size_t i = 0; i < func->slots.len; i++) {
    const Name name = func->slots.at[i].name;
    if (name_map_find(&seen, name))
      REPORT(e, DIAG_BAD_EXPORT, span,
             arena_format(e->arena, "two parameters of the C function are called %s", name));
    name_map_add(&seen, name);
  }
}

static void finish_func(Exporter *x, Func *func) {
  Elab *e = x->e;
  SlotList all = {0};
  append_slots(e, &all, &x->sizes);
  for (size_t i = 0; i < x->f->params.len; i++) {
    interleave(x, func->body, &x->own[i], &x->after[i], &all);
  }
  append_slots(e, &all, &x->late_in);
  append_slots(e, &all, &x->out);
  for (size_t i = 0; i < all.len; i++) vec_push(e->arena, &func->slots, all.at[i]);
  check_slot_names(e, func, x->span);
  vec_push(e->arena, &e->m->funcs, func);
  name_map_add(&e->exported, func->name);
}

static Name mode_name(Elab *e, Name name, Mode mode) {
  const Name ascii = ascii_name(e->names, name);
  return mode == MODE_PRIMAL ? ascii : suffixed(e, ascii, mode == MODE_ADJOINT ? "adj" : "tan");
}

static bool is_taken(Elab *e, Name name, Span span) {
  if (!name_map_find(&e->exported, name)) return false;
  REPORT(e, DIAG_DUPLICATE, span, arena_format(e->arena, "the exported function %s", name));
  return true;
}

static bool build_body(Exporter *x) {
  if (!make_params(x)) return false;
  switch (x->mode) {
    case MODE_PRIMAL: return build_primal(x);
    case MODE_TANGENT: return build_tangent(x);
    case MODE_ADJOINT: return build_adjoint(x);
  }
  return false;
}

void export_function(Elab *e, const Exported *what) {
  const Span span = what->span;
  Func *func = ARENA_NEW(e->arena, Func);
  *func = (Func){.mode = what->mode, .span = span, .doc = what->doc};
  func->name = mode_name(e, what->name, what->mode);
  if (what->keeps && is_taken(e, func->name, span)) return;
  Frame frame;
  func->body = open_frame(e, &frame, FRAME_BODY);
  here(e)->span = span;
  e->temp_from = e->m->next_id;
  e->aborted = false;
  const int errors = diag_errors(e->diag);
  Scope scope = {.unit = e->main};
  Datum *callee = what->callee ? what->callee : eval(e, &scope, what->value);
  const Closure *closure = closure_of(e, callee);
  const Function *f = closure->function;
  const size_t n = f->params.len;
  Exporter x = {.maker = {make_param, make_size_param}, .extra = {make_extra}, .e = e,
                .callee = callee, .f = f, .scope = {closure->env, closure->unit}, .span = span,
                .name = what->name, .mode = what->mode,
                .is_optional = what->is_optional};
  x.params = ARENA_ARRAY(e->arena, Datum *, n);
  x.own = ARENA_ARRAY(e->arena, SlotList, n);
  x.after = ARENA_ARRAY(e->arena, SlotList, n);
  func->signature = signature_text(e, f);
  const bool fine = build_body(&x);
  close_frame(e);
  check_pending(e);
  if (fine && what->keeps && diag_errors(e->diag) == errors) finish_func(&x, func);
}
