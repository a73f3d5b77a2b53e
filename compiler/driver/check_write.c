#include "driver/check_write.h"

#include "backend/c_names.h"
#include "backend/emit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* By value where it is a scalar that goes in, else by pointer. */
typedef enum { PASS_IN, PASS_OUT } Passing;

typedef struct {
  Text *out;
  const Case *c;
  bool first;
} Call;

static void begin_argument(Call *call) {
  text_add(call->out, call->first ? "" : ", ");
  call->first = false;
}

static void pass_real(Call *call, const Param *param, const char *vector, Passing passing) {
  begin_argument(call);
  if (passing == PASS_IN && param_is_scalar(param))
    text_format(call->out, "%s[%" PRId64 "]", vector, param->offset);
  else
    text_format(call->out, "%s + %" PRId64, vector, param->offset);
}

static const char *storage_type(const Param *param) {
  return param->type->kind == KIND_INT ? "int64_t" : "bool";
}

/* Ints and bools that are not scalars going in live in static arrays. */
static void pass_other(Call *call, const Param *param, Passing passing) {
  begin_argument(call);
  if (passing == PASS_IN && param_is_scalar(param))
    text_format(call->out, "%" PRId64, param->integer);
  else
    text_format(call->out, "other_%s_of_%s", param->slot->name, call->c->primal->name);
}

static void pass(Call *call, const Param *param, const char *vector, Passing passing) {
  if (param_is_real(param))
    pass_real(call, param, vector, passing);
  else
    pass_other(call, param, passing);
}

/* The parameter whose name is that of the slot without `suffix`; NULL: none. */
static const Param *find_param(const ParamList *list, Name name, const char *suffix) {
  const size_t length = strlen(name), end = strlen(suffix);
  if (length <= end || strcmp(name + length - end, suffix) != 0) return NULL;
  for (size_t i = 0; i < list->len; i++) {
    const Name own = list->at[i].slot->name;
    if (strlen(own) == length - end && strncmp(own, name, length - end) == 0) return &list->at[i];
  }
  return NULL;
}

static void pass_if(Call *call, const Param *param, const char *vector, Passing passing) {
  if (param) pass(call, param, vector, passing);
}

/* One argument, told by its role and its name: x, x_dot, x_bar, y, y_dot, y_bar. */
static void pass_slot(Call *call, const Func *f, const Slot *slot) {
  const ParamList *inputs = &call->c->inputs, *outputs = &call->c->outputs;
  const Param *x = find_param(inputs, slot->name, ""), *y = find_param(outputs, slot->name, "");
  const char *suffix = f->mode == MODE_TANGENT ? "_dot" : "_bar";
  if (slot->role == ROLE_INOUT)
    pass_if(call, find_param(inputs, slot->name, suffix), "x_bar", PASS_OUT);
  else if (slot->role == ROLE_OUT)
    pass_if(call, y ? y : find_param(outputs, slot->name, suffix), y ? "y" : "t", PASS_OUT);
  else if (x)
    pass(call, x, "x", PASS_IN);
  else if (f->mode == MODE_TANGENT)
    pass_if(call, find_param(inputs, slot->name, suffix), "d", PASS_IN);
  else
    pass_if(call, find_param(outputs, slot->name, suffix), "w", PASS_IN);
}

static void write_call(Text *out, const Module *m, const Case *c, const Func *f) {
  text_format(out, "  int status;\n  do status = %s_%s(", m->prefix,
              c_identifier(m->names, f->name));
  Call call = {.out = out, .c = c, .first = true};
  for (size_t i = 0; i < f->slots.len; i++) pass_slot(&call, f, &f->slots.at[i]);
  begin_argument(&call);
  if (takes_store(f)) text_add(out, "&check_disk, ");
  text_add(out, "check_work, check_bytes);\n  while (check_grow(status));\n"
                "  return status;\n}\n\n");
}

static void write_adapter(Text *out, const Module *m, const Case *c, const Func *f) {
  static const char *const heads[] = {
    [MODE_PRIMAL] = "static int primal_of_%s(const double *x, double *y) {\n",
    [MODE_TANGENT] =
      "static int tangent_of_%s(const double *x, const double *d, double *y, double *t) {\n",
    [MODE_ADJOINT] =
      "static int adjoint_of_%s(const double *x, double *x_bar, const double *w) {\n"};
  text_format(out, heads[f->mode], c->primal->name);
  write_call(out, m, c, f);
}

/* ---- inputs ---------------------------------------------------------------------------------- */

static void write_draw_real(Text *out, const Param *param) {
  const int64_t end = param->offset + param->count;
  text_format(out, "  for (int i = %" PRId64 "; i < %" PRId64 "; i++) x[i] = ", param->offset, end);
  if (param->value)
    text_format(out, "%s;\n", param->value);
  else
    text_add(out, "check_number(place);\n");
}

/* A little noise on top of the initial values: biases that are all zero test nothing. */
static void write_draw_model(Text *out, const Module *m, const Param *param) {
  const int64_t end = param->offset + param->count;
  text_format(out, "  %s_%s_init(x + %" PRId64 ", 1);\n", m->prefix, param->slot->model->name,
              param->offset);
  text_format(out, "  for (int i = %" PRId64 "; i < %" PRId64 "; i++)\n", param->offset, end);
  text_add(out, "    x[i] += check_uniform(-0.1, 0.1);\n");
}

static void write_draw(Text *out, const Module *m, const Case *c) {
  text_format(out, "static void draw_of_%s(double *x, int place) {\n  (void)place;\n",
              c->primal->name);
  for (size_t i = 0; i < c->inputs.len; i++) {
    const Param *param = &c->inputs.at[i];
    if (!param_is_real(param)) continue;
    if (param->slot->model)
      write_draw_model(out, m, param);
    else
      write_draw_real(out, param);
  }
  text_add(out, "}\n\n");
}

