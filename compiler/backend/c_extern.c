/* Extern functions: their prototypes, from the calls that are made of them. */
#include "backend/code.h"

typedef struct {
  Code *c;
  Vec(Name) seen;
  Text text; /* of one prototype's parameters */
} Externs;

static Name symbol_of(const Extern *callee) {
  return callee->symbol; /* in the other modes it is the adjoint's or the tangent's */
}

static void add(Externs *e, const Type *type, bool is_output) {
  const char *kind = code_kind(e->c, type->kind);
  if (e->text.len) text_add(&e->text, ", ");
  if (is_output) text_format(&e->text, "%s *", kind);
  else if (type->rank) text_format(&e->text, "const %s *", kind);
  else text_add(&e->text, kind);
}

static void add_parameters(Externs *e, const Instr *call) {
  const Extern *callee = call->callee;
  for (int k = 0; k < callee->n_params; k++) {
    const Type *type = call->operands[k]->type;
    add(e, type, false);
    if (type_is_real(type) && callee->mode != MODE_PRIMAL) add(e, type, callee->mode == MODE_ADJOINT);
  }
  if (callee->mode == MODE_ADJOINT)
    for (int k = callee->n_params; k < call->n_operands; k++) add(e, call->operands[k]->type, false);
  else
    for (int k = 0; k < call->n_results; k++) add(e, call->results[k]->type, true);
}

static void declare(Externs *e, const Instr *call) {
  Name symbol = symbol_of(call->callee);
  for (size_t i = 0; i < e->seen.len; i++)
    if (e->seen.at[i] == symbol) return;
  vec_push(e->c->m->arena, &e->seen, symbol);
  if (e->seen.len == 1) code_line(e->c, "/* The program's extern functions; each returns a status. */");
  e->text = (Text){.arena = e->c->m->arena};
  add_parameters(e, call);
  code_line(e->c, "int %s(%s);", symbol, e->text.len ? e->text.text : "void");
}

static void look_in(Externs *e, const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    if (instr->op == OP_CALL) declare(e, instr);
    for (int r = 0; r < instr->n_regions; r++) look_in(e, instr->regions[r]);
  }
}

void code_externs(Code *c) {
  Externs e = {.c = c};
  for (size_t i = 0; i < c->m->funcs.len; i++) look_in(&e, c->m->funcs.at[i]->body);
  if (e.seen.len) code_raw(c, "\n");
}
