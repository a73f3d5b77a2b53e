#include "passes/cse.h"

#include "ir/intern.h"
#include "ir/op.h"
#include "passes/fill.h"

#include <string.h>

typedef struct Entry Entry;
struct Entry {
  Entry *next;  /* in the same bucket, older */
  Entry *older; /* among all */
  uint64_t hash;
  Instr *instr;
};

typedef struct {
  Module *m;
  const ValueMap *pinned;
  ValueMap replaced;
  Entry **buckets, *newest;
  size_t n_buckets;
  int changes;
} Share;

/* ---- hashing and comparing, with inner values numbered in order of appearance ---------------- */

typedef struct {
  Module *m;
  ValueMap partner; /* inner value of one -> its partner in the other */
} Comparison;

static uint64_t hash_region(const Region *region, const Region *root);

/* What the instruction is, apart from its own operands. */
static uint64_t hash_instr_shape(const Instr *instr, const Region *root) {
  uint64_t hash = intern_mix(INTERN_SEED, (uint64_t)instr->op);
  hash = intern_mix(hash, (uint64_t)instr->n_operands);
  hash = intern_mix(hash, (uint64_t)instr->ranges + 16u * (uint64_t)instr->reduce);
  if (instr->op == OP_CONST) {
    uint64_t bits;
    memcpy(&bits, &instr->constant.real, sizeof bits);
    hash = intern_mix(intern_mix(hash, bits), (uint64_t)instr->constant.integer);
  }
  for (int i = 0; i < instr->n_regions; i++)
    hash = intern_mix(hash, hash_region(instr->regions[i], root ? root : instr->regions[i]));
  return hash;
}

static bool is_filled(const Value *value) { return value->def && is_fill(value->def); }

/* Arrays of one value are not shared, but compare as equal. */
static uint64_t hash_operand(const Value *value) {
  return is_filled(value) ? 63u : 64u + value->id;
}

/* Of a value used inside root: inner values have other ids in an equal region. */
static uint64_t hash_use(const Value *value, const Region *root) {
  return region_is_within(value_region(value), root) ? (uint64_t)value->index
                                                            : hash_operand(value);
}

static bool is_commutative(const Instr *instr);

static uint64_t hash_inner(const Instr *instr, const Region *root) {
  uint64_t hash = hash_instr_shape(instr, root), sum = 0;
  for (int i = 0; i < instr->n_operands; i++) {
    const uint64_t use = hash_use(instr->operands[i], root);
    if (is_commutative(instr)) sum += intern_mix(7, use);
    else hash = intern_mix(hash, use);
  }
  return intern_mix(hash, sum);
}

static uint64_t hash_region(const Region *region, const Region *root) {
  uint64_t hash = intern_mix(INTERN_SEED, (uint64_t)region->n_params);
  for (const Instr *instr = region->first; instr; instr = instr->next)
    hash = intern_mix(hash, hash_inner(instr, root));
  for (int i = 0; i < region->n_yields; i++)
    hash = intern_mix(hash, hash_use(region->yields[i], root));
  return hash;
}

static bool is_commutative(const Instr *instr) {
  return instr->op == OP_add || instr->op == OP_mul || instr->op == OP_eq || instr->op == OP_ne;
}

static uint64_t hash_instr(const Instr *instr) {
  uint64_t hash = hash_instr_shape(instr, NULL), sum = 0;
  for (int i = 0; i < instr->n_operands; i++) {
    const uint64_t use = hash_operand(instr->operands[i]);
    if (is_commutative(instr)) sum += intern_mix(7, use);
    else hash = intern_mix(hash, use);
  }
  for (int d = 0; d < instr->n_extents; d++)
    hash = intern_mix(hash, (uint64_t)instr->extents[d]->n_terms);
  return intern_mix(hash, sum);
}

static bool equal_constants(const Constant *a, const Constant *b) {
  return a->kind == b->kind && a->integer == b->integer &&
         !memcmp(&a->real, &b->real, sizeof a->real);
}

