/* ir - the intermediate representation: structured, pure SSA.
 *
 * A Func is one Region. A Region is a list of instructions that ends in yields (no terminator
 * instruction: `yields` is a field). An instruction may hold regions; a region may use every value that is
 * visible where its instruction stands. Nothing is mutable: `update` and `accum`
 * give new arrays, and the backend finds out which of them may happen in place.
 *
 * Primitives work on scalars only. Everything about arrays is said with
 *
 *   index   a, i..
 *             scalar a[i1, ..]: as many indices as a has dimensions
 *   update  a, v, s..  ranges=m
 *             a with the block at s replaced by v. Bit d of m set: dimension d of the block is a
 *             range that starts at s_d and takes the next dimension of v; clear: it is the single
 *             index s_d. rank(v) is the number of bits set
 *   accum   a, v, s..  ranges=m
 *             the same, but adds v to the block (rank 0: plain a + v). Only the adjoint makes it;
 *             inside a sweep it is the only use of a
 *   map     [n..] {i.. -> v..}
 *             one array per yield: result[i.., ..] = yield. A yield may be an array: its
 *             dimensions follow n... Iterations are independent
 *   reduce  kind [n..] {i.. -> v}
 *             sum, min or max of the scalar yield; of nothing: 0, +inf, -inf (ints: 0, the
 *             largest, the smallest)
 *   sweep   [n..] acc.. {i.., acc.. -> acc..}
 *             real accumulators (arrays or scalars) threaded through an index space; the body only
 *             passes them through accum and inner sweep, if, loop, while, so iterations commute
 *   loop    n, init.. {t, c.. -> c..}
 *             in sequence, t = 0..n-1; results are the last carried values (n <= 0: the inits).
 *             Like while it may have a checkpoint schedule (attrs schedule, size, in_bytes), which
 *             vanishes in the pass checkpoint
 *   while   n, init.. {c.. -> bool} {k, c.. -> c..}
 *             while the first region yields true, at most n times; results: the last carried
 *             values, then the count (int). Bound reached with a true condition: status
 *             DP_MAX_STEPS
 *   if      c {-> v..} {-> v..}
 *             only the branch taken is evaluated
 *   copy    a
 *             the same value under a new identity (so that grad can tell b from a in b = a)
 *   stop    a
 *             the same value, derivative zero
 *   size    (attr size)
 *             a symbolic size as an int value
 *   const   (attr constant)
 *             a scalar known at compile time
 *   custom  x.. {x.. -> y..} {x.., y.., y_bar.. -> x_bar..}
 *             a function with the user's own adjoint. One x_bar per real operand, in order;
 *             regions use only their parameters for anything real. The tangent differentiates the
 *             first region
 *   call    x..
 *             an extern C function (attr callee)
 *   check   cond
 *             assert (attr text); an effect, in order, without results. A text that begins with
 *             "index outside " or "sizes differ: " is a check that the compiler added
 *   print   v..
 *             prints values (attr text: the format); an effect as well
 *   vjp     y.., y_bar.., x..
 *             attr n_y. One result per x: the sum of y_bar . dy/dx through the instructions before
 *             it
 *   jvp     y.., x.., x_dot..
 *             attr n_y. One result per y. Both vanish in the pass derive
 *
 * Shapes: a dimension is a Size, an interned polynomial over int values (atoms), so equal sizes are equal
 * pointers. Types are interned as well. Everything belongs to the module's arena. */
#ifndef DPC_IR_IR_H
#define DPC_IR_IR_H

#include "base/arena.h"
#include "base/id_map.h"
#include "base/text.h"
#include "base/vec.h"
#include "source/span.h"

#include <stdbool.h>
#include <stdint.h>

enum { MAX_RANK = 8 };

typedef struct Module Module;
typedef struct Func Func;
typedef struct Region Region;
typedef struct Instr Instr;
typedef struct Value Value;
typedef struct Size Size;
typedef struct Type Type;

/* ---- sizes (size.c) ------------------------------------------------------------------------ */

