/* inflate - expands the zlib format (RFC 1950, 1951): canonical Huffman codes, read bit by bit. */
#include "image_file.h"

enum { LONGEST = 15, LITERALS = 288, DISTANCES = 30, LENGTHS = 19, END_OF_BLOCK = 256 };

typedef struct Bits {
  const unsigned char *next, *end;
  uint32_t held;
  int count;   /* of bits in `held` */
  bool failed; /* read past the end */
} Bits;

/* Codes of one length are consecutive, in the order of their symbols. */
typedef struct Huffman {
  uint16_t count[LONGEST + 1], symbol[LITERALS];
} Huffman;

static uint32_t take(Bits *in, int n) {
  while (in->count < n) {
    if (in->next == in->end) in->failed = true;
    else in->held |= (uint32_t)*in->next++ << in->count;
    in->count += 8;
    if (in->failed) return 0;
  }
  const uint32_t value = in->held & ((1u << n) - 1);
  in->held >>= n;
  in->count -= n;
  return value;
}

/* False where the lengths are no prefix code: more codes than there is room, or fewer (of which only
 * the one code of length 1 is allowed). */
static bool build(Huffman *code, const uint8_t *length, int n) {
  uint16_t first[LONGEST + 2] = {0};
  int left = 1;
  for (int k = 0; k <= LONGEST; k++) code->count[k] = 0;
  for (int i = 0; i < n; i++) code->count[length[i]]++;
  const int used = n - code->count[0];
  code->count[0] = 0;
  for (int k = 1; k <= LONGEST; k++) {
    left = 2 * left - code->count[k];
    if (left < 0) return false;
    first[k + 1] = (uint16_t)(first[k] + code->count[k]);
  }
  for (int i = 0; i < n; i++)
    if (length[i]) code->symbol[first[length[i]]++] = (uint16_t)i;
  return left == 0 || used == 0 || (used == 1 && code->count[1] == 1);
}

