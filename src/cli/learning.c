/* learning: the last evaluation once more, sample by sample, beside independent columns. */
#include "cli/learning.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/rng.h"
#include "estimate/independent.h"
#include "estimate/known.h"
#include "estimate/verdict.h"
#include "model/means.h"
#include "num/bits.h"
#include "sample/population.h"
#include "train/history.h"

/* What the verdict is on. */
typedef struct judged {
    hol_gain gain;
    double valid; /* independent columns on the validation samples; NaN without */
    bool is_pseudo;
} judged;

/* ---- independent columns ----------------------------------------------------------------------------------------- */

/* this rank's training samples, by how often each unit is on */
static hol_status count_units(const hol_model *model, const hol_batches *batches, hol_independent *independent) {
    int64_t first = 0, rows = 0, weighty = 0;
    hol_wide *counts = NULL, *known = NULL, sum = 0;
    hol_status status = HOL_OK;
    hol_batches_get_counted(batches, &first, &rows);
    HOL_TRY(HOL_ALLOCATE(counts, model->info.visible, "independent columns"));
    HOL_TRY(HOL_ALLOCATE(known, model->info.visible, "independent columns"));
    for (int64_t r = first; r < first + rows; r++) {
        const uint32_t weight = hol_batches_get_weight(batches, r);
        sum += weight;
        weighty += weight > 0;
    }
    hol_batches_add_counts(batches, counts, known);
    hol_independent_add_counts(independent, weighty, sum, counts, known);
cleanup:
    hol_free(counts);
    hol_free(known);
    return status;
}

/* the same where states lie in binary digits */
static hol_status count_states(const hol_model *model, const hol_batches *batches, hol_independent *independent) {
    int64_t first = 0, rows = 0;
    uint8_t *bytes = NULL;
    const int64_t visible = model->info.visible;
    hol_batches_get_counted(batches, &first, &rows);
    const hol_status status = HOL_ALLOCATE(bytes, HOL_PRODUCT(2, visible), "independent columns");
    if (status != HOL_OK) return status;
    for (int64_t r = first; r < first + rows; r++) {
        const uint32_t weight = hol_batches_get_weight(batches, r);
        hol_batches_get_bytes(batches, r, bytes, bytes + visible);
        hol_independent_add(independent, 1, bytes, bytes + visible, &weight);
    }
    hol_free(bytes);
    return HOL_OK;
}

static hol_status count_samples(const hol_model *model, const hol_batches *batches, hol_independent *independent) {
    const bool by_units = hol_means_count(model) == model->info.visible; /* grey levels, too */
    return by_units ? count_units(model, batches, independent) : count_states(model, batches, independent);
}

static hol_status make_independent(hol_comm *comm, const hol_model *model, const hol_batches *batches,
                                   hol_independent **ret) {
    hol_status status = hol_independent_create(&model->info.columns, model->info.visible, ret);
    if (status == HOL_OK) status = count_samples(model, batches, *ret);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_independent_finish(comm, *ret));
cleanup:
    return status;
}

/* per lane, as the model's own values: of what is known, in all or per column */
static hol_status score_set(const hol_model *model, const hol_independent *independent, hol_population *set,
                            bool per_column, double *values) {
    hol_status status = HOL_OK;
    const int64_t visible = model->info.visible;
    int64_t first = 0, chains = 0, columns = 0;
    uint8_t *bytes = NULL;
    hol_population_get_owned(set, &first, &chains);
    HOL_TRY(HOL_ALLOCATE(bytes, HOL_PRODUCT(2, visible), "independent columns"));
    for (int64_t c = 0; c < chains; c++) {
        const uint8_t *known = hol_population_get_row(set, visible, first + c, bytes);
        values[c] = hol_independent_score(independent, bytes, known, &columns);
        if (per_column && columns > 0) values[c] /= (double)columns;
    }
cleanup:
    hol_free(bytes);
    return status;
}

/* ---- the model --------------------------------------------------------------------------------------------------- */

/* The log-likelihood of each sample, by the last evaluation's ln Z, or the pseudo-log-likelihood of a unit drawn in
 * it. */
static hol_status score_model(const hol_model *model, const double row[HOL_METRICS], hol_population *set, uint64_t seed,
                              bool is_pseudo, double *values) {
    hol_status status = HOL_OK;
    if (is_pseudo) {
        model->ops->pseudo_likelihood(model, set, hol_rng_key_make(seed, HOL_STREAM_PSEUDO_LIKELIHOOD), values);
        return HOL_OK;
    }
    HOL_TRY(hol_known_free_energy(model, set, values));
    for (int64_t r = 0; r < set->states.blocks * HOL_LANES; r++) values[r] = -values[r] - row[HOL_METRIC_LOG_PARTITION];
cleanup:
    return status;
}

static hol_status measure(hol_comm *comm, const hol_model *model, const hol_independent *independent,
                          const double row[HOL_METRICS], hol_population *set, uint64_t seed, judged *ret) {
    hol_status status = HOL_OK;
    const int64_t lanes = set->states.blocks * HOL_LANES;
    double *of_model = NULL, *of_columns = NULL;
    int64_t first = 0, chains = 0;
    hol_population_get_owned(set, &first, &chains);
    ret->is_pseudo = isnan(row[HOL_METRIC_TRAIN_LOG_LIKELIHOOD]);
    if (ret->is_pseudo && !model->ops->pseudo_likelihood) return HOL_OK;
    status = HOL_ALLOCATE(of_model, lanes, "likelihoods");
    if (status == HOL_OK) status = HOL_ALLOCATE(of_columns, lanes, "likelihoods");
    if (status == HOL_OK) status = score_set(model, independent, set, ret->is_pseudo, of_columns);
    if (status == HOL_OK) status = score_model(model, row, set, seed, ret->is_pseudo, of_model);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_gain_measure(comm, chains, set->weights, of_model, of_columns, &ret->gain));
