/* dp_linalg_kernels - the kernels of dp_linalg.h for one precision, which includes this file once for
 * each: DP_REAL is the type, DP_OF(name) the name with its suffix. */

/* ---- a register's numbers -------------------------------------------------------------------- */

#if DP_VECTOR_BYTES > 1
typedef DP_REAL DP_OF(dp_vector)
    __attribute__((vector_size(DP_VECTOR_BYTES), aligned(sizeof(DP_REAL)), may_alias));
#else
typedef DP_REAL DP_OF(dp_vector);
#endif

DP_ALWAYS_INLINE DP_OF(dp_vector) DP_OF(dp_load)(const DP_REAL *from) {
  return *(const DP_OF(dp_vector) *)from;
}

/* The last `count` lanes, to where they would be if all were stored at `to`. */
DP_ALWAYS_INLINE void DP_OF(dp_store_last)(DP_REAL *to, DP_OF(dp_vector) v, int count) {
  DP_REAL lanes[DP_LANES];
  *(DP_OF(dp_vector) *)lanes = v;
  for (int k = DP_LANES - count; k < DP_LANES; k++) to[k] = lanes[k];
}

/* ---- tiles: a few rows by a few vectors of the result stay in registers ---------------------- */

/* sum += the products of A's `rows` rows and B's `width` vectors, of which the last one begins at `last`,
 * over k terms. */
DP_ALWAYS_INLINE void DP_OF(dp_tile_terms)(int rows, int width, dp_level terms, const DP_REAL *a,
                                           int64_t a_row, const DP_REAL *b, int64_t last,
                                           DP_OF(dp_vector) sum[DP_TILE_ROWS][DP_TILE_WIDTH]) {
  enum { lanes = DP_LANES };
  for (int64_t l = 0; l < terms.count; l++) {
    const DP_REAL *at_b = b + l * terms.second;
    DP_OF(dp_vector) b0 = DP_OF(dp_load)(at_b + (width == 1 ? last : 0)), b1 = b0, b2 = b0;
    DP_IN_REGISTER(b0);
    if (width > 1) {
      b1 = DP_OF(dp_load)(at_b + (width == 2 ? last : lanes));
      DP_IN_REGISTER(b1);
    }
    if (width > 2) {
      b2 = DP_OF(dp_load)(at_b + last);
      DP_IN_REGISTER(b2);
    }
    DP_UNROLL
    for (int r = 0; r < rows; r++) {
      const DP_REAL factor = a[r * a_row + l * terms.first];
      sum[r][0] += factor * b0;
      if (width > 1) sum[r][1] += factor * b1;
      if (width > 2) sum[r][2] += factor * b2;
    }
  }
}

/* C (+)= A B for `rows` rows and `width` vectors; both are constants where it is inlined. The last vector
 * begins at the column `last`, where it may overlap the one before: of it, the last `count` lanes are
 * stored. */
DP_ALWAYS_INLINE void DP_OF(dp_tile)(int rows, int width, const dp_level *terms, const DP_REAL *a,
                                     int64_t a_row, const DP_REAL *b, DP_REAL *c, int64_t c_row,
                                     int add, int64_t last, int count) {
  enum { lanes = DP_LANES };
  DP_OF(dp_vector) sum[DP_TILE_ROWS][DP_TILE_WIDTH];
  DP_UNROLL
  for (int r = 0; r < rows; r++)
    DP_UNROLL
    for (int w = 0; w < width; w++) {
      const DP_OF(dp_vector) zero = {0};
      sum[r][w] = add ? DP_OF(dp_load)(c + r * c_row + (w + 1 < width ? w * lanes : last)) : zero;
    }
  for (int64_t p = 0; p < terms[0].count; p++)
    for (int64_t q = 0; q < terms[1].count; q++)
      DP_OF(dp_tile_terms)(rows, width, terms[2], a + p * terms[0].first + q * terms[1].first, a_row,
                           b + p * terms[0].second + q * terms[1].second, last, sum);
  DP_UNROLL
  for (int r = 0; r < rows; r++)
    DP_UNROLL
    for (int w = 0; w < width; w++) {
      DP_REAL *to = c + r * c_row + (w + 1 < width ? w * lanes : last);
      if (w + 1 < width || count == lanes) *(DP_OF(dp_vector) *)to = sum[r][w];
      else DP_OF(dp_store_last)(to, sum[r][w], count);
    }
}

