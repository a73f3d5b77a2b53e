/* Layout: where each storage is: a variable, an array on the stack, a parameter, a piece of the
 * workspace. */
#include "backend/plan.h"

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

/* What is live together shares the budget. */
static int stack_beside(const Plan *p, const Storage *s) {
  int bytes = 0;
  for (size_t i = 0; i < p->storages.len; i++) {
    const Storage *other = p->storages.at[i];
    int64_t n;
    if (other->home == HOME_STACK && other->first <= s->last && s->first <= other->last &&
        storage_elements(other, &n))
      bytes += (int)n * element_bytes(p, other->type->kind);
  }
  return bytes;
}

static void choose_stack(Plan *p, Storage *s) {
  int64_t n;
  if (s->home != HOME_WORK || !storage_elements(s, &n) || n > SMALL_ARRAY) return;
  const int bytes = (int)n * element_bytes(p, s->type->kind);
  if (stack_beside(p, s) + bytes <= STACK_BYTES) s->home = HOME_STACK;
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
 * two ints. NULL: no
 * such thing. */
static Size *bound_of(Plan *p, Value *value) {
  const Instr *holder = value->def ? value->def : value->region->parent;
  Size *one = size_const(p->m, 1);
  if (!holder) return NULL;
  if (holder->op == OP_min) {
    Size *first = size_of_value(p->m, holder->operands[0]);
    Size *second = size_of_value(p->m, holder->operands[1]);
    return bound_size(p, second) ? second : first;
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

static bool same_bytes(const Type *a, const Type *b) {
  if (a->kind != b->kind || a->rank != b->rank) return false;
  for (int d = 0; d < a->rank; d++)
    if (a->dims[d] != b->dims[d]) return false;
  return true;
}

/* Storages of one shape take turns. Sizes are formulas, so only equal ones are known to fit. */
static void place(Plan *p, Storage *s) {
  Type *type = bound_type(p, s);
  Size *const blocks[] = {size_const(p->m, PARALLEL_BLOCKS)};
  if (s->is_private) type = type_prefixed(p->m, 1, blocks, type);
  for (size_t i = 0; i < p->slots.len; i++) {
    WorkSlot *slot = &p->slots.at[i];
    if (slot->last >= s->first || !same_bytes(slot->type, type)) continue;
    if (slot->holder->is_private != s->is_private) continue;
    slot->last = s->last;
    slot->users++;
    slot->holder->is_shared = s->is_shared = true;
    s->slot = (int)i;
    return;
  }
  const WorkSlot slot = {type, s->last, 1, s, NULL};
  s->slot = (int)p->slots.len;
  vec_push(p->m->arena, &p->slots, slot);
}

static void place_in_order(Plan *p) {
  Vec(Storage *) order = {0};
  for (size_t i = 0; i < p->storages.len; i++) {
    Storage *s = p->storages.at[i];
    if (s->home != HOME_WORK || s->merged) continue;
    vec_push(p->m->arena, &order, s);
    for (size_t k = order.len - 1; k > 0 && order.at[k - 1]->first > s->first; k--) {
      order.at[k] = order.at[k - 1];
      order.at[k - 1] = s;
    }
  }
  for (size_t i = 0; i < order.len; i++) place(p, order.at[i]);
}

void plan_layout(Plan *p) {
  for (int k = 0; k < p->func->body->n_yields; k++) bind_result(p, k);
  for (size_t i = 0; i < p->storages.len; i++) {
    Storage *s = p->storages.at[i];
    if (s->merged) continue;
    choose_stack(p, s);
    if (s->members.len) find_scope(p, s);
    if (s->anchor) vec_push(p->m->arena, &node(p, s->anchor)->declares, s);
  }
  if (p->is_parallel) plan_parallel(p, p->func->body);
  place_in_order(p);
}
