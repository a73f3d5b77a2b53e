/* rewind_store - snapshots: in arrays that loops hand on, or in the caller's store. */
#include "derive/rewind_parts.h"

/* ---- the store as carried values --------------------------------------------------------------- */

void begin_store(const Past *p, Value **store) {
  store[HELD] = p->held;
  store[TIMES] = p->times;
  if (p->on_disk) store[TURN] = p->turn;
  for (int i = 0; i < p->n_state; i++) store[first_snapshot(p) + i] = p->snapshots[i];
}

Name store_name(const Past *p, int i) {
  static const char *const fixed[] = {"held", "times", "turn"};
  const int snapshot = i - first_snapshot(p);
  return snapshot < 0 ? intern(p->m->names, fixed[i]) : p->snapshots[snapshot]->name;
}

void enter_store(const Past *p, Region *region, Value **store) {
  begin_store(p, store);
  for (int i = 0; i < n_store(p); i++)
    store[i] = region_param(p->m, region, store[i]->type, store_name(p, i));
}

/* ---- the caller's store: calls of the runtime (dp_checkpoint.h) --------------------------------- */

static Value *build_call(const Past *p, Builder *b, const char *symbol, int n,
                         Value *const *operands, Type *result) {
  Extern *callee = ARENA_NEW(p->m->arena, Extern);
  *callee = (Extern){.symbol = intern(p->m->names, symbol), .n_params = n, .takes_store = true};
  vec_push(p->m->arena, &p->m->externs, callee);
  Instr *call = build_instr(b, OP_CALL, n, operands, 1, &result, 0, NULL);
  call->callee = callee;
  return call->results[0];
}

/* Scalars go to the store as arrays of one element. */
static Type *stored_type(const Past *p, int i) {
  Type *type = param_of(p, p->state[i])->type;
  Size *one = size_const(p->m, 1);
  return type->rank ? type : type_array(p->m, type->kind, 1, &one);
}

static Value *as_array(const Past *p, Builder *b, Value *value) {
  if (value->type->rank) return value;
  Size *one = size_const(p->m, 1);
  Region *body = region_new(p->m);
  region_param(p->m, body, type_scalar(p->m, KIND_INT), NULL);
  region_add_yield(p->m, body, value);
  return build_map(b, 1, &one, body)->results[0];
}

/* The turn makes each saving follow the one before it, and each loading follow those. */
static Value *save(const Past *p, Builder *b, int i, Value *turn, Value *place, Value *value) {
  Value *operands[] = {build_int(b, p->first_part + i), turn, place,
                       build_size(b, bytes_of(p, stored_type(p, i))), as_array(p, b, value)};
  return build_call(p, b, "dp_snapshot_save", 5, operands, turn->type);
}

static Value *load(const Past *p, Builder *b, int i, Value *turn, Value *place) {
  Type *type = stored_type(p, i);
  Value *operands[] = {build_int(b, p->first_part + i), turn, place,
                       build_size(b, bytes_of(p, type))};
  Value *array = build_call(p, b, "dp_snapshot_load", 4, operands, type);
  if (param_of(p, p->state[i])->type->rank) return array;
  Value *zero = build_int(b, 0);
  return build_index(b, array, &zero);
}

/* ---- one snapshot ------------------------------------------------------------------------------ */

static Region *region_at(const Past *p, Builder *in) {
  Region *region = region_new(p->m);
  *in = builder_at_end(p->m, region);
  in->span = p->loop->span;
  return region;
}

/* The regions yield the store from TURN (or the first snapshot) on. */
static void yield_in_memory(const Past *p, Builder *in, Value *const *state, Value *const *store) {
  Value *place = p->on_disk ? minus(in, store[HELD], p->on_disk) : store[HELD];
  if (p->on_disk) region_add_yield(p->m, in->region, store[TURN]);
  for (int i = 0; i < p->n_state; i++)
    region_add_yield(p->m, in->region, put(in, store[first_snapshot(p) + i], state[i], place));
}

