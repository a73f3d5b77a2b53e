#include "backend/c_names.h"

#include <ctype.h>
#include <string.h>

/* Keywords of C and C++, and what the headers that generated code includes define. */
static const char *const reserved[] = {
    "alignas", "alignof", "and", "and_eq", "asm", "assert", "auto", "bitand", "bitor", "bool",
    "break", "case", "catch", "char", "class", "compl", "complex", "concept", "const", "constexpr",
    "continue", "decltype", "default", "delete", "do", "double", "else", "enum", "explicit",
    "export", "extern", "false", "float", "for", "friend", "goto", "if", "imaginary", "inline",
    "int", "linux", "long", "main", "mutable", "namespace", "new", "noexcept", "not", "not_eq",
    "nullptr", "operator", "or", "or_eq", "private", "protected", "public", "register",
    "requires", "restrict", "return", "short", "signed", "sizeof", "static", "static_assert",
    "struct", "switch", "template", "this", "thread_local", "throw", "true", "try", "typedef",
    "typeid", "typename", "typeof", "union", "unix", "unsigned", "using", "virtual", "void",
    "volatile", "while", "xor", "xor_eq", "NULL", "INFINITY", "NAN", "EOF", "I", "errno", "work",
    "work_bytes", "store", "space", "bytes",
    /* what ops.def spells with a function of the C library */
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "copysign", "cosh",
    "erf", "erfc", "exp2", "expm1", "fabs", "fdim", "floor", "fmod", "hypot", "isfinite", "lgamma",
    "log10", "log1p", "log2", "pow", "round", "sinh", "sqrt", "tan", "tgamma", "trunc"};

static bool is_reserved(const char *text) {
  for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
    if (reserved[i][0] == text[0] && !strcmp(reserved[i], text)) return true;
  return false;
}

static const struct {
  const char *utf8, *ascii;
} letters[] = {
    {"α", "alpha"},   {"β", "beta"},   {"γ", "gamma"},  {"δ", "delta"},   {"ε", "epsilon"},
    {"ζ", "zeta"},    {"η", "eta"},    {"θ", "theta"},  {"ι", "iota"},    {"κ", "kappa"},
    {"λ", "lambda"},  {"μ", "mu"},     {"µ", "mu"},     {"ν", "nu"},      {"ξ", "xi"},
    {"ο", "omicron"}, {"π", "pi"},     {"ρ", "rho"},    {"σ", "sigma"},   {"ς", "sigma"},
    {"τ", "tau"},     {"υ", "upsilon"}, {"φ", "phi"},   {"ϕ", "phi"},     {"χ", "chi"},
    {"ψ", "psi"},     {"ω", "omega"},  {"Γ", "Gamma"},  {"Δ", "Delta"},   {"Θ", "Theta"},
    {"Λ", "Lambda"},  {"Ξ", "Xi"},     {"Π", "Pi"},     {"Σ", "Sigma"},   {"Υ", "Upsilon"},
    {"Φ", "Phi"},     {"Ψ", "Psi"},    {"Ω", "Omega"},  {"∇", "grad"},    {"∂", "d"},
    {"ϵ", "epsilon"}, {"ϑ", "theta"},  {"ℓ", "l"},      {"′", "_prime"},  {"₀", "0"},
    {"₁", "1"},       {"₂", "2"},      {"₃", "3"},      {"₄", "4"},       {"₅", "5"},
    {"₆", "6"},       {"₇", "7"},      {"₈", "8"},      {"₉", "9"},       {"ä", "ae"},
    {"ö", "oe"},      {"ü", "ue"},     {"ß", "ss"},     {"é", "e"},       {"è", "e"}};

static const char *letter(const char *at, size_t *length) {
  for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
    *length = strlen(letters[i].utf8);
    if (!strncmp(letters[i].utf8, at, *length)) return letters[i].ascii;
  }
  return NULL;
}

/* Any other character by the hexadecimal digits of its bytes. */
static size_t add_unknown(Text *out, const char *at) {
  size_t n = 0;
  text_add(out, "u");
  do text_format(out, "%02x", (unsigned char)at[n++]);
  while (((unsigned char)at[n] & 0xC0) == 0x80);
  return n;
}

