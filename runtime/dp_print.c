/* dp_print - the default sink of `print`; alone here so that a program may define its own. */
#include "dp_runtime.h"

#include <stdarg.h>
#include <stdio.h>

void dp_print(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
}
