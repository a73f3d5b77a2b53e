/* rewind_plan - what is in a snapshot, and how many there are. */
#include "derive/rewind_parts.h"
#include "ir/need.h"

/* Carried values that the kept ones need, in this step or through the states of later ones. */
static void find_state(Past *p) {
  const int n = p->loop->n_operands - 1;
  Need need = need_new(p->m, p->body);
  for (size_t i = 0; i < p->kept.len; i++) need_value(&need, p->kept.at[i]);
  bool *is_state = ARENA_ARRAY(p->m->arena, bool, (size_t)n);
  for (bool changed = true; changed;) {
    changed = false;
    for (int i = 0; i < n; i++) {
      if (is_state[i] || !is_needed(&need, param_of(p, i))) continue;
      is_state[i] = changed = true;
      need_value(&need, p->body->yields[i]);
    }
  }
  p->state = ARENA_ARRAY(p->m->arena, int, (size_t)n);
  for (int i = 0; i < n; i++)
    if (is_state[i]) p->state[p->n_state++] = i;
}

int state_number(const Past *p, const Value *value) {
  for (int i = 0; i < p->n_state; i++)
    if (param_of(p, p->state[i]) == value) return i;
  return -1;
}

static bool keeps_only_state(const Past *p) {
  for (size_t i = 0; i < p->kept.len; i++)
    if (state_number(p, p->kept.at[i]) < 0) return false;
  return true;
}

static bool is_kept(const Past *p, const Value *value) {
  for (size_t i = 0; i < p->kept.len; i++)
    if (p->kept.at[i] == value) return true;
  return false;
}

Size *bytes_of(const Past *p, const Type *type) {
  const int64_t each = type->kind == KIND_REAL ? p->m->real_bytes : type->kind == KIND_INT ? 8 : 1;
  Size *bytes = size_const(p->m, each);
  for (int d = 0; d < type->rank; d++) bytes = size_mul(p->m, bytes, type->dims[d]);
  return bytes;
}

/* Of one snapshot; with the tape that a mixed schedule may put in its place. */
static Size *bytes_of_slot(const Past *p) {
  Size *bytes = size_const(p->m, 0);
  for (int i = 0; i < p->n_state; i++)
    bytes = size_add(p->m, bytes, bytes_of(p, param_of(p, p->state[i])->type));
  if (p->kind != SCHEDULE_MIXED) return bytes;
  for (size_t i = 0; i < p->kept.len; i++)
    bytes = size_add(p->m, bytes, bytes_of(p, p->kept.at[i]->type));
  return bytes;
}

/* As many as were asked for, but no more than there are steps after the first. Those on disk come first:
 * they are read least often. */
static void count_slots(Past *p, Builder *b) {
  Value *amount = build_size(b, p->loop->size);
  if (p->loop->in_bytes)
    amount = build_prim(b, OP_int_div, amount, build_size(b, bytes_of_slot(p)));
  amount = not_negative(b, amount);
  Value *later = not_negative(b, minus(b, p->loop->operands[0], build_int(b, 1)));
  if (p->loop->disk) {
    p->on_disk = least(b, not_negative(b, build_size(b, p->loop->disk)), later);
    amount = plus(b, amount, p->on_disk);
  }
  p->slots = least(b, amount, later);
}

static void place_evenly(Past *p, Builder *b) {
  Value *one = build_int(b, 1), *steps = p->loop->operands[0];
  if (p->loop->size) {
    Value *amount = not_negative(b, build_size(b, p->loop->size));
    p->stride = build_prim(b, OP_int_div, plus(b, steps, amount), plus(b, amount, one));
    p->stride = build_prim(b, OP_max, p->stride, one);
  } else {
    p->stride = build_prim(b, OP_root, steps, build_int(b, 2));
  }
  named(p->m, p->stride, "stride");
  p->slots = not_negative(b, build_prim(b, OP_int_div, minus(b, steps, one), p->stride));
}

void past_plan(Past *p) {
  Module *m = p->m;
  Builder b = builder_before(m, p->loop);
  find_state(p);
  /* A snapshot is then all that the step needs, and as good as a tape. */
  if (p->kind == SCHEDULE_MIXED && keeps_only_state(p)) p->kind = SCHEDULE_BINOMIAL;
  if (p->kind == SCHEDULE_SQRT) place_evenly(p, &b);
  else count_slots(p, &b);
  Size *one = size_const(m, 1);
  p->n_slots = size_of_value(m, named(m, p->slots, "snapshots"));
  p->n_times = size_add(m, p->n_slots, one);
  if (p->on_disk) {
    named(m, p->on_disk, "on_disk");
    p->n_slots = size_of_value(m, named(m, minus(&b, p->slots, p->on_disk), "in_memory"));
    p->turn = build_int(&b, 0);
  }
  p->in_rows = p->kind == SCHEDULE_BINOMIAL && !p->on_disk && keeps_only_state(p);
  if (p->kind == SCHEDULE_MIXED) p->n_taped = p->n_slots;
  if (p->kind == SCHEDULE_SQRT) p->n_taped = size_sub(m, size_of_value(m, p->stride), one);

  p->held = build_int(&b, 0);
  p->times = named(m, build_zeros(&b, type_array(m, KIND_INT, 1, &p->n_times)), "times");
  p->snapshots = ARENA_ARRAY(m->arena, Value *, (size_t)p->n_state);
  for (int i = 0; i < p->n_state; i++) {
    Value *param = param_of(p, p->state[i]);
    Size **rows = p->in_rows && is_kept(p, param) ? &p->n_times : &p->n_slots;
    p->snapshots[i] = build_zeros(&b, type_prefixed(m, 1, rows, param->type));
    p->snapshots[i]->name = with_suffix(m, param, "snapshots");
  }
}
