#include "derive/lasting.h"

/* ---- what is written after what ---------------------------------------------------------------- */

/* An array as it is at some place of the step itself, outside of loops and arms. */
typedef struct {
  int carried;
  int n_after; /* how many of the array's writes come after it */
} Version;

typedef Vec(Instr *) Writes;

typedef struct {
  const PrimalStep *step;
  Writes *writes;  /* by carried array: all of a step, the last one first */
  IdMap versions;  /* Version by the id of its value */
} Lasting;

static bool writes_between(Module *m, const Value *from, Value *to, Writes *writes);

/* The version before `version`, and in `writes` what was written between them; NULL where that can't be
 * told. */
static Value *version_before(Module *m, const Value *version, Writes *writes) {
  Instr *def = version->def;
  if (!def) return NULL;
  const int i = version->index;
  switch ((int)def->op) {
    case OP_UPDATE:
    case OP_ACCUM: vec_push(m->scratch, writes, def); return def->operands[0];
    case OP_LOOP:
      if (!writes_between(m, def->regions[0]->params[1 + i], def->regions[0]->yields[i], writes)) return NULL;
      return def->operands[1 + i];
    case OP_SWEEP:
      if (!writes_between(m, def->regions[0]->params[def->n_extents + i], def->regions[0]->yields[i], writes))
        return NULL;
      return def->operands[i];
    case OP_IF: {
      Value *before[2];
      for (int k = 0; k < 2; k++) {
        before[k] = def->regions[k]->yields[i];
        while (before[k] && region_is_within(value_region(before[k]), def->regions[k]))
          before[k] = version_before(m, before[k], writes);
      }
      return before[0] == before[1] ? before[0] : NULL;
    }
    default: return NULL;
  }
}

static bool writes_between(Module *m, const Value *from, Value *to, Writes *writes) {
  while (to && to != from) to = version_before(m, to, writes);
  return to != NULL;
}

/* More are not looked at: what is proven of a block costs time for each of them. */
enum { MANY_WRITES = 32 };

/* All versions of a carried array, or none, where one can't be followed. */
static bool enter_versions(Lasting *l, int carried) {
  const PrimalStep *step = l->step;
  Arena *scratch = step->m->scratch;
  Writes *writes = &l->writes[carried];
  ValueList values = {0};
  Vec(Version *) versions = {0};
  for (Value *at = step->end[carried];; at = version_before(step->m, at, writes)) {
    if (!at || writes->len > MANY_WRITES) return false;
    Version *version = ARENA_NEW(scratch, Version);
    *version = (Version){carried, (int)writes->len};
    vec_push(scratch, &values, at);
    vec_push(scratch, &versions, version);
    if (at == step->begin[carried]) break;
  }
  for (size_t i = 0; i < values.len; i++) id_map_set(&l->versions, values.at[i]->id, versions.at[i]);
  return true;
}

/* ---- places ------------------------------------------------------------------------------------- */

/* The places that an access at `starts` touches, inclusive, as sizes in terms of the counters around it. */
typedef struct {
  int rank;
  Size *low[MAX_RANK], *high[MAX_RANK];
  const Region *region; /* where the access stands */
} Block;

static Block element_of(Module *m, const Instr *index) {
  Block block = {.rank = index->operands[0]->type->rank, .region = index->parent};
  for (int d = 0; d < block.rank; d++)
    block.low[d] = block.high[d] = size_of_value(m, index->operands[1 + d]);
  return block;
}

static Block block_of(Module *m, const Instr *update) {
  Block block = {.rank = update->operands[0]->type->rank, .region = update->parent};
  const Type *type = update->operands[1]->type;
  for (int d = 0, k = 0; d < block.rank; d++) {
    block.low[d] = block.high[d] = size_of_value(m, update->operands[2 + d]);
    if (!(update->ranges >> d & 1)) continue;
    Size *last = size_sub(m, type->dims[k++], size_const(m, 1));
    block.high[d] = size_add(m, block.low[d], last);
  }
  return block;
}

/* size = *factor * atom + the rest, which is returned; NULL where it is more than that. */
static Size *without_atom(Module *m, Size *size, Value *atom, int64_t *factor) {
  *factor = 0;
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++) {
      if (size->terms[i].atoms[k] != atom) continue;
      if (size->terms[i].n_atoms > 1) return NULL;
      *factor = size->terms[i].coef;
    }
  return *factor ? size_sub(m, size, size_mul(m, size_const(m, *factor), size_atom(m, atom))) : size;
}

