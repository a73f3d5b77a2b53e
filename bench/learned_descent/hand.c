/* hand - the gradient of learned gradient descent, written by hand for speed.
 *
 * What makes it fast:
 *  - The gradients in the loop have closed forms, A'(A a - b) and D'D a, which are linear in the
 *    image: on the way back they are the same two operators again.
 *  - What rays have in common is worked out once per call: where each begins, how far it goes over
 *    with each row or column, how many of them it crosses.
 *  - Fields carry a border of one, so that no convolution asks where it is; three channels by four
 *    vectors stay in registers over all taps. The gradient with respect to a layer's input is again a
 *    convolution, with kernels turned round once per call; that with respect to its kernels sums four
 *    channels by three taps over the whole field in registers.
 *  - Images are done one after the other, all layers of one are kept, nothing is computed twice. */
#include "hand.h"

#include "../vectors.h"

#include <math.h>
#include <string.h>

enum { N = HAND_N, W = 3, ROW = N + 2, FIELD = ROW * ROW, ORIGIN = ROW + 1, TOGETHER = 4 };
enum { SEEN = HAND_SEEN, WIDTH = HAND_WIDTH, GIVEN = HAND_GIVEN, STEPS = HAND_ITERATIONS };
enum { WINDOW = HAND_WINDOW, MEMORY = 3 /* the first channel of it that the network sees */ };

static const float gamma_ = 0.1f, discrepancy_scale = 50, roughness_scale = 0.1f;

/* ---- convolutions of fields with borders, [channel][N + 2][N + 2] ----------------------------- */

typedef enum { PLAIN, RELU } Bend;

/* Row i of `rows` channels from o on, TOGETHER vectors at j: bias + the convolution, bent. Where there
 * is a value, only where that is positive, else 0. */
VECTOR_INLINE void convolve_tile(int rows, int n_in, const float *x, const float *kernel,
                                 const float *bias, const float *value, Bend bend, int o, int at,
                                 float *y) {
  const int kernel_size = n_in * WINDOW;
  floats sum[3][TOGETHER];
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < TOGETHER; v++) sum[r][v] = floats_all(bias ? bias[o + r] : 0);
  const float *w = kernel + o * kernel_size;
  for (int c = 0; c < n_in; c++)
    for (int k = 0; k < W; k++)
      for (int l = 0; l < W; l++, w++) {
        const float *from = x + c * FIELD + at + k * ROW + l;
        floats f[TOGETHER];
        for (int v = 0; v < TOGETHER; v++) f[v] = floats_at(from + v * FLOATS);
        for (int r = 0; r < rows; r++)
          for (int v = 0; v < TOGETHER; v++) sum[r][v] += w[r * kernel_size] * f[v];
      }
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < TOGETHER; v++) {
      int to = (o + r) * FIELD + ORIGIN + at + v * FLOATS;
      floats s = bend == RELU ? floats_max(sum[r][v], floats_all(0)) : sum[r][v];
      if (value) s = (floats)((floats_bits)s & (floats_bits)(floats_at(value + to) > 0));
      floats_to(y + to, s);
    }
}

VECTOR_INLINE void convolve(int n_out, int n_in, const float *x, const float *kernel,
                            const float *bias, const float *value, Bend bend, float *y) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j += TOGETHER * FLOATS) {
      const int at = i * ROW + j;
      int o = 0;
      for (; o + 3 <= n_out; o += 3) convolve_tile(3, n_in, x, kernel, bias, value, bend, o, at, y);
      if (n_out % 3 == 2) convolve_tile(2, n_in, x, kernel, bias, value, bend, o, at, y);
    }
}

/* The gradients of a row of windows' W taps, for `rows` output channels from o on and channel c. */
VECTOR_INLINE void sum_taps(int rows, int n_in, const float *at, const float *y, float *bar) {
  floats sum[4][W] = {{{0}}};
  for (int i = 0; i < N; i++, y += ROW, at += ROW)
    for (int v = 0; v < N; v += FLOATS) {
      floats f[W];
      for (int l = 0; l < W; l++) f[l] = floats_at(at + v + l);
      for (int r = 0; r < rows; r++)
        for (int l = 0; l < W; l++) sum[r][l] += floats_at(y + r * FIELD + v) * f[l];
    }
  for (int r = 0; r < rows; r++)
    for (int l = 0; l < W; l++) bar[r * n_in * WINDOW + l] += floats_sum(sum[r][l]);
}

