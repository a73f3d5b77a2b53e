/* Signatures: how a function and its workspace query look from C. */
#include "backend/code.h"

#include <string.h>

Name code_function_name(Code *c, const Func *func) {
  const char *prefix = c->m->prefix && *c->m->prefix ? c->m->prefix : "dp_program";
  return intern_format(c->m->names, "%s_%s", c_identifier(c->m->names, prefix),
                       c_identifier(c->m->names, func->name));
}

/* ---- parameters ------------------------------------------------------------------------------ */

const Type *slot_type(const Func *func, const Slot *slot) {
  const Leaf *leaf = &slot->leaves[0];
  return leaf->value ? leaf->value->type : func->body->yields[leaf->result]->type;
}

static const char *slot_parameter(Code *c, const Func *func, const Slot *slot, bool in_source) {
  Name name = c_identifier(c->m->names, slot->name);
  const Type *type = slot_type(func, slot);
  const char *kind = slot->model ? code_kind(c, KIND_REAL) : code_kind(c, type->kind);
  const bool is_input = slot->role == ROLE_IN || slot->role == ROLE_SIZE;
  if (is_input && !slot->model && type->rank == 0)
    return arena_format(c->m->arena, "%s %s", kind, name);
  return arena_format(c->m->arena, "%s%s *%s%s", is_input ? "const " : "", kind,
                      in_source ? "restrict " : "", name);
}

static bool any_call_of_store(const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    if (instr->op == OP_CALL && instr->callee->takes_store) return true;
    for (int k = 0; k < instr->n_regions; k++)
      if (any_call_of_store(instr->regions[k])) return true;
  }
  return false;
}

bool takes_store(const Func *func) { return any_call_of_store(func->body); }

const char *code_last_parameters(const Func *func) {
  return takes_store(func) ? "const dp_store *store, void *work, size_t work_bytes"
                           : "void *work, size_t work_bytes";
}

const char *code_parameters(Code *c, const Func *func, bool in_source) {
  Text text = {.arena = c->m->arena};
  for (size_t i = 0; i < func->slots.len; i++)
    text_format(&text, "%s, ", slot_parameter(c, func, &func->slots.at[i], in_source));
  text_add(&text, code_last_parameters(func));
  return text.text;
}

const char *code_parameter(Code *c, const Func *func, const Slot *slot) {
  return slot_parameter(c, func, slot, false);
}

/* ---- the workspace query --------------------------------------------------------------------- */

static void add_atoms(Plan *p, ValueList *list, const Size *size);

static void add_atom(Plan *p, ValueList *list, Value *value) {
  for (size_t i = 0; i < list->len; i++)
    if (list->at[i] == value) return;
  vec_push(p->m->arena, list, value);
  if (!value->def) return;
  if (value->def->op == OP_SIZE) add_atoms(p, list, value->def->size);
  for (int k = 0; k < value->def->n_operands; k++) add_atom(p, list, value->def->operands[k]);
}

static void add_atoms(Plan *p, ValueList *list, const Size *size) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++) add_atom(p, list, size->terms[i].atoms[k]);
}

static void add_type(Plan *p, ValueList *list, const Type *type) {
  for (int d = 0; d < type->rank; d++) add_atoms(p, list, type->dims[d]);
}

static bool holds(const ValueList *list, const Value *value) {
  for (size_t i = 0; i < list->len; i++)
    if (list->at[i] == value) return true;
  return false;
}

/* Sizes, and the ints that the shape of a parameter, of a result or of the workspace depends on. */
void code_query_params(Code *c, const Plan *plan, ValueList *list) {
  Plan *p = (Plan *)plan;
  ValueList needed = {0};
  const Func *func = p->func;
  for (size_t i = 0; i < func->slots.len; i++)
    if (!func->slots.at[i].model && func->slots.at[i].n_leaves)
      add_type(p, &needed, slot_type(func, &func->slots.at[i]));
  for (size_t i = 0; i < p->slots.len; i++) add_type(p, &needed, p->slots.at[i].type);
  for (size_t i = 0; i < func->slots.len; i++) {
    const Slot *slot = &func->slots.at[i];
    if (slot->n_leaves == 0 || !slot->leaves[0].value || slot->model) continue;
    Value *value = slot->leaves[0].value;
    if (slot->role == ROLE_SIZE || (value->type->rank == 0 && holds(&needed, value)))
      vec_push(c->m->arena, list, value);
  }
}

const char *code_query_parameters(Code *c, const Plan *p, const ValueList *list) {
  Text text = {.arena = c->m->arena};
  for (size_t i = 0; i < list->len; i++) {
    const Slot *slot = slot_of_param(p->func, list->at[i], NULL);
    text_format(&text, "%sint64_t %s", i ? ", " : "", c_identifier(c->m->names, slot->name));
  }
  return list->len ? text.text : "void";
}

/* As dp_size_round of the runtime has it. */
static size_t bytes_of_buffer(size_t bytes) {
  enum { LINE = 64, LARGE = 16384, GAP = 17 * LINE };
  return (bytes + LINE - 1) / LINE * LINE + (bytes < LARGE ? 0 : GAP);
}

bool code_constant_work(Code *c, const Plan *p, size_t *bytes) {
  (void)c;
  enum { ALIGN = 64 };
  *bytes = 0;
  for (size_t i = 0; i < p->slots.len; i++) {
    const Storage probe = {.type = p->slots.at[i].type};
    int64_t n;
    if (!storage_elements(&probe, &n)) return false;
    const size_t size = probe.type->kind == KIND_REAL  ? (size_t)p->real_bytes
                        : probe.type->kind == KIND_INT ? 8
                                                       : 1;
    *bytes += bytes_of_buffer((size_t)n * size);
  }
  if (*bytes) *bytes += ALIGN - 1;
  return true;
}
