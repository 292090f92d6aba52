/* report_sites: of a model of pairs of sites, what sequences and samples say that single units don't: frequencies of
 * states and of pairs of them, principal components. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/letters.h"
#include "num/bits.h"
#include "num/counts.h"
#include "report.h"
#include "state/alphabet.h"

/* Of all pairs of sites so many are looked at, evenly, that counting takes a second or two and points have room. */
#define COUNTS_MOST 1e9
#define POINTS_MOST 2e6

/* ---- what there is ----------------------------------------------------------------------------------------------- */

static hol_status name_states(const hol_report *self, hol_report_sites *sites) {
    static const char others[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    hol_alphabet alphabet = {0};
    const hol_status status = hol_cli_find_alphabet(self->comm, &self->source.info, self->source.model, &alphabet);
    for (int64_t a = 0; a < sites->pairs.states; a++)
        sites->letters[a] = a < alphabet.count ? alphabet.letters[a] : a < (int64_t)sizeof others - 1 ? others[a] : '?';
    sites->gap = hol_cli_find_gap(&alphabet);
    return status;
}

/* The states of all chains of a population to rank 0: (count, sites). */
static hol_status gather_states(const hol_report *self, const hol_population *from, uint8_t **ret_states) {
    hol_status status = HOL_OK;
    const hol_columns *columns = &self->source.model->info.columns;
    const int64_t visible = self->source.info.visible;
    uint8_t *units = NULL, *states = NULL;
    void *all = NULL;
    int64_t first = 0, owned = 0, size = 0;
    hol_population_get_owned(from, &first, &owned);
    status = HOL_ALLOCATE(units, HOL_PRODUCT(owned, visible), "sequences");
    if (status == HOL_OK) status = HOL_ALLOCATE(states, HOL_PRODUCT(owned, columns->count), "sequences");
    HOL_TRY(hol_comm_agree(self->comm, status));
    hol_population_get_bytes(from, 0, visible, first, owned, units);
    hol_columns_from_units(columns, owned, units, states);
    HOL_TRY(hol_comm_gather(self->comm, states, owned * columns->count, &all, &size));
    *ret_states = all;
cleanup:
    hol_free(units);
    hol_free(states);
    return status;
}

static hol_status gather_data(hol_report *self, const hol_population *set) {
    hol_status status = HOL_OK;
    hol_report_sites *s = &self->sites;
    int64_t first = 0, owned = 0, size = 0;
    uint8_t *values = NULL;
    void *weights = NULL;
    hol_population_get_owned(set, &first, &owned);
    HOL_TRY(hol_population_effective(self->comm, set, &s->effective));
    HOL_TRY(gather_states(self, set, &values));
    s->data.values = values;
    if (set->weights) {
        HOL_TRY(hol_comm_gather(self->comm, set->weights, owned * (int64_t)sizeof *set->weights, &weights, &size));
        s->data.weights = weights;
    }
    s->data.rows = set->count;
cleanup:
    return status;
}

/* The training data, which the model is made for; where these are not there any more, those of the page. */
static hol_status read_data(hol_report *self) {
    hol_status status = HOL_OK;
    hol_report_sites *s = &self->sites;
    hol_population *own = NULL;
    const hol_population *set = self->data.set;
    int64_t rows = 0;
    s->rows = self->data.rows;
    s->is_training = self->data.is_training;
    (void)snprintf(s->name, sizeof s->name, "%s", self->data.name);
    if (!s->is_training && !self->arguments.data)
        HOL_TRY(hol_report_read_training_rows(self, HOL_REPORT_ROWS_MAX, &rows, &own));
    if (own) {
        set = own;
        s->rows = rows;
        s->is_training = true;
        hol_runs_name_data(self->config->data.train, "train", s->name);
    }
    if (!set->held) HOL_TRY(gather_data(self, set)); /* no value is missing */
cleanup:
    hol_population_destroy(own);
    return status;
}

/* ---- frequencies ------------------------------------------------------------------------------------------------- */

static double weight_of(const hol_state_rows *rows, int64_t r) { return rows->weights ? (double)rows->weights[r] : 1; }

static double all_of(const hol_state_rows *rows) {
    double all = 0;
    for (int64_t r = 0; r < rows->rows; r++) all += weight_of(rows, r);
    return all;
}

static void find_means(const hol_state_rows *rows, double *means) {
    const double all = all_of(rows);
    for (int64_t r = 0; r < rows->rows; r++)
        for (int64_t i = 0; i < rows->sites; i++)
            means[i * rows->states + rows->values[r * rows->sites + i]] += weight_of(rows, r) / all;
}

/* One site after the other, in whole blocks: (sites, lanes). */
static hol_status turn(const hol_state_rows *rows, uint8_t **ret_columns) {
    const int64_t lanes = hol_round_up(rows->rows, HOL_LANES);
    const hol_status status = HOL_ALLOCATE(*ret_columns, HOL_PRODUCT(rows->sites, lanes), "sequences");
    for (int64_t r = 0; status == HOL_OK && r < rows->rows; r++)
        for (int64_t i = 0; i < rows->sites; i++) (*ret_columns)[i * lanes + r] = rows->values[r * rows->sites + i];
    return status;
}

/* connected: every stride-th pair of sites, (pairs, states, states). counts is (states, states). */
static void connect(const hol_state_rows *rows, const uint8_t *columns, const double *means, int64_t stride,
                    int64_t *counts, double *connected) {
    const int64_t sites = rows->sites, states = rows->states, lanes = hol_round_up(rows->rows, HOL_LANES);
    const double all = all_of(rows);
    for (int64_t i = 0, pair = 0; i < sites; i++)
        for (int64_t j = i + 1; j < sites; j++, pair++) {
            if (pair % stride != 0) continue;
            memset(counts, 0, (size_t)(states * states) * sizeof *counts);
            hol_pairs_add_bytes(columns + i * lanes, states, columns + j * lanes, states, HOL_LANES, rows->rows,
                                rows->weights, (hol_sums){.whole = counts});
            for (int64_t a = 0; a < states; a++)
                for (int64_t b = 0; b < states; b++)
                    *connected++ = (double)counts[a * states + b] / all - means[i * states + a] * means[j * states + b];
        }
}

/* Root mean square difference of the connected correlations that finite numbers of rows and samples give. */
static double find_noise(const hol_report *self) {
    const hol_report_sites *s = &self->sites;
    const int64_t sites = s->pairs.sites, states = s->pairs.states;
    const double apart = self->mixing.traces.time;
    const double worth =
        isfinite(apart) && apart > (double)self->mixing.length ? (double)self->mixing.length / apart : 1;
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < sites; i++) {
        double spread = 0;
        for (int64_t a = 0; a < states; a++) spread += s->means[0][i * states + a] * (1 - s->means[0][i * states + a]);
        sum += spread;
        squares += spread * spread;
    }
    const double pairs = (sum * sum - squares) / ((double)(sites * (sites - 1)) * (double)(states * states));
    return sqrt(pairs * (1 / s->effective + 1 / ((double)s->samples.rows * worth)));
}