/* Elements of an int array alternate, so that they are good indices of anything with two elements. */
static void write_storage(Text *out, const Case *c, const ParamList *list, bool is_input) {
  for (size_t i = 0; i < list->len; i++) {
    const Param *param = &list->at[i];
    if (param_is_real(param) || (is_input && param_is_scalar(param))) continue;
    text_format(out, "static %s%s other_%s_of_%s[%" PRId64 "]", is_input ? "const " : "",
                storage_type(param), param->slot->name, c->primal->name, param->count + 1);
    if (is_input) text_add(out, " = {");
    for (int64_t k = 0; is_input && k < param->count; k++)
      text_format(out, "%" PRId64 ", ", param->value ? param->integer : k % 2);
    text_add(out, is_input ? "0};\n" : ";\n");
  }
}

/* ---- gradients: which output is the x_bar of which input -------------------------------------- */

/* Returns how many there are. */
static int write_parts(Text *out, const Case *c) {
  int count = 0;
  text_format(out, "static const check_part parts_of_%s[] = {", c->primal->name);
  for (size_t i = 0; c->gradient_of && i < c->outputs.len; i++) {
    const Param *bar = &c->outputs.at[i];
    const Param *of = find_param(&c->gradient_of->inputs, bar->slot->name, "_bar");
    if (!of || of->count != bar->count || !param_is_real(of)) continue;
    text_format(out, "{%" PRId64 ", %" PRId64 ", %" PRId64 "}, ", of->offset, bar->offset, bar->count);
    count++;
  }
  text_add(out, "{0, 0, 0}};\n\n");
  return count;
}

/* ---- the program ----------------------------------------------------------------------------- */

static void write_head(Text *out, const Settings *settings, const char *stem) {
  const char *range = settings->range ? settings->range : "-1,1";
  const char *comma = strchr(range, ',');
  text_format(out, "#include \"%s.h\"\n#include <stdbool.h>\n", stem);
  text_add(out, "#define check_status_text dp_status_text\n#include \"check_harness.h\"\n"
                "#include \"check_store.h\"\n\n");
  text_format(out, "static const double check_lo = %.*s, check_hi = %s;\n", (int)(comma - range),
              range, comma + 1);
  text_add(out, "static double check_number(int place) {\n"
                "  if (place == CHECK_POSITIVE) return check_uniform(0.5, 1.5);\n"
                "  return check_uniform(check_lo, check_hi) * (place == CHECK_SMALL ? 0.1 : 1);\n"
                "}\n\n");
  text_add(out, "static check_record *check_records;\n"
                "static const dp_store check_disk = {check_save, check_load, &check_records};\n");
  text_add(out, "static void *check_work;\nstatic size_t check_bytes;\n\n"
                "/* The workspace grows until it suffices. */\n"
                "static int check_grow(int status) {\n"
                "  const int too_short = status == DP_WORK_SHORT || (status == DP_BAD_SIZE && "
                "!check_work);\n"
                "  if (!too_short || check_bytes > ((size_t)1 << 32)) return 0;\n"
                "  free(check_work);\n"
                "  check_bytes = check_bytes ? 4 * check_bytes : 1 << 20;\n"
                "  check_work = malloc(check_bytes);\n"
                "  return check_work != NULL;\n}\n\n");
}

static void write_functions(Text *out, const Module *m, const Case *c) {
  write_storage(out, c, &c->inputs, true);
  write_storage(out, c, &c->outputs, false);
  write_draw(out, m, c);
  write_adapter(out, m, c, c->primal);
  if (c->tangent) write_adapter(out, m, c, c->tangent);
  if (c->adjoint) write_adapter(out, m, c, c->adjoint);
}

static size_t case_number(const CaseList *cases, const Case *c) {
  size_t i = 0;
  while (i < cases->len && cases->at[i] != c) i++;
  return i;
}

static void write_row(Text *out, const CaseList *cases, const Case *c, int n_parts) {
  const char *name = c->primal->name;
  text_format(out, "  {\"%s\", %" PRId64 ", %" PRId64 ", %" PRId64 ", ", name, c->n, c->n_active,
              c->m);
  text_format(out, "draw_of_%s, primal_of_%s, ", name, name);
  text_format(out, c->tangent ? "tangent_of_%s, " : "NULL, ", name);
  text_format(out, c->adjoint ? "adjoint_of_%s, " : "NULL, ", name);
  if (n_parts)
    text_format(out, "&cases[%zu], parts_of_%s, %d},\n", case_number(cases, c->gradient_of), name,
                n_parts);
  else
    text_add(out, "NULL, NULL, 0},\n");
}

void check_write(Text *out, const Module *m, const CaseList *cases, const Settings *settings,
                 const char *stem) {
  Text table = {.arena = m->arena};
  write_head(out, settings, stem);
  for (size_t i = 0; i < cases->len; i++) {
    const Case *c = cases->at[i];
    write_functions(out, m, c);
    write_row(&table, cases, c, c->gradient_of ? write_parts(out, c) : 0);
  }
  text_format(out, "static const check_case cases[] = {\n%s};\n\n", table.text ? table.text : "");
  text_format(out, "int main(void) {\n  check_state = %s;\n"
                   "  const int failed = check_all(cases, %zu, %s);\n"
                   "  free(check_work);\n  check_forget(check_records);\n  return failed;\n}\n",
              settings->seed ? settings->seed : "1", cases->len,
              settings->points ? settings->points : "3");
}
