/* branch - a choice between two values: at compile time if the condition is known, else an `if`. */
#include "elaborate/elab.h"

/* ---- one type for both arms ------------------------------------------------------------------ */

static Datum *branch_mismatch(Elab *e, Span span, const char *what, const Datum *a,
                              const Datum *b) {
  REPORT(e, DIAG_BRANCH_TYPES, span, what, describe(e, a), describe(e, b));
  return poison(e);
}

static bool kinds_meet(const Value *a, const Value *b) {
  return a->type->kind == b->type->kind ||
         (a->type->kind != KIND_BOOL && b->type->kind != KIND_BOOL);
}

static Value *as_real(Elab *e, Value *value) {
  return materialise(e, to_real(e, datum_value(e, value)));
}

/* Adds the casts and new shapes that give the yields of both arms the same types. The frames are
 * closed: each arm is reopened at its end. */
typedef struct {
  Frame frame;
  Region *region;
  Datum *datum;
  ValueList leaves;
} Arm;

static void reopen(Elab *e, Arm *arm) {
  arm->frame.outer = e->frame;
  e->frame = &arm->frame;
}

static bool dims_visible_outside(Elab *e, const Type *type) {
  for (int d = 0; d < type->rank; d++)
    if (!size_is_visible(type->dims[d], e->frame)) return false;
  return true;
}

static bool unify_leaf(Elab *e, Arm arms[2], size_t i, Span span) {
  Value *a = arms[0].leaves.at[i], *b = arms[1].leaves.at[i];
  if (!kinds_meet(a, b) || a->type->rank != b->type->rank) return false;
  const Kind kind = a->type->kind == b->type->kind ? a->type->kind : KIND_REAL;
  const Type *shape = dims_visible_outside(e, a->type) ? a->type : b->type;
  if (!dims_visible_outside(e, shape)) return false;
  Type *type = type_array(e->m, kind, shape->rank, shape->dims);
  for (int k = 0; k < 2; k++) {
    Value *leaf = arms[k].leaves.at[i];
    reopen(e, &arms[k]);
    bool agrees = shapes_agree(e, leaf->type, type, span);
    if (agrees && leaf->type->kind != kind) leaf = as_real(e, leaf);
    if (agrees) arms[k].leaves.at[i] = retyped(e, leaf, type);
    close_frame(e);
    if (!agrees) return false;
  }
  return true;
}

/* ---- eval_if --------------------------------------------------------------------------------- */

static void run_arm(Elab *e, Arm *arm, ArmFunction *f, void *context, int which) {
  arm->region = open_frame(e, &arm->frame, FRAME_ARM);
  arm->datum = f(e, context, which);
  datum_leaves(e, arm->datum, &arm->leaves);
  close_frame(e);
}

static const Datum *arm_item(const Arm *arm, int n, int k) {
  return n == 1 ? arm->datum : arm->datum->items[k];
}

static size_t count_leaves(const Datum *d) {
  size_t n = is_number(d);
  for (int i = 0; i < d->n; i++) n += count_leaves(d->items[i]);
  return n;
}

/* Gives both arms yields of the same types, item by item. */
static bool unify(Elab *e, Span span, Arm arms[2], int n, const Name *names) {
  size_t leaf = 0;
  for (int k = 0; k < n; k++) {
    const Datum *a = arm_item(&arms[0], n, k), *b = arm_item(&arms[1], n, k);
    bool fits = same_structure(a, b);
    const size_t end = leaf + (fits ? count_leaves(a) : 0);
    for (; fits && leaf < end; leaf++) fits = unify_leaf(e, arms, leaf, span);
    if (fits) continue;
    branch_mismatch(e, span, names[k], a, b);
    return false;
  }
  return true;
}

static Datum *join(Elab *e, Value *condition, Arm arms[2]) {
  for (int k = 0; k < 2; k++)
    region_set_yields(e->m, arms[k].region, (int)arms[k].leaves.len, arms[k].leaves.at);
  Instr *branch = build_if(here(e), condition, arms[0].region, arms[1].region);
  int next = 0;
  return datum_rebuild(e, arms[0].datum, branch->results, &next);
}

Datum *eval_if_named(Elab *e, Span span, Datum *condition, ArmFunction *f, void *context, int n,
                     const Name *names) {
  bool known;
  if (is_poison(condition)) return condition;
  if (is_const_bool(condition, &known)) return f(e, context, known ? 0 : 1);
  Arm arms[2] = {0};
  Value *value = materialise(e, condition);
  run_arm(e, &arms[0], f, context, 0);
  run_arm(e, &arms[1], f, context, 1);
  if (is_poison(arms[0].datum) || is_poison(arms[1].datum)) return poison(e);
  if (!unify(e, span, arms, n, names)) return poison(e);
  return join(e, value, arms);
}

Datum *eval_if(Elab *e, Span span, Datum *condition, ArmFunction *f, void *context) {
  const Name what = "the value";
  return eval_if_named(e, span, condition, f, context, 1, &what);
}
