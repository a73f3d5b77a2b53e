/* schedule - the checkpoint clause of a loop. */
#include "elaborate/elab.h"

#include <string.h>

/* all, sqrt, binomial and mixed, in the order of ScheduleKind. */
typedef struct {
  const char *name;
  bool takes_snapshots, takes_bytes, needs_one;
} ScheduleRule;

static const ScheduleRule rules[] = {
  {"all", false, false, false},
  {"sqrt", true, false, false},
  {"binomial", true, true, true},
  {"mixed", true, true, true},
};

static const char *takes(const ScheduleRule *rule) {
  if (rule->needs_one) return "snapshots = S or bytes = B";
  return rule->takes_snapshots ? "snapshots = S or nothing" : "nothing";
}

static int find_rule(Elab *e, const CheckpointClause *clause) {
  for (int i = 0; i < 4; i++)
    if (!strcmp(clause->schedule, rules[i].name)) return i;
  REPORT(e, DIAG_BAD_CHECKPOINT, clause->span, clause->schedule);
  return -1;
}

static bool read_amount(Elab *e, Scope *s, const CheckpointClause *clause,
                        const ScheduleRule *rule, Schedule *schedule) {
  if (clause->args.len == 0 && !rule->needs_one) return true;
  const Argument *arg = clause->args.len == 1 ? &clause->args.at[0] : NULL;
  const bool snapshots = arg && arg->name && !strcmp(arg->name, "snapshots");
  const bool bytes = arg && arg->name && !strcmp(arg->name, "bytes");
  if (!(snapshots && rule->takes_snapshots) && !(bytes && rule->takes_bytes)) {
    REPORT(e, DIAG_CHECKPOINT_TAKES, clause->span, rule->name, takes(rule));
    return false;
  }
  Datum *amount = eval_int(e, s, arg->value, bytes ? "the number of bytes" : "the number of snapshots");
  if (is_poison(amount)) return false;
  schedule->in_bytes = bytes;
  schedule->size = size_of_int(e, amount);
  return true;
}

Schedule read_schedule(Elab *e, Scope *s, const CheckpointClause *clause) {
  Schedule schedule = {0};
  const int rule = clause->given ? find_rule(e, clause) : 0;
  if (rule > 0 || (rule == 0 && clause->given))
    if (read_amount(e, s, clause, &rules[rule], &schedule)) schedule.kind = (ScheduleKind)rule;
  return schedule;
}

void set_schedule(Instr *loop, const Schedule *schedule) {
  loop->schedule = schedule->kind;
  loop->in_bytes = schedule->in_bytes;
  loop->size = schedule->size;
}
