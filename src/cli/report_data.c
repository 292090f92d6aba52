/* report_data: the rows that a report compares a model with. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/units.h"
#include "estimate/independent.h"
#include "estimate/known.h"
#include "io/dataset.h"
#include "io/sample_weights.h"
#include "num/bits.h"
#include "num/counts.h"
#include "report.h"
#include "train/binarize.h"

/* ---- what is taken of populations -------------------------------------------------------------------------------- */

/* How often each of this rank's chains is one of `tiles`, spread over the population: chain k * count / tiles for each
 * k, or by weight. Collective. */
static hol_status spread(const hol_report *self, const hol_population *from, int64_t tiles, int64_t *times) {
    int64_t first = 0, owned = 0;
    hol_population_get_owned(from, &first, &owned);
    if (from->weights) return hol_spread_over_ranks(self->comm, from->weights, owned, tiles, times);
    for (int64_t k = 0; k < tiles; k++) {
        const int64_t chain = k * from->count / tiles;
        if (chain >= first && chain < first + owned) times[chain - first]++;
    }
    return HOL_OK;
}

/* This rank's. */
static hol_status take_own_tiles(const hol_report *self, hol_population *from, bool probabilities, int64_t tiles,
                                 const int64_t *times, float **ret_own, int64_t *ret_owned) {
    const int64_t visible = self->source.info.visible, stride = hol_round_up(visible, HOL_STRIP);
    hol_status status = HOL_OK;
    uint8_t *bytes = NULL;
    int64_t first = 0, owned = 0;
    hol_population_get_owned(from, &first, &owned);
    HOL_TRY(HOL_ALLOCATE(*ret_own, HOL_PRODUCT(tiles, visible), "samples"));
    HOL_TRY(HOL_ALLOCATE(bytes, visible, "samples"));
    if (probabilities) self->source.model->ops->project(self->source.model, from);
    for (int64_t c = 0; c < owned; c++)
        for (int64_t k = 0; k < times[c]; k++) {
            float *to = *ret_own + (*ret_owned)++ * visible;
            hol_population_get_bytes(from, 0, visible, first + c, 1, bytes);
            for (int64_t i = 0; i < visible; i++)
                to[i] = probabilities ? (float)from->expected[c * stride + i] * 0x1p-15f : (float)bytes[i];
            if (from->held) hol_population_get_held(from, 0, visible, first + c, 1, bytes);
            for (int64_t i = 0; i < visible && from->held; i++)
                if (!bytes[i]) to[i] = NAN;
        }
cleanup:
    hol_free(bytes);
    return status;
}

hol_status hol_report_take_tiles(hol_report *self, hol_population *from, bool probabilities, int64_t most,
                                 float **ret_tiles, int64_t *ret_count) {
    hol_status status = HOL_OK;
    float *own = NULL;
    void *all = NULL;
    int64_t owned = 0, bytes = 0, *times = NULL;
    const int64_t tiles = from->count < most ? from->count : most;
    HOL_TRY(hol_comm_agree(self->comm, HOL_ALLOCATE(times, from->states.blocks * HOL_LANES, "samples")));
    HOL_TRY(spread(self, from, tiles, times));
    HOL_TRY(hol_comm_agree(self->comm, take_own_tiles(self, from, probabilities, tiles, times, &own, &owned)));
    HOL_TRY(hol_comm_gather(self->comm, own, owned * self->source.info.visible * (int64_t)sizeof *own, &all, &bytes));
    *ret_tiles = all;
    *ret_count = tiles;
cleanup:
    hol_free(times);
    hol_free(own);
    return status;
}

hol_status hol_report_add_sums(hol_report *self, const hol_population *from, double *sums) {
    const int64_t visible = self->source.info.visible;
    hol_status status = HOL_OK;
    int64_t first = 0, owned = 0, *counts = NULL;
    uint8_t *bytes = NULL;
    hol_population_get_owned(from, &first, &owned);
    status = HOL_ALLOCATE(counts, visible + 1, "sums");
    if (status == HOL_OK) status = HOL_ALLOCATE(bytes, visible, "sums");
    HOL_TRY(hol_comm_agree(self->comm, status));
    for (int64_t c = first; c < first + owned; c++) {
        int64_t on = 0;
        if (from->held) hol_population_get_held(from, 0, visible, c, 1, bytes);
        if (from->held && memchr(bytes, 0, (size_t)visible)) continue;
        hol_population_get_bytes(from, 0, visible, c, 1, bytes);
        for (int64_t i = 0; i < visible; i++) on += bytes[i];
        counts[on] += from->weights ? from->weights[c - first] : 1;
    }
    HOL_TRY(hol_comm_sum_i64(self->comm, counts, visible + 1));
    for (int64_t k = 0; k <= visible; k++) sums[k] += (double)counts[k];
cleanup:
    hol_free(counts);
    hol_free(bytes);
    return status;
}

