/* graph: lists of neighbours by counting, and a greedy colouring. */
#include "model/graph.h"

#include <string.h>

#include "base/alloc.h"

enum { SITES_MAX = 1 << 30 };
/* what hol_graph_create takes for each, about */
enum { BYTES_PER_EDGE = 40, BYTES_PER_UNIT = 24 };

void hol_graph_destroy(hol_graph *graph) {
    if (!graph) return;
    hol_free(graph->ends);
    hol_free(graph->starts);
    hol_free(graph->neighbours);
    hol_free(graph->edge_of);
    hol_free(graph->order);
    hol_free(graph->colour_starts);
    hol_free(graph);
}

static hol_status check_edges(int64_t units, int64_t edges, const int32_t *ends) {
    for (int64_t e = 0; e < edges; e++) {
        const int32_t a = ends[2 * e], b = ends[2 * e + 1];
        if (a < 0 || b < 0 || a >= units || b >= units)
            return hol_error(HOL_USAGE, "edge %lld (from 0): found units %d and %d, expected numbers from 0 to %lld",
                             (long long)e, a, b, (long long)units - 1);
        if (a == b)
            return hol_error(HOL_USAGE, "edge %lld (from 0): found unit %d joined to itself, expected two units",
                             (long long)e, a);
    }
    return HOL_OK;
}

/* One pass over the edges, then one over the units: who comes first is listed first, so that each list ascends. `next`
 * (units) is where the next neighbour goes. */
static void list_neighbours(hol_graph *self, int32_t *unsorted, int32_t *unsorted_edges, int64_t *next) {
    for (int64_t k = 0; k < 2 * self->edges; k++) self->starts[self->ends[k] + 1]++;
    for (int64_t i = 0; i < self->units; i++) {
        if (self->starts[i + 1] > self->degree) self->degree = self->starts[i + 1];
        self->starts[i + 1] += self->starts[i];
    }
    memcpy(next, self->starts, (size_t)self->units * sizeof *next);
    for (int64_t k = 0; k < 2 * self->edges; k++) {
        const int64_t at = next[self->ends[k]]++;
        unsorted[at] = self->ends[k ^ 1];
        unsorted_edges[at] = (int32_t)(k / 2);
    }
    memcpy(next, self->starts, (size_t)self->units * sizeof *next);
    for (int64_t i = 0; i < self->units; i++)
        for (int64_t k = self->starts[i]; k < self->starts[i + 1]; k++) {
            const int64_t at = next[unsorted[k]]++;
            self->neighbours[at] = (int32_t)i;
            self->edge_of[at] = unsorted_edges[k];
        }
}

static hol_status check_twice(const hol_graph *self) {
    for (int64_t i = 0; i < self->units; i++)
        for (int64_t k = self->starts[i]; k + 1 < self->starts[i + 1]; k++)
            if (self->neighbours[k] == self->neighbours[k + 1])
                return hol_error(HOL_USAGE,
                                 "edges %d and %d (from 0): found units %lld and %d joined twice, expected once",
                                 self->edge_of[k], self->edge_of[k + 1], (long long)i, self->neighbours[k]);
    return HOL_OK;
}

hol_status hol_graph_create(int64_t units, int64_t edges, const int32_t *ends, hol_graph **ret_graph) {
    hol_status status = HOL_OK;
    hol_graph *self = NULL;
    int32_t *unsorted = NULL, *unsorted_edges = NULL;
    int64_t *next = NULL;
    *ret_graph = NULL;
    HOL_TRY(check_edges(units, edges, ends));
    HOL_TRY(hol_allocate_check(BYTES_PER_EDGE * edges + BYTES_PER_UNIT * units, "graph"));
    HOL_TRY(HOL_ALLOCATE(self, 1, "graph"));
    self->units = units;
    self->edges = edges;
    HOL_TRY(HOL_ALLOCATE(self->ends, HOL_PRODUCT(2, edges), "edges"));
    HOL_TRY(HOL_ALLOCATE(self->starts, units + 1, "neighbours"));
    HOL_TRY(HOL_ALLOCATE(self->neighbours, HOL_PRODUCT(2, edges), "neighbours"));
    HOL_TRY(HOL_ALLOCATE(self->edge_of, HOL_PRODUCT(2, edges), "neighbours"));
    HOL_TRY(HOL_ALLOCATE(unsorted, HOL_PRODUCT(2, edges), "neighbours"));
    HOL_TRY(HOL_ALLOCATE(unsorted_edges, HOL_PRODUCT(2, edges), "neighbours"));
    HOL_TRY(HOL_ALLOCATE(next, units, "neighbours"));
    if (edges > 0) memcpy(self->ends, ends, (size_t)(2 * edges) * sizeof *ends);
    list_neighbours(self, unsorted, unsorted_edges, next);
    HOL_TRY(check_twice(self));
    HOL_TRY(
        hol_graph_colour(units, self->starts, self->neighbours, &self->colours, &self->order, &self->colour_starts));
    *ret_graph = self;
    self = NULL;
cleanup:
    hol_graph_destroy(self);
    hol_free(unsorted);
    hol_free(unsorted_edges);
    hol_free(next);
    return status;
}

/* ---- colours ----------------------------------------------------------------------------------------------------- */

/* To each unit its colour; returns how many there are. used (degree + 1) is by which unit last saw a neighbour of that
 * colour, plus 1. */
