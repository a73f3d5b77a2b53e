/* files - weights and arrays survive the way to disk and back; bad files are refused with a reason.
 *
 * RUN: rm -rf %t.d && mkdir %t.d
 * RUN: %cc -std=c11 -O2 %s -I%runtime -I%runtime/host %libdp_runtime -lm -o %t && %t %t.d
 * RUN: sh %S/numpy.sh %t.d */
#include "dp_host.h"
#include "check.h"

#include <stdlib.h>
#include <string.h>

static const dp_param params[] = {
    {"net.layers.0.W", 2, {3, 2}, 0}, {"net.layers.0.b", 1, {3}, 6}, {"decay", 0, {0}, 9}};
enum { COUNT = 3, SIZE = 10 };

static char path_text[400];
static const char *folder;

static const char *in_folder(const char *name) {
  snprintf(path_text, sizeof path_text, "%s/%s", folder, name);
  return path_text;
}

static void check_arrays(void) {
  const int64_t shape[3] = {2, 1, 3}, empty[1] = {0};
  const double data[6] = {0, -0.0, 1e-320, (double)INFINITY, -1.5, 3.14159};
  dp_host_error error = {""};
  int rank;
  int64_t got_shape[DP_MAX_RANK];
  double *got;
  CHECK(dp_npy_save(in_folder("a.npy"), 3, shape, data, &error));
  CHECK(dp_npy_load(in_folder("a.npy"), &rank, got_shape, &got, &error));
  CHECK(rank == 3 && !memcmp(got_shape, shape, sizeof shape) && !memcmp(got, data, sizeof data));
  free(got);
  CHECK(dp_npy_save(in_folder("s.npy"), 0, NULL, data + 5, &error));
  CHECK(dp_npy_load(in_folder("s.npy"), &rank, got_shape, &got, &error) && rank == 0);
  CHECK(got[0] == data[5]);
  free(got);
  CHECK(dp_npy_save(in_folder("e.npy"), 1, empty, NULL, &error));
  CHECK(dp_npy_load(in_folder("e.npy"), &rank, got_shape, &got, &error) && got_shape[0] == 0);
  free(got);
}

/* Every rank from 1 to 4, and what else numpy writes: floats, ints; the other way round or by columns
 * it is refused with a remedy. */
static void write_header(const char *name, const char *type, const char *order, const void *items,
                         size_t size) {
  char header[119];
  FILE *f = fopen(in_folder(name), "wb");
  snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': %s, 'shape': (2, 2), }", type, order);
  memset(header + strlen(header), ' ', sizeof header - 1 - strlen(header));
  header[117] = '\n';
  fwrite("\x93NUMPY\1\0\x76\0", 1, 10, f);
  fwrite(header, 1, 118, f);
  fwrite(items, 1, size, f);
  fclose(f);
}

static void expect_four(const char *name) {
  dp_host_error error = {""};
  int rank;
  int64_t shape[DP_MAX_RANK];
  double *got;
  CHECK(dp_npy_load(in_folder(name), &rank, shape, &got, &error));
  CHECK(rank == 2 && shape[0] == 2 && shape[1] == 2);
  for (int i = 0; i < 4; i++) CHECK(got[i] == i - 1.0);
  free(got);
}

static void refuse_array(const char *name, const char *reason) {
  dp_host_error error = {""};
  int rank;
  int64_t shape[DP_MAX_RANK];
  double *got;
  CHECK(!dp_npy_load(in_folder(name), &rank, shape, &got, &error));
  CHECK(strstr(error.text, reason) && strstr(error.text, name));
}

static void check_array_kinds(void) {
  const float floats[] = {-1, 0, 1, 2};
  const int32_t ints[] = {-1, 0, 1, 2};
  const double data[24] = {5, 4, 3, 2, 1};
  for (int rank = 1; rank <= 4; rank++) {
    const int64_t shape[4] = {2, rank > 1 ? 3 : 1, rank > 2 ? 4 : 1, 1};
    int got_rank;
    int64_t got_shape[DP_MAX_RANK];
    double *got;
    CHECK(dp_npy_save(in_folder("r.npy"), rank, shape, data, NULL));
    CHECK(dp_npy_load(in_folder("r.npy"), &got_rank, got_shape, &got, NULL));
    CHECK(got_rank == rank && !memcmp(shape, got_shape, (size_t)rank * sizeof shape[0]));
    for (int64_t i = 0; i < shape[0] * shape[1] * shape[2]; i++) CHECK(got[i] == data[i]);
    free(got);
  }
  write_header("floats.npy", "<f4", "False", floats, sizeof floats);
  expect_four("floats.npy");
  const int64_t square[] = {2, 2}, negative[] = {2, -1};
  CHECK(dp_npy_savef(in_folder("floats.npy"), 2, square, floats, NULL));
  dp_host_error error;
  CHECK(!dp_npy_savef(in_folder("floats.npy"), 2, negative, floats, &error));
  CHECK(strstr(error.text, "dimension 1 is negative"));
  CHECK(!dp_npy_save(in_folder("floats.npy"), 9, square, data, &error));
  CHECK(strstr(error.text, "rank 9 is not in 0..8"));
  write_header("ints.npy", "<i4", "False", ints, sizeof ints);
  expect_four("floats.npy");
  expect_four("ints.npy");
  write_header("turned.npy", ">f4", "False", floats, sizeof floats);
  refuse_array("turned.npy", "numpy.asarray");
  write_header("columns.npy", "<f4", "True", floats, sizeof floats);
  refuse_array("columns.npy", "numpy.ascontiguousarray");
  write_header("short.npy", "<f4", "False", floats, 12);
  refuse_array("short.npy", "cut short");
}

