/* assign - targets: names, elements, slices, fields, and chains of them. Nothing is changed in
 * place: each step makes the whole anew and assigns that. */
#include "elaborate/elab.h"

#include <string.h>

/* ---- which names are assigned ---------------------------------------------------------------- */

typedef struct {
  Arena *arena;
  NameList *list;
  NameMap seen;
} Collected;

static Collected collected_new(Elab *e, NameList *list) {
  return (Collected){e->arena, list, name_map_new(e->arena)};
}

static void add_name(Collected *names, Name name) {
  if (name_map_find(&names->seen, name)) return;
  name_map_add(&names->seen, name);
  vec_push(names->arena, names->list, name);
}

static const Expr *root_of(const Expr *target) {
  while (target->tag == EXPR_INDEX || target->tag == EXPR_FIELD) target = target->left;
  return target;
}

static void add_targets(Collected *names, const ExprList *targets) {
  for (size_t i = 0; i < targets->len; i++) {
    const Expr *root = root_of(targets->at[i]);
    if (root->tag == EXPR_NAME && strcmp(root->name, "_")) add_name(names, root->name);
    if (root->tag == EXPR_TUPLE) add_targets(names, &root->items);
  }
}

static void add_assigned(Collected *names, const StmtList *stmts) {
  for (size_t i = 0; i < stmts->len; i++) {
    const Stmt *stmt = stmts->at[i];
    if (stmt->tag == STMT_ASSIGN || stmt->tag == STMT_UPDATE) add_targets(names, &stmt->targets);
    if (stmt->tag == STMT_CONST) add_name(names, stmt->name);
    if (stmt->tag == STMT_FN && stmt->function->name) add_name(names, stmt->function->name);
    add_assigned(names, &stmt->body);
    add_assigned(names, &stmt->other);
  }
}

NameList assigned_names(Elab *e, const StmtList *stmts) {
  NameList list = {0};
  Collected names = collected_new(e, &list);
  add_assigned(&names, stmts);
  return list;
}

NameList assigned_in_arms(Elab *e, const Stmt *stmt) {
  NameList list = {0};
  Collected names = collected_new(e, &list);
  add_assigned(&names, &stmt->body);
  add_assigned(&names, &stmt->other);
  return list;
}

NameMap assigned_anywhere(Elab *e, const StmtList *stmts) {
  NameList list = {0};
  Collected names = collected_new(e, &list);
  add_assigned(&names, stmts);
  return names.seen;
}

/* What one arm assigns for sure is so only if the other does, too. */
static void add_of_both_arms(Elab *e, const Stmt *stmt, NameMap *sure) {
  const NameMap body = assigned_for_sure(e, &stmt->body), other = assigned_for_sure(e, &stmt->other);
  const NameList names = assigned_names(e, &stmt->body);
  for (size_t i = 0; i < names.len; i++)
    if (name_map_find(&body, names.at[i]) && name_map_find(&other, names.at[i]))
      name_map_add(sure, names.at[i]);
}

NameMap assigned_for_sure(Elab *e, const StmtList *stmts) {
  NameMap sure = name_map_new(e->arena);
  for (size_t i = 0; i < stmts->len; i++) {
    const Stmt *stmt = stmts->at[i];
    if (stmt->tag == STMT_IF) add_of_both_arms(e, stmt, &sure);
    if (stmt->tag == STMT_CONST) name_map_add(&sure, stmt->name);
    if (stmt->tag == STMT_FN && stmt->function->name) name_map_add(&sure, stmt->function->name);
    for (size_t k = 0; stmt->tag == STMT_ASSIGN && k < stmt->targets.len; k++)
      if (stmt->targets.at[k]->tag == EXPR_NAME) name_map_add(&sure, stmt->targets.at[k]->name);
  }
  return sure;
}

/* ---- one new block in an array --------------------------------------------------------------- */

static Datum *fill_block(Elab *e, Datum *scalar, int rank, Size *const *extents) {
  Frame frame;
  Region *body = open_frame(e, &frame, FRAME_SPACE);
  for (int d = 0; d < rank; d++) frame_index(e, "i");
  region_add_yield(e->m, body, materialise(e, scalar));
  close_frame(e);
  return datum_value(e, build_map(here(e), rank, extents, body)->results[0]);
}

static Datum *as_kind(Elab *e, Datum *d, Kind kind, const char *place, Span span) {
  if (!is_number(d)) return type_mismatch(e, span, place, d);
  if (datum_kind(d) == kind) return d;
  if (kind == KIND_REAL && datum_kind(d) == KIND_INT) return to_real(e, d);
  type_mismatch(e, span, place, d);
  if (kind == KIND_INT && datum_kind(d) == KIND_REAL)
    report_help(e, "it began with ints; 0.0 is a real, and real(..) makes reals of ints");
  return poison(e);
}

