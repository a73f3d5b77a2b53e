/* Parallel: which loops over index spaces are shared out among threads.
 *
 * A loop qualifies if what one iteration writes is its own: variables and small arrays that are
 * declared in the loop, elements that carry the index of the loop (of a map's result, of an
 * accumulator), or what can be had once per block and put together in order afterwards: arrays of
 * the workspace that live in the body, sums, accumulators that are small beside the work. There
 * are PARALLEL_BLOCKS blocks whatever the number of threads, so the results do not depend on it.
 * Bodies with print and extern calls stay serial: their order shows. */
#include "backend/plan.h"

#include "ir/op.h"

/* Work is counted in cheap operations. A size that is known only later counts as NOMINAL. */
enum { DEAR_WORK = 10, NOMINAL = 1000, PART_COST = 4, FEW = 4 };

/* ---- work ------------------------------------------------------------------------------------ */

/* The size, or 1 where it is known only inside the space. */
static Size *size_ahead(Plan *p, const Instr *space, Size *size) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++)
      if (region_is_within(value_region(size->terms[i].atoms[k]), space->regions[0]))
        return size_const(p->m, 1);
  return size;
}

static Size *work_of_region(Plan *p, const Instr *space, const Region *region);

static Size *times(Plan *p, const Instr *space, const Instr *instr, Size *work) {
  for (int d = 0; d < instr->n_extents; d++)
    work = size_mul(p->m, work, size_ahead(p, space, instr->extents[d]));
  if (instr->op == OP_LOOP) {
    Size *steps = size_of_value(p->m, instr->operands[0]);
    work = size_mul(p->m, work, size_ahead(p, space, steps));
  }
  return work;
}

static Size *work_of(Plan *p, const Instr *space, const Instr *instr) {
  if (!node(p, instr)->is_needed || instr->op == OP_CONST || instr->op == OP_SIZE)
    return size_const(p->m, 0);
  if (op_is_prim(instr->op)) return size_const(p->m, op_is_expensive(instr->op) ? DEAR_WORK : 1);
  Size *work = size_const(p->m, 1);
  for (int r = 0; r < instr->n_regions; r++)
    work = size_add(p->m, work, work_of_region(p, space, instr->regions[r]));
  if (instr->op == OP_UPDATE || instr->op == OP_ACCUM)
    for (int d = 0; d < instr->operands[1]->type->rank; d++)
      work = size_mul(p->m, work, size_ahead(p, space, instr->operands[1]->type->dims[d]));
  return times(p, space, instr, work);
}

static Size *work_of_region(Plan *p, const Instr *space, const Region *region) {
  Size *work = size_const(p->m, 0);
  for (const Instr *instr = region->first; instr; instr = instr->next)
    work = size_add(p->m, work, work_of(p, space, instr));
  return work;
}

/* About how much it is. */
static double nominal(const Size *size) {
  double sum = 0;
  for (int i = 0; i < size->n_terms; i++) {
    double term = (double)size->terms[i].coef;
    for (int k = 0; k < size->terms[i].n_atoms; k++) term *= NOMINAL;
    sum += term;
  }
  return sum;
}

/* ---- what an iteration writes ---------------------------------------------------------------- */

typedef struct {
  Plan *p;
  const Instr *space;
  const Value *index; /* of the loop that is shared out */
  Parallel *found;
  bool fits;
} Search;

/* Which result of the space lives in the storage; -1: none. */
static int result_in(const Search *s, const Storage *storage) {
  for (int k = 0; k < s->space->n_results; k++)
    if (storage && storage_of(s->p, s->space->results[k]) == storage) return k;
  return -1;
}

static bool is_within_body(const Search *s, const Storage *storage) {
  return storage->scope && region_is_within(storage->scope, s->space->regions[0]);
}

static void add_private(Search *s, Storage *storage) {
  for (size_t i = 0; i < s->found->privates.len; i++)
    if (s->found->privates.at[i] == storage) return;
  if (storage->type->rank == MAX_RANK) s->fits = false;
  vec_push(s->p->m->arena, &s->found->privates, storage);
}

/* The dimension of the storage along which dimension `at` of the map's result runs; -1: not from 0
 * on. */
static int storage_dimension(const Search *s, const Value *result, int at) {
  const View *view = fact(s->p, result)->view;
  for (int d = 0; view && d < view->rank; d++)
    if (view->dim[d].is_range && at-- == 0) return view->dim[d].n ? -1 : d;
  return -1;
}

