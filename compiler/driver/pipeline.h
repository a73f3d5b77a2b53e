/* pipeline - the passes from IR to IR, in order. */
#ifndef DPC_DRIVER_PIPELINE_H
#define DPC_DRIVER_PIPELINE_H

#include "driver/settings.h"
#include "ir/ir.h"
#include "source/diag.h"

#include <stdio.h>

/* Is there a pass of that name? The second "simplify" is called "simplify#2". "elaborate" is the
 * place before the first pass, "emit" that after the last one. */
bool pipeline_has(const char *name);

/* Runs the passes that the settings ask for. Stops at the first pass that reports an error, or that
 * leaves the IR broken, which is reported as a bug. */
void pipeline_run(Module *m, Diag *diag, const Settings *settings);

void pipeline_help(FILE *stream);

#endif
