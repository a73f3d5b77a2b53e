/* Functions: checks, workspace and pointers around the body; the workspace query. The body is
 * written first, so
 * that only what it mentions is declared. */
#include "backend/code.h"
#include "backend/words.h"

#include <string.h>

/* ---- names of what the caller gives ---------------------------------------------------------- */

/* A leaf of a flat model array is a pointer of its own; the declarations are collected in
 * `leaves`. */
typedef struct {
  Name name;
  const char *line;
} LeafPointer;

typedef struct {
  Code *c;
  const Func *func;
  Vec(LeafPointer) leaves;
  Name *targets; /* by result: where an output goes, an lvalue for scalars */
} Interface;

/* "prey.W" of theta is prey_W, of theta_bar prey_W_bar: what stands behind the model's own name. */
static const char *leaf_hint(Code *c, const Slot *slot, const Leaf *leaf) {
  static const char *const marks[] = {"_bar", "_dot", "_hvp"};
  const size_t length = strlen(slot->name);
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
    if (length > 4 && !strcmp(slot->name + length - 4, marks[i]))
      return arena_format(c->m->arena, "%s%s", leaf->path, marks[i]);
  return leaf->path;
}

static const char *model_leaf(Interface *in, const Slot *slot, const Leaf *leaf, const Type *type) {
  Code *c = in->c;
  Name base = c_identifier(c->m->names, slot->name);
  if (type->rank == 0) return arena_format(c->m->arena, "%s[%lld]", base, (long long)leaf->offset);
  const char *hint = leaf_hint(c, slot, leaf);
  Name name = c_names_take(c->names, hint);
  Text shape = {.arena = c->m->arena};
  for (int d = 0; d < type->rank; d++)
    text_format(&shape, "%s%s", d ? ", " : "", expr_size(c, type->dims[d]).text);
  const char *line = arena_format(c->m->arena, "%s%s *%s = %s + %lld; /* %s: [%s] */",
                                  slot->role == ROLE_IN ? "const " : "", code_kind(c, KIND_REAL), name,
                                  base, (long long)leaf->offset, leaf->path, shape.text);
  const LeafPointer pointer = {name, line};
  vec_push(c->m->arena, &in->leaves, pointer);
  return name;
}

static const char *leaf_name(Interface *in, const Slot *slot, const Leaf *leaf, const Type *type) {
  Code *c = in->c;
  if (slot->model) return model_leaf(in, slot, leaf, type);
  Name name = c_identifier(c->m->names, slot->name);
  const bool is_pointer = slot->role == ROLE_OUT || slot->role == ROLE_INOUT;
  return is_pointer && type->rank == 0 ? intern_format(c->m->names, "*%s", name) : name;
}

static void name_slot(Interface *in, const Slot *slot) {
  Code *c = in->c;
  for (int k = 0; k < slot->n_leaves; k++) {
    const Leaf *leaf = &slot->leaves[k];
    const Type *type =
        leaf->value ? leaf->value->type : in->func->body->yields[leaf->result]->type;
    const char *name = leaf_name(in, slot, leaf, type);
    if (leaf->value && storage_of(c->p, leaf->value)) {
      Storage *s = storage_of(c->p, leaf->value);
      s->name = name;
      s->is_declared = true;
    }
    if (leaf->result >= 0) in->targets[leaf->result] = name;
  }
}

static void name_outputs(Interface *in) {
  Code *c = in->c;
  for (size_t i = 0; i < c->p->storages.len; i++) {
    Storage *s = c->p->storages.at[i];
    if (s->home != HOME_PARAM || !s->leaf || s->merged) continue;
    s->name = in->targets[s->leaf->result];
    s->is_declared = true;
  }
}

static Interface open_interface(Code *c, const Func *func) {
  Interface in = {.c = c, .func = func};
  c->opened.len = 0;
  in.targets = ARENA_ARRAY(c->m->arena, Name, (size_t)func->body->n_yields);
  for (size_t i = 0; i < func->slots.len; i++)
    c_names_take(c->names, func->slots.at[i].name);
  for (size_t i = 0; i < func->slots.len; i++) name_slot(&in, &func->slots.at[i]);
  name_outputs(&in);
  return in;
}

/* ---- outputs --------------------------------------------------------------------------------- */

static void write_result(Code *c, const Interface *in, int result) {
  const Value *yield = in->func->body->yields[result];
  Name target = in->targets[result];
  if (!target) return;
  const Storage *s = storage_of(c->p, yield);
  if (yield->type->rank == 0) {
    const Expr value = expr_value(c, yield);
    if (strcmp(value.text, target) != 0) code_line(c, "%s = %s;", target, value.text);
    return;
  }
  if (s && s->home == HOME_PARAM && s->name == target) return;
  code_copy_out(c, target, yield);
}

