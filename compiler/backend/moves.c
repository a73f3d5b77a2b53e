/* Moves: the copies that joining left over, where control flow merges.
 *
 * All moves of a place happen at once by meaning. They are put in an order in which nothing is
 * overwritten before it is read; what turns in a circle goes through a temporary. Large arrays
 * that a loop hands on are not copied: their pointers change hands. */
#include "backend/plan.h"

typedef struct {
  int n;
  Value **to, **from;
  bool *done;
  Storage **temp;
  int *next;  /* move into the same storage, counted from 1 */
  int aside;  /* none before it can step aside any more */
} Pending;

static bool is_storeless(const Plan *p, const Value *value) { return !storage_of(p, value); }

static Pending pending_new(Plan *p, int n) {
  Pending pending = {n, ARENA_ARRAY(p->m->arena, Value *, (size_t)n),
                     ARENA_ARRAY(p->m->arena, Value *, (size_t)n),
                     ARENA_ARRAY(p->m->arena, bool, (size_t)n),
                     ARENA_ARRAY(p->m->arena, Storage *, (size_t)n),
                     ARENA_ARRAY(p->m->arena, int, (size_t)n), 0};
  return pending;
}

/* A move reads its source until it is done, or until what it moves has stepped aside. */
static void count_reader(const Plan *p, const Pending *pending, int k, int more) {
  Storage *source = storage_of(p, pending->from[k]);
  if (source) source->readers += more;
}

/* Would writing to[k] now destroy what another pending move, or this one, still reads? */
static bool destroys(const Plan *p, const Pending *pending, int k) {
  const Storage *target = storage_of(p, pending->to[k]);
  const bool is_own = !pending->temp[k] && storage_of(p, pending->from[k]) == target;
  return target->readers > (is_own && pending->to[k]->type->rank == 0);
}

/* Whatever is written at a place is there beside all that is still read there: no two share
 * bytes. */
static void meet_at(Plan *p, const Move *move, int at) {
  Storage *to = storage_of(p, move->to), *from = storage_of(p, move->from);
  if (to->first > at) to->first = at;
  if (from && from->last < at) from->last = at;
}

/* The first move from number `at` on that can be made now, or -1. */
static int next_move(const Plan *p, const Pending *pending, int at) {
  while (at < pending->n && (pending->done[at] || destroys(p, pending, at))) at++;
  return at < pending->n ? at : -1;
}

/* The first of the moves into the storage, if it may be made now; else the limit. */
static int first_freed(const Plan *p, const Pending *pending, const Storage *s, int limit) {
  for (int k = s ? s->writer : 0; k > 0 && k <= limit; k = pending->next[k - 1])
    if (!pending->done[k - 1] && !destroys(p, pending, k - 1)) return k - 1;
  return limit;
}

static void make_move(Plan *p, Pending *pending, Moves *moves, int k, int at) {
  const Move move = {pending->to[k], pending->from[k], pending->temp[k]};
  vec_push(p->m->arena, &moves->list, move);
  meet_at(p, &move, at);
  if (!pending->temp[k]) count_reader(p, pending, k, -1);
  pending->done[k] = true;
}

/* The storage of a temporary: live at the place of the move alone. */
static Storage *temporary(Plan *p, Type *type, int at) {
  Storage *s = storage_new(p, type);
  s->first = at - 2;
  s->last = at + 2;
  return s;
}

/* In a circle, one value steps aside. */
static int use_temporary(Plan *p, Pending *pending, int at) {
  int k = pending->aside;
  while (pending->done[k] || pending->temp[k]) k++;
  pending->aside = k + 1;
  pending->temp[k] = temporary(p, pending->to[k]->type, at);
  count_reader(p, pending, k, -1);
  return k;
}

/* Notes who reads and who writes; says how many moves there are to make. */
static int open_moves(const Plan *p, Pending *pending) {
  int left = 0;
  for (int k = pending->n; k-- > 0;) {
    if (same_place(p, pending->to[k], pending->from[k])) pending->done[k] = true;
    if (pending->done[k]) continue;
    Storage *target = storage_of(p, pending->to[k]);
    pending->next[k] = target->writer;
    target->writer = k + 1;
    count_reader(p, pending, k, 1);
    left++;
  }
  return left;
}

static void close_moves(const Plan *p, const Pending *pending) {
  for (int k = 0; k < pending->n; k++) {
    Storage *target = storage_of(p, pending->to[k]);
    if (target) target->writer = 0;
  }
}

/* The first one that can be made is made, again and again: what comes before number `first` can't. */
static void place_all(Plan *p, Pending *pending, Moves *moves, int at) {
  int left = open_moves(p, pending), first = 0;
  while (left > 0) {
    int k = next_move(p, pending, first);
    if (k >= 0) {
      make_move(p, pending, moves, k, at);
      left--;
    } else {
      k = use_temporary(p, pending, at);
    }
    first = first_freed(p, pending, storage_of(p, pending->from[k]), k + 1);
  }
  close_moves(p, pending);
}

