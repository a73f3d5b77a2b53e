#include "passes/stages.h"

#include "passes/loops.h"

/* A processor's view ahead and the costs of instructions, as rough as they need be. */
enum { IN_SIGHT = 256, FUNCTION_COST = 32, VECTOR_BYTES = 32 };
enum { MOST_POINTS = 512, MOST_LINKS = 64 };

/* A map whose body is taken apart. Instr.order of an instruction of its body is its link, which is its
 * stage later on; or REPEATED. */
typedef struct {
  Module *m;
  Instr *map;
  Region *body;
  int64_t vectors;        /* of points */
  int n_links, n_stages;
  int functions[MOST_LINKS], others[MOST_LINKS]; /* in each link */
  int stage_of[MOST_LINKS];
  ValueMap yielded;
  ValueMap movable;       /* to a later stage */
  ValueMap first_use;     /* of a value: some user in the earliest stage, as that user's first result */
  ValueMap crossing;      /* values that a later stage reads and that were no results before */
  int n_crossing;
} Chain;

enum { REPEATED = -1 };

/* ---- which maps ------------------------------------------------------------------------------ */

static bool has_array(const Instr *instr) {
  for (int i = 0; i < instr->n_results; i++)
    if (instr->results[i]->type->rank > 0) return true;
  return false;
}

static int64_t points_of(const Instr *map) {
  int64_t points = 1, n;
  for (int d = 0; d < map->n_extents; d++) {
    if (!size_is_const(map->extents[d], &n) || n < 1 || n > MOST_POINTS) return 0;
    points *= n;
    if (points > MOST_POINTS) return 0;
  }
  return points;
}

static bool is_candidate(const Instr *map) {
  if (map->op != OP_MAP || points_of(map) == 0) return false;
  const Region *body = map->regions[0];
  return yields_scalars(body) && any_instr(body, instr_is_transcendental) &&
         !any_instr(body, instr_is_loop) && !any_instr(body, instr_has_effect) &&
         !any_instr(body, has_array);
}

/* ---- links ----------------------------------------------------------------------------------- */

static bool is_function(const Instr *instr) {
  if (instr_is_transcendental(instr)) return true;
  for (int k = 0; k < instr->n_regions; k++)
    if (any_instr(instr->regions[k], instr_is_transcendental)) return true;
  return false;
}

/* Operands, and what the regions use from outside. */
static ValueList values_used(const Chain *x, const Instr *instr) {
  ValueList used = {0};
  for (int i = 0; i < instr->n_operands; i++) vec_push(x->m->scratch, &used, instr->operands[i]);
  for (int k = 0; k < instr->n_regions; k++) region_free_values(x->m, instr->regions[k], &used);
  return used;
}

/* The instruction of the body that gives the value, or NULL. */
static Instr *definition(const Chain *x, const Value *value) {
  return value->def && value->def->parent == x->body ? value->def : NULL;
}

/* Reads and what places are computed of: cheaper repeated than handed on. */
static bool may_be_repeated(const Chain *x, const Instr *instr, const ValueList *used) {
  const bool is_cheap = instr->op == OP_INDEX || instr->op == OP_CONST || instr->op == OP_SIZE ||
                        (op_is_prim(instr->op) && !type_is_real(instr->results[0]->type) &&
                         !op_is_expensive(instr->op));
  for (size_t i = 0; is_cheap && i < used->len; i++) {
    const Instr *def = definition(x, used->at[i]);
    if (def && def->order != REPEATED) return false;
  }
  return is_cheap;
}

/* A value's link is how many functions at most lie on a way to it, itself included. False: too long a
 * chain. */
static bool find_links(Chain *x) {
  for (Instr *instr = x->body->first; instr; instr = instr->next) {
    const ValueList used = values_used(x, instr);
    instr->order = REPEATED;
    if (may_be_repeated(x, instr, &used)) continue;
    int link = 0;
    for (size_t i = 0; i < used.len; i++) {
      const Instr *def = definition(x, used.at[i]);
      if (def && def->order > link) link = def->order;
    }
    const bool function = is_function(instr);
    instr->order = link + function;
    if (instr->order >= MOST_LINKS) return false;
    *(function ? &x->functions[instr->order] : &x->others[instr->order]) += 1;
    if (instr->order >= x->n_links) x->n_links = instr->order + 1;
  }
  return true;
}

/* Links one after the other until a stage is no longer in sight as a whole. What needs no function is where
 * it is used, mostly in the first. */
