#include "backend/code.h"

#include "ir/op.h"

#include <stdio.h>
#include <string.h>

/* ---- lines ------------------------------------------------------------------------------------- */

static void add_indent(Code *c, int depth) {
  for (int i = 0; i < depth; i++) text_add(c->out, "  ");
}

/* The last space at which a text of at most `room` bytes can end; 0 where there is none. */
static size_t break_at(const char *text, size_t length, size_t room) {
  if (length <= room) return length;
  for (size_t i = room; i > 0; i--)
    if (text[i] == ' ') return i;
  return length;
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
}

void code_close(Code *c) {
  c->depth--;
  code_line(c, "}");
}

const char *code_kind(const Code *c, Kind kind) {
  if (kind == KIND_REAL) return c->options->single_precision ? "float" : "double";
  return kind == KIND_INT ? "int64_t" : "bool";
}

/* ---- source lines in comments -------------------------------------------------------------------- */

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
  const char *text = quotable(c, source_text(sources, span.file, &whole) + from, length);
  const char *path = base_name(source_path(sources, span.file));
  const int room = CODE_WIDTH - 2 * c->depth - (int)strlen(path) - 16;
  if ((int)strlen(text) > room) return;
  code_line(c, "/* %s:%u  %s */", path, (unsigned)place.line, text);
}

/* ---- instructions -------------------------------------------------------------------------------- */

static void code_check(Code *c, const Instr *check) {
  const Expr condition = expr_value(c, check->operands[0]);
  code_line(c, "if (!%s) return DP_ASSERT;", expr_at(c, condition, PREC_UNARY));
}

/* The format in the source has {} for each value, or none for those that follow it. */
static void add_format(Text *format, Text *arguments, Code *c, const Value *value) {
  const Expr e = expr_value(c, value);
  switch (value->type->kind) {
    case KIND_REAL:
      text_add(format, "%g");
      text_format(arguments, ", (double)%s", expr_at(c, e, PREC_UNARY));
      return;
    case KIND_INT:
      text_add(format, "%lld");
      text_format(arguments, ", (long long)%s", expr_at(c, e, PREC_UNARY));
      return;
    default:
      text_add(format, "%s");
      text_format(arguments, ", %s ? \"true\" : \"false\"", expr_at(c, e, PREC_OR));
  }
}

static void add_escaped(Text *format, char character) {
  const char plain[2] = {character, '\0'};
  if (character == '%') text_add(format, "%%");
  else if (character == '\n') text_add(format, "\\n");
  else if (character == '"' || character == '\\') text_format(format, "\\%c", character);
  else text_add(format, plain);
}

static void code_print(Code *c, const Instr *print) {
  Text format = {.arena = c->m->arena}, arguments = {.arena = c->m->arena};
  text_add(&format, "");
  int k = 0;
  for (const char *at = print->text ? print->text : ""; *at; at++) {
    if (at[0] == '{' && at[1] == '}' && k < print->n_operands) {
      add_format(&format, &arguments, c, print->operands[k++]);
      at++;
    } else {
      add_escaped(&format, *at);
    }
  }
  for (; k < print->n_operands; k++) {
    if (format.len) text_add(&format, " ");
    add_format(&format, &arguments, c, print->operands[k]);
  }
  code_line(c, "dp_print(\"%s\"%s);", format.len ? format.text : "",
            arguments.len ? arguments.text : "");
}

static void code_update(Code *c, const Instr *instr) {
  const Value *array = instr->operands[0], *result = instr->results[0];
  if (!same_place(c->p, array, result)) code_copy(c, result, array);
  code_write_block(c, instr, instr->op == OP_ACCUM ? "+=" : "=");
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
    case OP_IF: code_branch(c, instr); return;
    case OP_CALL: code_call(c, instr); return;
    case OP_CHECK: code_check(c, instr); return;
    case OP_PRINT: code_print(c, instr); return;
    default: return;
  }
}

static bool is_written(Code *c, const Instr *instr) {
  if (!node(c->p, instr)->is_needed || instr->op == OP_CONST || instr->op == OP_SIZE) return false;
  if (instr->n_results == 1 && fact(c->p, instr->results[0])->is_inline) return false;
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
