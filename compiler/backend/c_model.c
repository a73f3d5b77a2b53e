/* Models in C: sizes as macros, the table of parameters, the initialiser. */
#include "backend/code.h"

static Name prefix(Code *c) {
  return c_identifier(c->m->names, c->m->prefix && *c->m->prefix ? c->m->prefix : "dp_program");
}

static const char *macro(Code *c, const ModelInfo *model) {
  return arena_format(c->m->arena, "%s_%s", c_macro(c->m->names, prefix(c)),
                      c_macro(c->m->names, model->name));
}

void code_model_header(Code *c) {
  for (size_t i = 0; i < c->m->models.len; i++) {
    const ModelInfo *model = c->m->models.at[i];
    Name name = c_identifier(c->m->names, model->name);
    const char *upper = macro(c, model), *real = code_kind(c, KIND_REAL);
    code_raw(c, "/* Model %s: its parameters are one flat array. The table says what lies where. */\n",
             model->name);
    code_raw(c, "#define %s_SIZE %lld\n", upper, (long long)model->flat_size);
    code_raw(c, "#define %s_COUNT %zu\n", upper, model->leaves.len);
    if (model->leaves.len)
      code_raw(c, "extern const dp_param %s_%s_params[%s_COUNT];\n", prefix(c), name, upper);
    code_raw(c, "/* Draws the initial parameters; equal seeds give equal ones everywhere. */\n");
    code_line(c, "void %s_%s_init(%s *theta, uint64_t seed);", prefix(c), name, real);
    code_raw(c, "\n");
  }
}

static int64_t leaf_size(const ModelLeaf *leaf) {
  int64_t n = 1;
  for (int d = 0; d < leaf->rank; d++) n *= leaf->dims[d];
  return n;
}

static void write_table(Code *c, const ModelInfo *model) {
  if (model->leaves.len == 0) return;
  Name name = c_identifier(c->m->names, model->name);
  code_line(c, "const dp_param %s_%s_params[%s_COUNT] = {", prefix(c), name, macro(c, model));
  c->depth++;
  for (size_t i = 0; i < model->leaves.len; i++) {
    const ModelLeaf *leaf = &model->leaves.at[i];
    Text shape = {.arena = c->m->arena};
    for (int d = 0; d < leaf->rank; d++)
      text_format(&shape, "%s%lld", d ? ", " : "", (long long)leaf->dims[d]);
    code_line(c, "{\"%s\", %d, {%s}, %lld},", leaf->path, leaf->rank, leaf->rank ? shape.text : "0",
              (long long)leaf->offset);
  }
  c->depth--;
  code_line(c, "};");
  code_raw(c, "\n");
}

static const char *plain_real(Code *c, double value) {
  const Constant constant = {.kind = KIND_REAL, .real = value};
  EmitOptions options = *c->options;
  options.single_precision = false; /* dp_init_* take doubles in both precisions */
  const EmitOptions *saved = c->options;
  c->options = &options;
  const char *text = expr_constant(c, &constant).text;
  c->options = saved;
  return text;
}

static void write_draw(Code *c, const ModelLeaf *leaf) {
  const char *suffix = c->options->single_precision ? "f" : "";
  const long long n = (long long)leaf_size(leaf), at = (long long)leaf->offset;
  const char *a = plain_real(c, leaf->a), *b = plain_real(c, leaf->b);
  if (leaf->init == INIT_CONSTANT)
    code_line(c, "dp_init_constant%s(%lld, %s, theta + %lld); /* %s */", suffix, n, a, at, leaf->path);
  else
    code_line(c, "dp_init_%s%s(&rng, %lld, %s, %s, theta + %lld); /* %s */",
              leaf->init == INIT_UNIFORM ? "uniform" : "normal", suffix, n, a, b, at, leaf->path);
}

static bool draws(const ModelInfo *model) {
  for (size_t i = 0; i < model->leaves.len; i++)
    if (model->leaves.at[i].init != INIT_CONSTANT) return true;
  return false;
}

static void write_init(Code *c, const ModelInfo *model) {
  code_line(c, "void %s_%s_init(%s *theta, uint64_t seed)", prefix(c),
            c_identifier(c->m->names, model->name), code_kind(c, KIND_REAL));
  code_line(c, "{");
  c->depth++;
  if (draws(model)) {
    code_line(c, "dp_rng rng;");
    code_line(c, "dp_rng_seed(&rng, seed);");
  } else {
    code_line(c, "(void)seed;");
  }
  if (model->leaves.len == 0) code_line(c, "(void)theta;");
  for (size_t i = 0; i < model->leaves.len; i++) write_draw(c, &model->leaves.at[i]);
  c->depth--;
  code_line(c, "}");
  code_raw(c, "\n");
}

void code_model_tables(Code *c) {
  for (size_t i = 0; i < c->m->models.len; i++) {
    write_table(c, c->m->models.at[i]);
    write_init(c, c->m->models.at[i]);
  }
}
