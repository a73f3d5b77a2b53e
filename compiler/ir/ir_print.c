#include "ir/ir_print.h"

#include "ir/op.h"

#include <math.h>
#include <string.h>

/* Values print as %name; a name that is taken gets .2, .3, ... in order of appearance. */
typedef struct {
  Text *out;
  const Module *m;
  Name *names; /* by value id */
  Vec(struct NameUse {
    Name base;
    int count;
  }) uses;
  int depth;
} Printer;

static Name unique_name(Printer *p, const Value *value) {
  if (p->names[value->id]) return p->names[value->id];
  Name base = value->name ? value->name : intern(p->m->names, "v");
  int count = 0;
  for (size_t i = 0; i < p->uses.len; i++)
    if (p->uses.at[i].base == base) count = ++p->uses.at[i].count;
  if (count == 0) {
    struct NameUse use = {base, 1};
    vec_push(p->m->arena, &p->uses, use);
    return p->names[value->id] = base;
  }
  return p->names[value->id] = intern_format(p->m->names, "%s.%d", base, count);
}

static void print_value(Printer *p, const Value *value) {
  text_format(p->out, "%%%s", unique_name(p, value));
}

static void print_real(Printer *p, double value) {
  if (isnan(value)) text_add(p->out, "nan");
  else if (isinf(value)) text_add(p->out, value < 0 ? "-inf" : "inf");
  else text_format(p->out, "%.17g%s", value,
                   value == floor(value) && fabs(value) < 1e15 ? ".0" : "");
}

static void print_term(Printer *p, const SizeTerm *term, bool first) {
  const int64_t coef = term->coef;
  if (!first) text_add(p->out, coef < 0 ? " - " : " + ");
  const int64_t shown = !first && coef < 0 ? -coef : coef;
  if (shown != 1 || term->n_atoms == 0) {
    text_format(p->out, "%lld", (long long)shown);
    if (term->n_atoms) text_add(p->out, "*");
  }
  for (int k = 0; k < term->n_atoms; k++) {
    if (k) text_add(p->out, "*");
    print_value(p, term->atoms[k]);
  }
}

static void print_size(Printer *p, const Size *size) {
  if (size->n_terms == 0) text_add(p->out, "0");
  for (int i = 0; i < size->n_terms; i++) print_term(p, &size->terms[i], i == 0);
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

static void print_string(Printer *p, const char *text) {
  text_add(p->out, "\"");
  for (; *text; text++) {
    if (*text == '"' || *text == '\\') text_format(p->out, "\\%c", *text);
    else if (*text == '\n') text_add(p->out, "\\n");
    else text_add_bytes(p->out, text, 1);
  }
  text_add(p->out, "\"");
}

static void indent(Printer *p) {
  for (int i = 0; i < p->depth; i++) text_add(p->out, "  ");
}

static void print_instr(Printer *p, const Instr *instr);

/* { (%i: int, %x: real) ... yield %a, %b } */
static void print_region(Printer *p, const Region *region) {
  text_add(p->out, " {(");
  print_typed(p, region->n_params, region->params);
  text_add(p->out, ")\n");
  p->depth++;
  for (const Instr *instr = region->first; instr; instr = instr->next) print_instr(p, instr);
  indent(p);
  text_add(p->out, "yield ");
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
}

static void print_attributes(Printer *p, const Instr *instr) {
  static const char *const kinds[] = {"sum", "min", "max"};
  switch ((int)instr->op) {
    case OP_CONST: print_constant(p, &instr->constant); return;
    case OP_SIZE:
      text_add(p->out, " ");
      print_size(p, instr->size);
      return;
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
  text_format(p->out, "  slot %s %s", roles[slot->role], slot->name);
  if (slot->model) text_format(p->out, " model %s", slot->model->name);
  if (slot->declared) {
    text_add(p->out, " ");
    print_string(p, slot->declared);
  }
  for (int i = 0; i < slot->n_leaves; i++) {
    const Leaf *leaf = &slot->leaves[i];
    text_format(p->out, " (%s", leaf->path);
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
  text_format(p->out, "\nfunc %s %s ", func->name, modes[func->mode]);
  print_string(p, func->signature ? func->signature : "");
  text_add(p->out, " ");
  print_string(p, func->doc ? func->doc : "");
  print_region(p, func->body);
  text_add(p->out, "\n");
  for (size_t i = 0; i < func->slots.len; i++) print_slot(p, &func->slots.at[i]);
  text_add(p->out, "end\n");
}

static void print_model(Printer *p, const ModelInfo *model) {
  static const char *const inits[] = {"constant", "uniform", "normal"};
  text_format(p->out, "\nmodel %s %lld\n", model->name, (long long)model->flat_size);
  for (size_t i = 0; i < model->leaves.len; i++) {
    const ModelLeaf *leaf = &model->leaves.at[i];
    text_format(p->out, "  leaf %s [", leaf->path);
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
  Printer p = {.out = out, .m = m};
  p.names = ARENA_ARRAY(m->arena, Name, (size_t)m->next_id + 1);
  return p;
}

void ir_print(Text *out, const Module *m) {
  text_format(out, "dpir 1 %s\n", m->prefix ? m->prefix : "");
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
