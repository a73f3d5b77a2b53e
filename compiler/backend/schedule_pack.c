/* Packs: a vector loop over i that reads x[i, 0], x[i, 1], .. jumps through memory for each element of
 * a vector. Where the nest around it does so again and again, x is copied once, with i as its last
 * dimension. A copy has the same elements, so results stay the same to the last bit. */
#include "backend/schedule.h"

#include "ir/contraction.h"

/* An extent that is not known counts as MANY; a copy must serve WORTH reads of each element. */
enum { LEAST_STEPS = 4, MANY = 16, WORTH = 4, ENOUGH = 1 << 30 };

/* Reads of one array in one nest, with the vector loop's counter in the same dimension. */
typedef struct Pack {
  Value *array;
  int dim;
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

/* The outermost space around before which the array is there; NULL: it comes from the body. */
static Instr *nest_of(Instr *space, const Value *array) {
  Instr *nest = NULL;
  for (Instr *holder = space; is_space(holder); holder = holder->parent->parent) {
    if (!region_is_within(holder->parent, value_region(array))) break;
    nest = holder;
  }
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
  for (int d = 0; d < pack->array->type->rank; d++)
    if (d != pack->dim && size_is_const(pack->array->type->dims[d], &n)) elements = times(elements, n);
  return pack->reads >= times(WORTH, elements);
}

/* ---- which reads ----------------------------------------------------------------------------- */

/* The dimension with the counter; -1: none, the last one, or the counter is in other indices, too. */
static int dim_of(const Instr *read, const Value *counter) {
  int dim = -1;
  for (int k = 1; k < read->n_operands; k++)
    if (read->operands[k] == counter) dim = dim < 0 ? k - 1 : MAX_RANK;
  return dim < read->n_operands - 2 ? dim : -1;
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

static Pack *pack_for(Packs *p, Value *array, int dim, Instr *nest) {
  Pack *first = id_map_find(&p->by_array, array->id);
  for (Pack *pack = first; pack; pack = pack->next)
    if (pack->dim == dim && pack->nest == nest) return pack;
  Pack *pack = ARENA_NEW(p->m->arena, Pack);
  *pack = (Pack){.array = array, .dim = dim, .nest = nest, .next = first};
  id_map_set(&p->by_array, array->id, pack);
  vec_push(p->m->arena, &p->packs, pack);
  return pack;
}

static void look_at(Packs *p, Instr *read, Instr *space, const Value *counter) {
  Value *array = read->operands[0];
  const int dim = dim_of(read, counter);
  Size *fast = space->extents[counter->index];
  if (dim < 0 || array->type->dims[dim] != fast || !is_steady(read, dim, space)) return;
  Instr *nest = nest_of(space, array);
  Extents e = {0};
  if (!nest || !find_extents(space, nest, fast, &e)) return;
  const int64_t reads = reads_per_point(&e, array->type, dim);
  if (reads == 0) return;
  Pack *pack = pack_for(p, array, dim, nest);
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
  for (const Pack *old = id_map_find(&p->by_array, pack->array->id); old; old = old->next)
    if (old->copy && old->dim == pack->dim && region_is_within(pack->nest->parent, old->nest->parent))
      return old->copy;
  return NULL;
}

/* Dimension `dim` moves to the end. */
static Value *build_packed(Module *m, const Pack *pack) {
  const Type *type = pack->array->type;
  Builder b = builder_before(m, pack->nest);
  b.span = pack->nest->span;
  Size *dims[MAX_RANK];
  Value *indices[MAX_RANK];
  Region *body = region_new(m);
  for (int d = 0, at = 0; d <= type->rank; d++) {
    if (d == pack->dim) continue;
    const int from = d == type->rank ? pack->dim : d;
    dims[at++] = type->dims[from];
    indices[from] = region_param(m, body, type_scalar(m, KIND_INT), NULL);
  }
  Builder in = builder_at_end(m, body);
  in.span = b.span;
  region_add_yield(m, body, build_index(&in, pack->array, indices));
  Value *copy = build_map(&b, type->rank, dims, body)->results[0];
  copy->name = pack->array->name;
  return copy;
}

static void read_packed(const Pack *pack) {
  for (size_t i = 0; i < pack->accesses.len; i++) {
    Instr *read = pack->accesses.at[i];
    Value *counter = read->operands[1 + pack->dim];
    for (int k = 1 + pack->dim; k + 1 < read->n_operands; k++) read->operands[k] = read->operands[k + 1];
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
