/* evaluation: the model and the data that the methods of `holode evaluate` work on, their likelihoods, and where chains
 * begin. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/config.h"
#include "cli/model.h"
#include "cli/units.h"
#include "evaluate.h"
#include "io/dataset.h"
#include "num/bits.h"
#include "num/elementary.h"
#include "sample/population.h"
#include "train/binarize.h"
#include "train/state.h"

uint64_t hol_evaluate_seed(const hol_evaluation *self) {
    return self->arguments.seed >= 0 ? (uint64_t)self->arguments.seed : self->info.seed;
}

bool hol_evaluate_is_classic(const hol_evaluation *self) {
    return self->arguments.ladder && strcmp(self->arguments.ladder, "classic") == 0;
}

/* ---- data -------------------------------------------------------------------------------------------------------- */

/* what the run did to turn levels into bits */
static hol_status binarizer_from_checkpoint(const hol_checkpoint_info *info, const hol_model *model,
                                            hol_binarizer *ret_binarizer) {
    hol_config *config = NULL;
    const hol_status status = hol_config_parse(info->path, info->config, strlen(info->config), NULL, 0, &config);
    if (status != HOL_OK) return status;
    *ret_binarizer = hol_cli_binarizer(config, model);
    hol_config_destroy(config);
    return HOL_OK;
}

/* a rank's rows are those of its blocks in a population of all rows */
static void share_rows(hol_evaluation *self) {
    int64_t first = 0, blocks = 0;
    hol_comm_share(hol_bits_blocks(self->rows), hol_comm_rank(self->comm), hol_comm_size(self->comm), &first, &blocks);
    self->first_row = first * HOL_LANES;
    self->local_rows = blocks * HOL_LANES;
    if (self->first_row > self->rows) self->first_row = self->rows;
    if (self->first_row + self->local_rows > self->rows) self->local_rows = self->rows - self->first_row;
}

/* this rank's share of the rows as bits */
static hol_status load_data(hol_evaluation *self) {
    hol_status status = HOL_OK;
    hol_dataset *dataset = NULL;
    hol_survey *survey = NULL;
    hol_binarizer binarizer;
    HOL_TRY(hol_comm_agree(self->comm, binarizer_from_checkpoint(&self->info, self->model, &binarizer)));
    HOL_TRY(hol_dataset_open(self->comm, self->arguments.data, "test", &dataset));
    if (hol_dataset_get_columns(dataset) != hol_model_columns(self->model))
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found %lld columns, expected %lld, the visible units of %s",
                          self->arguments.data, (long long)hol_dataset_get_columns(dataset),
                          (long long)hol_model_columns(self->model), self->info.path));
    self->rows = hol_dataset_get_rows(dataset);
    share_rows(self);
    status = HOL_ALLOCATE(self->bytes, HOL_PRODUCT(self->local_rows, self->info.visible), "data set");
    if (status == HOL_OK) status = hol_survey_create(hol_dataset_get_columns(dataset), &survey);
    binarizer.survey = survey;
    hol_dataset_begin_check(dataset);
    if (status == HOL_OK)
        status = hol_binarize_bytes(dataset, &binarizer, self->first_row, self->local_rows, self->bytes);
    HOL_TRY(hol_comm_agree(self->comm, status));
    HOL_TRY(hol_dataset_check(self->comm, dataset));
    HOL_TRY(hol_cli_check_units(self->comm, self->arguments.data, &binarizer, false));
cleanup:
    hol_survey_destroy(survey);
    hol_dataset_close(dataset);
    return status;
}

/* Where annealing begins: the data's means; without data what the visible biases say, were there no couplings. */
static hol_status find_means(hol_evaluation *self) {
    hol_status status = HOL_OK;
    const int64_t visible = self->info.visible;
    const hol_parameter_group *bias = hol_model_find_group(self->model, "visible_bias");
    int64_t *counts = NULL;
    if (!self->bytes && !bias) return HOL_OK;
    status = HOL_ALLOCATE(self->means, visible, "data means");
    if (status == HOL_OK) status = HOL_ALLOCATE(counts, visible, "data means");
    HOL_TRY(hol_comm_agree(self->comm, status));
    for (int64_t r = 0; r < self->local_rows; r++)
        for (int64_t i = 0; i < visible; i++) counts[i] += self->bytes[r * visible + i];
    HOL_TRY(hol_comm_sum_i64(self->comm, counts, visible));
    for (int64_t i = 0; i < visible; i++)
        self->means[i] = self->bytes ? (double)counts[i] / (double)self->rows
                                     : hol_logistic((double)self->theta[bias->offset + i] / self->model->temperature);
cleanup:
    hol_free(counts);
    return status;
}

