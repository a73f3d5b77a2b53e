/* Packs: a vector loop over i that reads x[i, 0], x[i, 1], .. jumps through memory for each element of
 * a vector. Where the nest around it does so again and again, x is copied once, with i as its last
 * dimension. A copy has the same elements, so results stay the same to the last bit. Of x[first + i, ..] only
 * the rows that the loop reads are copied, where it surely reads them all: so they are inside the array. */
#include "backend/schedule.h"

#include "ir/contraction.h"

/* An extent that is not known counts as MANY; a copy must serve WORTH reads of each element. */
enum { LEAST_STEPS = 4, MANY = 16, WORTH = 4, ENOUGH = 1 << 30 };

/* A dimension of an array as vector loops go through it: the index is the counter, or offset + counter. */
typedef struct {
  Value *array;
  int dim;
  Value *offset; /* or NULL */
  Size *fast;    /* how many steps the vector loop has */
} Walk;

/* Reads of one array in one nest, by the same walk. */
typedef struct Pack {
  Walk walk;
  Instr *nest;
  int64_t reads; /* how many for each point of the vector loop */
  Vec(Instr *) accesses;
  Value *copy;
  struct Pack *next; /* of the same array */
} Pack;

typedef struct {
  Module *m;
  IdMap by_array; /* the first Pack, by the array's id */
  Vec(Pack *) packs;
} Packs;

static bool is_space(const Instr *instr) {
  return instr && (instr->op == OP_MAP || instr->op == OP_REDUCE || instr->op == OP_SWEEP);
}

/* Nothing but scalars and choices between them: C compilers make vectors of that. */
static bool is_straight(const Region *body) {
  for (const Instr *instr = body->first; instr; instr = instr->next) {
    const bool is_plain = op_is_prim(instr->op) || instr->op == OP_CONST || instr->op == OP_SIZE ||
                          instr->op == OP_INDEX || instr->op == OP_IF ||
                          (instr->op == OP_ACCUM && instr->ranges == 0);
    if (!is_plain) return false;
    for (int r = 0; r < instr->n_regions; r++)
      if (!is_straight(instr->regions[r])) return false;
  }
  return true;
}

/* ---- what a copy costs, and what it is good for ----------------------------------------------- */

/* Is all that a copy needs there before the space? */
static bool is_there_before(const Walk *w, const Instr *space) {
  if (!region_is_within(space->parent, value_region(w->array))) return false;
  if (!w->offset) return true;
  return size_is_outside(w->fast, space->regions[0]) &&
         region_is_within(space->parent, value_region(w->offset));
}

/* The outermost space around before which the copy can be made; NULL: there is none. */
static Instr *nest_of(Instr *space, const Walk *w) {
  Instr *nest = NULL;
  for (Instr *holder = space; is_space(holder) && is_there_before(w, holder); holder = holder->parent->parent)
    nest = holder;
  return nest;
}

static int64_t times(int64_t a, int64_t b) { return a > ENOUGH / (b + 1) ? ENOUGH : a * b; }

typedef struct {
  int n;
  Size *extents[4 * MAX_RANK];
} Extents;

/* Those of the nest down to the space; the vector loop's stands first. */
static bool find_extents(Instr *space, const Instr *nest, Size *fast, Extents *e) {
  bool is_first = true;
  e->extents[e->n++] = fast;
  for (Instr *holder = space;; holder = holder->parent->parent) {
    if (e->n + holder->n_extents > 4 * MAX_RANK) return false;
    for (int d = 0; d < holder->n_extents; d++) {
      if (is_first && holder->extents[d] == fast) is_first = false;
      else e->extents[e->n++] = holder->extents[d];
    }
    if (holder == nest) return true;
  }
}

/* Does each loop but the vector loop have steps, whatever the sizes? */
static bool surely_runs(const Extents *e) {
  int64_t n;
  for (int k = 1; k < e->n; k++)
    if (!size_is_const(e->extents[k], &n) || n < 1) return false;
  return true;
}

