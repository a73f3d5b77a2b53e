/* check_plan - which functions dpc check compares, and with which sizes and numbers it calls them. */
#ifndef DPC_DRIVER_CHECK_PLAN_H
#define DPC_DRIVER_CHECK_PLAN_H

#include "driver/settings.h"
#include "ir/ir.h"
#include "syntax/ast.h"

/* One parameter of a C function as the test calls it. */
typedef struct {
  const Slot *slot;
  const Type *type;  /* of a model: NULL, it is count reals */
  int64_t count;     /* elements; 1 for a scalar */
  int64_t offset;    /* of its reals in the vector of all reals in (or out) */
  int64_t integer;   /* the value of a size, int or bool, of every element of an array of them */
  bool is_held;      /* the tangent and the adjoint do not differentiate by it */
  const char *value; /* what --set says; NULL: drawn, or as integer says */
} Param;

typedef Vec(Param) ParamList;

typedef struct Case Case;
struct Case {
  const Func *primal, *tangent, *adjoint; /* the last two may be NULL */
  ParamList inputs, outputs;              /* in the order of the primal's slots */
  int64_t n, m;                           /* reals in and out */
  int64_t n_active;                       /* the first of those that go in: what is differentiated by */
  const Case *gradient_of;                /* NULL: not known to be a gradient */
};

typedef Vec(Case *) CaseList;

/* The export `gradient` is the gradient of the export `function`. */
typedef struct {
  Name gradient, function;
} Relation;

typedef Vec(Relation) RelationList;

/* Adds exports to the file's: of each exported derivative the function that it is of, and of each function
 * its vjp, unless its gradient is there, so that second derivatives are compared as well where second_order
 * is set. */
void check_add_exports(Arena *arena, Names *names, File *file, bool second_order,
                       RelationList *relations);

/* The cases of a module that is past the pipeline. Functions without reals in and out are left out. Where
 * a shape cannot be worked out beforehand, *unknown is set to the function. */
CaseList check_cases(Module *m, const Settings *settings, const RelationList *relations,
                     const Func **unknown);

static inline bool param_is_real(const Param *param) {
  return !param->type || param->type->kind == KIND_REAL;
}
static inline bool param_is_scalar(const Param *param) {
  return param->type && param->type->rank == 0;
}

#endif
