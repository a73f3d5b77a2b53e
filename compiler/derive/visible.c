#include "derive/visible.h"

#include "derive/activity.h"

static bool any_result_varied(const ValueMap *varied, const Instr *instr) {
  for (int i = 0; i < instr->n_results; i++)
    if (is_varied(varied, instr->results[i])) return true;
  return false;
}

static bool defines_any(const ValueMap *roots, const Instr *instr) {
  return any_result_varied(roots, instr);
}

static void collect(Module *m, Instr *place, const ValueMap *roots, ValueMap *varied,
                    InstrList *list) {
  Instr *holder = place->parent->parent;
  if (holder) collect(m, holder, roots, varied, list);
  for (Instr *instr = place->parent->first; instr != place; instr = instr->next) {
    if (defines_any(roots, instr)) continue; /* what is differentiated is a leaf */
    mark_varied_instr(m, varied, instr);
    if (any_result_varied(varied, instr)) vec_push(m->scratch, list, instr);
  }
}

void visible_varied(Module *m, Instr *place, ValueMap *varied, InstrList *list) {
  ValueMap roots = value_map_copy(varied);
  collect(m, place, &roots, varied, list);
}