/* The same for one row, which may be wider. */
DP_ALWAYS_INLINE void DP_OF(dp_tile_row)(int width, const dp_level *terms, const DP_REAL *a,
                                         const DP_REAL *b, DP_REAL *c, int add) {
  enum { lanes = DP_LANES };
  DP_OF(dp_vector) sum[DP_ROW_WIDTH];
  DP_UNROLL
  for (int w = 0; w < width; w++) {
    const DP_OF(dp_vector) zero = {0};
    sum[w] = add ? DP_OF(dp_load)(c + w * lanes) : zero;
  }
  for (int64_t p = 0; p < terms[0].count; p++)
    for (int64_t q = 0; q < terms[1].count; q++) {
      const DP_REAL *at_a = a + p * terms[0].first + q * terms[1].first;
      const DP_REAL *at_b = b + p * terms[0].second + q * terms[1].second;
      for (int64_t l = 0; l < terms[2].count; l++) {
        const DP_REAL factor = at_a[l * terms[2].first];
        DP_UNROLL
        for (int w = 0; w < width; w++)
          sum[w] += factor * DP_OF(dp_load)(at_b + l * terms[2].second + w * lanes);
      }
    }
  DP_UNROLL
  for (int w = 0; w < width; w++) *(DP_OF(dp_vector) *)(c + w * lanes) = sum[w];
}

/* Fewer columns than a vector has lanes. */
DP_ALWAYS_INLINE void DP_OF(dp_tile_narrow)(int rows, int64_t n, const dp_level *terms,
                                            const DP_REAL *a, int64_t a_row, const DP_REAL *b,
                                            DP_REAL *c, int64_t c_row, int add) {
  for (int r = 0; r < rows; r++)
    for (int64_t j = 0; j < n; j++) {
      DP_REAL sum = add ? c[r * c_row + j] : 0;
      for (int64_t p = 0; p < terms[0].count; p++)
        for (int64_t q = 0; q < terms[1].count; q++) {
          const DP_REAL *at_a = a + r * a_row + p * terms[0].first + q * terms[1].first;
          const DP_REAL *at_b = b + p * terms[0].second + q * terms[1].second;
          for (int64_t l = 0; l < terms[2].count; l++)
            sum += at_a[l * terms[2].first] * at_b[l * terms[2].second + j];
        }
      c[r * c_row + j] = sum;
    }
}

/* All columns of a few rows. Where the last ones do not fill a vector, it begins further left, and its first
 * lanes are not stored. A vector alone would wait for its sums: 4 go in twos. */
DP_ALWAYS_INLINE void DP_OF(dp_rows)(int rows, int64_t n, const dp_level *terms, const DP_REAL *a,
                                     int64_t a_row, const DP_REAL *b, DP_REAL *c, int64_t c_row,
                                     int add) {
  enum { lanes = DP_LANES };
  if (n < lanes) {
    DP_OF(dp_tile_narrow)(rows, n, terms, a, a_row, b, c, c_row, add);
    return;
  }
  const int64_t wide = rows == 1 ? n - n % (DP_ROW_WIDTH * lanes) : 0;
  for (int64_t j = 0; j < wide; j += DP_ROW_WIDTH * lanes)
    DP_OF(dp_tile_row)(DP_ROW_WIDTH, terms, a, b + j, c + j, add);
  const int rest = (int)(n % lanes);
  int64_t j = wide, left = (n - wide + lanes - 1) / lanes; /* vectors */
  for (; left > 4 || (left == 3 && !rest); j += 3 * lanes, left -= 3)
    DP_OF(dp_tile)(rows, 3, terms, a, a_row, b + j, c + j, c_row, add, 2 * lanes, lanes);
  for (; left == 4 || (left == 2 && !rest); j += 2 * lanes, left -= 2)
    DP_OF(dp_tile)(rows, 2, terms, a, a_row, b + j, c + j, c_row, add, lanes, lanes);
  if (left == 1 && !rest)
    DP_OF(dp_tile)(rows, 1, terms, a, a_row, b + j, c + j, c_row, add, 0, lanes);
  else if (left == 3)
    DP_OF(dp_tile)(rows, 3, terms, a, a_row, b + j, c + j, c_row, add, n - lanes - j, rest);
  else if (left == 2)
    DP_OF(dp_tile)(rows, 2, terms, a, a_row, b + j, c + j, c_row, add, n - lanes - j, rest);
  else if (left == 1)
    DP_OF(dp_tile)(rows, 1, terms, a, a_row, b + j, c + j, c_row, add, n - lanes - j, rest);
}

