/* check_write - the C program that dpc check compiles and runs: one adapter per function and mode. */
#ifndef DPC_DRIVER_CHECK_WRITE_H
#define DPC_DRIVER_CHECK_WRITE_H

#include "driver/check_plan.h"

/* main.c for the cases; the functions are declared in "stem.h". */
void check_write(Text *out, const Module *m, const CaseList *cases, const Settings *settings,
                 const char *stem);

#endif