/* bar, kernels and behind them biases, += their gradients from y_bar. */
VECTOR_INLINE void sum_kernel(int n_out, int n_in, const float *x, const float *y_bar, float *bar) {
  const int together = n_out % 4 ? 3 : 4;
  for (int o = 0; o < n_out; o += together)
    for (int c = 0; c < n_in; c++)
      for (int k = 0; k < W; k++)
        sum_taps(together, n_in, x + c * FIELD + k * ROW, y_bar + o * FIELD + ORIGIN,
                 bar + ((o * n_in + c) * W + k) * W);
  for (int o = 0; o < n_out; o++) {
    floats sum = floats_all(0);
    for (int i = 0; i < N; i++)
      for (int v = 0; v < N; v += FLOATS)
        sum += floats_at(y_bar + o * FIELD + ORIGIN + i * ROW + v);
    bar[n_out * n_in * WINDOW + o] += floats_sum(sum);
  }
}

/* [out][in][3][3] to [in][out][3][3], turned by half a turn. */
static void turn(int n_out, int n_in, const float *kernel, float *turned) {
  for (int o = 0; o < n_out; o++)
    for (int c = 0; c < n_in; c++)
      for (int w = 0; w < WINDOW; w++)
        turned[(c * n_out + o) * WINDOW + WINDOW - 1 - w] = kernel[(o * n_in + c) * WINDOW + w];
}

/* ---- Joseph's integrals ------------------------------------------------------------------------ */

/* A ray meets line q of `first` <= q < `last`, rows or columns, which are `along` apart in a field, at
 * start + slope q from the field's edge, across which neighbours are `across` apart. */
typedef struct {
  float start, slope, length;
  int first, last, along, across;
} Ray;


/* The lines at which a ray is less than one beside the image. */
static void cut(Ray *ray) {
  ray->first = 0, ray->last = N;
  while (ray->first < N && !(fabsf(ray->start + ray->slope * (float)ray->first - 0.5f * (N + 1)) <
                             0.5f * (N + 1)))
    ray->first++;
  while (ray->last > ray->first &&
         !(fabsf(ray->start + ray->slope * (float)(ray->last - 1) - 0.5f * (N + 1)) <
           0.5f * (N + 1)))
    ray->last--;
}

/* Along x c + y d = s, where x and y begin in the middle of the image. */
static Ray ray_of(double c, double d, double s) {
  const double x = s * c + 0.5 * (N - 1), y = 0.5 * (N - 1) - s * d;
  const int is_steep = fabs(c) >= fabs(d);
  const double slope = is_steep ? d / c : c / d, start = is_steep ? x - slope * y : y - slope * x;
  Ray ray = {.start = (float)(start + 1), .slope = (float)slope};
  ray.length = (float)(1 / (is_steep ? fabs(c) : fabs(d)));
  ray.along = is_steep ? ROW : 1, ray.across = is_steep ? 1 : ROW;
  cut(&ray);
  return ray;
}

static void trace(int64_t views, int64_t bins, Ray *rays) {
  const double pi = 3.14159265358979323846, spacing = N * sqrt(2) / (double)bins;
  for (int64_t v = 0; v < views; v++) {
    const double angle = ((double)v + 0.5) * pi / (double)views, c = cos(angle), d = sin(angle);
    for (int64_t k = 0; k < bins; k++)
      *rays++ = ray_of(c, d, ((double)k - 0.5 * (double)(bins - 1)) * spacing);
  }
}

static float integral(const Ray *ray, const float *field) {
  const int along = ray->along, across = ray->across;
  const float start = ray->start, slope = ray->slope;
  float sum = 0;
  field += along;
#pragma omp simd reduction(+ : sum)
  for (int q = ray->first; q < ray->last; q++) {
    const float place = start + slope * (float)q;
    const int p = (int)place;
    const float *at = field + (q * along + p * across);
    sum += at[0] + (place - (float)p) * (at[across] - at[0]);
  }
  return sum * ray->length;
}

/* The transpose of `integral`: adds to a field, border included. */
static void smear(const Ray *ray, float bar, float *field) {
  const int along = ray->along, across = ray->across;
  bar *= ray->length;
  field += along;
  for (int q = ray->first; q < ray->last; q++) {
    const float place = ray->start + ray->slope * (float)q;
    const int p = (int)place;
    float *at = field + (q * along + p * across);
    const float second = (place - (float)p) * bar;
    at[0] += bar - second;
    at[across] += second;
  }
}

/* to = A'(A image - b) scale, border included; b may be NULL. */
static void discrepancy(const Ray *rays, int64_t count, const float *image, const float *b,
                        float scale, float *to) {
  memset(to, 0, FIELD * sizeof *to);
  for (int64_t k = 0; k < count; k++)
    smear(&rays[k], scale * (integral(&rays[k], image) - (b ? b[k] : 0)), to);
}

/* D'D image at i, j of a field, where the differences of neighbours inside make D. */
static inline float roughness(const float *at, int i, int j) {
  float sum = 0;
  sum += i > 0 ? at[0] - at[-ROW] : 0;
  sum += i < N - 1 ? at[0] - at[ROW] : 0;
  sum += j > 0 ? at[0] - at[-1] : 0;
  sum += j < N - 1 ? at[0] - at[1] : 0;
  return sum;
}

