#include "derive/keep.h"

#include "derive/cut.h"
#include "ir/need.h"
#include "ir/op.h"
#include "passes/fill.h"

static bool any_expensive(const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next)
    if (is_expensive(instr)) return true;
  return false;
}

bool is_expensive(const Instr *instr) {
  switch ((int)instr->op) {
    case OP_REDUCE:
    case OP_SWEEP:
    case OP_LOOP:
    case OP_WHILE:
    case OP_CUSTOM:
    case OP_CALL: return true;
    case OP_MAP: return any_expensive(instr->regions[0]);
    case OP_IF: return any_expensive(instr->regions[0]) || any_expensive(instr->regions[1]);
    default: return op_is_prim(instr->op) && op_is_expensive(instr->op);
  }
}

enum { SHORT_LOOP = 16 };

/* ---- one marking from the reverse code ----------------------------------------------------- */

typedef struct {
  Keep *keep;
  Need need;
  ValueMap in_clone;   /* results of the clone's own instructions, and the placeholders */
  ValueMap recomputed; /* results of instructions that must be recomputed as a whole */
  bool found_recomputed;
  ValueList visited; /* those of the clone that are needed, directly or to compute others */
  ValueList loads;   /* elements of carried arrays, decided last */
  ValueList *stored;
} Choice;

static bool size_is_visible_outside(const Size *size, const Region *region) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++)
      if (region_is_within(value_region(size->terms[i].atoms[k]), region)) return false;
  return true;
}

/* A value whose shape is made inside the step has no place outside it. */
static bool can_be_stored(const Keep *keep, const Value *value) {
  if (value->type->rank + keep->n_outer > MAX_RANK) return false;
  for (int d = 0; d < value->type->rank; d++)
    if (!size_is_visible_outside(value->type->dims[d], keep->region)) return false;
  return true;
}

static bool is_lasting(const Keep *keep, const Value *value) {
  return keep->lasting && id_map_find(keep->lasting, value->id);
}

static void recompute_whole(Choice *c, const Instr *instr) {
  for (int i = 0; i < instr->n_results; i++)
    value_map_set(&c->recomputed, instr->results[i], instr->results[i]);
  c->found_recomputed = true;
}

bool is_short_loop(const Instr *loop) {
  int64_t steps;
  return loop->op == OP_LOOP && loop->schedule == SCHEDULE_ALL &&
         value_is_const_int(loop->operands[0], &steps) && steps <= SHORT_LOOP;
}

static bool follow(void *user, Value *value) {
  Choice *c = user;
  if (!value_map_has(&c->in_clone, value)) return true;
  vec_push(c->keep->m->scratch, &c->visited, value);
  const Instr *def = value->def;
  if (!def) { /* state */
    vec_push(c->keep->m->scratch, c->stored, value);
    return false;
  }
  if (value_map_has(&c->recomputed, value)) return true;
  const bool can_store = can_be_stored(c->keep, value);
  if (value_map_has(c->keep->tapes, value) && !(can_store && is_short_loop(def))) {
    recompute_whole(c, def);
    return true;
  }
  if (!can_store && !is_lasting(c->keep, value)) return true;
  if (is_expensive(def)) {
    vec_push(c->keep->m->scratch, c->stored, value);
    return false;
  }
  if (def->op == OP_INDEX && value_map_has(&c->in_clone, def->operands[0])) {
    vec_push(c->keep->m->scratch, &c->loads, value);
    return false;
  }
  return true;
}

/* Is storing the whole array no more than storing the elements read from it? */
static bool array_is_smaller(const Choice *c, const Value *array) {
  int64_t elements = 1, loads = 0, dim;
  for (int d = 0; d < array->type->rank; d++) {
    if (!size_is_const(array->type->dims[d], &dim)) return false;
    elements *= dim;
  }
  for (size_t i = 0; i < c->loads.len; i++) loads += c->loads.at[i]->def->operands[0] == array;
  return elements <= loads;
}

