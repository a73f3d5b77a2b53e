#include "ir/need.h"

Need need_new(Module *m, Region *root) {
  return (Need){.m = m, .root = root, .marked = id_set_new(m->scratch)};
}

static void push(Need *need, Value *value) {
  if (id_set_add(&need->marked, value->id)) vec_push(need->m->scratch, &need->work, value);
}

static void push_size(Need *need, const Size *size) {
  for (int i = 0; i < size->n_terms; i++)
    for (int k = 0; k < size->terms[i].n_atoms; k++) push(need, size->terms[i].atoms[k]);
}

/* What decides whether and how often the instruction runs. */
static void push_control(Need *need, const Instr *instr) {
  for (int d = 0; d < instr->n_extents; d++) push_size(need, instr->extents[d]);
  if (instr->size) push_size(need, instr->size);
  if (instr->disk) push_size(need, instr->disk);
  if (instr->op == OP_LOOP || instr->op == OP_WHILE || instr->op == OP_IF)
    push(need, instr->operands[0]);
  if (instr->op == OP_WHILE) push(need, instr->regions[0]->yields[0]);
}

/* Value number i that a loop, while or sweep carries: its start, and how a step makes it. */
static void push_carried(Need *need, const Instr *instr, int i) {
  const int first_operand = instr->op == OP_SWEEP ? 0 : 1;
  const Region *body = instr->regions[instr->n_regions - 1];
  push(need, instr->operands[first_operand + i]);
  push(need, body->yields[i]);
}

/* The regions of a custom function see ints from outside. */
static void push_free_values(Need *need, const Instr *instr) {
  ValueList list = {0};
  for (int i = 0; i < instr->n_regions; i++)
    region_free_values(need->m, instr->regions[i], &list);
  for (size_t i = 0; i < list.len; i++) push(need, list.at[i]);
}

static void push_definition(Need *need, const Value *value) {
  const Instr *def = value->def;
  push_control(need, def);
  switch ((int)def->op) {
    case OP_SIZE: return;
    case OP_MAP:
    case OP_REDUCE: push(need, def->regions[0]->yields[value->index]); return;
    case OP_IF:
      push(need, def->regions[0]->yields[value->index]);
      push(need, def->regions[1]->yields[value->index]);
      return;
    case OP_LOOP:
    case OP_SWEEP: push_carried(need, def, value->index); return;
    case OP_WHILE:
      if (value->index < def->n_results - 1) push_carried(need, def, value->index);
      return;
    default:
      for (int i = 0; i < def->n_operands; i++) push(need, def->operands[i]);
      push_free_values(need, def);
  }
}

static void push_parameter(Need *need, const Value *value) {
  const Instr *holder = value->region->parent;
  if (!holder || value->region == need->root) return;
  push_control(need, holder);
  const bool is_condition = holder->op == OP_WHILE && value->region == holder->regions[0];
  int first = 0;
  if (holder->op == OP_LOOP || holder->op == OP_WHILE) first = is_condition ? 0 : 1;
  else if (holder->op == OP_SWEEP) first = holder->n_extents;
  else return;
  if (value->index >= first) push_carried(need, holder, value->index - first);
}

static void push_controls(Need *need, const Region *of) {
  for (const Region *region = of; region != need->root; region = region->parent->parent)
    push_control(need, region->parent);
  need->region = of;
}

static void follow(Need *need, Value *value) {
  const Region *region = value_region(value);
  if (region != need->region && !region_is_within(region, need->root)) return;
  for (int d = 0; d < value->type->rank; d++) push_size(need, value->type->dims[d]);
  if (need->follow && !need->follow(need->user, value)) return;
  if (region != need->region) push_controls(need, region);
  if (value->def) push_definition(need, value);
  else push_parameter(need, value);
}

void need_value(Need *need, Value *value) {
  push(need, value);
  while (need->work.len > 0) follow(need, need->work.at[--need->work.len]);
}

void need_yields(Need *need) {
  for (int i = 0; i < need->root->n_yields; i++) need_value(need, need->root->yields[i]);
}
