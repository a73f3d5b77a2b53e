/* dp_progress - a bar on standard error: redrawn on a terminal, a line at times in a log. */
#if !defined(_WIN32) && !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L /* clock_gettime, isatty */
#endif
#include "dp_host.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#if !defined(_WIN32)
#include <unistd.h>
#endif

enum { WIDTH = 30, LINE = 79 };
static const double redraw_seconds = 0.1, log_seconds = 15;

static double now(void) {
  struct timespec t;
#if defined(_WIN32)
  timespec_get(&t, TIME_UTC);
#else
  clock_gettime(CLOCK_MONOTONIC, &t);
#endif
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool on_terminal(void) {
#if defined(_WIN32)
  return false;
#else
  return isatty(STDERR_FILENO) == 1;
#endif
}

/* "42 s", "3 min 05 s", "2 h 07 min". */
static const char *duration(double seconds, char *text, size_t size) {
  const long s = (long)(seconds + 0.5);
  if (s < 60) snprintf(text, size, "%ld s", s);
  else if (s < 3600) snprintf(text, size, "%ld min %02ld s", s / 60, s % 60);
  else snprintf(text, size, "%ld h %02ld min", s / 3600, s / 60 % 60);
  return text;
}

static double fraction(const dp_progress *bar) {
  if (bar->total <= 0) return 1;
  return bar->done >= bar->total ? 1 : (double)bar->done / (double)bar->total;
}

static void print_counts(const dp_progress *bar, char *line, size_t size) {
  char left[40];
  const double part = fraction(bar), elapsed = bar->drawn - bar->begun;
  const int n = snprintf(line, size, "%3d %%  %lld/%lld", (int)(100 * part), (long long)bar->done,
                         (long long)bar->total);
  if (part > 0 && part < 1 && n > 0 && (size_t)n < size)
    snprintf(line + n, size - (size_t)n, "  %s left",
             duration(elapsed * (1 - part) / part, left, sizeof left));
}

static void draw_bar(const dp_progress *bar) {
  char counts[80], blocks[WIDTH + 1];
  const double full = fraction(bar) * (double)WIDTH;
  for (int k = 0; k < WIDTH; k++) blocks[k] = k < (int)full ? '#' : '.';
  blocks[WIDTH] = 0;
  print_counts(bar, counts, sizeof counts);
  fprintf(stderr, "\r%-*s\r%.20s [%s] %.50s", LINE, "", bar->label, blocks, counts);
  fflush(stderr);
}

static void draw(dp_progress *bar, double time) {
  bar->drawn = time;
  if (bar->is_terminal) {
    draw_bar(bar);
    bar->is_shown = true;
  } else {
    char counts[80];
    print_counts(bar, counts, sizeof counts);
    fprintf(stderr, "%s: %s\n", bar->label, counts);
  }
}

void dp_progress_begin(dp_progress *bar, const char *label, int64_t total) {
  memset(bar, 0, sizeof *bar);
  bar->label = label;
  bar->total = total;
  bar->begun = bar->drawn = now();
  bar->is_terminal = on_terminal();
  if (bar->is_terminal) draw(bar, bar->begun);
}

void dp_progress_step(dp_progress *bar, int64_t n) {
  bar->done += n;
  const double time = now();
  if (time - bar->drawn >= (bar->is_terminal ? redraw_seconds : log_seconds)) draw(bar, time);
}

void dp_progress_clear(dp_progress *bar) {
  if (!bar->is_shown) return;
  fprintf(stderr, "\r%-*s\r", LINE, "");
  fflush(stderr);
  bar->is_shown = false;
  bar->drawn = 0; /* the next step draws */
}

void dp_progress_end(dp_progress *bar) {
  char text[40];
  dp_progress_clear(bar);
  fprintf(stderr, "%s: %lld of %lld in %s\n", bar->label, (long long)bar->done,
          (long long)bar->total, duration(now() - bar->begun, text, sizeof text));
}
