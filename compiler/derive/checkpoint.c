#include "derive/checkpoint.h"

#include "derive/rewind.h"

/* One read of a tape, and the reverse loop in which it stands. */
typedef struct {
  Instr *instr, *reverse;
} Read;

/* A carried array of a loop into which each step writes one entry. */
typedef struct {
  Instr *loop;
  int carried;
  Value *kept, *result;
  bool refused;
  Vec(Read) reads;
} Tape;

typedef struct {
  Module *m;
  Vec(Instr *) loops;
  Vec(Tape *) tapes;
  IdMap by_result; /* Tape by id of its result */
  int parts;       /* of the caller's store that loops use already */
} Search;

/* ---- tapes of loops that have a schedule ------------------------------------------------------- */

static Region *body_of(const Instr *loop) { return loop->regions[loop->n_regions - 1]; }

static bool is_zero(const Value *value) {
  int64_t number;
  return value_is_const_int(value, &number) && number == 0;
}

/* param with [t, ..] = value as the step's last word on it? */
static bool is_taping(const Region *body, int carried) {
  const Instr *update = body->yields[carried]->def;
  const Value *param = body->params[1 + carried];
  if (!update || update->op != OP_UPDATE || update->parent != body) return false;
  if (update->operands[0] != param || update->operands[2] != body->params[0]) return false;
  if (update->ranges != (((1u << param->type->rank) - 1) & ~1u)) return false;
  for (int d = 1; d < param->type->rank; d++)
    if (!is_zero(update->operands[2 + d])) return false;
  return true;
}

static void find_tapes(Search *s, Instr *loop) {
  Region *body = body_of(loop);
  vec_push(s->m->arena, &s->loops, loop);
  for (int i = 0; i < loop->n_operands - 1; i++) {
    if (!is_taping(body, i) || uses_within(body, body->params[1 + i]) > 1) continue;
    if (loop->op == OP_WHILE && uses_within(loop->regions[0], loop->regions[0]->params[i]) > 0) continue;
    Tape *tape = ARENA_NEW(s->m->arena, Tape);
    *tape = (Tape){.loop = loop, .carried = i, .kept = body->yields[i]->def->operands[1],
                   .result = loop->results[i]};
    vec_push(s->m->arena, &s->tapes, tape);
    id_map_set(&s->by_result, tape->result->id, tape);
  }
}

static void find_loops(Search *s, Region *region) {
  if (region_is_flat(region)) return;
  for (Instr *instr = region->first; instr; instr = instr->next) {
    for (int k = 0; k < instr->n_regions; k++) find_loops(s, instr->regions[k]);
    const bool is_loop = instr->op == OP_LOOP || instr->op == OP_WHILE;
    if (is_loop && instr->schedule != SCHEDULE_ALL) find_tapes(s, instr);
  }
}

static Tape *tape_of(const Search *s, const Value *value) {
  return id_map_find(&s->by_result, value->id);
}

/* ---- how they are read ------------------------------------------------------------------------- */

static const Instr *subtraction(const Value *value) {
  return value->def && value->def->op == OP_sub ? value->def : NULL;
}

/* Is count the number of steps that the loop made? */
static bool counts_steps(const Instr *loop, const Value *count) {
  if (loop->op == OP_LOOP) return count == loop->operands[0];
  const Value *made = loop->results[loop->n_results - 1];
  if (count == made) return true;
  const Instr *least = count->def;
  return least && least->op == OP_min &&
         (least->operands[0] == made || least->operands[1] == made);
}

/* The loop round `read` that goes through the steps of `loop` backwards, if the first index is count - 1
 * - its counter. */
static Instr *reverse_loop_of(const Instr *loop, const Instr *read) {
  const Instr *step = read->n_operands > 1 ? subtraction(read->operands[1]) : NULL;
  const Instr *last = step ? subtraction(step->operands[0]) : NULL;
  int64_t one;
  if (!last || !value_is_const_int(last->operands[1], &one) || one != 1) return NULL;
  const Value *counter = step->operands[1];
  Instr *reverse = counter->def ? NULL : counter->region->parent;
  if (!reverse || reverse->op != OP_LOOP || counter->index != 0) return NULL;
  if (!region_is_within(read->parent, reverse->regions[0])) return NULL;
  const Value *count = last->operands[0];
  return reverse->operands[0] == count && counts_steps(loop, count) ? reverse : NULL;
}

static void note_read(Search *s, Tape *tape, Instr *instr, int operand) {
  Instr *reverse = instr->op == OP_INDEX && operand == 0 ? reverse_loop_of(tape->loop, instr) : NULL;
  const Read read = {instr, reverse};
  if (reverse) vec_push(s->m->arena, &tape->reads, read);
  else tape->refused = true;
}

static void find_reads(Search *s, Region *region) {
  for (Instr *instr = region->first; instr; instr = instr->next) {
    for (int i = 0; i < instr->n_operands; i++) {
      Tape *tape = tape_of(s, instr->operands[i]);
      if (tape) note_read(s, tape, instr, i);
    }
    for (int k = 0; k < instr->n_regions; k++) find_reads(s, instr->regions[k]);
  }
  for (int i = 0; i < region->n_yields; i++) {
    Tape *tape = tape_of(s, region->yields[i]);
    if (tape) tape->refused = true;
  }
}

