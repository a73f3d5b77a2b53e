#include "syntax/report.h"

#include "dp.tab.h"

#include <string.h>

/* Words that other languages have here, and what dp writes instead. */
static const struct {
  const char *word, *advice;
} foreign_words[] = {
    {"let", "a variable needs no word before it: x = 1"},
    {"var", "a variable needs no word before it: x = 1"},
    {"val", "a variable needs no word before it: x = 1"},
    {"mut", "a variable needs no word before it: x = 1"},
    {"double", "types stand after names: x: real = 1"},
    {"float", "types stand after names: x: real = 1"},
    {"real", "types stand after names: x: real = 1"},
    {"int", "types stand after names: n: int = 1"},
    {"bool", "types stand after names: b: bool = true"},
    {"def", "functions begin with 'fn'"},
    {"func", "functions begin with 'fn'"},
    {"function", "functions begin with 'fn'"},
    {"lambda", "a function without name: fn(x) = x^2"},
    {"elif", "write 'else if'"},
    {"elseif", "write 'else if'"},
    {"import", "write 'use' and the name of a module"},
    {"include", "write 'use' and the name of a module"},
    {"struct", "write 'record'"},
    {"class", "write 'record', or 'model' for what is trained"},
    {"do", "a loop is for i in 0..n { } or while condition max 100 { }"},
};

static bool one_of(const char *name, const char *const *list) {
  for (; *list; list++)
    if (strcmp(name, *list) == 0) return true;
  return false;
}

/* What begins an expression; "an expression" says it all. */
static bool begins_value(const char *name) {
  static const char *const list[] = {"a name", "a number", "a real number", "a string", "'true'",
                                     "'false'", "'('", "'['", "'{'", "'-'", "'not'", "'if'", "'fn'",
                                     NULL};
  return one_of(name, list);
}

/* What goes on with an expression that could also end here. */
static bool continues_value(const char *name) {
  static const char *const list[] = {"'or'", "'and'", "'=='", "'!='", "'<'", "'<='", "'>'", "'>='",
                                     "'+'", "'-'", "'*'", "'/'", "'//'", "'%'", "'@'", "'^'", "'('",
                                     "'['", "'.'", "'+='", "'-='", "'*='", "'/='", "'adjoint'",
                                     "'tangent'", NULL};
  return one_of(name, list);
}

enum { MOST_CHOICES = 4 }; /* a longer list helps nobody */

typedef struct {
  const char *names[EXPECTED_SPACE];
  int count;
} Choices;

static bool expects(const Expected *expected, const char *name) {
  for (int i = 0; i < expected->count; i++)
    if (strcmp(expected->names[i], name) == 0) return true;
  return false;
}

static const char *readable(const char *name) {
  if (strcmp(name, "end of line") == 0) return "the end of the line";
  if (strcmp(name, "end of file") == 0) return "the end of the file";
  return name;
}

static const char *closer_of(const Token *open) {
  return open->kind == TOK_LPAREN ? "')'" : open->kind == TOK_LBRACKET ? "']'" : "'}'";
}

/* The bracket that is open before the token found. */
static const Token *open_before(const Parser *parser) {
  return layout_open_before(&parser->layout);
}

static void add_choice(Choices *choices, const char *name) {
  choices->names[choices->count++] = name;
}

static Choices choose_all(const Expected *expected) {
  Choices choices = {0};
  if (expected->value) add_choice(&choices, "an expression");
  for (int i = 0; i < expected->count; i++) {
    const char *name = expected->names[i];
    if (expected->value && begins_value(name)) continue;
    if (expected->operation && continues_value(name)) continue;
    if (strcmp(name, "end of file") == 0 && expects(expected, "end of line")) continue;
    add_choice(&choices, readable(name));
  }
  if (choices.count > MOST_CHOICES && expects(expected, "end of line"))
    choices = (Choices){.names = {"the end of the line"}, .count = 1};
  return choices;
}

/* What most likely was meant comes alone: the grammar would allow much more. */
static Choices choose(const Parser *parser, const Expected *expected) {
  const Token *open = open_before(parser);
  Choices choices = {0};
  if (open && parser->layout.current.kind == TOK_END) {
    add_choice(&choices, closer_of(open));
  } else if (expects(expected, "'use'")) {
    add_choice(&choices, "a declaration");
  } else if (expected->operation && expects(expected, "end of line")) {
    add_choice(&choices, "an operator");
    add_choice(&choices, "the end of the line");
  } else if (open && open->kind != TOK_LBRACE && !expected->value &&
             expects(expected, closer_of(open))) {
    add_choice(&choices, closer_of(open));
    if (expects(expected, "','")) add_choice(&choices, "','");
  } else if (expected->operation && expects(expected, "'{'")) {
    add_choice(&choices, "'{'");
  } else {
    return choose_all(expected);
  }
  return choices;
}

