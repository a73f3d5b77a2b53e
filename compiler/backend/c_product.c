/* Products: a contraction (ir/contraction.h) becomes a call of the runtime's kernel for matrices, with
 * loops around it for the indices that are left. */
#include "backend/code.h"

#include "ir/contraction.h"

#include <string.h>

enum { MAX_LEVELS = 3 };

typedef struct {
  Code *c;
  Contraction form;
  int rows, columns, terms;      /* which indices the kernel runs over; rows may be -1: one row */
  int runs;                      /* a second index of the sum that dp_dots runs over, or -1 */
  int level[MAX_LEVELS];         /* indices of nested loops that the kernel runs, the outermost first, */
  int n_levels;                  /* instead of `terms`, or, for dp_dots, around it */
  const Access *left, *right;    /* the factor with the rows, the factor with the columns */
  bool is_dot;                   /* the right factor's rows are contiguous along the sum */
  bool is_dots;                  /* both factors are, and the result is narrow */
  int window;                    /* an index of the left factor that moves the result as `columns` does, */
  int high, along;               /* or -1; so do a second one and one of the right factor, or both are -1 */
  Expr at[MAX_INDICES];          /* each index's value: that of a loop around the kernel, or 0 */
} Product;

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

/* How far a step of index q goes in the array. */
static Size *stride(Code *c, const Access *access, int q) {
  Size *sum = size_const(c->m, 0);
  for (int d = 0; access->array && d < access->array->type->rank; d++) {
    Size *step = size_const(c->m, access->step[d][q]);
    sum = size_add(c->m, sum, size_mul(c->m, step, dimension_stride(c, access->array, d)));
  }
  return sum;
}

static bool is_contiguous(Code *c, const Access *access, int q) {
  int64_t n;
  return size_is_const(stride(c, access, q), &n) && n == 1;
}

static bool has_place(Code *c, const Access *access) {
  return access->array && storage_of(c->p, access->array) && fact(c->p, access->array)->view;
}

/* ---- which index is what --------------------------------------------------------------------- */

static int64_t extent_of(const Product *p, int q) {
  int64_t n;
  return size_is_const(p->form.extent[q], &n) ? n : 64;
}

static void take_larger(const Product *p, int *best, int q) {
  if (*best < 0 || extent_of(p, q) > extent_of(p, *best)) *best = q;
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
    if (count == MAX_LEVELS || (q != p->terms && extent_of(p, q) > SHORT)) return;
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
  return size_difference(stride(p->c, &p->form.c, q), stride(p->c, &p->form.c, other), &apart) && apart == 0;
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
  if (p->columns >= 0 && extent_of(p, p->columns) >= WIDE) return false;
  if (!choose_contiguous_terms(p) || extent_of(p, p->terms) < LONG) return false;
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
  if (p->terms < 0 || extent_of(p, p->columns) < FEW) return false;
  if (choose_scattered_windows(p)) return true;
  choose_levels(p);
  p->is_dot = p->rows < 0 && !is_contiguous(p->c, p->right, p->columns);
  return !p->is_dot || (is_contiguous(p->c, p->right, p->terms) &&
                        is_contiguous(p->c, p->left, p->terms));
}

static bool match(Product *p, const Instr *instr) {
  Code *c = p->c;
  return contraction_find(instr, &p->form) && contraction_is_large(&p->form) &&
         has_place(c, &p->form.c) && has_place(c, &p->form.a) && has_place(c, &p->form.b) && choose(p);
}

/* ---- where the operands begin ---------------------------------------------------------------- */

static Expr place(const Product *p, const Value *value);

static Expr difference(Code *c, Expr a, Expr b) {
  if (b.is_int) return expr_add(c, a, expr_int(c, -b.value));
  const char *first = a.is_int && a.value == 0 ? "" : expr_at(c, a, PREC_SUM);
  Expr e = expr_text(arena_format(c->m->arena, "%s%s%s", first, *first ? " - " : "-",
                                  expr_at(c, b, *first ? PREC_PRODUCT : PREC_UNARY)));
  e.prec = *first ? PREC_SUM : PREC_UNARY;
  return e;
}

static Expr multiple(Code *c, Expr a, Expr b) {
  if (a.is_int && b.is_int) return expr_int(c, a.value * b.value);
  if ((a.is_int && a.value == 0) || (b.is_int && b.value == 0)) return expr_int(c, 0);
  Expr e = expr_text(arena_format(c->m->arena, "%s * %s", expr_at(c, a, PREC_PRODUCT),
                                  expr_at(c, b, PREC_UNARY)));
  e.prec = PREC_PRODUCT;
  return e;
}

