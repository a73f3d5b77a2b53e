/* check - dpc check: are the derivatives of every export right?
 *
 * Generates C for each exported function with its tangent and adjoint, and for its gradient with
 * tangent and adjoint (second order), together with a program that compares them with finite
 * differences and with each other; compiles that with the C compiler at hand, runs it, and prints a
 * table. */
#ifndef DPC_DRIVER_CHECK_H
#define DPC_DRIVER_CHECK_H

#include "base/arena.h"
#include "driver/settings.h"

/* The status to exit with: 0 where everything agrees. */
int check_program(Arena *arena, const Settings *settings);

#endif
