/* Calls everything in parallel.dp and writes all results to a file. */
#include "parallel.h"
#include "dp_random.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 101, M = 37, K = 45, T = 30, H = 9, D = 7 };

static FILE *out;
static dp_rng rng;

static void put(const double *x, int n) {
  const int written = (int)fwrite(x, sizeof *x, (size_t)n, out);
  assert(written == n);
}

static double *draw(int n) {
  double *x = malloc((size_t)n * sizeof *x);
  for (int i = 0; i < n; i++) x[i] = dp_uniform_in(&rng, 0.1, 1.9);
  return x;
}

/* The call with a workspace of the size it asks for. */
#define CALL(query, status, ...)                  \
  do {                                            \
    const size_t bytes = query;                   \
    void *work = malloc(bytes + 1);               \
    const int got = __VA_ARGS__, wanted = status; \
    assert(got == wanted);                        \
    free(work);                                   \
  } while (0)

static void maps(void) {
  double *u = draw(N * M), *v = draw(N * M), s[2];
  CALL(parallel_field_work(N, M), DP_OK, parallel_field(N, M, u, 0.3, v, work, bytes));
  put(v, N * M);
  CALL(parallel_line_work(N), DP_OK, parallel_line(N, u, v, work, bytes));
  put(v, N);
  CALL(parallel_cube_work(M), DP_OK, parallel_cube(M, u, v, work, bytes));
  put(v, 12 * M);
  CALL(parallel_total_work(N), DP_OK, parallel_total(N, u, s, work, bytes));
  put(s, 1);
  CALL(parallel_extremes_work(N), DP_OK, parallel_extremes(N, u, s, s + 1, work, bytes));
  put(s, 2);
  CALL(parallel_small_work(), DP_OK, parallel_small(u, v, work, bytes));
  put(v, 100);
  free(u);
  free(v);
}

static void adjoints(void) {
  double *u = draw(N * M), *u_bar = draw(N * M), *w = draw(N), *w_bar = draw(N), s[2];
  int64_t idx[N];
  CALL(parallel_energy_grad_work(N, M), DP_OK,
       parallel_energy_grad(N, M, u, u_bar, 0.3, s, s + 1, work, bytes));
  put(u_bar, N * M);
  put(s, 2);
  for (int i = 0; i < N; i++) idx[i] = (int64_t)(dp_uniform(&rng) * M);
  CALL(parallel_gather_grad_work(M, N), DP_OK,
       parallel_gather_grad(M, N, u, u_bar, idx, w, w_bar, s, work, bytes));
  put(u_bar, M);
  put(w_bar, N);
  for (int i = 0; i < N; i++) idx[i] %= 5;
  CALL(parallel_few_grad_work(N), DP_OK,
       parallel_few_grad(N, u, u_bar, idx, w, w_bar, s, work, bytes));
  put(u_bar, 5);
  put(w_bar, N);
  put(s, 1);
  free(u);
  free(u_bar);
  free(w);
  free(w_bar);
}

static void batches(void) {
  double *x = draw(K * N), *x_bar = draw(K * N), *W = draw(H * D), *W_bar = draw(H * D), s[1];
  double b_bar[H], p_bar[3], p[3] = {1, -2, 0.1};
  CALL(parallel_ensemble_grad_work(K, T), DP_OK,
       parallel_ensemble_grad(K, x, x_bar, p, p_bar, T, s, work, bytes));
  put(x_bar, K * 2);
  put(p_bar, 3);
  put(s, 1);
  CALL(parallel_batch_grad_work(H, D, K), DP_OK,
       parallel_batch_grad(H, D, K, W, W_bar, x, b_bar, x, s, work, bytes));
  put(W_bar, H * D);
  put(b_bar, H);
  put(s, 1);
  CALL(parallel_rods_work(K, N), DP_OK, parallel_rods(K, N, x, T, x_bar, work, bytes));
  put(x_bar, K);
  free(x);
  free(x_bar);
  free(W);
  free(W_bar);
}

static void kernels(void) {
  enum { OUT = 24, IN = 17, TAPS = 9 };
  double *W = draw(OUT * IN * TAPS), *W_bar = draw(OUT * IN * TAPS), *u = draw(N * N), *v = draw(N * N), s[1];
  for (int i = 0; i < OUT * IN * TAPS; i++) W[i] -= 1;
  CALL(parallel_convolved_grad_work(T, H), DP_OK,
       parallel_convolved_grad(T, H, W, W_bar, u, v, s, work, bytes));
  put(W_bar, OUT * IN * TAPS);
  put(v, IN * T * H);
  put(s, 1);
  double *C = draw(N * N);
  CALL(parallel_product_work(N), DP_OK, parallel_product(N, u, v, C, work, bytes));
  put(C, N * N);
  free(W);
  free(W_bar);
  free(u);
  free(v);
  free(C);
}

static void failures(void) {
  double *a = draw(N), *r = draw(N);
  CALL(parallel_roots_work(N), DP_OK, parallel_roots(N, a, r, work, bytes));
  put(r, N);
  a[70] = -1;
  CALL(parallel_roots_work(N), DP_ASSERT, parallel_roots(N, a, r, work, bytes));
  a[20] = 1e300;
  CALL(parallel_roots_work(N), DP_MAX_STEPS, parallel_roots(N, a, r, work, bytes));
  a[3] = -1;
  CALL(parallel_roots_work(N), DP_ASSERT, parallel_roots(N, a, r, work, bytes));
  free(a);
  free(r);
}

int main(int argc, char **argv) {
  assert(argc == 2);
  out = fopen(argv[1], "wb");
  assert(out);
  dp_rng_seed(&rng, 7);
  maps();
  adjoints();
  batches();
  kernels();
  failures();
  return fclose(out) ? 1 : 0;
}
