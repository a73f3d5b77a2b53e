#include "passes/scale.h"

#include "passes/dce.h"
#include "passes/loops.h"
#include "passes/shared_factor.h"

enum { MAX_FACTORS = 12, MAX_DEPTH = 8 };

/* common[0] * .. / (divisor[0] * ..) * other[0] * ..: common factors and divisors come from outside the
 * space or are numbers. */
typedef struct {
  int n_common, n_divisors, n_other;
  Value *common[2 * MAX_FACTORS], *divisor[2 * MAX_FACTORS]; /* of two products at most */
  Value *other[MAX_FACTORS];
  bool is_negative;
  bool is_shared; /* a product in it is needed elsewhere, too */
} Product;

/* Common factors that were multiplied already, before `place`. */
typedef struct {
  Product factors;
  Value *value;
  const Instr *place;
} Joined;

typedef struct {
  int n;
  Instr *user; /* the last one; NULL: a region yields it */
} Uses;

typedef struct {
  Module *m;
  IdMap uses;      /* Uses by id */
  ValueMap opaque; /* what derivatives are taken of, or by */
  ValueMap touchy; /* used by something that jumps where its operand changes a little */
  ValueMap scaled; /* products that became an element of a scaled map: they are no products any more */
  ValueMap replaced;
  Instr *space;
  Vec(Joined) joined;
  int changes;
} Scale;

static int n_uses(const Scale *s, const Value *value) {
  const Uses *uses = id_map_find(&s->uses, value->id);
  return uses ? uses->n : 0;
}

static void note_use(Scale *s, const Value *value, Instr *user) {
  Uses *uses = id_map_find(&s->uses, value->id);
  if (!uses) {
    uses = ARENA_NEW(s->m->scratch, Uses);
    id_map_set(&s->uses, value->id, uses);
  }
  *uses = (Uses){uses->n + 1, user};
}

static bool is_derivative(const Instr *instr) { return instr->op == OP_VJP || instr->op == OP_JVP; }

/* Places are numbered on the way. */
static void note_uses(Scale *s, Region *region, int *order) {
  for (Instr *instr = region->first; instr; instr = instr->next) {
    instr->order = ++*order;
    for (int k = 0; k < instr->n_operands; k++) {
      Value *operand = instr->operands[k];
      note_use(s, operand, instr);
      if (is_derivative(instr)) value_map_set(&s->opaque, operand, operand);
      if (!instr_is_smooth(instr)) value_map_set(&s->touchy, operand, operand);
    }
    for (int r = 0; r < instr->n_regions; r++) note_uses(s, instr->regions[r], order);
  }
  for (int k = 0; k < region->n_yields; k++) note_use(s, region->yields[k], NULL);
}

/* ---- taking products apart ------------------------------------------------------------------- */

static bool is_common(const Scale *s, const Value *value) {
  if (value->def && value->def->op == OP_CONST) return true;
  return !region_is_within(value_region(value), s->space->regions[0]);
}

static bool is_factor_op(const Scale *s, const Instr *def) {
  if (!def || (def->op != OP_mul && def->op != OP_neg && def->op != OP_div)) return false;
  if (value_map_has(&s->scaled, def->results[0])) return false;
  return type_is_real(def->results[0]->type) && (def->op != OP_div || is_common(s, def->operands[1]));
}

static bool add_factor(const Scale *s, Product *product, Value *value) {
  if (product->n_common == MAX_FACTORS || product->n_other == MAX_FACTORS) return false;
  if (is_common(s, value)) product->common[product->n_common++] = value;
  else product->other[product->n_other++] = value;
  return true;
}

static bool take_apart(const Scale *s, Value *value, Product *product, int depth);

/* A product that others need as well is looked into where its common factors are all there is to
 * it, but for one: the multiplication is not repeated then. */
static bool is_scaled(const Scale *s, Value *value) {
  Product inner = {0};
  return take_apart(s, value, &inner, MAX_DEPTH) && inner.n_other <= 1;
}

static bool take_operand(const Scale *s, Value *value, Product *product, int depth) {
  const bool is_product = !is_common(s, value) && is_factor_op(s, value->def) && depth < MAX_DEPTH &&
                          !value_map_has(&s->opaque, value);
  if (is_product && (n_uses(s, value) == 1 || is_scaled(s, value))) {
    if (n_uses(s, value) != 1) product->is_shared = true;
    return take_apart(s, value, product, depth + 1);
  }
  return add_factor(s, product, value);
}

