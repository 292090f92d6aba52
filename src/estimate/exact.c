/* exact: the choice between elimination and enumeration; chunks of the enumeration, and their sum in global order;
 * samples. */
#include "estimate/exact.h"

#include <math.h>
#include <omp.h>

#include "base/alloc.h"
#include "estimate/elimination.h"
#include "num/elementary.h"
#include "sample/population.h"

enum { CHUNKS_LOG2 = 10, CHUNK_BITS_MIN = 6 };

/* Work of an enumeration that is not worth the search for anything better: milliseconds. */
#define ENUMERATED_AT_ONCE 4e6

double hol_exact_work(const hol_model *model) {
    if (!model->ops->exact_units) return (double)INFINITY;
    const int64_t units = model->ops->exact_units(model);
    const int64_t others = model->info.visible + model->info.hidden - units;
    /* with no others the enumerated units' own fields are what is kept up to date */
    return ldexp((double)(others > 0 ? others : units), (int)(units < 1000 ? units : 1000));
}

static int choose_chunk_bits(int64_t units) {
    const int bits = (int)units - CHUNKS_LOG2;
    return bits >= CHUNK_BITS_MIN ? bits : units < CHUNK_BITS_MIN ? (int)units : CHUNK_BITS_MIN;
}

/* the owned chunks' logarithms into values (owned) */
static hol_status sum_chunks(hol_position *position, const hol_model *model, const float *theta, int64_t first,
                             int64_t owned, int chunk_bits, double *values) {
    hol_status status = HOL_OK;
    const int64_t units = model->info.visible + model->info.hidden;
    double *scratch = NULL;
    HOL_TRY(HOL_ALLOCATE(scratch, HOL_PRODUCT(omp_get_max_threads(), units), "enumeration"));
#pragma omp parallel for schedule(dynamic) default(none)                                                               \
    shared(position, model, theta, first, owned, chunk_bits, values, scratch, units)
    for (int64_t c = 0; c < owned; c++) {
        values[c] =
            model->ops->exact_chunk(model, theta, first + c, chunk_bits, scratch + omp_get_thread_num() * units);
        hol_position_move(position);
    }
cleanup:
    hol_free(scratch);
    return status;
}

/* Whether eliminating the variables of the model costs less than enumerating its states; then *ret_factors and
 * *ret_elimination are the caller's to destroy, NULL otherwise. The same on all ranks. Not collective. */
static hol_status try_elimination(const hol_model *model, const float *theta, bool marginals, hol_factors **ret_factors,
                                  hol_elimination **ret_elimination) {
    hol_status status = HOL_OK;
    const bool has_chunks = marginals ? model->ops->exact_means != NULL : model->ops->exact_chunk != NULL;
    const bool can_enumerate =
        has_chunks && model->ops->exact_units && model->ops->exact_units(model) <= HOL_EXACT_UNITS_MAX;
    const double work = can_enumerate ? hol_exact_work(model) : (double)INFINITY;
    *ret_factors = NULL;
    *ret_elimination = NULL;
    if (!model->ops->factors || work <= ENUMERATED_AT_ONCE) return HOL_OK;
    HOL_TRY(model->ops->factors(model, theta, ret_factors));
    HOL_TRY(hol_elimination_create(*ret_factors, ret_elimination));
    if (hol_elimination_entries(*ret_elimination) < work) return HOL_OK;
cleanup:
    hol_elimination_destroy(*ret_elimination);
    hol_factors_destroy(*ret_factors);
    *ret_elimination = NULL;
    *ret_factors = NULL;
    return status;
}

hol_status hol_exact_cost(const hol_model *model, const float *theta, double *ret_work) {
    hol_factors *factors = NULL;
    hol_elimination *elimination = NULL;
    const bool can_enumerate = model->ops->exact_units && model->ops->exact_units(model) <= HOL_EXACT_UNITS_MAX;
    *ret_work = can_enumerate ? hol_exact_work(model) : (double)INFINITY;
    if (model->info.structure_count == 0) return HOL_OK;
    const hol_status status = try_elimination(model, theta, false, &factors, &elimination);
    if (elimination) *ret_work = hol_elimination_entries(elimination);
    hol_elimination_destroy(elimination);
    hol_factors_destroy(factors);
    return status;
}

