#include "driver/settings.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef enum { OPTION_FLAG, OPTION_TEXT, OPTION_LIST, OPTION_CHOICE } OptionKind;

typedef struct {
  const char *name, *argument, *help;
  OptionKind kind;
  size_t offset;  /* of the field of Settings */
  bool for_check; /* only for dpc check */
} OptionRow;

#define FIELD(name) offsetof(Settings, name)

/* The argument of a choice lists what it may be. */
static const OptionRow rows[] = {
  {"-o", "FILE", "write FILE, and the header beside it; - is the terminal", OPTION_TEXT,
   FIELD(output), false},
  {"--prefix", "NAME", "what all C names begin with (default: the file's name)", OPTION_TEXT,
   FIELD(prefix), false},
  {"-D", "NAME=VALUE", "fix a const or a size at compile time", OPTION_LIST, FIELD(defines), false},
  {"-I", "DIR", "look for used modules in DIR too", OPTION_LIST, FIELD(include), false},
  {"--precision", "double|float", "what real is in C", OPTION_CHOICE, FIELD(precision), false},
  {"--math", "dp|libm", "whose exp, sin, pow, ..: dp_math.h's, inline and for vectors, or libm's",
   OPTION_CHOICE, FIELD(math), false},
  {"--parallel", NULL, "loops with enough work run on several threads, with -fopenmp", OPTION_FLAG,
   FIELD(parallel), false},
  {"--standalone", NULL, "put the runtime into the C file, which then needs nothing else",
   OPTION_FLAG, FIELD(standalone), false},
  {"--check-finite", NULL, "return DP_NONFINITE where a result is NaN or infinite", OPTION_FLAG,
   FIELD(check_finite), false},
  {"--check-bounds", NULL, "return DP_DOMAIN where an index leaves its array", OPTION_FLAG,
   FIELD(check_bounds), false},
  {"--depfile", "FILE", "write the files read, as a rule for make", OPTION_TEXT, FIELD(depfile),
   false},
  {"--emit", "c|header|ir|ast", "what to write", OPTION_CHOICE, FIELD(emit), false},
  {"--explain-memory", NULL, "print what each function keeps in memory, and why, instead of C",
   OPTION_FLAG, FIELD(explain_memory), false},
  {"--print-after", "PASS", "print the IR after a pass", OPTION_LIST, FIELD(print_after), false},
  {"--stop-after", "PASS", "end with the IR after a pass", OPTION_TEXT, FIELD(stop_after), false},
  {"--start-from", "FILE", "begin with IR that was printed before", OPTION_TEXT, FIELD(start_from),
   false},
  {"--from-pass", "PASS", "leave out the passes before this one", OPTION_TEXT, FIELD(from_pass),
   false},
  {"--verify", NULL, "check the IR after every pass (debug builds always do)", OPTION_FLAG,
   FIELD(verify), false},
  {"--no-verify", NULL, "never check the IR", OPTION_FLAG, FIELD(no_verify), false},
  {"--help-passes", NULL, "list the passes", OPTION_FLAG, FIELD(help_passes), false},
  {"--version", NULL, "print the version", OPTION_FLAG, FIELD(version), false},
  {"--help", NULL, "print this", OPTION_FLAG, FIELD(help), false},
  {"--set", "NAME=VALUE", "give a parameter this value (every element of an array)", OPTION_LIST,
   FIELD(set), true},
  {"--range", "LO,HI", "draw reals from this interval", OPTION_TEXT, FIELD(range), true},
  {"--seed", "N", "begin of the random numbers (default 1)", OPTION_TEXT, FIELD(seed), true},
  {"--points", "N", "how many points to try (default 3)", OPTION_TEXT, FIELD(points), true},
  {"--cc", "COMMAND", "the C compiler (default: $CC, or cc)", OPTION_TEXT, FIELD(cc), true},
  {"--keep", "DIR", "leave the generated program in DIR", OPTION_TEXT, FIELD(keep), true},
};

enum { N_ROWS = sizeof rows / sizeof rows[0] };

static void print_row(FILE *stream, const OptionRow *row) {
  char left[64];
  snprintf(left, sizeof left, "%s%s%s", row->name, row->argument ? " " : "",
           row->argument ? row->argument : "");
  fprintf(stream, "  %-28s %s\n", left, row->help);
}

void settings_help(FILE *stream) {
  fputs("usage: dpc FILE.dp [-o FILE.c] [options]     compile to C\n"
        "       dpc check FILE.dp [options]           test the derivatives of every export\n\n",
        stream);
  for (int i = 0; i < N_ROWS; i++)
    if (!rows[i].for_check) print_row(stream, &rows[i]);
  fputs("\nfor dpc check:\n", stream);
  for (int i = 0; i < N_ROWS; i++)
    if (rows[i].for_check) print_row(stream, &rows[i]);
  fputs("\nStatus: 0 done, 1 the program is wrong, 2 the command is wrong, 3 out of what dpc can do, "
        "4 a fault of dpc.\n", stream);
}

static bool complain(const char *format, const char *a, const char *b) {
  fputs("dpc: ", stderr);
  fprintf(stderr, format, a, b);
  fputs("\ndpc --help lists the options\n", stderr);
  return false;
}

