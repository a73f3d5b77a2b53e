/* stencil_terms - what a sweep adds where, as terms that a gathering sweep sums up. A part of
 * stencil. */
#ifndef DPC_PASSES_STENCIL_TERMS_H
#define DPC_PASSES_STENCIL_TERMS_H

#include "passes/places.h"

/* Along one counter, the point that adds to element p. */
typedef enum {
  SOURCE_SHIFT, /* p - offset, if that is a point */
  SOURCE_WRAP,  /* (p - offset) mod n */
  SOURCE_LOW,   /* the point `edge`, if it adds to p */
  SOURCE_HIGH   /* the point n - 1 - edge, if it adds to p */
} SourceKind;

typedef struct {
  SourceKind kind;
  int64_t offset;
  int64_t edge;
  Value *index; /* SOURCE_LOW, SOURCE_HIGH: where the point adds, as the sweep says it */
} Source;

/* One array that the sweep adds to, or one sub-array of it at fixed indices. */
typedef struct {
  int accumulator;
  int counter_of[MAX_RANK];  /* by dimension of the array; -1: fixed */
  Value *fixed[MAX_RANK];
} Bin;

/* What the point at `source` adds to the element p of bins[i] through accums[i]. Not more than one bin
 * of an accumulator. */
typedef struct {
  Source source[MAX_RANK]; /* by counter */
  Vec(const Instr *) accums;
  Vec(int) bins;
} Term;

typedef enum { ROLE_KEPT, ROLE_APART, ROLE_GATHERED } AccumulatorRole;

typedef struct {
  Module *m;
  const Instr *sweep;
  ValueMap chain;         /* what an accumulator goes through -> its parameter */
  AccumulatorRole *roles; /* by accumulator. KEPT: a scalar, or an array at each point's own place;
                           * APART: a scatter that stays one */
  Size *extents[MAX_RANK]; /* of the elements p, by counter */
  Vec(Bin) bins;
  Vec(Term) terms;
} Terms;

/* False: the sweep stays as it is. Else what its gathered accumulators add, in terms; the first
 * term, if there are any at all, need not be that of offset 0. */
bool find_terms(Module *m, const Instr *sweep, Terms *terms);

#endif
