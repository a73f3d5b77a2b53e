/* The code of a product: the result's first value, loops around the kernel, the call. */
#include "backend/c_product.h"

#include <string.h>

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

/* Does the product give all of the result, each element once? */
static bool gives_all(const Product *p) {
  const Contraction *form = &p->form;
  unsigned seen = 0;
  for (int q = 0; q < form->n; q++)
    if (is_summed(form, q) && !product_is_kernels(p, q)) return false;
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
  return q < 0 ? "0" : expr_size(p->c, product_stride(p->c, access, q)).text;
}

/* How many steps of the index the kernel does: those of a block, where blocks are shared out. */
static const char *extent_text(const Product *p, int q) {
  if (q < 0) return "1";
  const char *all = expr_size(p->c, p->form.extent[q]).text;
  if (q != p->sharing.index || !p->sharing.together) return all;
  const Expr left = difference(p->c, expr_size(p->c, p->form.extent[q]), p->at[q]);
  int64_t n;
  if (size_is_const(p->form.extent[q], &n) && n % p->sharing.together == 0)
    return arena_format(p->c->m->arena, "%d", p->sharing.together);
  return arena_format(p->c->m->arena, "dp_min_int(%d, %s)", p->sharing.together, left.text);
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

/* Opens the loop over an index, or over blocks of the kernel's rows; gives the index's value. */
static Expr open_loop(const Product *p, int q) {
  Code *c = p->c;
  const char *hint = p->form.index[q]->name ? p->form.index[q]->name : "i";
  const bool is_shared = q == p->sharing.index;
  if (is_shared) code_line(c, "%s", product_pragma(p));
  if (!is_shared || !p->sharing.together) return code_open_for(c, hint, p->form.extent[q]);
  const char *name = c_names_take(c->names, hint);
  code_open(c, "for (int64_t %s = 0; %s < %s; %s += %d)", name, name,
            expr_size(c, p->form.extent[q]).text, name, p->sharing.together);
  return expr_text(name);
}

bool code_product(Code *c, const Instr *instr) {
  Product p = {.c = c};
  if (!product_choose(&p, instr)) return false;
  p.sharing = product_sharing(&p);
  const bool is_set = begin(&p);
  const size_t mark = c_names_mark(c->names);
  const int depth = c->depth;
  for (int q = 0; q < p.form.n; q++) {
    const bool is_loop = !product_is_kernels(&p, q) || q == p.sharing.index;
    p.at[q] = is_loop ? open_loop(&p, q) : expr_int(c, 0);
  }
  code_call_kernel(&p, is_set);
  while (c->depth > depth) code_close(c);
  c_names_release(c->names, mark);
  c->uses_linalg = true;
  return true;
}
