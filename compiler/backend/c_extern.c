/* Extern functions: their prototypes, from the calls that are made of them. */
#include "backend/code.h"

#include <string.h>

typedef struct {
  Name symbol;
  const char *parameters;
} Prototype;

typedef struct {
  Code *c;
  Vec(Prototype) seen;
  Text text; /* of one prototype's parameters */
} Externs;

/* Functions of math.h and string.h, in whose sight the prototypes stand; variables may hide them. */
static const char *const library[] = {
  "abs", "cos", "exp", "fma", "fmax", "fmin", "frexp", "ilogb", "j0", "j1", "jn", "ldexp",
  "llrint", "llround", "log", "logb", "lrint", "lround", "memchr", "memcmp", "memcpy", "memmove",
  "memset", "modf", "nan", "nearbyint", "nextafter", "remainder", "remquo", "rint", "scalbn",
  "sin", "strcat", "strcmp", "strcpy", "strlen", "tanh", "y0", "y1", "yn"};

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

static bool belongs_to_c(const Code *c, Name symbol) {
  for (size_t i = 0; i < sizeof library / sizeof *library; i++)
    if (strcmp(library[i], symbol) == 0) return true;
  return c_identifier(c->m->names, symbol) != symbol;
}

static bool is_exported(Code *c, Name symbol) {
  for (size_t i = 0; i < c->m->funcs.len; i++)
    if (code_function_name(c, c->m->funcs.at[i]) == symbol) return true;
  return false;
}

static const Prototype *find_prototype(const Externs *e, Name symbol) {
  for (size_t i = 0; i < e->seen.len; i++)
    if (e->seen.at[i].symbol == symbol) return &e->seen.at[i];
  return NULL;
}

static const char *parameters_of(Externs *e, const Instr *call) {
  e->text = (Text){.arena = e->c->m->arena};
  add_parameters(e, call);
  return e->text.len ? e->text.text : "void";
}

static void declare(Externs *e, const Instr *call) {
  const Name symbol = symbol_of(call->callee);
  const Prototype *known = find_prototype(e, symbol);
  const Prototype fresh = {symbol, parameters_of(e, call)};
  const char *clash = belongs_to_c(e->c, symbol)   ? "this is a name of C itself"
                      : is_exported(e->c, symbol) ? "this is the name of an exported function"
                      : known && strcmp(known->parameters, fresh.parameters)
                        ? "it is also declared with other parameters"
                        : NULL;
  if (clash) diag_report(e->c->diag, DIAG_BAD_SYMBOL, call->span, symbol, clash);
  if (clash || known) return;
  vec_push(e->c->m->arena, &e->seen, fresh);
  if (e->seen.len == 1) code_line(e->c, "/* The program's extern functions; each returns a status. */");
  code_line(e->c, "int %s(%s);", symbol, fresh.parameters);
}

static void look_in(Externs *e, const Region *region) {
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    if (instr->op == OP_CALL && !instr->callee->takes_store) declare(e, instr);
    for (int r = 0; r < instr->n_regions; r++) look_in(e, instr->regions[r]);
  }
}

void code_externs(Code *c) {
  Externs e = {.c = c};
  for (size_t i = 0; i < c->m->funcs.len; i++) look_in(&e, c->m->funcs.at[i]->body);
  if (e.seen.len) code_raw(c, "\n");
}
