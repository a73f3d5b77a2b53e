#include "taped_rows.h"

#include <stdio.h>
#include <string.h>

enum { CELLS = 5, RESULTS = 2 * CELLS + 1, MOST_STEPS = 24, MOST_SNAPSHOTS = 9 };

typedef int Gradient(int64_t n, const double *u0, double *u0_bar, const double *k, double *k_bar, int64_t T,
                     int64_t S, double *value, void *work, size_t work_bytes);

static char work[1 << 16];
static int failures;

static void compare(const char *name, Gradient *all, Gradient *other, int64_t T, int64_t S) {
  const double u[CELLS] = {0.1, 0.5, -0.3, 0.2, 0.9}, k[CELLS] = {0.2, 0.1, 0.4, 0.3, 0.5};
  double expected[RESULTS] = {0}, found[RESULTS] = {0};
  int status = all(CELLS, u, expected, k, expected + CELLS, T, S, expected + 2 * CELLS, work, sizeof work);
  memset(work, 0xff, sizeof work); /* what was never written is NaN */
  status |= other(CELLS, u, found, k, found + CELLS, T, S, found + 2 * CELLS, work, sizeof work);
  if (!status && !memcmp(found, expected, sizeof found)) return;
  printf("%s, T = %d, S = %d: status %d\n", name, (int)T, (int)S, status);
  failures++;
}

/* Snapshots of two arrays, a row more for the one that is kept, both states, and their adjoints, which take
 * turns with the states of the first run. */
static void check_memory(void) {
  const size_t array = 1000 * sizeof(double), most = (2 * 5 + 1 + 4) * array + 8192;
  if (taped_rows_wave_binomial_g_work(1000, 500, 5) > most) failures++, printf("too large\n");
}

int main(void) {
  for (int64_t T = 0; T <= MOST_STEPS; T++)
    for (int64_t S = 0; S <= MOST_SNAPSHOTS; S++) {
      compare("wave", taped_rows_wave_all_g, taped_rows_wave_binomial_g, T, S);
      compare("push", taped_rows_push_all_g, taped_rows_push_mixed_g, T, S);
      compare("pair", taped_rows_pair_all_g, taped_rows_pair_binomial_g, T, S);
    }
  check_memory();
  printf(failures ? "%d differences\n" : "the same bits\n", failures);
  return failures != 0;
}
