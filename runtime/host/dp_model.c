/* dp_model - weights as .npz: a zip archive of .npy arrays, stored without compression.
 *
 * Layout after PKWARE's APPNOTE: local header and bytes of each entry, then the central
 * directory, which alone is trusted in reading. Archives of numpy.savez are read; compressed
 * ones are refused with a hint. */
#include "host_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  LOCAL = 0x04034b50, CENTRAL = 0x02014b50, END = 0x06054b50,
  LOCAL_SIZE = 30, CENTRAL_SIZE = 46, END_SIZE = 22,
  DAY = 0x21 /* 1980-01-01: archives do not depend on the clock */
};

/* ---- writing --------------------------------------------------------------------------------- */

/* What local header and central entry have in common, from "version needed" on. */
static void add_facts(Bytes *to, uint32_t crc, size_t size, size_t name_length) {
  bytes_number(to, 20, 2);
  bytes_number(to, 0, 2); /* flags */
  bytes_number(to, 0, 2); /* method: stored */
  bytes_number(to, 0, 2); /* time */
  bytes_number(to, DAY, 2);
  bytes_number(to, crc, 4);
  bytes_number(to, size, 4);
  bytes_number(to, size, 4);
  bytes_number(to, name_length, 2);
  bytes_number(to, 0, 2); /* extra field */
}

static void add_entry(Bytes *archive, Bytes *directory, const char *name, const Bytes *content) {
  const size_t offset = archive->size, length = strlen(name) + 4;
  const uint32_t crc = crc32_of(content->data, content->size);
  bytes_number(archive, LOCAL, 4);
  add_facts(archive, crc, content->size, length);
  bytes_print(archive, "%s.npy", name);
  bytes_add(archive, content->data, content->size);

  bytes_number(directory, CENTRAL, 4);
  bytes_number(directory, 20, 2);
  add_facts(directory, crc, content->size, length);
  bytes_number(directory, 0, 2); /* comment */
  bytes_number(directory, 0, 2); /* disk */
  bytes_number(directory, 0, 2); /* attributes */
  bytes_number(directory, (uint64_t)0644 << 16, 4);
  bytes_number(directory, offset, 4);
  bytes_print(directory, "%s.npy", name);
  if (content->failed || directory->failed) archive->failed = true;
}

static void add_directory(Bytes *archive, const Bytes *directory, int64_t count) {
  const size_t offset = archive->size;
  bytes_add(archive, directory->data, directory->size);
  bytes_number(archive, END, 4);
  bytes_number(archive, 0, 4); /* disks */
  bytes_number(archive, (uint64_t)count, 2);
  bytes_number(archive, (uint64_t)count, 2);
  bytes_number(archive, directory->size, 4);
  bytes_number(archive, offset, 4);
  bytes_number(archive, 0, 2); /* comment */
}

bool dp_model_save(const char *path, const dp_param *params, int64_t count, const double *theta,
                   dp_host_error *error) {
  Bytes archive = {0}, directory = {0};
  for (int64_t i = 0; i < count; i++) {
    Bytes content = {0};
    npy_write(&content, params[i].rank, params[i].shape, theta + params[i].offset);
    add_entry(&archive, &directory, params[i].name, &content);
    bytes_free(&content);
  }
  add_directory(&archive, &directory, count);
  bool ok = count <= 65535 && archive.size <= 0xfffffffeu;
  if (ok) ok = file_replace(path, &archive, error);
  else host_fail(error, "%s: more than 4 GiB or 65535 parameters do not fit in a .npz", path);
  bytes_free(&archive);
  bytes_free(&directory);
  return ok;
}

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct Archive {
  const char *path;
  Bytes bytes;
  const char *directory;
  int64_t count;
} Archive;

/* An entry of the central directory. */
typedef struct Entry {
  const char *name; /* not terminated */
  size_t name_length, size, offset;
  uint32_t crc;
  int method;
  const char *next;
} Entry;

static bool damaged(const Archive *a, dp_host_error *error) {
  return host_fail(error, "%s: not a .npz archive, or a damaged one", a->path);
}

/* Finds the end record, which a comment may follow. */
static bool find_directory(Archive *a, dp_host_error *error) {
  if (a->bytes.size < END_SIZE) return damaged(a, error);
  size_t at = a->bytes.size - END_SIZE;
  while (read_number(a->bytes.data + at, 4) != END) {
    if (at == 0 || a->bytes.size - at > 65535 + END_SIZE) return damaged(a, error);
    at--;
  }
  const char *end = a->bytes.data + at;
  const size_t offset = (size_t)read_number(end + 16, 4);
  if (offset > at) return damaged(a, error);
  a->directory = a->bytes.data + offset;
  a->count = (int64_t)read_number(end + 10, 2);
  return true;
}

