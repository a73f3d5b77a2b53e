/* hand - the adjoint of the Lorenz system's mean height, written by hand for speed.
 *
 * What makes it fast:
 *  - Only states are kept; a step's four slopes are computed again on the way back, where they do not
 *    lengthen the chain of cotangents and so cost little.
 *  - With few snapshots, they are placed as Griewank and Walther's revolve does; the innermost
 *    stretches, where most of the time goes, are plain loops that keep every state. */
#include "hand.h"

#include "../binomial.h"

typedef struct {
  Triple p; /* sigma, rho, beta */
  double dt, half, sixth, third;
  double share; /* the cotangent of a step's z in the mean: 1/T */
} System;

typedef struct {
  Triple state, p;
} Cotangents;

static System system_of(Triple parameters, double dt, int64_t T) {
  return (System){parameters, dt, dt / 2, dt / 6, dt / 3, 1 / (double)T};
}

static inline Triple slope(Triple p, Triple u) {
  return (Triple){p.x * (u.y - u.x), u.x * (p.y - u.z) - u.y, u.x * u.y - p.z * u.z};
}

/* u + h k */
static inline Triple moved(Triple u, double h, Triple k) {
  return (Triple){u.x + h * k.x, u.y + h * k.y, u.z + h * k.z};
}

static inline Triple sum(Triple u, Triple v) { return (Triple){u.x + v.x, u.y + v.y, u.z + v.z}; }

static inline Triple step(const System *s, Triple u) {
  Triple k1 = slope(s->p, u), k2 = slope(s->p, moved(u, s->half, k1));
  Triple k3 = slope(s->p, moved(u, s->half, k2)), k4 = slope(s->p, moved(u, s->dt, k3));
  return moved(u, s->sixth, moved(sum(k1, k4), 2, sum(k2, k3)));
}

/* The cotangent of the state that a slope was taken at; the parameters' grow. */
static inline Triple pull_slope(Triple p, Triple u, Triple bar, Triple *p_bar) {
  p_bar->x += bar.x * (u.y - u.x);
  p_bar->y += bar.y * u.x;
  p_bar->z -= bar.z * u.z;
  return (Triple){(bar.y * (p.y - u.z) - p.x * bar.x) + bar.z * u.y,
                  (p.x * bar.x - bar.y) + bar.z * u.x, -(bar.y * u.x + p.z * bar.z)};
}

static inline Triple scaled(double h, Triple u) { return (Triple){h * u.x, h * u.y, h * u.z}; }

/* The cotangents before the step from u, from those after it. */
static inline void pull(const System *s, Triple u, Cotangents *bar) {
  Triple u2 = moved(u, s->half, slope(s->p, u)), u3 = moved(u, s->half, slope(s->p, u2));
  Triple u4 = moved(u, s->dt, slope(s->p, u3));
  Triple after = bar->state;
  after.z += s->share;
  Triple outer = scaled(s->sixth, after), inner = scaled(s->third, after);
  Triple a4 = pull_slope(s->p, u4, outer, &bar->p);
  Triple a3 = pull_slope(s->p, u3, moved(inner, s->dt, a4), &bar->p);
  Triple a2 = pull_slope(s->p, u2, moved(inner, s->half, a3), &bar->p);
  Triple a1 = pull_slope(s->p, u, moved(outer, s->half, a2), &bar->p);
  bar->state = sum(after, sum(sum(a4, a3), sum(a2, a1)));
}

/* So many steps. Where total is given, the z after each are added to it; where kept is given, it
 * takes the states before each. */
static inline Triple advance(const System *s, Triple u, int64_t steps, double *total,
                             Triple *kept) {
  double sum_z = 0;
  for (int64_t t = 0; t < steps; t++) {
    if (kept != NULL) kept[t] = u;
    u = step(s, u);
    sum_z += u.z;
  }
  if (total != NULL) *total += sum_z;
  return u;
}

/* Pulls the cotangents back over all steps from kept[0] on, with room for so many states in kept.
 * The steps are made for the first time where total is given. */
static void reverse(const System *s, int64_t steps, Triple *kept, int64_t room, Cotangents *bar,
                    double *total) {
  if (steps <= 0) return;
  if (steps <= room + 1) {
    Triple last = advance(s, kept[0], steps - 1, total, kept);
    if (total != NULL) advance(s, last, 1, total, NULL);
    pull(s, last, bar);
    for (int64_t t = steps - 2; t >= 0; t--) pull(s, kept[t], bar);
  } else if (room == 1) {
    if (total != NULL) advance(s, kept[0], steps, total, NULL);
    for (int64_t t = steps - 1; t >= 0; t--) pull(s, advance(s, kept[0], t, NULL, NULL), bar);
  } else {
    int64_t ahead = binomial_split(steps, room);
    kept[1] = advance(s, kept[0], ahead, total, NULL);
    reverse(s, steps - ahead, kept + 1, room - 1, bar, total);
    reverse(s, ahead, kept, room, bar, NULL);
  }
}

int hand_mean_height(Triple start, Triple parameters, double dt, int64_t T, double *mean) {
  const System system = system_of(parameters, dt, T);
  double total = 0;
  advance(&system, start, T, &total, NULL);
  *mean = total / (double)T;
  return 0;
}

size_t hand_gradient_work(int64_t T, int64_t snapshots) {
  int64_t count = snapshots > 0 ? snapshots : T;
  if (T < 0 || snapshots < 0 || count > INT64_MAX / 64) return SIZE_MAX;
  return (size_t)(count + 1) * sizeof(Triple);
}

int hand_gradient(Triple start, Triple *start_bar, Triple parameters, Triple *parameters_bar,
                  double dt, int64_t T, int64_t snapshots, double *mean, void *work,
                  size_t work_bytes) {
  if (work == NULL || work_bytes < hand_gradient_work(T, snapshots)) return 1;
  const System system = system_of(parameters, dt, T);
  Triple *kept = work;
  Cotangents bar = {{0, 0, 0}, {0, 0, 0}};
  double total = 0;
  kept[0] = start;
  reverse(&system, T, kept, snapshots > 0 ? snapshots : T, &bar, &total);
  *mean = total / (double)T;
  *start_bar = bar.state;
  *parameters_bar = bar.p;
  return 0;
}
