/* dp_runtime - what every generated solver needs: status, parameters, workspaces, first weights.
 *
 * Generated code includes this header, dp_math.h and, where it multiplies matrices, dp_linalg.h.
 * Nothing here allocates, keeps state or does I/O, except dp_print. Link libdp_runtime.a, or compile
 * dp_runtime.c into the program. */
#ifndef DP_RUNTIME_H
#define DP_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Functions of a header, of which a program may use a few. */
#ifndef DP_INLINE
#if defined(__GNUC__)
#define DP_INLINE static inline __attribute__((unused))
#else
#define DP_INLINE static inline
#endif
#endif

/* Of the interface between generated code and this runtime; generated headers check it. */
#define DP_ABI 1

/* ---- status ---------------------------------------------------------------------------------- */

/* 0: done. > 0: recoverable, another point or step may work. < 0: the call itself is wrong. */
#define DP_STATUS_LIST(ROW)                                                            \
  ROW(DP_OK, 0, "success")                                                             \
  ROW(DP_ASSERT, 1, "an assertion of the program failed")                              \
  ROW(DP_MAX_STEPS, 2, "a while loop reached its bound")                               \
  ROW(DP_NONFINITE, 3, "a result is infinite or not a number")                         \
  ROW(DP_DOMAIN, 4, "an index, a slice or an integer divisor is out of its domain")    \
  ROW(DP_STORE, 5, "a snapshot could not be saved or loaded")                          \
  ROW(DP_WORK_SHORT, -1, "the workspace is too small: ask the function's _work query") \
  ROW(DP_BAD_SIZE, -2, "a size is negative or too large, or the workspace is NULL")

#define DP_STATUS_ROW(name, value, text) name = value,
enum dp_status { DP_STATUS_LIST(DP_STATUS_ROW)};
#undef DP_STATUS_ROW

/* A sentence without a period; never NULL. */
const char *dp_status_text(int status);

/* ---- parameters of a model ------------------------------------------------------------------- */

enum { DP_MAX_RANK = 8 };

/* One leaf of a flat parameter array: its numbers are theta[offset ..], row-major. */
typedef struct dp_param {
  const char *name; /* the path in the model, as prey.layers.0.W */
  int rank;
  int64_t shape[DP_MAX_RANK];
  int64_t offset;
} dp_param;

/* The product of its shape; 1 for a scalar. */
int64_t dp_param_size(const dp_param *param);

/* ---- sizes and workspaces -------------------------------------------------------------------- */

/* Sizes in bytes that cannot overflow unseen: SIZE_MAX is "too large" and sticks. */
DP_INLINE size_t dp_size_add(size_t a, size_t b) { return a > SIZE_MAX - b ? SIZE_MAX : a + b; }

DP_INLINE size_t dp_size_mul(size_t a, size_t b) {
  if (a == 0 || b == 0) return 0;
  return a > SIZE_MAX / b ? SIZE_MAX : a * b;
}

/* A count as a size; negative ones become SIZE_MAX. */
DP_INLINE size_t dp_size(int64_t n) {
  return n < 0 || (uint64_t)n > SIZE_MAX ? SIZE_MAX : (size_t)n;
}

/* Alignment of the buffers in a workspace: a cache line, and a vector of any machine. */
enum { DP_ALIGN = 64 };

/* What a buffer of so many bytes takes up in a workspace: whole lines, and a gap behind a large one. Without
 * gaps, buffers whose size is a power of two would begin at the same place of a cache's sets, and a loop over
 * several of them would evict what it is about to read again. SIZE_MAX sticks. */
enum { DP_LARGE = 16384, DP_GAP = 17 * DP_ALIGN };

DP_INLINE size_t dp_size_round(size_t bytes) {
  const size_t gap = bytes < DP_LARGE ? 0 : DP_GAP;
  return bytes > SIZE_MAX - (DP_ALIGN - 1) - gap
             ? SIZE_MAX
             : (bytes + (DP_ALIGN - 1)) / DP_ALIGN * DP_ALIGN + gap;
}

/* The first aligned address in work. Costs at most DP_ALIGN - 1 bytes, which a query must add. */
DP_INLINE void *dp_align(void *work) {
  const uintptr_t past = (uintptr_t)work % DP_ALIGN;
  return past ? (char *)work + (DP_ALIGN - past) : work;
}

/* Where snapshots go that a loop does not keep in memory (checkpoint(.., disk = D)). `part` says which
 * array of the state, `place` which snapshot; both count from 0. What was saved last under a part
 * and place is what load must give; a part has one size. Both return 0 when all is well; else the
 * generated function ends at once with DP_STORE. dp_host.h has one that writes a file. */
typedef struct dp_store {
  int (*save)(void *user, int64_t part, int64_t place, const void *data, size_t bytes);
  int (*load)(void *user, int64_t part, int64_t place, void *data, size_t bytes);
  void *user;
} dp_store;

/* What is left of a workspace. A function carves its buffers from it, one after the other. */
typedef struct dp_space {
  char *next;
  size_t left;
} dp_space;

DP_INLINE dp_space dp_space_of(void *work, size_t bytes) {
  dp_space space = {(char *)work, work ? bytes : 0};
  return space;
}

/* The next `bytes` of it, aligned; NULL when it is too short (also for 0 bytes). Needs at most
 * dp_size_round(bytes) + DP_ALIGN - 1 for the first buffer and dp_size_round(bytes) for each
 * further one. */
