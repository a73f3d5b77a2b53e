/* Layout: where each storage is: a variable, an array on the stack, a parameter, a piece of the
 * workspace. */
#include "backend/plan.h"

#include <limits.h>
#include <stdlib.h>

/* ---- results straight into the caller's arrays ----------------------------------------------- */

static const Leaf *leaf_of_result(const Func *func, int result, const Slot **slot) {
  for (size_t i = 0; i < func->slots.len; i++)
    for (int k = 0; k < func->slots.at[i].n_leaves; k++)
      if (func->slots.at[i].leaves[k].result == result) {
        *slot = &func->slots.at[i];
        return &func->slots.at[i].leaves[k];
      }
  return NULL;
}

static bool is_small(const Storage *s) {
  int64_t n;
  return storage_elements(s, &n) && n <= SMALL_ARRAY;
}

static bool is_carried(const Storage *s) {
  for (size_t i = 0; i < s->members.len; i++)
    if (!s->members.at[i]->def && s->members.at[i]->region->parent) return true;
  return false;
}

/* A small array that a loop carries stays where the C compiler may keep it in registers. */
static void bind_result(Plan *p, int result) {
  const Slot *slot;
  const Leaf *leaf = leaf_of_result(p->func, result, &slot);
  Value *yield = p->func->body->yields[result];
  Storage *s = storage_of(p, yield);
  if (!leaf || slot->role != ROLE_OUT || !s || yield->type->rank == 0) return;
  if (s->home != HOME_WORK || s->rotates || !view_is_whole(fact(p, yield)->view)) return;
  if (is_small(s) && is_carried(s)) return;
  s->home = HOME_PARAM;
  s->leaf = leaf;
}

/* ---- scopes ---------------------------------------------------------------------------------- */

static Region *common_region(Region *a, Region *b) {
  while (!region_is_within(b, a)) a = a->parent->parent;
  return a;
}

static Instr *ancestor_in(Plan *p, const Value *value, const Region *scope) {
  (void)p;
  Instr *at = value->def ? value->def : value->region->parent;
  while (at && at->parent != scope) at = at->parent->parent;
  return at;
}

static void find_scope(Plan *p, Storage *s) {
  for (size_t i = 0; i < s->members.len; i++) {
    const Value *member = s->members.at[i];
    Region *home = value_region(member);
    const bool is_carried = !member->def && home->parent && !is_index(member);
    if (is_carried) home = home->parent->parent;
    s->scope = s->scope ? common_region(s->scope, home) : home;
  }
  for (size_t i = 0; i < s->members.len; i++) {
    Instr *at = ancestor_in(p, s->members.at[i], s->scope);
    if (!at) continue;
    if (!s->anchor || node(p, at)->start < node(p, s->anchor)->start) s->anchor = at;
  }
}

/* ---- stack ----------------------------------------------------------------------------------- */

static int element_bytes(const Plan *p, Kind kind) {
  return kind == KIND_REAL ? p->real_bytes : kind == KIND_INT ? 8 : 1;
}

/* Bytes on the stack by the position where they begin, and where they end: sums over prefixes in
 * logarithmic time (Fenwick, "A new data structure for cumulative frequency tables", 1994). */
typedef struct {
  int64_t *begin, *end;
  int size;
} StackUse;

static StackUse stack_use_new(Plan *p) {
  StackUse use = {.size = p->body_end + 8};
  use.begin = ARENA_ARRAY(p->m->scratch, int64_t, (size_t)use.size + 1);
  use.end = ARENA_ARRAY(p->m->scratch, int64_t, (size_t)use.size + 1);
  return use;
}

/* Positions outside count as the nearest inside. */
static int position_in(const StackUse *use, int at) {
  return at < 0 ? 1 : at >= use->size ? use->size : at + 1;
}

static void add_at(int64_t *sums, const StackUse *use, int at, int64_t bytes) {
  for (int i = position_in(use, at); i <= use->size; i += i & -i) sums[i] += bytes;
}

static int64_t sum_up_to(const int64_t *sums, const StackUse *use, int at) {
  int64_t sum = 0;
  for (int i = at < 0 ? 0 : position_in(use, at); i > 0; i -= i & -i) sum += sums[i];
  return sum;
}

/* What is live together shares the budget. */
static void choose_stack(Plan *p, StackUse *use, Storage *s) {
  int64_t n;
  if (s->home != HOME_WORK || !storage_elements(s, &n) || n > SMALL_ARRAY) return;
  const int64_t bytes = n * element_bytes(p, s->type->kind);
  const int64_t ended = sum_up_to(use->end, use, s->first - 1);
  const int64_t begun = sum_up_to(use->begin, use, s->last);
  if (begun - ended + bytes > STACK_BYTES) return;
  s->home = HOME_STACK;
  add_at(use->begin, use, s->first, bytes);
  add_at(use->end, use, s->last, bytes);
}

