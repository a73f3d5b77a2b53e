/* images - grey pictures survive the way to disk and back; those of others are read; bad files are
 * refused with a reason, and a full disk loses nothing.
 *
 * RUN: rm -rf %t.d && mkdir %t.d
 * RUN: %cc -std=c11 -O2 %s -I%runtime -I%runtime/host %libdp_runtime -lm -o %t && %t %t.d write
 * RUN: %python %S/pictures.py %t.d
 * RUN: %t %t.d read
 */
#include "dp_host.h"
#include "check.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 37, COLUMNS = 53, N = ROWS * COLUMNS };

static double pixels[N];
static char path_text[400];
static const char *folder;

static const char *in_folder(const char *name) {
  snprintf(path_text, sizeof path_text, "%s/%s", folder, name);
  return path_text;
}

/* Smooth, then noise, then flat: each filter and each kind of code has its rows. */
static void fill(void) {
  uint32_t noise = 1;
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < COLUMNS; j++) {
      noise = noise * 1664525u + 1013904223u;
      const double wave = 0.5 + 0.5 * sin(0.2 * i + 0.13 * j), random = noise * 0x1p-32;
      pixels[i * COLUMNS + j] = i < 12 ? wave : i < 24 ? random : 0.25;
    }
}

/* The file holds the pixels, from black = 0 to white = 1, to half a shade. */
static void expect(const char *name, double tolerance) {
  dp_host_error error = {""};
  int64_t rows, columns;
  double *got;
  if (!dp_image_load(in_folder(name), &rows, &columns, &got, &error)) {
    fprintf(stderr, "%s\n", error.text);
    check_failures++;
    return;
  }
  CHECK(rows == ROWS && columns == COLUMNS);
  for (int i = 0; i < N && rows == ROWS && columns == COLUMNS; i++)
    CHECK(fabs(got[i] - pixels[i]) <= tolerance);
  free(got);
}

static void check_round_trips(void) {
  static const char *const names[] = {"a.png", "a.pgm"};
  for (int k = 0; k < 2; k++)
    for (int bits = 8; bits <= 16; bits += 8) {
      dp_host_error error = {""};
      CHECK(dp_image_save(in_folder(names[k]), ROWS, COLUMNS, pixels, 0, 1, bits, &error));
      expect(names[k], 0.500001 / ((1 << bits) - 1));
    }
}

/* Limits from the data, the other way round, and what is no number. */
static void check_limits(void) {
  const double odd[] = {-2, 6, (double)NAN, (double)INFINITY, -(double)INFINITY, 2};
  const double found[] = {0, 1, 0, 1, 0, 0.5}, turned[] = {1, 0, 0, 0, 1, 0.5};
  int64_t rows, columns;
  double *got;
  for (int k = 0; k < 2; k++) {
    CHECK(dp_image_save(in_folder("odd.png"), 2, 3, odd, k ? 6 : 0, k ? -2 : 0, 16, NULL));
    CHECK(dp_image_load(in_folder("odd.png"), &rows, &columns, &got, NULL) && rows == 2 && columns == 3);
    for (int i = 0; i < 6; i++) CHECK(fabs(got[i] - (k ? turned : found)[i]) < 1e-4);
    free(got);
  }
}

static void refuse(const char *name, const char *reason) {
  dp_host_error error = {""};
  int64_t rows, columns;
  double *got = NULL;
  CHECK(!dp_image_load(in_folder(name), &rows, &columns, &got, &error));
  if (strstr(error.text, reason) && strstr(error.text, name)) return;
  fprintf(stderr, "%s: \"%s\" does not say \"%s\"\n", name, error.text, reason);
  check_failures++;
}

