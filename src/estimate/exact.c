/* exact: the choice between elimination and enumeration; chunks of the enumeration, and their sum in global order;
 * samples. exact_scores.c: rows. */
#include "estimate/exact.h"

#include <math.h>
#include <omp.h>
#include <stdatomic.h>

#include "base/alloc.h"
#include "base/task.h"
#include "estimate/elimination.h"
#include "model/variable.h"
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

/* With means: those of the units, too. */
static bool can_enumerate(const hol_model *model, bool with_means) {
    const hol_model_ops *ops = model->ops;
    return ops->exact_units && (with_means ? ops->exact_means != NULL : ops->exact_chunk != NULL) &&
           ops->exact_units(model) <= HOL_EXACT_UNITS_MAX;
}

/* ---- elimination ------------------------------------------------------------------------------------------------- */

/* Whether eliminating the variables of the model costs less than enumerating its states; then *ret_factors and
 * *ret_elimination are the caller's to destroy, NULL otherwise. The same on all ranks. Not collective. */
static hol_status try_elimination(const hol_model *model, const float *theta, bool marginals, hol_factors **ret_factors,
                                  hol_elimination **ret_elimination) {
    hol_status status = HOL_OK;
    const double work = can_enumerate(model, marginals) ? hol_exact_work(model) : (double)INFINITY;
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
    *ret_work = can_enumerate(model, false) ? hol_exact_work(model) : (double)INFINITY;
    if (model->info.structure_count == 0) return HOL_OK;
    const hol_status status = try_elimination(model, theta, false, &factors, &elimination);
    if (elimination) *ret_work = hol_elimination_entries(elimination);
    hol_elimination_destroy(elimination);
    hol_factors_destroy(factors);
    return status;
}

/* Rank 0 has the memory for the tables. marginals: NULL where they are not wanted. Collective. */
static hol_status eliminate(hol_comm *comm, hol_elimination *elimination, double *ret_log_partition,
                            double *marginals) {
    hol_status status = HOL_OK;
    if (hol_comm_rank(comm) == 0) {
        status = hol_elimination_log_partition(elimination, ret_log_partition);
        if (status == HOL_OK && marginals) status = hol_elimination_marginals(elimination, marginals);
    }
    return hol_comm_agree(comm, status);
}

/* ---- enumeration ------------------------------------------------------------------------------------------------- */

/* A row for each chunk: ln of its part of Z, and with means those of all units. */
typedef struct enumeration {
    const hol_model *model;
    const float *theta;
    int chunk_bits;
    int64_t chunks;
    int64_t width; /* of a row: 1, or 1 + units */
} enumeration;

static enumeration plan(const hol_model *model, const float *theta, bool with_means) {
    const int64_t units = model->ops->exact_units(model);
    int bits = (int)units - CHUNKS_LOG2;
    if (bits < CHUNK_BITS_MIN) bits = units < CHUNK_BITS_MIN ? (int)units : CHUNK_BITS_MIN;
    return (enumeration){.model = model,
                         .theta = theta,
                         .chunk_bits = bits,
                         .chunks = INT64_C(1) << (units - bits),
                         .width = with_means ? 1 + model->info.visible + model->info.hidden : 1};
}

/* The owned chunks' rows into values (owned, width). What thread 0 has seen done says how far all are. */
static hol_status sum_chunks(hol_comm *comm, const enumeration *e, int64_t first, int64_t owned, double *values) {
    hol_status status = HOL_OK;
    hol_position *position = hol_comm_position(comm);
    hol_task task;
    atomic_llong done = 0;
    const int64_t units = e->model->info.visible + e->model->info.hidden;
    const hol_model_ops *ops = e->model->ops;
    double *scratch = NULL;
    HOL_TRY(HOL_ALLOCATE(scratch, HOL_PRODUCT(omp_get_max_threads(), units), "enumeration"));
    hol_task_begin(&task, comm, owned, "2^%lld states by enumeration", (long long)ops->exact_units(e->model));
#pragma omp parallel for schedule(dynamic) default(none)                                                               \
    shared(position, task, done, e, ops, first, owned, values, scratch, units)
    for (int64_t c = 0; c < owned; c++) {
        double *row = values + c * e->width, *own = scratch + omp_get_thread_num() * units;
        row[0] = e->width > 1 ? ops->exact_means(e->model, e->theta, first + c, e->chunk_bits, own, row + 1)
                              : ops->exact_chunk(e->model, e->theta, first + c, e->chunk_bits, own);
        hol_position_move(position);
        const int64_t so_far = atomic_fetch_add_explicit(&done, 1, memory_order_relaxed) + 1;
        if (omp_get_thread_num() == 0) hol_task_move(&task, so_far - task.done);
    }
    hol_task_end(&task);
cleanup:
    hol_free(scratch);
    return status;
}