static bool read_entry(const Archive *a, const char *at, Entry *e, dp_host_error *error) {
  const size_t left = (size_t)(a->bytes.data + a->bytes.size - at);
  if (left < CENTRAL_SIZE || read_number(at, 4) != CENTRAL) return damaged(a, error);
  e->method = (int)read_number(at + 10, 2);
  e->crc = (uint32_t)read_number(at + 16, 4);
  e->size = (size_t)read_number(at + 24, 4);
  e->name_length = (size_t)read_number(at + 28, 2);
  const size_t rest = (size_t)(read_number(at + 30, 2) + read_number(at + 32, 2));
  e->offset = (size_t)read_number(at + 42, 4);
  e->name = at + CENTRAL_SIZE;
  if (e->name_length + rest > left - CENTRAL_SIZE) return damaged(a, error);
  e->next = e->name + e->name_length + rest;
  if (e->name_length > 4 && !memcmp(e->name + e->name_length - 4, ".npy", 4)) e->name_length -= 4;
  return true;
}

/* The stored bytes of an entry, checked. */
static const char *entry_data(const Archive *a, const Entry *e, dp_host_error *error) {
  const size_t size = a->bytes.size;
  if (e->method != 0) {
    host_fail(error, "%s is compressed: save it with numpy.savez, not savez_compressed", a->path);
    return NULL;
  }
  if (e->offset > size || size - e->offset < LOCAL_SIZE) return damaged(a, error), NULL;
  const char *local = a->bytes.data + e->offset;
  const size_t names = (size_t)(read_number(local + 26, 2) + read_number(local + 28, 2));
  const size_t left = size - e->offset - LOCAL_SIZE;
  if (read_number(local, 4) != LOCAL || names > left || e->size > left - names)
    return damaged(a, error), NULL;
  const char *data = local + LOCAL_SIZE + names;
  if (crc32_of(data, e->size) != e->crc) {
    host_fail(error, "%s: the checksum of %.*s is wrong: the file is damaged", a->path,
              (int)e->name_length, e->name);
    return NULL;
  }
  return data;
}

static const dp_param *find_param(const dp_param *params, int64_t count, const Entry *e) {
  for (int64_t i = 0; i < count; i++) {
    const char *name = params[i].name;
    if (strlen(name) == e->name_length && !memcmp(name, e->name, e->name_length)) return &params[i];
  }
  return NULL;
}

static bool same_shape(const NpyView *view, const dp_param *param) {
  return view->rank == param->rank &&
         !memcmp(view->shape, param->shape, (size_t)view->rank * sizeof view->shape[0]);
}

/* Copies an entry to its place in out. */
static bool load_entry(const Archive *a, const Entry *e, const dp_param *param, double *out,
                       dp_host_error *error) {
  char text[200], wanted[200], what[300];
  NpyView view;
  if (!param)
    return host_fail(error, "%s: the model has no parameter %.*s", a->path, (int)e->name_length,
                     e->name);
  const char *data = entry_data(a, e, error);
  snprintf(what, sizeof what, "%.140s: %.140s", a->path, param->name);
  if (!data || !npy_view(data, e->size, what, &view, error)) return false;
  if (!same_shape(&view, param))
    return host_fail(error, "%s: %s is %s in the file, but %s in the model", a->path, param->name,
                     shape_text(view.rank, view.shape, text),
                     shape_text(param->rank, param->shape, wanted));
  npy_copy(&view, out + param->offset);
  return true;
}

static bool load_entries(const Archive *a, const dp_param *params, int64_t count, char *seen,
                         double *out, dp_host_error *error) {
  const char *at = a->directory;
  for (int64_t i = 0; i < a->count; i++) {
    Entry e;
    if (!read_entry(a, at, &e, error)) return false;
    const dp_param *param = find_param(params, count, &e);
    if (!load_entry(a, &e, param, out, error)) return false;
    seen[param - params] = 1;
    at = e.next;
  }
  for (int64_t i = 0; i < count; i++)
    if (!seen[i])
      return host_fail(error, "%s: the parameter %s is missing", a->path, params[i].name);
  return true;
}

bool dp_model_load(const char *path, const dp_param *params, int64_t count, double *theta,
                   dp_host_error *error) {
  Archive a = {0};
  a.path = path;
  if (!file_read(path, &a.bytes, error)) return false;
  int64_t size = 0;
  for (int64_t i = 0; i < count; i++) {
    const int64_t end = params[i].offset + dp_param_size(&params[i]);
    if (end > size) size = end;
  }
  /* Into a copy first: a file that does not fit leaves theta alone. */
  double *copy = (double *)malloc((size_t)(size + 1) * sizeof(double));
  char *seen = (char *)calloc((size_t)count + 1, 1);
  bool ok = (copy && seen) || host_fail(error, "%s: out of memory", path);
  if (ok) memcpy(copy, theta, (size_t)size * sizeof(double));
  ok = ok && find_directory(&a, error) && load_entries(&a, params, count, seen, copy, error);
  if (ok) memcpy(theta, copy, (size_t)size * sizeof(double));
  free(copy);
  free(seen);
  bytes_free(&a.bytes);
  return ok;
}
