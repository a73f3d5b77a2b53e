/* deflate - compresses to the zlib format (RFC 1950, 1951): repetitions, in one block of fixed codes. */
#include "image_file.h"

#include <stdlib.h>
#include <string.h>

enum { WINDOW = 32768, SHORTEST = 3, LONGEST = 258, SLOTS = 1 << 15 };

uint32_t adler32_of(const char *data, size_t size) {
  uint32_t a = 1, b = 0;
  for (size_t i = 0; i < size; i++) {
    a = (a + (unsigned char)data[i]) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

/* Bits under construction, the lowest first. */
typedef struct Packed {
  Bytes *out;
  uint64_t held;
  int count;
} Packed;

static void put(Packed *p, uint32_t value, int n) {
  p->held |= (uint64_t)value << p->count;
  p->count += n;
  while (p->count >= 8) {
    const char byte = (char)(p->held & 255);
    bytes_add(p->out, &byte, 1);
    p->held >>= 8;
    p->count -= 8;
  }
}

/* Huffman codes go with their highest bit first. */
static void put_code(Packed *p, uint32_t code, int n) {
  uint32_t turned = 0;
  for (int k = 0; k < n; k++) turned |= (code >> k & 1) << (n - 1 - k);
  put(p, turned, n);
}

/* The fixed code of a literal, a length or the end. */
static void put_symbol(Packed *p, uint32_t s) {
  if (s < 144) put_code(p, 0x30 + s, 8);
  else if (s < 256) put_code(p, 0x190 + s - 144, 9);
  else if (s < 280) put_code(p, s - 256, 7);
  else put_code(p, 0xc0 + s - 280, 8);
}

static int log2_of(uint32_t x) {
  int n = 0;
  while (x >>= 1) n++;
  return n;
}

static void put_repetition(Packed *p, uint32_t length, uint32_t distance) {
  const uint32_t l = length - SHORTEST, d = distance - 1;
  const int more = l < 4 ? 0 : log2_of(l) - 2, extra = d < 2 ? 0 : log2_of(d) - 1;
  if (length == LONGEST) put_symbol(p, 285);
  else {
    put_symbol(p, 257 + 4 * (uint32_t)more + (l >> more));
    put(p, l & ((1u << more) - 1), more);
  }
  put_code(p, 2 * (uint32_t)extra + (d >> extra), 5);
  put(p, d & ((1u << extra) - 1), extra);
}

static size_t slot_of(const unsigned char *at) {
  return ((uint32_t)at[0] << 16 ^ (uint32_t)at[1] << 8 ^ at[2]) * 2654435761u >> 17;
}

/* How many bytes at `at` repeat those at `before`. */
static size_t matching(const unsigned char *before, const unsigned char *at, size_t left) {
  const size_t most = left < LONGEST ? left : LONGEST;
  size_t n = 0;
  while (n < most && before[n] == at[n]) n++;
  return n;
}

/* Each slot remembers where three bytes with its hash stood last, plus 1. Without memory for it
 * nothing is repeated, which is right as well. */
static void put_all(Packed *p, const unsigned char *data, size_t size) {
  size_t *last = (size_t *)calloc(SLOTS, sizeof *last);
  for (size_t i = 0; i < size;) {
    size_t length = 0, distance = 0;
    if (last && size - i >= SHORTEST) {
      const size_t slot = slot_of(data + i), before = last[slot];
      last[slot] = i + 1;
      distance = i + 1 - before;
      if (before && distance <= WINDOW) length = matching(data + before - 1, data + i, size - i);
    }
    if (length >= SHORTEST) put_repetition(p, (uint32_t)length, (uint32_t)distance);
    else put_symbol(p, data[i]), length = 1;
    i += length;
  }
  free(last);
}

void zlib_pack(Bytes *out, const char *data, size_t size) {
  Packed p = {out, 0, 0};
  bytes_add(out, "\x78\x01", 2);
  put(&p, 1, 1); /* the last block */
  put(&p, 1, 2); /* of fixed codes */
  put_all(&p, (const unsigned char *)data, size);
  put_symbol(&p, 256);
  put(&p, 0, 7); /* up to the byte's end: what is left over is dropped */
  const uint32_t sum = adler32_of(data, size);
  for (int k = 3; k >= 0; k--) {
    const char byte = (char)(sum >> 8 * k & 255);
    bytes_add(out, &byte, 1);
  }
}
