/* mrf: Markov random fields over variables of any cardinality, with cliques of any size (Koller & Friedman 2009,
 * chapter 4).
 *
 *     E(x) = -sum_q theta_q(x_q)          p(x) = exp(-E(x) / tau) / Z
 *
 * theta_q is the clique's table of log-potentials, x_q the states of its variables. T counts: the entry of theta_q at
 * x_q has the statistic 1, all others of the table 0, so that the gradient of an entry is the difference of two
 * frequencies. A potential of 0 forbids its configuration; such entries are in the structure `zeros` and not learned
 * (model/cliques.h).
 *
 * A variable with c states lies in as many visible units as c - 1 has binary digits (state/columns.h). Sampling is
 * chromatic (Gonzalez et al. 2011): the Markov graph is coloured once, and the variables are drawn colour after colour
 * from their conditionals given all others: a valid scan of the exact conditionals. All floating point is per chain and
 * in the order of the cliques.
 *
 * Contents: making, parameters, operations. mrf_graph.c: neighbours and colours; mrf_states.c: states and
 * logits; mrf_sample.c: sweeps and counts; mrf_pairs.c: those of cliques of two; mrf_start.c: states to begin at;
 * mrf_values.c: what a state is worth. */
#include "mrf.h"

#include <string.h>

#include "base/alloc.h"
#include "num/fixed.h"
#include "num/pairwise.h"

/* ---- making ------------------------------------------------------------------------------------------------------ */

void hol_mrf_destroy(hol_model *model) {
    mrf *self = (mrf *)model;
    void *const arrays[] = {self->cardinalities,    self->first_units,
                            self->clique_rows,      self->zeros,
                            self->scope_starts,     self->scopes,
                            self->strides,          self->table_starts,
                            self->incidences,       self->incidence_starts,
                            self->forbidden,        self->start,
                            self->tables,           self->order,
                            self->colour_starts,    self->conditionals,
                            self->neighbour_starts, self->neighbours,
                            self->weights,          self->thresholds,
                            self->alphabet};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) hol_free(arrays[i]);
    hol_mrf_search_destroy(self);
    hol_pairwise_destroy(self->pairs);
    hol_free(self);
}

static hol_status copy_i32(const hol_structure *structure, int32_t **ret_copy) {
    const int64_t count = structure->rows * structure->columns;
    const hol_status status = HOL_ALLOCATE(*ret_copy, count, "cliques");
    if (status == HOL_OK) memcpy(*ret_copy, structure->values, (size_t)count * sizeof **ret_copy);
    return status;
}

hol_status hol_mrf_begin(const hol_model_ops *ops, const hol_model_options *options, mrf **ret_self) {
    const hol_status status = HOL_ALLOCATE(*ret_self, 1, "model");
    if (status != HOL_OK) return status;
    mrf *self = *ret_self;
    self->ops = *ops;
    self->base.ops = &self->ops;
    self->base.temperature = options->temperature;
    self->base.team = options->team;
    self->kernels = options->kernels;
    return HOL_OK;
}

hol_status hol_mrf_add_variables(mrf *self, int64_t variables, const int32_t *cardinalities) {
    hol_status status = HOL_OK;
    self->variables = variables;
    HOL_TRY(HOL_ALLOCATE(self->cardinalities, variables, "variables"));
    memcpy(self->cardinalities, cardinalities, (size_t)variables * sizeof *cardinalities);
    HOL_TRY(HOL_ALLOCATE(self->first_units, self->variables + 1, "variables"));
    for (int64_t v = 0; v < self->variables; v++) {
        const int32_t c = self->cardinalities[v];
        if (c < 1 || c > HOL_STATES_MAX)
            HOL_TRY(hol_error(HOL_USAGE, "model %s: variable %lld: found %d states, expected from 1 to %d",
                              self->ops.kind, (long long)v, c, HOL_STATES_MAX));
        self->first_units[v + 1] = self->first_units[v] + hol_columns_digits(c);
    }
    if (self->first_units[self->variables] < 1)
        HOL_TRY(
            hol_error(HOL_USAGE, "model %s: found no variable with more than one state, expected one", self->ops.kind));
cleanup:
    return status;
}

hol_status hol_mrf_make_cliques(mrf *self, int64_t cliques, int64_t scopes) {
    hol_status status = HOL_OK;
    HOL_TRY(HOL_ALLOCATE(self->scope_starts, cliques + 1, "cliques"));
    HOL_TRY(HOL_ALLOCATE(self->table_starts, cliques + 1, "cliques"));
    HOL_TRY(HOL_ALLOCATE(self->scopes, scopes, "cliques"));
    HOL_TRY(HOL_ALLOCATE(self->strides, scopes, "cliques"));
cleanup:
    return status;
}