hol_status hol_evaluate_load(hol_evaluation *self) {
    hol_status status = HOL_OK;
    hol_cli_model source;
    status = hol_cli_open_model(self->comm, self->arguments.file, 0, NULL, 0, &source);
    self->info = source.info;
    self->model = source.model;
    self->theta = source.theta;
    HOL_TRY(status);
    if (self->arguments.data) HOL_TRY(load_data(self));
    HOL_TRY(self->model->ops->prepare(self->model, self->theta));
    HOL_TRY(find_means(self));
cleanup:
    return status;
}

/* ---- likelihoods ------------------------------------------------------------------------------------------------- */

hol_status hol_evaluate_score(hol_evaluation *self, hol_exact_score *ret_score) {
    hol_status status = HOL_OK;
    *ret_score = (hol_exact_score){.mean = (double)NAN, .first_impossible = -1, .unknown = self->rows};
    if (!self->bytes || !self->model->ops->exact_free_energy) return HOL_OK;
    if (!self->scores) status = hol_comm_agree(self->comm, HOL_ALLOCATE(self->scores, self->local_rows, "likelihoods"));
    if (status != HOL_OK) return status;
    return hol_exact_mean_score(self->comm, self->model, self->theta, self->bytes, self->first_row, self->local_rows,
                                self->scores, ret_score);
}

bool hol_evaluate_likelihood(hol_evaluation *self, const hol_exact_score *score, double log_partition) {
    hol_result *to = self->result;
    if (!self->bytes) return false;
    hol_result_number(to, "log_likelihood", score->mean - log_partition);
    if (score->impossible > 0) {
        hol_result_number(to, "impossible_rows", (double)score->impossible);
        hol_result_number(to, "first_impossible_row", (double)score->first_impossible);
    }
    if (score->unknown > 0)
        hol_result_line(to, "log-likelihood",
                        "not available: the free energies of %lld samples in %s are unknown (more than 32 coupled "
                        "hidden units to sum out), or too large to add up",
                        (long long)score->unknown, self->arguments.data);
    else if (score->impossible > 0)
        hol_result_line(to, "log-likelihood",
                        "-inf: %lld of %lld samples in %s have probability 0, the first is row %lld (from 0)",
                        (long long)score->impossible, (long long)self->rows, self->arguments.data,
                        (long long)score->first_impossible);
    return score->unknown == 0 && score->impossible == 0;
}

void hol_evaluate_verdict(hol_evaluation *self, const char *reason) {
    static const char doubt[] = "do not trust";
    hol_result_text(self->result, "verdict", reason ? doubt : "agreed");
    if (reason) hol_result_text(self->result, "reason", reason);
    hol_result_line(self->result, "verdict", "%s%s%s", reason ? doubt : "agreed", reason ? ": " : "",
                    reason ? reason : "");
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

static hol_status deal_chains(hol_evaluation *self, hol_population *to) {
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

/* rows spread over the data, and hidden units given them */
static hol_status deal_rows(hol_evaluation *self, hol_population *to) {
    const int64_t every = self->rows > to->count ? self->rows / to->count : 1, visible = self->info.visible;
    hol_status status = HOL_OK;
    uint8_t *picked = NULL;
    int64_t owned = 0, count = (self->rows + every - 1) / every;
    HOL_TRY(hol_comm_agree(self->comm, HOL_ALLOCATE(picked, HOL_PRODUCT(self->local_rows, visible), "states")));
    for (int64_t r = 0; r < self->local_rows; r++)
        if ((self->first_row + r) % every == 0)
            memcpy(picked + owned++ * visible, self->bytes + r * visible, (size_t)visible);
    HOL_TRY(deal_states(self->comm, picked, owned, visible, count, to));
    const hol_draw draw = {.key = hol_rng_key_make(hol_evaluate_seed(self), HOL_STREAM_EVALUATION_HIDDEN)};
    if (self->info.hidden > 0) self->model->ops->infer(self->model, to, &draw);
cleanup:
    hol_free(picked);
    return status;
}

hol_status hol_evaluate_start(hol_evaluation *self, int64_t count, hol_population **ret, const char **ret_word) {
    hol_status status = HOL_OK;
    const char *word = self->arguments.start;
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
    else if (strcmp(word, "data") == 0) HOL_TRY(deal_rows(self, population));
    else if (strcmp(word, "exact") == 0)
        HOL_TRY(hol_exact_draw(self->comm, self->model, self->theta,
                               hol_rng_key_make(hol_evaluate_seed(self), HOL_STREAM_EXACT_SAMPLES), population));
    else
        hol_population_randomize(self->model, population,
                                 hol_rng_key_make(hol_evaluate_seed(self), HOL_STREAM_INITIAL_CHAINS));
    *ret = population;
    population = NULL;
    *ret_word = strcmp(word, "exact") == 0 ? "exact samples" : word;
cleanup:
    hol_population_destroy(population);
    return status;
}
