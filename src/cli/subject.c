/* subject: the model and the data of an evaluation, and where chains of the model begin. */
#include "cli/subject.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/config.h"
#include "cli/letters.h"
#include "cli/model.h"
#include "cli/units.h"
#include "estimate/exact.h"
#include "estimate/known.h"
#include "io/sample_weights.h"
#include "model/means.h"
#include "model/variable.h"
#include "num/bits.h"
#include "num/elementary.h"
#include "sample/population.h"
#include "train/binarize.h"
#include "train/state.h"

enum { PIECE_BYTES = 1 << 22 };

/* ---- data -------------------------------------------------------------------------------------------------------- */

/* The data set and what the run did to turn levels into bits. Collective. */
static hol_status open_data(hol_subject *self, const char *reference, hol_binarizer *ret_binarizer,
                            hol_dataset **ret_dataset) {
    const hol_checkpoint_info *info = &self->info;
    hol_config *config = NULL;
    hol_status status =
        hol_comm_agree(self->comm, hol_config_parse(info->path, info->config, strlen(info->config), NULL, 0, &config));
    if (status != HOL_OK) return status;
    *ret_binarizer = hol_cli_binarizer(config, self->model);
    status = hol_cli_open_data(self->comm, config, reference, "test", true, ret_dataset);
    hol_config_destroy(config);
    return status;
}

/* Aligned sequences of the letters that the model is of. Collective. */
static hol_status open_sequences(hol_subject *self, hol_subject_data data, hol_binarizer *ret_binarizer,
                                 hol_dataset **ret_dataset) {
    hol_status status = HOL_OK;
    hol_alphabet alphabet = {0};
    hol_alignment *alignment = NULL;
    const char *path = data.reference;
    char others[128];
    status = hol_cli_find_alphabet(self->comm, &self->info, self->model, &alphabet);
    if (status == HOL_OK)
        status = hol_cli_load_alignment(path, &alphabet, hol_model_columns(self->model), data.letters_missing,
                                        &alignment);
    HOL_TRY(hol_comm_agree(self->comm, status));
    hol_alignment_list_others(alignment, others, sizeof others);
    if (alignment->with_others > 0)
        hol_log_warning(self->comm, "%s: letters not of %s (%s): %lld of %lld sequences %s", path,
                        hol_alphabet_name(&alphabet), others, (long long)alignment->with_others,
                        (long long)alignment->records,
                        data.letters_missing ? "with missing values in their places" : "left out");
    *ret_binarizer = (hol_binarizer){
        .threshold = hol_binarize_threshold(0.5), .columns = &self->model->info.columns, .units = self->info.visible};
    status = hol_dataset_of_alignment(self->comm, path, alignment, ret_dataset);
    alignment = NULL;
cleanup:
    hol_alignment_destroy(alignment);
    return status;
}

/* a rank's rows are those of its blocks in a population of all rows */
static void share_rows(hol_subject *self) {
    int64_t first = 0, blocks = 0;
    hol_comm_share(hol_bits_blocks(self->rows), hol_comm_rank(self->comm), hol_comm_size(self->comm), &first, &blocks);
    self->first_row = first * HOL_LANES;
    self->local_rows = blocks * HOL_LANES;
    if (self->first_row > self->rows) self->first_row = self->rows;
    if (self->first_row + self->local_rows > self->rows) self->local_rows = self->rows - self->first_row;
}

/* Which of the data set's `all` rows is row k of the subject's: all of them, or evenly spread ones. */
static int64_t place_of(const hol_subject *self, int64_t all, int64_t k) {
    return (int64_t)((__int128)k * all / (self->rows > 0 ? self->rows : 1));
}

/* This rank's rows as bits, read in pieces, with what lies between them: together, ranks read every row once. */
static hol_status read_rows(hol_subject *self, hol_dataset *dataset, const hol_binarizer *binarizer) {
    hol_status status = HOL_OK;
    const int64_t visible = self->info.visible, all = hol_dataset_get_rows(dataset);
    const int64_t end = place_of(self, all, self->first_row + self->local_rows);
    int64_t piece = PIECE_BYTES / visible + 1, taken = 0;
    uint8_t *bytes = NULL, *known = NULL;
    if (piece > all) piece = all;
    HOL_TRY(HOL_ALLOCATE(bytes, HOL_PRODUCT(piece, visible), "data set"));
    if (self->known) HOL_TRY(HOL_ALLOCATE(known, HOL_PRODUCT(piece, visible), "data set"));
    for (int64_t first = place_of(self, all, self->first_row); first < end; first += piece) {
        const int64_t rows = end - first < piece ? end - first : piece;
        HOL_TRY(hol_binarize_bytes(dataset, binarizer, first, rows, bytes, known));
        hol_position_move(hol_comm_position(self->comm));
        for (; taken < self->local_rows; taken++) {
            const int64_t row = place_of(self, all, self->first_row + taken) - first;
            if (row >= rows) break;
            memcpy(self->bytes + taken * visible, bytes + row * visible, (size_t)visible);
            if (known) memcpy(self->known + taken * visible, known + row * visible, (size_t)visible);
        }
    }
cleanup:
    hol_free(bytes);
    hol_free(known);
    return status;
}

