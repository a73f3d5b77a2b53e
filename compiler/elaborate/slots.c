#include "elaborate/slots.h"

void append_slots(Elab *e, SlotList *to, const SlotList *from) {
  for (size_t i = 0; i < from->len; i++) vec_push(e->arena, to, from->at[i]);
}

/* The leaf's place among the yields; inputs have none. */
static Leaf leaf_of(Elab *e, Name path, Value *value, Role role) {
  Leaf leaf = {.path = path, .result = -1};
  if (role != ROLE_OUT) {
    leaf.value = value;
    return leaf;
  }
  leaf.result = here(e)->region->n_yields;
  region_add_yield(e->m, here(e)->region, value);
  return leaf;
}

static void add_number(Elab *e, Name name, const Datum *d, Role role, const char *declared,
                       SlotList *slots) {
  Value *value = materialise(e, d);
  Slot slot = {.name = ascii_name(e->names, name), .role = role, .n_leaves = 1};
  slot.declared = declared ? declared : describe_type(e, value->type);
  slot.leaves = ARENA_NEW(e->arena, Leaf);
  slot.leaves[0] = leaf_of(e, slot.name, value, role);
  vec_push(e->arena, slots, slot);
}

static void add_model(Elab *e, Name name, const Datum *d, Role role, SlotList *slots) {
  ValueList leaves = {0};
  ModelInfo *info = model_info(e, d->model);
  datum_leaves(e, d, &leaves);
  Slot slot = {.name = ascii_name(e->names, name), .role = role, .model = info};
  slot.declared = d->model->decl->name;
  slot.n_leaves = (int)leaves.len;
  slot.leaves = ARENA_ARRAY(e->arena, Leaf, leaves.len);
  for (size_t i = 0; i < leaves.len; i++) {
    slot.leaves[i] = leaf_of(e, info->leaves.at[i].path, leaves.at[i], role);
    slot.leaves[i].offset = info->leaves.at[i].offset;
  }
  vec_push(e->arena, slots, slot);
}

Name slot_item_name(Elab *e, Name base, const Datum *d, int i) {
  if (d->tag == DATUM_RECORD)
    return intern_format(e->names, "%s_%s", base, d->record->decl->members.at[i].name);
  return intern_format(e->names, "%s_%d", base, i);
}

bool slots_of(Elab *e, Name base, const Datum *d, Role role, const char *declared, Span span,
              SlotList *slots) {
  switch (d->tag) {
    case DATUM_CONST:
    case DATUM_VALUE: add_number(e, base, d, role, declared, slots); return true;
    case DATUM_MODEL: add_model(e, base, d, role, slots); return true;
    case DATUM_RECORD:
    case DATUM_TUPLE:
      for (int i = 0; i < d->n; i++)
        if (!slots_of(e, slot_item_name(e, base, d, i), d->items[i], role, NULL, span, slots))
          return false;
      return true;
    case DATUM_POISON: return false;
    case DATUM_MODELS:
      unsupported(e, span, "an array of models as a parameter or result; make it a member of a "
                           "model");
      return false;
    default:
      REPORT(e, DIAG_BAD_EXPORT, span,
             arena_format(e->arena, "%s cannot be passed to or from C", describe(e, d)));
      return false;
  }
}

/* ---- the signature as it is written ---------------------------------------------------------- */

const char *signature_text(Elab *e, const Function *f) {
  size_t length;
  const char *source = source_text(e->sources, f->span.file, &length);
  Text text = {.arena = e->arena};
  int depth = 0;
  bool blank = false;
  text_add(&text, "");
  for (size_t i = f->span.start; source && i < f->span.end && i < length; i++) {
    const char c = source[i];
    if (c == '(' || c == '[') depth++;
    if (c == ')' || c == ']') depth--;
    if (depth == 0 && (c == '{' || c == '=')) break;
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      blank = true;
      continue;
    }
    if (blank && text.len) text_add(&text, " ");
    blank = false;
    text_add_bytes(&text, &c, 1);
  }
  return text.text;
}
