/* contraction - sums of products as the IR writes them: C[..] += A[..] * B[..] over a space of indices.
 *
 * There is no instruction for it. What every pass knows already says it: a map of one sum, or a sweep,
 * or sweeps in each other, whose body does nothing but read two elements, multiply them and add. The
 * places of the elements are linear in the indices. Matrix-vector and matrix-matrix products, with any
 * operand transposed, batches of them, outer products and the inner loops of convolutions have this
 * form. */
#ifndef DPC_IR_CONTRACTION_H
#define DPC_IR_CONTRACTION_H

#include "ir/ir.h"

enum { MAX_INDICES = 2 * MAX_RANK };

/* One of the three arrays: where its element is at a point of the space. */
typedef struct {
  Value *array;          /* NULL: a scalar that is the same at all points */
  Value *const *places;  /* an int per dimension */
  int64_t step[MAX_RANK][MAX_INDICES]; /* by which index q moves the place in dimension d */
  unsigned moves;        /* bit q: the element depends on index q */
} Access;

typedef struct {
  const Instr *instr;    /* the map or the outermost sweep */
  const Region *body;    /* its region; all else is inside */
  int n;                 /* indices, the outermost first */
  Value *index[MAX_INDICES];
  Size *extent[MAX_INDICES];
  Value *factors[2];     /* what is multiplied */
  Access c, a, b;        /* a, b: the factors */
} Contraction;

bool contraction_find(const Instr *instr, Contraction *p);

/* Index q's part: it belongs to the result and to one factor (rows, columns), to both factors (the sum),
 * to all three (a batch). */
static inline bool is_summed(const Contraction *p, int q) {
  return (p->a.moves & p->b.moves & ~p->c.moves) >> q & 1;
}
static inline bool is_of_one(const Contraction *p, int q) {
  return ((p->a.moves ^ p->b.moves) & p->c.moves) >> q & 1;
}

/* Enough work for a kernel: sums of several terms, of which several share a factor. Sizes that are not
 * known count as large. */
bool contraction_is_large(const Contraction *p);
/* No sums, but an outer product so large that a sum of many of them should be one product. */
bool contraction_is_large_outer(const Contraction *p);

/* Is the instruction a contraction that is large? */
bool is_large_product(const Instr *instr);

#endif
