/* cut - the least that separates values that are wanted from values that cannot be computed again. */
#ifndef DPC_DERIVE_CUT_H
#define DPC_DERIVE_CUT_H

#include "ir/ir.h"

/* A flow network with a node per value. Each node has a price; an edge says that one value is computed
 * from the other. */
typedef struct Cut Cut;

Cut *cut_new(Arena *arena);
/* A new node; its number. price < 0: it cannot be in the cut. */
int cut_node(Cut *cut, int64_t price);
void cut_edge(Cut *cut, int from, int to);
/* The node is wanted; the node cannot be computed again. */
void cut_want(Cut *cut, int node);
void cut_leaf(Cut *cut, int node);
/* Decides which nodes are in the cut: every path from a wanted node to a leaf goes through one of
 * them, both ends included; their prices have the least sum, and of equal sums it is the one
 * nearest to the leaves. False: there is none, or it would take too long to find. */
bool cut_solve(Cut *cut);
bool cut_has(const Cut *cut, int node);

#endif
