#include "scaled.h"

#include <stdio.h>
#include <string.h>

enum { CELLS = 9, RESULTS = 2 * (CELLS + 3), STEPS = 11 };

static char work[1 << 18];

#define SCHEDULE(name)                                                                             \
  static int run_##name(const double *u, const double *w, double *r) {                             \
    double *s = r + CELLS + 3;                                                                     \
    return scaled_driven_##name##_g(CELLS, u, r + 3, w, 0.37, r, 1.3, r + 1, 0.77, STEPS, r + 2,   \
                                    work, sizeof work) |                                           \
           scaled_flow_##name##_g(CELLS, u, s + 3, w, 0.037, s, 1.3, s + 1, 0.77, STEPS, s + 2,    \
                                  work, sizeof work);                                              \
  }

SCHEDULE(all)
SCHEDULE(few)
SCHEDULE(mixed)

int main(void) {
  double u[CELLS], w[CELLS], all[RESULTS], few[RESULTS], mixed[RESULTS];
  for (int i = 0; i < CELLS; i++) u[i] = 0.3 + 0.11 * i * (i % 3), w[i] = 0.7 - 0.13 * i;
  if (run_all(u, w, all) || run_few(u, w, few) || run_mixed(u, w, mixed)) return 1;
  int failures = 0;
  for (int i = 0; i < RESULTS; i++)
    if (memcmp(&all[i], &few[i], sizeof all[i]) || memcmp(&all[i], &mixed[i], sizeof all[i]))
      failures++, printf("result %d: %.17g, %.17g, %.17g\n", i, all[i], few[i], mixed[i]);
  if (failures == 0) printf("the same bits\n");
  return failures != 0;
}
