#include "ir/ir_read.h"

#include "ir/ir_lex.h"
#include "ir/ir_verify.h"
#include "ir/name_map.h"
#include "ir/op.h"

#include <string.h>

enum { MAX_DEPTH = 1000 };

typedef struct {
  Lexer lex;
  Module *m;
  NameMap values; /* of the function: name in the text -> Value */
  NameMap hints;  /* names that values have */
  int depth;
} Reader;

static const char *const kind_words[] = {"real", "int", "bool"};
static const char *const mode_words[] = {"primal", "tangent", "adjoint"};
static const char *const reduce_words[] = {"sum", "min", "max"};
static const char *const schedule_words[] = {"all", "sqrt", "binomial", "mixed"};
static const char *const role_words[] = {"size", "in", "out", "inout"};
static const char *const init_words[] = {"constant", "uniform", "normal"};

/* A choice that is safe to use as an index after an error. */
static int choose(Reader *r, int n, const char *const *words, const char *what) {
  const int choice = lex_choice(&r->lex, n, words, what);
  return choice < 0 ? 0 : choice;
}

/* ---- values and types ------------------------------------------------------------------------ */

/* "x.2" is the second value called x, if there is a first. */
static Name hint_of(Reader *r, Name name) {
  const char *point = strrchr(name, '.');
  if (!point || point == name || point[1] < '1' || point[1] > '9') return name;
  if (point[1 + strspn(point + 1, "0123456789")] != '\0') return name;
  const Name base = intern_bytes(r->m->names, name, (size_t)(point - name));
  return name_map_find(&r->hints, base) ? base : name;
}

static void define(Reader *r, Name name, Value *value) {
  if (name_map_find(&r->values, name)) lex_expected(&r->lex, "a name that is not taken");
  if (r->lex.failed) return;
  value->name = hint_of(r, name);
  name_map_add(&r->hints, value->name);
  name_map_add(&r->values, name)->pointer = value;
}

static Name read_value_name(Reader *r) {
  lex_expect(&r->lex, "%");
  return lex_name(&r->lex, "the name of a value");
}

static Value *read_value(Reader *r) {
  const char *start = r->lex.at;
  const Name name = read_value_name(r);
  if (r->lex.failed) return NULL;
  const NameEntry *entry = name_map_find(&r->values, name);
  if (entry) return entry->pointer;
  r->lex.at = start;
  lex_expected(&r->lex, "a value defined above");
  return NULL;
}

static Size *read_atom(Reader *r) {
  const Value *value = read_value(r);
  if (!value) return size_const(r->m, 1);
  if (value->type->rank || value->type->kind != KIND_INT) lex_expected(&r->lex, "an int value");
  return size_atom(r->m, (Value *)value);
}

/* 2*%n*%m, without a sign. */
static Size *read_term(Reader *r) {
  Size *term = lex_sees(&r->lex, "%") ? read_atom(r) : size_const(r->m, lex_int(&r->lex));
  while (lex_take(&r->lex, "*")) term = size_mul(r->m, term, read_atom(r));
  return term;
}

static Size *read_size(Reader *r) {
  Size *zero = size_const(r->m, 0), *sum;
  if (lex_take(&r->lex, "-")) sum = size_sub(r->m, zero, read_term(r));
  else sum = read_term(r);
  for (;;) {
    if (lex_take(&r->lex, "+")) sum = size_add(r->m, sum, read_term(r));
    else if (lex_take(&r->lex, "-")) sum = size_sub(r->m, sum, read_term(r));
    else return sum;
  }
}

/* [n, m]; at most MAX_RANK. */
static int read_sizes(Reader *r, Size **sizes) {
  int n = 0;
  lex_expect(&r->lex, "[");
  do {
    if (n == MAX_RANK) lex_expected(&r->lex, "at most 8 dimensions");
    if (r->lex.failed) return 0;
    sizes[n++] = read_size(r);
  } while (lex_take(&r->lex, ","));
  lex_expect(&r->lex, "]");
  return n;
}

static Type *read_type(Reader *r) {
  Size *dims[MAX_RANK] = {0};
  const int kind = choose(r, 3, kind_words, "a type");
  const int rank = lex_sees(&r->lex, "[") ? read_sizes(r, dims) : 0;
  return type_array(r->m, (Kind)kind, rank, dims);
}

/* ---- instructions ---------------------------------------------------------------------------- */

typedef struct {
  Name name;
  Type *type;
} Declared;

typedef Vec(Declared) DeclaredList;

