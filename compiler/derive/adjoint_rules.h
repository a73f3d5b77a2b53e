/* adjoint_rules - shared by the files of reverse mode: adjoint.c (straight-line code), adjoint_space.c
 * (map, reduce, sweep), adjoint_time.c (loop, while), adjoint_branch.c (if).
 *
 * The adjoint of a value is built up as contributions come in, from the last use to the first; `bar`
 * holds the sum so far. None means structurally zero: such a value is never multiplied, so that it
 * can't meet an infinite partial derivative. */
#ifndef DPC_DERIVE_ADJOINT_RULES_H
#define DPC_DERIVE_ADJOINT_RULES_H

#include "derive/lasting.h"
#include "derive/once.h"
#include "ir/ir.h"
#include "source/diag.h"

typedef struct {
  Module *m;
  Diag *diag;
  ValueMap varied;    /* values that depend on what is differentiated */
  ValueMap bar;       /* value -> its adjoint so far */
  ValueMap in_place;  /* values whose adjoint is threaded through a region: only `accum` touches it */
  ValueMap tapes;     /* results that are tapes of loops */
  TwiceList *twice;   /* maps whose reverse runs their whole body again */
  int augmented;      /* counts primal instructions that got more results */
  const ReverseSteps *around; /* the reverse loop that is being built, in those around it; or NULL */
} Adjoint;

/* ---- adjoint.c ------------------------------------------------------------------------------ */

/* Reverses the instructions last..first of one region; code goes to the builder's place. */
void reverse_range(Adjoint *a, Builder *b, Instr *first, Instr *last);
Value *bar_of(const Adjoint *a, const Value *value);
void set_bar(Adjoint *a, Value *value, Value *bar);
/* value's adjoint += contribution; nothing if the value does not vary. */
void add_bar(Adjoint *a, Builder *b, Value *value, Value *contribution);
/* The same for a block of an array (starts and ranges as in ir.h). */
void add_bar_block(Adjoint *a, Builder *b, Value *array, Value *contribution, Value *const *starts,
                   unsigned ranges);
Name bar_name(Adjoint *a, const Value *value);

/* ---- scopes: adjoints of values from outside that a region adds to (adjoint.c) ---------------- */

typedef struct {
  Value *value;  /* the primal value, defined outside */
  Value *before; /* its adjoint outside, or NULL */
  Value *init;   /* the same with NULL as zeros: where the region starts */
  Value *inside; /* the region's parameter, or init */
  bool was_in_place;
} Shared;

typedef struct {
  Vec(Shared) list;
} Scope;

typedef enum { SCOPE_SWEEP, SCOPE_LOOP, SCOPE_BRANCH } ScopeKind;

/* Finds the varied free values of the regions; zeros go to `outer`. */
Scope scope_open(Adjoint *a, Builder *outer, ScopeKind kind, int n_regions,
                 Region *const *regions);
/* Their adjoints become parameters of region (sweep, loop) or are what they are outside (branch). */
void scope_enter(Adjoint *a, Scope *scope, ScopeKind kind, Region *region);
/* Adjoints at the region's end. */
void scope_yield(Adjoint *a, const Scope *scope, Region *region);
/* Takes out those that the regions, which all end in the scope's yields, pass on unchanged.
 * n_before: parameters
 * (sweep, loop) and yields before the scope's. */
void scope_drop_unchanged(Adjoint *a, Scope *scope, ScopeKind kind, int n_regions,
                          Region *const *regions, int params_before, int yields_before);
/* After the instruction is built: its results from `first` on are the adjoints. */
void scope_close(Adjoint *a, Scope *scope, const Instr *instr, int first);

/* ---- structured forms ------------------------------------------------------------------------ */

void reverse_map(Adjoint *a, Builder *b, Instr *map);
void reverse_reduce(Adjoint *a, Builder *b, Instr *reduce);
void reverse_sweep(Adjoint *a, Builder *b, Instr *sweep);
void reverse_loop(Adjoint *a, Builder *b, Instr *loop); /* also while */
void reverse_if(Adjoint *a, Builder *b, Instr *branch);

/* ---- clones (adjoint.c) ---------------------------------------------------------------------- */

/* The copy of a primal body at the end of a region. */
typedef struct {
  Instr *before;       /* the instruction before the copy, or NULL */
  Instr *first, *last; /* NULL if there is nothing to copy */
} Clone;

/* Copies body's instructions to the end of the builder's region and marks what varies in the copy. */
Clone clone_primal(Adjoint *a, Builder *b, const Region *body, ValueMap *map);
/* Reverses the copy. What reversal puts before its first instruction (the beginning of a tape) becomes part
 * of it. */
void reverse_clone(Adjoint *a, Builder *b, Clone *clone);

#endif
