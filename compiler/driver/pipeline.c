#include "driver/pipeline.h"

#include "derive/checkpoint.h"
#include "derive/derive.h"
#include "ir/ir_print.h"
#include "ir/ir_verify.h"
#include "ir/pack.h"
#include "passes/batch.h"
#include "passes/blocks.h"
#include "passes/defer.h"
#include "passes/fuse.h"
#include "passes/isolate.h"
#include "passes/pad.h"
#include "passes/lanes.h"
#include "passes/mirror.h"
#include "passes/reciprocal.h"
#include "passes/rows.h"
#include "passes/scale.h"
#include "passes/simplify.h"
#include "passes/stages.h"
#include "passes/stencil.h"
#include "passes/trail.h"
#include "passes/transpose.h"
#include "passes/turn.h"

#include <string.h>

/* A pass changes the module and returns how many changes it made; it calls no other pass, and nothing that it
 * finds out is kept but in the module: the IR may move after it. */
typedef struct {
  const char *name, *description;
  int (*run)(Module *, Diag *);
} Pass;

/* elaborate comes before: it turns the syntax tree into IR. emit comes after: it writes C. */
static const Pass pipeline[] = {
  {"simplify", "fold, share, hoist and drop, so that less is differentiated", simplify},
  {"rows", "carry what loops touch row by row as one array per row", split_rows},
  {"blocks", "take sums over the members of an ensemble block by block", take_members_in_blocks},
  {"batch", "compute what is computed for each member of a batch layer by layer for all", batch_maps},
  {"pad", "copy what sums read beyond a border, so that they are linear in their counters", pad_reads},
  {"scale", "multiply factors once that are the same at all points of an index space", join_factors},
  {"derive", "replace vjp and jvp by the code of adjoints and tangents", derive},
  {"scale", "multiply once what is the same at all points in derivatives", join_factors},
  {"turn", "turn matrices that a long loop multiplies with vectors", turn_matrices},
  {"checkpoint", "put snapshots in place of tapes where a loop asks for it", checkpoint},
  {"simplify", "fold, share, hoist and drop what the derivatives repeat", simplify},
  {"rows", "carry what adjoints add to row by row as one array per row", split_rows},
  {"defer", "add up outer products of a loop's steps as products of matrices", defer_products},
  {"isolate", "let products of matrices stand alone", isolate_products},
  {"fuse", "put producers into their consumers' loops", fuse},
  {"stencil", "turn sweeps that scatter at constant offsets into sweeps that gather",
   gather_stencils},
  {"mirror", "carry arrays instead of their negatives", carry_positive},
  {"trail", "keep the state of a loop on the tape that stores it", keep_states_on_tapes},
  {"reciprocal", "invert what divides all points of an index space alike", invert_divisors},
  {"lanes", "run members of an ensemble as lanes of vectors", run_members_in_lanes},
  {"simplify", "clean up after fusion", simplify},
  {"stages", "take small maps with long chains of transcendental functions apart", take_links_apart},
  {"transpose", "turn matrices that a loop walks across their rows", transpose_matrices},
};

enum { N_PASSES = sizeof pipeline / sizeof pipeline[0] };

static const char start[] = "elaborate", end[] = "emit";

/* Which of the passes of this name is number i, counted from 1? */
static int occurrence(int i) {
  int count = 0;
  for (int j = 0; j <= i; j++) count += strcmp(pipeline[j].name, pipeline[i].name) == 0;
  return count;
}

/* "simplify" is simplify#1. */
static bool is_named(int i, const char *name) {
  const size_t length = strlen(pipeline[i].name);
  if (strncmp(name, pipeline[i].name, length) != 0) return false;
  if (!name[length]) return occurrence(i) == 1;
  char suffix[16];
  snprintf(suffix, sizeof suffix, "#%d", occurrence(i));
  return strcmp(name + length, suffix) == 0;
}

bool pipeline_has(const char *name) {
  for (int i = 0; i < N_PASSES; i++)
    if (is_named(i, name)) return true;
  return strcmp(name, start) == 0 || strcmp(name, end) == 0;
}

void pipeline_help(FILE *stream) {
  fprintf(stream, "  %-12s %s\n", start, "turn the checked program into IR");
  for (int i = 0; i < N_PASSES; i++) {
    char name[32];
    const int which = occurrence(i);
    snprintf(name, sizeof name, which > 1 ? "%s#%d" : "%s", pipeline[i].name, which);
    fprintf(stream, "  %-12s %s\n", name, pipeline[i].description);
  }
  fprintf(stream, "  %-12s %s\n", end, "write C and its header");
}

static bool wants_print(const Settings *settings, int i) {
  for (size_t k = 0; k < settings->print_after.len; k++) {
    const char *name = settings->print_after.at[k];
    if (i < 0 ? strcmp(name, start) == 0 : is_named(i, name)) return true;
  }
  return false;
}

static void print_ir(const Module *m, const char *after) {
  Text text = {.arena = m->arena};
  text_format(&text, "# after %s\n", after);
  ir_print(&text, m);
  fwrite(text.text, 1, text.len, stdout);
}

static bool verifies_each(const Settings *settings) {
#ifdef NDEBUG
  return settings->verify && !settings->no_verify;
#else
  return !settings->no_verify;
#endif
}

/* NULL, or what is wrong. What writes C relies on the IR's rules: behind the last pass they are checked
 * always. */
static const char *fault_after(Module *m, const Settings *settings, int i) {
  const bool each = verifies_each(settings);
  if (!each && (settings->no_verify || i < N_PASSES - 1)) return NULL;
  const char *fault = ir_verify(m);
  if (!fault) return NULL;
  const char *name = i < 0 ? start : pipeline[i].name;
  return each ? arena_format(m->arena, "the pass %s broke the IR: %s", name, fault)
              : arena_format(m->arena, "a pass broke the IR (--verify tells which): %s", fault);
}

/* After pass i, or after elaborate where i is -1. False: go no further. */
static bool inspect(Module *m, Diag *diag, const Settings *settings, int i) {
  if (wants_print(settings, i)) print_ir(m, i < 0 ? start : pipeline[i].name);
  if (diag_errors(diag)) return false;
  const char *fault = fault_after(m, settings, i);
  if (fault) diag_report(diag, DIAG_INTERNAL, (Span){0}, fault);
  return fault == NULL;
}

static int first_pass(const Settings *settings) {
  const char *name = settings->from_pass;
  if (!name || strcmp(name, start) == 0) return 0;
  int i = 0;
  while (i < N_PASSES && !is_named(i, name)) i++;
  return i;
}

void pipeline_run(Module *m, Diag *diag, const Settings *settings) {
  m->real_bytes = strcmp(settings->precision, "float") == 0 ? 4 : 8;
  if (!inspect(m, diag, settings, -1)) return;
  const char *last = settings->stop_after;
  if (last && strcmp(last, start) == 0) return;
  for (int i = first_pass(settings); i < N_PASSES; i++) {
    module_pack(m, pipeline[i].run(m, diag));
    if (!inspect(m, diag, settings, i) || (last && is_named(i, last))) return;
  }
}
