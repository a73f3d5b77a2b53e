#include "derive/derive.h"

#include "derive/adjoint.h"
#include "derive/tangent.h"

static int derive_region(Module *m, Diag *diag, Region *root, Region *region,
                         TwiceList *twice) {
  int replaced = 0;
  for (Instr *instr = region->first, *next; instr; instr = next) {
    for (int i = 0; i < instr->n_regions; i++)
      replaced += derive_region(m, diag, root, instr->regions[i], twice);
    next = instr->next;
    if (instr->op == OP_VJP) adjoint_expand(m, diag, root, instr, twice);
    else if (instr->op == OP_JVP) tangent_expand(m, diag, root, instr);
    else continue;
    arena_clear(m->scratch);
    replaced++;
  }
  return replaced;
}

int derive(Module *m, Diag *diag) {
  int replaced = 0;
  for (size_t i = 0; i < m->funcs.len; i++) {
    TwiceList twice = {0};
    Region *body = m->funcs.at[i]->body;
    replaced += derive_region(m, diag, body, body, &twice);
    compute_once(m, body, &twice);
    arena_clear(m->scratch);
  }
  return replaced;
}
