#include "passes/blocks.h"

#include "ir/op.h"
#include "passes/batch.h"
#include "passes/loops.h"
#include "passes/pieces.h"

/* Members: rows enough for the tiles of a product (16 take the same time), and few enough that a tape of
 * some hundred steps stays in a cache. Points without steps keep little each: more of them make longer
 * vector loops. Matrices of NEAR bytes are read again from the nearest cache. */
enum { MEMBERS = 8, POINTS = 128, NEAR = 1 << 15 };

/* ---- where the sum goes ---------------------------------------------------------------------- */

typedef struct {
  ValueMap sums; /* the sum, and what is linear in it */
  bool is_linear;
} Flow;

static bool is_of_sum(const Flow *f, const Value *value) { return value_map_has(&f->sums, value); }

/* Of an instruction that uses the sum: is its result a linear function of it? */
static bool keeps_linear(const Flow *f, const Instr *instr) {
  switch ((int)instr->op) {
    case OP_add:
    case OP_sub:
    case OP_neg:
    case OP_COPY: return true;
    case OP_mul: return is_of_sum(f, instr->operands[0]) != is_of_sum(f, instr->operands[1]);
    case OP_div: return !is_of_sum(f, instr->operands[1]);
    default: return false;
  }
}

static void follow_sum(Flow *f, const Region *region) {
  for (const Instr *instr = region->first; instr && f->is_linear; instr = instr->next) {
    for (int r = 0; r < instr->n_regions; r++) follow_sum(f, instr->regions[r]);
    bool uses = false;
    for (int k = 0; k < instr->n_operands; k++) {
      if (!is_of_sum(f, instr->operands[k])) continue;
      const bool is_differentiated = (instr->op == OP_VJP || instr->op == OP_JVP) && k < instr->n_y;
      if (!is_differentiated) uses = true;
    }
    if (!uses) continue;
    if (!keeps_linear(f, instr)) f->is_linear = false;
    value_map_set(&f->sums, instr->results[0], instr->results[0]);
  }
}

static bool goes_on_linearly(Module *m, Instr *sum) {
  Flow f = {value_map_new(m->scratch), true};
  value_map_set(&f.sums, sum->results[0], sum->results[0]);
  follow_sum(&f, sum->parent);
  return f.is_linear;
}

/* ---- which sums ------------------------------------------------------------------------------ */

static bool has_loop(const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next)
    if (instr->op == OP_LOOP) return true;
  return false;
}

/* Are the matrices that all members read small? Those of one unknown size are series over time. */
static bool is_near(Module *m, const Instr *sum) {
  ValueList shared = {0};
  int64_t bytes = 0, n;
  region_free_values(m, sum->regions[0], &shared);
  for (size_t i = 0; i < shared.len; i++) {
    const Type *type = shared.at[i]->type;
    int64_t elements = m->real_bytes;
    int unknown = 0;
    bool is_of_members = type->rank < 2;
    for (int d = 0; d < type->rank; d++) {
      if (type->dims[d] == sum->extents[0]) is_of_members = true;
      if (!size_is_const(type->dims[d], &n)) unknown++;
      else if (elements <= NEAR) elements *= n;
    }
    if (is_of_members) continue;
    if (unknown > 1) return false;
    if (unknown == 0) bytes += elements;
  }
  return bytes <= NEAR;
}

static bool is_ensemble(Module *m, Instr *sum) {
  return has_loop(sum->regions[0]) && is_near(m, sum) && is_batch(m, sum);
}

static bool is_map(const Instr *instr) { return instr->op == OP_MAP; }

static bool is_no_point(const Instr *instr) {
  return instr_has_effect(instr) || instr->op == OP_LOOP || instr->op == OP_WHILE ||
         instr->op == OP_VJP || instr->op == OP_JVP || instr->op == OP_CUSTOM;
}

/* Straight code with arrays of each point's own, which are kept for the way back. Nothing stands around the
 * sum over whose points it would be taken again and again. */