/* ---- sizes that the workspace formula needs -------------------------------------------------- */

static bool is_listed(const Plan *p, const Value *value) {
  for (size_t i = 0; i < p->entry_values.len; i++)
    if (p->entry_values.at[i] == value) return true;
  return false;
}

static bool need_at_entry(Plan *p, Value *value);

static bool size_at_entry(Plan *p, const Size *size) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++)
      if (!need_at_entry(p, size->terms[i].atoms[k])) return false;
  return true;
}

/* An int that follows from the int parameters alone is computed on entry, and again by the
 * query. */
static bool need_at_entry(Plan *p, Value *value) {
  if (!value->def) return !value->region->parent && value->type->rank == 0;
  if (value->def->op == OP_CONST) return true;
  if (is_listed(p, value)) return true;
  if (value->def->op == OP_SIZE) {
    if (!size_at_entry(p, value->def->size)) return false;
  } else if (!op_is_prim(value->def->op) || value->type->kind == KIND_REAL) {
    return false;
  }
  for (int k = 0; k < value->def->n_operands; k++)
    if (value->def->operands[k]->type->kind == KIND_REAL ||
        !need_at_entry(p, value->def->operands[k]))
      return false;
  if (value->def->op != OP_SIZE) vec_push(p->m->arena, &p->entry_values, value);
  return true;
}

static Size *bound_size(Plan *p, Size *size);

/* The largest value of an int that is known only later: a while's count, an index, the smaller of
 * two ints (a constant, if one is). NULL: no such thing. */
static Size *bound_of(Plan *p, Value *value) {
  const Instr *holder = value->def ? value->def : value->region->parent;
  Size *one = size_const(p->m, 1);
  if (!holder) return NULL;
  if (holder->op == OP_min) {
    Size *first = size_of_value(p->m, holder->operands[0]);
    Size *second = size_of_value(p->m, holder->operands[1]);
    int64_t known;
    return bound_size(p, second) && !size_is_const(first, &known) ? second : first;
  }
  if (holder->op == OP_WHILE && value->def && value->index == value->def->n_results - 1)
    return size_of_value(p->m, holder->operands[0]);
  if (!is_index(value)) return NULL;
  if (holder->n_extents) return size_sub(p->m, holder->extents[value->index], one);
  return size_sub(p->m, size_of_value(p->m, holder->operands[0]), one);
}

/* A size in ints that are known on entry, at least as large as the given one; NULL if there is
 * none. Atoms with
 * bounds are never negative, so a term that subtracts one may be left out. */
static Size *bound_size(Plan *p, Size *size) {
  if (size_at_entry(p, size)) return size;
  Size *sum = size_const(p->m, 0);
  for (int i = 0; i < size->n_terms; i++) {
    const SizeTerm *term = &size->terms[i];
    Size *product = size_const(p->m, term->coef);
    for (int k = 0; k < term->n_atoms; k++) {
      Size *factor = size_atom(p->m, term->atoms[k]);
      if (!need_at_entry(p, term->atoms[k])) {
        Size *bound = bound_of(p, term->atoms[k]);
        factor = term->coef < 0 ? size_const(p->m, 0) : bound ? bound_size(p, bound) : NULL;
        if (!factor || !bound) return NULL;
      }
      product = size_mul(p->m, product, factor);
    }
    sum = size_add(p->m, sum, product);
  }
  return sum;
}

/* The storage's type with sizes that the workspace formula can use. */
static Type *bound_type(Plan *p, const Storage *s) {
  Size *dims[MAX_RANK];
  for (int d = 0; d < s->type->rank; d++) {
    dims[d] = bound_size(p, s->type->dims[d]);
    if (dims[d]) continue;
    const Value *member = s->members.len ? s->members.at[0] : NULL;
    diag_report(p->diag, DIAG_WORK_SIZE, member && member->def ? member->def->span : p->func->span);
    return s->type;
  }
  return type_array(p->m, s->type->kind, s->type->rank, dims);
}

/* ---- workspace ------------------------------------------------------------------------------- */

/* The slots of one type, by their numbers, as a tree of which each node knows the earliest end in its half:
 * the first slot that is free is found in logarithmic time. */
typedef struct SlotGroup SlotGroup;
struct SlotGroup {
  SlotGroup *next; /* with the same key */
  Type *type;
  bool is_private;
  Vec(int) slots;
  int *ends; /* node 1 is the root, the children of k are 2k and 2k + 1 */
  int room;  /* leaves */
};

