/* vector - loops over the functions of dp_math.h become vector code, without -ffast-math.
 *
 * RUN: gcc -std=c99 -O3 -mavx2 -mfma -fopt-info-vec -c %s -I%runtime -o %t.o 2>&1 | %FileCheck %s
 * RUN: gcc -std=c99 -O3 -msse2 -fopt-info-vec -c %s -I%runtime -o %t.o 2>&1 \
 * RUN:   | %FileCheck %s -check-prefix=SSE2
 *
 * CHECK-COUNT-16: vector.c:{{.*}} loop vectorized using 32 byte vectors
 * SSE2-COUNT-16: vector.c:{{.*}} loop vectorized using 16 byte vectors
 */
#include "dp_math.h"

#define LOOP(name, real)                                                  \
  void loop_##name(int64_t n, const real *restrict x, real *restrict y) { \
    for (int64_t i = 0; i < n; i++) y[i] = dp_##name(x[i]);               \
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
