#include "elaborate/elab.h"

#include <string.h>

/* ---- plain statements ------------------------------------------------------------------------ */

static const char *source_of(Elab *e, Span span) {
  size_t length;
  const char *text = source_text(e->sources, span.file, &length);
  if (!text || span.end > length || span.start > span.end) return "the condition";
  return arena_format(e->arena, "%.*s", (int)(span.end - span.start), text + span.start);
}

static void run_assert(Elab *e, Scope *s, const Stmt *stmt) {
  Datum *d = eval_condition(e, s, stmt->condition);
  bool known;
  if (is_poison(d)) return;
  const char *text = stmt->text ? stmt->text : source_of(e, stmt->condition->span);
  if (is_const_bool(d, &known) && !known) {
    REPORT(e, DIAG_BAD_STATEMENT, stmt->condition->span,
           arena_format(e->arena, "this is false: %s", text));
    return;
  }
  emit_check(e, d, stmt->span, text);
}

static void run_const(Elab *e, Scope *s, const Stmt *stmt) {
  Datum *d = eval(e, s, stmt->values.at[0]);
  if (d->tag == DATUM_VALUE) {
    REPORT(e, DIAG_NOT_CONSTANT, stmt->values.at[0]->span,
           arena_format(e->arena, "the constant %s", stmt->name));
    d = poison(e);
  }
  bind(e, s, stmt->name, d, stmt->span);
}

static void run_local_function(Elab *e, Scope *s, const Stmt *stmt) {
  Datum *d = datum_new(e, DATUM_FUNCTION);
  d->closure = ARENA_NEW(e->arena, Closure);
  *d->closure = (Closure){.function = stmt->function, .env = s->env, .unit = s->unit};
  if (stmt->function->name)
    bind(e, s, stmt->function->name, d, stmt->function->name_span);
}

static void run_statement(Elab *e, Scope *s, const Stmt *stmt) {
  e->temp_from = e->m->next_id;
  here(e)->span = stmt->span;
  switch (stmt->tag) {
    case STMT_ASSIGN: run_assign(e, s, stmt); return;
    case STMT_UPDATE: run_update(e, s, stmt); return;
    case STMT_EXPR: eval(e, s, stmt->values.at[0]); return;
    case STMT_RETURN:
      REPORT(e, DIAG_EARLY_RETURN, stmt->span, "");
      report_help(e, "use if and else as the last statement, with a return in each");
      return;
    case STMT_FOR: run_for(e, s, stmt); return;
    case STMT_WHILE: run_while(e, s, stmt); return;
    case STMT_IF: run_if(e, s, stmt); return;
    case STMT_ASSERT: run_assert(e, s, stmt); return;
    case STMT_CONST: run_const(e, s, stmt); return;
    case STMT_FN: run_local_function(e, s, stmt); return;
    case STMT_ERROR: return;
  }
}

void run_statements(Elab *e, Scope *s, const StmtList *stmts, size_t n) {
  const uint32_t temp_from = e->temp_from;
  const Span span = here(e)->span;
  for (size_t i = 0; i < n && !e->aborted; i++) run_statement(e, s, stmts->at[i]);
  here(e)->span = span;
  e->temp_from = temp_from;
}

/* ---- bodies of functions --------------------------------------------------------------------- */

static bool ends_in_return(const StmtList *stmts) {
  if (stmts->len == 0) return false;
  const Stmt *last = stmts->at[stmts->len - 1];
  if (last->tag == STMT_IF) return ends_in_return(&last->body) && ends_in_return(&last->other);
  return last->tag == STMT_RETURN;
}

static Datum *returned_value(Elab *e, Scope *s, const Stmt *stmt) {
  const size_t n = stmt->values.len;
  Datum **items = ARENA_ARRAY(e->arena, Datum *, n);
  e->temp_from = e->m->next_id;
  here(e)->span = stmt->span;
  for (size_t i = 0; i < n; i++) {
    items[i] = eval(e, s, stmt->values.at[i]);
    if (is_poison(items[i])) return items[i];
  }
  return datum_tuple(e, (int)n, items);
}

typedef struct {
  Scope *s;
  const Stmt *stmt;
} ReturnArms;

static Datum *return_arm(Elab *e, void *context, int arm) {
  const ReturnArms *arms = context;
  Scope inner = *arms->s;
  return run_body(e, &inner, arm == 0 ? &arms->stmt->body : &arms->stmt->other);
}

/* The last statement: a return, an if with returns, or an expression; NULL: something else, that
 * is run. */
static Datum *run_last(Elab *e, Scope *s, const Stmt *last) {
  here(e)->span = last->span;
  e->temp_from = e->m->next_id;
  if (last->tag == STMT_RETURN) return returned_value(e, s, last);
  if (last->tag == STMT_IF && ends_in_return(&last->body) && ends_in_return(&last->other)) {
    ReturnArms arms = {s, last};
    Datum *condition = eval_condition(e, s, last->condition);
    return eval_if(e, last->span, condition, return_arm, &arms);
  }
  if (last->tag == STMT_EXPR) return eval(e, s, last->values.at[0]);
  run_statement(e, s, last);
  return NULL;
}

Datum *run_body(Elab *e, Scope *s, const StmtList *stmts) {
  if (stmts->len == 0) return NULL;
  const uint32_t temp_from = e->temp_from;
  const Span span = here(e)->span;
  run_statements(e, s, stmts, stmts->len - 1);
  Datum *d = e->aborted ? poison(e) : run_last(e, s, stmts->at[stmts->len - 1]);
  here(e)->span = span;
  e->temp_from = temp_from;
  return d;
}
