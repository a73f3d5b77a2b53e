#include "derive/cut.h"

/* The maximum flow gives the minimum cut (Ford & Fulkerson 1956); found by blocking flows in layers
 * (Dinic 1970). Node k is split into 2k, where paths enter, and 2k + 1, where they leave: the price is the
 * capacity between. */

typedef struct {
  int to, next; /* the vertex; the next arc of the same vertex, or -1 */
  int64_t room; /* what may still flow; its twin, arc ^ 1, goes back */
} Arc;

struct Cut {
  Arena *arena;
  Vec(Arc) arcs;
  Vec(int) first;    /* by vertex; -1: none */
  Vec(int) layer;    /* by vertex; -1: not reached */
  Vec(int) turn;     /* by vertex: the arc to try next */
  int n_nodes;
};

enum { SOURCE, SINK, N_ENDS, MAX_VERTICES = 20000, MAX_PHASES = 200 };

static const int64_t endless = INT64_MAX / 4;

static int new_vertex(Cut *cut) {
  vec_push(cut->arena, &cut->first, -1);
  vec_push(cut->arena, &cut->layer, -1);
  vec_push(cut->arena, &cut->turn, -1);
  return (int)cut->first.len - 1;
}

static void add_arc(Cut *cut, int from, int to, int64_t room) {
  const Arc there = {to, cut->first.at[from], room}, back = {from, cut->first.at[to], 0};
  vec_push(cut->arena, &cut->arcs, there);
  cut->first.at[from] = (int)cut->arcs.len - 1;
  vec_push(cut->arena, &cut->arcs, back);
  cut->first.at[to] = (int)cut->arcs.len - 1;
}

static int entry(int node) { return N_ENDS + 2 * node; }
static int leave(int node) { return N_ENDS + 2 * node + 1; }

Cut *cut_new(Arena *arena) {
  Cut *cut = ARENA_NEW(arena, Cut);
  cut->arena = arena;
  for (int i = 0; i < N_ENDS; i++) new_vertex(cut);
  return cut;
}

int cut_node(Cut *cut, int64_t price) {
  new_vertex(cut);
  new_vertex(cut);
  add_arc(cut, entry(cut->n_nodes), leave(cut->n_nodes), price < 0 ? endless : price);
  return cut->n_nodes++;
}

void cut_edge(Cut *cut, int from, int to) { add_arc(cut, leave(from), entry(to), endless); }
void cut_want(Cut *cut, int node) { add_arc(cut, SOURCE, entry(node), endless); }
void cut_leaf(Cut *cut, int node) { add_arc(cut, leave(node), SINK, endless); }

/* ---- flow ------------------------------------------------------------------------------------- */

typedef Vec(int) IntList;

/* Distances from the source over arcs with room. Is the sink reached? */
static bool find_layers(Cut *cut) {
  IntList queue = {0};
  for (size_t v = 0; v < cut->first.len; v++) cut->layer.at[v] = -1;
  cut->layer.at[SOURCE] = 0;
  vec_push(cut->arena, &queue, SOURCE);
  for (size_t i = 0; i < queue.len; i++)
    for (int a = cut->first.at[queue.at[i]]; a >= 0; a = cut->arcs.at[a].next) {
      const Arc *arc = &cut->arcs.at[a];
      if (arc->room == 0 || cut->layer.at[arc->to] >= 0) continue;
      cut->layer.at[arc->to] = cut->layer.at[queue.at[i]] + 1;
      vec_push(cut->arena, &queue, arc->to);
    }
  return cut->layer.at[SINK] >= 0;
}

/* The arc that leads on from the vertex at the end of the path, or -1. */
static int next_arc(Cut *cut, int vertex) {
  for (int *a = &cut->turn.at[vertex]; *a >= 0; *a = cut->arcs.at[*a].next) {
    const Arc *arc = &cut->arcs.at[*a];
    if (arc->room > 0 && cut->layer.at[arc->to] == cut->layer.at[vertex] + 1) return *a;
  }
  return -1;
}

/* Sends as much as the path's arcs have room for. */
static int64_t send(Cut *cut, const IntList *path) {
  int64_t amount = endless;
  for (size_t i = 0; i < path->len; i++)
    if (cut->arcs.at[path->at[i]].room < amount) amount = cut->arcs.at[path->at[i]].room;
  for (size_t i = 0; i < path->len; i++) {
    cut->arcs.at[path->at[i]].room -= amount;
    cut->arcs.at[path->at[i] ^ 1].room += amount;
  }
  return amount;
}

/* Paths along the layers until none is left. False where something endless would flow. */
static bool block_flow(Cut *cut) {
  IntList path = {0};
  for (size_t v = 0; v < cut->first.len; v++) cut->turn.at[v] = cut->first.at[v];
  for (;;) {
    const int end = path.len ? cut->arcs.at[path.at[path.len - 1]].to : SOURCE;
    const int arc = end == SINK ? -1 : next_arc(cut, end);
    if (end == SINK) {
      if (send(cut, &path) >= endless) return false;
      path.len = 0;
    } else if (arc >= 0) {
      vec_push(cut->arena, &path, arc);
    } else if (path.len == 0) {
      return true;
    } else {
      const int last = path.at[--path.len]; /* a dead end: this arc is done with */
      cut->turn.at[cut->arcs.at[last ^ 1].to] = cut->arcs.at[last].next;
    }
  }
}

/* From here on, layer says which vertices still reach the sink: the cut lies at their border. */
static void find_border(Cut *cut) {
  IntList queue = {0};
  for (size_t v = 0; v < cut->first.len; v++) cut->layer.at[v] = -1;
  cut->layer.at[SINK] = 0;
  vec_push(cut->arena, &queue, SINK);
  for (size_t i = 0; i < queue.len; i++)
    for (int a = cut->first.at[queue.at[i]]; a >= 0; a = cut->arcs.at[a].next) {
      const int from = cut->arcs.at[a].to;
      if (cut->arcs.at[a ^ 1].room == 0 || cut->layer.at[from] >= 0) continue;
      cut->layer.at[from] = 0;
      vec_push(cut->arena, &queue, from);
    }
}

bool cut_solve(Cut *cut) {
  if (cut->first.len > MAX_VERTICES) return false;
  for (int phase = 0; find_layers(cut); phase++)
    if (phase == MAX_PHASES || !block_flow(cut)) return false;
  find_border(cut);
  return true;
}

bool cut_has(const Cut *cut, int node) {
  return cut->layer.at[entry(node)] < 0 && cut->layer.at[leave(node)] >= 0;
}
