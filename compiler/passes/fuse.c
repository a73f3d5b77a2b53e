#include "passes/fuse.h"

#include "passes/gather.h"
#include "passes/loops.h"
#include "passes/merge.h"
#include "passes/split.h"

/* Where the results of a map are read. */
typedef struct {
  Instr *map;
  Instr *consumer; /* the instruction beside the map that holds all reads; NULL: none yet */
  bool fusable;
  Vec(Instr *) reads;
} Producer;

typedef struct {
  Module *m;
  IdMap producers; /* Producer by value id */
  Vec(Producer *) list;
} Fuse;

/* ---- which maps are candidates --------------------------------------------------------------- */

static void collect_maps(Fuse *f, Region *region) {
  for (Instr *instr = region->first; instr; instr = instr->next) {
    for (int k = 0; k < instr->n_regions; k++) collect_maps(f, instr->regions[k]);
    if (instr->op != OP_MAP || !yields_scalars(instr->regions[0]) ||
        any_instr(instr->regions[0], instr_has_effect))
      continue;
    Producer *producer = ARENA_NEW(f->m->scratch, Producer);
    *producer = (Producer){.map = instr, .fusable = true};
    for (int i = 0; i < instr->n_results; i++) id_map_set(&f->producers, instr->results[i]->id, producer);
    vec_push(f->m->scratch, &f->list, producer);
  }
}

/* ---- how they are used ----------------------------------------------------------------------- */

static Producer *producer_of(const Fuse *f, const Value *value) {
  return id_map_find(&f->producers, value->id);
}

static void refuse(const Fuse *f, const Value *value) {
  Producer *producer = producer_of(f, value);
  if (producer) producer->fusable = false;
}

/* The instruction beside `map` inside which `instr` stands; NULL if it is not further in. */
static Instr *holder_beside(const Instr *map, Instr *instr) {
  while (instr->parent != map->parent) {
    if (!instr->parent->parent) return NULL;
    instr = instr->parent->parent;
  }
  return instr;
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

static void note_read(const Fuse *f, Instr *read) {
  Producer *producer = producer_of(f, read->operands[0]);
  if (!producer || !producer->fusable) return;
  Instr *consumer = holder_beside(producer->map, read);
  const bool is_space = consumer && (consumer->op == OP_MAP || consumer->op == OP_REDUCE ||
                                     consumer->op == OP_SWEEP);
  if (!is_space || (producer->consumer && producer->consumer != consumer) ||
      !reads_own_element(read, consumer)) {
    producer->fusable = false;
    return;
  }
  producer->consumer = consumer;
  vec_push(f->m->scratch, &producer->reads, read);
}

static void note_uses(const Fuse *f, Region *region) {
  for (Instr *instr = region->first; instr; instr = instr->next) {
    const int first = instr->op == OP_INDEX ? 1 : 0;
    if (instr->op == OP_INDEX) note_read(f, instr);
    for (int i = first; i < instr->n_operands; i++) refuse(f, instr->operands[i]);
    for (int k = 0; k < instr->n_regions; k++) note_uses(f, instr->regions[k]);
  }
  for (int i = 0; i < region->n_yields; i++) refuse(f, region->yields[i]);
}

/* ---- cost ------------------------------------------------------------------------------------ */

/* Two loops that vectorise are better than one that does not. */
static bool is_worth_fusing(const Producer *producer) {
  const Region *from = producer->map->regions[0], *to = producer->consumer->regions[0];
  const bool loops = any_instr(from, instr_is_loop) || any_instr(to, instr_is_loop);
  return !loops || (!any_instr(from, instr_is_transcendental) &&
                    !any_instr(to, instr_is_transcendental));
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
static bool wants_copies(const Producer *producer) {
  return any_instr(producer->map->regions[0], is_several_choices) &&
         is_short(producer->consumer->regions[0]);
}

static bool same_element(const Instr *a, const Instr *b, bool of_any_result) {
  if (!of_any_result && a->operands[0] != b->operands[0]) return false;
  for (int d = 1; d < a->n_operands; d++)
    if (a->operands[d] != b->operands[d]) return false;
  return true;
}

/* The copy for the read. One serves all reads at the same indices, or chains of maps that are read
 * twice would grow twice as large with each link. Reads stand in one region, in order. */
static const Copy *copy_for(Fuse *f, CopyList *copies, const Producer *producer, Instr *read) {
  const bool of_any_result = !wants_copies(producer);
  for (size_t i = 0; i < copies->len; i++)
    if (same_element(copies->at[i].read, read, of_any_result)) return &copies->at[i];
  Region *body = producer->map->regions[0];
  Builder b = builder_before(f->m, read);
  Copy copy = {read, value_map_new(f->m->scratch)};
  for (int d = 0; d < producer->map->n_extents; d++)
    value_map_set(&copy.copied, body->params[d], read->operands[1 + d]);
  clone_region_into(&b, body, &copy.copied);
  vec_push(f->m->scratch, copies, copy);
  return &copies->at[copies->len - 1];
}

static void fuse_into(Fuse *f, Producer *producer) {
  const Region *body = producer->map->regions[0];
  ValueMap replaced = value_map_new(f->m->scratch);
  CopyList copies = {0};
  for (size_t i = 0; i < producer->reads.len; i++) {
    Instr *read = producer->reads.at[i];
    const Copy *copy = copy_for(f, &copies, producer, read);
    value_map_set(&replaced, read->results[0],
                  value_map_get(&copy->copied, body->yields[read->operands[0]->index]));
  }
  for (size_t i = 0; i < producer->reads.len; i++) instr_unlink(producer->reads.at[i]);
  region_replace(f->m, producer->consumer->regions[0], &replaced);
  instr_unlink(producer->map);
}

/* One round fuses maps whose consumers are not themselves fused in it. */
static int fuse_round(Module *m, Region *body) {
  Fuse f = {.m = m};
  f.producers = id_map_new(m->scratch);
  collect_maps(&f, body);
  note_uses(&f, body);
  int fused = 0;
  for (size_t i = 0; i < f.list.len; i++) {
    Producer *producer = f.list.at[i];
    if (!producer->fusable || !producer->consumer || !is_worth_fusing(producer)) continue;
    bool moved = false; /* a read that a fusion has taken away is not where it was noted */
    for (size_t k = 0; k < producer->reads.len; k++) {
      const Region *place = producer->reads.at[k]->parent;
      moved = moved || !place || place->parent != producer->consumer;
    }
    if (moved || !producer->consumer->parent) continue;
    fuse_into(&f, producer);
    fused++;
  }
  return fused;
}

int fuse(Module *m, Diag *diag) {
  (void)diag;
  int total = 0;
  for (size_t i = 0; i < m->funcs.len; i++) {
    Region *body = m->funcs.at[i]->body;
    total += gather_sums(m, body);
    total += split_maps(m, body);
    for (int fused = 1; fused > 0; total += fused) fused = fuse_round(m, body);
    total += merge_spaces(m, body);
    arena_clear(m->scratch);
  }
  return total;
}
