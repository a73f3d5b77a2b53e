/* datum - what an expression means while the program is elaborated.
 *
 * A Datum is immutable. Reals, ints and bools are either known (DATUM_CONST) or an IR value;
 * everything that is neither a number nor an array (tuples, records, models, functions, types)
 * exists only here and leaves no trace in the IR but its leaves. */
#ifndef DPC_ELABORATE_DATUM_H
#define DPC_ELABORATE_DATUM_H

#include "ir/ir.h"
#include "syntax/ast.h"

typedef struct Elab Elab;
typedef struct Scope Scope;
typedef struct Datum Datum;
typedef struct Unit Unit;
typedef struct Builtin Builtin;
typedef struct ModelType ModelType;

typedef Vec(Datum *) DatumList;

/* What a name is bound to. Environments are persistent: binding a name again hides the older
 * binding, and a closure keeps the environment that it was made with. An environment is its newest
 * binding, from which the older ones are found in order, or by name through a tree. */
typedef struct Binding {
  Name name;
  Datum *datum;
  Span span; /* where it was set */
  const struct Binding *outer;
  const struct BindingTree *tree; /* the newest binding of each name, this one included */
} Binding;

typedef enum {
  DATUM_POISON,     /* an error was reported; silences what follows */
  DATUM_NONE,       /* no value: print(..) */
  DATUM_UNSET,      /* a name without a value on some path; text says why */
  DATUM_CONST,      /* constant */
  DATUM_VALUE,      /* value: a scalar or an array */
  DATUM_TUPLE,      /* items */
  DATUM_RECORD,     /* record, items: one per field */
  DATUM_MODEL,      /* model, items: one per member that holds parameters */
  DATUM_MODELS,     /* model, items, count: as many models; every leaf has one more dimension */
  DATUM_FUNCTION,   /* closure */
  DATUM_BUILTIN,    /* builtin */
  DATUM_DERIVATIVE, /* derivative */
  DATUM_VIEW,       /* base (an array), rules: one boundary rule per axis */
  DATUM_RANGE,      /* lo, hi, step */
  DATUM_RECORD_TYPE,/* record */
  DATUM_MODEL_DECL, /* decl, unit: a model whose parameters are not given yet */
  DATUM_MODEL_TYPE, /* model; count > 0: an array of them */
  DATUM_UNIT,       /* unit: a module */
  DATUM_STRING      /* text */
} DatumTag;

/* A function with what it captured. self is the model of a method, for its name. */
typedef struct {
  Function *function;
  const Binding *env;
  Unit *unit;
} Closure;

typedef enum {
  DERIVE_GRAD, DERIVE_VALUE_AND_GRAD, DERIVE_VJP, DERIVE_JVP, DERIVE_HVP, DERIVE_JACOBIAN
} DerivativeKind;

/* grad(f, x): a function again. */
typedef struct {
  DerivativeKind kind;
  Datum *function;
  int n_x;
  int x[16]; /* positions of the parameters */
} Derivative;

typedef struct {
  Decl *decl;
  Unit *unit;
} RecordType;

typedef enum { RULE_PERIODIC, RULE_CLAMP, RULE_ZERO, RULE_REFLECT } BoundaryRule;

struct Datum {
  DatumTag tag;
  Constant constant;
  Value *value;
  int n;
  Datum **items;
  RecordType *record;
  ModelType *model;
  int64_t count;
  Closure *closure;
  const Builtin *builtin;
  Derivative *derivative;
  Datum *base;
  BoundaryRule rules[MAX_RANK];
  Size *lo, *hi;
  int64_t step;
  Decl *decl;
  Unit *unit;
  const char *text;
};

/* ---- making ---------------------------------------------------------------------------------- */

Datum *datum_new(Elab *e, DatumTag tag);
Datum *poison(Elab *e);
Datum *datum_real(Elab *e, double value);
Datum *datum_int(Elab *e, int64_t value);
Datum *datum_bool(Elab *e, bool value);
Datum *datum_constant(Elab *e, Constant constant);
/* A value; constants are recognised. */
Datum *datum_value(Elab *e, Value *value);
/* n = 1: the item itself; n = 0: DATUM_NONE. */
Datum *datum_tuple(Elab *e, int n, Datum *const *items);
/* A tuple, record or model like `like` with other items. */
Datum *datum_with_items(Elab *e, const Datum *like, Datum *const *items);

/* ---- looking --------------------------------------------------------------------------------- */

static inline bool is_poison(const Datum *d) { return d->tag == DATUM_POISON; }
/* A tuple, record, model or array of models. */
bool is_structure(const Datum *d);
bool is_number(const Datum *d); /* a known or unknown scalar, or an array */
bool is_scalar(const Datum *d);
bool is_array(const Datum *d);
bool is_callable(const Datum *d);
Kind datum_kind(const Datum *d); /* of a number */
int datum_rank(const Datum *d);  /* of a number */
bool is_const_int(const Datum *d, int64_t *value);
bool is_const_bool(const Datum *d, bool *value);
/* "real[T, 2]", "a tuple", "model Theta": for messages. */
const char *describe(Elab *e, const Datum *d);
const char *describe_type(Elab *e, const Type *type);
const char *describe_size(Elab *e, const Size *size);

/* ---- leaves ---------------------------------------------------------------------------------- */

/* The IR value of a number, made where the builder stands if it is a constant. */
Value *materialise(Elab *e, const Datum *d);
/* Values of all numbers below d, depth first. False: something below is no number (a function, a
 * type). */
bool datum_leaves(Elab *e, const Datum *d, ValueList *leaves);
/* Only the reals. */
void datum_real_leaves(Elab *e, const Datum *d, ValueList *leaves);
/* A datum like d with its leaves taken from leaves, from *next on. */
Datum *datum_rebuild(Elab *e, const Datum *d, Value *const *leaves, int *next);
/* As above, but only the reals change. */
Datum *datum_rebuild_reals(Elab *e, const Datum *d, Value *const *leaves, int *next);
/* Real leaves older than the value id `before` become copies, real constants become values: a new
 * identity. */
Datum *datum_copied(Elab *e, Datum *d, uint32_t before);
/* Same structure: numbers of any type agree. */
bool same_structure(const Datum *a, const Datum *b);
/* The same thing at compile time (arguments of models). */
bool datum_equal(const Datum *a, const Datum *b);

#endif
