#include "syntax/layout.h"

#include "dp.tab.h"

#include <string.h>

void layout_begin(Layout *layout, Arena *arena, Diag *diag, TokenList tokens) {
  *layout = (Layout){.arena = arena, .diag = diag, .tokens = tokens};
  layout->current.kind = layout->previous.kind = TOK_NEWLINE;
}

/* A newline after these is a blank. */
static bool wants_more(int kind) {
  switch (kind) {
  case TOK_NEWLINE: case TOK_PLUS: case TOK_MINUS: case TOK_STAR: case TOK_SLASH: case TOK_INT_DIV:
  case TOK_PERCENT: case TOK_AT: case TOK_HAT: case TOK_LT: case TOK_LE: case TOK_GT: case TOK_GE:
  case TOK_EQ: case TOK_NE: case TOK_AND: case TOK_OR: case TOK_NOT: case TOK_SET: case TOK_ADD_SET:
  case TOK_SUB_SET: case TOK_MUL_SET: case TOK_DIV_SET: case TOK_COMMA: case TOK_ARROW:
  case TOK_LBRACE: case TOK_LPAREN: case TOK_LBRACKET: case TOK_TILDE: case TOK_DOTS:
  case TOK_ELSE:
    return true;
  default:
    return false;
  }
}

/* A newline before these is a blank. */
static bool goes_on(int kind) {
  switch (kind) {
  case TOK_ARROW: case TOK_ELSE: case TOK_LBRACE: case TOK_RBRACE: case TOK_ADJOINT:
  case TOK_TANGENT: case TOK_WITH:
  case TOK_END:
    return true;
  default:
    return false;
  }
}

/* Can an expression end here? Then a name that follows on the line is a word of the grammar. */
static bool ends_value(int kind) {
  switch (kind) {
  case TOK_NAME: case TOK_INTEGER: case TOK_REAL: case TOK_TRUE: case TOK_FALSE: case TOK_RPAREN:
  case TOK_RBRACKET: case TOK_RBRACE:
    return true;
  default:
    return false;
  }
}

static bool is(const Token *token, const char *word) { return strcmp(token->name, word) == 0; }

static const Token *innermost(const Layout *layout) {
  if (layout->open.len == 0) return NULL;
  return &layout->tokens.at[layout->open.at[layout->open.len - 1]];
}

/* The file is a block without braces. */
static int open_kind(const Layout *layout) {
  return layout->open.len ? innermost(layout)->kind : TOK_LBRACE;
}

const Token *layout_open_before(const Layout *layout) { return layout->open_before; }

/* `( ... ) {` from the token at index: the parameters and block of an adjoint. */
static bool params_and_block_follow(const Layout *layout, size_t index) {
  enum { FARTHEST = 1000 };
  const Token *tokens = layout->tokens.at;
  int depth = 0;
  if (tokens[index].kind != TOK_LPAREN) return false;
  for (size_t i = index; i < index + FARTHEST && tokens[i].kind != TOK_END; i++) {
    if (tokens[i].kind == TOK_LPAREN) depth++;
    if (tokens[i].kind == TOK_RPAREN && --depth == 0) return tokens[i + 1].kind == TOK_LBRACE;
  }
  return false;
}

/* adjoint and tangent are keywords beside declarations; in a block only where a rule follows. */
static bool is_rule_word(const Layout *layout, const Token *token) {
  if (layout->open.len == 0) return true;
  return open_kind(layout) == TOK_LBRACE && params_and_block_follow(layout, layout->next + 1) &&
         (token->begins_line || layout->current.kind == TOK_RBRACE);
}

/* The kind of the token at layout->next, given what stands before it. */
static int kind_here(const Layout *layout, const Token *token) {
  const int before = layout->current.kind;
  if (before == TOK_DOT && token->name[0] >= 'a' && token->name[0] <= 'z') return TOK_NAME;
  if (token->kind != TOK_NAME) return token->kind;
  if (is(token, "adjoint") && is_rule_word(layout, token)) return TOK_ADJOINT;
  if (is(token, "tangent") && is_rule_word(layout, token)) return TOK_TANGENT;
  if (layout->line_ended && open_kind(layout) == TOK_LBRACE) return TOK_NAME;
  if (!ends_value(before)) return TOK_NAME;
  if (is(token, "max")) return TOK_MAX;
  if (is(token, "checkpoint")) return TOK_CHECKPOINT;
  return TOK_NAME;
}

