/* slots - how parameters and results of an exported function become those of a C function. */
#ifndef DPC_ELABORATE_SLOTS_H
#define DPC_ELABORATE_SLOTS_H

#include "elaborate/elab.h"

typedef Vec(Slot) SlotList;

/* One slot per number below d (a model is one slot), named after base. Values are the body's
 * parameters for inputs; for outputs they become yields of the open region. Reports what cannot
 * be passed. */
bool slots_of(Elab *e, Name base, const Datum *d, Role role, const char *declared, Span span,
              SlotList *slots);
/* base_field or base_0: the name of an item of a record or tuple. */
Name slot_item_name(Elab *e, Name base, const Datum *d, int i);
/* "fn f(x: real) -> real": the source up to the body, on one line. */
const char *signature_text(Elab *e, const Function *f);
void append_slots(Elab *e, SlotList *to, const SlotList *from);

#endif
