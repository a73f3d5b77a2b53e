#include "passes/simplify.h"

#include "passes/cse.h"
#include "passes/dce.h"
#include "passes/fold.h"
#include "passes/forward.h"
#include "passes/hoist.h"
#include "passes/lift.h"
#include "passes/unroll.h"

enum { MAX_ROUNDS = 12 };

/* Marks what the vjps and jvps in the region differentiate with respect to; says whether there are
 * any. */
static bool pin_derivatives(const Region *region, ValueMap *pinned) {
  bool any = false;
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    for (int k = 0; k < instr->n_regions; k++) any |= pin_derivatives(instr->regions[k], pinned);
    if (instr->op != OP_VJP && instr->op != OP_JVP) continue;
    any = true;
    const int first = instr->op == OP_VJP ? 2 * instr->n_y : instr->n_y;
    const int n = instr->op == OP_VJP ? instr->n_results : (instr->n_operands - first) / 2;
    for (int i = first; i < first + n; i++)
      value_map_set(pinned, instr->operands[i], instr->operands[i]);
  }
  return any;
}

typedef struct {
  Module *m;
  Region *body;
  ValueMap pinned;
  bool has_derivatives;
} Simplify;

static int unroll(Simplify *s) { return unroll_region(s->m, s->body, &s->pinned); }
static int fold(Simplify *s) {
  return fold_region(s->m, s->body, &s->pinned, s->has_derivatives);
}
static int drop(Simplify *s) { return drop_unneeded(s->m, s->body); }
static int forward(Simplify *s) {
  return s->has_derivatives ? 0 : forward_reads(s->m, s->body);
}
static int share(Simplify *s) { return share_region(s->m, s->body, &s->pinned); }
static int hoist(Simplify *s) { return hoist_region(s->m, s->body); }
static int lift(Simplify *s) { return lift_region(s->m, s->body, &s->pinned); }

/* settles: a second run right after the first finds nothing. One walk shares all there is: each operand is
 * replaced before what uses it is compared. */
typedef struct {
  int (*run)(Simplify *s);
  bool settles;
} Part;

static const Part parts[] = {{unroll, false}, {fold, false},  {drop, true}, {forward, false},
                             {share, true},   {hoist, false}, {lift, false}};

enum { N_PARTS = sizeof parts / sizeof *parts };

/* The parts take turns until none of them has found anything since the last change. */
static int simplify_func(Module *m, Func *func) {
  Simplify s = {.m = m, .body = func->body, .has_derivatives = true};
  int total = 0, quiet = 0;
  for (int turn = 0; quiet < N_PARTS && turn < MAX_ROUNDS * N_PARTS; turn++) {
    if (turn % N_PARTS == 0 && s.has_derivatives) {
      s.pinned = value_map_new(m->arena);
      s.has_derivatives = pin_derivatives(s.body, &s.pinned);
    }
    const Part *part = &parts[turn % N_PARTS];
    const int changes = part->run(&s);
    quiet = changes ? part->settles : quiet + 1;
    total += changes;
    arena_clear(m->scratch);
  }
  return total;
}

int simplify(Module *m, Diag *diag) {
  (void)diag;
  int changes = 0;
  for (size_t i = 0; i < m->funcs.len; i++) changes += simplify_func(m, m->funcs.at[i]);
  return changes;
}
