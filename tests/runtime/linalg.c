/* linalg - products of every small size and of a few large ones against plain loops, with strides of
 * every kind, for double and float, with and without vectors.
 *
 * RUN: %cc -std=c99 -Wall -Wextra -pedantic -Werror -O2 %s -I%runtime -lm -o %t && %t
 * RUN: %cc -std=c99 -O3 -march=native -ffp-contract=fast %s -I%runtime -lm -o %t && %t
 * RUN: gcc -std=c99 -O1 -mavx2 -mfma -c %s -I%runtime -o %t.o
 * RUN: gcc -std=c99 -O1 -mavx512f -c %s -I%runtime -o %t.o
 * RUN: gcc -std=c99 -Wall -Wextra -pedantic -Werror -Wno-cpp -O1 -DNO_VECTORS %s -I%runtime -lm \
 * RUN:   -o %t && %t */
#ifdef NO_VECTORS
#define DP_VECTOR_BYTES 1
#endif
#include "dp_linalg.h"
#include "check.h"

#include <stdlib.h>

enum { ROOM = 40000, AWAY = 99 };

/* Numbers with few digits: sums of products of them are exact, in any order. */
static double number(void) {
  static uint32_t state = 1;
  state = state * 1664525u + 1013904223u;
  return (double)(int)(state >> 28) - 8;
}