/* How many reads the nest makes for each element of the other dimensions that are not numbers, which must
 * be extents of the nest, too; 0: that is not known. */
static int64_t reads_per_point(Extents *e, const Type *type, int dim) {
  int64_t reads = 1, n;
  e->extents[0] = NULL;
  for (int d = 0; d < type->rank; d++) {
    if (d == dim || size_is_const(type->dims[d], &n)) continue;
    int k = 0;
    while (k < e->n && e->extents[k] != type->dims[d]) k++;
    if (k == e->n) return 0;
    e->extents[k] = NULL;
  }
  for (int k = 0; k < e->n; k++)
    if (e->extents[k]) reads = times(reads, size_is_const(e->extents[k], &n) ? n : MANY);
  return reads;
}

static bool is_worth_it(const Pack *pack) {
  int64_t elements = 1, n;
  const Type *type = pack->walk.array->type;
  for (int d = 0; d < type->rank; d++)
    if (d != pack->walk.dim && size_is_const(type->dims[d], &n)) elements = times(elements, n);
  return pack->reads >= times(WORTH, elements);
}

/* ---- which reads ----------------------------------------------------------------------------- */

/* In offset + counter, with an offset from outside the space, the offset. */
static Value *offset_in(const Value *index, const Value *counter) {
  const Instr *add = index->def;
  if (!add || add->op != OP_add) return NULL;
  for (int k = 0; k < 2; k++)
    if (add->operands[k] == counter && !region_is_within(value_region(add->operands[1 - k]), counter->region))
      return add->operands[1 - k];
  return NULL;
}

/* False: no index, the last one, or several go with the counter. */
static bool find_walk(const Instr *read, const Instr *space, const Value *counter, Walk *w) {
  *w = (Walk){.array = read->operands[0], .dim = -1, .fast = space->extents[counter->index]};
  for (int k = 1; k < read->n_operands; k++) {
    Value *offset = offset_in(read->operands[k], counter);
    if (read->operands[k] != counter && !offset) continue;
    if (w->dim >= 0) return false;
    w->dim = k - 1;
    w->offset = offset;
  }
  if (w->dim < 0 || w->dim == read->n_operands - 2) return false;
  return w->offset ? read->parent == space->regions[0] : w->array->type->dims[w->dim] == w->fast;
}

/* Is each other index the same at all points of the space, but for its other counters? */
static bool is_steady(const Instr *read, int dim, const Instr *space) {
  const Region *body = space->regions[0];
  for (int k = 1; k < read->n_operands; k++) {
    const Value *index = read->operands[k];
    const bool is_number = index->def && index->def->op == OP_CONST;
    const bool is_counter = !index->def && index->region == body && index->index < space->n_extents;
    if (k - 1 == dim || is_number || is_counter) continue;
    if (region_is_within(value_region(index), body)) return false;
  }
  return true;
}

static bool same_walk(const Walk *a, const Walk *b) {
  return a->array == b->array && a->dim == b->dim && a->offset == b->offset && a->fast == b->fast;
}

static Pack *pack_for(Packs *p, const Walk *w, Instr *nest) {
  Pack *first = id_map_find(&p->by_array, w->array->id);
  for (Pack *pack = first; pack; pack = pack->next)
    if (same_walk(&pack->walk, w) && pack->nest == nest) return pack;
  Pack *pack = ARENA_NEW(p->m->arena, Pack);
  *pack = (Pack){.walk = *w, .nest = nest, .next = first};
  id_map_set(&p->by_array, w->array->id, pack);
  vec_push(p->m->arena, &p->packs, pack);
  return pack;
}

