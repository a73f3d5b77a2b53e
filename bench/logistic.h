/* logistic - 1/(1 + 2^z) in vectors, for networks by hand with tanh: tanh(z) = 2 s - 1 with
 * s = logistic(LOGISTIC_SCALE z). */
#ifndef BENCH_LOGISTIC_H
#define BENCH_LOGISTIC_H

#include "lanes.h"

#define LOGISTIC_SCALE (-2.8853900817779268) /* -2/log 2 */

#ifdef __AVX512F__

/* 2^(j/16), less the exponent that adding j << 48 brings. */
static const int64_t LOGISTIC_POWERS[16] __attribute__((aligned(64))) = {
    0x3ff0000000000000, 0x3fefb5586cf9890f, 0x3fef72b83c7d517b, 0x3fef387a6e756238,
    0x3fef06fe0a31b715, 0x3feedea64c123422, 0x3feebfdad5362a27, 0x3feeab07dd485429,
    0x3feea09e667f3bcd, 0x3feea11473eb0187, 0x3feeace5422aa0db, 0x3feec49182a3f090,
    0x3feee89f995ad3ad, 0x3fef199bdd85529c, 0x3fef5818dcfba487, 0x3fefa4afa2a490da};

/* 2^z for |z| <= 1000. 2^z = 2^(k/16) 2^f, |f| <= 1/32: a table in registers (Tang 1989) and
 * interpolation of degree 6 in Chebyshev's points, relative error 8e-18. */
LANES_INLINE lanes power_of_two(lanes z) {
  const double shift = 0x1.8p48; /* its last place is 1/16 */
  lanes shifted = z + shift;
  lanes f = z - (shifted - shift);
  lanes_int k = (lanes_int)shifted;
  lanes power = (lanes)(lanes_lookup(LOGISTIC_POWERS, k) + (k << 48));
  lanes f2 = f * f;
  lanes low = 0x1p0 + 0x1.62e42fefa39fdp-1 * f;
  lanes mid = 0x1.ebfbdff82c594p-3 + 0x1.c6b08d6e8a384p-5 * f;
  lanes high = 0x1.3b2ab6fb09b31p-7 + 0x1.5d89be4c12513p-10 * f + 0x1.430a49610efc6p-13 * f2;
  return power * (low + f2 * (mid + f2 * high));
}

#else

/* 2^z for |z| <= 1000. 2^z = 2^k 2^f, |f| <= 1/2: interpolation of degree 11 in Chebyshev's
 * points, relative error 4e-18; a table would need a gather. */
LANES_INLINE lanes power_of_two(lanes z) {
  const double shift = 0x1.8p52; /* its last place is 1 */
  lanes shifted = z + shift;
  lanes f = z - (shifted - shift), f2 = f * f, f4 = f2 * f2;
  lanes p0 = 0x1p0 + 0x1.62e42fefa39efp-1 * f;
  lanes p2 = 0x1.ebfbdff82c5aep-3 + 0x1.c6b08d704a0c6p-5 * f;
  lanes p4 = 0x1.3b2ab6fb9f1a5p-7 + 0x1.5d87fe78a3f9cp-10 * f;
  lanes p6 = 0x1.430913112c61bp-13 + 0x1.ffcbfc6da6ed1p-17 * f;
  lanes p8 = 0x1.62bfc2c86d700p-20 + 0x1.b524ebd13a55fp-24 * f;
  lanes p10 = 0x1.e6228acd1c6e5p-28 + 0x1.e9ec1fcb69a7fp-32 * f;
  lanes value = (p0 + f2 * p2) + f4 * ((p4 + f2 * p6) + f4 * (p8 + f2 * p10));
  return (lanes)((lanes_int)value + ((lanes_int)shifted << 52));
}

#endif

/* 1/(1 + 2^z), to about 4 ulp. Beyond |z| = 1000 the result is 0 or 1 to every digit, so z stops
 * there. */
LANES_INLINE lanes logistic(lanes z) { return 1.0 / (1.0 + power_of_two(lanes_clip(z, 1000.0))); }

#endif
