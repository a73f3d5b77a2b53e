/* need - which values a set of results needs, through loops, branches and sizes; what a loop
 * carries only for itself is not needed. */
#ifndef DPC_IR_NEED_H
#define DPC_IR_NEED_H

#include "base/id_set.h"
#include "ir/ir.h"

typedef struct Need Need;

struct Need {
  Module *m;
  Region *root;    /* values outside it are not followed */
  IdSet marked;    /* needed values of root and of what is inside, by id */
  ValueList work;
  const Region *region; /* what decides whether it runs is marked: that of the value followed last */
  /* Asked for each value newly marked: false stops there. */
  bool (*follow)(void *user, Value *value);
  void *user;
};

/* All of it is scratch. */
Need need_new(Module *m, Region *root);
/* Marks value and, through the work list, all that it needs. */
void need_value(Need *need, Value *value);
void need_yields(Need *need);
static inline bool is_needed(const Need *need, const Value *value) {
  return id_set_has(&need->marked, value->id);
}

#endif