static bool equal_fills(const Value *a, const Value *b) {
  if (a->type != b->type || !is_filled(a) || !is_filled(b)) return false;
  const Value *x = a->def->regions[0]->yields[a->index], *y = b->def->regions[0]->yields[b->index];
  if (x == y) return true;
  return x->def && y->def && x->def->op == OP_CONST && y->def->op == OP_CONST &&
         equal_constants(&x->def->constant, &y->def->constant);
}

static bool equal_values(const Comparison *c, const Value *a, const Value *b) {
  const Value *partner = value_map_find(&c->partner, a);
  return (partner ? partner == b : a == b) || equal_fills(a, b);
}

static bool equal_sizes(const Comparison *c, Size *a, Size *b) {
  return size_mapped(c->m, &c->partner, a) == b;
}

static bool equal_regions(Comparison *c, const Region *a, const Region *b);

static bool equal_attributes(const Comparison *c, const Instr *a, const Instr *b) {
  if (a->ranges != b->ranges || a->reduce != b->reduce || a->n_extents != b->n_extents ||
      a->callee != b->callee || a->schedule != b->schedule || a->in_bytes != b->in_bytes ||
      (a->size == NULL) != (b->size == NULL) ||
      (a->disk == NULL) != (b->disk == NULL))
    return false;
  if (a->size && !equal_sizes(c, a->size, b->size)) return false;
  if (a->disk && !equal_sizes(c, a->disk, b->disk)) return false;
  for (int d = 0; d < a->n_extents; d++)
    if (!equal_sizes(c, a->extents[d], b->extents[d])) return false;
  return a->op != OP_CONST || equal_constants(&a->constant, &b->constant);
}

static bool equal_operands(const Comparison *c, const Instr *a, const Instr *b) {
  if (is_commutative(a) && equal_values(c, a->operands[0], b->operands[1]) &&
      equal_values(c, a->operands[1], b->operands[0]))
    return true;
  for (int i = 0; i < a->n_operands; i++)
    if (!equal_values(c, a->operands[i], b->operands[i])) return false;
  return true;
}

static bool equal_instrs(Comparison *c, const Instr *a, const Instr *b) {
  if (a->op != b->op || a->n_operands != b->n_operands || a->n_results != b->n_results ||
      a->n_regions != b->n_regions || !equal_attributes(c, a, b) || !equal_operands(c, a, b))
    return false;
  for (int i = 0; i < a->n_regions; i++)
    if (!equal_regions(c, a->regions[i], b->regions[i])) return false;
  for (int i = 0; i < a->n_results; i++)
    if (a->results[i]->type->kind != b->results[i]->type->kind) return false;
  return true;
}

static bool equal_regions(Comparison *c, const Region *a, const Region *b) {
  if (a->n_params != b->n_params || a->n_yields != b->n_yields) return false;
  for (int i = 0; i < a->n_params; i++) value_map_set(&c->partner, a->params[i], b->params[i]);
  const Instr *x = a->first, *y = b->first;
  for (; x && y; x = x->next, y = y->next) {
    if (!equal_instrs(c, x, y)) return false;
    for (int i = 0; i < x->n_results; i++) value_map_set(&c->partner, x->results[i], y->results[i]);
  }
  if (x || y) return false;
  for (int i = 0; i < a->n_yields; i++)
    if (!equal_values(c, a->yields[i], b->yields[i])) return false;
  return true;
}

/* ---- the walk -------------------------------------------------------------------------------- */

static bool has_effects(const Instr *instr) {
  if (op_is_effect(instr->op)) return true;
  for (int k = 0; k < instr->n_regions; k++)
    if (region_has_effects(instr->regions[k])) return true;
  return false;
}

static bool may_be_shared(const Share *s, const Instr *instr) {
  if (instr->op == OP_COPY || instr->op == OP_STOP || instr->op == OP_VJP || instr->op == OP_JVP)
    return false;
  if (is_fill(instr)) return false;
  for (int i = 0; i < instr->n_results; i++)
    if (value_map_has(s->pinned, instr->results[i])) return false;
  return instr->n_results > 0 && !has_effects(instr);
}