static void find_stages(Chain *x) {
  int64_t cost = x->others[0];
  x->stage_of[0] = 0;
  for (int k = 1; k < x->n_links; k++) {
    const int64_t link = FUNCTION_COST * x->functions[k] + x->others[k];
    if (k > 1 && x->vectors * (cost + link) > IN_SIGHT) {
      x->n_stages++;
      cost = 0;
    }
    cost += link;
    x->stage_of[k] = x->n_stages;
  }
  x->n_stages++;
  for (Instr *instr = x->body->first; instr; instr = instr->next)
    if (instr->order != REPEATED) instr->order = x->stage_of[instr->order];
}

/* ---- what is computed later than it could ---------------------------------------------------- */

/* The first stage that uses a result, or n_stages. */
static int first_use(const Chain *x, const Instr *instr) {
  int first = x->n_stages;
  for (int i = 0; i < instr->n_results; i++) {
    const Value *user = value_map_find(&x->first_use, instr->results[i]);
    if (user && user->def->order < first) first = user->def->order;
  }
  return first;
}

/* Can each stage have the value without an array of its own? */
static bool is_at_hand(const Chain *x, const Value *value) {
  const Instr *def = definition(x, value);
  return !def || def->order == REPEATED || value_map_has(&x->yielded, value) ||
         value_map_has(&x->movable, value);
}

static bool is_result(const Chain *x, const Instr *instr) {
  for (int i = 0; i < instr->n_results; i++)
    if (value_map_has(&x->yielded, instr->results[i])) return true;
  return false;
}

static void note_use(Chain *x, const Instr *user) {
  const ValueList used = values_used(x, user);
  for (size_t i = 0; user->n_results > 0 && i < used.len; i++) {
    const Value *before = value_map_find(&x->first_use, used.at[i]);
    if (!before || before->def->order > user->order)
      value_map_set(&x->first_use, used.at[i], user->results[0]);
  }
}

/* What is no function or result, and is made of what each stage can have. */
static void find_movable(Chain *x) {
  for (const Instr *instr = x->body->first; instr; instr = instr->next) {
    const ValueList used = values_used(x, instr);
    bool may_move = !is_function(instr) && !is_result(x, instr);
    for (size_t i = 0; may_move && i < used.len; i++) may_move = is_at_hand(x, used.at[i]);
    for (int i = 0; may_move && i < instr->n_results; i++)
      value_map_set(&x->movable, instr->results[i], instr->results[i]);
  }
}

/* That goes to the stage that uses it first. */
static void move_to_use(Chain *x) {
  for (Instr *instr = x->body->last; instr; instr = instr->prev) {
    if (instr->order == REPEATED) continue;
    const int first = first_use(x, instr);
    if (first < x->n_stages && value_map_has(&x->movable, instr->results[0])) instr->order = first;
    note_use(x, instr);
  }
}

/* ---- what goes from stage to stage ----------------------------------------------------------- */

/* False where it is no real, or more than there are functions. */
static bool find_crossing(Chain *x) {
  int functions = 0;
  for (int k = 0; k < x->n_links; k++) functions += x->functions[k];
  for (const Instr *instr = x->body->first; instr; instr = instr->next) {
    if (instr->order == REPEATED) continue;
    const ValueList used = values_used(x, instr);
    for (size_t i = 0; i < used.len; i++) {
      const Instr *def = definition(x, used.at[i]);
      if (!def || def->order == REPEATED || def->order == instr->order) continue;
      if (!type_is_real(used.at[i]->type)) return false;
      if (value_map_has(&x->yielded, used.at[i]) || value_map_has(&x->crossing, used.at[i])) continue;
      value_map_set(&x->crossing, used.at[i], used.at[i]);
      x->n_crossing++;
    }
  }
  return x->n_crossing <= functions;
}

/* ---- building -------------------------------------------------------------------------------- */

/* The map of one stage while it is built. */
typedef struct {
  Chain *x;
  int number;
  Builder in;      /* at the end of its body */
  ValueMap copied; /* from values of the old body */
  const ValueMap *arrays; /* from values of the old body to the results of earlier stages */
} Stage;

/* Sees to it that the old body's value has a copy in the stage. */
static void bring(Stage *s, Value *value) {
  const Instr *def = definition(s->x, value);
  if (!def || value_map_has(&s->copied, value)) return;
  if (def->order == REPEATED) {
    const ValueList used = values_used(s->x, def);
    for (size_t i = 0; i < used.len; i++) bring(s, used.at[i]);
    clone_instr(&s->in, def, &s->copied);
    return;
  }
  Value *indices[MAX_RANK];
  for (int d = 0; d < s->x->map->n_extents; d++)
    indices[d] = value_map_get(&s->copied, s->x->body->params[d]);
  Value *element = build_index(&s->in, value_map_find(s->arrays, value), indices);
  element->name = value->name;
  value_map_set(&s->copied, value, element);
}