static void check_result(Code *c, const Interface *in, int result) {
  const Type *type = in->func->body->yields[result]->type;
  Name target = in->targets[result];
  if (!c->options->check_finite || !target || type->kind != KIND_REAL) return;
  if (type->rank == 0) {
    code_line(c, "if (!isfinite(%s)) return DP_NONFINITE;", target);
    return;
  }
  const size_t mark = c_names_mark(c->names);
  const int depth = c->depth;
  Expr index[MAX_RANK];
  for (int d = 0; d < type->rank; d++)
    index[d] = code_open_for(c, d ? d == 1 ? "j" : "k" : "i", type->dims[d]);
  code_line(c, "if (!isfinite(%s)) return DP_NONFINITE;",
            expr_of_storage(c, target, type, index).text);
  while (c->depth > depth) code_close(c);
  c_names_release(c->names, mark);
}

/* What is only written goes first: parameters that are added to may still be read for it. */
static void write_results(Code *c, const Interface *in) {
  const Func *func = in->func;
  for (int inout = 0; inout < 2; inout++)
    for (size_t i = 0; i < func->slots.len; i++) {
      const Slot *slot = &func->slots.at[i];
      if (slot->role != (inout ? ROLE_INOUT : ROLE_OUT)) continue;
      for (int k = 0; k < slot->n_leaves; k++) write_result(c, in, slot->leaves[k].result);
    }
  for (int k = 0; k < func->body->n_yields; k++) check_result(c, in, k);
}

/* ---- ints that sizes need -------------------------------------------------------------------- */

static void name_entry_values(Code *c) {
  for (size_t i = 0; i < c->p->entry_values.len; i++) {
    Storage *s = storage_of(c->p, c->p->entry_values.at[i]);
    if (!s) continue;
    code_name_storage(c, s);
    s->is_declared = s->is_const = true;
  }
}

static void write_entry_values(Code *c) {
  for (size_t i = 0; i < c->p->entry_values.len; i++) {
    const Value *value = c->p->entry_values.at[i];
    const Storage *s = storage_of(c->p, value);
    if (s)
      code_line(c, "const %s %s = %s;", code_kind(c, value->type->kind), s->name,
                expr_definition(c, value->def).text);
  }
}

/* ---- workspace ------------------------------------------------------------------------------- */

/* A dimension as a size_t that saturates: negative ones count as 0. */
static const char *dimension_size(Code *c, const Size *size) {
  const Expr e = expr_size(c, size);
  bool is_plain = size->n_terms == 1 && size->terms[0].coef == 1 && size->terms[0].n_atoms == 1;
  if (is_plain && !size->terms[0].atoms[0]->def)
    return arena_format(c->m->arena, "dp_size(%s)", e.text);
  return arena_format(c->m->arena, "dp_size(dp_max_int(%s, 0))", e.text);
}

static const char *slot_bytes(Code *c, const Type *type) {
  int64_t fixed = 1, n, product;
  const char *text = NULL;
  for (int d = 0; d < type->rank; d++) {
    const bool is_fixed = size_is_const(type->dims[d], &n);
    if (is_fixed && !__builtin_mul_overflow(fixed, n > 0 ? n : 0, &product)) {
      fixed = product;
      continue;
    }
    const char *more = is_fixed ? arena_format(c->m->arena, "dp_size(%lld)", (long long)n)
                                : dimension_size(c, type->dims[d]);
    text = text ? arena_format(c->m->arena, "dp_size_mul(%s, %s)", text, more) : more;
  }
  const char *kind = code_kind(c, type->kind);
  const char *unit = fixed == 1 ? arena_format(c->m->arena, "sizeof(%s)", kind)
                                : arena_format(c->m->arena, "%lld * sizeof(%s)", (long long)fixed, kind);
  return text ? arena_format(c->m->arena, "dp_size_mul(%s, %s)", text, unit) : unit;
}

/* Names of all storages in the workspace, so that the query can mention them. */
static void name_workspace(Code *c) {
  for (size_t i = 0; i < c->p->storages.len; i++) {
    Storage *s = c->p->storages.at[i];
    if (s->home != HOME_WORK || s->merged || s->slot < 0) continue;
    code_name_storage(c, s);
    s->is_declared = true;
  }
  for (size_t i = 0; i < c->p->slots.len; i++) {
    WorkSlot *slot = &c->p->slots.at[i];
    if (slot->holder->is_private)
      slot->base = c_names_take(c->names, arena_format(c->m->arena, "%s_blocks", slot->holder->name));
  }
}