static void rewrite(Share *s, Instr *instr) {
  for (int i = 0; i < instr->n_operands; i++)
    instr->operands[i] = value_map_get(&s->replaced, instr->operands[i]);
  if (instr->size) instr->size = size_mapped(s->m, &s->replaced, instr->size);
  if (instr->disk) instr->disk = size_mapped(s->m, &s->replaced, instr->disk);
  for (int d = 0; d < instr->n_extents; d++)
    instr->extents[d] = size_mapped(s->m, &s->replaced, instr->extents[d]);
  for (int i = 0; i < instr->n_results; i++)
    instr->results[i]->type = type_mapped(s->m, &s->replaced, instr->results[i]->type);
}

static Instr *find_equal(Share *s, const Instr *instr, uint64_t hash) {
  for (Entry *entry = s->buckets[hash % s->n_buckets]; entry; entry = entry->next) {
    if (entry->hash != hash) continue;
    Comparison c = {.m = s->m, .partner = value_map_new(s->m->scratch)};
    if (equal_instrs(&c, entry->instr, instr)) return entry->instr;
  }
  return NULL;
}

static void walk(Share *s, Region *region);

/* A result of a map whose elements another has already is that one. Constants are left alone, like arrays of
 * one value. */
static void share_results(Share *s, const Instr *map) {
  const Region *body = map->regions[0];
  if (map->n_results < 2) return;
  ValueMap result_of = value_map_new(s->m->scratch);
  for (int i = 0; i < map->n_results; i++) {
    Value *element = body->yields[i], *twin = value_map_find(&result_of, element);
    if (!element->def || element->def->parent != body || element->def->op == OP_CONST) continue;
    if (!twin) {
      value_map_set(&result_of, element, map->results[i]);
    } else if (!value_map_has(s->pinned, map->results[i])) {
      value_map_set(&s->replaced, map->results[i], twin);
      s->changes++;
    }
  }
}

static void visit(Share *s, Instr *instr) {
  rewrite(s, instr);
  for (int k = 0; k < instr->n_regions; k++) walk(s, instr->regions[k]);
  if (instr->op == OP_MAP) share_results(s, instr);
  if (!may_be_shared(s, instr)) return;
  const uint64_t hash = hash_instr(instr);
  Instr *equal = find_equal(s, instr, hash);
  if (!equal) {
    Entry *entry = ARENA_NEW(s->m->scratch, Entry);
    *entry = (Entry){s->buckets[hash % s->n_buckets], s->newest, hash, instr};
    s->newest = s->buckets[hash % s->n_buckets] = entry;
    return;
  }
  for (int i = 0; i < instr->n_results; i++)
    value_map_set(&s->replaced, instr->results[i], equal->results[i]);
  instr_unlink(instr);
  s->changes++;
}

/* Entries made inside a region are not visible after it: they are the newest of their buckets. */
static void forget(Share *s, const Entry *outside) {
  for (; s->newest != outside; s->newest = s->newest->older)
    s->buckets[s->newest->hash % s->n_buckets] = s->newest->next;
}

static void walk(Share *s, Region *region) {
  const Entry *outside = s->newest;
  for (int i = 0; i < region->n_params; i++)
    region->params[i]->type = type_mapped(s->m, &s->replaced, region->params[i]->type);
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    visit(s, instr);
  }
  for (int i = 0; i < region->n_yields; i++)
    region->yields[i] = value_map_get(&s->replaced, region->yields[i]);
  forget(s, outside);
}

static size_t count_instrs(const Region *region) {
  size_t n = 0;
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    n++;
    for (int k = 0; k < instr->n_regions; k++) n += count_instrs(instr->regions[k]);
  }
  return n;
}

int share_region(Module *m, Region *body, const ValueMap *pinned) {
  Share s = {.m = m, .pinned = pinned, .replaced = value_map_new(m->scratch)};
  s.n_buckets = 2 * count_instrs(body) + 16;
  s.buckets = ARENA_ARRAY(m->scratch, Entry *, s.n_buckets);
  walk(&s, body);
  return s.changes;
}