static int64_t choose_colours(int64_t units, const int64_t *starts, const int32_t *neighbours, int32_t *colour,
                              int64_t *used) {
    int64_t colours = 0;
    for (int64_t i = 0; i < units; i++) {
        for (int64_t k = starts[i]; k < starts[i + 1]; k++)
            if (neighbours[k] < i) used[colour[neighbours[k]]] = i + 1;
        int32_t first = 0;
        while (used[first] == i + 1) first++;
        colour[i] = first;
        if (first >= colours) colours = first + 1;
    }
    return colours;
}

hol_status hol_graph_colour(int64_t units, const int64_t *starts, const int32_t *neighbours, int64_t *ret_colours,
                            int32_t **ret_order, int64_t **ret_colour_starts) {
    hol_status status = HOL_OK;
    int32_t *colour = NULL;
    int64_t *used = NULL, degree = 0;
    for (int64_t i = 0; i < units; i++)
        if (starts[i + 1] - starts[i] > degree) degree = starts[i + 1] - starts[i];
    HOL_TRY(HOL_ALLOCATE(colour, units, "colours"));
    HOL_TRY(HOL_ALLOCATE(used, degree + 2, "colours"));
    const int64_t colours = *ret_colours = choose_colours(units, starts, neighbours, colour, used);
    HOL_TRY(HOL_ALLOCATE(*ret_order, units, "colours"));
    HOL_TRY(HOL_ALLOCATE(*ret_colour_starts, colours + 1, "colours"));
    int64_t *ends = *ret_colour_starts; /* becomes the starts while the order is filled in, from the back */
    for (int64_t i = 0; i < units; i++) ends[colour[i]]++;
    for (int64_t c = 1; c <= colours; c++) ends[c] += ends[c - 1];
    for (int64_t i = units - 1; i >= 0; i--) (*ret_order)[--ends[colour[i]]] = (int32_t)i;
cleanup:
    hol_free(colour);
    hol_free(used);
    return status;
}

/* ---- lattices ---------------------------------------------------------------------------------------------------- */

static hol_status check_lengths(int64_t dimensions, const int32_t *lengths, const int32_t *periodic,
                                int64_t *ret_sites) {
    int64_t sites = 1;
    if (dimensions < 1 || dimensions > HOL_LATTICE_DIMENSIONS)
        return hol_error(HOL_USAGE, "lattice: found %lld dimensions, expected 1 to %d", (long long)dimensions,
                         HOL_LATTICE_DIMENSIONS);
    for (int64_t d = 0; d < dimensions; d++) {
        const int32_t least = periodic[d] ? 3 : 2;
        if (lengths[d] < least)
            return hol_error(HOL_USAGE, "lattice: found a length of %d, expected at least %d where it is %s",
                             lengths[d], least, periodic[d] ? "periodic" : "open");
        sites *= lengths[d];
        if (sites > SITES_MAX)
            return hol_error(HOL_USAGE, "lattice: found more than %d sites, expected fewer", SITES_MAX);
    }
    *ret_sites = sites;
    return HOL_OK;
}

/* Each dimension joins every site to the next one, the last to the first where it is periodic. */
static int64_t count_edges(int64_t dimensions, const int32_t *lengths, const int32_t *periodic, int64_t sites) {
    int64_t edges = 0;
    for (int64_t d = 0; d < dimensions; d++) edges += sites / lengths[d] * (periodic[d] ? lengths[d] : lengths[d] - 1);
    return edges;
}

static void join_sites(int64_t dimensions, const int32_t *lengths, const int32_t *periodic, int64_t sites,
                       int32_t *ends) {
    int64_t edges = 0;
    for (int64_t i = 0; i < sites; i++) {
        int64_t step = sites; /* from a site to its neighbour in dimension d */
        for (int64_t d = 0; d < dimensions; d++) {
            step /= lengths[d];
            const int64_t at = i / step % lengths[d];
            if (at + 1 == lengths[d] && !periodic[d]) continue;
            ends[2 * edges] = (int32_t)i;
            ends[2 * edges + 1] = (int32_t)(at + 1 < lengths[d] ? i + step : i - at * step);
            edges++;
        }
    }
}

hol_status hol_graph_create_lattice(int64_t dimensions, const int32_t *lengths, const int32_t *periodic,
                                    hol_graph **ret_graph) {
    hol_status status = HOL_OK;
    int64_t sites = 0;
    int32_t *ends = NULL;
    *ret_graph = NULL;
    HOL_TRY(check_lengths(dimensions, lengths, periodic, &sites));
    const int64_t edges = count_edges(dimensions, lengths, periodic, sites);
    if (edges > INT32_MAX / 2)
        HOL_TRY(
            hol_error(HOL_USAGE, "lattice: found %lld edges, expected at most %d", (long long)edges, INT32_MAX / 2));
    HOL_TRY(hol_allocate_check((BYTES_PER_EDGE + 8) * edges + BYTES_PER_UNIT * sites, "lattice"));
    HOL_TRY(HOL_ALLOCATE(ends, HOL_PRODUCT(2, edges), "edges"));
    join_sites(dimensions, lengths, periodic, sites, ends);
    HOL_TRY(hol_graph_create(sites, edges, ends, ret_graph));
cleanup:
    hol_free(ends);
    return status;
}

hol_structure hol_graph_get_edges(const hol_graph *graph) {
    return (hol_structure){"edges", graph->edges, 2, graph->ends, {"edges"}, "the two units that each edge joins"};
}
