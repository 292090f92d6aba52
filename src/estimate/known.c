/* known: completions, numbered with the states of the missing values as digits; and sums over them. */
#include "estimate/known.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "model/variable.h"
#include "num/bits.h"
#include "num/elementary.h"
#include "sample/population.h"

enum { PIECE_BLOCKS = 16 }; /* completions whose free energies are taken at a time */

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
        const int64_t state = model->info.columns.count == 0 ? u < means[c] : (int64_t)(u * (double)variable.states);
        hol_variable_set(&variable, state, bytes);
    }
}

static void read_known(const hol_population *population, int64_t visible, int64_t r, uint8_t *known) {
    hol_bits_to_bytes(population->held + r / HOL_LANES * population->states.stride, visible, (int)(r % HOL_LANES),
                      known);
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
        hol_population_get_bytes(population, 0, visible, first + c, 1, bytes);
        read_known(population, visible, c, known);
        const double count = hol_known_count(model, known);
        if (count <= HOL_KNOWN_COMPLETIONS_OF_ROW) sum_row(model, &q, c, (int64_t)count, known, bytes);
    }
    flush(model, &q);
    for (int64_t r = 0; r < population->states.blocks * HOL_LANES; r++)
        values[r] = r < chains && isfinite(hol_log_sum_get(&q.sums[r])) ? -hol_log_sum_get(&q.sums[r]) : (double)NAN;
cleanup:
    hol_population_destroy(q.room);
    hol_free(q.rows);
    hol_free(q.energies);
    hol_free(q.sums);
    hol_free(bytes);
    hol_free(known);
    return status;
}

hol_status hol_known_free_energy(const hol_model *model, hol_population *population, double *values) {
    if (population->held) return sum_rows(model, population, values);
    model->ops->free_energy(model, population, values);
    return HOL_OK;
}

/* ---- in double --------------------------------------------------------------------------------------------------- */

double hol_known_exact_free_energy(const hol_model *model, const float *theta, const uint8_t *bytes,
                                   const uint8_t *known, uint8_t *scratch) {
    const double count = hol_known_count(model, known);
    hol_log_sum sum = hol_log_sum_empty();
    if (count > HOL_KNOWN_COMPLETIONS_OF_ROW) return (double)NAN;
    memcpy(scratch, bytes, (size_t)model->info.visible);
    for (int64_t n = 0; n < (int64_t)count; n++) {
        hol_known_complete(model, known, n, scratch);
        hol_log_sum_add(&sum, -model->ops->exact_free_energy(model, theta, scratch));
    }
    return -hol_log_sum_get(&sum);
}
