/* hand - the adjoint of the wave equation in a cube, written by hand for speed.
 *
 * What makes it fast:
 *  - Memory's bandwidth is the limit, so every step is one sweep, and the trajectory is written by
 *    the steps themselves: nothing is copied.
 *  - With k = (c dt/h)^2 the step is u'' = 2 u' - u + k L u'. Cotangents a go back by
 *    a'' = 2 a' - a + L(k a'). Multiplied by k, b = k a, that is the wave equation once more, so that
 *    going back reads k in one place. The cotangent of k is then the sum of b L u over k.
 *  - Neighbours outside the walls are rows of zeros; rows' ends are computed apart. */
#include "hand.h"

#include "../binomial.h"

#include <string.h>

/* A row of a field with its four neighbours across. */
typedef struct {
  const double *here, *near[4];
} Rows;

static inline Rows rows_at(const double *field, const double *zeros, int64_t N, int64_t i,
                           int64_t j) {
  const double *here = field + (i * N + j) * N;
  return (Rows){here,
                {i > 0 ? here - N * N : zeros, i < N - 1 ? here + N * N : zeros,
                 j > 0 ? here - N : zeros, j < N - 1 ? here + N : zeros}};
}

static inline double across(const Rows *u, int64_t l) {
  return (u->near[0][l] + u->near[1][l]) + (u->near[2][l] + u->near[3][l]);
}

/* The seven-point Laplacian where both neighbours in the row exist. */
static inline double inside(const Rows *u, int64_t l) {
  return across(u, l) + (u->here[l - 1] + u->here[l + 1]) - 6 * u->here[l];
}

/* And at the row's ends. */
static inline double at_end(const Rows *u, int64_t l, int64_t N) {
  return across(u, l) + (l > 0 ? u->here[l - 1] : 0) + (l < N - 1 ? u->here[l + 1] : 0) -
         6 * u->here[l];
}

/* ---- the sweeps ------------------------------------------------------------------------------ */

/* next = 2 u - before + k L u for a row; next may be before. */
static void step_row(int64_t N, Rows u, const double *before, const double *k, double *next) {
  next[0] = 2 * u.here[0] - before[0] + k[0] * at_end(&u, 0, N);
#pragma omp simd
  for (int64_t l = 1; l < N - 1; l++) next[l] = 2 * u.here[l] - before[l] + k[l] * inside(&u, l);
  int64_t l = N - 1;
  if (l > 0) next[l] = 2 * u.here[l] - before[l] + k[l] * at_end(&u, l, N);
}

static void step(int64_t N, const double *u, const double *before, const double *k,
                 const double *zeros, double *next) {
#pragma omp parallel for
  for (int64_t i = 0; i < N; i++)
    for (int64_t j = 0; j < N; j++) {
      const int64_t row = (i * N + j) * N;
      step_row(N, rows_at(u, zeros, N, i, j), before + row, k + row, next + row);
    }
}

/* older = 2 b - older + k L b and sum += b L u for a row. */
static void pull_row(int64_t N, Rows u, Rows b, const double *k, double *restrict older,
                     double *restrict sum) {
  older[0] = 2 * b.here[0] - older[0] + k[0] * at_end(&b, 0, N);
  sum[0] += b.here[0] * at_end(&u, 0, N);
#pragma omp simd
  for (int64_t l = 1; l < N - 1; l++) {
    older[l] = 2 * b.here[l] - older[l] + k[l] * inside(&b, l);
    sum[l] += b.here[l] * inside(&u, l);
  }
  int64_t l = N - 1;
  if (l == 0) return;
  older[l] = 2 * b.here[l] - older[l] + k[l] * at_end(&b, l, N);
  sum[l] += b.here[l] * at_end(&u, l, N);
}

static void pull(int64_t N, const double *u, const double *b, const double *k,
                 const double *zeros, double *older, double *sum) {
#pragma omp parallel for
  for (int64_t i = 0; i < N; i++)
    for (int64_t j = 0; j < N; j++) {
      const int64_t row = (i * N + j) * N;
      pull_row(N, rows_at(u, zeros, N, i, j), rows_at(b, zeros, N, i, j), k + row, older + row,
               sum + row);
    }
}

static double misfit(const double *u, const double *u_obs, int64_t size) {
  double sum = 0;
#pragma omp parallel for simd reduction(+ : sum)
  for (int64_t i = 0; i < size; i++) sum += (u[i] - u_obs[i]) * (u[i] - u_obs[i]);
  return sum;
}

/* ---- the two functions ----------------------------------------------------------------------- */

/* Bytes for so many fields and a row of zeros; SIZE_MAX where there are none. */
static size_t fields(int64_t N, int64_t count) {
  if (N < 1 || N > 1 << 14 || count < 0 || count > 1 << 18) return SIZE_MAX;
  const size_t n = (size_t)N;
  return 64 + ((size_t)count * n * n * n + n) * sizeof(double);
}

typedef struct {
  double *zeros, *k, *fields;
} Plan;

static Plan plan(int64_t N, const double *c, double dt, double h, void *work) {
  const int64_t size = N * N * N;
  const double factor = dt / h;
  double *k = (double *)(((uintptr_t)work + 63) & ~(uintptr_t)63);
  for (int64_t i = 0; i < size; i++) k[i] = c[i] * factor * (c[i] * factor);
  double *zeros = k + size;
  memset(zeros, 0, (size_t)N * sizeof *zeros);
  return (Plan){zeros, k, zeros + N};
}

