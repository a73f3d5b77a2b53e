/* dp_runtime - status texts and the random streams of initial weights. */
#include "dp_philox.h"
#include "dp_runtime.h"

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

/* ---- streams --------------------------------------------------------------------------------- */

void dp_rng_seed(dp_rng *rng, uint64_t seed) {
  memset(rng, 0, sizeof *rng);
  rng->key = seed;
  rng->used = 4;
}

uint32_t dp_rng_next(dp_rng *rng) {
  if (rng->used == 4) {
    const dp_block x = dp_philox(rng->key, rng->stream, rng->number++);
    memcpy(rng->block, x.word, sizeof rng->block);
    rng->used = 0;
  }
  return rng->block[rng->used++];
}

double dp_uniform(dp_rng *rng) {
  const uint32_t first = dp_rng_next(rng), second = dp_rng_next(rng);
  return dp_unit_of(first, second);
}

double dp_normal(dp_rng *rng) {
  const double u = dp_uniform(rng), v = dp_uniform(rng);
  return dp_normal_of(u, v);
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