static hol_status compare(hol_report *self) {
    hol_status status = HOL_OK;
    hol_report_sites *s = &self->sites;
    const int64_t sites = s->pairs.sites, squared = s->pairs.states * s->pairs.states, pairs = sites * (sites - 1) / 2;
    const hol_state_rows *rows[] = {&s->data, &s->samples};
    uint8_t *columns = NULL;
    int64_t *counts = NULL;
    const double work = (double)pairs * (double)(s->data.rows + s->samples.rows) / COUNTS_MOST;
    s->stride = 1 + (int64_t)fmax(work, (double)pairs * (double)squared / POINTS_MOST);
    s->connected_count = HOL_PRODUCT((pairs + s->stride - 1) / s->stride, squared);
    HOL_TRY(HOL_ALLOCATE(counts, squared, "correlations"));
    for (int k = 0; k < 2; k++) {
        HOL_TRY(HOL_ALLOCATE(s->means[k], HOL_PRODUCT(sites, s->pairs.states), "frequencies"));
        HOL_TRY(HOL_ALLOCATE(s->connected[k], s->connected_count, "correlations"));
        HOL_TRY(turn(rows[k], &columns));
        find_means(rows[k], s->means[k]);
        connect(rows[k], columns, s->means[k], s->stride, counts, s->connected[k]);
        hol_free(columns);
        columns = NULL;
    }
    self->of_means = hol_moments_compare(s->means[0], s->means[1], sites * s->pairs.states);
    self->of_pairs = hol_moments_compare(s->connected[0], s->connected[1], s->connected_count);
    self->pairs_noise = find_noise(self);
cleanup:
    hol_free(columns);
    hol_free(counts);
    return status;
}

