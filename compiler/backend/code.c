#include "backend/code.h"

#include "ir/op.h"

#include <stdio.h>
#include <string.h>

/* ---- lines ----------------------------------------------------------------------------------- */

static void add_indent(Code *c, int depth) {
  for (int i = 0; i < depth; i++) text_add(c->out, "  ");
}

/* Where a line of at most `room` bytes may end: behind a comma if that leaves no very short line,
 * else at the last space. */
static size_t break_at(const char *text, size_t length, size_t room) {
  if (length <= room) return length;
  size_t last = 0;
  for (size_t i = room; i > 0; i--) {
    if (text[i] != ' ') continue;
    if (!last) last = i;
    if (text[i - 1] == ',' && i > room / 2) return i;
  }
  return last ? last : length;
}

/* Strings (of print) must stay whole; they are the only ones with quotes. */
static void add_broken(Code *c, const char *text) {
  size_t left = strlen(text);
  int depth = c->depth;
  const bool may_break = !strchr(text, '"') && text[0] != '#';
  while (left > 0) {
    add_indent(c, depth);
    const size_t room = (size_t)(CODE_WIDTH - 2 * depth);
    const size_t length = may_break ? break_at(text, left, room) : left;
    text_add_bytes(c->out, text, length);
    text_add(c->out, "\n");
    text += length;
    left -= length;
    while (left > 0 && *text == ' ') text++, left--;
    depth = c->depth + 2;
  }
}

void code_line(Code *c, const char *format, ...) {
  Text text = {.arena = c->m->arena};
  va_list args;
  va_start(args, format);
  text_vformat(&text, format, args);
  va_end(args);
  add_broken(c, text.text);
}

void code_raw(Code *c, const char *format, ...) {
  va_list args;
  va_start(args, format);
  text_vformat(c->out, format, args);
  va_end(args);
}

void code_open(Code *c, const char *format, ...) {
  Text text = {.arena = c->m->arena};
  va_list args;
  va_start(args, format);
  text_vformat(&text, format, args);
  va_end(args);
  text_add(&text, " {");
  add_broken(c, text.text);
  c->depth++;
  vec_push(c->m->arena, &c->opened, c->out->len - 2);
}

/* Is what follows the brace one line, and the loop's head one as well? */
static bool is_single(Code *c, size_t brace) {
  const char *text = c->out->text;
  const char *body = text + brace + 2, *end = strchr(body, '\n');
  if (!end || end[1] || end == body) return false;
  size_t head = brace;
  while (head > 0 && text[head - 1] != '\n') head--;
  while (text[head] == ' ') head++;
  return !strncmp(text + head, "for (int64_t", 12) && end[-1] == ';';
}

/* "for (..) {" and "x = 1;" become one line, or two without the brace. */
static void drop_braces(Code *c, size_t brace) {
  char *text = c->out->text;
  size_t head = brace, body = brace + 2;
  while (head > 0 && text[head - 1] != '\n') head--;
  while (text[body] == ' ') body++;
  const size_t length = c->out->len - body;
  const bool fits = brace - head + length - 1 <= CODE_WIDTH && strncmp(text + body, "for", 3) != 0;
  if (fits) {
    memmove(text + brace, text + body, length + 1);
    c->out->len = brace + length;
  } else {
    memmove(text + brace - 1, text + brace + 1, c->out->len - brace);
    c->out->len -= 2;
  }
}

void code_close(Code *c) {
  c->depth--;
  size_t brace = c->opened.at[--c->opened.len];
  if (is_single(c, brace)) drop_braces(c, brace);
  else code_line(c, "}");
}

const char *code_kind(const Code *c, Kind kind) {
  if (kind == KIND_REAL) return c->options->single_precision ? "float" : "double";
  return kind == KIND_INT ? "int64_t" : "bool";
}

/* ---- source lines in comments ---------------------------------------------------------------- */

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* Comment ends and line ends have no place in a comment. */
static char *quotable(Code *c, const char *text, size_t length) {
  while (length > 0 && (*text == ' ' || *text == '\t')) text++, length--;
  char *copy = ARENA_ARRAY(c->m->arena, char, length + 4);
  size_t n = 0;
  for (size_t i = 0; i < length && text[i] != '\r'; i++) {
    copy[n++] = text[i];
    if ((text[i] == '*' && text[i + 1] == '/') || (text[i] == '/' && text[i + 1] == '*'))
      break;
  }
  while (n > 0 && (copy[n - 1] == ' ' || copy[n - 1] == '{' || copy[n - 1] == '\\')) n--;
  copy[n] = '\0';
  return copy;
}