DP_INLINE void *dp_carve(dp_space *space, size_t bytes) {
  if (!space->next || bytes == 0) return NULL;
  char *at = (char *)dp_align(space->next);
  const size_t skipped = (size_t)(at - space->next);
  if (skipped > space->left || bytes > space->left - skipped) return NULL;
  const size_t whole = dp_size_round(bytes), rest = space->left - skipped;
  space->left = whole > rest ? 0 : rest - whole;
  space->next = whole > rest ? at + bytes : at + whole;
  return at;
}

/* ---- random numbers -------------------------------------------------------------------------- */

/* A stream of Philox 4x32-10 (dp_philox.h): blocks are functions of key, stream and number, so
 * streams are the same on every platform. More in dp_random.h. */
typedef struct dp_rng {
  uint64_t key, stream, number; /* number: of the next block */
  uint32_t block[4];
  int used; /* words of block that are spent */
} dp_rng;

void dp_rng_seed(dp_rng *rng, uint64_t seed);
uint32_t dp_rng_next(dp_rng *rng);
/* In [0, 1), a multiple of 2^-53. */
double dp_uniform(dp_rng *rng);
/* Mean 0, deviation 1. By Box and Muller (1958); uses two uniforms each, so order does not
 * depend on history. */
double dp_normal(dp_rng *rng);

/* Initial weights: n numbers uniform in [low, high), or normal. */
void dp_init_uniform(dp_rng *rng, int64_t n, double low, double high, double *x);
void dp_init_normal(dp_rng *rng, int64_t n, double mean, double deviation, double *x);
void dp_init_constant(int64_t n, double value, double *x);
void dp_init_uniformf(dp_rng *rng, int64_t n, double low, double high, float *x);
void dp_init_normalf(dp_rng *rng, int64_t n, double mean, double deviation, float *x);
void dp_init_constantf(int64_t n, double value, float *x);

/* ---- print ----------------------------------------------------------------------------------- */

/* Where `print` of a program goes: standard error, a line per call, format as printf without the
 * newline. A program that defines a dp_print of its own gets the lines instead (in the library
 * it is a file alone). */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
void dp_print(const char *format, ...);

/* ---- vector loops ---------------------------------------------------------------------------- */

/* DP_SIMD before a loop: its iterations are independent. DP_SIMD_SUM(s): but for a sum into s,
 * which may be reordered; DP_SIMD_MAX and DP_SIMD_MIN likewise. They are OpenMP's with
 * -DDP_USE_SIMD, for which the compiler needs -fopenmp-simd or -fopenmp; without, sums keep the
 * order of the source. */
#define DP_PRAGMA(text) _Pragma(#text)
#ifdef DP_USE_SIMD
#define DP_SIMD DP_PRAGMA(omp simd)
#define DP_SIMD_SUM(...) DP_PRAGMA(omp simd reduction(+ : __VA_ARGS__))
#define DP_SIMD_MAX(...) DP_PRAGMA(omp simd reduction(max : __VA_ARGS__))
#define DP_SIMD_MIN(...) DP_PRAGMA(omp simd reduction(min : __VA_ARGS__))
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpass-failed" /* a loop that stays scalar is no mistake */
#endif
#else
#if defined(__GNUC__) && !defined(__clang__)
#define DP_SIMD DP_PRAGMA(GCC ivdep)
#else
#define DP_SIMD
#endif
#define DP_SIMD_SUM(...)
#define DP_SIMD_MAX(...)
#define DP_SIMD_MIN(...)
#endif

/* ---- parallel loops -------------------------------------------------------------------------- */

/* DP_PARALLEL(work) before a loop: its iterations are independent. They run on several threads where
 * the compiler runs with -fopenmp and there is enough work, in cheap operations, to pay for that;
 * otherwise on one. DP_PARALLEL_LOOPS(n, work): the same for n nested loops together;
 * DP_PARALLEL_BLOCKS: iterations may take different time; DP_PARALLEL_SIMD: they are vector loops
 * as well. What is computed does not depend on any of that. */
#ifdef _OPENMP
#ifndef DP_PARALLEL_WORK
#define DP_PARALLEL_WORK 32768
#endif
#define DP_PARALLEL(work) \
  DP_PRAGMA(omp parallel for schedule(static) if ((work) >= DP_PARALLEL_WORK))
#define DP_PARALLEL_LOOPS(n, work) \
  DP_PRAGMA(omp parallel for collapse(n) schedule(static) if ((work) >= DP_PARALLEL_WORK))
#define DP_PARALLEL_BLOCKS(work) \
  DP_PRAGMA(omp parallel for schedule(dynamic) if ((work) >= DP_PARALLEL_WORK))
#ifdef DP_USE_SIMD
#define DP_PARALLEL_SIMD(work) \
  DP_PRAGMA(omp parallel for simd schedule(static) if (parallel : (work) >= DP_PARALLEL_WORK))
#else
#define DP_PARALLEL_SIMD(work) DP_PARALLEL(work)
#endif
#else
#define DP_PARALLEL(work)
#define DP_PARALLEL_LOOPS(n, work)
#define DP_PARALLEL_BLOCKS(work)
#define DP_PARALLEL_SIMD(work) DP_SIMD
#endif

#ifdef __cplusplus
}
#endif
#endif
