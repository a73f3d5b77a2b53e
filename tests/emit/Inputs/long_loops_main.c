#include "long_loops.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *verdict(int status, double tangent, double adjoint) {
  if (status) return dp_status_text(status);
  return fabs(tangent - adjoint) <= 1e-9 * (1e-9 + fabs(tangent)) ? "agrees" : "differs";
}

static void run_equations(void) {
  const int64_t steps = 1000000;
  const size_t bytes = long_loops_meeting_grad_work(steps);
  void *work = malloc(bytes);
  double y, g[3], tangent;
  int status = long_loops_meeting_grad(1.1, &g[0], 0.7, &g[1], 1.3, &g[2], steps, &y, work, bytes);
  status |= long_loops_meeting_tan(1.1, 1, 0.7, 0.5, 1.3, -0.25, steps, &tangent, NULL, 0);
  const char *found = verdict(status, tangent, g[0] + 0.5 * g[1] - 0.25 * g[2]);
  printf("a million steps: work of %d bytes, %s\n", (int)bytes, found);
  free(work);
}

static void run_stencil(int64_t n, int64_t steps) {
  const size_t cells = (size_t)n * (size_t)n, state = cells * sizeof(double);
  const size_t bytes = long_loops_flow_grad_work(n, steps), less = long_loops_flow_tan_work(n);
  double *u = malloc(state), *u_dot = malloc(state), *u_bar = malloc(state);
  void *work = malloc(bytes > less ? bytes : less);
  if (!u || !u_dot || !u_bar || !work) exit(1);
  for (size_t i = 0; i < cells; i++) {
    u[i] = sin(6.28 * (double)(i % (size_t)n) / (double)n) + cos(0.3 * (double)(i / (size_t)n));
    u_dot[i] = sin(0.1 * (double)i) + 0.2;
  }
  double y, nu_bar, tangent;
  int status = long_loops_flow_grad(n, u, u_bar, 0.05, &nu_bar, steps, &y, work, bytes);
  status |= long_loops_flow_tan(n, u, u_dot, 0.05, 0.5, steps, &tangent, work, less);
  double adjoint = 0.5 * nu_bar;
  for (size_t i = 0; i < cells; i++) adjoint += u_bar[i] * u_dot[i];
  printf("%d steps of %d x %d: work of %.1f states, %s\n", (int)steps, (int)n, (int)n,
         (double)bytes / (double)state, verdict(status, tangent, adjoint));
  free(u), free(u_dot), free(u_bar), free(work);
}

int main(int argc, char **argv) {
  run_equations();
  run_stencil(argc > 1 ? atoi(argv[1]) : 512, argc > 2 ? atoi(argv[2]) : 10000);
  return 0;
}
