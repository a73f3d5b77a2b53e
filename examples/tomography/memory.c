/* memory - a workspace that serves several functions. */
#include "study.h"

size_t largest_size(const size_t *needs, size_t count) {
  size_t most = 1;
  for (size_t i = 0; i < count; i++)
    if (needs[i] > most) most = needs[i];
  return most;
}
