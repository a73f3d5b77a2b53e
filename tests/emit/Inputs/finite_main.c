#include "finite.h"

#include <assert.h>
#include <math.h>

int main(void) {
  double x, us[2];
  assert(finite_grow(2, 3, &x, us, NULL, 0) == DP_OK && x == 256);
  assert(finite_grow(2, 30, &x, us, NULL, 0) == DP_NONFINITE);
  assert(finite_grow(0, 1, &x, us, NULL, 0) == DP_NONFINITE);
  assert(finite_grow(NAN, 0, &x, us, NULL, 0) == DP_NONFINITE);
  return 0;
}
