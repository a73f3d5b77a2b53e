#include "passes/fuse.h"

#include "ir/contraction.h"
#include "passes/gather.h"
#include "passes/loops.h"
#include "passes/merge.h"
#include "passes/settle.h"
#include "passes/split.h"

/* A map that may be computed where it is read. */
typedef struct {
  Instr *map;
  bool refused;        /* used otherwise than by reads of elements */
  Vec(Instr *) reads;  /* of its results; some may stand in code that is gone */
} Producer;

typedef struct {
  Module *m;
  IdMap producers; /* Producer by value id */
  Vec(Producer *) list;
  ValueMap replaced; /* reads -> what they read, computed there */
} Fuse;

/* What a body holds, in Instr.order of the instruction that has it. */
enum { HOLDS_LOOPS = 1, HOLDS_TRANSCENDENTAL = 2, SCATTERS = 4 };

/* ---- which maps are candidates --------------------------------------------------------------- */

/* Does the sweep add at places that its body computes? */
static bool scatters(const Instr *sweep) {
  const Region *body = sweep->regions[0];
  int64_t c;
  for (const Instr *instr = body->first; instr; instr = instr->next)
    for (int d = 2; instr->op == OP_ACCUM && d < instr->n_operands; d++) {
      const Value *place = instr->operands[d];
      if (place->def && region_is_within(value_region(place), body) && !value_is_const_int(place, &c))
        return true;
    }
  return false;
}

/* Inner ones first. */
static void collect_maps(Fuse *f, Region *region) {
  if (region_is_flat(region)) return;
  for (Instr *instr = region->first; instr; instr = instr->next) {
    for (int k = 0; k < instr->n_regions; k++) collect_maps(f, instr->regions[k]);
    if (instr->n_extents == 0) continue;
    const Region *body = instr->regions[0];
    instr->order = (holds_loops(body) ? HOLDS_LOOPS : 0) |
                   (any_instr(body, instr_is_transcendental) ? HOLDS_TRANSCENDENTAL : 0) |
                   (instr->op == OP_SWEEP && scatters(instr) ? SCATTERS : 0);
    if (instr->op != OP_MAP || !yields_scalars(body) || region_has_effects(body) ||
        is_large_product(instr))
      continue;
    Producer *producer = ARENA_NEW(f->m->scratch, Producer);
    *producer = (Producer){.map = instr};
    for (int i = 0; i < instr->n_results; i++)
      id_map_set(&f->producers, instr->results[i]->id, producer);
    vec_push(f->m->scratch, &f->list, producer);
  }
}

/* ---- how they are used ----------------------------------------------------------------------- */

static Producer *producer_of(const Fuse *f, const Value *value) {
  return id_map_find(&f->producers, value->id);
}

static void refuse(const Fuse *f, const Value *value) {
  Producer *producer = producer_of(f, value);
  if (producer) producer->refused = true;
}

static void note_uses(const Fuse *f, Region *region) {
  for (Instr *instr = region->first; instr; instr = instr->next) {
    const int first = instr->op == OP_INDEX ? 1 : 0;
    Producer *producer = first ? producer_of(f, instr->operands[0]) : NULL;
    if (producer) vec_push(f->m->scratch, &producer->reads, instr);
    for (int i = first; i < instr->n_operands; i++) refuse(f, instr->operands[i]);
    for (int k = 0; k < instr->n_regions; k++) note_uses(f, instr->regions[k]);
  }
  for (int i = 0; i < region->n_yields; i++) refuse(f, region->yields[i]);
}

/* The instruction beside `map` inside which `instr` stands; NULL if it is not further in, or gone. */
static Instr *holder_beside(const Instr *map, Instr *instr) {
  while (instr->parent && instr->parent != map->parent) {
    if (!instr->parent->parent) return NULL;
    instr = instr->parent->parent;
  }
  return instr->parent ? instr : NULL;
}

/* Does each iteration of the consumer read exactly its own element, and no two the same? */
static bool reads_own_element(const Instr *read, const Instr *consumer) {
  if (read->parent != consumer->regions[0] || read->n_operands - 1 != consumer->n_extents)
    return false;
  unsigned seen = 0;
  for (int d = 1; d < read->n_operands; d++) {
    const Value *index = read->operands[d];
    if (index->def || index->region != consumer->regions[0] || index->index >= consumer->n_extents)
      return false;
    seen |= 1u << index->index;
  }
  return seen == (1u << consumer->n_extents) - 1;
}

/* Drops the reads that are gone. */
static void keep_live_reads(Producer *producer) {
  size_t kept = 0;
  for (size_t i = 0; i < producer->reads.len; i++)
    if (holder_beside(producer->map, producer->reads.at[i]))
      producer->reads.at[kept++] = producer->reads.at[i];
  producer->reads.len = kept;
}

/* The one space whose iterations read an element each, or NULL. */
static Instr *consumer_of(const Producer *producer) {
  Instr *consumer = NULL;
  for (size_t i = 0; i < producer->reads.len; i++) {
    Instr *holder = holder_beside(producer->map, producer->reads.at[i]);
    if ((consumer && holder != consumer) || holder->n_extents == 0) return NULL;
    consumer = holder;
    if (!reads_own_element(producer->reads.at[i], consumer)) return NULL;
  }
  return consumer;
}

/* ---- cost ------------------------------------------------------------------------------------ */

/* Two loops that vectorise are better than one that does not; and a sweep that scatters may only be
 * turned round (stencil.h) while it calls no transcendental functions: whether they come from a tape or are
 * computed again, its sums are then in the same order. */
