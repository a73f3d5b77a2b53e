/* Products: a contraction (ir/contraction.h) becomes a call of the runtime's kernel for matrices, with
 * loops around it for the indices that are left. Here it is chosen which index is what. */
#include "backend/c_product.h"

/* ---- strides --------------------------------------------------------------------------------- */

/* How far apart neighbours in dimension d of the value lie. */
static Size *dimension_stride(Code *c, const Value *array, int d) {
  const View *view = fact(c->p, array)->view;
  const Type *whole = storage_of(c->p, array)->type;
  int k = -1, at = 0;
  for (; at < view->rank; at++)
    if (view->dim[at].is_range && ++k == d) break;
  Size *stride = size_const(c->m, 1);
  for (at++; at < view->rank; at++) stride = size_mul(c->m, stride, whole->dims[at]);
  return stride;
}

Size *product_stride(Code *c, const Access *access, int q) {
  Size *sum = size_const(c->m, 0);
  for (int d = 0; access->array && d < access->array->type->rank; d++) {
    Size *step = size_const(c->m, access->step[d][q]);
    sum = size_add(c->m, sum, size_mul(c->m, step, dimension_stride(c, access->array, d)));
  }
  return sum;
}

static bool is_contiguous(Code *c, const Access *access, int q) {
  int64_t n;
  return size_is_const(product_stride(c, access, q), &n) && n == 1;
}

static bool has_place(Code *c, const Access *access) {
  return access->array && storage_of(c->p, access->array) && fact(c->p, access->array)->view;
}

/* ---- which index is what --------------------------------------------------------------------- */

int64_t product_extent(const Product *p, int q) {
  int64_t n;
  return size_is_const(p->form.extent[q], &n) ? n : 64;
}

static void take_larger(const Product *p, int *best, int q) {
  if (*best < 0 || product_extent(p, q) > product_extent(p, *best)) *best = q;
}

/* The columns lie side by side in the result. */
static bool choose_columns(Product *p) {
  p->columns = -1;
  for (int q = 0; q < p->form.n; q++)
    if (is_of_one(&p->form, q) && is_contiguous(p->c, &p->form.c, q)) take_larger(p, &p->columns, q);
  if (p->columns < 0) return false;
  const bool swap = p->form.a.moves >> p->columns & 1;
  p->left = swap ? &p->form.b : &p->form.a;
  p->right = swap ? &p->form.a : &p->form.b;
  return true;
}

/* Has the index a dimension of the result in which the other does not move? */
static bool has_own_dimension(const Access *result, int q, int other) {
  for (int d = 0; d < result->array->type->rank; d++)
    if (result->step[d][q] && !result->step[d][other]) return true;
  return false;
}

/* The kernel has several rows in registers at once: they must not share elements, as those at i + k
 * would. */
static void choose_rows(Product *p) {
  const Access *result = &p->form.c;
  p->rows = -1;
  for (int q = 0; q < p->form.n; q++)
    if (is_of_one(&p->form, q) && p->left->moves >> q & 1 &&
        has_own_dimension(result, q, p->columns) && has_own_dimension(result, p->columns, q))
      take_larger(p, &p->rows, q);
}

static void choose_terms(Product *p) {
  p->terms = -1;
  for (int q = 0; q < p->form.n; q++)
    if (is_summed(&p->form, q)) take_larger(p, &p->terms, q);
}

/* Sums over windows, all indices of which are short but one: the kernel runs them all, so that the
 * result's elements stay in registers meanwhile. */
static void choose_levels(Product *p) {
  enum { SHORT = 16 };
  int level[MAX_LEVELS], count = 0;
  if (!is_contiguous(p->c, p->right, p->columns)) return;
  for (int q = 0; q < p->form.n; q++) {
    if (!is_summed(&p->form, q)) continue;
    if (count == MAX_LEVELS || (q != p->terms && product_extent(p, q) > SHORT)) return;
    level[count++] = q;
  }
  if (count < 2) return;
  p->n_levels = count;
  for (int k = 0; k < count; k++) p->level[k] = level[k];
}

/* The terms lie side by side in both factors. */
static bool choose_contiguous_terms(Product *p) {
  p->terms = -1;
  for (int q = 0; q < p->form.n; q++)
    if (is_summed(&p->form, q) && is_contiguous(p->c, &p->form.a, q) &&
        is_contiguous(p->c, &p->form.b, q))
      take_larger(p, &p->terms, q);
  return p->terms >= 0;
}

/* An index of the factor alone: one by which windows overlap, or else the largest. */
static int choose_window(const Product *p, const Access *factor) {
  int best = -1;
  for (int q = 0; q < p->form.n; q++)
    if (is_of_one(&p->form, q) && factor->moves >> q & 1) {
      if (is_contiguous(p->c, factor, q)) return q;
      take_larger(p, &best, q);
    }
  return best;
}

/* What is left of the columns' side: the kernel goes through those, too, while it has the rows at hand. */
static void choose_windows(Product *p) {
  enum { WINDOWS = 2 };
  for (int q = 0; q < p->form.n && p->n_levels < WINDOWS; q++)
    if (is_of_one(&p->form, q) && p->right->moves >> q & 1 && q != p->columns)
      p->level[p->n_levels++] = q;
}

