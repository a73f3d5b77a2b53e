#include "other.h"
#include "standalone.h"

#include <assert.h>
#include <string.h>

int main(void) {
  double theta[STANDALONE_THETA_SIZE], y, z;
  standalone_Theta_init(theta, 3);
  assert(standalone_f(theta, 0.5, &y, NULL, 0) == DP_OK);
  assert(other_f(theta, 0.5, &z, NULL, 0) == DP_OK && y == z);
  assert(standalone_f(theta, 200, &y, NULL, 0) == DP_ASSERT);
  assert(strlen(dp_status_text(DP_ASSERT)) > 5);
  return 0;
}
