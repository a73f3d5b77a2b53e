/* size - symbolic sizes: interned polynomials with integer coefficients over int values (atoms).
 *
 * Canonical form: atoms of a term sorted by id, terms sorted by degree (highest first) and then by their
 * atoms, no term with coefficient 0. Equal polynomials are therefore the same pointer. */
#include "ir/intern.h"
#include "ir/ir.h"

#include <string.h>

/* Higher degree first, then by atoms: the order in which a person writes a polynomial. */
static int compare_monomials(const SizeTerm *a, const SizeTerm *b) {
  if (a->n_atoms != b->n_atoms) return a->n_atoms > b->n_atoms ? -1 : 1;
  for (int i = 0; i < a->n_atoms; i++)
    if (a->atoms[i] != b->atoms[i]) return a->atoms[i]->id < b->atoms[i]->id ? -1 : 1;
  return 0;
}

static bool sizes_equal(const void *a, const void *b) {
  const Size *x = a, *y = b;
  if (x->n_terms != y->n_terms) return false;
  for (int i = 0; i < x->n_terms; i++)
    if (x->terms[i].coef != y->terms[i].coef || compare_monomials(&x->terms[i], &y->terms[i]) != 0)
      return false;
  return true;
}

static void keep_atoms(Module *m, SizeTerm *term) {
  Value **atoms = ARENA_ARRAY(m->arena, Value *, (size_t)term->n_atoms);
  for (int k = 0; k < term->n_atoms; k++) atoms[k] = term->atoms[k];
  term->atoms = atoms;
}

/* Copies the terms where the size is new; their atoms must live as long as the module, but for a single
 * term's, which are copied as well. */
static Size *intern_size(Module *m, int n_terms, const SizeTerm *terms) {
  uint64_t hash = INTERN_SEED;
  for (int i = 0; i < n_terms; i++) {
    hash = intern_mix(hash, (uint64_t)terms[i].coef);
    for (int k = 0; k < terms[i].n_atoms; k++) hash = intern_mix(hash, terms[i].atoms[k]->id + 7u);
  }
  const Size key = {n_terms, (SizeTerm *)terms};
  Size *size = intern_find(m->sizes, hash, &key, sizes_equal);
  if (size) return size;
  size = ARENA_NEW(m->arena, Size);
  size->n_terms = n_terms;
  size->terms = ARENA_ARRAY(m->arena, SizeTerm, (size_t)n_terms);
  for (int i = 0; i < n_terms; i++) size->terms[i] = terms[i];
  if (n_terms == 1) keep_atoms(m, size->terms);
  intern_add(m->sizes, hash, size);
  return size;
}

/* Coefficients wrap: a size that overflows is caught at run time, where the numbers are known. */
static int64_t wrap_add(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }
static int64_t wrap_mul(int64_t a, int64_t b) { return (int64_t)((uint64_t)a * (uint64_t)b); }

Size *size_const(Module *m, int64_t value) {
  if (value == 0) return intern_size(m, 0, NULL);
  const SizeTerm term = {.coef = value};
  return intern_size(m, 1, &term);
}

Size *size_atom(Module *m, Value *value) {
  const SizeTerm term = {1, 1, &value};
  return intern_size(m, 1, &term);
}

/* a + factor * b, a merge of two sorted lists. */
static Size *add_scaled(Module *m, Size *a, Size *b, int64_t factor) {
  enum { FEW = 8 };
  SizeTerm few[FEW], *terms = few;
  if (a->n_terms + b->n_terms > FEW)
    terms = ARENA_ARRAY(m->arena, SizeTerm, (size_t)(a->n_terms + b->n_terms));
  int n = 0, i = 0, k = 0;
  while (i < a->n_terms || k < b->n_terms) {
    const int order = i == a->n_terms   ? 1
                      : k == b->n_terms ? -1
                                        : compare_monomials(&a->terms[i], &b->terms[k]);
    SizeTerm term = order <= 0 ? a->terms[i] : b->terms[k];
    if (order > 0) term.coef = wrap_mul(factor, term.coef);
    if (order == 0) term.coef = wrap_add(term.coef, wrap_mul(factor, b->terms[k].coef));
    if (order <= 0) i++;
    if (order >= 0) k++;
    if (term.coef != 0) terms[n++] = term;
  }
  return intern_size(m, n, terms);
}