static bool take_apart(const Scale *s, Value *value, Product *product, int depth) {
  const Instr *def = value->def;
  if (!is_factor_op(s, def) || depth > MAX_DEPTH + 2) return add_factor(s, product, value);
  if (def->op == OP_neg) product->is_negative = !product->is_negative;
  if (def->op == OP_div) {
    if (product->n_divisors == MAX_FACTORS) return false;
    product->divisor[product->n_divisors++] = def->operands[1];
    return take_operand(s, def->operands[0], product, depth);
  }
  for (int k = 0; k < def->n_operands; k++)
    if (!take_operand(s, def->operands[k], product, depth)) return false;
  return true;
}

static int n_joined(const Product *product) { return product->n_common + product->n_divisors; }

/* ---- putting them together again ------------------------------------------------------------- */

/* Numbers come last. */
static bool precedes(const Value *a, const Value *b) {
  double x, y;
  const bool is_number = value_is_const_real(a, &x);
  if (is_number != value_is_const_real(b, &y)) return !is_number;
  return is_number ? x < y : a->id < b->id;
}

static void sort(Value **values, int n) {
  for (int i = 1; i < n; i++)
    for (int k = i; k > 0 && precedes(values[k], values[k - 1]); k--) {
      Value *value = values[k];
      values[k] = values[k - 1];
      values[k - 1] = value;
    }
}

static bool same_factors(Value *const *a, Value *const *b, int n) {
  for (int k = 0; k < n; k++)
    if (a[k] != b[k] && (precedes(a[k], b[k]) || precedes(b[k], a[k]))) return false;
  return true;
}

/* What holds the instruction in the region, or is it; NULL: it stands elsewhere. */
static const Instr *holder_in(const Region *region, const Instr *instr) {
  while (instr && instr->parent != region) instr = instr->parent->parent;
  return instr;
}

/* May `instr` use what comes out of (or is put before) `place`? */
static bool comes_before(const Instr *place, const Instr *instr) {
  const Instr *holder = holder_in(place->parent, instr);
  return holder && place->order <= holder->order;
}

static bool is_defined_within(Value *const *values, int n, const Region *region) {
  for (int k = 0; k < n; k++) {
    const bool is_number = values[k]->def && values[k]->def->op == OP_CONST;
    if (!is_number && region_is_within(value_region(values[k]), region)) return true;
  }
  return false;
}

/* As far out as the factors allow. */
static Instr *place_of_join(const Scale *s, const Product *product) {
  Instr *place = s->space;
  while (place->parent->parent && place->parent->parent->op != OP_CUSTOM &&
         !is_defined_within(product->common, product->n_common, place->parent) &&
         !is_defined_within(product->divisor, product->n_divisors, place->parent))
    place = place->parent->parent;
  return place;
}

/* NULL: nothing to multiply. */
static Value *multiply(Builder *b, Value *const *factors, int n) {
  Value *result = NULL;
  for (int k = 0; k < n; k++) {
    double number;
    Value *factor = value_is_const_real(factors[k], &number) ? build_real(b, number) : factors[k];
    result = result ? build_prim(b, OP_mul, result, factor) : factor;
  }
  return result;
}

/* The product of the common factors over that of the divisors. */
static Value *join_common(Scale *s, Product *product) {
  sort(product->common, product->n_common);
  sort(product->divisor, product->n_divisors);
  for (size_t i = 0; i < s->joined.len; i++) {
    const Product *old = &s->joined.at[i].factors;
    if (old->n_common == product->n_common && old->n_divisors == product->n_divisors &&
        same_factors(old->common, product->common, old->n_common) &&
        same_factors(old->divisor, product->divisor, old->n_divisors) &&
        comes_before(s->joined.at[i].place, s->space))
      return s->joined.at[i].value;
  }
  Instr *place = place_of_join(s, product);
  Builder b = builder_before(s->m, place);
  Value *value = multiply(&b, product->common, product->n_common);
  if (product->n_divisors > 0) {
    Value *divisor = multiply(&b, product->divisor, product->n_divisors);
    value = build_prim(&b, OP_div, value ? value : build_real(&b, 1), divisor);
  }
  const Joined fresh = {*product, value, place};
  vec_push(s->m->scratch, &s->joined, fresh);
  return value;
}

static bool is_element(const Value *value) { return value->def && value->def->op == OP_INDEX; }

/* The factor that is multiplied by the common one. */
static int choose_partner(const Product *product) {
  int partner = 0;
  for (int k = 0; k < product->n_other; k++)
    if (is_element(product->other[k])) partner = k;
  return partner;
}

static Value *build_product(Scale *s, Builder *b, Product *product) {
  Value *common = n_joined(product) > 0 ? join_common(s, product) : NULL, *result = common;
  if (product->n_other) {
    const int partner = choose_partner(product);
    result = value_map_get(&s->replaced, product->other[partner]);
    if (common) result = build_prim(b, OP_mul, result, common);
    for (int k = 0; k < product->n_other; k++)
      if (k != partner)
        result = build_prim(b, OP_mul, value_map_get(&s->replaced, product->other[k]), result);
  }
  return product->is_negative ? build_prim(b, OP_neg, result, NULL) : result;
}

