/* dp_npy - numpy's array files (format version 1.0; 2.0 and 3.0 are read). */
#include "host_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char magic[] = "\x93NUMPY";
enum { MAGIC = 6, ALIGNMENT = 64 };

const char *shape_text(int rank, const int64_t *shape, char *text) {
  if (rank == 0) return "a scalar";
  size_t n = 0;
  for (int k = 0; k < rank; k++)
    n += (size_t)snprintf(text + n, 24, "%s%lld", k ? ", " : "[", (long long)shape[k]);
  memcpy(text + n, "]", 2);
  return text;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void print_header(Bytes *text, const char *type, int rank, const int64_t *shape) {
  bytes_print(text, "{'descr': '%s', 'fortran_order': False, 'shape': (", type);
  for (int k = 0; k < rank; k++) {
    const bool has_comma = k == 0 || k + 1 < rank; /* one number needs it to be a tuple */
    bytes_print(text, "%s%lld%s", k ? " " : "", (long long)shape[k], has_comma ? "," : "");
  }
  bytes_print(text, "), }");
  while ((MAGIC + 4 + text->size + 1) % ALIGNMENT) bytes_add(text, " ", 1);
  bytes_add(text, "\n", 1);
}

/* All but the items, whose number it returns. */
static int64_t begin_array(Bytes *bytes, const char *type, int rank, const int64_t *shape) {
  Bytes header = {0};
  print_header(&header, type, rank, shape);
  bytes_add(bytes, magic, MAGIC);
  bytes_add(bytes, "\1\0", 2);
  bytes_number(bytes, header.size, 2);
  bytes_add(bytes, header.data, header.size);
  if (header.failed) bytes->failed = true;
  bytes_free(&header);
  int64_t count = 1;
  for (int k = 0; k < rank; k++) count *= shape[k];
  return count;
}

void npy_write(Bytes *bytes, int rank, const int64_t *shape, const double *data) {
  const int64_t count = begin_array(bytes, "<f8", rank, shape);
  for (int64_t i = 0; i < count; i++) {
    uint64_t bits;
    memcpy(&bits, &data[i], sizeof bits);
    bytes_number(bytes, bits, 8);
  }
}

static void write_floats(Bytes *bytes, int rank, const int64_t *shape, const float *data) {
  const int64_t count = begin_array(bytes, "<f4", rank, shape);
  for (int64_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, &data[i], sizeof bits);
    bytes_number(bytes, bits, 4);
  }
}

static bool is_shape(const char *path, int rank, const int64_t *shape, dp_host_error *error) {
  if (rank < 0 || rank > DP_MAX_RANK)
    return host_fail(error, "%s: rank %d is not in 0..%d", path, rank, DP_MAX_RANK);
  for (int k = 0; k < rank; k++)
    if (shape[k] < 0) return host_fail(error, "%s: dimension %d is negative", path, k);
  return true;
}

static bool save(const char *path, Bytes *bytes, dp_host_error *error) {
  const bool ok = file_replace(path, bytes, error);
  bytes_free(bytes);
  return ok;
}

bool dp_npy_save(const char *path, int rank, const int64_t *shape, const double *data,
                 dp_host_error *error) {
  Bytes bytes = {0};
  if (!is_shape(path, rank, shape, error)) return false;
  npy_write(&bytes, rank, shape, data);
  return save(path, &bytes, error);
}

