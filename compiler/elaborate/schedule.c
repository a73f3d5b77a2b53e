/* schedule - the checkpoint clause of a loop. */
#include "elaborate/elab.h"

#include <string.h>

/* all, sqrt, binomial and mixed, in the order of ScheduleKind, and what each is told. */
typedef struct {
  const char *name, *takes;
  bool snapshots, bytes, disk, needs_one;
} ScheduleRule;

static const ScheduleRule rules[] = {
  {"all", "nothing", false, false, false, false},
  {"sqrt", "snapshots = S or nothing", true, false, false, false},
  {"binomial", "snapshots = S or bytes = B, and disk = D", true, true, true, true},
  {"mixed", "snapshots = S or bytes = B", true, true, false, true},
};

static int find_rule(Elab *e, const CheckpointClause *clause) {
  for (int i = 0; i < 4; i++)
    if (!strcmp(clause->schedule, rules[i].name)) return i;
  REPORT(e, DIAG_BAD_CHECKPOINT, clause->span, clause->schedule);
  return -1;
}

static const char *meaning_of(Name name, const ScheduleRule *rule) {
  if (name && rule->snapshots && !strcmp(name, "snapshots")) return "the number of snapshots";
  if (name && rule->bytes && !strcmp(name, "bytes")) return "the number of bytes";
  if (name && rule->disk && !strcmp(name, "disk")) return "the number of snapshots on disk";
  return NULL;
}

/* One of the arguments; false: not a right one, or the second of its kind. */
static bool read_argument(Elab *e, Scope *s, const Argument *arg, const ScheduleRule *rule,
                          Schedule *schedule, bool *is_poisoned) {
  const char *meaning = meaning_of(arg->name, rule);
  if (!meaning) return false;
  Size **amount = strcmp(arg->name, "disk") ? &schedule->size : &schedule->disk;
  if (*amount) return false;
  Datum *d = eval_int(e, s, arg->value, meaning);
  *is_poisoned |= is_poison(d);
  *amount = is_poison(d) ? size_const(e->m, 0) : size_of_int(e, d);
  schedule->in_bytes |= !strcmp(arg->name, "bytes");
  return true;
}

static bool read_amounts(Elab *e, Scope *s, const CheckpointClause *clause,
                         const ScheduleRule *rule, Schedule *schedule) {
  bool fits = true, is_poisoned = false;
  for (size_t i = 0; i < clause->args.len && fits; i++)
    fits = read_argument(e, s, &clause->args.at[i], rule, schedule, &is_poisoned);
  fits = fits && (schedule->size || !rule->needs_one);
  if (!fits) REPORT(e, DIAG_CHECKPOINT_TAKES, clause->span, rule->name, rule->takes);
  return fits && !is_poisoned;
}

Schedule read_schedule(Elab *e, Scope *s, const CheckpointClause *clause) {
  Schedule schedule = {0};
  const int rule = clause->given ? find_rule(e, clause) : -1;
  if (rule < 0) return schedule;
  schedule.kind = (ScheduleKind)rule;
  return read_amounts(e, s, clause, &rules[rule], &schedule) ? schedule : (Schedule){0};
}

void set_schedule(Instr *loop, const Schedule *schedule) {
  loop->schedule = schedule->kind;
  loop->in_bytes = schedule->in_bytes;
  loop->size = schedule->size;
  loop->disk = schedule->disk;
}
