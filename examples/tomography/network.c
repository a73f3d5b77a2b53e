/* network - see network.h. The file of a run holds the weights thrice (themselves and Adam's moments), the
 * plan, how far it is, and the records, each under its name. */
#include "network.h"

#include "learn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  WEIGHTS = LEARN_STEP_SIZE,
  COPIES = 3, /* weights, means, mean squares */
  STATE = COPIES * WEIGHTS,
  PLAN = 8,
  PROGRESS = 3,
  RECORD = sizeof(Record) / sizeof(double),
  RUN = STATE + PLAN + PROGRESS + RECORDS * RECORD,
  ENTRIES = COPIES * LEARN_STEP_COUNT + 3
};

static size_t image_size(const Network *w) { return (size_t)(w->plan.side * w->plan.side); }
static size_t measured_size(const Network *w) { return (size_t)(w->plan.views * w->plan.bins); }

/* --- line integrals ------------------------------------------------------------------------------- */

static size_t integrals_work(const RunPlan *p) {
  const size_t train = learn_train_step_work(p->batch, p->side, p->views, p->bins);
  const size_t use = learn_Hybrid_X_ray_tomography_work(p->side, p->views, p->bins);
  return train > use ? train : use;
}

static int integrals_train(const Network *w, float *loss) {
  const RunPlan *p = &w->plan;
  const float *s = w->state;
  return learn_train_step(s, s + WEIGHTS, s + 2 * WEIGHTS, p->seed, w->step, p->steps, p->batch, p->side,
                          p->views, p->bins, (float)p->size, (float)p->see_da, (float)p->see_dR, loss,
                          w->next, w->next + WEIGHTS, w->next + 2 * WEIGHTS, w->work, w->work_bytes);
}

static int integrals_descend(const Network *w, const float *a_0, const float *measured, int64_t n_steps,
                             float *a) {
  const RunPlan *p = &w->plan;
  return learn_Hybrid_X_ray_tomography(p->side, p->views, p->bins, a_0, measured, w->state,
                                       (float)p->size, (float)p->see_da, (float)p->see_dR, n_steps, a,
                                       w->work, w->work_bytes);
}

const NetworkKind network_integrals = {integrals_work, integrals_train, integrals_descend};

/* --- networks ------------------------------------------------------------------------------------- */

bool network_new(Network *w, const RunPlan *plan) {
  *w = (Network){.plan = *plan};
  w->work_bytes = plan->kind->work(plan);
  w->work = malloc(w->work_bytes);
  w->state = calloc(STATE, sizeof *w->state);
  w->next = malloc(STATE * sizeof *w->next);
  w->images = malloc((2 * image_size(w) + measured_size(w)) * sizeof *w->images);
  if (!w->work || !w->state || !w->next || !w->images) return network_free(w), false;
  learn_Step_init(w->state, (uint64_t)plan->seed);
  return true;
}

void network_free(Network *w) {
  free(w->state);
  free(w->next);
  free(w->images);
  free(w->work);
  *w = (Network){0};
}

/* --- computing ----------------------------------------------------------------------------------- */

