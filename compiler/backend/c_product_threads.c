/* Products on several threads: iterations of a loop around the kernel whose results are apart, or else blocks
 * of the kernel's rows. Every element is the same sum in the same order for any number of threads. */
#include "backend/c_product.h"

/* So many products does a kernel add while a loop does one cheap operation. */
enum { TERMS_PER_OPERATION = 16 };

/* Has the index a dimension of the result in which no other moves? */
static bool has_its_dimension(const Product *p, int q) {
  const Access *result = &p->form.c;
  for (int d = 0; d < result->array->type->rank; d++) {
    if (!result->step[d][q]) continue;
    int other = 0;
    while (other < p->form.n && (other == q || !result->step[d][other])) other++;
    if (other == p->form.n) return true;
  }
  return false;
}

/* Is a space around it shared out already? */
static bool is_on_a_thread(const Product *p) {
  const Instr *around = p->form.instr->parent->parent;
  for (; around; around = around->parent->parent)
    if (node(p->c->p, around)->parallel) return true;
  return false;
}

/* What the threads have to do each time that they meet at the loop over this index. */
static Size *work_inside(const Product *p, int index) {
  Size *work = size_const(p->c->m, 1);
  for (int q = 0; q < p->form.n; q++)
    if (q >= index || product_is_kernels(p, q)) work = size_mul(p->c->m, work, p->form.extent[q]);
  return work;
}

static bool is_enough(const Product *p, int index) {
  int64_t work;
  return !size_is_const(work_inside(p, index), &work) || work / TERMS_PER_OPERATION >= PARALLEL_WORK;
}

Sharing product_sharing(const Product *p) {
  enum { FEW = 4, ROWS = 8, PACKED_ROWS = 16 }; /* a plain product packs its factor for so many rows */
  const Sharing none = {.index = -1};
  if (!p->c->options->parallel || is_on_a_thread(p)) return none;
  for (int q = 0; q < p->form.n; q++)
    if (!product_is_kernels(p, q) && has_its_dimension(p, q) && product_extent(p, q) >= FEW &&
        is_enough(p, q))
      return (Sharing){.index = q};
  const int together = p->is_dots || p->window >= 0 || p->n_levels ? ROWS : PACKED_ROWS;
  if (p->rows < 0 || !has_its_dimension(p, p->rows) || !is_enough(p, p->rows)) return none;
  if (product_extent(p, p->rows) < 2 * together) return none;
  return (Sharing){.index = p->rows, .together = together};
}

const char *product_pragma(const Product *p) {
  return arena_format(p->c->m->arena, "DP_PARALLEL((%s) / %d)",
                      code_work(p->c, work_inside(p, p->sharing.index)), TERMS_PER_OPERATION);
}
