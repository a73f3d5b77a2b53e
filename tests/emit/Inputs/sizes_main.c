#include "sizes.h"

#include <assert.h>
#include <stdlib.h>

int main(void) {
  double u[100], v[100], s;
  for (int i = 0; i < 100; i++) u[i] = i;
  const size_t bytes = sizes_smooth_work(10, 10);
  assert(bytes > 200 * sizeof(double) && bytes < 200 * sizeof(double) + 1024);
  char *work = malloc(bytes + 1);
  assert(sizes_smooth(10, 10, u, 3, v, work, bytes) == DP_OK);
  assert(sizes_smooth(10, 10, u, 3, v, work + 1, bytes) == DP_OK); /* aligned inside */
  assert(sizes_smooth(10, 10, u, 3, v, work, bytes - 1) == DP_WORK_SHORT);
  assert(sizes_smooth(10, 10, u, 3, v, NULL, bytes) == DP_BAD_SIZE);
  assert(sizes_smooth(-1, 10, u, 3, v, work, bytes) == DP_BAD_SIZE);
  assert(sizes_smooth(10, 10, u, -3, v, work, bytes) == DP_OK && v[7] == u[7]);
  assert(sizes_smooth(0, 10, u, 3, v, work, bytes) == DP_OK);
  assert(sizes_smooth_work(-1, 10) == SIZE_MAX);
  assert(sizes_smooth_work(INT64_MAX, 1) == SIZE_MAX);
  assert(sizes_smooth_work((int64_t)1 << 40, (int64_t)1 << 40) == SIZE_MAX);
  assert(sizes_smooth((int64_t)1 << 40, (int64_t)1 << 40, u, 3, v, work, bytes) == DP_BAD_SIZE);

  assert(sizes_fixed_work() == SIZES_FIXED_WORK_BYTES);
  static char room[SIZES_FIXED_WORK_BYTES + 1];
  assert(sizes_fixed(u, v, room, SIZES_FIXED_WORK_BYTES) == DP_OK);

  static double long_u[5000], long_v[5000];
  long_u[1] = 1;
  char *exact = malloc(SIZES_ROOMY_WORK_BYTES);
  assert(SIZES_ROOMY_WORK_BYTES > 2 * sizeof long_u && sizes_roomy_work() == SIZES_ROOMY_WORK_BYTES);
  assert(sizes_roomy(long_u, 3, long_v, exact, SIZES_ROOMY_WORK_BYTES) == DP_OK);
  assert(sizes_roomy(long_u, 3, long_v, exact, SIZES_ROOMY_WORK_BYTES - 1) == DP_WORK_SHORT);
  double total = 0;
  for (int i = 0; i < 5000; i++) total += long_v[i];
  assert(total == 1);
  free(exact);

  for (int n = 0; n < 20; n++)
    for (int k = 2; k < 5; k++) {
      const size_t need = sizes_inner_work(n, k);
      exact = malloc(need + 1);
      assert(need < 10000 && sizes_inner(n, u, k, &s, exact, need) == DP_OK);
      free(exact);
    }
  free(work);
  return 0;
}
