/* mrf_graph: the Markov graph of a field: two variables are neighbours when a clique has both (those of one state are
 * nobody's). The order of the scan follows from its colouring, and so from the cliques alone. */
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

/* All variables' neighbours; list and seen are (variables) scratch, zeros. */
static hol_status connect(mrf *self, int32_t *seen, int32_t *list) {
    hol_status status = HOL_OK;
    for (int64_t v = 0; v < self->variables; v++)
        self->neighbour_starts[v + 1] = self->neighbour_starts[v] + list_neighbours(self, v, seen, list);
    HOL_TRY(HOL_ALLOCATE(self->neighbours, self->neighbour_starts[self->variables], "neighbours"));
    HOL_TRY(HOL_ALLOCATE(self->weights, self->neighbour_starts[self->variables], "neighbours"));
    memset(seen, 0, (size_t)self->variables * sizeof *seen);
    for (int64_t v = 0; v < self->variables; v++) {
        conditional *c = &self->conditionals[v];
        *c = (conditional){.configurations = 1, .thresholds = -1};
        (void)list_neighbours(self, v, seen, self->neighbours + self->neighbour_starts[v]);
        for (int64_t k = self->neighbour_starts[v]; k < self->neighbour_starts[v + 1]; k++) {
            self->weights[k] = c->configurations;
            if (c->configurations <= HOL_MRF_ENTRIES_MAX) c->configurations *= self->cardinalities[self->neighbours[k]];
        }
    }
cleanup:
    return status;
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
    HOL_TRY(HOL_ALLOCATE(self->neighbour_starts, self->variables + 1, "neighbours"));
    HOL_TRY(HOL_ALLOCATE(self->conditionals, self->variables, "conditionals"));
    HOL_TRY(connect(self, seen, list));
    HOL_TRY(hol_graph_colour(self->variables, self->neighbour_starts, self->neighbours, &self->colours, &self->order,
                             &self->colour_starts));
    HOL_TRY(plan_tables(self));
cleanup:
    hol_free(seen);
    hol_free(list);
    return status;
}