/* ---- pointers that change hands -------------------------------------------------------------- */

static bool is_large(const Storage *s) {
  int64_t n;
  return !storage_elements(s, &n) || n > SMALL_ARRAY;
}

static bool is_free_storage(const Plan *p, const Value *value) {
  const Storage *s = storage_of(p, value);
  return s && value->type->rank && s->home == HOME_WORK && is_large(s) &&
         view_is_whole(fact(p, value)->view);
}

static bool lies_inside(const Storage *s, const Region *body) {
  for (size_t i = 0; i < s->members.len; i++) {
    const Value *member = s->members.at[i];
    if (!region_is_within(value_region(member), body)) return false;
    if (!member->def && member->region == body) return false;
  }
  return true;
}

typedef struct {
  Plan *p;
  const Pending *pending;
  const Region *body;
  bool *rotates; /* by index of pending */
} Rotation;

static bool is_target(const Rotation *r, const Storage *s) {
  for (int k = 0; k < r->pending->n; k++)
    if (r->rotates[k] && storage_of(r->p, r->pending->to[k]) == s) return true;
  return false;
}

/* Can the target take over the source's array? It must be fresh in the body, or itself be handed
 * on; and no other
 * target may want it. */
static bool can_take(const Rotation *r, int k) {
  const Storage *to = storage_of(r->p, r->pending->to[k]);
  const Storage *from = storage_of(r->p, r->pending->from[k]);
  if (from == to || from->type != to->type) return false;
  if (!is_target(r, from) && !lies_inside(from, r->body)) return false;
  for (int i = 0; i < r->pending->n; i++)
    if (i != k && r->rotates[i] && storage_of(r->p, r->pending->from[i]) == from) return false;
  return true;
}

static void choose_rotating(Rotation *r) {
  for (int k = 0; k < r->pending->n; k++)
    r->rotates[k] = !r->pending->done[k] && is_free_storage(r->p, r->pending->to[k]) &&
                    is_free_storage(r->p, r->pending->from[k]);
  bool changed = true;
  while (changed) {
    changed = false;
    for (int k = 0; k < r->pending->n; k++)
      if (r->rotates[k] && !can_take(r, k)) {
        r->rotates[k] = false;
        changed = true;
      }
  }
}

static bool is_source(const Rotation *r, const Storage *s) {
  for (int k = 0; k < r->pending->n; k++)
    if (r->rotates[k] && storage_of(r->p, r->pending->from[k]) == s) return true;
  return false;
}

static void add_pair(Plan *p, Moves *moves, Storage *to, Storage *from) {
  vec_push(p->m->arena, &moves->rotate_to, to);
  vec_push(p->m->arena, &moves->rotate_from, from);
  to->rotates = from->rotates = true;
}

/* Each target takes its source's array; the sources that are no targets get the arrays that
 * nobody took. */
static void rotate(Rotation *r, Moves *moves) {
  Plan *p = r->p;
  for (int k = 0; k < r->pending->n; k++)
    if (r->rotates[k])
      add_pair(p, moves, storage_of(p, r->pending->to[k]), storage_of(p, r->pending->from[k]));
  int next = 0;
  for (int k = 0; k < r->pending->n; k++) {
    if (!r->rotates[k]) continue;
    r->pending->done[k] = true;
    Storage *source = storage_of(p, r->pending->from[k]);
    if (is_target(r, source)) continue;
    while (!r->rotates[next] || is_source(r, storage_of(p, r->pending->to[next]))) next++;
    add_pair(p, moves, source, storage_of(p, r->pending->to[next++]));
  }
}

/* ---- one pointer for two that rotate with the same ones ---------------------------------------- */

typedef struct {
  Storage *storage;
  int group; /* the same number: their arrays change hands, directly or through others */
} Rotating;

typedef struct {
  Vec(Rotating) list;
  Vec(Moves *) moves;
} Rotations;

static int note_rotating(Plan *p, Rotations *all, Storage *s) {
  for (size_t i = 0; i < all->list.len; i++)
    if (all->list.at[i].storage == s) return all->list.at[i].group;
  const Rotating fresh = {s, (int)all->list.len};
  vec_push(p->m->scratch, &all->list, fresh);
  return fresh.group;
}

static void note_rotations(Plan *p, Rotations *all, Moves *moves) {
  for (size_t i = 0; i < moves->rotate_to.len; i++) {
    const int keep = note_rotating(p, all, moves->rotate_to.at[i]);
    const int drop = note_rotating(p, all, moves->rotate_from.at[i]);
    for (size_t k = 0; k < all->list.len; k++)
      if (all->list.at[k].group == drop) all->list.at[k].group = keep;
  }
  if (moves->rotate_to.len) vec_push(p->m->scratch, &all->moves, moves);
}