/* The least or greatest value as the counter goes from 0 to extent - 1. */
static Size *extreme_over(Module *m, Size *size, Value *counter, Size *extent, bool greatest) {
  int64_t factor;
  Size *rest = without_atom(m, size, counter, &factor);
  if (!rest || factor == 0 || (factor < 0) == greatest) return rest;
  Size *last = size_sub(m, extent, size_const(m, 1));
  return size_add(m, rest, size_mul(m, size_const(m, factor), last));
}

/* Which steps write: the one in which the block is looked at, those after it, or no matter which? */
typedef enum { SAME_STEP, LATER_STEPS, ALL_STEPS } When;

/* Places that move by more per step are refused, so that nothing overflows. */
enum { MOST_MOTION = 1 << 30 };

/* The least or greatest value as all the counters between `region` and the step's own go through their
 * ranges, and with ALL_STEPS the step's as well: a sum of a multiple of the step's counter and of what is the
 * same in all steps. Else NULL. */
static Size *extreme_of(const PrimalStep *step, Size *size, const Region *region, When when, bool greatest) {
  Module *m = step->m;
  Value *counter = step->steps->region->params[0];
  for (; size && region != step->steps->region; region = region->parent->parent) {
    const Instr *holder = region->parent;
    if (holder->op == OP_LOOP)
      size = extreme_over(m, size, region->params[0], size_of_value(m, holder->operands[0]), greatest);
    for (int d = 0; size && d < holder->n_extents; d++)
      size = extreme_over(m, size, region->params[d], holder->extents[d], greatest);
  }
  if (size && when == ALL_STEPS) size = extreme_over(m, size, counter, step->steps->count, greatest);
  int64_t factor = 0;
  Size *rest = size ? without_atom(m, size, counter, &factor) : NULL;
  const bool is_moderate = factor > -MOST_MOTION && factor < MOST_MOTION;
  return rest && is_moderate && size_is_outside(rest, step->steps->region) ? size : NULL;
}

/* A line of places: those along dimension d, or along the sum or difference of d and another. */
typedef struct {
  int d, other; /* other: -1 for none */
  bool is_sum;
} Line;

static Size *along(const PrimalStep *step, const Block *block, Line line, When when, bool greatest) {
  Module *m = step->m;
  Size *size = greatest ? block->high[line.d] : block->low[line.d];
  if (line.other >= 0 && line.is_sum)
    size = size_add(m, size, greatest ? block->high[line.other] : block->low[line.other]);
  else if (line.other >= 0)
    size = size_sub(m, size, greatest ? block->low[line.other] : block->high[line.other]);
  return extreme_of(step, size, block->region, when, greatest);
}

/* ---- in which order steps go ---------------------------------------------------------------------- */

/* By how much the place of a write moves from a step to the next one. */
static int64_t motion_of(const PrimalStep *step, Size *place, When when) {
  int64_t factor = 0;
  if (place && when == LATER_STEPS) without_atom(step->m, place, step->steps->region->params[0], &factor);
  return -factor;
}

/* Is low > high, whatever the sizes and the steps around are, once they have moved apart by `motion` or any
 * multiple of it? */
static bool is_above(const PrimalStep *step, Size *low, Size *high, int64_t motion) {
  int64_t distance;
  if (!low || !high || motion < 0) return false;
  Size *least = size_sub(step->m, low, high);
  for (const ReverseSteps *steps = step->steps->around; least && steps; steps = steps->around)
    least = extreme_over(step->m, least, steps->region->params[0], steps->count, false);
  return least && size_is_const(least, &distance) && distance >= 1 - motion;
}

static bool is_apart_along(const PrimalStep *step, const Block *block, const Block *write, When when,
                           Line line) {
  Size *low = along(step, block, line, when, false), *high = along(step, block, line, when, true);
  Size *write_low = along(step, write, line, when, false), *write_high = along(step, write, line, when, true);
  return is_above(step, write_low, high, motion_of(step, write_low, when)) ||
         is_above(step, low, write_high, -motion_of(step, write_high, when));
}