/* Is the value seen, in the storage of the map's result k, at the indices of the loops? */
static bool is_own_block(const Search *s, const Value *value, int k) {
  const View *view = fact(s->p, value)->view;
  for (int at = s->found->loop; at < s->found->loop + s->found->n_loops; at++) {
    const int d = storage_dimension(s, s->space->results[k], at);
    if (!view || d < 0 || view->dim[d].is_range || view->dim[d].n != 1) return false;
    if (view->dim[d].start[0] != s->space->regions[0]->params[at]) return false;
  }
  return true;
}

static bool is_passed_on(const Value *value) {
  const Instr *holder = value->def ? value->def : value->region->parent;
  return holder->op == OP_ACCUM || holder->op == OP_SWEEP || holder->op == OP_LOOP ||
         holder->op == OP_WHILE || holder->op == OP_IF;
}

/* The value is written in the body. */
static void note_written(Search *s, const Value *value) {
  Storage *storage = storage_of(s->p, value);
  if (!storage || storage->is_const) return;
  if (is_within_body(s, storage)) {
    if (storage->home == HOME_WORK) add_private(s, storage);
    return;
  }
  const int k = result_in(s, storage);
  if (k < 0) s->fits = false;
  else if (s->space->op == OP_MAP && !is_own_block(s, value, k)) s->fits = false;
  else if (s->space->op == OP_SWEEP && !is_passed_on(value)) s->fits = false;
  else if (s->space->op == OP_REDUCE) s->fits = false;
}

/* Copies of accumulators would read what other blocks write. */
static void note_moves(Search *s, const Moves *moves) {
  if (!moves) return;
  for (size_t i = 0; i < moves->list.len; i++) {
    const Move *move = &moves->list.at[i];
    const Storage *to = storage_of(s->p, move->to), *from = storage_of(s->p, move->from);
    note_written(s, move->to);
    if (s->space->op == OP_SWEEP && (result_in(s, to) >= 0 || result_in(s, from) >= 0))
      s->fits = false;
    if (move->temp && move->temp->home == HOME_WORK) add_private(s, move->temp);
  }
  for (size_t i = 0; i < moves->rotate_to.len; i++) {
    Storage *const pair[2] = {moves->rotate_to.at[i], moves->rotate_from.at[i]};
    for (int side = 0; side < 2; side++) {
      if (is_within_body(s, pair[side])) add_private(s, pair[side]);
      else s->fits = false;
    }
  }
}

static void search_region(Search *s, const Region *region);

static void search_instr(Search *s, const Instr *instr) {
  Node *n = node(s->p, instr);
  if (!n->is_needed) return;
  if (instr->op == OP_PRINT || instr->op == OP_CALL) s->fits = false;
  if (instr->op == OP_CHECK || instr->op == OP_WHILE) s->found->fails = true;
  if (instr->op == OP_ACCUM && !same_place(s->p, instr->operands[0], instr->results[0]) &&
      result_in(s, storage_of(s->p, instr->operands[0])) >= 0)
    s->fits = false;
  for (int k = 0; k < instr->n_results; k++) note_written(s, instr->results[k]);
  if (n->is_expression) return;
  note_moves(s, n->before);
  for (int r = 0; r < instr->n_regions; r++) {
    const Region *region = instr->regions[r];
    for (int k = 0; k < region->n_params; k++) note_written(s, region->params[k]);
    search_region(s, region);
    note_moves(s, n->after ? &n->after[r] : NULL);
  }
}

static void search_region(Search *s, const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next) search_instr(s, instr);
}

/* ---- accumulators ---------------------------------------------------------------------------- */

/* The dimensions at which every accum to the storage has the loop's index; *first: one of them
 * writes instead of adding. */
static unsigned own_dimensions(const Search *s, const Region *region, const Storage *target,
                               bool *first) {
  unsigned own = ~0u;
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    if (!node(s->p, instr)->is_needed) continue;
    for (int r = 0; r < instr->n_regions; r++)
      own &= own_dimensions(s, instr->regions[r], target, first);
    if (instr->op != OP_ACCUM || storage_of(s->p, instr->results[0]) != target) continue;
    unsigned here = 0;
    for (int d = 0; d < instr->operands[0]->type->rank; d++)
      if (!(instr->ranges >> d & 1) && instr->operands[2 + d] == s->index) here |= 1u << d;
    if (node(s->p, instr)->is_first) *first = true;
    own &= here;
  }
  return own;
}

/* Is every accumulator of the storage seen as the whole of it? */
static bool is_whole(const Search *s, const Storage *storage) {
  for (size_t i = 0; i < storage->members.len; i++) {
    const View *view = fact(s->p, storage->members.at[i])->view;
    if (view && !view_is_whole(view)) return false;
  }
  return storage->type->rank < MAX_RANK;
}