static void check_refusals(void) {
  dp_host_error error;
  CHECK(!dp_image_save(in_folder("a.jpg"), 1, 1, pixels, 0, 1, 8, &error));
  CHECK(strstr(error.text, "must end in .png or .pgm"));
  CHECK(!dp_image_save(in_folder("a.png"), 0, 5, pixels, 0, 1, 8, &error));
  CHECK(strstr(error.text, "0 x 5 is no size"));
  CHECK(!dp_image_save(in_folder("a.png"), 1, 1, pixels, 0, 1, 12, &error));
  CHECK(strstr(error.text, "8 and 16"));
  CHECK(!dp_image_save(in_folder("no/folder.png"), 1, 1, pixels, 0, 1, 8, &error));
  CHECK(strstr(error.text, "cannot write"));
  refuse("absent.png", "No such file");
}

/* No cut and no flipped byte of a PNG file passes unseen. */
static void check_damage(void) {
  static char file[20000], changed[20000];
  int64_t rows, columns;
  double *got;
  CHECK(dp_image_save(in_folder("d.png"), 9, COLUMNS, pixels + 8 * COLUMNS, 0, 1, 8, NULL));
  FILE *f = fopen(in_folder("d.png"), "rb");
  const size_t size = fread(file, 1, sizeof file, f);
  fclose(f);
  for (size_t i = 0; i < 2 * size; i++) {
    memcpy(changed, file, size);
    if (i < size) changed[i] = (char)(changed[i] ^ 0x24);
    f = fopen(in_folder("bad.png"), "wb");
    fwrite(changed, 1, i < size ? size : i - size, f);
    fclose(f);
    CHECK(!dp_image_load(in_folder("bad.png"), &rows, &columns, &got, NULL));
  }
}

static void check_gallery(void) {
  const dp_picture pictures[] = {
      {"truth", NULL, ROWS, COLUMNS, pixels, 0, 1, false},
      {"<descent>", "21.3 dB\n100 iterations", ROWS, COLUMNS, pixels, 0, 0, false},
      {NULL, "stretched", 4, COLUMNS, pixels, 0, 1, true}};
  dp_host_error error = {""};
  CHECK(dp_gallery_save(in_folder("gallery.svg"), "Side & side", pictures, 3, 2, 0, &error));
  CHECK(!dp_gallery_save(in_folder("none.svg"), NULL, pictures, 0, 2, 0, &error));
  CHECK(strstr(error.text, "at least one picture"));
}

#if defined(__linux__)
#include <signal.h>
#include <sys/resource.h>

static void check_full_disk(void) {
  dp_host_error error;
  struct rlimit old, small;
  signal(SIGXFSZ, SIG_IGN);
  CHECK(dp_image_save(in_folder("kept.png"), ROWS, COLUMNS, pixels, 0, 1, 8, &error));
  CHECK(!getrlimit(RLIMIT_FSIZE, &old));
  small = old;
  small.rlim_cur = 100;
  CHECK(!setrlimit(RLIMIT_FSIZE, &small));
  CHECK(!dp_image_save(in_folder("kept.png"), ROWS - 1, COLUMNS, pixels, 0, 1, 16, &error));
  CHECK(strstr(error.text, "cannot write"));
  CHECK(!setrlimit(RLIMIT_FSIZE, &old));
  expect("kept.png", 0.5 / 255 + 1e-9);
  CHECK(!fopen(in_folder("kept.png.part"), "rb"));
}
#else
static void check_full_disk(void) {}
#endif

/* What pictures.py wrote, with other filters and codes. */
static void read_others(void) {
  expect("stored.png", 0.51 / 255); /* rounded twice */
  expect("fixed.png", 0.51 / 255);
  expect("dynamic.png", 0.51 / 255);
  expect("python16.png", 0.5 / 65535 + 1e-9);
  expect("plain.pgm", 0.51 / 1000);
  refuse("color.png", "not grey");
  refuse("interlaced.png", "interlaced");
  refuse("short.pgm", "cut short");
  refuse("above.pgm", "pixel [0, 1] is missing or above 7");
  refuse("words.txt", "neither a PNG nor a PGM");
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  folder = argv[1];
  fill();
  if (!strcmp(argv[2], "read")) {
    read_others();
    return check_result();
  }
  check_round_trips();
  check_limits();
  check_refusals();
  check_damage();
  check_gallery();
  check_full_disk();
  return check_result();
}