/* %a: real, %b: int[%n] */
static DeclaredList read_declared(Reader *r) {
  DeclaredList list = {0};
  do {
    Declared declared = {.name = read_value_name(r)};
    lex_expect(&r->lex, ":");
    declared.type = read_type(r);
    vec_push(r->m->arena, &list, declared);
  } while (lex_take(&r->lex, ","));
  return list;
}

/* Values on the rest of the line; none is fine. */
static ValueList read_values(Reader *r) {
  ValueList list = {0};
  if (!lex_sees(&r->lex, "%")) return list;
  do {
    Value *value = read_value(r);
    if (value) vec_push(r->m->arena, &list, value);
  } while (lex_take(&r->lex, ","));
  return list;
}

static Extern *read_callee(Reader *r) {
  Extern callee = {0};
  lex_expect(&r->lex, "@");
  callee.symbol = lex_name(&r->lex, "the name of a C function");
  callee.mode = choose(r, 3, mode_words, "a mode");
  callee.n_params = (int)lex_int(&r->lex);
  if (lex_take_word(&r->lex, "adjoint") && lex_take(&r->lex, "@"))
    callee.adjoint = lex_name(&r->lex, "the name of a C function");
  if (lex_take_word(&r->lex, "tangent") && lex_take(&r->lex, "@"))
    callee.tangent = lex_name(&r->lex, "the name of a C function");
  callee.takes_store = lex_take_word(&r->lex, "store");
  for (size_t i = 0; i < r->m->externs.len; i++) {
    Extern *known = r->m->externs.at[i];
    if (known->symbol == callee.symbol && known->mode == callee.mode &&
        known->n_params == callee.n_params && known->adjoint == callee.adjoint &&
        known->tangent == callee.tangent && known->takes_store == callee.takes_store)
      return known;
  }
  Extern *added = ARENA_NEW(r->m->arena, Extern);
  *added = callee;
  vec_push(r->m->arena, &r->m->externs, added);
  return added;
}

static Constant read_constant(Reader *r, const DeclaredList *results) {
  Constant constant = {.kind = results->len ? results->at[0].type->kind : KIND_REAL};
  switch (constant.kind) {
    case KIND_REAL: constant.real = lex_real(&r->lex); break;
    case KIND_INT: constant.integer = lex_int(&r->lex); break;
    case KIND_BOOL:
      constant.integer = lex_take_word(&r->lex, "true");
      if (!constant.integer) lex_expect_word(&r->lex, "false");
      break;
  }
  return constant;
}

static int read_number(Reader *r, const char *before) {
  lex_expect(&r->lex, before);
  return (int)lex_int(&r->lex);
}

/* Nothing, or sqrt, binomial snapshots=SIZE, mixed bytes=SIZE, ... */
static void read_schedule(Reader *r, Instr *instr) {
  for (int k = 1; k < 4 && instr->schedule == SCHEDULE_ALL; k++)
    if (lex_take_word(&r->lex, schedule_words[k])) instr->schedule = (ScheduleKind)k;
  if (instr->schedule == SCHEDULE_ALL) return;
  instr->in_bytes = lex_take(&r->lex, "bytes=");
  if (instr->in_bytes || lex_take(&r->lex, "snapshots=")) instr->size = read_size(r);
  if (lex_take(&r->lex, "disk=")) instr->disk = read_size(r);
}

/* The attributes, into an instruction that is only a container for them. */
static void read_attributes(Reader *r, Instr *instr, const DeclaredList *results) {
  switch ((int)instr->op) {
    case OP_CONST: instr->constant = read_constant(r, results); return;
    case OP_SIZE: instr->size = read_size(r); return;
    case OP_LOOP:
    case OP_WHILE: read_schedule(r, instr); return;
    case OP_REDUCE: instr->reduce = (ReduceKind)choose(r, 3, reduce_words, "a kind"); break;
    case OP_UPDATE:
    case OP_ACCUM: instr->ranges = (unsigned)read_number(r, "ranges="); return;
    case OP_VJP:
    case OP_JVP: instr->n_y = read_number(r, "y="); return;
    case OP_CALL: instr->callee = read_callee(r); return;
    case OP_CHECK:
    case OP_PRINT: instr->text = lex_string(&r->lex); return;
    default: break;
  }
  if (instr->op != OP_MAP && instr->op != OP_REDUCE && instr->op != OP_SWEEP) return;
  Size *extents[MAX_RANK];
  instr->n_extents = read_sizes(r, extents);
  instr->extents = ARENA_ARRAY(r->m->arena, Size *, (size_t)instr->n_extents);
  for (int d = 0; d < instr->n_extents; d++) instr->extents[d] = extents[d];
}

