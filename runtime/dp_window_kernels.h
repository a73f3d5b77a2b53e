/* dp_window_kernels - dp_matmul_windows_add of dp_linalg.h for one precision, which includes this file once
 * for each, behind dp_linalg_kernels.h.
 *
 * An element of C takes all its terms while it is in a register. The runs of B that some of C see are copied
 * to a panel, with zeros on both sides, so that windows need not end at edges. */

/* The runs first <= i < last of B, the last first, `terms` times: `wide` elements from `column` on. */
DP_INLINE void DP_OF(dp_pack_windows)(const dp_windows *w, int64_t terms, int64_t first, int64_t last,
                                      int64_t column, int64_t wide, const DP_REAL *b, DP_REAL *panel) {
  const int64_t before = column < 0 ? -column : 0;
  const int64_t behind = w->columns - column < wide ? w->columns - column : wide;
  for (int64_t q = 0; q < terms; q++)
    for (int64_t i = last - 1; i >= first; i--, panel += wide) {
      const DP_REAL *from = b + q * w->b_term + i * w->b_run;
      int64_t j = 0;
      for (; j < before && j < wide; j++) panel[j] = 0;
      for (; j < behind; j++) panel[j] = from[column + j];
      for (; j < wide; j++) panel[j] = 0;
    }
}

/* `some` columns of C's runs p <= .. < end, from `column` on. */
DP_INLINE void DP_OF(dp_windows_tile)(const dp_windows *w, int64_t p, int64_t end, int64_t column,
                                      int64_t some, const DP_REAL *a, const DP_REAL *b, DP_REAL *c) {
  DP_REAL panel[DP_WINDOWS_BYTES / sizeof(DP_REAL)];
  const int64_t first = p < w->height ? 0 : p - w->height + 1, last = end < w->runs ? end : w->runs;
  const int64_t wide = some + w->width - 1, step = (last - first) * wide; /* from term to term of the panel */
  const int64_t most = (int64_t)(DP_WINDOWS_BYTES / sizeof(DP_REAL)) / step;
  for (int64_t q = 0; q < w->terms; q += most) {
    const int64_t terms = w->terms - q < most ? w->terms - q : most;
    DP_OF(dp_pack_windows)(w, terms, first, last, column - (w->width - 1), wide, b + q * w->b_term, panel);
    for (int64_t at = p; at < end; at++) {
      const int64_t least = at < w->height ? 0 : at - w->height + 1; /* run of B that it sees, and */
      const int64_t behind = at < w->runs ? at + 1 : w->runs;       /* the one behind the last */
      const dp_level levels[3] = {
          {terms, w->a_term, step}, {behind - least, w->a_run, wide}, {w->width, w->a_column, -1}};
      DP_OF(dp_matmul_levels_any)(w->rows, some, levels, a + q * w->a_term + (at - (behind - 1)) * w->a_run,
                                  w->a_row, panel + (last - behind) * wide + w->width - 1,
                                  c + at * w->c_run + column, w->c_row, 1);
    }
  }
}

/* All of it, for windows that leave room in a panel: for as many runs of C at once as let all terms stay. */
DP_INLINE void DP_OF(dp_small_windows)(const dp_windows *w, const DP_REAL *a, const DP_REAL *b, DP_REAL *c) {
  enum { WIDTH = DP_TILE_WIDTH * DP_LANES, ROOM = DP_WINDOWS_BYTES / sizeof(DP_REAL) };
  const int64_t columns = w->columns + w->width - 1, runs = w->runs + w->height - 1;
  const int64_t fit = ROOM / (WIDTH + w->width - 1) / (w->terms > 0 ? w->terms : 1) - (w->height - 1);
  const int64_t together = fit > 1 ? fit : 1;
  for (int64_t p = 0; p < runs; p += together)
    for (int64_t j = 0, some; j < columns; j += some) {
      some = columns - j < WIDTH ? columns - j : WIDTH;
      const int64_t left = columns - j - some; /* the last tile has a whole vector at least */
      if (DP_LANES > 1 && left > 0 && left < DP_LANES) some -= DP_LANES;
      DP_OF(dp_windows_tile)(w, p, runs - p < together ? runs : p + together, j, some, a, b, c);
    }
}

DP_INLINE void DP_OF(dp_matmul_windows_add)(const dp_windows *w, const DP_REAL *DP_RESTRICT a,
                                            const DP_REAL *DP_RESTRICT b, DP_REAL *DP_RESTRICT c) {
  if (w->runs <= 0 || w->columns <= 0) return;
  for (int64_t k = 0; k < w->height; k += DP_WINDOWS_MOST)
    for (int64_t l = 0; l < w->width; l += DP_WINDOWS_MOST) {
      dp_windows part = *w;
      part.height = w->height - k < DP_WINDOWS_MOST ? w->height - k : DP_WINDOWS_MOST;
      part.width = w->width - l < DP_WINDOWS_MOST ? w->width - l : DP_WINDOWS_MOST;
      DP_OF(dp_small_windows)(&part, a + k * w->a_run + l * w->a_column, b, c + k * w->c_run + l);
    }
}
