/* network - the learned descent: its weights, their training, and the file in which both survive.
 *
 * It computes in float, by the C of learn.dp or photons.dp; images and measurements are doubles as
 * everywhere in this program, row-major and the caller's. */
#ifndef TOMOGRAPHY_NETWORK_H
#define TOMOGRAPHY_NETWORK_H

#include "study.h"

enum { LEARNED_ITERATIONS = 10, RECORDS = 50 };

typedef struct NetworkKind NetworkKind;

/* A training run: what it is, which decides every number in it, and how far it is. */
typedef struct RunPlan {
  const NetworkKind *kind;                /* of measurements */
  int64_t views;                          /* what side and kind ask for */
  int64_t side, bins, batch, seed, steps; /* the rate falls to 0 over `steps` */
  double size;                            /* the projector's norm; of photons their bound */
  double photons;                         /* along each ray, where they are counted */
  double see_da, see_dR;                  /* 1: the network sees that gradient; 0: not */
} RunPlan;

/* What is written down RECORDS times in a run, evenly. */
typedef struct Record {
  double step, seconds, loss, decibels;
} Record;

typedef struct Network {
  RunPlan plan;
  int64_t step;   /* steps done */
  double seconds; /* spent on them, over all sittings */
  double loss;    /* a running mean of recent losses */
  Record records[RECORDS];
  float *state, *next; /* the weights and Adam's two moments; where a step writes them */
  float *images;       /* room to call with */
  void *work;
  size_t work_bytes;
} Network;

/* Measurements, by the functions that know them: the bytes of work that both others need; a step of training
 * from w->state to w->next; n_steps iterations from a_0. They return DP_ statuses. */
struct NetworkKind {
  size_t (*work)(const RunPlan *plan);
  int (*train)(const Network *w, float *loss);
  int (*descend)(const Network *w, const float *a_0, const float *measured, int64_t n_steps, float *a);
};
extern const NetworkKind network_integrals; /* network.c: line integrals, as everywhere but in */
extern const NetworkKind network_photons;   /* network_photons.c: counts of a fan beam */

/* false: out of memory; nothing is left to free. Weights are drawn by the seed. */
bool network_new(Network *w, const RunPlan *plan);
void network_free(Network *w);

/* Each returns a DP_ status. A step of training on new random phantoms, and n_steps iterations from a_0,
 * which a may be. */
int network_train(Network *w);
int network_reconstruct(const Network *w, const double *a_0, const double *measured,
                        int64_t n_steps, double *a);

/* Weights alone, or a run that goes on where it was; not if the file is of another plan. */
bool network_save_weights(const Network *w, const char *path, dp_host_error *error);
bool network_load_weights(Network *w, const char *path, dp_host_error *error);
bool network_save_run(const Network *w, const char *path, dp_host_error *error);
bool network_load_run(Network *w, const char *path, dp_host_error *error);

/* --- training.c --------------------------------------------------------------------------------- */

/* All steps that the plan has left, with progress; records tell how the network does on `p`. The run is kept
 * in the file `path` every save_every seconds and at the end; where the file is there, it goes on from it,
 * however it was stopped, to the same weights. false after a message. */
bool network_run(Network *w, const Problem *p, int save_every, const char *path);

#endif
