/* ascii - C identifiers for names in any script. */
#include "elaborate/elab.h"

#include <string.h>

/* From U+0391 and U+03B1 on; U+03A2 is not assigned, U+03C2 is the final sigma. */
static const char *const greek[] = {
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota",
    "kappa", "lambda", "mu", "nu", "xi", "omicron", "pi", "rho", "sigma", "sigma",
    "tau", "upsilon", "phi", "chi", "psi", "omega"};

enum { CAPITAL_ALPHA = 0x391, SMALL_ALPHA = 0x3b1, N_GREEK = 25 };

typedef struct {
  uint32_t code;
  const char *text;
} Spelled;

static const Spelled others[] = {
    {0x2202, "d"},       {0x2207, "nabla"},   {0x2206, "Delta"},  {0x3d5, "phi"},
    {0x3d1, "theta"},    {0x3f5, "epsilon"},  {0x3f1, "rho"},     {0x210f, "hbar"},
    {0x2113, "l"},       {0xb5, "mu"},        {0xb7, "_"},        {0x2032, "_prime"},
    {0x2033, "_prime2"}, {0x304, "_bar"},     {0x302, "_hat"},    {0x303, "_tilde"},
    {0x307, "_dot"},     {0x308, "_ddot"},    {0x2099, "_n"},     {0x1d62, "_i"},
    {0x2c7c, "_j"},      {0x2c, "_"}};

static uint32_t next_code(const char **text) {
  const unsigned char *c = (const unsigned char *)*text;
  const int extra = c[0] < 0x80 ? 0 : c[0] < 0xe0 ? 1 : c[0] < 0xf0 ? 2 : 3;
  uint32_t code = extra == 0 ? c[0] : c[0] & (0x3fu >> extra);
  int i = 1;
  for (; i <= extra && c[i]; i++) code = code << 6 | (c[i] & 0x3fu);
  *text += i;
  return code;
}

static const char *greek_name(uint32_t code, bool *is_capital) {
  *is_capital = code >= CAPITAL_ALPHA && code < CAPITAL_ALPHA + N_GREEK;
  if (*is_capital) return greek[code - CAPITAL_ALPHA];
  if (code >= SMALL_ALPHA && code < SMALL_ALPHA + N_GREEK) return greek[code - SMALL_ALPHA];
  return NULL;
}

/* Subscript and superscript digits. */
static int small_digit(uint32_t code) {
  if (code >= 0x2080 && code <= 0x2089) return (int)(code - 0x2080);
  if (code >= 0x2074 && code <= 0x2079) return (int)(code - 0x2070);
  if (code == 0x2070) return 0;
  return code == 0xb9 ? 1 : code == 0xb2 ? 2 : code == 0xb3 ? 3 : -1;
}

/* A word is set off by _ from letters before it; add_code does so for letters after it. */
static void add_word(Text *out, const char *word, bool is_capital) {
  if (out->len && out->text[out->len - 1] != '_') text_add(out, "_");
  const char first[] = {(char)(is_capital ? word[0] - 'a' + 'A' : word[0]), 0};
  text_add(out, first);
  text_add(out, word + 1);
}

static const char *spelled(uint32_t code) {
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (others[i].code == code) return others[i].text;
  return NULL;
}

/* Adds one character; says whether it became a word. */
static bool add_code(Text *out, uint32_t code, bool after_word) {
  bool is_capital;
  const char *word = greek_name(code, &is_capital);
  const int digit = small_digit(code);
  if (word) {
    add_word(out, word, is_capital);
    return true;
  }
  if (code < 0x80) {
    const char c[] = {(char)code, 0};
    if (after_word && code != '_' && !(code >= '0' && code <= '9')) text_add(out, "_");
    text_add(out, c);
  } else if (digit >= 0) {
    text_format(out, "%d", digit);
  } else if (spelled(code)) {
    text_add(out, spelled(code));
  } else {
    text_format(out, "u%04x", (unsigned)code);
  }
  return false;
}

static bool is_ascii(const char *text) {
  while (*text && (unsigned char)*text < 0x80) text++;
  return !*text;
}

Name ascii_name(Names *names, Name name) {
  if (is_ascii(name)) return name;
  Arena *scratch = arena_new();
  Text out = {.arena = scratch};
  text_add(&out, "");
  bool after_word = false;
  for (const char *c = name; *c;) after_word = add_code(&out, next_code(&c), after_word);
  const Name result = intern(names, out.text);
  arena_free(scratch);
  return result;
}