/* Does the text match one of "a|b|c"? */
static bool is_choice(const char *choices, const char *text) {
  const size_t length = strlen(text);
  for (const char *at = choices; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
    if (strncmp(at, text, length) == 0 && (at[length] == '|' || !at[length])) return true;
  return false;
}

static bool store(Settings *settings, Arena *arena, const OptionRow *row, const char *value) {
  char *field = (char *)settings + row->offset;
  switch (row->kind) {
  case OPTION_FLAG:
    *(bool *)(void *)field = true;
    return true;
  case OPTION_CHOICE:
    if (!is_choice(row->argument, value))
      return complain("'%s' is none of %s", value, row->argument);
    *(const char **)(void *)field = value;
    return true;
  case OPTION_TEXT:
    *(const char **)(void *)field = value;
    return true;
  case OPTION_LIST: {
    TextList *list = (TextList *)(void *)field;
    vec_push(arena, list, value);
    return true;
  }
  }
  return false;
}

/* The row of an argument, and the value that is attached to it: --name=value, -Ddir. */
static const OptionRow *find_row(const char *argument, const char **value) {
  *value = NULL;
  for (int i = 0; i < N_ROWS; i++) {
    const size_t length = strlen(rows[i].name);
    if (strncmp(rows[i].name, argument, length) != 0) continue;
    const char *rest = argument + length;
    if (!*rest) return &rows[i];
    const bool is_short = length == 2;
    if (!is_short && *rest != '=') continue;
    *value = is_short ? rest : rest + 1;
    return &rows[i];
  }
  return NULL;
}

static bool read_option(Settings *settings, Arena *arena, int argc, char **argv, int *at) {
  const char *value;
  const OptionRow *row = find_row(argv[*at], &value);
  if (!row) return complain("unknown option '%s'%s", argv[*at], "");
  if (row->for_check && settings->command != COMMAND_CHECK)
    return complain("%s belongs to 'dpc check'%s", row->name, "");
  if (row->kind == OPTION_FLAG) {
    if (value) return complain("%s takes no value%s", row->name, "");
  } else if (!value) {
    if (*at + 1 >= argc) return complain("%s needs a value: %s", row->name, row->argument);
    value = argv[++*at];
  }
  return store(settings, arena, row, value);
}

static bool read_all(Settings *settings, Arena *arena, int argc, char **argv) {
  for (int i = settings->command == COMMAND_CHECK ? 2 : 1; i < argc; i++) {
    if (argv[i][0] == '-' && argv[i][1]) {
      if (!read_option(settings, arena, argc, argv, &i)) return false;
    } else if (settings->input) {
      return complain("one file at a time: '%s' and '%s'", settings->input, argv[i]);
    } else {
      settings->input = argv[i];
    }
  }
  return true;
}

static bool is_identifier(const char *text) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
  if (!*text || !strchr(letters, *text)) return false;
  while (*text && (strchr(letters, *text) || (*text >= '0' && *text <= '9'))) text++;
  return !*text;
}

/* Two numbers, or one, with nothing behind them. */
static bool is_numbers(const char *text, int count) {
  char *end;
  strtod(text, &end);
  if (end == text) return false;
  if (count == 2) return *end == ',' && is_numbers(end + 1, 1);
  return *end == '\0';
}

static bool is_count(const char *text) {
  return *text && text[strspn(text, "0123456789")] == '\0' && strlen(text) < 10;
}

/* What `dpc check` writes into a C program must be a number. */
static bool check_is_consistent(const Settings *settings) {
  for (size_t i = 0; i < settings->set.len; i++) {
    const char *equals = strchr(settings->set.at[i], '=');
    const char *value = equals ? equals + 1 : "";
    if (!is_numbers(value, 1) && strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
      return complain("--set %s: write --set NAME=NUMBER%s", settings->set.at[i], "");
  }
  if (settings->range && !is_numbers(settings->range, 2))
    return complain("--range %s: write --range LO,HI%s", settings->range, "");
  if (settings->seed && !is_count(settings->seed))
    return complain("--seed %s: not a whole number%s", settings->seed, "");
  if (settings->points && (!is_count(settings->points) || strspn(settings->points, "0") > 0))
    return complain("--points %s: not a number of points%s", settings->points, "");
  return true;
}

/* What one option alone cannot tell. False with a message. */
static bool is_consistent(const Settings *settings) {
  if (settings->input && settings->start_from)
    return complain("--start-from %s takes the place of '%s'", settings->start_from, settings->input);
  for (size_t i = 0; i < settings->defines.len; i++)
    if (!strchr(settings->defines.at[i], '='))
      return complain("-D %s: write -D NAME=VALUE%s", settings->defines.at[i], "");
  if (settings->prefix && !is_identifier(settings->prefix))
    return complain("'%s' is no C identifier%s", settings->prefix, "");
  if (!settings->input && !settings->start_from) return complain("no file given%s%s", "", "");
  return check_is_consistent(settings);
}

bool settings_read(Settings *settings, Arena *arena, int argc, char **argv) {
  *settings = (Settings){.emit = "c", .precision = "double", .math = "dp"};
  if (argc > 1 && strcmp(argv[1], "check") == 0) settings->command = COMMAND_CHECK;
  if (!read_all(settings, arena, argc, argv)) return false;
  if (settings->help || settings->help_passes || settings->version) return true;
  return is_consistent(settings);
}
