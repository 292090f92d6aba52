/* checkpoint_support: states of a run without a trainer, for tests of the files that they are kept in. */
#ifndef HOL_TESTS_CHECKPOINT_SUPPORT_H
#define HOL_TESTS_CHECKPOINT_SUPPORT_H

#include <math.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "io/checkpoint.h"
#include "io/h5.h"
#include "sample/population.h"
#include "train/optimiser.h"
#include "train/state.h"

/* ------------------------------------------------------------------ states without a trainer */

typedef struct fixture {
    hol_model *model;
    hol_state state;
    hol_checkpoint_facts facts;
} fixture;

static inline int rank(void) { return hol_comm_rank(test_comm); }
static inline int ranks(void) { return hol_comm_size(test_comm); }

static inline void create_sized(fixture *f, int64_t visible, int64_t hidden, int64_t chains, int own_rank,
                                int own_ranks) {
    *f = (fixture){
        .facts = {.config = "model:\n  kind: rbm\n", .seed = UINT64_C(0xfedcba9876543210), .item_shape = {3, 3}}};
    const hol_model_options options = {.kind = "rbm", .visible = visible, .hidden = hidden, .temperature = 0.75};
    const hol_optimiser_options optimiser = {.momentum = 0.5, .centering_rate = 0.01};
    assert_ok(hol_model_create(&options, &f->model));
    assert_ok(HOL_ALLOCATE(f->state.theta, f->model->info.parameters, "theta"));
    assert_ok(hol_optimiser_create(f->model, &optimiser, &f->state.optimiser));
    if (chains > 0) assert_ok(hol_population_create(f->model, chains, own_rank, own_ranks, &f->state.chains));
}

static inline void create(fixture *f, int64_t chains) { create_sized(f, 9, 5, chains, rank(), ranks()); }

static inline void destroy(fixture *f) {
    hol_free(f->state.theta);
    hol_optimiser_destroy(f->state.optimiser);
    hol_population_destroy(f->state.chains);
    hol_history_clear(&f->state.history);
    hol_model_destroy(f->model);
}

/* Every value a function of its place and `salt`, whatever the ranks. */
static inline void fill(fixture *f, int64_t step, uint64_t salt, int64_t rows) {
    const hol_rng_key key = hol_rng_key_make(salt, HOL_STREAM_SAMPLE);
    f->state.step = step;
    f->state.data_fingerprint = UINT64_C(0x8000000000000001) + salt;
    for (int64_t i = 0; i < f->model->info.parameters; i++) {
        f->state.theta[i] = (float)(hol_rng_uniform(key, (uint32_t)i, 0, 0, 0) - 0.5);
        f->state.optimiser->velocity[i] = (float)(hol_rng_uniform(key, (uint32_t)i, 1, 0, 0) - 0.5);
    }
    for (int64_t i = 0; i < f->model->info.first_order; i++)
        f->state.optimiser->means[i] = hol_rng_uniform(key, (uint32_t)i, 2, 0, 0);
    if (f->state.chains) hol_population_randomize(f->model, f->state.chains, key);
    hol_history_clear(&f->state.history);
    for (int64_t r = 0; r < rows; r++) {
        double row[HOL_METRICS];
        for (int m = 0; m < HOL_METRICS; m++)
            row[m] = m == 5 ? (double)NAN : hol_rng_uniform(key, (uint32_t)r, 3, (uint32_t)m, 0);
        /* times of ranks other than 0 are not to be kept */
        if (rank() != 0) row[HOL_METRIC_SECONDS_SAMPLING] = -1;
        assert_ok(hol_history_append(&f->state.history, row));
    }
}

static inline hol_status write_to(const fixture *f, const char *directory, int64_t keep, char *path) {
    return hol_state_write(test_comm, directory, f->model, &f->state, &f->facts, keep, path);
}

/* A fresh directory inside the test's, on all ranks; its name lasts, as test_path's do not. */
static inline const char *fresh_directory(const char *name) {
    static char names[32][512];
    static int count;
    char *path = names[count++ % 32];
    (void)snprintf(path, sizeof names[0], "%s/%s", test_directory(), name);
    int64_t failed = rank() == 0 && mkdir(path, 0777) != 0;
    assert_ok(hol_comm_max_i64(test_comm, &failed, 1));
    assert_int_equal(failed, 0);
    return path;
}

static inline bool same_chains(const hol_model *model, const hol_population *a, const hol_population *b) {
    if (!a || !b) return a == b;
    const int64_t units = model->info.visible + model->info.hidden;
    int64_t first = 0, chains = 0;
    hol_population_get_owned(a, &first, &chains);
    uint8_t *left = hol_allocate(chains * units, 1), *right = hol_allocate(chains * units, 1);
    if (!left || !right) return false;
    hol_population_get_bytes(a, 0, units, first, chains, left);
    hol_population_get_bytes(b, 0, units, first, chains, right);
    const bool same = memcmp(left, right, (size_t)(chains * units)) == 0;
    hol_free(left);
    hol_free(right);
    return same;
}

static inline bool same_history(const hol_history *a, const hol_history *b) {
    if (a->rows != b->rows) return false;
    for (int64_t i = 0; i < a->rows * HOL_METRICS; i++) {
        const bool is_own_time = rank() != 0 && i % HOL_METRICS == HOL_METRIC_SECONDS_SAMPLING;
        if (is_own_time ? b->values[i] < 0 : memcmp(&a->values[i], &b->values[i], sizeof *a->values) != 0) return false;
    }
    return true;
}

static inline bool same_state(const fixture *a, const fixture *b) {
    const size_t floats = (size_t)a->model->info.parameters * sizeof(float);
    const size_t doubles = (size_t)a->model->info.first_order * sizeof(double);
    return a->state.step == b->state.step && a->state.data_fingerprint == b->state.data_fingerprint &&
           memcmp(a->state.theta, b->state.theta, floats) == 0 &&
           memcmp(a->state.optimiser->velocity, b->state.optimiser->velocity, floats) == 0 &&
           memcmp(a->state.optimiser->means, b->state.optimiser->means, doubles) == 0 &&
           same_chains(a->model, a->state.chains, b->state.chains) &&
           same_history(&a->state.history, &b->state.history);
}

/* How many names in a directory begin so, once rank 0 has done what it does there. Collective. */
static inline int64_t count_names(const char *directory, const char *start) {
    assert_ok(hol_comm_barrier(test_comm));
    return test_count_names(directory, start);
}

/* HDF5 identifiers that are open in this process: each would keep its file open. */
static inline int64_t open_identifiers(void) {
    return H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_FILE | H5F_OBJ_DATASET | H5F_OBJ_GROUP | H5F_OBJ_ATTR);
}

/* ------------------------------------------------------------------ changes to files, by rank 0 alone
 *
 * It begins when all ranks are through with the file, and they go on when it is done. */

static inline bool begin_change(void) {
    assert_ok(hol_comm_barrier(test_comm));
    return rank() == 0;
}

static inline void end_change(void) { assert_ok(hol_comm_barrier(test_comm)); }

static inline void write_text(const char *path, const char *text) {
    if (begin_change()) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        (void)fputs(text, file);
        assert_int_equal(fclose(file), 0);
    }
    end_change();
}

#endif
