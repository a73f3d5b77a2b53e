#include "driver/check_plan.h"

#include "ir/op.h"

#include <stdlib.h>
#include <string.h>

/* Sizes and ints that --set does not give: small, and different from each other. */
enum { FIRST_SIZE = 3, N_SIZES = 5 };

typedef struct {
  Module *m;
  const Settings *settings;
  Vec(Name) sizes; /* each name keeps its number in every function */
  bool unknown;
} Plan;

static const char *set_value(const Settings *settings, Name name) {
  const size_t length = strlen(name);
  for (size_t i = 0; i < settings->set.len; i++) {
    const char *text = settings->set.at[i];
    if (strncmp(text, name, length) == 0 && text[length] == '=') return text + length + 1;
  }
  return NULL;
}

static int64_t size_of_name(Plan *plan, Name name) {
  size_t i = 0;
  while (i < plan->sizes.len && plan->sizes.at[i] != name) i++;
  if (i == plan->sizes.len) vec_push(plan->m->arena, &plan->sizes, name);
  return FIRST_SIZE + (int64_t)(i % N_SIZES);
}

/* ---- shapes: sizes are polynomials in ints that are known once the parameters are ------------- */

static int64_t int_value(Plan *plan, const Case *c, const Value *value);

static int64_t size_value(Plan *plan, const Case *c, const Size *size) {
  int64_t sum = 0;
  for (int i = 0; i < size->n_terms; i++) {
    int64_t product = size->terms[i].coef;
    for (int k = 0; k < size->terms[i].n_atoms; k++)
      product *= int_value(plan, c, size->terms[i].atoms[k]);
    sum += product;
  }
  return sum;
}

static const Param *param_of_value(const Case *c, const Value *value) {
  for (size_t i = 0; i < c->inputs.len; i++) {
    const Slot *slot = c->inputs.at[i].slot;
    if (!slot->model && slot->leaves[0].value == value) return &c->inputs.at[i];
  }
  return NULL;
}

static Constant as_constant(Plan *plan, const Case *c, const Value *value) {
  return (Constant){.kind = value->type->kind, .integer = int_value(plan, c, value)};
}

static int64_t int_value(Plan *plan, const Case *c, const Value *value) {
  const Param *param = param_of_value(c, value);
  if (param) return param->integer;
  const Instr *def = value->def;
  int64_t number;
  if (value_is_const_int(value, &number)) return number;
  if (!def || value->type->kind == KIND_REAL || (def->op != OP_SIZE && !op_is_prim(def->op))) {
    plan->unknown = true;
    return 1;
  }
  if (def->op == OP_SIZE) return size_value(plan, c, def->size);
  const Constant a = as_constant(plan, c, def->operands[0]);
  const Constant b = def->n_operands > 1 ? as_constant(plan, c, def->operands[1]) : a;
  return op_evaluate(def->op, a, b).integer;
}

static int64_t type_count(Plan *plan, const Case *c, const Type *type) {
  int64_t count = 1;
  for (int d = 0; d < type->rank; d++) {
    const int64_t size = size_value(plan, c, type->dims[d]);
    count *= size > 0 ? size : 0;
  }
  return count;
}

/* ---- parameters ------------------------------------------------------------------------------ */

static int64_t integer_for(Plan *plan, const Param *param) {
  if (param->value) return strcmp(param->value, "false") == 0 ? 0 : strcmp(param->value, "true") == 0
                                                                     ? 1 : atoll(param->value);
  if (param->type->kind == KIND_BOOL) return 1;
  return param->type->rank ? 0 : size_of_name(plan, param->slot->name);
}

static void add_param(Plan *plan, Case *c, ParamList *list, const Slot *slot, const Type *type,
                      int64_t *reals) {
  Param param = {.slot = slot, .type = type, .count = 1};
  param.value = set_value(plan->settings, slot->name);
  if (list == &c->inputs && type && type->kind != KIND_REAL)
    param.integer = integer_for(plan, &param);
  /* Sizes are all known when the arrays' turn comes: see add_inputs. */
  if (slot->model)
    param.count = slot->model->flat_size;
  else if (type->rank)
    param.count = type_count(plan, c, type);
  if (param_is_real(&param)) {
    param.offset = *reals;
    *reals += param.count;
  }
  vec_push(plan->m->arena, list, param);
}

static bool is_input(const Slot *slot) { return slot->role == ROLE_SIZE || slot->role == ROLE_IN; }