size_t hand_loss_work(int64_t N) { return fields(N, 3); }

int hand_loss(int64_t N, const double *u0, const double *c, double dt, double h,
              const double *u_obs, int64_t T, double *loss, void *work, size_t work_bytes) {
  if (work == NULL || work_bytes < hand_loss_work(N)) return 1;
  const int64_t size = N * N * N;
  const Plan p = plan(N, c, dt, h, work);
  double *u = p.fields, *before = u + size;
  memcpy(u, u0, (size_t)size * sizeof *u);
  for (int64_t t = 0; t < T; t++) {
    step(N, u, t == 0 ? u0 : before, p.k, p.zeros, before);
    double *spare = u;
    u = before, before = spare;
  }
  *loss = misfit(u, u_obs, size);
  return 0;
}

/* ---- backward ------------------------------------------------------------------------------ */

typedef struct {
  int64_t N;
  const double *k, *zeros, *u_obs;
  double *b, *older; /* b after the step that is pulled next, and after the one behind it */
  double *sum;       /* of b L u */
  double loss;
} Sweep;

typedef struct {
  const double *u, *before;
} State;

static void pull_step(Sweep *s, const double *u) {
  pull(s->N, u, s->b, s->k, s->zeros, s->older, s->sum);
  double *spare = s->b;
  s->b = s->older, s->older = spare;
}

/* The state so many steps ahead, in the two fields of room. */
static State advance(const Sweep *s, State from, int64_t steps, double *room) {
  const int64_t size = s->N * s->N * s->N;
  for (int64_t t = 0; t < steps; t++) {
    double *next = room + (t & 1) * size;
    step(s->N, from.u, from.before, s->k, s->zeros, next);
    from = (State){next, from.u};
  }
  return from;
}

/* The misfit of the final displacement, and b before anything is pulled back. */
static void turn(Sweep *s, const double *u) {
  const int64_t size = s->N * s->N * s->N;
  s->loss = misfit(u, s->u_obs, size);
#pragma omp parallel for simd
  for (int64_t i = 0; i < size; i++) s->b[i] = 2 * s->k[i] * (u[i] - s->u_obs[i]);
}

/* Pulls back the steps from a state on, with room for so many fields. A state needs one field where
 * the one before it is kept, too. */
static void reverse(Sweep *s, State from, int64_t steps, double *room, int64_t fields, int last) {
  const int64_t size = s->N * s->N * s->N;
  if (last && fields < 4 && steps > fields) {
    turn(s, advance(s, from, steps, room).u);
    last = 0;
  }
  if (steps - 1 + last <= fields) {
    for (int64_t t = 0; t < steps - 1 + last; t++)
      step(s->N, t == 0 ? from.u : room + (t - 1) * size,
           t == 0 ? from.before : t == 1 ? from.u : room + (t - 2) * size, s->k, s->zeros,
           room + t * size);
    if (last) turn(s, steps == 0 ? from.u : room + (steps - 1) * size);
    for (int64_t t = steps - 1; t >= 0; t--) pull_step(s, t == 0 ? from.u : room + (t - 1) * size);
    return;
  }
  int64_t ahead = fields < 4 ? steps - 1 : binomial_split(steps, fields / 2 + 1);
  reverse(s, advance(s, from, ahead, room), steps - ahead, room + 2 * size, fields - 2, last);
  reverse(s, from, ahead, room, fields, 0);
}

/* With all states kept, room is for T fields; with snapshots, for two fields each and two more. */
static int64_t room_for(int64_t T, int64_t snapshots) {
  int64_t fields = 2 * snapshots + 2;
  return snapshots == 0 || fields > T ? T : fields;
}

size_t hand_loss_and_grad_work(int64_t N, int64_t T, int64_t snapshots) {
  return T < 0 || snapshots < 0 ? SIZE_MAX : fields(N, room_for(T, snapshots) + 2);
}

int hand_loss_and_grad(int64_t N, const double *u0, double *u0_bar, const double *c,
                       double *c_bar, double dt, double h, const double *u_obs, int64_t T,
                       int64_t snapshots, double *loss, void *work, size_t work_bytes) {
  if (work == NULL || work_bytes < hand_loss_and_grad_work(N, T, snapshots)) return 1;
  const int64_t size = N * N * N;
  const Plan p = plan(N, c, dt, h, work);
  Sweep sweep = {N, p.k, p.zeros, u_obs, p.fields, u0_bar, c_bar, 0};
  memset(u0_bar, 0, (size_t)size * sizeof *u0_bar);
  memset(c_bar, 0, (size_t)size * sizeof *c_bar);
  reverse(&sweep, (State){u0, u0}, T, p.fields + size, room_for(T, snapshots), 1);
  *loss = sweep.loss;
  /* Both the first state and the one before it are u0: the latter's b is -older. */
  const double *b = sweep.b, *older = sweep.older;
  for (int64_t i = 0; i < size; i++) {
    u0_bar[i] = (b[i] - (T > 0 ? older[i] : 0)) / p.k[i];
    c_bar[i] *= 2 / c[i];
  }
  return 0;
}
