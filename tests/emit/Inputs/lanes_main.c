/* Members of lanes.dp together and alone. */
#include "lanes.h"
#include "dp_random.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { MOST = 41, STEPS = 9 };

static int is_close(double a, double b) { return fabs(a - b) <= 1e-11 * (1 + fabs(a)); }

static void *room(size_t bytes) {
  assert(bytes < SIZE_MAX / 2);
  return malloc(bytes + 1);
}

static double x0[MOST][2], rate[MOST], push[MOST * STEPS], p[4];

static void alone(int K, int T, double x_bar[][2], double *p_bar, double *rate_bar, double *loss) {
  void *work = room(lanes_one_grad_work(T));
  const size_t bytes = lanes_one_grad_work(T);
  *loss = 0;
  for (int i = 0; i < 4; i++) p_bar[i] = 0;
  for (int k = 0; k < K; k++) {
    double l, bar[4];
    const int status = lanes_one_grad(T, x0[k], x_bar[k], p, bar, rate[k], &rate_bar[k],
                                      push + k * T, 0.1, &l, work, bytes);
    assert(status == DP_OK);
    for (int i = 0; i < 4; i++) p_bar[i] += bar[i];
    *loss += l;
  }
  free(work);
}

static void compare_ends(int K, int T) {
  double ends[MOST][2];
  const size_t bytes = lanes_ends_work(K, T);
  void *work = room(bytes);
  const int status = lanes_ends(K, T, x0[0], p, rate, push, 0.1, ends[0], work, bytes);
  assert(status == DP_OK);
  for (int k = 0; k < K; k++) {
    double end[2];
    const int one = lanes_solve(T, x0[k], p, rate[k], push + k * T, 0.1, end, NULL, 0);
    assert(one == DP_OK);
    for (int i = 0; i < 2; i++) assert(is_close(end[i], ends[k][i]));
  }
  free(work);
}

static void compare_gradients(int K, int T) {
  double x_bar[MOST][2], x_bar2[MOST][2], p_bar[4], p_bar2[4], rate_bar[MOST], rate_bar2[MOST];
  double loss, loss2;
  const size_t bytes = lanes_all_grad_work(K, T);
  void *work = room(bytes);
  const int status = lanes_all_grad(K, T, x0[0], x_bar[0], p, p_bar, rate, rate_bar, push, 0.1,
                                    &loss, work, bytes);
  assert(status == DP_OK);
  alone(K, T, x_bar2, p_bar2, rate_bar2, &loss2);
  assert(is_close(loss, loss2));
  for (int i = 0; i < 4; i++) assert(is_close(p_bar[i], p_bar2[i]));
  for (int k = 0; k < K; k++) {
    assert(is_close(rate_bar[k], rate_bar2[k]));
    for (int i = 0; i < 2; i++) assert(is_close(x_bar[k][i], x_bar2[k][i]));
  }
  free(work);
}

int main(void) {
  static const int members[] = {0, 1, 2, 15, 16, 17, 32, MOST}, steps[] = {0, 1, 2, STEPS};
  dp_rng rng;
  dp_rng_seed(&rng, 5);
  for (int i = 0; i < 4; i++) p[i] = dp_uniform_in(&rng, 0.5, 1.5);
  for (int i = 0; i < MOST * STEPS; i++) push[i] = dp_uniform_in(&rng, -0.2, 0.2);
  for (int k = 0; k < MOST; k++) {
    rate[k] = dp_uniform_in(&rng, 0.5, 1.5);
    for (int i = 0; i < 2; i++) x0[k][i] = dp_uniform_in(&rng, 0.5, 2.5);
  }
  for (int i = 0; i < 8; i++)
    for (int j = 0; j < 4; j++) {
      compare_ends(members[i], steps[j]);
      compare_gradients(members[i], steps[j]);
    }
  return 0;
}
