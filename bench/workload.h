/* workload - one benchmark: its inputs, and pairs of implementations of its value and gradient.
 *
 * A workload's main.c describes itself in a BenchWorkload and calls bench_main; what is checked,
 * timed and measured is then the same for all. Reals are doubles or floats, as the workload says;
 * void pointers point at them. */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include <stddef.h>
#include <stdint.h>

enum { BENCH_RANK = 4, BENCH_PAIRS = 2 };

typedef enum { BENCH_DOUBLE, BENCH_FLOAT } BenchReal;

/* An array, or with rank 0 a number, that the function depends on. */
typedef struct {
  const char *name;   /* the parameter's name in the peers' loss */
  int differentiated; /* the gradient with respect to it is asked for */
  int rank;
  int64_t shape[BENCH_RANK];
} BenchInput;

/* What a call is given. in and bar are in the order of the inputs; bar[k] is NULL where input k is
 * not differentiated, and bar as a whole in calls for the value. */
typedef struct {
  void *const *in, *const *bar;
  void *value; /* one real */
  void *work;
  size_t work_bytes;
} BenchCall;

/* One implementation. Calls return 0 when all is well; gradient sets the value, too, and
 * overwrites bar. */
typedef struct {
  int (*value)(const BenchCall *call);
  int (*gradient)(const BenchCall *call);
  size_t (*value_work)(void), (*gradient_work)(void);
} BenchSide;

/* Figures are printed under the pair's name: the workload's, or that of a variant of it. */
typedef struct {
  const char *name;
  BenchSide dpc, hand;
} BenchPair;

typedef struct {
  const char *name;
  BenchReal real;
  const BenchInput *inputs;
  int input_count;
  void (*draw)(void *const *in); /* fills the inputs, which are zero */
  BenchPair pairs[BENCH_PAIRS];
  int pair_count;
  double agreement; /* most that gradients may differ, of the largest entry in each input's */
  double step;      /* of the central differences, along directions with entries in [-1, 1) ... */
  double error;     /* ... and their largest relative deviation */
  const double *scale; /* NULL, or factors of the directions, one for each input */
} BenchWorkload;

/* NAME check [DIR]              compares the gradients; leaves inputs and results in DIR as .npy
 * NAME time ROUNDS SECONDS      times, in at most so many rounds and about so many seconds
 * NAME memory PAIR dpc|hand     peak memory of one gradient, in this process
 * Prints lines "name = value". Returns the process's status. */
int bench_main(const BenchWorkload *workload, int argc, char **argv);

#endif
