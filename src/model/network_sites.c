/* network_sites: categorical layers (num/sites.h): a unit for each state of a variable that has more than two. Their
 * fields, couplings and statistics are those of bits; here is what knows that exactly one unit of a site is on:
 *
 *     p(state s | all others) = exp(field_s / tau) / sum_t exp(field_t / tau)
 *
 * No two units of a site are coupled. A visible layer's variables are columns of states; all have a unit or a site. */
#include <math.h>

#include "base/alloc.h"
#include "network.h"
#include "num/bits.h"
#include "num/elementary.h"

/* ---- making ------------------------------------------------------------------------------------------------------ */

static int64_t units_of(int32_t states) { return states > 2 ? states : 1; }

hol_status hol_network_take_columns(network *self, const hol_model_options *options, const int32_t **ret_states) {
    hol_status status = HOL_OK;
    const hol_structure *cardinalities = hol_model_find_structure(options, "cardinalities");
    const int64_t count = cardinalities ? cardinalities->rows * cardinalities->columns : 0;
    *ret_states = NULL;
    if (!cardinalities) return HOL_OK;
    if (count < 1) HOL_TRY(hol_error(HOL_USAGE, "model %s: found no columns, expected at least one", self->ops.kind));
    HOL_TRY(HOL_ALLOCATE(self->cardinalities, count, "columns"));
    HOL_TRY(HOL_ALLOCATE(self->first_units, count + 1, "columns"));
    for (int64_t c = 0; c < count; c++) {
        const int32_t states = self->cardinalities[c] = cardinalities->values[c];
        if (states < 2 || states > HOL_STATES_MAX)
            HOL_TRY(hol_error(HOL_USAGE, "model %s: column %lld (from 0): found %d states, expected 2 to %d",
                              self->ops.kind, (long long)c, states, HOL_STATES_MAX));
        self->first_units[c + 1] = self->first_units[c] + units_of(states);
    }
    self->base.info.columns = (hol_columns){count, self->cardinalities, self->first_units};
    self->base.info.structures[self->base.info.structure_count++] =
        (hol_structure){"cardinalities", 1, count, self->cardinalities, {NULL, "columns"}, "states of each column"};
    *ret_states = self->cardinalities;
cleanup:
    return status;
}

hol_status hol_network_set_states(layer *l, int64_t count, const int32_t *states, int32_t of_all) {
    hol_status status = HOL_OK;
    int32_t *first = NULL, *of_sites = NULL;
    int64_t sites = 0;
    l->units = 0;
    HOL_TRY(HOL_ALLOCATE(first, count, "columns"));
    HOL_TRY(HOL_ALLOCATE(of_sites, count, "columns"));
    for (int64_t k = 0; k < count; k++) {
        const int32_t own = states ? states[k] : of_all;
        first[sites] = (int32_t)l->units;
        of_sites[sites] = own;
        sites += own > 2;
        l->units += units_of(own);
    }
    if (sites > 0) HOL_TRY(hol_sites_create(sites, first, of_sites, l->units, &l->sites));
cleanup:
    hol_free(first);
    hol_free(of_sites);
    return status;
}

/* The variable whose first unit this is; units 0 where it is none's. */
static hol_variable variable_at(const network *self, int64_t unit) {
    const layer *l = hol_network_layer_of(self, unit);
    const hol_variable v = hol_network_variable(l, unit - l->first);
    return v.first == unit ? v : (hol_variable){0};
}

int64_t hol_network_pairs_of(const network *self, const int32_t ends[2]) {
    return variable_at(self, ends[0]).units * variable_at(self, ends[1]).units;
}

static int64_t join_units(const network *self, const int32_t ends[2], int32_t *to) {
    const hol_variable a = variable_at(self, ends[0]), b = variable_at(self, ends[1]);
    const bool turned = a.units * b.units > 1 && a.first > b.first;
    const hol_variable rows = turned ? b : a, columns = turned ? a : b;
    for (int64_t i = rows.first; i < rows.first + rows.units; i++)
        for (int64_t j = columns.first; j < columns.first + columns.units; j++) *to++ = (int32_t)i, *to++ = (int32_t)j;
    return 2 * a.units * b.units;
}

