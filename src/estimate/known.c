/* known: completions, numbered with the states of the missing values as digits; sums over them by tables, and exactly.
 */
#include "estimate/known.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "estimate/cutset.h"
#include "estimate/elimination.h"
#include "estimate/exact.h"
#include "model/variable.h"
#include "num/bits.h"
#include "num/elementary.h"
#include "sample/population.h"

enum { PIECE_BLOCKS = 16 }; /* completions whose free energies are taken at a time */

/* Terms so few that nothing better is looked for; parameters whose tables are not worth their memory; entries of an
 * elimination, each of which costs several terms, and variables that it is tried with. */
#define AT_ONCE 0x1p18
#define ENTRIES_MAX 0x1p24
enum { PARAMETERS_MAX = 1 << 22, TERMS_OF_ENTRY = 16, ELIMINATED_MAX = 4096 };

/* ---- completions ------------------------------------------------------------------------------------------------- */

double hol_known_count(const hol_model *model, const uint8_t *known) {
    double count = 1;
    for (int64_t c = 0; c < hol_model_columns(model); c++) {
        const hol_variable variable = hol_variable_get(model, c);
        if (!hol_variable_is_known(&variable, known)) count *= (double)variable.states;
    }
    return count;
}

void hol_known_complete(const hol_model *model, const uint8_t *known, int64_t number, uint8_t *bytes) {
    for (int64_t c = 0; c < hol_model_columns(model); c++) {
        const hol_variable variable = hol_variable_get(model, c);
        if (hol_variable_is_known(&variable, known)) continue;
        hol_variable_set(&variable, number % variable.states, bytes);
        number /= variable.states;
    }
}

void hol_known_draw(const hol_model *model, const uint8_t *known, const double *means, hol_rng_key key, int64_t row,
                    int64_t copy, uint8_t *bytes) {
    for (int64_t c = 0; c < hol_model_columns(model); c++) {
        const hol_variable variable = hol_variable_get(model, c);
        if (hol_variable_is_known(&variable, known)) continue;
        const double u = hol_rng_uniform(key, (uint32_t)c, (uint32_t)row, (uint32_t)(row >> 32), (uint32_t)copy);
        const double mean = means ? means[c] : 0.5;
        const int64_t state = model->info.columns.count == 0 ? u < mean : (int64_t)(u * (double)variable.states);
        hol_variable_set(&variable, state, bytes);
    }
}

static void read_known(const hol_population *population, int64_t visible, int64_t r, uint8_t *known) {
    hol_bits_to_bytes(population->held + r / HOL_LANES * population->states.stride, visible, (int)(r % HOL_LANES),
                      known);
}

static bool counts(const hol_population *population, int64_t lane) {
    return !population->weights || population->weights[lane] > 0;
}

hol_status hol_known_is_countable(hol_comm *comm, const hol_model *model, const hol_population *population, bool *ret) {
    hol_status status = HOL_OK;
    int64_t first = 0, chains = 0, too_many = 0, all = 0;
    uint8_t *known = NULL;
    *ret = true;
    status = HOL_ALLOCATE(known, model->info.visible, "missing values");
    HOL_TRY(hol_comm_agree(comm, status));
    hol_population_get_owned(population, &first, &chains);
    for (int64_t c = 0; c < chains && population->held; c++) {
        if (!counts(population, c)) continue;
        read_known(population, model->info.visible, c, known);
        const double count = hol_known_count(model, known);
        if (count > HOL_KNOWN_COMPLETIONS_OF_ROW) too_many++;
        else all += (int64_t)count;
    }
    HOL_TRY(hol_comm_sum_i64(comm, &too_many, 1));
    HOL_TRY(hol_comm_sum_i64(comm, &all, 1));
    *ret = too_many == 0 && (double)all <= HOL_KNOWN_COMPLETIONS;
cleanup:
    hol_free(known);
    return status;
}

/* ---- by tables --------------------------------------------------------------------------------------------------- */

/* Completions on their way to their free energies. */
typedef struct queue {
    hol_population *room;
    int64_t *rows;    /* owned: (lanes), whose each is */
    double *energies; /* owned: (lanes) */
    int64_t count;
    hol_log_sum *sums; /* owned: (rows) */
    bool *is_summed;   /* owned: (rows) */
} queue;

static void flush(const hol_model *model, queue *q) {
    hol_population part = hol_population_get_part(q->room, 0, hol_bits_blocks(q->count));
    if (q->count > 0) model->ops->free_energy(model, &part, q->energies);
    for (int64_t k = 0; k < q->count; k++) hol_log_sum_add(&q->sums[q->rows[k]], -q->energies[k]);
    q->count = 0;
}

