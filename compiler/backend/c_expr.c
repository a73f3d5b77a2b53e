/* Expressions: the scalar values of the IR as C, with as few parentheses as C's precedence
 * allows. */
#include "backend/code.h"
#include "ir/op.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Expr make(const char *text, Precedence prec) { return (Expr){text, prec, false, 0}; }

Expr expr_text(const char *text) { return make(text, PREC_PRIMARY); }

Expr expr_int(Code *c, int64_t value) {
  if (value == INT64_MIN) return make("INT64_MIN", PREC_PRIMARY);
  const char *text = arena_format(c->m->arena, "%lld", (long long)value);
  return (Expr){text, value < 0 ? PREC_UNARY : PREC_PRIMARY, true, value};
}

const char *expr_at(Code *c, Expr e, Precedence prec) {
  return e.prec > prec ? arena_format(c->m->arena, "(%s)", e.text) : e.text;
}

/* a op b for an operator that groups to the left. */
static Expr infix(Code *c, Expr a, const char *op, Expr b, Precedence prec) {
  const char *left = expr_at(c, a, prec), *right = expr_at(c, b, (Precedence)(prec - 1));
  return make(arena_format(c->m->arena, "%s %s %s", left, op, right), prec);
}

Expr expr_add(Code *c, Expr a, Expr b) {
  int64_t sum;
  if (a.is_int && b.is_int && !__builtin_add_overflow(a.value, b.value, &sum)) return expr_int(c, sum);
  if (a.is_int && a.value == 0) return b;
  if (b.is_int && b.value == 0) return a;
  if (a.is_int) return expr_add(c, b, a);
  if (b.is_int && b.value < 0 && b.value != INT64_MIN)
    return infix(c, a, "-", expr_int(c, -b.value), PREC_SUM);
  return infix(c, a, "+", b, PREC_SUM);
}

static Expr multiply(Code *c, Expr a, Expr b) {
  int64_t product;
  if (a.is_int && b.is_int && !__builtin_mul_overflow(a.value, b.value, &product))
    return expr_int(c, product);
  if ((a.is_int && a.value == 0) || (b.is_int && b.value == 1)) return a;
  if ((b.is_int && b.value == 0) || (a.is_int && a.value == 1)) return b;
  return infix(c, a, "*", b, PREC_PRODUCT);
}

/* ---- sizes ----------------------------------------------------------------------------------- */

/* The size of coefficient |coef|. */
static Expr term_expr(Code *c, const SizeTerm *term, int64_t coef) {
  Expr e = expr_int(c, coef);
  for (int k = 0; k < term->n_atoms; k++) e = multiply(c, e, expr_value(c, term->atoms[k]));
  return e;
}

Expr expr_size(Code *c, const Size *size) {
  Expr sum = expr_int(c, 0);
  bool first = true;
  for (int sign = 1; sign >= -1; sign -= 2)
    for (int i = 0; i < size->n_terms; i++) {
      const SizeTerm *term = &size->terms[i];
      if ((term->coef > 0) != (sign > 0)) continue;
      if (first || term->n_atoms == 0 || sign > 0) {
        sum = expr_add(c, sum, term_expr(c, term, term->coef));
      } else {
        sum = infix(c, sum, "-", term_expr(c, term, -term->coef), PREC_SUM);
      }
      first = false;
    }
  return sum;
}

/* ---- constants ------------------------------------------------------------------------------- */

/* The least number of significant digits that reads back as the same number. */
static int digits_needed(Code *c, double value) {
  char text[40];
  for (int digits = 1; digits < 17; digits++) {
    snprintf(text, sizeof text, "%.*e", digits - 1, value);
    const double back = strtod(text, NULL);
    if (c->options->single_precision ? (float)back == (float)value : back == value) return digits;
  }
  return 17;
}

