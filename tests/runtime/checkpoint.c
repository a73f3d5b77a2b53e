/* checkpoint - where snapshots go: the fewest steps that can be, found by trying all; large numbers; roots.
 *
 * RUN: %cc -std=c11 -O2 %strict %s -I%runtime -lm -o %t && %t
 */
#include "dp_checkpoint.h"
#include "check.h"

#include <stdlib.h>

enum { STEPS = 120, ROOM = 9 };

/* least[s][n]: steps run forward to reverse n from a kept state with room for s more. */
static int64_t least[ROOM + 1][STEPS + 1];

static void try_all(void) {
  for (int64_t s = 0; s <= ROOM; s++)
    for (int64_t n = 2; n <= STEPS; n++) {
      least[s][n] = n * (n - 1) / 2;
      for (int64_t m = 1; m < n && s > 0; m++) {
        const int64_t steps = m + least[s - 1][n - m] + least[s][m];
        if (steps < least[s][n]) least[s][n] = steps;
      }
    }
}

static void check_optimal(void) {
  for (int64_t s = 1; s <= ROOM; s++)
    for (int64_t n = 3; n <= STEPS; n++) {
      const int64_t m = dp_binomial(n, s);
      CHECK(m >= 1 && m < n);
      CHECK(m + least[s - 1][n - m] + least[s][m] == least[s][n]);
    }
}

static void check_ends(void) {
  CHECK(dp_binomial(0, 5) == 0 && dp_binomial(1, 5) == 1 && dp_binomial(2, 5) == 2);
  CHECK(dp_binomial(100, 0) == 100 && dp_binomial(100, -3) == 100);
  CHECK(dp_binomial(1000, 1000) == 1);
  const int64_t most = dp_binomial(INT64_MAX, 64);
  CHECK(most > 0 && most < INT64_MAX);
  CHECK(dp_binomial(INT64_MAX, 1) > 0);
  CHECK(dp_binomial(1000000, 64) > 0 && dp_binomial(1000000, 64) < 1000000);
  CHECK(dp_binomial_reach(3, 2) == 10 && dp_binomial_reach(40, 0) == 1);
  CHECK(dp_binomial_reach(500, 500) == INT64_C(4611686018427387904));
}

static void check_roots(void) {
  CHECK(dp_root(-5, 2) == 1 && dp_root(0, 2) == 1 && dp_root(1, 2) == 1);
  for (int64_t x = 1; x < 2000; x++) {
    const int64_t r = dp_root(x, 2);
    CHECK(r * r >= x && (r - 1) * (r - 1) < x);
  }
  CHECK(dp_root(1000, 3) == 10 && dp_root(1001, 3) == 11);
  CHECK(dp_root(INT64_C(1) << 62, 2) == INT64_C(1) << 31);
}

int main(void) {
  try_all();
  check_optimal();
  check_ends();
  check_roots();
  return check_failures != 0;
}
