/* init - how parameters begin: zeros(), normal(mean, deviation), glorot_uniform() and their like. */
#include "elaborate/elab.h"

#include <math.h>
#include <string.h>

/* Fans of a shape [out, in, receptive field ..]. */
typedef struct {
  double in, out;
} Fans;

static bool fans_of(const Type *type, Fans *fans) {
  int64_t dims[MAX_RANK];
  for (int d = 0; d < type->rank; d++)
    if (!size_is_const(type->dims[d], &dims[d])) return false;
  double field = 1;
  for (int d = 2; d < type->rank; d++) field *= (double)dims[d];
  fans->out = type->rank > 0 ? (double)dims[0] * field : 1;
  fans->in = type->rank > 1 ? (double)dims[1] * field : fans->out;
  return true;
}

typedef enum { SCALE_NONE, SCALE_GLOROT, SCALE_HE, SCALE_LECUN } Scale;

/* Glorot & Bengio 2010; He, Zhang, Ren & Sun 2015; LeCun, Bottou, Orr & Mueller 1998. */
static double variance(Scale scale, Fans fans) {
  switch (scale) {
    case SCALE_GLOROT: return 2 / (fans.in + fans.out);
    case SCALE_HE: return 2 / fans.in;
    default: return 1 / fans.in;
  }
}

typedef struct {
  const char *name;
  int n_args;
  InitKind kind;
  Scale scale;
  double a; /* without arguments and scale */
} Initialiser;

static const Initialiser initialisers[] = {
    {"zeros", 0, INIT_CONSTANT, SCALE_NONE, 0},
    {"ones", 0, INIT_CONSTANT, SCALE_NONE, 1},
    {"constant", 1, INIT_CONSTANT, SCALE_NONE, 0},
    {"uniform", 2, INIT_UNIFORM, SCALE_NONE, 0},
    {"normal", 2, INIT_NORMAL, SCALE_NONE, 0},
    {"glorot_uniform", 0, INIT_UNIFORM, SCALE_GLOROT, 0},
    {"glorot_normal", 0, INIT_NORMAL, SCALE_GLOROT, 0},
    {"he_uniform", 0, INIT_UNIFORM, SCALE_HE, 0},
    {"he_normal", 0, INIT_NORMAL, SCALE_HE, 0},
    {"lecun_uniform", 0, INIT_UNIFORM, SCALE_LECUN, 0},
    {"lecun_normal", 0, INIT_NORMAL, SCALE_LECUN, 0},
};
enum { N_INITIALISERS = sizeof initialisers / sizeof initialisers[0] };

static const Initialiser *find_initialiser(Elab *e, const Expr *call) {
  NameList names = {0};
  const Name wanted = call->tag == EXPR_CALL && call->left->tag == EXPR_NAME ? call->left->name : NULL;
  for (int i = 0; i < N_INITIALISERS; i++) {
    if (wanted && !strcmp(initialisers[i].name, wanted)) return &initialisers[i];
    vec_push(e->arena, &names, initialisers[i].name);
  }
  REPORT(e, DIAG_BAD_INITIALISER, call->span, wanted ? wanted : "this");
  const Name near = wanted ? nearest_name(wanted, names.at, names.len) : NULL;
  if (near) report_help(e, "did you mean %s?", near);
  return NULL;
}

/* A real known at compile time. */
static bool eval_known(Elab *e, Scope *s, const Expr *x, double *value) {
  Datum *d = eval(e, s, x);
  if (is_poison(d)) return false;
  if (is_scalar(d) && datum_kind(d) != KIND_BOOL) d = scalar_to_real(e, d);
  if (d->tag != DATUM_CONST || d->constant.kind != KIND_REAL) {
    REPORT(e, DIAG_NOT_CONSTANT, x->span, "an initial value");
    return false;
  }
  *value = d->constant.real;
  return true;
}

static bool scaled(Elab *e, const Member *member, const Type *type, const Initialiser *init,
                   ModelField *field) {
  Fans fans;
  if (!fans_of(type, &fans)) {
    REPORT(e, DIAG_NOT_CONSTANT, member->span, "the shape of a parameter");
    return false;
  }
  const double var = variance(init->scale, fans), limit = sqrt(3 * var);
  field->a = init->kind == INIT_UNIFORM ? -limit : 0;
  field->b = init->kind == INIT_UNIFORM ? limit : sqrt(var);
  return true;
}

static bool drawn(Elab *e, Scope *s, const Member *member, const Type *type, ModelField *field) {
  const Expr *call = member->init;
  const Initialiser *init = find_initialiser(e, call);
  if (!init) return false;
  if ((int)call->args.len != init->n_args) {
    REPORT(e, DIAG_ARGUMENT_COUNT, call->span, init->name,
           init->n_args == 0   ? "no arguments"
           : init->n_args == 1 ? "1 argument"
                               : "2 arguments",
           (int)call->args.len, call->args.len == 1 ? "is" : "are");
    return false;
  }
  field->init = init->kind;
  field->a = init->a;
  if (init->scale != SCALE_NONE) return scaled(e, member, type, init, field);
  return (init->n_args < 1 || eval_known(e, s, call->args.at[0].value, &field->a)) &&
         (init->n_args < 2 || eval_known(e, s, call->args.at[1].value, &field->b));
}

bool read_initialiser(Elab *e, Scope *s, const Member *member, const Type *type,
                      ModelField *field) {
  field->init = INIT_CONSTANT;
  if (!member->init) return true;
  if (member->drawn) return drawn(e, s, member, type, field);
  return eval_known(e, s, member->init, &field->a);
}