static void find_rotations(Plan *p, Region *region, Rotations *all) {
  if (region_is_flat(region)) return;
  for (Instr *instr = region->first; instr; instr = instr->next)
    for (int r = 0; r < instr->n_regions; r++) {
      find_rotations(p, instr->regions[r], all);
      note_rotations(p, all, &node(p, instr)->after[r]);
    }
}

static void rename_rotating(Rotations *all, const Storage *from, Storage *to) {
  for (size_t i = 0; i < all->moves.len; i++) {
    Moves *moves = all->moves.at[i];
    for (size_t k = 0; k < moves->rotate_to.len; k++) {
      if (moves->rotate_to.at[k] == from) moves->rotate_to.at[k] = to;
      if (moves->rotate_from.at[k] == from) moves->rotate_from.at[k] = to;
    }
  }
}

/* Arrays that change hands with the same ones live as long as those, so they could not take turns later. Two
 * whose pointers are needed at different times are one. */
static void merge_rotating(Plan *p) {
  Rotations all = {0};
  find_rotations(p, p->func->body, &all);
  for (size_t i = 0; i < all.list.len; i++)
    for (size_t k = i + 1; k < all.list.len; k++) {
      Storage *to = all.list.at[i].storage, *from = all.list.at[k].storage;
      if (all.list.at[i].group != all.list.at[k].group || from->merged || to->merged) continue;
      if (from->type != to->type || (from->last >= to->first && to->last >= from->first)) continue;
      storage_tie(p, from->members.at[0], to);
      rename_rotating(&all, from, to);
    }
}

/* All arrays of a rotation live as long as any of them: pointers forget who was who. */
static bool join_lives(const Moves *moves) {
  bool changed = false;
  for (size_t i = 0; i < moves->rotate_to.len; i++) {
    Storage *a = moves->rotate_to.at[i], *b = moves->rotate_from.at[i];
    const int first = a->first < b->first ? a->first : b->first;
    const int last = a->last > b->last ? a->last : b->last;
    if (a->first != first || b->first != first || a->last != last || b->last != last) changed = true;
    a->first = b->first = first;
    a->last = b->last = last;
  }
  return changed;
}

/* ---- the places ------------------------------------------------------------------------------ */

static void moves_of_yields(Plan *p, Instr *instr, int r) {
  Region *region = instr->regions[r];
  Pending pending = pending_new(p, region->n_yields);
  for (int k = 0; k < region->n_yields; k++) {
    pending.from[k] = region->yields[k];
    pending.to[k] =
        instr->op == OP_IF ? instr->results[k] : region->params[first_carried(instr) + k];
    pending.done[k] = is_storeless(p, pending.to[k]) || same_place(p, pending.to[k], pending.from[k]);
  }
  Node *n = node(p, instr);
  Rotation rotation = {p, &pending, region, ARENA_ARRAY(p->m->arena, bool, (size_t)pending.n)};
  if (instr->op == OP_LOOP || instr->op == OP_WHILE) choose_rotating(&rotation);
  Pending rest = pending;
  rest.done = ARENA_ARRAY(p->m->arena, bool, (size_t)pending.n);
  for (int k = 0; k < pending.n; k++) rest.done[k] = pending.done[k] || rotation.rotates[k];
  place_all(p, &rest, &n->after[r], n->region_end[r]);
  rotate(&rotation, &n->after[r]);
}

static void moves_of_inits(Plan *p, Instr *instr) {
  Region *body = last_region(instr);
  Pending pending = pending_new(p, body->n_yields);
  for (int k = 0; k < body->n_yields; k++) {
    pending.from[k] = instr->operands[first_init(instr) + k];
    pending.to[k] = body->params[first_carried(instr) + k];
    pending.done[k] = is_storeless(p, pending.to[k]) || writes_everything(p, instr, k);
  }
  place_all(p, &pending, node(p, instr)->before, node(p, instr)->start + 1);
}

static void moves_in(Plan *p, Region *region) {
  if (region_is_flat(region)) return;
  for (Instr *instr = region->first; instr; instr = instr->next) {
    Node *n = node(p, instr);
    if (!n->is_needed || n->is_expression) continue;
    for (int r = 0; r < instr->n_regions; r++) moves_in(p, instr->regions[r]);
    if (op_carries(instr->op)) {
      moves_of_inits(p, instr);
      moves_of_yields(p, instr, instr->n_regions - 1);
    } else if (instr->op == OP_IF) {
      moves_of_yields(p, instr, 0);
      moves_of_yields(p, instr, 1);
    }
  }
}

static bool join_lives_in(Plan *p, Region *region) {
  if (region_is_flat(region)) return false;
  bool changed = false;
  for (Instr *instr = region->first; instr; instr = instr->next)
    for (int r = 0; r < instr->n_regions; r++) {
      if (join_lives_in(p, instr->regions[r])) changed = true;
      if (join_lives(&node(p, instr)->after[r])) changed = true;
    }
  return changed;
}

void plan_moves(Plan *p) {
  moves_in(p, p->func->body);
  merge_rotating(p);
  while (join_lives_in(p, p->func->body)) continue;
}