/* A pointer is restrict only if nothing else ever points to its bytes. */
static void carve(Code *c, const Words *body) {
  if (c->p->slots.len == 0) return;
  code_line(c, "dp_space space = dp_space_of(work, work_bytes);");
  for (size_t i = 0; i < c->p->slots.len; i++) {
    const WorkSlot *slot = &c->p->slots.at[i];
    const Storage *s = slot->holder;
    const char *restricted = s->is_shared || s->rotates ? "" : "restrict ";
    Name name = slot->base ? slot->base : s->name;
    code_line(c, "%s *%s%s = dp_carve(&space, %s);", code_kind(c, slot->type->kind), restricted,
              name, slot_bytes(c, slot->type));
    if (!words_have(body, name)) code_line(c, "(void)%s;", name);
  }
  for (size_t i = 0; i < c->p->storages.len; i++) {
    const Storage *s = c->p->storages.at[i];
    if (s->home != HOME_WORK || s->merged || s->slot < 0) continue;
    const Storage *holder = c->p->slots.at[s->slot].holder;
    if (s != holder && !s->is_private && words_have(body, s->name))
      code_line(c, "%s *%s = %s;", code_kind(c, s->type->kind), s->name, holder->name);
  }
}

static bool is_dimension(const Func *func, const Value *value) {
  for (size_t i = 0; i < func->slots.len; i++) {
    const Slot *slot = &func->slots.at[i];
    if (slot->model || slot->n_leaves == 0) continue;
    const Type *type = slot_type(func, slot);
    for (int d = 0; d < type->rank; d++) {
      const Size *size = type->dims[d];
      if (size->n_terms == 1 && size->terms[0].n_atoms == 1 && size->terms[0].atoms[0] == value)
        return true;
    }
  }
  return false;
}

/* Sizes beyond this could overflow in formulas; no memory holds such arrays. */
static const char size_limit[] = "INT64_MAX / 4096";

static void check_query_sizes(Code *c, const Plan *p, const ValueList *list) {
  for (size_t i = 0; i < list->len; i++) {
    const char *name = expr_value(c, list->at[i]).text;
    if (is_dimension(p->func, list->at[i]))
      code_line(c, "if (%s < 0 || %s > %s) return SIZE_MAX;", name, name, size_limit);
    else
      code_line(c, "if (%s < -%s || %s > %s) return SIZE_MAX;", name, size_limit, name, size_limit);
  }
}

static void write_query(Code *c, const Plan *p, const Func *func) {
  ValueList list = {0};
  code_query_params(c, p, &list);
  size_t bytes;
  code_line(c, "size_t %s_work(%s)", code_function_name(c, func), code_query_parameters(c, p, &list));
  code_line(c, "{");
  c->depth++;
  check_query_sizes(c, p, &list);
  if (code_constant_work(c, p, &bytes)) {
    code_line(c, "return %zu;", bytes);
  } else {
    write_entry_values(c);
    code_line(c, "size_t bytes = DP_ALIGN - 1;");
    for (size_t i = 0; i < p->slots.len; i++)
      code_line(c, "bytes = dp_size_add(bytes, dp_size_round(%s));",
                slot_bytes(c, p->slots.at[i].type));
    code_line(c, "return bytes;");
  }
  c->depth--;
  code_line(c, "}");
  code_raw(c, "\n");
}

/* ---- the function ---------------------------------------------------------------------------- */

static bool contains_param(const Size *size) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++) {
      const Value *atom = size->terms[i].atoms[k];
      if (atom->def || atom->region->parent) return false;
    }
  return size->n_terms > 0;
}

/* Every shape of the interface must be a shape. */
static void check_shapes(Code *c, const Func *func) {
  Vec(const Size *) seen = {0};
  for (size_t i = 0; i < func->slots.len; i++) {
    const Slot *slot = &func->slots.at[i];
    if (slot->model || slot->n_leaves == 0) continue;
    const Type *type = slot_type(func, slot);
    for (int d = 0; d < type->rank; d++) {
      const Size *size = type->dims[d];
      int64_t n;
      bool is_new = !size_is_const(size, &n) && contains_param(size);
      for (size_t k = 0; k < seen.len; k++)
        if (seen.at[k] == size) is_new = false;
      if (!is_new) continue;
      vec_push(c->m->arena, &seen, size);
      code_line(c, "if (%s < 0) return DP_BAD_SIZE;", expr_at(c, expr_size(c, size), PREC_SUM));
    }
  }
}

