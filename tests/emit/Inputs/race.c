/* race - a sum that all threads add to at once: what ThreadSanitizer has to find, or it finds nothing. */
#include <stdio.h>

int main(void) {
  double sum = 0;
#pragma omp parallel for
  for (int i = 0; i < 1000; i++) sum += i;
  return printf("%g\n", sum) < 0;
}
