/* spellings - what generated C calls for each primitive gives what the compiler folds, in double
 * and in float. This program writes one that does the comparison.
 *
 * RUN: %cc -std=c11 %s %dpc_includes %libdpc -lm -o %t
 * RUN: %t > %t.compare.c
 * RUN: %cc -std=c99 %strict -O2 %t.compare.c -I%runtime -lm -o %t.compare
 * RUN: %t.compare
 */
#include "ir/op.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const double points[] = {-2.7, -1.3, -0.6, 0.0, 0.3, 0.8, 1.4, 2.4, 30.5};
enum { N_POINTS = sizeof points / sizeof points[0] };

static bool is_infix(const OpInfo *info) { return !isalpha((unsigned char)info->spelling[0]); }

static void call(const OpInfo *info, const char *suffix, double a, double b) {
  const bool single = *suffix == 'f';
  char x[40], y[40];
  snprintf(x, sizeof x, single ? "(%.9ef)" : "(%.17e)", a);
  snprintf(y, sizeof y, single ? "(%.9ef)" : "(%.17e)", b);
  if (is_infix(info) && info->arity == 2) printf("%s %s %s", x, info->spelling, y);
  else if (is_infix(info)) printf("%s%s", info->spelling, x);
  else if (info->arity == 2) printf("%s%s(%s, %s)", info->spelling, suffix, x, y);
  else printf("%s%s(%s)", info->spelling, suffix, x);
}

static void compare(const OpInfo *info, Op op, double a, double b) {
  const double wanted =
      op_evaluate(op, (Constant){.real = a}, (Constant){.real = b}).real;
  if (!isfinite(wanted) || fabs(wanted) > 1e37) return;
  /* At a jump two roundings of the same point lie on different sides. */
  if (op == OP_fmod && fabs(remainder(a, b)) < 1e-6) return;
  printf("  compare(\"%s\", %.17e, %.17e, ", info->name, a, b);
  call(info, "", a, b);
  printf(", (double)(");
  call(info, "f", a, b);
  printf("), %.17e);\n", wanted);
}

static const char prologue[] =
    "#include \"dp_math.h\"\n"
    "#include <math.h>\n"
    "#include <stdio.h>\n\n"
    "static int failures;\n\n"
    "static void compare(const char *name, double a, double b, double found, double single,\n"
    "                    double wanted) {\n"
    "  const double size = 1e-6 + fabs(wanted);\n"
    "  if (fabs(found - wanted) <= 2e-14 * size && fabs(single - wanted) <= 2e-4 * size) return;\n"
    "  printf(\"%s(%g, %g): %.17g and %.9g, not %.17g\\n\", name, a, b, found, single, wanted);\n"
    "  failures++;\n"
    "}\n\n"
    "int main(void) {\n";

int main(void) {
  fputs(prologue, stdout);
  for (int op = 0; op < OP_FIRST_STRUCTURAL; op++) {
    const OpInfo *info = op_info((Op)op);
    if (info->op_class > CLASS_STEP || info->op_class == CLASS_INTOP) continue;
    for (int i = 0; i < N_POINTS; i++)
      for (int k = 0; k < (info->arity == 2 ? N_POINTS : 1); k++)
        compare(info, (Op)op, points[i], points[k]);
  }
  puts("  return failures ? 1 : 0;\n}");
  return 0;
}