/* Values are of columns. Collective. */
static hol_status count_missing(hol_subject *self) {
    const int64_t columns = hol_model_columns(self->model);
    int64_t sums[3] = {0, self->local_rows * columns, 0}; /* missing values, all values, rows that have none */
    for (int64_t c = 0; c < columns && self->known; c++) {
        const hol_variable variable = hol_variable_get(self->model, c);
        for (int64_t r = 0; r < self->local_rows; r++)
            sums[0] += !hol_variable_is_known(&variable, hol_subject_known(self, r));
    }
    for (int64_t r = 0; r < self->local_rows && self->known; r++)
        sums[2] += !memchr(hol_subject_known(self, r), 1, (size_t)self->info.visible);
    const hol_status status = hol_comm_sum_i64(self->comm, sums, 3);
    self->unknown = sums[2];
    self->missing = sums[1] > 0 ? (double)sums[0] / (double)sums[1] : 0;
    return status;
}

/* Those of this rank's rows. Collective. */
static hol_status load_weights(hol_subject *self, hol_dataset *dataset, hol_subject_data data) {
    hol_status status = HOL_OK;
    hol_sample_weights *all = NULL;
    HOL_TRY(hol_sample_weights_read(self->comm, data.weights ? data.weights : "", dataset, &all));
    if (all) HOL_TRY(hol_comm_agree(self->comm, HOL_ALLOCATE(self->weights, self->local_rows, "weights")));
    self->is_weighted = all && !all->are_alike;
    if (!all) self->unknown = 0; /* of all rows: they are as they are */
    for (int64_t r = 0; r < self->local_rows && all; r++)
        self->weights[r] = all->values[place_of(self, all->rows, self->first_row + r)];
    HOL_TRY(hol_effective_over_ranks(self->comm, self->weights, self->local_rows, &self->effective));
    if (!(self->effective > 0))
        status = hol_error(HOL_BAD_INPUT, "%s: found %lld rows to evaluate of weight 0, expected one above 0",
                           data.reference, (long long)self->rows);
cleanup:
    hol_sample_weights_destroy(all);
    return status;
}

static hol_status load_data(hol_subject *self, hol_subject_data data) {
    hol_status status = HOL_OK;
    hol_dataset *dataset = NULL;
    hol_survey *survey = NULL;
    hol_binarizer binarizer;
    int8_t are_sequences = hol_comm_rank(self->comm) == 0 && hol_alignment_is(data.reference);
    HOL_TRY(hol_comm_broadcast(self->comm, &are_sequences, sizeof are_sequences));
    HOL_TRY(are_sequences ? open_sequences(self, data, &binarizer, &dataset)
                          : open_data(self, data.reference, &binarizer, &dataset));
    HOL_TRY(hol_cli_check_columns(data.reference, hol_dataset_get_columns(dataset), self->model, self->info.path));
    self->rows = hol_dataset_get_rows(dataset);
    if (data.most > 0 && data.most < self->rows) self->rows = data.most;
    share_rows(self);
    status = HOL_ALLOCATE(self->bytes, HOL_PRODUCT(self->local_rows, self->info.visible), "data set");
    if (status == HOL_OK && hol_dataset_has_missing(dataset))
        status = HOL_ALLOCATE(self->known, HOL_PRODUCT(self->local_rows, self->info.visible), "missing values");
    if (status == HOL_OK && data.is_surveyed) status = hol_survey_create(hol_dataset_get_columns(dataset), &survey);
    binarizer.survey = survey;
    binarizer.takes_missing = true;
    binarizer.lacks_label = hol_dataset_lacks_labels(dataset);
    hol_dataset_begin_check(dataset);
    if (status == HOL_OK) status = read_rows(self, dataset, &binarizer);
    HOL_TRY(hol_comm_agree(self->comm, status));
    HOL_TRY(hol_dataset_check(self->comm, dataset));
    if (survey) HOL_TRY(hol_cli_check_units(self->comm, data.reference, &binarizer, false));
    HOL_TRY(count_missing(self));
    HOL_TRY(load_weights(self, dataset, data));
    if (data.is_named) HOL_TRY(hol_comm_agree(self->comm, hol_dataset_copy_names(dataset, &self->names)));
cleanup:
    hol_survey_destroy(survey);
    hol_dataset_close(dataset);
    return status;
}

/* Where annealing begins: the means of what is known; without data what the visible biases say, were there no
 * couplings. */
