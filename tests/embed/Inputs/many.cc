// Eight threads compute the same gradient on data of their own; all must agree to the last bit.
#include "many.h"
#include "second.h"

#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

static void gradient(const std::vector<double> *theta, std::vector<double> *bar) {
  const int64_t T = 40;
  std::vector<double> us(2 * T), work(many_loss_and_grad_work(T) / sizeof(double) + 1);
  for (std::size_t i = 0; i < us.size(); i++) us[i] = static_cast<double>(i % 7) * 0.1;
  for (int k = 0; k < 50; k++) {
    double loss = 0;
    const int status = many_loss_and_grad(T, theta->data(), bar->data(), us.data(), 0.05, &loss,
                                          work.data(), work.size() * sizeof(double));
    if (status != DP_OK || !(loss > 0)) std::abort();
  }
}

int main() {
  static_assert(MANY_THETA_SIZE == SECOND_THETA_SIZE, "the same model twice");
  std::vector<double> theta(MANY_THETA_SIZE), other(SECOND_THETA_SIZE);
  many_Theta_init(theta.data(), 5);
  second_Theta_init(other.data(), 5);
  if (theta != other) std::abort();
  std::vector<std::vector<double>> bars(8, std::vector<double>(MANY_THETA_SIZE));
  std::vector<std::thread> threads;
  for (auto &bar : bars) threads.emplace_back(gradient, &theta, &bar);
  for (auto &thread : threads) thread.join();
  for (auto &bar : bars)
    if (std::memcmp(bar.data(), bars[0].data(), MANY_THETA_SIZE * sizeof(double)) != 0) std::abort();
  return 0;
}