/* ---- windows that overlap in the result ------------------------------------------------------ */

static bool moves_alike(const Product *p, int q, int other) {
  int64_t apart;
  const Access *result = &p->form.c;
  return size_difference(product_stride(p->c, result, q), product_stride(p->c, result, other), &apart) &&
         apart == 0;
}

/* Has the index a dimension of the result that none of those of the windows moves in? */
static bool is_apart(const Product *p, int q) {
  const int others[] = {p->columns, p->window, p->high, p->along};
  const Access *result = &p->form.c;
  for (int d = 0; d < result->array->type->rank; d++) {
    if (!result->step[d][q]) continue;
    int k = 0;
    while (k < 4 && (others[k] < 0 || !result->step[d][others[k]])) k++;
    if (k == 4) return true;
  }
  return false;
}

/* The largest index of the left factor with a dimension of its own. */
static void choose_rows_apart(Product *p) {
  p->rows = -1;
  for (int q = 0; q < p->form.n; q++)
    if (is_of_one(&p->form, q) && p->left->moves >> q & 1 && is_apart(p, q)) take_larger(p, &p->rows, q);
}

/* A second pair of indices, one of either factor, that move the result alike. */
static void choose_second_window(Product *p) {
  const Contraction *form = &p->form;
  for (int i = 0; i < form->n; i++) {
    if (i == p->columns || !is_of_one(form, i) || !(p->right->moves >> i & 1)) continue;
    for (int k = 0; k < form->n; k++)
      if (k != p->window && is_of_one(form, k) && p->left->moves >> k & 1 && moves_alike(p, i, k)) {
        p->along = i;
        p->high = k;
        return;
      }
  }
}

/* What comes back to a convolution's input: c[r, i + k, j + l] += a[q, r, k, l]*b[q, i, j]. Were only j the
 * kernel's, each element would be loaded and stored once for every k and l. */
static bool choose_scattered_windows(Product *p) {
  const Contraction *form = &p->form;
  if (p->terms < 0 || !is_contiguous(p->c, p->right, p->columns)) return false;
  for (int q = 0; q < form->n && p->window < 0; q++)
    if (is_of_one(form, q) && p->left->moves >> q & 1 && is_contiguous(p->c, &form->c, q)) p->window = q;
  if (p->window < 0) return false;
  choose_second_window(p);
  choose_rows_apart(p);
  return true;
}

/* ---- dot products ---------------------------------------------------------------------------- */

/* Dot products, where the result has no dimension along which vectors would do: the gradient of a
 * convolution's kernels. One row of plain dot products is a matrix times a vector. */
static bool choose_dots(Product *p) {
  enum { WIDE = 8, LONG = 8 };
  p->runs = -1;
  if (p->columns >= 0 && product_extent(p, p->columns) >= WIDE) return false;
  if (!choose_contiguous_terms(p) || product_extent(p, p->terms) < LONG) return false;
  const int a = choose_window(p, &p->form.a), b = choose_window(p, &p->form.b);
  if (a < 0 && b < 0) return false;
  const bool a_overlaps = a >= 0 && is_contiguous(p->c, &p->form.a, a);
  const bool b_overlaps = b >= 0 && is_contiguous(p->c, &p->form.b, b);
  for (int q = 0; q < p->form.n; q++)
    if (is_summed(&p->form, q) && q != p->terms) take_larger(p, &p->runs, q);
  if ((a < 0 || b < 0) && !a_overlaps && !b_overlaps && p->runs < 0) return false;
  const bool swap = b < 0 || a_overlaps;
  p->left = swap ? &p->form.b : &p->form.a;
  p->right = swap ? &p->form.a : &p->form.b;
  p->rows = swap ? b : a;
  p->columns = swap ? a : b;
  choose_windows(p);
  return true;
}

static bool choose(Product *p) {
  enum { FEW = 4 };
  const bool has_columns = choose_columns(p);
  p->n_levels = 0;
  p->window = p->high = p->along = -1;
  p->is_dots = choose_dots(p);
  if (p->is_dots) return true;
  p->runs = -1;
  if (!has_columns) return false;
  choose_rows(p);
  choose_terms(p);
  if (p->terms < 0 || product_extent(p, p->columns) < FEW) return false;
  if (choose_scattered_windows(p)) return true;
  choose_levels(p);
  p->is_dot = p->rows < 0 && !is_contiguous(p->c, p->right, p->columns);
  return !p->is_dot || (is_contiguous(p->c, p->right, p->terms) &&
                        is_contiguous(p->c, p->left, p->terms));
}

bool product_is_kernels(const Product *p, int q) {
  for (int k = 0; k < p->n_levels; k++)
    if (q == p->level[k]) return true;
  return q == p->rows || q == p->columns || q == p->terms || q == p->runs || q == p->window ||
         q == p->high || q == p->along;
}

bool product_choose(Product *p, const Instr *instr) {
  Code *c = p->c;
  return contraction_find(instr, &p->form) && contraction_is_large(&p->form) &&
         has_place(c, &p->form.c) && has_place(c, &p->form.a) && has_place(c, &p->form.b) && choose(p);
}
