#include "passes/pieces.h"

Size *number_of_pieces(Builder *b, Size *n, int64_t length) {
  int64_t known;
  if (size_is_const(n, &known)) return size_const(b->m, (known + length - 1) / length);
  Value *filled = build_size(b, size_add(b->m, n, size_const(b->m, length - 1)));
  return size_atom(b->m, build_prim(b, OP_int_div, filled, build_int(b, length)));
}