/* Elements of an array that is there anyway are loaded from it; others are stored alone. */
static void decide_loads(Choice *c) {
  for (size_t i = 0; i < c->loads.len; i++) {
    const Instr *load = c->loads.at[i]->def;
    Value *array = load->operands[0];
    if (is_needed(&c->need, array) || array_is_smaller(c, array)) {
      for (int k = 0; k < load->n_operands; k++) need_value(&c->need, load->operands[k]);
    } else {
      vec_push(c->keep->m->scratch, c->stored, c->loads.at[i]);
    }
  }
}

static ValueMap results_of_clone(const Keep *keep) {
  ValueMap results = value_map_new(keep->m->scratch);
  for (Instr *instr = keep->first; instr; instr = instr == keep->last ? NULL : instr->next)
    for (int i = 0; i < instr->n_results; i++)
      value_map_set(&results, instr->results[i], instr->results[i]);
  for (int i = 0; i < keep->n_state; i++) value_map_set(&results, keep->state[i], keep->state[i]);
  return results;
}

/* ---- less may do ------------------------------------------------------------------------------ */

/* The marking stores as early as it can: y and z where a sum of them would do. The minimum cut between
 * what the reverse code uses and what the marking stored is never more. */

enum { MANY = 1 << 10 };

/* Elements, with a guess at sizes that only a run knows. */
static int64_t price_of(const Keep *keep, const Value *value) {
  if (is_lasting(keep, value)) return 0;
  const int64_t limit = INT64_C(1) << 40;
  int64_t price = 1, n;
  for (int d = 0; d < value->type->rank; d++) {
    if (!size_is_const(value->type->dims[d], &n)) n = MANY;
    price = n > 0 && price < limit / n ? price * n : n > 0 ? limit : price;
  }
  return price;
}

/* Values of the clone that the reverse code uses itself. */
static bool follow_to_clone(void *user, Value *value) {
  Choice *c = user;
  if (!value_map_has(&c->in_clone, value)) return true;
  vec_push(c->keep->m->scratch, &c->visited, value);
  return false;
}

static ValueList used_by_reverse(const Choice *c) {
  Choice direct = {.keep = c->keep, .in_clone = c->in_clone};
  direct.need = need_new(c->keep->m, c->keep->region);
  direct.need.follow = follow_to_clone;
  direct.need.user = &direct;
  need_yields(&direct.need);
  return direct.visited;
}

typedef struct {
  Choice *c;
  Cut *cut;
  ValueMap stored;
  IdMap nodes;
  int *numbers;
} Network;

static int node_of(const Network *n, const Value *value) {
  const int *number = id_map_find(&n->nodes, value->id);
  return number ? *number : -1;
}

static void add_nodes(Network *n) {
  Module *m = n->c->keep->m;
  n->numbers = ARENA_ARRAY(m->scratch, int, n->c->visited.len + 1);
  for (size_t i = 0; i < n->c->visited.len; i++) {
    const Value *value = n->c->visited.at[i];
    const bool is_stored = value_map_has(&n->stored, value);
    const bool may_be = can_be_stored(n->c->keep, value) && type_is_real(value->type) &&
                        !value_map_has(&n->c->recomputed, value) &&
                        !value_map_has(n->c->keep->tapes, value);
    n->numbers[i] = cut_node(n->cut, is_stored || may_be ? price_of(n->c->keep, value) : -1);
    id_map_set(&n->nodes, value->id, &n->numbers[i]);
    if (is_stored) cut_leaf(n->cut, n->numbers[i]);
  }
}

static void add_edge(Network *n, int from, const Value *to) {
  const int node = node_of(n, to);
  if (node >= 0) cut_edge(n->cut, from, node);
}

/* What each value is computed from; values of the clone that no marking visited do not matter. */
static void add_edges(Network *n) {
  for (size_t i = 0; i < n->c->visited.len; i++) {
    const Value *value = n->c->visited.at[i];
    if (value_map_has(&n->stored, value)) continue;
    for (int k = 0; k < value->def->n_operands; k++)
      add_edge(n, n->numbers[i], value->def->operands[k]);
    ValueList free = {0};
    for (int r = 0; r < value->def->n_regions; r++)
      region_free_values(n->c->keep->m, value->def->regions[r], &free);
    for (size_t k = 0; k < free.len; k++) add_edge(n, n->numbers[i], free.at[k]);
  }
}