/* All rows, a tile's at a time. */
DP_ALWAYS_INLINE void DP_OF(dp_all_rows)(int64_t m, int64_t n, const dp_level *terms,
                                         const DP_REAL *a, int64_t a_row, const DP_REAL *b,
                                         DP_REAL *c, int64_t c_row, int add) {
  const int64_t whole = m - m % DP_TILE_ROWS, even = m - m % 2;
  for (int64_t i = 0; i < whole; i += DP_TILE_ROWS)
    DP_OF(dp_rows)(DP_TILE_ROWS, n, terms, a + i * a_row, a_row, b, c + i * c_row, c_row, add);
  for (int64_t i = whole; i < even; i += 2)
    DP_OF(dp_rows)(2, n, terms, a + i * a_row, a_row, b, c + i * c_row, c_row, add);
  if (even < m)
    DP_OF(dp_rows)(1, n, terms, a + even * a_row, a_row, b, c + even * c_row, c_row, add);
}

/* ---- matrix times matrix --------------------------------------------------------------------- */

/* B with contiguous rows. */
DP_INLINE void DP_OF(dp_matmul_rows)(int64_t m, int64_t n, int64_t k, const DP_REAL *a,
                                     int64_t a_row, int64_t a_col, const DP_REAL *b, int64_t b_row,
                                     DP_REAL *c, int64_t c_row, int add) {
  const dp_level terms[3] = {{1, 0, 0}, {1, 0, 0}, {k, a_col, b_row}};
  DP_OF(dp_all_rows)(m, n, terms, a, a_row, b, c, c_row, add);
}

/* B is copied, a panel of a tile's width at a time, to where its rows are contiguous. */
DP_INLINE void DP_OF(dp_matmul_packed)(int64_t m, int64_t n, int64_t k, const DP_REAL *a,
                                       int64_t a_row, int64_t a_col, const DP_REAL *b,
                                       int64_t b_row, int64_t b_col, DP_REAL *c, int64_t c_row,
                                       int add) {
  enum { WIDTH = DP_TILE_WIDTH * DP_LANES };
  DP_REAL panel[DP_PANEL_DEPTH * WIDTH];
  for (int64_t l = 0; l < k; l += DP_PANEL_DEPTH) {
    const int64_t depth = k - l < DP_PANEL_DEPTH ? k - l : DP_PANEL_DEPTH;
    for (int64_t j = 0; j < n; j += WIDTH) {
      const int64_t width = n - j < WIDTH ? n - j : WIDTH;
      const DP_REAL *from = b + l * b_row + j * b_col;
      if (b_col == 1)
        for (int64_t q = 0; q < depth; q++)
          for (int64_t p = 0; p < width; p++) panel[q * WIDTH + p] = from[q * b_row + p];
      else
        for (int64_t p = 0; p < width; p++)
          for (int64_t q = 0; q < depth; q++) panel[q * WIDTH + p] = from[q * b_row + p * b_col];
      DP_OF(dp_matmul_rows)(m, width, depth, a + l * a_col, a_row, a_col, panel, WIDTH, c + j, c_row,
                            add || l > 0);
    }
  }
}