static void copy_instrs(Stage *s) {
  for (const Instr *instr = s->x->body->first; instr; instr = instr->next) {
    if (instr->order != s->number) continue;
    const ValueList used = values_used(s->x, instr);
    for (size_t i = 0; i < used.len; i++) bring(s, used.at[i]);
    clone_instr(&s->in, instr, &s->copied);
  }
}

/* The stage in which the old body's yield becomes a result. */
static int stage_of_yield(const Chain *x, const Value *value) {
  const Instr *def = definition(x, value);
  return def && def->order != REPEATED ? def->order : x->n_stages - 1;
}

/* The old body's values that the stage gives, and which result of the old map each was, or -1. */
static void find_results(const Stage *s, ValueList *given, int *was) {
  const Chain *x = s->x;
  for (int i = 0; i < x->body->n_yields; i++) {
    if (stage_of_yield(x, x->body->yields[i]) != s->number) continue;
    was[given->len] = i;
    vec_push(x->m->scratch, given, x->body->yields[i]);
  }
  for (const Instr *instr = x->body->first; instr; instr = instr->next)
    for (int i = 0; instr->order == s->number && i < instr->n_results; i++)
      if (value_map_has(&x->crossing, instr->results[i])) {
        was[given->len] = -1;
        vec_push(x->m->scratch, given, instr->results[i]);
      }
}

static void build_stage(Chain *x, int number, ValueMap *arrays, ValueMap *replaced) {
  Module *m = x->m;
  Value *indices[MAX_RANK];
  Region *body = region_over_indices(m, x->map, indices);
  Stage s = {x, number, builder_at_end(m, body), value_map_new(m->scratch), arrays};
  s.in.span = x->map->span;
  for (int d = 0; d < x->map->n_extents; d++) value_map_set(&s.copied, x->body->params[d], indices[d]);
  copy_instrs(&s);
  ValueList given = {0};
  int *was = ARENA_ARRAY(m->scratch, int, (size_t)(x->body->n_yields + x->n_crossing));
  find_results(&s, &given, was);
  if (given.len == 0) return;
  for (size_t i = 0; i < given.len; i++) {
    bring(&s, given.at[i]);
    region_add_yield(m, body, value_map_get(&s.copied, given.at[i]));
  }
  Builder b = builder_before(m, x->map);
  b.span = x->map->span;
  const Instr *map = build_map(&b, x->map->n_extents, x->map->extents, body);
  for (size_t i = 0; i < given.len; i++) {
    const Value *old = was[i] < 0 ? given.at[i] : x->map->results[was[i]];
    map->results[i]->name = old->name;
    if (was[i] >= 0) value_map_set(replaced, old, map->results[i]);
    value_map_set(arrays, given.at[i], map->results[i]);
  }
}

static bool take_apart(Module *m, Instr *map, ValueMap *replaced) {
  const int64_t lanes = VECTOR_BYTES / m->real_bytes;
  Chain x = {.m = m, .map = map, .body = map->regions[0],
             .vectors = (points_of(map) + lanes - 1) / lanes};
  x.yielded = x.movable = x.first_use = x.crossing = value_map_new(m->scratch);
  for (int i = 0; i < x.body->n_yields; i++) {
    Value *yield = x.body->yields[i];
    value_map_set(&x.yielded, yield, yield);
  }
  if (!find_links(&x)) return false;
  find_stages(&x);
  if (x.n_stages < 2) return false;
  find_movable(&x);
  move_to_use(&x);
  if (!find_crossing(&x)) return false;
  ValueMap arrays = value_map_new(m->scratch);
  for (int k = 0; k < x.n_stages; k++) build_stage(&x, k, &arrays, replaced);
  instr_unlink(map);
  return true;
}

/* ---- everywhere ------------------------------------------------------------------------------ */

static int take_apart_in(Module *m, Region *region, ValueMap *replaced) {
  int changes = 0;
  for (Instr *instr = region->first, *next; instr; instr = next) {
    next = instr->next;
    for (int k = 0; k < instr->n_regions; k++) changes += take_apart_in(m, instr->regions[k], replaced);
    if (is_candidate(instr) && take_apart(m, instr, replaced)) changes++;
  }
  return changes;
}

int take_links_apart(Module *m, Diag *diag) {
  (void)diag;
  int changes = 0;
  for (size_t i = 0; i < m->funcs.len; i++) {
    Region *body = m->funcs.at[i]->body;
    ValueMap replaced = value_map_new(m->scratch);
    const int apart = take_apart_in(m, body, &replaced);
    if (apart) region_replace(m, body, &replaced);
    changes += apart;
    arena_clear(m->scratch);
  }
  return changes;
}