/* An int of the body, linear in the indices as contraction_find has seen. */
static Expr place_inside(const Product *p, const Instr *def) {
  Code *c = p->c;
  switch ((int)def->op) {
    case OP_CONST: return expr_constant(c, &def->constant);
    case OP_SIZE: return expr_size(c, def->size);
    case OP_add: return expr_add(c, place(p, def->operands[0]), place(p, def->operands[1]));
    case OP_sub: return difference(c, place(p, def->operands[0]), place(p, def->operands[1]));
    case OP_neg: return difference(c, expr_int(c, 0), place(p, def->operands[0]));
    default: return multiple(c, place(p, def->operands[0]), place(p, def->operands[1]));
  }
}

static Expr place(const Product *p, const Value *value) {
  for (int q = 0; q < p->form.n; q++)
    if (value == p->form.index[q]) return p->at[q];
  if (!region_is_within(value_region(value), p->form.body)) return expr_value(p->c, value);
  return place_inside(p, value->def);
}

static const char *address(const Product *p, const Access *access) {
  Expr indices[MAX_RANK];
  for (int d = 0; d < access->array->type->rank; d++) indices[d] = place(p, access->places[d]);
  const char *element = expr_element(p->c, access->array, indices).text;
  const size_t length = strlen(element);
  if (length > 3 && !strcmp(element + length - 3, "[0]"))
    return arena_format(p->c->m->arena, "%.*s", (int)length - 3, element);
  return arena_format(p->c->m->arena, "&%s", element);
}

/* ---- the result's first value ---------------------------------------------------------------- */

/* Does the kernel run over the index? */
static bool is_kernels(const Product *p, int q) {
  for (int k = 0; k < p->n_levels; k++)
    if (q == p->level[k]) return true;
  return q == p->rows || q == p->columns || q == p->terms || q == p->runs || q == p->window ||
         q == p->high || q == p->along;
}

/* Does the product give all of the result, each element once? */
static bool gives_all(const Product *p) {
  const Contraction *form = &p->form;
  unsigned seen = 0;
  for (int q = 0; q < form->n; q++)
    if (is_summed(form, q) && !is_kernels(p, q)) return false;
  for (int d = 0; d < form->c.array->type->rank; d++) {
    int q = 0;
    while (q < form->n && form->index[q] != form->c.places[d]) q++;
    if (q == form->n || seen >> q & 1 || form->extent[q] != form->c.array->type->dims[d]) return false;
    seen |= 1u << q;
  }
  return true;
}

static bool starts_at_zero(const Product *p) {
  const Instr *instr = p->form.instr;
  const Constant *fill = splat_of(instr->operands[0]);
  return fill && fill->real == 0 && !storage_of(p->c->p, instr->operands[0]);
}

static void fill_zero(const Product *p) {
  Code *c = p->c;
  const size_t mark = c_names_mark(c->names);
  const int depth = c->depth;
  Expr index[MAX_RANK];
  for (int d = 0; d < p->form.instr->n_extents; d++)
    index[d] = code_open_for(c, "i", p->form.extent[d]);
  code_line(c, "%s = 0.0%s;", expr_element(c, p->form.c.array, index).text,
            c->options->single_precision ? "f" : "");
  while (c->depth > depth) code_close(c);
  c_names_release(c->names, mark);
}

/* Writes what must be there before; says whether the kernel only has to set. */
static bool begin(const Product *p) {
  const Instr *instr = p->form.instr;
  if (instr->op == OP_MAP) {
    if (gives_all(p)) return true;
    fill_zero(p);
    return false;
  }
  if (gives_all(p) && starts_at_zero(p)) return true;
  code_moves(p->c, node(p->c->p, instr)->before);
  return false;
}

/* ---- the call -------------------------------------------------------------------------------- */

static const char *stride_text(const Product *p, const Access *access, int q) {
  return q < 0 ? "0" : expr_size(p->c, stride(p->c, access, q)).text;
}

static const char *extent_text(const Product *p, int q) {
  return q < 0 ? "1" : expr_size(p->c, p->form.extent[q]).text;
}

/* The levels, `count` of them with those that are missing, as far as they go in two arrays. */
static const char *levels_text(const Product *p, int count, const Access *first, const Access *second) {
  Text text = {.arena = p->c->m->arena};
  for (int k = 0; k < count; k++) {
    const int missing = count - p->n_levels, q = k < missing ? -1 : p->level[k - missing];
    text_format(&text, "%s{%s, %s, %s}", k ? ", " : "", extent_text(p, q), stride_text(p, first, q),
                stride_text(p, second, q));
  }
  return arena_format(p->c->m->arena, "(const dp_level[]){%s}", text.text);
}