/* coef * atoms[0] * ... * atoms[n_atoms-1]; atoms sorted by id, repeated for powers. */
typedef struct {
  int64_t coef;
  int n_atoms;
  Value **atoms;
} SizeTerm;

/* Sum of terms in a canonical order, none with coef 0; no terms means 0. Interned. */
struct Size {
  int n_terms;
  SizeTerm *terms;
};

Size *size_const(Module *m, int64_t value);
Size *size_atom(Module *m, Value *value);
Size *size_add(Module *m, Size *a, Size *b);
Size *size_sub(Module *m, Size *a, Size *b);
Size *size_mul(Module *m, Size *a, Size *b);
bool size_is_const(const Size *size, int64_t *value);
/* Is a - b a number? */
bool size_difference(const Size *a, const Size *b, int64_t *difference);
/* The int value as a size: follows const, size, add, sub, mul, neg; anything else becomes an atom. */
Size *size_of_value(Module *m, Value *value);

/* ---- types (type.c) ------------------------------------------------------------------------ */

typedef enum { KIND_REAL, KIND_INT, KIND_BOOL } Kind;

struct Type {
  Kind kind;
  int rank; /* 0: a scalar */
  Size *dims[MAX_RANK];
};

Type *type_scalar(Module *m, Kind kind);
Type *type_array(Module *m, Kind kind, int rank, Size *const *dims);
/* Dimensions `outer` followed by those of `inner`. */
Type *type_prefixed(Module *m, int n_outer, Size *const *outer, const Type *inner);

/* ---- values, instructions, regions --------------------------------------------------------- */

struct Value {
  Type *type;
  Name name;      /* a hint for readable output; may be NULL */
  uint32_t id;    /* dense, unique in the module */
  uint32_t mark;  /* of the walk that saw it last: private to clone.c */
  int index;      /* which result of def, or which parameter of region */
  Instr *def;     /* NULL for a region parameter */
  Region *region; /* for a parameter: its region */
};

typedef enum {
#define OP_ENUM(name) OP_##name,
#define UNARY(name, ...) OP_##name,
#define BINARY(name, ...) OP_##name,
#define ARITH(name, ...) OP_##name,
#define INTOP(name, ...) OP_##name,
#define STEP(name, ...) OP_##name,
#define COMPARE(name, ...) OP_##name,
#define LOGIC(name, ...) OP_##name,
#define CAST(name, ...) OP_##name,
#define DRAW(name, ...) OP_##name,
#include "ops.def"
#undef UNARY
#undef BINARY
#undef ARITH
#undef INTOP
#undef STEP
#undef COMPARE
#undef LOGIC
#undef CAST
#undef DRAW
  OP_FIRST_STRUCTURAL,
  OP_CONST = OP_FIRST_STRUCTURAL,
  OP_SIZE,
  OP_COPY,
  OP_STOP,
  OP_INDEX,
  OP_UPDATE,
  OP_ACCUM,
  OP_MAP,
  OP_REDUCE,
  OP_SWEEP,
  OP_LOOP,
  OP_WHILE,
  OP_IF,
  OP_CUSTOM,
  OP_CALL,
  OP_CHECK,
  OP_PRINT,
  OP_VJP,
  OP_JVP,
  OP_COUNT
} Op;

#undef OP_ENUM

typedef enum { REDUCE_SUM, REDUCE_MIN, REDUCE_MAX } ReduceKind;

/* How reverse mode gets at the past of a loop (derive/checkpoint.h). */
typedef enum { SCHEDULE_ALL, SCHEDULE_SQRT, SCHEDULE_BINOMIAL, SCHEDULE_MIXED } ScheduleKind;

typedef struct {
  Kind kind;
  double real;
  int64_t integer; /* KIND_INT, and 0 or 1 for KIND_BOOL */
} Constant;

