/* embedded - the files that were built into dpc: the modules of lang/std and the runtime's sources. */
#ifndef DPC_DRIVER_EMBEDDED_H
#define DPC_DRIVER_EMBEDDED_H

#include <stddef.h>

/* The text is followed by a NUL byte that is not counted. */
typedef struct {
  const char *path; /* from the root of the source tree: "lang/std/nn.dp" */
  const char *text;
  size_t length;
} EmbeddedFile;

/* Ends with a row of zeros. Made by cmake/embed.c. */
extern const EmbeddedFile embedded_files[];

/* The file of that path, or NULL. */
const EmbeddedFile *embedded_find(const char *path);

#endif