/* To at most `room` bytes, without cutting a character. */
static void shorten(char *text, size_t room) {
  if (strlen(text) <= room) return;
  size_t length = room - 4;
  while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) length--;
  memcpy(text + length, " ...", 5);
}

void code_quote(Code *c, Span span) {
  const Sources *sources = c->options->sources;
  if (!sources || !span.file) return;
  const Place place = source_place(sources, span.file, span.start);
  if (c->quoted.file == span.file && c->quoted_line == place.line) return;
  c->quoted = span;
  c->quoted_line = place.line;
  uint32_t length;
  const uint32_t from = source_line(sources, span.file, span.start, &length);
  size_t whole;
  char *text = quotable(c, source_text(sources, span.file, &whole) + from, length);
  const char *path = base_name(source_path(sources, span.file));
  char *head = arena_format(c->m->arena, "/* %s:%u  ", path, (unsigned)place.line);
  const int room = CODE_WIDTH - 2 * c->depth - (int)strlen(head) - 3;
  if (room > 8) shorten(text, (size_t)room);
  add_indent(c, c->depth);
  code_raw(c, "%s%s */\n", head, text);
}

/* ---- instructions ---------------------------------------------------------------------------- */

/* Checks that the compiler itself adds tell by their first words what is wrong. */
static const char *check_status(const char *text) {
  if (!strncmp(text, "index outside ", 14)) return "DP_DOMAIN";
  return !strncmp(text, "sizes differ: ", 14) ? "DP_BAD_SIZE" : "DP_ASSERT";
}

static void code_check(Code *c, const Instr *check) {
  const Expr condition = expr_value(c, check->operands[0]);
  const char *status = check_status(check->text);
  code_fail_if(c, arena_format(c->m->arena, "!%s", expr_at(c, condition, PREC_UNARY)), status);
}

/* ---- print ----------------------------------------------------------------------------------- */

typedef struct {
  Code *c;
  Text format, arguments;
} Print;

static void print_scalar(Print *print, Kind kind, Expr e) {
  Code *c = print->c;
  if (kind == KIND_REAL) {
    text_add(&print->format, "%g");
    text_format(&print->arguments, ", (double)%s", expr_at(c, e, PREC_UNARY));
  } else if (kind == KIND_INT) {
    text_add(&print->format, "%lld");
    text_format(&print->arguments, ", (long long)%s", expr_at(c, e, PREC_UNARY));
  } else {
    text_add(&print->format, "%s");
    text_format(&print->arguments, ", %s ? \"true\" : \"false\"", expr_at(c, e, PREC_OR));
  }
}

/* All elements of a small array along dimension d and the later ones. */
static void print_elements(Print *print, const Value *array, int d, Expr *index) {
  if (d == array->type->rank) {
    print_scalar(print, array->type->kind, expr_element(print->c, array, index));
    return;
  }
  int64_t n;
  size_is_const(array->type->dims[d], &n);
  text_add(&print->format, "[");
  for (int64_t i = 0; i < n; i++) {
    if (i) text_add(&print->format, ", ");
    index[d] = expr_int(print->c, i);
    print_elements(print, array, d + 1, index);
  }
  text_add(&print->format, "]");
}

/* Large arrays are printed as their shape. */
static void print_value(Print *print, const Value *value) {
  enum { FEW = 32 };
  Code *c = print->c;
  const Storage probe = {.type = value->type};
  Expr index[MAX_RANK];
  int64_t n;
  if (value->type->rank == 0) {
    print_scalar(print, value->type->kind, expr_value(c, value));
  } else if (storage_elements(&probe, &n) && n <= FEW) {
    print_elements(print, value, 0, index);
  } else {
    text_add(&print->format, "array[");
    for (int d = 0; d < value->type->rank; d++) {
      if (d) text_add(&print->format, ", ");
      print_scalar(print, KIND_INT, expr_size(c, value->type->dims[d]));
    }
    text_add(&print->format, "]");
  }
}