static void sum_row(const hol_model *model, queue *q, int64_t row, int64_t completions, const uint8_t *known,
                    uint8_t *bytes) {
    for (int64_t n = 0; n < completions; n++) {
        hol_known_complete(model, known, n, bytes);
        hol_population_set_bytes(q->room, 0, model->info.visible, q->count, 1, bytes);
        q->rows[q->count++] = row;
        if (q->count == PIECE_BLOCKS * HOL_LANES) flush(model, q);
    }
}

static hol_status make_queue(const hol_model *model, int64_t rows, queue *q) {
    hol_status status = HOL_OK;
    const int64_t lanes = PIECE_BLOCKS * HOL_LANES;
    HOL_TRY(hol_population_create(model, lanes, 0, 1, &q->room));
    HOL_TRY(HOL_ALLOCATE(q->rows, lanes, "missing values"));
    HOL_TRY(HOL_ALLOCATE(q->energies, lanes, "missing values"));
    HOL_TRY(HOL_ALLOCATE(q->sums, rows, "missing values"));
    HOL_TRY(HOL_ALLOCATE(q->is_summed, rows, "missing values"));
    for (int64_t r = 0; r < rows; r++) q->sums[r] = hol_log_sum_empty();
cleanup:
    return status;
}

static hol_status sum_rows(const hol_model *model, hol_population *population, double *values) {
    hol_status status = HOL_OK;
    const int64_t visible = model->info.visible;
    int64_t first = 0, chains = 0;
    queue q = {0};
    uint8_t *bytes = NULL, *known = NULL;
    hol_population_get_owned(population, &first, &chains);
    HOL_TRY(make_queue(model, chains, &q));
    HOL_TRY(HOL_ALLOCATE(bytes, visible, "missing values"));
    HOL_TRY(HOL_ALLOCATE(known, visible, "missing values"));
    for (int64_t c = 0; c < chains; c++) {
        if (!counts(population, c)) continue;
        hol_population_get_bytes(population, 0, visible, first + c, 1, bytes);
        read_known(population, visible, c, known);
        const double count = hol_known_count(model, known);
        q.is_summed[c] = count <= HOL_KNOWN_COMPLETIONS_OF_ROW;
        if (q.is_summed[c]) sum_row(model, &q, c, (int64_t)count, known, bytes);
    }
    flush(model, &q);
    for (int64_t r = 0; r < population->states.blocks * HOL_LANES; r++)
        values[r] = r < chains && q.is_summed[r] ? -hol_log_sum_get(&q.sums[r]) : (double)NAN;
cleanup:
    hol_population_destroy(q.room);
    hol_free(q.rows);
    hol_free(q.energies);
    hol_free(q.sums);
    hol_free(q.is_summed);
    hol_free(bytes);
    hol_free(known);
    return status;
}

hol_status hol_known_free_energy(const hol_model *model, hol_population *population, double *values) {
    if (population->held) return sum_rows(model, population, values);
    model->ops->free_energy(model, population, values);
    return HOL_OK;
}

/* ---- exactly ----------------------------------------------------------------------------------------------------- */

struct hol_known {
    const hol_model *model; /* borrowed */
    const float *theta;     /* borrowed */
    hol_factors *factors;   /* owned; NULL where completions are the only way */
};

hol_status hol_known_create(const hol_model *model, const float *theta, hol_known **ret) {
    hol_status status = HOL_OK;
    hol_known *self = NULL;
    *ret = NULL;
    HOL_TRY(HOL_ALLOCATE(self, 1, "missing values"));
    *self = (hol_known){.model = model, .theta = theta};
    if (model->ops->factors && model->info.parameters <= PARAMETERS_MAX)
        HOL_TRY(model->ops->factors(model, theta, &self->factors));
    *ret = self;
    return HOL_OK;
cleanup:
    hol_known_destroy(self);
    return status;
}

void hol_known_destroy(hol_known *known) {
    if (!known) return;
    hol_factors_destroy(known->factors);
    hol_free(known);
}

/* One row's way. */
typedef struct way {
    double completions;           /* its number of them */
    double work;                  /* of the cheapest way */
    hol_factors *factors;         /* owned: of what is not known; NULL: by completions */
    hol_cutset *cutset;           /* owned */
    hol_elimination *elimination; /* owned: NULL: by the cutset */
} way;

static void clear_way(way *w) {
    hol_elimination_destroy(w->elimination);
    hol_cutset_destroy(w->cutset);
    hol_factors_destroy(w->factors);
    *w = (way){0};
}

