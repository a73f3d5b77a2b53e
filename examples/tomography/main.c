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
  int side; /* unless the user says so */
} commands[] = {{"fbp", run_fbp, 128},         {"tv", run_tv, 128},
                {"lambda", run_lambda, 128},   {"lecture", run_lecture, 32},
                {"learn", run_learn, 64},      {"ablation", run_ablation, 64},
                {"demo", run_demo, 128},       {"transmission", run_transmission, 32}};

static const char usage[] =
    "usage: tomography COMMAND [options]\n"
    "  fbp          filtered back-projection\n"
    "  tv           gradient descent with total variation, and its converged minimum\n"
    "  lambda       the weight of total variation, learned; then weight and step of each iteration\n"
    "  lecture      the lecture's listings as they stand on the slides, and its training loop\n"
    "  learn        gradient descent whose steps a network chooses: its training; goes on where it was\n"
    "  ablation     the same without either gradient, or without both\n"
    "  transmission fan beam and counted photons: filtered back-projection, total variation, learned\n"
    "  demo         what trained weights do beside the others, iteration by iteration\n"
    "options:\n"
    "  --side N     pixels along a side of the image (128; learn, ablation: 64; lecture,\n"
    "               transmission: 32)\n"
    "  --seed K     of noise, weights and random phantoms (1)\n"
    "  --steps N    tv: the most steps (1000); lambda: iterations that are learned (50);\n"
    "               lecture: of the training loop (400); learn, ablation, transmission: of training (1500);\n"
    "               demo: the most iterations (1000)\n"
    "  --photons N  transmission: sent along each ray (1000)\n"
    "  --batch N    learn, ablation, transmission: images in a step (2)\n"
    "  --save-every S  learn, ablation, transmission: seconds between writing down where training is (30)\n"
    "  --runs N     ablation: as many seeds, from --seed on (3)\n"
    "  --weights F  demo: the file of weights (those that come with the example)\n"
    "  --out DIR    folder for pictures and training runs (.)\n";

static const struct {
  const char *name;
  long least, most;
  size_t field;
} numbers[] = {
    {"--side", 8, MOST_SIDE, offsetof(Options, side)},
    {"--seed", 0, 1000000000, offsetof(Options, seed)},
    {"--photons", 10, 1000000000, offsetof(Options, photons)},
    {"--batch", 1, 1000, offsetof(Options, batch)},
    {"--save-every", 0, 1000000, offsetof(Options, save_every)},
    {"--runs", 1, 100, offsetof(Options, runs)},
    {"--steps", 1, 1000000, offsetof(Options, steps)},
};

static bool set_option(Options *o, const char *name, const char *text) {
  if (!strcmp(name, "--out")) return o->out = text, true;
  if (!strcmp(name, "--weights")) return o->weights = text, true;
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
  Options o = {.seed = 1, .photons = 1000, .batch = 2, .runs = 3, .save_every = 30,
                .weights = TOMOGRAPHY_WEIGHTS, .out = "."};
  for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++) {
    if (strcmp(argv[1], commands[i].name)) continue;
    if (!read_options(argc, argv, &o)) return 2;
    if (!o.side) o.side = commands[i].side;
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