cleanup:
    hol_free(of_model);
    hol_free(of_columns);
    return status;
}

static hol_status measure_valid(hol_comm *comm, const hol_model *model, const hol_independent *independent,
                                hol_population *set, double *ret) {
    hol_status status = HOL_OK;
    double *values = NULL;
    status = HOL_ALLOCATE(values, HOL_PRODUCT(set->states.blocks, HOL_LANES), "likelihoods");
    if (status == HOL_OK) status = score_set(model, independent, set, false, values);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_population_mean(comm, set, values, ret));
cleanup:
    hol_free(values);
    return status;
}

/* ---- the verdict ------------------------------------------------------------------------------------------------- */

static void add_independent(const judged *j, hol_result *result) {
    char valid[64] = "";
    if (!isnan(j->valid)) (void)snprintf(valid, sizeof valid, " (valid %.4f)", j->valid);
    hol_result_line(result, NULL, "independent columns  %s %.4f%s", j->is_pseudo ? "pseudo" : "log-likelihood",
                    j->gain.independent, valid);
    hol_result_flush(result); /* before the warnings */
}

static void warn_of_small_gain(hol_comm *comm, const judged *j) {
    hol_verdict_reason reason;
    const hol_verdict verdict = hol_verdict_of_gain(&j->gain, reason);
    if (verdict == HOL_VERDICT_GOOD) return;
    hol_log_warning(comm, "the model is %s: %s %.4f +- %.4f against %.4f; %s", hol_verdict_describe_gain(verdict),
                    j->is_pseudo ? "pseudo" : "log-likelihood", j->gain.independent + j->gain.mean, j->gain.error,
                    j->gain.independent, reason);
}

bool hol_cli_has_arrived(const hol_history *history, const hol_trainer_options *options) {
    if (history->rows == 0 || options->until_pearson <= 0) return false;
    const double step = history->values[(history->rows - 1) * HOL_METRICS + HOL_METRIC_STEP];
    return step > 0 && hol_history_reaches(history, HOL_METRIC_PEARSON, (int64_t)step, options->until_pearson);
}

bool hol_cli_describe_aim(const hol_history *history, const hol_trainer_options *options, char *text, int64_t size) {
    const double aim = options->until_pearson;
    if (history->rows == 0 || aim <= 0 || aim >= 1 || hol_cli_has_arrived(history, options)) return false;
    const double reached = history->values[(history->rows - 1) * HOL_METRICS + HOL_METRIC_PEARSON];
    if (isfinite(reached)) (void)snprintf(text, (size_t)size, "Pearson %.4f of %g asked for", reached, aim);
    return isfinite(reached);
}

/* by the validation set, where its likelihood is known: what climbs in training alone is no reason to go on */
bool hol_cli_describe_climb(const hol_history *history, const hol_trainer_options *options, char *text, int64_t size) {
    static const struct {
        hol_metric metric;
        const char *name;
    } measures[] = {{HOL_METRIC_VALID_LOG_LIKELIHOOD, "log-likelihood of data.valid"},
                    {HOL_METRIC_TRAIN_LOG_LIKELIHOOD, "log-likelihood"},
                    {HOL_METRIC_PSEUDO_LIKELIHOOD, "pseudo-log-likelihood"}};
    hol_climb climb;
    int k = 0;
    if (history->rows == 0 || hol_cli_has_arrived(history, options)) return false;
    const double *row = history->values + (history->rows - 1) * HOL_METRICS;
    while (k < 2 && !isfinite(row[measures[k].metric])) k++;
    if (!hol_history_climbs(history, measures[k].metric, &climb)) return false;
    (void)snprintf(
        text, (size_t)size,
        "the %s still climbs at the end of training: by %.4f in the last third, %.4f since the start; a longer "
        "run would take it further",
        measures[k].name, climb.late, climb.total);
    return true;
}

static void warn_of_climb(hol_comm *comm, const hol_history *history, const hol_trainer_options *options) {
    char text[256];
    if (hol_cli_describe_climb(history, options, text, sizeof text)) hol_log_warning(comm, "%s", text);
}

hol_status hol_cli_judge_learning(hol_comm *comm, hol_model *model, const hol_state *state, const hol_batches *batches,
                                  hol_population *train_set, hol_population *valid_set,
                                  const hol_trainer_options *options, uint64_t seed, hol_result *result) {
    hol_status status = HOL_OK;
    hol_independent *independent = NULL;
    judged j = {.gain = {.mean = (double)NAN}, .valid = (double)NAN};
    if (state->history.rows == 0) return HOL_OK;
    const double *row = state->history.values + (state->history.rows - 1) * HOL_METRICS;
    HOL_TRY(make_independent(comm, model, batches, &independent));
    HOL_TRY(model->ops->prepare(model, state->average ? state->average : state->theta));
    HOL_TRY(measure(comm, model, independent, row, train_set, seed, &j));
    if (isnan(j.gain.mean)) goto cleanup;
    if (valid_set && !j.is_pseudo) HOL_TRY(measure_valid(comm, model, independent, valid_set, &j.valid));
    if (result) add_independent(&j, result);
    warn_of_small_gain(comm, &j);
    warn_of_climb(comm, &state->history, options);
cleanup:
    hol_independent_destroy(independent);
    return status;
}