/* ---- which data set ---------------------------------------------------------------------------------------------- */

const char *hol_report_run_data(const hol_config *config, const char **ret_default_split) {
    *ret_default_split = config->data.valid[0] ? "valid" : "train";
    return config->data.valid[0] ? config->data.valid : config->data.train;
}

/* What is asked for, what the run was evaluated on, what it validates on, what it learns from. */
static const char *choose(const hol_report *self, const char **ret_default_split) {
    const hol_run_record *run = self->run_count == 1 ? self->runs : NULL;
    const bool is_evaluated = run && isfinite(run->log_likelihood) && run->data[0];
    *ret_default_split = "test";
    if (self->arguments.data) return self->arguments.data;
    if (is_evaluated) return run->data;
    return hol_report_run_data(self->config, ret_default_split);
}

void hol_report_name_data(hol_report *self, const char *reference, const char *default_split) {
    char trained[HOL_RUNS_TEXT_MAX];
    hol_runs_name_data(reference, default_split, self->data.name);
    hol_runs_name_data(self->config->data.train, "train", trained);
    self->data.is_training = strcmp(self->data.name, trained) == 0;
}

const char *hol_report_weights(const hol_report *self) {
    char valid[HOL_RUNS_TEXT_MAX];
    const hol_config *c = self->config;
    const hol_run_record *run = self->run_count == 1 ? self->runs : NULL;
    if (run && run->weights[0] && strcmp(self->data.name, run->data) == 0) return run->weights;
    if (self->data.is_training) return c->data.weights;
    hol_runs_name_data(c->data.valid, "valid", valid);
    return c->data.valid[0] && strcmp(self->data.name, valid) == 0 ? c->data.valid_weights : "";
}

hol_status hol_report_read_rows(hol_report *self, const char *reference, const char *default_split,
                                const char *weights_of, int64_t most, int64_t *ret_rows, hol_population **ret_set) {
    hol_status status = HOL_OK;
    hol_dataset *dataset = NULL;
    hol_sample_weights *weights = NULL;
    hol_binarizer binarizer = hol_cli_binarizer(self->config, self->source.model);
    binarizer.takes_missing = true;
    HOL_TRY(hol_cli_open_data(self->comm, self->config, reference, default_split, true, &dataset));
    HOL_TRY(
        hol_cli_check_columns(reference, hol_dataset_get_columns(dataset), self->source.model, self->source.info.path));
    HOL_TRY(hol_sample_weights_read(self->comm, weights_of, dataset, &weights));
    *ret_rows = hol_dataset_get_rows(dataset);
    const int64_t used = *ret_rows < most ? *ret_rows : most;
    status =
        hol_population_create(self->source.model, used, hol_comm_rank(self->comm), hol_comm_size(self->comm), ret_set);
    if (status == HOL_OK) status = hol_binarize_population(dataset, &binarizer, weights, self->source.model, *ret_set);
    HOL_TRY(hol_comm_agree(self->comm, status));
cleanup:
    hol_sample_weights_destroy(weights);
    hol_dataset_close(dataset);
    return status;
}

hol_status hol_report_read_training_rows(hol_report *self, int64_t most, int64_t *ret_rows, hol_population **ret_set) {
    const char *reference = self->config->data.train;
    *ret_set = NULL;
    if (!reference[0]) return HOL_OK;
    hol_status status =
        hol_report_read_rows(self, reference, "train", self->config->data.weights, most, ret_rows, ret_set);
    if (hol_error_code(status) != HOL_BAD_INPUT) return status;
    (void)hol_error_drop(status);
    hol_population_destroy(*ret_set);
    *ret_set = NULL;
    return HOL_OK;
}

