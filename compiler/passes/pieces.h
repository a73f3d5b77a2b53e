/* pieces - index spaces cut into pieces of equal length, the last of which may be shorter. */
#ifndef DPC_PASSES_PIECES_H
#define DPC_PASSES_PIECES_H

#include "ir/ir.h"

/* n / length, rounded up. */
Size *number_of_pieces(Builder *b, Size *n, int64_t length);

#endif
