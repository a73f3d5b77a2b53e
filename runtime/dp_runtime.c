/* dp_runtime - status texts and the random streams of initial weights. */
#include "dp_runtime.h"

#include <math.h>
#include <string.h>

const char *dp_status_text(int status) {
  switch (status) {
#define DP_STATUS_ROW(name, value, text) \
  case name: return text;
    DP_STATUS_LIST(DP_STATUS_ROW)
#undef DP_STATUS_ROW
    default: break;
  }
  return status > 0 ? "an external function asked to stop" : "an external function failed";
}

int64_t dp_param_size(const dp_param *param) {
  int64_t size = 1;
  for (int k = 0; k < param->rank; k++) size *= param->shape[k];
  return size;
}

/* ---- Philox 4x32-10 -------------------------------------------------------------------------- */

static void philox_round(uint32_t *x, const uint32_t *key) {
  const uint64_t a = (uint64_t)0xD2511F53u * x[0], b = (uint64_t)0xCD9E8D57u * x[2];
  const uint32_t y0 = (uint32_t)(b >> 32) ^ x[1] ^ key[0], y2 = (uint32_t)(a >> 32) ^ x[3] ^ key[1];
  x[0] = y0, x[1] = (uint32_t)b, x[2] = y2, x[3] = (uint32_t)a;
}

/* The block of the counter; then the counter goes on by 1. */
static void philox_block(dp_rng *rng) {
  uint32_t key[2] = {rng->key[0], rng->key[1]};
  memcpy(rng->block, rng->counter, sizeof rng->block);
  for (int round = 0; round < 10; round++) {
    philox_round(rng->block, key);
    key[0] += 0x9E3779B9u, key[1] += 0xBB67AE85u;
  }
  for (int k = 0; k < 4 && ++rng->counter[k] == 0; k++) continue;
  rng->used = 0;
}

void dp_rng_seed(dp_rng *rng, uint64_t seed) {
  memset(rng, 0, sizeof *rng);
  rng->key[0] = (uint32_t)seed;
  rng->key[1] = (uint32_t)(seed >> 32);
  rng->used = 4;
}

uint32_t dp_rng_next(dp_rng *rng) {
  if (rng->used == 4) philox_block(rng);
  return rng->block[rng->used++];
}

double dp_uniform(dp_rng *rng) {
  const uint64_t high = dp_rng_next(rng) >> 5, low = dp_rng_next(rng) >> 6; /* 27 and 26 bits */
  return (double)(high << 26 | low) * 0x1p-53;
}

double dp_normal(dp_rng *rng) {
  const double u = 1 - dp_uniform(rng), v = dp_uniform(rng);
  return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* ---- initial weights ------------------------------------------------------------------------- */

void dp_init_uniform(dp_rng *rng, int64_t n, double low, double high, double *x) {
  for (int64_t i = 0; i < n; i++) x[i] = low + (high - low) * dp_uniform(rng);
}

void dp_init_normal(dp_rng *rng, int64_t n, double mean, double deviation, double *x) {
  for (int64_t i = 0; i < n; i++) x[i] = mean + deviation * dp_normal(rng);
}

void dp_init_constant(int64_t n, double value, double *x) {
  for (int64_t i = 0; i < n; i++) x[i] = value;
}

void dp_init_uniformf(dp_rng *rng, int64_t n, double low, double high, float *x) {
  for (int64_t i = 0; i < n; i++) x[i] = (float)(low + (high - low) * dp_uniform(rng));
}

void dp_init_normalf(dp_rng *rng, int64_t n, double mean, double deviation, float *x) {
  for (int64_t i = 0; i < n; i++) x[i] = (float)(mean + deviation * dp_normal(rng));
}

void dp_init_constantf(int64_t n, double value, float *x) {
  for (int64_t i = 0; i < n; i++) x[i] = (float)value;
}