/* ---- one loop ---------------------------------------------------------------------------------- */

typedef Vec(Tape *) TapeList;
typedef Vec(Instr *) LoopList;

static void remove_tape(const Tape *tape) {
  Instr *loop = tape->loop, *update = body_of(loop)->yields[tape->carried]->def;
  region_remove_yield(body_of(loop), tape->carried);
  region_remove_param(body_of(loop), 1 + tape->carried);
  if (loop->op == OP_WHILE) region_remove_param(loop->regions[0], tape->carried);
  instr_remove_operand(loop, 1 + tape->carried);
  instr_remove_result(loop, tape->carried);
  instr_unlink(update);
}

static void add_kept(Past *p, Value *kept) {
  for (size_t i = 0; i < p->kept.len; i++)
    if (p->kept.at[i] == kept) return;
  vec_push(p->m->arena, &p->kept, kept);
}

/* The tape's entry of this step is the value now. */
static void replace_read(Instr *read, Value *value, ValueMap *replaced) {
  if (read->operands[0]->type->rank == 1) {
    value_map_set(replaced, read->results[0], value);
    instr_unlink(read);
    return;
  }
  instr_remove_operand(read, 1);
  read->operands[0] = value;
}

static void rewind_in(Past *p, const TapeList *tapes, Instr *reverse, ValueMap *replaced) {
  ValueList kept = {0};
  TapeList here = {0};
  for (size_t i = 0; i < tapes->len; i++)
    for (size_t k = 0; k < tapes->at[i]->reads.len; k++)
      if (tapes->at[i]->reads.at[k].reverse == reverse) {
        vec_push(p->m->arena, &kept, tapes->at[i]->kept);
        vec_push(p->m->arena, &here, tapes->at[i]);
        break;
      }
  Value **found = ARENA_ARRAY(p->m->arena, Value *, kept.len);
  past_rewind(p, reverse, kept.at, (int)kept.len, found);
  for (size_t i = 0; i < here.len; i++)
    for (size_t k = 0; k < here.at[i]->reads.len; k++)
      if (here.at[i]->reads.at[k].reverse == reverse)
        replace_read(here.at[i]->reads.at[k].instr, found[i], replaced);
}

/* The reverse loops that read the tapes, each once. */
static void reverse_loops(Module *m, const TapeList *tapes, LoopList *list) {
  for (size_t i = 0; i < tapes->len; i++)
    for (size_t k = 0; k < tapes->at[i]->reads.len; k++) {
      Instr *reverse = tapes->at[i]->reads.at[k].reverse;
      bool known = false;
      for (size_t j = 0; j < list->len; j++) known |= list->at[j] == reverse;
      if (!known) vec_push(m->arena, list, reverse);
    }
}

static void apply_schedule(Search *s, Region *root, Instr *loop, const TapeList *tapes) {
  Module *m = s->m;
  Past past = {.m = m, .loop = loop, .body = body_of(loop), .kind = loop->schedule};
  LoopList reverses = {0};
  for (size_t i = 0; i < tapes->len; i++) add_kept(&past, tapes->at[i]->kept);
  reverse_loops(m, tapes, &reverses);
  for (size_t i = tapes->len; i-- > 0;) remove_tape(tapes->at[i]);
  past.first_part = s->parts;
  past_plan(&past);
  if (past.on_disk) s->parts += past.n_state;
  ValueMap replaced = value_map_new(m->arena);
  past_forward(&past, &replaced);
  for (size_t i = 0; i < reverses.len; i++) rewind_in(&past, tapes, reverses.at[i], &replaced);
  region_replace(m, root, &replaced);
}

static int schedule_loop(Search *s, Region *root, Instr *loop) {
  TapeList tapes = {0};
  for (size_t i = 0; i < s->tapes.len; i++)
    if (s->tapes.at[i]->loop == loop && !s->tapes.at[i]->refused && s->tapes.at[i]->reads.len > 0)
      vec_push(s->m->arena, &tapes, s->tapes.at[i]);
  if (tapes.len > 0) apply_schedule(s, root, loop, &tapes);
  return tapes.len > 0;
}

static void forget_schedules(Region *region) {
  if (region_is_flat(region)) return;
  for (Instr *instr = region->first; instr; instr = instr->next) {
    for (int k = 0; k < instr->n_regions; k++) forget_schedules(instr->regions[k]);
    if (instr->op != OP_LOOP && instr->op != OP_WHILE) continue;
    instr->schedule = SCHEDULE_ALL;
    instr->size = instr->disk = NULL;
  }
}

int checkpoint(Module *m, Diag *diag) {
  (void)diag;
  int changes = 0;
  for (size_t i = 0; i < m->funcs.len; i++) {
    Region *body = m->funcs.at[i]->body;
    Search s = {.m = m, .by_result = id_map_new(m->arena)};
    find_loops(&s, body);
    if (s.loops.len == 0) continue;
    if (s.tapes.len > 0) find_reads(&s, body);
    for (size_t k = 0; k < s.loops.len; k++) changes += schedule_loop(&s, body, s.loops.at[k]);
    forget_schedules(body);
    arena_clear(m->scratch);
  }
  return changes;
}
