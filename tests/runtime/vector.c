/* vector - loops over the functions of dp_math.h become vector code with the flags that
 * docs/EMBEDDING.md gives for generated code (the most used ones without flags, too).
 *
 * RUN: gcc -std=c99 -O3 -mavx2 -mfma -fopt-info-vec -c %s -DMOST_USED -I%runtime -o %t.o 2>&1 \
 * RUN:   | %FileCheck %s -check-prefix=PLAIN
 * RUN: gcc -std=c99 -O3 -msse2 -fopt-info-vec -c %s -DMOST_USED -I%runtime -o %t.o 2>&1 \
 * RUN:   | %FileCheck %s -check-prefix=SSE2
 * RUN: gcc -std=c99 -O3 -mavx2 -mfma -fno-math-errno -fno-trapping-math -ffp-contract=fast \
 * RUN:   -fopt-info-vec -c %s -I%runtime -o %t.o 2>&1 | %FileCheck %s
 *
 * PLAIN-COUNT-16: vector.c:{{.*}} loop vectorized using 32 byte vectors
 * SSE2-COUNT-16: vector.c:{{.*}} loop vectorized using 16 byte vectors
 * CHECK-COUNT-48: vector.c:{{.*}} loop vectorized using 32 byte vectors
 */
#include "dp_math.h"

#define LOOP(name, real)                                                  \
  void loop_##name(int64_t n, const real *restrict x, real *restrict y) { \
    for (int64_t i = 0; i < n; i++) y[i] = dp_##name(x[i]);               \
  }

#define LOOP2(name, real)                                                                       \
  void loop_##name(int64_t n, const real *restrict x, const real *restrict z, real *restrict y) { \
    for (int64_t i = 0; i < n; i++) y[i] = dp_##name(x[i], z[i]);                               \
  }

#define BOTH(name) LOOP(name, double) LOOP(name##f, float)

BOTH(exp)
BOTH(expm1)
BOTH(log)
BOTH(log1p)
BOTH(sin)
BOTH(cos)
BOTH(tanh)
BOTH(sigmoid)
#ifndef MOST_USED
BOTH(tan)
BOTH(sinh)
BOTH(cosh)
BOTH(asinh)
BOTH(acosh)
BOTH(atanh)
BOTH(asin)
BOTH(acos)
BOTH(atan)
BOTH(exp2)
BOTH(log2)
BOTH(log10)
BOTH(erf)
BOTH(erfc)
LOOP2(pow, double)
LOOP2(powf, float)
LOOP2(atan2, double)
LOOP2(atan2f, float)
#endif
