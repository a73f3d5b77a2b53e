/* dp_lbfgs - limited-memory BFGS with a strong Wolfe line search.
 *
 * Nocedal & Wright, "Numerical Optimization", 2nd edition: algorithm 7.4 (two loops), 7.5, 3.5
 * (bracket) and 3.6 (zoom, here with the cubic through both ends, safeguarded). A trial point
 * where value or gradient is not finite counts as one of infinite value: it bounds the bracket
 * and the search halves towards it. */
#include "dp_optim.h"

#include "dp_runtime.h"

#include <math.h>
#include <string.h>

static const double sufficient_decrease = 1e-4; /* c1 and c2 of the Wolfe conditions */
static const double curvature = 0.9;
enum { MAX_TRIALS = 40 };

/* A point on the search line: x + step * direction. */
typedef struct Trial {
  double step, value, slope;
} Trial;

typedef struct Search {
  dp_objective *objective;
  void *user;
  int64_t n, memory;
  const dp_lbfgs_options *options;
  dp_lbfgs_report *report;
  double *x, *gradient, *direction; /* at the current iterate */
  double *trial_x, *trial_gradient;
  double *steps, *changes; /* [memory, n] rings of x and gradient differences: s and y */
  double *inverse, *weight; /* [memory] 1 / s.y, and the first loop's coefficients */
  int64_t stored, newest;
  int failure; /* a negative status of the objective */
} Search;

