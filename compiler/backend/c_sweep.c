/* Sweeps: how what they add reaches its element.
 *
 * Along the innermost loop, an accum adds to a different element in each step (the loop may run
 * as vectors), or always to the same one (a variable collects the sum), or to elements that may
 * repeat (neither). */
#include "backend/code.h"

#include "ir/op.h"

/* ---- straight code --------------------------------------------------------------------------- */

static bool is_straight_instr(Code *c, const Instr *instr, bool with_accums) {
  if (!node(c->p, instr)->is_needed || op_is_prim(instr->op)) return true;
  switch ((int)instr->op) {
    case OP_CONST:
    case OP_SIZE:
    case OP_INDEX: return true;
    case OP_ACCUM: return with_accums && instr->operands[1]->type->rank == 0;
    case OP_IF:
      return code_is_straight(c, instr->regions[0], with_accums) &&
             code_is_straight(c, instr->regions[1], with_accums);
    default: return false;
  }
}

bool code_is_straight(Code *c, const Region *region, bool with_accums) {
  for (const Instr *instr = region->first; instr; instr = instr->next)
    if (!is_straight_instr(c, instr, with_accums)) return false;
  for (int k = 0; k < region->n_yields; k++)
    if (region->yields[k]->type->rank && !with_accums) return false;
  return true;
}

/* ---- where an accum adds --------------------------------------------------------------------- */

typedef struct {
  Code *c;
  const Instr *sweep;
  const Value *index; /* of the innermost loop */
  Vec(const Instr *) accums;
} Sums;

static void collect(Sums *s, const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    if (!node(s->c->p, instr)->is_needed) continue;
    if (instr->op == OP_ACCUM) vec_push(s->c->m->arena, &s->accums, instr);
    for (int r = 0; r < instr->n_regions; r++) collect(s, instr->regions[r]);
  }
}

/* Does the int keep its value during the innermost loop, and does it mean the same before and
 * after it? */
static bool is_invariant(const Sums *s, const Value *value) {
  if (value == s->index) return false;
  if (value->def && fact(s->c->p, value)->is_inline) {
    if (!op_is_prim(value->def->op)) return value->def->op == OP_CONST || value->def->op == OP_SIZE;
    for (int k = 0; k < value->def->n_operands; k++)
      if (!is_invariant(s, value->def->operands[k])) return false;
    return true;
  }
  const Region *body = s->sweep->regions[0];
  if (!value->def && value->region == body) return true;
  return !region_is_within(value_region(value), body);
}

static bool adds_to_one(const Sums *s, const Instr *accum) {
  const int rank = accum->operands[0]->type->rank;
  for (int d = 0; d < rank; d++)
    if (!is_invariant(s, accum->operands[2 + d])) return false;
  return rank > 0;
}

/* A bit for each dimension whose place is the loop's index itself. */
static unsigned own_dimensions(const Sums *s, const Instr *accum) {
  unsigned own = 0;
  for (int d = 0; d < accum->operands[0]->type->rank; d++)
    if (accum->operands[2 + d] == s->index) own |= 1u << d;
  return own;
}

/* Do all accums to the array of this one stay apart from step to step? They do if one dimension is
 * the index in all of
 * them. */
static bool adds_apart(const Sums *s, const Instr *accum) {
  unsigned own = ~0u;
  for (size_t i = 0; i < s->accums.len; i++) {
    const Instr *other = s->accums.at[i];
    if (storage_of(s->c->p, other->results[0]) != storage_of(s->c->p, accum->results[0])) continue;
    if (!adds_to_one(s, other)) own &= own_dimensions(s, other);
  }
  return own != 0 && own != ~0u;
}

static bool is_in_place(const Sums *s, const Instr *accum) {
  return same_place(s->c->p, accum->operands[0], accum->results[0]);
}

typedef Vec(Name) NameList;

/* ---- code ------------------------------------------------------------------------------------ */

Name code_local_sum(const Code *c, const Instr *accum) {
  for (size_t i = 0; i < c->sums.len; i++)
    if (c->sums.at[i].accum == accum) return c->sums.at[i].sum;
  return NULL;
}

/* Several accums may add to one variable, which the pragma names once. */
static void add_name(NameList *names, Arena *arena, Name name) {
  for (size_t i = 0; i < names->len; i++)
    if (names->at[i] == name) return;
  vec_push(arena, names, name);
}

/* A variable that is declared inside the loop is each step's own. */
static void add_sum(Code *c, NameList *names, const Storage *sum) {
  if (sum->is_declared) add_name(names, c->m->arena, sum->name);
}

static const char *pragma_of(Code *c, const NameList *names) {
  if (names->len == 0) return "DP_SIMD";
  Text text = {.arena = c->m->arena};
  for (size_t i = 0; i < names->len; i++)
    text_format(&text, "%s%s", i ? ", " : "DP_SIMD_SUM(", names->at[i]);
  text_add(&text, ")");
  return text.text;
}

static Name open_sum(Code *c, const Instr *accum) {
  const Value *result = accum->results[0];
  Name sum = c_names_take(c->names, result->name ? arena_format(c->m->arena, "%s_sum", result->name) : "sum");
  code_line(c, "%s %s = 0.0%s;", code_kind(c, KIND_REAL), sum, c->options->single_precision ? "f" : "");
  const LocalSum local = {accum, sum};
  vec_push(c->m->arena, &c->sums, local);
  return sum;
}

const char *code_open_sums(Code *c, const Instr *sweep, const Value *index) {
  Sums s = {.c = c, .sweep = sweep, .index = index};
  if (!code_is_straight(c, sweep->regions[0], true)) return NULL;
  collect(&s, sweep->regions[0]);
  bool is_vector = true;
  NameList names = {0};
  for (size_t i = 0; i < s.accums.len; i++) {
    const Instr *accum = s.accums.at[i];
    Storage *target = storage_of(c->p, accum->results[0]);
    if (!is_in_place(&s, accum)) is_vector = false;
    else if (accum->operands[0]->type->rank == 0) add_sum(c, &names, target);
    else if (adds_to_one(&s, accum)) add_name(&names, c->m->arena, open_sum(c, accum));
    else if (!adds_apart(&s, accum)) is_vector = false;
  }
  return is_vector ? pragma_of(c, &names) : NULL;
}

void code_close_sums(Code *c, size_t first) {
  for (size_t i = first; i < c->sums.len; i++)
    code_line(c, "%s += %s;", code_target(c, c->sums.at[i].accum).text, c->sums.at[i].sum);
  c->sums.len = first;
}
