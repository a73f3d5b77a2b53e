/* dp_linalg - products of matrices and vectors, for generated code and for plain C.
 *
 * Each function exists for double and, with an f at its end, for float. A matrix is a pointer to its
 * first element and two strides, counted in elements: element (i, j) of A is A[i*a_row + j*a_col].
 * Strides may be negative or 0, so that a transposed or reversed matrix is only another pair of
 * them. The result never overlaps an operand. Sizes of 0 are allowed; nothing is allocated.
 *
 *   dp_matmul      C = A B    C: m by n with rows of contiguous elements; A: m by k; B: k by n
 *   dp_matmul_add  C += A B
 *   dp_matvec      y = A x    y: m contiguous elements; A: m by k with contiguous rows; x: k of them
 *   dp_matvec_add  y += A x
 *   dp_matmul_levels  C = A B where the terms of a sum are three nested loops, as in a convolution: how
 *                  many steps each has, and how far one goes in A (`first`) and in B (`second`), the
 *                  outermost first. B's columns are contiguous
 *   dp_matmul_levels_add  C += the same
 *   dp_matmul_windows_add  c[r, i + k, j + l] += the sum over q of A[r, q, k, l]*B[q, i, j]: what comes back
 *                  to a convolution's input through windows that overlap; see dp_windows
 *   dp_dots        c_ij = sum over r, l of A[i*a_row + r*a_run + l]*B[j*b_row + r*b_run + l]: the terms
 *                  are `runs` runs of k contiguous elements, in both factors; m rows of A with n of
 *                  B, which may overlap, as windows do. C has two strides
 *   dp_dots_add    c_ij += the same
 *   dp_dots_levels  dp_dots for each step of two nested loops around it, which go so far in B (`first`)
 *                  and in C (`second`), with less traffic than that many calls
 *   dp_dots_levels_add  dp_dots_add likewise
 *
 * An element of the result is what it was (or 0), plus the terms one after the other for dp_matmul,
 * whatever the sizes: a product cut into pieces along k gives the same bits as in one piece. For
 * dp_matvec and dp_dots the terms go to as many partial sums as a register has lanes, for dp_dots
 * block by block of runs.
 *
 * -DDP_USE_CBLAS, with a <cblas.h> and a library, lets BLAS do the large dp_matmul_add; its sums
 * may then be in another order. */
#ifndef DP_LINALG_H
#define DP_LINALG_H

#include "dp_runtime.h"

#include <stdint.h>
#include <string.h>

#ifdef DP_USE_CBLAS
#include <cblas.h>
#endif

/* One of several nested loops of a kernel: its steps, and how far one goes in either array. */
typedef struct dp_level {
  int64_t count, first, second;
} dp_level;

/* The sizes and strides of dp_matmul_windows_add: r < rows, q < terms, i < runs, k < height, j < columns,
 * l < width. Along j and l, C and B are contiguous. */
typedef struct dp_windows {
  int64_t rows, terms, runs, height, columns, width;
  int64_t a_row, a_term, a_run, a_column; /* steps of r, q, k, l in A, */
  int64_t b_term, b_run;                  /* of q and i in B, */
  int64_t c_row, c_run;                   /* of r, and of i or k, in C */
} dp_windows;

/* Bytes of a vector register, and whether there are 32 of them rather than 16. */
#if defined(DP_VECTOR_BYTES)
/* said by who compiles: 1, 16, 32 or 64 */
#elif !defined(__GNUC__)
#define DP_VECTOR_BYTES 1 /* no vectors: one lane, in plain C */
#elif defined(__AVX512F__)
#define DP_VECTOR_BYTES 64
#elif defined(__AVX__)
#define DP_VECTOR_BYTES 32
#else
#define DP_VECTOR_BYTES 16
#endif
#if defined(__AVX512F__) || defined(__aarch64__)
enum { DP_TILE_ROWS = 8 };
#else
enum { DP_TILE_ROWS = 4 };
#endif

/* DP_IN_REGISTER(v): v is loaded once; compilers would rather load it again for each use. */
#if defined(__GNUC__) && defined(__AVX512F__)
#define DP_IN_REGISTER(v) __asm__("" : "+v"(v))
#elif defined(__GNUC__) && defined(__SSE2__)
#define DP_IN_REGISTER(v) __asm__("" : "+x"(v))
#elif defined(__GNUC__) && defined(__aarch64__)
#define DP_IN_REGISTER(v) __asm__("" : "+w"(v))
#else
#define DP_IN_REGISTER(v) ((void)0)
#endif

#if defined(__GNUC__)
#define DP_ALWAYS_INLINE static inline __attribute__((always_inline, unused))
#else
#define DP_ALWAYS_INLINE static inline
#endif

/* A function of its own: inlined, its sums would share registers with what is around it. */
#if defined(__GNUC__)
#define DP_ALONE static __attribute__((noinline, unused))
#else
#define DP_ALONE static
#endif

/* Before loops of a constant few steps: clang unrolls them anyway. */
#if defined(__GNUC__) && !defined(__clang__)
#define DP_UNROLL DP_PRAGMA(GCC unroll 8)
#else
#define DP_UNROLL
#endif

#if defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 12)
#define DP_SHUFFLE __builtin_shufflevector
#endif

#ifndef DP_RESTRICT
#ifdef __cplusplus
#define DP_RESTRICT __restrict
#else
#define DP_RESTRICT restrict
#endif
#endif

enum {
  DP_TILE_WIDTH = 3,  /* vectors in a row of a tile */
  DP_ROW_WIDTH = 8,   /* the same where the tile is a single row */
  DP_PANEL_DEPTH = 128, /* rows of a packed panel: it stays in the first-level cache */
  DP_PACK_ROWS = 16,    /* packing pays for so many rows of the result, */
  DP_PACK_SIZE = 4096,  /* and where B has so many elements */
  DP_DOTS_BYTES = 12288, /* of A that dp_dots goes through again and again */
  DP_WINDOWS_BYTES = 24576, /* of a panel of dp_matmul_windows_add: it stays in the first-level cache */
  DP_WINDOWS_MOST = 16      /* how high and wide windows are that are gone through at once */
};

#define DP_REAL double
#define DP_LANES (DP_VECTOR_BYTES == 1 ? 1 : DP_VECTOR_BYTES / 8)
#define DP_OF(name) name
#define dp_blas_gemm cblas_dgemm
#include "dp_linalg_kernels.h"
#include "dp_window_kernels.h"
#undef DP_REAL
#undef DP_LANES
#undef DP_OF

#define DP_REAL float
#define DP_LANES (DP_VECTOR_BYTES == 1 ? 1 : DP_VECTOR_BYTES / 4)
#define DP_OF(name) name##f
#define dp_blas_gemmf cblas_sgemm
#include "dp_linalg_kernels.h"
#include "dp_window_kernels.h"
#undef DP_REAL
#undef DP_LANES
#undef DP_OF

#endif
