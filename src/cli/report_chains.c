/* report_chains: chains of the model, for samples, moments and mixing. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "estimate/known.h"
#include "estimate/mixing.h"
#include "num/bits.h"
#include "report.h"
#include "sample/population.h"
#include "train/state.h"

enum {
    CHAINS = 512, /* where the run has none */
    FRESH_CHAINS = 128,
    APPROACH_CHAINS = 512,
    TRACED_CHAINS = 256, /* where more are watched by their correlations */
    ROUNDS = 10,         /* in which moments are taken */
    SWEEPS_MOST = 1000,
    SWEEPS_LEAST = 20,
};
#define UNIT_WORK 300
#define VALUES_MOST 8e6
#define AGREEMENT_SHARE 4 /* of the trace's time */
#define AGREEMENT_MOST 10000

/* ---- where they begin -------------------------------------------------------------------------------------------- */

/* Of the data's rows, hidden units given them; of all rows where there are few. */
static hol_status begin_at_rows(hol_report *self) {
    hol_status status = HOL_OK;
    const hol_model *model = self->source.model;
    const int64_t visible = self->source.info.visible;
    float *rows = NULL;
    uint8_t *bytes = NULL, *known = NULL;
    int64_t count = 0, first = 0, owned = 0;
    const hol_rng_key key = hol_rng_key_make((uint64_t)self->arguments.seed, HOL_STREAM_EVALUATION_MISSING);
    const hol_draw draw = {.key = hol_rng_key_make((uint64_t)self->arguments.seed, HOL_STREAM_EVALUATION_HIDDEN)};
    HOL_TRY(hol_report_take_tiles(self, self->data.set, false, CHAINS, &rows, &count));
    if (!rows) status = HOL_ALLOCATE(rows, HOL_PRODUCT(count, visible), "samples");
    if (status == HOL_OK) status = HOL_ALLOCATE(bytes, visible, "samples");
    if (status == HOL_OK) status = HOL_ALLOCATE(known, visible, "samples");
    if (status == HOL_OK)
        status =
            hol_population_create(model, count, hol_comm_rank(self->comm), hol_comm_size(self->comm), &self->chains);
    HOL_TRY(hol_comm_agree(self->comm, status));
    HOL_TRY(hol_comm_broadcast(self->comm, rows, count * visible * (int64_t)sizeof *rows));
    hol_population_get_owned(self->chains, &first, &owned);
    for (int64_t c = first; c < first + owned; c++) {
        for (int64_t i = 0; i < visible; i++) {
            bytes[i] = (uint8_t)(rows[c * visible + i] > 0);
            known[i] = (uint8_t)!isnan(rows[c * visible + i]);
        }
        hol_known_draw(model, known, NULL, key, c, 0, bytes);
        hol_population_set_bytes(self->chains, 0, visible, c, 1, bytes);
    }
    if (self->source.info.hidden > 0) model->ops->infer(model, self->chains, &draw, true);
cleanup:
    hol_free(rows);
    hol_free(bytes);
    hol_free(known);
    return status;
}

static hol_status begin(hol_report *self) {
    hol_status status = HOL_OK;
    self->mixing.start = "the run's own chains";
    if (self->chains) return HOL_OK;
    self->mixing.start = self->data.there ? "rows of the data" : "fair coins";
    if (self->data.there) return begin_at_rows(self);
    HOL_TRY(hol_comm_agree(self->comm, hol_population_create(self->source.model, CHAINS, hol_comm_rank(self->comm),
                                                             hol_comm_size(self->comm), &self->chains)));
    hol_population_randomize(self->source.model, self->chains,
                             hol_rng_key_make((uint64_t)self->arguments.seed, HOL_STREAM_INITIAL_CHAINS));
cleanup:
    return status;
}

double hol_report_sweep_work(const hol_report *self) {
    const hol_model_info *info = &self->source.model->info;
    return (double)info->parameters + UNIT_WORK * (double)(info->visible + info->hidden);
}

/* Sweeps of a trace: as many as the model's size lets be made in about ten seconds. */
static int64_t choose_sweeps(const hol_report *self, int64_t traced) {
    const double chains = (double)traced, all = 2 * chains + FRESH_CHAINS + APPROACH_CHAINS;
    const double most = fmin(HOL_REPORT_WORK / (hol_report_sweep_work(self) * all), VALUES_MOST / chains);
    if (self->arguments.sweeps > 0) return self->arguments.sweeps;
    return most > SWEEPS_MOST ? SWEEPS_MOST : most < SWEEPS_LEAST ? SWEEPS_LEAST : (int64_t)most;
}