static hol_status find_means(hol_subject *self) {
    hol_status status = HOL_OK;
    const int64_t visible = self->info.visible, count = hol_means_count(self->model);
    const hol_parameter_group *bias = hol_model_find_group(self->model, "visible_bias");
    hol_wide *counts = NULL, *totals = NULL;
    if (!self->bytes && !bias) return HOL_OK;
    status = HOL_ALLOCATE(self->means, count, "data means");
    if (status == HOL_OK) status = HOL_ALLOCATE(counts, count, "data means");
    if (status == HOL_OK) status = HOL_ALLOCATE(totals, count, "data means");
    HOL_TRY(hol_comm_agree(self->comm, status));
    for (int64_t r = 0; r < self->local_rows && self->bytes; r++)
        hol_means_add(self->model, self->bytes + r * visible, hol_subject_known(self, r),
                      self->weights ? self->weights[r] : 1, counts, totals);
    HOL_TRY(hol_means_find(self->comm, self->model, counts, totals, 0, self->means));
    for (int64_t i = 0; i < visible && !self->bytes; i++)
        self->means[i] = hol_logistic((double)self->theta[bias->offset + i] / self->model->temperature);
cleanup:
    hol_free(counts);
    hol_free(totals);
    return status;
}

hol_status hol_subject_load(hol_comm *comm, const char *file, hol_subject_data data, hol_subject *ret_subject) {
    hol_status status = HOL_OK;
    hol_subject *self = ret_subject;
    hol_cli_model source;
    *self = (hol_subject){.comm = comm, .data = data.reference, .row_walks = data.row_walks};
    status = hol_cli_open_model(comm, file, 0, NULL, 0, &source);
    self->info = source.info;
    self->model = source.model;
    self->theta = source.theta;
    HOL_TRY(status);
    if (data.reference) HOL_TRY(load_data(self, data));
    HOL_TRY(self->model->ops->prepare(self->model, self->theta));
    HOL_TRY(find_means(self));
cleanup:
    return status;
}

hol_status hol_subject_add_training_data(hol_subject *subject) {
    hol_status status = HOL_OK;
    hol_subject *self = subject;
    hol_config *config = NULL;
    const char *text = self->info.config;
    status = hol_config_parse(self->info.path, text, strlen(text), NULL, 0, &config);
    if (status == HOL_OK) {
        const char *slash = strrchr(config->data.train, '/'), *colon = strrchr(config->data.train, ':');
        const bool has_split = colon && (!slash || colon > slash);
        status = hol_format_text(&self->own_data, "name of a data set", "%s%s", config->data.train,
                                 has_split ? "" : ":train");
    }
    HOL_TRY(hol_comm_agree(self->comm, status));
    self->data = self->own_data;
    HOL_TRY(load_data(self, (hol_subject_data){.reference = self->data, .weights = config->data.weights}));
cleanup:
    hol_config_destroy(config);
    return status;
}

void hol_subject_clear(hol_subject *subject) {
    hol_free(subject->own_data);
    hol_free(subject->means);
    hol_free(subject->weights);
    hol_free(subject->names);
    hol_free(subject->bytes);
    hol_free(subject->known);
    hol_free(subject->theta);
    hol_model_destroy(subject->model);
    hol_checkpoint_info_clear(&subject->info);
    *subject = (hol_subject){0};
}

/* ---- where chains begin ------------------------------------------------------------------------------------------ */

/* chain c of `to` gets state c modulo `count` of those of all ranks, of which this one has `owned` states of `units`
 * bytes */
static hol_status deal_states(hol_comm *comm, const uint8_t *local, int64_t owned, int64_t units, int64_t count,
                              hol_population *to) {
    hol_status status = HOL_OK;
    void *gathered = NULL;
    uint8_t *all = NULL;
    int64_t bytes = 0, first = 0, chains = 0;
    HOL_TRY(hol_comm_gather(comm, local, owned * units, &gathered, &bytes));
    all = gathered;
    if (!all) status = HOL_ALLOCATE(all, HOL_PRODUCT(count, units), "states");
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, all, count * units));
    hol_population_get_owned(to, &first, &chains);
    for (int64_t c = first; c < first + chains; c++)
        hol_population_set_bytes(to, 0, units, c, 1, all + c % count * units);
cleanup:
    hol_free(all);
    return status;
}