static bool is_entry_size(const Type *type) {
  for (int d = 0; d < type->rank; d++)
    for (int i = 0; i < type->dims[d]->n_terms; i++)
      for (int k = 0; k < type->dims[d]->terms[i].n_atoms; k++) {
        const Value *atom = type->dims[d]->terms[i].atoms[k];
        if (atom->def || atom->region->parent) return false;
      }
  return true;
}

/* Sums per block into a copy of the accumulator, if that is small beside the work. */
static void add_part(Search *s, Storage *storage) {
  Plan *p = s->p;
  Size *elements = size_const(p->m, PART_COST * PARALLEL_BLOCKS);
  for (int d = 0; d < storage->type->rank; d++)
    elements = size_mul(p->m, elements, storage->type->dims[d]);
  if (!is_whole(s, storage) || !is_entry_size(storage->type)) s->fits = false;
  if (nominal(elements) > nominal(s->found->work)) s->fits = false;
  for (size_t i = 0; i < s->found->parts.len; i++)
    if (s->found->parts.at[i].total == storage) return;
  const Part part = {.total = storage};
  vec_push(p->m->arena, &s->found->parts, part);
}

static void search_accumulators(Search *s) {
  const Instr *space = s->space;
  if (space->op == OP_MAP) return;
  for (int k = 0; k < space->n_results; k++) {
    Storage *storage = storage_of(s->p, space->results[k]);
    if (!storage) continue;
    bool is_first = false;
    const Region *body = space->regions[0];
    if (space->op == OP_SWEEP && own_dimensions(s, body, storage, &is_first)) continue;
    if (is_first) s->fits = false;
    add_part(s, storage);
  }
}

/* ---- choosing -------------------------------------------------------------------------------- */

/* The first loop that is one, and how many loops make enough iterations together: more than one
 * only of a map, whose innermost loop is left to vectors. */
static bool choose_loops(Plan *p, const Instr *space, Parallel *found) {
  int order[MAX_RANK];
  int64_t n = 0, product = 1;
  plan_order(p, space, order);
  const int last = space->n_extents;
  while (found->loop < last && size_is_const(space->extents[order[found->loop]], &n) && n <= 1)
    found->loop++;
  if (found->loop == last) return false;
  found->n_loops = 1;
  for (int d = found->loop; d < space->n_extents; d++) {
    if (!size_is_const(space->extents[order[d]], &n)) return true;
    product *= n;
    if (n <= 1 || product >= PARALLEL_BLOCKS) return product >= FEW;
    if (space->op != OP_MAP || d + 2 >= space->n_extents) return product >= FEW;
    found->n_loops++;
  }
  return product >= FEW;
}

static bool is_enough(Plan *p, const Instr *space, Parallel *found) {
  int64_t work;
  found->work = work_of(p, space, space);
  return !size_is_const(found->work, &work) || work >= PARALLEL_WORK;
}

static void make_part(Plan *p, const Instr *space, Part *part) {
  if (part->total->type->rank == 0) return;
  Size *const blocks[] = {size_const(p->m, PARALLEL_BLOCKS)};
  part->parts = storage_new(p, type_prefixed(p->m, 1, blocks, part->total->type));
  part->parts->first = node(p, space)->start;
  part->parts->last = node(p, space)->end;
  part->parts->hint = "parts";
}

/* What lives in the body is there once per block, all at the same time. */
static void settle(Plan *p, const Instr *space, Parallel *found) {
  for (size_t i = 0; i < found->privates.len; i++) found->privates.at[i]->is_private = true;
  for (size_t i = 0; i < found->parts.len; i++) make_part(p, space, &found->parts.at[i]);
  found->in_blocks = found->fails || found->parts.len || found->privates.len;
  node(p, space)->parallel = found;
}

static bool try_parallel(Plan *p, const Instr *space) {
  Parallel *found = ARENA_NEW(p->m->arena, Parallel);
  int order[MAX_RANK];
  if (!choose_loops(p, space, found) || !is_enough(p, space, found)) return false;
  plan_order(p, space, order);
  Search s = {p, space, space->regions[0]->params[order[found->loop]], found, true};
  search_region(&s, space->regions[0]);
  if (node(p, space)->after) note_moves(&s, &node(p, space)->after[0]);
  search_accumulators(&s);
  const bool is_block = found->fails || found->parts.len || found->privates.len;
  if (!s.fits || (is_block && found->n_loops > 1)) return false;
  settle(p, space, found);
  return true;
}

void plan_parallel(Plan *p, const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    if (!node(p, instr)->is_needed || node(p, instr)->is_expression) continue;
    const bool is_space = instr->op == OP_MAP || instr->op == OP_REDUCE || instr->op == OP_SWEEP;
    if (is_space && try_parallel(p, instr)) continue;
    for (int r = 0; r < instr->n_regions; r++) plan_parallel(p, instr->regions[r]);
  }
}