/* ---- the descent ------------------------------------------------------------------------------- */

/* What an iteration's network sees and finds; borders stay 0. u: the image, both gradients, memory. */
typedef struct {
  float u[SEEN * FIELD], first[WIDTH * FIELD], second[WIDTH * FIELD];
} Layers;

typedef struct {
  Layers layers[STEPS];
  float y[GIVEN * FIELD], image[FIELD]; /* image: the last one */
  float turned_first[HAND_SECOND], turned_second[HAND_LAST - HAND_SECOND];
  float turned_last[HAND_THETA_SIZE - HAND_LAST];
  float image_bar[FIELD], y_bar[GIVEN * FIELD], u_bar[SEEN * FIELD];
  float first_bar[WIDTH * FIELD], second_bar[WIDTH * FIELD], spread[FIELD];
} Room;

typedef struct {
  int64_t views, bins;
  const float *theta;
  float size;
  const Ray *rays;
} Problem;

enum { FIRST_BIAS = HAND_SECOND - WIDTH, SECOND_BIAS = HAND_LAST - WIDTH };
enum { LAST_BIAS = HAND_THETA_SIZE - GIVEN };

/* A step from `at`, whose image and memory are set, to the image and the memory (NULL: nobody asks for
 * it). y is room. */
static void forth(const Problem *p, Layers *at, const float *b, float *spread, float *y, float *image,
                  float *memory) {
  const float *theta = p->theta, scale = 1 / (p->size * p->size);
  discrepancy(p->rays, p->views * p->bins, at->u, b, scale, spread);
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      const int to = ORIGIN + i * ROW + j;
      at->u[FIELD + to] = discrepancy_scale * spread[to];
      at->u[2 * FIELD + to] = roughness_scale * roughness(at->u + to, i, j);
    }
  convolve(WIDTH, SEEN, at->u, theta + HAND_FIRST, theta + FIRST_BIAS, NULL, RELU, at->first);
  convolve(WIDTH, WIDTH, at->first, theta + HAND_SECOND, theta + SECOND_BIAS, NULL, RELU, at->second);
  convolve(GIVEN, WIDTH, at->second, theta + HAND_LAST, theta + LAST_BIAS, NULL, PLAIN, y);
  for (int k = 0; k < FIELD; k++) image[k] = at->u[k] - gamma_ * y[k];
  for (int k = 0; memory && k < (GIVEN - 1) * FIELD; k++)
    memory[k] = y[FIELD + k] > 0 ? y[FIELD + k] : 0;
}

/* Image_bar and y_bar, the memory's but for its bend, from those behind the step to those before it. */
static void back(const Problem *p, const Layers *at, Room *room, int is_first, float *bar) {
  const float scale = discrepancy_scale / (p->size * p->size);
  float *u_bar = room->u_bar, *image_bar = room->image_bar;
  for (int k = 0; k < FIELD; k++) room->y_bar[k] = -gamma_ * image_bar[k];
  sum_kernel(GIVEN, WIDTH, at->second, room->y_bar, bar + HAND_LAST);
  convolve(WIDTH, GIVEN, room->y_bar, room->turned_last, NULL, at->second, PLAIN, room->second_bar);
  sum_kernel(WIDTH, WIDTH, at->first, room->second_bar, bar + HAND_SECOND);
  convolve(WIDTH, WIDTH, room->second_bar, room->turned_second, NULL, at->first, PLAIN,
           room->first_bar);
  sum_kernel(WIDTH, SEEN, at->u, room->first_bar, bar + HAND_FIRST);
  if (is_first) return;
  convolve(SEEN, WIDTH, room->first_bar, room->turned_first, NULL, NULL, PLAIN, u_bar);
  discrepancy(p->rays, p->views * p->bins, u_bar + FIELD, NULL, scale, room->spread);
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      const int to = ORIGIN + i * ROW + j;
      image_bar[to] += u_bar[to] + room->spread[to] +
                       roughness_scale * roughness(u_bar + 2 * FIELD + to, i, j);
    }
  for (int k = 0; k < (GIVEN - 1) * FIELD; k++)
    room->y_bar[FIELD + k] = at->u[MEMORY * FIELD + k] > 0 ? u_bar[MEMORY * FIELD + k] : 0;
}

static void enter(const float *image, float *field) {
  for (int i = 0; i < N; i++) memcpy(field + ORIGIN + i * ROW, image + i * N, N * sizeof *field);
}

