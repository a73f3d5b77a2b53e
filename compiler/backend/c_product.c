/* Products: a map of sums that is a matrix times a vector becomes one call of the runtime's kernel. */
#include "backend/code.h"

/* [sum(A[.., i, k]*x[.., k] for k in 0..m) for i in 0..n] */
typedef struct {
  const Instr *map, *reduce;
  const Instr *matrix, *vector; /* the two reads */
} Product;

enum { FEW = 4 };

static bool is_few(const Size *size) {
  int64_t n;
  return size_is_const(size, &n) && n < FEW;
}

/* The sum that is all of the map's body. */
static const Instr *only_sum(Code *c, const Instr *map) {
  const Instr *sum = NULL;
  for (const Instr *instr = map->regions[0]->first; instr; instr = instr->next) {
    if (!node(c->p, instr)->is_needed || instr->op == OP_CONST || instr->op == OP_SIZE) continue;
    if (sum || instr->op != OP_REDUCE) return NULL;
    sum = instr;
  }
  const bool fits = sum && sum->reduce == REDUCE_SUM && sum->n_extents == 1 &&
                    map->regions[0]->yields[0] == sum->results[0];
  return fits ? sum : NULL;
}

/* Is the index the same for the whole product? */
static bool is_outside(const Product *p, const Value *index) {
  return !region_is_within(value_region(index), p->map->regions[0]) ||
         (index->def && index->def->op == OP_CONST);
}

/* The read's last `n` indices are those given, the others stay the same. */
static bool reads_block(const Product *p, const Instr *read, int n, Value *const *last) {
  const int rank = read->operands[0]->type->rank;
  if (rank < n) return false;
  for (int d = 0; d < rank; d++) {
    const Value *index = read->operands[1 + d];
    if (d < rank - n ? !is_outside(p, index) : index != last[d - (rank - n)]) return false;
  }
  return true;
}

/* Do the array's last n dimensions lie in one piece, as they would alone? */
static bool is_contiguous(Code *c, const Value *array, int n) {
  const Fact *f = fact(c->p, array);
  if (!f->storage || !f->view) return false;
  const Type *whole = f->storage->type;
  for (int k = 0; k < n; k++) {
    const int d = whole->rank - 1 - k;
    if (d < 0 || !f->view->dim[d].is_range) return false;
    const bool is_first = k == n - 1;
    if (!is_first && f->view->dim[d].n) return false;
    if (!is_first && whole->dims[d] != array->type->dims[array->type->rank - 1 - k]) return false;
  }
  return true;
}

static bool match_reads(Code *c, Product *p) {
  const Value *term = p->reduce->regions[0]->yields[0];
  if (!term->def || term->def->op != OP_mul) return false;
  Value *i = p->map->regions[0]->params[0], *k = p->reduce->regions[0]->params[0];
  Value *const row[2] = {i, k};
  for (int swap = 0; swap < 2; swap++) {
    p->matrix = term->def->operands[swap]->def;
    p->vector = term->def->operands[1 - swap]->def;
    if (!p->matrix || !p->vector) return false;
    if (p->matrix->op != OP_INDEX || p->vector->op != OP_INDEX) return false;
    if (!reads_block(p, p->matrix, 2, row) || !reads_block(p, p->vector, 1, row + 1)) continue;
    const Type *type = p->matrix->operands[0]->type;
    return type->dims[type->rank - 1] == p->reduce->extents[0] &&
           is_contiguous(c, p->matrix->operands[0], 2) &&
           is_contiguous(c, p->vector->operands[0], 1);
  }
  return false;
}

static bool match(Code *c, Product *p) {
  const Instr *map = p->map;
  if (map->n_extents != 1 || map->n_results != 1 || map->results[0]->type->rank != 1) return false;
  if (map->results[0]->type->kind != KIND_REAL || is_few(map->extents[0])) return false;
  p->reduce = only_sum(c, map);
  if (!p->reduce || is_few(p->reduce->extents[0])) return false;
  return is_contiguous(c, map->results[0], 1) && match_reads(c, p);
}

/* A pointer to the read's block: its element at the indices that stay the same, and at zeros. */
static const char *block_address(Code *c, const Instr *read, int n) {
  const Value *array = read->operands[0];
  const int rank = array->type->rank;
  if (rank == n) return expr_address(c, array).text;
  Expr index[MAX_RANK];
  for (int d = 0; d < rank; d++)
    index[d] = d < rank - n ? expr_value(c, read->operands[1 + d]) : expr_int(c, 0);
  return arena_format(c->m->arena, "&%s", expr_element(c, array, index).text);
}

bool code_product(Code *c, const Instr *map) {
  Product p = {.map = map};
  if (!match(c, &p)) return false;
  code_line(c, "dp_matvec%s(%s, %s, %s, %s, %s);", c->options->single_precision ? "f" : "",
            expr_size(c, map->extents[0]).text, expr_size(c, p.reduce->extents[0]).text,
            block_address(c, p.matrix, 2), block_address(c, p.vector, 1),
            expr_address(c, map->results[0]).text);
  return true;
}