/* Every chunk's row, in the order of their numbers: *ret_all is the caller's on rank 0, NULL elsewhere. */
static hol_status gather_chunks(hol_comm *comm, const enumeration *e, double **ret_all) {
    hol_status status = HOL_OK;
    double *values = NULL;
    void *all = NULL;
    int64_t bytes = 0, first = 0, owned = 0;
    hol_comm_share(e->chunks, hol_comm_rank(comm), hol_comm_size(comm), &first, &owned);
    status = HOL_ALLOCATE(values, HOL_PRODUCT(owned, e->width), "enumeration");
    if (status == HOL_OK) status = sum_chunks(comm, e, first, owned, values);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_gather(comm, values, owned * e->width * (int64_t)sizeof *values, &all, &bytes));
cleanup:
    hol_free(values);
    *ret_all = all;
    return status;
}

/* ln Z from all rows */
static double sum_up(const enumeration *e, const double *rows) {
    hol_log_sum sum = hol_log_sum_empty();
    for (int64_t c = 0; c < e->chunks; c++) hol_log_sum_add(&sum, rows[c * e->width]);
    return hol_log_sum_get(&sum);
}

/* Of a variable with a unit for each state those are the states' marginals, else there are two states. */
static void combine_means(const enumeration *e, const double *rows, double log_partition, double *marginals) {
    for (int64_t v = 0; marginals && v < hol_model_variables(e->model); v++) {
        const hol_variable variable = hol_variable_get(e->model, v);
        for (int64_t i = variable.first + 1; i <= variable.first + variable.units; i++) {
            double on = 0;
            for (int64_t c = 0; c < e->chunks; c++)
                on += hol_exp(rows[c * e->width] - log_partition) * rows[c * e->width + i];
            if (!variable.is_site) *marginals++ = 1 - on;
            *marginals++ = on;
        }
    }
}

static hol_status refuse(const hol_model *model, bool marginals) {
    if (marginals)
        return hol_error(HOL_USAGE,
                         "exact marginals: found a model %s that can be neither enumerated nor eliminated, expected at "
                         "most %d units or sparse couplings",
                         model->ops->kind, HOL_EXACT_UNITS_MAX);
    if (!model->ops->exact_units || !model->ops->exact_chunk)
        return hol_error(HOL_USAGE, "exact evaluation: model %s has none", model->ops->kind);
    return hol_error(HOL_USAGE,
                     "exact evaluation: found %lld units to enumerate (the smaller layer), expected at most %d, or "
                     "couplings sparse enough for variable elimination",
                     (long long)model->ops->exact_units(model), HOL_EXACT_UNITS_MAX);
}

/* The result is rank 0's. Collective. */
static hol_status enumerate(hol_comm *comm, const hol_model *model, const float *theta, double *ret_log_partition,
                            double *marginals) {
    double *all = NULL;
    if (!can_enumerate(model, marginals)) return refuse(model, marginals);
    const enumeration e = plan(model, theta, marginals);
    const hol_status status = gather_chunks(comm, &e, &all);
    if (all) *ret_log_partition = sum_up(&e, all);
    if (all) combine_means(&e, all, *ret_log_partition, marginals);
    hol_free(all);
    return status;
}

/* ---- ln Z and marginals ------------------------------------------------------------------------------------------ */

int64_t hol_exact_marginal_count(const hol_model *model) {
    int64_t count = 0;
    for (int64_t v = 0; v < hol_model_variables(model); v++) count += hol_variable_get(model, v).states;
    return count;
}

/* By the cheaper way; marginals NULL: ln Z alone. */
static hol_status find(hol_comm *comm, const hol_model *model, const float *theta, double *ret_log_partition,
                       double *marginals) {
    hol_status status = HOL_OK;
    hol_factors *factors = NULL;
    hol_elimination *elimination = NULL;
    *ret_log_partition = (double)NAN;
    HOL_TRY(hol_comm_agree(comm, try_elimination(model, theta, marginals, &factors, &elimination)));
    if (elimination) HOL_TRY(eliminate(comm, elimination, ret_log_partition, marginals));
    else HOL_TRY(enumerate(comm, model, theta, ret_log_partition, marginals));
    HOL_TRY(hol_comm_broadcast(comm, ret_log_partition, sizeof *ret_log_partition));
    if (marginals)
        HOL_TRY(hol_comm_broadcast(comm, marginals, hol_exact_marginal_count(model) * (int64_t)sizeof *marginals));
cleanup:
    hol_elimination_destroy(elimination);
    hol_factors_destroy(factors);
    return status;
}

hol_status hol_exact_log_partition(hol_comm *comm, const hol_model *model, const float *theta,
                                   double *ret_log_partition) {
    return find(comm, model, theta, ret_log_partition, NULL);
}

hol_status hol_exact_marginals(hol_comm *comm, const hol_model *model, const float *theta, double *ret_log_partition,
                               double *marginals) {
    return find(comm, model, theta, ret_log_partition, marginals);
}