/* Plain decimals unless they would be long: 0.1, 1500.0, 1e-12. */
static const char *real_digits(Code *c, double value) {
  char text[48];
  const int digits = digits_needed(c, value);
  snprintf(text, sizeof text, "%.*e", digits - 1, value);
  char *mark = strchr(text, 'e');
  const int exponent = atoi(mark + 1), decimals = digits - 1 - exponent;
  if (exponent >= -4 && exponent < 8)
    snprintf(text, sizeof text, "%.*f", decimals > 1 ? decimals : 1, value);
  else
    snprintf(mark, sizeof text - (size_t)(mark - text), "e%d", exponent);
  return arena_format(c->m->arena, "%s%s", text, c->options->single_precision ? "f" : "");
}

static Expr real_constant(Code *c, double value) {
  if (isnan(value)) return make("NAN", PREC_PRIMARY);
  const double limit = c->options->single_precision ? 3.4028235677973366e38 : INFINITY;
  if (fabs(value) >= limit)
    return value < 0 ? make("-INFINITY", PREC_UNARY) : make("INFINITY", PREC_PRIMARY);
  return make(real_digits(c, value), signbit(value) ? PREC_UNARY : PREC_PRIMARY);
}

Expr expr_constant(Code *c, const Constant *constant) {
  if (constant->kind == KIND_REAL) return real_constant(c, constant->real);
  if (constant->kind == KIND_BOOL) return make(constant->integer ? "true" : "false", PREC_PRIMARY);
  return expr_int(c, constant->integer);
}

/* ---- elements -------------------------------------------------------------------------------- */

Expr expr_of_storage(Code *c, Name base, const Type *type, const Expr *indices) {
  Expr at = expr_int(c, 0);
  for (int d = 0; d < type->rank; d++) {
    if (d) at = multiply(c, at, expr_size(c, type->dims[d]));
    at = expr_add(c, at, indices[d]);
  }
  return make(arena_format(c->m->arena, "%s[%s]", base, at.text), PREC_PRIMARY);
}

static Expr start_expr(Code *c, const ViewDim *dim) {
  Expr sum = expr_int(c, 0);
  for (int k = 0; k < dim->n; k++) sum = expr_add(c, sum, expr_value(c, dim->start[k]));
  return sum;
}

static void indices_in_storage(Code *c, const View *view, const Expr *indices, Expr *result) {
  int k = 0;
  for (int d = 0; d < view->rank; d++) {
    result[d] = start_expr(c, &view->dim[d]);
    if (view->dim[d].is_range) result[d] = expr_add(c, indices[k++], result[d]);
  }
}

Expr expr_element(Code *c, const Value *array, const Expr *indices) {
  const Constant *fill = splat_of(array);
  const Fact *f = fact(c->p, array);
  if (fill && !f->storage) return expr_constant(c, fill);
  Expr inside[MAX_RANK];
  indices_in_storage(c, f->view, indices, inside);
  return expr_of_storage(c, f->storage->name, f->storage->type, inside);
}

Expr expr_address(Code *c, const Value *array) {
  Expr zeros[MAX_RANK];
  for (int d = 0; d < MAX_RANK; d++) zeros[d] = expr_int(c, 0);
  const Fact *f = fact(c->p, array);
  if (view_is_whole(f->view)) return make(f->storage->name, PREC_PRIMARY);
  return make(arena_format(c->m->arena, "&%s", expr_element(c, array, zeros).text), PREC_UNARY);
}

static Expr index_expr(Code *c, const Instr *instr) {
  Expr indices[MAX_RANK];
  for (int k = 1; k < instr->n_operands; k++)
    indices[k - 1] = expr_value(c, instr->operands[k]);
  return expr_element(c, instr->operands[0], indices);
}

/* ---- primitives ------------------------------------------------------------------------------ */

static Precedence infix_precedence(const char *op) {
  if (!strcmp(op, "*") || !strcmp(op, "/")) return PREC_PRODUCT;
  if (!strcmp(op, "+") || !strcmp(op, "-")) return PREC_SUM;
  if (!strcmp(op, "==") || !strcmp(op, "!=")) return PREC_EQUALITY;
  if (op[0] == '<' || op[0] == '>') return PREC_RELATION;
  return op[0] == '&' ? PREC_AND : PREC_OR;
}

static bool is_name(const char *spelling) {
  return (spelling[0] >= 'a' && spelling[0] <= 'z') || spelling[0] == '_';
}

