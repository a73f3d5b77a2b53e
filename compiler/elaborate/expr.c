#include "elaborate/elab.h"

#include "ir/op.h"

#include <string.h>

/* ---- names, literals ------------------------------------------------------------------------- */

static Datum *eval_string(Elab *e, const Expr *x) {
  Datum *d = datum_new(e, DATUM_STRING);
  d->text = x->name;
  return d;
}

static Datum *eval_items_of(Elab *e, Scope *s, const Expr *x, Datum **items) {
  for (size_t i = 0; i < x->items.len; i++) {
    items[i] = eval(e, s, x->items.at[i]);
    if (is_poison(items[i])) return items[i];
  }
  return NULL;
}

static Datum *eval_tuple(Elab *e, Scope *s, const Expr *x) {
  Datum **items = ARENA_ARRAY(e->arena, Datum *, x->items.len);
  Datum *wrong = eval_items_of(e, s, x, items);
  return wrong ? wrong : datum_tuple(e, (int)x->items.len, items);
}

static Datum *eval_array(Elab *e, Scope *s, const Expr *x) {
  Datum **items = ARENA_ARRAY(e->arena, Datum *, x->items.len);
  Datum *wrong = eval_items_of(e, s, x, items);
  if (wrong) return wrong;
  const bool models = x->items.len > 0 && (items[0]->tag == DATUM_MODEL || is_callable(items[0]));
  if (models) return datum_tuple(e, (int)x->items.len, items);
  return stacked(e, x->span, (int)x->items.len, items);
}

static Datum *eval_closure(Elab *e, Scope *s, Function *function) {
  Datum *d = datum_new(e, DATUM_FUNCTION);
  d->closure = ARENA_NEW(e->arena, Closure);
  *d->closure = (Closure){.function = function, .env = s->env, .unit = s->unit};
  return d;
}

static Datum *eval_range_value(Elab *e, Scope *s, const Expr *x) {
  Datum *d = datum_new(e, DATUM_RANGE);
  if (!x->left || !x->right) {
    REPORT(e, DIAG_NOT_A_VALUE, x->span, "a range with both ends", "an open range");
    return poison(e);
  }
  return eval_range(e, s, x, NULL, &d->lo, &d->hi, &d->step) ? d : poison(e);
}

/* ---- operators ------------------------------------------------------------------------------- */

typedef struct {
  Scope *s;
  const Expr *x;
  Operator op;
} ShortCircuit;

static Datum *short_circuit_arm(Elab *e, void *context, int arm) {
  const ShortCircuit *c = context;
  Scope inner = *c->s;
  const bool evaluates = (arm == 0) == (c->op == OPERATOR_AND);
  return evaluates ? eval(e, &inner, c->x->right) : datum_bool(e, c->op == OPERATOR_OR);
}

/* Cheap and without any effect: evaluating it for nothing is better than a branch. */
static bool is_plain(const Expr *x) {
  switch (x->tag) {
    case EXPR_NAME:
    case EXPR_INT:
    case EXPR_REAL:
    case EXPR_BOOL: return true;
    case EXPR_UNARY: return is_plain(x->left);
    case EXPR_BINARY:
      return x->op != OPERATOR_INT_DIV && x->op != OPERATOR_MOD && x->op != OPERATOR_POW &&
             is_plain(x->left) && is_plain(x->right);
    default: return false;
  }
}

static Datum *eval_logic(Elab *e, Scope *s, const Expr *x) {
  Datum *left = eval(e, s, x->left);
  if (is_poison(left)) return left;
  ShortCircuit context = {s, x, x->op};
  const bool needs_branch = !is_plain(x->right) && is_scalar(left) && datum_kind(left) == KIND_BOOL;
  bool known;
  if (needs_branch || is_const_bool(left, &known))
    return eval_if(e, x->span, left, short_circuit_arm, &context);
  return binary(e, x->span, x->op, left, eval(e, s, x->right));
}

static Datum *eval_binary(Elab *e, Scope *s, const Expr *x) {
  if (x->op == OPERATOR_AND || x->op == OPERATOR_OR) return eval_logic(e, s, x);
  Datum *left = eval(e, s, x->left);
  Datum *right = eval(e, s, x->right);
  const int errors = diag_errors(e->diag);
  Datum *d = binary(e, x->span, x->op, left, right);
  if (diag_errors(e->diag) != errors) {
    report_label(e, x->left->span, "%s", describe(e, left));
    report_label(e, x->right->span, "%s", describe(e, right));
  }
  return d;
}

static Datum *eval_unary(Elab *e, Scope *s, const Expr *x) {
  Datum *operand = eval(e, s, x->left);
  if (is_poison(operand)) return operand;
  if (!is_number(operand) && !is_structure(operand)) {
    REPORT(e, DIAG_BAD_OPERAND, x->span, x->op == OPERATOR_NOT ? "not" : "-",
           describe(e, operand));
    return poison(e);
  }
  return x->op == OPERATOR_NOT ? logical_not(e, x->span, operand) : negated(e, x->span, operand);
}

