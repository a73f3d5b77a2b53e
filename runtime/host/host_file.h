/* host_file - what the host files share: growing buffers, whole files, numpy's array format. */
#ifndef DP_HOST_FILE_H
#define DP_HOST_FILE_H

#include "dp_host.h"

#include <stdarg.h>

/* Bytes under construction. After a failed allocation it stays empty and `failed` is set. */
typedef struct Bytes {
  char *data;
  size_t size, capacity;
  bool failed;
} Bytes;

void bytes_add(Bytes *bytes, const void *data, size_t size);
void bytes_print(Bytes *bytes, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;
/* Little-endian; size is 2, 4 or 8. */
void bytes_number(Bytes *bytes, uint64_t value, int size);
void bytes_free(Bytes *bytes);
uint64_t read_number(const char *at, int size);
/* CRC-32 (ISO 3309), as zip archives and PNG files have it. */
uint32_t crc32_of(const char *data, size_t size);

/* Writes the message where error is not NULL; always false. */
bool host_fail(dp_host_error *error, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* Puts the bytes in place of the file, through a temporary one beside it. */
bool file_replace(const char *path, const Bytes *bytes, dp_host_error *error);
/* The whole file; bytes_free it. */
bool file_read(const char *path, Bytes *bytes, dp_host_error *error);

/* An array inside the bytes of a .npy file. */
typedef struct NpyView {
  int rank;
  int64_t shape[DP_MAX_RANK];
  int64_t count;
  char kind;      /* 'f' or 'i' */
  int item_size;  /* 4 or 8 */
  const char *items;
} NpyView;

void npy_write(Bytes *bytes, int rank, const int64_t *shape, const double *data);
/* `what` names the array in messages. */
bool npy_view(const char *data, size_t size, const char *what, NpyView *view, dp_host_error *error);
void npy_copy(const NpyView *view, double *out);
/* "[3, 4]", or "a scalar"; text holds 200 characters. */
const char *shape_text(int rank, const int64_t *shape, char *text);

#endif
