/* data - the truth by fine integration, and noisy observations of it. */
#include "study.h"

#include "dp_random.h"

bool make_data(Models *m, double noise, uint64_t seed, Data *data) {
  if (model_truth(m, TIME_STEP, data->clean, FORECAST_POINTS)) return false;
  double mean[STATES] = {0};
  for (int k = 0; k < POINTS * STATES; k++) mean[k % STATES] += data->clean[k] / POINTS;

  dp_rng rng;
  dp_rng_seed(&rng, seed);
  for (int k = 0; k < POINTS * STATES; k++)
    data->observed[k] = data->clean[k] + noise * mean[k % STATES] * dp_normal(&rng);
  return true;
}