bool dp_npy_savef(const char *path, int rank, const int64_t *shape, const float *data,
                  dp_host_error *error) {
  Bytes bytes = {0};
  if (!is_shape(path, rank, shape, error)) return false;
  write_floats(&bytes, rank, shape, data);
  return save(path, &bytes, error);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* What follows "'key':" in the header's dictionary, spaces skipped; NULL if it is not there. */
static const char *find_key(const char *header, const char *key) {
  const char *at = strstr(header, key);
  if (!at) return NULL;
  at += strlen(key);
  while (*at == ' ' || *at == ':') at++;
  return at;
}

static bool parse_shape(const char *at, NpyView *view) {
  view->rank = 0;
  view->count = 1;
  if (!at || *at++ != '(') return false;
  for (;;) {
    while (*at == ' ' || *at == ',') at++;
    if (*at == ')') return true;
    char *end;
    const long long n = strtoll(at, &end, 10);
    if (end == at || n < 0 || view->rank == DP_MAX_RANK) return false;
    if (n > 0 && view->count > INT64_MAX / 8 / n) return false;
    view->shape[view->rank++] = n;
    view->count *= n;
    at = end;
  }
}

static bool parse_type(const char *at, NpyView *view) {
  if (!at || (*at != '\'' && *at != '"') || at[1] != '<') return false;
  view->kind = at[2];
  view->item_size = at[3] - '0';
  const bool is_known = (view->kind == 'f' || view->kind == 'i') &&
                        (view->item_size == 4 || view->item_size == 8);
  return is_known && at[4] == at[0];
}

static bool parse_header(const char *header, const char *what, NpyView *view,
                         dp_host_error *error) {
  const char *order = find_key(header, "'fortran_order'");
  if (!parse_type(find_key(header, "'descr'"), view))
    return host_fail(error, "%s: neither doubles, floats nor ints (little-endian): save "
                     "numpy.asarray(a, dtype='<f8')", what);
  if (!order || !parse_shape(find_key(header, "'shape'"), view))
    return host_fail(error, "%s: the header of the array is damaged", what);
  if (view->rank > 1 && strncmp(order, "False", 5))
    return host_fail(error, "%s: column-major: save numpy.ascontiguousarray of it", what);
  return true;
}

bool npy_view(const char *data, size_t size, const char *what, NpyView *view,
              dp_host_error *error) {
  if (size < MAGIC + 4 || memcmp(data, magic, MAGIC))
    return host_fail(error, "%s: not an array file of numpy", what);
  const int wide = data[MAGIC] == 1 ? 2 : 4; /* bytes of the header's length, by format version */
  if (size < (size_t)(MAGIC + 2 + wide)) return host_fail(error, "%s: cut short", what);
  const size_t length = (size_t)read_number(data + MAGIC + 2, wide);
  const size_t start = (size_t)(MAGIC + 2 + wide);
  if (length > size - start || length > 65535) return host_fail(error, "%s: cut short", what);
  char *header = (char *)malloc(length + 1);
  if (!header) return host_fail(error, "%s: out of memory", what);
  memcpy(header, data + start, length);
  header[length] = 0;
  const bool ok = parse_header(header, what, view, error);
  free(header);
  if (!ok) return false;
  view->items = data + start + length;
  if ((uint64_t)view->count * (uint64_t)view->item_size > size - start - length)
    return host_fail(error, "%s: cut short", what);
  return true;
}

static double item(const NpyView *view, int64_t i) {
  const uint64_t bits = read_number(view->items + i * view->item_size, view->item_size);
  if (view->kind == 'i')
    return view->item_size == 4 ? (double)(int32_t)(uint32_t)bits : (double)(int64_t)bits;
  if (view->item_size == 4) {
    const uint32_t half = (uint32_t)bits;
    float x;
    memcpy(&x, &half, sizeof x);
    return (double)x;
  }
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

void npy_copy(const NpyView *view, double *out) {
  for (int64_t i = 0; i < view->count; i++) out[i] = item(view, i);
}

bool dp_npy_load(const char *path, int *rank, int64_t shape[DP_MAX_RANK], double **data,
                 dp_host_error *error) {
  Bytes bytes;
  NpyView view;
  if (!file_read(path, &bytes, error)) return false;
  bool ok = npy_view(bytes.data, bytes.size, path, &view, error);
  if (ok) {
    *data = (double *)malloc((size_t)(view.count > 0 ? view.count : 1) * sizeof(double));
    ok = *data || host_fail(error, "%s: out of memory", path);
  }
  if (ok) {
    npy_copy(&view, *data);
    *rank = view.rank;
    memcpy(shape, view.shape, (size_t)view.rank * sizeof shape[0]);
  }
  bytes_free(&bytes);
  return ok;
}