static void add_character(Text *format, char character) {
  const char plain[2] = {character, '\0'};
  if (character == '\n') text_add(format, "\\n");
  else if (character == '"' || character == '\\') text_format(format, "\\%c", character);
  else text_add(format, plain);
}

/* In the text %v stands for the next value, %% for a percent sign. */
static void code_print(Code *c, const Instr *instr) {
  Print print = {c, {.arena = c->m->arena}, {.arena = c->m->arena}};
  text_add(&print.format, "");
  text_add(&print.arguments, "");
  int k = 0;
  for (const char *at = instr->text ? instr->text : ""; *at; at++) {
    if (*at != '%') {
      add_character(&print.format, *at);
    } else if (at[1] == 'v') {
      if (k < instr->n_operands) print_value(&print, instr->operands[k++]);
      at++;
    } else {
      text_add(&print.format, "%%");
      if (at[1] == '%') at++;
    }
  }
  code_line(c, "dp_print(\"%s\"%s);", print.format.text, print.arguments.text);
}

static void code_update(Code *c, const Instr *instr) {
  const Value *array = instr->operands[0], *result = instr->results[0];
  if (!same_place(c->p, array, result) && !is_written_later(c->p, instr))
    code_copy(c, result, array);
  const bool adds = instr->op == OP_ACCUM && !node(c->p, instr)->is_first;
  Name sum = code_local_sum(c, instr);
  if (sum) code_line(c, "%s += %s;", sum, expr_value(c, instr->operands[1]).text);
  else code_write_block(c, instr, adds ? "+=" : "=");
}

static void code_scalar_accum(Code *c, const Instr *instr) {
  const Value *a = instr->operands[0], *result = instr->results[0];
  const Expr v = expr_value(c, instr->operands[1]);
  if (same_place(c->p, a, result)) {
    code_line(c, "%s += %s;", storage_of(c->p, a)->name, v.text);
    return;
  }
  const char *text =
      arena_format(c->m->arena, "%s + %s", expr_value(c, a).text, expr_at(c, v, PREC_PRODUCT));
  code_assign(c, result, (Expr){text, PREC_SUM, false, 0});
}

static void code_instr(Code *c, const Instr *instr) {
  const Node *n = node(c->p, instr);
  if (op_is_prim(instr->op) || instr->op == OP_INDEX || n->is_expression) {
    code_assign(c, instr->results[0], expr_definition(c, instr));
    return;
  }
  if (instr->op == OP_IF) {
    code_branch(c, instr);
    return;
  }
  code_declare(c, instr);
  switch ((int)instr->op) {
    case OP_UPDATE: code_update(c, instr); return;
    case OP_ACCUM:
      if (instr->results[0]->type->rank) code_update(c, instr);
      else code_scalar_accum(c, instr);
      return;
    case OP_MAP:
    case OP_REDUCE:
    case OP_SWEEP: code_space(c, instr); return;
    case OP_LOOP:
    case OP_WHILE: code_repeat(c, instr); return;
    case OP_CALL: code_call(c, instr); return;
    case OP_CHECK: code_check(c, instr); return;
    case OP_PRINT: code_print(c, instr); return;
    default: return;
  }
}

static bool is_written(Code *c, const Instr *instr) {
  if (!node(c->p, instr)->is_needed || instr->op == OP_CONST || instr->op == OP_SIZE) return false;
  if (instr->n_results == 1 && fact(c->p, instr->results[0])->is_inline) return false;
  Expr known;
  if (op_is_prim(instr->op) && expr_known(c, instr->results[0], &known)) return false;
  bool is_needed = instr->n_results == 0;
  for (int k = 0; k < instr->n_results; k++) is_needed |= code_is_needed(c, instr->results[k]);
  if (!is_needed) return false;
  if (instr->n_results != 1 || instr->op == OP_CALL) return true;
  const Storage *s = storage_of(c->p, instr->results[0]);
  if (!s && instr->op == OP_MAP) return false;
  return !(s && s->is_declared && op_is_prim(instr->op) && s->is_const);
}

void code_region(Code *c, const Region *region) {
  Region *outer = c->region;
  c->region = (Region *)region;
  for (const Instr *instr = region->first; instr; instr = instr->next)
    if (is_written(c, instr)) code_instr(c, instr);
  c->region = outer;
}
