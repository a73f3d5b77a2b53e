/* dp_store_file - a dp_store whose snapshots are in one file. */
#include "host_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a part and place are in the file; a place that is saved again is overwritten, if there is room. */
typedef struct {
  int64_t part, place, offset;
  size_t room, bytes; /* of bytes that are valid; 0 after a failure */
} Record;

struct dp_store_file {
  FILE *stream;
  char *path;
  Record *records;
  size_t n_records, room;
  int64_t end;
  dp_host_error error;
};

static Record *find_record(dp_store_file *file, int64_t part, int64_t place) {
  for (size_t i = 0; i < file->n_records; i++)
    if (file->records[i].part == part && file->records[i].place == place) return &file->records[i];
  return NULL;
}

static Record *add_record(dp_store_file *file, int64_t part, int64_t place) {
  if (file->n_records == file->room) {
    const size_t room = file->room ? 2 * file->room : 64;
    Record *records = (Record *)realloc(file->records, room * sizeof *records);
    if (!records) return NULL;
    file->records = records;
    file->room = room;
  }
  Record *record = &file->records[file->n_records++];
  *record = (Record){part, place, 0, 0, 0};
  return record;
}

static void make_room(dp_store_file *file, Record *record, size_t bytes) {
  if (record->room >= bytes) return;
  record->offset = file->end;
  record->room = bytes;
  file->end += (int64_t)bytes;
}

static int fails(dp_store_file *file, const char *what, const char *why) {
  snprintf(file->error.text, sizeof file->error.text, "%s: a snapshot cannot be %s: %s", file->path,
           what, why);
  return 1;
}

static int go_to(dp_store_file *file, const Record *record) {
  return record->offset > LONG_MAX || fseek(file->stream, (long)record->offset, SEEK_SET) != 0;
}

static int save(void *user, int64_t part, int64_t place, const void *data, size_t bytes) {
  dp_store_file *file = (dp_store_file *)user;
  Record *record = find_record(file, part, place);
  if (!record) record = add_record(file, part, place);
  if (!record) return fails(file, "saved", "no memory for one more");
  make_room(file, record, bytes);
  record->bytes = 0;
  errno = 0;
  if (go_to(file, record) || fwrite(data, 1, bytes, file->stream) != bytes || fflush(file->stream)) {
    clearerr(file->stream);
    return fails(file, "saved", errno ? strerror(errno) : "the file system does not take it");
  }
  record->bytes = bytes;
  return 0;
}

static int load(void *user, int64_t part, int64_t place, void *data, size_t bytes) {
  dp_store_file *file = (dp_store_file *)user;
  const Record *record = find_record(file, part, place);
  if (!record || record->bytes != bytes) return fails(file, "loaded", "it was not saved");
  errno = 0;
  if (go_to(file, record) || fread(data, 1, bytes, file->stream) != bytes)
    return fails(file, "loaded", errno ? strerror(errno) : "the file has become shorter");
  return 0;
}

dp_store_file *dp_store_file_open(const char *path, dp_store *store, dp_host_error *error) {
  dp_store_file *file = (dp_store_file *)calloc(1, sizeof *file);
  const size_t length = strlen(path) + 1;
  if (file) file->path = (char *)malloc(length);
  errno = 0;
  if (file && file->path) file->stream = fopen(path, "w+bx");
  if (!file || !file->path || !file->stream) {
    if (error)
      snprintf(error->text, sizeof error->text, "%s: cannot be made: %s", path,
               errno ? strerror(errno) : "no memory");
    if (file) free(file->path);
    free(file);
    return NULL;
  }
  memcpy(file->path, path, length);
  *store = (dp_store){save, load, file};
  return file;
}

const char *dp_store_file_error(const dp_store_file *file) { return file->error.text; }

int64_t dp_store_file_bytes(const dp_store_file *file) { return file->end; }

void dp_store_file_close(dp_store_file *file) {
  if (!file) return;
  fclose(file->stream);
  remove(file->path);
  free(file->path);
  free(file->records);
  free(file);
}