#ifdef DP_USE_CBLAS
/* Has BLAS a way to say it? One stride of a matrix is 1, the other covers its rows. */
DP_INLINE int DP_OF(dp_blas_fits)(int64_t rows, int64_t columns, int64_t row, int64_t column) {
  return (column == 1 && row >= columns && row <= INT32_MAX) ||
         (row == 1 && column >= rows && column <= INT32_MAX);
}

DP_INLINE int DP_OF(dp_matmul_blas)(int64_t m, int64_t n, int64_t k, const DP_REAL *a,
                                    int64_t a_row, int64_t a_col, const DP_REAL *b, int64_t b_row,
                                    int64_t b_col, DP_REAL *c, int64_t c_row, int add) {
  if (m < 8 || n < 8 || k < 8 || m > INT32_MAX || n > INT32_MAX || k > INT32_MAX) return 0;
  if (!DP_OF(dp_blas_fits)(m, k, a_row, a_col) || !DP_OF(dp_blas_fits)(k, n, b_row, b_col)) return 0;
  if (c_row < n || c_row > INT32_MAX) return 0;
  DP_OF(dp_blas_gemm)(CblasRowMajor, a_col == 1 ? CblasNoTrans : CblasTrans,
                      b_col == 1 ? CblasNoTrans : CblasTrans, (int)m, (int)n, (int)k, 1, a,
                      (int)(a_col == 1 ? a_row : a_col), b, (int)(b_col == 1 ? b_row : b_col), add, c,
                      (int)c_row);
  return 1;
}
#endif

DP_INLINE void DP_OF(dp_matmul_any)(int64_t m, int64_t n, int64_t k, const DP_REAL *a, int64_t a_row,
                                    int64_t a_col, const DP_REAL *b, int64_t b_row, int64_t b_col,
                                    DP_REAL *c, int64_t c_row, int add) {
#ifdef DP_USE_CBLAS
  if (DP_OF(dp_matmul_blas)(m, n, k, a, a_row, a_col, b, b_row, b_col, c, c_row, add)) return;
#endif
  if (k <= 0) { /* nothing to pack, but C may have to be 0 */
    DP_OF(dp_matmul_rows)(m, n, 0, a, a_row, a_col, b, b_row, c, c_row, add);
  } else if (b_col == 1 && (m < DP_PACK_ROWS || n * k < DP_PACK_SIZE)) {
    DP_OF(dp_matmul_rows)(m, n, k, a, a_row, a_col, b, b_row, c, c_row, add);
  } else {
    DP_OF(dp_matmul_packed)(m, n, k, a, a_row, a_col, b, b_row, b_col, c, c_row, add);
  }
}

DP_INLINE void DP_OF(dp_matmul)(int64_t m, int64_t n, int64_t k, const DP_REAL *DP_RESTRICT a,
                                int64_t a_row, int64_t a_col, const DP_REAL *DP_RESTRICT b,
                                int64_t b_row, int64_t b_col, DP_REAL *DP_RESTRICT c,
                                int64_t c_row) {
  DP_OF(dp_matmul_any)(m, n, k, a, a_row, a_col, b, b_row, b_col, c, c_row, 0);
}

DP_INLINE void DP_OF(dp_matmul_add)(int64_t m, int64_t n, int64_t k, const DP_REAL *DP_RESTRICT a,
                                    int64_t a_row, int64_t a_col, const DP_REAL *DP_RESTRICT b,
                                    int64_t b_row, int64_t b_col, DP_REAL *DP_RESTRICT c,
                                    int64_t c_row) {
  DP_OF(dp_matmul_any)(m, n, k, a, a_row, a_col, b, b_row, b_col, c, c_row, 1);
}

DP_ALONE void DP_OF(dp_matmul_levels_any)(int64_t m, int64_t n, const dp_level *levels,
                                           const DP_REAL *a, int64_t a_row, const DP_REAL *b,
                                           DP_REAL *c, int64_t c_row, int add) {
  const dp_level terms[3] = {levels[0], levels[1], levels[2]};
  DP_OF(dp_all_rows)(m, n, terms, a, a_row, b, c, c_row, add);
}