/* How a function is called for the kind it works on: dp_expf in float programs, dp_min_int on
 * ints. A draw takes ints, and is called for what it gives. */
static const char *function_name(Code *c, const Instr *instr, const char *spelling) {
  const OpClass op_class = op_info(instr->op)->op_class;
  const Value *subject = op_class == CLASS_DRAW ? instr->results[0] : instr->operands[0];
  const Kind kind = subject->type->kind;
  if (op_class == CLASS_ARITH && kind == KIND_INT) return arena_format(c->m->arena, "%s_int", spelling);
  if (kind == KIND_REAL && c->options->single_precision)
    return arena_format(c->m->arena, "%sf", spelling);
  return spelling;
}

static Expr call_expr(Code *c, const Instr *instr, const char *spelling) {
  Text text = {.arena = c->m->arena};
  text_format(&text, "%s(", function_name(c, instr, spelling));
  for (int k = 0; k < instr->n_operands; k++)
    text_format(&text, "%s%s", k ? ", " : "", expr_value(c, instr->operands[k]).text);
  text_add(&text, ")");
  return make(text.text, PREC_PRIMARY);
}

static Expr cast_expr(Code *c, const Instr *instr) {
  if (instr->op == OP_real_to_int) return call_expr(c, instr, op_info(instr->op)->spelling);
  const char *type = code_kind(c, instr->results[0]->type->kind);
  const char *operand = expr_at(c, expr_value(c, instr->operands[0]), PREC_UNARY);
  return make(arena_format(c->m->arena, "(%s)%s", type, operand), PREC_UNARY);
}

/* i + offset, where the value is an index plus or minus a constant. */
static const Value *index_and_offset(const Value *value, int64_t *offset) {
  *offset = 0;
  const Instr *def = value->def;
  if (!def || (def->op != OP_add && def->op != OP_sub)) return is_index(value) ? value : NULL;
  if (!value_is_const_int(def->operands[1], offset) || !is_index(def->operands[0])) return NULL;
  if (def->op == OP_sub) *offset = -*offset;
  return def->operands[0];
}

/* (i + 1) mod n with 0 <= i < n needs no division. Offsets beyond 1 could pass the end twice
 * where n is small, so they need a known n. */
static bool wraps_once(Code *c, const Value *index, int64_t offset, Value *modulus) {
  const Instr *holder = index->region->parent;
  if (!holder->n_extents || holder->extents[index->index] != size_of_value(c->m, modulus)) return false;
  int64_t n;
  if (offset >= -1 && offset <= 1) return true;
  return value_is_const_int(modulus, &n) && offset < n && -offset < n;
}

static bool wrapped_expr(Code *c, const Instr *instr, Expr *result) {
  int64_t offset;
  const Value *index = index_and_offset(instr->operands[0], &offset);
  if (!index || !wraps_once(c, index, offset, instr->operands[1])) return false;
  const Expr i = expr_value(c, index), n = expr_value(c, instr->operands[1]);
  const Expr moved = expr_add(c, i, expr_int(c, offset));
  const Expr edge = expr_add(c, n, expr_int(c, -offset)), shift = expr_int(c, -offset);
  Arena *arena = c->m->arena;
  const char *text;
  if (offset == 0) {
    *result = i;
    return true;
  }
  if (offset == -1)
    text = arena_format(arena, "%s == 0 ? %s : %s", i.text, expr_add(c, n, expr_int(c, -1)).text,
                        moved.text);
  else if (offset < 0)
    text = arena_format(arena, "%s < %s ? %s : %s", i.text, shift.text,
                        expr_add(c, moved, n).text, moved.text);
  else if (offset == 1)
    text = arena_format(arena, "%s == %s ? 0 : %s", i.text, edge.text, moved.text);
  else
    text = arena_format(arena, "%s < %s ? %s : %s", i.text, edge.text, moved.text,
                        infix(c, moved, "-", n, PREC_SUM).text);
  *result = make(text, PREC_CHOICE);
  return true;
}

