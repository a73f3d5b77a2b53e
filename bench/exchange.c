#include "exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t bench_size(const BenchInput *input) {
  size_t size = 1;
  for (int d = 0; d < input->rank; d++) size *= (size_t)input->shape[d];
  return size;
}

static FILE *create(const char *folder, const char *kind, const char *name, const char *suffix) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s%s%s", folder, kind, name, suffix);
  FILE *file = fopen(path, "wb");
  if (file != NULL) return file;
  fprintf(stderr, "bench: cannot write %s\n", path);
  exit(1);
}

static void finish(FILE *file) {
  if (fclose(file) == 0) return;
  fprintf(stderr, "bench: a file could not be written\n");
  exit(1);
}

/* Version 1.0 of NumPy's format: magic, length of the header, header padded to 64 bytes, data. */
static void write_npy(FILE *file, const BenchInput *array, const void *data, BenchReal real) {
  enum { PREFIX = 10 };
  const char *type = real == BENCH_FLOAT ? "<f4" : "<f8";
  size_t bytes = real == BENCH_FLOAT ? sizeof(float) : sizeof(double);
  char shape[128] = "", header[256];
  for (int d = 0; d < array->rank; d++) {
    size_t at = strlen(shape);
    snprintf(shape + at, sizeof shape - at, "%lld,", (long long)array->shape[d]);
  }
  int length = snprintf(header, sizeof header,
                        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type, shape);
  int padded = (PREFIX + length + 1 + 63) / 64 * 64 - PREFIX;
  const unsigned char prefix[PREFIX] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0,
                                        (unsigned char)(padded & 255),
                                        (unsigned char)(padded >> 8)};
  fwrite(prefix, 1, PREFIX, file);
  fprintf(file, "%-*s\n", padded - 1, header);
  fwrite(data, bytes, bench_size(array), file);
}

static void write_array(const char *folder, const char *kind, const BenchInput *array,
                        const void *data, BenchReal real) {
  FILE *file = create(folder, kind, array->name, ".npy");
  write_npy(file, array, data, real);
  finish(file);
}

static void write_description(const BenchWorkload *workload, const char *folder) {
  FILE *file = create(folder, "", "problem", ".json");
  fprintf(file, "{\"real\": \"%s\", \"agreement\": %g, \"inputs\": [",
          workload->real == BENCH_FLOAT ? "float32" : "float64", workload->agreement);
  for (int k = 0; k < workload->input_count; k++)
    fprintf(file, "%s{\"name\": \"%s\", \"differentiated\": %s}", k ? ", " : "",
            workload->inputs[k].name, workload->inputs[k].differentiated ? "true" : "false");
  fprintf(file, "]}\n");
  finish(file);
}

void bench_exchange(const BenchWorkload *workload, const BenchCall *call, const char *folder) {
  const BenchInput value = {"value", 0, 0, {0}};
  write_description(workload, folder);
  write_array(folder, "", &value, call->value, workload->real);
  for (int k = 0; k < workload->input_count; k++) {
    const BenchInput *input = &workload->inputs[k];
    write_array(folder, "in.", input, call->in[k], workload->real);
    if (input->differentiated) write_array(folder, "bar.", input, call->bar[k], workload->real);
  }
}
