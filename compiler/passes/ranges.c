#include "passes/ranges.h"

enum { MAX_NESTING = 6 };

/* The number of steps or points that the counter counts, or NULL if the value is no counter. */
static Size *extent_of_counter(Fold *f, const Value *value) {
  if (value->def || !value->region->parent) return NULL;
  const Instr *holder = value->region->parent;
  if (holder->op == OP_LOOP && value->index == 0) return fold_size(f, holder->operands[0]);
  const bool is_space = holder->op == OP_MAP || holder->op == OP_REDUCE || holder->op == OP_SWEEP;
  return is_space && value->index < holder->n_extents ? holder->extents[value->index] : NULL;
}

/* The innermost counter of the polynomial, or NULL: extents of inner spaces may have outer counters. */
static const Value *innermost_counter(Fold *f, const Size *size) {
  const Value *found = NULL;
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++) {
      const Value *atom = size->terms[i].atoms[k];
      if (!extent_of_counter(f, atom)) continue;
      if (!found || region_is_within(atom->region, found->region)) found = atom;
    }
  return found;
}

/* The polynomial with the counter at the end of its range where the polynomial is least; NULL if it is not
 * linear in the counter. */
static Size *least_over(Fold *f, Size *size, const Value *counter) {
  for (int i = 0; i < size->n_terms; i++) {
    const SizeTerm *term = &size->terms[i];
    for (int k = 0; k < term->n_atoms; k++) {
      if (term->atoms[k] != counter) continue;
      if (term->n_atoms > 1) return NULL;
      Size *coef = size_const(f->m, term->coef);
      Size *rest = size_sub(f->m, size, size_mul(f->m, coef, size_atom(f->m, term->atoms[k])));
      if (term->coef > 0) return rest;
      Size *last = size_sub(f->m, extent_of_counter(f, counter), size_const(f->m, 1));
      return size_add(f->m, rest, size_mul(f->m, coef, last));
    }
  }
  return NULL;
}

static bool is_never_negative(Fold *f, Size *size) {
  for (int depth = 0; size && depth < MAX_NESTING; depth++) {
    int64_t constant;
    if (size_is_const(size, &constant)) return constant >= 0;
    const Value *counter = innermost_counter(f, size);
    if (!counter) return false;
    size = least_over(f, size, counter);
  }
  return false;
}

bool int_at_most(Fold *f, Value *a, Value *b, int64_t distance) {
  Size *difference = size_sub(f->m, fold_size(f, b), fold_size(f, a));
  return is_never_negative(f, size_sub(f->m, difference, size_const(f->m, distance)));
}

bool int_is_never_negative(Fold *f, Value *a) { return is_never_negative(f, fold_size(f, a)); }
