/* Live ranges.
 *
 * An instruction at position s reads its operands at s and defines its results at s + 1; the
 * block that an update writes is read at s + 2, after the array got its old content. What an
 * instruction writes while its regions run (a map's result, a reduce's sum) is defined at s;
 * what a loop or an if leaves behind is defined at its end. A value from outside a repeated
 * region stays live to the end of the repetition. What only the second arm of an if reads has a
 * hole in its range at the first. */
#include "backend/plan.h"

enum { STEP = 4 };

/* Where a read inside repetitions counts: at the end of the outermost one that the value enters. */
typedef struct {
  int at;
  const Region *region;
} ReadPlace;

static ReadPlace place_of_read(Plan *p, const Value *value, int position, const Region *region) {
  ReadPlace place = {position, region};
  const Region *home = value_region(value);
  for (const Region *r = region; r != home && r->parent; r = r->parent->parent)
    if (op_repeats(r->parent->op)) place = (ReadPlace){node(p, r->parent)->end - 1, r->parent->parent};
  return place;
}

/* Does the branch stand in the first arm of one in whose second arm the region lies? */
static bool is_in_other_arm(const Instr *branch, const Region *region) {
  for (; region->parent; region = region->parent->parent) {
    const Instr *holder = region->parent;
    if (holder->op == OP_IF && region == holder->regions[1] &&
        region_is_within(branch->parent, holder->regions[0]))
      return true;
  }
  return false;
}

/* What is live at a place is live in all arms of the branches that end before it, on the way to it. */
static void drop_holes(Fact *f, const Region *region) {
  size_t kept = 0;
  for (size_t i = 0; i < f->holes.len; i++) {
    const Instr *branch = f->holes.at[i].branch;
    if (region_is_within(region, branch->regions[1]) || is_in_other_arm(branch, region))
      f->holes.at[kept++] = f->holes.at[i];
  }
  f->holes.len = kept;
}

/* The branches around the place in whose second arm it lies, outermost first: their first arms are
 * holes from where the value was last needed. */
static void add_holes(Plan *p, Fact *f, const Region *region, const Region *home) {
  if (region == home || !region->parent) return;
  const Instr *branch = region->parent;
  add_holes(p, f, branch->parent, home);
  if (branch->op != OP_IF || region != branch->regions[1]) return;
  const Node *n = node(p, branch);
  if (f->last >= n->region_end[0] + 1) return;
  const int from = f->last > n->start ? f->last + 1 : n->start + 1;
  const Hole hole = {from, n->region_end[0] + 1, branch};
  if (hole.first <= hole.last) vec_push(p->m->arena, &f->holes, hole);
  f->last = n->region_end[0] + 2;
}

static void read_at(Plan *p, Value *value, int position, const Region *region) {
  Fact *f = fact(p, value);
  if (value->type->rank) vec_push(p->m->arena, &f->reads, position);
  const ReadPlace place = place_of_read(p, value, position, region);
  drop_holes(f, place.region);
  add_holes(p, f, place.region, value_region(value));
  if (place.at > f->last) f->last = place.at;
}

static void use_value(Plan *p, Value *value, int position, const Region *region);

static void use_expression(Plan *p, const Instr *instr, int position, const Region *region) {
  for (int k = 0; k < instr->n_operands; k++)
    use_value(p, instr->operands[k], position, region);
  if (instr->op == OP_IF)
    for (int r = 0; r < 2; r++) use_value(p, instr->regions[r]->yields[0], position, region);
}

/* An inline value is evaluated where it is used, so its operands are needed there. */
static void use_value(Plan *p, Value *value, int position, const Region *region) {
  if (fact(p, value)->is_inline) use_expression(p, value->def, position, region);
  else read_at(p, value, position, region);
}

static void define(Plan *p, Value *value, int position) {
  Fact *f = fact(p, value);
  f->def = position;
  if (f->last < position) f->last = position;
}

