#include "workload.h"

#include "exchange.h"
#include "harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One implementation with the memory of its own that it works in. */
typedef struct {
  const BenchWorkload *workload;
  const char *name;
  const BenchSide *side;
  BenchCall call;
  void *bar[16];
  double room; /* for the value, of either type */
} Runner;

static size_t real_bytes(const BenchWorkload *w) {
  return w->real == BENCH_FLOAT ? sizeof(float) : sizeof(double);
}

static double get(const BenchWorkload *w, const void *reals, size_t i) {
  return w->real == BENCH_FLOAT ? (double)((const float *)reals)[i] : ((const double *)reals)[i];
}

static void set(const BenchWorkload *w, void *reals, size_t i, double x) {
  if (w->real == BENCH_FLOAT) ((float *)reals)[i] = (float)x;
  else ((double *)reals)[i] = x;
}

static void stop(const char *workload, const char *side, const char *what) {
  fprintf(stderr, "bench: %s: %s: %s\n", workload, side, what);
  exit(1);
}

static void stop_on(int status, const Runner *runner) {
  char text[64];
  snprintf(text, sizeof text, "status %d", status);
  if (status != 0) stop(runner->workload->name, runner->name, text);
}

static void run_value(void *user) {
  Runner *r = user;
  BenchCall call = r->call;
  call.bar = NULL;
  stop_on(r->side->value(&call), r);
}

static void run_gradient(void *user) {
  Runner *r = user;
  stop_on(r->side->gradient(&r->call), r);
}

static double value_of(Runner *r) {
  run_value(r);
  return get(r->workload, r->call.value, 0);
}

/* A runner on the inputs in. memory is bench_memory or bench_untouched. */
static void runner_begin(Runner *r, const BenchWorkload *w, const BenchSide *side,
                         const char *name, void *const *in, void *(*memory)(size_t)) {
  size_t value_work = side->value_work(), work = side->gradient_work();
  if (value_work == SIZE_MAX || work == SIZE_MAX) stop(w->name, name, "sizes overflow");
  if (work < value_work) work = value_work;
  *r = (Runner){w, name, side, {in, r->bar, &r->room, NULL, work}, {NULL}, 0};
  if (work > 0) r->call.work = memory(work);
  for (int k = 0; k < w->input_count; k++)
    if (w->inputs[k].differentiated) r->bar[k] = memory(bench_size(&w->inputs[k]) * real_bytes(w));
}

static void runner_end(Runner *r) {
  free(r->call.work);
  for (int k = 0; k < r->workload->input_count; k++) free(r->bar[k]);
}

static void inputs_make(const BenchWorkload *w, void **in) {
  if (w->input_count > 16) stop(w->name, "inputs", "more than 16 of them");
  for (int k = 0; k < w->input_count; k++)
    in[k] = bench_memory(bench_size(&w->inputs[k]) * real_bytes(w));
}

static void inputs_free(const BenchWorkload *w, void **in) {
  for (int k = 0; k < w->input_count; k++) free(in[k]);
}

/* ---- checking -------------------------------------------------------------------------------- */

/* The largest |a - b| over the largest |b|; NaN counts as infinitely different. */
static double difference(const BenchWorkload *w, const void *a, const void *b, size_t count) {
  double most = 0, scale = 0;
  for (size_t i = 0; i < count; i++) {
    double x = get(w, a, i), y = get(w, b, i);
    if (!isfinite(x) || !isfinite(y)) return INFINITY;
    most = fmax(most, fabs(x - y));
    scale = fmax(scale, fabs(y));
  }
  return scale > 0 ? most / scale : most;
}

static double gradient_difference(const Runner *a, const Runner *b) {
  const BenchWorkload *w = a->workload;
  double worst = 0;
  for (int k = 0; k < w->input_count; k++)
    if (w->inputs[k].differentiated)
      worst = fmax(worst, difference(w, a->bar[k], b->bar[k], bench_size(&w->inputs[k])));
  return worst;
}

/* moved = in + h along, where along has the same random entries whenever state is the same.
 * Returns the gradient's entries times along. */
static double move(const Runner *r, void *const *in, double h, unsigned long long state) {
  const BenchWorkload *w = r->workload;
  double slope = 0;
  for (int k = 0; k < w->input_count; k++) {
    if (!w->inputs[k].differentiated) continue;
    double scale = w->scale ? w->scale[k] : 1;
    for (size_t i = 0, size = bench_size(&w->inputs[k]); i < size; i++) {
      double along = scale * bench_random(&state);
      slope += along * get(w, r->bar[k], i);
      set(w, r->call.in[k], i, get(w, in[k], i) + h * along);
    }
  }
  return slope;
}

/* The relative error of the runner's gradient along random directions, against central
 * differences of fourth order. */
static double difference_error(Runner *r) {
  enum { DIRECTIONS = 3 };
  const BenchWorkload *w = r->workload;
  const double weight[4] = {1.0 / 12, -2.0 / 3, 2.0 / 3, -1.0 / 12}, place[4] = {-2, -1, 1, 2};
  void *const *in = r->call.in;
  void *moved[16];
  double worst = 0;
  inputs_make(w, moved);
  for (int k = 0; k < w->input_count; k++)
    memcpy(moved[k], in[k], bench_size(&w->inputs[k]) * real_bytes(w));
  r->call.in = moved;
  for (unsigned long long direction = 1; direction <= DIRECTIONS; direction++) {
    double slope = 0, expected = 0;
    for (int k = 0; k < 4; k++) {
      expected = move(r, in, w->step * place[k], direction);
      slope += weight[k] / w->step * value_of(r);
    }
    worst = fmax(worst, fabs(slope / expected - 1));
    if (!isfinite(slope) || !isfinite(expected)) worst = INFINITY;
  }
  r->call.in = in;
  inputs_free(w, moved);
  return worst;
}