static double dot(int64_t n, const double *a, const double *b) {
  double sum = 0;
  DP_SIMD_SUM(sum)
  for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

static double largest_entry(int64_t n, const double *a) {
  double most = 0;
  for (int64_t i = 0; i < n; i++) most = fabs(a[i]) > most ? fabs(a[i]) : most;
  return most;
}

static int all_finite(int64_t n, const double *a) {
  double sum = 0; /* 0 * x is 0, or NaN for infinities and NaN */
  for (int64_t i = 0; i < n; i++) sum += 0 * a[i];
  return sum == 0;
}

/* *value is infinite where the objective has none. Returns its status if negative, else 0. */
static int evaluate(Search *s, const double *x, double *value, double *gradient) {
  s->report->evaluations++;
  const int status = s->objective(s->user, s->n, x, value, gradient);
  if (status < 0) return s->failure = status;
  if (status > 0 || !isfinite(*value) || !all_finite(s->n, gradient)) *value = INFINITY;
  return 0;
}

/* Evaluates at `step`; false when the search must end. */
static int try_step(Search *s, double step, Trial *trial) {
  for (int64_t i = 0; i < s->n; i++) s->trial_x[i] = s->x[i] + step * s->direction[i];
  trial->step = step;
  if (evaluate(s, s->trial_x, &trial->value, s->trial_gradient)) return 0;
  trial->slope = isfinite(trial->value) ? dot(s->n, s->trial_gradient, s->direction) : INFINITY;
  if (!isfinite(trial->slope)) trial->value = INFINITY;
  return 1;
}

/* The minimiser of the cubic with the values and slopes of both ends (N&W 3.59), kept away from
 * the ends. */
static double between(const Trial *a, const Trial *b) {
  const double low = fmin(a->step, b->step), width = fabs(b->step - a->step);
  double step = NAN;
  if (isfinite(a->value) && isfinite(b->value)) {
    const double d = a->slope + b->slope - 3 * (a->value - b->value) / (a->step - b->step);
    const double root = copysign(sqrt(d * d - a->slope * b->slope), b->step - a->step);
    step = b->step - (b->step - a->step) * (b->slope + root - d) / (b->slope - a->slope + 2 * root);
  }
  if (!isfinite(step)) return low + 0.5 * width;
  return fmin(fmax(step, low + 0.1 * width), low + 0.9 * width);
}

static int decreases_enough(const Trial *start, const Trial *t) {
  return t->value <= start->value + sufficient_decrease * t->step * start->slope;
}

static int is_flat_enough(const Trial *start, const Trial *t) {
  return fabs(t->slope) <= -curvature * start->slope;
}

/* low has the least value so far that decreases enough; high is the other end. On success the
 * accepted trial is in trial_x, trial_gradient. */
static int zoom(Search *s, const Trial *start, Trial low, Trial high, int trials, Trial *accepted) {
  for (; trials < MAX_TRIALS; trials++) {
    if (fabs(high.step - low.step) <= 1e-15 * fmax(low.step, high.step)) break;
    Trial t;
    if (!try_step(s, between(&low, &high), &t)) return 0;
    if (!decreases_enough(start, &t) || t.value >= low.value) {
      high = t;
      continue;
    }
    if (is_flat_enough(start, &t)) return *accepted = t, 1;
    if (t.slope * (high.step - low.step) >= 0) high = low;
    low = t;
  }
  /* No Wolfe point within the trials: a point that merely decreases will do. */
  return low.step > 0 && try_step(s, low.step, accepted) && accepted->value < start->value;
}

/* From `start` (step 0) along the direction. Leaves the accepted point in trial_x and
 * trial_gradient. */
static int search_line(Search *s, const Trial *start, double first, Trial *accepted) {
  Trial previous = *start, t;
  double step = first;
  for (int trials = 0; trials < MAX_TRIALS; trials++) {
    if (!try_step(s, step, &t)) return 0;
    if (!decreases_enough(start, &t) || (trials > 0 && t.value >= previous.value))
      return zoom(s, start, previous, t, trials + 1, accepted);
    if (is_flat_enough(start, &t)) return *accepted = t, 1;
    if (t.slope >= 0) return zoom(s, start, t, previous, trials + 1, accepted);
    previous = t;
    step *= 2;
  }
  return *accepted = previous, 1; /* it falls without end, as far as one can see */
}

/* ---- the direction --------------------------------------------------------------------------- */

static void forget(Search *s) { s->stored = 0; }

/* Keeps s = trial_x - x and y = the gradients' difference where s.y > 0, which keeps H positive. */
static void remember(Search *s) {
  const int64_t n = s->n, k = s->stored == 0 ? 0 : (s->newest + 1) % s->memory;
  double *step = s->steps + k * n, *change = s->changes + k * n;
  for (int64_t i = 0; i < n; i++) {
    step[i] = s->trial_x[i] - s->x[i];
    change[i] = s->trial_gradient[i] - s->gradient[i];
  }
  const double product = dot(n, step, change);
  if (!(product > 2.2e-16 * dot(n, change, change)) || !isfinite(1 / product)) return;
  s->inverse[k] = 1 / product;
  s->newest = k;
  if (s->stored < s->memory) s->stored++;
}

/* direction = -H gradient by the two loops. */
static void choose_direction(Search *s) {
  const int64_t n = s->n;
  double *d = s->direction;
  for (int64_t i = 0; i < n; i++) d[i] = -s->gradient[i];
  if (s->stored == 0) return;
  for (int64_t j = 0; j < s->stored; j++) {
    const int64_t k = (s->newest - j + s->memory) % s->memory;
    const double *step = s->steps + k * n, *change = s->changes + k * n;
    s->weight[k] = s->inverse[k] * dot(n, step, d);
    for (int64_t i = 0; i < n; i++) d[i] -= s->weight[k] * change[i];
  }
  const double *last = s->changes + s->newest * n;
  const double scale = 1 / (s->inverse[s->newest] * dot(n, last, last));
  for (int64_t i = 0; i < n; i++) d[i] *= scale;
  for (int64_t j = s->stored - 1; j >= 0; j--) {
    const int64_t k = (s->newest - j + s->memory) % s->memory;
    const double *step = s->steps + k * n, *change = s->changes + k * n;
    const double rest = s->weight[k] - s->inverse[k] * dot(n, change, d);
    for (int64_t i = 0; i < n; i++) d[i] += rest * step[i];
  }
}

/* ---- the iteration --------------------------------------------------------------------------- */

/* One search along H's direction; where that fails, one along the steepest descent. */
static int advance(Search *s, double value, Trial *accepted) {
  for (;;) {
    choose_direction(s);
    const Trial start = {0, value, dot(s->n, s->gradient, s->direction)};
    const double length = sqrt(dot(s->n, s->direction, s->direction));
    const double first = s->stored ? 1 : fmin(1, s->options->first_step / length);
    const int is_downhill = start.slope < 0 && isfinite(start.slope) && isfinite(length);
    if (is_downhill && search_line(s, &start, first, accepted)) return 1;
    if (s->failure || s->stored == 0) return 0;
    forget(s);
  }
}

static void accept(Search *s) {
  remember(s);
  memcpy(s->x, s->trial_x, (size_t)s->n * sizeof(double));
  memcpy(s->gradient, s->trial_gradient, (size_t)s->n * sizeof(double));
}

static int is_spent(const Search *s) {
  const int64_t limit = s->options->max_evaluations;
  return s->report->iterations >= s->options->max_iterations ||
         (limit > 0 && s->report->evaluations >= limit);
}

static dp_lbfgs_reason iterate(Search *s) {
  dp_lbfgs_report *r = s->report;
  for (;;) {
    r->gradient_norm = largest_entry(s->n, s->gradient);
    if (r->gradient_norm <= s->options->gradient_tolerance) return DP_LBFGS_GRADIENT;
    if (is_spent(s)) return DP_LBFGS_ITERATIONS;
    Trial next;
    if (!advance(s, r->value, &next)) return s->failure ? DP_LBFGS_STOPPED : DP_LBFGS_STUCK;
    const double gain = r->value - next.value;
    const double size = fmax(fmax(fabs(r->value), fabs(next.value)), 1e-300);
    accept(s);
    r->value = next.value;
    r->iterations++;
    if (gain <= s->options->value_tolerance * size) {
      r->gradient_norm = largest_entry(s->n, s->gradient);
      return DP_LBFGS_VALUE;
    }
  }
}

/* ---- interface ------------------------------------------------------------------------------- */

dp_lbfgs_options dp_lbfgs_defaults(void) {
  const dp_lbfgs_options options = {20, 1000, 0, 1e-8, 1e-14, 1};
  return options;
}

const char *dp_lbfgs_reason_text(dp_lbfgs_reason reason) {
  switch (reason) {
    case DP_LBFGS_GRADIENT: return "the gradient vanished";
    case DP_LBFGS_VALUE: return "the value no longer changes";
    case DP_LBFGS_ITERATIONS: return "the iterations are spent";
    case DP_LBFGS_STUCK: return "no better point was found downhill";
    case DP_LBFGS_NOT_FINITE: return "the start has no finite value";
    case DP_LBFGS_STOPPED: return "the objective failed";
  }
  return "unknown";
}

size_t dp_lbfgs_work(int64_t n, int64_t memory) {
  const size_t pairs = dp_size_mul(dp_size_mul(2, dp_size(memory)), dp_size_add(dp_size(n), 1));
  const size_t doubles = dp_size_add(dp_size_add(pairs, dp_size_mul(4, dp_size(n))), 8);
  return memory < 1 ? SIZE_MAX : dp_size_mul(doubles, sizeof(double));
}

/* The next n doubles of the workspace. Rings are long, so alignment beyond a double's gains
 * nothing. */
static double *take(double **next, int64_t n) {
  double *at = *next;
  *next += n;
  return at;
}

static void place(Search *s, void *work) {
  const size_t past = (uintptr_t)work % sizeof(double);
  double *next = (double *)(void *)((char *)work + (past ? sizeof(double) - past : 0));
  s->steps = take(&next, s->memory * s->n);
  s->changes = take(&next, s->memory * s->n);
  s->inverse = take(&next, s->memory);
  s->weight = take(&next, s->memory);
  s->gradient = take(&next, s->n);
  s->direction = take(&next, s->n);
  s->trial_x = take(&next, s->n);
  s->trial_gradient = take(&next, s->n);
}

int dp_lbfgs(dp_objective *objective, void *user, int64_t n, double *x,
             const dp_lbfgs_options *options, dp_lbfgs_report *report, void *work,
             size_t work_bytes) {
  const dp_lbfgs_options defaults = dp_lbfgs_defaults();
  dp_lbfgs_report unused, *r = report ? report : &unused;
  if (!options) options = &defaults;
  const dp_lbfgs_report fresh = {INFINITY, INFINITY, 0, 0, DP_LBFGS_STOPPED};
  *r = fresh;
  const size_t needed = dp_lbfgs_work(n, options->memory);
  if (needed == SIZE_MAX || !work) return DP_BAD_SIZE;
  if (work_bytes < needed) return DP_WORK_SHORT;

  Search s = {0};
  s.objective = objective, s.user = user, s.n = n, s.memory = options->memory;
  s.options = options, s.report = r, s.x = x;
  place(&s, work);
  if (evaluate(&s, x, &r->value, s.gradient)) return s.failure;
  if (!isfinite(r->value)) {
    r->reason = DP_LBFGS_NOT_FINITE;
    return DP_NONFINITE;
  }
  r->reason = iterate(&s);
  return s.failure;
}