/* The next symbol, or -1. */
static int decode(Bits *in, const Huffman *code) {
  int value = 0, first = 0, index = 0;
  for (int k = 1; k <= LONGEST; k++) {
    value |= (int)take(in, 1);
    if (in->failed) return -1;
    const int count = code->count[k];
    if (value - first < count) return code->symbol[index + value - first];
    index += count;
    first = 2 * (first + count);
    value *= 2;
  }
  return -1;
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static bool stored_block(Bits *in, Bytes *out, size_t most) {
  in->held = 0, in->count = 0; /* never more than 7 bits are held here: they pad the byte */
  if (in->end - in->next < 4) return false;
  const size_t size = in->next[0] | (size_t)in->next[1] << 8;
  const size_t check = in->next[2] | (size_t)in->next[3] << 8;
  in->next += 4;
  if (size != (check ^ 0xffff) || size > (size_t)(in->end - in->next)) return false;
  if (size > most - out->size) return false;
  bytes_add(out, in->next, size);
  in->next += size;
  return true;
}

static bool copy_back(Bytes *out, size_t distance, size_t length, size_t most) {
  if (distance > out->size || length > most - out->size) return false;
  for (size_t k = 0; k < length && !out->failed; k++) {
    const char again = out->data[out->size - distance];
    bytes_add(out, &again, 1);
  }
  return true;
}

static bool coded_block(Bits *in, Bytes *out, size_t most, const Huffman *literals,
                        const Huffman *distances) {
  for (;;) {
    const int symbol = decode(in, literals);
    if (symbol == END_OF_BLOCK) return true;
    if (symbol < 0 || symbol > 285 || out->size == most) return false;
    if (symbol < END_OF_BLOCK) {
      const char byte = (char)symbol;
      bytes_add(out, &byte, 1);
    } else {
      /* Groups of four lengths, and of two distances, with one extra bit more in each. */
      const int s = symbol - 257, extra = s < 8 || s == 28 ? 0 : (s - 4) / 4;
      const uint32_t base = s == 28 ? 258 : s < 8 ? 3 + (uint32_t)s : 3 + ((4 + (uint32_t)s % 4) << extra);
      const uint32_t length = base + take(in, extra);
      const int d = decode(in, distances);
      if (d < 0 || d >= DISTANCES) return false;
      const int more = d < 4 ? 0 : (d - 2) / 2;
      const uint32_t nearest = d < 4 ? 1 + (uint32_t)d : 1 + ((2 + (uint32_t)d % 2) << more);
      const uint32_t distance = nearest + take(in, more);
      if (in->failed || !copy_back(out, distance, length, most)) return false;
    }
    if (out->failed) return false;
  }
}

static bool fixed_block(Bits *in, Bytes *out, size_t most) {
  uint8_t length[LITERALS];
  Huffman literals, distances;
  for (int i = 0; i < LITERALS; i++) length[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
  build(&literals, length, LITERALS);
  for (int i = 0; i < 32; i++) length[i] = 5;
  build(&distances, length, 32);
  return coded_block(in, out, most, &literals, &distances);
}

/* The lengths of all codes of a block, themselves coded; repeated ones as such. */
static bool read_lengths(Bits *in, const Huffman *code, uint8_t *length, int n) {
  for (int i = 0; i < n;) {
    const int symbol = decode(in, code);
    if (symbol < 0) return false;
    if (symbol < 16) {
      length[i++] = (uint8_t)symbol;
      continue;
    }
    if (symbol == 16 && i == 0) return false;
    const uint8_t repeated = symbol == 16 ? length[i - 1] : 0;
    const int times = symbol == 16   ? 3 + (int)take(in, 2)
                      : symbol == 17 ? 3 + (int)take(in, 3)
                                     : 11 + (int)take(in, 7);
    if (in->failed || times > n - i) return false;
    for (int k = 0; k < times; k++) length[i++] = repeated;
  }
  return true;
}

static bool dynamic_block(Bits *in, Bytes *out, size_t most) {
  static const uint8_t order[LENGTHS] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                         11, 4,  12, 3, 13, 2, 14, 1, 15};
  uint8_t length[LITERALS + 32] = {0};
  Huffman lengths, literals, distances;
  const int n_literals = 257 + (int)take(in, 5), n_distances = 1 + (int)take(in, 5);
  const int n_lengths = 4 + (int)take(in, 4);
  if (n_literals > 286 || n_distances > DISTANCES) return false;
  for (int k = 0; k < n_lengths; k++) length[order[k]] = (uint8_t)take(in, 3);
  if (in->failed || !build(&lengths, length, LENGTHS)) return false;
  if (!read_lengths(in, &lengths, length, n_literals + n_distances)) return false;
  if (!length[END_OF_BLOCK] || !build(&literals, length, n_literals)) return false;
  if (!build(&distances, length + n_literals, n_distances)) return false;
  return coded_block(in, out, most, &literals, &distances);
}

bool zlib_unpack(Bytes *out, const char *data, size_t size, size_t most) {
  const unsigned char *bytes = (const unsigned char *)data;
  if (size < 6 || (bytes[0] & 15) != 8 || (bytes[0] * 256 + bytes[1]) % 31 || (bytes[1] & 32)) return false;
  Bits in = {bytes + 2, bytes + size - 4, 0, 0, false};
  const size_t start = out->size;
  if (most > SIZE_MAX - start) return false;
  for (bool is_last = false; !is_last;) {
    is_last = take(&in, 1) != 0;
    const uint32_t kind = take(&in, 2);
    const bool ok = in.failed   ? false
                    : kind == 0 ? stored_block(&in, out, start + most)
                    : kind == 1 ? fixed_block(&in, out, start + most)
                    : kind == 2 && dynamic_block(&in, out, start + most);
    if (!ok) return false;
  }
  uint32_t sum = 0;
  for (int k = 0; k < 4; k++) sum = sum << 8 | bytes[size - 4 + (size_t)k];
  return in.next == in.end && sum == adler32_of(out->data + start, out->size - start);
}