static bool is_apart(const PrimalStep *step, const Block *block, const Block *write, When when) {
  for (int d = 0; d < block->rank; d++)
    if (is_apart_along(step, block, write, when, (Line){d, -1, false})) return true;
  for (int d = 1; d < block->rank; d++)
    for (int other = 0; other < d; other++)
      if (is_apart_along(step, block, write, when, (Line){d, other, false}) ||
          is_apart_along(step, block, write, when, (Line){d, other, true}))
        return true;
  return false;
}

/* Is the block never written again, by the n_after writes that follow in its own step or in later steps? */
static bool lasts(const Lasting *l, const Block *block, int carried, int n_after) {
  const Writes *writes = &l->writes[carried];
  for (int i = 0; i < (int)writes->len; i++) {
    const Block write = block_of(l->step->m, writes->at[i]);
    if (is_apart(l->step, block, &write, ALL_STEPS)) continue;
    if (!is_apart(l->step, block, &write, LATER_STEPS)) return false;
    if (i < n_after && !is_apart(l->step, block, &write, SAME_STEP)) return false;
  }
  return true;
}

/* ---- what lasts ----------------------------------------------------------------------------------- */

static const Version *version_of(const Lasting *l, const Value *value) {
  return id_map_find(&l->versions, value->id);
}

static void read_results(Lasting *l, Region *region, bool *is_read) {
  for (Instr *instr = region->first; instr; instr = instr->next) {
    for (int k = 0; k < instr->n_regions; k++) read_results(l, instr->regions[k], is_read);
    const Version *version = instr->op == OP_INDEX ? version_of(l, instr->operands[0]) : NULL;
    if (!version) continue;
    const Block element = element_of(l->step->m, instr);
    if (!lasts(l, &element, version->carried, version->n_after)) continue;
    instr->operands[0] = l->step->results[version->carried];
    is_read[version->carried] = true;
  }
}

/* Is the place known when the step's copy has not begun? */
static bool is_known_before(const PrimalStep *step, const Block *block) {
  int64_t factor;
  for (int d = 0; d < block->rank; d++) {
    const Size *low = without_atom(step->m, block->low[d], step->steps->region->params[0], &factor);
    const Size *high = without_atom(step->m, block->high[d], step->steps->region->params[0], &factor);
    if (!low || !size_is_outside(low, step->steps->region)) return false;
    if (!high || !size_is_outside(high, step->steps->region)) return false;
  }
  return true;
}

static void enter_write(const Lasting *l, const Instr *update, IdMap *writes) {
  const Version *after = version_of(l, update->results[0]);
  if (!after) return;
  const Block block = block_of(l->step->m, update);
  if (!is_known_before(l->step, &block) || !lasts(l, &block, after->carried, after->n_after)) return;
  LastingWrite *write = ARENA_NEW(l->step->m->scratch, LastingWrite);
  *write = (LastingWrite){update, after->carried, l->step->results[after->carried]};
  id_map_set(writes, update->operands[1]->id, write);
}

void lasting_find(const PrimalStep *step, bool *is_read, IdMap *writes) {
  Lasting l = {.step = step, .versions = id_map_new(step->m->scratch)};
  l.writes = ARENA_ARRAY(step->m->scratch, Writes, (size_t)step->n_carried);
  bool found = false;
  for (int i = 0; i < step->n_carried; i++)
    if (step->begin[i]->type->rank > 0) found |= enter_versions(&l, i);
  if (!found) return;
  for (const Instr *instr = step->steps->region->first; instr; instr = instr->next)
    if (instr->op == OP_UPDATE) enter_write(&l, instr, writes);
  read_results(&l, step->steps->region, is_read);
}

Value *lasting_read(Builder *b, const LastingWrite *write) {
  const Instr *update = write->update;
  const Block block = block_of(b->m, update);
  Value *starts[MAX_RANK];
  for (int d = 0; d < block.rank; d++) starts[d] = build_size(b, block.low[d]);
  return build_block(b, write->result, starts, update->ranges, update->operands[1]->type);
}

bool array_comes_from_outside(Module *m, const Value *array) {
  Writes writes = {0};
  const Region *region = value_region(array);
  while (array && array->def && value_region(array) == region) array = version_before(m, array, &writes);
  return array != NULL;
}
