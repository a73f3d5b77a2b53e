/* embed - writes the named files into a C source, as the table embedded_files.
 *
 *   embed OUT.c FILE...       (the names in the table are those of the command line) */
#include <stdio.h>
#include <stdlib.h>

static void fail(const char *path) {
  perror(path);
  exit(1);
}

static size_t write_bytes(FILE *out, int index, const char *path) {
  FILE *in = fopen(path, "rb");
  if (!in) fail(path);
  fprintf(out, "\n/* %s */\nstatic const char file_%d[] = {", path, index);
  size_t length = 0;
  for (int c; (c = getc(in)) != EOF; length++)
    fprintf(out, "%s%d,", length % 24 ? "" : "\n", (signed char)c);
  if (ferror(in)) fail(path);
  fclose(in);
  fputs("\n0};\n", out);
  return length;
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  FILE *out = fopen(argv[1], "wb");
  if (!out) fail(argv[1]);
  size_t *lengths = calloc((size_t)argc, sizeof *lengths);
  if (!lengths) fail(argv[1]);
  fputs("/* Made by cmake/embed.c from the files named below. */\n"
        "#include \"driver/embedded.h\"\n", out);
  for (int i = 2; i < argc; i++) lengths[i] = write_bytes(out, i, argv[i]);
  fputs("\nconst EmbeddedFile embedded_files[] = {\n", out);
  for (int i = 2; i < argc; i++)
    fprintf(out, "  {\"%s\", file_%d, %zu},\n", argv[i], i, lengths[i]);
  fputs("  {0, 0, 0}\n};\n", out);
  free(lengths);
  if (fclose(out)) fail(argv[1]);
  return 0;
}
