#include "model.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static char room[1 << 14];

static double loss_at(const double *theta, double *theta_bar) {
  const double x[2] = {0.3, -0.7};
  double loss;
  assert(model_loss_and_grad(theta, theta_bar, x, &loss, room, sizeof room) == DP_OK);
  return loss;
}

int main(void) {
  double theta[MODEL_THETA_SIZE], other[MODEL_THETA_SIZE], bar[MODEL_THETA_SIZE];
  double none[MODEL_THETA_SIZE];
  model_Theta_init(theta, 7);
  model_Theta_init(other, 7);
  assert(!memcmp(theta, other, sizeof theta));
  int64_t total = 0;
  for (int i = 0; i < MODEL_THETA_COUNT; i++) {
    assert(model_Theta_params[i].offset == total);
    total += dp_param_size(&model_Theta_params[i]);
  }
  assert(total == MODEL_THETA_SIZE);
  assert(!strcmp(model_Theta_params[0].name, "net.layers.0.W"));
  assert(theta[MODEL_THETA_SIZE - 1] == 0.25);

  loss_at(theta, bar);
  for (int i = 0; i < MODEL_THETA_SIZE; i++) {
    const double at = theta[i], h = 1e-6;
    theta[i] = at + h;
    const double up = loss_at(theta, none);
    theta[i] = at - h;
    const double down = loss_at(theta, none);
    theta[i] = at;
    assert(fabs(bar[i] - (up - down) / (2 * h)) < 1e-8);
  }
  return 0;
}