static void check_model(double *theta) {
  dp_host_error error = {""};
  double back[SIZE];
  for (int i = 0; i < SIZE; i++) theta[i] = sin(i) / 3;
  CHECK(dp_model_save(in_folder("m.npz"), params, COUNT, theta, &error));
  CHECK(dp_model_load(in_folder("m.npz"), params, COUNT, back, &error));
  CHECK(!memcmp(theta, back, sizeof back));
}

/* Loads m.npz by other tables: each is refused, by name, and theta stays. */
static void check_mismatches(const double *theta) {
  dp_host_error error;
  double back[SIZE + 1];
  memcpy(back, theta, SIZE * sizeof back[0]);
  dp_param other[4];
  memcpy(other, params, sizeof params);
  other[1].shape[0] = 4;
  CHECK(!dp_model_load(in_folder("m.npz"), other, COUNT, back, &error));
  CHECK(strstr(error.text, "net.layers.0.b is [3] in the file, but [4] in the model"));
  memcpy(other, params, sizeof params);
  other[2].name = "growth";
  CHECK(!dp_model_load(in_folder("m.npz"), other, COUNT, back, &error));
  CHECK(strstr(error.text, "the model has no parameter decay"));
  memcpy(other, params, sizeof params);
  const dp_param extra = {"extra", 0, {0}, 10};
  other[3] = extra;
  CHECK(!dp_model_load(in_folder("m.npz"), other, 4, back, &error));
  CHECK(strstr(error.text, "the parameter extra is missing"));
  CHECK(!dp_model_load(in_folder("m.npz"), params, 2, back, NULL));
  CHECK(!memcmp(back, theta, SIZE * sizeof back[0]));
}

/* Every cut and every flipped byte of m.npz is either noticed or harmless (in a name's padding). */
static void check_damage(const double *theta) {
  char file[4096];
  double back[SIZE];
  FILE *f = fopen(in_folder("m.npz"), "rb");
  const size_t size = fread(file, 1, sizeof file, f);
  fclose(f);
  for (size_t i = 0; i < 2 * size; i++) {
    char changed[4096];
    memcpy(changed, file, size);
    if (i < size) changed[i] = (char)(changed[i] ^ 0x55);
    f = fopen(in_folder("bad.npz"), "wb");
    fwrite(changed, 1, i < size ? size : i - size, f);
    fclose(f);
    memcpy(back, theta, sizeof back);
    if (!dp_model_load(in_folder("bad.npz"), params, COUNT, back, NULL)) continue;
    CHECK(i < size && !memcmp(back, theta, sizeof back));
  }
}

static void check_absence(const double *theta) {
  dp_host_error error;
  double back[SIZE];
  CHECK(!dp_model_load(in_folder("absent.npz"), params, COUNT, back, &error));
  CHECK(strstr(error.text, "absent.npz: No such file"));
  CHECK(!dp_model_save(in_folder("no/such/folder.npz"), params, COUNT, theta, &error));
  CHECK(strstr(error.text, "cannot write"));
}

#if defined(__linux__)
#include <sys/resource.h>
#include <signal.h>

/* A full disk, by the limit on a file's size: an error, and the old file survives. */
static void check_full_disk(double *theta) {
  dp_host_error error;
  double back[SIZE], other[SIZE] = {0};
  struct rlimit old, small;
  signal(SIGXFSZ, SIG_IGN);
  CHECK(!getrlimit(RLIMIT_FSIZE, &old));
  small = old;
  small.rlim_cur = 100;
  CHECK(!setrlimit(RLIMIT_FSIZE, &small));
  CHECK(!dp_model_save(in_folder("m.npz"), params, COUNT, other, &error));
  CHECK(strstr(error.text, "cannot write"));
  CHECK(!setrlimit(RLIMIT_FSIZE, &old));
  CHECK(dp_model_load(in_folder("m.npz"), params, COUNT, back, &error));
  CHECK(!memcmp(theta, back, sizeof back));
  FILE *f = fopen(in_folder("m.npz.part"), "rb");
  CHECK(!f);
}
#else
static void check_full_disk(double *theta) { (void)theta; }
#endif

int main(int argc, char **argv) {
  double theta[SIZE];
  if (argc < 2) return 2;
  folder = argv[1];
  check_arrays();
  check_array_kinds();
  check_model(theta);
  check_mismatches(theta);
  check_damage(theta);
  check_absence(theta);
  check_full_disk(theta);
  return check_result();
}