/* The values in the cut take the place of those stored, if they are less. */
static void take_cut(Network *n) {
  ValueList chosen = {0};
  int64_t before = 0, after = 0;
  for (size_t i = 0; i < n->c->stored->len; i++) before += price_of(n->c->keep, n->c->stored->at[i]);
  for (size_t i = 0; i < n->c->visited.len; i++) {
    Value *value = n->c->visited.at[i];
    if (!cut_has(n->cut, n->numbers[i])) continue;
    vec_push(n->c->keep->m->scratch, &chosen, value);
    after += price_of(n->c->keep, value);
  }
  if (after >= before) return;
  n->c->stored->len = 0;
  for (size_t i = 0; i < chosen.len; i++)
    vec_push(n->c->keep->m->scratch, n->c->stored, chosen.at[i]);
}

static void store_less(Choice *c) {
  Module *m = c->keep->m;
  if (c->stored->len == 0) return;
  Network n = {.c = c, .cut = cut_new(m->scratch), .stored = value_map_new(m->scratch),
               .nodes = id_map_new(m->scratch)};
  for (size_t i = 0; i < c->stored->len; i++)
    value_map_set(&n.stored, c->stored->at[i], c->stored->at[i]);
  add_nodes(&n);
  add_edges(&n);
  const ValueList wanted = used_by_reverse(c);
  for (size_t i = 0; i < wanted.len; i++)
    if (node_of(&n, wanted.at[i]) >= 0) cut_want(n.cut, node_of(&n, wanted.at[i]));
  if (cut_solve(n.cut)) take_cut(&n);
}

/* ---- nothing may do --------------------------------------------------------------------------- */

/* Everything is computed again, but for what lasts. */
static bool follow_to_lasting(void *user, Value *value) {
  Choice *c = user;
  if (!value_map_has(&c->in_clone, value)) return true;
  if (value->def && !is_lasting(c->keep, value)) return true;
  vec_push(c->keep->m->scratch, c->stored, value);
  return false;
}

/* Tapes that are made again in each step around the loop cost as much as what they hold: without them that is
 * computed in the reverse steps, if these can do it without the state. */
static void store_nothing(Choice *c) {
  ValueList lasting = {0};
  Choice all = {.keep = c->keep, .in_clone = c->in_clone, .stored = &lasting};
  all.need = need_new(c->keep->m, c->keep->region);
  all.need.follow = follow_to_lasting;
  all.need.user = &all;
  need_yields(&all.need);
  for (size_t i = 0; i < lasting.len; i++)
    if (!lasting.at[i]->def) return;
  *c->stored = lasting;
}

static const char *describe_again(const Choice *c);

void keep_choose(Keep *keep, ValueList *stored) {
  Choice choice = {.keep = keep, .in_clone = results_of_clone(keep), .stored = stored};
  choice.recomputed = value_map_new(keep->m->scratch);
  do { /* again when an instruction turned out to be recomputed: its other results are then free */
    stored->len = 0;
    choice.loads.len = choice.visited.len = 0;
    choice.found_recomputed = false;
    choice.need = need_new(keep->m, keep->region);
    choice.need.follow = follow;
    choice.need.user = &choice;
    need_yields(&choice.need);
    decide_loads(&choice);
  } while (choice.found_recomputed);
  store_less(&choice);
  if (keep->runs_again) store_nothing(&choice);
  keep->again = describe_again(&choice);
}

/* ---- in words -------------------------------------------------------------------------------- */

const char *keep_reason(Module *m, const Value *value) {
  const Instr *def = value->def;
  if (!def) return "the state when the step begins";
  if (def->op != OP_INDEX && !is_expensive(def)) return "less than what it is computed from";
  switch ((int)def->op) {
    case OP_INDEX: return "an element that is needed without its array";
    case OP_REDUCE:
    case OP_SWEEP: return "result of a reduction";
    case OP_MAP: return "an array of results that are dear to compute";
    case OP_IF: return "result of a branch that is dear to compute";
    case OP_LOOP:
    case OP_WHILE: return "result of an inner loop";
    case OP_CUSTOM:
    case OP_CALL: return "result of a call";
    default: return arena_format(m->arena, "result of %s", op_name(def->op));
  }
}

