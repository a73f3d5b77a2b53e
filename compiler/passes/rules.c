/* A recursive-descent parser over the text of a partial, which builds IR as it reads. The texts are
 * compiled as C as well (tests/ops), so a slip in one is a failed test, not a wrong derivative. */
#include "passes/rules.h"

#include "ir/op.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const char *at;
  Value *a, *b, *y;
} Rule;

static Value *parse_choice(Rule *rule, Builder *b);

static void skip_blanks(Rule *rule) {
  while (*rule->at == ' ') rule->at++;
}

static bool take(Rule *rule, const char *token) {
  skip_blanks(rule);
  const size_t n = strlen(token);
  if (strncmp(rule->at, token, n) != 0) return false;
  /* '<' is not the beginning of '<=' here. */
  if ((*token == '<' || *token == '>') && n == 1 && rule->at[1] == '=') return false;
  rule->at += n;
  return true;
}

/* name(args) with name a primitive; or a, b, y. */
static Value *parse_name(Rule *rule, Builder *b) {
  char name[32];
  size_t n = 0;
  while (isalnum((unsigned char)*rule->at) || *rule->at == '_') {
    assert(n + 1 < sizeof name);
    name[n++] = *rule->at++;
  }
  name[n] = '\0';
  if (!take(rule, "(")) return *name == 'a' ? rule->a : *name == 'b' ? rule->b : rule->y;
  Value *first = parse_choice(rule, b), *second = take(rule, ",") ? parse_choice(rule, b) : NULL;
  take(rule, ")");
  return build_prim(b, op_by_name(name), first, second);
}

static Value *parse_primary(Rule *rule, Builder *b) {
  if (take(rule, "-")) {
    Value *operand = parse_primary(rule, b);
    double number;
    if (value_is_const_real(operand, &number)) return build_real(b, -number);
    return build_prim(b, OP_neg, operand, NULL);
  }
  if (take(rule, "(")) {
    Value *inner = parse_choice(rule, b);
    take(rule, ")");
    return inner;
  }
  if (isdigit((unsigned char)*rule->at)) {
    char *end;
    const double number = strtod(rule->at, &end);
    rule->at = end;
    return build_real(b, number);
  }
  return parse_name(rule, b);
}

/* One level of left-associative operators; tokens[i] makes ops[i]. */
typedef struct {
  const char *tokens[6];
  Op ops[6];
} Level;

static const Level levels[] = {
    {{"||", NULL}, {OP_or}},
    {{"&&", NULL}, {OP_and}},
    {{"==", "!=", "<=", ">=", "<", ">"}, {OP_eq, OP_ne, OP_le, OP_ge, OP_lt, OP_gt}},
    {{"+", "-", NULL}, {OP_add, OP_sub}},
    {{"*", "/", NULL}, {OP_mul, OP_div}},
};
enum { N_LEVELS = sizeof levels / sizeof levels[0] };

static Value *parse_level(Rule *rule, Builder *b, int level) {
  if (level == N_LEVELS) return parse_primary(rule, b);
  Value *left = parse_level(rule, b, level + 1);
  for (int i = 0; i < 6 && levels[level].tokens[i];) {
    if (!take(rule, levels[level].tokens[i])) {
      i++;
      continue;
    }
    left = build_prim(b, levels[level].ops[i], left, parse_level(rule, b, level + 1));
    i = 0;
  }
  return left;
}

static Region *parse_arm(Rule *rule, Builder *b) {
  Region *arm = region_new(b->m);
  Builder in = builder_at_end(b->m, arm);
  in.span = b->span;
  region_add_yield(b->m, arm, parse_choice(rule, &in));
  return arm;
}

/* choice -> condition ? choice : choice */
static Value *parse_choice(Rule *rule, Builder *b) {
  Value *value = parse_level(rule, b, 0);
  if (!take(rule, "?")) return value;
  Region *then_arm = parse_arm(rule, b);
  take(rule, ":");
  Region *else_arm = parse_arm(rule, b);
  return build_if(b, value, then_arm, else_arm)->results[0];
}

Value *rule_partial(Builder *b, Op op, int which, Value *operand_a, Value *operand_b, Value *y) {
  double constant;
  const OpInfo *info = op_info(op);
  if (!info->partials[which]) return NULL;
  if (rule_is_const(op, which, &constant)) return constant == 0 ? NULL : build_real(b, constant);
  Rule rule = {info->partials[which], operand_a, operand_b, y};
  return parse_choice(&rule, b);
}

bool rule_is_const(Op op, int which, double *value) {
  const char *text = op_info(op)->partials[which];
  if (!text) return false;
  char *end;
  *value = strtod(text, &end);
  return end != text && *end == '\0';
}

bool rule_exists(Op op) {
  const char *text = op_info(op)->partials[0];
  return !text || strcmp(text, "NODIFF") != 0;
}
