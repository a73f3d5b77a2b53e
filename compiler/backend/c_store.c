/* Variables, arrays and the copies between them. */
#include "backend/code.h"

#include <string.h>

/* ---- names ----------------------------------------------------------------------------------- */

static const char *default_hint(const Value *value) {
  if (is_index(value)) return "i";
  const bool is_scalar = value->type->rank == 0;
  const Op op = value->def ? value->def->op : OP_MAP;
  switch ((int)op) {
    case OP_REDUCE:
      return value->def->reduce == REDUCE_SUM ? "sum" : value->def->reduce == REDUCE_MIN ? "least" : "most";
    case OP_int_mod: return "k";
    default: break;
  }
  if (value->type->kind == KIND_INT) return "n";
  if (value->type->kind == KIND_BOOL) return "is";
  return is_scalar ? "s" : "v";
}

/* What a loop carries is called as in the loop; else the oldest member with a name gives it. The
 * order in which members
 * were joined has no part in it. */
static bool names_better(const Value *a, const Value *b) {
  if (!b) return true;
  if (!a->def != !b->def) return !a->def;
  return a->id < b->id;
}

static const char *hint_of(const Storage *s) {
  const Value *best = NULL;
  for (size_t i = 0; i < s->members.len; i++)
    if (s->members.at[i]->name && names_better(s->members.at[i], best)) best = s->members.at[i];
  if (best) return best->name;
  if (s->hint) return s->hint;
  return s->members.len ? default_hint(s->members.at[0]) : "kept";
}

Name code_name_storage(Code *c, Storage *s) {
  if (!s->name) s->name = c_names_take(c->names, hint_of(s));
  return s->name;
}

/* "[n, 2]" for comments. */
static const char *shape_text(Code *c, const Type *type) {
  Text text = {.arena = c->m->arena};
  text_add(&text, "[");
  for (int d = 0; d < type->rank; d++)
    text_format(&text, "%s%s", d ? ", " : "", expr_size(c, type->dims[d]).text);
  text_add(&text, "]");
  return text.text;
}

/* ---- declarations ---------------------------------------------------------------------------- */

static void assign_storage(Code *c, Storage *s, Expr e) {
  if (s->is_declared) {
    if (strcmp(s->name, e.text) != 0) code_line(c, "%s = %s;", s->name, e.text);
    return;
  }
  /* An outer scope's variable is declared ahead of the instruction that writes it. */
  const char *qualifier = s->members.len == 1 && s->members.at[0]->def ? "const " : "";
  s->is_declared = true;
  code_line(c, "%s%s %s = %s;", qualifier, code_kind(c, s->type->kind), code_name_storage(c, s),
            e.text);
}

void code_assign(Code *c, const Value *value, Expr e) {
  Storage *s = storage_of(c->p, value);
  if (s) assign_storage(c, s, e);
}

static void declare_stack(Code *c, Storage *s) {
  int64_t n;
  storage_elements(s, &n);
  s->is_declared = true;
  code_name_storage(c, s);
  const char *shape = s->type->rank > 1 ? arena_format(c->m->arena, " /* %s */", shape_text(c, s->type)) : "";
  code_line(c, "%s %s[%lld];%s", code_kind(c, s->type->kind), s->name,
            (long long)(n > 0 ? n : 1), shape);
}

/* Variables that are declared where they get their first value. */
static bool is_declared_later(Code *c, const Instr *instr, const Storage *s) {
  if (s->is_const || s->is_started) return true;
  return instr->op == OP_ACCUM ||
         (instr->op == OP_REDUCE && storage_of(c->p, instr->results[0]) == s);
}

/* Which storages do the moves ahead of the instruction give their first values? */
static void mark_started(Code *c, const Moves *before, bool is_started) {
  for (size_t i = 0; before && i < before->list.len; i++)
    storage_of(c->p, before->list.at[i].to)->is_started = is_started;
}

void code_declare(Code *c, const Instr *instr) {
  const Node *n = node(c->p, instr);
  if (n->declares.len == 0) return;
  mark_started(c, n->before, true);
  for (size_t i = 0; i < n->declares.len; i++) {
    Storage *s = n->declares.at[i];
    if (s->is_declared) continue;
    if (s->home == HOME_STACK) declare_stack(c, s);
    if (s->home != HOME_VARIABLE || is_declared_later(c, instr, s)) continue;
    s->is_declared = true;
    code_line(c, "%s %s;", code_kind(c, s->type->kind), code_name_storage(c, s));
  }
  mark_started(c, n->before, false);
}

/* ---- loops over elements --------------------------------------------------------------------- */

Expr code_open_for(Code *c, const char *hint, const Size *extent) {
  int64_t n;
  if (size_is_const(extent, &n) && n == 1) return expr_int(c, 0);
  const char *end = expr_at(c, expr_size(c, extent), PREC_SUM);
  Name i = c_names_take(c->names, hint);
  code_open(c, "for (int64_t %s = 0; %s < %s; %s++)", i, i, end, i);
  return expr_text(i);
}

typedef struct {
  size_t mark;
  int depth;
  Expr index[MAX_RANK];
} Nest;

static const char *const index_hints[MAX_RANK] = {"i", "j", "k", "l", "p", "q", "r", "s"};

/* Loops over all elements; the innermost one has no braces yet: the caller writes its one
 * statement. */