/* ---- through sums ---------------------------------------------------------------------------- */

static bool is_sum(const Scale *s, const Value *value) {
  const Instr *def = value->def;
  return def && (def->op == OP_add || def->op == OP_sub) && type_is_real(value->type) &&
         n_uses(s, value) == 1 && !is_common(s, value);
}

/* Has every term a common factor already, which takes on more of them for nothing? */
static bool absorbs(const Scale *s, Value *value, int depth) {
  if (depth == MAX_DEPTH) return false;
  if (is_sum(s, value))
    return absorbs(s, value->def->operands[0], depth + 1) &&
           absorbs(s, value->def->operands[1], depth + 1);
  if (is_common(s, value) || !is_factor_op(s, value->def)) return false;
  Product term = {0};
  if (n_uses(s, value) > 1 && (value_map_has(&s->opaque, value) || !is_scaled(s, value))) return false;
  return take_apart(s, value, &term, 0) && n_joined(&term) > 0;
}

static Value *build_scaled(Scale *s, Builder *b, Value *value, const Product *by) {
  if (is_sum(s, value)) {
    Value *left = build_scaled(s, b, value->def->operands[0], by);
    Value *right = build_scaled(s, b, value->def->operands[1], by);
    return build_prim(b, value->def->op, left, right);
  }
  Product term = {0};
  take_apart(s, value, &term, 0);
  for (int k = 0; k < by->n_common; k++) term.common[term.n_common++] = by->common[k];
  for (int k = 0; k < by->n_divisors; k++) term.divisor[term.n_divisors++] = by->divisor[k];
  return build_product(s, b, &term);
}

/* ---- x * a + x * b --------------------------------------------------------------------------- */

/* Does nobody else need the product, or its negative? */
static bool is_only_for(const Scale *s, const Value *term, const Instr *product) {
  return n_uses(s, term) == 1 && (term->def == product || n_uses(s, product->results[0]) == 1);
}

/* One multiplication less; and what x is multiplied by may be what other elements are multiplied by, too. */
static void take_out(Scale *s, Instr *sum) {
  SharedFactor shared;
  if (!find_shared_factor(sum, s->space->regions[0], &shared)) return;
  if (value_map_has(&s->touchy, sum->results[0])) return;
  for (int k = 0; k < 2; k++)
    if (!is_only_for(s, sum->operands[k], shared.product[k])) return;
  Builder b = builder_before(s->m, sum);
  b.span = sum->span;
  Value *product = build_shared_factor(&b, &shared);
  product->name = sum->results[0]->name;
  value_map_set(&s->replaced, sum->results[0], product);
  instr_unlink(sum);
  s->changes++;
}

static void take_out_in(Scale *s, Region *region) {
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    for (int k = 0; k < instr->n_operands; k++)
      instr->operands[k] = value_map_get(&s->replaced, instr->operands[k]);
    if (instr->op == OP_IF)
      for (int r = 0; r < instr->n_regions; r++) take_out_in(s, instr->regions[r]);
    take_out(s, instr);
  }
  for (int k = 0; k < region->n_yields; k++)
    region->yields[k] = value_map_get(&s->replaced, region->yields[k]);
}

/* ---- the walk -------------------------------------------------------------------------------- */

/* Is the value part of a larger product, which will be looked at? */
static bool is_inner(const Scale *s, const Value *value) {
  const Uses *uses = id_map_find(&s->uses, value->id);
  if (!uses || uses->n != 1 || value_map_has(&s->touchy, value)) return false;
  const Instr *user = uses->user;
  return user && is_factor_op(s, user) && (user->op != OP_div || user->operands[0] == value) &&
         !value_map_has(&s->touchy, user->results[0]);
}

/* c * a[i], where a map makes the array for this product alone, as the sum of c * its terms: the map then
 * multiplies as often as before, and here nothing is multiplied. */