/* Rank 0 has the memory for the tables; the others hear of the result. Collective. */
static hol_status eliminate(hol_comm *comm, hol_elimination *elimination, double *ret_log_partition, double *marginals,
                            int64_t count) {
    hol_status status = HOL_OK;
    if (hol_comm_rank(comm) == 0) {
        status = hol_elimination_log_partition(elimination, ret_log_partition);
        if (status == HOL_OK && marginals) status = hol_elimination_marginals(elimination, marginals);
    }
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, ret_log_partition, sizeof *ret_log_partition));
    if (marginals) HOL_TRY(hol_comm_broadcast(comm, marginals, count * (int64_t)sizeof *marginals));
cleanup:
    return status;
}

static hol_status enumerate(hol_comm *comm, const hol_model *model, const float *theta, double *ret_log_partition);

hol_status hol_exact_log_partition(hol_comm *comm, const hol_model *model, const float *theta,
                                   double *ret_log_partition) {
    hol_status status = HOL_OK;
    hol_factors *factors = NULL;
    hol_elimination *elimination = NULL;
    *ret_log_partition = (double)NAN;
    HOL_TRY(hol_comm_agree(comm, try_elimination(model, theta, false, &factors, &elimination)));
    if (elimination) HOL_TRY(eliminate(comm, elimination, ret_log_partition, NULL, 0));
    else HOL_TRY(enumerate(comm, model, theta, ret_log_partition));
cleanup:
    hol_elimination_destroy(elimination);
    hol_factors_destroy(factors);
    return status;
}

/* ln of every chunk's part of Z, in the order of their numbers: *ret_all is the caller's on rank 0, NULL elsewhere. */
static hol_status gather_chunks(hol_comm *comm, const hol_model *model, const float *theta, int chunk_bits,
                                int64_t chunks, double **ret_all) {
    hol_status status = HOL_OK;
    double *values = NULL;
    void *all = NULL;
    int64_t bytes = 0, first = 0, owned = 0;
    hol_comm_share(chunks, hol_comm_rank(comm), hol_comm_size(comm), &first, &owned);
    status = HOL_ALLOCATE(values, owned, "enumeration");
    if (status == HOL_OK) status = sum_chunks(hol_comm_position(comm), model, theta, first, owned, chunk_bits, values);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_gather(comm, values, owned * (int64_t)sizeof *values, &all, &bytes));
cleanup:
    hol_free(values);
    *ret_all = all;
    return status;
}

static double sum_up(const double *logs, int64_t count) {
    hol_log_sum sum = hol_log_sum_empty();
    for (int64_t c = 0; c < count; c++) hol_log_sum_add(&sum, logs[c]);
    return hol_log_sum_get(&sum);
}

static hol_status enumerate(hol_comm *comm, const hol_model *model, const float *theta, double *ret_log_partition) {
    hol_status status = HOL_OK;
    double *all = NULL;
    if (!model->ops->exact_units || !model->ops->exact_chunk)
        return hol_error(HOL_USAGE, "exact evaluation: model %s has none", model->ops->kind);
    const int64_t units = model->ops->exact_units(model);
    if (units > HOL_EXACT_UNITS_MAX)
        return hol_error(HOL_USAGE,
                         "exact evaluation: found %lld units to enumerate (the smaller layer), expected at most %d, or "
                         "couplings sparse enough for variable elimination",
                         (long long)units, HOL_EXACT_UNITS_MAX);
    const int chunk_bits = choose_chunk_bits(units);
    const int64_t chunks = INT64_C(1) << (units - chunk_bits);
    HOL_TRY(gather_chunks(comm, model, theta, chunk_bits, chunks, &all));
    if (all) *ret_log_partition = sum_up(all, chunks);
    HOL_TRY(hol_comm_broadcast(comm, ret_log_partition, sizeof *ret_log_partition));
cleanup:
    hol_free(all);
    return status;
}

