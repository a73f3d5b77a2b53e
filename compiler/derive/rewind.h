/* rewind - code that runs a loop again from snapshots of its state. A part of the pass checkpoint. */
#ifndef DPC_DERIVE_REWIND_H
#define DPC_DERIVE_REWIND_H

#include "ir/ir.h"

/* A loop (or while) whose past is computed again. What its reverse loops read, `kept`, are values of its
 * body; the tapes that held them are gone. */
typedef struct {
  Module *m;
  Instr *loop;
  Region *body;
  ScheduleKind kind;
  ValueList kept;
  int n_state;
  int *state; /* which carried values decide the kept ones and the following states */
  Value *slots;  /* number of snapshots */
  Value *on_disk; /* the first of them, which go to the caller's store; NULL: none */
  int first_part; /* of the store: one part for each carried value in a snapshot */
  /* binomial, in memory, and only state is kept: the last steps are taped in the rows of the snapshots,
   * of which a kept array has one more. */
  bool in_rows;
  Value *stride; /* sqrt: steps between two */
  Size *n_slots, *n_times, *n_taped;
  Value *held, *times, *turn, **snapshots; /* when the reverse loop begins */
} Past;

/* Decides what is in a snapshot and how many there are; code goes before the loop. */
void past_plan(Past *past);
/* The loop takes the first snapshots as it runs; a while, whose steps are not known yet, takes none.
 * past->loop is then unlinked, and its results are mapped in `replaced`. */
void past_forward(Past *past, ValueMap *replaced);
/* At the beginning of each step of the reverse loop: the n kept values of the primal step `step`, which
 * is count - 1 - (number of the reverse step). */
void past_rewind(Past *past, Instr *reverse, Value *const *kept, int n, Value **found);

#endif
