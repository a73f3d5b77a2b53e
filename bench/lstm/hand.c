/* hand - the gradient of ADBench's LSTM objective, written by hand for speed.
 *
 * What makes it fast:
 *  - Weights act on each feature alone, so features stand side by side in vectors; and layer 1 at
 *    step t - 1 beside layer 0 at step t (a wave), so that both layers are one, 28 wide.
 *  - A logistic 1/(1 + 2^z) serves all gates, its factor within the weights; two share a division.
 *  - What a step gives back to the output layer is done for two steps at a time: the second
 *    layer's lanes of two waves make full vectors. */
#include "hand.h"

#include "../vectors.h"

#include <string.h>

enum { N = 14, LAYERS = 2, EACH = DOUBLES / 2, PARTS = (N + EACH - 1) / EACH };

/* Fields of theta; all but the last three once per layer. */
enum { FORGET, INGATE, OUTGATE, CHANGE, FORGET_B, INGATE_B, OUTGATE_B, CHANGE_B, FIELDS };
enum { AT_IN = FIELDS * LAYERS * N, AT_OUT = AT_IN + N, AT_OUT_B = AT_OUT + N };

static const double LOG2_E = 1.4426950408889634;

/* Lanes 2l and 2l + 1 of a vector are feature EACH p + l in layers 0 and 1. */
typedef doubles Wide[PARTS];

typedef struct {
  Wide f, i, o, g, cell, bent, hidden; /* the gates; bent = tanh(cell) */
} Wave;

typedef struct {
  Wide by[FIELDS];      /* weights and biases: for the logistic ... */
  Wide pull[FORGET_B];  /* ... and as they are */
  Wide in;              /* in_weight, in lanes of layer 0 */
  Wide out, out_b;      /* the output's; here both lanes of a pair are one feature */
} Weights;

typedef struct {
  Wide by[FIELDS], in, out, out_b;
} Sums;

typedef struct {
  Weights weights;
  Sums sums;
  Wide hidden_bar, cell_bar;
} Room;

/* [a0, b0, a2, b2, ..] and [a1, b1, a3, b3, ..] */
#ifdef __AVX512F__
#define FIRSTS(a, b) __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14)
#define SECONDS(a, b) __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15)
#else
#define FIRSTS(a, b) __builtin_shufflevector(a, b, 0, 4, 2, 6)
#define SECONDS(a, b) __builtin_shufflevector(a, b, 1, 5, 3, 7)
#endif

/* The row's features of part p in the lanes of layer 0. */
VECTOR_INLINE doubles spread(const double *row, int p) {
  doubles v = doubles_all(0);
  for (int l = 0; l < EACH; l++)
    if (EACH * p + l < N) v[2 * l] = row[EACH * p + l];
  return v;
}

/* The sums over even lanes in the even ones, over odd ones in the odd ones. */
VECTOR_INLINE doubles sums_by_parity(doubles v) {
  double even = 0, odd = 0;
  for (int l = 0; l < DOUBLES; l += 2) even += v[l], odd += v[l + 1];
  doubles sums;
  for (int l = 0; l < DOUBLES; l += 2) sums[l] = even, sums[l + 1] = odd;
  return sums;
}

/* ---- weights in and gradient out ------------------------------------------------------------ */

static void load_both(Wide wide, const double *layer0, const double *layer1, double factor) {
  for (int k = 0; k < PARTS * DOUBLES; k++) {
    const double *layer = k % 2 ? layer1 : layer0;
    wide[k / DOUBLES][k % DOUBLES] = k / 2 < N ? factor * layer[k / 2] : 0;
  }
}

static void load(Weights *w, const double *theta) {
  static const double none[N] = {0};
  for (int k = 0; k < FIELDS; k++) {
    double factor = (k == CHANGE || k == CHANGE_B ? -2 : -1) * LOG2_E;
    const double *field = theta + k * LAYERS * N;
    load_both(w->by[k], field, field + N, factor);
    if (k < FORGET_B) load_both(w->pull[k], field, field + N, 1);
  }
  load_both(w->in, theta + AT_IN, none, 1);
  load_both(w->out, theta + AT_OUT, theta + AT_OUT, 1);
  load_both(w->out_b, theta + AT_OUT_B, theta + AT_OUT_B, 1);
  for (int k = 2 * N; k < PARTS * DOUBLES; k++) w->out_b[k / DOUBLES][k % DOUBLES] = -700;
}

static void unload(const Sums *sums, double *bar) {
  for (int k = 0; k < 2 * N; k++) {
    int p = k / DOUBLES, l = k % DOUBLES;
    for (int field = 0; field < FIELDS; field++)
      bar[(field * LAYERS + k % 2) * N + k / 2] = sums->by[field][p][l];
    if (k % 2) continue;
    bar[AT_IN + k / 2] = sums->in[p][l];
    bar[AT_OUT + k / 2] = sums->out[p][l] + sums->out[p][l + 1];
    bar[AT_OUT_B + k / 2] = sums->out_b[p][l] + sums->out_b[p][l + 1];
  }
}

