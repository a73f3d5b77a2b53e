/* settings - the command line: one table that reads it and prints --help. */
#ifndef DPC_DRIVER_SETTINGS_H
#define DPC_DRIVER_SETTINGS_H

#include "base/arena.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdio.h>

typedef Vec(const char *) TextList;

typedef enum { COMMAND_COMPILE, COMMAND_CHECK } Command;

/* What the command line says; texts are NULL where it says nothing. */
typedef struct {
  Command command;
  const char *input;
  const char *output, *prefix, *depfile;
  const char *emit, *precision, *math;
  const char *start_from, *from_pass, *stop_after;
  const char *range, *seed, *points, *cc, *keep;
  TextList print_after, defines, include, set;
  bool verify, no_verify, standalone, parallel, check_finite, check_bounds;
  bool explain_memory;
  bool help, help_passes, version;
} Settings;

/* False, with a message on stderr, where the command line cannot be understood. */
bool settings_read(Settings *settings, Arena *arena, int argc, char **argv);

void settings_help(FILE *stream);

#endif
