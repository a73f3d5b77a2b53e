/* init - how a model's parameters are drawn at first. */
#include "elaborate/elab.h"

#include <math.h>
#include <string.h>

/* Fans of a parameter [out, in, window..], as in Glorot and Bengio 2010 and He et al. 2015. */
static void fans(const Type *type, double *fan_in, double *fan_out) {
  int64_t dims[MAX_RANK];
  double window = 1;
  for (int d = 0; d < type->rank; d++) size_is_const(type->dims[d], &dims[d]);
  for (int d = 2; d < type->rank; d++) window *= (double)dims[d];
  *fan_out = type->rank > 0 ? (double)dims[0] * window : 1;
  *fan_in = type->rank > 1 ? (double)dims[1] * window : *fan_out;
}

static void set(ModelField *field, InitKind init, double a, double b) {
  field->init = init;
  field->a = a;
  field->b = b;
}

/* An initialiser that draws from the fans: uniform in +-sqrt(factor/fan), or normal with that
 * variance. */
typedef struct {
  const char *name;
  InitKind init;
  double factor;
  bool both; /* fan_in + fan_out; else fan_in */
} FanRule;

static const FanRule fan_rules[] = {
    {"glorot_uniform", INIT_UNIFORM, 6, true}, {"glorot_normal", INIT_NORMAL, 2, true},
    {"he_uniform", INIT_UNIFORM, 6, false},    {"he_normal", INIT_NORMAL, 2, false},
    {"lecun_uniform", INIT_UNIFORM, 3, false}, {"lecun_normal", INIT_NORMAL, 1, false}};

static const FanRule *fan_rule(const char *name) {
  for (size_t i = 0; i < sizeof fan_rules / sizeof *fan_rules; i++)
    if (!strcmp(fan_rules[i].name, name)) return &fan_rules[i];
  return NULL;
}

/* `gain` times what the rule says. */
static void set_by_fan(const FanRule *rule, double gain, const Type *type, ModelField *field) {
  double fan_in, fan_out;
  fans(type, &fan_in, &fan_out);
  const double fan = rule->both ? fan_in + fan_out : fan_in;
  const double width = fabs(gain) * sqrt(rule->factor / (fan > 0 ? fan : 1));
  if (width == 0) set(field, INIT_CONSTANT, 0, 0);
  else if (rule->init == INIT_UNIFORM) set(field, INIT_UNIFORM, -width, width);
  else set(field, INIT_NORMAL, 0, width);
}

static bool constant_real(Elab *e, Scope *s, const Expr *x, double *value) {
  Datum *d = eval(e, s, x);
  if (is_poison(d)) return false;
  if (d->tag == DATUM_CONST) d = to_real(e, d);
  if (d->tag == DATUM_CONST && d->constant.kind == KIND_REAL) {
    *value = d->constant.real;
    return true;
  }
  REPORT(e, DIAG_NOT_CONSTANT, x->span, "an initial value");
  return false;
}

static const char *const plain_names[] = {"zeros", "ones", "constant", "uniform", "normal"};
static const int plain_args[] = {0, 0, 1, 2, 2};

static bool wrong_count(Elab *e, const Expr *call, const char *name, const char *wanted) {
  REPORT(e, DIAG_ARGUMENT_COUNT, call->span, name, wanted, (int)call->args.len,
         call->args.len == 1 ? "is" : "are");
  return false;
}

static bool set_drawn(Elab *e, Scope *s, const Expr *call, const FanRule *rule, const Type *type,
                      ModelField *field) {
  double gain = 1;
  if (call->args.len > 1) return wrong_count(e, call, rule->name, "at most 1 argument");
  if (call->args.len == 1 && !constant_real(e, s, call->args.at[0].value, &gain)) return false;
  set_by_fan(rule, gain, type, field);
  return true;
}

static bool set_plain(Elab *e, Scope *s, const Expr *call, int which, ModelField *field) {
  double args[2] = {0, 0};
  if ((int)call->args.len != plain_args[which])
    return wrong_count(e, call, plain_names[which],
                       arena_format(e->arena, "%d argument%s", plain_args[which],
                                    plain_args[which] == 1 ? "" : "s"));
  for (int i = 0; i < plain_args[which]; i++)
    if (!constant_real(e, s, call->args.at[i].value, &args[i])) return false;
  if (which <= 1) args[0] = which;
  const InitKind init = which <= 2 ? INIT_CONSTANT : which == 3 ? INIT_UNIFORM : INIT_NORMAL;
  set(field, init, args[0], args[1]);
  return true;
}

static bool read_drawn(Elab *e, Scope *s, const Expr *x, const Type *type, ModelField *field) {
  const Expr *name = x->tag == EXPR_CALL ? x->left : x;
  if (name->tag == EXPR_NAME && x->tag == EXPR_CALL) {
    for (int i = 0; i < 5; i++)
      if (!strcmp(name->name, plain_names[i])) return set_plain(e, s, x, i, field);
    const FanRule *rule = fan_rule(name->name);
    if (rule) return set_drawn(e, s, x, rule, type, field);
  }
  REPORT(e, DIAG_BAD_INITIALISER, x->span, name->tag == EXPR_NAME ? name->name : "this");
  if (name->tag != EXPR_NAME) return false;
  NameList names = {0};
  for (int i = 0; i < 5; i++) vec_push(e->arena, &names, plain_names[i]);
  for (size_t i = 0; i < sizeof fan_rules / sizeof *fan_rules; i++)
    vec_push(e->arena, &names, fan_rules[i].name);
  const Name near = nearest_name(name->name, names.at, names.len);
  if (near) report_help(e, "did you mean %s()?", near);
  return false;
}

bool read_initialiser(Elab *e, Scope *s, const Member *member, const Type *type,
                      ModelField *field) {
  set(field, INIT_CONSTANT, 0, 0);
  if (!member->init) return true;
  if (member->drawn) return read_drawn(e, s, member->init, type, field);
  double value;
  if (!constant_real(e, s, member->init, &value)) return false;
  set(field, INIT_CONSTANT, value, 0);
  return true;
}