/* ---- forward -------------------------------------------------------------------------------- */

/* 1/(1 + 2^a), 1/(1 + 2^b); 0 or 1 to every digit beyond 500. */
VECTOR_INLINE void logistics(doubles a, doubles b, doubles *of_a, doubles *of_b) {
  doubles most = doubles_all(500);
  doubles one_a = 1.0 + doubles_exp2(doubles_min(a, most));
  doubles one_b = 1.0 + doubles_exp2(doubles_min(b, most));
  doubles inverse = 1.0 / (one_a * one_b);
  *of_a = inverse * one_b;
  *of_b = inverse * one_a;
}

/* Part p of a wave from the one before. The text's row is layer 0's input. */
VECTOR_INLINE void step_part(const Weights *w, const Wave *last, const double *row, int p,
                             Wave *wave) {
  doubles x = FIRSTS(w->in[p] * spread(row, p), last->hidden[p]), h = last->hidden[p], s;
  logistics(w->by[FORGET][p] * x + w->by[FORGET_B][p], w->by[OUTGATE][p] * x + w->by[OUTGATE_B][p],
            &wave->f[p], &wave->o[p]);
  logistics(w->by[INGATE][p] * h + w->by[INGATE_B][p], w->by[CHANGE][p] * h + w->by[CHANGE_B][p],
            &wave->i[p], &s);
  wave->g[p] = 2.0 * s - 1.0;
  wave->cell[p] = last->cell[p] * wave->f[p] + wave->i[p] * wave->g[p];
  doubles grown = doubles_exp2(-2 * LOG2_E * wave->cell[p]);
  wave->bent[p] = 2.0 / (1.0 + grown) - 1.0;
  wave->hidden[p] = wave->o[p] * wave->bent[p];
}

/* Layer 1 does not move in the first wave. */
static void hold_layer_1(const Wave *start, Wave *wave) {
  for (int p = 0; p < PARTS; p++)
    for (int l = 1; l < DOUBLES; l += 2) {
      wave->cell[p][l] = start->cell[p][l];
      wave->hidden[p][l] = start->hidden[p][l];
    }
}

/* The outputs of two steps: those of the waves a and b, whose lanes alternate in a vector. */
typedef struct {
  Wide hidden, gold, e;
  doubles gold_sum, e_sum; /* the latter with the 2 */
} Outputs;

VECTOR_INLINE doubles outputs(const Weights *w, const Wave *a, const Wave *b, const double *gold_a,
                              const double *gold_b, Outputs *out) {
  doubles gold_sum = doubles_all(0), e_sum = doubles_all(0), dot = doubles_all(0);
  for (int p = 0; p < PARTS; p++) {
    out->hidden[p] = SECONDS(a->hidden[p], b->hidden[p]);
    out->gold[p] = FIRSTS(spread(gold_a, p), spread(gold_b, p));
    doubles y = out->hidden[p] * w->out[p] + w->out_b[p];
    out->e[p] = doubles_exp(y);
    gold_sum += out->gold[p];
    e_sum += out->e[p];
    dot += out->gold[p] * y;
  }
  out->gold_sum = sums_by_parity(gold_sum);
  out->e_sum = sums_by_parity(e_sum) + 2.0;
  return sums_by_parity(dot) - out->gold_sum * doubles_log(out->e_sum);
}

/* ---- backward ------------------------------------------------------------------------------- */

/* What two steps' outputs give back to their hidden layers; `scale` is by step. */
VECTOR_INLINE void pull_outputs(const Weights *w, Sums *sums, const Outputs *out, doubles scale,
                                Wide back) {
  doubles share = out->gold_sum / out->e_sum;
  for (int p = 0; p < PARTS; p++) {
    doubles y_bar = scale * (out->gold[p] - share * out->e[p]);
    sums->out[p] += y_bar * out->hidden[p];
    sums->out_b[p] += y_bar;
    back[p] = y_bar * w->out[p];
  }
}

/* `back` is what comes to this wave's hidden layer from the output. */
VECTOR_INLINE void pull_part(const Weights *w, Room *room, const Wave *last, const Wave *wave,
                             const double *row, int p, doubles back) {
  Sums *sums = &room->sums;
  doubles f = wave->f[p], i = wave->i[p], o = wave->o[p], g = wave->g[p], bent = wave->bent[p];
  doubles text = spread(row, p), h = last->hidden[p], x = FIRSTS(w->in[p] * text, h);
  doubles h_bar = room->hidden_bar[p] + back;
  doubles c_bar = room->cell_bar[p] + h_bar * o * (1.0 - bent * bent);
  doubles by_o = h_bar * bent * (o - o * o), by_f = c_bar * last->cell[p] * (f - f * f);
  doubles by_i = c_bar * g * (i - i * i), by_g = c_bar * i * (1.0 - g * g);
  room->cell_bar[p] = c_bar * f;
  sums->by[FORGET][p] += by_f * x;
  sums->by[FORGET_B][p] += by_f;
  sums->by[OUTGATE][p] += by_o * x;
  sums->by[OUTGATE_B][p] += by_o;
  sums->by[INGATE][p] += by_i * h;
  sums->by[INGATE_B][p] += by_i;
  sums->by[CHANGE][p] += by_g * h;
  sums->by[CHANGE_B][p] += by_g;
  doubles x_bar = by_f * w->pull[FORGET][p] + by_o * w->pull[OUTGATE][p];
  sums->in[p] += x_bar * text;
  room->hidden_bar[p] = by_i * w->pull[INGATE][p] + by_g * w->pull[CHANGE][p] +
                        SECONDS(x_bar, doubles_all(0));
}

