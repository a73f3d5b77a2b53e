/* hand - the adjoint of the Burgers equation, written by hand for speed.
 *
 * What makes it fast:
 *  - Both velocities advance in one sweep, from one slot of the trajectory straight into the next:
 *    nothing is copied.
 *  - The adjoint step gathers: every cotangent is written once, from its neighbours' cotangents and
 *    velocities, in one sweep for both, so its inner loop is a vector loop without conflicts.
 *  - The first and last column are computed apart; between them neighbours are at fixed distances.
 *  - Factors of dt, h and nu are joined into two; the viscosity's cotangent is summed in rows. */
#include "hand.h"

#include <string.h>

typedef struct {
  int64_t N;
  double advection; /* dt/(2 h) */
  double diffusion; /* nu dt/h^2 */
} Grid;

static Grid grid_of(int64_t N, double nu, double dt) {
  double n = (double)N;
  return (Grid){N, dt * n / 2, nu * dt * n * n};
}

/* A row of a field with those above and below it, round the edge. */
typedef struct {
  const double *below, *here, *above;
} Rows;

static inline Rows rows_at(const double *field, int64_t N, int64_t i) {
  return (Rows){field + (i == 0 ? N - 1 : i - 1) * N, field + i * N,
                field + (i == N - 1 ? 0 : i + 1) * N};
}

/* ---- forward ------------------------------------------------------------------------------- */

/* The cell in column j, whose neighbours are in columns l and r. */
static inline void step_cell(const Grid *g, Rows u, Rows v, double *u_next, double *v_next,
                             int64_t j, int64_t l, int64_t r) {
  const double a = g->advection, k = g->diffusion, u0 = u.here[j], v0 = v.here[j];
  const double centre = 1 - 4 * k, along = a * u0, across = a * v0;
  u_next[j] = centre * u0 + (k - along) * u.above[j] + (k + along) * u.below[j] +
              (k - across) * u.here[r] + (k + across) * u.here[l];
  v_next[j] = centre * v0 + (k - along) * v.above[j] + (k + along) * v.below[j] +
              (k - across) * v.here[r] + (k + across) * v.here[l];
}

static void step_row(Grid g, Rows u, Rows v, double *restrict u_next, double *restrict v_next) {
  const int64_t last = g.N - 1;
  step_cell(&g, u, v, u_next, v_next, 0, last, last == 0 ? 0 : 1);
#pragma omp simd
  for (int64_t j = 1; j < last; j++) step_cell(&g, u, v, u_next, v_next, j, j - 1, j + 1);
  if (last > 0) step_cell(&g, u, v, u_next, v_next, last, last - 1, 0);
}

/* state and next hold u, then v. */
static void step(const Grid *g, const double *state, double *next) {
  const int64_t N = g->N, size = N * N;
#pragma omp parallel for
  for (int64_t i = 0; i < N; i++)
    step_row(*g, rows_at(state, N, i), rows_at(state + size, N, i), next + i * N,
             next + size + i * N);
}

static double misfit(const double *state, const double *u_obs, const double *v_obs, int64_t size) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < size; i++) {
    double u = state[i] - u_obs[i], v = state[size + i] - v_obs[i];
    sum += u * u + v * v;
  }
  return sum;
}

/* ---- backward ------------------------------------------------------------------------------ */

/* Cotangents p of u and q of v: p_old and q_old in column j. Returns what the cell adds to the
 * cotangent of k. */
static inline double pull_cell(const Grid *g, Rows u, Rows v, Rows p, Rows q, double *p_old,
                               double *q_old, int64_t j, int64_t l, int64_t r) {
  const double a = g->advection, k = g->diffusion, p0 = p.here[j], q0 = q.here[j];
  const double centre = 1 - 4 * k;
  const double u_up = u.above[j], u_down = u.below[j], u_right = u.here[r], u_left = u.here[l];
  const double v_up = v.above[j], v_down = v.below[j], v_right = v.here[r], v_left = v.here[l];
  const double up = k + a * u_up, down = k - a * u_down; /* what neighbours weigh this cell with */
  const double right = k + a * v_right, left = k - a * v_left;
  p_old[j] = centre * p0 + up * p.above[j] + down * p.below[j] + right * p.here[r] +
             left * p.here[l] - a * (p0 * (u_up - u_down) + q0 * (v_up - v_down));
  q_old[j] = centre * q0 + up * q.above[j] + down * q.below[j] + right * q.here[r] +
             left * q.here[l] - a * (p0 * (u_right - u_left) + q0 * (v_right - v_left));
  return p0 * ((u_up + u_down) + (u_right + u_left) - 4 * u.here[j]) +
         q0 * ((v_up + v_down) + (v_right + v_left) - 4 * v.here[j]);
}