/* Of this rank's rows: the sum of -F in units of 2^-24, in ret the counts, and -F itself unless scores is NULL. */
static int64_t add_scores(const hol_model *model, const float *theta, const uint8_t *states, int64_t first_row,
                          int64_t rows, double limit, double *scores, hol_exact_score *ret) {
    const int64_t visible = model->info.visible;
    int64_t sum = 0, unknown = 0, impossible = 0, first = INT64_MAX;
#pragma omp parallel for default(none) shared(model, theta, states, first_row, rows, visible, limit, scores) \
    reduction(+ : sum, unknown, impossible) reduction(min : first)
    for (int64_t r = 0; r < rows; r++) {
        const double score = -model->ops->exact_free_energy(model, theta, states + r * visible);
        const double scaled = score * 0x1p24;
        if (scores) scores[r] = score;
        if (fabs(scaled) < limit) {
            sum += (int64_t)(scaled + (scaled < 0 ? -0.5 : 0.5));
        } else if (isinf(scaled) && scaled < 0) {
            impossible++;
            first = first_row + r < first ? first_row + r : first;
        } else {
            unknown++;
        }
    }
    *ret = (hol_exact_score){.impossible = impossible, .first_impossible = first, .unknown = unknown};
    return sum;
}

hol_status hol_exact_mean_score(hol_comm *comm, const hol_model *model, const float *theta, const uint8_t *states,
                                int64_t first_row, int64_t rows, double *scores, hol_exact_score *ret) {
    hol_status status = HOL_OK;
    int64_t all = rows;
    HOL_TRY(hol_comm_sum_i64(comm, &all, 1));
    const double limit = 0x1p62 / (double)(all > 0 ? all : 1);
    const int64_t sum = add_scores(model, theta, states, first_row, rows, limit, scores, ret);
    int64_t totals[3] = {sum, ret->impossible, ret->unknown}, first = -ret->first_impossible;
    HOL_TRY(hol_comm_sum_i64(comm, totals, 3));
    HOL_TRY(hol_comm_max_i64(comm, &first, 1));
    *ret = (hol_exact_score){.mean = (double)totals[0] * 0x1p-24 / (double)all,
                             .impossible = totals[1],
                             .first_impossible = totals[1] > 0 ? -first : -1,
                             .unknown = totals[2]};
    if (totals[1] > 0) ret->mean = -(double)INFINITY;
    if (totals[2] > 0 || all == 0) ret->mean = (double)NAN;
cleanup:
    return status;
}

/* ---- marginals --------------------------------------------------------------------------------------------------- */

int64_t hol_exact_marginal_count(const hol_model *model) {
    const hol_columns *columns = &model->info.columns;
    if (columns->count == 0) return 2 * (model->info.visible + model->info.hidden);
    int64_t count = 0;
    for (int64_t c = 0; c < columns->count; c++) count += columns->cardinalities[c];
    return count;
}

/* Owned chunks, one after the other: ln of their part of Z and the units' means, (owned, 1 + units). */
static hol_status sum_means(hol_position *position, const hol_model *model, const float *theta, int64_t first,
                            int64_t owned, int chunk_bits, double *values) {
    hol_status status = HOL_OK;
    const int64_t units = model->info.visible + model->info.hidden;
    double *scratch = NULL;
    HOL_TRY(HOL_ALLOCATE(scratch, HOL_PRODUCT(omp_get_max_threads(), units), "enumeration"));
#pragma omp parallel for schedule(dynamic) default(none)                                                               \
    shared(position, model, theta, first, owned, chunk_bits, values, scratch, units)
    for (int64_t c = 0; c < owned; c++) {
        double *row = values + c * (1 + units);
        row[0] = model->ops->exact_means(model, theta, first + c, chunk_bits, scratch + omp_get_thread_num() * units,
                                         row + 1);
        hol_position_move(position);
    }
cleanup:
    hol_free(scratch);
    return status;
}

