/* fold_rules - what the files of fold share. */
#ifndef DPC_PASSES_FOLD_RULES_H
#define DPC_PASSES_FOLD_RULES_H

#include "ir/ir.h"

typedef struct {
  Module *m;
  const ValueMap *pinned;
  bool keep_copies;
  ValueMap replaced; /* value -> what takes its place; always a final value */
  IdMap sizes;       /* by value id: the polynomial of sums and products already looked at */
  IdMap links;       /* by value id: private to writers.c */
  int changes;
} Fold;

/* The instruction that makes value, or NULL where nothing may look through it. */
const Instr *look(const Fold *f, const Value *value);
bool look_int(const Fold *f, const Value *value, int64_t *result);
/* size_of_value, each value worked out once; products too long to be of use become atoms. */
Size *fold_size(Fold *f, Value *value);
/* Is a - b the same number whatever the sizes are? */
bool int_difference(Fold *f, Value *a, Value *b, int64_t *difference);

#endif
