#include "schedules.h"

#include <stdio.h>
#include <string.h>

enum { CELLS = 7, RESULTS = 40, MOST_STEPS = 24, MOST_SNAPSHOTS = 6 };

static char work[1 << 20];
static int failures;

#define SCHEDULE(name)                                                                             \
  static int run_##name(int64_t T, int64_t S, double *r) {                                         \
    const double u[CELLS] = {0.1, 0.5, -0.3, 0.2, 0.9, -1, 0.4};                                   \
    const double u_dot[CELLS] = {1, -1, 0.5, 0.3, 0.1, 0.7, -0.2};                                 \
    return schedules_prey_##name##_g(1.1, r, 0.7, r + 1, 1.3, r + 2, T, S, r + 3, work,            \
                                     sizeof work) |                                                \
           schedules_heat_##name##_g(CELLS, u, r + 4, 0.1, r + 11, T, S, r + 12, work,             \
                                     sizeof work) |                                                \
           schedules_until_##name##_g(0.5, r + 13, 1.7, r + 14, T, S, r + 15, work, sizeof work) | \
           schedules_nested_##name##_g(0.5, r + 16, 1.7, r + 17, T, S, r + 18, work,               \
                                       sizeof work) |                                              \
           schedules_tuned_##name##_g(0.5, r + 19, 1.7, r + 20, T, S, r + 21, work, sizeof work) | \
           schedules_heat_##name##_h(CELLS, u, u_dot, r + 22, 0.1, T, S, work, sizeof work);       \
  }

SCHEDULE(all)
SCHEDULE(sqrt)
SCHEDULE(few)
SCHEDULE(binomial)
SCHEDULE(mixed)
SCHEDULE(bytes)
SCHEDULE(mixed_bytes)

typedef struct {
  const char *name;
  int (*run)(int64_t T, int64_t S, double *results);
} Schedule;

static const Schedule schedules[] = {
  {"sqrt", run_sqrt},   {"sqrt, snapshots", run_few}, {"binomial", run_binomial},
  {"mixed", run_mixed}, {"binomial, bytes", run_bytes}, {"mixed, bytes", run_mixed_bytes},
};

static void compare(const Schedule *schedule, int64_t T, int64_t S, const double *expected) {
  double found[RESULTS] = {0};
  memset(work, 0xff, sizeof work); /* what was never written is NaN */
  const int status = schedule->run(T, S, found);
  for (int i = 0; i < RESULTS; i++) {
    if (!status && !memcmp(&found[i], &expected[i], sizeof found[i])) continue;
    printf("%s, T = %d, S = %d: status %d, result %d is %.17g, expected %.17g\n", schedule->name,
           (int)T, (int)S, status, i, found[i], expected[i]);
    failures++;
  }
}

/* A step that is needed again needs a snapshot, not a tape: so many arrays at the most. */
static void check_memory(void) {
  const size_t array = 1000 * sizeof(double);
  if (schedules_heat_all_g_work(1000, 500) < 500 * array) failures++, printf("all is too small\n");
  if (schedules_heat_binomial_g_work(1000, 500, 5) > 14 * array) failures++, printf("binomial\n");
  if (schedules_heat_mixed_g_work(1000, 500, 5) > 40 * array) failures++, printf("mixed\n");
  if (schedules_heat_sqrt_g_work(1000, 500) > 140 * array) failures++, printf("sqrt\n");
}

int main(void) {
  for (int64_t T = 0; T <= MOST_STEPS; T++)
    for (int64_t S = 0; S <= MOST_SNAPSHOTS; S++) {
      double expected[RESULTS] = {0};
      if (run_all(T, S, expected)) failures++, printf("checkpoint(all) fails\n");
      for (size_t i = 0; i < sizeof schedules / sizeof schedules[0]; i++)
        compare(&schedules[i], T, S, expected);
    }
  check_memory();
  printf(failures ? "%d differences\n" : "the same bits\n", failures);
  return failures != 0;
}
