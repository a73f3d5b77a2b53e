/* once - what a reverse run computes anyway is not computed before it as well. */
#ifndef DPC_DERIVE_ONCE_H
#define DPC_DERIVE_ONCE_H

#include "ir/ir.h"

/* A map and its reverse, which begins with a copy of the map's body. */
typedef struct {
  Instr *map, *reverse; /* reverse: a sweep or map over the same space */
  ValueList values;     /* in the copy: what the map yields */
} Twice;

typedef Vec(Twice) TwiceList;

/* For each of the maps: where its reverse does not need the map's results, not even by way of the adjoint
 * that it starts from, the reverse gives them, and the map goes; what uses them moves behind the
 * reverse. So a value and its gradient take one run of each iteration, not two. That is right
 * because the copy computes the same from the same values, each iteration apart, and because nothing that
 * moves has an effect. Needs: all derivatives of the function are code, as a later one would see the
 * reverse in place of the map. root is the function's body. */
void compute_once(Module *m, Region *root, const TwiceList *list);

/* Is the map, which has not been reversed yet, worth a place in the list? It has loops, or makes arrays: less
 * is not worth an array. */
bool is_worth_once(const Instr *map);

#endif