static void look_at(Packs *p, Instr *read, Instr *space, const Value *counter) {
  Walk w;
  if (!find_walk(read, space, counter, &w) || !is_steady(read, w.dim, space)) return;
  Instr *nest = nest_of(space, &w);
  Extents e = {0};
  if (!nest || !find_extents(space, nest, w.fast, &e) || (w.offset && !surely_runs(&e))) return;
  const int64_t reads = reads_per_point(&e, w.array->type, w.dim);
  if (reads == 0) return;
  Pack *pack = pack_for(p, &w, nest);
  pack->reads = pack->reads >= ENOUGH ? ENOUGH : pack->reads + reads;
  vec_push(p->m->arena, &pack->accesses, read);
}

static void look_in(Packs *p, Region *region, Instr *space, const Value *counter) {
  for (Instr *instr = region->first; instr; instr = instr->next) {
    if (instr->op == OP_INDEX) look_at(p, instr, space, counter);
    for (int r = 0; r < instr->n_regions; r++) look_in(p, instr->regions[r], space, counter);
  }
}

static void find_packs(Packs *p, Region *region) {
  for (Instr *instr = region->first; instr; instr = instr->next) {
    if (is_large_product(instr)) continue; /* a kernel packs what it needs itself */
    if (!is_space(instr) || instr->n_extents == 0 || !is_straight(instr->regions[0])) {
      for (int r = 0; r < instr->n_regions; r++) find_packs(p, instr->regions[r]);
      continue;
    }
    const Value *counter = schedule_innermost(instr);
    int64_t n;
    if (size_is_const(instr->extents[counter->index], &n) && n < LEAST_STEPS) continue;
    look_in(p, instr->regions[0], instr, counter);
  }
}

/* ---- packing --------------------------------------------------------------------------------- */

/* Was it made before, for an earlier nest? */
static Value *known_copy(const Packs *p, const Pack *pack) {
  for (const Pack *old = id_map_find(&p->by_array, pack->walk.array->id); old; old = old->next)
    if (old->copy && same_walk(&old->walk, &pack->walk) &&
        region_is_within(pack->nest->parent, old->nest->parent))
      return old->copy;
  return NULL;
}

/* The dimension of the walk moves to the end. */
static Value *build_packed(Module *m, const Pack *pack) {
  const Walk *w = &pack->walk;
  const Type *type = w->array->type;
  Builder b = builder_before(m, pack->nest);
  b.span = pack->nest->span;
  Size *dims[MAX_RANK];
  Value *indices[MAX_RANK];
  Region *body = region_new(m);
  for (int d = 0, at = 0; d <= type->rank; d++) {
    if (d == w->dim) continue;
    const int from = d == type->rank ? w->dim : d;
    dims[at++] = from == w->dim ? w->fast : type->dims[from];
    indices[from] = region_param(m, body, type_scalar(m, KIND_INT), NULL);
  }
  Builder in = builder_at_end(m, body);
  in.span = b.span;
  if (w->offset) indices[w->dim] = build_prim(&in, OP_add, w->offset, indices[w->dim]);
  region_add_yield(m, body, build_index(&in, w->array, indices));
  Value *copy = build_map(&b, type->rank, dims, body)->results[0];
  copy->name = w->array->name;
  return copy;
}

static void read_packed(const Pack *pack) {
  const Walk *w = &pack->walk;
  for (size_t i = 0; i < pack->accesses.len; i++) {
    Instr *read = pack->accesses.at[i];
    Value *counter = read->operands[1 + w->dim];
    if (w->offset) counter = counter->def->operands[counter->def->operands[0] == w->offset];
    for (int k = 1 + w->dim; k + 1 < read->n_operands; k++) read->operands[k] = read->operands[k + 1];
    read->operands[read->n_operands - 1] = counter;
    read->operands[0] = pack->copy;
  }
}

void schedule_packs(Module *m, Region *region) {
  Packs p = {.m = m, .by_array = id_map_new(m->arena)};
  find_packs(&p, region);
  for (size_t i = 0; i < p.packs.len; i++) {
    Pack *pack = p.packs.at[i];
    if (!is_worth_it(pack)) continue;
    Value *known = known_copy(&p, pack);
    pack->copy = known ? known : build_packed(m, pack);
    read_packed(pack);
  }
}