DP_INLINE void DP_OF(dp_matmul_levels)(int64_t m, int64_t n, const dp_level levels[3],
                                       const DP_REAL *DP_RESTRICT a, int64_t a_row,
                                       const DP_REAL *DP_RESTRICT b, DP_REAL *DP_RESTRICT c,
                                       int64_t c_row) {
  DP_OF(dp_matmul_levels_any)(m, n, levels, a, a_row, b, c, c_row, 0);
}

DP_INLINE void DP_OF(dp_matmul_levels_add)(int64_t m, int64_t n, const dp_level levels[3],
                                           const DP_REAL *DP_RESTRICT a, int64_t a_row,
                                           const DP_REAL *DP_RESTRICT b, DP_REAL *DP_RESTRICT c,
                                           int64_t c_row) {
  DP_OF(dp_matmul_levels_any)(m, n, levels, a, a_row, b, c, c_row, 1);
}

/* ---- matrix times vector --------------------------------------------------------------------- */

#if defined(DP_SHUFFLE) && DP_VECTOR_BYTES > 1
#define DP_HALF_LANES (DP_VECTOR_BYTES == 64 ? DP_LANES / 2 : DP_LANES)
typedef DP_REAL DP_OF(dp_folded)
    __attribute__((vector_size(DP_HALF_LANES * sizeof(DP_REAL)), aligned(sizeof(DP_REAL))));

