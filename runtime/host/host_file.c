/* host_file - buffers that grow, and files that are read or replaced as a whole. */
#include "host_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(Bytes *bytes, size_t more) {
  if (bytes->failed) return false;
  if (more <= bytes->capacity - bytes->size) return true;
  size_t capacity = dp_size_add(dp_size_mul(2, bytes->capacity), 4096);
  if (capacity - bytes->size < more) capacity = dp_size_add(bytes->size, more);
  char *data = capacity == SIZE_MAX ? NULL : (char *)realloc(bytes->data, capacity);
  if (!data) {
    bytes_free(bytes);
    bytes->failed = true;
    return false;
  }
  bytes->data = data;
  bytes->capacity = capacity;
  return true;
}

void bytes_add(Bytes *bytes, const void *data, size_t size) {
  if (size == 0 || !reserve(bytes, size)) return;
  memcpy(bytes->data + bytes->size, data, size);
  bytes->size += size;
}

void bytes_print(Bytes *bytes, const char *format, ...) {
  char small[1024];
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  const int length = vsnprintf(small, sizeof small, format, arguments);
  va_end(arguments);
  if (length < (int)sizeof small) {
    bytes_add(bytes, small, length < 0 ? 0 : (size_t)length);
  } else if (reserve(bytes, (size_t)length + 1)) {
    vsnprintf(bytes->data + bytes->size, (size_t)length + 1, format, again);
    bytes->size += (size_t)length;
  }
  va_end(again);
}

void bytes_number(Bytes *bytes, uint64_t value, int size) {
  char digits[8];
  for (int k = 0; k < size; k++) digits[k] = (char)(value >> 8 * k & 255);
  bytes_add(bytes, digits, (size_t)size);
}

uint64_t read_number(const char *at, int size) {
  uint64_t value = 0;
  for (int k = 0; k < size; k++) value |= (uint64_t)(unsigned char)at[k] << 8 * k;
  return value;
}

/* By a table of nibbles. */
uint32_t crc32_of(const char *data, size_t size) {
  static const uint32_t table[16] = {
      0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
      0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
      0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  uint32_t crc = 0xffffffffu;
  for (size_t i = 0; i < size; i++) {
    crc ^= (unsigned char)data[i];
    crc = crc >> 4 ^ table[crc & 15];
    crc = crc >> 4 ^ table[crc & 15];
  }
  return ~crc;
}

void bytes_free(Bytes *bytes) {
  free(bytes->data);
  memset(bytes, 0, sizeof *bytes);
}

bool host_fail(dp_host_error *error, const char *format, ...) {
  if (!error) return false;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error->text, sizeof error->text, format, arguments);
  va_end(arguments);
  return false;
}

/* ---- files ----------------------------------------------------------------------------------- */

/* True when all of it has reached the file, as far as the system tells. */
static bool write_all(const char *path, const Bytes *bytes) {
  FILE *file = fopen(path, "wb");
  if (!file) return false;
  const bool written = fwrite(bytes->data, 1, bytes->size, file) == bytes->size && !fflush(file);
  const int reason = errno;
  const bool closed = !fclose(file);
  if (!written) errno = reason;
  return written && closed;
}

bool file_replace(const char *path, const Bytes *bytes, dp_host_error *error) {
  static const char suffix[] = ".part";
  if (bytes->failed) return host_fail(error, "%s: out of memory", path);
  const size_t length = strlen(path);
  char *temporary = (char *)malloc(length + sizeof suffix);
  if (!temporary) return host_fail(error, "%s: out of memory", path);
  memcpy(temporary, path, length);
  memcpy(temporary + length, suffix, sizeof suffix);
  errno = 0;
  const bool ok = write_all(temporary, bytes) && !rename(temporary, path);
  if (!ok) {
    host_fail(error, "cannot write %s: %s", path, errno ? strerror(errno) : "the write failed");
    remove(temporary);
  }
  free(temporary);
  return ok;
}

bool file_read(const char *path, Bytes *bytes, dp_host_error *error) {
  memset(bytes, 0, sizeof *bytes);
  errno = 0;
  FILE *file = fopen(path, "rb");
  if (!file) return host_fail(error, "cannot read %s: %s", path, strerror(errno));
  char chunk[8192];
  size_t n;
  while ((n = fread(chunk, 1, sizeof chunk, file)) > 0) bytes_add(bytes, chunk, n);
  const bool broken = ferror(file) != 0;
  const int reason = errno;
  fclose(file);
  if (!broken && !bytes->failed) return true;
  const bool full = bytes->failed;
  bytes_free(bytes);
  return host_fail(error, "cannot read %s: %s", path,
                   full ? "out of memory" : reason ? strerror(reason) : "the read failed");
}