static void copy_attributes(Instr *to, const Instr *from) {
  to->constant = from->constant;
  to->size = from->size;
  to->n_extents = from->n_extents;
  to->extents = from->extents;
  to->reduce = from->reduce;
  to->ranges = from->ranges;
  to->n_y = from->n_y;
  to->text = from->text;
  to->callee = from->callee;
  to->schedule = from->schedule;
  to->in_bytes = from->in_bytes;
  to->disk = from->disk;
}

static Region *read_region(Reader *r);

static void build(Reader *r, Builder *b, const Instr *attributes, const DeclaredList *results,
                  const ValueList *operands, int n_regions, Region *const *regions) {
  Type **types = ARENA_ARRAY(r->m->arena, Type *, results->len);
  for (size_t i = 0; i < results->len; i++) types[i] = results->at[i].type;
  Instr *instr = build_instr(b, attributes->op, (int)operands->len, operands->at,
                             (int)results->len, types, n_regions, regions);
  copy_attributes(instr, attributes);
  for (size_t i = 0; i < results->len; i++) define(r, results->at[i].name, instr->results[i]);
}

/* %y: real = add %a, %b */
static void read_instr(Reader *r, Builder *b) {
  const char *start = r->lex.at;
  DeclaredList results = {0};
  if (lex_sees(&r->lex, "%")) {
    results = read_declared(r);
    lex_expect(&r->lex, "=");
  }
  const char *place = r->lex.at;
  Instr attributes = {.op = instr_op_by_name(lex_name(&r->lex, "an instruction"))};
  if (attributes.op == OP_COUNT) {
    r->lex.at = place;
    lex_expected(&r->lex, "an instruction");
  }
  if (r->lex.failed) return;
  read_attributes(r, &attributes, &results);
  const ValueList operands = read_values(r);
  Region *regions[3];
  int n_regions = 0;
  while (n_regions < 3 && lex_sees(&r->lex, "{")) regions[n_regions++] = read_region(r);
  if (!lex_at_line_end(&r->lex)) lex_expected(&r->lex, "the end of the line");
  if (r->lex.failed) return;
  b->span.file = r->lex.file;
  b->span.start = (uint32_t)(start - r->lex.text);
  b->span.end = (uint32_t)(r->lex.at - r->lex.text);
  build(r, b, &attributes, &results, &operands, n_regions, regions);
}

/* Parameters of one region may be sizes of later ones: they are defined one at a time. */
static void read_params(Reader *r, Region *region) {
  if (!lex_take(&r->lex, "(") || lex_take(&r->lex, ")")) return;
  do {
    const Name name = read_value_name(r);
    lex_expect(&r->lex, ":");
    Type *type = read_type(r);
    if (!r->lex.failed) define(r, name, region_param(r->m, region, type, name));
  } while (lex_take(&r->lex, ","));
  lex_expect(&r->lex, ")");
}

static void read_body(Reader *r, Region *region) {
  Builder b = builder_at_end(r->m, region);
  for (lex_skip_lines(&r->lex); !r->lex.failed; lex_skip_lines(&r->lex)) {
    if (lex_take_word(&r->lex, "yield")) break;
    read_instr(r, &b);
  }
  const ValueList yields = read_values(r);
  if (r->lex.failed) return;
  region_set_yields(r->m, region, (int)yields.len, yields.at);
  lex_skip_lines(&r->lex);
  lex_expect(&r->lex, "}");
}

static Region *read_region(Reader *r) {
  Region *region = region_new(r->m);
  if (++r->depth > MAX_DEPTH) lex_expected(&r->lex, "no deeper nesting");
  lex_expect(&r->lex, "{");
  read_params(r, region);
  read_body(r, region);
  r->depth--;
  return region;
}

/* ---- models and functions -------------------------------------------------------------------- */

static ModelLeaf read_model_leaf(Reader *r) {
  ModelLeaf leaf = {.path = lex_name(&r->lex, "a path")};
  lex_expect(&r->lex, "[");
  while (!r->lex.failed && !lex_take(&r->lex, "]")) {
    if (leaf.rank == MAX_RANK) lex_expected(&r->lex, "at most 8 dimensions");
    if (leaf.rank) lex_expect(&r->lex, ",");
    if (!r->lex.failed) leaf.dims[leaf.rank++] = lex_int(&r->lex);
  }
  leaf.offset = lex_int(&r->lex);
  leaf.init = (InitKind)choose(r, 3, init_words, "an initialiser");
  leaf.a = lex_real(&r->lex);
  leaf.b = lex_real(&r->lex);
  return leaf;
}

