/* elab - the state of one elaboration, and what its files offer each other. */
#ifndef DPC_ELABORATE_ELAB_H
#define DPC_ELABORATE_ELAB_H

#include "base/id_set.h"
#include "elaborate/datum.h"
#include "elaborate/elaborate.h"
#include "ir/name_map.h"

/* ---- state ----------------------------------------------------------------------------------- */

/* Why a region is being built: a check may leave a space, but not an arm that might not run. */
typedef enum { FRAME_BODY, FRAME_SPACE, FRAME_TIME, FRAME_ARM } FrameKind;

/* A region under construction. Its values are visible in the frames inside it. */
typedef struct Frame {
  Builder b;
  FrameKind kind;
  struct Frame *outer;
} Frame;

/* Calls being inlined, for "called from here". */
typedef struct CallFrame {
  const Function *function;
  const char *name;
  Span span;
  struct CallFrame *outer;
} CallFrame;

/* A declaration of a file, worked out when it is first needed. */
typedef struct {
  Decl *decl;
  Name name;
  Span span;
  Datum *datum;
  bool in_progress;
} Global;

/* One source file. */
struct Unit {
  Name name;
  File *file;
  Vec(Global) globals;
  NameMap places; /* of the globals, by name: number + 1 */
  bool is_library;
};

/* Where a name is looked up: the environment, then the unit, then the prelude and the builtins. */
struct Scope {
  const Binding *env;
  Unit *unit;
};

typedef struct KnownInt {
  Op op;
  Value *x, *y, *result;
  struct KnownInt *older; /* with the same key */
} KnownInt;

typedef struct {
  Size *a, *b;
  Region *region;
} KnownEqual;

typedef struct {
  DiagCode code;
  Span span;
} Reported;

/* A vjp whose y might also depend on x by way of the enclosing loop. */
typedef struct {
  Instr *instr;
  Span span;
  const char *y, *x;
} PendingCheck;

struct Elab {
  Arena *arena;
  Names *names;
  Sources *sources;
  Diag *diag;
  const Options *options;
  Module *m;
  Frame *frame;
  CallFrame *calls;
  int depth;          /* of calls */
  int record_depth;   /* of records being made */
  bool aborted;       /* recursion was found: unwind */
  uint32_t temp_from; /* values from this id on were made by the statement at hand */
  bool muted;         /* the last report was a repetition: labels and help are dropped as well */
  Unit *main, *prelude;
  Vec(Unit *) units;
  Vec(ModelType *) model_types;
  Vec(RecordType *) record_types;
  IdMap known_ints; /* KnownInt by key_of_int */
  Vec(KnownEqual) known_equal;
  Vec(Reported) reported;
  Vec(PendingCheck) pending;
  IdSet elaborated;    /* functions of the main file that were called, by where they begin */
  NameMap exported;    /* names of the functions of the module */
};

/* ---- report.c -------------------------------------------------------------------------------- */

/* True if this is news; else labels and help are muted until the next report. */
bool report_begins(Elab *e, DiagCode code, Span span);
void report_calls(Elab *e);
#define REPORT(e, code, at, ...)                        \
  do {                                                  \
    if (report_begins((e), (code), (at))) {             \
      diag_report((e)->diag, (code), (at), __VA_ARGS__); \
      report_calls(e);                                  \
    }                                                   \
  } while (0)