static double now(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int network_train(Network *w) {
  const double begun = now();
  float loss;
  const int status = w->plan.kind->train(w, &loss);
  if (status) return status;
  float *was = w->state;
  w->state = w->next;
  w->next = was;
  w->loss += (loss - w->loss) / (double)(w->step < 50 ? w->step + 1 : 50);
  w->step++;
  w->seconds += now() - begun;
  return DP_OK;
}

static void to_float(const double *from, size_t n, float *to) {
  for (size_t i = 0; i < n; i++) to[i] = (float)from[i];
}

static void to_double(const float *from, size_t n, double *to) {
  for (size_t i = 0; i < n; i++) to[i] = from[i];
}

int network_reconstruct(const Network *w, const double *a_0, const double *measured,
                        int64_t n_steps, double *a) {
  const size_t n = image_size(w);
  float *begin = w->images, *end = begin + n, *b = end + n;
  to_float(a_0, n, begin);
  to_float(measured, measured_size(w), b);
  const int status = w->plan.kind->descend(w, begin, b, n_steps, end);
  to_double(end, n, a);
  return status;
}

/* --- files ------------------------------------------------------------------------------------- */

bool network_save_weights(const Network *w, const char *path, dp_host_error *error) {
  double weights[WEIGHTS];
  to_double(w->state, WEIGHTS, weights);
  return dp_model_save(path, learn_Step_params, LEARN_STEP_COUNT, weights, error);
}

bool network_load_weights(Network *w, const char *path, dp_host_error *error) {
  double weights[WEIGHTS];
  if (!dp_model_load(path, learn_Step_params, LEARN_STEP_COUNT, weights, error)) return false;
  to_float(weights, WEIGHTS, w->state);
  return true;
}

/* The table of a file of a run: what lies where in an array of RUN doubles. */
typedef struct RunTable {
  dp_param entries[ENTRIES];
  char names[COPIES * LEARN_STEP_COUNT][64];
} RunTable;

static void fill_table(RunTable *t) {
  static const char *const copies[COPIES] = {"weights", "means", "squares"};
  for (int k = 0; k < COPIES * LEARN_STEP_COUNT; k++) {
    const int copy = k / LEARN_STEP_COUNT;
    t->entries[k] = learn_Step_params[k % LEARN_STEP_COUNT];
    snprintf(t->names[k], sizeof t->names[k], "%s.%s", copies[copy], t->entries[k].name);
    t->entries[k].name = t->names[k];
    t->entries[k].offset += copy * WEIGHTS;
  }
  dp_param *rest = t->entries + COPIES * LEARN_STEP_COUNT;
  rest[0] = (dp_param){"plan", 1, {PLAN}, STATE};
  rest[1] = (dp_param){"progress", 1, {PROGRESS}, STATE + PLAN};
  rest[2] = (dp_param){"records", 2, {RECORDS, RECORD}, STATE + PLAN + PROGRESS};
}

static void plan_numbers(const RunPlan *p, double numbers[PLAN]) {
  const double all[PLAN] = {(double)p->side,  (double)p->bins, (double)p->batch, (double)p->seed,
                            (double)p->steps, p->size,         p->see_da,        p->see_dR};
  memcpy(numbers, all, sizeof all);
}

bool network_save_run(const Network *w, const char *path, dp_host_error *error) {
  RunTable table;
  static double run[RUN];
  fill_table(&table);
  to_double(w->state, STATE, run);
  plan_numbers(&w->plan, run + STATE);
  const double progress[PROGRESS] = {(double)w->step, w->seconds, w->loss};
  memcpy(run + STATE + PLAN, progress, sizeof progress);
  memcpy(run + STATE + PLAN + PROGRESS, w->records, sizeof w->records);
  return dp_model_save(path, table.entries, ENTRIES, run, error);
}

bool network_load_run(Network *w, const char *path, dp_host_error *error) {
  RunTable table;
  static double run[RUN];
  double plan[PLAN];
  fill_table(&table);
  if (!dp_model_load(path, table.entries, ENTRIES, run, error)) return false;
  plan_numbers(&w->plan, plan);
  const double *progress = run + STATE + PLAN;
  if (memcmp(plan, run + STATE, sizeof plan) || !(progress[0] >= 0 && progress[0] <= (double)w->plan.steps)) {
    snprintf(error->text, sizeof error->text,
             "%s is of another training (side, batch, seed, steps or inputs differ): remove it, or "
             "give its options", path);
    return false;
  }
  to_float(run, STATE, w->state);
  w->step = (int64_t)progress[0];
  w->seconds = progress[1];
  w->loss = progress[2];
  memcpy(w->records, progress + PROGRESS, sizeof w->records);
  return true;
}