/* ---- positions ------------------------------------------------------------------------------- */

static int number_region(Plan *p, const Region *region, int at) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    Node *n = node(p, instr);
    if (!n->is_needed) continue;
    n->start = at;
    at += STEP;
    for (int r = 0; r < instr->n_regions; r++) {
      at = number_region(p, instr->regions[r], at);
      n->region_end[r] = at;
      at += STEP;
    }
    n->end = at;
    if (instr->n_regions) at += STEP;
  }
  return at;
}

int position_of_write(Plan *p, const Instr *update) { return node(p, update)->start + 2; }

/* ---- definitions and uses -------------------------------------------------------------------- */

static bool writes_as_it_runs(Op op) { return op == OP_MAP || op == OP_REDUCE || op == OP_CALL; }

static void define_results(Plan *p, const Instr *instr) {
  const Node *n = node(p, instr);
  const bool at_end = op_carries(instr->op) || instr->op == OP_IF;
  const int at = writes_as_it_runs(instr->op) ? n->start : at_end ? n->end : n->start + 1;
  for (int k = 0; k < instr->n_results; k++) define(p, instr->results[k], at);
}

static void live_region(Plan *p, const Region *region, int begin, int end);

static void live_operands(Plan *p, const Instr *instr) {
  const Node *n = node(p, instr);
  const bool is_update = instr->op == OP_UPDATE || instr->op == OP_ACCUM;
  for (int k = 0; k < instr->n_operands; k++) {
    int at = n->start;
    const int carried = k - first_init(instr);
    if (op_carries(instr->op) && carried >= 0 && !is_carried_needed(p, instr, carried)) continue;
    if (is_update && k > 0) at = position_of_write(p, instr);
    if (instr->op == OP_CALL) at += 1;
    /* The condition of `i < n` is read before every step. */
    if ((instr->op == OP_LOOP || instr->op == OP_WHILE) && k == 0) at = n->end - 1;
    use_value(p, instr->operands[k], at, instr->parent);
  }
}

static void live_instr(Plan *p, const Instr *instr) {
  const Node *n = node(p, instr);
  if (!n->is_needed) return;
  if (n->is_expression) {
    if (!fact(p, instr->results[0])->is_inline) use_expression(p, instr, n->start, instr->parent);
  } else if (instr->n_results != 1 || !fact(p, instr->results[0])->is_inline) {
    live_operands(p, instr);
    for (int r = 0; r < instr->n_regions; r++)
      live_region(p, instr->regions[r], n->start + 1, n->region_end[r]);
    /* A while is left between its condition and its body: what it carries must be whole there. */
    if (instr->op == OP_WHILE)
      for (int k = 0; k < instr->regions[0]->n_params; k++)
        if (is_carried_needed(p, instr, k))
          read_at(p, instr->regions[0]->params[k], n->region_end[0], instr->regions[0]);
  }
  define_results(p, instr);
}

/* Is the yield needed at all? */
static bool counts(const Plan *p, const Region *region, int k) {
  const Instr *holder = region->parent;
  if (!holder) return true;
  if (holder->op == OP_MAP || holder->op == OP_IF) return fact(p, holder->results[k])->uses;
  if (holder->op == OP_WHILE && region == holder->regions[0]) return true;
  return !op_carries(holder->op) || is_carried_needed(p, holder, k);
}

static void live_region(Plan *p, const Region *region, int begin, int end) {
  for (int k = 0; k < region->n_params; k++) define(p, region->params[k], begin);
  for (const Instr *instr = region->first; instr; instr = instr->next) live_instr(p, instr);
  for (int k = 0; k < region->n_yields; k++)
    if (counts(p, region, k)) use_value(p, region->yields[k], end, region);
}

void plan_live(Plan *p) {
  p->body_end = number_region(p, p->func->body, STEP);
  live_region(p, p->func->body, 1, p->body_end);
}