/* At most, of the run's chains and of as many others: their way may be far. */
static int64_t choose_agreement_sweeps(const hol_report *self) {
    const double most =
        AGREEMENT_SHARE * HOL_REPORT_WORK / (hol_report_sweep_work(self) * 2 * (double)self->chains->count);
    if (self->arguments.sweeps > 0) return self->arguments.sweeps;
    return most > AGREEMENT_MOST ? AGREEMENT_MOST : most < SWEEPS_LEAST ? SWEEPS_LEAST : (int64_t)most;
}

/* ---- what they show ---------------------------------------------------------------------------------------------- */

/* Rank 0's. */
static hol_status correlate(hol_report_chains *m) {
    m->lags = m->length / 3 < HOL_REPORT_LAGS ? m->length / 3 : HOL_REPORT_LAGS;
    if (isfinite(m->traces.time) && (double)m->lags > 10 * m->traces.time + 10)
        m->lags = (int64_t)(10 * m->traces.time) + 10;
    const hol_status status = HOL_ALLOCATE(m->correlation, m->lags, "autocorrelation");
    if (status == HOL_OK) hol_mixing_autocorrelation(m->kept, m->count, m->length, m->lags, m->correlation);
    return status;
}

/* Another population of the first `count` chains of `from`. */
static hol_status take_first(const hol_report *self, const hol_population *from, int64_t count, hol_population **ret) {
    hol_status status = HOL_OK;
    const hol_model_info *info = &self->source.model->info;
    const int64_t units = info->visible + info->hidden;
    uint8_t *bytes = NULL;
    void *all = NULL;
    int64_t first = 0, owned = 0, size = 0;
    hol_population_get_owned(from, &first, &owned);
    const int64_t own = first >= count ? 0 : first + owned > count ? count - first : owned;
    status =
        hol_population_create(self->source.model, count, hol_comm_rank(self->comm), hol_comm_size(self->comm), ret);
    if (status == HOL_OK) status = HOL_ALLOCATE(bytes, HOL_PRODUCT(count, units), "chains");
    HOL_TRY(hol_comm_agree(self->comm, status));
    hol_population_get_bytes(from, 0, units, first, own, bytes);
    HOL_TRY(hol_comm_gather(self->comm, bytes, own * units, &all, &size));
    if (all) memcpy(bytes, all, (size_t)(count * units));
    HOL_TRY(hol_comm_broadcast(self->comm, bytes, count * units));
    hol_population_get_owned(*ret, &first, &owned);
    hol_population_set_bytes(*ret, 0, units, first, owned, bytes + first * units);
cleanup:
    hol_free(bytes);
    hol_free(all);
    return status;
}

/* Of chains that go on by it, or of some of them where all go on later. */
static hol_status trace(hol_report *self) {
    hol_status status = HOL_OK;
    hol_report_chains *m = &self->mixing;
    const hol_model *model = self->source.model;
    const uint64_t seed = (uint64_t)self->arguments.seed;
    hol_population *some = NULL;
    double *means = NULL;
    m->count = self->chains->count;
    if (m->is_of_pairs && m->count > TRACED_CHAINS) m->count = TRACED_CHAINS;
    m->fresh_count = m->count < FRESH_CHAINS ? m->count : FRESH_CHAINS;
    m->length = choose_sweeps(self, m->count);
    if (m->is_of_pairs) HOL_TRY(take_first(self, self->chains, m->count, &some));
    HOL_TRY(hol_mixing_trace_both(self->comm, model, seed, some ? some : self->chains, m->fresh_count, m->length,
                                  &m->traces, &m->kept, &m->fresh));
    if (!m->is_of_pairs && self->data.there && self->units == self->source.info.visible) {
        HOL_TRY(hol_mixing_find_means(self->comm, model, self->data.set, &means));
        HOL_TRY(hol_mixing_watch_approach(self->comm, model, seed, means, (int64_t)self->data.effective,
                                          APPROACH_CHAINS, m->length, &m->approach));
    }
    if (m->kept) status = correlate(m);
    HOL_TRY(hol_comm_agree(self->comm, status));
cleanup:
    hol_population_destroy(some);
    hol_free(means);
    return status;
}