static hol_status find_components(hol_report_sites *s) {
    hol_status status = HOL_OK;
    const hol_state_rows *rows[] = {&s->data, &s->samples};
    HOL_TRY(hol_components_find(&s->data, &s->components));
    for (int k = 0; k < 2; k++)
        for (int c = 0; c < HOL_COMPONENTS; c++) {
            HOL_TRY(HOL_ALLOCATE(s->coordinates[k][c], rows[k]->rows, "components"));
            hol_components_project(&s->components, c, rows[k], s->coordinates[k][c]);
        }
cleanup:
    return status;
}

/* ---- public ------------------------------------------------------------------------------------------------------ */

/* Distances are read before anything is computed. */
hol_status hol_report_read_structure(hol_report *self) {
    const hol_native_options *options = &self->arguments.structure;
    hol_status status = HOL_OK;
    if (!options->file) return HOL_OK;
    if (self->arguments.runs.count > 1)
        return hol_error(HOL_USAGE, "--structure: found %lld runs, expected one",
                         (long long)self->arguments.runs.count);
    const hol_model *model = self->source.model;
    if (!model->ops->pairs || model->info.columns.count == 0)
        return hol_error(HOL_USAGE, "--structure: found %s, a model without pairs of sites, expected one of sequences",
                         self->source.info.path);
    self->structure = (hol_native){
        .comm = self->comm, .options = *options, .sites = model->info.columns.count, .separation = HOL_REPORT_APART};
    if (hol_comm_rank(self->comm) == 0) status = hol_native_read(&self->structure);
    return hol_comm_agree(self->comm, status);
}

hol_status hol_report_find_sites(hol_report *self) {
    hol_status status = HOL_OK;
    hol_report_sites *s = &self->sites;
    const hol_model *model = self->source.model;
    uint8_t *values = NULL;
    if (!model->ops->pairs || model->info.columns.count == 0 || !self->data.there || !self->mixing.there) return HOL_OK;
    s->pairs = model->ops->pairs(model);
    HOL_TRY(hol_comm_agree(self->comm, name_states(self, s)));
    s->data = s->samples = (hol_state_rows){.sites = s->pairs.sites, .states = s->pairs.states};
    HOL_TRY(read_data(self));
    if (s->data.rows == 0) return HOL_OK;
    HOL_TRY(gather_states(self, self->chains, &values));
    s->samples.values = values;
    s->samples.rows = self->chains->count;
    if (hol_comm_rank(self->comm) == 0) status = compare(self);
    if (hol_comm_rank(self->comm) == 0 && status == HOL_OK) status = find_components(s);
    if (hol_comm_rank(self->comm) == 0 && status == HOL_OK)
        status = hol_contacts_find(model, self->source.theta, s->gap, &s->contacts);
    if (hol_comm_rank(self->comm) == 0 && status == HOL_OK && self->structure.options.file)
        status = hol_native_judge(&self->structure, &s->contacts);
    HOL_TRY(hol_comm_agree(self->comm, status));
    s->there = true;
cleanup:
    return status;
}

void hol_report_clear_sites(hol_report_sites *s) {
    const hol_state_rows *rows[] = {&s->data, &s->samples};
    for (int k = 0; k < 2; k++) {
        hol_free((void *)(uintptr_t)rows[k]->values); /* it was read only */
        hol_free((void *)(uintptr_t)rows[k]->weights);
        hol_free(s->means[k]);
        hol_free(s->connected[k]);
        for (int c = 0; c < HOL_COMPONENTS; c++) hol_free(s->coordinates[k][c]);
    }
    hol_components_clear(&s->components);
    hol_contacts_clear(&s->contacts);
    *s = (hol_report_sites){0};
}