void hol_mrf_add_clique(mrf *self, int64_t size, const int32_t *scope) {
    const int64_t q = self->cliques++, at = self->scope_starts[q];
    int64_t stride = 1;
    for (int64_t k = size - 1; k >= 0; k--) {
        self->scopes[at + k] = scope[k];
        self->strides[at + k] = stride;
        stride *= self->cardinalities[scope[k]];
    }
    self->scope_starts[q + 1] = at + size;
    self->table_starts[q + 1] = self->table_starts[q] + stride;
}

static hol_status lay_out_cliques(mrf *self, const hol_structure *cliques) {
    hol_status status = HOL_OK;
    const int64_t width = cliques->columns;
    hol_factors *check = NULL; /* knows what a scope may be */
    double *table = NULL;
    HOL_TRY(hol_factors_create(self->variables, self->cardinalities, &check));
    HOL_TRY(copy_i32(cliques, &self->clique_rows));
    HOL_TRY(hol_mrf_make_cliques(self, cliques->rows, HOL_PRODUCT(cliques->rows, width)));
    for (int64_t q = 0; q < cliques->rows; q++) {
        const int32_t *row = self->clique_rows + q * width;
        int64_t size = 0;
        while (size < width && row[size] != -1) size++;
        HOL_TRY(hol_factors_add(check, size, row, &table));
        hol_mrf_add_clique(self, size, row);
    }
cleanup:
    hol_factors_destroy(check);
    return status;
}

static hol_status index_incidences(mrf *self) {
    hol_status status = HOL_OK;
    const int64_t all = self->scope_starts[self->cliques];
    HOL_TRY(HOL_ALLOCATE(self->incidences, all, "cliques"));
    HOL_TRY(HOL_ALLOCATE(self->incidence_starts, self->variables + 2, "cliques"));
    int64_t *next = self->incidence_starts + 1; /* becomes the starts while it is filled in */
    for (int64_t i = 0; i < all; i++)
        if (self->scopes[i] + 1 < self->variables) next[self->scopes[i] + 1]++;
    for (int64_t v = 1; v < self->variables; v++) next[v] += next[v - 1];
    for (int64_t q = 0; q < self->cliques; q++)
        for (int64_t i = self->scope_starts[q]; i < self->scope_starts[q + 1]; i++)
            self->incidences[next[self->scopes[i]]++] = (incidence){.clique = q, .stride = self->strides[i]};
cleanup:
    return status;
}

static hol_status take_zeros(mrf *self, const hol_structure *zeros) {
    hol_status status = HOL_OK;
    const int64_t parameters = self->table_starts[self->cliques];
    if (!zeros) return HOL_OK;
    HOL_TRY(HOL_ALLOCATE(self->forbidden, parameters, "potentials"));
    HOL_TRY(copy_i32(zeros, &self->zeros));
    for (int64_t z = 0; z < zeros->rows * zeros->columns; z++) {
        const int32_t at = self->zeros[z];
        if (at < 0 || at >= parameters)
            HOL_TRY(hol_error(HOL_USAGE, "model mrf: found a zero potential at %d, expected one from 0 to %lld", at,
                              (long long)parameters - 1));
        self->forbidden[at] = 1;
        if (self->start) self->start[at] = 0;
    }
cleanup:
    return status;
}

static void describe(mrf *self, const hol_structure *cliques, const hol_structure *zeros) {
    hol_model_info *info = &self->base.info;
    const int64_t parameters = self->table_starts[self->cliques];
    *info = (hol_model_info){.visible = self->first_units[self->variables],
                             .parameters = parameters,
                             .columns = {self->variables, self->cardinalities, self->first_units},
                             .unit = 1,
                             .largest = 1,
                             .group_count = 1,
                             .structure_count = zeros ? 3 : 2};
    info->groups[0] = (hol_parameter_group){
        .name = "log_potentials",
        .axes = {"entries"},
        .text = "the cliques' tables, one after the other, a clique's last variable fastest; 0 where /structure/zeros "
                "has the entry's number",
        .rows = 1,
        .columns = parameters,
        .decays = true};
    info->structures[0] = (hol_structure){
        "cardinalities", 1, self->variables, self->cardinalities, {NULL, "variables"}, "states of each variable"};
    info->structures[1] = (hol_structure){"cliques",
                                          self->cliques,
                                          cliques->columns,
                                          self->clique_rows,
                                          {"cliques", "largest clique"},
                                          "the variables of each clique, filled up with -1"};
    if (zeros)
        info->structures[2] = (hol_structure){
            "zeros",     zeros->rows, zeros->columns,
            self->zeros, {"zeros"},   "entries of log_potentials that are hard constraints: potential 0"};
}