/* ---- if and blocks --------------------------------------------------------------------------- */

static Datum *eval_block(Elab *e, Scope *s, const Expr *x) {
  Scope inner = *s;
  const uint32_t temp_from = e->temp_from;
  const Span span = here(e)->span;
  run_statements(e, &inner, &x->stmts, x->stmts.len);
  Datum *d = x->left ? eval(e, &inner, x->left) : datum_new(e, DATUM_NONE);
  here(e)->span = span;
  e->temp_from = temp_from;
  return d;
}

typedef struct {
  Scope *s;
  const Expr *x;
} IfArms;

static Datum *if_arm(Elab *e, void *context, int arm) {
  const IfArms *arms = context;
  Scope inner = *arms->s;
  return eval(e, &inner, arm == 0 ? arms->x->left : arms->x->right);
}

Datum *eval_condition(Elab *e, Scope *s, const Expr *x) {
  Datum *d = eval(e, s, x);
  if (is_poison(d) || (is_scalar(d) && datum_kind(d) == KIND_BOOL)) return d;
  return type_mismatch(e, x->span, "a condition (bool)", d);
}

static Datum *eval_if_expr(Elab *e, Scope *s, const Expr *x) {
  IfArms arms = {s, x};
  Datum *condition = eval_condition(e, s, x->condition);
  return eval_if(e, x->span, condition, if_arm, &arms);
}

/* ---- fields ---------------------------------------------------------------------------------- */

static Datum *record_field(Elab *e, const Datum *base, Name name) {
  const MemberList *fields = &base->record->decl->members;
  for (size_t i = 0; i < fields->len; i++)
    if (fields->at[i].name == name) return base->items[i];
  (void)e;
  return NULL;
}

static Datum *no_field(Elab *e, const Datum *base, Name name, Span span) {
  REPORT(e, DIAG_NO_MEMBER, span, describe(e, base), name);
  if (base->tag != DATUM_RECORD) return poison(e);
  NameList names = {0};
  const MemberList *fields = &base->record->decl->members;
  for (size_t i = 0; i < fields->len; i++) vec_push(e->arena, &names, fields->at[i].name);
  const Name near = nearest_name(name, names.at, names.len);
  if (near) report_help(e, "did you mean %s?", near);
  return poison(e);
}

Datum *field_of(Elab *e, Datum *base, Name name, Span span) {
  Datum *d = NULL;
  switch (base->tag) {
    case DATUM_POISON: return base;
    case DATUM_UNIT: return unit_member(e, base->unit, name, span);
    case DATUM_MODEL: return model_member(e, base, name, span);
    case DATUM_RECORD: d = record_field(e, base, name); break;
    default: break;
  }
  return d ? d : no_field(e, base, name, span);
}

/* ---- the dispatch ---------------------------------------------------------------------------- */

Datum *eval(Elab *e, Scope *s, const Expr *x) {
  if (e->aborted) return poison(e);
  switch (x->tag) {
    case EXPR_REAL: return datum_real(e, x->real);
    case EXPR_INT: return datum_int(e, x->integer);
    case EXPR_BOOL: return datum_bool(e, x->integer != 0);
    case EXPR_STRING: return eval_string(e, x);
    case EXPR_NAME: return look_up(e, s, x->name, x->span);
    case EXPR_UNARY: return eval_unary(e, s, x);
    case EXPR_BINARY: return eval_binary(e, s, x);
    case EXPR_CALL: return eval_call(e, s, x);
    case EXPR_INDEX: return index_datum(e, s, eval(e, s, x->left), x);
    case EXPR_FIELD: return field_of(e, eval(e, s, x->left), x->name, x->name_span);
    case EXPR_RANGE: return eval_range_value(e, s, x);
    case EXPR_ARRAY: return eval_array(e, s, x);
    case EXPR_TUPLE: return eval_tuple(e, s, x);
    case EXPR_MAP:
      if (x->condition) {
        REPORT(e, DIAG_BAD_STATEMENT, x->condition->span,
               "an array has an element for every index; `if` is for sums and other reductions");
        return poison(e);
      }
      return comprehension(e, s, &x->gens, x->left, x->span);
    case EXPR_IF: return eval_if_expr(e, s, x);
    case EXPR_BLOCK: return eval_block(e, s, x);
    case EXPR_FN: return eval_closure(e, s, x->function);
    case EXPR_ERROR: return poison(e);
  }
  return poison(e);
}

Datum *eval_int(Elab *e, Scope *s, const Expr *x, const char *what) {
  Datum *d = eval(e, s, x);
  if (is_poison(d) || (is_scalar(d) && datum_kind(d) == KIND_INT)) return d;
  return type_mismatch(e, x->span, arena_format(e->arena, "an int (%s)", what), d);
}

Datum *eval_value(Elab *e, Scope *s, const Expr *x) {
  Datum *d = eval(e, s, x);
  if (d->tag != DATUM_NONE) return d;
  REPORT(e, DIAG_VALUELESS, x->span, "this");
  return poison(e);
}
