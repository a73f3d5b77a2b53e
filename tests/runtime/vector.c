/* vector - loops over the functions of dp_math.h become vector code, without -ffast-math.
 *
 * RUN: %cc -std=c99 -O3 -mavx2 -mfma -fopt-info-vec -c %s -I%runtime -o %t.o 2> %t.log
 * RUN: test `grep -c "vector.c.*loop vectorized" %t.log` = 16
 * RUN: %cc -std=c99 -O3 -fopt-info-vec -c %s -I%runtime -o %t.o 2> %t.log
 * RUN: test `grep -c "vector.c.*loop vectorized" %t.log` = 16 */
#include "dp_math.h"

#define LOOP(name, real)                                          \
  void loop_##name(int64_t n, const real *restrict x, real *restrict y) { \
    for (int64_t i = 0; i < n; i++) y[i] = dp_##name(x[i]);       \
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