/* The word after a Greek capital is a name of its own: Δt is Delta_t. */
static size_t add_character(Text *out, const char *at) {
  const unsigned char c = (unsigned char)*at;
  if (c < 0x80) {
    const char plain[2] = {isalnum(c) ? (char)c : '_', '\0'};
    text_add(out, plain);
    return 1;
  }
  size_t length;
  const char *ascii = letter(at, &length);
  if (!ascii) return add_unknown(out, at);
  const bool is_word = strlen(ascii) > 1 && ascii[0] != '_';
  if (is_word && out->len && out->text[out->len - 1] != '_') text_add(out, "_");
  text_add(out, ascii);
  if (is_word && isalpha((unsigned char)at[length])) text_add(out, "_");
  return length;
}

/* Most names are fine as they are. */
static bool is_plain(const char *text) {
  if (!isalpha((unsigned char)*text)) return false;
  for (const char *at = text; *at; at++)
    if (!isalnum((unsigned char)*at) && *at != '_') return false;
  return !is_reserved(text) && strncmp(text, "dp_", 3) != 0 && strncmp(text, "DP_", 3) != 0;
}

Name c_identifier(Names *names, const char *text) {
  if (is_plain(text)) return intern(names, text);
  Arena *arena = arena_new();
  Text out = {.arena = arena};
  if (!*text) text_add(&out, "v");
  if (isdigit((unsigned char)*text) || *text == '_') text_add(&out, "v");
  for (const char *at = text; *at;) at += add_character(&out, at);
  if (is_reserved(out.text) || !strncmp(out.text, "dp_", 3) || !strncmp(out.text, "DP_", 3))
    text_add(&out, "_");
  Name name = intern(names, out.text);
  arena_free(arena);
  return name;
}

Name c_macro(Names *names, const char *text) {
  Arena *arena = arena_new();
  Text out = {.arena = arena};
  text_add(&out, c_identifier(names, text));
  for (size_t i = 0; i < out.len; i++) out.text[i] = (char)toupper((unsigned char)out.text[i]);
  Name name = intern(names, out.text);
  arena_free(arena);
  return name;
}

/* ---- which names are in use ------------------------------------------------------------------ */

typedef struct {
  Name name;
  int in_use;
  int next; /* the suffix to try next, beyond the small ones */
} Entry;

struct CNames {
  Arena *arena;
  Names *names;
  Entry *table; /* open addressing by the text */
  size_t used, capacity;
  Vec(Name) stack;
};

CNames *c_names_new(Arena *arena, Names *names) {
  CNames *n = ARENA_NEW(arena, CNames);
  n->arena = arena;
  n->names = names;
  n->capacity = 256;
  n->table = ARENA_ARRAY(arena, Entry, n->capacity);
  return n;
}

static size_t hash(const char *text) {
  size_t h = 5381;
  for (; *text; text++) h = h * 33 ^ (unsigned char)*text;
  return h;
}

static Entry *lookup(Entry *table, size_t capacity, Name name) {
  size_t i = hash(name) & (capacity - 1);
  while (table[i].name && table[i].name != name) i = (i + 1) & (capacity - 1);
  return &table[i];
}

static Entry *entry(CNames *n, Name name) {
  if (2 * (n->used + 1) > n->capacity) {
    Entry *bigger = ARENA_ARRAY(n->arena, Entry, 2 * n->capacity);
    for (size_t i = 0; i < n->capacity; i++)
      if (n->table[i].name) *lookup(bigger, 2 * n->capacity, n->table[i].name) = n->table[i];
    n->table = bigger;
    n->capacity *= 2;
  }
  Entry *e = lookup(n->table, n->capacity, name);
  if (!e->name) {
    e->name = name;
    e->next = 2;
    n->used++;
  }
  return e;
}

static Name take(CNames *n, Name name) {
  entry(n, name)->in_use++;
  vec_push(n->arena, &n->stack, name);
  return name;
}

Name c_names_take(CNames *n, const char *hint) {
  enum { FEW = 9 };
  Name base = c_identifier(n->names, hint);
  if (!entry(n, base)->in_use) return take(n, base);
  const char *joint = isdigit((unsigned char)base[strlen(base) - 1]) ? "_" : "";
  for (int suffix = 2;; suffix++) {
    if (suffix > FEW && suffix < entry(n, base)->next) suffix = entry(n, base)->next;
    Name name = intern_format(n->names, "%s%s%d", base, joint, suffix);
    if (entry(n, name)->in_use) continue;
    if (suffix > FEW) entry(n, base)->next = suffix + 1;
    return take(n, name);
  }
}

size_t c_names_mark(const CNames *n) { return n->stack.len; }

void c_names_release(CNames *n, size_t mark) {
  while (n->stack.len > mark) entry(n, n->stack.at[--n->stack.len])->in_use--;
}
