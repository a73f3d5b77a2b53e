#define _GNU_SOURCE
#include "disk.h"
#include "dp_host.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { N = 100, STEPS = 40, RESULTS = N + 3 };

static char work[1 << 20];
static const char path[] = "snapshots.bin";

static int gradient(int64_t S, int64_t D, const dp_store *store, double *r) {
  double u[N];
  for (int i = 0; i < N; i++) u[i] = (i % 7) * 0.3 - 0.9;
  return disk_gradient(N, u, r, 0.3, r + N, 0.1, r + N + 1, STEPS, S, D, r + N + 2, store, work,
                       sizeof work);
}

static void compare(const char *name, int64_t S, int64_t D, const dp_store *store,
                    const double *expected) {
  double r[RESULTS] = {0};
  const int status = gradient(S, D, store, r);
  const char *text = memcmp(r, expected, sizeof r) ? "other bits" : "the same bits";
  printf("%s: %s\n", name, status ? dp_status_text(status) : text);
}

static void limit_files(rlim_t bytes) {
  struct rlimit limit;
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = bytes;
  setrlimit(RLIMIT_FSIZE, &limit);
}

/* A store whose file loses its end before anything is read. */
static dp_store inner;
static int load_shortened(void *user, int64_t part, int64_t place, void *data, size_t bytes) {
  if (truncate(path, 8)) return 1;
  return inner.load(user, part, place, data, bytes);
}

int main(void) {
  double expected[RESULTS] = {0};
  signal(SIGXFSZ, SIG_IGN);
  gradient(STEPS, 0, NULL, expected);
  compare("no store", 2, 3, NULL, expected);
  compare("in memory", 5, 0, NULL, expected);

  dp_host_error error = {""};
  dp_store store;
  dp_store_file *file = dp_store_file_open(path, &store, &error);
  if (!file) return printf("%s\n", error.text), 1;
  compare("in a file of 3 snapshots", 2, 3, &store, expected);
  if (dp_store_file_bytes(file) != 3 * (N + 2) * 8) printf("%d bytes\n", (int)dp_store_file_bytes(file));
  dp_store_file_close(file);

  file = dp_store_file_open(path, &store, &error);
  double r[RESULTS];
  limit_files(2000);
  printf("full: %s\n", gradient(2, 30, &store, r) == DP_STORE ? dp_store_file_error(file) : "?");
  limit_files(RLIM_INFINITY);
  inner = store;
  const dp_store broken = {store.save, load_shortened, store.user};
  printf("broken: %s\n", gradient(2, 30, &broken, r) == DP_STORE ? dp_store_file_error(file) : "?");
  compare("again", 2, 30, &store, expected);
  dp_store_file_close(file);

  FILE *other = fopen(path, "w");
  fputs("precious", other);
  fclose(other);
  file = dp_store_file_open(path, &store, &error);
  printf("taken: %s\n", file ? "?" : error.text);
  char text[16] = "";
  other = fopen(path, "r");
  if (!fgets(text, sizeof text, other)) return 1;
  fclose(other);
  remove(path);
  if (!strcmp(text, "precious")) printf("the other file is as it was, ours is gone\n");
  return 0;
}
