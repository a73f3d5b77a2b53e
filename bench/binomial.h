/* binomial - where to place the snapshots of a checkpointed reversal, for hand-written code: the
 * optimum of Griewank and Walther (2000, Algorithm 799). */
#ifndef BENCH_BINOMIAL_H
#define BENCH_BINOMIAL_H

#include <stdint.h>

/* How many steps s snapshots (the first state's among them) reverse when no step is repeated more
 * than r times: (s + r)! / (s! r!), or a large number. */
static inline int64_t binomial_reach(int64_t s, int64_t r) {
  int64_t reach = 1;
  for (int64_t k = 1; k <= r && reach < INT64_MAX >> 16; k++) reach = reach * (s + k) / k;
  return reach;
}

/* Of so many steps, more than s + 1 with s >= 2 snapshots, how many to go before the next one. */
static inline int64_t binomial_split(int64_t steps, int64_t s) {
  int64_t r = 1;
  while (binomial_reach(s, r) < steps) r++;
  int64_t most = binomial_reach(s, r - 1), rest = steps - binomial_reach(s - 1, r - 1);
  return rest < most ? rest : most;
}

#endif
