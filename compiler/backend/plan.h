/* plan - what is decided about a function before a line of C is written.
 *
 * The instructions are laid on a line of positions; each value has a range of positions on
 * which it is live. Values share a Storage (a C variable, or an array somewhere) only if their
 * ranges do not meet, or where storage.c says why they may. In order:
 *
 *   uses.c     who uses what; what is dead; sizes that must have names
 *   inline.c   which scalars are written in place, as parts of expressions
 *   live.c     positions and ranges
 *   storage.c  storages, and the one question whether two of them may become one
 *   share.c    which ones should: in-place updates, carried values, results
 *   moves.c    the copies that remain, in an order that overwrites nothing that is still needed, and
 *              the pointers that change hands
 *   full.c     arrays that need no initial value, as a loop writes all of them
 *   parallel.c which loops are shared out among threads (--parallel)
 *   layout.c   stack or workspace, and places in the workspace
 */
#ifndef DPC_BACKEND_PLAN_H
#define DPC_BACKEND_PLAN_H

#include "base/text.h"
#include "base/id_set.h"
#include "ir/ir.h"
#include "source/diag.h"

typedef struct Storage Storage;
typedef struct Node Node;

enum { VIEW_TERMS = 3, SMALL_ARRAY = 64, STACK_BYTES = 4096 };
/* Loops that are shared out are cut into so many blocks, and only from this much work on. */
enum { PARALLEL_BLOCKS = 16, PARALLEL_WORK = 32768 };

/* One dimension of a storage as seen by a value: an element of the value's next dimension, or one
 * fixed index; both counted from the sum of n ints. */
typedef struct {
  bool is_range;
  int n;
  Value *start[VIEW_TERMS];
} ViewDim;

typedef struct {
  int rank; /* of the storage */
  ViewDim dim[MAX_RANK];
} View;

typedef Vec(int) Positions;

/* Positions inside a live range at which the value is not needed: the first arm of an if, where
 * only the second one reads it. */
typedef struct {
  int first, last;
  const Instr *branch;
} Hole;

/* About a value, by id. */
typedef struct {
  int uses;          /* by operands, yields and sizes that count */
  bool is_atom;      /* a size needs its name */
  bool is_inline;    /* written where it is used */
  bool is_stable;    /* an int that means the same wherever it is visible */
  bool is_row;       /* an int or bool that is the same along the last index of its space */
  bool has_load;     /* its expression reads an array */
  bool needs_whole;  /* must lie contiguous: an extern function gets its address */
  int weight;        /* size of its expression */
  int stamp;         /* writes before it, while inline.c runs */
  Instr *user;       /* the last use seen; NULL: a yield */
  Region *user_region;
  int def, last;     /* live range, both ends included */
  Vec(Hole) holes;   /* in it */
  Positions reads;   /* of arrays: where they are used */
  Storage *storage;  /* NULL: inline, constant or never stored */
  const View *view;  /* of arrays with a storage */
} Fact;

typedef enum {
  HOME_VARIABLE, /* a scalar */
  HOME_STACK,    /* a small array of constant size */
  HOME_WORK,
  HOME_PARAM     /* of the C function: an array or a scalar by value */
} Home;

/* A member with the beginning of its range, and the last end of all ranges up to it in the list. */
typedef struct {
  Value *value;
  int def, latest;
} Occupied;

struct Storage {
  Type *type;
  Vec(Value *) members;
  Vec(Occupied) ranges; /* of the members, by their beginnings */
  int first, last; /* hull of the ranges of its members */
  int number;      /* among all, in the order of their making: for layout.c */
  Home home;
  const Leaf *leaf; /* HOME_PARAM, an output: which */
  bool is_const;   /* an input, an index: never written here */
  bool rotates;    /* its pointer changes hands at the end of a loop's step */
  bool is_shared;  /* its workspace bytes serve another storage at another time */
  bool is_private; /* each block of a parallel loop has one of its own */
  bool keeps_variable; /* a size or a place in an array depends on a member that is a scalar */
  bool needs_whole;    /* a member must lie contiguous */
  bool is_started; /* private to code_declare */
  int readers;     /* private to moves.c: moves that are still to read it, */
  int writer;      /*   and the first one that is to write it, counted from 1 */
  bool is_declared;
  const char *hint; /* for its name, where it has no members */
  Region *scope;   /* the innermost region that holds all members */
  Instr *anchor;   /* the instruction of scope in which it is first written; NULL: before all */
  int slot;        /* HOME_WORK: which */
  Name name;       /* in C, once declared */
  Storage *merged; /* into which it went, or NULL */
};

/* to = from. With temp: from is first copied to temp, ahead of all moves. */
typedef struct {
  Value *to, *from;
  Storage *temp;
} Move;

typedef struct {
  Vec(Move) list;
  Vec(Storage *) rotate_to, rotate_from; /* pointers: to[i] becomes from[i], all at once */
} Moves;

/* What the blocks of a parallel loop sum up, each into a part of its own, to be added in order. */
typedef struct {
  Storage *total;
  Storage *parts; /* of arrays, in the workspace; NULL: a scalar */
} Part;

/* A space whose iterations may run on several threads. */
typedef struct {
  int loop, n_loops; /* the loops, counted from outside, that are shared out */
  Size *work;        /* about how much there is to do, in cheap operations */
  bool in_blocks;    /* in PARALLEL_BLOCKS blocks, since something is kept per block: */
  bool fails;        /*   a status, */
  Vec(Storage *) privates; /* arrays of the workspace, */
  Vec(Part) parts;         /* sums */
} Parallel;