static bool is_of_points(Module *m, Instr *sum) {
  if (sum->parent->parent || !any_instr(sum->regions[0], is_map)) return false;
  return !any_instr(sum->regions[0], is_no_point) && !is_batch(m, sum);
}

static bool is_reversed(const Instr *instr) { return instr->op == OP_VJP; }

/* How many members or points make a block; 0: the sum stays as it is. */
static int block_of(Module *m, Instr *sum) {
  int64_t n;
  if (sum->op != OP_REDUCE || sum->reduce != REDUCE_SUM || sum->n_extents != 1) return 0;
  if (!type_is_real(sum->results[0]->type)) return 0;
  int block = 0;
  if (is_ensemble(m, sum)) block = MEMBERS;
  else if (is_of_points(m, sum) && any_instr(sum->parent, is_reversed)) block = POINTS;
  if (size_is_const(sum->extents[0], &n) && n < 2 * block) return 0;
  return block && goes_on_linearly(m, sum) ? block : 0;
}

/* ---- blocks ---------------------------------------------------------------------------------- */

/* The members of the block that begins with `first`. */
static Size *members_of_block(Builder *b, Size *all, Value *first, int block) {
  int64_t n;
  if (size_is_const(all, &n) && n % block == 0) return size_const(b->m, block);
  Value *left = build_prim(b, OP_sub, build_size(b, all), first);
  Value *members = build_prim(b, OP_min, build_int(b, block), left);
  members->name = intern(b->m->names, "members");
  return size_atom(b->m, members);
}

/* The old body, for member first + j. */
static Region *body_of_block(Module *m, const Region *body, Value *first) {
  Region *region = region_new(m);
  Value *own = region_param(m, region, type_scalar(m, KIND_INT), NULL);
  Builder b = builder_at_end(m, region);
  ValueMap map = value_map_new(m->scratch);
  Value *member = build_prim(&b, OP_add, first, own);
  member->name = body->params[0]->name;
  value_map_set(&map, body->params[0], member);
  clone_region_into(&b, body, &map);
  region_add_yield(m, region, value_map_get(&map, body->yields[0]));
  return region;
}

static bool take_in_blocks(Module *m, Instr *sum, int block, ValueMap *replaced) {
  Region *region = region_new(m);
  Value *number = region_param(m, region, type_scalar(m, KIND_INT), NULL);
  Builder in = builder_at_end(m, region);
  in.span = sum->span;
  Value *first = build_prim(&in, OP_mul, number, build_int(&in, block));
  first->name = intern(m->names, "first");
  Size *const members[] = {members_of_block(&in, sum->extents[0], first, block)};
  Region *body = body_of_block(m, sum->regions[0], first);
  Value *part = build_reduce(&in, REDUCE_SUM, 1, members, body);
  if (block == MEMBERS && !is_batch(m, part->def)) return false; /* too little work in a block */
  region_add_yield(m, region, part);
  Builder out = builder_before(m, sum);
  Size *const blocks[] = {number_of_pieces(&out, sum->extents[0], block)};
  Value *total = build_reduce(&out, REDUCE_SUM, 1, blocks, region);
  total->name = sum->results[0]->name;
  value_map_set(replaced, sum->results[0], total);
  instr_unlink(sum);
  return true;
}

static int blocks_in(Module *m, Region *region, ValueMap *replaced) {
  if (region_is_flat(region)) return 0;
  int changes = 0;
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    for (int r = 0; r < instr->n_regions; r++) changes += blocks_in(m, instr->regions[r], replaced);
    const int block = block_of(m, instr);
    if (block > 0) changes += take_in_blocks(m, instr, block, replaced);
  }
  return changes;
}

int take_members_in_blocks(Module *m, Diag *diag) {
  (void)diag;
  int total = 0;
  for (size_t i = 0; i < m->funcs.len; i++) {
    Region *body = m->funcs.at[i]->body;
    ValueMap replaced = value_map_new(m->scratch);
    const int changes = blocks_in(m, body, &replaced);
    if (changes) region_replace(m, body, &replaced);
    total += changes;
    arena_clear(m->scratch);
  }
  return total;
}