/* An extern C function, which returns a status as dpc's own functions do.
 * MODE_PRIMAL: operands x.., results y... In C: the sizes of array operands in order of first
 * appearance are not
 * passed; the operands (scalars by value, arrays as pointers), then a pointer per result.
 * MODE_ADJOINT: operands x.., y_bar..; results one x_bar per real x. In C: each x, followed by the pointer
 * x_bar where x is real (the caller zeroes it, the function adds), then the y_bars.
 * MODE_TANGENT: operands x.., then one x_dot per real x; results y_dot... In C: each x, followed by its
 * x_dot where x is real; then the pointers of the y_dots. */
typedef struct {
  Name symbol;
  Name adjoint; /* C name of its adjoint, or NULL */
  Name tangent; /* or NULL */
  int mode;     /* a Mode */
  int n_params; /* of the primal */
  bool takes_store; /* of the runtime: the caller's dp_store is its first argument in C */
} Extern;

/* What every walk reads comes first: it lies in one line of the processor's cache. Behind it come the lists
 * of an instruction with few operands, at hand as well; a whole instruction is three lines. */
struct Instr {
  Op op;
  int order; /* private to the pass that runs: where the instruction stands, for one */
  int n_operands, n_results, n_regions;
  int n_extents; /* map, reduce, sweep */
  Instr *next;
  Region *parent;
  Value **operands;
  Value **results;
  Region **regions;
  Value *own_operands[2], *own_result; /* private to ir.c: where short lists are */
  Instr *prev;
  /* Attributes; which op uses which is said at the top. */
  Size *size;         /* size; loop, while: the schedule's snapshots, or NULL */
  Size *disk;         /* loop, while: snapshots in the caller's store, or NULL */
  Size **extents;     /* map, reduce, sweep */
  Span span;
  ReduceKind reduce;  /* reduce */
  unsigned ranges;    /* update, accum */
  int n_y;            /* vjp, jvp */
  ScheduleKind schedule; /* loop, while */
  bool in_bytes;         /* loop, while: size is the bytes of all snapshots, not their number */
  Constant constant;     /* const */
  const char *text;      /* check, print */
  Extern *callee;        /* call */
};

struct Region {
  Instr *first, *last;
  Instr *parent; /* the instruction that holds it; NULL for a function's body */
  int n_params, n_yields;
  Value **params;
  Value **yields;
  int n_holders, n_effects; /* how many of the instructions hold regions; are check, print or call */
};

/* Does no instruction of the region hold a region? Then walks that look for maps, loops or branches
 * have nothing to find in it. */
static inline bool region_is_flat(const Region *region) { return region->n_holders == 0; }

static inline bool op_is_effect(Op op) { return op == OP_CHECK || op == OP_PRINT || op == OP_CALL; }
/* Does the region, or one in it, hold a check, print or call? */
bool region_has_effects(const Region *region);

/* ---- functions: how the C interface is laid over parameters and results -------------------- */

typedef enum { ROLE_SIZE, ROLE_IN, ROLE_OUT, ROLE_INOUT } Role;

typedef struct {
  Name path;      /* "prey.layers.0.W" inside a model or record; the name itself otherwise */
  Value *value;   /* the body's parameter: ROLE_SIZE, ROLE_IN, ROLE_INOUT */
  int result;     /* which yield of the body: ROLE_OUT, ROLE_INOUT; else -1 */
  int64_t offset; /* in a model's flat array */
} Leaf;

/* One parameter of the C function. Several leaves only where model is set: then all of them live in one
 * flat array of flat_size reals. */
typedef struct {
  Name name;
  Role role;
  const char *declared; /* the type as the source writes it, for the manual in the header */
  struct ModelInfo *model;
  int n_leaves;
  Leaf *leaves;
} Slot;

typedef enum {
  MODE_PRIMAL,  /* as written, derivatives inside included */
  MODE_TANGENT, /* NAME_tan */
  MODE_ADJOINT  /* NAME_adj */
} Mode;