/* The value as the block that the items select; a scalar fills the block. */
static Datum *as_block(Elab *e, Datum *value, const Type *array, int rank, Size *const *extents,
                       Span span) {
  const Type *type = type_array(e->m, array->kind, rank, extents);
  value = as_kind(e, value, array->kind, describe_type(e, type), span);
  if (is_poison(value)) return value;
  if (rank && is_scalar(value)) return fill_block(e, value, rank, extents);
  if (datum_rank(value) == rank &&
      (rank == 0 || shapes_agree(e, type, value->value->type, span)))
    return value;
  REPORT(e, DIAG_SHAPE_MISMATCH, span, describe_type(e, type), describe(e, value));
  return poison(e);
}

static Datum *write_items(Elab *e, Datum *base, const IndexItem *items, int n, Datum *value,
                          Span span) {
  const Type *type = base->value->type;
  Value *starts[MAX_RANK];
  Size *extents[MAX_RANK];
  unsigned ranges = 0;
  int rank = 0;
  for (int d = 0; d < type->rank; d++) {
    const bool whole = d >= n;
    if (!whole && items[d].tag == ITEM_SINGLE) {
      starts[d] = materialise(e, items[d].single);
      continue;
    }
    if (!whole && (items[d].tag == ITEM_GATHER || items[d].step != 1))
      return unsupported(e, items[d].span, "assignment to every n-th or to listed elements; "
                                           "write a loop over them");
    ranges |= 1u << d;
    starts[d] = whole ? build_int(here(e), 0) : materialise(e, int_of_size(e, items[d].lo));
    extents[rank++] = whole ? type->dims[d] : items[d].count;
  }
  value = as_block(e, value, type, rank, extents, span);
  if (is_poison(value)) return value;
  Value *block = materialise(e, value);
  return datum_value(e, build_update(here(e), OP_UPDATE, base->value, block, starts, ranges));
}

/* ---- one new item in a tuple, a record, models ----------------------------------------------- */

/* What may stand in the place of old: the same structure, numbers of the same type. */
static Datum *fitted(Elab *e, Datum *old, Datum *value, Span span) {
  if (is_poison(value) || is_poison(old)) return poison(e);
  if (is_number(old)) {
    const char *place = describe(e, old);
    value = as_kind(e, value, datum_kind(old), place, span);
    if (is_poison(value)) return value;
    if (is_scalar(old) != is_scalar(value) || datum_rank(old) != datum_rank(value) ||
        (is_array(old) && !shapes_agree(e, old->value->type, value->value->type, span)))
      return type_mismatch(e, span, place, value);
    return is_array(old) ? datum_value(e, retyped(e, value->value, old->value->type)) : value;
  }
  if (!same_structure(old, value)) return type_mismatch(e, span, describe(e, old), value);
  Datum **items = ARENA_ARRAY(e->arena, Datum *, (size_t)old->n);
  for (int i = 0; i < old->n; i++) {
    items[i] = fitted(e, old->items[i], value->items[i], span);
    if (is_poison(items[i])) return items[i];
  }
  return is_structure(old) ? datum_with_items(e, old, items) : value;
}

static Datum *with_item(Elab *e, Datum *base, Datum *old, Datum *value, Span span) {
  Datum **items = ARENA_ARRAY(e->arena, Datum *, (size_t)base->n);
  for (int i = 0; i < base->n; i++) {
    items[i] = base->items[i] == old ? fitted(e, old, value, span) : base->items[i];
    if (is_poison(items[i])) return items[i];
  }
  return datum_with_items(e, base, items);
}

static Datum *write_model(Elab *e, Scope *s, Datum *base, const Expr *target, Datum *value) {
  Datum *index = eval_int(e, s, target->items.at[0], "an index");
  Datum *old = index_datum(e, s, base, target);
  if (is_poison(index) || is_poison(old)) return poison(e);
  value = fitted(e, old, value, target->span);
  if (is_poison(value)) return value;
  ValueList whole = {0}, rows = {0};
  datum_leaves(e, base, &whole);
  datum_leaves(e, value, &rows);
  for (size_t i = 0; i < whole.len; i++) {
    Value *starts[MAX_RANK] = {materialise(e, index)};
    const int rank = whole.at[i]->type->rank;
    for (int d = 1; d < rank; d++) starts[d] = build_int(here(e), 0);
    whole.at[i] = build_update(here(e), OP_UPDATE, whole.at[i], rows.at[i], starts,
                               (1u << rank) - 2u);
  }
  int next = 0;
  return datum_rebuild(e, base, whole.at, &next);
}

static Datum *write_index(Elab *e, Scope *s, Datum *base, const Expr *target, Datum *value) {
  IndexItem items[MAX_RANK];
  int n;
  if (is_poison(base)) return base;
  if (base->tag == DATUM_MODELS) return write_model(e, s, base, target, value);
  if (base->tag == DATUM_TUPLE) {
    Datum *old = index_datum(e, s, base, target);
    return is_poison(old) ? old : with_item(e, base, old, value, target->span);
  }
  if (!is_array(base)) {
    REPORT(e, DIAG_NOT_INDEXABLE, target->left->span, describe(e, base));
    return poison(e);
  }
  if (!eval_items(e, s, base, target, items, &n)) return poison(e);
  return write_items(e, base, items, n, value, target->span);
}