static double pull_row(Grid g, Rows u, Rows v, Rows p, Rows q, double *restrict p_old,
                       double *restrict q_old) {
  const int64_t last = g.N - 1;
  double sum = pull_cell(&g, u, v, p, q, p_old, q_old, 0, last, last == 0 ? 0 : 1);
#pragma omp simd reduction(+ : sum)
  for (int64_t j = 1; j < last; j++)
    sum += pull_cell(&g, u, v, p, q, p_old, q_old, j, j - 1, j + 1);
  if (last > 0) sum += pull_cell(&g, u, v, p, q, p_old, q_old, last, last - 1, 0);
  return sum;
}

/* One step back; returns what it adds to the cotangent of k. */
static double pull(const Grid *g, const double *state, const double *bar, double *old) {
  const int64_t N = g->N, size = N * N;
  double sum = 0;
#pragma omp parallel for reduction(+ : sum)
  for (int64_t i = 0; i < N; i++)
    sum += pull_row(*g, rows_at(state, N, i), rows_at(state + size, N, i), rows_at(bar, N, i),
                    rows_at(bar + size, N, i), old + i * N, old + size + i * N);
  return sum;
}

/* ---- the two functions ----------------------------------------------------------------------- */

/* Bytes for so many states of two fields; SIZE_MAX where there are none. */
static size_t states(int64_t N, int64_t count) {
  if (N < 0 || N > 1 << 20 || count < 0 || count > 1 << 20) return SIZE_MAX;
  return 64 + (size_t)count * 2 * (size_t)N * (size_t)N * sizeof(double);
}

static double *aligned(void *work) {
  return (double *)(((uintptr_t)work + 63) & ~(uintptr_t)63);
}

size_t hand_loss_work(int64_t N) { return states(N, 2); }

size_t hand_loss_and_grad_work(int64_t N, int64_t T) { return T < 0 ? SIZE_MAX : states(N, T + 3); }

int hand_loss(int64_t N, const double *u0, const double *v0, double nu, double dt,
              const double *u_obs, const double *v_obs, int64_t T, double *loss, void *work,
              size_t work_bytes) {
  if (work == NULL || work_bytes < hand_loss_work(N)) return 1;
  const Grid grid = grid_of(N, nu, dt);
  const int64_t size = N * N;
  double *now = aligned(work), *next = now + 2 * size;
  memcpy(now, u0, (size_t)size * sizeof *now);
  memcpy(now + size, v0, (size_t)size * sizeof *now);
  for (int64_t t = 0; t < T; t++) {
    step(&grid, now, next);
    double *spare = now;
    now = next, next = spare;
  }
  *loss = misfit(now, u_obs, v_obs, size);
  return 0;
}

int hand_loss_and_grad(int64_t N, const double *u0, double *u0_bar, const double *v0,
                       double *v0_bar, double nu, double *nu_bar, double dt, const double *u_obs,
                       const double *v_obs, int64_t T, double *loss, void *work,
                       size_t work_bytes) {
  if (work == NULL || work_bytes < hand_loss_and_grad_work(N, T)) return 1;
  const Grid grid = grid_of(N, nu, dt);
  const int64_t size = N * N;
  double *bar = aligned(work), *old = bar + 2 * size, *trajectory = old + 2 * size;
  memcpy(trajectory, u0, (size_t)size * sizeof *bar);
  memcpy(trajectory + size, v0, (size_t)size * sizeof *bar);
  for (int64_t t = 0; t < T; t++)
    step(&grid, trajectory + 2 * size * t, trajectory + 2 * size * (t + 1));
  const double *final = trajectory + 2 * size * T;
  *loss = misfit(final, u_obs, v_obs, size);
  for (int64_t i = 0; i < size; i++) {
    bar[i] = 2 * (final[i] - u_obs[i]);
    bar[size + i] = 2 * (final[size + i] - v_obs[i]);
  }
  double k_bar = 0;
  for (int64_t t = T - 1; t >= 0; t--) {
    k_bar += pull(&grid, trajectory + 2 * size * t, bar, old);
    double *spare = bar;
    bar = old, old = spare;
  }
  memcpy(u0_bar, bar, (size_t)size * sizeof *bar);
  memcpy(v0_bar, bar + size, (size_t)size * sizeof *bar);
  *nu_bar = k_bar * dt * (double)N * (double)N;
  return 0;
}