struct Func {
  Name name; /* as exported, without prefix: "loss_and_grad", "step_adj" */
  Mode mode;
  Span span;
  const char *signature; /* the source signature, for the header */
  const char *doc;       /* the comment above it, or NULL */
  Region *body;
  Vec(Slot) slots; /* in the order of the C parameters */
};

typedef enum { INIT_CONSTANT, INIT_UNIFORM, INIT_NORMAL } InitKind;

typedef struct {
  Name path;
  int rank;
  int64_t dims[MAX_RANK];
  int64_t offset;
  InitKind init;
  double a, b; /* constant a; uniform in [a, b); normal with mean a and deviation b */
} ModelLeaf;

typedef struct ModelInfo {
  Name name;
  int64_t flat_size;
  Vec(ModelLeaf) leaves;
} ModelInfo;

struct Module {
  Arena *arena;
  Arena *scratch;     /* what a part of a pass needs while it runs: cleared after it */
  Arena *instrs, *values; /* of their own: walks go through memory in order */
  Arena *other_instrs, *other_values; /* empty; private to pack.c, */
  int n_packed;                       /*   and how many instructions it moved last */
  Names *names;
  Name prefix;        /* of every C name */
  uint32_t next_id;   /* of values */
  uint32_t last_mark; /* private to clone.c */
  int real_bytes;     /* of a real in C: 8, or 4 with --precision float */
  Vec(Func *) funcs;
  Vec(ModelInfo *) models;
  Vec(Extern *) externs;
  struct InternTable *types, *sizes; /* private to type.c, size.c and pack.c */
};

Module *module_new(Arena *arena, Names *names);

/* ---- building (ir.c) ----------------------------------------------------------------------- */

/* Where new instructions go: before `before`, or at the end of region where before is NULL. */
typedef struct {
  Module *m;
  Region *region;
  Instr *before;
  Span span;
} Builder;

Builder builder_at_end(Module *m, Region *region);
Builder builder_before(Module *m, Instr *instr);
Builder builder_after(Module *m, Instr *instr);

Region *region_new(Module *m);
Value *region_param(Module *m, Region *region, Type *type, Name name);
void region_set_yields(Module *m, Region *region, int n, Value *const *yields);
/* One more yield at the end. */
void region_add_yield(Module *m, Region *region, Value *value);

/* The general constructor: results are made from result_types. Regions are adopted. */
Instr *build_instr(Builder *b, Op op, int n_operands, Value *const *operands, int n_results,
                   Type *const *result_types, int n_regions, Region *const *regions);
/* Grow an instruction that exists. */
Value *instr_add_result(Module *m, Instr *instr, Type *type, Name name);
void instr_add_operand(Module *m, Instr *instr, Value *value);
/* One more carried value of a loop, while or sweep: its start, a parameter of the body (given back
 * in *param; of a
 * while's condition as well) and the result. The caller adds the yield. */
Value *instr_add_carried(Module *m, Instr *instr, Value *init, Name name, Value **param);
/* Shrink: what comes after moves up by one. */
void instr_remove_operand(Instr *instr, int at);
void instr_remove_result(Instr *instr, int at);
void region_remove_param(Region *region, int at);
void region_remove_yield(Region *region, int at);
/* A new region with indices like those of a map, reduce or sweep. */
Region *region_over_indices(Module *m, const Instr *space, Value **indices);

Value *build_real(Builder *b, double value);
Value *build_int(Builder *b, int64_t value);
Value *build_bool(Builder *b, bool value);
Value *build_size(Builder *b, Size *size);
/* A scalar primitive; b is NULL for arity 1. Ints and reals are not mixed. */
Value *build_prim(Builder *b, Op op, Value *x, Value *y);
Value *build_copy(Builder *b, Op copy_or_stop, Value *value);
Value *build_index(Builder *b, Value *array, Value *const *indices);
Value *build_update(Builder *b, Op update_or_accum, Value *array, Value *value,
                    Value *const *starts, unsigned ranges);