Size *size_add(Module *m, Size *a, Size *b) { return add_scaled(m, a, b, 1); }
Size *size_sub(Module *m, Size *a, Size *b) { return add_scaled(m, a, b, -1); }

static SizeTerm multiply_terms(Module *m, const SizeTerm *a, const SizeTerm *b) {
  SizeTerm product = {wrap_mul(a->coef, b->coef), a->n_atoms + b->n_atoms, NULL};
  product.atoms = ARENA_ARRAY(m->arena, Value *, (size_t)product.n_atoms);
  for (int i = 0, k = 0, n = 0; n < product.n_atoms; n++) {
    const bool from_a =
        k == b->n_atoms || (i < a->n_atoms && a->atoms[i]->id <= b->atoms[k]->id);
    product.atoms[n] = from_a ? a->atoms[i++] : b->atoms[k++];
  }
  return product;
}

Size *size_mul(Module *m, Size *a, Size *b) {
  Size *sum = size_const(m, 0);
  for (int i = 0; i < a->n_terms; i++)
    for (int k = 0; k < b->n_terms; k++) {
      const SizeTerm term = multiply_terms(m, &a->terms[i], &b->terms[k]);
      if (term.coef != 0) sum = size_add(m, sum, intern_size(m, 1, &term));
    }
  return sum;
}

bool size_is_const(const Size *size, int64_t *value) {
  if (size->n_terms == 0) return *value = 0, true;
  if (size->n_terms > 1 || size->terms[0].n_atoms > 0) return false;
  *value = size->terms[0].coef;
  return true;
}

/* The constant term is the last one. */
static int64_t constant_term(const Size *size, int *n_others) {
  const SizeTerm *last = size->n_terms ? &size->terms[size->n_terms - 1] : NULL;
  const bool has_one = last && last->n_atoms == 0;
  *n_others = size->n_terms - has_one;
  return has_one ? last->coef : 0;
}

bool size_difference(const Size *a, const Size *b, int64_t *difference) {
  int n, n_b;
  *difference = wrap_add(constant_term(a, &n), wrap_mul(-1, constant_term(b, &n_b)));
  if (a == b) return true;
  if (n != n_b) return false;
  for (int i = 0; i < n; i++)
    if (a->terms[i].coef != b->terms[i].coef || compare_monomials(&a->terms[i], &b->terms[i]) != 0)
      return false;
  return true;
}

Size *size_of_value(Module *m, Value *value) {
  const Instr *def = value->def;
  if (!def) return size_atom(m, value);
  switch ((int)def->op) {
    case OP_CONST: return size_const(m, def->constant.integer);
    case OP_SIZE: return def->size;
    case OP_add:
      return size_add(m, size_of_value(m, def->operands[0]), size_of_value(m, def->operands[1]));
    case OP_sub:
      return size_sub(m, size_of_value(m, def->operands[0]), size_of_value(m, def->operands[1]));
    case OP_mul:
      return size_mul(m, size_of_value(m, def->operands[0]), size_of_value(m, def->operands[1]));
    default: return size_atom(m, value);
  }
}

/* A monomial with its atoms replaced. */
static Size *mapped_term(Module *m, const ValueMap *map, const SizeTerm *term) {
  Size *product = size_const(m, term->coef);
  for (int k = 0; k < term->n_atoms; k++)
    product = size_mul(m, product, size_of_value(m, value_map_get(map, term->atoms[k])));
  return product;
}

static bool any_atom_mapped(const ValueMap *map, const Size *size) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++)
      if (value_map_has(map, size->terms[i].atoms[k])) return true;
  return false;
}

Size *size_mapped(Module *m, const ValueMap *map, Size *size) {
  if (!any_atom_mapped(map, size)) return size;
  Size *sum = size_const(m, 0);
  for (int i = 0; i < size->n_terms; i++)
    sum = size_add(m, sum, mapped_term(m, map, &size->terms[i]));
  return sum;
}

Type *type_mapped(Module *m, const ValueMap *map, Type *type) {
  Size *dims[MAX_RANK];
  bool changed = false;
  for (int d = 0; d < type->rank; d++) {
    dims[d] = size_mapped(m, map, type->dims[d]);
    changed = changed || dims[d] != type->dims[d];
  }
  if (!changed) return type;
  return type_array(m, type->kind, type->rank, dims);
}