/* Moments of the chains as they go on, and their states at the end. */
static hol_status count(hol_report *self) {
    hol_status status = HOL_OK;
    hol_report_chains *m = &self->mixing;
    const hol_model *model = self->source.model;
    hol_moments moments = {0};
    hol_draw draw = {.key = hol_rng_key_make((uint64_t)self->arguments.seed, HOL_STREAM_SAMPLE)};
    status = hol_moments_create(model, self->units, false, &moments);
    if (status == HOL_OK) status = HOL_ALLOCATE(m->means, self->units, "moments");
    if (status == HOL_OK) status = HOL_ALLOCATE(m->pairs, HOL_PRODUCT(self->units, self->units), "moments");
    if (status == HOL_OK) status = HOL_ALLOCATE(m->sums, self->source.info.visible + 1, "sums");
    HOL_TRY(hol_comm_agree(self->comm, status));
    draw.step = (uint32_t)m->length; /* where the trace ended */
    for (int round = 0; round < ROUNDS; round++, draw.step++) {
        model->ops->sweep(model, self->chains, &draw, m->agreement.count > 0 ? 1 : m->length / ROUNDS / 2 + 1);
        hol_moments_add(&moments, self->chains);
        HOL_TRY(hol_report_add_sums(self, self->chains, m->sums));
    }
    HOL_TRY(hol_moments_reduce(&moments, self->comm));
    hol_moments_get(&moments, m->means, m->pairs);
    m->samples = moments.samples;
    m->probabilities = model->ops->project && self->source.info.item_shape[0] > 1;
    HOL_TRY(hol_report_take_tiles(self, self->chains, m->probabilities, HOL_REPORT_TILES, &m->tiles, &m->tile_count));
cleanup:
    hol_moments_clear(&moments);
    return status;
}

/* Of a run that goes by it: whether its chains are its model's, as they go on. Beside the training data, as in
 * training; where these are not there any more, beside the page's. */
static hol_status find_agreement(hol_report *self) {
    hol_status status = HOL_OK;
    hol_report_chains *m = &self->mixing;
    hol_model *model = self->source.model;
    const int64_t count = self->chains->count;
    const double pseudo_count = hol_trainer_pseudo_count(&self->config->train);
    hol_population *training = NULL;
    hol_pearson *pearson = NULL;
    int64_t all = 0;
    HOL_TRY(hol_report_read_training_rows(self, INT64_MAX, &all, &training));
    const hol_population *data = training ? training : self->data.there ? self->data.set : NULL;
    if (!data || data->held) goto cleanup;
    if (training) hol_runs_name_data(self->config->data.train, "train", m->agreement_data);
    else (void)snprintf(m->agreement_data, sizeof m->agreement_data, "%s", self->data.name);
    const hol_rows rows = hol_rows_of_population(data, false);
    HOL_TRY(hol_pearson_create(self->comm, model, &rows, count, pseudo_count, NULL, &pearson));
    HOL_TRY(hol_agreement_find(self->comm, model, self->source.theta, pearson, (uint64_t)self->arguments.seed,
                               self->chains, count, choose_agreement_sweeps(self), &m->agreement));
    m->agreement.aim = self->config->train.until_pearson;
cleanup:
    hol_pearson_destroy(pearson);
    hol_population_destroy(training);
    return status;
}

hol_status hol_report_run_chains(hol_report *self) {
    hol_status status = HOL_OK;
    hol_report_chains *m = &self->mixing;
    const bool has_own = self->chains != NULL;
    if (self->arguments.sweeps == 0) {
        (void)snprintf(m->why, sizeof m->why, "--sweeps 0 asked for a page without chains of the model");
        return HOL_OK;
    }
    HOL_TRY(begin(self));
    m->is_of_pairs = has_own && hol_pearson_is_in_statistics(self->source.model);
    HOL_TRY(trace(self));
    if (m->is_of_pairs) HOL_TRY(find_agreement(self));
    HOL_TRY(count(self));
    m->there = true;
cleanup:
    return status;
}

void hol_report_clear_chains(hol_report_chains *chains) {
    hol_free(chains->kept);
    hol_free(chains->fresh);
    hol_free(chains->correlation);
    hol_free(chains->means);
    hol_free(chains->pairs);
    hol_free(chains->sums);
    hol_free(chains->tiles);
    *chains = (hol_report_chains){0};
}
