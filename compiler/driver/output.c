#define _POSIX_C_SOURCE 200809L

#include "driver/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *remedy(int error) {
  switch (error) {
  case ENOENT: return "the folder does not exist: create it first, or name another with -o";
  case EACCES:
  case EPERM:
  case EROFS: return "choose a place that you may write to with -o";
  case ENOSPC:
  case EDQUOT: return "free some space, or choose another place with -o";
  case EISDIR: return "name a file in it with -o";
  default: return NULL;
  }
}

static bool report(Diag *diag, const char *path, int error) {
  diag_report(diag, DIAG_FILE_UNWRITABLE, (Span){0}, path, strerror(error));
  if (remedy(error)) diag_help(diag, "%s", remedy(error));
  return false;
}

/* Writes and closes; false with errno set where not every byte arrived. */
static bool write_all(FILE *stream, const Text *text) {
  const bool written = fwrite(text->text, 1, text->len, stream) == text->len;
  const int error = errno;
  const bool closed = stream == stdout ? fflush(stream) == 0 : fclose(stream) == 0;
  if (!written) errno = error;
  return written && closed;
}

/* The permissions a new file gets; mkstemp gives fewer. */
static void give_usual_mode(int descriptor) {
  const mode_t mask = umask(0);
  umask(mask);
  (void)fchmod(descriptor, 0666 & ~mask);
}

static bool write_replacing(const char *path, char *temporary, const Text *text) {
  const int descriptor = mkstemp(temporary);
  if (descriptor < 0) return false;
  give_usual_mode(descriptor);
  FILE *stream = fdopen(descriptor, "wb");
  if (stream && write_all(stream, text) && rename(temporary, path) == 0) return true;
  const int error = errno;
  unlink(temporary);
  errno = error;
  return false;
}

bool output_write(Diag *diag, Arena *arena, const char *path, const Text *text) {
  if (strcmp(path, "-") == 0)
    return write_all(stdout, text) || report(diag, "standard output", errno);
  struct stat status;
  const bool exists = stat(path, &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) return report(diag, path, EISDIR);
  if (exists && !S_ISREG(status.st_mode)) {
    FILE *stream = fopen(path, "wb");
    return (stream && write_all(stream, text)) || report(diag, path, errno);
  }
  char *temporary = arena_format(arena, "%s.XXXXXX", path);
  return write_replacing(path, temporary, text) || report(diag, path, errno);
}

bool output_is_file(const char *path) {
  struct stat status;
  return stat(path, &status) != 0 || S_ISREG(status.st_mode);
}