/* A completion costs a free energy, for which coupled hidden units are enumerated. */
static double work_of_completions(const hol_model *model, double completions) {
    const int64_t hidden = model->info.infer_draws ? model->info.hidden : 0;
    if (!model->ops->exact_free_energy || completions > HOL_KNOWN_COMPLETIONS_OF_ROW || hidden > HOL_EXACT_UNITS_MAX)
        return (double)INFINITY;
    return completions * ((double)(model->info.parameters + model->info.visible) + ldexp((double)hidden, (int)hidden));
}

/* The model's tables given what is known of the row. */
static hol_status condition(const hol_known *self, const uint8_t *bytes, const uint8_t *mask, hol_factors **ret) {
    hol_status status = HOL_OK;
    const int64_t columns = hol_model_columns(self->model);
    int32_t *states = NULL;
    HOL_TRY(HOL_ALLOCATE(states, self->factors->variables, "missing values"));
    for (int64_t v = 0; v < self->factors->variables; v++) {
        states[v] = -1;
        if (v >= columns) continue;
        const hol_variable variable = hol_variable_get(self->model, v);
        if (hol_variable_is_known(&variable, mask)) states[v] = (int32_t)hol_variable_state(&variable, bytes);
    }
    HOL_TRY(hol_factors_condition(self->factors, states, ret));
cleanup:
    hol_free(states);
    return status;
}

/* *w is the caller's to clear, also after an error. */
static hol_status choose_way(const hol_known *self, const uint8_t *bytes, const uint8_t *mask, way *w) {
    hol_status status = HOL_OK;
    *w = (way){.completions = hol_known_count(self->model, mask)};
    w->work = work_of_completions(self->model, w->completions);
    const double of_completions = w->work;
    const bool is_one = w->completions < 2 && !self->model->info.infer_draws;
    if (w->work <= AT_ONCE || is_one || !self->factors) return HOL_OK;
    HOL_TRY(condition(self, bytes, mask, &w->factors));
    HOL_TRY(hol_cutset_create(w->factors, self->model->options.kernels, &w->cutset));
    w->work = fmin(w->work, hol_cutset_work(w->cutset));
    if (w->work > AT_ONCE && w->factors->variables <= ELIMINATED_MAX) {
        HOL_TRY(hol_elimination_create(w->factors, &w->elimination));
        const double entries = hol_elimination_entries(w->elimination);
        if (entries <= ENTRIES_MAX && entries * TERMS_OF_ENTRY < w->work) {
            w->work = entries * TERMS_OF_ENTRY;
            return HOL_OK;
        }
        hol_elimination_destroy(w->elimination);
        w->elimination = NULL;
    }
    if (w->work < of_completions) return HOL_OK;
    hol_cutset_destroy(w->cutset);
    w->cutset = NULL;
cleanup:
    return status;
}

static hol_status sum_completions(const hol_known *self, const uint8_t *bytes, const uint8_t *mask, int64_t count,
                                  double *ret) {
    hol_status status = HOL_OK;
    const hol_model *model = self->model;
    hol_log_sum sum = hol_log_sum_empty();
    uint8_t *row = NULL;
    HOL_TRY(HOL_ALLOCATE(row, model->info.visible, "missing values"));
    memcpy(row, bytes, (size_t)model->info.visible);
    for (int64_t n = 0; n < count; n++) {
        hol_known_complete(model, mask, n, row);
        hol_log_sum_add(&sum, -model->ops->exact_free_energy(model, self->theta, row));
    }
    *ret = -hol_log_sum_get(&sum);
cleanup:
    hol_free(row);
    return status;
}

hol_status hol_known_find_work(const hol_known *known, const uint8_t *bytes, const uint8_t *mask, double *ret) {
    way w;
    const hol_status status = choose_way(known, bytes, mask, &w);
    *ret = w.work;
    clear_way(&w);
    return status;
}

hol_status hol_known_sum(const hol_known *known, const uint8_t *bytes, const uint8_t *mask, double most, double *ret) {
    hol_status status = HOL_OK;
    way w;
    *ret = (double)NAN;
    HOL_TRY(choose_way(known, bytes, mask, &w));
    if (!(w.work <= most)) goto cleanup;
    if (w.elimination) HOL_TRY(hol_elimination_log_partition(w.elimination, ret));
    else if (w.cutset) HOL_TRY(hol_cutset_log_partition(w.cutset, ret));
    else HOL_TRY(sum_completions(known, bytes, mask, (int64_t)w.completions, ret));
    if (w.elimination || w.cutset) *ret = -*ret;
cleanup:
    clear_way(&w);
    return status;
}
