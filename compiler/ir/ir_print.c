#include "ir/ir_print.h"

#include "ir/name_map.h"
#include "ir/op.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Values print as %name; a name that is taken gets .2, .3, ... in order of appearance. */
typedef struct {
  Text *out;
  const Module *m;
  Name *names; /* by value id */
  int *order;  /* by value id: when it appeared, from 1 */
  int appeared;
  NameMap taken; /* name -> how often it was asked for */
  int depth;
} Printer;

static Name unique_name(Printer *p, const Value *value) {
  if (p->names[value->id]) return p->names[value->id];
  p->order[value->id] = ++p->appeared;
  const Name base = value->name && *value->name ? value->name : intern(p->m->names, "v");
  Name name = base;
  while (name_map_find(&p->taken, name)) {
    const int count = ++name_map_add(&p->taken, base)->number;
    name = intern_format(p->m->names, "%s.%d", base, count);
  }
  name_map_add(&p->taken, name)->number = 1;
  return p->names[value->id] = name;
}

static bool is_word(const char *name) {
  if (!*name) return false;
  for (; *name; name++)
    if (!isalnum((unsigned char)*name) && *name != '_' && *name != '.' && !(*name & 0x80))
      return false;
  return true;
}

static void print_string(Printer *p, const char *text) {
  text_add(p->out, "\"");
  for (; *text; text++) {
    if (*text == '"' || *text == '\\') text_format(p->out, "\\%c", *text);
    else if (*text == '\n') text_add(p->out, "\\n");
    else text_add_bytes(p->out, text, 1);
  }
  text_add(p->out, "\"");
}

/* A name as a word, or in quotes where it is none. */
static void print_name(Printer *p, const char *name) {
  if (is_word(name)) text_add(p->out, name);
  else print_string(p, name);
}

static void print_value(Printer *p, const Value *value) {
  text_add(p->out, "%");
  print_name(p, unique_name(p, value));
}

/* The fewest digits that read back to the same number. */
static void print_real(Printer *p, double value) {
  char digits[40];
  if (isnan(value)) {
    text_add(p->out, "nan");
    return;
  }
  for (int precision = 15; precision <= 17; precision++) {
    snprintf(digits, sizeof digits, "%.*g", precision, value);
    if (strtod(digits, NULL) == value) break;
  }
  text_add(p->out, digits);
  if (!strpbrk(digits, ".en")) text_add(p->out, ".0");
}

/* ---- sizes: terms and atoms in order of appearance, which does not depend on ids ------------- */

static int compare_terms(const Printer *p, const SizeTerm *a, const SizeTerm *b) {
  if (a->n_atoms != b->n_atoms) return b->n_atoms - a->n_atoms;
  for (int k = 0; k < a->n_atoms; k++) {
    const int difference = p->order[a->atoms[k]->id] - p->order[b->atoms[k]->id];
    if (difference != 0) return difference;
  }
  return 0;
}

static SizeTerm with_ordered_atoms(Printer *p, SizeTerm term) {
  Value **atoms = ARENA_ARRAY(p->m->arena, Value *, (size_t)term.n_atoms);
  for (int k = 0; k < term.n_atoms; k++) {
    int place = k;
    for (; place > 0 && p->order[atoms[place - 1]->id] > p->order[term.atoms[k]->id]; place--)
      atoms[place] = atoms[place - 1];
    atoms[place] = term.atoms[k];
  }
  term.atoms = atoms;
  return term;
}

static void print_term(Printer *p, const SizeTerm *term, bool first) {
  const int64_t coef = term->coef;
  if (!first) text_add(p->out, coef < 0 ? " - " : " + ");
  const uint64_t magnitude = coef < 0 ? 0 - (uint64_t)coef : (uint64_t)coef;
  if (coef < 0 && first) text_add(p->out, "-");
  if (magnitude != 1 || term->n_atoms == 0) {
    text_format(p->out, "%llu", (unsigned long long)magnitude);
    if (term->n_atoms) text_add(p->out, "*");
  }
  for (int k = 0; k < term->n_atoms; k++) {
    if (k) text_add(p->out, "*");
    print_value(p, term->atoms[k]);
  }
}

