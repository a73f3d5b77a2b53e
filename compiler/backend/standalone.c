#include "backend/standalone.h"

#include <ctype.h>
#include <string.h>

static bool is_header(const EmitFile *file) {
  const size_t length = strlen(file->name);
  return length > 2 && !strcmp(file->name + length - 2, ".h");
}

static size_t line_length(const char *line) {
  const size_t length = strcspn(line, "\n");
  return length + (line[length] == '\n');
}

/* The runtime's file that the line includes: NULL where it includes none. */
static const EmitFile *included_file(const EmitOptions *options, const char *line) {
  if (strncmp(line, "#include \"", 10) != 0) return NULL;
  for (int i = 0; i < options->n_runtime; i++) {
    const size_t length = strlen(options->runtime[i].name);
    if (!strncmp(line + 10, options->runtime[i].name, length) && line[10 + length] == '"')
      return &options->runtime[i];
  }
  return NULL;
}

/* Kernels are written once for all precisions: their file is pasted wherever it is included. */
static bool is_template(const EmitFile *file) { return strstr(file->name, "_kernels.h") != NULL; }

/* Other files of the runtime that the text includes are pasted beside it. */
static void paste(Text *out, const EmitOptions *options, const char *text) {
  for (const char *line = text; *line;) {
    const size_t length = line_length(line);
    const EmitFile *file = included_file(options, line);
    if (!file) text_add_bytes(out, line, length);
    else if (is_template(file)) paste(out, options, file->text);
    line += length;
  }
  text_add(out, "\n");
}

void standalone_headers(Text *out, const EmitOptions *options, bool uses_linalg) {
  for (int i = 0; i < options->n_runtime; i++) {
    const EmitFile *file = &options->runtime[i];
    if (!is_header(file) || is_template(file) || !strcmp(file->name, "dp_runtime.h")) continue;
    if (uses_linalg || strcmp(file->name, "dp_linalg.h") != 0) paste(out, options, file->text);
  }
}

/* The name of the function that the line begins to define: at the first column, not static. */
static const char *defined_name(const char *line, size_t *length) {
  if (!isalpha((unsigned char)*line) || !strncmp(line, "static", 6) || !strncmp(line, "typedef", 7))
    return NULL;
  const size_t end = strcspn(line, "(\n");
  if (line[end] != '(') return NULL;
  size_t start = end;
  while (start > 0 && (isalnum((unsigned char)line[start - 1]) || line[start - 1] == '_')) start--;
  *length = end - start;
  const bool is_ours = !strncmp(line + start, "dp_", 3);
  const size_t whole = line_length(line);
  const bool is_definition = whole >= 2 && strchr("{}", line[whole - 2]) != NULL;
  return is_ours && is_definition ? line + start : NULL;
}

static void add_weak(Text *out, const char *text) {
  for (const char *line = text; *line; line += line_length(line)) {
    size_t length;
    const char *name = defined_name(line, &length);
    if (name) text_format(out, "#pragma weak %.*s\n", (int)length, name);
  }
}

void standalone_functions(Text *out, const EmitOptions *options, Arena *arena) {
  (void)arena;
  for (int i = 0; i < options->n_runtime; i++) {
    const EmitFile *file = &options->runtime[i];
    if (is_header(file)) continue;
    text_add(out, "/* ---- the runtime ---- */\n\n#if defined(__GNUC__)\n");
    add_weak(out, file->text);
    text_add(out, "#endif\n");
    paste(out, options, file->text);
  }
}