static hol_status load(hol_report *self, const char *reference, const char *default_split) {
    hol_status status = HOL_OK;
    hol_report_data *data = &self->data;
    double effective = 0;
    hol_report_name_data(self, reference, default_split);
    HOL_TRY(hol_report_read_rows(self, reference, default_split, hol_report_weights(self), HOL_REPORT_ROWS_MAX,
                                 &data->rows, &data->set));
    data->used = data->set->count;
    HOL_TRY(hol_population_effective(self->comm, data->set, &effective));
    if (!(effective > 0))
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found %lld rows to look at of weight 0, expected one above 0", reference,
                          (long long)data->used));
    data->there = true;
cleanup:
    return status;
}

/* ---- what is computed of them ------------------------------------------------------------------------------------ */

/* Rank 0's free energies of all rows, as they would stand were each as often there as its weight says. */
static hol_status spread_energies(hol_report *self, double *energies, const uint32_t *weights) {
    hol_status status = HOL_OK;
    const int64_t count = self->data.used;
    int64_t sum = 0, end = weights[0], row = 0;
    double *spread = NULL;
    HOL_TRY(HOL_ALLOCATE(spread, count, "energies"));
    for (int64_t r = 0; r < count; r++) sum += weights[r];
    for (int64_t k = 0; k < count; k++) {
        const int64_t place = (int64_t)(((hol_wide)(2 * k + 1) * sum) / (2 * count));
        while (end <= place) end += weights[++row];
        spread[k] = energies[row];
    }
    memcpy(energies, spread, (size_t)count * sizeof *spread);
cleanup:
    hol_free(spread);
    return status;
}

/* Those of all ranks to rank 0. */
static hol_status gather_energies(hol_report *self, const double *own, int64_t owned) {
    hol_status status = HOL_OK;
    void *all = NULL, *weights = NULL;
    int64_t size = 0;
    const uint32_t *own_weights = self->data.set->weights;
    HOL_TRY(hol_comm_gather(self->comm, own, owned * (int64_t)sizeof *own, &all, &size));
    self->data.free_energies = all;
    if (!own_weights) return HOL_OK; /* on all ranks */
    HOL_TRY(hol_comm_gather(self->comm, own_weights, owned * (int64_t)sizeof *own_weights, &weights, &size));
    if (all) status = spread_energies(self, all, weights);
    status = hol_comm_agree(self->comm, status);
cleanup:
    hol_free(weights);
    return status;
}

/* The part of all units of the rows that is not known. Collective. */
static hol_status count_missing(hol_report *self, const uint8_t *known, int64_t owned) {
    const int64_t visible = self->source.info.visible;
    int64_t sums[3] = {0, owned * visible, 0};
    for (int64_t i = 0; i < sums[1]; i++) sums[0] += !known[i];
    for (int64_t r = 0; r < owned; r++) sums[2] += !memchr(known + r * visible, 1, (size_t)visible);
    const hol_status status = hol_comm_sum_i64(self->comm, sums, 3);
    self->data.unknown = sums[2];
    self->data.missing = (double)sums[0] / (double)sums[1];
    return status;
}