static void print_size(Printer *p, const Size *size) {
  if (size->n_terms == 0) text_add(p->out, "0");
  SizeTerm *terms = ARENA_ARRAY(p->m->arena, SizeTerm, (size_t)size->n_terms);
  for (int i = 0; i < size->n_terms; i++) {
    const SizeTerm term = with_ordered_atoms(p, size->terms[i]);
    int place = i;
    for (; place > 0 && compare_terms(p, &terms[place - 1], &term) > 0; place--)
      terms[place] = terms[place - 1];
    terms[place] = term;
  }
  for (int i = 0; i < size->n_terms; i++) print_term(p, &terms[i], i == 0);
}

static void print_sizes(Printer *p, int n, Size *const *sizes) {
  text_add(p->out, "[");
  for (int d = 0; d < n; d++) {
    if (d) text_add(p->out, ", ");
    print_size(p, sizes[d]);
  }
  text_add(p->out, "]");
}

static void print_type(Printer *p, const Type *type) {
  static const char *const kinds[] = {"real", "int", "bool"};
  text_add(p->out, kinds[type->kind]);
  if (type->rank) print_sizes(p, type->rank, type->dims);
}

static void print_typed(Printer *p, int n, Value *const *values) {
  for (int i = 0; i < n; i++) {
    if (i) text_add(p->out, ", ");
    print_value(p, values[i]);
    text_add(p->out, ": ");
    print_type(p, values[i]->type);
  }
}

static void print_values(Printer *p, int n, Value *const *values) {
  for (int i = 0; i < n; i++) {
    if (i) text_add(p->out, ", ");
    print_value(p, values[i]);
  }
}

static void indent(Printer *p) {
  for (int i = 0; i < p->depth; i++) text_add(p->out, "  ");
}

static void print_instr(Printer *p, const Instr *instr);

/* { (%i: int, %x: real) ... yield %a, %b } */
static void print_region(Printer *p, const Region *region) {
  text_add(p->out, " {");
  if (region->n_params) {
    text_add(p->out, "(");
    print_typed(p, region->n_params, region->params);
    text_add(p->out, ")");
  }
  text_add(p->out, "\n");
  p->depth++;
  for (const Instr *instr = region->first; instr; instr = instr->next) print_instr(p, instr);
  indent(p);
  text_add(p->out, region->n_yields ? "yield " : "yield");
  print_values(p, region->n_yields, region->yields);
  text_add(p->out, "\n");
  p->depth--;
  indent(p);
  text_add(p->out, "}");
}

static void print_constant(Printer *p, const Constant *constant) {
  text_add(p->out, " ");
  if (constant->kind == KIND_REAL) print_real(p, constant->real);
  else if (constant->kind == KIND_BOOL) text_add(p->out, constant->integer ? "true" : "false");
  else text_format(p->out, "%lld", (long long)constant->integer);
}

static void print_callee(Printer *p, const Extern *callee) {
  static const char *const modes[] = {"primal", "tangent", "adjoint"};
  text_format(p->out, " @%s %s %d", callee->symbol, modes[callee->mode], callee->n_params);
  if (callee->adjoint) text_format(p->out, " adjoint @%s", callee->adjoint);
  if (callee->tangent) text_format(p->out, " tangent @%s", callee->tangent);
  if (callee->takes_store) text_add(p->out, " store");
}

static void print_schedule(Printer *p, const Instr *loop) {
  static const char *const kinds[] = {"all", "sqrt", "binomial", "mixed"};
  if (loop->schedule == SCHEDULE_ALL) return;
  text_format(p->out, " %s", kinds[loop->schedule]);
  if (!loop->size) return;
  text_add(p->out, loop->in_bytes ? " bytes=" : " snapshots=");
  print_size(p, loop->size);
  if (!loop->disk) return;
  text_add(p->out, " disk=");
  print_size(p, loop->disk);
}

static void print_attributes(Printer *p, const Instr *instr) {
  static const char *const kinds[] = {"sum", "min", "max"};
  switch ((int)instr->op) {
    case OP_CONST: print_constant(p, &instr->constant); return;
    case OP_SIZE:
      text_add(p->out, " ");
      print_size(p, instr->size);
      return;
    case OP_LOOP:
    case OP_WHILE: print_schedule(p, instr); break;
    case OP_REDUCE: text_format(p->out, " %s", kinds[instr->reduce]); break;
    case OP_UPDATE:
    case OP_ACCUM: text_format(p->out, " ranges=%u", instr->ranges); break;
    case OP_VJP:
    case OP_JVP: text_format(p->out, " y=%d", instr->n_y); break;
    case OP_CALL: print_callee(p, instr->callee); break;
    case OP_CHECK:
    case OP_PRINT:
      text_add(p->out, " ");
      print_string(p, instr->text ? instr->text : "");
      break;
    default: break;
  }
  if (instr->n_extents) {
    text_add(p->out, " ");
    print_sizes(p, instr->n_extents, instr->extents);
  }
}

