#include "derive/keep.h"

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
  ValueList loads; /* elements of carried arrays, decided last */
  ValueList *stored;
} Choice;

static bool is_state(const Keep *keep, const Value *value) {
  for (int i = 0; i < keep->n_state; i++)
    if (keep->state[i] == value) return true;
  return false;
}

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

static void recompute_whole(Choice *c, const Instr *instr) {
  for (int i = 0; i < instr->n_results; i++)
    value_map_set(&c->recomputed, instr->results[i], instr->results[i]);
  c->found_recomputed = true;
}

/* Few steps, known at compile time: blocks of a network, stages of a method. Their tapes are stored
 * as those of the same steps written out would be; else all that is dear in them ran twice. */
static bool is_short_loop(const Instr *loop) {
  int64_t steps;
  return loop->op == OP_LOOP && loop->schedule == SCHEDULE_ALL &&
         value_is_const_int(loop->operands[0], &steps) && steps <= SHORT_LOOP;
}

static bool follow(void *user, Value *value) {
  Choice *c = user;
  if (!value_map_has(&c->in_clone, value)) return true;
  if (is_state(c->keep, value)) {
    vec_push(c->keep->m->scratch, c->stored, value);
    return false;
  }
  const Instr *def = value->def;
  if (value_map_has(&c->recomputed, value)) return true;
  const bool can_store = can_be_stored(c->keep, value);
  if (value_map_has(c->keep->tapes, value) && !(can_store && is_short_loop(def))) {
    recompute_whole(c, def);
    return true;
  }
  if (!can_store) return true;
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

static const char *describe_again(const Choice *c);

void keep_choose(Keep *keep, ValueList *stored) {
  Choice choice = {.keep = keep, .in_clone = results_of_clone(keep), .stored = stored};
  choice.recomputed = value_map_new(keep->m->scratch);
  do { /* again when an instruction turned out to be recomputed: its other results are then free */
    stored->len = 0;
    choice.loads.len = 0;
    choice.found_recomputed = false;
    choice.need = need_new(keep->m, keep->region);
    choice.need.follow = follow;
    choice.need.user = &choice;
    need_yields(&choice.need);
    decide_loads(&choice);
  } while (choice.found_recomputed);
  keep->again = describe_again(&choice);
}

/* ---- in words -------------------------------------------------------------------------------- */

const char *keep_reason(Module *m, const Value *value) {
  const Instr *def = value->def;
  if (!def) return "the state when the step begins";
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

static const char *describe_again(const Choice *c) {
  Again again = {0};
  for (Instr *instr = c->keep->first; instr; instr = instr == c->keep->last ? NULL : instr->next) {
    bool runs = false;
    for (int i = 0; i < instr->n_results; i++) runs = runs || is_needed(&c->need, instr->results[i]);
    for (size_t i = 0; i < c->stored->len; i++) runs = runs && c->stored->at[i]->def != instr;
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