static Nest open_nest(Code *c, const Type *type) {
  Nest nest = {.mark = c_names_mark(c->names), .depth = c->depth};
  for (int d = 0; d < type->rank; d++)
    nest.index[d] = code_open_for(c, index_hints[d], type->dims[d]);
  return nest;
}

static void close_nest(Code *c, const Nest *nest) {
  while (c->depth > nest->depth) code_close(c);
  c_names_release(c->names, nest->mark);
}

/* ---- copies ---------------------------------------------------------------------------------- */

/* Element of a storage that a whole value may fill, or of the value itself. */
static Expr target_element(Code *c, const Value *to, Name base, const Type *type, const Expr *index) {
  return to ? expr_element(c, to, index) : expr_of_storage(c, base, type, index);
}

static Expr source_element(Code *c, const Value *from, Storage *temp, const Expr *index) {
  return temp ? expr_of_storage(c, temp->name, temp->type, index) : expr_element(c, from, index);
}

static void copy_array(Code *c, const Value *to, Name base, const Value *from, Storage *temp) {
  const Type *type = from->type;
  const Nest nest = open_nest(c, type);
  const Expr target = target_element(c, to, base, type, nest.index);
  code_line(c, "%s = %s;", target.text, source_element(c, from, temp, nest.index).text);
  close_nest(c, &nest);
}

void code_copy(Code *c, const Value *to, const Value *from) {
  if (to->type->rank == 0) code_assign(c, to, expr_value(c, from));
  else copy_array(c, to, NULL, from, NULL);
}

void code_copy_out(Code *c, Name base, const Value *from) { copy_array(c, NULL, base, from, NULL); }

/* ---- moves ----------------------------------------------------------------------------------- */

static void fill_temporary(Code *c, const Move *move) {
  Storage *s = move->temp;
  if (s->home == HOME_STACK) declare_stack(c, s);
  if (move->to->type->rank) {
    copy_array(c, NULL, s->name, move->from, NULL);
    return;
  }
  s->is_declared = true;
  code_line(c, "const %s %s = %s;", code_kind(c, s->type->kind), code_name_storage(c, s),
            expr_value(c, move->from).text);
}

static void code_move(Code *c, const Move *move) {
  if (!code_is_needed(c, move->to)) return;
  if (move->to->type->rank) {
    copy_array(c, move->to, NULL, move->from, move->temp);
    return;
  }
  code_assign(c, move->to, move->temp ? expr_text(move->temp->name) : expr_value(c, move->from));
}

/* All pointers change hands at once. Each is kept in a temporary, unless nobody needs it any
 * more. */
static void rotate(Code *c, const Moves *moves) {
  const size_t mark = c_names_mark(c->names);
  const int n = (int)moves->rotate_to.len;
  Name *kept = ARENA_ARRAY(c->m->arena, Name, (size_t)n);
  for (int i = 0; i < n; i++)
    for (int k = 0; k < i; k++) {
      if (moves->rotate_from.at[i] != moves->rotate_to.at[k]) continue;
      kept[i] = c_names_take(c->names, "spare");
    }
  for (int i = 0; i < n; i++) {
    const Storage *from = moves->rotate_from.at[i];
    if (kept[i]) code_line(c, "%s *%s = %s;", code_kind(c, from->type->kind), kept[i], from->name);
  }
  for (int i = 0; i < n; i++)
    code_line(c, "%s = %s;", moves->rotate_to.at[i]->name,
              kept[i] ? kept[i] : moves->rotate_from.at[i]->name);
  c_names_release(c->names, mark);
}

void code_moves(Code *c, const Moves *moves) {
  for (size_t i = 0; i < moves->list.len; i++)
    if (moves->list.at[i].temp) fill_temporary(c, &moves->list.at[i]);
  for (size_t i = 0; i < moves->list.len; i++) code_move(c, &moves->list.at[i]);
  if (moves->rotate_to.len) rotate(c, moves);
}

/* ---- blocks of an update --------------------------------------------------------------------- */

/* The element of the array that element `inner` of the block goes to. */
static Expr block_element(Code *c, const Instr *update, const Expr *inner) {
  const Value *result = update->results[0];
  Expr index[MAX_RANK];
  int k = 0;
  for (int d = 0; d < result->type->rank; d++) {
    index[d] = expr_value(c, update->operands[2 + d]);
    if (update->ranges >> d & 1) index[d] = expr_add(c, inner[k++], index[d]);
  }
  return expr_element(c, result, index);
}

Expr code_target(Code *c, const Instr *update) { return block_element(c, update, NULL); }

void code_write_block(Code *c, const Instr *update, const char *operator) {
  const Value *value = update->operands[1], *result = update->results[0];
  if (value->type->rank == 0) {
    const Expr target = block_element(c, update, NULL);
    code_line(c, "%s %s %s;", target.text, operator, expr_value(c, value).text);
    return;
  }
  /* Computed in its place. */
  if (storage_of(c->p, value) && storage_of(c->p, value) == storage_of(c->p, result)) return;
  const Nest nest = open_nest(c, value->type);
  const Expr target = block_element(c, update, nest.index);
  code_line(c, "%s %s %s;", target.text, operator, expr_element(c, value, nest.index).text);
  close_nest(c, &nest);
}
