/* nn_values_main - the asserts of nn-values.dp hold, with parameters 0.1, 0.2, 0.3, ... */
#include "library.h"

#include <stdio.h>

static int failures;

static void expect(const char *name, int status) {
  if (status == DP_OK) return;
  fprintf(stderr, "%s: %s\n", name, dp_status_text(status));
  failures++;
}

static void count_up(int n, double *theta) {
  for (int i = 0; i < n; i++) theta[i] = 0.1 * (i + 1);
}

int main(void) {
  static const double u[] = {0.5, -1, 2};
  static double work[65536], theta[1024];
  double y;
  expect("check", library_check(u, &y, work, sizeof work));
  count_up(LIBRARY_LAYERS_SIZE, theta);
  expect("layers", library_check_layers(theta, u, &y, work, sizeof work));
  count_up(LIBRARY_CONVOLUTIONS_SIZE, theta);
  expect("convolutions", library_check_convolutions(theta, u, &y, work, sizeof work));
  count_up(LIBRARY_STRIDED_SIZE, theta);
  expect("strided", library_check_strided(theta, &y, work, sizeof work));
  count_up(LIBRARY_TRANSPOSED_SIZE, theta);
  expect("transposed", library_check_transposed(theta, &y, work, sizeof work));
  count_up(LIBRARY_NORMALISED_SIZE, theta);
  expect("normalised", library_check_normalised(theta, &y, work, sizeof work));
  library_Begun_init(theta, 1);
  expect("begun", library_check_begun(theta, u, &y, work, sizeof work));
  return failures != 0;
}