static void require_value(const char *name, const char *metric, Runner *r, double gradients_value,
                          double most) {
  double value = value_of(r), scale = fabs(gradients_value);
  double apart = fabs(value - gradients_value) / (scale > 0 ? scale : 1);
  bench_require(name, metric, isfinite(apart) ? apart : INFINITY, most);
}

/* The pair's two gradients and values against each other, and each against differences. */
static void check_pair(const BenchWorkload *w, const BenchPair *pair, Runner *dpc, Runner *hand) {
  run_gradient(dpc);
  run_gradient(hand);
  double value = get(w, hand->call.value, 0);
  bench_require(pair->name, "gradient_difference", gradient_difference(dpc, hand), w->agreement);
  require_value(pair->name, "value_difference", dpc, value, w->agreement);
  require_value(pair->name, "hand_value_difference", hand, value, w->agreement);
  bench_require(pair->name, "hand_error", difference_error(hand), w->error);
  bench_require(pair->name, "dpc_error", difference_error(dpc), w->error);
}

/* Variants must agree with the first pair. */
static void check(const BenchWorkload *w, void *const *in, const char *folder) {
  Runner first, dpc, hand;
  runner_begin(&first, w, &w->pairs[0].dpc, "dpc", in, bench_memory);
  run_gradient(&first);
  if (folder) bench_exchange(w, &first.call, folder);
  for (int p = 0; p < w->pair_count; p++) {
    runner_begin(&dpc, w, &w->pairs[p].dpc, "dpc", in, bench_memory);
    runner_begin(&hand, w, &w->pairs[p].hand, "hand", in, bench_memory);
    check_pair(w, &w->pairs[p], &dpc, &hand);
    if (p > 0)
      bench_require(w->pairs[p].name, "variant_difference", gradient_difference(&dpc, &first),
                    w->agreement);
    runner_end(&dpc);
    runner_end(&hand);
  }
  runner_end(&first);
}

/* ---- measuring ------------------------------------------------------------------------------- */

static void time_pair(const BenchWorkload *w, const BenchPair *pair, void *const *in, int rounds,
                      double seconds) {
  Runner dpc, hand;
  const char *name = pair->name;
  runner_begin(&dpc, w, &pair->dpc, "dpc", in, bench_memory);
  runner_begin(&hand, w, &pair->hand, "hand", in, bench_memory);
  BenchCase cases[4] = {{run_gradient, &dpc, 0}, {run_gradient, &hand, 0},
                        {run_value, &dpc, 0}, {run_value, &hand, 0}};
  rounds = bench_time(cases, 4, rounds, seconds);
  double dpc_ms = cases[0].median_ms, hand_ms = cases[1].median_ms;
  printf("%s.dpc_ms = %.4g\n", name, dpc_ms);
  printf("%s.hand_ms = %.4g\n", name, hand_ms);
  printf("%s.ratio_hand = %.3f\n", name, dpc_ms / hand_ms);
  printf("%s.dpc_primal_ms = %.4g\n", name, cases[2].median_ms);
  printf("%s.hand_primal_ms = %.4g\n", name, cases[3].median_ms);
  printf("%s.adjoint_primal = %.3f\n", name, dpc_ms / cases[2].median_ms);
  printf("%s.hand_adjoint_primal = %.3f\n", name, hand_ms / cases[3].median_ms);
  printf("%s.rounds = %d\n", name, rounds);
  runner_end(&dpc);
  runner_end(&hand);
}

static void measure_memory(const BenchWorkload *w, void *const *in, const char *pair_name,
                           const char *side_name) {
  for (int p = 0; p < w->pair_count; p++) {
    const BenchPair *pair = &w->pairs[p];
    int by_hand = strcmp(side_name, "hand") == 0;
    const BenchSide *side = by_hand ? &pair->hand : &pair->dpc;
    if (strcmp(pair->name, pair_name) != 0) continue;
    double before = bench_resident_mb();
    Runner runner;
    runner_begin(&runner, w, side, side_name, in, bench_untouched);
    run_gradient(&runner);
    printf("%s.%speak_mb = %.4g\n", pair->name, by_hand ? "hand_" : "", bench_peak_mb() - before);
    printf("%s.%swork_mb = %.4g\n", pair->name, by_hand ? "hand_" : "",
           (double)side->gradient_work() / 1048576);
    runner_end(&runner);
  }
}

int bench_main(const BenchWorkload *w, int argc, char **argv) {
  void *in[16];
  const char *mode = argc > 1 ? argv[1] : "check";
  inputs_make(w, in);
  w->draw(in);
  if (strcmp(mode, "check") == 0) {
    check(w, in, argc > 2 ? argv[2] : NULL);
  } else if (strcmp(mode, "time") == 0 && argc == 4) {
    for (int p = 0; p < w->pair_count; p++)
      time_pair(w, &w->pairs[p], in, atoi(argv[2]), strtod(argv[3], NULL));
  } else if (strcmp(mode, "memory") == 0 && argc == 4) {
    measure_memory(w, in, argv[2], argv[3]);
  } else {
    stop(w->name, mode, "check [DIR] | time ROUNDS SECONDS | memory PAIR dpc|hand");
  }
  inputs_free(w, in);
  return 0;
}