/* rows of chunks in the order of their numbers to ln Z and marginals */
static void combine_means(const double *rows, int64_t chunks, int64_t units, double *ret_log_partition,
                          double *marginals) {
    hol_log_sum sum = hol_log_sum_empty();
    for (int64_t c = 0; c < chunks; c++) hol_log_sum_add(&sum, rows[c * (1 + units)]);
    *ret_log_partition = hol_log_sum_get(&sum);
    for (int64_t i = 0; i < units; i++) {
        double on = 0;
        for (int64_t c = 0; c < chunks; c++)
            on += hol_exp(rows[c * (1 + units)] - *ret_log_partition) * rows[c * (1 + units) + 1 + i];
        marginals[2 * i] = 1 - on;
        marginals[2 * i + 1] = on;
    }
}

static hol_status enumerate_means(hol_comm *comm, const hol_model *model, const float *theta, double *ret_log_partition,
                                  double *marginals) {
    hol_status status = HOL_OK;
    double *values = NULL;
    void *all = NULL;
    int64_t bytes = 0, first = 0, owned = 0;
    const int64_t units = model->info.visible + model->info.hidden, row = 1 + units;
    if (!model->ops->exact_units || !model->ops->exact_means || model->ops->exact_units(model) > HOL_EXACT_UNITS_MAX)
        return hol_error(HOL_USAGE,
                         "exact marginals: found a model %s that can be neither enumerated nor eliminated, expected at "
                         "most %d units or sparse couplings",
                         model->ops->kind, HOL_EXACT_UNITS_MAX);
    const int chunk_bits = choose_chunk_bits(model->ops->exact_units(model));
    hol_comm_share(INT64_C(1) << (model->ops->exact_units(model) - chunk_bits), hol_comm_rank(comm),
                   hol_comm_size(comm), &first, &owned);
    status = HOL_ALLOCATE(values, HOL_PRODUCT(owned, row), "enumeration");
    if (status == HOL_OK) status = sum_means(hol_comm_position(comm), model, theta, first, owned, chunk_bits, values);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_gather(comm, values, owned * row * (int64_t)sizeof *values, &all, &bytes));
    if (hol_comm_rank(comm) == 0)
        combine_means(all, bytes / (row * (int64_t)sizeof *values), units, ret_log_partition, marginals);
    HOL_TRY(hol_comm_broadcast(comm, ret_log_partition, sizeof *ret_log_partition));
    HOL_TRY(hol_comm_broadcast(comm, marginals, 2 * units * (int64_t)sizeof *marginals));
cleanup:
    hol_free(values);
    hol_free(all);
    return status;
}

hol_status hol_exact_marginals(hol_comm *comm, const hol_model *model, const float *theta, double *ret_log_partition,
                               double *marginals) {
    hol_status status = HOL_OK;
    hol_factors *factors = NULL;
    hol_elimination *elimination = NULL;
    *ret_log_partition = (double)NAN;
    HOL_TRY(hol_comm_agree(comm, try_elimination(model, theta, true, &factors, &elimination)));
    if (elimination)
        HOL_TRY(eliminate(comm, elimination, ret_log_partition, marginals, hol_exact_marginal_count(model)));
    else HOL_TRY(enumerate_means(comm, model, theta, ret_log_partition, marginals));
cleanup:
    hol_elimination_destroy(elimination);
    hol_factors_destroy(factors);
    return status;
}

/* ---- samples ----------------------------------------------------------------------------------------------------- */

typedef struct tree {
    const hol_model *model;
    const float *theta;
    int64_t chunks;
    int chunk_bits;
    double *logs; /* (chunks): of their parts of Z */
    double total; /* ln Z */
    hol_rng_key key;
} tree;