/* "a, b or c" */
static const char *join(Parser *parser, const Choices *choices) {
  Text text = {.arena = parser->arena};
  for (int i = 0; i < choices->count; i++) {
    if (i > 0) text_add(&text, i + 1 < choices->count ? ", " : " or ");
    text_add(&text, choices->names[i]);
  }
  return text.text;
}

static const char *describe(Parser *parser, const Token *token) {
  enum { LONGEST = 40 };
  switch (token->kind) {
  case TOK_END: return "the end of the file";
  case TOK_NEWLINE: return strcmp(token->name, ";") == 0 ? "';'" : "the end of the line";
  case TOK_STRING: return "a string";
  default: break;
  }
  if (strlen(token->name) <= LONGEST) return arena_format(parser->arena, "'%s'", token->name);
  return "this long word";
}

static bool is_comparison(int kind) {
  return kind == TOK_EQ || kind == TOK_NE || kind == TOK_LT || kind == TOK_LE || kind == TOK_GT ||
         kind == TOK_GE;
}

/* Where the bracket that should be closed was opened, if that is not plain to see. */
static void label_open_bracket(Parser *parser, const Expected *expected, const Token *found) {
  const Token *open = open_before(parser);
  if (!open || !(found->kind == TOK_END || found->begins_line)) return;
  if (expects(expected, closer_of(open)) || open->kind == TOK_LBRACE)
    diag_label(parser->diag, open->span, "%s is not closed", describe(parser, open));
}

/* A closing bracket that closes nothing. */
static bool closes_nothing(const Parser *parser, int kind) {
  const Token *open = open_before(parser);
  if (kind == TOK_RBRACE) return !open;
  return (kind == TOK_RPAREN || kind == TOK_RBRACKET) && (!open || open->kind == TOK_LBRACE);
}

/* A word of another language: before what was found, or that itself where declarations stand. */
static bool advise_word(Parser *parser, const Expected *expected, const Token *found) {
  const Token *word = expects(expected, "'use'") ? found : &parser->layout.previous;
  const size_t count = sizeof foreign_words / sizeof *foreign_words;
  const bool in_statement = expected->operation && expects(expected, "end of line");
  if (word->kind != TOK_NAME || !(word == found || in_statement)) return false;
  for (size_t i = 0; i < count; i++) {
    if (strcmp(word->name, foreign_words[i].word) != 0) continue;
    diag_help(parser->diag, "%s", foreign_words[i].advice);
    return true;
  }
  return false;
}

static void advise(Parser *parser, const Expected *expected, const Token *found) {
  if (advise_word(parser, expected, found)) return;
  if (expects(expected, "'{'") && !expected->value &&
      (found->kind == TOK_COLON || found->kind == TOK_NEWLINE))
    diag_help(parser->diag, "the lines of a block stand between { and }");
  if (found->kind == TOK_SET && expected->operation)
    diag_help(parser->diag, "= gives a value to a name; == compares");
  if (found->kind == TOK_LBRACE && expects(expected, "'max'"))
    diag_help(parser->diag, "a while loop says how often it may run: while condition max 100 { }");
  if (expects(expected, "'use'") && found->kind != TOK_RBRACE)
    diag_help(parser->diag, "a file holds use, const, fn, extern, model, record and export");
  if (found->kind == TOK_RBRACE && closes_nothing(parser, found->kind))
    diag_help(parser->diag, "no block is open here");
  if (found->kind == TOK_LBRACE && expected->value)
    diag_help(parser->diag, "a block that is a value stands between brackets: ({ ... })");
  if (found->kind == TOK_STRING)
    diag_help(parser->diag, "strings are for assert and for what print writes");
}

static void report(Parser *parser, const Expected *expected, const Token *found) {
  const Choices choices = choose(parser, expected);
  const char *text = describe(parser, found);
  if (expected->operation && is_comparison(found->kind)) {
    diag_report(parser->diag, DIAG_CHAINED_COMPARISON, found->span);
    diag_help(parser->diag, "write a < b and b < c");
    return;
  }
  if (choices.count == 0 || choices.count > MOST_CHOICES || closes_nothing(parser, found->kind))
    diag_report(parser->diag, DIAG_UNEXPECTED, found->span, text);
  else
    diag_report(parser->diag, DIAG_SYNTAX, found->span, join(parser, &choices), text);
  label_open_bracket(parser, expected, found);
  advise(parser, expected, found);
}

void report_syntax_error(Parser *parser, const Expected *expected) {
  const Token found = parser->layout.current;
  const bool outside = expects(expected, "'use'");
  const bool known = parser->too_deep || parser->layout.too_deep || found.after_bad ||
                     (outside && parser->outside);
  if (!known) report(parser, expected, &found);
  parser->outside = outside && (parser->outside || !known);
  layout_recover(&parser->layout);
}

void report_too_deep(Parser *parser, Span span) {
  if (!parser->too_deep && !parser->layout.too_deep)
    diag_report(parser->diag, DIAG_TOO_DEEP, span, DEEPEST);
  parser->too_deep = true;
}
