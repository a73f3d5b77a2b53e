/* plot - figures are well-formed, the same every time, and survive data without numbers.
 *
 * RUN: rm -rf %t.d && mkdir %t.d
 * RUN: %cc -std=c11 -O2 %s -I%runtime -I%runtime/host %libdp_runtime -lm -o %t && %t %t.d
 * RUN: cmp %t.d/figure.svg %t.d/again.svg
 * RUN: python3 -c "import sys, xml.dom.minidom as m; [m.parse(f) for f in sys.argv[1:]]" \
 * RUN:   %t.d/figure.svg %t.d/odd.svg
 * RUN: %FileCheck %s < %t.d/figure.svg
 *
 * CHECK: a &lt;plain&gt; figure
 * CHECK: observed
 * CHECK: >−1</text>
 * CHECK: clipPath
 * CHECK: <path fill="none" stroke="#b0b0b0"
 * CHECK: <circle
 * CHECK: Decay
 * CHECK: >2.4</text>
 */
#include "dp_host.h"
#include "check.h"

enum { N = 200 };

static char path_text[400];

static const char *in_folder(const char *folder, const char *name) {
  snprintf(path_text, sizeof path_text, "%s/%s", folder, name);
  return path_text;
}

static void draw_figure(const char *path) {
  static double x[N], y[N], low[N], high[N], decay[N], few_x[9], few_y[9];
  for (int i = 0; i < N; i++) {
    x[i] = 10.0 * i / (N - 1);
    y[i] = sin(x[i]);
    low[i] = y[i] - 0.2, high[i] = y[i] + 0.2;
    decay[i] = exp(-2 * x[i]);
  }
  for (int i = 0; i < 9; i++) few_x[i] = i, few_y[i] = sin(i) + 0.05 * (i % 3 - 1);
  const dp_series waves[] = {
      {"band", DP_BAND, N, x, low, high, 0, 1, 0},
      {"truth", DP_LINE, N, x, y, NULL, 0, -1, 0},
      {"model", DP_DASHES, N, x, y, NULL, 0, 1, 0},
      {"data", DP_MARKERS, 9, few_x, few_y, NULL, 0, 2, 0}};
  const dp_series losses[] = {{"loss", DP_LINE, N, x, decay, NULL, 0, 0, 0}};
  dp_axes panels[3] = {{0}};
  panels[0].title = "Waves", panels[0].x_label = "time", panels[0].y_label = "height";
  panels[0].series = waves, panels[0].n_series = 4;
  panels[0].shade_to = 4, panels[0].shade_label = "observed";
  panels[1].title = "Decay", panels[1].x_label = "iteration", panels[1].log_y = true;
  panels[1].series = losses, panels[1].n_series = 1;
  panels[2].x_label = "closer", panels[2].series = waves, panels[2].n_series = 4;
  panels[2].x_min = 2, panels[2].x_max = 3;
  dp_host_error error = {""};
  CHECK(dp_plot_save(path, "a <plain> figure", panels, 3, 2, 0, 0, &error));
}

static void draw_odd(const char *path) {
  const double x[] = {0, 1, 2, 3}, holes[] = {1, (double)NAN, (double)INFINITY, -1e300};
  const double flat[] = {7, 7, 7, 7}, negative[] = {-1, -2, 0, -3};
  const dp_series series[] = {{"holes", DP_LINE, 4, x, holes, NULL, 0, 0, 0},
                              {"flat", DP_LINE, 4, x, flat, NULL, 0, 0, 0},
                              {"negative", DP_MARKERS, 4, x, negative, NULL, 0, 0, 0}};
  dp_axes panels[4] = {{0}};
  for (int k = 0; k < 3; k++) panels[k].series = &series[k], panels[k].n_series = 1;
  panels[2].log_y = true;
  CHECK(dp_plot_save(path, NULL, panels, 4, 2, 0, 0, NULL));
  CHECK(!dp_plot_save(path, NULL, panels, 0, 2, 0, 0, NULL));
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  draw_figure(in_folder(argv[1], "figure.svg"));
  draw_figure(in_folder(argv[1], "again.svg"));
  draw_odd(in_folder(argv[1], "odd.svg"));
  return check_result();
}
