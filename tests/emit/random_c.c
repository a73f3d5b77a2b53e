/* random_c - random IR through the C writer: each program's C must compute what the interpreter of
 * IR computes.
 *
 *   random_c FIRST_SEED COUNT FOLDER
 *
 * writes pSEED.c and pSEED.h (after the passes) and qSEED.* (as derived, nothing simplified), and
 * a main.c that calls
 * them all and compares. The programs are those of tests/derive. */
#define main generator_main
#include "../derive/random_ir.c"
#undef main

#include "backend/emit.h"

typedef struct {
  const char *folder;
  FILE *main;
  Text calls;
} Writer;

static void write_numbers(FILE *out, const Datum *d) {
  for (int64_t i = 0; i < d->n; i++) {
    if (isnan(d->at[i])) fprintf(out, "NAN,");
    else if (isinf(d->at[i])) fprintf(out, "%sINFINITY,", d->at[i] < 0 ? "-" : "");
    else fprintf(out, "%.17g,", d->at[i]);
  }
}

static void add_slot(Module *m, Func *func, Role role, Name name, Value *value, int result) {
  Leaf *leaf = ARENA_NEW(m->arena, Leaf);
  *leaf = (Leaf){.path = name, .value = value, .result = result};
  const Slot slot = {.name = name, .role = role, .n_leaves = 1, .leaves = leaf};
  vec_push(m->arena, &func->slots, slot);
}

static void add_slots(Module *m, Func *func) {
  const Region *body = func->body;
  add_slot(m, func, ROLE_SIZE, intern(m->names, "n"), body->params[0], -1);
  for (int k = 1; k < body->n_params; k++)
    add_slot(m, func, ROLE_IN, intern_format(m->names, "x%d", k), body->params[k], -1);
  for (int k = 0; k < body->n_yields; k++)
    add_slot(m, func, ROLE_OUT, intern_format(m->names, "y%d", k), NULL, k);
}

static void write_file(const Writer *w, const char *stem, const char *suffix, const Text *text) {
  char path[400];
  snprintf(path, sizeof path, "%s/%s.%s", w->folder, stem, suffix);
  FILE *file = fopen(path, "w");
  if (!file || fputs(text->text, file) < 0 || fclose(file) != 0) {
    perror(path);
    exit(1);
  }
}

/* A function of main.c that calls the program's C on the arguments and compares. */
static void write_call(Writer *w, const char *stem, Datum *const *args, Datum *const *yields) {
  FILE *out = w->main;
  fprintf(out, "#include \"%s.h\"\nstatic int call_%s(void) {\n  int bad = 0;\n", stem, stem);
  for (int k = 1; k <= 3 * N_X; k++) {
    fprintf(out, "  static const double x%d[] = {", k);
    write_numbers(out, args[k]);
    fprintf(out, "};\n");
  }
  for (int k = 0; k < N_YIELDS; k++) {
    fprintf(out, "  double y%d[%d];\n  static const double e%d[] = {", k, (int)yields[k]->n, k);
    write_numbers(out, yields[k]);
    fprintf(out, "};\n");
  }
  const int n = (int)args[0]->at[0];
  fprintf(out, "  const size_t bytes = %s_f_work(%d);\n", stem, n);
  fprintf(out, "  void *work = malloc(bytes + 1);\n  if (%s_f(%d", stem, n);
  for (int k = 1; k <= 3 * N_X; k++) fprintf(out, ", %sx%d", args[k]->rank ? "" : "*", k);
  for (int k = 0; k < N_YIELDS; k++) fprintf(out, ", y%d", k);
  fprintf(out, ", work, bytes) != DP_OK) bad = 1;\n");
  for (int k = 0; k < N_YIELDS; k++)
    fprintf(out, "  bad += differ(\"%s y%d\", %d, y%d, e%d);\n", stem, k, (int)yields[k]->n, k, k);
  fprintf(out, "  free(work);\n  return bad;\n}\n");
  text_format(&w->calls, "  bad += call_%s();\n", stem);
}

static void write_program(Writer *w, uint64_t seed, bool simplified) {
  Arena *arena = arena_new();
  Module *m = module_new(arena, names_new(arena));
  Diag *diag = diag_new(arena, sources_new(arena));
  Program p = gen_program(m, seed);
  if (simplified) simplify(m, diag), join_factors(m, diag);
  derive(m, diag);
  if (simplified) join_factors(m, diag);
  checkpoint(m, diag);
  if (simplified) {
    simplify(m, diag);
    fuse(m, diag);
    gather_stencils(m, diag);
    keep_states_on_tapes(m, diag);
    invert_divisors(m, diag);
    simplify(m, diag);
  }
  Datum *args[1 + 3 * N_X], *yields[N_YIELDS];
  random_args(m, seed, args);
  interpret(m, p.func->body, args, yields);
  const char *stem = arena_format(arena, "%c%d", simplified ? 'p' : 'q', (int)seed);
  m->prefix = intern(m->names, stem);
  add_slots(m, p.func);
  const EmitOptions options = {.source_name = "random", .version = "0", .stem = stem};
  Text c = {.arena = arena}, header = {.arena = arena};
  emit_c(&c, &header, m, &options, diag);
  if (diag_errors(diag)) {
    diag_print(diag, stdout);
    exit(1);
  }
  write_file(w, stem, "c", &c);
  write_file(w, stem, "h", &header);
  write_call(w, stem, args, yields);
  arena_free(arena);
}

static const char differ[] =
    "#include <math.h>\n#include <stdio.h>\n#include <stdlib.h>\n"
    "static int differ(const char *what, int n, const double *got, const double *want) {\n"
    "  for (int i = 0; i < n; i++) {\n"
    "    if (got[i] == want[i] || (got[i] != got[i] && want[i] != want[i])) continue;\n"
    "    if (fabs(got[i] - want[i]) <= 1e-9 * (1 + fabs(want[i]))) continue;\n"
    "    printf(\"%s[%d] is %.17g, should be %.17g\\n\", what, i, got[i], want[i]);\n"
    "    return 1;\n"
    "  }\n"
    "  return 0;\n"
    "}\n";

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const uint64_t first = strtoull(argv[1], NULL, 10), count = strtoull(argv[2], NULL, 10);
  Arena *arena = arena_new();
  Writer w = {.folder = argv[3], .calls = {.arena = arena}};
  w.main = fopen(arena_format(arena, "%s/main.c", argv[3]), "w");
  if (!w.main) return 2;
  fputs(differ, w.main);
  for (uint64_t seed = first; seed < first + count; seed++) {
    write_program(&w, seed, false);
    write_program(&w, seed, true);
  }
  fprintf(w.main, "int main(void) {\n  int bad = 0;\n%s  return bad != 0;\n}\n", w.calls.text);
  const bool written = fclose(w.main) == 0;
  arena_free(arena);
  return written ? 0 : 1;
}