/* A vector of at most 32 bytes with the same sum of lanes. */
DP_ALWAYS_INLINE DP_OF(dp_folded) DP_OF(dp_fold)(DP_OF(dp_vector) v) {
#if DP_VECTOR_BYTES == 64 && DP_LANES == 16
  return DP_SHUFFLE(v, v, 0, 1, 2, 3, 4, 5, 6, 7) + DP_SHUFFLE(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
#elif DP_VECTOR_BYTES == 64
  return DP_SHUFFLE(v, v, 0, 1, 2, 3) + DP_SHUFFLE(v, v, 4, 5, 6, 7);
#else
  return v;
#endif
}

/* sums[r] = the sum of the lanes of v[r]: lanes are paired until each is one row's. */
DP_ALWAYS_INLINE void DP_OF(dp_sums)(const DP_OF(dp_vector) v[4], DP_REAL sums[4]) {
  const DP_OF(dp_folded) a = DP_OF(dp_fold)(v[0]), b = DP_OF(dp_fold)(v[1]);
  const DP_OF(dp_folded) c = DP_OF(dp_fold)(v[2]), d = DP_OF(dp_fold)(v[3]);
#if DP_HALF_LANES == 2
  *(DP_OF(dp_folded) *)sums = DP_SHUFFLE(a, b, 0, 2) + DP_SHUFFLE(a, b, 1, 3);
  *(DP_OF(dp_folded) *)(sums + 2) = DP_SHUFFLE(c, d, 0, 2) + DP_SHUFFLE(c, d, 1, 3);
#elif DP_HALF_LANES == 4
  const DP_OF(dp_folded) ab = DP_SHUFFLE(a, b, 0, 4, 2, 6) + DP_SHUFFLE(a, b, 1, 5, 3, 7);
  const DP_OF(dp_folded) cd = DP_SHUFFLE(c, d, 0, 4, 2, 6) + DP_SHUFFLE(c, d, 1, 5, 3, 7);
  *(DP_OF(dp_folded) *)sums = DP_SHUFFLE(ab, cd, 0, 1, 4, 5) + DP_SHUFFLE(ab, cd, 2, 3, 6, 7);
#else
  const DP_OF(dp_folded) ab = DP_SHUFFLE(a, b, 0, 8, 2, 10, 4, 12, 6, 14) +
                              DP_SHUFFLE(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
  const DP_OF(dp_folded) cd = DP_SHUFFLE(c, d, 0, 8, 2, 10, 4, 12, 6, 14) +
                              DP_SHUFFLE(c, d, 1, 9, 3, 11, 5, 13, 7, 15);
  const DP_OF(dp_folded) all = DP_SHUFFLE(ab, cd, 0, 1, 8, 9, 4, 5, 12, 13) +
                               DP_SHUFFLE(ab, cd, 2, 3, 10, 11, 6, 7, 14, 15);
  for (int r = 0; r < 4; r++) sums[r] = all[r] + all[r + 4];
#endif
}
#undef DP_HALF_LANES
#else
DP_ALWAYS_INLINE void DP_OF(dp_sums)(const DP_OF(dp_vector) v[4], DP_REAL sums[4]) {
  for (int r = 0; r < 4; r++) {
    DP_REAL lanes[DP_LANES];
    *(DP_OF(dp_vector) *)lanes = v[r];
    sums[r] = lanes[0];
    for (int k = 1; k < DP_LANES; k++) sums[r] += lanes[k];
  }
}
#endif

/* `rows` rows, 4 or 1: x is read once for them, and their sums do not wait for each other. */
DP_ALWAYS_INLINE void DP_OF(dp_matvec_rows)(int rows, int64_t k, const DP_REAL *a, int64_t a_row,
                                            const DP_REAL *x, DP_REAL *y, int add) {
  const DP_OF(dp_vector) zero = {0};
  DP_OF(dp_vector) sum[4] = {zero, zero, zero, zero};
  DP_REAL sums[4], rest[4] = {0};
  const int64_t whole = k - k % DP_LANES;
  for (int64_t l = 0; l < whole; l += DP_LANES) {
    const DP_OF(dp_vector) factor = DP_OF(dp_load)(x + l);
    DP_UNROLL
    for (int r = 0; r < rows; r++) sum[r] += DP_OF(dp_load)(a + r * a_row + l) * factor;
  }
  for (int64_t l = whole; l < k; l++)
    DP_UNROLL
    for (int r = 0; r < rows; r++) rest[r] += a[r * a_row + l] * x[l];
  DP_OF(dp_sums)(sum, sums);
  DP_UNROLL
  for (int r = 0; r < rows; r++) y[r] = (add ? y[r] : 0) + (sums[r] + rest[r]);
}

DP_ALWAYS_INLINE void DP_OF(dp_matvec_any)(int64_t m, int64_t k, const DP_REAL *a, int64_t a_row,
                                           const DP_REAL *x, DP_REAL *y, int add) {
  const int64_t whole = m - m % 4;
  for (int64_t i = 0; i < whole; i += 4)
    DP_OF(dp_matvec_rows)(4, k, a + i * a_row, a_row, x, y + i, add);
  for (int64_t i = whole; i < m; i++)
    DP_OF(dp_matvec_rows)(1, k, a + i * a_row, a_row, x, y + i, add);
}

DP_INLINE void DP_OF(dp_matvec)(int64_t m, int64_t k, const DP_REAL *DP_RESTRICT a, int64_t a_row,
                                const DP_REAL *DP_RESTRICT x, DP_REAL *DP_RESTRICT y) {
  DP_OF(dp_matvec_any)(m, k, a, a_row, x, y, 0);
}

DP_INLINE void DP_OF(dp_matvec_add)(int64_t m, int64_t k, const DP_REAL *DP_RESTRICT a,
                                    int64_t a_row, const DP_REAL *DP_RESTRICT x,
                                    DP_REAL *DP_RESTRICT y) {
  DP_OF(dp_matvec_any)(m, k, a, a_row, x, y, 1);
}

/* ---- dot products ---------------------------------------------------------------------------- */

/* `rows` rows of A with `cols` rows of B, at most 12 pairs: all their sums stay in registers. */
DP_ALWAYS_INLINE void DP_OF(dp_dots_tile)(int rows, int cols, int64_t runs, int64_t k,
                                          const DP_REAL *a, int64_t a_row, int64_t a_run,
                                          const DP_REAL *b, int64_t b_row, int64_t b_run,
                                          DP_REAL *c, int64_t c_row, int64_t c_col, int add) {
  const DP_OF(dp_vector) zero = {0};
  DP_OF(dp_vector) sum[12];
  DP_REAL sums[12], rest[12] = {0};
  const int64_t whole = k - k % DP_LANES;
  for (int p = 0; p < 12; p++) sum[p] = zero;
  for (int64_t g = 0; g < runs; g++) {
    const DP_REAL *at_a = a + g * a_run, *at_b = b + g * b_run;
    for (int64_t l = 0; l < whole; l += DP_LANES) {
      DP_OF(dp_vector) left[4];
      DP_UNROLL
      for (int r = 0; r < rows; r++) {
        left[r] = DP_OF(dp_load)(at_a + r * a_row + l);
        DP_IN_REGISTER(left[r]);
      }
      DP_UNROLL
      for (int s = 0; s < cols; s++) {
        DP_OF(dp_vector) right = DP_OF(dp_load)(at_b + s * b_row + l);
        DP_IN_REGISTER(right);
        DP_UNROLL
        for (int r = 0; r < rows; r++) {
          sum[r * cols + s] += left[r] * right;
          DP_IN_REGISTER(sum[r * cols + s]);
        }
      }
    }
    for (int64_t l = whole; l < k; l++)
      DP_UNROLL
      for (int r = 0; r < rows; r++)
        DP_UNROLL
        for (int s = 0; s < cols; s++)
          rest[r * cols + s] += at_a[r * a_row + l] * at_b[s * b_row + l];
  }
  for (int p = 0; p < rows * cols; p += 4) DP_OF(dp_sums)(sum + p, sums + p);
  for (int r = 0; r < rows; r++)
    for (int s = 0; s < cols; s++) {
      DP_REAL *to = c + r * c_row + s * c_col;
      *to = (add ? *to : 0) + (sums[r * cols + s] + rest[r * cols + s]);
    }
}

/* All rows of A, `rows` at a time, with all windows of B. As many runs are done together as let the
 * rows of A stay in the first-level cache for all windows. */
DP_ALWAYS_INLINE void DP_OF(dp_dots_columns)(int rows, int cols, int64_t m, int64_t runs, int64_t k,
                                             const DP_REAL *a, int64_t a_row, int64_t a_run,
                                             const DP_REAL *b, int64_t b_row, int64_t b_run,
                                             DP_REAL *c, int64_t c_row, int64_t c_col,
                                             const dp_level *windows, int add) {
  const int64_t fit = DP_DOTS_BYTES / (int64_t)sizeof(DP_REAL) / rows / (k > 0 ? k : 1);
  const int64_t block = fit > 1 ? fit : 1;
  for (int64_t g = 0; g == 0 || g < runs; g += block) {
    const int64_t together = runs - g < block ? runs - g : block;
    for (int64_t i = 0; i < m; i += i + rows <= m ? rows : 1)
      for (int64_t p = 0; p < windows[0].count; p++)
        for (int64_t q = 0; q < windows[1].count; q++) {
          const DP_REAL *at_a = a + i * a_row + g * a_run;
          const DP_REAL *at_b = b + p * windows[0].first + q * windows[1].first + g * b_run;
          DP_REAL *to = c + i * c_row + p * windows[0].second + q * windows[1].second;
          if (i + rows <= m)
            DP_OF(dp_dots_tile)(rows, cols, together, k, at_a, a_row, a_run, at_b, b_row, b_run, to,
                                c_row, c_col, add || g > 0);
          else
            DP_OF(dp_dots_tile)(1, cols, together, k, at_a, a_row, a_run, at_b, b_row, b_run, to,
                                c_row, c_col, add || g > 0);
        }
  }
}

DP_INLINE void DP_OF(dp_dots_any)(int64_t m, int64_t n, int64_t runs, int64_t k, const DP_REAL *a,
                                  int64_t a_row, int64_t a_run, const DP_REAL *b, int64_t b_row,
                                  int64_t b_run, DP_REAL *c, int64_t c_row, int64_t c_col,
                                  const dp_level *levels, int add) {
  const dp_level windows[2] = {levels[0], levels[1]};
  while (n > 0) {
    /* 6 is 3 + 3, 7 is 4 + 3, 8 is 4 + 4. */
    const int cols = n == 6 ? 3 : n == 7 || n == 8 ? 4 : n > 5 ? 5 : (int)n;
    if (cols == 5)
      DP_OF(dp_dots_columns)(2, 5, m, runs, k, a, a_row, a_run, b, b_row, b_run, c, c_row, c_col,
                             windows, add);
    else if (cols == 4)
      DP_OF(dp_dots_columns)(3, 4, m, runs, k, a, a_row, a_run, b, b_row, b_run, c, c_row, c_col,
                             windows, add);
    else if (cols == 3)
      DP_OF(dp_dots_columns)(3, 3, m, runs, k, a, a_row, a_run, b, b_row, b_run, c, c_row, c_col,
                             windows, add);
    else if (cols == 2)
      DP_OF(dp_dots_columns)(4, 2, m, runs, k, a, a_row, a_run, b, b_row, b_run, c, c_row, c_col,
                             windows, add);
    else
      DP_OF(dp_dots_columns)(4, 1, m, runs, k, a, a_row, a_run, b, b_row, b_run, c, c_row, c_col,
                             windows, add);
    n -= cols;
    b += cols * b_row;
    c += cols * c_col;
  }
}

DP_INLINE void DP_OF(dp_dots)(int64_t m, int64_t n, int64_t runs, int64_t k,
                              const DP_REAL *DP_RESTRICT a, int64_t a_row, int64_t a_run,
                              const DP_REAL *DP_RESTRICT b, int64_t b_row, int64_t b_run,
                              DP_REAL *DP_RESTRICT c, int64_t c_row, int64_t c_col) {
  const dp_level alone[2] = {{1, 0, 0}, {1, 0, 0}};
  DP_OF(dp_dots_any)(m, n, runs, k, a, a_row, a_run, b, b_row, b_run, c, c_row, c_col, alone, 0);
}

DP_INLINE void DP_OF(dp_dots_add)(int64_t m, int64_t n, int64_t runs, int64_t k,
                                  const DP_REAL *DP_RESTRICT a, int64_t a_row, int64_t a_run,
                                  const DP_REAL *DP_RESTRICT b, int64_t b_row, int64_t b_run,
                                  DP_REAL *DP_RESTRICT c, int64_t c_row, int64_t c_col) {
  const dp_level alone[2] = {{1, 0, 0}, {1, 0, 0}};
  DP_OF(dp_dots_any)(m, n, runs, k, a, a_row, a_run, b, b_row, b_run, c, c_row, c_col, alone, 1);
}

DP_INLINE void DP_OF(dp_dots_levels)(int64_t m, int64_t n, int64_t runs, int64_t k,
                                     const DP_REAL *DP_RESTRICT a, int64_t a_row, int64_t a_run,
                                     const DP_REAL *DP_RESTRICT b, int64_t b_row, int64_t b_run,
                                     DP_REAL *DP_RESTRICT c, int64_t c_row, int64_t c_col,
                                     const dp_level levels[2]) {
  DP_OF(dp_dots_any)(m, n, runs, k, a, a_row, a_run, b, b_row, b_run, c, c_row, c_col, levels, 0);
}

DP_INLINE void DP_OF(dp_dots_levels_add)(int64_t m, int64_t n, int64_t runs, int64_t k,
                                         const DP_REAL *DP_RESTRICT a, int64_t a_row, int64_t a_run,
                                         const DP_REAL *DP_RESTRICT b, int64_t b_row, int64_t b_run,
                                         DP_REAL *DP_RESTRICT c, int64_t c_row, int64_t c_col,
                                         const dp_level levels[2]) {
  DP_OF(dp_dots_any)(m, n, runs, k, a, a_row, a_run, b, b_row, b_run, c, c_row, c_col, levels, 1);
}
