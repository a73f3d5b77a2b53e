/* runtime - status texts, sizes, workspaces, random streams.
 *
 * RUN: %cc -std=c11 -O2 %s -I%runtime %libdp_runtime -lm -o %t && %t 2>&1 | %FileCheck %s
 * CHECK: the print of this program: 3
 */
#include "dp_random.h"
#include "check.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Takes the library's place. */
void dp_print(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  printf("the print of this program: ");
  vprintf(format, arguments);
  printf("\n");
  va_end(arguments);
}

static void check_status(void) {
  CHECK(!strcmp(dp_status_text(DP_OK), "success"));
  CHECK(strstr(dp_status_text(DP_WORK_SHORT), "workspace"));
  CHECK(dp_status_text(-1000) && dp_status_text(1000));
}

static void check_sizes(void) {
  CHECK(dp_size_add(SIZE_MAX, 1) == SIZE_MAX && dp_size_add(2, 3) == 5);
  CHECK(dp_size_mul(SIZE_MAX / 2, 3) == SIZE_MAX && dp_size_mul(SIZE_MAX, 0) == 0);
  CHECK(dp_size(-1) == SIZE_MAX && dp_size(7) == 7);
  CHECK(dp_size_round(0) == 0 && dp_size_round(1) == 64 && dp_size_round(64) == 64);
  CHECK(dp_size_round(SIZE_MAX - 3) == SIZE_MAX);
}

static void check_carving(void) {
  char work[1000];
  for (size_t skew = 0; skew < 70; skew++) {
    const size_t bytes = dp_size_round(100) + dp_size_round(64) + DP_ALIGN - 1;
    dp_space space = dp_space_of(work + skew, bytes);
    char *a = dp_carve(&space, 100), *b = dp_carve(&space, 64);
    CHECK(a && b && (uintptr_t)a % DP_ALIGN == 0 && (uintptr_t)b % DP_ALIGN == 0);
    CHECK(a >= work + skew && b >= a + 100 && b + 64 <= work + skew + bytes);
    CHECK(!dp_carve(&space, 64));
  }
  static char large[2 * (DP_LARGE + DP_GAP) + DP_ALIGN];
  dp_space space = dp_space_of(large, 2 * dp_size_round(DP_LARGE) + DP_ALIGN - 1);
  char *a = dp_carve(&space, DP_LARGE), *b = dp_carve(&space, DP_LARGE);
  CHECK(a && b && b >= a + DP_LARGE && (b - a) % 4096 >= DP_ALIGN && (b - a) % DP_ALIGN == 0);
  CHECK(b + DP_LARGE <= large + sizeof large);
  dp_space none = dp_space_of(NULL, 100);
  CHECK(!dp_carve(&none, 1));
}

/* The known answers that the authors of Philox publish with it. */
static void check_philox(void) {
  static const uint32_t keys[3][2] = {
      {0, 0}, {0xffffffff, 0xffffffff}, {0xa4093822, 0x299f31d0}};
  static const uint32_t counters[3][4] = {
      {0, 0, 0, 0},
      {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
      {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}};
  static const uint32_t answers[3][4] = {
      {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
      {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
      {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}};
  for (int k = 0; k < 3; k++) {
    dp_rng rng;
    dp_rng_seed(&rng, (uint64_t)keys[k][1] << 32 | keys[k][0]);
    rng.number = (uint64_t)counters[k][1] << 32 | counters[k][0];
    rng.stream = (uint64_t)counters[k][3] << 32 | counters[k][2];
    for (int j = 0; j < 4; j++) CHECK(dp_rng_next(&rng) == answers[k][j]);
  }
}

static void check_streams(void) {
  dp_rng a, b, c;
  dp_rng_seed(&a, 5);
  dp_rng_seed_stream(&b, 5, 0);
  dp_rng_seed_stream(&c, 5, 1);
  int equal = 0;
  for (int i = 0; i < 100; i++) {
    const uint32_t word = dp_rng_next(&a);
    CHECK(word == dp_rng_next(&b));
    equal += word == dp_rng_next(&c);
  }
  CHECK(equal < 2);
}

static void check_distributions(void) {
  enum { COUNT = 200000 };
  dp_rng rng;
  dp_rng_seed(&rng, 1);
  double mean = 0, square = 0, uniform = 0, fourth = 0;
  for (int i = 0; i < COUNT; i++) {
    const double u = dp_uniform(&rng), z = dp_normal(&rng);
    CHECK(u >= 0 && u < 1);
    uniform += u / COUNT, mean += z / COUNT, square += z * z / COUNT;
    fourth += z * z * z * z / COUNT;
  }
  CHECK_NEAR(uniform, 0.5, 0.003);
  CHECK_NEAR(mean, 0, 0.01);
  CHECK_NEAR(square, 1, 0.015);
  CHECK_NEAR(fourth, 3, 0.05);
}

static void check_integers(void) {
  dp_rng rng;
  int64_t counts[6] = {0}, order[50];
  int seen[50] = {0};
  dp_rng_seed(&rng, 2);
  for (int i = 0; i < 60000; i++) counts[dp_below(&rng, 6)]++;
  for (int k = 0; k < 6; k++) CHECK(llabs(counts[k] - 10000) < 400);
  CHECK(dp_below(&rng, 0) == 0 && dp_below(&rng, 1) == 0);
  const int64_t large = dp_below(&rng, INT64_MAX);
  CHECK(large >= 0 && large < INT64_MAX);
  dp_permutation(&rng, 50, order);
  for (int i = 0; i < 50; i++) seen[order[i]]++;
  for (int i = 0; i < 50; i++) CHECK(seen[i] == 1);
}

static void check_weights(void) {
  dp_rng rng;
  double w[100];
  float f[100];
  dp_rng_seed(&rng, 3);
  dp_init_uniform(&rng, 100, -2, 3, w);
  for (int i = 0; i < 100; i++) CHECK(w[i] >= -2 && w[i] < 3);
  dp_rng_seed(&rng, 3);
  dp_init_uniformf(&rng, 100, -2, 3, f);
  for (int i = 0; i < 100; i++) CHECK(f[i] == (float)w[i]);
  dp_init_constant(100, 0.3, w);
  CHECK(w[99] == 0.3);
  const dp_param p = {"p", 3, {2, 3, 4}, 0}, scalar = {"s", 0, {0}, 0};
  CHECK(dp_param_size(&p) == 24 && dp_param_size(&scalar) == 1);
}

int main(void) {
  check_status();
  check_sizes();
  check_carving();
  check_philox();
  check_streams();
  check_distributions();
  check_integers();
  check_weights();
  dp_print("%d", 3);
  return check_result();
}