static Value *scale_map(Scale *s, Value *element, const Product *by) {
  if (!is_element(element) || n_uses(s, element) != 1 || by->is_shared) return NULL;
  Value *array = element->def->operands[0];
  Instr *map = array->def;
  if (!map || map->op != OP_MAP || n_uses(s, array) != 1) return NULL;
  Region *body = map->regions[0];
  Value *yield = body->yields[array->index];
  if (yield->type->rank > 0 || holds_loops(body) || any_instr(body, is_derivative)) return NULL;
  for (int k = 0; k < n_joined(by); k++) {
    const Value *factor = k < by->n_common ? by->common[k] : by->divisor[k - by->n_common];
    const Region *region = value_region(factor);
    if (factor->def ? factor->def->op != OP_CONST && !comes_before(factor->def, map)
                    : !region_is_within(map->parent, region))
      return NULL;
  }
  Instr *space = s->space;
  s->space = map;
  const bool fits = value_region(yield) == body && is_sum(s, yield) && absorbs(s, yield, 0);
  if (fits) {
    Builder b = builder_at_end(s->m, body);
    b.span = yield->def->span;
    body->yields[array->index] = build_scaled(s, &b, yield, by);
  }
  s->space = space;
  return fits ? element : NULL;
}

static Value *negated_if(Builder *b, Value *value, bool is_negative) {
  return is_negative ? build_prim(b, OP_neg, value, NULL) : value;
}

/* Two elements whose products are added up may be a product of matrices, with either as a factor of a
 * kernel: those stay as they are. */
static bool is_of_matrices(const Scale *s, const Value *value, const Product *product) {
  const Uses *uses = id_map_find(&s->uses, value->id);
  const Op op = uses && uses->user ? uses->user->op : s->space->op;
  return (op == OP_ACCUM || op == OP_REDUCE) && product->n_other == 2 &&
         is_element(product->other[0]) && is_element(product->other[1]);
}

static Value *improved(Scale *s, Instr *instr) {
  Product product = {0};
  if (!take_apart(s, instr->results[0], &product, 0) || n_joined(&product) == 0) return NULL;
  if (is_of_matrices(s, instr->results[0], &product)) return NULL;
  Builder b = builder_before(s->m, instr);
  b.span = instr->span;
  Value *only = product.n_other == 1 ? product.other[0] : NULL;
  if (only && is_sum(s, only) && absorbs(s, only, 0))
    return negated_if(&b, build_scaled(s, &b, only, &product), product.is_negative);
  if (only && scale_map(s, only, &product)) {
    value_map_set(&s->scaled, instr->results[0], instr->results[0]);
    return negated_if(&b, only, product.is_negative);
  }
  return n_joined(&product) > 1 || product.n_other > 1 ? build_product(s, &b, &product) : NULL;
}

static void join_in(Scale *s, Region *region) {
  for (Instr *instr = region->first; instr; instr = instr->next) {
    if (instr->op == OP_IF)
      for (int r = 0; r < instr->n_regions; r++) join_in(s, instr->regions[r]);
    if (!is_factor_op(s, instr) || is_common(s, instr->results[0])) continue;
    if (value_map_has(&s->touchy, instr->results[0]) || is_inner(s, instr->results[0])) continue;
    Value *better = improved(s, instr);
    if (!better || better == instr->results[0]) continue;
    if (!better->name) better->name = instr->results[0]->name;
    value_map_set(&s->replaced, instr->results[0], better);
    s->changes++;
  }
}

typedef void Visit(Scale *s, Region *body);

/* Every index space without loops inside. */
static void visit_spaces(Scale *s, Region *region, Visit *visit) {
  if (region_is_flat(region)) return;
  for (Instr *instr = region->first; instr; instr = instr->next) {
    if (instr->op == OP_CUSTOM) continue; /* its regions are a unit */
    for (int r = 0; r < instr->n_regions; r++) visit_spaces(s, instr->regions[r], visit);
    if (instr->op != OP_MAP && instr->op != OP_SWEEP && instr->op != OP_REDUCE) continue;
    if (holds_loops(instr->regions[0]) || any_instr(instr->regions[0], is_derivative)) continue;
    s->space = instr;
    visit(s, instr->regions[0]);
  }
}

static int change_spaces(Module *m, Region *body, Visit *visit) {
  Scale s = {.m = m, .uses = id_map_new(m->scratch)};
  s.opaque = s.touchy = s.scaled = s.replaced = value_map_new(m->scratch);
  int order = 0;
  note_uses(&s, body, &order);
  visit_spaces(&s, body, visit);
  if (s.changes) region_replace(m, body, &s.replaced);
  arena_clear(m->scratch);
  return s.changes;
}

int join_factors(Module *m, Diag *diag) {
  (void)diag;
  if (m->real_bytes == 4) return 0; /* the range of floats is too small */
  int changes = 0;
  for (size_t i = 0; i < m->funcs.len; i++) {
    Region *body = m->funcs.at[i]->body;
    if (region_is_flat(body)) continue;
    changes += change_spaces(m, body, join_in);
    drop_unneeded(m, body); /* the old products count as uses */
    changes += change_spaces(m, body, take_out_in);
    arena_clear(m->scratch);
  }
  return changes;
}