static void open_bracket(Layout *layout) {
  vec_push(layout->arena, &layout->open, layout->next);
  if (layout->open.len <= DEEPEST) return;
  diag_report(layout->diag, DIAG_TOO_DEEP, layout->tokens.at[layout->next].span, DEEPEST);
  layout->too_deep = true;
}

/* A brace closes what is open inside its block; a bracket that matches nothing closes nothing. */
static void close_bracket(Layout *layout, int kind) {
  const int opener = kind == TOK_RPAREN     ? TOK_LPAREN
                     : kind == TOK_RBRACKET ? TOK_LBRACKET
                                            : TOK_LBRACE;
  size_t depth = layout->open.len;
  while (opener == TOK_LBRACE && depth > 0 &&
         layout->tokens.at[layout->open.at[depth - 1]].kind != TOK_LBRACE)
    depth--;
  if (depth > 0 && layout->tokens.at[layout->open.at[depth - 1]].kind == opener)
    layout->open.len = depth - 1;
}

static void track_brackets(Layout *layout, int kind) {
  if (kind == TOK_LPAREN || kind == TOK_LBRACKET || kind == TOK_LBRACE) open_bracket(layout);
  if (kind == TOK_RPAREN || kind == TOK_RBRACKET || kind == TOK_RBRACE) close_bracket(layout, kind);
}

static void leave_brackets(Layout *layout) {
  while (layout->open.len > 0 && open_kind(layout) != TOK_LBRACE) layout->open.len--;
}

/* Declarations at the left edge are never inside ( or [: one of those was left open above. */
static bool begins_declaration(const Layout *layout, const Token *token) {
  const bool at_edge = token->begins_line && (layout->next == 0 ||
                       layout->tokens.at[layout->next - 1].span.end == token->span.start);
  switch (token->kind) {
  case TOK_USE: case TOK_MODEL: case TOK_RECORD: case TOK_EXPORT: case TOK_EXTERN:
    return at_edge;
  case TOK_FN:
    return at_edge && layout->tokens.at[layout->next + 1].kind == TOK_NAME;
  default:
    return false;
  }
}

static Token emit(Layout *layout, Token token) {
  layout->previous = layout->current;
  layout->current = token;
  return token;
}

static bool newline_counts(const Layout *layout, const Token *token) {
  return layout->line_ended && open_kind(layout) == TOK_LBRACE &&
         !wants_more(layout->current.kind) && !goes_on(kind_here(layout, token));
}

Token layout_next(Layout *layout) {
  while (layout->tokens.at[layout->next].kind == TOK_NEWLINE) {
    layout->line_ended = true;
    layout->next++;
  }
  const Token *token = &layout->tokens.at[layout->too_deep ? layout->tokens.len - 1 : layout->next];
  layout->open_before = innermost(layout);
  if (token->kind == TOK_END) return emit(layout, *token);
  if (open_kind(layout) != TOK_LBRACE && begins_declaration(layout, token)) leave_brackets(layout);
  if (newline_counts(layout, token)) {
    const Token newline = layout->tokens.at[layout->next - 1];
    layout->line_ended = false;
    return emit(layout, newline);
  }
  Token found = *token;
  found.kind = kind_here(layout, token);
  layout->line_ended = false;
  track_brackets(layout, found.kind);
  layout->current_index = layout->next++;
  return emit(layout, found);
}

/* ---- after errors -------------------------------------------------------------------------- */

/* The innermost ( or [ is given up, and the current token read again as the first of its line. */
static void end_line_before(Layout *layout) {
  if (innermost(layout) == &layout->tokens.at[layout->current_index]) layout->open.len--;
  leave_brackets(layout);
  layout->next = layout->current_index;
  layout->line_ended = true;
  layout->current.kind = TOK_NAME;
}

void layout_recover(Layout *layout) {
  const Token token = layout->current;
  const bool closes =
      token.kind == TOK_RPAREN || token.kind == TOK_RBRACKET || token.kind == TOK_RBRACE;
  if (token.kind == TOK_END || token.kind == TOK_NEWLINE || closes || !token.begins_line) return;
  if (layout->open_before && layout->open_before->kind != TOK_LBRACE) end_line_before(layout);
}
