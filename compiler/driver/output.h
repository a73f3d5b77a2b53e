/* output - files written whole or not at all. */
#ifndef DPC_DRIVER_OUTPUT_H
#define DPC_DRIVER_OUTPUT_H

#include "base/text.h"
#include "source/diag.h"

/* Writes through a temporary file in the same folder, which then takes the name, so that a file that
 * was there before survives a full disk. "-" is the standard output; devices are written directly. What
 * goes wrong is reported; then the result is false. */
bool output_write(Diag *diag, Arena *arena, const char *path, const Text *text);

/* Is it a plain file, or nothing yet? Then a header belongs beside it. */
bool output_is_file(const char *path);

#endif