hol_status hol_network_join(network *self, const hol_structure *edges) {
    hol_status status = HOL_OK;
    const int64_t units = self->base.info.visible + self->base.info.hidden;
    hol_graph *given = NULL; /* checks them */
    int32_t *ends = NULL;
    int64_t count = 0, next = 0;
    HOL_TRY(hol_graph_create(units, edges->rows, edges->values, &given));
    for (int64_t e = 0; e < edges->rows; e++) {
        const int64_t pairs = hol_network_pairs_of(self, edges->values + 2 * e);
        if (pairs == 0)
            HOL_TRY(hol_error(HOL_USAGE, "edge %lld (from 0): found units %d and %d, expected the first of a variable",
                              (long long)e, edges->values[2 * e], edges->values[2 * e + 1]));
        count += pairs;
    }
    if (count > INT32_MAX / 2)
        HOL_TRY(hol_error(HOL_USAGE, "model %s: found %lld couplings of pairs of states, expected at most %d",
                          self->ops.kind, (long long)count, INT32_MAX / 2));
    HOL_TRY(HOL_ALLOCATE(ends, HOL_PRODUCT(2, count), "edges"));
    for (int64_t e = 0; e < edges->rows; e++) next += join_units(self, edges->values + 2 * e, ends + next);
    HOL_TRY(hol_graph_create(units, count, ends, &self->graph));
cleanup:
    hol_graph_destroy(given);
    hol_free(ends);
    return status;
}

hol_status hol_network_list_variables(network *self) {
    hol_status status = HOL_OK;
    hol_model_info *info = &self->base.info;
    int64_t count = 0;
    bool needed = false;
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++) needed |= l->hidden && l->sites;
    if (!needed) return HOL_OK;
    HOL_TRY(HOL_ALLOCATE(self->all_states, info->visible + info->hidden, "variables"));
    HOL_TRY(HOL_ALLOCATE(self->all_first, info->visible + info->hidden + 1, "variables"));
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++)
        for (int64_t i = 0; i < l->units; count++) {
            const hol_variable v = hol_network_variable(l, i);
            self->all_states[count] = (int32_t)v.states;
            self->all_first[count + 1] = v.first + v.units;
            i += v.units;
        }
    info->variables = (hol_columns){count, self->all_states, self->all_first};
cleanup:
    return status;
}

/* ---- first states and parameters --------------------------------------------------------------------------------- */

/* One block's variables of a layer to fair states; those that are held stay. Units are counted from `from` on in the
 * draw; sites have numbers of their own, at the beginning of chains others than in a draw for hidden units. */
static void randomize_layer(const layer *l, uint64_t *words, const uint64_t *held, int64_t number, const hol_draw *draw,
                            int64_t from) {
    for (int64_t i = 0; i < l->units;) {
        const hol_variable v = hol_network_variable(l, i);
        uint64_t drawn[HOL_SITE_STATES_MAX] = {0};
        if (!v.is_site) {
            const hol_rng_words r =
                hol_rng_draw(draw->key, (uint32_t)(v.first - from), (uint32_t)number, draw->step, draw->sweep);
            drawn[0] = (uint64_t)r.word[1] << 32 | r.word[0];
        }
        for (int64_t lane = 0; v.is_site && lane < HOL_LANES; lane++) {
            const uint32_t u =
                from > 0 ? hol_sites_number_ref(draw, v.first, number * HOL_LANES + lane)
                         : hol_rng_draw(draw->key, (uint32_t)v.first, (uint32_t)number, (uint32_t)lane, 1).word[0];
            drawn[(uint64_t)u * (uint64_t)v.states >> 32] |= UINT64_C(1) << lane;
        }
        for (int64_t s = 0; s < v.units; s++)
            words[v.first + s] = hol_bits_hold(drawn[s], words[v.first + s], held ? held[v.first + s] : 0);
        i += v.units;
    }
}

void hol_network_randomize(const network *self, hol_population *population, const hol_draw *draw, bool only_hidden) {
    const hol_states *x = &population->states;
    const int64_t from = only_hidden ? self->base.info.visible : 0;
    for (int64_t b = 0; b < x->blocks; b++)
        for (const layer *l = self->layers; l < self->layers + self->layer_count; l++)
            if (l->hidden || !only_hidden)
                randomize_layer(l, x->words + b * x->stride, population->held ? population->held + b * x->stride : NULL,
                                x->first_block + b, draw, from);
}

void hol_network_set_site_biases(const network *self, const layer *l, const double *means, float *bias) {
    const double tau = self->base.temperature;
    for (int64_t k = 0; l->sites && k < l->sites->count; k++) {
        const int64_t first = l->sites->first[k], states = l->sites->states[k];
        double middle = 0;
        for (int64_t i = first; i < first + states; i++)
            middle += hol_ln(fmax(means[i], HOL_SITE_MEAN_MIN)) / (double)states;
        for (int64_t i = first; i < first + states; i++)
            bias[i] = (float)(tau * (hol_ln(fmax(means[i], HOL_SITE_MEAN_MIN)) - middle));
    }
}
