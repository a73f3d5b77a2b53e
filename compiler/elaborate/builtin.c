/* builtin - finding builtins by name; print, conversions, cuts. */
#include "elaborate/elab.h"

#include "ir/op.h"

#include <string.h>

/* ---- primitives by name ---------------------------------------------------------------------- */

static Datum *prim_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  for (int i = 0; i < n; i++)
    if (!is_number(args[i]) && !is_structure(args[i])) {
      if (!is_poison(args[i])) REPORT(e, DIAG_BAD_OPERAND, span, b->name, describe(e, args[i]));
      return poison(e);
    }
  return apply_prim(e, span, b->op, n, args);
}

/* Operators are written as operators; ints have // and %. */
static bool is_called_by_name(Op op) {
  if (op == OP_add || op == OP_sub || op == OP_mul || op == OP_div || op == OP_neg) return false;
  const OpClass class = op_info(op)->op_class;
  return class == CLASS_UNARY || class == CLASS_BINARY || class == CLASS_ARITH ||
         class == CLASS_STEP || class == CLASS_DRAW;
}

static const Builtin *prim_builtin(Elab *e, Name name) {
  const Op op = op_by_name(name);
  if (op == OP_COUNT || !is_called_by_name(op)) return NULL;
  Builtin *b = ARENA_NEW(e->arena, Builtin);
  const int arity = op_info(op)->arity;
  *b = (Builtin){op_info(op)->name, prim_value, NULL, arity, arity, 0, op};
  return b;
}

/* ---- print, real, int, stop_gradient --------------------------------------------------------- */

typedef struct {
  Text format; /* %v stands for a value, %% for a percent sign */
  ValueList values;
} Printed;

static bool print_datum(Elab *e, Printed *p, const Datum *d, Span span) {
  const size_t before = p->values.len;
  if (!datum_leaves(e, d, &p->values)) {
    type_mismatch(e, span, "a number or a text", d);
    return false;
  }
  for (size_t k = before; k < p->values.len; k++)
    text_add(&p->format, k > before ? ", %v" : "%v");
  return true;
}

/* A text; each {} in it takes the next of the data. */
static bool print_text(Elab *e, Printed *p, const char *text, const Expr *call, Datum **data,
                       size_t *next) {
  for (const char *c = text; *c; c++) {
    if (c[0] == '{' && c[1] == '}' && *next < call->args.len) {
      const size_t i = (*next)++;
      if (!print_datum(e, p, data[i], call->args.at[i].value->span)) return false;
      c++;
    } else {
      text_add_bytes(&p->format, *c == '%' ? "%%" : c, *c == '%' ? 2 : 1);
    }
  }
  return true;
}

static bool print_all(Elab *e, Printed *p, const Expr *call, Datum **data) {
  for (size_t i = 0; i < call->args.len;) {
    const Datum *d = data[i];
    const Span span = call->args.at[i].value->span;
    if (i++) text_add(&p->format, " ");
    if (d->tag != DATUM_STRING) {
      if (!print_datum(e, p, d, span)) return false;
    } else if (!print_text(e, p, d->text, call, data, &i)) {
      return false;
    }
  }
  return true;
}

static Datum *print_form(Elab *e, Scope *s, const Builtin *b, const Expr *call) {
  (void)b;
  Printed p = {.format = {.arena = e->arena}};
  Datum **data = ARENA_ARRAY(e->arena, Datum *, call->args.len);
  for (size_t i = 0; i < call->args.len; i++) {
    data[i] = eval(e, s, call->args.at[i].value);
    if (is_poison(data[i])) return data[i];
  }
  text_add(&p.format, "");
  if (!print_all(e, &p, call, data)) return poison(e);
  Instr *print =
      build_instr(here(e), OP_PRINT, (int)p.values.len, p.values.at, 0, NULL, 0, NULL);
  print->text = p.format.text;
  print->span = call->span;
  return datum_new(e, DATUM_NONE);
}

static Datum *real_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  (void)b, (void)n;
  if (!is_number(args[0]) && !is_structure(args[0]))
    return type_mismatch(e, span, "a number", args[0]);
  return to_real(e, args[0]);
}

static Datum *int_scalar(Elab *e, Span span, const void *how, int n, Datum **scalars) {
  (void)span, (void)how, (void)n;
  if (datum_kind(scalars[0]) == KIND_INT) return scalars[0];
  const Op op = datum_kind(scalars[0]) == KIND_BOOL ? OP_bool_to_int : OP_real_to_int;
  return scalar_prim(e, op, scalars[0], NULL);
}

static Datum *int_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  (void)b, (void)n;
  return elementwise(e, span, 1, args, int_scalar, NULL);
}

static Datum *stop_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  (void)b, (void)n;
  ValueList leaves = {0};
  int next = 0;
  if (!is_number(args[0]) && !is_structure(args[0]))
    return type_mismatch(e, span, "a number", args[0]);
  datum_real_leaves(e, args[0], &leaves);
  for (size_t i = 0; i < leaves.len; i++)
    leaves.at[i] = build_copy(here(e), OP_STOP, leaves.at[i]);
  return datum_rebuild_reals(e, args[0], leaves.at, &next);
}

/* ---- choices element by element -------------------------------------------------------------- */

typedef struct {
  Datum **scalars;
} Choice;

static Datum *choice_arm(Elab *e, void *context, int arm) {
  (void)e;
  const Choice *choice = context;
  return choice->scalars[1 + arm];
}

static Datum *where_scalar(Elab *e, Span span, const void *how, int n, Datum **scalars) {
  (void)how, (void)n;
  Choice choice = {scalars};
  if (datum_kind(scalars[0]) != KIND_BOOL)
    return type_mismatch(e, span, "a condition (bool)", scalars[0]);
  return eval_if(e, span, scalars[0], choice_arm, &choice);
}

static Datum *where_value(Elab *e, const Builtin *b, Span span, int n, Datum **args) {
  (void)b;
  return elementwise(e, span, n, args, where_scalar, NULL);
}

static const Builtin plain_builtins[] = {{"print", NULL, print_form, 0, 0, 0, OP_COUNT},
                                         {"real", real_value, NULL, 1, 1, 0, OP_COUNT},
                                         {"int", int_value, NULL, 1, 1, 0, OP_COUNT},
                                         {"stop_gradient", stop_value, NULL, 1, 1, 0, OP_COUNT},
                                         {"where", where_value, NULL, 3, 3, 0, OP_COUNT},
                                         {0}};

/* ---- tables ---------------------------------------------------------------------------------- */

static const Builtin *in_table(const Builtin *table, Name name) {
  for (; table->name; table++)
    if (!strcmp(table->name, name)) return table;
  return NULL;
}

static const Builtin *const *tables(void) {
  static const Builtin *const all[] = {reduce_builtins, array_builtins, view_builtins,
                                       derivative_builtins, plain_builtins, NULL};
  return all;
}

const Builtin *find_builtin(Elab *e, Name name) {
  for (const Builtin *const *table = tables(); *table; table++) {
    const Builtin *b = in_table(*table, name);
    if (b) return b;
  }
  return prim_builtin(e, name);
}

void builtin_names(Elab *e, NameList *names) {
  for (const Builtin *const *table = tables(); *table; table++)
    for (const Builtin *b = *table; b->name; b++) vec_push(e->arena, names, b->name);
  for (int op = 0; op < OP_FIRST_STRUCTURAL; op++)
    if (is_called_by_name((Op)op)) vec_push(e->arena, names, op_name((Op)op));
}
