/* ascii - C identifiers for names: θ is theta, Δt is Delta_t. */
#include "elaborate/elab.h"

#include <string.h>

static const struct {
  const char *letter, *spelled;
} greek[] = {
    {"α", "alpha"}, {"β", "beta"}, {"γ", "gamma"}, {"δ", "delta"}, {"ε", "epsilon"},
    {"ϵ", "epsilon"}, {"ζ", "zeta"}, {"η", "eta"}, {"θ", "theta"}, {"ϑ", "theta"}, {"ι", "iota"},
    {"κ", "kappa"}, {"λ", "lambda"}, {"μ", "mu"}, {"µ", "mu"}, {"ν", "nu"}, {"ξ", "xi"},
    {"ο", "omicron"}, {"π", "pi"}, {"ρ", "rho"}, {"ϱ", "rho"}, {"σ", "sigma"}, {"ς", "sigma"},
    {"τ", "tau"}, {"υ", "upsilon"}, {"φ", "phi"}, {"ϕ", "phi"}, {"χ", "chi"}, {"ψ", "psi"},
    {"ω", "omega"}, {"Γ", "Gamma"}, {"Δ", "Delta"}, {"∆", "Delta"}, {"Θ", "Theta"},
    {"Λ", "Lambda"}, {"Ξ", "Xi"}, {"Π", "Pi"}, {"Σ", "Sigma"}, {"Υ", "Upsilon"}, {"Φ", "Phi"},
    {"Ψ", "Psi"}, {"Ω", "Omega"}, {"∂", "d"}, {"∇", "grad"}};

static const char *find_greek(const char *at, size_t *length) {
  for (size_t i = 0; i < sizeof greek / sizeof greek[0]; i++) {
    *length = strlen(greek[i].letter);
    if (!strncmp(at, greek[i].letter, *length)) return greek[i].spelled;
  }
  return NULL;
}

static bool is_ascii_word(char c) { return (c & 0x80) == 0 && c != '\0'; }

/* Any other letter: u and its code point. */
static size_t add_code_point(Text *text, const char *at) {
  const unsigned char first = (unsigned char)at[0];
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  unsigned code = first & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length && at[i]; i++) code = code << 6 | ((unsigned char)at[i] & 0x3Fu);
  text_format(text, "u%04X", code);
  return length;
}

Name ascii_name(Names *names, Name name) {
  bool plain = true;
  for (const char *c = name; *c; c++) plain = plain && is_ascii_word(*c);
  if (plain) return name;
  Arena *arena = arena_new();
  Text text = {.arena = arena};
  for (const char *c = name; *c;) {
    size_t length;
    const char *spelled = find_greek(c, &length);
    if (is_ascii_word(*c)) {
      text_add_bytes(&text, c++, 1);
      continue;
    }
    if (text.len > 0 && text.text[text.len - 1] != '_') text_add(&text, "_");
    if (spelled) text_add(&text, spelled);
    else length = add_code_point(&text, c);
    c += length;
    if (*c && *c != '_' && (is_ascii_word(*c))) text_add(&text, "_");
  }
  Name result = intern_bytes(names, text.text, text.len);
  arena_free(arena);
  return result;
}