static void check_work(Code *c, const Plan *p, const Func *func) {
  size_t bytes;
  Name name = code_function_name(c, func);
  if (code_constant_work(c, p, &bytes)) {
    if (bytes == 0) return;
    code_line(c, "if (!work) return DP_BAD_SIZE;");
    code_line(c, "if (work_bytes < %zu) return DP_WORK_SHORT;", bytes);
    return;
  }
  ValueList list = {0};
  code_query_params(c, p, &list);
  Text arguments = {.arena = c->m->arena};
  text_add(&arguments, "");
  for (size_t i = 0; i < list.len; i++)
    text_format(&arguments, "%s%s", i ? ", " : "", expr_value(c, list.at[i]).text);
  Name need = c_names_take(c->names, "need");
  code_line(c, "const size_t %s = %s_work(%s);", need, name, arguments.text);
  code_line(c, "if (%s == SIZE_MAX || !work) return DP_BAD_SIZE;", need);
  code_line(c, "if (work_bytes < %s) return DP_WORK_SHORT;", need);
}

static void write_unused(Code *c, const Func *func, const Words *body, const Words *prologue) {
  for (size_t i = 0; i < func->slots.len; i++) {
    Name name = c_identifier(c->m->names, func->slots.at[i].name);
    if (!words_have(body, name) && !words_have(prologue, name)) code_line(c, "(void)%s;", name);
  }
  if (!words_have(prologue, intern(c->m->names, "work"))) code_line(c, "(void)work;");
  if (!words_have(prologue, intern(c->m->names, "work_bytes"))) code_line(c, "(void)work_bytes;");
}

static void write_prologue(Code *c, const Interface *in, const Plan *p, const Words *body) {
  check_shapes(c, in->func);
  check_work(c, p, in->func);
  for (size_t i = 0; i < in->leaves.len; i++)
    if (words_have(body, in->leaves.at[i].name)) code_line(c, "%s", in->leaves.at[i].line);
  write_entry_values(c);
  for (size_t i = 0; i < p->entry_values.len; i++) {
    const Storage *s = storage_of(p, p->entry_values.at[i]);
    if (s && !words_have(body, s->name)) code_line(c, "(void)%s;", s->name);
  }
  carve(c, body);
}

static Text divert(Code *c, Text *saved) {
  *saved = *c->out;
  const Text fresh = {.arena = c->m->arena};
  *c->out = fresh;
  return fresh;
}

static Text restore(Code *c, const Text *saved) {
  const Text written = *c->out;
  *c->out = *saved;
  return written;
}

/* Parameters in lines below the first one. */
static void write_head(Code *c, const Func *func) {
  const char *at = code_parameters(c, func, true);
  const int indent = (int)strlen(code_function_name(c, func)) + 5;
  int column = indent;
  code_raw(c, "int %s(", code_function_name(c, func));
  while (*at) {
    const int length = (int)strcspn(at, ",") + (strchr(at, ',') ? 1 : 0);
    if (column > indent && column + length + 1 > CODE_WIDTH) {
      code_raw(c, "\n%*s", indent, "");
      column = indent;
    } else if (column > indent) {
      code_raw(c, " ");
      column++;
    }
    code_raw(c, "%.*s", length, at);
    column += length;
    at += length;
    while (*at == ' ') at++;
  }
  code_raw(c, ")\n");
}

void code_function(Code *c, Func *func, Plan *plan) {
  c->p = plan;
  c->names = c_names_new(c->m->arena, c->m->names);
  c->labels = 0;
  Interface in = open_interface(c, func);
  name_entry_values(c);
  name_workspace(c);
  write_query(c, plan, func);
  Text saved;
  c->depth = 1;
  divert(c, &saved);
  code_region(c, func->body);
  c->region = func->body;
  write_results(c, &in);
  code_line(c, "return DP_OK;");
  const Text body = restore(c, &saved);
  Arena *scratch = arena_new();
  const Words *body_words = words_of(scratch, c->m->names, &body);
  divert(c, &saved);
  write_prologue(c, &in, plan, body_words);
  const Text prologue = restore(c, &saved);
  const Words *prologue_words = words_of(scratch, c->m->names, &prologue);
  c->depth = 0;
  write_head(c, func);
  code_line(c, "{");
  c->depth = 1;
  write_unused(c, func, body_words, prologue_words);
  arena_free(scratch);
  if (prologue.len) text_add_bytes(c->out, prologue.text, prologue.len);
  text_add_bytes(c->out, body.text, body.len);
  c->depth = 0;
  code_line(c, "}");
  code_raw(c, "\n");
}