/* The number of one state of the enumeration, chosen by its share: a chunk, half of it, half of that ... scratch is
 * (units). */
static int64_t choose_state(const tree *t, uint32_t chain, double *scratch) {
    double left = hol_rng_uniform(t->key, chain, 0, 0, 0);
    int64_t c = 0;
    for (double share = 0; c + 1 < t->chunks && left >= (share = hol_exp(t->logs[c] - t->total)); c++) left -= share;
    double whole = t->logs[c];
    for (int bits = t->chunk_bits - 1; bits >= 0; bits--) {
        const double half = t->model->ops->exact_chunk(t->model, t->theta, 2 * c, bits, scratch);
        const bool lower = hol_rng_uniform(t->key, chain, 1 + (uint32_t)bits, 0, 0) < hol_exp(half - whole);
        c = lower ? 2 * c : 2 * c + 1;
        whole = lower ? half : t->model->ops->exact_chunk(t->model, t->theta, c, bits, scratch);
    }
    return c;
}

/* units' bytes of owned chains [first, first + chains); scratch is (threads, 2 * units) */
static void draw_chains(const tree *t, int64_t first, int64_t chains, double *scratch, uint8_t *bytes) {
    const int64_t units = t->model->info.visible + t->model->info.hidden;
#pragma omp parallel for schedule(dynamic) default(none) shared(t, first, chains, scratch, bytes, units)
    for (int64_t c = 0; c < chains; c++) {
        double *room = scratch + omp_get_thread_num() * 2 * units, *means = room + units;
        const uint32_t chain = (uint32_t)(first + c);
        /* of one state: its enumerated units themselves, and the others' probabilities given those */
        (void)t->model->ops->exact_means(t->model, t->theta, choose_state(t, chain, room), 0, room, means);
        for (int64_t i = 0; i < units; i++)
            bytes[c * units + i] = hol_rng_uniform(t->key, chain, (uint32_t)i, 1, 0) < means[i];
    }
}

hol_status hol_exact_draw(hol_comm *comm, const hol_model *model, const float *theta, hol_rng_key key,
                          hol_population *population) {
    hol_status status = HOL_OK;
    const int64_t units = model->info.visible + model->info.hidden;
    tree t = {.model = model, .theta = theta, .key = key};
    double *scratch = NULL;
    uint8_t *bytes = NULL;
    int64_t first = 0, chains = 0;
    if (!model->ops->exact_units || !model->ops->exact_means || model->ops->exact_units(model) > HOL_EXACT_UNITS_MAX)
        return hol_error(
            HOL_USAGE,
            "exact samples: found a model %s that can't be enumerated, expected at most %d units to enumerate",
            model->ops->kind, HOL_EXACT_UNITS_MAX);
    t.chunk_bits = choose_chunk_bits(model->ops->exact_units(model));
    t.chunks = INT64_C(1) << (model->ops->exact_units(model) - t.chunk_bits);
    hol_population_get_owned(population, &first, &chains);
    HOL_TRY(gather_chunks(comm, model, theta, t.chunk_bits, t.chunks, &t.logs));
    if (!t.logs) status = HOL_ALLOCATE(t.logs, t.chunks, "enumeration");
    if (status == HOL_OK) status = HOL_ALLOCATE(scratch, HOL_PRODUCT(omp_get_max_threads(), 2, units), "enumeration");
    if (status == HOL_OK) status = HOL_ALLOCATE(bytes, HOL_PRODUCT(chains, units), "states");
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, t.logs, t.chunks * (int64_t)sizeof *t.logs));
    t.total = sum_up(t.logs, t.chunks);
    draw_chains(&t, first, chains, scratch, bytes);
    hol_population_set_bytes(population, 0, units, first, chains, bytes);
cleanup:
    hol_free(t.logs);
    hol_free(scratch);
    hol_free(bytes);
    return status;
}
