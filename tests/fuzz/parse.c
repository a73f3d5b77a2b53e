/* Parses files and, with --mutate N, N damaged variants of each: any bytes must give a tree or
 * errors, and a tree without errors must print as text that parses back and prints the same.
 *
 *   parse [--mutate N] [--seed S] [--quiet] FILE...
 *
 * Meant to be built with -fsanitize=address,undefined and -DDP_ARENA_MALLOC. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */

#include "source/diag.h"
#include "syntax/ast_print.h"
#include "syntax/parse.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST = 1 << 16 };

typedef struct {
  char *text;
  size_t length;
  int errors;
} Printed;

/* xorshift64* (Vigna 2016). */
static uint64_t random_next(uint64_t *state) {
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return *state * 2685821657736338717u;
}

static size_t random_below(uint64_t *state, size_t limit) {
  return limit ? (size_t)(random_next(state) % limit) : 0;
}

/* The tree of a text as .dp; the messages go to `messages`. */
static Printed parse_and_print(const char *text, size_t length, FILE *messages) {
  Printed printed = {0};
  Arena *arena = arena_new();
  Sources *sources = sources_new(arena);
  Diag *diag = diag_new(arena, sources);
  const uint32_t file = sources_add_text(sources, "fuzz.dp", text, length);
  const File *tree = parse_file(arena, names_new(arena), sources, diag, file);
  printed.errors = diag_errors(diag);
  diag_print(diag, messages);
  if (printed.errors == 0) {
    FILE *stream = open_memstream(&printed.text, &printed.length);
    ast_print(stream, tree);
    fclose(stream);
  }
  arena_free(arena);
  return printed;
}

/* True if the text has errors, or is a fixed point of print and parse. */
static bool check(const char *text, size_t length, FILE *messages, int *errors) {
  Printed first = parse_and_print(text, length, messages);
  *errors = first.errors;
  if (first.errors) return true;
  Printed second = parse_and_print(first.text, first.length, stderr);
  const bool same = second.errors == 0 && second.length == first.length &&
                    memcmp(first.text, second.text, first.length) == 0;
  if (!same)
    fprintf(stderr, "not a fixed point:\n%.*s\n---- became\n%.*s\n", (int)first.length, first.text,
            (int)second.length, second.text ? second.text : "");
  free(first.text);
  free(second.text);
  return same;
}

static const char *const pieces[] = {
    "(", ")", "[", "]", "{", "}", "\n", ";", ",", ":", "=", "==", "<", "-", "not ", "^", "..", "...",
    " for i in 0..3 ", " if ", " else ", "fn f(x) ", "fn(x) = ", "model M {\n", "record R {\n",
    "use a.b\n", "export ", " with adjoint", " adjoint (y) {", "return ", "while x max 3 {", "\"",
    "\\", "#", "1e999", "9999999999999999999", "0x", "é", "\xff", "−", " max ", "checkpoint(all)",
    "extern fn g(x) -> real", "const n = ", "~", "->", "@", "//", "by 2", "1.", ".5", "\t", "\r\n",
};

/* One of: overwrite a byte, cut a piece, repeat a piece, insert a piece of the language. */
static size_t damage(char *text, size_t length, uint64_t *state) {
  const size_t at = random_below(state, length + 1), rest = length - at;
  size_t count = random_below(state, 40);
  if (count > rest) count = rest;
  switch (random_below(state, 4)) {
  case 0:
    if (rest) text[at] = (char)random_next(state);
    return length;
  case 1:
    memmove(text + at, text + at + count, rest - count);
    return length - count;
  case 2:
    if (length + count > LONGEST) return length;
    memmove(text + at + count, text + at, rest);
    return length + count;
  default: {
    const char *piece = pieces[random_below(state, sizeof pieces / sizeof *pieces)];
    count = strlen(piece);
    if (length + count > LONGEST) return length;
    memmove(text + at + count, text + at, rest);
    memcpy(text + at, piece, count);
    return length + count;
  }
  }
}

static size_t read_file(const char *path, char *text) {
  FILE *stream = fopen(path, "rb");
  const size_t length = stream ? fread(text, 1, LONGEST, stream) : 0;
  if (stream) fclose(stream);
  else fprintf(stderr, "cannot read %s\n", path);
  return length;
}

static int check_variants(const char *original, size_t length, long count, uint64_t *state) {
  static char text[LONGEST + 64];
  FILE *nowhere = fopen("/dev/null", "w");
  int failures = 0, errors;
  for (long i = 0; i < count; i++) {
    size_t changed = length;
    memcpy(text, original, length);
    for (size_t n = 1 + random_below(state, 3); n > 0; n--) changed = damage(text, changed, state);
    if (check(text, changed, nowhere, &errors)) continue;
    fprintf(stderr, "from:\n%.*s\n", (int)changed, text);
    failures++;
  }
  fclose(nowhere);
  return failures;
}

int main(int argc, char **argv) {
  static char text[LONGEST];
  uint64_t state = 88172645463325252u;
  long mutants = 0;
  int failures = 0, errors;
  bool quiet = false;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--mutate") == 0 && i + 1 < argc) mutants = atol(argv[++i]);
    else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) state ^= strtoull(argv[++i], NULL, 10);
    else if (strcmp(argv[i], "--quiet") == 0) quiet = true;
    else {
      const size_t length = read_file(argv[i], text);
      failures += !check(text, length, stderr, &errors);
      failures += check_variants(text, length, mutants, &state);
      if (!quiet) printf("%s: %d errors, %ld variants\n", argv[i], errors, mutants);
    }
  }
  return failures != 0;
}