static Expr negated(Code *c, const Instr *instr, const char *sign) {
  const Expr operand = expr_value(c, instr->operands[0]);
  const bool is_signed = operand.text[0] == '-' || operand.text[0] == '!';
  const char *text = is_signed ? arena_format(c->m->arena, "(%s)", operand.text)
                               : expr_at(c, operand, PREC_UNARY);
  return make(arena_format(c->m->arena, "%s%s", sign, text), PREC_UNARY);
}

/* Compilers warn of && inside ||, so it gets parentheses that C does not need. */
static Expr binary_expr(Code *c, const Instr *instr, const char *op) {
  Expr a = expr_value(c, instr->operands[0]), b = expr_value(c, instr->operands[1]);
  const Precedence prec = infix_precedence(op);
  if (prec == PREC_OR || prec == PREC_EQUALITY || prec == PREC_RELATION) {
    const Precedence inner = prec == PREC_OR ? PREC_EQUALITY : PREC_SUM;
    if (!(prec == PREC_OR && a.prec == PREC_OR)) a = expr_text(expr_at(c, a, inner));
    b = expr_text(expr_at(c, b, inner));
  }
  if (!strcmp(op, "+") && a.prec <= PREC_SUM && (a.is_int || b.is_int)) return expr_add(c, a, b);
  return infix(c, a, op, b, prec);
}

static Expr prim_expr(Code *c, const Instr *instr) {
  const OpInfo *info = op_info(instr->op);
  Expr wrapped;
  if (info->op_class == CLASS_CAST) return cast_expr(c, instr);
  if (instr->op == OP_int_mod && wrapped_expr(c, instr, &wrapped)) return wrapped;
  if (is_name(info->spelling)) return call_expr(c, instr, info->spelling);
  if (info->arity == 1) return negated(c, instr, info->spelling);
  return binary_expr(c, instr, info->spelling);
}

/* The last arm of a choice may be a choice itself: a ? b : c ? d : e. */
static Expr choice_expr(Code *c, const Instr *instr) {
  const Expr condition = expr_value(c, instr->operands[0]);
  if (!strcmp(condition.text, "true")) return expr_value(c, instr->regions[0]->yields[0]);
  if (!strcmp(condition.text, "false")) return expr_value(c, instr->regions[1]->yields[0]);
  const Expr yes = expr_value(c, instr->regions[0]->yields[0]);
  const Expr no = expr_value(c, instr->regions[1]->yields[0]);
  return make(arena_format(c->m->arena, "%s ? %s : %s", expr_at(c, condition, PREC_OR),
                           expr_at(c, yes, PREC_OR), no.text),
              PREC_CHOICE);
}

Expr expr_definition(Code *c, const Instr *instr) {
  if (op_is_prim(instr->op)) return prim_expr(c, instr);
  switch ((int)instr->op) {
    case OP_CONST: return expr_constant(c, &instr->constant);
    case OP_SIZE: return expr_size(c, instr->size);
    case OP_INDEX: return index_expr(c, instr);
    default: return choice_expr(c, instr);
  }
}

bool expr_known(Code *c, const Value *value, Expr *e) {
  int64_t offset;
  bool known;
  if (!c->interior.n || value->type->rank || !value->def) return false;
  if (value->type->kind == KIND_BOOL && code_known_bool(c, value, &known)) {
    const Constant constant = {.kind = KIND_BOOL, .integer = known};
    *e = expr_constant(c, &constant);
    return true;
  }
  if (value->type->kind != KIND_INT) return false;
  const Margin *margin = code_known_offset(c, value, &offset);
  if (margin) *e = expr_add(c, expr_value(c, margin->index), expr_int(c, offset));
  return margin != NULL;
}

Expr expr_value(Code *c, const Value *value) {
  const Fact *f = fact(c->p, value);
  Expr known;
  if (expr_known(c, value, &known)) return known;
  if (f->storage) {
    const char *text = f->storage->name;
    if (text && !strcmp(text, "0")) return expr_int(c, 0); /* the index of a single step */
    return make(text ? text : "unnamed", text && text[0] == '*' ? PREC_UNARY : PREC_PRIMARY);
  }
  return expr_definition(c, value->def);
}