/* In the first wave there was no layer 1. */
static void forget_layer_1(Room *room) {
  for (int p = 0; p < PARTS; p++)
    for (int l = 1; l < DOUBLES; l += 2) room->hidden_bar[p][l] = room->cell_bar[p][l] = 0;
}

/* ---- the two functions ----------------------------------------------------------------------- */

size_t hand_work(int64_t T) {
  if (T < 1 || (uint64_t)T > SIZE_MAX / (2 * sizeof(Wave))) return SIZE_MAX;
  return 64 + sizeof(Room) + (size_t)(T + 1) * sizeof(Wave);
}

static Room *room_in(int64_t T, void *work, size_t work_bytes) {
  if (T < 1 || work == NULL || work_bytes < hand_work(T)) return NULL;
  return (Room *)(((uintptr_t)work + 63) & ~(uintptr_t)63);
}

static void begin(Room *room, Wave *start, const double *theta, const double *hidden0,
                  const double *cell0) {
  load(&room->weights, theta);
  load_both(start->hidden, hidden0, hidden0 + N, 1);
  load_both(start->cell, cell0, cell0 + N, 1);
}

/* Wave s is layer 0's step s and layer 1's step s - 1; a step's outputs are compared with the text's
 * next row, which is row s. Three waves go round; two are kept for the outputs. */
int hand_loss(int64_t T, const double *theta, const double *hidden0, const double *cell0,
              const double *text, double *loss, void *work, size_t work_bytes) {
  Room *room = room_in(T, work, work_bytes);
  if (!room) return 1;
  Wave *start = (Wave *)(room + 1), *pair = start + 1, *last = start;
  Outputs out;
  doubles total = doubles_all(0);
  begin(room, start, theta, hidden0, cell0);
  for (int64_t s = 0; s < T; s++) {
    Wave *wave = pair + s % 2;
    for (int p = 0; p < PARTS; p++)
      step_part(&room->weights, last, text + s * N, p, wave);
    if (s == 0) hold_layer_1(start, wave);
    last = wave;
    if (s < 2 || s % 2) continue;
    total += outputs(&room->weights, pair + 1, pair, text + (s - 1) * N, text + s * N, &out);
  }
  if (T > 1 && T % 2 == 0)
    total[0] += outputs(&room->weights, last, last, text + (T - 1) * N, text + (T - 1) * N, &out)[0];
  *loss = -(total[0] + total[1]) / (double)((T - 1) * N);
  return 0;
}

int hand_loss_and_grad(int64_t T, const double *theta, double *theta_bar, const double *hidden0,
                       const double *cell0, const double *text, double *loss, void *work,
                       size_t work_bytes) {
  Room *room = room_in(T, work, work_bytes);
  if (!room) return 1;
  const Weights *w = &room->weights;
  Wave *start = (Wave *)(room + 1), *waves = start + 1;
  memset(room, 0, sizeof *room);
  begin(room, start, theta, hidden0, cell0);
  for (int64_t s = 0; s < T; s++) {
    for (int p = 0; p < PARTS; p++) step_part(w, waves + s - 1, text + s * N, p, waves + s);
    if (s == 0) hold_layer_1(start, waves);
  }
  double scale = -1.0 / (double)((T - 1) * N);
  doubles total = doubles_all(0);
  for (int64_t s = T - 1; s > 0; s -= 2) { /* waves s and s - 1; the latter not where it is the first */
    Outputs out;
    Wide back;
    int64_t before = s > 1 ? s - 1 : s;
    doubles both = doubles_all(scale), value;
    for (int l = 0; l < DOUBLES; l += 2) both[l] = s > 1 ? scale : 0;
    value = outputs(w, waves + before, waves + s, text + before * N, text + s * N, &out);
    total[0] += s > 1 ? value[0] : 0;
    total[1] += value[1];
    pull_outputs(w, &room->sums, &out, both, back);
    for (int p = 0; p < PARTS; p++)
      pull_part(w, room, waves + s - 1, waves + s, text + s * N, p, SECONDS(doubles_all(0), back[p]));
    for (int p = 0; s > 1 && p < PARTS; p++)
      pull_part(w, room, waves + s - 2, waves + s - 1, text + (s - 1) * N, p,
                FIRSTS(doubles_all(0), back[p]));
  }
  forget_layer_1(room);
  for (int p = 0; p < PARTS; p++) pull_part(w, room, start, waves, text, p, doubles_all(0));
  unload(&room->sums, theta_bar);
  *loss = scale * (total[0] + total[1]);
  return 0;
}
