/* potts: sites of q states each, with a field each and couplings of pairs: what direct coupling analysis learns of
 * sequences (Weigt et al. 2009; Figliuzzi, Barrat-Charlaix & Weigt 2018).
 *
 *     E(x) = -sum_i h_i(x_i) - sum_(i < j) J_ij(x_i, x_j)          p(x) = exp(-E(x) / tau) / Z
 *
 * It is the Markov random field (src/model/mrf.c) of a clique for each site and one for each pair of all, or of those
 * in a list of edges, which is made here without lists of either. Sites are the data's columns. */
#include <string.h>

#include "base/alloc.h"
#include "mrf.h"
#include "num/elementary.h"

/* ---- making ------------------------------------------------------------------------------------------------------ */

/* Sites as the data have columns, each of as many states as any has; of bits, two. */
static hol_status add_sites(mrf *self, const hol_model_options *options) {
    hol_status status = HOL_OK;
    const hol_structure *given = hol_model_find_structure(options, "cardinalities");
    const int64_t sites = given ? given->rows * given->columns : options->visible;
    int32_t *states = NULL, most = 2;
    if (sites < 2 || sites > INT32_MAX)
        HOL_TRY(hol_error(HOL_USAGE, "model potts: found %lld column%s, expected at least 2", (long long)sites,
                          sites == 1 ? "" : "s"));
    HOL_TRY(HOL_ALLOCATE(states, sites, "sites"));
    for (int64_t i = 0; given && i < sites; i++) most = given->values[i] > most ? given->values[i] : most;
    for (int64_t i = 0; i < sites; i++) states[i] = most;
    HOL_TRY(hol_mrf_add_variables(self, sites, states));
cleanup:
    hol_free(states);
    return status;
}

/* An edge joins two different sites, and no two edges the same. */
static hol_status check_edges(const mrf *self, const hol_structure *edges) {
    hol_graph *graph = NULL;
    hol_status status = edges->rows > 0 && edges->columns == 2 ? HOL_OK
                                                               : hol_error(HOL_USAGE, "model potts: found no edges, "
                                                                                      "expected some in model.edges");
    if (status == HOL_OK) status = hol_graph_create(self->variables, edges->rows, edges->values, &graph);
    hol_graph_destroy(graph);
    return status;
}

/* The sites, then the pairs: of edges in their order, else (0, 1), (0, 2) ... */
static hol_status add_cliques(mrf *self, const hol_structure *edges) {
    hol_status status = HOL_OK;
    const int32_t sites = (int32_t)self->variables;
    const int64_t pairs = edges ? edges->rows : self->variables * (self->variables - 1) / 2;
    const int64_t q = self->cardinalities[0];
    if (HOL_PRODUCT(pairs, q * q) > INT64_MAX / 16)
        HOL_TRY(
            hol_error(HOL_USAGE, "model potts: found %lld pairs, too many for couplings of each", (long long)pairs));
    if (edges) HOL_TRY(check_edges(self, edges));
    HOL_TRY(hol_mrf_make_cliques(self, sites + pairs, sites + 2 * pairs));
    for (int32_t i = 0; i < sites; i++) hol_mrf_add_clique(self, 1, &i);
    for (int64_t e = 0; edges && e < pairs; e++) {
        const int32_t a = edges->values[2 * e], b = edges->values[2 * e + 1];
        hol_mrf_add_clique(self, 2, a < b ? (const int32_t[]){a, b} : (const int32_t[]){b, a});
    }
    for (int32_t i = 0; !edges && i < sites; i++)
        for (int32_t j = i + 1; j < sites; j++) hol_mrf_add_clique(self, 2, (const int32_t[]){i, j});
cleanup:
    return status;
}

static hol_status take_alphabet(mrf *self, const hol_structure *alphabet) {
    const int64_t q = self->cardinalities[0];
    if (!alphabet) return HOL_OK;
    if (alphabet->rows * alphabet->columns != q)
        return hol_error(HOL_USAGE, "structure alphabet: found %lld letters, expected %lld, one a state",
                         (long long)(alphabet->rows * alphabet->columns), (long long)q);
    const hol_status status = HOL_ALLOCATE(self->alphabet, q, "alphabet");
    if (status == HOL_OK) memcpy(self->alphabet, alphabet->values, (size_t)q * sizeof *self->alphabet);
    return status;
}

static hol_model_pairs get_pairs(const hol_model *model) {
    const mrf *self = as_mrf(model);
    return (hol_model_pairs){.sites = self->variables,
                             .states = self->cardinalities[0],
                             .count = self->cliques - self->variables,
                             .couplings = self->table_starts[self->variables],
                             .ends = self->scopes + self->variables,
                             .alphabet = self->alphabet};
}

