/* rewind_parts - shared by the files of rewind.h: small builders. */
#ifndef DPC_DERIVE_REWIND_PARTS_H
#define DPC_DERIVE_REWIND_PARTS_H

#include "derive/rewind.h"

static inline Value *plus(Builder *b, Value *x, Value *y) { return build_prim(b, OP_add, x, y); }
static inline Value *minus(Builder *b, Value *x, Value *y) { return build_prim(b, OP_sub, x, y); }
static inline Value *least(Builder *b, Value *x, Value *y) { return build_prim(b, OP_min, x, y); }
static inline Value *not_negative(Builder *b, Value *x) {
  return build_prim(b, OP_max, x, build_int(b, 0));
}

static inline Value *named(Module *m, Value *value, const char *name) {
  value->name = intern(m->names, name);
  return value;
}

static inline Name with_suffix(Module *m, const Value *value, const char *suffix) {
  return intern_format(m->names, "%s_%s", value->name ? value->name : "state", suffix);
}

/* array[at] = value; the other dimensions whole. */
static inline Value *put(Builder *b, Value *array, Value *value, Value *at) {
  Value *starts[MAX_RANK] = {at};
  for (int d = 1; d < array->type->rank; d++) starts[d] = build_int(b, 0);
  return build_update(b, OP_UPDATE, array, value, starts, ((1u << array->type->rank) - 1) & ~1u);
}

static inline Value *param_of(const Past *p, int carried) { return p->body->params[1 + carried]; }


#endif