/* add: what follows the kernel's name. */
static void code_call_dots(const Product *p, const char *add) {
  const char *levels = p->n_levels ? arena_format(p->c->m->arena, ", %s",
                                                  levels_text(p, 2, p->right, &p->form.c)) : "";
  code_line(p->c, "dp_dots%s%s(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s%s);",
            p->n_levels ? "_levels" : "", add, extent_text(p, p->rows), extent_text(p, p->columns),
            extent_text(p, p->runs), extent_text(p, p->terms), address(p, p->left),
            stride_text(p, p->left, p->rows), stride_text(p, p->left, p->runs), address(p, p->right),
            stride_text(p, p->right, p->columns), stride_text(p, p->right, p->runs),
            address(p, &p->form.c), stride_text(p, &p->form.c, p->rows),
            stride_text(p, &p->form.c, p->columns), levels);
}

static void code_call_windows(const Product *p, const char *suffix) {
  const Access *a = p->left, *b = p->right, *c = &p->form.c;
  code_line(p->c, "dp_matmul_windows_add%s(&(const dp_windows){.rows = %s, .terms = %s, .runs = %s, "
            ".height = %s, .columns = %s, .width = %s, .a_row = %s, .a_term = %s, .a_run = %s, "
            ".a_column = %s, .b_term = %s, .b_run = %s, .c_row = %s, .c_run = %s}, %s, %s, %s);",
            suffix, extent_text(p, p->rows), extent_text(p, p->terms), extent_text(p, p->along),
            extent_text(p, p->high), extent_text(p, p->columns), extent_text(p, p->window),
            stride_text(p, a, p->rows), stride_text(p, a, p->terms), stride_text(p, a, p->high),
            stride_text(p, a, p->window), stride_text(p, b, p->terms), stride_text(p, b, p->along),
            stride_text(p, c, p->rows), stride_text(p, c, p->along), address(p, a), address(p, b),
            address(p, c));
}

static void code_call_kernel(const Product *p, bool is_set) {
  const char *suffix = p->c->options->single_precision ? "f" : "";
  const char *add = arena_format(p->c->m->arena, "%s%s", is_set ? "" : "_add", suffix);
  if (p->is_dots) {
    code_call_dots(p, add);
  } else if (p->window >= 0) {
    code_call_windows(p, suffix);
  } else if (p->is_dot) {
    code_line(p->c, "dp_matvec%s(%s, %s, %s, %s, %s, %s);", add, extent_text(p, p->columns),
              extent_text(p, p->terms), address(p, p->right), stride_text(p, p->right, p->columns),
              address(p, p->left), address(p, &p->form.c));
  } else if (p->n_levels) {
    code_line(p->c, "dp_matmul_levels%s(%s, %s, %s, %s, %s, %s, %s, %s);", add,
              extent_text(p, p->rows), extent_text(p, p->columns),
              levels_text(p, MAX_LEVELS, p->left, p->right), address(p, p->left),
              stride_text(p, p->left, p->rows), address(p, p->right), address(p, &p->form.c),
              stride_text(p, &p->form.c, p->rows));
  } else {
    code_line(p->c, "dp_matmul%s(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s);", add,
              extent_text(p, p->rows), extent_text(p, p->columns), extent_text(p, p->terms),
              address(p, p->left), stride_text(p, p->left, p->rows),
              stride_text(p, p->left, p->terms), address(p, p->right),
              stride_text(p, p->right, p->terms), stride_text(p, p->right, p->columns),
              address(p, &p->form.c), stride_text(p, &p->form.c, p->rows));
  }
}

bool code_product(Code *c, const Instr *instr) {
  Product p = {.c = c};
  if (!match(&p, instr)) return false;
  const bool is_set = begin(&p);
  const size_t mark = c_names_mark(c->names);
  const int depth = c->depth;
  for (int q = 0; q < p.form.n; q++) {
    const char *hint = p.form.index[q]->name ? p.form.index[q]->name : "i";
    p.at[q] = is_kernels(&p, q) ? expr_int(c, 0) : code_open_for(c, hint, p.form.extent[q]);
  }
  code_call_kernel(&p, is_set);
  while (c->depth > depth) code_close(c);
  c_names_release(c->names, mark);
  c->uses_linalg = true;
  return true;
}