static void print_instr(Printer *p, const Instr *instr) {
  indent(p);
  if (instr->n_results) {
    print_typed(p, instr->n_results, instr->results);
    text_add(p->out, " = ");
  }
  text_add(p->out, op_name(instr->op));
  print_attributes(p, instr);
  if (instr->n_operands) {
    text_add(p->out, " ");
    print_values(p, instr->n_operands, instr->operands);
  }
  for (int i = 0; i < instr->n_regions; i++) print_region(p, instr->regions[i]);
  text_add(p->out, "\n");
}

/* ---- functions and models -------------------------------------------------------------------- */

static void print_slot(Printer *p, const Slot *slot) {
  static const char *const roles[] = {"size", "in", "out", "inout"};
  text_format(p->out, "  slot %s ", roles[slot->role]);
  print_name(p, slot->name);
  if (slot->model) {
    text_add(p->out, " model ");
    print_name(p, slot->model->name);
  }
  if (slot->declared) {
    text_add(p->out, " declared ");
    print_string(p, slot->declared);
  }
  for (int i = 0; i < slot->n_leaves; i++) {
    const Leaf *leaf = &slot->leaves[i];
    text_add(p->out, " (");
    print_name(p, leaf->path);
    if (leaf->value) {
      text_add(p->out, " ");
      print_value(p, leaf->value);
    }
    text_format(p->out, " %d %lld)", leaf->result, (long long)leaf->offset);
  }
  text_add(p->out, "\n");
}

static void print_func(Printer *p, const Func *func) {
  static const char *const modes[] = {"primal", "tangent", "adjoint"};
  text_add(p->out, "\nfunc ");
  print_name(p, func->name);
  text_format(p->out, " %s", modes[func->mode]);
  if (func->signature) {
    text_add(p->out, " signature ");
    print_string(p, func->signature);
  }
  if (func->doc) {
    text_add(p->out, " doc ");
    print_string(p, func->doc);
  }
  print_region(p, func->body);
  text_add(p->out, "\n");
  for (size_t i = 0; i < func->slots.len; i++) print_slot(p, &func->slots.at[i]);
  text_add(p->out, "end\n");
}

static void print_model(Printer *p, const ModelInfo *model) {
  static const char *const inits[] = {"constant", "uniform", "normal"};
  text_add(p->out, "\nmodel ");
  print_name(p, model->name);
  text_format(p->out, " %lld\n", (long long)model->flat_size);
  for (size_t i = 0; i < model->leaves.len; i++) {
    const ModelLeaf *leaf = &model->leaves.at[i];
    text_add(p->out, "  leaf ");
    print_name(p, leaf->path);
    text_add(p->out, " [");
    for (int d = 0; d < leaf->rank; d++)
      text_format(p->out, "%s%lld", d ? ", " : "", (long long)leaf->dims[d]);
    text_format(p->out, "] %lld %s ", (long long)leaf->offset, inits[leaf->init]);
    print_real(p, leaf->a);
    text_add(p->out, " ");
    print_real(p, leaf->b);
    text_add(p->out, "\n");
  }
  text_add(p->out, "end\n");
}

static Printer printer_new(Text *out, const Module *m) {
  Printer p = {.out = out, .m = m, .taken = name_map_new(m->arena)};
  p.names = ARENA_ARRAY(m->arena, Name, (size_t)m->next_id + 1);
  p.order = ARENA_ARRAY(m->arena, int, (size_t)m->next_id + 1);
  return p;
}

void ir_print(Text *out, const Module *m) {
  text_format(out, "dpir 1%s%s\n", m->prefix ? " " : "", m->prefix ? m->prefix : "");
  for (size_t i = 0; i < m->models.len; i++) {
    Printer p = printer_new(out, m);
    print_model(&p, m->models.at[i]);
  }
  for (size_t i = 0; i < m->funcs.len; i++) {
    Printer p = printer_new(out, m);
    print_func(&p, m->funcs.at[i]);
  }
}

void ir_print_instr(Text *out, const Module *m, const Instr *instr) {
  Printer p = printer_new(out, m);
  print_instr(&p, instr);
}