static Datum *write_field(Elab *e, Datum *base, const Expr *target, Datum *value) {
  if (is_poison(base)) return base;
  Datum *old = field_of(e, base, target->name, target->name_span);
  if (is_poison(old)) return old;
  for (int i = 0; i < base->n; i++)
    if (is_structure(base) && base->items[i] == old)
      return with_item(e, base, old, value, target->span);
  REPORT(e, DIAG_NOT_ASSIGNABLE, target->span, target->name);
  return poison(e);
}

/* ---- targets --------------------------------------------------------------------------------- */

/* Values that were just made take the variable's name. */
static void name_value(Elab *e, const Datum *d, Name name) {
  if (d->tag == DATUM_VALUE && d->value->def && d->value->id >= e->temp_from) d->value->name = name;
  if (d->tag == DATUM_TUPLE || d->tag == DATUM_RECORD)
    for (int i = 0; i < d->n; i++) name_value(e, d->items[i], name);
}

static bool is_global_only(Elab *e, Scope *s, const Expr *root) {
  return root->tag == EXPR_NAME && !find_binding(s->env, root->name) &&
         find_global(e, s->unit, root->name) != NULL;
}

static void assign(Elab *e, Scope *s, const Expr *target, Datum *value) {
  switch (target->tag) {
    case EXPR_NAME:
      if (!strcmp(target->name, "_")) return;
      value = datum_copied(e, value, e->temp_from);
      name_value(e, value, target->name);
      bind(e, s, target->name, value, target->span);
      return;
    case EXPR_INDEX:
    case EXPR_FIELD:
      if (is_global_only(e, s, root_of(target))) {
        REPORT(e, DIAG_NOT_ASSIGNABLE, target->span, root_of(target)->name);
        return;
      }
      break;
    default: REPORT(e, DIAG_NOT_ASSIGNABLE, target->span, "this"); return;
  }
  Datum *base = eval(e, s, target->left);
  Datum *whole = target->tag == EXPR_INDEX ? write_index(e, s, base, target, value)
                                           : write_field(e, base, target, value);
  assign(e, s, target->left, whole);
}

static bool check_count(Elab *e, const Stmt *stmt, int n_values) {
  const int n_targets = (int)stmt->targets.len;
  if (n_targets == n_values) return true;
  REPORT(e, DIAG_RESULT_COUNT, stmt->span, n_values, n_values == 1 ? "" : "s", n_targets,
         n_targets == 1 ? "" : "s");
  return false;
}

static void poison_targets(Elab *e, Scope *s, const Stmt *stmt) {
  NameList names = {0};
  Collected collected = collected_new(e, &names);
  add_targets(&collected, &stmt->targets);
  for (size_t i = 0; i < names.len; i++) bind(e, s, names.at[i], poison(e), stmt->span);
}

/* a, b = b, a: all values first. */
static void assign_each(Elab *e, Scope *s, const Stmt *stmt) {
  const size_t n = stmt->values.len;
  Datum **values = ARENA_ARRAY(e->arena, Datum *, n);
  for (size_t i = 0; i < n; i++) values[i] = eval_value(e, s, stmt->values.at[i]);
  for (size_t i = 0; i < n; i++) assign(e, s, stmt->targets.at[i], values[i]);
}

static void assign_parts(Elab *e, Scope *s, const Stmt *stmt) {
  Datum *d = eval_value(e, s, stmt->values.at[0]);
  const bool is_list = d->tag == DATUM_TUPLE || (is_array(d) && datum_rank(d) == 1);
  int64_t n = d->tag == DATUM_TUPLE ? d->n : 1;
  if (is_array(d) && datum_rank(d) == 1 && !size_is_const(d->value->type->dims[0], &n)) n = 1;
  if (is_poison(d) || !is_list || !check_count(e, stmt, (int)n)) {
    if (!is_poison(d) && !is_list) check_count(e, stmt, 1);
    poison_targets(e, s, stmt);
    return;
  }
  for (int i = 0; i < (int)n; i++) {
    Value *index = d->tag == DATUM_TUPLE ? NULL : build_int(here(e), i);
    Datum *part = index ? datum_value(e, element(e, d->value, &index)) : d->items[i];
    assign(e, s, stmt->targets.at[i], part);
  }
}

void run_assign(Elab *e, Scope *s, const Stmt *stmt) {
  if (stmt->declared) {
    Datum *d = eval(e, s, stmt->values.at[0]);
    const Expr *target = stmt->targets.at[0];
    d = match_declared(e, s, stmt->declared, d, stmt->values.at[0]->span, target->name);
    assign(e, s, target, d);
    return;
  }
  if (stmt->targets.len == stmt->values.len) {
    assign_each(e, s, stmt);
  } else if (stmt->values.len == 1) {
    assign_parts(e, s, stmt);
  } else {
    check_count(e, stmt, (int)stmt->values.len);
    poison_targets(e, s, stmt);
  }
}

void run_update(Elab *e, Scope *s, const Stmt *stmt) {
  const Expr *target = stmt->targets.at[0];
  Datum *old = eval(e, s, target);
  Datum *change = eval(e, s, stmt->values.at[0]);
  assign(e, s, target, binary(e, stmt->span, stmt->op, old, change));
}