static hol_status deal_chains(const hol_subject *self, hol_population *to) {
    hol_status status = HOL_OK;
    hol_population *from = NULL;
    uint8_t *bytes = NULL;
    const int64_t units = self->info.visible + self->info.hidden;
    int64_t first = 0, chains = 0;
    HOL_TRY(hol_comm_agree(self->comm, hol_population_create(self->model, self->info.chains, hol_comm_rank(self->comm),
                                                             hol_comm_size(self->comm), &from)));
    HOL_TRY(hol_state_read_chains(self->comm, self->info.path, self->model, from));
    hol_population_get_owned(from, &first, &chains);
    HOL_TRY(hol_comm_agree(self->comm, HOL_ALLOCATE(bytes, HOL_PRODUCT(chains, units), "states")));
    hol_population_get_bytes(from, 0, units, first, chains, bytes);
    HOL_TRY(deal_states(self->comm, bytes, chains, units, self->info.chains, to));
cleanup:
    hol_population_destroy(from);
    hol_free(bytes);
    return status;
}

/* How often each of this rank's rows is one of `count` that are spread over the data: every so many-th, or by weight.
 * Collective. */
static hol_status spread_rows(const hol_subject *self, int64_t count, int64_t *times) {
    const int64_t every = self->rows > count ? self->rows / count : 1;
    if (self->weights) return hol_spread_over_ranks(self->comm, self->weights, self->local_rows, count, times);
    for (int64_t r = 0; r < self->local_rows; r++) times[r] = (self->first_row + r) % every == 0;
    return HOL_OK;
}

/* the missing values of the rows that were picked: independent of the others, as the means are */
static void draw_missing(const hol_subject *self, const int64_t *times, uint64_t seed, uint8_t *picked) {
    const hol_rng_key key = hol_rng_key_make(seed, HOL_STREAM_EVALUATION_MISSING);
    for (int64_t r = 0; r < self->local_rows; r++)
        for (int64_t k = 0; k < times[r]; k++, picked += self->info.visible)
            hol_known_draw(self->model, hol_subject_known(self, r), self->means, key, self->first_row + r, k, picked);
}

/* rows spread over the data, and hidden units given them */
static hol_status deal_rows(const hol_subject *self, uint64_t seed, hol_population *to) {
    const int64_t visible = self->info.visible;
    hol_status status = HOL_OK;
    uint8_t *picked = NULL;
    int64_t *times = NULL, owned = 0, count = 0;
    HOL_TRY(hol_comm_agree(self->comm, HOL_ALLOCATE(times, self->local_rows, "states")));
    HOL_TRY(spread_rows(self, to->count, times));
    for (int64_t r = 0; r < self->local_rows; r++) owned += times[r];
    count = owned;
    HOL_TRY(hol_comm_sum_i64(self->comm, &count, 1));
    HOL_TRY(hol_comm_agree(self->comm, HOL_ALLOCATE(picked, HOL_PRODUCT(owned, visible), "states")));
    owned = 0;
    for (int64_t r = 0; r < self->local_rows; r++)
        for (int64_t k = 0; k < times[r]; k++)
            memcpy(picked + owned++ * visible, self->bytes + r * visible, (size_t)visible);
    if (self->known) draw_missing(self, times, seed, picked);
    HOL_TRY(deal_states(self->comm, picked, owned, visible, count, to));
    const hol_draw draw = {.key = hol_rng_key_make(seed, HOL_STREAM_EVALUATION_HIDDEN)};
    if (self->info.hidden > 0) self->model->ops->infer(self->model, to, &draw, true);
cleanup:
    hol_free(times);
    hol_free(picked);
    return status;
}

hol_status hol_subject_start(const hol_subject *self, int64_t count, const char *word, uint64_t seed,
                             hol_population **ret, const char **ret_word) {
    hol_status status = HOL_OK;
    hol_population *population = NULL;
    *ret = NULL;
    if (!word) word = self->info.chains > 0 ? "chains" : self->bytes ? "data" : "random";
    if (strcmp(word, "chains") == 0 && self->info.chains == 0)
        return hol_error(HOL_USAGE, "--start: found chains, but %s has none, expected data or random", self->info.path);
    if (strcmp(word, "data") == 0 && !self->bytes)
        return hol_error(HOL_USAGE, "--start: found data, but no --data, expected both");
    HOL_TRY(hol_comm_agree(self->comm, hol_population_create(self->model, count, hol_comm_rank(self->comm),
                                                             hol_comm_size(self->comm), &population)));
    if (strcmp(word, "chains") == 0) HOL_TRY(deal_chains(self, population));
    else if (strcmp(word, "data") == 0) HOL_TRY(deal_rows(self, seed, population));
    else if (strcmp(word, "exact") == 0)
        HOL_TRY(hol_exact_draw(self->comm, self->model, self->theta, hol_rng_key_make(seed, HOL_STREAM_EXACT_SAMPLES),
                               population));
    else hol_population_randomize(self->model, population, hol_rng_key_make(seed, HOL_STREAM_INITIAL_CHAINS));
    *ret = population;
    population = NULL;
    *ret_word = strcmp(word, "exact") == 0 ? "exact samples" : word;
cleanup:
    hol_population_destroy(population);
    return status;
}