#define PRODUCTS(real, suffix)                                                                     \
  static real a##suffix[ROOM], b##suffix[ROOM], c##suffix[ROOM], d##suffix[ROOM];                  \
                                                                                                   \
  static void fill##suffix(void) {                                                                 \
    for (int i = 0; i < ROOM; i++) {                                                               \
      a##suffix[i] = (real)number();                                                               \
      b##suffix[i] = (real)number();                                                               \
      c##suffix[i] = d##suffix[i] = (real)number();                                                \
    }                                                                                              \
  }                                                                                                \
                                                                                                   \
  /* C = A B or C += A B; of the operands' strides one is 1, or with a gap, or reversed. */        \
  static void product##suffix(int m, int n, int k, int variant) {                                  \
    const int gap = variant & 1 ? 3 : 0, add = variant >> 1 & 1;                                   \
    const int a_turned = variant >> 2 & 1, b_turned = variant >> 3 & 1, back = variant >> 4 & 1;   \
    int a_row = a_turned ? 1 : k + gap, a_col = a_turned ? m + gap : 1;                            \
    int b_row = b_turned ? 1 : n + gap, b_col = b_turned ? k + gap : 1;                            \
    const int c_row = n + gap;                                                                     \
    const real *first_a = a##suffix, *first_b = b##suffix;                                         \
    if (back && k > 0) { /* k runs backwards */                                                    \
      first_a += (k - 1) * a_col, first_b += (k - 1) * b_row;                                      \
      a_col = -a_col, b_row = -b_row;                                                              \
    }                                                                                              \
    for (int i = 0; i < m * c_row + AWAY; i++) d##suffix[i] = c##suffix[i];                        \
    for (int i = 0; i < m; i++)                                                                    \
      for (int j = 0; j < n; j++) {                                                                \
        real sum = add ? d##suffix[i * c_row + j] : 0;                                             \
        for (int l = 0; l < k; l++)                                                                \
          sum += first_a[i * a_row + l * a_col] * first_b[l * b_row + j * b_col];                  \
        d##suffix[i * c_row + j] = sum;                                                            \
      }                                                                                            \
    if (add)                                                                                       \
      dp_matmul_add##suffix(m, n, k, first_a, a_row, a_col, first_b, b_row, b_col, c##suffix,      \
                            c_row);                                                                \
    else                                                                                           \
      dp_matmul##suffix(m, n, k, first_a, a_row, a_col, first_b, b_row, b_col, c##suffix, c_row);  \
    int same = 1; /* nothing else was written, either */                                           \
    for (int i = 0; i < m * c_row + AWAY; i++) same = same && c##suffix[i] == d##suffix[i];        \
    if (!same) fprintf(stderr, "m %d n %d k %d variant %d\n", m, n, k, variant);                   \
    CHECK(same);                                                                                   \
    for (int i = 0; i < m * c_row; i++) c##suffix[i] = (real)number();                             \
  }                                                                                                \
                                                                                                   \
  static void vector##suffix(int m, int k, int gap, int add) {                                     \
    for (int i = 0; i < m + AWAY; i++) d##suffix[i] = c##suffix[i];                                \
    for (int i = 0; i < m; i++) {                                                                  \
      real sum = add ? d##suffix[i] : 0;                                                           \
      for (int l = 0; l < k; l++) sum += a##suffix[i * (k + gap) + l] * b##suffix[l];              \
      d##suffix[i] = sum;                                                                          \
    }                                                                                              \
    if (add) dp_matvec_add##suffix(m, k, a##suffix, k + gap, b##suffix, c##suffix);                \
    else dp_matvec##suffix(m, k, a##suffix, k + gap, b##suffix, c##suffix);                        \
    int same = 1;                                                                                  \
    for (int i = 0; i < m + AWAY; i++) same = same && c##suffix[i] == d##suffix[i];                \
    if (!same) fprintf(stderr, "vector: m %d k %d gap %d add %d\n", m, k, gap, add);               \
    CHECK(same);                                                                                   \
    for (int i = 0; i < m; i++) c##suffix[i] = (real)number();                                     \
  }                                                                                                \
                                                                                                   \
  /* Windows of B overlap: its rows begin next to each other. */                                   \
  static void dots##suffix(int m, int n, int runs, int k, int gap, int add) {                      \
    const int a_run = k + gap, a_row = runs * a_run, b_run = k + n + gap, c_row = n + gap;         \
    for (int i = 0; i < m * c_row + AWAY; i++) d##suffix[i] = c##suffix[i];                        \
    for (int i = 0; i < m; i++)                                                                    \
      for (int j = 0; j < n; j++) {                                                                \
        real sum = add ? d##suffix[i * c_row + j] : 0;                                             \
        for (int r = 0; r < runs; r++)                                                             \
          for (int l = 0; l < k; l++)                                                              \
            sum += a##suffix[i * a_row + r * a_run + l] * b##suffix[j + r * b_run + l];            \
        d##suffix[i * c_row + j] = sum;                                                            \
      }                                                                                            \
    if (add)                                                                                       \
      dp_dots_add##suffix(m, n, runs, k, a##suffix, a_row, a_run, b##suffix, 1, b_run, c##suffix,  \
                          c_row, 1);                                                               \
    else                                                                                           \
      dp_dots##suffix(m, n, runs, k, a##suffix, a_row, a_run, b##suffix, 1, b_run, c##suffix,      \
                      c_row, 1);                                                                   \
    int same = 1;                                                                                  \
    for (int i = 0; i < m * c_row + AWAY; i++) same = same && c##suffix[i] == d##suffix[i];        \
    if (!same) fprintf(stderr, "dots: m %d n %d runs %d k %d\n", m, n, runs, k);                   \
    CHECK(same);                                                                                   \
    for (int i = 0; i < m * c_row; i++) c##suffix[i] = (real)number();                             \
  }                                                                                                \
                                                                                                   \
  /* A convolution: windows of k by k, `in` channels; rows of B are `wide` apart. */               \
  static void levels##suffix(int m, int n, int in, int k, int add) {                               \
    const int wide = n + k, deep = k * wide, c_row = n + 2, all = in * k * k;                      \
    for (int i = 0; i < m * c_row + AWAY; i++) d##suffix[i] = c##suffix[i];                        \
    for (int i = 0; i < m; i++)                                                                    \
      for (int j = 0; j < n; j++) {                                                                \
        real sum = add ? d##suffix[i * c_row + j] : 0;                                             \
        for (int h = 0; h < in; h++)                                                               \
          for (int p = 0; p < k; p++)                                                              \
            for (int q = 0; q < k; q++)                                                            \
              sum += a##suffix[i * all + (h * k + p) * k + q] *                                    \
                     b##suffix[h * deep + p * wide + q + j];                                       \
        d##suffix[i * c_row + j] = sum;                                                            \
      }                                                                                            \
    const dp_level levels[3] = {{in, k * k, deep}, {k, k, wide}, {k, 1, 1}};                       \
    if (add)                                                                                       \
      dp_matmul_levels_add##suffix(m, n, levels, a##suffix, all, b##suffix, c##suffix, c_row);     \
    else dp_matmul_levels##suffix(m, n, levels, a##suffix, all, b##suffix, c##suffix, c_row);      \
    int same = 1;                                                                                  \
    for (int i = 0; i < m * c_row + AWAY; i++) same = same && c##suffix[i] == d##suffix[i];        \
    if (!same) fprintf(stderr, "levels: m %d n %d in %d k %d\n", m, n, in, k);                     \
    CHECK(same);                                                                                   \
    for (int i = 0; i < m * c_row; i++) c##suffix[i] = (real)number();                             \
  }                                                                                                \
                                                                                                   \
  /* Its kernels' gradient: A are `m` fields of runs by n, C is [m][in][k][k]. */                  \
  static void windows##suffix(int m, int in, int k, int runs, int n, int add) {                    \
    const int wide = n + k, deep = (runs + k) * wide, all = in * k * k;                            \
    for (int i = 0; i < m * all + AWAY; i++) d##suffix[i] = c##suffix[i];                          \
    for (int i = 0; i < m; i++)                                                                    \
      for (int h = 0; h < all; h++) {                                                              \
        const real *from = b##suffix + h / (k * k) * deep + h / k % k * wide + h % k;              \
        real sum = add ? d##suffix[i * all + h] : 0;                                               \
        for (int r = 0; r < runs; r++)                                                             \
          for (int l = 0; l < n; l++) sum += a##suffix[(i * runs + r) * n + l] * from[r * wide + l];\
        d##suffix[i * all + h] = sum;                                                              \
      }                                                                                            \
    const dp_level levels[2] = {{in, deep, k * k}, {k, wide, k}};                                  \
    if (add)                                                                                       \
      dp_dots_levels_add##suffix(m, k, runs, n, a##suffix, runs * n, n, b##suffix, 1, wide,        \
                                 c##suffix, all, 1, levels);                                       \
    else                                                                                           \
      dp_dots_levels##suffix(m, k, runs, n, a##suffix, runs * n, n, b##suffix, 1, wide, c##suffix, \
                             all, 1, levels);                                                      \
    int same = 1;                                                                                  \
    for (int i = 0; i < m * all + AWAY; i++) same = same && c##suffix[i] == d##suffix[i];          \
    if (!same) fprintf(stderr, "windows: m %d in %d k %d runs %d n %d\n", m, in, k, runs, n);      \
    CHECK(same);                                                                                   \
    for (int i = 0; i < m * all; i++) c##suffix[i] = (real)number();                               \
  }                                                                                                \
                                                                                                   \
  /* What comes back to its input: A is [in][m][high][k], B are `in` fields of runs by n. */       \
  static void scattered##suffix(int m, int in, int high, int k, int runs, int n) {                 \
    const int wide = n + k - 1, c_row = (runs + high - 1) * wide, deep = high * k;                 \
    for (int i = 0; i < m * c_row + AWAY; i++) d##suffix[i] = c##suffix[i];                        \
    for (int h = 0; h < in * m * deep; h++)                                                        \
      for (int i = 0; i < runs; i++)                                                               \
        for (int j = 0; j < n; j++)                                                                \
          d##suffix[h / deep % m * c_row + (i + h / k % high) * wide + j + h % k] +=               \
            a##suffix[h] * b##suffix[(h / deep / m * runs + i) * n + j];                           \
    const dp_windows w = {.rows = m, .terms = in, .runs = runs, .height = high, .columns = n,      \
                          .width = k, .a_row = deep, .a_term = m * deep, .a_run = k,               \
                          .a_column = 1, .b_term = runs * n, .b_run = n, .c_row = c_row,           \
                          .c_run = wide};                                                          \
    dp_matmul_windows_add##suffix(&w, a##suffix, b##suffix, c##suffix);                            \
    int same = 1;                                                                                  \
    for (int i = 0; i < m * c_row + AWAY; i++) same = same && c##suffix[i] == d##suffix[i];        \
    if (!same)                                                                                     \
      fprintf(stderr, "scattered: m %d in %d high %d k %d runs %d n %d\n", m, in, high, k, runs, n);\
    CHECK(same);                                                                                   \
    for (int i = 0; i < m * c_row; i++) c##suffix[i] = (real)number();                             \
  }                                                                                                \
                                                                                                   \
  static void check##suffix(void) {                                                                \
    static const int large[] = {17, 33, 64, 131};                                                  \
    fill##suffix();                                                                                \
    for (int m = 0; m <= 10; m++)                                                                  \
      for (int n = 0; n <= 37; n += n < 10 ? 1 : 3)                                                \
        for (int k = 0; k <= 4; k++) product##suffix(m, n, k, (m + 7 * n + 11 * k) % 32);          \
    for (int variant = 0; variant < 32; variant++)                                                 \
      for (int i = 0; i < 4; i++)                                                                  \
        for (int j = 0; j < 4; j++)                                                                \
          product##suffix(large[i], large[j], large[(i + 2 * j + variant) % 4], variant);          \
    for (int m = 0; m <= 9; m++)                                                                   \
      for (int k = 0; k <= 40; k++) vector##suffix(m, k, m % 3, k % 2);                            \
    for (int m = 0; m <= 7; m++)                                                                   \
      for (int n = 0; n <= 12; n++)                                                                \
        for (int k = 0; k <= 19; k++) dots##suffix(m, n, (m + n + k) % 4, k, k % 3, n % 2);        \
    for (int m = 0; m <= 7; m++)                                                                   \
      for (int n = 0; n <= 29; n++)                                                                \
        for (int k = 0; k <= 3; k++) levels##suffix(m, n, (m + n) % 4, k, n % 2);                  \
    for (int m = 0; m <= 5; m++)                                                                   \
      for (int k = 1; k <= 5; k++)                                                                 \
        for (int n = 0; n <= 64; n += 1 + n / 3)                                                   \
          windows##suffix(m, (m + n) % 4, k, (m * n + k) % 7 * 10, n, k % 2);                      \
    for (int m = 1; m <= 6; m++)                                                                   \
      for (int k = 1; k <= 5; k++)                                                                 \
        for (int n = 0; n <= 64; n += 1 + n / 3)                                                   \
          scattered##suffix(m, (m + n) % 4, (k + n) % 4 + 1, k, (n + k) % 7, n);                   \
    scattered##suffix(1, 1, 3, 39, 20, 25);                                                        \
    scattered##suffix(1, 1, 39, 2, 3, 30);                                                         \
    scattered##suffix(2, 60, 5, 5, 3, 20);                                                         \
  }

PRODUCTS(double, )
PRODUCTS(float, f)

/* A product in two pieces along k is the same to the last bit. */
static void check_pieces(void) {
  enum { M = 5, N = 70, K = 300 };
  static double x[M * K], y[K * N], whole[M * N], pieces[M * N];
  for (int i = 0; i < M * K; i++) x[i] = number() / 7;
  for (int i = 0; i < K * N; i++) y[i] = number() / 9;
  dp_matmul(M, N, K, x, K, 1, y, N, 1, whole, N);
  for (int cut = 0; cut <= K; cut += 50) {
    dp_matmul(M, N, cut, x, K, 1, y, N, 1, pieces, N);
    dp_matmul_add(M, N, K - cut, x + cut, K, 1, y + cut * N, N, 1, pieces, N);
    CHECK(memcmp(whole, pieces, sizeof whole) == 0);
  }
}

int main(void) {
  check();
  checkf();
  check_pieces();
  return check_result();
}