/* About an instruction. */
struct Node {
  const Instr *instr; /* private to plan.c */
  int start, end;
  int region_end[3];
  bool is_needed, has_effect, is_expression;
  bool is_first;      /* accum: writes its element for the first time, so = instead of += */
  Moves *before;      /* of initial values: of loop, while, sweep; NULL without regions */
  Moves *after;       /* at the end of each region */
  Vec(Storage *) declares; /* storages whose anchor it is */
  Parallel *parallel; /* map, reduce, sweep; NULL: on one thread */
};

/* A piece of workspace that serves storages of one size, one after the other. */
typedef struct {
  Type *type;
  int last;  /* position after which it is free again */
  int users;
  Storage *holder;
  Name base; /* where its storages are private: the pointer to the first one */
} WorkSlot;

typedef struct {
  Module *m;
  Func *func;
  Diag *diag;
  IdMap facts;     /* Fact by value id */
  View *whole[MAX_RANK + 1]; /* of each rank: the view of everything, once needed */
  IdSet needed;    /* what a result or an effect needs; what a loop carries only for itself is not */
  struct NodeTable *nodes;
  int body_end;
  Vec(Storage *) storages;
  Moves outputs;
  Vec(WorkSlot) slots;
  Vec(Value *) entry_values; /* ints that workspace sizes need, in order of computation */
  int real_bytes;
  bool is_parallel; /* --parallel */
  int writes; /* while inline.c runs */
} Plan;

Plan *plan_new(Module *m, Func *func, Diag *diag, int real_bytes, bool is_parallel);

Fact *fact_new(Plan *p, const Value *value);
static inline Fact *fact(const Plan *p, const Value *value) {
  Fact *f = id_map_find(&p->facts, value->id);
  return f ? f : fact_new((Plan *)p, value);
}
static inline bool value_is_needed(const Plan *p, const Value *value) {
  return id_set_has(&p->needed, value->id);
}
Node *node(Plan *p, const Instr *instr);
/* The storage that a value lives in now, or NULL. */
static inline Storage *storage_of(const Plan *p, const Value *value) {
  return fact(p, value)->storage;
}

/* Where the carried values begin among operands, and among the parameters of the last region. */
static inline int first_init(const Instr *instr) { return instr->op == OP_SWEEP ? 0 : 1; }
static inline int first_carried(const Instr *instr) {
  return instr->op == OP_SWEEP ? instr->n_extents : 1;
}
static inline bool op_carries(Op op) { return op == OP_LOOP || op == OP_WHILE || op == OP_SWEEP; }
static inline bool op_repeats(Op op) {
  return op_carries(op) || op == OP_MAP || op == OP_REDUCE;
}
static inline Region *last_region(const Instr *instr) {
  return instr->regions[instr->n_regions - 1];
}

/* Does anyone need value number k that the loop, while or sweep carries? */
bool is_carried_needed(const Plan *p, const Instr *instr, int k);
/* The constant that fills the array, where it is a map that yields one; else NULL. */
const Constant *splat_of(const Value *value);
/* A parameter of map, reduce, sweep, loop or while that counts. */
bool is_index(const Value *value);
/* The slot and leaf that carry a result of the function, and a parameter. */
const Slot *slot_of_param(const Func *func, const Value *value, const Leaf **leaf);

/* The steps, in this order. */
void plan_uses(Plan *p);
void plan_inline(Plan *p);
void plan_live(Plan *p);
/* live.c: where an update reads what it writes, after the array got its old content. */
int position_of_write(Plan *p, const Instr *update);
void plan_storages(Plan *p);
void plan_share(Plan *p);
void plan_moves(Plan *p);
/* full.c: does the loop or sweep write all of what it carries as number k, whatever it holds
 * before? Then it need
 * not be filled first. */
bool writes_everything(Plan *p, const Instr *instr, int k);
/* Does the loop that goes on with the updated array write all that the update does not, before
 * anyone reads it? Then the content before the update is not needed. */
bool is_written_later(Plan *p, const Instr *update);
void plan_layout(Plan *p);
/* While the layout is made, once it is known what lives in the workspace and in which scope. */
void plan_parallel(Plan *p, const Region *region);
/* The loops of a space from outside in, as numbers of its indices (order.c). */
void plan_order(Plan *p, const Instr *space, int *order);

/* storage.c: makes the two values live in one storage, if that is right: to as a whole, from as
 * the view of it (NULL: as a whole). The range of a value of to may meet that of a value of
 * from where it is one of to[..], and the value of from is `from` (NULL: any). */
typedef struct {
  int n;
  const Value *from, *to[2];
} MayMeet;
bool storage_join(Plan *p, Value *from, Value *to, const View *view, MayMeet may);
/* Are both values live at a position, from this one on? */
bool live_meet(Plan *p, const Value *a, const Value *b, int from);
/* The value, alone in its storage, is the same variable as those of `to` by meaning. */
void storage_tie(Plan *p, const Value *value, Storage *to);
bool same_place(const Plan *p, const Value *a, const Value *b);
bool view_is_whole(const View *view);
Storage *storage_new(Plan *p, Type *type);
int storage_elements(const Storage *storage, int64_t *n); /* 1 where the size is constant */

#endif
