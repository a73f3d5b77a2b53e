/* dp_checkpoint.h - where snapshots go when a long loop is run backwards in little memory.
 *
 * To reverse n steps one needs the state before each, last one first. Instead of all n states one keeps
 * a few snapshots, and runs forward again from the latest. How many steps are run in all depends on
 * where the snapshots are; the functions here say where. They keep nothing and are used alike by
 * generated code and by hand-written C:
 *
 *   // snapshot k holds the state before step time[k]; number 0 is the start
 *   int64_t held = 0, time[S + 1] = {0};
 *   for (int64_t t = n - 1; t >= 0; t--) {
 *     int64_t at = time[held];
 *     copy snapshot `held` to state;
 *     while (at < t) {
 *       int64_t steps = dp_binomial(t + 1 - at, S - held);
 *       if (steps > t - at) steps = t - at;
 *       run steps at .. at + steps - 1 on state;
 *       at += steps;
 *       if (at < t) time[++held] = at, copy state to snapshot `held`;
 *     }
 *     reverse step t at state;
 *     if (time[held] == t) held--;
 *   }
 *
 * Source: A. Griewank and A. Walther, Algorithm 799: revolve, ACM Transactions on Mathematical
 * Software 26 (2000). Their snapshots include the start, those here are besides it. */
#ifndef DP_CHECKPOINT_H
#define DP_CHECKPOINT_H

#include "dp_runtime.h"

#include <stdint.h>

/* How many steps can be reversed with so many snapshots, the start being one, if no step is run
 * forward more than `repeats` times: (snapshots + repeats)! / (snapshots! repeats!), at most 2^62. */
DP_INLINE int64_t dp_binomial_reach(int64_t snapshots, int64_t repeats) {
  double reach = 1;
  const int64_t low = snapshots < repeats ? snapshots : repeats;
  const int64_t high = snapshots < repeats ? repeats : snapshots;
  int64_t exact = 1;
  for (int64_t i = 1; i <= low; i++) {
    reach *= (double)(high + i) / (double)i;
    if (reach > 4e18 / (double)(high + i)) return INT64_C(4611686018427387904);
    exact = exact * (high + i) / i;
  }
  return exact;
}

/* The fewest repeats with which so many snapshots reach as many steps; found by halving. */
DP_INLINE int64_t dp_binomial_repeats(int64_t snapshots, int64_t steps) {
  int64_t low = 0, high = 1;
  while (dp_binomial_reach(snapshots, high) < steps && high < INT64_MAX / 4) low = high, high *= 2;
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    if (dp_binomial_reach(snapshots, middle) < steps) low = middle;
    else high = middle;
  }
  return high;
}

/* `steps` steps are to be reversed from a state that is kept, with room for `free` more snapshots: how
 * many steps to run before taking the next one, so that as few as possible are run in all. Of several
 * best answers the largest. All `steps` where no further snapshot helps. */
DP_INLINE int64_t dp_binomial(int64_t steps, int64_t free) {
  if (free <= 0 || steps <= 2) return steps;
  const int64_t repeats = dp_binomial_repeats(free + 1, steps);
  const int64_t reach = dp_binomial_reach(free + 1, repeats - 1);
  const int64_t rest = steps - dp_binomial_reach(free, repeats - 1);
  return reach < rest ? reach : rest;
}

/* The smallest root >= 1 with root^power >= x. */
DP_INLINE int64_t dp_root(int64_t x, int64_t power) {
  int64_t low = 1, high = x;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    int64_t rest = x;
    for (int64_t i = 0; i < power && rest > 1; i++) rest = (rest - 1) / middle + 1;
    if (rest > 1) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* ---- for generated code: one array of a snapshot to the caller's store and back ----------------- */

/* `turn` counts the savings; each step that depends on what is in the store depends on it. */
DP_INLINE int dp_snapshot_save(const dp_store *store, int64_t part, int64_t turn, int64_t place,
                               int64_t bytes, const void *data, int64_t *next_turn) {
  *next_turn = turn + 1;
  if (!store || !store->save) return DP_STORE;
  return store->save(store->user, part, place, data, (size_t)bytes) ? DP_STORE : DP_OK;
}

DP_INLINE int dp_snapshot_load(const dp_store *store, int64_t part, int64_t turn, int64_t place,
                               int64_t bytes, void *data) {
  (void)turn;
  if (!store || !store->load) return DP_STORE;
  return store->load(store->user, part, place, data, (size_t)bytes) ? DP_STORE : DP_OK;
}

#endif
