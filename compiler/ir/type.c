/* type - interned scalar and array types: equal types are the same pointer. */
#include "ir/intern.h"
#include "ir/ir.h"

#include <assert.h>
#include <string.h>

static bool types_equal(const void *a, const void *b) {
  const Type *x = a, *y = b;
  return x->kind == y->kind && x->rank == y->rank &&
         memcmp(x->dims, y->dims, sizeof x->dims[0] * (size_t)x->rank) == 0;
}

Type *type_array(Module *m, Kind kind, int rank, Size *const *dims) {
  assert(rank <= MAX_RANK);
  Type key = {.kind = kind, .rank = rank};
  uint64_t hash = intern_mix(intern_mix(INTERN_SEED, (uint64_t)kind), (uint64_t)rank);
  for (int d = 0; d < rank; d++) {
    key.dims[d] = dims[d];
    hash = intern_mix(hash, (uint64_t)(uintptr_t)dims[d] >> 4);
  }
  Type *type = intern_find(m->types, hash, &key, types_equal);
  if (type) return type;
  type = ARENA_NEW(m->arena, Type);
  *type = key;
  intern_add(m->types, hash, type);
  return type;
}

Type *type_scalar(Module *m, Kind kind) { return type_array(m, kind, 0, NULL); }

Type *type_prefixed(Module *m, int n_outer, Size *const *outer, const Type *inner) {
  Size *dims[2 * MAX_RANK];
  for (int d = 0; d < n_outer; d++) dims[d] = outer[d];
  for (int d = 0; d < inner->rank; d++) dims[n_outer + d] = inner->dims[d];
  return type_array(m, inner->kind, n_outer + inner->rank, dims);
}
