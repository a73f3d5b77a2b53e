/* check_store - a dp_store in memory, for checks of programs that put snapshots on disk. */
#include "dp_runtime.h"

#include <stdlib.h>
#include <string.h>

typedef struct check_record {
  struct check_record *next;
  int64_t part, place;
  void *data;
} check_record;

static check_record *check_find(check_record *record, int64_t part, int64_t place) {
  while (record && (record->part != part || record->place != place)) record = record->next;
  return record;
}

static int check_save(void *user, int64_t part, int64_t place, const void *data, size_t bytes) {
  check_record **first = user, *record = check_find(*first, part, place);
  if (!record) {
    record = calloc(1, sizeof *record);
    if (!record) return 1;
    *record = (check_record){*first, part, place, NULL};
    *first = record;
  }
  free(record->data);
  record->data = malloc(bytes ? bytes : 1);
  if (!record->data) return 1;
  memcpy(record->data, data, bytes);
  return 0;
}

static int check_load(void *user, int64_t part, int64_t place, void *data, size_t bytes) {
  check_record *record = check_find(*(check_record **)user, part, place);
  if (!record || !record->data) return 1;
  memcpy(data, record->data, bytes);
  return 0;
}

static void check_forget(check_record *record) {
  while (record) {
    check_record *next = record->next;
    free(record->data);
    free(record);
    record = next;
  }
}
