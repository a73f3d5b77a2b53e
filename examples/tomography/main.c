/* tomography - images from X-ray measurements: one subcommand for each way to get them. */
#include "study.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  int (*run)(const Problem *p, const Options *o);
} commands[] = {{"fbp", run_fbp}, {"tv", run_tv}, {"lambda", run_lambda}, {"transmission", run_transmission}};

static const char usage[] =
    "usage: tomography COMMAND [options]\n"
    "  fbp          filtered back-projection\n"
    "  tv           gradient descent with total variation, and its converged minimum\n"
    "  lambda       the weight of total variation, learned; then weight and step of each iteration\n"
    "  transmission fan beam and counted photons: filtered back-projection and total variation\n"
    "options:\n"
    "  --side N     pixels along a side of the image (128)\n"
    "  --seed K     of the noise (1)\n"
    "  --steps N    tv: the most steps (1000); lambda: iterations that are learned (50)\n"
    "  --photons N  transmission: sent along each ray (1000)\n"
    "  --out DIR    folder for the pictures (.)\n";

static const struct {
  const char *name;
  long least, most;
  size_t field;
} numbers[] = {
    {"--side", 8, MOST_SIDE, offsetof(Options, side)},
    {"--seed", 0, 1000000000, offsetof(Options, seed)},
    {"--photons", 10, 1000000000, offsetof(Options, photons)},
    {"--steps", 1, 1000000, offsetof(Options, steps)},
};

static bool set_option(Options *o, const char *name, const char *text) {
  if (!strcmp(name, "--out")) return o->out = text, true;
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    if (strcmp(name, numbers[i].name)) continue;
    char *end;
    errno = 0;
    const long n = strtol(text, &end, 10);
    if (end == text || *end || errno || n < numbers[i].least || n > numbers[i].most) return false;
    *(int *)((char *)o + numbers[i].field) = (int)n;
    return true;
  }
  return false;
}

static bool read_options(int argc, char **argv, Options *o) {
  for (int i = 2; i < argc; i += 2) {
    const char *value = i + 1 < argc ? argv[i + 1] : NULL;
    if (value && set_option(o, argv[i], value)) continue;
    fprintf(stderr, "tomography: cannot use '%s%s%s'\n%s", argv[i], value ? " " : "",
            value ? value : "", usage);
    return false;
  }
  return true;
}

int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "--help")) return fputs(usage, stdout), 0;
  Options o = {.side = 128, .seed = 1, .photons = 1000, .out = "."};
  for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++) {
    if (strcmp(argv[1], commands[i].name)) continue;
    if (!read_options(argc, argv, &o)) return 2;
    Problem p;
    if (!problem_new(&p, SHEPP_LOGAN, o.side, o.seed))
      return fprintf(stderr, "tomography: cannot make the problem (out of memory?)\n"), 1;
    const int failed = commands[i].run(&p, &o);
    problem_free(&p);
    return failed;
  }
  fputs(usage, stderr);
  return 2;
}