/* Independent columns with these rows' own frequencies, and -F beside them where the model is prepared for it. */
static hol_status score(hol_report *self, bool is_prepared) {
    hol_status status = HOL_OK;
    hol_report_data *data = &self->data;
    const hol_model *model = self->source.model;
    const int64_t visible = self->source.info.visible, lanes = data->set->states.blocks * HOL_LANES;
    bool has_energies = is_prepared && model->ops->free_energy;
    hol_independent *columns = NULL;
    double *scores = NULL, *baseline = NULL;
    uint8_t *bytes = NULL, *known = NULL;
    int64_t first = 0, owned = 0;
    hol_population_get_owned(data->set, &first, &owned);
    if (has_energies) HOL_TRY(hol_known_is_countable(self->comm, model, data->set, &has_energies));
    HOL_TRY(hol_population_effective(self->comm, data->set, &data->effective));
    status = hol_independent_create(&model->info.columns, visible, &columns);
    if (status == HOL_OK) status = HOL_ALLOCATE(bytes, HOL_PRODUCT(owned, visible), "data set");
    if (status == HOL_OK && data->set->held) status = HOL_ALLOCATE(known, HOL_PRODUCT(owned, visible), "data set");
    if (status == HOL_OK) status = HOL_ALLOCATE(scores, lanes, "likelihoods");
    if (status == HOL_OK) status = HOL_ALLOCATE(baseline, lanes, "likelihoods");
    HOL_TRY(hol_comm_agree(self->comm, status));
    hol_population_get_bytes(data->set, 0, visible, first, owned, bytes);
    if (known) hol_population_get_held(data->set, 0, visible, first, owned, known);
    if (known) HOL_TRY(count_missing(self, known, owned));
    hol_independent_add(columns, owned, bytes, known, data->set->weights);
    HOL_TRY(hol_independent_finish(self->comm, columns));
    for (int64_t c = 0; c < owned; c++)
        baseline[c] = hol_independent_score(columns, bytes + c * visible, known ? known + c * visible : NULL, NULL);
    if (has_energies) status = hol_known_free_energy(model, data->set, scores);
    HOL_TRY(hol_comm_agree(self->comm, status));
    for (int64_t c = 0; c < owned; c++) scores[c] = has_energies ? -scores[c] : (double)NAN;
    HOL_TRY(hol_gain_measure(self->comm, owned, data->set->weights, scores, baseline, &data->gain));
    data->independent = data->gain.independent;
    for (int64_t c = 0; c < owned; c++) scores[c] = -scores[c];
    if (has_energies) HOL_TRY(gather_energies(self, scores, owned));
cleanup:
    hol_independent_destroy(columns);
    hol_free(scores);
    hol_free(baseline);
    hol_free(bytes);
    hol_free(known);
    return status;
}

static hol_status count(hol_report *self) {
    hol_status status = HOL_OK;
    hol_report_data *data = &self->data;
    hol_moments moments = {0};
    status = hol_moments_create(self->source.model, self->units, data->set->held, &moments);
    if (status == HOL_OK) status = HOL_ALLOCATE(data->means, self->units, "moments");
    if (status == HOL_OK) status = HOL_ALLOCATE(data->pairs, HOL_PRODUCT(self->units, self->units), "moments");
    if (status == HOL_OK) status = HOL_ALLOCATE(data->sums, self->source.info.visible + 1, "sums");
    HOL_TRY(hol_comm_agree(self->comm, status));
    hol_moments_add(&moments, data->set);
    HOL_TRY(hol_moments_reduce(&moments, self->comm));
    hol_moments_get(&moments, data->means, data->pairs);
    HOL_TRY(hol_report_add_sums(self, data->set, data->sums));
cleanup:
    hol_moments_clear(&moments);
    return status;
}

hol_status hol_report_describe_data(hol_report *self, bool is_prepared) {
    hol_status status = HOL_OK;
    hol_report_data *data = &self->data;
    HOL_TRY(score(self, is_prepared));
    if (is_prepared) HOL_TRY(count(self));
    HOL_TRY(hol_report_take_tiles(self, data->set, false, HOL_REPORT_TILES, &data->tiles, &data->tile_count));
cleanup:
    return status;
}

hol_status hol_report_find_data(hol_report *self) {
    const char *default_split = NULL, *reference = choose(self, &default_split);
    hol_report_data *data = &self->data;
    hol_status status = HOL_OK;
    data->independent = data->gain.mean = data->gain.error = (double)NAN;
    if (!reference[0]) {
        (void)snprintf(data->why, sizeof data->why, "the run has none; --data names some");
        return HOL_OK;
    }
    status = load(self, reference, default_split);
    if (hol_error_code(status) == HOL_BAD_INPUT && !self->arguments.data) { /* moved since, or on another machine */
        (void)snprintf(data->why, sizeof data->why, "%s (--data names the data set where it is now)",
                       hol_error_message(status));
        (void)hol_error_drop(status);
        return HOL_OK;
    }
    HOL_TRY(status);
    HOL_TRY(hol_report_describe_data(self, true));
cleanup:
    return status;
}

void hol_report_clear_data(hol_report_data *data) {
    hol_population_destroy(data->set);
    hol_free(data->free_energies);
    hol_free(data->tiles);
    hol_free(data->sums);
    hol_free(data->means);
    hol_free(data->pairs);
    *data = (hol_report_data){0};
}
