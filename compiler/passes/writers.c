#include "passes/writers.h"

/* A place as what does not change from place to place, plus a constant. */
typedef struct {
  Size *frame; /* NULL: nothing */
  int64_t constant;
} PlaceOf;

/* All writes of one block by one run, the oldest first. */
typedef struct Block Block;
struct Block {
  Block *next; /* with the same key */
  int64_t constants[MAX_RANK];
  Vec(const Instr *) writers;
};

struct WriterRun {
  Value *before; /* the array that the first one writes to */
  int rank;
  unsigned ranges;
  Size *frames[MAX_RANK];
  IdMap blocks; /* by key_of its constants */
  int length;
};

/* Where an update or accum stands in a run. */
typedef struct {
  struct WriterRun *run;
  int position;
} Link;

static PlaceOf place_of(Fold *f, Value *index) {
  PlaceOf place = {0};
  if (value_is_const_int(index, &place.constant)) return place;
  Size *size = fold_size(f, index);
  const SizeTerm *last = size->n_terms ? &size->terms[size->n_terms - 1] : NULL;
  if (!last || last->n_atoms > 0) return place.frame = size, place;
  place.constant = last->coef;
  if (size->n_terms > 1) place.frame = size_sub(f->m, size, size_const(f->m, last->coef));
  return place;
}

bool is_whole_dimension(const Fold *f, const Instr *update, int d, int block_dim) {
  int64_t start;
  const Type *array = update->operands[0]->type, *block = update->operands[1]->type;
  return look_int(f, update->operands[2 + d], &start) && start == 0 &&
         array->dims[d] == block->dims[block_dim];
}

static bool is_range(unsigned ranges, int d) { return ranges >> d & 1; }

/* What kind of blocks would a run have that begins with this write? */
static bool describe(Fold *f, const Instr *update, struct WriterRun *run, int64_t *constants) {
  int n = 0;
  run->rank = update->n_operands - 2;
  run->ranges = update->ranges;
  for (int d = 0; d < run->rank; d++) {
    if (is_range(run->ranges, d)) {
      if (!is_whole_dimension(f, update, d, n++)) return false;
      continue;
    }
    const PlaceOf place = place_of(f, update->operands[2 + d]);
    run->frames[d] = place.frame;
    constants[d] = place.constant;
  }
  return true;
}

static bool same_kind(const struct WriterRun *a, const struct WriterRun *b) {
  if (a->rank != b->rank || a->ranges != b->ranges) return false;
  for (int d = 0; d < a->rank; d++)
    if (a->frames[d] != b->frames[d]) return false;
  return true;
}

static uint32_t key_of(const struct WriterRun *run, const int64_t *constants) {
  uint32_t key = 0;
  for (int d = 0; d < run->rank; d++)
    if (!is_range(run->ranges, d)) key = key * 1000003u + (uint32_t)constants[d];
  return key;
}

static Block *find_block(const struct WriterRun *run, const int64_t *constants) {
  Block *block = id_map_find(&run->blocks, key_of(run, constants));
  for (; block; block = block->next) {
    int d = 0;
    while (d < run->rank && (is_range(run->ranges, d) || block->constants[d] == constants[d])) d++;
    if (d == run->rank) return block;
  }
  return NULL;
}

static Block *add_block(Fold *f, struct WriterRun *run, const int64_t *constants) {
  const uint32_t key = key_of(run, constants);
  Block *block = ARENA_NEW(f->m->scratch, Block);
  block->next = id_map_find(&run->blocks, key);
  for (int d = 0; d < run->rank; d++) block->constants[d] = constants[d];
  id_map_set(&run->blocks, key, block);
  return block;
}

static Link *link_of(const Fold *f, const Value *array) { return id_map_find(&f->links, array->id); }

/* Enters a write, whose array has been entered if it is the result of one. */
static void enter(Fold *f, const Instr *update) {
  struct WriterRun kind = {0};
  int64_t constants[MAX_RANK] = {0};
  if (!describe(f, update, &kind, constants)) return;
  Value *array = update->operands[0];
  const Link *before = look(f, array) ? link_of(f, array) : NULL;
  Link *link = ARENA_NEW(f->m->scratch, Link);
  if (before && before->position + 1 == before->run->length && same_kind(before->run, &kind)) {
    link->run = before->run;
  } else {
    link->run = ARENA_NEW(f->m->scratch, struct WriterRun);
    *link->run = kind;
    link->run->before = array;
    link->run->blocks = id_map_new(f->m->scratch);
  }
  link->position = link->run->length++;
  id_map_set(&f->links, update->results[0]->id, link);
  Block *block = find_block(link->run, constants);
  if (!block) block = add_block(f, link->run, constants);
  vec_push(f->m->scratch, &block->writers, update);
}

static bool is_write(const Instr *instr) {
  return instr && (instr->op == OP_UPDATE || instr->op == OP_ACCUM);
}

/* Enters what has not been entered yet of the chain that ends here, from its beginning. */
static const Link *entered(Fold *f, Value *array) {
  Vec(const Instr *) chain = {0};
  for (const Instr *def = look(f, array); is_write(def) && !link_of(f, def->results[0]);
       def = look(f, def->operands[0]))
    vec_push(f->m->scratch, &chain, def);
  for (size_t i = chain.len; i-- > 0;) enter(f, chain.at[i]);
  return link_of(f, array);
}

/* The last of the writers that stands at the position or before; NULL: none does. */
static const Instr *last_writer(const Fold *f, const Block *block, int position) {
  size_t low = 0, high = block->writers.len;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (link_of(f, block->writers.at[middle]->results[0])->position <= position) low = middle + 1;
    else high = middle;
  }
  return low ? block->writers.at[low - 1] : NULL;
}

void find_writer(Fold *f, Value **array, Value *const *at) {
  const Link *link = entered(f, *array);
  if (!link) return;
  const struct WriterRun *run = link->run;
  int64_t constants[MAX_RANK] = {0};
  for (int d = 0; d < run->rank; d++) {
    if (is_range(run->ranges, d)) continue;
    const PlaceOf place = place_of(f, at[d]);
    if (place.frame != run->frames[d]) return;
    constants[d] = place.constant;
  }
  const Block *block = find_block(run, constants);
  const Instr *writer = block ? last_writer(f, block, link->position) : NULL;
  *array = writer ? writer->results[0] : run->before;
}