void report_label(Elab *e, Span span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void report_help(Elab *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The nearest of the candidates, or NULL if none is near. */
Name nearest_name(Name wanted, const Name *candidates, size_t n);
/* "expected .., found .."; gives poison. */
Datum *type_mismatch(Elab *e, Span span, const char *expected, const Datum *found);
/* sorry: right, but beyond dpc; gives poison. */
Datum *unsupported(Elab *e, Span span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- frame.c: regions and scalar instructions ------------------------------------------------ */

Builder *here(Elab *e);
/* A new region becomes the place where instructions go, until close_frame. */
Region *open_frame(Elab *e, Frame *frame, FrameKind kind);
void close_frame(Elab *e);
/* An int parameter of the open region. */
Value *frame_index(Elab *e, const char *name);
/* A primitive on scalars of one kind (casts aside). Known operands give a known result;
 * primitives on ints are built as far out as their operands allow, and only once, so that equal
 * sizes are one value. */
Datum *scalar_prim(Elab *e, Op op, Datum *x, Datum *y);
Datum *int_op(Elab *e, Op op, Datum *x, Datum *y);
/* int or bool to real; reals stay. Scalars only. */
Datum *scalar_to_real(Elab *e, Datum *d);
void emit_check(Elab *e, Datum *condition, Span span, const char *text);

/* ---- dims.c: sizes --------------------------------------------------------------------------- */

Size *size_of_int(Elab *e, const Datum *d);
Datum *int_of_size(Elab *e, Size *size);
Size *size_int(Elab *e, int64_t value);
/* Are the sizes equal? Unknown: a check is built. False: certainly not. */
bool sizes_agree(Elab *e, Size *a, Size *b, Span span);
bool shapes_agree(Elab *e, const Type *a, const Type *b, Span span);
/* The value with the given type: same kind, same rank, sizes that were found to agree. */
Value *retyped(Elab *e, Value *value, Type *type);
/* Number of steps of lo..hi by step. */
Size *range_count(Elab *e, Size *lo, Size *hi, int64_t step);
/* Can the size be used in this frame? */
bool size_is_visible(const Size *size, const Frame *frame);

/* ---- scope.c, unit.c: names ------------------------------------------------------------------ */

void bind(Elab *e, Scope *s, Name name, Datum *datum, Span span);
const Binding *find_binding(const Binding *env, Name name);
/* The thing that a name means, or NULL. */
Datum *find_name(Elab *e, Scope *s, Name name);
/* The same; reports unknown names. */
Datum *look_up(Elab *e, Scope *s, Name name, Span span);
/* What a declaration is called; NULL for exports. */
Name decl_name(Elab *e, const Decl *decl);
/* NULL: no such declaration. */
Global *global_named(const Unit *unit, Name name);
Datum *find_global(Elab *e, Unit *unit, Name name);
Datum *unit_member(Elab *e, Unit *unit, Name name, Span span);
Unit *unit_new(Elab *e, Name name, File *file, bool is_library);

/* ---- types.c: declared types ----------------------------------------------------------------- */

/* Where make_declared gets numbers from. */
typedef struct Maker {
  Datum *(*number)(struct Maker *, Elab *, Type *, Name path);
  /* A size name that nothing binds; NULL: that is an error. */
  Datum *(*size)(struct Maker *, Elab *, Name name, Span span);
} Maker;

/* A datum of the declared type whose numbers come from the maker. */
Datum *make_declared(Elab *e, Scope *s, const TypeExpr *type, Maker *maker, Name path);
/* The sizes that the type's shapes bind by naming them; make_declared then finds them, whatever the order of
 * types that mention them. */
void make_sizes(Elab *e, Scope *s, const TypeExpr *type, Maker *maker);
/* The datum as the declared type wants it (ints become reals); size names that are not known yet
 * are bound in s. What does not fit is reported. */
Datum *match_declared(Elab *e, Scope *s, const TypeExpr *type, Datum *datum, Span span,
                      const char *what);
/* Only the size names, before types that mention them in expressions are matched. What does not fit is left
 * to match_declared. */
void bind_sizes(Elab *e, Scope *s, const TypeExpr *type, const Datum *datum, Span span);
/* Zeros; models and records too. */
Datum *zeros_declared(Elab *e, Scope *s, const TypeExpr *type);
/* The type as it is written. */
const char *declared_text(Elab *e, const TypeExpr *type);
/* real, int or bool, of any shape. */
bool type_is_number(const TypeExpr *type);
/* The same without dimensions. */
bool type_is_scalar_name(const TypeExpr *type);
bool type_is_int_scalar(const TypeExpr *type);
bool kind_by_name(Name name, Kind *kind);
/* The model or record that a type names, as a datum (DATUM_MODEL_TYPE, DATUM_MODEL_DECL,
 * DATUM_RECORD_TYPE). */
Datum *resolve_named_type(Elab *e, Scope *s, const TypeExpr *type);

/* ---- arith.c: elementwise -------------------------------------------------------------------- */

/* What is done to the scalars of one place. */
typedef Datum *ScalarFunction(Elab *e, Span span, const void *how, int n, Datum **scalars);
/* f on numbers: on scalars at once, else a map over the shape that the arrays share. */
Datum *elementwise(Elab *e, Span span, int n, Datum **args, ScalarFunction *f, const void *how);
/* The same, and items of tuples, records and models one by one. */
Datum *structurewise(Elab *e, Span span, int n, Datum **args, ScalarFunction *f, const void *how);
Datum *binary(Elab *e, Span span, Operator op, Datum *a, Datum *b);
Datum *negated(Elab *e, Span span, Datum *a);
Datum *logical_not(Elab *e, Span span, Datum *a);
/* A primitive by its row in ops.def, ints promoted. */
Datum *apply_prim(Elab *e, Span span, Op op, int n, Datum **args);
/* array[idx..] of a scalar; maps made by the statement at hand are read by repeating their body
 * if that is short. */
Value *element(Elab *e, Value *array, Value *const *indices);
Datum *element_datum(Elab *e, const Datum *number, Value *const *indices);
Datum *to_real(Elab *e, Datum *d);
/* Arrays from items of one type. */
Datum *stacked(Elab *e, Span span, int n, Datum **items);

/* ---- expr.c, space.c, index.c ---------------------------------------------------------------- */

Datum *eval(Elab *e, Scope *s, const Expr *x);
/* The same, of what must have a value (print(..) has none). */
Datum *eval_value(Elab *e, Scope *s, const Expr *x);
Datum *eval_int(Elab *e, Scope *s, const Expr *x, const char *what);
Datum *eval_condition(Elab *e, Scope *s, const Expr *x);
/* Evaluates one of two things by a condition; f is called with arm 0 or 1, in its own region if
 * the condition is not known. */
typedef Datum *ArmFunction(Elab *e, void *context, int arm);
Datum *eval_if(Elab *e, Span span, Datum *condition, ArmFunction *f, void *context);
/* The arms give a tuple of n things with these names (n = 1: the thing itself; 0: nothing). */
Datum *eval_if_named(Elab *e, Span span, Datum *condition, ArmFunction *f, void *context, int n,
                     const Name *names);
/* [body for gens]. */
Datum *comprehension(Elab *e, Scope *s, const GeneratorList *gens, const Expr *body, Span span);

/* An index space from generators over ranges and arrays: extents and one value per index. */
typedef struct {
  int n;
  Size *extents[MAX_RANK];
  Size *lo[MAX_RANK];
  int64_t step[MAX_RANK];
  Datum *over[MAX_RANK]; /* the array walked through, or NULL */
  Name names[MAX_RANK];
  Span spans[MAX_RANK];
} Space;
bool space_of(Elab *e, Scope *s, const GeneratorList *gens, Space *space);
/* Of the generators from the first on: how many come before one whose range depends on them. */
size_t independent_generators(const GeneratorList *gens, size_t first);
/* In the open region: parameters for the indices, names bound. */
void space_enter(Elab *e, Scope *s, const Space *space);
/* lo + k * step as a datum. */
Datum *range_item(Elab *e, Size *lo, int64_t step, Value *k);
bool eval_range(Elab *e, Scope *s, const Expr *x, Size *extent, Size **lo, Size **hi,
                int64_t *step);

/* One item in brackets. */
typedef enum { ITEM_SINGLE, ITEM_RANGE, ITEM_GATHER } ItemTag;
typedef struct {
  ItemTag tag;
  Datum *single; /* an int; for ITEM_GATHER an int array */
  Size *lo, *count;
  int64_t step;
  Span span;
} IndexItem;
Datum *index_datum(Elab *e, Scope *s, Datum *base, const Expr *x);
/* The items of base[..], checked against its dimensions. */
bool eval_items(Elab *e, Scope *s, const Datum *base, const Expr *x, IndexItem *items, int *n);
Datum *field_of(Elab *e, Datum *base, Name name, Span span);
/* The sub-thing at one leading index: a row, an element, a model of several. */
Datum *row_of(Elab *e, Datum *base, Value *index);

/* ---- stmt.c, loop.c, assign.c ---------------------------------------------------------------- */

void run_statements(Elab *e, Scope *s, const StmtList *stmts, size_t n);
/* A function's body: the returned datum, or NULL if it has no return. */
Datum *run_body(Elab *e, Scope *s, const StmtList *stmts);
void run_for(Elab *e, Scope *s, const Stmt *stmt);
void run_while(Elab *e, Scope *s, const Stmt *stmt);
void run_if(Elab *e, Scope *s, const Stmt *stmt);
void run_assign(Elab *e, Scope *s, const Stmt *stmt);
void run_update(Elab *e, Scope *s, const Stmt *stmt);
/* schedule.c: what a checkpoint clause asks for; nothing said: SCHEDULE_ALL. */
typedef struct {
  ScheduleKind kind;
  bool in_bytes;
  Size *size, *disk;
} Schedule;
Schedule read_schedule(Elab *e, Scope *s, const CheckpointClause *clause);
void set_schedule(Instr *loop, const Schedule *schedule);
/* Names assigned in the statements, or in both arms of one, each once, in order of first appearance. */
typedef Vec(Name) NameList;
NameList assigned_names(Elab *e, const StmtList *stmts);
NameList assigned_in_arms(Elab *e, const Stmt *stmt);
/* Sets of names: of those assigned anywhere in the statements, and whichever way they take. */
NameMap assigned_anywhere(Elab *e, const StmtList *stmts);
NameMap assigned_for_sure(Elab *e, const StmtList *stmts);

/* ---- call.c ---------------------------------------------------------------------------------- */

typedef struct {
  Name name; /* NULL: by position */
  Datum *datum;
  Span span;
} CallArg;
typedef struct {
  int n;
  CallArg *at;
} CallArgs;

Datum *eval_call(Elab *e, Scope *s, const Expr *x);
/* By position only. */
Datum *apply_list(Elab *e, Datum *callee, int n, Datum *const *args, Span span);
const char *callable_name(const Datum *callee);
/* The closure that a derivative, a model or a function comes down to; NULL: none. */
const Closure *closure_of(Elab *e, Datum *callee);
/* One datum per parameter, defaults included; false after an error. */
bool bind_arguments(Elab *e, const Closure *closure, CallArgs *args, Span span, Datum **bound,
                    Span *spans);
/* The body with parameters bound to these data. */
Datum *inline_call(Elab *e, const Closure *closure, Datum **bound, Span *spans, Span span);
Datum *call_custom(Elab *e, const Closure *closure, Scope *s, Span span);
Datum *call_extern(Elab *e, const Closure *closure, Scope *s, Span span);
/* The body of a function whose parameters are bound in s, and its results as it declares them. */
Datum *run_written(Elab *e, const Closure *closure, Scope *s, Span span);

/* ---- builtin.c, reduce.c --------------------------------------------------------------------- */

/* A function that dpc knows. value works on arguments; form gets the call as it is written. */
struct Builtin {
  const char *name;
  Datum *(*value)(Elab *e, const Builtin *b, Span span, int n, Datum **args);
  Datum *(*form)(Elab *e, Scope *s, const Builtin *b, const Expr *call);
  int min_args, max_args;
  int code;
  Op op;
};
const Builtin *find_builtin(Elab *e, Name name);
void builtin_names(Elab *e, NameList *names);
extern const Builtin array_builtins[], reduce_builtins[], view_builtins[], derivative_builtins[];

/* ---- model.c, init.c ------------------------------------------------------------------------- */

typedef struct {
  const Member *member;
  Name name;
  Type *type;        /* a leaf */
  ModelType *model;  /* a model, or `count` of them */
  int64_t count;     /* 0: one */
  Datum *tuple;      /* several models of different types: a tuple of DATUM_MODEL_TYPE */
  InitKind init;
  double a, b;
} ModelField;

struct ModelType {
  Decl *decl;
  Unit *unit;
  int n_args;
  Datum **args;
  const Binding *env; /* parameters and what the members can see */
  Vec(ModelField) fields;
  bool is_broken;     /* an error in it was reported */
  ModelInfo *info;    /* once it was asked for */
};

Datum *model_type_of(Elab *e, Decl *decl, Unit *unit, CallArgs *args, Span span);
Datum *make_model(Elab *e, ModelType *type, Maker *maker, Name path);
Datum *make_models(Elab *e, ModelType *type, int64_t count, Maker *maker, Name path);
/* The function that theta(x) or theta.name(x) calls, or NULL. */
Datum *model_method(Elab *e, Datum *model, Name name);
Datum *model_member(Elab *e, Datum *model, Name name, Span span);
ModelInfo *model_info(Elab *e, ModelType *type);
bool read_initialiser(Elab *e, Scope *s, const Member *member, const Type *type,
                      ModelField *field);
Datum *make_record(Elab *e, RecordType *type, CallArgs *args, Span span);
RecordType *record_type_of(Elab *e, Decl *decl, Unit *unit);

/* ---- derivative.c, depend.c ------------------------------------------------------------------ */

/* f(args) for f a derivative of a function. Where extra arguments (y_bar, x_dot) are not among
 * args, `missing` makes them (exports); NULL: that is an error. */
typedef struct ExtraMaker {
  Datum *(*make)(struct ExtraMaker *, Elab *, const Datum *like, int x, bool tangent);
} ExtraMaker;
Datum *apply_derivative(Elab *e, const Derivative *d, int n, Datum **args, ExtraMaker *extra,
                        Span span);
int derivative_extras(const Derivative *d);
void emit_vjp(Elab *e, const ValueList *y, const ValueList *y_bar, const ValueList *x,
              Span span, ValueList *x_bar);
void emit_jvp(Elab *e, const ValueList *y, const ValueList *x, const ValueList *x_dot,
              Span span, ValueList *y_dot);
bool mentions_derivative(const Function *f);
/* Does the name stand in x? Also where it means something else there. */
bool mentions_name(const Expr *x, Name name);
/* Does y depend on one of x by way of the instructions before now? through_loop: also set where
 * a value carried by an enclosing loop could be the way. */
bool depends_on(Elab *e, const Value *y, const ValueList *x, ValueList *loop_params);
void check_pending(Elab *e);

/* ---- export.c, ascii.c ----------------------------------------------------------------------- */

void elaborate_export(Elab *e, const Decl *decl);
/* A function that no export reached, for its errors. */
void elaborate_unused(Elab *e, const Decl *decl);
void elaborate_unused_methods(Elab *e, const ModelType *type);
/* The C identifier for a name: Greek letters by their names, other letters as u and their code. */
Name ascii_name(Names *names, Name name);

#endif
