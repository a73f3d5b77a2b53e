#include "backend/plan.h"

#include <stdint.h>

/* The function's instructions are numbered; later ones, which have no number, are found by address. Only
 * looked up, never walked: addresses have no influence on the output. */
struct NodeTable {
  Node *numbered;
  int n_numbered;
  struct {
    const Instr *key;
    Node *node;
  } *at;
  size_t used, capacity;
};

static size_t slot_for(const struct NodeTable *t, const Instr *key) {
  size_t i = ((uintptr_t)key >> 4) * (uintptr_t)0x9E3779B97F4A7C15u & (t->capacity - 1);
  while (t->at[i].key && t->at[i].key != key) i = (i + 1) & (t->capacity - 1);
  return i;
}

static void table_grow(Arena *arena, struct NodeTable *t) {
  struct NodeTable bigger = {.used = t->used, .capacity = t->capacity ? 2 * t->capacity : 256};
  bigger.at = arena_alloc(arena, bigger.capacity, sizeof *bigger.at);
  for (size_t i = 0; i < t->capacity; i++)
    if (t->at[i].key) bigger.at[slot_for(&bigger, t->at[i].key)] = t->at[i];
  *t = bigger;
}

static Node *node_init(Plan *p, Node *n, const Instr *instr) {
  n->instr = instr;
  if (instr->n_regions == 0) return n;
  n->before = ARENA_ARRAY(p->m->arena, Moves, (size_t)instr->n_regions + 1);
  n->after = n->before + 1;
  return n;
}

static int number_instrs(const Region *region, int at) {
  for (Instr *instr = region->first; instr; instr = instr->next) {
    instr->order = at++;
    for (int k = 0; k < instr->n_regions; k++) at = number_instrs(instr->regions[k], at);
  }
  return at;
}

static void init_numbered(Plan *p, const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    node_init(p, &p->nodes->numbered[instr->order], instr);
    for (int k = 0; k < instr->n_regions; k++) init_numbered(p, instr->regions[k]);
  }
}

static void number_nodes(Plan *p) {
  p->nodes = ARENA_NEW(p->m->arena, struct NodeTable);
  p->nodes->n_numbered = number_instrs(p->func->body, 0);
  p->nodes->numbered = ARENA_ARRAY(p->m->arena, Node, (size_t)p->nodes->n_numbered);
  init_numbered(p, p->func->body);
}

Node *node(Plan *p, const Instr *instr) {
  struct NodeTable *t = p->nodes;
  if (instr->order < t->n_numbered && t->numbered[instr->order].instr == instr)
    return &t->numbered[instr->order];
  if (2 * (t->used + 1) > t->capacity) table_grow(p->m->arena, t);
  const size_t i = slot_for(t, instr);
  if (!t->at[i].key) {
    t->at[i].key = instr;
    t->at[i].node = node_init(p, ARENA_NEW(p->m->arena, Node), instr);
    t->used++;
  }
  return t->at[i].node;
}

Fact *fact_new(Plan *p, const Value *value) {
  Fact *f = ARENA_NEW(p->m->arena, Fact);
  id_map_set(&p->facts, value->id, f);
  return f;
}

const Constant *splat_of(const Value *value) {
  const Instr *def = value->def;
  if (!def || def->op != OP_MAP) return NULL;
  const Value *yield = def->regions[0]->yields[value->index];
  return yield->def && yield->def->op == OP_CONST ? &yield->def->constant : NULL;
}

bool is_index(const Value *value) {
  if (value->def || !value->region->parent) return false;
  const Instr *holder = value->region->parent;
  switch ((int)holder->op) {
    case OP_MAP:
    case OP_REDUCE: return true;
    case OP_SWEEP: return value->index < holder->n_extents;
    case OP_LOOP: return value->index == 0;
    case OP_WHILE: return value->region == holder->regions[1] && value->index == 0;
    default: return false;
  }
}

const Slot *slot_of_param(const Func *func, const Value *value, const Leaf **leaf) {
  for (size_t i = 0; i < func->slots.len; i++)
    for (int k = 0; k < func->slots.at[i].n_leaves; k++)
      if (func->slots.at[i].leaves[k].value == value) {
        if (leaf) *leaf = &func->slots.at[i].leaves[k];
        return &func->slots.at[i];
      }
  return NULL;
}

Plan *plan_new(Module *m, Func *func, Diag *diag, int real_bytes, bool is_parallel) {
  Plan *p = ARENA_NEW(m->arena, Plan);
  p->m = m;
  p->func = func;
  p->diag = diag;
  p->real_bytes = real_bytes;
  p->is_parallel = is_parallel;
  p->facts = id_map_new(m->arena);
  number_nodes(p);
  plan_uses(p);
  plan_inline(p);
  plan_live(p);
  plan_storages(p);
  plan_share(p);
  plan_moves(p);
  plan_layout(p);
  return p;
}
