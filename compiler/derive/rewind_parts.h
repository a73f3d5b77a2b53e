/* rewind_parts - shared by the files of rewind.h: small builders. */
#ifndef DPC_DERIVE_REWIND_PARTS_H
#define DPC_DERIVE_REWIND_PARTS_H

#include "derive/rewind.h"

static inline Value *plus(Builder *b, Value *x, Value *y) { return build_prim(b, OP_add, x, y); }
static inline Value *minus(Builder *b, Value *x, Value *y) { return build_prim(b, OP_sub, x, y); }
static inline Value *least(Builder *b, Value *x, Value *y) { return build_prim(b, OP_min, x, y); }
static inline Value *not_negative(Builder *b, Value *x) {
  return build_prim(b, OP_max, x, build_int(b, 0));
}

static inline Value *named(Module *m, Value *value, const char *name) {
  value->name = intern(m->names, name);
  return value;
}

static inline Name with_suffix(Module *m, const Value *value, const char *suffix) {
  return intern_format(m->names, "%s_%s", value->name ? value->name : "state", suffix);
}

/* array[at] = value; the other dimensions whole. */
static inline Value *put(Builder *b, Value *array, Value *value, Value *at) {
  Value *starts[MAX_RANK] = {at};
  for (int d = 1; d < array->type->rank; d++) starts[d] = build_int(b, 0);
  return build_update(b, OP_UPDATE, array, value, starts, ((1u << array->type->rank) - 1) & ~1u);
}

/* What a loop hands on to find snapshots again: held, times, (where there is a store) the turn of
 * saving, then the arrays of snapshots in memory. */
enum { HELD, TIMES, TURN };
static inline int first_snapshot(const Past *p) { return p->on_disk ? TURN + 1 : TURN; }
static inline int n_store(const Past *p) { return first_snapshot(p) + p->n_state; }

static inline Value *param_of(const Past *p, int carried) { return p->body->params[1 + carried]; }
/* What running forward again carries: at, the state there, the store. */
static inline int n_journey(const Past *p) { return 1 + p->n_state + n_store(p); }

/* What each reverse step hands on: the store, then (with tapes) how many steps are taped, and the tapes
 * that have arrays of their own. */
typedef struct {
  int n, n_kept;
  Value **at; /* n of them */
} Hand;

/* ---- rewind.c ---------------------------------------------------------------------------------- */

/* What the body's values are in a copy of it for step t, given n of the carried values. */
ValueMap enter_step(Past *p, Builder *b, Value *t, int n, const int *carried, Value *const *values);
/* The body at the builder's place, without effects: those were had when the loop ran first. */
void repeat_step(const Past *p, Builder *b, ValueMap *map);

/* A loop's region while it is built: its counter, and the step that this is, counted from `at`. */
typedef struct {
  Region *region;
  Builder in;
  Value *t;
} Steps;

Steps steps_from(Past *p, Value *at);
/* Parameters of the region for n of the carried values. */
void enter_values(Past *p, Region *region, int n, const int *carried, Value **inside);
/* From the latest snapshot towards step t, as far as no tape reaches; journey: where that is. */
void travel(Past *p, Builder *b, Value *t, Value *const *store, Value **journey);
/* How many snapshots are held: the latest is not needed any more if the steps from it on are at hand. */
Value *release(Builder *b, Value *at, Value *const *store);

/* ---- rewind_rows.c ----------------------------------------------------------------------------- */

/* past->in_rows: the kept values of step t, and at the region's end what is handed on. */
void find_in_rows(Past *p, Builder *b, Region *region, const Hand *hand, Value *t, Value *const *kept,
                  Value **found);

/* ---- rewind_plan.c, rewind_store.c ------------------------------------------------------------- */

Size *bytes_of(const Past *p, const Type *type);
/* The number among the state's values of one that is there at the start of a step; -1: it is none. */
int state_number(const Past *p, const Value *value);
/* The store when the reverse loop begins, as parameters of a region, and what its values are called. */
void begin_store(const Past *p, Value **store);
void enter_store(const Past *p, Region *region, Value **store);
Name store_name(const Past *p, int i);
/* Where `next` comes before `end`: the state there becomes a snapshot. after: the store then. */
void take_snapshot(const Past *p, Builder *b, Value *next, Value *end, Value *const *state,
                   Value *const *store, Value **after);
/* The state of the latest snapshot, or the start. */
void restore(const Past *p, Builder *b, Value *const *store, Value **state);

#endif
