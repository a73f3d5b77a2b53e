/* Members of blocks.dp together and alone, and along a direction; writes what it got to a file. */
#include "blocks.h"
#include "dp_random.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 12, MOST = 256, STEPS = 5 };

typedef struct {
  double W[N * N], x0[MOST * N], pull;
} Point;

static double obs[MOST * STEPS];
static FILE *out;

static int is_close(double a, double b) { return fabs(a - b) <= 1e-11 * (1 + fabs(a)); }

static void write(const double *x, int n) {
  const size_t written = fwrite(x, sizeof *x, (size_t)n, out);
  assert(written == (size_t)n);
}

static void draw(Point *p, dp_rng *rng) {
  for (int i = 0; i < N * N; i++) p->W[i] = dp_uniform_in(rng, -0.5, 0.5);
  for (int i = 0; i < MOST * N; i++) p->x0[i] = dp_uniform_in(rng, -1, 1);
  p->pull = dp_uniform_in(rng, 0.5, 1);
}

static double gradient(const Point *p, int members, int steps, Point *bar) {
  double value;
  const size_t bytes = blocks_all_grad_work(members, steps);
  void *work = malloc(bytes + 1);
  const int status = blocks_all_grad(members, steps, p->W, bar->W, p->x0, bar->x0, p->pull, &bar->pull,
                                     obs, &value, work, bytes);
  assert(status == DP_OK);
  free(work);
  return value;
}

static double alone(const Point *p, int members, int steps, Point *bar) {
  double value = 0;
  const size_t bytes = blocks_one_grad_work(steps);
  void *work = malloc(bytes + 1);
  for (int i = 0; i < N * N; i++) bar->W[i] = 0;
  bar->pull = 0;
  for (int k = 0; k < members; k++) {
    double l, W_bar[N * N], pull_bar;
    const int status = blocks_one_grad(steps, p->W, W_bar, p->x0 + k * N, bar->x0 + k * N, p->pull,
                                       &pull_bar, obs + k * steps, &l, work, bytes);
    assert(status == DP_OK);
    for (int i = 0; i < N * N; i++) bar->W[i] += 0.5 * W_bar[i];
    for (int i = 0; i < N; i++) bar->x0[k * N + i] *= 0.5;
    bar->pull += 0.5 * pull_bar;
    value += 0.5 * l;
  }
  free(work);
  return value;
}

/* The derivative along a direction: by the tangent, and by central differences. */
static double along(const Point *p, const Point *dot, int members, int steps) {
  double value_dot;
  const size_t bytes = blocks_all_push_work(members, steps);
  void *work = malloc(bytes + 1);
  const int status = blocks_all_push(members, steps, p->W, dot->W, p->x0, dot->x0, p->pull, dot->pull,
                                     obs, &value_dot, work, bytes);
  assert(status == DP_OK);
  free(work);
  return value_dot;
}

static double difference(const Point *p, const Point *dot, int members, int steps) {
  static Point moved, bar;
  const double h = 1e-5;
  double values[2];
  for (int side = 0; side < 2; side++) {
    const double by = side ? h : -h;
    for (int i = 0; i < N * N; i++) moved.W[i] = p->W[i] + by * dot->W[i];
    for (int i = 0; i < MOST * N; i++) moved.x0[i] = p->x0[i] + by * dot->x0[i];
    moved.pull = p->pull + by * dot->pull;
    values[side] = gradient(&moved, members, steps, &bar);
  }
  return (values[1] - values[0]) / (2 * h);
}

static double dot_product(const Point *a, const Point *b, int members) {
  double sum = a->pull * b->pull;
  for (int i = 0; i < N * N; i++) sum += a->W[i] * b->W[i];
  for (int i = 0; i < members * N; i++) sum += a->x0[i] * b->x0[i];
  return sum;
}

static void compare(const Point *p, const Point *dot, int members, int steps) {
  static Point bar, bar2;
  const double value = gradient(p, members, steps, &bar), value2 = alone(p, members, steps, &bar2);
  assert(is_close(value, value2) && is_close(bar.pull, bar2.pull));
  for (int i = 0; i < N * N; i++) assert(is_close(bar.W[i], bar2.W[i]));
  for (int i = 0; i < members * N; i++) assert(is_close(bar.x0[i], bar2.x0[i]));
  const double by_adjoint = dot_product(&bar, dot, members);
  assert(is_close(by_adjoint, along(p, dot, members, steps)));
  assert(fabs(by_adjoint - difference(p, dot, members, steps)) <= 1e-6 * (1 + fabs(by_adjoint)));
  write(&value, 1);
  write(bar.W, N * N);
  write(bar.x0, members * N);
}

int main(int argc, char **argv) {
  static const int members[] = {0, 1, 7, 8, 9, 15, 16, 17, MOST}, steps[] = {0, 1, STEPS};
  static Point p, dot;
  dp_rng rng;
  assert(argc == 2);
  out = fopen(argv[1], "wb");
  assert(out);
  dp_rng_seed(&rng, 7);
  draw(&p, &rng);
  draw(&dot, &rng);
  for (int i = 0; i < MOST * STEPS; i++) obs[i] = dp_uniform_in(&rng, -1, 1);
  for (int i = 0; i < 9; i++)
    for (int j = 0; j < 3; j++) compare(&p, &dot, members[i], steps[j]);
  return fclose(out) ? 1 : 0;
}
