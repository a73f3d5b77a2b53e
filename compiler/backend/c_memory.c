/* Memory: the answer to --explain-memory. What loops store for their reverse loops, step by step, and
 * why; then what lies in the workspace. */
#include "backend/code.h"

/* One line of the answer. */
static void line(Code *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void line(Code *c, const char *format, ...) {
  va_list args;
  va_start(args, format);
  for (int i = 0; i < c->depth; i++) text_add(c->memory, "  ");
  text_vformat(c->memory, format, args);
  text_add(c->memory, "\n");
  va_end(args);
}

/* ---- sizes ------------------------------------------------------------------------------------- */

/* Does the function know the size when it is called, and has names for what is in it? */
static bool is_known(Code *c, const Size *size) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++) {
      const Value *atom = size->terms[i].atoms[k];
      const Storage *s = storage_of(c->p, atom);
      if (!s || !s->name || value_region(atom) != c->p->func->body) return false;
    }
  return true;
}

/* The number of members of a block, which only a run knows, is as large as in the workspace: the constant
 * of which it is at most. */
static Size *as_laid_out(Code *c, Size *size) {
  int64_t most;
  if (is_known(c, size) || size->n_terms != 1 || size->terms[0].n_atoms != 1) return size;
  const Instr *def = size->terms[0].atoms[0]->def;
  if (size->terms[0].coef != 1 || !def || def->op != OP_min) return size;
  for (int k = 0; k < 2; k++)
    if (value_is_const_int(def->operands[k], &most)) return size_const(c->m, most);
  return size;
}

/* Bytes of an array of this type without its first dimensions; "?" where only a run knows. */
static const char *bytes_of(Code *c, const Type *type, int skipped) {
  const int unit = type->kind == KIND_REAL ? c->p->real_bytes : type->kind == KIND_INT ? 8 : 1;
  Size *bytes = size_const(c->m, unit);
  for (int d = skipped; d < type->rank; d++) {
    Size *dim = as_laid_out(c, type->dims[d]);
    if (!is_known(c, dim)) return "?";
    bytes = size_mul(c->m, bytes, dim);
  }
  return expr_size(c, bytes).text;
}

/* "real[n, 3]", without its first dimensions. */
static const char *shape_of(Code *c, const Type *type, int skipped) {
  static const char *const kinds[] = {[KIND_REAL] = "real", [KIND_INT] = "int", [KIND_BOOL] = "bool"};
  Text text = {.arena = c->m->arena};
  text_add(&text, kinds[type->kind]);
  for (int d = skipped; d < type->rank; d++) {
    const Size *dim = as_laid_out(c, type->dims[d]);
    text_format(&text, "%s%s", d == skipped ? "[" : ", ",
                is_known(c, dim) ? expr_size(c, dim).text : "?");
  }
  if (type->rank > skipped) text_add(&text, "]");
  return text.text;
}

static const char *place_of(Code *c, Span span) {
  if (!c->options->sources || !span.file) return "";
  const Place place = source_place(c->options->sources, span.file, span.start);
  return arena_format(c->m->arena, ", line %d", (int)place.line);
}

/* ---- what a loop keeps -------------------------------------------------------------------------- */

/* The update that puts a value of each step at the step's own place in carried array number k. */
static const Instr *kept_by(const Instr *loop, int k) {
  const Region *body = last_region(loop);
  const Instr *update = body->yields[k]->def;
  if (!update || update->op != OP_UPDATE || update->parent != body || !update->text) return NULL;
  return update->operands[0] == body->params[first_carried(loop) + k] ? update : NULL;
}

static void explain_kept(Code *c, const Instr *update) {
  const Value *value = update->operands[1];
  const Type *tape = update->results[0]->type;
  const Span span = value->def ? value->def->span : update->span;
  const Storage *s = storage_of(c->p, update->results[0]);
  line(c, "stores in %s, each step %s bytes: %s, %s%s", s && s->name ? s->name : "an array",
       bytes_of(c, tape, 1), shape_of(c, tape, 1), update->text, place_of(c, span));
}

static bool is_explained(const Instr *loop) {
  if (loop->text) return true;
  for (int k = 0; k < last_region(loop)->n_yields; k++)
    if (kept_by(loop, k)) return true;
  return false;
}

static void explain_loop(Code *c, const Instr *loop) {
  const Value *counter = loop->op == OP_LOOP ? loop->regions[0]->params[0] : NULL;
  line(c, "%s%s%s%s", loop->op == OP_LOOP ? "loop" : "while",
       loop->text ? " backwards" : counter && counter->name ? " over " : "",
       loop->text ? "" : counter && counter->name ? counter->name : "", place_of(c, loop->span));
  c->depth++;
  if (loop->text) line(c, "%s", loop->text);
  for (int k = 0; k < last_region(loop)->n_yields; k++) {
    const Instr *update = kept_by(loop, k);
    if (update) explain_kept(c, update);
  }
  c->depth--;
}

static int explain_loops(Code *c, const Region *region) {
  int count = 0;
  for (const Instr *instr = region->first; instr; instr = instr->next) {
    const bool is_loop = instr->op == OP_LOOP || instr->op == OP_WHILE;
    const bool explains = is_loop && is_explained(instr);
    if (explains) explain_loop(c, instr);
    count += explains;
    c->depth += explains;
    for (int r = 0; r < instr->n_regions; r++) count += explain_loops(c, instr->regions[r]);
    c->depth -= explains;
  }
  return count;
}

/* ---- the workspace ------------------------------------------------------------------------------- */

/* "; also v2, v3 at other times" */
static const char *others_in(Code *c, int slot) {
  Text text = {.arena = c->m->arena};
  text_add(&text, "");
  for (size_t i = 0; i < c->p->storages.len; i++) {
    const Storage *s = c->p->storages.at[i];
    if (s->home != HOME_WORK || s->merged || s->slot != slot) continue;
    if (s == c->p->slots.at[slot].holder) continue;
    text_format(&text, "%s%s", text.len ? ", " : "; also ", s->name);
  }
  if (text.len) text_add(&text, " at other times");
  return text.text;
}

static void explain_workspace(Code *c) {
  if (c->p->slots.len == 0) {
    line(c, "no workspace");
    return;
  }
  line(c, "workspace: arrays in the order of %s_work's sum", code_function_name(c, c->p->func));
  c->depth++;
  for (size_t i = 0; i < c->p->slots.len; i++) {
    const WorkSlot *slot = &c->p->slots.at[i];
    line(c, "%s: %s bytes, %s%s", slot->holder->name, bytes_of(c, slot->type, 0),
         shape_of(c, slot->type, 0), others_in(c, (int)i));
  }
  c->depth--;
}

void code_explain_memory(Code *c) {
  const int depth = c->depth;
  c->depth = 0;
  line(c, "%s", code_function_name(c, c->p->func));
  c->depth = 1;
  if (explain_loops(c, c->p->func->body) == 0) line(c, "no loop stores anything for another");
  explain_workspace(c);
  c->depth = depth;
}
