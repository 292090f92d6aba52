/* mrf_graph: the Markov graph of a field: two variables are neighbours when a clique has both
 * (those of one state are nobody's). Coloured greedily in the order
 * of the variables, so that the colouring, and with it the scan, is a function of the cliques alone. */
#include <string.h>

#include "base/alloc.h"
#include "mrf.h"

/* of all tabulated conditionals together */
enum { ALL_ENTRIES_MAX = 1 << 22 };

/* Notes the neighbours of v, ascending, into list; returns how many. seen (variables) holds v + 1 for those noted. */
static int64_t list_neighbours(const mrf *self, int64_t v, int32_t *seen, int32_t *list) {
    int64_t count = 0;
    seen[v] = (int32_t)v + 1;
    for (int64_t i = self->incidence_starts[v]; i < self->incidence_starts[v + 1]; i++) {
        const int64_t q = self->incidences[i].clique;
        for (int64_t k = self->scope_starts[q]; k < self->scope_starts[q + 1]; k++) {
            const int32_t other = self->scopes[k];
            if (seen[other] == (int32_t)v + 1 || self->cardinalities[other] == 1) continue;
            seen[other] = (int32_t)v + 1;
            int64_t at = count++;
            for (; at > 0 && list[at - 1] > other; at--) list[at] = list[at - 1];
            list[at] = other;
        }
    }
    return count;
}

/* All variables' neighbours; list is (variables) scratch, seen too. */
static hol_status connect(mrf *self, int32_t *seen, int32_t *list) {
    hol_status status = HOL_OK;
    int64_t all = 0;
    for (int64_t v = 0; v < self->variables; v++) all += list_neighbours(self, v, seen, list);
    HOL_TRY(HOL_ALLOCATE(self->neighbours, all, "neighbours"));
    HOL_TRY(HOL_ALLOCATE(self->weights, all, "neighbours"));
    memset(seen, 0, (size_t)self->variables * sizeof *seen);
    all = 0;
    for (int64_t v = 0; v < self->variables; v++) {
        conditional *c = &self->conditionals[v];
        *c = (conditional){.first_neighbour = all, .configurations = 1, .thresholds = -1};
        c->neighbours = list_neighbours(self, v, seen, self->neighbours + all);
        for (int64_t k = 0; k < c->neighbours; k++) {
            self->weights[all + k] = c->configurations;
            if (c->configurations <= HOL_MRF_ENTRIES_MAX)
                c->configurations *= self->cardinalities[self->neighbours[all + k]];
        }
        all += c->neighbours;
    }
cleanup:
    return status;
}

static void colour(mrf *self, int32_t *colours, int32_t *taken) {
    self->colours = 0;
    for (int64_t v = 0; v < self->variables; v++) {
        const conditional *c = &self->conditionals[v];
        for (int64_t k = 0; k < c->neighbours; k++) {
            const int32_t other = self->neighbours[c->first_neighbour + k];
            if (other < v) taken[colours[other]] = (int32_t)v + 1;
        }
        int32_t first = 0;
        while (taken[first] == (int32_t)v + 1) first++;
        colours[v] = first;
        if (first >= self->colours) self->colours = first + 1;
    }
    int64_t at = 0;
    for (int64_t k = 0; k < self->colours; k++)
        for (int64_t v = 0; v < self->variables; v++)
            if (colours[v] == k) self->order[at++] = (int32_t)v;
}

static hol_status plan_tables(mrf *self) {
    int64_t all = 0;
    for (int64_t v = 0; v < self->variables; v++) {
        conditional *c = &self->conditionals[v];
        const int64_t entries = c->configurations * self->cardinalities[v];
        if (entries > HOL_MRF_ENTRIES_MAX || all + entries > ALL_ENTRIES_MAX) continue;
        c->thresholds = all;
        all += entries;
    }
    return HOL_ALLOCATE(self->thresholds, all, "conditionals");
}

hol_status hol_mrf_connect(mrf *self) {
    hol_status status = HOL_OK;
    int32_t *seen = NULL, *list = NULL;
    HOL_TRY(HOL_ALLOCATE(seen, self->variables, "neighbours"));
    HOL_TRY(HOL_ALLOCATE(list, self->variables, "neighbours"));
    HOL_TRY(HOL_ALLOCATE(self->conditionals, self->variables, "conditionals"));
    HOL_TRY(HOL_ALLOCATE(self->order, self->variables, "colours"));
    HOL_TRY(connect(self, seen, list));
    memset(seen, 0, (size_t)self->variables * sizeof *seen);
    memset(list, 0, (size_t)self->variables * sizeof *list);
    colour(self, list, seen);
    HOL_TRY(plan_tables(self));
cleanup:
    hol_free(seen);
    hol_free(list);
    return status;
}