static bool is_worth_fusing(const Producer *producer, const Instr *consumer) {
  if (consumer->order & SCATTERS && producer->map->order & HOLDS_TRANSCENDENTAL) return false;
  const int holds = producer->map->order | consumer->order;
  return holds != (HOLDS_LOOPS | HOLDS_TRANSCENDENTAL);
}

/* ---- the change ------------------------------------------------------------------------------ */

/* A copy of a producer's body, and the read that it stands for. */
typedef struct {
  const Instr *read;
  ValueMap copied;
} Copy;

typedef Vec(Copy) CopyList;

enum { MAX_COPIED_INTO = 256 };

static bool is_several_choices(const Instr *instr) {
  return instr->op == OP_IF && instr->n_results > 1;
}

static bool is_short(const Region *body) {
  int size = 0;
  for (const Instr *instr = body->first; instr && size <= MAX_COPIED_INTO; instr = instr->next)
    size++;
  return size <= MAX_COPIED_INTO;
}

/* Branches that give one result each are expressions, and vectorise. */
static bool wants_copies(const Producer *producer, const Instr *consumer) {
  return any_instr(producer->map->regions[0], is_several_choices) &&
         is_short(consumer->regions[0]);
}

static bool same_element(const Instr *a, const Instr *b, bool of_any_result) {
  if (!of_any_result && a->operands[0] != b->operands[0]) return false;
  for (int d = 1; d < a->n_operands; d++)
    if (a->operands[d] != b->operands[d]) return false;
  return true;
}

/* Reads of other maps that the copy has brought. */
static void note_copied_reads(Fuse *f, const Region *region, const ValueMap *copied) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    Producer *producer = instr->op == OP_INDEX ? producer_of(f, instr->operands[0]) : NULL;
    if (producer)
      vec_push(f->m->scratch, &producer->reads, value_map_get(copied, instr->results[0])->def);
    for (int k = 0; k < instr->n_regions; k++) note_copied_reads(f, instr->regions[k], copied);
  }
}

/* The copy for the read. One serves all reads at the same indices, or chains of maps that are read
 * twice would grow twice as large with each link; it stands at the front, where all of them see it. */
static const Copy *copy_for(Fuse *f, CopyList *copies, const Producer *producer, Instr *read,
                            bool of_any_result) {
  for (size_t i = 0; i < copies->len; i++)
    if (same_element(copies->at[i].read, read, of_any_result)) return &copies->at[i];
  Region *body = producer->map->regions[0];
  const bool is_only_one = producer->reads.len == 1;
  Builder b = builder_before(f->m, is_only_one ? read : read->parent->first);
  b.span = read->span;
  Copy copy = {read, value_map_new(f->m->scratch)};
  for (int d = 0; d < producer->map->n_extents; d++)
    value_map_set(&copy.copied, body->params[d], read->operands[1 + d]);
  clone_region_into(&b, body, &copy.copied);
  note_copied_reads(f, body, &copy.copied);
  vec_push(f->m->scratch, copies, copy);
  return &copies->at[copies->len - 1];
}

static void fuse_into(Fuse *f, Producer *producer, Instr *consumer) {
  const Region *body = producer->map->regions[0];
  const bool of_any_result = !wants_copies(producer, consumer);
  CopyList copies = {0};
  for (size_t i = 0; i < producer->reads.len; i++) {
    Instr *read = producer->reads.at[i];
    const Copy *copy = copy_for(f, &copies, producer, read, of_any_result);
    value_map_set(&f->replaced, read->results[0],
                  value_map_get(&copy->copied, body->yields[read->operands[0]->index]));
  }
  for (size_t i = 0; i < producer->reads.len; i++) instr_unlink(producer->reads.at[i]);
  consumer->order |= producer->map->order;
  instr_unlink(producer->map);
}

/* What a body yields may be a read of a map that has gone into the same consumer later. */
static void settle(Fuse *f) {
  for (size_t i = 0; i < f->list.len; i++) {
    const Producer *producer = f->list.at[i];
    for (size_t k = 0; !producer->map->parent && k < producer->reads.len; k++) {
      const Value *read = producer->reads.at[k]->results[0];
      Value *value = value_map_find(&f->replaced, read);
      while (value_map_has(&f->replaced, value)) value = value_map_find(&f->replaced, value);
      value_map_set(&f->replaced, read, value);
    }
  }
}

/* From the last map to the first: a map's consumers are then what they stay, and each body is
 * copied once. Maps inside a body that has been copied are found in the next round. */
static int fuse_round(Module *m, Region *body) {
  Fuse f = {.m = m, .producers = id_map_new(m->scratch), .replaced = value_map_new(m->scratch)};
  collect_maps(&f, body);
  if (f.list.len == 0) return 0;
  note_uses(&f, body);
  int fused = 0;
  for (size_t i = f.list.len; i-- > 0;) {
    Producer *producer = f.list.at[i];
    if (producer->refused) continue;
    keep_live_reads(producer);
    Instr *consumer = consumer_of(producer);
    if (!consumer || !is_worth_fusing(producer, consumer)) continue;
    fuse_into(&f, producer, consumer);
    fused++;
  }
  settle(&f);
  if (fused) region_replace(m, body, &f.replaced);
  return fused;
}

int fuse(Module *m, Diag *diag) {
  (void)diag;
  int total = 0;
  for (size_t i = 0; i < m->funcs.len; i++) {
    Region *body = m->funcs.at[i]->body;
    total += settle_sums(m, body);
    total += gather_sums(m, body);
    total += split_maps(m, body);
    for (int fused = 1; fused > 0; total += fused) fused = fuse_round(m, body);
    total += merge_spaces(m, body);
    arena_clear(m->scratch);
  }
  return total;
}
