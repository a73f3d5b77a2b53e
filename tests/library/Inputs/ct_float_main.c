/* The gaps that ct-float.dp measures are those of rounding. */
#include "library.h"

#include <stdio.h>
#include <stdlib.h>

static int check(const char *name, int64_t n, float gap) {
  if (gap >= 0 && gap < 1e-5f) return 0;
  printf("%s at %d: %.2e\n", name, (int)n, (double)gap);
  return 1;
}

int main(void) {
  static const int64_t sizes[][4] = {{9, 7, 5, 11}, {32, 32, 30, 47}, {40, 64, 17, 90}};
  int failed = 0;
  for (int i = 0; i < 3; i++) {
    const int64_t *s = sizes[i];
    const size_t first = library_adjoint_gaps_work(s[0], s[1], s[2], s[3]);
    const size_t second = library_gradient_gaps_work(s[0], s[1], s[2], s[3]);
    const size_t bytes = first > second ? first : second;
    void *work = malloc(bytes);
    float parallel, fan, squares, counts;
    if (!work ||
        library_adjoint_gaps(s[0], s[1], s[2], s[3], &parallel, &fan, work, bytes) ||
        library_gradient_gaps(s[0], s[1], s[2], s[3], &squares, &counts, work, bytes))
      return 1;
    free(work);
    failed |= check("parallel", s[0], parallel) | check("fan", s[0], fan);
    failed |= check("squares", s[0], squares) | check("counts", s[0], counts);
  }
  return failed;
}
