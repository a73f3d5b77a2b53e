/* c_product - what code_product has chosen: which of a contraction's indices the kernel runs over. */
#ifndef DPC_BACKEND_C_PRODUCT_H
#define DPC_BACKEND_C_PRODUCT_H

#include "backend/code.h"
#include "ir/contraction.h"

enum { MAX_LEVELS = 3 };

/* What --parallel shares out among threads. */
typedef struct {
  int index;    /* a loop around the kernel, or the kernel's rows, in blocks; -1: none */
  int together; /* rows of a block; 0: a loop around the kernel */
} Sharing;

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
  Sharing sharing;
  Expr at[MAX_INDICES];          /* each index's value: that of a loop around the kernel, or 0 */
} Product;

/* c_product.c: is the instruction a product that a kernel can do? Its choice to p. */
bool product_choose(Product *p, const Instr *instr);
/* How far a step of index q goes in the array. */
Size *product_stride(Code *c, const Access *access, int q);
/* About how many there are: sizes that are not known count as 64. */
int64_t product_extent(const Product *p, int q);
/* Does the kernel run over the index? */
bool product_is_kernels(const Product *p, int q);

/* c_product_threads.c: which loop --parallel shares out among threads. */
Sharing product_sharing(const Product *p);
/* The line before the loop. */
const char *product_pragma(const Product *p);

#endif