/* ---- samples ----------------------------------------------------------------------------------------------------- */

typedef struct tree {
    enumeration chunks;
    double *logs; /* owned: (chunks): of their parts of Z */
    double total; /* ln Z */
    hol_rng_key key;
} tree;

/* The number of one state of the enumeration, chosen by its share: a chunk, half of it, half of that ... scratch is
 * (units). */
static int64_t choose_state(const tree *t, uint32_t chain, double *scratch) {
    const enumeration *e = &t->chunks;
    double left = hol_rng_uniform(t->key, chain, 0, 0, 0);
    int64_t c = 0;
    for (double share = 0; c + 1 < e->chunks && left >= (share = hol_exp(t->logs[c] - t->total)); c++) left -= share;
    double whole = t->logs[c];
    for (int bits = e->chunk_bits - 1; bits >= 0; bits--) {
        const double half = e->model->ops->exact_chunk(e->model, e->theta, 2 * c, bits, scratch);
        const bool lower = hol_rng_uniform(t->key, chain, 1 + (uint32_t)bits, 0, 0) < hol_exp(half - whole);
        c = lower ? 2 * c : 2 * c + 1;
        whole = lower ? half : e->model->ops->exact_chunk(e->model, e->theta, c, bits, scratch);
    }
    return c;
}

/* Each unit by its mean, but of a variable with a unit for each state one by theirs. */
static void draw_units(const hol_model *model, hol_rng_key key, uint32_t chain, const double *means, uint8_t *bytes) {
    const int64_t units = model->info.visible + model->info.hidden;
    for (int64_t i = 0; i < units; i++) bytes[i] = hol_rng_uniform(key, chain, (uint32_t)i, 1, 0) < means[i];
    for (int64_t v = 0; v < hol_model_variables(model); v++) {
        const hol_variable variable = hol_variable_get(model, v);
        const int64_t first = variable.first, last = first + variable.units - 1;
        if (!variable.is_site) continue;
        double left = hol_rng_uniform(key, chain, (uint32_t)first, 1, 0);
        int64_t state = first;
        while (state < last && left >= means[state]) left -= means[state++];
        for (int64_t i = first; i <= last; i++) bytes[i] = i == state;
    }
}

/* units' bytes of owned chains [first, first + chains); scratch is (threads, 2 * units) */
static void draw_chains(const tree *t, int64_t first, int64_t chains, double *scratch, uint8_t *bytes) {
    const hol_model *model = t->chunks.model;
    const float *theta = t->chunks.theta;
    const int64_t units = model->info.visible + model->info.hidden;
#pragma omp parallel for schedule(dynamic) default(none) shared(t, model, theta, first, chains, scratch, bytes, units)
    for (int64_t c = 0; c < chains; c++) {
        double *room = scratch + omp_get_thread_num() * 2 * units, *means = room + units;
        const uint32_t chain = (uint32_t)(first + c);
        /* of one state: its enumerated units themselves, and the others' probabilities given those */
        (void)model->ops->exact_means(model, theta, choose_state(t, chain, room), 0, room, means);
        draw_units(model, t->key, chain, means, bytes + c * units);
    }
}

hol_status hol_exact_draw(hol_comm *comm, const hol_model *model, const float *theta, hol_rng_key key,
                          hol_population *population) {
    hol_status status = HOL_OK;
    const int64_t units = model->info.visible + model->info.hidden;
    tree t = {.key = key};
    double *scratch = NULL;
    uint8_t *bytes = NULL;
    int64_t first = 0, chains = 0;
    if (!can_enumerate(model, true))
        return hol_error(
            HOL_USAGE,
            "exact samples: found a model %s that can't be enumerated, expected at most %d units to enumerate",
            model->ops->kind, HOL_EXACT_UNITS_MAX);
    t.chunks = plan(model, theta, false);
    hol_population_get_owned(population, &first, &chains);
    HOL_TRY(gather_chunks(comm, &t.chunks, &t.logs));
    if (!t.logs) status = HOL_ALLOCATE(t.logs, t.chunks.chunks, "enumeration");
    if (status == HOL_OK) status = HOL_ALLOCATE(scratch, HOL_PRODUCT(omp_get_max_threads(), 2, units), "enumeration");
    if (status == HOL_OK) status = HOL_ALLOCATE(bytes, HOL_PRODUCT(chains, units), "states");
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, t.logs, t.chunks.chunks * (int64_t)sizeof *t.logs));
    t.total = sum_up(&t.chunks, t.logs);
    draw_chains(&t, first, chains, scratch, bytes);
    hol_population_set_bytes(population, 0, units, first, chains, bytes);
cleanup:
    hol_free(t.logs);
    hol_free(scratch);
    hol_free(bytes);
    return status;
}