/* The sum of squares of image - truth; image_bar, unless NULL, becomes scale times its gradient. */
static double misfit(const float *image, const float *truth, float scale, float *image_bar) {
  double sum = 0;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      const int at = ORIGIN + i * ROW + j;
      const float d = image[at] - truth[i * N + j];
      sum += (double)d * d;
      if (image_bar) image_bar[at] = 2 * scale * d;
    }
  return sum;
}

/* ---- the functions ------------------------------------------------------------------------------ */

typedef struct {
  Layers layers[2];
  float y[GIVEN * FIELD], spread[FIELD], image[FIELD];
} ValueRoom;

static size_t rays_bytes(int64_t views, int64_t bins) {
  const size_t bytes = (size_t)views * (size_t)bins * sizeof(Ray);
  return (bytes + 63) / 64 * 64 + 64;
}

size_t hand_value_work(int64_t views, int64_t bins) {
  return rays_bytes(views, bins) + sizeof(ValueRoom);
}

size_t hand_gradient_work(int64_t views, int64_t bins) {
  return rays_bytes(views, bins) + sizeof(Room);
}

/* Rays at the beginning of the workspace; what is behind them. */
static void *open_room(Problem *p, void *work) {
  Ray *rays = (Ray *)(((uintptr_t)work + 63) & ~(uintptr_t)63);
  trace(p->views, p->bins, rays);
  p->rays = rays;
  return (char *)rays + rays_bytes(p->views, p->bins) - 64;
}

int hand_project(int64_t n, int64_t views, int64_t bins, const float *image, float *integrals,
                 void *work, size_t work_bytes) {
  if (n != N || work == NULL || work_bytes < hand_value_work(views, bins)) return 1;
  Problem p = {views, bins, NULL, 1, NULL};
  ValueRoom *room = open_room(&p, work);
  memset(room->image, 0, sizeof room->image);
  enter(image, room->image);
  for (int64_t k = 0; k < views * bins; k++) integrals[k] = integral(&p.rays[k], room->image);
  return 0;
}

int hand_loss(int64_t batch, int64_t n, int64_t views, int64_t bins, const float *theta,
              const float *start, const float *b, const float *truth, float size, float *loss,
              void *work, size_t work_bytes) {
  if (n != N || work == NULL || work_bytes < hand_value_work(views, bins)) return 1;
  Problem p = {views, bins, theta, size, NULL};
  ValueRoom *room = open_room(&p, work);
  double sum = 0;
  memset(room, 0, sizeof *room);
  for (int64_t s = 0; s < batch; s++) {
    memset(room->layers[0].u + MEMORY * FIELD, 0, (SEEN - MEMORY) * FIELD * sizeof(float));
    enter(start + s * N * N, room->layers[0].u);
    for (int t = 0; t < STEPS; t++) {
      float *next = room->layers[(t + 1) % 2].u;
      forth(&p, &room->layers[t % 2], b + s * views * bins, room->spread, room->y, next,
            next + MEMORY * FIELD);
    }
    sum += misfit(room->layers[STEPS % 2].u, truth + s * N * N, 0, NULL);
  }
  *loss = (float)(sum / (double)(batch * N * N));
  return 0;
}

int hand_loss_and_grad(int64_t batch, int64_t n, int64_t views, int64_t bins, const float *theta,
                       float *theta_bar, const float *start, const float *b, const float *truth,
                       float size, float *loss, void *work, size_t work_bytes) {
  if (n != N || work == NULL || work_bytes < hand_gradient_work(views, bins)) return 1;
  Problem p = {views, bins, theta, size, NULL};
  Room *room = open_room(&p, work);
  Layers *layers = room->layers;
  double sum = 0;
  memset(room, 0, sizeof *room);
  memset(theta_bar, 0, HAND_THETA_SIZE * sizeof *theta_bar);
  turn(WIDTH, SEEN, theta + HAND_FIRST, room->turned_first);
  turn(WIDTH, WIDTH, theta + HAND_SECOND, room->turned_second);
  turn(GIVEN, WIDTH, theta + HAND_LAST, room->turned_last);
  for (int64_t s = 0; s < batch; s++) {
    enter(start + s * N * N, layers[0].u);
    for (int t = 0; t < STEPS; t++) {
      const int is_last = t == STEPS - 1;
      forth(&p, &layers[t], b + s * views * bins, room->spread, room->y,
            is_last ? room->image : layers[t + 1].u,
            is_last ? NULL : layers[t + 1].u + MEMORY * FIELD);
    }
    memset(room->y_bar, 0, sizeof room->y_bar);
    sum += misfit(room->image, truth + s * N * N, 1 / (float)(batch * N * N), room->image_bar);
    for (int t = STEPS - 1; t >= 0; t--) back(&p, &layers[t], room, t == 0, theta_bar);
  }
  *loss = (float)(sum / (double)(batch * N * N));
  return 0;
}