static void read_model(Reader *r) {
  ModelInfo *model = ARENA_NEW(r->m->arena, ModelInfo);
  model->name = lex_name(&r->lex, "the name of a model");
  model->flat_size = lex_int(&r->lex);
  vec_push(r->m->arena, &r->m->models, model);
  for (lex_skip_lines(&r->lex); lex_take_word(&r->lex, "leaf"); lex_skip_lines(&r->lex)) {
    const ModelLeaf leaf = read_model_leaf(r);
    vec_push(r->m->arena, &model->leaves, leaf);
  }
  lex_expect_word(&r->lex, "end");
}

static ModelInfo *read_model_name(Reader *r) {
  const Name name = lex_name(&r->lex, "the name of a model");
  for (size_t i = 0; i < r->m->models.len; i++)
    if (r->m->models.at[i]->name == name) return r->m->models.at[i];
  lex_expected(&r->lex, "a model defined above");
  return NULL;
}

/* (path %value result offset) */
static Leaf read_leaf(Reader *r, const Func *func) {
  Leaf leaf = {.path = lex_name(&r->lex, "a path")};
  if (lex_sees(&r->lex, "%")) leaf.value = read_value(r);
  if (leaf.value && leaf.value->region != func->body)
    lex_expected(&r->lex, "a parameter of the function");
  leaf.result = (int)lex_int(&r->lex);
  if (leaf.result < -1 || leaf.result >= func->body->n_yields)
    lex_expected(&r->lex, "the number of a yield");
  leaf.offset = lex_int(&r->lex);
  lex_expect(&r->lex, ")");
  return leaf;
}

static Slot read_slot(Reader *r, const Func *func) {
  Slot slot = {.role = (Role)choose(r, 4, role_words, "a role")};
  slot.name = lex_name(&r->lex, "the name of a parameter");
  if (lex_take_word(&r->lex, "model")) slot.model = read_model_name(r);
  if (lex_take_word(&r->lex, "declared")) slot.declared = lex_string(&r->lex);
  Vec(Leaf) leaves = {0};
  while (lex_take(&r->lex, "(")) {
    const Leaf leaf = read_leaf(r, func);
    vec_push(r->m->arena, &leaves, leaf);
  }
  slot.n_leaves = (int)leaves.len;
  slot.leaves = leaves.at;
  return slot;
}

static void read_func(Reader *r) {
  Func *func = ARENA_NEW(r->m->arena, Func);
  const uint32_t start = (uint32_t)(r->lex.at - r->lex.text);
  func->name = lex_name(&r->lex, "the name of a function");
  func->span = (Span){r->lex.file, start, start + (uint32_t)strlen(func->name)};
  func->mode = (Mode)choose(r, 3, mode_words, "a mode");
  if (lex_take_word(&r->lex, "signature")) func->signature = lex_string(&r->lex);
  if (lex_take_word(&r->lex, "doc")) func->doc = lex_string(&r->lex);
  r->values = name_map_new(r->m->arena);
  r->hints = name_map_new(r->m->arena);
  func->body = region_new(r->m);
  lex_expect(&r->lex, "{");
  read_params(r, func->body);
  read_body(r, func->body);
  vec_push(r->m->arena, &r->m->funcs, func);
  for (lex_skip_lines(&r->lex); lex_take_word(&r->lex, "slot"); lex_skip_lines(&r->lex)) {
    const Slot slot = read_slot(r, func);
    vec_push(r->m->arena, &func->slots, slot);
  }
  lex_expect_word(&r->lex, "end");
}

static void read_module(Reader *r) {
  lex_skip_lines(&r->lex);
  lex_expect_word(&r->lex, "dpir");
  lex_expect_word(&r->lex, "1");
  if (!lex_at_line_end(&r->lex)) r->m->prefix = lex_name(&r->lex, "a prefix");
  for (lex_skip_lines(&r->lex); !r->lex.failed && *r->lex.at; lex_skip_lines(&r->lex)) {
    if (lex_take_word(&r->lex, "model")) read_model(r);
    else if (lex_take_word(&r->lex, "func")) read_func(r);
    else lex_expected(&r->lex, "'model' or 'func'");
  }
}

Module *ir_read(Arena *arena, Names *names, Sources *sources, Diag *diag, uint32_t file) {
  Reader r = {.m = module_new(arena, names)};
  size_t length;
  const char *text = source_text(sources, file, &length);
  r.lex = (Lexer){arena, names, diag, file, text, text, false};
  read_module(&r);
  if (r.lex.failed) return NULL;
  const char *problem = ir_verify(r.m);
  if (!problem) return r.m;
  diag_report(diag, DIAG_INVALID_IR, (Span){file, 0, 1}, problem);
  return NULL;
}
