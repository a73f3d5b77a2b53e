/* draw - two pictures of a run, and its weights. */
#include "study.h"

#include "dp_host.h"

#include <math.h>
#include <stdio.h>

enum { FINE = 10, FINE_POINTS = FINE * (POINTS - 1) + 1, PATH_BYTES = 4096 };

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

static const double window_end = TIME_STEP * (POINTS - 1);

/* The columns of one state. In both pictures: truth grey, the model in colour, data as discs. */
static dp_series column(dp_mark mark, const char *label, const double *t, const double *us,
                        int64_t points, int state, int color) {
  return (dp_series){.label = label, .mark = mark, .n = points, .x = t, .y = us + state,
                     .stride = STATES, .color = color};
}

/* Times beside a [points, STATES] table, with its stride. */
static void fill_times(double dt, int64_t points, double *t) {
  for (int64_t k = 0; k < points; k++) t[STATES * k] = dt * (double)k;
}

static bool in_folder(const char *folder, const char *name, char path[PATH_BYTES]) {
  const int n = snprintf(path, PATH_BYTES, "%s/%s", folder, name);
  if (n > 0 && n < PATH_BYTES) return true;
  fprintf(stderr, "lotka_volterra: the name of the folder is too long\n");
  return false;
}

static bool told(bool ok, const dp_host_error *error) {
  if (!ok) fprintf(stderr, "lotka_volterra: %s\n", error->text);
  return ok;
}

static void true_terms(const double *us, int64_t points, double *terms) {
  for (int64_t k = 0; k < points; k++) {
    const double xy = us[STATES * k] * us[STATES * k + 1];
    terms[STATES * k] = -true_beta * xy;
    terms[STATES * k + 1] = true_gamma * xy;
  }
}

/* The window: left what was seen and fitted, right what was never seen, the missing terms. */
static bool draw_window(Models *m, const char *folder, const Data *data, const Fit *fit) {
  static double t[FINE_POINTS * STATES], t_data[POINTS * STATES], truth[FINE_POINTS * STATES],
      model[FINE_POINTS * STATES], truth_terms[FINE_POINTS * STATES],
      model_terms[FINE_POINTS * STATES];
  const double dt = TIME_STEP / FINE;
  if (model_truth(m, dt, truth, FINE_POINTS)) return false;
  if (model_forecast(m, fit->theta, data->observed, dt, model, FINE_POINTS)) return false;
  if (model_missing_terms(m, fit->theta, model, model_terms, FINE_POINTS)) return false;
  true_terms(truth, FINE_POINTS, truth_terms);
  fill_times(dt, FINE_POINTS, t);
  fill_times(TIME_STEP, POINTS, t_data);

  const dp_series states[] = {
      column(DP_LINE, "truth", t, truth, FINE_POINTS, 0, -1),
      column(DP_LINE, NULL, t, truth, FINE_POINTS, 1, -1),
      column(DP_DASHES, "prey, model", t, model, FINE_POINTS, 0, 1),
      column(DP_DASHES, "predators, model", t, model, FINE_POINTS, 1, 2),
      column(DP_MARKERS, "prey, observed", t_data, data->observed, POINTS, 0, 1),
      column(DP_MARKERS, "predators, observed", t_data, data->observed, POINTS, 1, 2),
  };
  const dp_series terms[] = {
      column(DP_LINE, "truth", t, truth_terms, FINE_POINTS, 0, -1),
      column(DP_LINE, NULL, t, truth_terms, FINE_POINTS, 1, -1),
      column(DP_DASHES, "network, in x'", t, model_terms, FINE_POINTS, 0, 1),
      column(DP_DASHES, "network, in y'", t, model_terms, FINE_POINTS, 1, 2),
  };
  const dp_axes panels[] = {
      {.title = "What it saw", .x_label = "time", .y_label = "population", .series = states,
       .n_series = COUNT(states), .x_max = window_end},
      {.title = "What it had to find", .x_label = "time", .y_label = "missing term",
       .series = terms, .n_series = COUNT(terms), .x_max = window_end},
  };
  char path[PATH_BYTES];
  dp_host_error error;
  return in_folder(folder, "window.svg", path) &&
         told(dp_plot_save(path, "A network in place of the interaction", panels, COUNT(panels), 2,
                           0, 0, &error),
              &error);
}

static double greatest(const double *us, int state) {
  double most = 0;
  for (int k = 0; k < FORECAST_POINTS; k++) most = fmax(most, us[STATES * k + state]);
  return most;
}

static bool draw_forecast(Models *m, const char *folder, const Data *data, const Fit *fit,
                          const Discovery *found) {
  static const char *const names[STATES] = {"prey", "predators"};
  static double t[FORECAST_POINTS * STATES], sparse[FORECAST_POINTS * STATES],
      network[FORECAST_POINTS * STATES];
  if (model_sparse_forecast(m, found->c, found->start, sparse, FORECAST_POINTS)) return false;
  if (model_forecast(m, fit->theta, data->observed, TIME_STEP, network, FORECAST_POINTS))
    return false;
  fill_times(TIME_STEP, FORECAST_POINTS, t);

  dp_series series[STATES][3];
  dp_axes panels[STATES];
  for (int e = 0; e < STATES; e++) {
    series[e][0] = column(DP_LINE, "truth", t, data->clean, FORECAST_POINTS, e, -1);
    series[e][1] = column(DP_LINE, "network", t, network, FORECAST_POINTS, e, 3);
    series[e][2] = column(DP_DASHES, "formula", t, sparse, FORECAST_POINTS, e, e + 1);
    panels[e] = (dp_axes){.y_label = names[e], .series = series[e], .n_series = 3,
                          .x_label = e + 1 == STATES ? "time" : NULL,
                          .x_max = TIME_STEP * (FORECAST_POINTS - 1),
                          .y_max = 1.25 * greatest(data->clean, e),
                          .shade_to = window_end, .shade_label = e ? NULL : "observed"};
  }
  char path[PATH_BYTES];
  dp_host_error error;
  return in_folder(folder, "forecast.svg", path) &&
         told(dp_plot_save(path, "Sixteen windows ahead", panels, STATES, 1, 960, 260, &error),
              &error);
}

bool draw_pictures(Models *m, const char *folder, const Data *data, const Fit *fit,
                   const Discovery *found) {
  return draw_window(m, folder, data, fit) && draw_forecast(m, folder, data, fit, found);
}

bool save_weights(const char *folder, const Fit *fit) {
  char path[PATH_BYTES];
  dp_host_error error;
  return in_folder(folder, "theta.npz", path) &&
         told(dp_model_save(path, ude_Theta_params, UDE_THETA_COUNT, fit->theta, &error), &error);
}
