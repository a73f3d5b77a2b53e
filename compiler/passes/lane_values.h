/* lane_values - what a value of one member is when LANES members run side by side. */
#ifndef DPC_PASSES_LANE_VALUES_H
#define DPC_PASSES_LANE_VALUES_H

#include "base/id_map.h"
#include "ir/ir.h"

/* Members of a block: several vectors, so that one's arithmetic fills the wait for another's. */
enum { LANES = 16, MAX_PIECES = 16 };

/* Straight code of all lanes: a map over them that grows until something must stand outside. */
typedef struct {
  Region *region;
  Value *lane;
  Value *member;  /* its number, at most that of the last one; NULL: not asked for yet */
  Instr *map;     /* once it is closed */
  IdMap loaded;   /* by array of lanes: the lane's element */
} Segment;

typedef enum {
  LANE_UNIFORM, /* the same for all members */
  LANE_SCALAR,  /* one number per lane */
  LANE_MEMBER,  /* the index of the members */
  LANE_PIECES,  /* an array, split along its last, short dimensions: into scalars or arrays */
  LANE_ARRAY,   /* a large array per lane: lanes are the last dimension */
  LANE_TOTAL    /* an accumulator that all members add to */
} LaneKind;

typedef struct Lanes Lanes;
struct Lanes {
  LaneKind kind;
  Value *value;     /* uniform; scalar: in its segment; array */
  Segment *segment; /* scalar: where it is computed; NULL: only as an array */
  Value *array;     /* scalar: real[LANES], once it is asked for */
  Type *type;       /* pieces: of the array */
  int n_leading;    /* pieces: dimensions that are not split */
  Lanes **pieces;
  int total;        /* total: which accumulator */
  Lanes *sum;       /* total, inside a loop: what the lanes added so far; NULL: they may not */
};

/* What an accum of the body adds to a total, for all lanes that are members. */
typedef struct {
  int total;
  Lanes *value;
  int n;
  Lanes **indices;
} Addition;

typedef struct {
  Lanes *array, *value; /* the new version, the element's value */
  Lanes *before;
  int n;
  Value **indices;
} Store;

typedef struct {
  Module *m;
  const Instr *space;
  Value *block;     /* index of the block */
  IdMap env;        /* by value of the member's body: its Lanes */
  Builder out;      /* where code of the whole block goes */
  Builder in;       /* where code of a lane goes, while a segment is open */
  Segment *open;
  Vec(Segment *) segments;
  Vec(Store) stores;       /* that wait for the segment to be closed */
  Vec(Addition) additions; /* that wait for the end */
  int n_loops, n_arms;     /* around the place */
  bool fits;
} LaneCode;

/* What is being written is no code for lanes. */
static inline void lanes_refuse(LaneCode *c) { c->fits = false; }
static inline bool lanes_are_uniform(const Lanes *lanes) { return lanes->kind == LANE_UNIFORM; }

Lanes *lanes_new(LaneCode *c, LaneKind kind, Value *value);
Lanes *lanes_of(LaneCode *c, Value *value);
void lanes_set(LaneCode *c, const Value *value, Lanes *lanes);
/* The number in the lane; opens a segment if need be. */
Value *lanes_scalar(LaneCode *c, Lanes *lanes);
/* A scalar computed in the open segment. */
Lanes *lanes_computed(LaneCode *c, Value *value);
/* The numbers of all lanes as an array; closes the segment if need be. */
Value *lanes_array(LaneCode *c, Lanes *lanes);
void lanes_open(LaneCode *c);
void lanes_close(LaneCode *c);
/* Type with the lanes as its last dimension. */
Type *lanes_type(Module *m, const Type *type);
/* The number of pieces if all dimensions but the first n_leading are split; 0: too many. */
int lanes_pieces(const Type *type, int n_leading);
/* The indices of piece k along the dimensions that are split. */
void lanes_piece_indices(const Type *type, int n_leading, int k, int64_t *indices);
/* The pieces of a small array, also where it is uniform; NULL: it is none. */
Lanes *lanes_in_pieces(LaneCode *c, Lanes *lanes, Type *type);
/* A copy of pieces, of which one may be replaced. */
Lanes *lanes_copy(LaneCode *c, const Lanes *pieces);
/* The sum of two numbers, in the open segment. */
Lanes *lanes_sum(LaneCode *c, Lanes *a, Lanes *b);

#endif