/* Types are interned: the address tells them apart. It never decides an order. */
static SlotGroup *group_of(Plan *p, IdMap *groups, Type *type, bool is_private) {
  const uint32_t key = (uint32_t)((uintptr_t)type >> 4);
  SlotGroup *first = id_map_find(groups, key), *group = first;
  while (group && (group->type != type || group->is_private != is_private)) group = group->next;
  if (group) return group;
  group = ARENA_NEW(p->m->scratch, SlotGroup);
  *group = (SlotGroup){.next = first, .type = type, .is_private = is_private};
  id_map_set(groups, key, group);
  return group;
}

static void set_end(SlotGroup *group, int leaf, int end) {
  int at = group->room + leaf;
  group->ends[at] = end;
  while ((at /= 2) > 0) {
    const int left = group->ends[2 * at], right = group->ends[2 * at + 1];
    group->ends[at] = left < right ? left : right;
  }
}

static void add_slot(Plan *p, SlotGroup *group, int slot, int end) {
  if ((int)group->slots.len == group->room) {
    const SlotGroup old = *group;
    group->room = old.room ? 2 * old.room : 8;
    group->ends = ARENA_ARRAY(p->m->scratch, int, 2 * (size_t)group->room);
    for (int at = 1; at < 2 * group->room; at++) group->ends[at] = INT_MAX;
    for (int leaf = 0; leaf < old.room; leaf++) set_end(group, leaf, old.ends[old.room + leaf]);
  }
  set_end(group, (int)group->slots.len, end);
  vec_push(p->m->scratch, &group->slots, slot);
}

/* The first of the group's slots that is free from the position on, or -1. */
static int free_leaf(const SlotGroup *group, int from) {
  if (group->room == 0 || group->ends[1] >= from) return -1;
  int at = 1;
  while (at < group->room) at = group->ends[2 * at] < from ? 2 * at : 2 * at + 1;
  return at - group->room;
}

/* Storages of one shape take turns. Sizes are formulas, so only equal ones are known to fit. */
static void place(Plan *p, IdMap *groups, Storage *s) {
  Type *type = bound_type(p, s);
  Size *const blocks[] = {size_const(p->m, PARALLEL_BLOCKS)};
  if (s->is_private) type = type_prefixed(p->m, 1, blocks, type);
  SlotGroup *group = group_of(p, groups, type, s->is_private);
  const int leaf = free_leaf(group, s->first);
  if (leaf >= 0) {
    s->slot = group->slots.at[leaf];
    WorkSlot *slot = &p->slots.at[s->slot];
    slot->last = s->last;
    slot->users++;
    slot->holder->is_shared = s->is_shared = true;
    set_end(group, leaf, s->last);
    return;
  }
  const WorkSlot slot = {type, s->last, 1, s, NULL};
  s->slot = (int)p->slots.len;
  vec_push(p->m->arena, &p->slots, slot);
  add_slot(p, group, s->slot, s->last);
}

/* ---- all of them ------------------------------------------------------------------------------ */

static int compare_first(const void *a, const void *b) {
  const Storage *x = *(Storage *const *)a, *y = *(Storage *const *)b;
  if (x->first != y->first) return x->first < y->first ? -1 : 1;
  return x->number < y->number ? -1 : x->number > y->number;
}

typedef Vec(Storage *) StorageList;

/* All storages, from the one that is written first on. */
static StorageList in_order(Plan *p) {
  StorageList order = {0};
  for (size_t i = 0; i < p->storages.len; i++) {
    p->storages.at[i]->number = (int)i;
    if (!p->storages.at[i]->merged) vec_push(p->m->scratch, &order, p->storages.at[i]);
  }
  if (order.len) qsort(order.at, order.len, sizeof *order.at, compare_first);
  return order;
}

void plan_layout(Plan *p) {
  for (int k = 0; k < p->func->body->n_yields; k++) bind_result(p, k);
  StackUse use = stack_use_new(p);
  for (size_t i = 0; i < p->storages.len; i++) {
    Storage *s = p->storages.at[i];
    if (s->merged) continue;
    choose_stack(p, &use, s);
    if (s->members.len) find_scope(p, s);
    if (s->anchor) vec_push(p->m->arena, &node(p, s->anchor)->declares, s);
  }
  if (p->is_parallel) plan_parallel(p, p->func->body);
  const StorageList order = in_order(p);
  IdMap groups = id_map_new(p->m->scratch);
  for (size_t i = 0; i < order.len; i++)
    if (order.at[i]->home == HOME_WORK) place(p, &groups, order.at[i]);
}