hol_status hol_mrf_finish(mrf *self) {
    hol_status status = HOL_OK;
    hol_memory *memory = hol_team_memory(self->base.team);
    HOL_TRY(index_incidences(self));
    HOL_TRY(hol_mrf_pairs_create(self));
    if (!self->pairs) {
        HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->tables, self->table_starts[self->cliques], "potentials"));
        HOL_TRY(hol_mrf_connect(self));
    }
    if (self->zeros) HOL_TRY(hol_mrf_search_create(self));
    if (self->variables > 8 * self->base.info.visible)
        self->ops.exact_units = NULL; /* its scratch is doubles of units */
    if (self->zeros) {                /* constraints leave nothing independent, and states out */
        self->ops.independent = NULL;
        self->ops.add_fair = NULL;
    }
cleanup:
    return status;
}

static hol_status create(const hol_model_options *options, hol_model **ret_model) {
    hol_status status = HOL_OK;
    mrf *self = NULL;
    const hol_structure *cardinalities = hol_model_find_structure(options, "cardinalities");
    const hol_structure *cliques = hol_model_find_structure(options, "cliques"),
                        *zeros = hol_model_find_structure(options, "zeros");
    if (!cardinalities || !cliques || cardinalities->rows * cardinalities->columns < 1 || cliques->rows < 1)
        return hol_error(HOL_USAGE, "model mrf: found no variables or no cliques, expected some of both");
    HOL_TRY(hol_mrf_begin(&hol_model_mrf, options, &self));
    HOL_TRY(hol_mrf_add_variables(self, cardinalities->rows * cardinalities->columns, cardinalities->values));
    HOL_TRY(lay_out_cliques(self, cliques));
    HOL_TRY(hol_copy_floats(options->initial, self->table_starts[self->cliques], "potentials", &self->start));
    HOL_TRY(take_zeros(self, zeros));
    describe(self, cliques, zeros);
    HOL_TRY(hol_mrf_finish(self));
    *ret_model = &self->base;
    return HOL_OK;
cleanup:
    if (self) hol_mrf_destroy(&self->base);
    return status;
}

/* ---- parameters -------------------------------------------------------------------------------------------------- */

/* The tables as they came. A field has no symmetry that a random start would have to break. */
static void initialize(const hol_model *model, const double *visible_means, double spread, uint64_t seed,
                       float *theta) {
    (void)visible_means, (void)spread, (void)seed;
    const float *start = as_mrf(model)->start;
    for (int64_t i = 0; i < model->info.parameters; i++) theta[i] = start ? start[i] : 0;
}

hol_status hol_mrf_prepare(hol_model *model, const float *theta) {
    mrf *self = (mrf *)model;
    for (int64_t i = 0; i < model->info.parameters; i++) {
        const double value = (double)theta[i] / model->temperature;
        if (!is_forbidden(self, i) && !(fabs(value) < HOL_FIXED_LIMIT))
            return hol_error(
                HOL_NUMERICAL,
                "a log-potential is %g, expected less than %g: parameters diverged, or too low a temperature", value,
                HOL_FIXED_LIMIT);
        self->tables[i] = is_forbidden(self, i) ? -(double)INFINITY : value;
    }
    hol_mrf_tabulate(self);
    return HOL_OK;
}

/* ---- operations -------------------------------------------------------------------------------------------------- */

int64_t hol_mrf_scratch_bytes(const hol_model *model, int64_t blocks) { return blocks * block_scratch(as_mrf(model)); }

/* Variables and cliques are in the config or in a file; a checkpoint has them itself, where they were imported. */
static const char *check(const hol_model_options *options, bool is_new, const char **ret_key) {
    const bool file = hol_model_get(options, "file", 0) > 0, variables = hol_model_get(options, "variables", 0) > 0,
               cliques = hol_model_get(options, "cliques", 0) > 0;
    *ret_key = file ? "model.file" : "model.kind";
    if (file && (variables || cliques)) return "found one beside variables or cliques, expected one of the two";
    if (file || (variables && cliques) || !is_new) return NULL;
    return "found mrf without variables or cliques, expected model.variables and model.cliques, or model.file";
}

static const int32_t example_cardinalities[] = {2, 2}, example_clique[] = {0, 1}, example_zeros[] = {0};
static const hol_model_options example = {
    .kind = "mrf",
    .temperature = 1,
    .structure_count = 3,
    .structures = {{.name = "cardinalities", .rows = 1, .columns = 2, .values = example_cardinalities},
                   {.name = "cliques", .rows = 1, .columns = 2, .values = example_clique},
                   {.name = "zeros", .rows = 1, .columns = 1, .values = example_zeros}}};

const hol_model_ops hol_model_mrf = {
    .kind = "mrf",
    .summary = "has variables of any numbers of states, and a table for each clique of them",
    .keys = "model.variables model.cliques model.file",
    .self_contained = true,
    .check = check,
    .example = &example,
    .create = create,
    .initialize = initialize,
    HOL_MRF_OPERATIONS,
};