/* These take a finished region (parameters, instructions, yields) and derive the result types. */
Instr *build_map(Builder *b, int n_extents, Size *const *extents, Region *body);
Value *build_reduce(Builder *b, ReduceKind kind, int n_extents, Size *const *extents, Region *body);
Instr *build_sweep(Builder *b, int n_extents, Size *const *extents, int n_acc, Value *const *inits,
                   Region *body);
Instr *build_loop(Builder *b, Value *count, int n_carried, Value *const *inits, Region *body);
Instr *build_while(Builder *b, Value *bound, int n_carried, Value *const *inits, Region *condition,
                   Region *body);
Instr *build_if(Builder *b, Value *condition, Region *then_region, Region *else_region);

/* All elements 0: a map that yields 0. */
Value *build_zeros(Builder *b, Type *type);
/* a[i.. , :, ..]: the sub-array at leading indices; a map of index (rank(a) == n gives the scalar). */
Value *build_row(Builder *b, Value *array, int n, Value *const *leading);
/* The block of an array that an update or accum at these starts touches. */
Value *build_block(Builder *b, Value *array, Value *const *starts, unsigned ranges, const Type *block);

void instr_unlink(Instr *instr);
/* Move before `place` (same or another region). */
void instr_move_before(Instr *instr, Instr *place);

/* ---- looking ------------------------------------------------------------------------------- */

bool value_is_const_int(const Value *value, int64_t *result);
bool value_is_const_real(const Value *value, double *result);
/* The region in which the value is defined. */
Region *value_region(const Value *value);
/* Is inner the same as outer, or somewhere inside it? */
bool region_is_within(const Region *inner, const Region *outer);
/* Do all the atoms of the size come from outside the region? */
bool size_is_outside(const Size *size, const Region *region);
/* How often the region, with those in it, has the value as an operand or yields it. */
int uses_within(const Region *region, const Value *value);
static inline bool op_is_prim(Op op) { return op < OP_FIRST_STRUCTURAL; }
static inline bool type_is_real(const Type *type) { return type->kind == KIND_REAL; }

/* ---- maps from values to values, cloning (clone.c) ----------------------------------------- */

typedef IdMap ValueMap;

static inline ValueMap value_map_new(Arena *arena) { return id_map_new(arena); }
static inline ValueMap value_map_copy(const ValueMap *map) { return id_map_copy(map); }
static inline void value_map_set(ValueMap *map, const Value *from, Value *to) {
  id_map_set(map, from->id, to);
}
/* What value is mapped to; NULL if nothing was said. */
static inline Value *value_map_find(const ValueMap *map, const Value *value) {
  return id_map_find(map, value->id);
}
static inline bool value_map_has(const ValueMap *map, const Value *value) {
  return id_map_find(map, value->id) != NULL;
}
/* The same, but the value itself if nothing was said. */
static inline Value *value_map_get(const ValueMap *map, Value *value) {
  Value *to = value_map_find(map, value);
  return to ? to : value;
}

/* Sizes whose atoms are mapped change with them; returns the same pointer if nothing does. */
Size *size_mapped(Module *m, const ValueMap *map, Size *size);
Type *type_mapped(Module *m, const ValueMap *map, Type *type);

/* A deep copy at the builder's place, operands through the map; the results are entered in the map. */
Instr *clone_instr(Builder *b, const Instr *instr, ValueMap *map);
/* Copies all instructions of a region (its parameters must be in the map, or stay themselves).
 * Yields are read off the map. */
void clone_region_into(Builder *b, const Region *region, ValueMap *map);
/* A detached copy with parameters of its own. */
Region *clone_region(Module *m, const Region *region, ValueMap *map);
/* Replaces operands, yields and atoms of sizes in the whole tree below region (from instr on where
 * it is given). */
void region_replace(Module *m, Region *region, const ValueMap *map);

/* Values used somewhere in the region (operands, yields, sizes) but defined outside, each once, in
 * order of first use. The list is scratch. */
typedef Vec(Value *) ValueList;
void region_free_values(Module *m, const Region *region, ValueList *list);

#endif
