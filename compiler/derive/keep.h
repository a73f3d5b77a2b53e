/* keep - what a reverse step keeps of the primal step: store or recompute.
 *
 * A reverse region begins with a copy of the primal body ("the clone"), followed by the reverse code, which
 * uses some of the clone's values. Each of those is either read back from where the forward run
 * stored it, or computed again from others.
 *
 *   stored      state at the start of the step (the placeholders), and results of expensive
 *               instructions: transcendental functions, reductions, loops, solves
 *   recomputed  sums, products, loads, index arithmetic, comparisons; and inner loops whose own tapes are
 *               needed, unless they have few steps, known at compile time: their memory is then one
 *               step's, not all steps'
 *   an element of a carried array that is needed alone is stored as a scalar, not with its array
 *   what the step wrote to where it lasts is read there (lasting.h) and costs nothing
 *   less, where less does: the minimum cut between those and what the reverse code uses
 */
#ifndef DPC_DERIVE_KEEP_H
#define DPC_DERIVE_KEEP_H

#include "ir/ir.h"

typedef struct {
  Module *m;
  Region *region;        /* the reverse region, its yields set */
  Instr *first, *last;   /* the clone in it; NULL: empty */
  int n_state;
  Value **state;         /* placeholders for the state at the start of the step */
  const ValueMap *tapes; /* results that are tapes of inner loops: never stored */
  int n_outer;           /* dimensions that storing adds in front */
  const IdMap *lasting;  /* LastingWrite by id of the value that is written; NULL: none */
  bool runs_again;       /* the tapes of this loop are made again by what is around it, at its full price */
  const char *again;     /* set by keep_choose: in words, what of the step is computed again */
} Keep;

/* In words, why a value of the primal step is stored: "result of tanh". */
const char *keep_reason(Module *m, const Value *value);

/* The values of the clone (and placeholders) to be stored, each once, in a fixed order. */
void keep_choose(Keep *keep, ValueList *stored);

/* ---- from values of the clone to values of the forward run ----------------------------------- */

/* Maps values of the clone back to those of the primal region; `cloned` is the map it was made with. */
ValueMap clone_inverse(Module *m, const Region *primal, const ValueMap *cloned);

/* The same where reversal has given instructions of the clone more results: makes a new primal
 * region from the clone, to take the place of the old one. */
Region *primal_from_clone(Module *m, const Region *old, const Keep *keep, const ValueMap *cloned,
                          ValueMap *back);

/* In the whole reverse region: each stored value becomes its read. */
void keep_replace(Keep *keep, const ValueList *stored, Value *const *reads);

/* A builder before the clone, where reads go. */
Builder keep_reads(const Keep *keep);

/* Few steps, known at compile time: blocks of a network, stages of a method. Their tapes are stored
 * as those of the same steps written out would be; else all that is dear in them ran twice. */
bool is_short_loop(const Instr *loop);

/* Is recomputing the instruction dear, in itself or in its regions? */
bool is_expensive(const Instr *instr);

#endif
