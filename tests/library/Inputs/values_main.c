/* values_main - the asserts of a file of tests hold. */
#include "library.h"

#include <stdio.h>

int main(void) {
  static const double u[] = {0.5, -1, 2};
  static double work[4096];
  double y = 0;
  const int status = library_check(u, 0, &y, work, sizeof work);
  if (status) fprintf(stderr, "library_check: %s\n", dp_status_text(status));
  return status != DP_OK;
}