static const Type *slot_type(const Func *f, const Slot *slot) {
  if (slot->model) return NULL;
  return is_input(slot) ? slot->leaves[0].value->type
                        : f->body->yields[slot->leaves[0].result]->type;
}

/* Has it, in the tangent or the adjoint, a derivative beside it? The y_bar of a vjp has none. */
static bool is_active(const Func *f, Name name, const char *suffix) {
  const size_t length = strlen(name);
  for (size_t i = 0; f && i < f->slots.len; i++)
    if (strncmp(f->slots.at[i].name, name, length) == 0 &&
        strcmp(f->slots.at[i].name + length, suffix) == 0)
      return true;
  return false;
}

/* The active reals come first in x. */
static void place_reals(Case *c) {
  c->n = 0;
  for (int held = 0; held < 2; held++) {
    for (size_t i = 0; i < c->inputs.len; i++) {
      Param *param = &c->inputs.at[i];
      if (!param_is_real(param)) continue;
      param->is_held = !is_active(c->tangent, param->slot->name, "_dot") &&
                       !is_active(c->adjoint, param->slot->name, "_bar");
      if (param->is_held != held) continue;
      param->offset = c->n;
      c->n += param->count;
    }
    if (!held) c->n_active = c->n;
  }
}

/* An array may come before the int that its shape depends on: scalars are entered first, then all. */
static void add_inputs(Plan *plan, Case *c) {
  const Func *f = c->primal;
  int64_t ignored = 0;
  for (size_t i = 0; i < f->slots.len; i++) {
    const Slot *slot = &f->slots.at[i];
    const Type *type = slot_type(f, slot);
    if (is_input(slot) && type && type->rank == 0) add_param(plan, c, &c->inputs, slot, type, &ignored);
  }
  const Case scalars = *c;
  ParamList all = {0};
  for (size_t i = 0; i < f->slots.len; i++) {
    const Slot *slot = &f->slots.at[i];
    if (!is_input(slot)) continue;
    c->inputs = scalars.inputs;
    add_param(plan, c, &c->inputs, slot, slot_type(f, slot), &c->n);
    vec_push(plan->m->arena, &all, c->inputs.at[c->inputs.len - 1]);
  }
  c->inputs = all;
  place_reals(c);
}

static void add_outputs(Plan *plan, Case *c) {
  const Func *f = c->primal;
  for (size_t i = 0; i < f->slots.len; i++)
    if (!is_input(&f->slots.at[i]))
      add_param(plan, c, &c->outputs, &f->slots.at[i], slot_type(f, &f->slots.at[i]), &c->m);
}

/* ---- cases ----------------------------------------------------------------------------------- */

static const Func *find_func(const Module *m, Name name, const char *suffix, Mode mode) {
  const size_t length = strlen(name);
  for (size_t i = 0; i < m->funcs.len; i++) {
    const Func *f = m->funcs.at[i];
    if (f->mode == mode && strncmp(f->name, name, length) == 0 &&
        strcmp(f->name + length, suffix) == 0)
      return f;
  }
  return NULL;
}

static const Case *find_case(const CaseList *cases, Name name) {
  for (size_t i = 0; i < cases->len; i++)
    if (strcmp(cases->at[i]->primal->name, name) == 0) return cases->at[i];
  return NULL;
}

static void relate(CaseList *cases, const RelationList *relations) {
  for (size_t i = 0; i < cases->len; i++)
    for (size_t k = 0; k < relations->len; k++) {
      Case *c = cases->at[i];
      const Case *f = find_case(cases, relations->at[k].function);
      if (strcmp(c->primal->name, relations->at[k].gradient) == 0 && f && f->adjoint && f->m == 1)
        c->gradient_of = f;
    }
}

CaseList check_cases(Module *m, const Settings *settings, const RelationList *relations,
                     const Func **unknown) {
  Plan plan = {.m = m, .settings = settings};
  CaseList cases = {0};
  for (size_t i = 0; i < m->funcs.len; i++) {
    const Func *f = m->funcs.at[i];
    if (f->mode != MODE_PRIMAL) continue;
    Case *c = ARENA_NEW(m->arena, Case);
    c->primal = f;
    c->tangent = find_func(m, f->name, "_tan", MODE_TANGENT);
    c->adjoint = find_func(m, f->name, "_adj", MODE_ADJOINT);
    add_inputs(&plan, c);
    add_outputs(&plan, c);
    if (plan.unknown && !*unknown) *unknown = f;
    if (c->n_active && c->m && (c->tangent || c->adjoint)) vec_push(m->arena, &cases, c);
  }
  relate(&cases, relations);
  return cases;
}