static void yield_on_disk(const Past *p, Builder *in, Value *const *state, Value *const *store) {
  Value *turn = store[TURN];
  for (int i = 0; i < p->n_state; i++) turn = save(p, in, i, turn, store[HELD], state[i]);
  region_add_yield(p->m, in->region, turn);
  for (int i = 0; i < p->n_state; i++)
    region_add_yield(p->m, in->region, store[first_snapshot(p) + i]);
}

static void yield_kept(const Past *p, Builder *in, Value *const *state, Value *const *store) {
  if (!p->on_disk) {
    yield_in_memory(p, in, state, store);
    return;
  }
  Builder in_disk, in_memory;
  Region *disk = region_at(p, &in_disk), *memory = region_at(p, &in_memory);
  yield_on_disk(p, &in_disk, state, store);
  yield_in_memory(p, &in_memory, state, store);
  const Instr *branch =
      build_if(in, build_prim(in, OP_lt, store[HELD], p->on_disk), disk, memory);
  for (int i = 0; i < branch->n_results; i++)
    region_add_yield(p->m, in->region, branch->results[i]);
}

void take_snapshot(const Past *p, Builder *b, Value *next, Value *end, Value *const *state,
                   Value *const *store, Value **after) {
  Builder in;
  Region *yes = region_at(p, &in), *no = region_new(p->m);
  Value *held = plus(&in, store[HELD], build_int(&in, 1));
  region_add_yield(p->m, yes, held);
  region_add_yield(p->m, yes, put(&in, store[TIMES], next, held));
  yield_kept(p, &in, state, store);
  region_set_yields(p->m, no, n_store(p), store);
  const Instr *branch = build_if(b, build_prim(b, OP_lt, next, end), yes, no);
  for (int i = 0; i < n_store(p); i++) after[i] = branch->results[i];
}

/* ---- back to one --------------------------------------------------------------------------------- */

static void yield_rows(const Past *p, Builder *in, Value *const *store, Value *place) {
  if (p->on_disk) place = minus(in, place, p->on_disk);
  for (int i = 0; i < p->n_state; i++)
    region_add_yield(p->m, in->region, build_row(in, store[first_snapshot(p) + i], 1, &place));
}

static void yield_loaded(const Past *p, Builder *in, Value *const *store, Value *place) {
  for (int i = 0; i < p->n_state; i++)
    region_add_yield(p->m, in->region, load(p, in, i, store[TURN], place));
}

static Region *latest_snapshot(const Past *p, Value *const *store) {
  Builder in, in_disk, in_memory;
  Region *region = region_at(p, &in);
  Value *last = minus(&in, store[HELD], build_int(&in, 1));
  if (!p->on_disk) {
    yield_rows(p, &in, store, last);
    return region;
  }
  Region *disk = region_at(p, &in_disk), *memory = region_at(p, &in_memory);
  yield_loaded(p, &in_disk, store, last);
  yield_rows(p, &in_memory, store, last);
  const Instr *branch = build_if(&in, build_prim(&in, OP_lt, last, p->on_disk), disk, memory);
  for (int i = 0; i < p->n_state; i++) region_add_yield(p->m, region, branch->results[i]);
  return region;
}

void restore(const Past *p, Builder *b, Value *const *store, Value **state) {
  Region *start = region_new(p->m);
  for (int i = 0; i < p->n_state; i++)
    region_add_yield(p->m, start, p->loop->operands[1 + p->state[i]]);
  Value *any = build_prim(b, OP_gt, store[HELD], build_int(b, 0));
  const Instr *branch = build_if(b, any, latest_snapshot(p, store), start);
  for (int i = 0; i < p->n_state; i++) {
    state[i] = branch->results[i];
    state[i]->name = param_of(p, p->state[i])->name;
  }
}