static void describe(mrf *self, bool has_edges) {
    hol_model_info *info = &self->base.info;
    const hol_model_pairs pairs = get_pairs(&self->base);
    *info = (hol_model_info){.visible = self->first_units[self->variables],
                             .parameters = self->table_starts[self->cliques],
                             .columns = {self->variables, self->cardinalities, self->first_units},
                             .unit = 1,
                             .largest = 1,
                             .group_count = 2};
    info->groups[0] = (hol_parameter_group){.name = "fields",
                                            .axes = {"sites", "states"},
                                            .text = "h: the field of each state of each site",
                                            .rows = pairs.sites,
                                            .columns = pairs.states};
    info->groups[1] =
        (hol_parameter_group){.name = "couplings",
                              .axes = {"pairs", "states of i x states of j"},
                              .text = "J: of each pair of sites i < j, those of /structure/edges, or all in the order "
                                      "(0, 1), (0, 2) ...; the state of j fastest",
                              .rows = pairs.count,
                              .columns = pairs.states * pairs.states,
                              .offset = pairs.couplings,
                              .decays = true};
    hol_structure *to = info->structures;
    *to++ = (hol_structure){"cardinalities",          1, self->variables, self->cardinalities, {NULL, "variables"},
                            "states of each variable"};
    if (has_edges)
        *to++ = (hol_structure){"edges", pairs.count, 2, pairs.ends, {"edges"}, "the two units that each edge joins"};
    if (self->alphabet)
        *to++ = (hol_structure){
            "alphabet", 1, pairs.states, self->alphabet, {NULL, "states"}, "the code of each state's letter"};
    info->structure_count = (int)(to - info->structures);
}

static hol_status create(const hol_model_options *options, hol_model **ret_model) {
    hol_status status = HOL_OK;
    mrf *self = NULL;
    const hol_structure *edges = hol_model_find_structure(options, "edges");
    if (options->hidden != 0)
        return hol_error(HOL_USAGE, "model potts: found %lld hidden units, expected none", (long long)options->hidden);
    if (options->initial || options->initial_fields)
        return hol_error(HOL_USAGE, "model potts: found an edge with a coupling or a field, expected two numbers a "
                                    "line: its couplings begin at 0");
    HOL_TRY(hol_mrf_begin(&hol_model_potts, options, &self));
    HOL_TRY(add_sites(self, options));
    HOL_TRY(add_cliques(self, edges));
    HOL_TRY(take_alphabet(self, hol_model_find_structure(options, "alphabet")));
    describe(self, edges != NULL);
    HOL_TRY(hol_mrf_finish(self));
    *ret_model = &self->base;
    return HOL_OK;
cleanup:
    if (self) hol_mrf_destroy(&self->base);
    return status;
}

/* ---- parameters -------------------------------------------------------------------------------------------------- */

/* No couplings, and fields such that a site's states are as frequent as in the data; their sum over a site is 0. */
static void initialize(const hol_model *model, const double *visible_means, double spread, uint64_t seed,
                       float *theta) {
    (void)spread, (void)seed;
    const mrf *self = as_mrf(model);
    const double *means = visible_means;
    double p[HOL_STATES_MAX];
    memset(theta, 0, (size_t)model->info.parameters * sizeof *theta);
    for (int64_t i = 0; i < self->variables && visible_means; i++) {
        const int32_t q = self->cardinalities[i];
        double mean = 0;
        hol_mrf_frequencies(self, i, means, p, &means);
        for (int32_t s = 0; s < q; s++) mean += (p[s] = hol_ln(p[s])) / q;
        for (int32_t s = 0; s < q; s++) theta[i * q + s] = (float)(model->temperature * (p[s] - mean));
    }
}

/* ---- operations -------------------------------------------------------------------------------------------------- */

static const int32_t example_cardinalities[] = {3, 3, 3}, example_edges[] = {0, 1, 1, 2},
                     example_alphabet[] = {'-', 'A', 'B'};
static const hol_model_options example = {
    .kind = "potts",
    .temperature = 1,
    .structure_count = 3,
    .structures = {{.name = "cardinalities", .rows = 1, .columns = 3, .values = example_cardinalities},
                   {.name = "edges", .rows = 2, .columns = 2, .values = example_edges},
                   {.name = "alphabet", .rows = 1, .columns = 3, .values = example_alphabet}}};

const hol_model_ops hol_model_potts = {
    .kind = "potts",
    .summary = "has columns of q states, E(x) = -sum_i h_i(x_i) - sum_(i<j) J_ij(x_i, x_j)",
    .keys = "model.edges",
    .wants_pseudo_count = true,
    .takes_columns = true,
    .example = &example,
    .create = create,
    .initialize = initialize,
    .pairs = get_pairs,
    HOL_MRF_OPERATIONS,
};
