/* exchange - a workload's inputs and results as files, for its peers in other languages. */
#ifndef BENCH_EXCHANGE_H
#define BENCH_EXCHANGE_H

#include "workload.h"

/* Writes to the folder, which exists, problem.json (names, precision, agreement), and in NumPy's
 * format in.NAME.npy for each input, bar.NAME.npy where it is differentiated, and value.npy. */
void bench_exchange(const BenchWorkload *workload, const BenchCall *call, const char *folder);

/* How many reals an input has. */
size_t bench_size(const BenchInput *input);

#endif