typedef struct {
  int loads, sums, spaces, branches, loops;
} Again;

static void count_again(Again *again, const Instr *instr) {
  if (is_fill(instr)) return;
  switch ((int)instr->op) {
    case OP_CONST:
    case OP_SIZE:
    case OP_UPDATE: return;
    case OP_INDEX: again->loads++; return;
    case OP_MAP:
    case OP_REDUCE:
    case OP_SWEEP: again->spaces++; return;
    case OP_IF: again->branches++; return;
    case OP_LOOP:
    case OP_WHILE: again->loops++; return;
    default: again->sums += instr->n_results == 1 && type_is_real(instr->results[0]->type);
  }
}

static void add_count(Text *text, int count, const char *what) {
  if (count == 0) return;
  text_format(text, "%s%d %s%s", text->len ? ", " : "computes again in each step: ", count, what,
              count > 1 ? "s" : "");
}

static bool follow_to_stored(void *user, Value *value) {
  return !value_map_has(user, value);
}

/* With what is stored at hand. */
static const char *describe_again(const Choice *c) {
  Again again = {0};
  ValueMap stored = value_map_new(c->keep->m->scratch);
  for (size_t i = 0; i < c->stored->len; i++)
    value_map_set(&stored, c->stored->at[i], c->stored->at[i]);
  Need need = need_new(c->keep->m, c->keep->region);
  need.follow = follow_to_stored;
  need.user = &stored;
  need_yields(&need);
  for (Instr *instr = c->keep->first; instr; instr = instr == c->keep->last ? NULL : instr->next) {
    bool runs = false;
    for (int i = 0; i < instr->n_results; i++)
      runs = runs || (is_needed(&need, instr->results[i]) && !value_map_has(&stored, instr->results[i]));
    if (runs) count_again(&again, instr);
  }
  Text text = {.arena = c->keep->m->arena};
  text_add(&text, "");
  add_count(&text, again.loads, "load");
  add_count(&text, again.sums, "scalar operation");
  add_count(&text, again.spaces, "array operation");
  add_count(&text, again.branches, "branch");
  add_count(&text, again.loops, "loop");
  return text.len ? text.text : "computes nothing again";
}

/* ---- from values of the clone to values of the forward run ----------------------------------- */

ValueMap clone_inverse(Module *m, const Region *primal, const ValueMap *cloned) {
  ValueMap back = value_map_new(m->scratch);
  for (int i = 0; i < primal->n_params; i++)
    value_map_set(&back, value_map_get(cloned, primal->params[i]), primal->params[i]);
  for (const Instr *instr = primal->first; instr; instr = instr->next)
    for (int i = 0; i < instr->n_results; i++)
      value_map_set(&back, value_map_get(cloned, instr->results[i]), instr->results[i]);
  return back;
}

Region *primal_from_clone(Module *m, const Region *old, const Keep *keep, const ValueMap *cloned,
                          ValueMap *back) {
  Region *region = region_new(m);
  for (int i = 0; i < old->n_params; i++) {
    Value *param = region_param(m, region, old->params[i]->type, old->params[i]->name);
    value_map_set(back, value_map_get(cloned, old->params[i]), param);
  }
  Builder b = builder_at_end(m, region);
  for (Instr *instr = keep->first; instr; instr = instr == keep->last ? NULL : instr->next)
    clone_instr(&b, instr, back);
  for (int i = 0; i < old->n_yields; i++)
    region_add_yield(m, region, value_map_get(back, value_map_get(cloned, old->yields[i])));
  region->parent = old->parent;
  return region;
}

Builder keep_reads(const Keep *keep) {
  Builder b = builder_at_end(keep->m, keep->region);
  b.before = keep->first;
  if (keep->first) b.span = keep->first->span;
  return b;
}

void keep_replace(Keep *keep, const ValueList *stored, Value *const *reads) {
  ValueMap replaced = value_map_new(keep->m->scratch);
  for (size_t i = 0; i < stored->len; i++) value_map_set(&replaced, stored->at[i], reads[i]);
  region_replace(keep->m, keep->region, &replaced);
}
