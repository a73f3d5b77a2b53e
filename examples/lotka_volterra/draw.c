/* draw - two pictures of a run. */
#include "study.h"

#include "dp_host.h"

#include <stdio.h>

bool draw_pictures(Models *m, const char *folder, const Data *data, const Fit *fit,
                   const Discovery *found) {
  (void)m; (void)folder; (void)data; (void)fit; (void)found;
  return true;
}
