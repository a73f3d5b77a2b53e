#include "derive/once.h"

#include "passes/loops.h"

enum { MOST = 8 }; /* each looks at all instructions between the two */

/* What takes long enough. */
static bool is_work(const Instr *instr) {
  return instr->op == OP_LOOP || instr->op == OP_WHILE || instr->op == OP_MAP;
}

bool is_worth_once(const Instr *map) {
  for (int k = 0; k < map->n_results; k++)
    if (!type_is_real(map->results[k]->type)) return false;
  return any_instr(map->regions[0], is_work) && !region_has_effects(map->regions[0]);
}

/* ---- what depends on the map ----------------------------------------------------------------- */

static bool uses_any(Module *m, const Instr *instr, const ValueMap *values) {
  for (int k = 0; k < instr->n_operands; k++)
    if (value_map_has(values, instr->operands[k])) return true;
  for (int r = 0; r < instr->n_regions; r++) {
    ValueList free = {0};
    region_free_values(m, instr->regions[r], &free);
    for (size_t i = 0; i < free.len; i++)
      if (value_map_has(values, free.at[i])) return true;
  }
  for (int d = 0; d < instr->n_extents; d++)
    for (int i = 0; i < instr->extents[d]->n_terms; i++)
      for (int k = 0; k < instr->extents[d]->terms[i].n_atoms; k++)
        if (value_map_has(values, instr->extents[d]->terms[i].atoms[k])) return true;
  return false;
}

static bool has_effect(const Instr *instr) {
  if (instr_has_effect(instr)) return true;
  for (int r = 0; r < instr->n_regions; r++)
    if (region_has_effects(instr->regions[r])) return true;
  return false;
}

static void add_results(ValueMap *values, const Instr *instr) {
  for (int k = 0; k < instr->n_results; k++)
    value_map_set(values, instr->results[k], instr->results[k]);
}

typedef Vec(Instr *) Users;

/* What must move behind the reverse; false: the reverse would have to move with it, or it may not move. */
static bool find_users(Module *m, const Twice *twice, Users *users) {
  ValueMap values = value_map_new(m->scratch);
  add_results(&values, twice->map);
  Instr *instr = twice->map->next;
  for (; instr && instr != twice->reverse; instr = instr->next) {
    if (!uses_any(m, instr, &values)) continue;
    if (has_effect(instr)) return false;
    add_results(&values, instr);
    vec_push(m->scratch, users, instr);
  }
  return instr && !uses_any(m, instr, &values);
}

/* ---- the reverse gives the values ------------------------------------------------------------- */

/* The iteration's part of an array is set in zeros. */
static Value *give_by_sweep(Module *m, const Twice *twice, int k) {
  Instr *sweep = twice->reverse;
  Region *body = sweep->regions[0];
  const Value *old = twice->map->results[k];
  Value *value = twice->values.at[k], *param, *starts[MAX_RANK];
  Builder before = builder_before(m, sweep), in = builder_at_end(m, body);
  in.span = sweep->span;
  Value *result = instr_add_carried(m, sweep, build_zeros(&before, old->type), old->name, &param);
  const int n = sweep->n_extents, rank = old->type->rank;
  for (int d = 0; d < rank; d++) starts[d] = d < n ? body->params[d] : build_int(&in, 0);
  const unsigned ranges = ((1u << rank) - 1) & ~((1u << n) - 1);
  region_add_yield(m, body, build_update(&in, OP_ACCUM, param, value, starts, ranges));
  return result;
}

static Value *give_by_map(Module *m, const Twice *twice, int k) {
  const Value *old = twice->map->results[k];
  region_add_yield(m, twice->reverse->regions[0], twice->values.at[k]);
  return instr_add_result(m, twice->reverse, old->type, old->name);
}

/* All but the users, up to the reverse, goes before them. */
static void move_users_behind(const Twice *twice, const Users *users) {
  size_t seen = 1;
  if (users->len == 0) return;
  Instr *instr = users->at[0]->next;
  for (bool is_reverse = false; !is_reverse;) {
    Instr *next = instr->next;
    is_reverse = instr == twice->reverse;
    if (seen < users->len && users->at[seen] == instr) seen++;
    else instr_move_before(instr, users->at[0]);
    instr = next;
  }
}

static void leave_to_reverse(Module *m, Region *root, const Twice *twice, const Users *users) {
  move_users_behind(twice, users);
  ValueMap replaced = value_map_new(m->scratch);
  for (int k = 0; k < twice->map->n_results; k++)
    value_map_set(&replaced, twice->map->results[k],
                  twice->reverse->op == OP_MAP ? give_by_map(m, twice, k) : give_by_sweep(m, twice, k));
  instr_unlink(twice->map);
  region_replace(m, root, &replaced);
}

/* Other derivatives may have given either more results, and another region. */
static bool is_unchanged(const Twice *twice) {
  const Region *body = twice->reverse->regions[0];
  if (!twice->map->parent || twice->map->parent != twice->reverse->parent) return false;
  if ((size_t)twice->map->n_results != twice->values.len) return false;
  for (size_t k = 0; k < twice->values.len; k++) {
    const Region *home = value_region(twice->values.at[k]);
    if (home != body && !region_is_within(twice->map->parent, home)) return false;
  }
  return true;
}

void compute_once(Module *m, Region *root, const TwiceList *list) {
  for (size_t i = 0; i < list->len && i < MOST; i++) {
    const Twice *twice = &list->at[i];
    Users users = {0};
    if (is_unchanged(twice) && find_users(m, twice, &users)) leave_to_reverse(m, root, twice, &users);
  }
}
